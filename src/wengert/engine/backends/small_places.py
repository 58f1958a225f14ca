"""The same as ``small.py`` for what reads and writes at places: sorting, indexing, slices."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

import numpy as np

from ..dtypes import int64
from ..graph import Node, Primitive, Shape
from ..ops.indexing import bounded, index, put_add, put_add_along, take_along
from ..ops.neural import pick_class, put_class, rows
from ..ops.order import argsort, topk_place
from ..ops.reduce import argmax, argmin
from ..ops.structural import place, slice_, update, window, window_strides
from .numbers import implementation
from .small import FLOATS, Run, constant, rule

LISTED = 64
"""So many places are looked at as a list of Python's, sooner than by NumPy."""
SORTED, MOST_SORTED = 256, 1024
"""So many elements are all sorted sooner than the largest are found: of a row, and together."""
BY_ELEMENTS = 160
"""So many elements are sooner added at a place each than row by row."""
add_at: Any = np.add.at
_largest, _unsigned = np.maximum.reduce, np.uint64


# Orders
@rule(argsort)
def _argsort(node: Node) -> Run | None:
    axis = node.params["axis"] % max(node.ndim, 1)
    if not node.ndim:
        return None
    if not node.params["descending"]:
        return lambda x: x.argsort(axis, "stable")
    back = (*(slice(None),) * axis, slice(None, None, -1))
    last = constant(np.array(node.shape[axis] - 1))
    subtract = np.subtract
    return lambda x: subtract(last, x[back].argsort(axis, "stable")[back])


@rule(topk_place)
def _topk(node: Node) -> Run | None:
    k, axis = node.params["k"], node.params["axis"]
    n = node.args[0].shape[axis]
    if n > SORTED or node.args[0].size > MOST_SORTED:
        return None
    lead = (slice(None),) * axis
    if not node.params["largest"]:
        first = (*lead, slice(k))
        return lambda x: x.argsort(axis, "stable")[first].copy()
    back, lasts = (*lead, slice(None, None, -1)), (*lead, slice(None, -k - 1, -1))
    last = constant(np.array(n - 1))
    subtract = np.subtract
    return lambda x: subtract(last, x[back].argsort(axis, "stable")[lasts])


# Places in one dimension
def within(places: Any, size: int) -> bool:
    """Whether all ``places`` are at least 0 and less than ``size``."""
    if places.size > LISTED:   # negative ones are the largest
        return bool(_largest(places.view(_unsigned), None) < size)
    found = places.ravel().tolist()
    return bool(min(found) >= 0 and max(found) < size)


def is_countable(places: Node) -> bool:
    """Whether :func:`within` takes ``places``."""
    return places.ndim > 0 and places.size > 0 and (
        places.size <= LISTED or places.dtype is int64)


@rule(index)
def _index(node: Node) -> Run | None:
    impl, dims, arrays = implementation(node), node.params["dims"], node.args[1:]
    if any(array.weak or not array.ndim for array in arrays):
        return None
    if len(dims) == 1:
        dim = dims[0]

        def take(x: Any, places: Any) -> Any:
            try:
                return x.take(places, dim)
            except IndexError:
                return impl(x, places)
        return take
    if dims != tuple(range(len(dims))):
        return None

    def read(x: Any, *arrays: Any) -> Any:
        try:
            return x[arrays]
        except IndexError:
            return impl(x, *arrays)
    return read


@rule(put_add)
def _put_add(node: Node) -> Run | None:
    impl, shape, dims, arrays = (
        implementation(node), node.shape, node.params["dims"], node.args[1:])
    if dims != tuple(range(len(dims))) or any(array.weak for array in arrays) or (
            node.dtype not in FLOATS):
        return None
    zeros, dtype, v = np.zeros, node.dtype.numpy, node.args[0]
    if len(dims) == 1 == arrays[0].ndim and arrays[0].dtype is int64 and v.dtype is node.dtype and (
            len(shape) > 1 and v.size > BY_ELEMENTS):
        size = shape[0]
        return lambda v, places: (
            rows_added(v, places, shape, dtype) if within(places, size) else impl(v, places))

    def run(v: Any, *arrays: Any) -> Any:
        out = zeros(shape, dtype)
        try:
            add_at(out, arrays, v)
        except IndexError:
            return impl(v, *arrays)
        return out
    return run


def rows_added(v: Any, places: Any, shape: Shape, dtype: Any) -> Any:
    """What rows give that are added at ``places`` to zeros of ``shape``, in the order in which they
    come: all their elements at places of one dimension, which NumPy has a loop for."""
    length = v.size // len(v)
    out = np.zeros(math.prod(shape), dtype)
    add_at(out, np.add(places[:, None] * length, counted(length)).ravel(), v.ravel())
    return out.reshape(shape)


@lru_cache(64)
def counted(length: int) -> Any:
    """The numbers below ``length``."""
    return constant(np.arange(length))


@rule(bounded)
def _bounded(node: Node) -> Run | None:
    impl, size = implementation(node), node.params["size"]
    if not is_countable(node):
        return None
    return lambda places: places if within(places, size) else impl(places)


@rule(rows)
def _rows(node: Node) -> Run | None:
    impl, places = implementation(node), node.args[1]
    if not is_countable(places):
        return None
    size = node.args[0].shape[0]
    return lambda x, places: x.take(places, 0) if within(places, size) else impl(x, places)


# Places along an axis
FOUND: tuple[Primitive, ...] = argsort, topk_place, argmax, argmin
"""What gives places that are there, and no place twice along its axis."""


def was_found(places: Node, axis: int, size: int) -> bool:
    """Whether ``places`` were found by one of :data:`FOUND` along this axis of an array that is so
    long there."""
    if places.prim not in FOUND or not places.ndim:
        return False
    x = places.args[0]
    return bool(places.params["axis"] % x.ndim == axis and x.ndim == places.ndim
                and x.shape[axis] == size)


def flat(places: Node, shape: Shape, axis: int) -> Run | None:
    """From ``places`` along ``axis`` to places in the flattened array of ``shape``."""
    step = math.prod(shape[axis + 1:])
    start = np.zeros(places.shape, np.int64)
    for i, n in enumerate(places.shape):
        if i != axis:
            along = np.arange(n) * math.prod(shape[i + 1:])
            start += along.reshape([-1 if k == i else 1 for k in range(len(shape))])
    add, multiply = np.add, np.multiply
    start, times = constant(start), constant(np.array(step))
    if step == 1:
        return lambda places: add(places, start)

    def run(places: Any) -> Any:
        found = multiply(places, times)
        return add(found, start, found)
    return run


@rule(take_along)
def _take_along(node: Node) -> Run | None:
    x, places = node.args
    axis, impl, size = node.params["axis"], implementation(node), x.shape[node.params["axis"]]
    checked = not was_found(places, axis, size)
    if places.dtype is not int64 or not is_countable(places):
        return None
    if x.ndim == 1:
        if not checked:
            return lambda x, places: x[places]
        return lambda x, places: x[places] if within(places, size) else impl(x, places)
    find = flat(places, x.shape, axis)
    assert find is not None
    if not checked:
        return lambda x, places: x.ravel().take(find(places))
    return lambda x, places: (
        x.ravel().take(find(places)) if within(places, size) else impl(x, places))


@rule(put_add_along)
def _put_add_along(node: Node) -> Run | None:
    v, places = node.args
    axis, impl, shape, dtype = (
        node.params["axis"], implementation(node), node.shape, node.dtype.numpy)
    size, whole = shape[axis], math.prod(shape)
    checked = not was_found(places, axis, size)
    once = not checked or places.shape[axis] == 1
    if places.dtype is not int64 or not is_countable(places) or node.dtype not in FLOATS or (
            v.shape != places.shape):
        return None
    zeros = np.zeros
    find = flat(places, shape, axis) if node.ndim > 1 else None

    def run(v: Any, places: Any) -> Any:
        if checked and not within(places, size):
            return impl(v, places)
        out = zeros(whole, dtype)
        at = places if find is None else find(places)
        if once:
            out[at] = v
        else:
            add_at(out, at.ravel(), v.ravel())
        return out if find is None else out.reshape(shape)
    return run


# Places by class
def _class_index(node: Node, shape: Shape) -> tuple[Any, int] | None:
    """What stands before the places when they index an array of ``shape``, and the number of
    classes; None where it has more to see to."""
    axis, target = node.params["axis"], node.args[1]
    classes = shape[axis]
    if 0 <= node.params["ignore"] < classes or target.dtype is not int64 or (
            target.size > LISTED or len(shape) > 2 or axis != len(shape) - 1):
        return None
    return constant(np.arange(shape[0])) if len(shape) == 2 else None, classes


@rule(pick_class)
def _pick_class(node: Node) -> Run | None:
    found, impl = _class_index(node, node.args[0].shape), implementation(node)
    if found is None:
        return None
    lead, classes = found
    if lead is None:
        return lambda x, target: x[int(target)] if 0 <= target < classes else impl(x, target)
    return lambda x, target: x[lead, target] if within(target, classes) else impl(x, target)


@rule(put_class)
def _put_class(node: Node) -> Run | None:
    found, impl = _class_index(node, node.shape), implementation(node)
    if found is None:
        return None
    (lead, classes), shape, dtype, zeros = found, node.shape, node.dtype.numpy, np.zeros

    def run(v: Any, target: Any) -> Any:
        if lead is None:
            if not 0 <= target < classes:
                return impl(v, target)
            out = zeros(shape, dtype)
            out[int(target)] = v
            return out
        if not within(target, classes):
            return impl(v, target)
        out = zeros(shape, dtype)
        out[lead, target] = v
        return out
    return run


# Slices
def _starts(shape: Shape, axes: Shape, lengths: Shape, steps: Shape) -> Run:
    """From where a slice starts to what indexes an array of ``shape``; None where it is not
    inside."""
    ends = [(n, (length - 1) * step + 1, step)
            for n, length, step in zip([shape[i] for i in axes], lengths, steps, strict=True)]
    if axes == (0,):
        (size, span, step), = ends
        last = size - span

        def first(start: int) -> Any:
            if start < 0:
                start += size
            return slice(start, start + span, step) if 0 <= start <= last else None
        return first
    whole = [slice(None)] * (max(axes) + 1)
    places = tuple(zip(axes, ends, strict=True))

    def found(*starts: int) -> Any:
        index = whole.copy()
        for start, (axis, (size, span, step)) in zip(starts, places):
            if start < 0:
                start += size
            if not 0 <= start <= size - span:
                return None
            index[axis] = slice(start, start + span, step)
        return tuple(index)
    return found


def _is_plain(node: Node, starts: tuple[Node, ...]) -> bool:
    params = node.params
    return bool(params["axes"]) and min(params["steps"]) > 0 and all(
        start.weak for start in starts)


@rule(slice_)
def _slice(node: Node) -> Run | None:
    x, starts, impl = node.args[0], node.args[1:], implementation(node)
    if not _is_plain(node, starts):
        return None
    find = _starts(x.shape, **node.params)

    def run(x: Any, *starts: Any) -> Any:
        part = find(*starts)
        return x[part] if part is not None else impl(x, *starts)
    return run


@rule(place)
def _place(node: Node) -> Run | None:
    starts, impl, shape, dtype, zeros = (
        node.args[1:], implementation(node), node.shape, node.dtype.numpy, np.zeros)
    if not _is_plain(node, starts):
        return None
    params = {name: value for name, value in node.params.items() if name != "shape"}
    find = _starts(shape, **params)

    def run(x: Any, *starts: Any) -> Any:
        part = find(*starts)
        if part is None:
            return impl(x, *starts)
        out = zeros(shape, dtype)
        out[part] = x
        return out
    return run


@rule(update)
def _update(node: Node) -> Run | None:
    starts, impl = node.args[2:], implementation(node)
    if not _is_plain(node, starts) or node.args[0].dtype is not node.dtype or (
            node.args[1].weak or node.args[1].dtype is not node.dtype):
        return None
    find = _starts(node.shape, **node.params)

    def run(x: Any, v: Any, *starts: Any) -> Any:
        part = find(*starts)
        if part is None:
            return impl(x, v, *starts)
        out = x.copy()
        out[part] = v
        return out
    return run


@rule(window)
def _window(node: Node) -> Run | None:
    x, impl, size = node.args[0], implementation(node), node.shape
    moves, start, dtype = node.params["moves"], node.params["start"], node.dtype.numpy
    step = node.dtype.itemsize
    strides = tuple([n * step for n in window_strides(moves, x.shape)])
    first = step * sum(i * math.prod(x.shape[k + 1:]) for k, i in enumerate(start))
    array = np.ndarray

    def run(x: Any) -> Any:
        if not x.flags.c_contiguous:
            return impl(x)
        return array(size, dtype, x, first, strides)
    return run
