"""Convolution and its two transposes, and the patches that it reads.

The three are one family, closed under transposition: :data:`conv` makes the result ``y`` from the
input ``x`` and the weight ``w``; :data:`conv_input` what has the shape of ``x`` from ``y`` and
``w`` (a transposed convolution); :data:`conv_weight` what has the shape of ``w`` from ``x`` and
``y``. Each sums the products ``x[n, c, o * stride + k * dilation - padding] * w[m, c, k] *
y[n, m, o]`` over what its result does not have. So derivatives of any order stay in the family.

They are primitives because a sum over windows is a matrix product of :func:`columns`, which NumPy
makes in one copy per dimension. Shapes: ``x`` is (N, C, *size), ``w`` is (M, C / groups, *kernel),
``y`` is (N, M, *out). Each padding is a pair, before and after; a negative one after cuts off.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided

from ..arrays import asarray, contiguous
from ..dtypes import DType
from ..graph import Linear, Node, Primitive, Shape
from ..memory import empty
from . import batching, patterns
from .adding import half
from .elementwise import common_dtype, conj

Pairs = tuple[tuple[int, int], ...]

BUDGET = 1 << 22
"""How many bytes of columns are made at a time: they stay in the cache until they are used."""
LIMIT = 1 << 25
"""More bytes than this are not kept for the next call."""


# Windows: the geometry of a dimension is (kernel, out, stride, dilation).
def out_size(size: Shape, kernel: Shape, stride: Shape, padding: Pairs,
             dilation: Shape) -> Shape:
    """How many windows there are in each dimension."""
    return tuple((n + a + b - d * (k - 1) - 1) // s + 1
                 for n, k, s, (a, b), d in zip(size, kernel, stride, padding, dilation,
                                               strict=True))


def padded(x: Any, padding: Pairs, value: float = 0) -> Any:
    """``x`` with elements of ``value`` around its last dimensions."""
    if all(a <= 0 and b <= 0 for a, b in padding):
        return x
    lead = x.ndim - len(padding)
    grown = [n + max(a, 0) + max(b, 0)
             for n, (a, b) in zip(x.shape[lead:], padding, strict=True)]
    out = empty((*x.shape[:lead], *grown), x.dtype)
    out.fill(value)
    out[inside(x.shape[lead:], padding)] = x
    return out


def inside(size: Shape, padding: Pairs) -> tuple[Any, ...]:
    """Where the elements lie within what :func:`padded` makes."""
    return (..., *[slice(max(a, 0), max(a, 0) + n)
                   for n, (a, _) in zip(size, padding, strict=True)])


class Room(threading.local):
    """Memory that a primitive computes in, kept for the next call: fresh pages cost more than the
    arithmetic. What lies in it is never a result."""

    def __init__(self) -> None:
        self.slots: dict[int, Any] = {}

    def __call__(self, slot: int, shape: Shape, dtype: np.dtype[Any]) -> Any:
        """An array of arbitrary contents, valid until the slot is taken again."""
        count = math.prod(shape) * dtype.itemsize
        if count > LIMIT:
            return empty(shape, dtype)
        buffer = self.slots.get(slot)
        if buffer is None or buffer.size < count:
            buffer = self.slots[slot] = np.empty(count, np.uint8)
        return buffer[:count].view(dtype).reshape(shape)


room = Room()
COLUMNS, RESULT = 3, 4
"""The slots of columns and of a result in another order; the lower ones are for the dimensions."""


def _fresh(slot: int, shape: Shape, dtype: np.dtype[Any]) -> Any:
    return empty(shape, dtype)


def columns(x: Any, kernel: Shape, out: Shape, stride: Shape, dilation: Shape,
            take: Callable[..., Any] = _fresh) -> Any:
    """The elements under every window of a padded ``x``, contiguous: (N, C, *kernel, *out).

    One dimension at a time, the last one first, so that all copies but the smallest are of long
    rows. ``take`` gives the memory.
    """
    n = len(kernel)
    for i in reversed(range(n)):
        # x is (N, C, *kernels after i, *size up to i, *outs after i)
        axis = 1 + n
        step = x.strides[axis]
        shape = (*x.shape[:2], kernel[i], *x.shape[2:axis], out[i], *x.shape[axis + 1:])
        strides = (*x.strides[:2], step * dilation[i], *x.strides[2:axis], step * stride[i],
                   *x.strides[axis + 1:])
        view = as_strided(x, shape, strides)
        if i == 0 and view.flags.c_contiguous:
            return view
        if kernel[i] == 1 and i:
            x = view
            continue
        x = take(i, view.shape, x.dtype)
        np.copyto(x, view)
    return x


def added_back(cols: Any, size: Shape, stride: Shape, dilation: Shape,
               take: Callable[..., Any] = _fresh) -> Any:
    """The transpose of :func:`columns`: (N, C, *kernel, *out) added up to (N, C, *size)."""
    n = len(size)
    for i in range(n):
        # cols is (N, C, *size before i, *kernels from i, *outs from i)
        rest = n - i
        kernel, out = cols.shape[2 + i], cols.shape[2 + i + rest]
        shape = list(cols.shape)
        del shape[2 + i]
        shape[1 + i + rest] = size[i]
        if kernel == 1 == stride[i] and out == size[i]:
            cols = np.moveaxis(cols.reshape(shape), 1 + i + rest, 2 + i)
            continue
        total = take(i, tuple(shape), cols.dtype)
        total.fill(0)
        at = (slice(None),) * (1 + i + rest)
        for k in range(kernel):
            start = k * dilation[i]
            part = total[(*at, slice(start, start + (out - 1) * stride[i] + 1, stride[i]))]
            part += cols[(slice(None),) * (2 + i) + (k,)]
        cols = np.moveaxis(total, 1 + i + rest, 2 + i)
    return cols


def _chunks(count: int, size: int) -> Iterator[slice]:
    """The batch in pieces whose columns, of ``size`` bytes for each image, fit into the budget."""
    n = max(1, BUDGET // max(size, 1))
    for i in range(0, count, n):
        yield slice(i, min(i + n, count))


# With the batch as the last dimension, rows are long where images are small; it costs a transposed
# copy of all that goes in and comes out, and memory for the columns of several images.
FEW, MANY = 8, 32
SHORT = 16
"""Rows shorter than this cost more to step over than to read."""


def _last_chunks(count: int, size: int) -> list[slice]:
    """The batch in pieces to be computed with the batch last; none if that does not pay."""
    if count < FEW or FEW * size > 4 * BUDGET:
        return []
    pieces = -(-count // max(FEW, min(MANY, 2 * BUDGET // max(size, 1))))
    return [slice(count * i // pieces, count * (i + 1) // pieces) for i in range(pieces)]


def _batch_last(x: Any, slot: int) -> Any:
    """A copy of (N, ...) as (..., N)."""
    turned = x.transpose(*range(1, x.ndim), 0)
    made = room(slot, turned.shape, x.dtype)
    np.copyto(made, turned)
    return made


def _last_columns(x: Any, kernel: Shape, out: Shape, stride: Shape, dilation: Shape) -> Any:
    """:func:`columns` of (C, *size, N): (C, *kernel, *out, N)."""
    steps = x.strides[1:-1]
    view = as_strided(x, (x.shape[0], *kernel, *out, x.shape[-1]), (
        x.strides[0], *(n * d for n, d in zip(steps, dilation, strict=True)),
        *(n * s for n, s in zip(steps, stride, strict=True)), x.strides[-1]))
    cols = room(COLUMNS, view.shape, x.dtype)
    np.copyto(cols, view)
    return cols


def _last_added_back(cols: Any, size: Shape, stride: Shape, dilation: Shape) -> Any:
    """The transpose of :func:`_last_columns`."""
    n = len(size)
    total = room(0, (cols.shape[0], *size, cols.shape[-1]), cols.dtype)
    total.fill(0)
    for offset in np.ndindex(*cols.shape[1:1 + n]):
        at = tuple(slice(k * d, k * d + (m - 1) * s + 1, s) for k, d, m, s in zip(
            offset, dilation, cols.shape[1 + n:-1], stride, strict=True))
        part = total[(slice(None), *at)]
        part += cols[(slice(None), *offset)]
    return total


def _wide(*arrays: Any) -> tuple[Any, ...]:
    """The arrays in float32 if they are of half precision."""
    return tuple(asarray(a, np.float32) if half(a) else asarray(a) for a in arrays)


# The three convolutions
def _conv(x: Any, w: Any, stride: Shape, padding: Pairs, dilation: Shape, groups: int) -> Any:
    dtype = x.dtype
    x, w = _wide(x, w)
    kernel, (count, m) = w.shape[2:], (x.shape[0], w.shape[0])
    out = out_size(x.shape[2:], kernel, stride, padding, dilation)
    inner, places = w.shape[1] * math.prod(kernel), math.prod(out)
    size = groups * inner * places * x.itemsize
    y = empty((count, groups, m // groups, places), x.dtype)
    matrix = w.reshape(groups, m // groups, inner)
    x = padded(x, padding)
    last = _last_chunks(count, size) if max(stride) > 1 else []
    for part in last:
        cols = _last_columns(_batch_last(x[part], 0), kernel, out, stride, dilation)
        given = cols.reshape(groups, inner, -1)
        found = room(RESULT, (groups, m // groups, given.shape[2]), x.dtype)
        np.matmul(matrix, given, out=found)
        y[part] = found.reshape(groups, m // groups, places, -1).transpose(3, 0, 1, 2)
    for part in () if last else _chunks(count, size):
        cols = columns(x[part], kernel, out, stride, dilation, room)
        np.matmul(matrix, cols.reshape(-1, groups, inner, places), out=y[part])
    return y.reshape(count, m, *out).astype(dtype, copy=False)


def _gathered(y: Any, w: Any, size: Shape, padding: Pairs, dilation: Shape, groups: int) -> Any:
    """A transposed convolution of stride 1 as the convolution with the kernel turned round; None
    where that does not pay, or a margin is wider than the kernel reaches."""
    kernel = w.shape[2:]
    reach = [d * (k - 1) for k, d in zip(kernel, dilation, strict=True)]
    before = [r - a for r, (a, _) in zip(reach, padding, strict=True)]
    if min(before) < 0 or max(kernel) == 1 or w.shape[0] > w.shape[1] * groups:
        return None
    after = [n - m - b + r for n, m, b, r in zip(size, y.shape[2:], before, reach, strict=True)]
    turned = np.flip(w, tuple(range(2, w.ndim))).reshape(groups, -1, *w.shape[1:])
    turned = turned.swapaxes(1, 2).reshape(-1, w.shape[0] // groups, *kernel)
    ones = (1,) * len(kernel)
    return _conv(y, turned, ones, tuple(zip(before, after, strict=True)), dilation, groups)


def _conv_input(y: Any, w: Any, size: Shape, stride: Shape, padding: Pairs, dilation: Shape,
                groups: int) -> Any:
    dtype = y.dtype
    y, w = _wide(y, w)
    kernel, out, (count, m) = w.shape[2:], y.shape[2:], y.shape[:2]
    # Gathered, weights meet the zeros of a margin, which say nothing only beside what is finite.
    if max(stride) == 1 and np.isfinite(np.vdot(w, w)) and (
            found := _gathered(y, w, size, padding, dilation, groups)) is not None:
        return found.astype(dtype, copy=False)
    channels = groups * w.shape[1]
    inner, places = w.shape[1] * math.prod(kernel), math.prod(out)
    grown = tuple(n + max(a, 0) + max(b, 0) for n, (a, b) in zip(size, padding, strict=True))
    x = empty((count, channels, *size), y.dtype)
    matrix = w.reshape(groups, m // groups, inner).transpose(0, 2, 1)
    y = y.reshape(count, groups, m // groups, places)
    bytes_each = groups * inner * places * y.itemsize
    short = math.prod(kernel) > 1 and (max(stride) > 1 or out[-1] < SHORT)
    last = _last_chunks(count, bytes_each) if short else []
    for part in last:
        given = _batch_last(y[part], RESULT).reshape(groups, m // groups, -1)
        cols = room(COLUMNS, (groups, inner, given.shape[2]), y.dtype)
        np.matmul(matrix, given, out=cols)
        total = _last_added_back(cols.reshape(channels, *kernel, *out, -1), grown, stride, dilation)
        x[part] = np.moveaxis(total, -1, 0)[inside(size, padding)]
    for part in () if last else _chunks(count, bytes_each):
        given = y[part]
        cols = room(COLUMNS, (len(given), groups, inner, places), y.dtype)
        np.matmul(matrix, given, out=cols)
        cols = cols.reshape(-1, channels, *kernel, *out)
        x[part] = added_back(cols, grown, stride, dilation, room)[inside(size, padding)]
    return x.astype(dtype, copy=False)


def _conv_weight(x: Any, y: Any, kernel: Shape, stride: Shape, padding: Pairs, dilation: Shape,
                 groups: int) -> Any:
    dtype = x.dtype
    x, y = _wide(x, y)
    (count, channels), m, out = x.shape[:2], y.shape[1], y.shape[2:]
    inner, places = channels // groups * math.prod(kernel), math.prod(out)
    total = np.zeros((groups, inner, m // groups), x.dtype)
    x = padded(x, padding)
    y = y.reshape(count, groups, m // groups, places)
    size = groups * inner * x.itemsize
    # the products of single images are added up: that is too much where they are larger than those
    last = _last_chunks(count, size * places) if max(stride) > 1 or m // groups > places else []
    for part in last:
        cols = _last_columns(_batch_last(x[part], 0), kernel, out, stride, dilation)
        given = _batch_last(y[part], RESULT).reshape(groups, m // groups, -1)
        total += np.matmul(cols.reshape(groups, inner, -1), given.transpose(0, 2, 1))
    for part in () if last else _chunks(count, size * max(places, m // groups)):
        cols = columns(x[part], kernel, out, stride, dilation, room)
        products = np.matmul(cols.reshape(-1, groups, inner, places),
                             y[part].transpose(0, 1, 3, 2))
        total += products[0] if len(products) == 1 else products.sum(0)
    w = contiguous(total.transpose(0, 2, 1))
    return w.reshape(m, channels // groups, *kernel).astype(dtype, copy=False)


def _result(x: Node, w: Node, stride: Shape, padding: Pairs, dilation: Shape,
            groups: int) -> tuple[Shape, DType]:
    out = out_size(x.shape[2:], w.shape[2:], stride, padding, dilation)
    return (x.shape[0], w.shape[0], *out), common_dtype((x, w))


def _other(x: Node) -> Node:
    """A factor as its partner's transpose has it."""
    return conj(x) if x.dtype.is_complex else x


# How many products they add up.
def _products(x: Shape, w: Shape, stride: Shape, padding: Pairs, dilation: Shape,
              groups: int) -> int:
    out = out_size(x[2:], w[2:], stride, padding, dilation)
    return x[0] * math.prod(out) * math.prod(w)


def _input_products(y: Shape, w: Shape, **_: Any) -> int:
    return y[0] * math.prod(y[2:]) * math.prod(w)


def _weight_products(x: Shape, y: Shape, kernel: Shape, groups: int, **_: Any) -> int:
    return math.prod(y) * (x[1] // groups) * math.prod(kernel)


conv: Primitive = Primitive(
    "conv", _conv, _result,
    (Linear(lambda ct, x, w, **p: conv_input(ct, _other(w), size=x.shape[2:], **p)),
     Linear(lambda ct, x, w, **p: conv_weight(_other(x), ct, kernel=w.shape[2:], **p))),
    "conv({0}, {1})", batch=batching.convolutions, products=_products)
conv_input: Primitive = Primitive(
    "conv_input", _conv_input,
    lambda y, w, size, groups, **p: ((y.shape[0], groups * w.shape[1], *size),
                                     common_dtype((y, w))),
    (Linear(lambda ct, y, w, size, **p: conv(ct, _other(w), **p)),
     Linear(lambda ct, y, w, size, **p: conv_weight(ct, _other(y), kernel=w.shape[2:], **p))),
    "transposed conv({0}, {1})", batch=batching.transposed_convolutions,
    products=_input_products)
conv_weight: Primitive = Primitive(
    "conv_weight", _conv_weight,
    lambda x, y, kernel, groups, **p: ((y.shape[1], x.shape[1] // groups, *kernel),
                                       common_dtype((x, y))),
    (Linear(lambda ct, x, y, kernel, **p: conv_input(_other(y), ct, size=x.shape[2:], **p)),
     Linear(lambda ct, x, y, kernel, **p: conv(_other(x), ct, **p))),
    "conv weight({0}, {1})", batch=batching.weights_of_convolutions, products=_weight_products)


# Patches: what F.unfold and F.fold move
def _patches(x: Any, kernel: Shape, stride: Shape, padding: Pairs, dilation: Shape) -> Any:
    out = out_size(x.shape[2:], kernel, stride, padding, dilation)
    cols = columns(padded(x, padding), kernel, out, stride, dilation)
    return np.array(cols) if np.shares_memory(cols, x) else cols


def _patches_add(v: Any, size: Shape, kernel: Shape, stride: Shape, padding: Pairs,
                 dilation: Shape) -> Any:
    (wide,) = _wide(v)
    grown = tuple(n + max(a, 0) + max(b, 0) for n, (a, b) in zip(size, padding, strict=True))
    return np.array(added_back(wide, grown, stride, dilation)[inside(size, padding)], v.dtype,
                    order="C")


patches: Primitive = Primitive(
    "patches", _patches,
    lambda x, kernel, stride, padding, dilation: (
        (*x.shape[:2], *kernel, *out_size(x.shape[2:], kernel, stride, padding, dilation)),
        x.dtype),
    (Linear(lambda ct, x, **p: patches_add(ct, size=x.shape[2:], **p)),),
    "patches({0}, {kernel})", batch=batching.folded, pattern=patterns.moving)
patches_add: Primitive = Primitive(
    "patches_add", _patches_add,
    lambda v, size, **p: ((*v.shape[:2], *size), v.dtype),
    (Linear(lambda ct, v, size, **p: patches(ct, **p)),),
    "add patches({0}, {size})", batch=batching.folded, pattern=patterns.turned)
