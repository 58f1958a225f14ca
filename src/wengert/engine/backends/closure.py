"""Closures: a small graph as a function of its inputs, one argument for each.

What a straight line (``straight.py``) does for a program, :func:`closure` does for what a single
call computes: no list of values, no look at each one's last use. At its first calls it has no text
(``early.py``). Texts that are equal are compiled once; the whole numbers in them are names, so that
other lengths have the same text.
"""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Callable, Collection, Sequence
from operator import itemgetter
from types import CodeType, FunctionType
from typing import Any

from ..devices import libraries
from ..dtypes import FLOAT
from ..graph import Node, reachable
from ..ops.elementwise import abs_, add, eq, ge, gt, le, lt, mul, ne, neg, sub, where
from ..ops.structural import broadcast_to, reshape
from . import small_places as small_places
from .early import alone, early, elements, keeping, putting, single
from .elsewhere import on_devices
from .interpreter import plan
from .narrow import fewer, narrowed
from .numbers import implementation
from .small import small, widened
from .straight import in_arrays, is_scalar, literal, number_of, statement


def closure(inputs: Sequence[Node], outputs: Sequence[Node], together: bool = False, *,
            read: Sequence[Node] | None = None, keep: Sequence[Node] | None = None,
            nodes: list[Node] | None = None) -> Callable[..., Any]:
    """The function from the values of ``inputs`` to that of the only output, or to a tuple of
    several; with ``together`` to a tuple always. NumPy's warnings are left to the caller. Its last
    argument has those of the nodes to be ``read``, and what it returns comes with those of the
    nodes to ``keep``, where such are named; both are tuples. ``nodes`` are those on the way, where
    they are known. It stays the same function when it is given its text."""
    together = together or len(outputs) != 1
    here = not libraries or not on_devices(outputs)
    if not together and read is None and here and len(outputs[0].args) == len(inputs):
        only = of_one(inputs, outputs[0], keep)
        if only is not None:
            return only
    given = [*inputs, *(read or ())]
    register = {node: i for i, node in enumerate(given)}   # an input may come twice
    results = (outputs,) if keep is None else (outputs, keep)
    ends = {*outputs} if keep is None else {*outputs, *keep}
    if nodes is None:
        nodes = [node for node in reachable(ends, stop=register) if node not in register]
    if len(nodes) < 2 and read is not None and len(inputs) == 1 and keep is None and here:
        only = alone(nodes, register, outputs, together)
        if only is not None:
            return only
    narrow = narrowed(nodes, ends)
    nodes = fewer(nodes, register, len(given), ends, narrow)
    text = Text(given, len(inputs), nodes, register, narrow, results, together, read is not None)
    text.function = early(given, nodes, register, narrow, results, read is not None, together,
                          text.written)
    return text.written() if text.function is None else text.function


def of_one(inputs: Sequence[Node], node: Node,
           keep: Sequence[Node] | None) -> Callable[..., Any] | None:
    """The closure of a node that takes the ``inputs``, each once, in any order; None for another,
    and where it takes a text."""
    given = tuple(inputs)
    if node.args != given and {*node.args} != {*given}:
        return None
    only = single(node) if keep is None else keeping(node, keep)
    if only is None or node.args == given:
        return only
    pick = itemgetter(*[given.index(arg) for arg in node.args])
    return (lambda a, b: only(b, a)) if len(given) == 2 else lambda *values: only(*pick(values))


class Text:
    """What the text of a closure is made of. The ``first`` of its ``given`` values are its
    arguments; of the others it has, if it ``reads``, a tuple. ``function`` is what it is given to,
    once there is one."""

    __slots__ = ("first", "function", "given", "narrow", "nodes", "reads", "register", "results",
                 "together")

    def __init__(self, given: Sequence[Node], first: int, nodes: list[Node],
                 register: dict[Node, int], narrow: Collection[Node],
                 results: Sequence[Sequence[Node]], together: bool, reads: bool) -> None:
        self.given, self.first, self.nodes, self.register = given, first, nodes, register
        self.narrow, self.results, self.together, self.reads = narrow, results, together, reads
        self.function: FunctionType | None = None

    def written(self) -> Callable[..., Any]:
        """The function, with its text."""
        text, names = _source(self.given, self.first, self.nodes, self.register, self.narrow,
                              self.results, self.together, self.reads)
        code = code_of(_without_numbers(text, names))
        if self.function is None:
            return FunctionType(code, names)
        self.function.__globals__.update(names)
        self.function.__code__ = code
        return self.function


_NUMBER = re.compile(r"(?<=[(\[:, ])\d+(?=[)\]:,])")


def _without_numbers(text: str, names: dict[str, Any]) -> str:
    """``text`` with a name in the place of each whole number that stands by itself."""
    def named(number: re.Match[str]) -> str:
        name = f"n{len(names)}"
        names[name] = int(number[0])
        return name

    return _NUMBER.sub(named, text)


@functools.lru_cache(4096)
def code_of(text: str) -> CodeType:
    """The code of the only function of a text."""
    code = compile(text, "<wengert closure>", "exec")
    return next(c for c in code.co_consts if isinstance(c, CodeType))


def _source(given: Sequence[Node], first: int, nodes: list[Node], register: dict[Node, int],
            narrow: Collection[Node], results: Sequence[Sequence[Node]], together: bool,
            reads: bool) -> tuple[str, dict[str, Any]]:
    """The text of the function, the ``first`` of whose given values are its arguments, and the
    names that it uses."""
    ends = {*itertools.chain(*results)}
    names: dict[str, Any] = {}
    parameters = [f"v{i}" for i in range(first)]
    lines = [f"def closure({', '.join([*parameters, 'read'] if reads else parameters)}):"]
    if len(given) > first:
        lines.append(f"    {''.join(f'v{i}, ' for i in range(first, len(given)))}= read")
    outs, *kept = [[register[node] for node in each] for each in results]
    shown_all = [i for each in (outs, *kept) for i in each]
    unread = {register[node] for node in nodes if literal(node)} - set(shown_all)
    at_once = elements(nodes, ends)
    unread.update(register[node.args[0]] for node in at_once)
    scalars = {i for node, i in register.items() if is_scalar(node)}
    small_ones = {register[node] for node in narrow}
    elsewhere = on_devices(nodes)
    for run, sources, target, _, node in plan(nodes, register, shown_all, len(given)):
        if target in unread:
            continue
        if len(sources) > len(node.args) and sources[-1] in small_ones:
            sources = sources[:-1]   # that has no room for the result
        text = _element(node, at_once[node], register, names) if node in at_once else (
            None if node in elsewhere else _direct(node, sources, names, node in narrow, reads))
        lines.append(f"    v{target} = {text}" if text is not None else
                     f"    {statement((run, sources, target, (), node), names, scalars)}")
    shown = ", ".join(f"v{i}" for i in outs)
    shown = f"({shown},)" if together else shown
    if kept:
        shown += f", ({''.join(f'v{i}, ' for i in kept[0])})"
    lines.append(f"    return {shown}")
    return "\n".join(lines) + "\n", names


def _direct(node: Node, sources: Sequence[int], names: dict[str, Any], narrow: bool,
            back: bool) -> str | None:
    """The text of a node that is computed in a shorter way than by its ``impl``; None for others.
    One that is ``narrow`` need not be spread over its shape. ``back`` says that its value shares
    memory with no tensor."""
    prim, args = node.prim, [f"v{i}" for i in sources]
    if prim.same_as is not None:
        return args[prim.same_as]
    if narrow and prim in (broadcast_to, reshape):
        return args[0]
    if node.weak:
        return _of_numbers(node, args)
    run = widened(node) if prim is broadcast_to and back else small(node)
    if run is None:
        return None
    args = [literal(arg) or text for arg, text in zip(node.args, args, strict=False)]
    if prim is where and implementation(node) is prim.impl:
        args = in_arrays(args, prim.impl, node, names)
    label = f"{prim.name}_{len(names)}"
    names[label] = run
    return f"{label}({', '.join(args)})"


_OF_NUMBERS = {abs_: "abs({0})", add: "{0} + {1}", sub: "{0} - {1}", mul: "{0} * {1}",
               neg: "-{0}", ge: "{0} >= {1}", gt: "{0} > {1}", le: "{0} <= {1}", lt: "{0} < {1}",
               eq: "{0} == {1}", ne: "{0} != {1}", where: "{1} if {0} else {2}"}
"""What gives of Python's floating numbers what ``implementation`` does."""


def _of_numbers(node: Node, args: Sequence[str]) -> str | None:
    """The text of arithmetic on Python's numbers, some of which are floating; None for other
    nodes."""
    form = _OF_NUMBERS.get(node.prim)
    if form is None or FLOAT not in (node.dtype.category, node.args[-1].dtype.category):
        return None
    texts = []
    for arg, text in zip(node.args, args, strict=False):
        known = literal(arg)
        if known is not None:
            texts.append(f"({float(number_of(arg))!r})")
        else:
            texts.append(text if arg.dtype.category == FLOAT else f"float({text})")
    return form.format(*texts)


def _element(node: Node, at: Node, register: dict[Node, int], names: dict[str, Any]) -> str:
    """The text of such a node. An index that is none is found out where the path is planned."""
    index = ", ".join([literal(start) or f"v{register[start]}" for start in at.args[1:]])
    value = f"v{register[node.args[0].args[0]]}"
    if at is not node:
        return f"{value}[{index}]"

    label = f"put_{len(names)}"
    names[label] = putting(node.shape)
    return f"{label}({value}, {index})"
