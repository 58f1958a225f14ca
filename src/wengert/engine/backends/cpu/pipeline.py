"""The passes that a graph goes through before its nodes share loops, in order."""

from __future__ import annotations

from ...graph import Graph
from ...passes.expand import expanded
from ...passes.row_sums import early_sums
from ...passes.scales import scaled_factors
from ...passes.simplify import simplified
from ...passes.thin import without_thin_products
from ...passes.transposes import swapped_products
from .policy import TRANSPOSES
from .widen import widened


def for_kernels(graph: Graph, finite: bool = True) -> Graph:
    """``graph`` for kernels: products stay annihilating, and composite primitives are written out;
    ``finite`` says whether to take for granted that sums over rows are finite."""
    graph = without_thin_products(simplified(widened(graph), by_blas=False), batches=True)
    graph = simplified(expanded(graph), by_blas=False)
    graph = scaled_factors(early_sums(graph) if finite else graph)
    return swapped_products(graph, TRANSPOSES)
