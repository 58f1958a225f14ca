"""The primitives that read and write at places given by integer arrays.

Each is linear in its values; reading (:data:`index`, :data:`take_along`) stands beside adding up
(:data:`put_add`, :data:`put_add_along`), its transpose, and replacing (:data:`index_put`,
:data:`put_along`). Places are checked when the program runs; the error, of PyTorch's type,
names the first bad one.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ..arrays import asarray, contiguous, copied
from ..dtypes import DType, bool_, int64
from ..errors import out_of_range
from ..graph import Jvp, Linear, Node, Primitive, Shape, lift
from . import batching, patterns
from .elementwise import broadcast_shape, cast, common_dtype, eq, mask, where, zeros_of
from .structural import add_at, reshape

Arrays = tuple[Any, ...]


# Places as arrays that index some dimensions, one array for each of `dims`, which broadcast.
def joint_index(ndim: int, arrays: Arrays, dims: Shape) -> tuple[Any, ...]:
    places: list[Any] = [slice(None)] * ndim
    for dim, array in zip(dims, arrays, strict=True):
        places[dim] = array
    return tuple(places)


def _beyond(shape: Shape, arrays: Arrays, dims: Shape) -> IndexError:
    """The error for the first place that is out of range."""
    for dim, array in zip(dims, arrays, strict=True):
        size = shape[dim]
        for place in np.ravel(array):
            if not -size <= place < size:
                return out_of_range(int(place), dim, size)
    raise AssertionError("all places are in range")


def adjacent(dims: Shape) -> bool:
    """Whether ``dims`` follow each other, so that the result of indexing has its new dimensions
    where they were; otherwise it has them in front."""
    return dims[-1] - dims[0] == len(dims) - 1


def indexed_shape(shape: Shape, places: Shape, dims: Shape) -> Shape:
    """The shape of the result where arrays that broadcast to ``places`` index ``dims``."""
    at = dims[0] if adjacent(dims) else 0
    rest = tuple(n for i, n in enumerate(shape) if i not in dims)
    return rest[:at] + places + rest[at:]


def _index(x: Any, *arrays: Any, dims: Shape) -> Any:
    try:
        if len(dims) == 1:
            return np.take(x, arrays[0], dims[0])
        out = x[joint_index(x.ndim, arrays, dims)]
    except IndexError:
        raise _beyond(x.shape, arrays, dims) from None
    return out if any(map(np.ndim, arrays)) else copied(out)


def _index_put(x: Any, v: Any, *arrays: Any, dims: Shape) -> Any:
    out = copied(x)
    if len(arrays) > 1 or np.ndim(arrays[0]) > 1:       # in this layout the last write stays
        arrays = tuple(map(contiguous, np.broadcast_arrays(*arrays)))
    try:
        out[joint_index(out.ndim, arrays, dims)] = v
    except IndexError:
        raise _beyond(out.shape, arrays, dims) from None
    return out


def _rows(arrays: Arrays, shape: Shape, dims: Shape) -> Any:
    """The places in the indexed dimensions, flattened, as one array."""
    rows = np.zeros(np.broadcast_shapes(*map(np.shape, arrays)), np.intp)
    for dim, array in zip(dims, arrays, strict=True):
        rows = rows * shape[dim] + _in_range(array, dim, shape[dim])
    return rows


def _lasts(*arrays: Any, shape: Shape, dims: Shape) -> Any:
    rows = _rows(arrays, shape, dims)
    order = np.arange(rows.size).reshape(rows.shape)
    writer = np.empty(math.prod(shape[d] for d in dims), np.intp)
    writer[rows.reshape(-1)] = order.reshape(-1)
    return writer[rows] == order


def _put_add(v: Any, *arrays: Any, shape: Shape, dims: Shape) -> Any:
    v = asarray(v)
    rows = _rows(arrays, shape, dims)
    count = rows.ndim
    if adjacent(dims) and dims[0]:
        v = np.moveaxis(v, range(dims[0], dims[0] + count), range(count))
    rest = v.shape[count:]
    length = math.prod(rest)
    places = rows.reshape(-1, 1) * length + np.arange(length)
    out = add_at(math.prod(shape), places, v)
    out = out.reshape([shape[d] for d in dims] + list(rest))
    return np.moveaxis(out, range(len(dims)), dims)


def _in_range(array: Any, dim: int, size: int) -> Any:
    """``array`` with its negative places counted from the front."""
    array = asarray(array)
    if array.size == 0 or (array.min() >= 0 and array.max() < size):
        return array
    if array.min() < -size or array.max() >= size:
        raise _beyond((size,) * (dim + 1), (array,), (dim,))
    return np.where(array < 0, array + size, array)


index: Primitive = Primitive(
    "index", _index,
    lambda x, *arrays, dims: (
        indexed_shape(x.shape, broadcast_shape(*(a.shape for a in arrays)), dims), x.dtype),
    (Linear(lambda ct, x, *arrays, dims: put_add(ct, *arrays, shape=x.shape, dims=dims)), None),
    "{0}[arrays at {dims}]", batch=batching.indexing, pattern=patterns.moving)
put_add: Primitive = Primitive(
    "put_add", _put_add, lambda v, *arrays, shape, dims: (shape, v.dtype),
    (Linear(lambda ct, v, *arrays, shape, dims: index(ct, *arrays, dims=dims)), None),
    "add {0} into zeros({shape})[arrays at {dims}]", batch=batching.adding_at,
    pattern=patterns.turned)
index_put: Primitive = Primitive(
    "index_put", _index_put, lambda x, v, *arrays, dims: (x.shape, common_dtype((x, v))),
    (Linear(lambda ct, x, v, *arrays, dims: index_put(ct, zeros_of(ct), *arrays, dims=dims),
            jointly=True),
     Linear(lambda ct, x, v, *arrays, dims: index(ct, *arrays, dims=dims) * _stays(
         ct, arrays, dims), jointly=True), None),
    "{0} with {1} at [arrays at {dims}]", batch=batching.putting, pattern=patterns.moving)
lasts = Primitive(
    "lasts", _lasts,
    lambda *arrays, shape, dims: (broadcast_shape(*(a.shape for a in arrays)), bool_), (None,),
    "last writes of [arrays at {dims}]", batch=batching.last_writes)
"""Which writes to the places that arrays index are not overwritten by a later one."""


def _stays(ct: Node, arrays: tuple[Node, ...], dims: Shape) -> Node:
    """1 where a written value stays, 0 where a later one of the same write overwrites it."""
    if not any(array.shape for array in arrays):
        return lift(1)
    stays = lasts(*arrays, shape=ct.shape, dims=dims)
    behind = ct.ndim - len(dims) - (dims[0] if adjacent(dims) else 0)
    return cast(reshape(stays, shape=stays.shape + (1,) * behind), dtype=ct.dtype)


# Places along one axis: `index[i, j, k]` replaces the coordinate of `axis`; in the other
# dimensions an index may be smaller than the array, and then covers its first elements.
def _covered(x: Any, places: Any, axis: int) -> Any:
    return x[tuple(slice(None) if i == axis else slice(n) for i, n in enumerate(places.shape))]


def _checked(places: Any, axis: int, size: int) -> Any:
    if places.size and np.maximum.reduce(places.view(np.uint64), axis=None) >= size:
        bad = places[(places < 0) | (places >= size)]
        raise RuntimeError(str(out_of_range(int(bad[0]), axis, size)))
    return places


def _take_along(x: Any, places: Any, axis: int) -> Any:
    _checked(places, axis, x.shape[axis])
    if places.ndim == 1:   # without what NumPy does for any axis
        return x[places]
    return np.take_along_axis(_covered(x, places, axis), places, axis)


def _put_along(x: Any, v: Any, places: Any, axis: int) -> Any:
    out = copied(x)
    _checked(places, axis, out.shape[axis])
    np.put_along_axis(_covered(out, places, axis), contiguous(places), v, axis)
    return out


def _lasts_along(places: Any, size: int, axis: int) -> Any:
    order = np.arange(places.shape[axis])
    order = order.reshape([-1 if i == axis else 1 for i in range(places.ndim)])
    shape = list(places.shape)
    shape[axis] = size
    writer = np.empty(shape, np.intp)
    np.put_along_axis(writer, contiguous(places), order, axis)
    return np.take_along_axis(writer, places, axis) == order


def _flat(places: Any, shape: Shape, axis: int) -> Any:
    """The places along ``axis`` as places in the flattened array."""
    out = _checked(places, axis, shape[axis])
    step = 1
    for i in reversed(range(len(shape))):
        if i == axis:
            out = out + places * (step - 1)
        else:
            rows = np.arange(places.shape[i]) * step
            out = out + rows.reshape([-1 if k == i else 1 for k in range(len(shape))])
        step *= shape[i]
    return out


def _put_add_along(v: Any, places: Any, shape: Shape, axis: int) -> Any:
    if places.shape[axis] == 1:
        out = np.zeros(shape, v.dtype)
        np.put_along_axis(_covered(out, places, axis), _checked(places, axis, shape[axis]), v, axis)
        return out
    return add_at(math.prod(shape), _flat(places, shape, axis), v).reshape(shape)


take_along: Primitive = Primitive(
    "take_along", _take_along, lambda x, places, axis: (places.shape, x.dtype),
    (Linear(lambda ct, x, places, axis: put_add_along(ct, places, shape=x.shape, axis=axis)), None),
    "take_along({0}, {1}, {axis})", batch=batching.along, pattern=patterns.moving)
put_add_along: Primitive = Primitive(
    "put_add_along", _put_add_along, lambda v, places, shape, axis: (shape, v.dtype),
    (Linear(lambda ct, v, places, shape, axis: take_along(ct, places, axis=axis)), None),
    "add {0} into zeros({shape}) along {axis} at {1}", batch=batching.along,
    pattern=patterns.turned)
put_along: Primitive = Primitive(
    "put_along", _put_along, lambda x, v, places, axis: (x.shape, common_dtype((x, v))),
    (Linear(lambda ct, x, v, places, axis: put_along(ct, zeros_of(ct), places, axis=axis),
            jointly=True),
     Linear(lambda ct, x, v, places, axis: take_along(ct, places, axis=axis) * _stays_along(
         ct, places, axis), jointly=True), None),
    "{0} with {1} along {axis} at {2}", batch=batching.along, pattern=patterns.moving)


lasts_along = Primitive(
    "lasts_along", _lasts_along, lambda places, size, axis: (places.shape, bool_), (None,),
    "last writes of {0} along {axis}")
"""Which writes along an axis are not overwritten by a later one."""


def _stays_along(ct: Node, places: Node, axis: int) -> Node:
    if places.shape[axis] == 1:
        return lift(1)
    return cast(lasts_along(places, size=ct.shape[axis], axis=axis), dtype=ct.dtype)


# Reductions into places along an axis: the result starts from `x`. A tie shares the derivative.
def _reducing(ufunc: np.ufunc) -> Callable[..., Any]:
    def reduce_at(x: Any, v: Any, places: Any, axis: int) -> Any:
        out = copied(x)
        ufunc.at(out.reshape(-1), _flat(places, out.shape, axis), v)
        return out
    return reduce_at


def _reduced(x: Node, v: Node, places: Node, axis: int) -> tuple[Shape, DType]:
    return x.shape, common_dtype((x, v))


def _shares(y: Node, x: Node, v: Node, places: Node, axis: int) -> tuple[Node, Node, Node]:
    """Which of ``x`` and of ``v`` are the extreme, and how many are so at each place."""
    here = eq(x, y)
    there = eq(v, take_along(y, places, axis=axis))
    sent = put_add_along(mask(there, y), places, shape=x.shape, axis=axis)
    return here, there, mask(here, y) + sent


def _own_share(t: Node, y: Node, x: Node, v: Node, places: Node, axis: int) -> Node:
    here, _, count = _shares(y, x, v, places, axis)
    return where(here, t / count, zeros_of(t))


def _sent_share(t: Node, y: Node, x: Node, v: Node, places: Node, axis: int) -> Node:
    _, there, count = _shares(y, x, v, places, axis)
    part = where(there, t / take_along(count, places, axis=axis), zeros_of(t))
    return put_add_along(part, places, shape=x.shape, axis=axis)


class _Zeros:
    """The zeros among the factors ``x`` and ``v`` of products: where they are (``own``, ``sent``),
    how many each place has (``count``), their sum and that of their squares, and the product of the
    ``rest``. The sums are 0, but their derivatives are those of what multiplies the rest."""

    def __init__(self, x: Node, v: Node, places: Node, axis: int) -> None:
        zero = zeros_of(x)

        def total(own: Node, sent: Node) -> Node:
            return own + put_add_along(sent, places, shape=x.shape, axis=axis)
        self.own, self.sent = eq(x, zero), eq(v, zero)
        x_zeros, v_zeros = where(self.own, x, zero), where(self.sent, v, zero)
        self.count = total(mask(self.own, x), mask(self.sent, v))
        self.sum = total(x_zeros, v_zeros)
        self.squares = total(x_zeros * x_zeros, v_zeros * v_zeros)
        self.rest = put_multiply(where(self.own, zero + 1, x), where(self.sent, zero + 1, v),
                                 places, axis=axis)


def _without(value: Node, is_zero: Node, count: Node, sum: Node, squares: Node,
             rest: Node) -> Node:
    """The product of the others, where ``value`` is a factor of a product: of the rest, and of no,
    one or two zeros."""
    zero = zeros_of(value)
    one = zero + 1
    own = where(is_zero, value, zero)
    others, sum, squares = count - mask(is_zero, value), sum - own, squares - own * own
    pairs = (sum * sum - squares) * 0.5
    zeros = where(eq(others, zero), one, where(eq(others, one), sum,
                                               where(eq(others, one + 1), pairs, zero)))
    return where(is_zero, rest, rest / where(is_zero, one, value)) * zeros


def _own_factor(t: Node, y: Node, x: Node, v: Node, places: Node, axis: int) -> Node:
    z = _Zeros(x, v, places, axis)
    return t * _without(x, z.own, z.count, z.sum, z.squares, z.rest)


def _sent_factor(t: Node, y: Node, x: Node, v: Node, places: Node, axis: int) -> Node:
    z = _Zeros(x, v, places, axis)
    found = [take_along(n, places, axis=axis) for n in (z.count, z.sum, z.squares, z.rest)]
    return put_add_along(t * _without(v, z.sent, *found), places, shape=x.shape, axis=axis)


put_maximum: Primitive = Primitive("put_maximum", _reducing(np.maximum), _reduced,
                        (Jvp(_own_share), Jvp(_sent_share), None),
                        "maximum of {0} and of {1} along {axis} at {2}", batch=batching.along)
put_minimum: Primitive = Primitive("put_minimum", _reducing(np.minimum), _reduced,
                        (Jvp(_own_share), Jvp(_sent_share), None),
                        "minimum of {0} and of {1} along {axis} at {2}", batch=batching.along)
put_multiply: Primitive = Primitive("put_multiply", _reducing(np.multiply), _reduced,
                         (Jvp(_own_factor), Jvp(_sent_factor), None),
                         "product of {0} and of {1} along {axis} at {2}", batch=batching.along)


# Masks
def _ranks(chosen: Any, size: int, lead: int = 0) -> Any:
    shape = np.shape(chosen)
    rows = np.reshape(chosen, (*shape[:lead], math.prod(shape[lead:])))
    ranks = np.cumsum(rows, -1, dtype=np.int64) - 1
    if ranks.size and (most := int(ranks[..., -1].max())) >= size:
        raise RuntimeError(
            f"masked_scatter: the mask has {most + 1} true elements, the source {size}")
    return np.maximum(ranks, 0).reshape(shape)


ranks = Primitive("ranks", _ranks, lambda chosen, size, lead=0: (chosen.shape, int64), (None,),
                  "ranks({0})", batch=batching.lead)
"""For each true element how many are true before it; an error if more than ``size`` are true. The
first ``lead`` dimensions count each for itself."""



# Places that may not be counted from the end
def _bounded(places: Any, size: int, dim: int | None) -> Any:
    places = asarray(places)
    if places.size and (places.min() < 0 or places.max() >= size):
        if dim is None:
            raise IndexError("index out of range in self")
        bad = places[(places < 0) | (places >= size)]
        raise RuntimeError(str(out_of_range(int(bad[0]), dim, size)))
    return places


bounded = Primitive("bounded", _bounded, lambda places, size, dim: (places.shape, places.dtype),
                    (None,), "{0}", aliases=True)
"""``places``, all of which are at least 0 and less than ``size``."""
