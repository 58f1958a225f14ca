"""The primitives that reduce axes: sums, products, extremes, logic, and the softmax family.

``axes`` are sorted and counted from the front; ``keepdims`` leaves them with length 1. Where an
extreme is reached more than once, the elements that reach it share its derivative evenly.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ..arrays import asarray, copied
from ..dtypes import INT, DType, bool_, float64, int64
from ..graph import Expansion, Infer, Jvp, Linear, Node, Partial, Primitive, Reduction, Shape, lift
from . import batching, patterns
from .adding import add_up, greatest, half, least
from .elementwise import (
    add,
    div,
    eq,
    exp,
    expensive,
    isfinite,
    isinf,
    isnan,
    log,
    log1p,
    logical_and,
    logical_or,
    lt,
    mask,
    maximum,
    minimum,
    mul,
    neg,
    reciprocal,
    sqrt,
    sub,
    where,
)
from .structural import broadcast_to, reshape, slice_


# Shapes
def reduced_shape(shape: Shape, axes: Shape, keepdims: bool) -> Shape:
    """``shape`` without ``axes``, or with length 1 there."""
    if keepdims:
        return tuple(1 if i in axes else n for i, n in enumerate(shape))
    return tuple(n for i, n in enumerate(shape) if i not in axes)


def kept(y: Node, x: Node, axes: Shape) -> Node:
    """``y``, a reduction of ``x``, with length 1 in the reduced axes."""
    shape = reduced_shape(x.shape, axes, True)
    return y if y.shape == shape else reshape(y, shape=shape)


def spread(y: Node, x: Node, axes: Shape) -> Node:
    """``y``, a reduction of ``x``, in the shape of ``x``."""
    return broadcast_to(kept(y, x, axes), shape=x.shape)


def _infer(to: Callable[[DType], DType] = lambda dtype: dtype) -> Infer:
    """The shape and dtype rule of a reduction that takes the dtypes by ``to``."""
    def infer(x: Node, axes: Shape, keepdims: bool) -> tuple[Shape, DType]:
        return reduced_shape(x.shape, axes, keepdims), to(x.dtype)
    return infer


def summed_dtype(dtype: DType) -> DType:
    """The dtype in which sums and products are computed: int64 for bool and the integers."""
    return int64 if dtype.category <= INT else dtype


# Sums
def _total(x: Any, axes: Shape, keepdims: bool) -> Any:
    return add_up(asarray(x), axes, keepdims)


sum_ = Primitive(
    "sum", _total, _infer(summed_dtype),
    (Linear(lambda ct, x, axes, keepdims: spread(ct, x, axes)),), "sum({0}, {axes})",
    reduction=Reduction(add, 0), pattern=patterns.turned)

root = expensive(
    "root", np.sqrt, Partial(lambda y, x: where(eq(y, lift(0)), lift(0.0), 0.5 / y)),
    text="sqrt({0})", expansion=Expansion(lambda x: sqrt(x)))
"""The square root whose derivative at 0 is 0, for norms and standard deviations."""


# Products. The tangent goes up a tree of products of pairs, so it needs no division: zeros are no
# special case, at any order.
_times_all: Any = np.multiply.reduce


def product(x: Any, axes: Shape, keepdims: bool) -> Any:
    """The product over ``axes``, in int64 for bool and the integers."""
    x = asarray(x)
    if half(x):
        wide = _times_all(x, axis=axes, dtype=np.float32, keepdims=keepdims)
        return wide.astype(x.dtype)
    dtype = np.int64 if x.dtype.kind in "biu" else x.dtype
    return _times_all(x, axis=axes, dtype=dtype, keepdims=keepdims)


def part(x: Node, axis: int, start: int, length: int) -> Node:
    """``length`` elements of ``x`` along ``axis``, from ``start``."""
    return slice_(x, lift(start), axes=(axis,), lengths=(length,), steps=(1,))


Pair = tuple[Node, Node]


def _times(a: Pair, b: Pair) -> Pair:
    """The product of two values, with its tangent."""
    return mul(a[0], b[0]), add(mul(a[1], b[0]), mul(a[0], b[1]))


def _product_tangent(t: Node, y: Node, x: Node, axes: Shape, keepdims: bool) -> Node:
    for axis in axes:
        t, x = _product_along(t, x, axis)
    return reshape(t, shape=y.shape)


def _product_along(t: Node, x: Node, axis: int) -> tuple[Node, Node]:
    """The tangent and the value of the product along one axis, which stays with length 1."""
    n = x.shape[axis]
    if n == 0:
        return (sum_(t, axes=(axis,), keepdims=True), prod(x, axes=(axis,), keepdims=True))
    pair, odd = (x, t), []
    while n > 1:
        if n % 2:
            odd.append((part(pair[0], axis, n - 1, 1), part(pair[1], axis, n - 1, 1)))
        n //= 2
        pair = _times((part(pair[0], axis, 0, n), part(pair[1], axis, 0, n)),
                      (part(pair[0], axis, n, n), part(pair[1], axis, n, n)))
    for left in odd:
        pair = _times(pair, left)
    return pair[1], pair[0]


prod: Primitive = Primitive("prod", product, _infer(summed_dtype), (Jvp(_product_tangent),),
                            "prod({0}, {axes})", reduction=Reduction(mul, 1))


# Extremes
def _extreme(t: Node, y: Node, x: Node, axes: Shape, keepdims: bool) -> Node:
    """The mean tangent of the elements that equal ``y``, or are NaN as it is."""
    chosen = logical_or(eq(x, kept(y, x, axes)), isnan(x))
    ties = sum_(mask(chosen, x), axes=axes, keepdims=keepdims)
    return div(sum_(where(chosen, t, lift(0.0)), axes=axes, keepdims=keepdims), ties)


def _bool_reducer(ufunc: np.ufunc) -> Callable[..., Any]:
    def reduce(x: Any, axes: Shape, keepdims: bool) -> Any:
        return ufunc.reduce(x, axis=axes, dtype=np.bool_, keepdims=keepdims)
    return reduce


def _place_of(search: Callable[..., Any]) -> Callable[..., Any]:
    def place(x: Any, axis: int, keepdims: bool) -> Any:
        return search(x, axis=axis, keepdims=keepdims).astype(np.int64)
    return place


def _place_infer(x: Node, axis: int, keepdims: bool) -> tuple[Shape, DType]:
    return reduced_shape(x.shape, (axis,), keepdims), int64


amax = Primitive("amax", greatest, _infer(), (Jvp(_extreme),), "max({0}, {axes})", compares=True,
                 reduction=Reduction(maximum, -math.inf))
amin = Primitive("amin", least, _infer(), (Jvp(_extreme),), "min({0}, {axes})", compares=True,
                 reduction=Reduction(minimum, math.inf))
shared = Primitive(
    "shared", lambda x, v, lead=0: copied(v), lambda x, v, lead=0: (v.shape, v.dtype),
    (Jvp(lambda t, y, x, v, lead=0: _extreme(t, y, x, tuple(range(lead, x.ndim)), False)), None),
    "{1} in {0}", batch=batching.lead)
"""The second argument, an element of the first: the elements equal to it share the derivative. In
the first ``lead`` dimensions there is one for each place."""
argmax = Primitive("argmax", _place_of(np.argmax), _place_infer, (None,), "argmax({0}, {axis})")
argmin = Primitive("argmin", _place_of(np.argmin), _place_infer, (None,), "argmin({0}, {axis})")

any_ = Primitive("any", _bool_reducer(np.logical_or), _infer(lambda dtype: bool_), (None,),
                 "any({0}, {axes})", reduction=Reduction(logical_or, False))
all_ = Primitive("all", _bool_reducer(np.logical_and), _infer(lambda dtype: bool_), (None,),
                 "all({0}, {axes})", reduction=Reduction(logical_and, True))


# The softmax family. Each is a primitive because its tangent in terms of its value is shorter and
# better conditioned than that of the composition, and finite where the composition's is not.
def _shifted(x: Any, axes: Shape) -> tuple[Any, Any]:
    """``x`` less its maximum (in float32 if it is half as precise), and that maximum."""
    x = asarray(x)
    if half(x):
        x = x.astype(np.float32)
    if x.size == 0:
        return copied(x), np.zeros(reduced_shape(x.shape, axes, True), x.dtype)
    if x.dtype.kind == "c":
        top = greatest(x.real, axes, True)
    else:
        top = greatest(x, axes, True)
    return asarray(np.subtract(x, top)), top


def _softmax(x: Any, axes: Shape) -> Any:
    e, _ = _shifted(x, axes)
    np.exp(e, out=e)
    return np.divide(e, add_up(e, axes, True), out=e).astype(x.dtype, copy=False)


CLEAR = 1.5
"""Where the exponentials of what is at most 0 add up to less, one of them is that of 0: the others
are added up by themselves, so that the logarithm is right where they are small beside it. Only in
float64: in float32 a kernel of cross entropy takes a tenth longer by it (decision 0032)."""


def _log_softmax(x: Any, axes: Shape) -> Any:
    y, _ = _shifted(x, axes)
    e = np.exp(y)
    total = add_up(e, axes, True)
    log, clear = np.log(total), np.less(total.real, CLEAR)
    if x.dtype == np.float64 and clear.any():
        others = add_up(np.where(np.equal(y, 0), np.zeros((), e.dtype), e), axes, True)
        log = np.where(clear, np.log1p(others), log)
    return np.subtract(y, log, out=y).astype(x.dtype, copy=False)


def _logsumexp(x: Any, axes: Shape, keepdims: bool) -> Any:
    y, top = _shifted(x, axes)
    if not np.isfinite(top).all():
        top = np.where(np.isfinite(top), top, np.zeros((), top.dtype))
        y = asarray(np.subtract(x, top))
    total = add_up(np.exp(y, out=y), axes, True)
    return np.reshape(np.log(total) + top, reduced_shape(x.shape, axes, keepdims)).astype(
        x.dtype, copy=False)


def _same(x: Node, axes: Shape) -> tuple[Shape, DType]:
    return x.shape, x.dtype


def _less_mean(t: Node, y: Node, x: Node, axes: Shape) -> Node:
    """The tangent of softmax: ``y * (t - sum(y * t))``."""
    pushed = mul(y, t)
    return add(pushed, mul(y, neg(sum_(pushed, axes=axes, keepdims=True))))


def _less_sum(t: Node, y: Node, x: Node, axes: Shape) -> Node:
    """The tangent of log_softmax: ``t - sum(exp(y) * t)``."""
    return add(t, neg(sum_(mul(exp(y), t), axes=axes, keepdims=True)))


def _weighted(t: Node, y: Node, x: Node, axes: Shape, keepdims: bool) -> Node:
    """The tangent of logsumexp: ``sum(exp(x - y) * t)``."""
    top = kept(y, x, axes)
    top = where(isinf(top), lift(0.0), top)
    return sum_(mul(exp(x - top), t), axes=axes, keepdims=keepdims)


def over_rows(node: Node) -> bool:
    """Whether ``node`` goes over the last axes of its argument."""
    axes, ndim = node.params["axes"], node.args[0].ndim
    return bool(axes) and tuple(axes) == tuple(range(ndim - len(axes), ndim))


def softmax_written_out(x: Node, axes: Shape) -> Node:
    """softmax(x) -> e * (1 / sum(e)), e = exp(x - max(x))."""
    e = exp(sub(x, amax(x, axes=axes, keepdims=True)))
    return mul(e, reciprocal(sum_(e, axes=axes, keepdims=True)))


def log_softmax_written_out(x: Node, axes: Shape) -> Node:
    """log_softmax(x) -> y - log(sum(exp(y))), y = x - max(x); see :data:`CLEAR`."""
    y = sub(x, amax(x, axes=axes, keepdims=True))
    e = exp(y)
    total = sum_(e, axes=axes, keepdims=True)
    if x.dtype is not float64:
        return sub(y, log(total))
    others = sum_(where(eq(y, lift(0)), lift(0.0), e), axes=axes, keepdims=True)
    return sub(y, where(lt(total, lift(CLEAR)), log1p(others), log(total)))


def logsumexp_written_out(x: Node, axes: Shape, keepdims: bool) -> Node:
    """logsumexp(x) -> log(sum(exp(x - top))) + top, top = max(x) or 0 where that is infinite."""
    top = amax(x, axes=axes, keepdims=True)
    top = where(isfinite(top), top, lift(0.0))
    y = add(log(sum_(exp(sub(x, top)), axes=axes, keepdims=True)), top)
    shape = reduced_shape(x.shape, axes, keepdims)
    return y if y.shape == shape else reshape(y, shape=shape)


softmax = Primitive("softmax", _softmax, _same, (Jvp(_less_mean),), "softmax({0}, {axes})",
                    expansion=Expansion(softmax_written_out, over_rows))
log_softmax = Primitive("log_softmax", _log_softmax, _same, (Jvp(_less_sum),),
                        "log_softmax({0}, {axes})",
                        expansion=Expansion(log_softmax_written_out, over_rows))
logsumexp = Primitive("logsumexp", _logsumexp, _infer(), (Jvp(_weighted),),
                      "log sum exp({0}, {axes})",
                      expansion=Expansion(logsumexp_written_out, over_rows))
