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
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided

from ..dtypes import DType
from ..graph import Node, Shape
from ..primitive import Linear, Primitive
from .adding import half
from .elementwise import common_dtype, conj

Pairs = tuple[tuple[int, int], ...]

BUDGET = 1 << 23
"""How many bytes of columns are made at a time."""


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
    out = np.empty((*x.shape[:lead], *grown), x.dtype)
    out.fill(value)
    out[inside(x.shape[lead:], padding)] = x
    return out


def inside(size: Shape, padding: Pairs) -> tuple[Any, ...]:
    """Where the elements lie within what :func:`padded` makes."""
    return (..., *[slice(max(a, 0), max(a, 0) + n)
                   for n, (a, _) in zip(size, padding, strict=True)])


def columns(x: Any, kernel: Shape, out: Shape, stride: Shape, dilation: Shape) -> Any:
    """The elements under every window of a padded ``x``, contiguous: (N, C, *kernel, *out).

    One dimension at a time, the last one first, so that all copies but the smallest are of long
    rows.
    """
    n = len(kernel)
    for i in reversed(range(n)):
        if kernel[i] == 1 == stride[i] and out[i] == x.shape[2 + i]:
            x = x.reshape(*x.shape[:2 + i], 1, *x.shape[2 + i:]) if i == n - 1 else _moved(x, i)
            continue
        shape, strides = list(x.shape), list(x.strides)
        step = strides[2 + i]
        shape[2 + i:3 + i], strides[2 + i:3 + i] = [out[i]], [step * stride[i]]
        shape.insert(2 + i, kernel[i])
        strides.insert(2 + i, step * dilation[i])
        x = _kernels_first(as_strided(x, shape, strides), i)
    return np.ascontiguousarray(x)


def _moved(x: Any, i: int) -> Any:
    return _kernels_first(np.expand_dims(x, 2 + i), i)


def _kernels_first(x: Any, i: int) -> Any:
    """``x`` of (N, C, *size before i, kernel i, out i, *kernels after i, *outs after i), copied,
    with the kernels before the outs."""
    after = (x.ndim - 4 - i) // 2
    first = 2 + i
    perm = (*range(first), first, *range(first + 2, first + 2 + after), first + 1,
            *range(first + 2 + after, x.ndim))
    return np.ascontiguousarray(x.transpose(perm))


def added_back(cols: Any, size: Shape, stride: Shape, dilation: Shape) -> Any:
    """The transpose of :func:`columns`: (N, C, *kernel, *out) added up to (N, C, *size)."""
    n = len(size)
    for i in range(n):
        # here cols is (N, C, *size before i, *kernels from i, *outs from i)
        rest = n - i
        kernel, out = cols.shape[2 + i], cols.shape[2 + i + rest]
        shape = list(cols.shape)
        del shape[2 + i]
        shape[1 + i + rest] = size[i]
        if kernel == 1 == stride[i] and out == size[i]:
            cols = np.moveaxis(cols.reshape(shape), 1 + i + rest, 2 + i)
            continue
        total = np.zeros(shape, cols.dtype)
        for k in range(kernel):
            start = k * dilation[i]
            at = (slice(None),) * (1 + i + rest)
            part = total[(*at, slice(start, start + (out - 1) * stride[i] + 1, stride[i]))]
            part += cols[(slice(None),) * (2 + i) + (k,)]
        cols = np.moveaxis(total, 1 + i + rest, 2 + i)
    return cols


def _chunks(count: int, size: int, itemsize: int) -> Iterator[slice]:
    """The batch in pieces whose columns, ``size`` elements for each, fit into the budget."""
    n = max(1, BUDGET // max(size * itemsize, 1))
    for i in range(0, count, n):
        yield slice(i, min(i + n, count))


def _wide(*arrays: Any) -> tuple[Any, ...]:
    """The arrays in float32 if they are of half precision."""
    return tuple(np.asarray(a, np.float32) if half(a) else np.asarray(a) for a in arrays)


# The three convolutions
def _conv(x: Any, w: Any, stride: Shape, padding: Pairs, dilation: Shape, groups: int) -> Any:
    dtype = x.dtype
    x, w = _wide(x, w)
    kernel, m = w.shape[2:], w.shape[0]
    out = out_size(x.shape[2:], kernel, stride, padding, dilation)
    inner, places = w.shape[1] * math.prod(kernel), math.prod(out)
    y = np.empty((x.shape[0], groups, m // groups, places), x.dtype)
    matrix = w.reshape(groups, m // groups, inner)
    x = padded(x, padding)
    for part in _chunks(x.shape[0], groups * inner * places, x.itemsize):
        cols = columns(x[part], kernel, out, stride, dilation)
        np.matmul(matrix, cols.reshape(-1, groups, inner, places), out=y[part])
    return y.reshape(x.shape[0], m, *out).astype(dtype, copy=False)


def _conv_input(y: Any, w: Any, size: Shape, stride: Shape, padding: Pairs, dilation: Shape,
                groups: int) -> Any:
    dtype = y.dtype
    y, w = _wide(y, w)
    kernel, out = w.shape[2:], y.shape[2:]
    count, m = y.shape[:2]
    channels = groups * w.shape[1]
    inner, places = w.shape[1] * math.prod(kernel), math.prod(out)
    grown = tuple(n + max(a, 0) + max(b, 0) for n, (a, b) in zip(size, padding, strict=True))
    x = np.empty((count, channels, *size), y.dtype)
    matrix = w.reshape(groups, m // groups, inner).transpose(0, 2, 1)
    y = y.reshape(count, groups, m // groups, places)
    for part in _chunks(count, groups * inner * places, y.itemsize):
        cols = np.matmul(matrix, y[part]).reshape(-1, channels, *kernel, *out)
        x[part] = added_back(cols, grown, stride, dilation)[inside(size, padding)]
    return x.astype(dtype, copy=False)


def _conv_weight(x: Any, y: Any, kernel: Shape, stride: Shape, padding: Pairs, dilation: Shape,
                 groups: int) -> Any:
    dtype = x.dtype
    x, y = _wide(x, y)
    (count, channels), m, out = x.shape[:2], y.shape[1], y.shape[2:]
    inner, places = channels // groups * math.prod(kernel), math.prod(out)
    total = np.zeros((groups, inner, m // groups), x.dtype)
    x = padded(x, padding)
    y = y.reshape(count, groups, m // groups, places).transpose(0, 1, 3, 2)
    for part in _chunks(count, groups * inner * max(places, m // groups), x.itemsize):
        cols = columns(x[part], kernel, out, stride, dilation).reshape(-1, groups, inner, places)
        products = np.matmul(cols, y[part])
        total += products[0] if len(products) == 1 else products.sum(0)
    w = np.ascontiguousarray(total.transpose(0, 2, 1))
    return w.reshape(m, channels // groups, *kernel).astype(dtype, copy=False)


def _result(x: Node, w: Node, stride: Shape, padding: Pairs, dilation: Shape,
            groups: int) -> tuple[Shape, DType]:
    out = out_size(x.shape[2:], w.shape[2:], stride, padding, dilation)
    return (x.shape[0], w.shape[0], *out), common_dtype((x, w))


def _other(x: Node) -> Node:
    """A factor as its partner's transpose has it."""
    return conj(x) if x.dtype.is_complex else x


conv: Primitive = Primitive(
    "conv", _conv, _result,
    (Linear(lambda ct, x, w, **p: conv_input(ct, _other(w), size=x.shape[2:], **p)),
     Linear(lambda ct, x, w, **p: conv_weight(_other(x), ct, kernel=w.shape[2:], **p))),
    "conv({0}, {1})")
conv_input: Primitive = Primitive(
    "conv_input", _conv_input,
    lambda y, w, size, groups, **p: ((y.shape[0], groups * w.shape[1], *size),
                                     common_dtype((y, w))),
    (Linear(lambda ct, y, w, size, **p: conv(ct, _other(w), **p)),
     Linear(lambda ct, y, w, size, **p: conv_weight(ct, _other(y), kernel=w.shape[2:], **p))),
    "transposed conv({0}, {1})")
conv_weight: Primitive = Primitive(
    "conv_weight", _conv_weight,
    lambda x, y, kernel, groups, **p: ((y.shape[1], x.shape[1] // groups, *kernel),
                                       common_dtype((x, y))),
    (Linear(lambda ct, x, y, kernel, **p: conv_input(_other(y), ct, size=x.shape[2:], **p)),
     Linear(lambda ct, x, y, kernel, **p: conv(_other(x), ct, **p))),
    "conv weight({0}, {1})")


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
    "patches({0}, {kernel})")
patches_add: Primitive = Primitive(
    "patches_add", _patches_add,
    lambda v, size, **p: ((*v.shape[:2], *size), v.dtype),
    (Linear(lambda ct, v, size, **p: patches(ct, **p)),),
    "add patches({0}, {size})")
