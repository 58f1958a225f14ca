"""Products that sum over a shared dimension: :data:`matmul`, to which all of them come down."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .. import memory
from ..arrays import contiguous
from ..dtypes import DType
from ..graph import Linear, Node, Primitive, Shape
from . import batching, patterns
from .elementwise import broadcast_shape, common_dtype, conj
from .structural import is_half, transpose


def swap_last_axes(x: Node) -> Node:
    """``x`` with its last two dimensions exchanged."""
    n = x.ndim
    return transpose(x, perm=(*range(n - 2), n - 1, n - 2))


def adjoint(x: Node) -> Node:
    """The conjugate transpose of each matrix in ``x``."""
    x = swap_last_axes(x)
    return conj(x) if x.dtype.is_complex else x


def outer(a: Any, b: Any) -> Any:
    """The products of columns and rows; large ones on memory that was used before."""
    shape = (*np.broadcast_shapes(a.shape[:-2], b.shape[:-2]), a.shape[-2], b.shape[-1])
    if math.prod(shape) * a.dtype.itemsize < memory.LARGE or type(a) is not np.ndarray:
        return np.multiply(a, b)
    return np.multiply(a, b, out=memory.empty(shape, a.dtype))


def _matmul(a: Any, b: Any) -> Any:
    dtype = a.dtype
    if a.shape[-1] == 1:
        return outer(a, b)
    if is_half(dtype):
        return np.matmul(a.astype(np.float32), b.astype(np.float32)).astype(dtype)
    if a.ndim == 2 == b.ndim and b.shape[1] >= 2 * a.shape[0] and b.strides[0] < b.strides[1] and (
            a.flags.c_contiguous):
        # BLAS turns the right factor where its rows are columns in memory; the smaller one is
        # turned sooner. Few rows by a wide weight: 1.1 to 2 times faster.
        return contiguous(np.matmul(b.T, a.T).T)
    return np.matmul(a, b)


def _product(a: Node, b: Node) -> tuple[Shape, DType]:
    if a.shape[-1] != b.shape[-2]:
        raise RuntimeError(f"matmul: inner sizes differ: {a.shape} @ {b.shape}")
    batch = broadcast_shape(a.shape[:-2], b.shape[:-2])
    return (*batch, a.shape[-2], b.shape[-1]), common_dtype((a, b))


matmul: Primitive = Primitive(
    "matmul", _matmul, _product,
    (Linear(lambda ct, a, b: matmul(ct, adjoint(b))),
     Linear(lambda ct, a, b: matmul(adjoint(a), ct))), "{0} @ {1}", batch=batching.products,
    pattern=patterns.product)
