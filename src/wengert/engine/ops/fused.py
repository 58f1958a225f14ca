"""Primitives that only passes introduce: one library call for what was written as several."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..arrays import asarray
from ..dtypes import DType, int64
from ..graph import Linear, Node, Primitive, lift
from . import batching
from .elementwise import cast, conj, eq
from .structural import broadcast_to


def _inner(a: Any, b: Any) -> Any:
    return np.dot(a.ravel(), b.ravel())


inner = Primitive(
    "inner", _inner, lambda a, b: ((), a.dtype),
    (Linear(lambda ct, a, b: broadcast_to(ct, shape=a.shape) * conj(b)),
     Linear(lambda ct, a, b: broadcast_to(ct, shape=a.shape) * conj(a))), "sum({0} * {1})",
    batch=batching.whole_product)
"""The sum of products of two arrays of one shape, by BLAS."""


position = Primitive(
    "position", lambda x, shape, axis: np.broadcast_to(
        np.arange(shape[axis]).reshape([-1 if i == axis else 1 for i in range(len(shape))]), shape),
    lambda x, shape, axis: (shape, int64), (None,), "place in {shape} along {axis}")
"""Where each element of an array of ``shape`` stands along an axis; the argument is not read."""


def units(n: int, dtype: DType) -> Node:
    """The identity (n, n): in each row a unit vector."""
    return cast(eq(position(lift(0), shape=(n, n), axis=1), batching.numbers(n, 1)), dtype=dtype)


def _class_place(target: Any, classes: int, ignore: int) -> Any:
    places = asarray(target).astype(np.int64)
    bad = ((places < 0) | (places >= classes)) & (places != ignore)
    if bad.any():
        raise IndexError(f"Target {int(places[bad].flat[0])} is out of bounds.")
    return np.where(places == ignore, -1, places)


class_place = Primitive(
    "class_place", _class_place, lambda target, classes, ignore: (target.shape, int64), (None,),
    "class {0} of {classes}", elementwise=True, checks=True)
"""The class numbers, each checked; -1 for those to ignore."""


class NotFinite(ArithmeticError):
    """What a rewrite took to be finite is not: the program has to run as it was written."""


def _surely_finite(x: Any) -> Any:
    if not np.isfinite(x).all():
        raise NotFinite
    return x


surely_finite = Primitive(
    "surely_finite", _surely_finite,
    lambda x: (x.shape, x.dtype), (None,), "{0}, finite", elementwise=True, checks=True)
"""A value that a rewrite took to be finite; where it is not, compiled code hands the program back
to the interpreter."""
