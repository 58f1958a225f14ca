"""Composite primitives in terms of simpler ones, for backends that fuse those into one loop.

The softmax family, reading by class and the logistic functions are primitives because their
derivatives are better so; their values are ordinary arithmetic, which a kernel computes row by row
while the row is in cache. How a primitive is written out stands in its row (``Expansion``).
"""

from __future__ import annotations

from collections.abc import Callable

from ..dtypes import float32, float64
from ..graph import Graph, Node
from .rebuild import Args, rebuilt


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
    def change(node: Node, args: Args) -> Node | None:
        if node.prim.expansion is None or not chosen(node):
            return None
        return node.prim.expansion.rule(*args, **node.params)
    return rebuilt(graph, change)


__all__ = ["can_be_written_out", "expanded", "for_kernels"]
