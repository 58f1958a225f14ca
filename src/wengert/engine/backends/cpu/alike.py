"""Which groups are alike: one kernel is planned and written for all of them.

The layers of a network come down to groups of the same structure, the same sizes and the same
constants. Their kernels differ only in where their values are, so that a program needs
:meth:`~.kernel.Kernel.again` for all but the first.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping

from ...graph import Node
from ...loops.groups import Group
from ...loops.nest import View
from ...ops.elementwise import constant
from ...ops.structural import number
from ...passes.simplify import frozen


def structure(group: Group, views: Mapping[Node, View]) -> tuple[Hashable, list[Node]]:
    """All that the kernel of ``group`` is made of but for its values, by their numbers; and these
    values, in that order."""
    numbers: dict[Node, int] = {}
    parts: list[Hashable] = [group.own, group.space, group.outer]
    stored = set(group.stored)

    def number_of(node: Node) -> int:
        if node not in numbers:
            numbers[node] = len(numbers)
            parts.append(operand(node, views))
        return numbers[node]

    for node in group.nodes:
        args = [(number_of(arg), number_of(arg.args[0]))
                if group.own and arg not in group.inputs and arg.args   # a transposed factor
                else number_of(arg) for arg in node.args]
        place = group.places[node]
        parts.append((node.prim, tuple(args), frozen(node.params), node.shape, node.dtype,
                      node.weak, place.kind, place.level, node in stored and lies(node, views)))
        numbers[node] = len(numbers)
    return tuple(parts), list(numbers)


def operand(node: Node, views: Mapping[Node, View]) -> Hashable:
    """What a kernel is made of that reads ``node``."""
    if node.prim is constant:
        return repr(node.params["value"]), node.dtype, node.weak
    return node.shape, node.dtype, node.weak, node.prim is number, lies(node, views)


def lies(node: Node, views: Mapping[Node, View]) -> Hashable:
    """How the elements of a value lie in memory."""
    view = views.get(node)
    return True if view is None else view.strides
