"""The primitives that move elements without computing: ends of graphs, shapes, slices, joins.

Each is linear; a primitive stands beside its transpose.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided

from .. import memory
from ..arrays import asarray, contiguous, copied, moved, place_of
from ..devices import CPU, check_device
from ..dtypes import DType
from ..errors import out_of_range
from ..graph import Jvp, Linear, Node, Primitive, Reduction, Shape, building, lift
from . import batching, patterns
from .adding import add_up
from .elementwise import add, common_dtype, zeros_of


def _same(x: Node, *rest: Node, **params: Any) -> tuple[Shape, DType]:
    return x.shape, x.dtype


def _identity(x: Any, *rest: Any, **params: Any) -> Any:
    return x


def _no_value(**params: Any) -> Any:
    raise AssertionError("an input has the value that it is given")


def _no_shape(**params: Any) -> tuple[Shape, DType]:
    raise AssertionError("an input is made with its shape")


# Ends of a graph. `input` and `number` get their values from outside; a gradient that reaches a
# `source` has arrived (a leaf, or the result of a custom function, whose inputs are the arguments
# after the first); none passes a `stop`.
input_ = Primitive("input", _no_value, _no_shape, (), "input")
number = Primitive("number", _no_value, _no_shape, (), "number")
source = Primitive("source", _identity, _same, (None,), "{0}", aliases=True, same_as=0)
stop = Primitive("stop", _identity, _same, (None,), "detach({0})", aliases=True, same_as=0)


alias = Primitive("alias", _identity, _same, (Linear(lambda ct, x: ct),), "{0}", aliases=True,
                  same_as=0, pattern=patterns.passing)
settle = Primitive("settle", _identity, _same, (Linear(lambda ct, x: ct),), "{0}", aliases=True,
                   same_as=0, pattern=patterns.passing)
"""The value of a view as that of a tensor of its own: elements count row by row from here."""
def _tie(ct: Node, y: Node, *xs: Node) -> Node:
    building.asked = True
    return tether(ct, *xs) if building.again else ct


piecewise = Primitive("piecewise", _identity, _same, (Linear(_tie), None), "{0}", aliases=True,
                      same_as=0, pattern=patterns.passing)
"""The value of the first argument, a function of the others whose gradient reads them, though it is
linear piece by piece: the gradient's derivative in them is zeros, and not that there is none."""
tether = Primitive(
    "tether", _identity, _same,
    lambda i: Linear((lambda ct, y, *xs: _tie(zeros(xs[i - 1].shape, xs[i - 1].dtype), y, ct)) if i
                     else (lambda ct, y, *xs: ct)), "{0}", aliases=True, same_as=0,
                     pattern=patterns.passing)
"""The value of the first argument; its derivative in each other is zeros."""
graft: Primitive = Primitive(
    "graft", lambda x, v: v, lambda x, v: (x.shape, x.dtype),
    (Jvp(lambda t, y, x, v: t), None), "{1}", aliases=True, same_as=1)
"""The value of the second argument with the derivative of the first: a write that autograd does
not see."""


def free(shape: Shape, dtype: DType, requires_grad: bool = False) -> Node:
    """A new input of a graph."""
    return Node(input_, (), {}, shape, dtype, requires_grad)


def _to_device(x: Any, device: str) -> Any:
    where = check_device(device)
    return x.copy() if place_of(x) is where else moved(x, where)


to_device: Primitive = Primitive(
    "to_device", _to_device, _same,
    (Linear(lambda ct, x, device: to_device(ct, device=str(x.device or CPU))),),
    "{0}.to({device})", pattern=patterns.passing)
"""A value's copy on another device."""


# Shape
def zeros(shape: Shape, dtype: DType) -> Node:
    """Zeros of a shape and dtype."""
    return full(lift(0), shape=shape, dtype=dtype)


full: Primitive = Primitive(
    "full", lambda value, shape, dtype: np.full(shape, np.asarray(value), dtype.numpy),
    lambda value, shape, dtype: (shape, dtype),
    (Linear(lambda ct, value, shape, dtype: cast_sum(ct, value)),), "full({shape}, {0})",
    batch=batching.filling, pattern=patterns.moving)


def cast_sum(ct: Node, value: Node) -> Node:
    return sum_to(ct, shape=value.shape)


broadcast_to: Primitive = Primitive(
    "broadcast_to", lambda x, shape: np.broadcast_to(x, shape), lambda x, shape: (shape, x.dtype),
    (Linear(lambda ct, x, shape: sum_to(ct, shape=x.shape)),), "broadcast({0}, {shape})",
    aliases=True, batch=batching.filling, pattern=patterns.moving)


def axes_to(shape: Shape, longer: Shape) -> Shape:
    """The axes of ``longer`` that are not in ``shape``, or have length 1 there."""
    lead = len(longer) - len(shape)
    return tuple(i for i, n in enumerate(longer)
                 if i < lead or (shape[i - lead] == 1 and n != 1))


def summed_axes(node: Node) -> Shape:
    return axes_to(node.shape, node.args[0].shape)


def _sum_to(x: Any, shape: Shape) -> Any:
    return add_up(x, axes_to(shape, x.shape), True).reshape(shape).astype(x.dtype, copy=False)


sum_to: Primitive = Primitive(
    "sum_to", _sum_to, lambda x, shape: (shape, x.dtype),
    (Linear(lambda ct, x, shape: broadcast_to(ct, shape=x.shape)),), "sum({0}, to={shape})",
    reduction=Reduction(add, 0, over=summed_axes), batch=batching.summing_to,
    pattern=patterns.turned)
reshape: Primitive = Primitive(
    "reshape", lambda x, shape: np.reshape(x, shape), lambda x, shape: (shape, x.dtype),
    (Linear(lambda ct, x, shape: reshape(ct, shape=x.shape)),), "reshape({0}, {shape})",
    aliases=True, pattern=patterns.moving)
transpose: Primitive = Primitive(
    "transpose", lambda x, perm: np.transpose(x, perm),
    lambda x, perm: (tuple(x.shape[i] for i in perm), x.dtype),
    (Linear(lambda ct, x, perm: transpose(ct, perm=_inverse(perm))),), "transpose({0}, {perm})",
    aliases=True, pattern=patterns.moving)
flip: Primitive = Primitive(
    "flip", lambda x, axes: copied(np.flip(x, axes)), _same,
    (Linear(lambda ct, x, axes: flip(ct, axes=axes)),), "flip({0}, {axes})",
    pattern=patterns.moving)
roll: Primitive = Primitive(
    "roll", lambda x, shifts, axes: np.roll(x, shifts, axes), _same,
    (Linear(lambda ct, x, shifts, axes: roll(ct, shifts=tuple(-s for s in shifts), axes=axes)),),
    "roll({0}, {shifts}, {axes})", pattern=patterns.moving)
copy: Primitive = Primitive(
    "copy", lambda x: copied(x), _same, (Linear(lambda ct, x: ct),), "copy({0})",
    pattern=patterns.passing)
lower: Primitive = Primitive(
    "lower", lambda x, k: np.tril(x, k), _same, (Linear(lambda ct, x, k: lower(ct, k=k)),),
    "lower triangle of {0} from {k}", pattern=patterns.moving)
upper: Primitive = Primitive(
    "upper", lambda x, k: np.triu(x, k), _same, (Linear(lambda ct, x, k: upper(ct, k=k)),),
    "upper triangle of {0} from {k}", pattern=patterns.moving)


def _inverse(perm: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(sorted(range(len(perm)), key=perm.__getitem__))


# Slices. The starts are runtime numbers, one for each of `axes`; lengths and steps are static.
def _no_start(start: int, size: int) -> IndexError:
    return IndexError(f"start out of range (expected to be in range of [{-size}, {size}], but got "
                      f"{start})")


def part_of(shape: Shape, starts: tuple[Any, ...], axes: Shape, lengths: Shape,
            steps: Shape) -> tuple[slice, ...]:
    index = [slice(None)] * len(shape)
    for axis, start, length, step in zip(axes, starts, lengths, steps, strict=True):
        first = int(start)
        if first < 0:
            first += shape[axis]
        if length == 0:
            if not 0 <= first <= shape[axis]:
                raise _no_start(int(start), shape[axis])
            index[axis] = slice(0, 0)
            continue
        last = first + (length - 1) * step
        if first < 0 or last >= shape[axis]:
            if length == 1:
                raise out_of_range(int(start), axis, shape[axis])
            if not 0 <= first <= shape[axis]:
                raise _no_start(int(start), shape[axis])
            raise RuntimeError(f"start ({first}) + length ({length}) exceeds dimension size "
                               f"({shape[axis]}).")
        index[axis] = slice(first, last + 1, step)
    return tuple(index)


def _slice(x: Any, *starts: Any, axes: Shape, lengths: Shape, steps: Shape) -> Any:
    return x[part_of(x.shape, starts, axes, lengths, steps)]


def _slice_infer(x: Node, *starts: Node, axes: Shape, lengths: Shape,
                 steps: Shape) -> tuple[Shape, DType]:
    shape = list(x.shape)
    for axis, length in zip(axes, lengths, strict=True):
        shape[axis] = length
    return tuple(shape), x.dtype


def _place(x: Any, *starts: Any, shape: Shape, axes: Shape, lengths: Shape, steps: Shape) -> Any:
    part = part_of(shape, starts, axes, lengths, steps)
    if len(axes) > 1 or steps[0] != 1 or type(x) is not np.ndarray or x.nbytes < memory.LARGE:
        out = np.zeros(shape, x.dtype)
    else:   # on memory that was used before
        out = memory.empty(shape, x.dtype)
        before, after = list(part), list(part)
        before[axes[0]] = slice(0, part[axes[0]].start)
        after[axes[0]] = slice(part[axes[0]].stop, None)
        out[tuple(before)] = out[tuple(after)] = 0
    out[part] = x
    return out


def _update(x: Any, v: Any, *starts: Any, axes: Shape, lengths: Shape, steps: Shape) -> Any:
    out = copied(x)
    out[part_of(out.shape, starts, axes, lengths, steps)] = v
    return out


slice_: Primitive = Primitive(
    "slice", _slice, _slice_infer,
    (Linear(lambda ct, x, *starts, **w: place(ct, *starts, shape=x.shape, **w)), None),
    "{0}[slice]", aliases=True, batch=batching.slicing, pattern=patterns.moving)
place: Primitive = Primitive(
    "place", _place, lambda x, *starts, shape, **w: (shape, x.dtype),
    (Linear(lambda ct, x, *starts, shape, **w: slice_(ct, *starts, **w)), None),
    "place({0}, {shape})", batch=batching.slicing, pattern=patterns.moving)
update: Primitive = Primitive(
    "update", _update, lambda x, v, *starts, **w: (x.shape, common_dtype((x, v))),
    (Linear(lambda ct, x, v, *starts, **w: update(ct, zeros_of(ct), *starts, **w), jointly=True),
     Linear(lambda ct, x, v, *starts, **w: slice_(ct, *starts, **w), jointly=True), None),
    "update({0}, {1})", batch=batching.slicing, pattern=patterns.moving)


# Windows: element `i, j, ...` is the argument's at `start + i * moves[0] + j * moves[1] + ...`,
# where each move is a step in every dimension. Diagonals and sliding windows are of this kind.
Moves = tuple[Shape, ...]


def _window_on(x: Any, size: Shape, moves: Moves, start: Shape) -> Any:
    if 0 in size:
        return np.zeros(size, x.dtype)
    corner = x[tuple(slice(i, None) for i in start)]
    strides = [sum(m * s for m, s in zip(move, x.strides, strict=True)) for move in moves]
    return as_strided(corner, size, strides)


def _window_place(v: Any, shape: Shape, size: Shape, moves: Moves, start: Shape) -> Any:
    v = asarray(v)
    if 0 not in size and overlaps(size, window_strides(moves, shape)):
        places = _window_on(np.arange(math.prod(shape)).reshape(shape), size, moves, start)
        return add_at(math.prod(shape), places, v).reshape(shape)
    out = np.zeros(shape, v.dtype)
    _window_on(out, size, moves, start)[...] = v
    return out


def _window_update(x: Any, v: Any, size: Shape, moves: Moves, start: Shape) -> Any:
    out = copied(x)
    _window_on(out, size, moves, start)[...] = v
    return out


def window_strides(moves: Moves, shape: Shape) -> Shape:
    """How far apart in memory the elements of a window lie, if those of ``shape`` lie row by
    row."""
    strides = [math.prod(shape[i + 1:]) for i in range(len(shape))]
    return tuple(sum(m * s for m, s in zip(move, strides, strict=True)) for move in moves)


def overlaps(size: Shape, strides: Shape) -> bool:
    """Whether two elements of a window may be the same element of memory."""
    reach = 0
    for step, length in sorted(zip(strides, size, strict=True)):
        if length > 1:
            if step <= reach:
                return True
            reach += (length - 1) * step
    return False


def add_at(size: int, places: Any, values: Any) -> Any:
    """Zeros, ``size`` of them, with ``values`` added at ``places``; both of one shape.

    Every sum of values at places ends here, in ``np.add.at`` in one dimension, its fast form.
    """
    values = asarray(values)
    dtype = values.dtype
    places = asarray(places).reshape(-1)
    if dtype.kind == "c":
        pairs = contiguous(values).reshape(-1).view(dtype.char.lower())
        places = (2 * places[:, None] + np.arange(2)).reshape(-1)
        return add_at(2 * size, places, pairs).view(dtype)
    out = np.zeros(size, np.float32 if is_half(dtype) else dtype)
    np.add.at(out, places, values.reshape(-1).astype(out.dtype, copy=False))
    return out.astype(dtype, copy=False)


def is_half(dtype: np.dtype[Any]) -> bool:
    """Whether a NumPy dtype is float16 or bfloat16, in which sums are made in float32."""
    return dtype.itemsize == 2 and dtype.kind not in "iu"


window: Primitive = Primitive(
    "window", _window_on, lambda x, size, moves, start: (size, x.dtype),
    (Linear(lambda ct, x, **w: window_place(ct, shape=x.shape, **w)),),
    "{0}[{start} + i {moves}]", aliases=True, batch=batching.windows, pattern=patterns.moving)
window_place: Primitive = Primitive(
    "window_place", _window_place, lambda v, shape, **w: (shape, v.dtype),
    (Linear(lambda ct, v, shape, **w: window(ct, **w)),),
    "add {0} into zeros({shape})[{start} + i {moves}]", batch=batching.windows,
    pattern=patterns.turned)
window_update: Primitive = Primitive(
    "window_update", _window_update, lambda x, v, **w: (x.shape, common_dtype((x, v))),
    (Linear(lambda ct, x, v, **w: window_update(ct, zeros_of(ct), **w), jointly=True),
     Linear(lambda ct, x, v, **w: window(ct, **w), jointly=True)),
    "{0} with {1} at [{start} + i {moves}]", batch=batching.windows, pattern=patterns.moving)


# Joins
def _joined(*args: Node, axis: int) -> tuple[Shape, DType]:
    shape = list(args[0].shape)
    shape[axis] = sum(arg.shape[axis] for arg in args)
    return tuple(shape), common_dtype(args)


concatenate = Primitive(
    "concatenate", lambda *xs, axis: np.concatenate(xs, axis), _joined,
    lambda i: Linear(lambda ct, *xs, axis: piece(ct, xs, i, axis), jointly=True), "cat({axis})",
    pattern=patterns.moving)


def piece(ct: Node, args: tuple[Node, ...], i: int, axis: int) -> Node:
    """The part of ``ct`` that argument ``i`` of a concatenation made."""
    start = sum(arg.shape[axis] for arg in args[:i])
    return slice_(ct, lift(start), axes=(axis,), lengths=(args[i].shape[axis],), steps=(1,))
