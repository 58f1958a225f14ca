"""A graph anew: what the passes that change it node by node are made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..graph import Graph, Node, building, lift
from ..ops.elementwise import constant
from ..ops.structural import number

Args = tuple[Node, ...]
Rule = Callable[[Node, Args], Node | None]
"""What stands for a node whose arguments have become these; None: the node itself, on them."""


def rebuilt(graph: Graph, change: Rule, inputs: Mapping[Node, Node] | None = None) -> Graph:
    """``graph`` with each node as ``change`` has it, on the line of the node that it stands for.

    ``inputs`` says what stands for some of the inputs; a constant in the place of one takes the
    input away.
    """
    stand = inputs or {}
    new: dict[Node, Node] = {node: stand.get(node, node) for node in graph.inputs}
    line = building.line
    for node in graph.nodes():
        if node not in new:
            building.line = node.line
            args = tuple([new[arg] for arg in node.args])
            changed = change(node, args)
            new[node] = on(node, args) if changed is None else changed
    building.line = line
    return Graph([node for node in map(new.__getitem__, graph.inputs) if node.prim is not constant],
                 [new[node] for node in graph.outputs])


def as_it_is(node: Node, args: Args) -> Node | None:
    """No change."""
    return None


def on(node: Node, args: Args) -> Node:
    """``node`` on ``args``: itself if it is on them."""
    return node if args == node.args else copied(node, args)


def copied(node: Node, args: Args) -> Node:
    """``node`` on other arguments of the same shapes and dtypes."""
    new = Node(node.prim, args, node.params, node.shape, node.dtype, weak=node.weak)
    new.line = node.line
    return new


def with_numbers(graph: Graph, given: Sequence[Any], change: Rule = as_it_is) -> Graph:
    """``graph`` with constants for those of its inputs that are Python numbers, as they are
    ``given``."""
    return rebuilt(graph, change, {
        node: lift(value) for node, value in zip(graph.inputs, given, strict=True)
        if node.prim is number})
