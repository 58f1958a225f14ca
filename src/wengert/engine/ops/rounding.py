"""Elementwise primitives that round, divide with a remainder, choose, or take signs apart."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..dtypes import int32
from ..graph import Node, Partial, Primitive, lift
from .elementwise import (
    cast,
    elementwise,
    eq,
    exp2,
    ge,
    isnan,
    logical_not,
    logical_or,
    mask,
    ne,
    neg,
    where,
    zero,
)


def _divides(fn: Callable[..., Any]) -> Callable[..., Any]:
    """``fn``, with PyTorch's error for the division of integers by zero."""
    def divide(a: Any, b: Any) -> Any:
        if _has_zero(b) and np.result_type(a, b).kind in "iu" and np.size(a):
            raise RuntimeError("ZeroDivisionError: an integer is divided by 0")
        return fn(a, b)
    return divide


def _has_zero(b: Any) -> bool:
    """Whether an array of integers has a zero in it, or a number is one."""
    dtype = getattr(b, "dtype", None)
    if dtype is None:
        return not b
    return dtype.kind in "iub" and bool(np.count_nonzero(b) < b.size)


def _trunc_divide(a: Any, b: Any) -> Any:
    if np.result_type(a, b).kind in "iu":
        return np.floor_divide(np.subtract(a, np.fmod(a, b)), b)
    return np.trunc(np.true_divide(a, b))


def _heaviside(x: Any, at_zero: Any) -> Any:
    dtype = np.result_type(x, at_zero)
    return np.where(np.equal(x, 0), at_zero, np.greater(x, 0).astype(dtype)).astype(dtype)


# Rounding: the derivative is 0 everywhere
exponent = Primitive("exponent", lambda x: np.frexp(x)[1].astype(np.int32),
                     lambda x: (x.shape, int32), (None,), "exponent({0})", elementwise=True)
mantissa = elementwise("mantissa", lambda x: np.frexp(x)[0], Partial(
    lambda y, x: exp2(cast(neg(exponent(x)), dtype=x.dtype))), text="mantissa({0})")
floor = elementwise("floor", np.floor, zero, integers=True)
ceil = elementwise("ceil", np.ceil, zero, integers=True)
trunc = elementwise("trunc", np.trunc, zero, integers=True)
rint = elementwise("round", np.rint, zero, integers=True)
floor_divide = elementwise("floor_divide", _divides(np.floor_divide), zero, zero,
                           text="floor({0} / {1})", integers=True)
trunc_divide = elementwise("trunc_divide", _divides(_trunc_divide), zero, zero,
                           text="trunc({0} / {1})", integers=True)
remainder = elementwise("remainder", _divides(np.remainder), Partial(lambda y, a, b: lift(1.0)),
                        Partial(lambda y, a, b: -floor_divide(a, b)),
                        text="{0} mod {1}", integers=True)
fmod = elementwise("fmod", _divides(np.fmod), Partial(lambda y, a, b: lift(1.0)),
                   Partial(lambda y, a, b: -trunc_divide(a, b)),
                   text="fmod({0}, {1})", integers=True)


# Choice and sign
def _first(a: Node, b: Node, wins: Node) -> Node:
    """Whether ``fmax`` or ``fmin`` takes its first argument."""
    return logical_or(wins, isnan(b))


fmax = elementwise("fmax", np.fmax, Partial(lambda y, a, b: mask(_first(a, b, ge(a, b)), y)),
                   Partial(lambda y, a, b: mask(logical_not(_first(a, b, ge(a, b))), y)),
                   text="fmax({0}, {1})", integers=True)
fmin = elementwise("fmin", np.fmin, Partial(lambda y, a, b: mask(_first(a, b, ge(b, a)), y)),
                   Partial(lambda y, a, b: mask(logical_not(_first(a, b, ge(b, a))), y)),
                   text="fmin({0}, {1})", integers=True)
copysign = elementwise("copysign", np.copysign,
                       Partial(lambda y, a, b: y / where(eq(a, lift(0)), lift(1.0), a)), zero,
                       text="copysign({0}, {1})")
heaviside = elementwise("heaviside", _heaviside, zero, zero,
                        text="heaviside({0}, {1})", integers=True)
nextafter = elementwise("nextafter", np.nextafter,
                        Partial(lambda y, a, b: mask(ne(a, b), y)), zero,
                        text="nextafter({0}, {1})")
