"""NumPy's functions that move elements: shapes, joins, parts, copies, padding, indexing."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

import wengert as torch

from ...engine.recording.flushing import value
from .operands import axes_of, axis_of, cast, common, kind, places, promoted, tensor

Function = Callable[..., Any]


def reshape(a: Any, /, shape: Any, order: str = "C", *, copy: Any = None) -> Any:
    x = tensor(a)
    shape = tuple(shape) if isinstance(shape, (tuple, list)) else (int(shape),)
    if order == "F":
        if -1 in shape:
            rest = -math.prod(shape)
            shape = tuple([math.prod(x.shape) // rest if n == -1 else n for n in shape])
        return x.permute(tuple(range(x.ndim))[::-1]).reshape(shape[::-1]).permute(
            tuple(range(len(shape)))[::-1])
    return x.reshape(tuple(map(int, shape)))


def ravel(a: Any, order: str = "C") -> Any:
    return reshape(a, -1, order)


def transpose(a: Any, axes: Any = None) -> Any:
    x = tensor(a)
    axes = tuple(range(x.ndim))[::-1] if axes is None else axes_of(axes, x.ndim)
    if len(axes) != x.ndim:
        raise ValueError("axes don't match array")
    return x.permute(axes)


def matrix_transpose(x: Any, /) -> Any:
    return swapaxes(x, -1, -2)


def swapaxes(a: Any, axis1: int, axis2: int) -> Any:
    x = tensor(a)
    return x.transpose(axis_of(axis1, x.ndim), axis_of(axis2, x.ndim))


def moveaxis(a: Any, source: Any, destination: Any) -> Any:
    x = tensor(a)
    return torch.movedim(x, axes_of(source, x.ndim), axes_of(destination, x.ndim))


def rollaxis(a: Any, axis: int, start: int = 0) -> Any:
    x = tensor(a)
    axis, start = axis_of(axis, x.ndim), start + x.ndim * (start < 0)
    return torch.movedim(x, axis, start - (axis < start))


def expand_dims(a: Any, axis: Any) -> Any:
    x = tensor(a)
    given = tuple(axis) if isinstance(axis, (tuple, list)) else (axis,)
    new = axes_of(given, x.ndim + len(given))
    rest = iter(x.shape)
    return x.reshape([1 if d in new else next(rest) for d in range(x.ndim + len(new))])


def squeeze(a: Any, axis: Any = None) -> Any:
    x = tensor(a)
    axes = [d for d, n in enumerate(x.shape) if n == 1] if axis is None else axes_of(axis, x.ndim)
    if [d for d in axes if x.shape[d] != 1]:
        raise ValueError("cannot select an axis to squeeze out which has size not equal to one")
    return x.reshape([n for d, n in enumerate(x.shape) if d not in axes])


def at_least(function: Function) -> Function:
    def each(*arys: Any) -> Any:
        found = tuple([function(tensor(a)) for a in arys])
        return found[0] if len(found) == 1 else found
    return each


atleast_1d = at_least(torch.atleast_1d)
atleast_2d = at_least(torch.atleast_2d)
atleast_3d = at_least(torch.atleast_3d)


def broadcast_to(array: Any, shape: Any, subok: bool = False) -> Any:
    shape = tuple(shape) if isinstance(shape, (tuple, list)) else (shape,)
    return torch.broadcast_to(tensor(array), shape)


def broadcast_arrays(*args: Any, subok: bool = False) -> Any:
    return tuple(torch.broadcast_tensors(*map(tensor, args)))


def flip(m: Any, axis: Any = None) -> Any:
    x = tensor(m)
    return torch.flip(x, axes_of(axis, x.ndim))


def roll(a: Any, shift: Any, axis: Any = None) -> Any:
    x = tensor(a)
    if axis is None:
        return torch.roll(x.reshape(-1), int(shift), 0).reshape(x.shape)
    axes = axes_of(axis, x.ndim)
    shifts = shift if isinstance(shift, (tuple, list)) else (shift,) * len(axes)
    return torch.roll(x, tuple(map(int, shifts)), axes)


def rot90(m: Any, k: int = 1, axes: Any = (0, 1)) -> Any:
    return torch.rot90(tensor(m), k, axes)


def tile(A: Any, reps: Any) -> Any:
    return torch.tile(tensor(A), tuple(reps) if isinstance(reps, (tuple, list)) else (int(reps),))


def repeat(a: Any, repeats: Any, axis: Any = None) -> Any:
    x = tensor(a)
    counts = repeats if isinstance(repeats, int) else places(repeats)
    if axis is None:
        x, axis = x.reshape(-1), 0
    if not isinstance(counts, int) and (counts.ndim == 0 or tuple(counts.shape) == (1,)):
        counts = int(counts)
    return torch.repeat_interleave(x, counts, axis_of(axis, x.ndim))


def resize(a: Any, new_shape: Any) -> Any:
    flat = tensor(a).reshape(-1)
    shape = tuple(new_shape) if isinstance(new_shape, (tuple, list)) else (new_shape,)
    n = math.prod(shape)
    return torch.tile(flat, (-(-n // flat.shape[0]),))[:n].reshape(shape)


# Joins
def concatenate(arrays: Any, /, axis: Any = 0, out: None = None, *, dtype: Any = None,
                casting: str = "same_kind") -> Any:
    parts = promoted(*arrays) if not hasattr(arrays, "unbind") else list(arrays.unbind(0))
    if axis is None:
        parts, axis = [p.reshape(-1) for p in parts], 0
    if any(p.ndim == 0 for p in parts):
        raise ValueError("zero-dimensional arrays cannot be concatenated")
    if len({p.ndim for p in parts}) > 1:
        raise ValueError("all the input array dimensions except for the concatenation axis must "
                         "match exactly, but along dimension 0, the arrays have different numbers "
                         f"of dimensions: {[p.ndim for p in parts]}")
    return cast(torch.cat(parts, axis_of(axis, parts[0].ndim)), dtype)


def stack(arrays: Any, axis: int = 0, out: None = None, *, dtype: Any = None,
          casting: str = "same_kind") -> Any:
    parts = promoted(*arrays)
    if len({tuple(p.shape) for p in parts}) != 1:
        raise ValueError("all input arrays must have the same shape")
    return cast(torch.stack(parts, axis_of(axis, parts[0].ndim + 1)), dtype)


def joining(function: Function) -> Function:
    def join(tup: Any, *, dtype: Any = None, casting: str = "same_kind") -> Any:
        return cast(function(promoted(*tup)), dtype)
    return join


hstack, vstack, dstack = joining(torch.hstack), joining(torch.vstack), joining(torch.dstack)
column_stack = joining(torch.column_stack)


def append(arr: Any, values: Any, axis: Any = None) -> Any:
    return concatenate((arr, values), axis)


def block(arrays: Any) -> Any:
    def depth(a: Any) -> int:
        return 1 + max(map(depth, a)) if isinstance(a, list) and a else int(isinstance(a, list))

    levels = depth(arrays)

    def joined(a: Any, level: int) -> Any:
        if not isinstance(a, list):
            x = tensor(a)
            return x.reshape((1,) * (ndim - x.ndim) + tuple(x.shape))
        return concatenate([joined(each, level + 1) for each in a], axis=ndim - levels + level)

    def ndims(a: Any) -> int:
        return max(map(ndims, a)) if isinstance(a, list) else tensor(a).ndim

    ndim = max(levels, ndims(arrays))
    return joined(arrays, 0)


# Parts
def array_split(ary: Any, indices_or_sections: Any, axis: int = 0) -> Any:
    x = tensor(ary)
    return list(torch.tensor_split(x, sections(indices_or_sections), axis_of(axis, x.ndim)))


def sections(given: Any) -> Any:
    return int(given) if np.ndim(given) == 0 else tuple(np.asarray(given).tolist())


def split(ary: Any, indices_or_sections: Any, axis: int = 0) -> Any:
    x = tensor(ary)
    at = sections(indices_or_sections)
    if isinstance(at, int) and x.shape[axis] % at:
        raise ValueError("array split does not result in an equal division")
    return array_split(x, at, axis)


def hsplit(ary: Any, indices_or_sections: Any) -> Any:
    return split(ary, indices_or_sections, 1 if tensor(ary).ndim > 1 else 0)


def vsplit(ary: Any, indices_or_sections: Any) -> Any:
    return split(ary, indices_or_sections, 0)


def dsplit(ary: Any, indices_or_sections: Any) -> Any:
    return split(ary, indices_or_sections, 2)


def unstack(x: Any, /, *, axis: int = 0) -> Any:
    x = tensor(x)
    return tuple(torch.unbind(x, axis_of(axis, x.ndim)))


def take(a: Any, indices: Any, axis: Any = None, out: None = None, mode: str = "raise") -> Any:
    x, index = tensor(a), places(indices)
    if axis is None:
        x, axis = x.reshape(-1), 0
    axis = axis_of(axis, x.ndim)
    if mode == "wrap":
        index = index % x.shape[axis]
    elif mode == "clip":
        index = torch.clip(index, 0, x.shape[axis] - 1)
    return x[(slice(None),) * axis + (index,)]


def take_along_axis(arr: Any, indices: Any, axis: Any = -1) -> Any:
    x, index = tensor(arr), places(indices)
    if axis is None:
        return torch.take_along_dim(x.reshape(-1), index, 0)
    axis = axis_of(axis, x.ndim)
    return torch.take_along_dim(x, index % x.shape[axis], axis)


def compress(condition: Any, a: Any, axis: Any = None, out: None = None) -> Any:
    return take(a, np.flatnonzero(value(tensor(condition))), axis)


def extract(condition: Any, arr: Any) -> Any:
    return compress(tensor(condition).reshape(-1), arr)


def delete(arr: Any, obj: Any, axis: Any = None) -> Any:
    x = tensor(arr)
    if axis is None:
        x, axis = x.reshape(-1), 0
    axis = axis_of(axis, x.ndim)
    gone = obj if isinstance(obj, slice) else value(tensor(obj))
    left = np.delete(np.arange(x.shape[axis]), gone)
    return take(x, left, axis)


def insert(arr: Any, obj: Any, values: Any, axis: Any = None) -> Any:
    x = tensor(arr)
    if axis is None:
        x, axis = x.reshape(-1), 0
    axis = axis_of(axis, x.ndim)
    new = cast(tensor(values), kind(x))
    n = x.shape[axis]
    at = np.arange(n)[obj] if isinstance(obj, slice) else np.asarray(value(tensor(obj)))
    alone = at.ndim == 0
    order = np.insert(np.arange(n), at, -1, axis=0) if not alone else None
    if order is None:
        count = new.shape[axis] if new.ndim == x.ndim else 1
        at = np.full(count, int(at))
        order = np.insert(np.arange(n), at, -1)
    order = np.asarray(order)
    order[order == -1] = n + np.argsort(np.argsort(at, kind="stable"))[
        np.arange((order == -1).sum())] if alone else n + np.argsort(at, kind="stable")
    shape = [len(at) if d == axis else m for d, m in enumerate(x.shape)]
    if new.ndim == 1 and x.ndim > 1 and alone:
        new = new.reshape([1 if d == axis else m for d, m in enumerate(shape)])
    return take(torch.cat([x, torch.broadcast_to(new, shape)], axis), order, axis)


def diagonal(a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    return torch.diagonal(tensor(a), offset, axis1, axis2)


def linalg_diagonal(x: Any, /, *, offset: int = 0) -> Any:
    return torch.diagonal(tensor(x), offset, -2, -1)


def diag(v: Any, k: int = 0) -> Any:
    return torch.diag(tensor(v), k)


def diagflat(v: Any, k: int = 0) -> Any:
    return torch.diagflat(tensor(v), k)


def tril(m: Any, k: int = 0) -> Any:
    return torch.tril(tensor(m), k)


def triu(m: Any, k: int = 0) -> Any:
    return torch.triu(tensor(m), k)


def trim_zeros(filt: Any, trim: str = "fb", axis: Any = None) -> Any:
    x = tensor(filt)
    index = np.flatnonzero(value(x))
    if not len(index):
        return x[:0]
    start = index[0] if "f" in trim.lower() else 0
    end = index[-1] + 1 if "b" in trim.lower() else x.shape[0]
    return x[int(start):int(end)]


def sliding_window_view(x: Any, window_shape: Any, axis: Any = None, *, subok: bool = False,
                        writeable: bool = False) -> Any:
    x = tensor(x)
    sizes = window_shape if isinstance(window_shape, (tuple, list)) else (window_shape,)
    for d, n in zip(axes_of(axis, x.ndim), sizes, strict=True):
        x = x.unfold(d, n, 1)
    return x


# Padding
def pad(array: Any, pad_width: Any, mode: str = "constant", *, constant_values: Any = 0) -> Any:
    x = tensor(array)
    widths = np.broadcast_to(np.asarray(pad_width), (x.ndim, 2)).tolist()
    if mode == "constant":
        values = tensor(constant_values)
        values = torch.broadcast_to(cast(values, kind(x)), (x.ndim, 2))
        for d, (before, after) in enumerate(widths):
            x = torch.cat([filled(x, d, before, values[d, 0]), x,
                           filled(x, d, after, values[d, 1])], d)
        return x
    if mode not in ("edge", "wrap", "reflect", "symmetric"):
        raise NotImplementedError(f"np.pad of a tensor with mode={mode!r}: the modes are constant, "
                                  "edge, wrap, reflect and symmetric")
    for d, width in enumerate(widths):
        x = take(x, np.pad(np.arange(x.shape[d]), width, mode=mode), d)   # type: ignore[call-overload]
    return x


def filled(x: Any, d: int, n: int, number: Any) -> Any:
    """``n`` slices of one number along an axis."""
    return torch.broadcast_to(number, [n if k == d else m for k, m in enumerate(x.shape)])


# Copies and arrays like others
def copy(a: Any, order: str = "K", subok: bool = False) -> Any:
    return tensor(a).clone()


def astype(x: Any, dtype: Any, /, *, copy: bool = True, device: Any = None) -> Any:
    x = tensor(x)
    return cast(x.clone() if copy and kind(x) == np.dtype(dtype) else x, dtype)


def like(function: Function) -> Function:
    """``np.zeros_like`` and its like."""
    def made(a: Any, dtype: Any = None, order: str = "K", subok: bool = True, shape: Any = None, *,
             device: Any = None) -> Any:
        x = tensor(a)
        shape = x.shape if shape is None else shape if isinstance(
            shape, (tuple, list)) else (shape,)
        return function(tuple(shape), dtype=cast(x[:0] if x.ndim else x, dtype).dtype)
    return made


zeros_like, ones_like, empty_like = like(torch.zeros), like(torch.ones), like(torch.zeros)


def full_like(a: Any, fill_value: Any, dtype: Any = None, order: str = "K", subok: bool = True,
              shape: Any = None, *, device: Any = None) -> Any:
    base = zeros_like(a, dtype, shape=shape)
    return torch.broadcast_to(cast(tensor(fill_value), kind(base)), base.shape).clone()


def made(function: Function) -> Function:
    """A function of NumPy's that makes an array, called with ``like=``."""
    def make(*args: Any, **kwargs: Any) -> Any:
        return tensor(function(*args, **kwargs))
    return make


def as_is(a: Any, dtype: Any = None, *args: Any, **kwargs: Any) -> Any:
    """``np.asarray(x, like=tensor)`` and its like."""
    return cast(tensor(a), dtype)


def meshgrid(*xi: Any, copy: bool = True, sparse: bool = False, indexing: str = "xy") -> Any:
    xs = [tensor(x).reshape(-1) for x in xi]
    n = len(xs)
    order = list(range(n))
    if indexing == "xy" and n > 1:
        order[:2] = [1, 0]
    shaped = [x.reshape([-1 if order[k] == d else 1 for d in range(n)]) for k, x in enumerate(xs)]
    return tuple(shaped) if sparse else tuple(torch.broadcast_tensors(*shaped))


def linspace(start: Any, stop: Any, num: int = 50, endpoint: bool = True, retstep: bool = False,
             dtype: Any = None, axis: int = 0, *, device: Any = None) -> Any:
    a, b = promoted(start, stop, least=np.float64 if common(start, stop).kind in "biu" else None)
    div = num - 1 if endpoint else num
    steps = cast(tensor(np.arange(num)), kind(a)).reshape((-1,) + (1,) * max(a.ndim, b.ndim))
    step = (b - a) / max(div, 1)
    found = a + steps * step
    if endpoint and num > 1:
        found = torch.cat([found[:-1], torch.broadcast_to(b, found.shape[1:])[None]])
    found = cast(found.movedim(0, axis) if found.ndim > 1 else found, dtype)
    return (found, step) if retstep else found


def logspace(start: Any, stop: Any, num: int = 50, endpoint: bool = True, base: Any = 10.0,
             dtype: Any = None, axis: int = 0) -> Any:
    return cast(torch.pow(tensor(base), linspace(start, stop, num, endpoint, axis=axis)), dtype)


def geomspace(start: Any, stop: Any, num: int = 50, endpoint: bool = True, dtype: Any = None,
              axis: int = 0) -> Any:
    a, b = promoted(start, stop, least=np.float64)
    return cast(torch.exp(linspace(torch.log(a), torch.log(b), num, endpoint, axis=axis)), dtype)


# Writing
def copyto(dst: Any, src: Any, casting: str = "same_kind", where: Any = True) -> None:
    x, new = written(dst, "copyto"), cast(tensor(src), kind(dst))
    x.copy_(new if where is True else torch.where(cast(tensor(where), bool), new, x))


def written(x: Any, name: str) -> Any:
    """``x``, to which a function writes; RuntimeError if it is an array of NumPy's."""
    if isinstance(x, np.ndarray):
        raise RuntimeError(f"np.{name}: a NumPy array holds values and no derivatives: make the "
                           "array that is written to by np.zeros_like(tensor) or "
                           "np.zeros(shape, like=tensor)")
    return x


def put(a: Any, ind: Any, v: Any, mode: str = "raise") -> None:
    x = written(a, "put")
    index = places(ind)
    x.view(-1)[index] = cast(tensor(v), kind(x))


def putmask(a: Any, mask: Any, values: Any) -> None:
    x = written(a, "putmask")
    new = resize(cast(tensor(values), kind(x)), tuple(x.shape))
    x.copy_(torch.where(cast(tensor(mask), bool), new, x))


def put_along_axis(arr: Any, indices: Any, values: Any, axis: Any) -> None:
    x = written(arr, "put_along_axis")
    index = places(indices)
    axis = axis_of(axis, x.ndim)
    new = torch.broadcast_to(cast(tensor(values), kind(x)), index.shape)
    x.copy_(torch.scatter(x, axis, index % x.shape[axis], new))


def fill_diagonal(a: Any, val: Any, wrap: bool = False) -> None:
    x = written(a, "fill_diagonal")
    new = cast(tensor(val), kind(x))
    on = torch.diagonal(x)
    on.copy_(torch.broadcast_to(new, on.shape))
