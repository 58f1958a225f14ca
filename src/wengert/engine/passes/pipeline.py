"""The passes that a repeated program goes through where nothing is compiled, in order."""

from __future__ import annotations

from ..graph import Graph
from .products import plain_products
from .simplify import simplified


def optimised(graph: Graph) -> tuple[Graph, tuple[int, ...]]:
    """``graph`` after every pass, and the outputs to check (see ``products.py``)."""
    graph, places = plain_products(graph)
    return simplified(graph), places
