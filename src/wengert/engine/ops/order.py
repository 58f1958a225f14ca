"""The primitives that find an order: where the elements of a sorted array come from, and where a
value belongs. They give integers; reading values at them is ``indexing.take_along``.

NaN counts as larger than every number. Equal elements stay in the order in which they are.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..arrays import asarray
from ..dtypes import DType, int32, int64
from ..graph import Node, Primitive, Shape
from . import batching

FEW = 8
"""The largest elements are found without sorting all where they are at most one in so many."""


def _comparable(x: Any) -> Any:
    """``x`` in a dtype that NumPy sorts with NaN at the end: float32 for bfloat16."""
    return x.astype(np.float32) if x.dtype.kind == "V" else x


def _argsort(x: Any, axis: int, descending: bool) -> Any:
    x = _comparable(x)
    if not descending:
        return np.argsort(x, axis=axis, kind="stable").astype(np.int64, copy=False)
    back = (slice(None),) * (axis % x.ndim) + (slice(None, None, -1),)
    order = x[back].argsort(axis=axis, kind="stable")[back]
    return np.subtract(x.shape[axis] - 1, order).astype(np.int64, copy=False)


def _same(x: Node, **params: Any) -> tuple[Shape, DType]:
    return x.shape, int64


def _shortened(x: Node, k: int, axis: int, **params: Any) -> tuple[Shape, DType]:
    return tuple(k if i == axis else n for i, n in enumerate(x.shape)), int64


def _first(x: Any, k: int, axis: int) -> Any:
    return x[(slice(None),) * axis + (slice(k),)]


def _topk(x: Any, k: int, axis: int, largest: bool) -> Any:
    x, n = _comparable(x), x.shape[axis]
    if k * FEW > n or n < 64:
        return np.array(_first(_argsort(x, axis, largest), k, axis))
    if x.ndim == 1:   # without the functions of NumPy that are made for any axis
        chosen = x.argpartition(n - k)[n - k:] if largest else x.argpartition(k - 1)[:k]
        chosen.sort()
        return chosen[_argsort(x[chosen], 0, largest)].astype(np.int64, copy=False)
    if largest:
        chosen = np.flip(np.argpartition(x, n - k, axis=axis), axis)
    else:
        chosen = np.argpartition(x, k - 1, axis=axis)
    chosen = np.sort(_first(chosen, k, axis), axis=axis)
    order = _argsort(np.take_along_axis(x, chosen, axis), axis, largest)
    return np.take_along_axis(chosen, order, axis).astype(np.int64, copy=False)


def _kth(x: Any, k: int, axis: int) -> Any:
    places = np.argpartition(_comparable(x), k, axis=axis)
    return np.array(places[(slice(None),) * axis + (slice(k, k + 1),)], np.int64)


def _median_place(x: Any, axis: int, skip_nan: bool) -> Any:
    """The place of the lower median: of the numbers, or of the first NaN if there is one."""
    x = _comparable(x)
    order = np.argsort(x, axis=axis, kind="stable")
    n = x.shape[axis]
    if n and (x.dtype.kind != "f" or not np.isnan(x).any()):
        middle = (slice(None),) * axis + (slice((n - 1) // 2, (n + 1) // 2),)
        return order[middle].astype(np.int64, copy=False)
    if x.dtype.kind == "f":
        missing = np.count_nonzero(np.isnan(x), axis=axis, keepdims=True)
        numbers = n - missing
        at = np.maximum(numbers - 1, 0) // 2 if skip_nan else np.where(
            missing > 0, numbers, (n - 1) // 2)
    else:
        at = np.full([1 if i == axis else m for i, m in enumerate(x.shape)], (n - 1) // 2)
    return np.take_along_axis(order, at, axis).astype(np.int64, copy=False)


def _mode_place(x: Any, axis: int) -> Any:
    """The last place of the most frequent element, the least of these."""
    x = _comparable(x)
    order = np.argsort(x, axis=axis, kind="stable")
    rows = np.moveaxis(np.take_along_axis(x, order, axis), axis, -1)
    n = rows.shape[-1]
    count = np.broadcast_to(np.arange(n), rows.shape)
    new = np.ones(rows.shape, bool)
    new[..., 1:] = rows[..., 1:] != rows[..., :-1]
    starts = np.maximum.accumulate(np.where(new, count, 0), axis=-1)
    last = np.argmax(count - starts, axis=-1)     # the first run to reach the greatest length
    at = np.expand_dims(last, axis)
    return np.take_along_axis(order, at, axis).astype(np.int64, copy=False)


def _searchsorted(edges: Any, values: Any, right: bool, small: bool) -> Any:
    edges, values = asarray(edges), asarray(values)
    side = "right" if right else "left"
    dtype = np.int32 if small else np.int64
    if edges.ndim == 1:
        return asarray(np.searchsorted(edges, values, side)).astype(dtype)  # type: ignore[call-overload]
    out = np.empty(values.shape, dtype)
    for row in np.ndindex(*edges.shape[:-1]):
        out[row] = np.searchsorted(edges[row], values[row], side)  # type: ignore[call-overload]
    return out


argsort = Primitive("argsort", _argsort, _same, (None,), "argsort({0}, {axis})")
topk_place = Primitive("topk_place", _topk, _shortened, (None,), "places of the {k} first of {0}")
kth_place = Primitive(
    "kth_place", _kth, lambda x, k, axis: _shortened(x, 1, axis), (None,),
    "place of number {k} of {0} along {axis}")
median_place = Primitive(
    "median_place", _median_place, lambda x, axis, skip_nan: _shortened(x, 1, axis), (None,),
    "place of the median of {0} along {axis}")
mode_place = Primitive(
    "mode_place", _mode_place, lambda x, axis: _shortened(x, 1, axis), (None,),
    "place of the mode of {0} along {axis}")
searchsorted = Primitive(
    "searchsorted", _searchsorted,
    lambda edges, values, right, small: (values.shape, int32 if small else int64), (None, None),
    "where {1} belongs in {0}", batch=batching.searching)
