"""Recipes: how the nodes inside of a call are made, worked out once for its template."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..errors import Line
from ..graph import Node
from ..transforms.vjp import residuals_of
from .program import picker

_new = object.__new__
Pick = Callable[[Any], tuple[Any, ...]]


class Recipe:
    """How the nodes inside of a call are made, the first first, from a row of its operands, its
    numbers, the nodes ``beside``, which are the same in all calls, and those made before.

    A step has how far before the last of the nodes it is, the place among the results (-1 where it
    is none), what it is like, and what picks from the row its arguments, the values that its
    derivatives read, and the operands of its call.
    """

    __slots__ = ("beside", "steps")

    def __init__(self, slots: Sequence[Node], numbers: Sequence[Node], nodes: Sequence[Node],
                 outs: Sequence[Node]) -> None:
        given = (*slots, *numbers)
        own = {*given, *nodes}
        read = [() if not node.requires_grad else residuals_of(node) for node in nodes]
        operands = [() if node.call is None else node.call.operands for node in nodes]
        self.beside = tuple(dict.fromkeys(
            [node for each in (*read, *operands) for node in each if node not in own]))
        places = {node: k for k, node in enumerate((*given, *self.beside, *nodes))}
        self.steps: list[tuple[int, int, Node, Pick, Pick | None, Any]] = []
        results = {node: k for k, node in reversed([*enumerate(outs)])}
        for k, node in enumerate(nodes):
            call = node.call
            self.steps.append((
                len(nodes) - 1 - k, results.get(node, -1), node, picked(node.args, places),
                picked(read[k], places) if node.requires_grad else None,
                None if call is None else (
                    call.name, picked(call.operands, places), call.output, call.given)))

    def before(self, node: Node) -> int:
        """How far before the last of the nodes the one is that ``node`` stands for."""
        return next(step[0] for step in self.steps if step[2] is node)


def picked(nodes: Sequence[Node], places: dict[Node, int]) -> Pick:
    """What picks ``nodes`` from a row in which they are at these places."""
    return picker([places[node] for node in nodes])


def copied(proto: Node, index: int, line: Line | None) -> Node:
    """A node like ``proto`` on another ``line``, but for its arguments."""
    new = _new(Node)
    new.prim, new.args, new.params = proto.prim, (), proto.params
    new.shape, new.dtype, new.weak = proto.shape, proto.dtype, proto.weak
    new.requires_grad, new.device = proto.requires_grad, proto.device
    new.index, new.line = index, line
    new.call = new.residuals = new.form = None
    return new
