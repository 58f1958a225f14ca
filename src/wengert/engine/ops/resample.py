"""Resampling along one axis: each element of the result is a weighted sum of a few elements.

:data:`resample` and :data:`resample_add` are each other's transpose. They are primitives because
the weights are known beforehand: :func:`table` makes them once for a rule and two sizes.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from ..arrays import asarray
from ..dtypes import DType
from ..graph import Linear, Node, Primitive, Shape
from .adding import half


class Rule(NamedTuple):
    """How the elements of a line of ``out`` elements are made of one of ``size``.

    ``kind`` is "nearest", "nearest-exact", "linear", "cubic" or "area"; ``scale`` the number of old
    elements per new one where it is not ``size / out``; ``align`` says that the first and the last
    elements of both lines coincide; ``smooth``, that filters widen where a line gets shorter.
    """

    kind: str
    size: int
    out: int
    scale: float | None = None
    align: bool = False
    smooth: bool = False


class Table(NamedTuple):
    """The places and weights of each result's terms, (out, terms); equal places are adjacent."""

    places: Any
    weights: Any


def _step(rule: Rule) -> float:
    """How far apart the results are, in elements."""
    if rule.align:
        return (rule.size - 1) / (rule.out - 1) if rule.out > 1 else 0.0
    return rule.size / rule.out if rule.scale is None else rule.scale


def _nearest(rule: Rule) -> Table:
    step = np.float32(_step(rule))
    at = np.arange(rule.out, dtype=np.float32)
    if rule.kind == "nearest-exact":
        at = at + np.float32(0.5)
    places = np.minimum(np.floor(at * step).astype(np.int64), rule.size - 1)
    return Table(places[:, None], np.ones((rule.out, 1)))


def _centres(rule: Rule) -> Any:
    """Where the results lie on the line of the elements."""
    at = np.arange(rule.out, dtype=np.float64)
    return at * _step(rule) if rule.align else (at + 0.5) * _step(rule) - 0.5


def _linear(rule: Rule) -> Table:
    at = np.maximum(_centres(rule), 0)
    low = np.minimum(np.floor(at).astype(np.int64), rule.size - 1)
    high = np.minimum(low + 1, rule.size - 1)
    part = np.clip(at - low, 0, 1)
    return Table(np.stack([low, high], 1), np.stack([1 - part, part], 1))


def cubic(distance: Any, a: float) -> Any:
    """Keys' kernel of cubic convolution (1981), with its parameter ``a``."""
    x = np.abs(distance)
    near = ((a + 2) * x - (a + 3)) * x * x + 1
    far = ((x - 5) * x + 8) * x * a - 4 * a
    return np.where(x <= 1, near, np.where(x < 2, far, 0))


def _cubic(rule: Rule) -> Table:
    at = _centres(rule)
    low = np.floor(at)
    taps = low[:, None] + np.arange(-1, 3)
    weights = cubic(at[:, None] - taps, -0.75)
    return Table(np.clip(taps, 0, rule.size - 1).astype(np.int64), weights)


def _smoothed(rule: Rule) -> Table:
    """Filters as wide as the step between the results, whose weights add up to 1."""
    step = _step(rule)
    wide = max(step, 1.0)
    reach = wide * (1 if rule.kind == "linear" else 2)
    centres = step * (np.arange(rule.out) + 0.5)
    first = np.maximum((centres - reach + 0.5).astype(np.int64), 0)
    last = np.minimum((centres + reach + 0.5).astype(np.int64), rule.size)
    return _spans(first, last, lambda places: _filter(
        rule.kind, (places - centres[:, None] + 0.5) / wide))


def _filter(kind: str, x: Any) -> Any:
    return np.maximum(1 - np.abs(x), 0) if kind == "linear" else cubic(x, -0.5)


def _area(rule: Rule) -> Table:
    at = np.arange(rule.out)
    first = at * rule.size // rule.out
    last = -(-(at + 1) * rule.size // rule.out)
    return _spans(first, last, lambda places: np.ones(places.shape))


def _spans(first: Any, last: Any, weigh: Any) -> Table:
    """Terms from ``first`` to ``last``; the weights add up to 1."""
    length = int((last - first).max()) if len(first) else 0
    places = first[:, None] + np.arange(length)
    used = places < last[:, None]
    weights = np.where(used, weigh(places), 0)
    return Table(np.minimum(places, last[:, None] - 1),
                 weights / weights.sum(1, keepdims=True))


_KINDS = {"nearest": _nearest, "nearest-exact": _nearest, "linear": _linear, "cubic": _cubic,
          "area": _area}


@lru_cache(512)
def table(rule: Rule, dtype: np.dtype[Any]) -> Table:
    """The terms of ``rule``, with weights in ``dtype``."""
    made = _smoothed(rule) if rule.smooth else _KINDS[rule.kind](rule)
    return Table(made.places, made.weights.astype(dtype))


def _weights(x: Any) -> Any:
    return np.dtype(np.float32) if half(x) or x.dtype.kind in "iu" else x.dtype


def _resample(x: Any, axis: int, rule: Rule) -> Any:
    places, weights = table(rule, _weights(x))
    if rule.kind.startswith("nearest"):
        return np.take(x, places[:, 0], axis)
    given = asarray(x, weights.dtype)
    column = (-1,) + (1,) * (x.ndim - axis - 1)
    total = np.zeros((*x.shape[:axis], rule.out, *x.shape[axis + 1:]), weights.dtype)
    for places_t, weights_t in zip(places.T, weights.T, strict=True):
        term = np.take(given, places_t, axis)
        total += np.multiply(term, weights_t.reshape(column), out=term)
    return total.astype(x.dtype, copy=False)


def _resample_add(y: Any, axis: int, rule: Rule) -> Any:
    places, weights = table(rule, _weights(y))
    given = asarray(y, weights.dtype)
    column = (-1,) + (1,) * (y.ndim - axis - 1)
    total = np.zeros((*y.shape[:axis], rule.size, *y.shape[axis + 1:]), weights.dtype)
    if not rule.out:
        return total.astype(y.dtype, copy=False)
    for places_t, weights_t in zip(places.T, weights.T, strict=True):
        starts = np.flatnonzero(np.diff(places_t, prepend=-1))
        term = given * weights_t.reshape(column)
        if len(starts) < rule.out:
            term = np.add.reduceat(term, starts, axis)
        total[(slice(None),) * axis + (places_t[starts],)] += term
    return total.astype(y.dtype, copy=False)


def _with(x: Node, axis: int, length: int) -> tuple[Shape, DType]:
    return (*x.shape[:axis], length, *x.shape[axis + 1:]), x.dtype


resample: Primitive = Primitive(
    "resample", _resample, lambda x, axis, rule: _with(x, axis, rule.out),
    (Linear(lambda ct, x, axis, rule: resample_add(ct, axis=axis, rule=rule)),),
    "resample({0}, {axis})")
resample_add: Primitive = Primitive(
    "resample_add", _resample_add, lambda y, axis, rule: _with(y, axis, rule.size),
    (Linear(lambda ct, y, axis, rule: resample(ct, axis=axis, rule=rule)),),
    "transposed resample({0}, {axis})")
