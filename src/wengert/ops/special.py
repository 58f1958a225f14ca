"""Special functions: elementwise primitives from SciPy, which is loaded at the first call."""

from __future__ import annotations

import importlib
import math
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from ..graph import Node, lift
from ..primitive import Partial, Primitive
from .elementwise import (
    cast,
    cos,
    elementwise,
    eq,
    exp,
    le,
    log,
    log1p,
    logical_and,
    square,
    unit,
    where,
)


@cache
def _scipy_special() -> Any:
    return importlib.import_module("scipy.special")


def _from_scipy(name: str) -> Callable[[Any], Any]:
    """SciPy's function of one argument, in the argument's dtype."""
    def impl(x: Any) -> Any:
        return getattr(_scipy_special(), name)(_wide(x)).astype(x.dtype)
    return impl


def _wide(x: Any) -> Any:
    """``x`` in a dtype that SciPy computes in."""
    return x.astype(np.float32) if x.dtype.itemsize == 2 else x


def _lgamma(x: Any) -> Any:
    found = _scipy_special().gammaln(_wide(x))
    return np.where(np.isinf(x), np.abs(x), found).astype(x.dtype)


def _polygamma(n: Any, x: Any) -> Any:
    special = _scipy_special()
    order = int(n)
    wide = _wide(x)
    if order == 0:
        found = np.where(np.equal(wide, 0), np.copysign(np.inf, -wide), special.psi(wide))
    else:
        found = special.polygamma(order, wide)
    return found.astype(x.dtype)


def _sinc(x: Any) -> Any:
    angle = np.multiply(np.where(np.equal(x, 0), np.ones((), x.dtype), x), math.pi)
    found = np.where(np.equal(x, 0), np.ones((), angle.dtype), np.sin(angle) / angle)
    return found.astype(x.dtype)


def _xlogy(x: Any, y: Any) -> Any:
    dtype = np.result_type(x, y)
    x, y = np.asarray(x, dtype), np.asarray(y, dtype)
    found = np.multiply(x, np.log(y))
    return np.where(np.equal(x, 0) & ~np.isnan(y), np.zeros((), found.dtype), found)


def _xlog1py(x: Any, y: Any) -> Any:
    dtype = np.result_type(x, y)
    x, y = np.asarray(x, dtype), np.asarray(y, dtype)
    found = np.multiply(x, np.log1p(y))
    return np.where(np.equal(x, 0) & ~np.isnan(y), np.zeros((), found.dtype), found)


def _not_both_zero(x: Node, y: Node, like: Node) -> Node:
    """``y``, or 1 where ``x`` and ``y`` are 0."""
    return where(logical_and(eq(x, lift(0)), eq(y, lift(0))), unit(like), y)


def _sinc_slope(y: Node, x: Node) -> Node:
    """The derivative of sinc; at 0 a line of the right slope, for the second derivative."""
    at_zero = eq(x, lift(0))
    return where(at_zero, x * (-math.pi**2 / 3),
                 (cos(x * math.pi) - y) / where(at_zero, lift(1.0), x))


erf = elementwise("erf", _from_scipy("erf"),
                  Partial(lambda y, x: 2 / math.sqrt(math.pi) * exp(-square(x))))
erfc = elementwise("erfc", _from_scipy("erfc"),
                   Partial(lambda y, x: -2 / math.sqrt(math.pi) * exp(-square(x))))
erfinv = elementwise("erfinv", _from_scipy("erfinv"),
                     Partial(lambda y, x: math.sqrt(math.pi) / 2 * exp(square(y))))
lgamma = elementwise("lgamma", _lgamma,
                     Partial(lambda y, x: polygamma(lift(0), x)))
polygamma: Primitive = elementwise("polygamma", _polygamma, None,
                        Partial(lambda y, n, x: polygamma(n + 1, x)),
                        text="polygamma({0}, {1})")
xlogy = elementwise(
    "xlogy", _xlogy,
    Partial(lambda y, a, b: log(where(logical_and(eq(a, lift(0)), le(b, lift(0))), unit(y), b))),
    Partial(lambda y, a, b: a / _not_both_zero(a, b, y)), text="{0} log {1}")
xlog1py = elementwise(
    "xlog1py", _xlog1py,
    Partial(lambda y, a, b: log1p(where(logical_and(eq(a, lift(0)), le(b, lift(-1))),
                                        cast(lift(0.0), dtype=y.dtype), b))),
    Partial(lambda y, a, b: a / where(logical_and(eq(a, lift(0)), eq(b, lift(-1))), unit(y),
                                      b + 1)), text="{0} log(1 + {1})")
sinc = elementwise("sinc", _sinc, Partial(_sinc_slope))
