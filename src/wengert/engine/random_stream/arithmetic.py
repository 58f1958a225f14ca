"""Arithmetic on arrays that rounds as the reference does, which NumPy's own does not always.

Casts to 16 bits, remainders of words, fused multiply-adds, and the functions of libm.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

Shape: TypeAlias = int | Sequence[int]
Array: TypeAlias = "NDArray[Any]"
Singles: TypeAlias = "NDArray[np.float32]"
Doubles: TypeAlias = "NDArray[np.float64]"


def cast(values: Array, dtype: np.dtype[Any]) -> Array:
    """`values` in `dtype`; wide ones become a 16-bit number by way of float32, as in C++."""
    if dtype.itemsize > 2 or dtype.kind not in "fV":
        return values.astype(dtype, copy=False)
    with np.errstate(over="ignore"):
        if values.dtype.itemsize > 2:
            values = values.astype(np.float32, copy=False)
        return values.astype(dtype, copy=False)


def remainder(words: NDArray[np.uint64], count: int) -> NDArray[np.uint64]:
    """``words % count``; NumPy divides by a scalar much faster than it takes the remainder."""
    divisor = np.uint64(count)
    return words - words // divisor * divisor


def fma(a: Array, b: float, c: float) -> Array:
    """a·b + c with one rounding in float32 or float64, as by a fused multiply-add."""
    if c == 0 or b == 0 or abs(math.frexp(b)[0]) == 0.5:
        exact: Array = (a if b == 1 else a * b) + c
        return exact  # the product is, or nothing is added to it
    if a.dtype == np.float32:
        return (a.astype(np.float64) * b + c).astype(np.float32)
    product: Array = a * b
    total: Array = product + c
    if abs(b) > 2.0**900:   # halves of it would overflow
        return np.asarray(fma(a, b * 2.0**-100, c * 2.0**-100) * 2.0**100)
    # T. J. Dekker, A floating-point technique for extending the available precision, 1971
    (a_high, a_low), (b_high, b_low) = _halves(a), _halves(np.float64(b))
    low = ((a_high * b_high - product) + a_high * b_low + a_low * b_high) + a_low * b_low
    back = total - product
    total += low + ((product - (total - back)) + (c - back))
    return total


def between(units: Array, low: float, high: float) -> Array:
    """Numbers in [low, high) of numbers in [0, 1)."""
    wide = units.dtype.type
    least, end = wide(low), wide(high)
    numbers = fma(units, float(end - least), float(least))
    numbers[numbers == end] = least
    return numbers


def from_parts(
    shape: Shape, dtype: np.dtype[Any], draw: Callable[[tuple[int, ...], Any], Array]
) -> Array:
    """A complex array from twice as many real numbers, the parts side by side."""
    sizes = (shape,) if isinstance(shape, int) else tuple(shape)
    real = np.float32 if dtype == np.complex64 else np.float64
    return draw((*sizes, 2), real).view(dtype).reshape(sizes)


def _halves(x: Any) -> tuple[Any, Any]:
    """`x` as a sum of two doubles of 26 bits each."""
    high = x * (2.0**27 + 1)
    high = high - (high - x)
    return high, x - high


FEW = 16


def through(
    fast: Callable[[Doubles], Doubles],
    exact: Callable[[float], float],
    x: Doubles,
    finish: Callable[[Doubles], Array],
) -> Array:
    """``finish(f(x))`` with the f of libm, `exact`, which NumPy's `fast` is within some ulp of.

    `finish` is monotone and rounds. Only where it tells apart the two ends of the error that
    `fast` may have is the slow function called; for a few numbers it is the quicker one.
    """
    if x.size <= FEW:
        return finish(each(exact, x, fast))
    y = fast(x)
    slack = np.abs(y) * 2.0**-48
    close = np.flatnonzero(finish(y - slack) != finish(y + slack))
    if close.size:
        y[close] = each(exact, x[close], fast)
    return finish(y)


def each(
    exact: Callable[[float], float], x: Doubles, otherwise: Callable[[Doubles], Doubles]
) -> Doubles:
    try:
        return np.fromiter(map(exact, x.tolist()), np.float64, x.size)
    except (ValueError, OverflowError):  # Python raises where libm returns an infinity
        return otherwise(x)
