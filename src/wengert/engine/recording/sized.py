"""Closures for any size: the steps of one, made of the nodes of two templates that differ in sizes.

What does not depend on sizes is there once for all of them, and what does is made for those of a
call. :class:`Steps` has both, and :class:`Run` is such a closure at its first calls.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from typing import Any

from ..backends.closure import closure
from ..backends.early import Early, alone_of, runner, taking
from ..backends.numbers import implementation
from ..backends.small import RULES, SIZELESS, small, stacks
from ..backends.straight import number_of
from ..graph import Node, Shape
from ..ops.elementwise import constant
from ..ops.structural import broadcast_to, input_
from .comparing import Comparison, Differs, follows, resolved

NOTHING: Mapping[Node, Node] = {}
Sized = tuple[Node, Any, Any]
"""A node of the first of two templates, its shape, and its parameters; None of what is given."""


class Steps:
    """The steps of a closure for any size: what ``early.py`` makes of nodes whose sizes are known,
    made of those of two templates. ``sized`` are the steps and the numbers that depend on sizes, by
    their places."""

    __slots__ = ("alone", "any", "asked", "cts", "fixed", "given", "keep", "kept", "nodes",
                 "numbers", "outs", "pick", "reads", "rest", "sized", "steps", "together")

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
        first = len(given)
        self.rest: list[Any] = []
        self.steps: list[Any] = []
        self.sized: list[tuple[int, Node]] = []
        self.numbers: list[tuple[int, Any]] = []
        for a, b in zip(*both, strict=True):
            params = compared.params(a, b)
            shape = compared.shape(a, b)
            self.nodes.append((a, shape, params))
            place = row[a] = first + len(self.rest)
            self.rest.append(None)
            number = number_of(a) if a.weak or a.prim is constant else None
            if number is not None:
                if a.prim is not constant and number != number_of(b):
                    raise Differs
                self.rest[-1] = number
                if follows(params):
                    self.numbers.append((place - first, params["value"]))
                continue
            places = tuple([row[arg] for arg in a.args])
            sizes = params, shape, [*map(compared.shape, a.args, b.args)]
            run = runner(a, self.reads) if not follows(sizes) else of_any_size(a, params)
            if run is None:
                self.sized.append((len(self.steps), a))
            one, two = [*places, -1, -1][:2] if len(places) in (1, 2) else (-1, -1)
            self.steps.append((run, place, one, two, places))
        wanted = {node for _, node in self.sized}
        beside = {arg for node in wanted for arg in node.args} - wanted
        self.asked: list[Sized] = [
            each if each[0] in wanted else (*each[:2], None)
            for each in (*self.given, *self.nodes) if each[0] in wanted or each[0] in beside]
        self.fixed = {node: node for node, shape, params in self.asked
                      if params is None and not node.args and not follows(shape)}
        ends = [row[node] for node in outs]
        self.pick = taking(ends) if together else itemgetter(*ends)
        self.kept = None if kept is None else taking([row[node] for node in kept])
        self.alone: Callable[..., Any] | None = None
        """What makes the closure of what computes the only node."""
        if len(self.steps) == 1 == len(self.rest) and ends == [first] and not together:
            self.alone = alone_of(self.steps[0][-1], first, cts, None if kept is None else [
                row[node] for node in kept])
        self.any: Callable[..., Any] | None = None
        """The closure, where it is the same for all sizes."""
        if self.alone is not None and not self.sized:
            self.any = self.alone(self.steps[0][0])

    def run(self, sizes: Shape) -> Callable[..., Any]:
        """The closure for these sizes."""
        if self.any is not None:
            return self.any
        if self.alone is None:
            return Run(self, sizes)
        found: Callable[..., Any] = self.alone(self.row(sizes)[0][0][0])
        return found

    def row(self, sizes: Shape) -> tuple[list[Any], list[Any]]:
        """What a closure for these sizes does, step by step, and what lies beside its arguments."""
        steps, rest = self.steps, self.rest
        if self.sized:
            steps = [*steps]
            at = self.made(sizes, self.asked, self.fixed)
            for k, node in self.sized:
                steps[k] = (runner(at[node], self.reads), *steps[k][1:])
        if self.numbers:
            rest = [*rest]
            for k, number in self.numbers:
                rest[k] = resolved(number, sizes)
        return steps, rest

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


def of_any_size(node: Node, params: Any) -> Callable[..., Any] | None:
    """What computes a node with these parameters, whatever its sizes are; None where that depends
    on them."""
    if follows(params) or node.prim is broadcast_to:
        return None
    if node.prim not in RULES:
        return implementation(node)
    return small(node) or implementation(node) if node.prim in SIZELESS and not stacks(node) else (
        None)


def like(node: Node, args: tuple[Node, ...], params: dict[str, Any], shape: Shape) -> Node:
    """A node that is like another but for its arguments and sizes; one without arguments is an
    input."""
    prim = input_ if node.args and not args else node.prim
    return Node(prim, args, params, shape, node.dtype, node.requires_grad, node.weak, node.device)


class Run:
    """A closure that runs such steps at its first calls, and has another then."""

    __slots__ = ("first", "like", "run", "sizes")

    def __init__(self, like: Steps, sizes: Shape) -> None:
        self.like, self.sizes = like, sizes
        self.first: Early | None = None
        self.run: Callable[..., Any] | None = None

    def __call__(self, *values: Any) -> Any:
        if self.run is not None:
            return self.run(*values)
        if self.first is None:
            like = self.like
            steps, rest = like.row(self.sizes)
            if like.alone is not None:
                self.run = like.alone(steps[0][0])
                return self.run(*values)
            self.first = Early(rest, steps, like.pick, like.kept, like.reads, self.last)
        return self.first(values)

    def last(self) -> Callable[..., Any]:
        """The closure that it is after the first calls."""
        self.run = self.like.lasting(self.sizes)
        return self.run
