"""The paths between tensors and a result, operation by operation.

:class:`Ways` counts them, however many there are, and follows each where there are few; what one
contributes to the gradient is the product of the derivatives on it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ..engine.graph import Node
from ..engine.transforms.vjp import pull, vjp
from .flow import ones
from .groups import CALL, Group, Item
from .way import Way


class Step(NamedTuple):
    """From an operation down to one of its operands; ``i`` is the argument of a single node."""

    item: Item
    i: int
    to: Node


class Ways:
    """The operations of a way, and the steps between them."""

    def __init__(self, way: Way, tree: Sequence[Item]) -> None:
        self.way = way
        self.steps: dict[Node, list[Step]] = {}
        todo = list(reversed(tree))
        while todo:
            item = todo.pop()
            if isinstance(item, Node):
                self.steps[item] = [Step(item, i, arg) for i, arg in way.before[item]]
            elif item.kind == CALL:
                inside = set(item.nodes())
                to = dict.fromkeys(arg for node in item.nodes() for _, arg in way.before[node]
                                   if arg not in inside)
                self.steps[item.end] = [Step(item, -1, arg) for arg in to]
            else:
                todo += reversed(item.members)

    def down(self, node: Node) -> list[Step]:
        """The steps down from a node; from what has no name of its own, those below it."""
        found = self.steps.get(node)
        if found is None:
            found = [Step(node, i, arg) for i, arg in self.way.before[node]]
        return found

    def count(self) -> int:
        """How many paths there are."""
        count = dict.fromkeys(self.way.starts, 1)
        for node in self.way.nodes:
            if node not in self.way.starts:
                count[node] = sum(count.get(step.to, 0) for step in self.down(node))
        return count[self.way.end]

    def each(self) -> list[list[Step]]:
        """Every path from the end to a start; mind how many there are."""
        found: list[list[Step]] = []
        todo: list[tuple[Node, list[Step]]] = [(self.way.end, [])]
        while todo:
            node, steps = todo.pop()
            if node in self.way.starts:
                found.append(steps)
            else:
                todo += [(step.to, [*steps, step]) for step in self.down(node)]
        return found[::-1]

    def along(self, steps: Sequence[Step]) -> Node:
        """What one path, from the end down, contributes to the gradient."""
        ct = ones(self.way.end)
        for step in steps:
            ct = pulled(step, ct)
        return ct


def pulled(step: Step, ct: Node) -> Node:
    """What the cotangent ``ct`` of an operation contributes to one operand."""
    if isinstance(step.item, Node):
        return pull(step.item, step.i, ct)
    return through(step.item, ct, [step.to])[step.to]


def through(group: Group, ct: Node, to: Sequence[Node]) -> dict[Node, Node]:
    """What the cotangent ``ct`` of a group contributes to the nodes ``to``, outside it."""
    nodes = group.nodes()
    floor = min(node.index for node in nodes)
    return vjp({group.end: ct}, {*nodes, *to}, floor, keep=to)
