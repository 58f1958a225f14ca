"""What computes a node whatever its sizes are.

The rules of ``small.py`` choose by the sizes of a node once. Here is what chooses by them at each
call, to the same result, for nodes that two templates have but for sizes (``sized.py``):
:func:`of_any_size`. Some also need to be told the sizes, and have them as their first argument.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from ..backends.numbers import implementation
from ..backends.small import FEW, FLOATS, KINDS, RULES, SHORT, SIZELESS, ones, small, stacks
from ..backends.small_places import (
    BY_ELEMENTS,
    LISTED,
    add_at,
    rows_added,
    was_found,
    within,
)
from ..dtypes import bool_, float32, int64
from ..graph import Node, Primitive
from ..ops.indexing import bounded, put_add, put_add_along, take_along
from ..ops.neural import rows
from ..ops.reduce import argmax, argmin, log_softmax, softmax, sum_
from ..ops.structural import broadcast_to, reshape, sum_to
from .comparing import Of, follows, resolved

Run = Callable[..., Any]
Found = tuple[bool, Run] | None
_plus: Any = np.add.reduce
_exp, _log, _divide, _subtract, _multiply = np.exp, np.log, np.divide, np.subtract, np.multiply
_top: Any = np.maximum.reduce


def of_any_size(node: Node, params: Any, shape: Any, back: bool) -> Found:
    """Whether it is to be told the sizes, and what computes a node with these parameters and this
    shape; None where there is no such thing. ``back`` says that its value shares memory with no
    tensor."""
    rule = _RULES.get(node.prim)
    if rule is not None and not node.weak and {node.dtype, *[
            arg.dtype for arg in node.args]} <= KINDS and not any(arg.weak for arg in node.args):
        return rule(node, params, shape, back)
    if follows(params) or node.prim is broadcast_to:
        return None
    if node.prim not in RULES:
        return False, implementation(node)
    if node.prim in SIZELESS and not stacks(node):
        return False, small(node) or implementation(node)
    return None


def over(node: Node, shape: Any) -> Sequence[int]:
    """The axes of a reduction, of parameters or to a shape."""
    if node.prim is not sum_to:
        axes: Sequence[int] = node.params["axes"]
        return axes
    x = node.args[0]
    lead = x.ndim - node.ndim
    return [i for i, n in enumerate(x.shape) if i < lead or (shape[i - lead] == 1 and n != 1)]


def _reshape(node: Node, params: Any, shape: Any, back: bool) -> Found:
    if [each.__class__ for each in shape].count(Of) == 1 and 0 not in shape:
        wanted = tuple([-1 if each.__class__ is Of else each for each in shape])
        return False, lambda x: x.reshape(wanted)
    return True, lambda sizes, x: x.reshape(resolved(shape, sizes))


def _broadcast_to(node: Node, params: Any, shape: Any, back: bool) -> Found:
    dtype, array = node.dtype.numpy, np.ndarray

    def run(sizes: Any, x: Any) -> Any:
        wanted = resolved(shape, sizes)
        if x.__class__ is not array or not x.flags.c_contiguous:
            return np.broadcast_to(x, wanted)
        out = array(wanted, dtype, x, 0, spread(x.shape, wanted, x.itemsize))
        out.flags.writeable = False   # as NumPy's function has it
        return out

    def widened(sizes: Any, x: Any) -> Any:
        wanted = resolved(shape, sizes)
        if math.prod(wanted) > FEW:
            return np.broadcast_to(x, wanted)
        return _multiply(x, ones(wanted, dtype))
    return True, widened if back else run


@lru_cache(256)
def spread(shape: Any, wanted: Any, step: int) -> Any:
    """The strides of an array of this ``shape``, row by row, that is given the one ``wanted``."""
    strides = [0] * len(wanted)
    for axis, (n, whole) in enumerate(zip(reversed(shape), reversed(wanted), strict=False), 1):
        strides[-axis] = step if n == whole else 0
        step *= n
    return tuple(strides)


def _sum(node: Node, params: Any, shape: Any, back: bool) -> Found:
    x = node.args[0]
    axes = tuple(over(node, shape))
    keeps = node.ndim == x.ndim
    if not axes or (node.prim is sum_to and (x.dtype not in FLOATS or not (
            keeps or node.ndim == x.ndim - len(axes)))):
        return None
    if x.dtype is bool_ and not shape and x.ndim == len(axes):
        count, number = np.count_nonzero, np.int64
        return False, lambda x: number(count(x))
    if x.dtype not in FLOATS:
        return False, implementation(node)
    if len(axes) == x.ndim:
        return False, _summed(node, axes, keeps, None)
    if axes == (x.ndim - 1,):
        return False, _summed(node, axes, keeps, -1)
    return False, _summed(node, axes, keeps, 0 if axes == (0,) and x.ndim == 2 else 1)


def _summed(node: Node, axes: tuple[int, ...], keeps: bool, along: int | None) -> Run:
    """What adds up over ``axes``: all (None), the last one, the first of two, or others (1)."""
    impl: Any = node.prim.impl
    if node.prim is sum_to:
        impl = lambda x: node.prim.impl(x, tuple([
            1 if i in axes else n for i, n in enumerate(x.shape) if keeps or i not in axes]))
    else:
        impl = implementation(node)
    dtype, ndim = node.dtype.numpy, node.args[0].ndim
    units = (1,) * ndim if keeps and ndim > 1 else None

    def run(x: Any) -> Any:
        size = x.size
        if size > FEW:
            return impl(x)
        n = size if along is None else x.shape[along] if along != 1 else FEW
        if n > SHORT:
            return _plus(x, axes, None, None, keeps)
        if along is None:
            found = x.ravel().dot(ones((n, 1) if keeps and units is None else (n,), dtype))
            return found if units is None else found.reshape(units)
        if along:
            return x.dot(ones((n, 1) if keeps else (n,), dtype))
        return ones((1, n) if keeps else (n,), dtype).dot(x)
    return run


def _softmax(node: Node, params: Any, shape: Any, back: bool) -> Found:
    x, axes, impl = node.args[0], node.params["axes"], implementation(node)
    if len(axes) != 1 or x.dtype not in FLOATS or (
            node.prim is log_softmax and node.dtype is not float32):
        return False, impl
    axis, dtype, last = axes[0], x.dtype.numpy, axes[0] == x.ndim - 1

    def total(e: Any) -> Any:
        n = e.shape[axis]
        return e.dot(ones((n, 1) if e.ndim > 1 else (n,), dtype)) if last else (
            _plus(e, axis, None, None, True))

    def run(x: Any) -> Any:
        if x.size > FEW or x.shape[axis] > SHORT:
            return impl(x)
        e = x - _top(x, axis, None, None, True)
        _exp(e, e)
        return _divide(e, total(e), e)

    def run_log(x: Any) -> Any:
        if x.size > FEW or x.shape[axis] > SHORT:
            return impl(x)
        y = x - _top(x, axis, None, None, True)
        return _subtract(y, _log(total(_exp(y))), y)
    return False, run if node.prim is softmax else run_log


def _place(node: Node, params: Any, shape: Any, back: bool) -> Found:
    axis, keeps, impl = node.params["axis"], node.params["keepdims"], implementation(node)
    if not node.args[0].ndim:
        return None
    if node.prim is argmax:
        return False, lambda x: x.argmax(axis, keepdims=keeps) if x.size <= FEW else impl(x)
    return False, lambda x: x.argmin(axis, keepdims=keeps) if x.size <= FEW else impl(x)


def _rows(node: Node, params: Any, shape: Any, back: bool) -> Found:
    impl = implementation(node)
    if not node.args[1].ndim:
        return None
    wide = node.args[1].dtype is int64

    def run(x: Any, places: Any) -> Any:
        if not (wide or places.size <= LISTED) or not within(places, len(x)):
            return impl(x, places)
        return x.take(places, 0)
    return False, run


def _take_along(node: Node, params: Any, shape: Any, back: bool) -> Found:
    x, places = node.args
    axis, impl = node.params["axis"], implementation(node)
    if places.dtype is not int64 or not places.ndim:
        return False, impl
    found = was_found(places, axis, x.shape[axis]) and places.args[0] is x

    def run(x: Any, places: Any) -> Any:
        if places.size > FEW or not (found or within(places, x.shape[axis])):
            return impl(x, places)
        start, step = starts(x.shape, places.shape, axis)
        return x.ravel().take(places * step + start)
    return False, run


@lru_cache(256)
def starts(shape: Any, places: Any, axis: int) -> tuple[Any, int]:
    """Where in the flattened array of a ``shape`` what is read along ``axis`` begins, for an array
    of ``places``; and how far it is from one place to the next."""
    start = np.zeros((1,) * len(shape), np.int64)
    for i, n in enumerate(places):
        if i != axis:
            along = np.arange(n) * math.prod(shape[i + 1:])
            start = start + along.reshape([-1 if k == i else 1 for k in range(len(shape))])
    start.flags.writeable = False
    return start, math.prod(shape[axis + 1:])


def _put_add_along(node: Node, params: Any, shape: Any, back: bool) -> Found:
    v, places = node.args
    axis, dtype, impl = node.params["axis"], node.dtype.numpy, node.prim.impl
    if places.dtype is not int64 or not places.ndim or node.dtype not in FLOATS or (
            v.ndim != places.ndim):
        return None
    once = places.shape[axis] == 1 and not follows(shape[axis])

    def run(sizes: Any, v: Any, places: Any) -> Any:
        wanted = resolved(shape, sizes)
        if places.size > FEW or v.shape != places.shape or not within(places, wanted[axis]):
            return impl(v, places, shape=wanted, axis=axis)
        start, step = starts(wanted, places.shape, axis)
        out, at = np.zeros(math.prod(wanted), dtype), places * step + start
        if once:
            out[at] = v
        else:
            add_at(out, at.ravel(), v.ravel())
        return out.reshape(wanted)
    return True, run


def _put_add(node: Node, params: Any, shape: Any, back: bool) -> Found:
    dims, dtype, impl = node.params["dims"], node.dtype.numpy, node.prim.impl
    if dims != tuple(range(len(dims))) or node.dtype not in FLOATS:
        return None
    rows = len(dims) == 1 and node.ndim > 1 and node.args[1].ndim == 1 and (
        node.args[1].dtype is int64 and node.args[0].dtype is node.dtype)

    def run(sizes: Any, v: Any, *arrays: Any) -> Any:
        wanted = resolved(shape, sizes)
        if v.size > FEW:
            return impl(v, *arrays, shape=wanted, dims=dims)
        if rows and v.size > BY_ELEMENTS and within(arrays[0], wanted[0]):
            return rows_added(v, arrays[0], wanted, dtype)
        out = np.zeros(wanted, dtype)
        try:
            add_at(out, arrays, v)
        except IndexError:
            return impl(v, *arrays, shape=wanted, dims=dims)
        return out
    return True, run


def _bounded(node: Node, params: Any, shape: Any, back: bool) -> Found:
    size, dim, impl = params["size"], params["dim"], node.prim.impl
    if not node.ndim or follows(dim):
        return None
    wide = node.dtype is int64

    def run(sizes: Any, places: Any) -> Any:
        end = resolved(size, sizes)
        if (wide or places.size <= LISTED) and places.size and within(places, end):
            return places
        return impl(places, size=end, dim=dim)
    return True, run


_RULES: dict[Primitive, Callable[[Node, Any, Any, bool], Found]] = {
    reshape: _reshape, broadcast_to: _broadcast_to, sum_: _sum, sum_to: _sum, softmax: _softmax,
    log_softmax: _softmax, argmax: _place, argmin: _place, rows: _rows, take_along: _take_along,
    bounded: _bounded, put_add: _put_add, put_add_along: _put_add_along}
