"""Convolutions by machine code: where the factors lie, and calls of the kernels of ``taps.py``.

The planes are copied with their margin, and with a stride their lines and columns are sorted by
what is left when their number is divided by it: then each tap is as far from every place of the
result. A transposed convolution is a convolution with the weight turned round, one for each such
rest of the place in its result. One dimension is two, of which the first has one line.
"""

from __future__ import annotations

import ctypes
import functools
import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from ....config import config
from ...dtypes import DType, float32, float64
from ...graph import Primitive, Shape
from ...memory import empty
from ...ops import conv as primitives
from ...ops.conv import Pairs, out_size, room
from .compiler import Code, compiled
from .host import host
from .split import Loop
from .taps import LONGEST, PRODUCT_ROWS, SUM_ROWS, margins, products, sums

STEP = 3072
"""So many bytes of a plane are done at a time, for all rows of the result."""
PLANES, LINES = 5, 6
"""The slots of ``room`` that copies lie in."""
BUDGET, TOGETHER = 1 << 21, 1 << 19
"""How many bytes of images are copied before they are used: by sums, by products."""
SPLIT = 1 << 20
"""Less work than this, in products, is not shared by threads."""


class Kernel:
    """A function of ``taps.py``, for a dtype."""

    def __init__(self, text: str) -> None:
        self.code: Code = compiled(text)
        self.run = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64,
                                    ctypes.c_int64)(self.code)

    def __call__(self, consts: Sequence[int], count: int, work: int) -> None:
        """Run it over so many rows."""
        told = (ctypes.c_int64 * len(consts))(*consts)
        if config.threads > 1 and work >= SPLIT and count > 1:
            Loop(self.code, [ctypes.addressof(told)], count, 1)([])
        else:
            self.run(None, told, 0, count)


@functools.cache
def kernel_of(of: Any, dtype: np.dtype[Any]) -> Kernel:
    kinds: dict[np.dtype[Any], DType] = {each.numpy: each for each in (float32, float64)}
    return Kernel(of(kinds[dtype], host().bits))


def two(values: Sequence[Any], one: Any) -> tuple[Any, Any]:
    """What is said of each of one or two dimensions, for two."""
    first, second = (one, *values)[-2:]
    return first, second


class Planes(NamedTuple):
    """How the planes of a factor are copied: their size, what is before their margin, and the size
    of one of the parts that they are sorted into."""

    size: tuple[int, int]
    stride: tuple[int, int]
    before: tuple[int, int]
    part: tuple[int, int]

    @property
    def elements(self) -> int:
        return math.prod(self.stride) * math.prod(self.part)

    def copied(self, x: Any) -> Any:
        """The planes of ``x`` (N, C, *size), sorted; ``x`` itself where nothing is to be done."""
        if self.stride == (1, 1) and self.before == (0, 0) and self.part == self.size:
            return np.ascontiguousarray(x)
        made = room(PLANES, (*x.shape[:2], *self.stride, *self.part), x.dtype)
        if self.stride == (1, 1) and min(self.before) >= 0 and x.flags.c_contiguous and all(
                a + n <= m for a, n, m in zip(self.before, self.size, self.part, strict=True)):
            with_margins(x, made, self.before)
            return made
        made.fill(0)
        for to, source in ways(self):
            made[to] = x[source]
        return made


def with_margins(x: Any, made: Any, before: tuple[int, int]) -> None:
    """Copy planes into larger ones, whose other elements become zeros."""
    itemsize, (lines, width) = x.itemsize, x.shape[2:]
    depth, pitch = made.shape[-2:]
    count = len(x) * x.shape[1]
    kernel_of(margins, x.dtype)(
        (address(x), address(made), width * itemsize, lines, lines * width * itemsize,
         before[1] * itemsize, pitch * itemsize, before[0], depth), count, made.size)


@functools.lru_cache(1024)
def ways(planes: Planes) -> list[tuple[tuple[Any, ...], tuple[Any, ...]]]:
    """Where in the copy each part goes, and which part of the planes that is."""
    found = []
    for rests in np.ndindex(*planes.stride):
        (to, source), (to_too, source_too) = (rows(*each) for each in zip(
            rests, planes.size, planes.stride, planes.before, planes.part, strict=True))
        found.append(((slice(None), slice(None), *rests, to, to_too),
                      (slice(None), slice(None), source, source_too)))
    return found


def address(array: Any) -> int:
    """Where the elements of an array begin."""
    found: int = array.__array_interface__["data"][0]
    return found


def rows(rest: int, size: int, stride: int, before: int, part: int) -> tuple[slice, slice]:
    """Where the rows with a rest go, and which these are."""
    first = (rest - before) % stride
    to = (first + before) // stride
    if to < 0:   # the margin is negative
        first -= to * stride
        to = 0
    count = max(0, min(-(-(size - first) // stride), part - to))
    return slice(to, to + count), slice(first, first + count * stride, stride)


class Places(NamedTuple):
    """How a result's places lie in planes with a pitch, all in bytes but for ``blocks``."""

    pitch: int
    line: int
    total: int
    step: int
    y_step: int
    direct: bool
    blocks: int

    @classmethod
    def of(cls, out: tuple[int, int], width: int, itemsize: int) -> Places | None:
        """Those of ``out`` in lines of ``width`` elements; None where these are too long."""
        pitch, line = width * itemsize, out[1] * itemsize
        total = (out[0] - 1) * pitch + line
        if pitch == line:
            return cls(pitch, line, total, STEP, STEP, True, -(-total // STEP))
        if pitch > LONGEST:
            return None
        lines = min(out[0], max(1, STEP // pitch))
        return cls(pitch, line, total, lines * pitch, lines * line, False, -(-out[0] // lines))


class Sums(NamedTuple):
    """What one call of the kernel of sums does: the taps, in bytes; which elements of the kernel
    they are multiplied with (:data:`ALL`, or a slice for each dimension); where the results go, if
    they are not all."""

    taps: Any
    at: int
    """The address of the taps."""
    places: Places
    out: tuple[int, int]
    into: tuple[slice, slice] | None
    chosen: tuple[slice, slice]


class Sum(NamedTuple):
    """A convolution or a transposed one, as sums."""

    planes: Planes
    channels: int
    """Of the factor, in a group."""
    rows: int
    """Of the result, in a group."""
    groups: int
    size: tuple[int, int]
    """Of the result."""
    calls: tuple[Sums, ...]


def offsets(channels: int, planes: Planes, down: Sequence[tuple[int, int]],
            right: Sequence[tuple[int, int]], itemsize: int) -> Any:
    """Taps for each channel and each pair of a row and a column, which are told by their rests and
    places."""
    part, (_, stride) = planes.part, planes.stride
    lines = np.array([rest * stride * math.prod(part) + at * part[1] for rest, at in down], int)
    columns = np.array([rest * math.prod(part) + at for rest, at in right], int)
    first = np.arange(channels) * planes.elements
    whole = first[:, None, None] + lines[:, None] + columns
    return np.ascontiguousarray(whole.reshape(-1) * itemsize, np.int64)


ALL = (slice(None), slice(None))


@functools.lru_cache(1024)
def forward(x: Shape, w: Shape, stride: Shape, padding: Pairs, dilation: Shape, groups: int,
            itemsize: int) -> Sum | None:
    """How a convolution is summed."""
    out = two(out_size(x[2:], w[2:], stride, padding, dilation), 1)
    size, kernel = two(x[2:], 1), two(w[2:], 1)
    strides, dilations, margins = two(stride, 1), two(dilation, 1), two(padding, (0, 0))
    grown = [n + a + b for n, (a, b) in zip(size, margins, strict=True)]
    first, second = (-(-n // s) for n, s in zip(grown, strides, strict=True))
    planes = Planes(size, strides, (margins[0][0], margins[1][0]), (first, second))
    places = Places.of(out, second, itemsize)
    if places is None:
        return None
    ways = [[(k * d % s, k * d // s) for k in range(n)]
            for n, d, s in zip(kernel, dilations, strides, strict=True)]
    taps = offsets(w[1], planes, ways[0], ways[1], itemsize)
    call = Sums(taps, address(taps), places, out, None, ALL)
    return Sum(planes, w[1], w[0] // groups, groups, out, (call,))


@functools.lru_cache(1024)
def backward(y: Shape, w: Shape, size: Shape, stride: Shape, padding: Pairs, dilation: Shape,
             groups: int, itemsize: int) -> Sum | None:
    """How a transposed convolution is summed: for each rest of the places of its result."""
    out, kernel, sizes = two(y[2:], 1), two(w[2:], 1), two(size, 1)
    strides, dilations, margins = two(stride, 1), two(dilation, 1), two(padding, (0, 0))
    ways = [[rest_of(rest, sizes[i], kernel[i], dilations[i], strides[i], margins[i][0])
             for rest in range(strides[i])] for i in range(2)]
    before = [max([0, *[t - way.first for way in each for _, t in way.taps]]) for each in ways]
    ends = [max([n, *[way.first + way.length - t for way in each for _, t in way.taps]])
            for n, each in zip(out, ways, strict=True)]
    part = before[0] + ends[0], before[1] + ends[1]
    planes = Planes(out, (1, 1), (before[0], before[1]), part)
    calls = []
    for down in ways[0]:
        for right in ways[1]:
            shape = down.length, right.length
            if not math.prod(shape):
                continue
            places = Places.of(shape, part[1], itemsize)
            if places is None:
                return None
            lines, columns = ([(0, way.first - t + margin) for _, t in way.taps]
                              for way, margin in ((down, before[0]), (right, before[1])))
            taps = offsets(y[1] // groups, planes, lines, columns, itemsize)
            into = None if max(strides) == 1 else (down.into, right.into)
            chosen = down.chosen, right.chosen
            calls.append(Sums(taps, address(taps), places, shape, into, chosen))
    return Sum(planes, y[1] // groups, w[1], groups, sizes, tuple(calls))


class Way(NamedTuple):
    """The places of a transposed convolution's result with one rest, in one dimension: which, how
    many, the place of the other factor that the first would have with no tap; the taps, each as an
    element of the kernel and how far it lies before that."""

    into: slice
    length: int
    first: int
    taps: list[tuple[int, int]]
    chosen: slice


def rest_of(rest: int, size: int, kernel: int, dilation: int, stride: int, margin: int) -> Way:
    begin = (rest - margin) % stride
    ks = [k for k in range(kernel) if k * dilation % stride == rest]
    chosen = slice(ks[0], ks[-1] + 1, ks[1] - ks[0] if len(ks) > 1 else 1) if ks else slice(0)
    return Way(slice(begin, size, stride), len(range(begin, size, stride)),
               (begin + margin) // stride, [(k, (k * dilation - rest) // stride) for k in ks],
               chosen)


def packed(w: Any, bits: int) -> Any:
    """The weights of a group (groups, rows, taps), in blocks of rows, tap by tap."""
    groups, count, taps = w.shape
    out = np.empty((groups, count * taps), w.dtype)
    done = 0
    for each in SUM_ROWS[bits]:
        blocks = (count - done) // each
        if blocks:
            end = done + blocks * each
            out[:, done * taps:end * taps].reshape(groups, blocks, taps, each)[...] = (
                w[:, done:end].reshape(groups, blocks, each, taps).swapaxes(2, 3))
            done = end
    return out


def summed(x: Any, weights: Sequence[Any], how: Sum) -> Any:
    """The result of sums with these weights, one array (groups, rows, taps) for each call."""
    itemsize, dtype = x.itemsize, x.dtype
    run = kernel_of(sums, dtype)
    count, groups, planes = len(x), how.groups, how.planes
    channels = groups * how.rows
    y = empty((count, channels, *how.size), dtype)
    plane = planes.elements * itemsize
    given = [packed(each, host().bits) for each in weights]
    if sum([math.prod(call.out) for call in how.calls]) < math.prod(how.size) or not all(
            len(call.taps) for call in how.calls):
        y.fill(0)
    for part in pieces(count, groups * how.channels * plane, BUDGET):
        source = planes.copied(x[part])
        for call, w in zip(how.calls, given, strict=True):
            if not len(call.taps):
                continue
            at, out = call.places, math.prod(call.out) * itemsize
            target = y[part] if call.into is None else room(
                LINES, (len(source), channels, *call.out), dtype)
            taps, units = len(call.taps), len(source) * groups * at.blocks
            run((address(source), call.at, address(w), address(target),
                 taps, how.rows, groups * how.channels * plane, how.channels * plane,
                 how.rows * taps * itemsize, channels * out, how.rows * out, out, at.step,
                 at.total, at.y_step, at.pitch, at.line, at.direct, at.blocks, groups),
                units, len(source) * channels * math.prod(call.out) * taps)
            if call.into is not None:
                y[(part, slice(None), *call.into)] = target
    return y


def pieces(count: int, nbytes: int, budget: int) -> Iterator[slice]:
    """The images, so many at a time that they stay in the cache; with threads, as many for each."""
    step = max(1, config.threads * budget // max(1, nbytes))
    for first in range(0, count, step):
        yield slice(first, min(count, first + step))


# ---- the three convolutions ----


def conv(x: Any, w: Any, stride: Shape, padding: Pairs, dilation: Shape, groups: int) -> Any:
    """As the primitive of that name; None where the kernel has no room."""
    how = forward(x.shape, w.shape, stride, padding, dilation, groups, x.itemsize)
    if how is None:
        return None
    weights = np.ascontiguousarray(w).reshape(groups, how.rows, -1)
    y = summed(in_planes(x), [weights], how)
    return y.reshape(x.shape[0], w.shape[0], *how.size[4 - x.ndim:])


def conv_input(y: Any, w: Any, size: Shape, stride: Shape, padding: Pairs, dilation: Shape,
               groups: int) -> Any:
    """As the primitive of that name; None where the kernel has no room, or not all weights are
    finite: they meet the zeros of the margin, which are no places of ``y``."""
    how = backward(y.shape, w.shape, size, stride, padding, dilation, groups, y.itemsize)
    if how is None or not np.isfinite(np.vdot(w, w)):
        return None
    whole = in_planes(w)
    turned = whole.reshape(groups, -1, *whole.shape[1:]).swapaxes(1, 2)   # (groups, C, M, *kernel)
    weights = [turned[(..., *call.chosen)].reshape(groups, how.rows, -1) for call in how.calls]
    x = summed(in_planes(y), weights, how)
    return x.reshape(y.shape[0], groups * w.shape[1], *size)


def conv_weight(x: Any, y: Any, kernel: Shape, stride: Shape, padding: Pairs, dilation: Shape,
                groups: int) -> Any:
    """As the primitive of that name; None where the kernel has no room, or not all is finite."""
    m, inner = y.shape[1] // groups, x.shape[1] // groups
    how = forward(x.shape, (y.shape[1], inner, *kernel), stride, padding, dilation, groups,
                  x.itemsize)
    if how is None:
        return None
    (call,), planes, itemsize = how.calls, how.planes, x.itemsize
    at, taps, out = call.places, len(call.taps), how.size
    run = kernel_of(products, x.dtype)
    w = np.zeros((groups * m, taps), x.dtype)
    x, y = in_planes(x), in_planes(y)
    plane, channel = planes.elements * itemsize, out[0] * at.pitch
    blocks = -(-m // PRODUCT_ROWS[host().bits][0][0])
    for part in pieces(len(x), groups * (inner * plane + m * channel), TOGETHER):
        source, lines = planes.copied(x[part]), y[part]
        if at.direct:
            lines = np.ascontiguousarray(lines)
        else:
            lines = room(LINES, (*lines.shape[:3], at.pitch // itemsize), x.dtype)
            with_margins(np.ascontiguousarray(y[part]), lines, (0, 0))
        run((address(source), call.at, address(lines), address(w), taps, m,
             len(source), groups * inner * plane, inner * plane, m * taps * itemsize,
             groups * m * channel, m * channel, channel, at.total, blocks),
            groups * blocks, len(source) * groups * m * taps * math.prod(out))
    # Between the lines, what is no place of the result meets zeros: those say nothing only where it
    # is finite.
    return w.reshape(groups * m, inner, *kernel) if np.isfinite(w).all() else None


def in_planes(x: Any) -> Any:
    """An array with two dimensions behind the first two."""
    return x if x.ndim == 4 else x.reshape(*x.shape[:2], 1, x.shape[2])


CONVOLUTIONS: dict[Primitive, Callable[..., Any]] = {
    primitives.conv: conv, primitives.conv_input: conv_input, primitives.conv_weight: conv_weight}
"""By their primitives."""
