"""Products whose right factor is a transpose.

BLAS reads the rows of a right factor; where it is a transpose, it transposes all of it first,
slowly. A kernel transposes a matrix several times as fast, and often the smaller matrices can be
transposed instead: ``a @ w.T`` is ``(w @ a.T).T``. :func:`swapped_products` rewrites those, by what
transposing costs on a backend: :class:`TransposeCost`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from ..dtypes import float32, float64
from ..graph import Graph, Node
from ..ops.contract import matmul, swap_last_axes
from ..ops.structural import transpose
from .rebuild import Args, rebuilt


class TransposeCost(NamedTuple):
    """What transposing costs: each element by the library or by a kernel, and the call of a kernel.
    Products of fewer than ``least`` rows or columns are left alone."""

    by_library: float
    by_kernel: float
    launch: float
    least: int


def is_transpose(node: Node) -> bool:
    """Whether ``node`` exchanges the last two dimensions of its argument."""
    n = node.ndim
    return node.prim is transpose and n >= 2 and (
        node.params["perm"] == (*range(n - 2), n - 1, n - 2))


def is_product(node: Node) -> bool:
    """Whether ``node`` is a product of two matrices by BLAS."""
    return node.prim is matmul and node.ndim == 2 and node.dtype in (float32, float64)


def right_factors(nodes: Iterable[Node], cost: TransposeCost) -> Counter[Node]:
    """How many products multiply with each transpose from the right."""
    return Counter(node.args[1] for node in nodes if is_product(node)
                   and is_transpose(node.args[1]) and min(node.shape) >= cost.least
                   and node.args[0].shape[1] >= cost.least)


def swapped_products(graph: Graph, cost: TransposeCost) -> Graph:
    """``graph`` with ``(w @ a.T).T`` for ``a @ w.T`` where transposing ``a`` and the
    result costs less than transposing ``w``."""
    uses = right_factors(graph.nodes(), cost)
    kept = set(graph.outputs)

    def change(node: Node, args: Args) -> Node | None:
        if is_product(node) and node not in kept and node.args[1] in uses and (
                not is_transpose(args[0]) and swaps(node, uses[node.args[1]], cost)):
            return swap_last_axes(matmul(args[1].args[0], swap_last_axes(args[0])))
        return None
    return rebuilt(graph, change)


def swaps(node: Node, uses: int, cost: TransposeCost) -> bool:
    """Whether transposing the left factor and the result costs less than transposing the right
    factor, which ``uses`` products share."""
    (m, k), n = node.args[0].shape, node.shape[1]
    right = min(cost.by_library * k * n, cost.by_kernel * k * n / uses + cost.launch)
    return cost.by_kernel * (k * m + m * n) + 2 * cost.launch < right
