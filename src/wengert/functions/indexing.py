"""Reading and writing at indices: ``x[...]``, ``gather``, ``scatter`` and their kin.

``index_spec.parse`` turns an index expression into a :data:`Spec`, which is static, the integers
that it holds, which are runtime numbers, and its index tensors. The four forms of basic indexing
and :func:`advanced_index` read what it says, :func:`basic_set` and :func:`advanced_set` write it.

:class:`Indexing` is the part of Tensor with ``x[...]``. Integers, slices, ``None`` and ``...`` give
a view, which shares storage with ``x``; index tensors, lists of integers and masks give a copy. As
integers and where slices start are runtime numbers, a loop over them stays on one path. A mask's
true elements must be known first, so it is computed at the call; writing one number where a mask
holds needs no such wait.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NoReturn

import numpy as np

from ..engine.devices import CPU, libraries
from ..engine.dtypes import BOOL, FLOAT, INT, bool_, int32, int64
from ..engine.errors import see
from ..engine.graph import Node, Shape, lift
from ..engine.ops import elementwise as el
from ..engine.ops import indexing as ix
from ..engine.ops import rounding
from ..engine.ops import structural as st
from ..engine.recording.at_once import at_once
from ..engine.recording.flushing import host
from ..engine.recording.handle import (
    Array,
    Handle,
    extra,
    is_leaf,
    same_chain,
    same_numbers,
    shared_store,
)
from ..engine.recording.index_spec import TOO_MANY, Spec, parse, slice_of
from ..engine.recording.meanings import as_integers
from ..engine.recording.operation import Each, Nodes, Number, as_dtype, normal_dim, operation
from ..engine.recording.places import put_at_once, read_at_once
from ..engine.recording.rebinding import count_write
from ..engine.recording.recorder import hold, hold_beside, record, record_write
from ..engine.recording.recording import device_of, dtype_of, here, shape_of
from ..engine.recording.sharing import check_writable
from ..engine.recording.viewing import assigned, indexing_is, read, rows
from ..engine.recording.write import write_back
from ..tensors.fitting import fitted
from .arithmetic import in_kind
from .comparison import masked_fill
from .copies import instead
from .shape import cut, diagonal, expanded, reshape, reshaped, select


# What a spec says
def _basic(input: Node, spec: Spec, numbers: Nodes) -> Node:
    """The basic part of an index: slices, integers and new dimensions, a chain of views."""
    _, axes, lengths, steps, shape, _ = spec
    out = input
    if axes:
        out = st.slice_(out, *numbers, axes=axes, lengths=lengths, steps=steps)
    if out.shape != shape:
        out = st.reshape(out, shape=shape)
    return st.alias(input) if out is input else out


@operation("SelectBackward0", view=True, methods=())
def basic_select(input: Node, spec: Spec, *numbers: Each) -> Node:
    """``input[...]`` whose last part is an integer."""
    return _basic(input, spec, numbers)


@operation("SliceBackward0", view=True, methods=())
def basic_slice(input: Node, spec: Spec, *numbers: Each) -> Node:
    """``input[...]`` whose last part is a slice."""
    return _basic(input, spec, numbers)


@operation("UnsqueezeBackward0", view=True, methods=())
def basic_unsqueeze(input: Node, spec: Spec, *numbers: Each) -> Node:
    """``input[...]`` whose last part is None."""
    return _basic(input, spec, numbers)


@operation("AliasBackward0", view=True, methods=())
def basic_alias(input: Node, spec: Spec, *numbers: Each) -> Node:
    """``input[...]`` that leaves everything as it is."""
    return _basic(input, spec, numbers)


def _result_shape(shape: Shape, indices: Nodes, dims: Shape) -> Shape:
    """The shape of what index tensors read; IndexError with PyTorch's words if they do not fit."""
    places = [x.shape for x in indices]
    try:
        common = el.broadcast_shape(*places)
    except RuntimeError:
        raise IndexError("shape mismatch: indexing tensors could not be broadcast together with "
                         f"shapes {', '.join(str(list(p)) for p in places)}") from None
    return ix.indexed_shape(shape, common, dims)


@operation("IndexBackward0", methods=())
def advanced_index(input: Node, indices: Nodes, spec: Spec, *numbers: Each) -> Node:
    """``input[...]`` with index tensors: a copy of what they point to."""
    part = _basic(input, spec, numbers)
    _result_shape(part.shape, indices, spec[5])
    return ix.index(part, *indices, dims=spec[5])


def _fitted(value: Node, shape: Shape) -> Node:
    """A value to write, broadcast to ``shape``; leading dimensions of length 1 do not count."""
    while value.ndim > len(shape) and value.shape[0] == 1:
        value = reshaped(value, value.shape[1:])
    return value if value.shape == shape else st.broadcast_to(
        value, shape=expanded(value.shape, shape))


def _as_value(value: Node, input: Node) -> Node:
    """A value to write to ``input``, in its dtype."""
    if value.weak and value.dtype.is_complex and not input.dtype.is_complex:
        raise RuntimeError("value cannot be converted to type "
                           f"{input.dtype.legacy_name} without overflow")
    return value if value.dtype is input.dtype and not value.weak else el.cast(
        value, dtype=input.dtype)


@operation("CopySlices", methods=())
def basic_set(input: Node, value: Node, spec: Spec, *numbers: Each) -> Node:
    """``input`` after ``input[...] = value``."""
    part = _basic(input, spec, numbers)
    out = write_back(input, part, _fitted(_as_value(value, input), part.shape))
    return out if spec[1] else instead(input, out)


@operation("IndexPutBackward0", methods=())
def advanced_set(input: Node, value: Node, indices: Nodes, spec: Spec, *numbers: Each) -> Node:
    """``input`` after ``input[...] = value`` with index tensors."""
    part = _basic(input, spec, numbers)
    return write_back(input, part, _put(part, value, indices, spec[5], False))


def _put(x: Node, value: Node, indices: Nodes, dims: Shape, accumulate: bool) -> Node:
    """``x`` with ``value`` at, or added at, what index tensors point to."""
    shape = _result_shape(x.shape, indices, dims)
    try:
        fitted = _fitted(value, shape)
    except RuntimeError:
        raise RuntimeError(f"shape mismatch: value tensor of shape {list(value.shape)} cannot be "
                           f"broadcast to indexing result of shape {list(shape)}") from None
    if value.dtype is not x.dtype and not value.weak:
        raise RuntimeError(
            "Index put requires the source and destination dtypes match, got "
            f"{x.dtype.legacy_name} for the destination and {value.dtype.legacy_name} for the "
            f"source. Convert it: value.to({x.dtype})")
    value = _fitted(_as_value(value, x), shape) if value.weak else fitted
    if accumulate:
        return el.add(x, ix.put_add(value, *indices, shape=x.shape, dims=dims))
    return ix.index_put(x, value, *indices, dims=dims)


@operation("IndexPutBackward0", inplace=True)
def index_put(input: Node, indices: Nodes, values: Node, accumulate: bool = False) -> Node:
    """``input`` with ``values`` at the places that ``indices`` point to, one tensor for each of the
    first dimensions; added to what is there if ``accumulate``."""
    if len(indices) > input.ndim:
        raise IndexError(TOO_MANY.format(input.ndim) + f" (got {len(indices)})")
    return _put(input, values, indices, tuple(range(len(indices))), accumulate)


# Along a dimension, one index per element
def _along(name: str, input: Node, index: Node, dim: int,
           label: str = "self") -> tuple[Node, Node, int]:
    """``input`` and ``index`` with at least one dimension, and ``dim`` from the front."""
    d = normal_dim(dim, input.ndim)
    if index.dtype not in (int32, int64):
        raise RuntimeError(f"{name}(): Expected dtype int32/int64 for index")
    if max(input.ndim, 1) != max(index.ndim, 1):
        raise RuntimeError(f"Index tensor must have the same number of dimensions as {label} "
                           "tensor")
    x = reshaped(input, input.shape or (1,))
    return x, as_dtype(reshaped(index, index.shape or (1,)), int64), d


@operation("GatherBackward0")
def gather(input: Node, dim: int, index: Node, *, sparse_grad: bool = False) -> Node:
    """``out[i, j] = input[index[i, j], j]`` for ``dim=0``, and likewise; the shape of ``index``."""
    if not index.size:
        normal_dim(dim, input.ndim)
        return st.tether(st.zeros(index.shape, input.dtype), input)
    x, places, d = _along("gather", input, index, dim, "input")
    for i, (m, n) in enumerate(zip(places.shape, x.shape, strict=True)):
        if m > n and i != d:
            raise RuntimeError(
                f"Size does not match at dimension {i} expected index {list(index.shape)} to be no "
                f"larger than self {list(input.shape)} apart from dimension {d}")
    return reshaped(ix.take_along(x, places, axis=d), index.shape)


@operation("GatherBackward0")
def take_along_dim(input: Node, indices: Node, dim: int | None = None) -> Node:
    """``input`` at ``indices`` along ``dim``, where the other dimensions broadcast; without ``dim``
    at places in the flattened tensors."""
    if indices.dtype is not int64:
        raise RuntimeError("torch.take_along_dim(): dtype of indices should be Long but got "
                           f"{indices.dtype.legacy_name}")
    if dim is None:
        return gather(reshaped(input, (input.size,)), 0, reshaped(indices, (indices.size,)))
    if input.ndim != indices.ndim:
        raise RuntimeError(
            "torch.take_along_dim(): input and indices should have the same number of dimensions, "
            f"but got {input.ndim} dimensions for input, and {indices.ndim} dimensions for indices")
    d = normal_dim(dim, input.ndim)
    rest = el.broadcast_shape((*input.shape[:d], 1, *input.shape[d + 1:]),
                              (*indices.shape[:d], 1, *indices.shape[d + 1:]))
    own, places = ((*rest[:d], x.shape[d], *rest[d + 1:]) for x in (input, indices))
    from_end = el.where(el.lt(indices, lift(0)), el.add(indices, lift(input.shape[d])), indices)
    return gather(_fitted(input, own), d, _fitted(from_end, places))


def _sent(x: Node, places: Node, src: Node, d: int) -> Node:
    """The part of ``src`` that ``places`` covers, in the dtype of ``x``."""
    if src.weak:
        return st.full(src, shape=places.shape, dtype=x.dtype)
    if src.dtype is not x.dtype:
        raise RuntimeError("scatter(): Expected self.dtype to be equal to src.dtype")
    if src.ndim == 0:
        src = st.reshape(src, shape=(1,))
    fits = src.ndim == places.ndim and all(
        m <= k and (m <= n or i == d)
        for i, (m, n, k) in enumerate(zip(places.shape, x.shape, src.shape, strict=True)))
    if not fits:
        raise RuntimeError(
            f"Expected index {list(places.shape)} to be no larger than self {list(x.shape)} apart "
            f"from dimension {d} and to be no larger size than src {list(src.shape)}")
    for axis, length in enumerate(places.shape):
        if length != src.shape[axis]:
            src = cut(src, axis, 0, length)
    return src


def _covered(x: Node, places: Node, d: int) -> Node:
    """``places`` without those beyond ``x`` in other dimensions, which a number may not reach."""
    for axis, (m, n) in enumerate(zip(places.shape, x.shape, strict=True)):
        if m > n and axis != d:
            raise RuntimeError(
                f"Expected index {list(places.shape)} to be no larger than self {list(x.shape)} "
                f"apart from dimension {d}")
    return places


def _scattered(input: Node, dim: int, index: Node, src: Node, write: Callable[..., Node]) -> Node:
    """``input`` after ``write(x, src, places, d)``."""
    d = normal_dim(dim, input.ndim)
    if not index.size:
        return input
    x, places, d = _along("scatter", input, index, dim)
    out = write(x, _sent(x, _covered(x, places, d), src, d), places, d)
    return reshaped(out, input.shape)


def _added(x: Node, src: Node, places: Node, d: int) -> Node:
    return el.add(x, ix.put_add_along(src, places, shape=x.shape, axis=d))


@operation("ScatterBackward0", inplace=True)
def scatter(input: Node, dim: int, index: Node, src: Node | None = None, *, value: Number = None,
            reduce: str | None = None) -> Node:
    """``input`` with ``out[index[i, j], j] = src[i, j]`` for ``dim=0``, and likewise; ``src`` is a
    tensor or a number. ``reduce`` is None, "add" or "multiply"."""
    if src is None:
        if value is None:
            raise TypeError("scatter() missing 1 required positional arguments: \"src\"")
        src = st.full(value, shape=index.shape, dtype=input.dtype)
    if reduce is None:
        return _scattered(input, dim, index, src,
                          lambda x, v, places, d: ix.put_along(x, v, places, axis=d))
    if reduce not in ("add", "multiply"):
        raise RuntimeError("reduce argument must be either add or multiply.")
    if reduce == "add":
        return _scattered(input, dim, index, src, _added)
    return _scattered(input, dim, index, src,
                      lambda x, v, places, d: ix.put_multiply(x, v, places, axis=d))


@operation("ScatterAddBackward0", inplace=True)
def scatter_add(input: Node, dim: int, index: Node, src: Node) -> Node:
    """``input`` with ``out[index[i, j], j] += src[i, j]`` for ``dim=0``, and likewise."""
    return _scattered(input, dim, index, src, _added)


@operation("ScatterReduceBackward0", inplace=True)
def scatter_reduce(input: Node, dim: int, index: Node, src: Node, reduce: str, *,
                   include_self: bool = True) -> Node:
    """``input`` with ``src`` reduced into the places that ``index`` gives along ``dim``.

    ``reduce`` is "sum", "prod", "mean", "amax" or "amin"; without ``include_self`` the values of
    ``input`` do not count where something arrives.
    """
    if reduce not in _STARTS:
        raise RuntimeError("reduce argument must be either sum, prod, mean, amax or amin, got "
                           f"{reduce}")

    def write(x: Node, v: Node, places: Node, d: int) -> Node:
        ones = st.full(lift(1), shape=places.shape, dtype=x.dtype)
        count = ix.put_add_along(ones, places, shape=x.shape, axis=d)
        start = x
        if not include_self:
            start = el.where(el.gt(count, lift(0)), _start(reduce, x), x)
        if reduce == "sum":
            return _added(start, v, places, d)
        if reduce == "mean":
            total = _added(start, v, places, d)
            if include_self:
                count = count + 1
            else:
                count = el.where(el.gt(count, lift(0)), count, lift(1))
            divide = el.div if x.dtype.category >= FLOAT else rounding.floor_divide
            return divide(total, count)
        return _REDUCTIONS[reduce](start, v, places, axis=d)
    return _scattered(input, dim, index, src, write)


_REDUCTIONS = {"prod": ix.put_multiply, "amax": ix.put_maximum, "amin": ix.put_minimum}
_STARTS = {"sum": 0, "mean": 0, "prod": 1, "amax": -1, "amin": 1}


def _start(reduce: str, x: Node) -> Node:
    """What a reduction of nothing gives."""
    if reduce not in ("amax", "amin"):
        return lift(_STARTS[reduce])
    if x.dtype.category >= FLOAT:
        return lift(_STARTS[reduce] * float("inf"))
    limits = np.iinfo(x.dtype.numpy) if x.dtype.category == INT else np.iinfo(np.uint8)
    return lift(int(limits.min if reduce == "amax" else limits.max))


# Along a dimension, one index per slice
def _vector(name: str, index: Node) -> Node:
    if index.ndim > 1:
        raise IndexError(f"{name}(): Index is supposed to be a vector")
    if index.dtype not in (int32, int64):
        raise RuntimeError(f"{name}(): Expected dtype int32 or int64 for index")
    return reshaped(index, (index.size,))


@operation("IndexSelectBackward0")
def index_select(input: Node, dim: int, index: Node) -> Node:
    """The slices of ``dim`` that a vector of integers names, in its order."""
    d = normal_dim(dim, input.ndim)
    places = _vector("index_select", index)
    if not input.shape and places.size != 1:
        raise RuntimeError("index_select(): Index to scalar can have only 1 value, got "
                           f"{places.size} value(s)")
    x = reshaped(input, input.shape or (1,))
    out = ix.index(x, ix.bounded(places, size=x.shape[d], dim=None), dims=(d,))
    return out if input.shape else reshaped(out, ())


def _slices(name: str, input: Node, dim: int, index: Node,
            source: Node) -> tuple[Node, Node, Node, int]:
    """``input``, bounded places, and the source, ready to be put along ``dim``."""
    d = normal_dim(dim, input.ndim)
    places = _vector(name, index)
    x, v = (reshaped(a, a.shape or (1,)) for a in (input, source))
    count = v.shape[d] if d < v.ndim else 1
    if v.ndim != x.ndim or count != places.size:
        kind = IndexError if name == "index_copy_" else RuntimeError
        raise kind(f"{name}(): Number of indices ({places.size}) should be equal to "
                   f"source.size(dim): ({source.shape[0] if source.shape else 1}), for dim: {d}")
    if v.shape[:d] + v.shape[d + 1:] != x.shape[:d] + x.shape[d + 1:]:
        raise RuntimeError(
            "source tensor shape must match self tensor shape, excluding the specified dimension. "
            f"Got self.shape = {list(input.shape)} source.shape = {list(source.shape)}")
    if input.dtype is not source.dtype:
        raise RuntimeError(
            f"{name}(): self ({input.dtype.legacy_name}) and source ({source.dtype.legacy_name}) "
            "must have the same scalar type")
    return x, ix.bounded(places, size=x.shape[d], dim=d), v, d


@operation("IndexAddBackward0", inplace=True)
def index_add(input: Node, dim: int, index: Node, source: Node, *, alpha: Number = None) -> Node:
    """``input`` with ``alpha`` times the slices of ``source`` added at places along ``dim``."""
    x, places, v, d = _slices("index_add_", input, dim, index, source)
    if alpha is not None:
        v = el.mul(v, in_kind(alpha, v))
    out = el.add(x, ix.put_add(v, places, shape=x.shape, dims=(d,)))
    return reshaped(out, input.shape)


@operation("IndexCopyBackward0", inplace=True)
def index_copy(input: Node, dim: int, index: Node, source: Node) -> Node:
    """``input`` with the slices of ``source`` at places along ``dim``."""
    x, places, v, d = _slices("index_copy_", input, dim, index, source)
    return reshaped(ix.index_put(x, v, places, dims=(d,)), input.shape)


@operation("IndexFillBackward0", inplace=True)
def index_fill(input: Node, dim: int, index: Node, value: Node) -> Node:
    """``input`` with ``value``, a number or a tensor of no dimensions, at places along ``dim``."""
    if value.shape:
        raise RuntimeError("index_fill_ only supports a 0-dimensional value tensor, but got tensor "
                           f"with {value.ndim} dimension(s).")
    if index.dtype is not int64:
        raise IndexError("index_fill_(): Expected dtype int64 for index.")
    d, places = normal_dim(dim, input.ndim), _vector("index_fill_", index)
    x = reshaped(input, input.shape or (1,))
    v = _fitted(_as_value(value, input), (*x.shape[:d], places.size, *x.shape[d + 1:]))
    return reshaped(ix.index_put(x, v, places, dims=(d,)), input.shape)


@operation("IndexReduceBackward0", inplace=True)
def index_reduce(input: Node, dim: int, index: Node, source: Node, reduce: str, *,
                 include_self: bool = True) -> Node:
    """``input`` with the slices of ``source`` reduced into the places ``index`` along ``dim``.

    ``reduce`` is "prod", "mean", "amax" or "amin"; without ``include_self`` the slices of ``input``
    do not count where one arrives.
    """
    if reduce not in ("prod", "mean", "amax", "amin"):
        raise RuntimeError("index_reduce(): Expected reduce to be one of prod, mean, amax or amin "
                           f"but got {reduce}.")
    if input.dtype is not source.dtype:
        raise RuntimeError("index_reduce(): self and source expected to have the same dtype, but "
                           f"got (self) {input.dtype.legacy_name} and (source) "
                           f"{source.dtype.legacy_name}")
    d, places = normal_dim(dim, input.ndim), _vector("index_reduce", index)
    x, v = reshaped(input, input.shape or (1,)), reshaped(source, source.shape or (1,))
    if v.shape != (*x.shape[:d], places.size, *x.shape[d + 1:]):
        raise RuntimeError("index_reduce(): the shape of source is that of input, with as many "
                           f"slices along {d} as there are places; got {list(source.shape)} for "
                           f"{list(input.shape)}")
    column = reshaped(places, tuple(places.size if i == d else 1 for i in range(v.ndim)))
    every = st.broadcast_to(column, shape=v.shape)
    return reshaped(scatter_reduce(x, d, every, v, reduce, include_self=include_self), input.shape)


# In the flattened tensor
@operation("TakeBackward0")
def take(input: Node, index: Node) -> Node:
    """The elements of the flattened ``input`` at ``index``, in its shape."""
    if index.dtype is not int64:
        raise RuntimeError("take(): Expected a long tensor for index, but got "
                           f"{index.dtype.legacy_name}")
    return ix.index(reshaped(input, (input.size,)), index, dims=(0,))


@operation("PutBackward0", inplace=True)
def put(input: Node, index: Node, source: Node, accumulate: bool = False) -> Node:
    """``input`` with the elements of ``source`` at places of the flattened tensor."""
    if source.size != index.size:
        raise IndexError(
            "put_(): Expected source and index to have the same number of elements, but got "
            f"source.numel() = {source.size}, index.numel() = {index.size}")
    if input.dtype is not source.dtype:
        raise RuntimeError("put_(): self and source expected to have the same dtype, but got "
                           f"self.dtype = {input.dtype.legacy_name} and source.dtype = "
                           f"{source.dtype.legacy_name}")
    flat, values = reshaped(input, (input.size,)), reshaped(source, (source.size,))
    out = _put(flat, values, (reshaped(index, (index.size,)),), (0,), accumulate)
    return reshaped(out, input.shape)


@operation("MaskedScatterBackward0", inplace=True)
def masked_scatter(input: Node, mask: Node, source: Node) -> Node:
    """``input`` with the elements of ``source``, in order, where ``mask`` is true."""
    if mask.dtype.category != BOOL:
        raise RuntimeError("masked_scatter_ only supports boolean masks, but got mask with dtype "
                           f"{mask.dtype.legacy_name}")
    if input.dtype is not source.dtype:
        raise RuntimeError("masked_scatter: expected self and source to have same dtypes but got "
                           f"{input.dtype.legacy_name} and {source.dtype.legacy_name}")
    shape = el.broadcast_shape(input.shape, mask.shape)
    x, chosen = _fitted(input, shape), _fitted(mask, shape)
    ranks = ix.ranks(chosen, size=source.size)
    if not source.size:
        return el.where(chosen, el.zeros_of(x), x)
    return el.where(chosen, ix.index(reshaped(source, (source.size,)), ranks, dims=(0,)), x)


# Writing to a view, as a function
def _replaced(input: Node, part: Node, src: Node) -> Node:
    if src.shape != part.shape:
        raise RuntimeError("expected src to have a size equal to the slice of self. src size = "
                           f"{list(src.shape)}, slice size = {list(part.shape)}")
    return st.tether(write_back(input, part, _as_value(src, input)), input, src)


@operation("SelectScatterBackward0")
def select_scatter(input: Node, src: Node, dim: int, index: Number) -> Node:
    """``input`` with ``src`` at ``input.select(dim, index)``."""
    return _replaced(input, select(input, dim, index), src)


@operation("SliceScatterBackward0")
def slice_scatter(input: Node, src: Node, dim: int = 0, start: int | None = None,
                  end: int | None = None, step: int = 1) -> Node:
    """``input`` with ``src`` at elements ``start:end:step`` of a dimension."""
    d = normal_dim(dim, input.ndim)
    first, length, by = slice_of(slice(start, end, step), input.shape[d])
    return _replaced(input, cut(input, d, first, length, by), src)


@operation("DiagonalScatterBackward0")
def diagonal_scatter(input: Node, src: Node, offset: int = 0, dim1: int = 0,
                     dim2: int = 1) -> Node:
    """``input`` with ``src`` on a diagonal."""
    return _replaced(input, diagonal(input, offset, dim1, dim2), src)


__all__ = ["Spec", "parse"]


# ---- decided at the call ----


_BASIC = {"select": basic_select, "slice": basic_slice, "unsqueeze": basic_unsqueeze,
          "alias": basic_alias}
_indexed_now = at_once(advanced_index)
_NUMBERS = (bool, int, float, complex, np.generic)


def _read(self: Any, index: Any) -> Any:
    """``self[index]``, where there is more to look at."""
    if here.modes.at_once and (found := read_at_once(self, index)) is not None:
        return found
    spec, numbers, tensors = parse(shape_of(self), index, is_tensor, places_of)
    if tensors:
        places = tuple([as_places(self, t) for t in tensors])
        if here.modes.at_once:
            found = _indexed_now(here.modes, self, places, spec, numbers)
            if found is not None:
                return found
        return record(advanced_index, (self, places, spec, numbers))
    return record(_BASIC[spec[0]], (self, spec, numbers))


indexing_is(_BASIC, advanced_index, read_at_once, _read)
read.__name__ = read.__qualname__ = "__getitem__"


class Indexing:
    """The part of Tensor with ``x[...]`` and ``x[...] = value``."""

    __slots__ = ()

    __getitem__ = read

    def __iter__(self: Any) -> Iterator[Any]:
        if not shape_of(self):
            raise TypeError("iteration over a 0-d tensor")
        known = rows(self, _BASIC)
        return iter(self.unbind(0) if known is None else known)

    def __setitem__(self: Any, index: Any, value: Any) -> None:
        kind = index.__class__
        if isinstance(index, Handle) or (kind is tuple and index and isinstance(index[-1], Handle)):
            index = as_integers(index)
            kind = index.__class__
        if kind is not int and here.modes.at_once and not (
                kind is tuple and index and index[0].__class__ is index[-1].__class__ is int) and (
                put_at_once(self, index, value)):
            return   # one element, or a row, comes next
        if assigned(self, index, value, basic_set):
            return
        index = as_integers(index)
        value = assignable(self, value)
        if index is True:
            index = None
        if kind is list and index and all(each.__class__ is bool for each in index):
            index = hold(np.array(index))
        if is_tensor(index) and dtype_of(index) is bool_ and is_single(value):
            mask = leading_mask(self, index)
            if mask is not None:
                _refuse_leaf(self, "masked_fill", view=False)
                record_write(masked_fill, (self, mask, as_single(value)))
                return
        spec, numbers, tensors = parse(shape_of(self), index, is_tensor, places_of)
        _refuse_leaf(self, "x[...] = value", view=not tensors and spec[0] != "alias")
        if tensors:
            if isinstance(value, Handle) and dtype_of(value) is not dtype_of(self) and (
                    is_single(value) and has_one_mask(index)):
                value = value.to(dtype_of(self))   # type: ignore[attr-defined]
            places = tuple([as_places(self, t) for t in tensors])
            record_write(advanced_set, (self, value, places, spec, numbers))
        elif is_part(self, value, spec, numbers):
            check_writable(self, "copy")
            count_write(self)
        else:
            record_write(basic_set, (self, value, spec, numbers))

    def __delitem__(self, index: Any) -> NoReturn:
        raise TypeError("Tensor does not support deleting items")


def is_tensor(item: object) -> bool:
    """Whether an item of an index is a tensor."""
    return isinstance(item, Handle)


def places_of(mask: Handle) -> Sequence[Array]:
    """The index arrays of the true elements of a mask."""
    return np.nonzero(host(mask))


def as_places(target: Handle, index: Any) -> Handle:
    """An index array as a tensor on the device of what it is an index of."""
    if not isinstance(index, Handle):
        return hold_beside(target, np.asarray(index, np.int64))
    known: Handle = index
    apart = libraries and device_of(known) is CPU and device_of(target) is not CPU
    return hold_beside(target, host(known)) if apart else known


def assignable(target: Handle, value: Any) -> Any:
    """What is to be written: a tensor or a number that ``target`` can hold; TypeError for anything
    else."""
    if isinstance(value, Handle):
        return value
    if isinstance(value, _NUMBERS):
        number = value.item() if isinstance(value, np.generic) else value
        dtype = dtype_of(target)
        if number.__class__ is complex and not dtype.is_complex:
            return fitted(number, dtype)
        if dtype.category == INT:
            if number.__class__ is int and not -2**63 <= number < 2**63:
                raise ValueError("Overflow when unpacking long long")
            fitted(number, dtype)
        return value
    raise TypeError(f"can't assign a {type(value).__qualname__} to a "
                    f"torch.{dtype_of(target).legacy_name}Tensor; make it a tensor first: "
                    "torch.tensor(value)")


def has_one_mask(index: Any) -> bool:
    """Whether an index has one mask, and no places: what is written there is cast, as with
    ``masked_fill``."""
    found = []
    for item in index if isinstance(index, tuple) else (index,):
        if is_tensor(item):
            found.append(dtype_of(item) is bool_)
        elif isinstance(item, (list, np.ndarray)):
            found.append(np.asarray(item).dtype == bool)
    return found == [True]


def is_single(value: Any) -> bool:
    """Whether ``value`` is a number or a tensor of one element."""
    return not isinstance(value, Handle) or math.prod(shape_of(value)) == 1


def as_single(value: Any) -> Any:
    """A number, or a tensor of one element without dimensions."""
    if not isinstance(value, Handle) or not shape_of(value):
        return value
    return record(reshape, (value, ()))


def leading_mask(x: Handle, mask: Handle) -> Any:
    """A mask of the first dimensions of ``x``, made to broadcast over the others; None if it is no
    such mask."""
    shape, of = shape_of(x), shape_of(mask)
    if not of or shape[:len(of)] != of:
        return None
    if len(of) == len(shape):
        return mask
    return record(reshape, (mask, (*of, *(1,) * (len(shape) - len(of)))))


def _refuse_leaf(target: Handle, name: str, *, view: bool) -> None:
    """RuntimeError where a leaf that requires grad would be written in grad mode."""
    if is_leaf(target) and here.modes.grad:
        raise RuntimeError(
            f"{'a view of ' * view}a leaf Variable that requires grad is being used in an in-place "
            f"operation ({name}). Write to it inside `with torch.no_grad():`, or to a clone()."
            + see("in-place-on-a-leaf"))


def is_part(target: Handle, part: Any, spec: Any, numbers: tuple[Any, ...]) -> bool:
    """Whether ``part`` is the very view of ``target`` that is to be written, as at the end of
    ``x[i] += 1``; then it is there already."""
    if not isinstance(part, Handle) or shared_store(part) is None:
        return False
    x = extra(target)
    chain = extra(part).chain
    if x.store is not shared_store(part) or len(chain) != len(x.chain) + 1 or not (
            same_chain(chain[:-1], x.chain)):
        return False
    (op, *given), runtime = chain[-1]
    return op is _BASIC.get(spec[0]) and given[:1] == [spec] and same_numbers(runtime, numbers)
