"""Products with sparse matrices, as operations on their values and places."""

from __future__ import annotations

from ..engine.graph import Node
from ..engine.ops import sparse_products as sp
from ..engine.recording.operation import operation


@operation("SparseAddmmBackward0", methods=())
def sparse_times_dense(values: Node, dense: Node, rows: Node, columns: Node, height: int,
                       width: int) -> Node:
    """The matrix (height, width) with ``values`` at ``rows`` and ``columns``, times ``dense``."""
    return sp.sparse_product(values, dense, rows, columns, size=(height, width))


@operation("SparseSampledAddmmBackward0", methods=())
def product_at(a: Node, b: Node, rows: Node, columns: Node) -> Node:
    """The product of ``a`` and the transpose of ``b`` at ``rows`` and ``columns``."""
    return sp.sampled_product(a, b, rows, columns)
