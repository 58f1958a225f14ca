"""Composite primitives in terms of simpler ones, for backends that fuse those into one loop.

The softmax family, reading by class and the logistic functions are primitives because their
derivatives are better so; their values are ordinary arithmetic, which a kernel computes row by row
while the row is in cache. How a primitive is written out stands in its row (``Expansion``).
"""

from __future__ import annotations

from collections.abc import Collection

from ..dtypes import float32, float64
from ..graph import Graph, Node, Primitive, building
from .simplify import copied


def expanded(graph: Graph, wherever: Collection[Primitive] = ()) -> Graph:
    """``graph`` with composite primitives of float32 and float64 written out, and those that they
    are made of; those ``wherever`` also where a kernel would not have them so."""
    while any(is_written_out(node, wherever) for node in graph.nodes()):
        graph = once_expanded(graph, wherever)
    return graph


def is_written_out(node: Node, wherever: Collection[Primitive] = ()) -> bool:
    """Whether ``node`` has simpler primitives to stand for it."""
    expansion = node.prim.expansion
    return (expansion is not None and node.dtype in (float32, float64) and not node.weak
            and all(arg.size for arg in node.args)
            and (node.prim in wherever or expansion.applies(node)))


def once_expanded(graph: Graph, wherever: Collection[Primitive] = ()) -> Graph:
    """``graph`` with its composite primitives written out."""
    new: dict[Node, Node] = {node: node for node in graph.inputs}
    line = building.line
    for node in graph.nodes():
        if node in new:
            continue
        args = tuple([new[arg] for arg in node.args])
        building.line = node.line
        if node.prim.expansion is not None and is_written_out(node, wherever):
            new[node] = node.prim.expansion.rule(*args, **node.params)
        else:
            new[node] = node if args == node.args else copied(node, args)
    building.line = line
    return Graph(graph.inputs, [new[node] for node in graph.outputs])


__all__ = ["expanded"]
