"""Closures for any size: the steps of one, made of the nodes of two templates that differ in sizes.

What does not depend on sizes is there once for all of them (``any_size.py``), and what does is made
for those of a call. :class:`Steps` has both, and :class:`Run` is such a closure at its first calls.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from math import prod
from operator import le
from types import FunctionType
from typing import Any

from ..backends.closure import closure, code_of
from ..backends.early import FEW, LARGE, alone_of, runner
from ..backends.straight import number_of
from ..graph import Node, Shape
from ..ops.elementwise import constant
from ..ops.structural import input_
from .any_size import of_any_size
from .comparing import Comparison, Differs, follows, resolved

NOTHING: Mapping[Node, Node] = {}
MOST = 64
"""For so many sizes the nodes are kept that were made."""
Sized = tuple[Node, Any, Any]
"""A node of the first of two templates, its shape, and its parameters; None of what is given."""


class Steps:
    """The steps of a closure for any size: what ``early.py`` makes of nodes whose sizes are known,
    made of those of two templates. Those that are ``told`` the sizes have them as their first
    argument; ``numbers`` are those that depend on sizes, by their places."""

    __slots__ = ("alone", "any", "asked", "cts", "first", "fixed", "given", "keep", "kept", "known",
                 "left", "nodes", "numbers", "outs", "pick", "reads", "rest", "same", "sized",
                 "small", "steps", "together", "told", "wide")

    def __init__(self, compared: Comparison, given: Sequence[Node], both: Sequence[Sequence[Node]],
                 outs: Sequence[Node], together: bool, *, cts: int | None = None,
                 kept: Sequence[Node] | None = None) -> None:
        self.cts, self.outs, self.together, self.keep = cts, outs, together, kept
        self.reads = cts is not None
        self.given: list[Sized] = [(node, compared.shape(node, compared.same[node]), None)
                                   for node in given]
        self.nodes: list[Sized] = []
        row: dict[Node, int] = {}
        for k, node in enumerate(given):
            row.setdefault(node, k)
        self.first = len(given)
        self.rest: list[Any] = []
        self.steps: list[Any] = []
        self.told: list[int] = []
        self.sized: dict[int, Node] = {}
        """By their numbers, the steps of which the node has to be made for each size."""
        self.numbers: list[tuple[int, Any]] = []
        for a, b in zip(*both, strict=True):
            self.add(compared, row, a, b)
        wanted = {*self.sized.values()}
        beside = {arg for node in wanted for arg in node.args} - wanted
        self.asked: list[Sized] = [
            each if each[0] in wanted else (*each[:2], None)
            for each in (*self.given, *self.nodes) if each[0] in wanted or each[0] in beside]
        self.fixed = {node: node for node, shape, params in self.asked
                      if params is None and not node.args and not follows(shape)}
        self.known: dict[Shape, dict[Node, Callable[..., Any]]] = {}
        """What computes the nodes that were made, by sizes."""
        ends = [row[node] for node in outs]
        self.pick = ends
        self.kept = None if kept is None else [row[node] for node in kept]
        self.alone: Callable[..., Any] | None = None
        """What makes the closure of what computes the only node."""
        if len(self.steps) == 1 == len(self.rest) and ends == [self.first] and not together:
            self.alone = alone_of(self.steps[0][-1], self.first, cts, self.kept)
        self.left = FEW
        self.small: Shape = ()
        """Sizes with which no node has many elements."""
        self.any: Callable[..., Any] | None = None
        """The closure, where it is the same for all sizes."""
        self.same: Callable[..., Any] | None = None
        """The closure, where it is the same for all sizes but for large ones."""
        self.wide: Any = None
        """The closure that has the sizes as its first argument."""
        if self.alone is not None and not self.told:
            self.any = self.alone(self.steps[0][0])
        else:
            self.wide = FunctionType(_wide.__code__, {"first_calls": self.first_calls})
            if not self.told and not self.numbers:
                self.same = partial(self.wide, ())

    def add(self, compared: Comparison, row: dict[Node, int], a: Node, b: Node) -> None:
        """Add what a node of both templates computes."""
        params = compared.params(a, b)
        shape = compared.shape(a, b)
        self.nodes.append((a, shape, params))
        row[a] = self.first + len(self.rest)
        self.rest.append(None)
        number = number_of(a) if a.weak or a.prim is constant else None
        if number is not None:
            if a.prim is not constant and number != number_of(b):
                raise Differs
            self.rest[-1] = number
            if follows(params):
                self.numbers.append((len(self.rest) - 1, params["value"]))
            return
        places = tuple([row[arg] for arg in a.args])
        sizes = params, shape, [*map(compared.shape, a.args, b.args)]
        is_told, run = False, None
        if not follows(sizes):
            run = runner(a, self.reads)
        else:
            found = of_any_size(a, params, shape, self.reads)
            if found is None:
                is_told, run = True, partial(self.by_node, a)
                self.sized[len(self.steps)] = a
            else:
                is_told, run = found
        if is_told:
            self.told.append(len(self.steps))
        one, two = [*places, -1, -1][:2] if len(places) in (1, 2) else (-1, -1)
        self.steps.append((run, row[a], one, two, places))

    def by_node(self, node: Node, sizes: Shape, *values: Any) -> Any:
        """What ``node`` gives, of these sizes."""
        at = self.known.get(sizes)
        if at is None:
            if len(self.known) >= MOST:
                self.known.clear()
            at = self.known[sizes] = {
                each: runner(made, self.reads) for each, made in self.made(
                    sizes, self.asked, self.fixed).items() if each in self.sized.values()}
        return at[node](*values)

    def run(self, sizes: Shape) -> Callable[..., Any]:
        """The closure for these sizes."""
        if self.any is not None:
            return self.any
        if not self.is_small(sizes):
            return Run(self, sizes)
        return self.same or partial(self.wide, sizes)

    def is_small(self, sizes: Shape) -> bool:
        """Whether no node has many elements with these sizes."""
        known = self.small
        if known and all(map(le, sizes, known)):
            return True
        most = tuple(map(max, sizes, known)) if known else sizes
        if any(prod(resolved(shape, most)) >= LARGE for _, shape, _ in self.nodes):
            return False
        self.small = most
        return True

    def row(self, sizes: Shape) -> tuple[list[Any], list[Any]]:
        """What a closure for these sizes does, step by step, and what lies beside its arguments."""
        steps, rest = self.steps, self.rest
        if self.told:
            steps = [*steps]
            for k in self.told:
                steps[k] = (partial(steps[k][0], sizes), *steps[k][1:])
        if self.numbers:
            rest = [*rest]
            for k, number in self.numbers:
                rest[k] = resolved(number, sizes)
        return steps, rest

    def first_calls(self, sizes: Shape, values: tuple[Any, ...]) -> Any:
        """What the closure gives for these sizes, before it has its text."""
        if self.left <= 0:
            self.write_text()
            return self.wide(sizes, *values)
        self.left -= 1
        steps, rest = self.row(sizes)
        row = [*values[:-1], *values[-1], *rest] if self.reads else [*values, *rest]
        for run, target, a, b, places in steps:
            if b >= 0:
                row[target] = run(row[a], row[b])
            elif a >= 0:
                row[target] = run(row[a])
            else:
                row[target] = run(*[row[k] for k in places])
        outs = [row[k] for k in self.pick]
        found = tuple(outs) if self.together or len(outs) > 1 else outs[0]
        return found if self.kept is None else (found, tuple([row[k] for k in self.kept]))

    def write_text(self) -> None:
        """Give the closure its text."""
        first = self.first if self.cts is None else self.cts
        names = [f"v{k}" for k in range(first)]
        lines = [f"def closure({', '.join(['sizes', *names, *['read'] * self.reads])}):"]
        if self.first > first:
            lines.append(f"    {''.join(f'v{k}, ' for k in range(first, self.first))}= read")
        scope: dict[str, Any] = {}
        for k, value in enumerate(self.rest):
            scope[f"v{self.first + k}"] = value
        for k, number in self.numbers:
            scope[f"n{k}"] = partial(resolved, number)
            lines.append(f"    v{self.first + k} = n{k}(sizes)")
        for k, (run, target, _, _, places) in enumerate(self.steps):
            scope[f"f{k}"] = run
            scope.pop(f"v{target}", None)
            args = ", ".join([*["sizes"] * (k in self.told), *[f"v{place}" for place in places]])
            lines.append(f"    v{target} = f{k}({args})")
        shown = "".join([f"v{k}, " for k in self.pick])
        shown = f"({shown})" if self.together or len(self.pick) > 1 else shown[:-2]
        if self.kept is not None:
            shown += f", ({''.join([f'v{k}, ' for k in self.kept])})"
        lines.append(f"    return {shown}")
        self.wide.__globals__.update(scope)
        self.wide.__code__ = code_of("\n".join(lines) + "\n")

    def lasting(self, sizes: Shape) -> Callable[..., Any]:
        """The closure for these sizes that nodes have."""
        at = self.made(sizes)
        given = [at[node] for node, _, _ in self.given]
        return closure(given[:self.cts], [at[node] for node in self.outs], self.together,
                       read=None if self.cts is None else given[self.cts:],
                       nodes=[at[node] for node, _, _ in self.nodes],
                       keep=None if self.keep is None else [at[node] for node in self.keep])

    def made(self, sizes: Shape, asked: Sequence[Sized] = (),
             fixed: Mapping[Node, Node] = NOTHING) -> dict[Node, Node]:
        """For each node the one of these sizes, or for those that are ``asked`` for, whose
        arguments may lack theirs. Those that are ``fixed`` have no other."""
        at = {**fixed}
        for node, shape, params in asked or (*self.given, *self.nodes):
            if node in fixed:
                continue
            args = () if params is None else tuple([at[arg] for arg in node.args])
            at[node] = like(node, args, node.params if params is None else resolved(
                params, sizes), resolved(shape, sizes))
        return at


def like(node: Node, args: tuple[Node, ...], params: dict[str, Any], shape: Shape) -> Node:
    """A node that is like another but for its arguments and sizes; one without arguments is an
    input."""
    prim = input_ if node.args and not args else node.prim
    return Node(prim, args, params, shape, node.dtype, node.requires_grad, node.weak, node.device)


def _wide(sizes: Shape, *values: Any) -> Any:
    return first_calls(sizes, values)  # type: ignore[name-defined]  # noqa: F821


class Run:
    """A closure for many elements, which has a text of its own after the first calls: that writes
    over what nobody reads any more."""

    __slots__ = ("left", "like", "run", "sizes")

    def __init__(self, like: Steps, sizes: Shape) -> None:
        self.like, self.sizes = like, sizes
        self.left = FEW
        self.run: Callable[..., Any] = partial(like.wide, sizes)

    def __call__(self, *values: Any) -> Any:
        if not self.left:
            self.run = self.like.lasting(self.sizes)
        self.left -= 1
        return self.run(*values)
