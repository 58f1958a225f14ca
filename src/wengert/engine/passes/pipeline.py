"""The passes that a repeated program goes through, in order."""

from __future__ import annotations

from collections.abc import Callable

from ..graph import Graph, Primitive
from .expand import expanded
from .products import plain_products
from .row_sums import early_sums
from .simplify import simplified
from .turn import turned_products
from .widen import widened


def optimised(graph: Graph) -> tuple[Graph, tuple[int, ...]]:
    """``graph`` after every pass, and the outputs to check (see ``products.py``)."""
    graph, places = plain_products(graph)
    return simplified(graph), places


def for_kernels(graph: Graph, computed: Callable[[Primitive], bool],
                finite: bool = True) -> Graph:
    """``graph`` after the passes before fusion: products stay annihilating, and composite
    primitives are written out; kernels compute what is ``computed``; ``finite`` says whether to
    take for granted that sums over rows are finite."""
    graph = simplified(widened(graph, computed), by_blas=False)
    graph = simplified(expanded(graph), by_blas=False)
    return turned_products(early_sums(graph) if finite else graph)
