"""Special functions: elementwise primitives from SciPy, which is loaded at the first call."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ..arrays import asarray
from ..graph import Node, Partial, Primitive, lift
from . import accurate
from .accurate import in_double
from .elementwise import (
    cast,
    cos,
    elementwise,
    eq,
    expensive,
    le,
    log,
    log1p,
    logical_and,
    sigmoid,
    square,
    unit,
    where,
)


def _by_length(exact: Callable[[Any], Any], rounded: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """``exact`` of float64, and ``rounded`` of shorter dtypes: a formula in float64 that may lose
    digits which rounding takes away. NumPy's warnings are left to the caller."""
    of_double = in_double(exact)

    def impl(x: Any) -> Any:
        if x.dtype.itemsize > 4:
            return of_double(x)
        return asarray(rounded(asarray(x, np.float64))).astype(x.dtype)
    return impl


def _from_scipy(name: str) -> Callable[[Any], Any]:
    """SciPy's function of one argument, in the argument's dtype."""
    def impl(x: Any) -> Any:
        return getattr(accurate.scipy_special(), name)(_wide(x)).astype(x.dtype)
    return impl


def erf_of(x: Any) -> Any:
    """The error function of an array."""
    if x.dtype == np.float64:
        return accurate.scipy_special().erf(x)
    return accurate.error_function("erf", asarray(x, np.float64)).astype(x.dtype)


def _erfc(x: Any) -> Any:
    if x.dtype == np.float64:
        return in_double(accurate.erfc)(x)
    return accurate.error_function("erfc", asarray(x, np.float64)).astype(x.dtype)


def _lgamma(x: Any) -> Any:
    """Double precision has enough digits at the roots for what is rounded to fewer."""
    if x.dtype.itemsize > 4:
        return in_double(accurate.lgamma)(x)
    with np.errstate(all="ignore"):
        found = accurate.scipy_special().gammaln(asarray(x, np.float64))
    return asarray(np.where(np.isinf(x), np.inf, found)).astype(x.dtype)


def _wide(x: Any) -> Any:
    """``x`` in a dtype that SciPy computes in."""
    return x.astype(np.float32) if x.dtype.itemsize == 2 else x


def _polygamma(n: Any, x: Any) -> Any:
    order = int(n)
    wide = asarray(x, np.float64)
    with np.errstate(all="ignore"):
        found = accurate.polygamma(order, wide) if order else accurate.digamma(wide)
    return asarray(found).astype(x.dtype)


def _times_log(log: Callable[[Any], Any]) -> Callable[[Any, Any], Any]:
    def impl(x: Any, y: Any) -> Any:
        dtype = np.result_type(x, y)
        x, y = asarray(x, dtype), asarray(y, dtype)
        if dtype.itemsize == 2:
            x, y = x.astype(np.float32), y.astype(np.float32)
        found = np.multiply(x, log(y))
        return np.where(np.equal(x, 0) & ~np.isnan(y), np.zeros((), found.dtype), found).astype(
            dtype)
    return impl


def _not_both_zero(x: Node, y: Node, like: Node) -> Node:
    """``y``, or 1 where ``x`` and ``y`` are 0."""
    return where(logical_and(eq(x, lift(0)), eq(y, lift(0))), unit(like), y)


def _sinc_slope(y: Node, x: Node) -> Node:
    """The derivative of sinc; at 0 a line of the right slope, for the second derivative."""
    at_zero = eq(x, lift(0))
    return where(at_zero, x * (-math.pi**2 / 3),
                 (cos(x * math.pi) - y) / where(at_zero, lift(1.0), x))


def _sin_over_slope(y: Node, x: Node) -> Node:
    at_zero = eq(x, lift(0))
    return where(at_zero, x * (-1 / 3), (cos(x) - y) / where(at_zero, lift(1.0), x))


def _sinc(x: Any) -> Any:
    """Of complex numbers as it is written; accurate of real ones."""
    if x.dtype.kind != "c":
        return _real_sinc(x)
    angle = np.multiply(np.where(np.equal(x, 0), np.ones((), x.dtype), x), math.pi)
    return np.where(np.equal(x, 0), np.ones((), angle.dtype), np.sin(angle) / angle)


def _sinc_rounded(x: Any) -> Any:
    """By the distance from the nearest whole number, and whether that is odd."""
    whole = np.rint(x)
    found = np.sin((x - whole) * math.pi)
    whole *= 0.5
    whole -= np.floor(whole)
    found *= 1 - 4 * whole
    found /= x * math.pi
    return np.where(np.equal(x, 0), 1.0, found)


def _erfinv_rounded(p: Any) -> Any:
    return np.copysign(accurate.scipy_special().erfinv(p), p)   # SciPy's has no -0


def _erfinv_slope_rounded(p: Any) -> Any:
    y = accurate.scipy_special().erfinv(p)
    return np.exp(y * y) * (math.sqrt(math.pi) / 2)


_real_sinc = _by_length(accurate.sinc, _sinc_rounded)


def _of_square(times: float, f: Callable[..., Any]) -> Callable[..., Any]:
    """``exp(times * x^2)``, by ``f`` in float64; of others, double precision has all of the square.
    """
    exact = in_double(f)

    def impl(x: Any) -> Any:
        if x.dtype.itemsize > 4:
            return exact(x)
        wide = asarray(x, np.float64)
        return asarray(np.exp(np.multiply(wide, wide) * times)).astype(x.dtype)

    return impl


gauss: Primitive = expensive("gauss", _of_square(-1.0, accurate.gauss),
                             Partial(lambda y, x: -2 * x * y), text="exp(-{0}^2)")
bell: Primitive = expensive("bell", _of_square(-0.5, accurate.bell),
                            Partial(lambda y, x: -x * y), text="exp(-{0}^2 / 2)")
erf = expensive("erf", erf_of,
                Partial(lambda y, x: 2 / math.sqrt(math.pi) * gauss(x)))
erfc = expensive("erfc", _erfc, Partial(lambda y, x: -2 / math.sqrt(math.pi) * gauss(x)))
erfinv = elementwise("erfinv", _by_length(accurate.erfinv, _erfinv_rounded),
                     Partial(lambda y, x: erfinv_slope(x)))
erfinv_slope: Primitive = elementwise(
    "erfinv_slope", _by_length(accurate.erfinv_slope, _erfinv_slope_rounded),
    Partial(lambda y, x: 2 * erfinv(x) * square(y)), text="erfinv'({0})")
lgamma = elementwise("lgamma", _lgamma,
                     Partial(lambda y, x: polygamma(lift(0), x)))
polygamma: Primitive = elementwise("polygamma", _polygamma, None,
                        Partial(lambda y, n, x: polygamma(n + 1, x)),
                        text="polygamma({0}, {1})")
xlogy = elementwise(
    "xlogy", _times_log(np.log),
    Partial(lambda y, a, b: log(where(logical_and(eq(a, lift(0)), le(b, lift(0))), unit(y), b))),
    Partial(lambda y, a, b: a / _not_both_zero(a, b, y)), text="{0} log {1}")
xlog1py = elementwise(
    "xlog1py", _times_log(np.log1p),
    Partial(lambda y, a, b: log1p(where(logical_and(eq(a, lift(0)), le(b, lift(-1))),
                                        cast(lift(0.0), dtype=y.dtype), b))),
    Partial(lambda y, a, b: a / where(logical_and(eq(a, lift(0)), eq(b, lift(-1))), unit(y),
                                      b + 1)), text="{0} log(1 + {1})")
sinc = elementwise("sinc", _sinc, Partial(_sinc_slope))
sin_over = elementwise("sin_over", in_double(accurate.sin_over), Partial(_sin_over_slope),
                       text="sin({0}) / {0}")
logit = elementwise("logit", _by_length(
    accurate.logit, lambda p: np.log(p) - np.log1p(-p)), Partial(lambda y, x: 1 / (x * (1 - x))))
tanhshrink = elementwise("tanhshrink", in_double(accurate.tanhshrink),
                         Partial(lambda y, x: square(x - y)), text="{0} - tanh({0})")
logaddexp2 = elementwise(
    "logaddexp2", in_double(accurate.logaddexp2),
    Partial(lambda y, a, b: sigmoid((a - b) * math.log(2))),
    Partial(lambda y, a, b: sigmoid((b - a) * math.log(2))), text="logaddexp2({0}, {1})")
