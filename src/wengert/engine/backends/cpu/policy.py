"""What is worth a kernel on this processor: the numbers that fusion and the passes go by.

:data:`CPU` answers what fusion asks (``Target`` in ``engine/loops/groups.py``);
:data:`TRANSPOSES` is what it costs to transpose. The rest says which single nodes have a kernel of
their own: moves of data, rows at places, reductions over axes in the middle, windows that are
whole.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable

from ....config import config
from ...dtypes import float32, float64, int32, int64, uint8
from ...graph import Node, operators
from ...ops.contract import matmul
from ...ops.indexing import index, put_add
from ...ops.neural import rows
from ...ops.pool import tap_put, window_max, window_tap
from ...ops.reduce import amax, amin, sum_
from ...ops.scan import cumsum
from ...ops.structural import concatenate, flip, place, sum_to
from ...passes.simplify import reduced_axes
from ...passes.transposes import TransposeCost, is_transpose, right_factors
from .lowered import in_kernels

TRANSPOSES = TransposeCost(by_library=0.35, by_kernel=0.1, launch=400.0, least=16)
"""Nanoseconds: for an element that BLAS or a kernel transposes, and for the call of a kernel."""
TILE = 4
"""A kernel transposes matrices with at least so many rows and columns."""
SHARED = 1 << 15
"""Threads may share a loop over so many elements."""
DEEP = 2
"""A sum over fewer products is no product of matrices."""
FEW = 4096
"""With no more multiplications it is one: to call NumPy takes longer."""
MOST_ELEMENTS = 16
"""A larger window is left to NumPy, which takes one offset after the other."""
LEAST_BYTES = 16
"""Shorter pieces of a concatenation are left to NumPy, too."""


class Policy:
    """What this backend answers to fusion."""

    most_nodes = 96
    """Equal pieces of a long program share code."""
    least_row = 64

    def computes(self, node: Node) -> bool:
        """Whether a kernel can compute ``node``."""
        return in_kernels(node)

    def shared(self) -> int | None:
        """Over how many elements threads share a loop, if there are several."""
        return SHARED if config.threads > 1 else None

    def single_kernels(self, nodes: Iterable[Node]) -> Callable[[Node, bool], bool]:
        """Which of ``nodes`` have kernels of their own kind."""
        uses = right_factors(nodes, TRANSPOSES)
        return lambda node, by_kernels: has_own_kernel(node, by_kernels, uses)

    def is_product(self, node: Node) -> bool:
        """Whether ``node`` is a call of BLAS."""
        return is_gemm(node) or (is_gemm(node, 1)
                                 and node.size * node.args[0].shape[-1] <= FEW)


class InLoops(Policy):
    """The same, where what no kernel computes would hold up all turns of a loop."""

    def is_product(self, node: Node) -> bool:
        """Whether ``node`` is a call of BLAS, for vectors too."""
        return is_gemm(node, 1)

    def single_kernels(self, nodes: Iterable[Node]) -> Callable[[Node, bool], bool]:
        """Which of ``nodes`` have kernels of their own kind: those that put a value into zeros,
        too, transposes of any size, and concatenations of the shortest pieces."""
        nodes = list(nodes)
        others = super().single_kernels(nodes)
        read = {arg for node in nodes if not is_gemm(node, 1) for arg in node.args}
        return lambda node, by_kernels: others(node, by_kernels) or is_put(node) or (
            is_joined(node, 1) if node.prim is concatenate
            else is_transposed(node) and node in read)   # BLAS reads what they are made of


CPU = Policy()
IN_LOOPS = InLoops()


def has_own_kernel(node: Node, by_kernels: bool, uses: Counter[Node]) -> bool:
    """Whether ``node`` is made by a kernel of its own: ``by_kernels`` read it, or products, as
    often as ``uses`` says, from the right."""
    if node.weak or not node.size or any(arg.weak or not arg.size for arg in node.args):
        return False
    prim = node.prim
    if prim is concatenate:
        return is_joined(node)
    if prim in (window_max, window_tap, tap_put):
        return has_whole_windows(node)
    if prim in (cumsum, flip):
        return node.dtype in (float32, float64) and node.args[0].dtype is node.dtype and (
            prim is cumsum or len(node.params["axes"]) == 1)
    if prim in (rows, index, put_add):
        return picks_rows(node)
    if prim in (sum_, sum_to, amax, amin):
        return between(node) is not None
    return is_worth_transposing(node, by_kernels, uses)


def is_gemm(node: Node, least: int = DEEP) -> bool:
    """Whether ``node`` is a product of matrices, or of as many pairs of them, with at least so many
    rows, columns and terms."""
    return (node.prim is matmul and node.dtype in (float32, float64) and node.size > 0
            and min(*node.shape[-2:], node.args[0].shape[-1]) >= least
            and all(arg.shape[:-2] == node.shape[:-2] and arg.dtype is node.dtype
                    for arg in node.args))


def is_put(node: Node) -> bool:
    """Whether ``node`` is a value inside of zeros, at one place along one axis."""
    params = node.params
    if node.prim is not place or len(params["axes"]) != 1 or params["steps"] != (1,) or (
            node.args[1].prim is not operators.constant):
        return False
    start, count = node.args[1].params["value"], node.shape[params["axes"][0]]
    return (node.size > 0 and node.args[0].size > 0 and node.dtype in (float32, float64)
            and not node.args[0].weak and node.args[0].prim is not operators.constant
            and -count <= start < count and start % count + params["lengths"][0] <= count)


def is_joined(node: Node, least: int = LEAST_BYTES) -> bool:
    """Whether a concatenation is of long enough pieces, of one dtype."""
    axis, dtype = node.params["axis"], node.dtype
    return dtype in (float32, float64, int32, int64) and all(
        arg.dtype is dtype and arg.prim is not operators.constant
        and math.prod(arg.shape[axis:]) * dtype.itemsize >= least for arg in node.args)


def picks_rows(node: Node) -> bool:
    """Whether ``node`` reads or adds whole rows at the places in one array."""
    x, *arrays = node.args
    whole = node if node.prim is put_add else x
    if len(arrays) != 1 or node.params.get("dims", (0,)) != (0,) or whole.ndim == 0:
        return False
    length = math.prod(whole.shape[1:]) * node.dtype.itemsize
    return (arrays[0].dtype in (int32, int64) and x.dtype in (float32, float64)
            and x.prim is not operators.constant
            and (node.prim is put_add or length >= LEAST_BYTES))


def between(node: Node) -> tuple[int, int, int] | None:
    """For a reduction over neighbouring axes, of which the last is not one: how many elements are
    before them, in them and after them; else None."""
    x = node.args[0]
    if node.dtype not in (float32, float64) or x.dtype is not node.dtype:
        return None
    longer = [i for i, n in enumerate(x.shape) if n != 1]
    axes = reduced_axes(node)
    if not axes or axes[-1] == longer[-1] or axes != tuple(
            [i for i in longer if axes[0] <= i <= axes[-1]]):
        return None
    first, last = axes[0], axes[-1] + 1
    return math.prod(x.shape[:first]), math.prod(x.shape[first:last]), math.prod(x.shape[last:])


def has_whole_windows(node: Node) -> bool:
    """Whether no window reaches beyond the elements, and few elements are in one."""
    params, x = node.params, node.args[0]
    size = params["size"] if "size" in params else x.shape[2:]
    taps = node if node.prim is window_tap else node.args[-1]
    return (x.dtype in (float32, float64) and len(size) <= 2
            and math.prod(params["kernel"]) <= MOST_ELEMENTS and not any(params["padding"])
            and (node.prim is window_max or taps.dtype is uint8)
            and all((out - 1) * stride + (k - 1) * dilation < n for n, k, out, stride, dilation
                    in zip(size, params["kernel"], params["out"], params["stride"],
                           params["dilation"], strict=True)))


def is_transposed(node: Node) -> bool:
    """Whether a kernel can make the transpose ``node``."""
    return (is_transpose(node) and node.dtype in (float32, float64, int32, int64)
            and not node.weak and node.size > 0 and node.args[0].prim is not operators.constant)


def is_worth_transposing(node: Node, by_kernels: bool, uses: Counter[Node]) -> bool:
    """Whether a kernel is to make the transpose ``node``: ``by_kernels`` read it, or products,
    as often as ``uses`` says, from the right."""
    if not is_transposed(node) or min(node.shape[-2:]) < TILE:
        return False
    size, cost = node.size, TRANSPOSES
    return by_kernels or (node in uses and cost.by_kernel * size / uses[node] + cost.launch
                          < cost.by_library * size)
