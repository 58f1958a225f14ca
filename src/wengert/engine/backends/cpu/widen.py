"""Sixteen-bit floats computed in float32.

A processor has few instructions for numbers of 16 bits. So a kernel reads them into float32,
computes there, and rounds each result to 16 bits again, as NumPy and PyTorch do: :func:`widened`
writes that out as casts, each of which is an instruction or two. A sum is rounded once, at its end.
"""

from __future__ import annotations

from ...dtypes import FLOAT, DType, float32
from ...graph import Graph, Node, Primitive
from ...ops.contract import matmul
from ...ops.elementwise import cast
from ...ops.fused import surely_finite
from ...ops.neural import gated
from ...ops.structural import alias, copy
from ...passes.rebuild import Args, rebuilt
from .lowered import computed
from .text import HALVES

AS_THEY_ARE = frozenset([cast, copy, alias, surely_finite, gated])
"""What hands its argument on: there is nothing to round."""


def widened(graph: Graph) -> Graph:
    """``graph`` with operations on float16 and bfloat16 made of those on float32: with those that
    kernels compute, themselves or written out, and with products."""
    if not any(node.dtype in HALVES for node in graph.nodes()):
        return graph

    def change(node: Node, args: Args) -> Node | None:
        half = half_of(node) if is_computed(node.prim) else None
        if half is None:
            return None
        out = node.prim(*[wide(arg, half) for arg in args], **node.params)
        return cast(out, dtype=half) if node.dtype is half else out
    return rebuilt(graph, change)


def is_computed(prim: Primitive) -> bool:
    """Whether kernels compute ``prim``, or BLAS."""
    return prim not in AS_THEY_ARE and (
        prim.expansion is not None or prim is matmul or computed(prim))


def half_of(node: Node) -> DType | None:
    """The dtype of 16 bits that ``node`` computes with, if it is one to widen."""
    if node.weak or not node.args:
        return None
    dtypes = {arg.dtype for arg in node.args if not arg.weak and arg.dtype.category >= FLOAT}
    return dtypes.pop() if len(dtypes) == 1 and dtypes <= HALVES else None


def wide(x: Node, half: DType) -> Node:
    """An operand in float32: Python's numbers are not rounded to 16 bits before, as in PyTorch."""
    if x.dtype is half or x.weak:
        return cast(x, dtype=float32)
    return x   # conditions, places, class numbers
