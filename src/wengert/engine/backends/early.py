"""The first calls of a closure: its nodes are run one after the other.

Writing the text of a closure and compiling it takes as long as a hundred calls. So a closure begins
as a list of steps over a row of values, which :func:`early` makes; it is given its text when it has
been called :data:`FEW` times. One that computes a single node, and gives with it what the
derivatives read, needs no text at all (:func:`keeping`).
"""

from __future__ import annotations

import operator
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from math import prod
from operator import itemgetter
from types import FunctionType
from typing import Any

import numpy as np

from ..devices import libraries
from ..graph import Node, Primitive
from ..ops.elementwise import add, constant, cube, div, mul, neg, square, sub
from ..ops.structural import broadcast_to, place, reshape, slice_
from .elsewhere import on_devices
from .numbers import implementation, met
from .small import small, widened
from .straight import is_scalar, number_of, plain_starts

OPERATORS: dict[Primitive, Callable[..., Any]] = {
    add: operator.add, sub: operator.sub, mul: operator.mul, div: operator.truediv,
    neg: operator.neg}
"""What computes with 0-dim values sooner than NumPy's functions."""
_OF_SCALARS: dict[Primitive, Callable[..., Any]] = {
    **OPERATORS, square: lambda a: a * a, cube: lambda a: a * a * a}
FEW = 100
"""So many calls come before the text."""
LARGE = 1 << 15
"""Of so many elements, results are written over what nobody reads any more: that takes a text."""
Pick = Callable[[list[Any]], Any]
Step = tuple[Callable[..., Any], int, int, int, tuple[int, ...]]
"""What to run, the place of its result, and those of its arguments: of the first and the second, or
-1; of all, where there are not one or two."""


# ---- a single node ----


def single(node: Node) -> Callable[..., Any] | None:
    """What computes a node from the values of its arguments, without a function of its own; None
    where that is sooner with one."""
    if not node.shape and node.prim in OPERATORS and is_scalar(node) and all(
            is_scalar(arg) or arg.weak for arg in node.args):
        return OPERATORS[node.prim]
    direct = None if True in [arg.weak for arg in node.args] else small(node)
    if direct is not None:
        return direct
    run = implementation(node)
    dtype = met(node) if run is node.prim.impl else None
    if dtype is None:
        return run
    made = _WITH_NUMBERS.get(tuple([arg.weak for arg in node.args]))
    return None if made is None else made(run, np.array, dtype.numpy)


_WITH_NUMBERS: dict[tuple[bool, ...], Callable[..., Callable[..., Any]]] = {
    (False, True): lambda f, array, dtype: lambda a, b: f(a, array(b, dtype)),
    (True, False): lambda f, array, dtype: lambda a, b: f(array(a, dtype), b),
    (False, False, True): lambda f, array, dtype: lambda a, b, c: f(a, b, array(c, dtype)),
    (False, True, False): lambda f, array, dtype: lambda a, b, c: f(a, array(b, dtype), c),
}
"""By which of the arguments are Python's numbers: what gives them as arrays, which NumPy takes
sooner."""
_KEEPING: dict[tuple[int, ...], Callable[[Callable[..., Any]], Callable[..., Any]]] = {
    (1,): lambda f: lambda a: (f(a), ()),
    (1, 0): lambda f: lambda a: (f(a), (a,)),
    (1, 1): lambda f: lambda a: (out := f(a), (out,)),
    (1, 0, 1): lambda f: lambda a: (out := f(a), (a, out)),
    (2,): lambda f: lambda a, b: (f(a, b), ()),
    (2, 0): lambda f: lambda a, b: (f(a, b), (a,)),
    (2, 1): lambda f: lambda a, b: (f(a, b), (b,)),
    (2, 2): lambda f: lambda a, b: (out := f(a, b), (out,)),
    (2, 0, 1): lambda f: lambda a, b: (f(a, b), (a, b)),
    (2, 0, 2): lambda f: lambda a, b: (out := f(a, b), (a, out)),
    (2, 1, 2): lambda f: lambda a, b: (out := f(a, b), (b, out)),
    (2, 0, 1, 2): lambda f: lambda a, b: (out := f(a, b), (a, b, out)),
    (3, 0): lambda f: lambda a, b, c: (f(a, b, c), (a,)),
}
"""By the number of arguments and the places of what is kept, the result's the last."""


def keeping(node: Node, keep: Sequence[Node]) -> Callable[..., Any] | None:
    """What gives the value of a node with those of the nodes to ``keep``; None for unusual ones."""
    args = node.args
    kept = [args.index(each) if each in args else len(args) if each is node else -1
            for each in keep]
    made = _KEEPING.get((len(args), *kept))
    run = single(node) if made is not None else None
    return None if made is None or run is None else made(run)


_ALONE: dict[tuple[int, ...], Callable[[Callable[..., Any]], Callable[..., Any]]] = {
    (0,): lambda f: lambda ct, read: f(ct),
    (0, 1): lambda f: lambda ct, read: f(ct, read[0]),
    (0, 2): lambda f: lambda ct, read: f(ct, read[1]),
    (1, 0): lambda f: lambda ct, read: f(read[0], ct),
    (0, 1, 2): lambda f: lambda ct, read: f(ct, read[0], read[1]),
}
"""By the places of what the node takes: a cotangent, or what is read beside it."""


def alone(nodes: Sequence[Node], register: Mapping[Node, int], outputs: Sequence[Node],
          together: bool) -> Callable[..., Any] | None:
    """What pulls one cotangent back, and has what it reads as a tuple, in a single node or none;
    None for unusual ones."""
    if not nodes:
        count = len(outputs)
        if any(register[node] for node in outputs):
            return None
        return (lambda ct, read: (ct,) * count) if together else lambda ct, read: ct
    node, = nodes
    if together or node.weak or node.prim.same_as is not None or any(
            arg.weak for arg in node.args):
        return None
    made = _ALONE.get(tuple([register[arg] for arg in node.args]))
    return None if made is None else made(runner(node, True))


def itself(run: Callable[..., Any]) -> Callable[..., Any]:
    """``run``."""
    return run


def alone_of(places: tuple[int, ...], count: int, cts: int | None, kept: Sequence[int] | None,
             ) -> Callable[[Callable[..., Any]], Callable[..., Any]] | None:
    """What makes a closure of ``count`` arguments of what computes its only node, which takes those
    at the ``places``: of so many cotangents, and a tuple of what is read, or with what is ``kept``
    beside its value; None for unusual ones."""
    if cts is not None:
        return _ALONE.get(places) if cts == 1 else None
    if places != tuple(range(count)):
        return None
    return itself if kept is None else _KEEPING.get((count, *kept))


# ---- several ----


class Early:
    """The ``steps`` over a row of a closure's arguments and what else there is (``rest``): numbers,
    and places for what the steps give. ``pick`` takes the result or results from it, ``kept`` what
    is kept beside them."""

    __slots__ = ("kept", "left", "pick", "reads", "rest", "steps", "write_text")

    def __init__(self, rest: list[Any], steps: list[Step], pick: Pick, kept: Pick | None,
                 reads: bool, write_text: Callable[[], Callable[..., Any]]) -> None:
        self.rest, self.steps = rest, steps
        self.pick, self.kept, self.reads = pick, kept, reads
        self.left = FEW
        self.write_text = write_text

    def __call__(self, values: tuple[Any, ...]) -> Any:
        if self.left <= 0:
            return self.write_text()(*values)
        self.left -= 1
        row = [*values[:-1], *values[-1], *self.rest] if self.reads else [*values, *self.rest]
        for run, target, a, b, places in self.steps:
            if b >= 0:
                row[target] = run(row[a], row[b])
            elif a >= 0:
                row[target] = run(row[a])
            else:
                row[target] = run(*[row[k] for k in places])
        return self.pick(row) if self.kept is None else (self.pick(row), self.kept(row))


def _early(*values: Any) -> Any:
    return first_calls(values)  # type: ignore[name-defined]  # noqa: F821


def early(given: Sequence[Node], nodes: Sequence[Node], register: Mapping[Node, int],
          narrow: Collection[Node], results: Sequence[Sequence[Node]], reads: bool, together: bool,
          write_text: Callable[[], Callable[..., Any]]) -> FunctionType | None:
    """A function of those ``given`` (the last of which it ``reads`` from a tuple) that runs
    ``nodes`` at its first calls, and then has its text written; None where it takes one from the
    beginning. ``results`` are its outputs and the nodes to keep, if any are."""
    if libraries and on_devices(nodes):
        return None
    row: Mapping[Node, int] = register
    own: dict[Node, int] = {}
    rest: list[Any] = [None] * len(nodes)
    todo: list[Node] = []
    pairs = False
    for node in nodes:
        prim, shape = node.prim, node.shape
        if shape and prod(shape) >= LARGE:
            return None
        number = number_of(node) if node.weak or prim is constant else None
        if number is None:
            pairs = pairs or (prim is reshape and node.args[0].prim is slice_) or (
                prim is place and node.args[0].prim is reshape)
            todo.append(node)
        else:
            rest[row[node] - len(given)] = number
    joined: dict[Node, Node] = {}
    inside: set[Node] = set()
    if pairs:
        joined = elements(todo, {node for each in results for node in each})
        inside.update([node.args[0] for node in joined])
    steps: list[Step] = []
    for node in todo:
        if node in inside:
            continue
        prim, args = node.prim, node.args
        alike = prim.same_as
        if narrow and node in narrow and (prim is broadcast_to or prim is reshape):
            alike = 0
        if alike is not None:
            if not own:
                row = own = dict(register)
            own[node] = own[args[alike]]
            continue
        if joined and node in joined:
            run, args = element(node, joined[node])
        else:
            run = runner(node, reads)
        count = len(args)
        if count == 2:
            steps.append((run, row[node], row[args[0]], row[args[1]], ()))
        elif count == 1:
            steps.append((run, row[node], row[args[0]], -1, ()))
        else:
            steps.append((run, row[node], -1, -1, tuple([row[arg] for arg in args])))
    outs = [row[node] for node in results[0]]
    first_calls = Early(
        rest, steps, taking(outs) if together else itemgetter(*outs),
        taking([row[node] for node in results[1]]) if len(results) > 1 else None, reads, write_text)
    return FunctionType(_early.__code__, {"first_calls": first_calls, "__name__": __name__})


def taking(places: list[int]) -> Pick:
    """What takes the values at ``places`` from a row, as a tuple."""
    if len(places) > 1:
        return itemgetter(*places)
    if not places:
        return lambda row: ()
    only = places[0]
    return lambda row: (row[only],)


def runner(node: Node, back: bool) -> Callable[..., Any]:
    """What computes ``node`` from the values of its arguments. ``back`` says that its value shares
    memory with no tensor."""
    prim = node.prim
    if not node.shape and prim in _OF_SCALARS and is_scalar(node) and all(
            is_scalar(arg) or arg.weak for arg in node.args):
        return _OF_SCALARS[prim]
    if node.weak:
        return implementation(node)
    run = widened(node) if prim is broadcast_to and back else small(node)
    if run is not None:
        return run
    if prim is reshape:
        shape = node.shape
        return lambda x: x.reshape(shape)
    if prim is slice_:
        starts = plain_starts(node)
        if starts is not None:
            index = [slice(None)] * node.ndim
            for axis, first, length, by in zip(
                    node.params["axes"], starts, node.params["lengths"], node.params["steps"],
                    strict=True):
                index[axis] = slice(first, first + (length - 1) * by + 1, by)
            at = itemgetter(tuple(index))
            return lambda x, *starts: at(x)
    return implementation(node)


def element(node: Node, at: Node) -> tuple[Callable[..., Any], tuple[Node, ...]]:
    """What computes one of the :func:`elements`, and of what. An index that is none is found out
    where the path is planned."""
    if at is not node:
        return _element, (node.args[0].args[0], *at.args[1:])
    return putting(node.shape), (node.args[0].args[0], *at.args[1:])


def _element(value: Any, *index: int) -> Any:
    return value[index]


def putting(shape: tuple[int, ...]) -> Callable[..., Any]:
    """What puts an element, or a row, into zeros of a shape."""
    zeros = np.zeros

    def put(value: Any, *index: int) -> Any:
        out = zeros(shape, value.dtype)
        out[index] = value
        return out

    return put


def elements(nodes: Sequence[Node], results: Collection[Node]) -> dict[Node, Node]:
    """The nodes that read one element (or row) of an array, or put one into zeros, each in two
    steps of which only the second has a use; with each, the node that says where."""
    uses = Counter(arg for node in nodes for arg in node.args)
    found = {}
    for node in nodes:
        first = node.args[0] if node.prim in (reshape, place) else None
        if first is None or uses[first] != 1 or first in results:
            continue
        if node.prim is reshape and first.prim is slice_:
            at, whole, part = first, first.args[0].shape, node.shape
        elif node.prim is place and first.prim is reshape:
            at, whole, part = node, node.shape, first.args[0].shape
        else:
            continue
        axes = at.params["axes"]
        if axes == tuple(range(len(axes))) and part == whole[len(axes):] and (
                set(at.params["lengths"]) == {1}):
            found[node] = at
    return found
