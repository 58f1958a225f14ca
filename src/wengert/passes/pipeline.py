"""The passes that a repeated program goes through, in order."""

from __future__ import annotations

from ..graph import Graph
from .simplify import simplified

PASSES = (simplified,)


def optimised(graph: Graph) -> Graph:
    """``graph`` after every pass."""
    for apply in PASSES:
        graph = apply(graph)
    return graph
