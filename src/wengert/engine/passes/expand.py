"""Composite primitives in terms of simpler ones, for backends that fuse those into one loop.

The softmax family, reading by class and the logistic functions are primitives because their
derivatives are better so; their values are ordinary arithmetic, which a kernel computes row by row
while the row is in cache. How a primitive is written out stands in its row (``Expansion``).
"""

from __future__ import annotations

from collections.abc import Callable

from ..dtypes import float32, float64
from ..graph import Graph, Node, building
from .simplify import copied


def can_be_written_out(node: Node) -> bool:
    """Whether ``node`` has simpler primitives to stand for it."""
    return (node.prim.expansion is not None and node.dtype in (float32, float64) and not node.weak
            and all(arg.size for arg in node.args))


def for_kernels(node: Node) -> bool:
    """Whether a kernel would have ``node`` written out."""
    expansion = node.prim.expansion
    return expansion is not None and can_be_written_out(node) and expansion.applies(node)


def expanded(graph: Graph, chosen: Callable[[Node], bool] = for_kernels) -> Graph:
    """``graph`` with the ``chosen`` composite primitives written out, and those that they are made
    of; each of them must be one that can be."""
    while any(map(chosen, graph.nodes())):
        graph = once_expanded(graph, chosen)
    return graph


def once_expanded(graph: Graph, chosen: Callable[[Node], bool]) -> Graph:
    """``graph`` with its chosen primitives written out."""
    new: dict[Node, Node] = {node: node for node in graph.inputs}
    line = building.line
    for node in graph.nodes():
        if node in new:
            continue
        args = tuple([new[arg] for arg in node.args])
        building.line = node.line
        if node.prim.expansion is not None and chosen(node):
            new[node] = node.prim.expansion.rule(*args, **node.params)
        else:
            new[node] = node if args == node.args else copied(node, args)
    building.line = line
    return Graph(graph.inputs, [new[node] for node in graph.outputs])


__all__ = ["can_be_written_out", "expanded", "for_kernels"]
