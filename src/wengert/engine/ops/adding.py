"""Sums and extremes over axes, in NumPy, by the quickest way that is as precise.

A reduction over short rows costs NumPy a call per row: sums of them are products with a vector of
ones, and extremes are taken over the rows of the transpose. Half precision is summed in float32.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ..arrays import contiguous
from ..graph import Shape

SHORT_SUM = 128
"""Rows no longer than this are summed by BLAS, where there are as many as :data:`MANY`."""
SHORT = 32
"""Rows no longer than this have their extreme taken over the transpose."""
MANY = 32
PIECE = 64
"""So many rows are added up in float32 before float64 takes over."""
SLABS = 8
"""So many parts of a long axis are added up at a time."""
_plus: Any = np.add.reduce


def half(x: Any) -> bool:
    """Whether ``x`` has 16 bits of precision or less, so that sums of it are made in float32."""
    return bool(x.dtype.itemsize == 2 and x.dtype.kind not in "iu")


def add_up(x: Any, axes: Shape, keepdims: bool = False) -> Any:
    """The sum over ``axes`` (sorted), in int64 for bool and the integers."""
    kind = x.dtype.kind
    if kind == "f" and x.dtype.itemsize > 2:
        if not x.flags.c_contiguous:
            return _add_apart(x, axes, keepdims)
        if 0 < len(axes) < x.ndim:
            return _add_rows(x, axes, keepdims)
        return _plus(x, axis=axes, keepdims=keepdims)
    if kind == "b" and not keepdims and len(axes) == x.ndim:
        return np.int64(np.count_nonzero(x))
    if kind in "biu":
        return _plus(x, axis=axes, dtype=np.int64, keepdims=keepdims)
    if half(x):
        return _plus(x, axis=axes, dtype=np.float32, keepdims=keepdims).astype(x.dtype)
    return _plus(x, axis=axes, keepdims=keepdims)


def _add_rows(x: Any, axes: Shape, keepdims: bool) -> Any:
    """The sum of a contiguous float32 or float64 array over some of its axes."""
    n = len(axes)
    length = 0
    if axes[0] == x.ndim - n:           # the last axes
        length = math.prod(x.shape[-n:])
        shape = x.shape[:-n] + (1,) * n if keepdims else x.shape[:-n]
    elif axes[-1] == n - 1:             # the first axes
        length = math.prod(x.shape[n:])
        shape = (1,) * n + x.shape[n:] if keepdims else x.shape[n:]
    down = axes[-1] == n - 1
    if down and x.dtype == np.float32 and x.size > PIECE * length > 0:
        return _add_columns(x.reshape(x.size // length, length)).reshape(shape)
    if not length or (down and x.size > SLABS * length):
        return _add_apart(x, axes, keepdims)
    if length > SHORT_SUM or x.size < MANY * length:
        return _plus(x, axis=axes, keepdims=keepdims)
    rows = x.size // length
    table = x.reshape(rows, length)
    if axes[0]:
        return (table @ np.ones(length, x.dtype)).reshape(shape)
    return (np.ones(rows, x.dtype) @ table).reshape(shape)


def _add_apart(x: Any, axes: Shape, keepdims: bool) -> Any:
    """The sum over axes that do not lie together in memory: NumPy adds up pairwise along the axis
    of neighbours alone, so the others are folded first."""
    long = [i for i in axes if x.shape[i] > SLABS]
    if long:
        step = min((abs(x.strides[i]) for i in range(x.ndim) if x.shape[i] > 1), default=0)
        for i in long:
            if abs(x.strides[i]) != step:
                x = _folded(x, i)
    return _plus(x, axis=axes, keepdims=keepdims)


def _folded(x: Any, axis: int) -> Any:
    """``x`` with at most :data:`SLABS` elements along ``axis``, which have the same sum: that many
    slabs of it are added up, again and again."""
    before, after = (slice(None),) * axis, x.shape[axis + 1:]
    while x.shape[axis] > SLABS:
        q, rest = divmod(x.shape[axis], SLABS)
        slabs = x[(*before, slice(q * SLABS))].reshape(*x.shape[:axis], SLABS, q, *after)
        total, left = _plus(slabs, axis=axis), x[(*before, slice(q * SLABS, None))]
        if rest > q:
            total = np.concatenate([total, left], axis)
        else:
            total[(*before, slice(rest))] += left
        x = total
    return x


def _add_columns(table: Any) -> Any:
    """The sum of the rows of a float32 table: pieces in float32, what they give in float64, since
    one row after the other a long column drifts."""
    whole = len(table) // PIECE * PIECE
    pieces = table[:whole].reshape(-1, PIECE, table.shape[1])
    if table.shape[1] <= SHORT_SUM:
        parts = np.ones(PIECE, table.dtype) @ pieces
    else:
        parts = _plus(pieces, axis=1)
    total = _plus(parts, axis=0, dtype=np.float64)
    if whole < len(table):
        total = total + _plus(table[whole:], axis=0, dtype=np.float64)
    return total.astype(table.dtype)


def extreme(ufunc: np.ufunc) -> Callable[..., Any]:
    """The reduction by ``np.maximum`` or ``np.minimum``."""
    reduce: Any = ufunc.reduce

    def over(x: Any, axes: Shape, keepdims: bool = False) -> Any:
        n = len(axes)
        if 0 < n < x.ndim and axes[0] == x.ndim - n:
            length = math.prod(x.shape[-n:])
            if 0 < length <= SHORT and x.size >= MANY * length and x.flags.c_contiguous:
                columns = contiguous(x.reshape(-1, length).T)
                shape = x.shape[:-n] + (1,) * n if keepdims else x.shape[:-n]
                return reduce(columns, axis=0).reshape(shape)
        return reduce(x, axis=axes, keepdims=keepdims)
    return over


greatest = extreme(np.maximum)
least = extreme(np.minimum)
