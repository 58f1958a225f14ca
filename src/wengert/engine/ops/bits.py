"""Bitwise primitives, of integers and bools; they have no derivative."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..arrays import asarray, contiguous
from ..dtypes import DType
from ..graph import Node, Primitive, Shape
from .elementwise import elementwise


def _left_shift(x: Any, n: Any) -> Any:
    """``x * 2^n`` without the bits that fall out; all do for ``n`` out of range."""
    dtype = np.result_type(x, n)
    return np.left_shift(x, _count(n, 8 * dtype.itemsize), dtype=dtype)


def _right_shift(x: Any, n: Any) -> Any:
    """``x / 2^n`` rounded down; an ``n`` out of range is as large as can be."""
    dtype = np.result_type(x, n)
    return np.right_shift(x, _count(n, 8 * dtype.itemsize), dtype=dtype)


def _count(n: Any, bits: int) -> Any:
    """``n`` where it is in range, and the number of bits elsewhere."""
    if isinstance(n, int):
        return n if 0 <= n < bits else bits
    return np.where(np.less(n, 0) | np.greater(n, bits), asarray(bits).astype(n.dtype), n)


def _reinterpret(x: Any, dtype: DType) -> Any:
    bits = contiguous(x if x.ndim else x.reshape(1)).view(dtype.numpy).copy()
    return bits if x.ndim else bits.reshape(())


def _reinterpreted(x: Node, dtype: DType) -> tuple[Shape, DType]:
    if not x.ndim:
        return (), dtype
    return (*x.shape[:-1], x.shape[-1] * x.dtype.itemsize // dtype.itemsize), dtype


reinterpret = Primitive("reinterpret", _reinterpret, _reinterpreted, (None,),
                        "bits of {0} as {dtype}")
"""The bits of the elements, row by row, read as another dtype."""
bitwise_and = elementwise("bitwise_and", np.bitwise_and, text="{0} & {1}", integers=True)
bitwise_or = elementwise("bitwise_or", np.bitwise_or, text="{0} | {1}", integers=True)
bitwise_xor = elementwise("bitwise_xor", np.bitwise_xor, text="{0} ^ {1}", integers=True)
bitwise_not = elementwise("bitwise_not", np.invert, text="~{0}", integers=True)
left_shift = elementwise("left_shift", _left_shift, text="{0} << {1}", integers=True)
right_shift = elementwise("right_shift", _right_shift, text="{0} >> {1}", integers=True)
