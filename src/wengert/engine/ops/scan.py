"""The primitives that run along an axis: each element of the result is a reduction of the elements
up to its own.

A scan that is not linear has a tangent by doubling: after ``k`` rounds an element knows the
reduction of the ``2^k`` elements that end at it, with its tangent; so zeros and infinities are no
special case, at any order.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..dtypes import DType, int64
from ..graph import Infer, Jvp, Linear, Node, Primitive, Shape, lift
from .adding import half
from .complex_numbers import log_of_sum
from .elementwise import add, eq, exp, logaddexp, mul, real, sub, where
from .reduce import Pair, part, summed_dtype
from .structural import concatenate, flip


def _infer(to: Callable[[DType], DType] = lambda dtype: dtype) -> Infer:
    def infer(x: Node, axis: int) -> tuple[Shape, DType]:
        return x.shape, to(x.dtype)
    return infer


def _accumulate(ufunc: np.ufunc) -> Callable[..., Any]:
    """The scan of ``ufunc``, whose rounding would grow with the length: in int64 for bool and the
    integers, in float32 for half precision, in double precision for the rest."""
    def scan(x: Any, axis: int) -> Any:
        if x.dtype.kind in "biu":
            return ufunc.accumulate(x, axis=axis, dtype=np.int64)
        wide = np.float32 if half(x) else np.complex128 if x.dtype.kind == "c" else np.float64
        return ufunc.accumulate(x, axis=axis, dtype=wide).astype(x.dtype, copy=False)
    return scan


def _log_accumulate(x: Any, axis: int) -> Any:
    """The logarithms of running sums of exponentials. The imaginary part of a complex one goes on
    from the element before, as PyTorch's, beyond pi too."""
    if x.dtype.kind != "c":
        return _accumulate(np.logaddexp)(x, axis)
    out = np.array(x)
    rows = np.moveaxis(out, axis, 0)
    for k in range(1, rows.shape[0]):
        a, b = rows[k - 1], rows[k]
        larger = np.greater_equal(a.real, b.real)
        top, rest = np.where(larger, a, b), np.where(larger, b, a)
        nothing = np.isneginf(top.real)
        grown = np.log1p(np.exp(rest - np.where(nothing, 0, top))) + top
        rows[k] = np.where(nothing, rest, grown)
    return out


def _running_place(reaches: np.ufunc, extreme: np.ufunc) -> Callable[..., Any]:
    """Where the extreme so far was met last; at NaN once there is one."""
    def places(x: Any, axis: int) -> Any:
        so_far = extreme.accumulate(x, axis=axis)
        met = reaches(x, so_far) | np.isnan(x) if x.dtype.kind == "f" else reaches(x, so_far)
        count = np.arange(x.shape[axis], dtype=np.int64)
        count = count.reshape([-1 if i == axis else 1 for i in range(x.ndim)])
        return np.maximum.accumulate(np.where(met, count, 0), axis=axis)
    return places


def _doubling(combine: Callable[[Pair, Pair], Pair], t: Node, x: Node, axis: int) -> Node:
    """The tangent of a scan, where ``combine`` reduces an earlier part with a later one."""
    pair, n, width = (x, t), x.shape[axis], 1
    while width < n:
        earlier = _both(pair, axis, 0, n - width)
        later = _both(pair, axis, width, n - width)
        done = _both(pair, axis, 0, width)
        value, tangent = combine(earlier, later)
        pair = (concatenate(done[0], value, axis=axis), concatenate(done[1], tangent, axis=axis))
        width *= 2
    return pair[1]


def _both(pair: Pair, axis: int, start: int, length: int) -> Pair:
    return part(pair[0], axis, start, length), part(pair[1], axis, start, length)


def _times(a: Pair, b: Pair) -> Pair:
    """The product of two values, with its tangent."""
    return mul(a[0], b[0]), add(mul(a[1], b[0]), mul(a[0], b[1]))


def _log_plus(a: Pair, b: Pair) -> Pair:
    """``log(exp(a) + exp(b))`` with its tangent, which is 0 where nothing is there yet."""
    is_complex = a[0].dtype.is_complex
    value = log_of_sum(a[0], b[0]) if is_complex else logaddexp(a[0], b[0])
    nothing = eq(real(value) if is_complex else value, lift(-np.inf))
    at = where(nothing, lift(0.0), value)
    return value, add(mul(a[1], exp(sub(a[0], at))), mul(b[1], exp(sub(b[0], at))))


cumsum: Primitive = Primitive(
    "cumsum", _accumulate(np.add), _infer(summed_dtype),
    (Linear(lambda ct, x, axis: flip(cumsum(flip(ct, axes=(axis,)), axis=axis), axes=(axis,))),),
    "cumsum({0}, {axis})")
cumprod = Primitive(
    "cumprod", _accumulate(np.multiply), _infer(summed_dtype),
    (Jvp(lambda t, y, x, axis: _doubling(_times, t, x, axis)),), "cumprod({0}, {axis})")
logcumsumexp = Primitive(
    "logcumsumexp", _log_accumulate, _infer(),
    (Jvp(lambda t, y, x, axis: _doubling(_log_plus, t, x, axis)),), "log cumsum exp({0}, {axis})")
cummax_place = Primitive(
    "cummax_place", _running_place(np.greater_equal, np.maximum), _infer(lambda dtype: int64),
    (None,), "place of cummax({0}, {axis})")
cummin_place = Primitive(
    "cummin_place", _running_place(np.less_equal, np.minimum), _infer(lambda dtype: int64),
    (None,), "place of cummin({0}, {axis})")
