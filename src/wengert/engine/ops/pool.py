"""Sums and maxima over sliding windows.

:data:`window_sum` and :data:`window_spread` are each other's transpose. A maximum is made of
three parts: :data:`window_max` is its value; :data:`window_tap` says which element of its window
each is, and is only computed where a gradient or the indices are wanted; :data:`tap_pick` reads
the elements so named, and :data:`tap_put`, its transpose, writes there.

They are primitives because NumPy goes over a window one offset at a time, on whole arrays, and
over one dimension after another. Arrays are (N, C, *size); elements outside count as 0 in sums and
as less than all others in maxima. NaN is larger than every number.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any

import numpy as np

from ..arrays import asarray
from ..dtypes import DType, int64, uint8
from ..graph import Jvp, Linear, Node, Primitive, Shape
from ..memory import empty, zeros
from . import batching
from .adding import half
from .patterns import Rows, links, positions, taken, united

BOOL = np.dtype(bool)

# Offsets. Of a window's offset `k` along a dimension, the windows whose element there exists.
Reach = tuple[slice, slice]


def reach(k: int, size: int, out: int, stride: int, padding: int, dilation: int) -> Reach | None:
    """Which of ``out`` windows have an element at offset ``k``, and where those elements are."""
    start = k * dilation - padding
    first = max(0, -(start // stride))
    last = min(out, (size - 1 - start) // stride + 1)
    if last <= first:
        return None
    low = start + first * stride
    return slice(first, last), slice(low, low + (last - first - 1) * stride + 1, stride)


def _along(axis: int, at: slice) -> tuple[Any, ...]:
    return (slice(None),) * axis + (at,)


def _offsets(size: Shape, kernel: Shape, out: Shape, stride: Shape, padding: Shape,
             dilation: Shape) -> Iterator[tuple[int, tuple[Any, ...], tuple[Any, ...]]]:
    """Each offset of a window: its number, the windows that reach an element, the elements."""
    lines = [[reach(k, *numbers) for k in range(length)] for length, *numbers in zip(
        kernel, size, out, stride, padding, dilation, strict=True)]
    for number, reaches in enumerate(product(*lines)):
        if None not in reaches:
            found = [r for r in reaches if r is not None]
            yield number, (..., *[r[0] for r in found]), (..., *[r[1] for r in found])


# Sums
def _window_sum(x: Any, kernel: Shape, out: Shape, stride: Shape, padding: Shape) -> Any:
    total = asarray(x, np.float32) if half(x) else x
    for i in reversed(range(len(kernel))):
        axis = 2 + i
        shape = (*total.shape[:axis], out[i], *total.shape[axis + 1:])
        y = zeros(shape, total.dtype)
        for k in range(kernel[i]):
            found = reach(k, total.shape[axis], out[i], stride[i], padding[i], 1)
            if found:
                y[_along(axis, found[0])] += total[_along(axis, found[1])]
        total = y
    return asarray(total, x.dtype)


def _window_spread(y: Any, size: Shape, kernel: Shape, out: Shape, stride: Shape,
                   padding: Shape) -> Any:
    total = asarray(y, np.float32) if half(y) else y
    for i in range(len(kernel)):
        axis = 2 + i
        shape = (*total.shape[:axis], size[i], *total.shape[axis + 1:])
        x = zeros(shape, total.dtype)
        for k in range(kernel[i]):
            found = reach(k, size[i], out[i], stride[i], padding[i], 1)
            if found:
                x[_along(axis, found[1])] += total[_along(axis, found[0])]
        total = x
    return asarray(total, y.dtype)


window_sum: Primitive = Primitive(
    "window_sum", _window_sum, lambda x, out, **w: ((*x.shape[:2], *out), x.dtype),
    (Linear(lambda ct, x, **w: window_spread(ct, size=x.shape[2:], **w)),),
    "sum of windows({0}, {kernel})", batch=batching.folded)
window_spread: Primitive = Primitive(
    "window_spread", _window_spread, lambda y, size, **w: ((*y.shape[:2], *size), y.dtype),
    (Linear(lambda ct, y, size, **w: window_sum(ct, **w)),),
    "spread over windows({0}, {size})", batch=batching.folded)


# Maxima
def _least(dtype: np.dtype[Any]) -> Any:
    return np.iinfo(dtype).min if dtype.kind in "iu" else -np.inf


def _window_max(x: Any, kernel: Shape, out: Shape, stride: Shape, padding: Shape,
                dilation: Shape) -> Any:
    for i in reversed(range(len(kernel))):
        axis = 2 + i
        shape = (*x.shape[:axis], out[i], *x.shape[axis + 1:])
        y = empty(shape, x.dtype)
        filled = False
        for k in range(kernel[i]):
            found = reach(k, x.shape[axis], out[i], stride[i], padding[i], dilation[i])
            if found is None:
                continue
            whole = found[0] == slice(0, out[i])
            part, given = y[_along(axis, found[0])], x[_along(axis, found[1])]
            if filled or not whole:
                if not filled:
                    y.fill(_least(x.dtype))
                np.maximum(part, given, out=part)
            else:
                part[...] = given
            filled = True
        if not filled:
            y.fill(_least(x.dtype))
        x = y
    return x


def _tap_dtype(kernel: Shape) -> DType:
    return uint8 if math.prod(kernel) < 256 else int64


def _window_tap(x: Any, y: Any, kernel: Shape, out: Shape, stride: Shape, padding: Shape,
                dilation: Shape) -> Any:
    dtype = _tap_dtype(kernel).numpy
    tap = zeros(y.shape, dtype)
    unlike = empty(y.shape, BOOL)
    ahead = empty(y.shape, BOOL)        # no element so far is the maximum
    ahead.fill(True)
    search = list(_offsets(x.shape[2:], kernel, out, stride, padding, dilation))
    expected = 0
    for number, windows, elements in search:
        if number > expected:           # offsets that no window reaches
            np.add(tap, number - expected, out=tap, where=ahead)
        np.not_equal(x[elements], y[windows], out=unlike[windows])
        ahead[windows] &= unlike[windows]
        tap += ahead.view(np.uint8) if dtype == np.uint8 else ahead
        expected = number + 1
    if ahead.any():                     # NaN is unlike itself; the last one counts
        for number, windows, elements in search:
            np.copyto(tap[windows], number, where=ahead[windows] & np.isnan(x[elements]))
    return tap


def _tap_pick(x: Any, tap: Any, kernel: Shape, out: Shape, stride: Shape, padding: Shape,
              dilation: Shape) -> Any:
    y = zeros((*x.shape[:2], *out), x.dtype)
    for number, windows, elements in _offsets(x.shape[2:], kernel, out, stride, padding, dilation):
        np.copyto(y[windows], x[elements], where=np.equal(tap[windows], number))
    return y


def _tap_put(v: Any, tap: Any, size: Shape, kernel: Shape, out: Shape, stride: Shape,
             padding: Shape, dilation: Shape) -> Any:
    given = asarray(v, np.float32) if half(v) else v
    total = zeros((*v.shape[:2], *size), given.dtype)
    apart = all(s > d * (k - 1) for s, d, k in zip(stride, dilation, kernel, strict=True))
    # bits times 0 are 0, also those of an infinite number
    bits, places = given.view(f"u{given.itemsize}"), total.view(f"u{given.itemsize}")
    for number, windows, elements in _offsets(size, kernel, out, stride, padding, dilation):
        chosen = np.equal(tap[windows], number)
        if apart:
            np.multiply(bits[windows], chosen, out=places[elements])
        else:
            total[elements] += np.multiply(bits[windows], chosen).view(given.dtype)
    return total.astype(v.dtype, copy=False)


def _tap_place(tap: Any, size: Shape, kernel: Shape, stride: Shape, padding: Shape,
               dilation: Shape) -> Any:
    place = np.zeros(tap.shape, np.int64)
    n = len(size)
    for i, offset in enumerate(np.unravel_index(tap, kernel)):
        starts = np.arange(tap.shape[2 + i]) * stride[i] - padding[i]
        line = starts.reshape((-1,) + (1,) * (n - 1 - i))
        place = place * size[i] + (offset * dilation[i] + line)
    return place


def _as_taps(x: Node, y: Node, kernel: Shape, **w: Any) -> tuple[Shape, DType]:
    return y.shape, _tap_dtype(kernel)


def _of_taps(node: Node, given: Mapping[int, Rows], way: Any) -> Rows | None:
    """What elements at a tap of each window depend on, or windows on them: on whatever there is at
    any tap, unless the taps are known."""
    w, taps, picks = dict(node.params), node.args[1], node.prim is tap_pick
    w.pop("size", None)
    known = way.known(taps)
    size = (node.args[0] if picks else node).shape
    elements, found = positions(size) + 1, None
    for tap in range(math.prod(w["kernel"])) if known is None else [known]:
        places = _tap_pick(elements, np.broadcast_to(np.asarray(tap), taps.shape), **w) - 1
        if not picks:
            there = places >= 0
            to, read = places[there], positions(taps.shape)[there]
            new = (links(to, read, (node.size, taps.size)) @ given[0]).tocsr()
        else:
            new = taken(given[0], places)
        found = united(found, new)
    return found


def _max_tangent(t: Node, y: Node, x: Node, **w: Any) -> Node:
    return tap_pick(t, window_tap(x, y, **w), **w)


window_max: Primitive = Primitive(
    "window_max", _window_max, lambda x, out, **w: ((*x.shape[:2], *out), x.dtype),
    (Jvp(_max_tangent),), "max of windows({0}, {kernel})", batch=batching.folded)
window_tap = Primitive(
    "window_tap", _window_tap, _as_taps, (None, None), "which of its window of {0} {1} is",
    batch=batching.folded)
tap_pick: Primitive = Primitive(
    "tap_pick", _tap_pick, lambda x, tap, **w: (tap.shape, x.dtype),
    (Linear(lambda ct, x, tap, **w: tap_put(ct, tap, size=x.shape[2:], **w)), None),
    "{0} at tap {1} of each window", batch=batching.folded, pattern=_of_taps)
tap_put: Primitive = Primitive(
    "tap_put", _tap_put, lambda v, tap, size, **w: ((*v.shape[:2], *size), v.dtype),
    (Linear(lambda ct, v, tap, size, **w: tap_pick(ct, tap, **w)), None),
    "{0} added at tap {1} of each window", batch=batching.folded, pattern=_of_taps)
tap_place = Primitive(
    "tap_place", _tap_place, lambda tap, **w: (tap.shape, int64), (None,),
    "place of tap {0} in {size}", batch=batching.folded)


# Maxima over boxes of different sizes: the places of the maxima, counted row by row.
def _box_place(x: Any, starts: tuple[Shape, ...], ends: tuple[Shape, ...]) -> Any:
    size = x.shape[2:]
    out = tuple(map(len, starts))
    place = np.empty((*x.shape[:2], *out), np.int64)
    rows = np.arange(math.prod(size)).reshape(size)
    for cell in np.ndindex(*out):
        box = tuple(slice(s[i], e[i]) for i, s, e in zip(cell, starts, ends, strict=True))
        inside = x[(..., *box)].reshape(*x.shape[:2], rows[box].size)
        place[(..., *cell)] = rows[box].reshape(-1)[np.argmax(inside, -1)]
    return place


def _random_place(x: Any, samples: Any, kernel: Shape, out: Shape) -> Any:
    """The places of the maxima of boxes of one size that begin where ``samples``, (N, C, dims),
    say: at pseudorandom steps (Graham, Fractional max-pooling, 2014)."""
    size = x.shape[2:]
    n = len(size)
    where, value = np.zeros((*x.shape[:2], *out), np.int64), None
    starts = []
    for i in range(n):
        # of two dimensions, the last one has the first sample
        u = samples[..., 1 - i if n == 2 else i, None]
        step = asarray((size[i] - kernel[i]) / (out[i] - 1) if out[i] > 1 else 0, x.dtype)
        steps = np.arange(out[i], dtype=x.dtype)
        line = np.trunc((steps + u) * step) - np.trunc(u * step)
        line[..., -1] = size[i] - kernel[i]
        starts.append(line.astype(np.int64).reshape(
            *x.shape[:2], *(1,) * i, out[i], *(1,) * (n - 1 - i)))
    flat = x.reshape(*x.shape[:2], -1)
    for offset in np.ndindex(*kernel):
        place: Any = 0
        for i in range(n):
            place = place * size[i] + (starts[i] + offset[i])
        found = np.take_along_axis(flat, place.reshape(*x.shape[:2], -1), -1).reshape(place.shape)
        if value is None:
            where, value = place, found
        else:
            better = (found > value) | np.isnan(found)
            where, value = np.where(better, place, where), np.where(better, found, value)
    return where


box_place = Primitive(
    "box_place", _box_place,
    lambda x, starts, ends: ((*x.shape[:2], *map(len, starts)), int64), (None,),
    "places of the maxima of boxes of {0}", batch=batching.folded)
random_place = Primitive(
    "random_place", _random_place,
    lambda x, samples, kernel, out: ((*x.shape[:2], *out), int64), (None, None),
    "places of the maxima of boxes of {0} at {1}", batch=batching.folded)
