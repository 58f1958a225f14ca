"""Products whose right factor lies by columns.

BLAS reads the rows of a right factor; where it is a transpose, it turns all of it first, slowly. A
kernel turns a matrix several times as fast, and often the smaller matrices can be turned instead:
``a @ w.T`` is ``(w @ a.T).T``. :func:`turned_products` rewrites those; :func:`is_turned` says which
transposes a kernel is to make.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from ..dtypes import float32, float64, int32, int64
from ..graph import Graph, Node
from ..ops.contract import matmul, turned
from ..ops.structural import transpose
from .simplify import copied

TURNED_BY_BLAS = 0.35
TURNED_BY_KERNEL = 0.1
LAUNCH = 400.0
"""Nanoseconds: for an element that BLAS or a kernel turns, and for the call of a kernel."""
LEAST = 16
"""Products of fewer rows or columns are left alone."""
TILE = 4
"""A kernel turns matrices with at least so many rows and columns."""


def is_transpose(node: Node) -> bool:
    """Whether ``node`` exchanges the last two dimensions of its argument."""
    n = node.ndim
    return node.prim is transpose and n >= 2 and (
        node.params["perm"] == (*range(n - 2), n - 1, n - 2))


def is_product(node: Node) -> bool:
    """Whether ``node`` is a product of two matrices by BLAS."""
    return node.prim is matmul and node.ndim == 2 and node.dtype in (float32, float64)


def right_factors(nodes: Iterable[Node]) -> Counter[Node]:
    """How many products multiply with each transpose from the right."""
    return Counter(node.args[1] for node in nodes if is_product(node)
                   and is_transpose(node.args[1]) and min(node.shape) >= LEAST
                   and node.args[0].shape[1] >= LEAST)


def turned_products(graph: Graph) -> Graph:
    """``graph`` with ``(w @ a.T).T`` for ``a @ w.T`` where turning ``a`` and the result costs
    less than turning ``w``."""
    nodes = graph.nodes()
    uses = right_factors(nodes)
    kept = set(graph.outputs)
    new: dict[Node, Node] = {node: node for node in graph.inputs}
    for node in nodes:
        if node in new:
            continue
        args = tuple([new[arg] for arg in node.args])
        if is_product(node) and node not in kept and node.args[1] in uses and (
                not is_transpose(args[0]) and swaps(node, uses[node.args[1]])):
            product = turned(matmul(args[1].args[0], turned(args[0])))
            product.line = product.args[0].line = product.args[0].args[1].line = node.line
            new[node] = product
        else:
            new[node] = node if args == node.args else copied(node, args)
    return Graph(graph.inputs, [new[node] for node in graph.outputs])


def swaps(node: Node, uses: int) -> bool:
    """Whether turning the left factor and the result costs less than turning the right factor,
    which ``uses`` products share."""
    (m, k), n = node.args[0].shape, node.shape[1]
    right = min(TURNED_BY_BLAS * k * n, TURNED_BY_KERNEL * k * n / uses + LAUNCH)
    return TURNED_BY_KERNEL * (k * m + m * n) + 2 * LAUNCH < right


def is_turned(node: Node, by_kernels: bool, uses: Counter[Node]) -> bool:
    """Whether a kernel is to make the transpose ``node``: ``by_kernels`` read it, or products,
    as often as ``uses`` says, from the right."""
    if not is_transpose(node) or node.dtype not in (float32, float64, int32, int64) or (
            node.weak or min(node.shape[-2:]) < TILE):
        return False
    size = node.size
    return by_kernels or (node in uses and TURNED_BY_KERNEL * size / uses[node] + LAUNCH
                          < TURNED_BY_BLAS * size)
