"""Products of matrices that are products of numbers, or of vectors: :func:`without_thin_products`
writes them out, where a loop over elements costs less than a call of BLAS."""

from __future__ import annotations

from ..dtypes import float32, float64
from ..graph import Graph, Node
from ..ops.contract import matmul
from ..ops.elementwise import mul
from ..ops.reduce import sum_
from ..ops.structural import reshape, transpose
from .rebuild import rebuilt


def without_thin_products(graph: Graph, batches: bool = False) -> Graph:
    """``x @ y -> x * y`` for one column and one row; ``x @ y -> sum(x * y.T)`` for one row and one
    column; ``x.T -> reshape(x)`` for one row or one column. With ``batches``, of many products at a
    time only, each of which would be a call."""
    return rebuilt(graph, lambda node, args: (
        None if batches and node.ndim < 3 else
        thin_product(node, args) if node.prim is matmul
        else thin_transpose(node, args) if node.prim is transpose else None))


def thin_product(node: Node, args: tuple[Node, ...]) -> Node | None:
    """What stands for a product, if it is thin."""
    x, y = args
    if node.dtype not in (float32, float64) or x.dtype is not y.dtype or x.ndim != y.ndim or (
            x.shape[:-2] != y.shape[:-2] or not x.size or not y.size):
        return None
    if x.shape[-1] == 1:
        return mul(x, y)
    if node.shape[-2:] == (1, 1):
        return sum_(mul(x, reshape(y, shape=x.shape)), axes=(node.ndim - 1,), keepdims=True)
    return None


def thin_transpose(node: Node, args: tuple[Node, ...]) -> Node | None:
    """``x.T -> reshape(x)`` where the elements stay in their order."""
    x, perm = args[0], node.params["perm"]
    longer = [i for i in perm if x.shape[i] != 1]
    return reshape(x, shape=node.shape) if longer == sorted(longer) else None
