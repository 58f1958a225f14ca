"""Sorting, the k-th and the most frequent, quantiles, and places in sorted sequences.

NaN counts as larger than every number, and equal elements stay in the order in which they are.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..engine.dtypes import FLOAT, bool_, float32, float64, int64
from ..engine.graph import Node, lift
from ..engine.ops import elementwise as el
from ..engine.ops import order
from ..engine.ops import reduce as red
from ..engine.ops.indexing import take_along
from ..engine.ops.rounding import ceil, floor, rint
from ..engine.ops.structural import broadcast_to, full, reshape, transpose
from ..engine.recording.calls import call
from ..engine.recording.operation import Operation, normal_dim, operation, result_dtype
from ..return_types import named
from ..tensors.attached import method
from ..tensors.recorded import into
from .arithmetic import not_implemented
from .reduce import picked, row
from .selection import tensor_argument

_ROUNDINGS = {"lower": floor, "higher": ceil, "nearest": rint}
INTERPOLATIONS = ("linear", "lower", "higher", "midpoint", "nearest")


def _real(name: str, input: Node, error: type[Exception] = NotImplementedError) -> None:
    if input.dtype.is_complex:
        raise error(f"{name} does not support complex dtypes; take .abs() or .real first")


def _shaped(input: Node, *results: Node) -> tuple[Node, ...]:
    """The results, without dimensions if ``input`` has none."""
    return results if input.ndim else tuple(reshape(x, shape=()) for x in results)


# Sorting
@operation("SortBackward0", returns=("values", "indices"))
def sort(input: Node, dim: int = -1, descending: bool = False,
         stable: bool = True) -> tuple[Node, ...]:
    """The elements in order along ``dim``, and where each was; the order is always stable."""
    _real("Sort", input, RuntimeError)
    axis = normal_dim(dim, input.ndim)
    x = row(input)
    places = order.argsort(x, axis=axis, descending=descending)
    return _shaped(input, take_along(x, places, axis=axis), places)


@operation()
def argsort(input: Node, dim: int = -1, descending: bool = False, stable: bool = True) -> Node:
    """Where the elements in order along ``dim`` are; the order is always stable."""
    return sort(input, dim, descending, stable)[1]


@operation("SortBackward0")
def msort(input: Node) -> Node:
    """The elements in order along the first dimension."""
    return sort(input, 0)[0]


@operation("TopkBackward0", returns=("values", "indices"))
def topk(input: Node, k: int, dim: int = -1, largest: bool = True,
         sorted: bool = True) -> tuple[Node, ...]:
    """The ``k`` largest (or smallest) along ``dim``, in order, and where they are."""
    _real("topk", input, RuntimeError)
    axis = normal_dim(dim, input.ndim)
    x = row(input)
    if not 0 <= k <= x.shape[axis]:
        raise RuntimeError(f"selected index k out of range: topk of k={k} in dimension {axis} of "
                           f"shape {list(input.shape)}")
    places = order.topk_place(x, k=k, axis=axis, largest=largest)
    if not input.ndim and k == 0:   # as in PyTorch: its one element, unordered
        return topk(input, 1)
    return _shaped(input, take_along(x, places, axis=axis), places)


@operation("KthvalueBackward0", returns=("values", "indices"))
def kthvalue(input: Node, k: int, dim: int = -1, keepdim: bool = False) -> tuple[Node, Node]:
    """The ``k``-th smallest along ``dim``, from 1, and where it is."""
    _real("kthvalue()", input)
    axis = normal_dim(dim, input.ndim)
    x = row(input)
    if not x.shape[axis]:
        raise IndexError(
            f"kthvalue(): Expected reduction dim {axis} to have non-zero size.")
    if not 1 <= k <= x.shape[axis]:
        raise RuntimeError(f"kthvalue(): selected number k out of range for dimension {axis}")
    return picked(input, order.kth_place(x, k=k - 1, axis=axis), axis, keepdim)


# The middle and the most frequent
def _median_all(name: str, input: Node, skip_nan: bool) -> Node:
    _real(name, input)
    if not input.size:
        if input.dtype.category < FLOAT:
            raise RuntimeError(f"{name}() of no elements has no value in {input.dtype}")
        return full(lift(float("nan")), shape=(), dtype=input.dtype)
    flat = reshape(input, shape=(input.size,))
    place = order.median_place(flat, axis=0, skip_nan=skip_nan)
    value = reshape(take_along(flat, place, axis=0), shape=())
    return red.shared(input, value)


def _median_dim(name: str, input: Node, dim: int, keepdim: bool,
                skip_nan: bool) -> tuple[Node, Node]:
    _real(name, input)
    axis = normal_dim(dim, input.ndim)
    x = row(input)
    if x.shape[axis] == 0:
        raise IndexError(f"{name}(): Expected reduction dim {axis} to have non-zero size.")
    return picked(input, order.median_place(x, axis=axis, skip_nan=skip_nan), axis, keepdim)


@operation("MedianBackward0", methods=())
def median_all(input: Node) -> Node:
    """The lower median of all elements; NaN if there is one."""
    return _median_all("median", input, False)


@operation("MedianBackward1", methods=(), returns=("values", "indices"))
def median_dim(input: Node, dim: int, keepdim: bool = False) -> tuple[Node, Node]:
    """The lower median along ``dim`` and where it is; NaN if there is one."""
    return _median_dim("median", input, dim, keepdim, False)


@operation("NanmedianBackward0", methods=())
def nanmedian_all(input: Node) -> Node:
    """The lower median of the elements that are not NaN."""
    return _median_all("nanmedian", input, True)


@operation("NanmedianBackward1", methods=(), returns=("values", "indices"))
def nanmedian_dim(input: Node, dim: int, keepdim: bool = False) -> tuple[Node, Node]:
    """The lower median along ``dim`` of the elements that are not NaN, and where it is."""
    return _median_dim("nanmedian", input, dim, keepdim, True)


@operation("ModeBackward0", returns=("values", "indices"))
def mode(input: Node, dim: int = -1, keepdim: bool = False) -> tuple[Node, Node]:
    """The most frequent element along ``dim``, the least of these, and its last place."""
    _real("mode", input)
    axis = normal_dim(dim, input.ndim)
    x = row(input)
    if x.shape[axis] == 0:
        raise IndexError(f"mode(): Expected reduction dim {axis} to have non-zero size.")
    return picked(input, order.mode_place(x, axis=axis), axis, keepdim)


# Quantiles
def _quantile(name: str, input: Node, q: Node, dim: int | None, keepdim: bool, interpolation: str,
              skip_nan: bool) -> Node:
    if input.dtype not in (float32, float64):
        raise RuntimeError(f"{name}() input tensor must be either float or double dtype")
    if not input.size:
        raise RuntimeError(f"{name}() input tensor must be non-empty")
    if q.ndim > 1:
        raise RuntimeError(f"{name}() q must be a scalar or 1D tensor")
    if not q.weak and q.dtype is not input.dtype:
        raise RuntimeError(f"{name}() q tensor must be same dtype as the input tensor")
    if interpolation not in INTERPOLATIONS:
        raise RuntimeError(f"{name}() interpolation must be one of linear, lower, higher, midpoint "
                           f"or nearest, but got {interpolation}")
    ranks = el.cast(q, dtype=input.dtype) if q.weak else q
    if dim is None:
        rows = reshape(input, shape=(input.size,))
        axis, outer = 0, (1,) * input.ndim
    else:
        axis = normal_dim(dim, input.ndim)
        rows = row(input)
        outer = tuple(1 if i == axis else n for i, n in enumerate(input.shape))
    found = _at_ranks(_last(rows, axis), reshape(ranks, shape=(max(q.size, 1),))
                      if not q.ndim else ranks, interpolation, skip_nan)
    n = found.ndim
    found = transpose(found, perm=(n - 1, *range(n - 1)))
    if not keepdim:
        outer = tuple(m for i, m in enumerate(outer) if dim is not None and i != axis)
    return reshape(found, shape=(*q.shape, *outer))


def _last(x: Node, axis: int) -> Node:
    """``x`` with ``axis`` moved to the end."""
    return transpose(x, perm=(*(i for i in range(x.ndim) if i != axis), axis))


def _at_ranks(x: Node, q: Node, interpolation: str, skip_nan: bool) -> Node:
    """The quantiles ``q`` (1-dim) of the last dimension of ``x``, as a new last dimension."""
    values = sort(x)[0]
    n = x.shape[-1]
    missing = el.isnan(values)
    if skip_nan:
        numbers = n - red.sum_(missing, axes=(x.ndim - 1,), keepdims=True)
        top = el.clamp_min(el.cast(numbers, dtype=x.dtype) - 1, lift(0.0))
    else:
        top = lift(float(n - 1))
    rank = el.mul(q, top)
    if not skip_nan:
        rank = broadcast_to(rank, shape=(*x.shape[:-1], q.size))
    if interpolation in ("lower", "higher", "nearest"):
        found = _read(values, _ROUNDINGS[interpolation](rank))
    else:
        below = floor(rank)
        low, high = _read(values, below), _read(values, ceil(rank))
        weight = lift(0.5) if interpolation == "midpoint" else el.sub(rank, below)
        found = el.add(low, el.mul(weight, el.sub(high, low)))
    spoiled = red.all_(missing, axes=(x.ndim - 1,), keepdims=True) if skip_nan else red.any_(
        missing, axes=(x.ndim - 1,), keepdims=True)
    return el.where(spoiled, lift(float("nan")), found)


def _read(values: Node, rank: Node) -> Node:
    return take_along(values, el.cast(rank, dtype=int64), axis=values.ndim - 1)


@operation("SqueezeBackward4")
def quantile(input: Node, q: Node, dim: int | None = None, keepdim: bool = False, *,
             interpolation: str = "linear") -> Node:
    """The quantiles ``q`` along ``dim``: values below which a fraction ``q`` lies.

    A 1-dim ``q`` gives its dimension in front of the others.
    """
    return _quantile("quantile", input, q, dim, keepdim, interpolation, False)


@operation("SqueezeBackward4")
def nanquantile(input: Node, q: Node, dim: int | None = None, keepdim: bool = False, *,
                interpolation: str = "linear") -> Node:
    """:func:`quantile` of the elements that are not NaN."""
    return _quantile("nanquantile", input, q, dim, keepdim, interpolation, True)


# Places in sorted sequences
@operation(methods=())
def searchsorted(sorted_sequence: Node, self: Node, *, out_int32: bool = False,
                 right: bool = False, side: str | None = None,
                 sorter: Node | None = None) -> Node:
    """How many elements of each sorted row lie before each value; int64, or int32.

    Of equal elements none counts, or all if ``right``.
    """
    name = "torch.searchsorted()"
    if side not in (None, "left", "right"):
        raise RuntimeError(f"{name}: side can only be 'left' or 'right' but got {side}")
    if side == "left" and right:
        raise RuntimeError(f"{name}: side and right can't be set to opposites, got side of left "
                           "while right was True")
    edges = sorted_sequence
    _real(name, edges)
    _real(name, self)
    if edges.ndim != 1 and edges.shape[:-1] != self.shape[:-1]:
        raise RuntimeError(
            f"{name}: boundaries tensor should be 1 dimension or the first N-1 dimensions of "
            "boundaries tensor and input value tensor must match, but we got boundaries tensor "
            f"{list(edges.shape)} and input value tensor {list(self.shape)}")
    self = _value(edges, self)
    if sorter is not None:
        edges = take_along(edges, sorter, axis=edges.ndim - 1)
    return order.searchsorted(edges, self, right=right or side == "right", small=out_int32)


def _value(edges: Node, value: Node) -> Node:
    """A number in the dtype in which it meets ``edges``: that of integers wraps."""
    dtype = result_dtype(edges, value)
    if dtype.is_complex or dtype is bool_:
        raise not_implemented("searchsorted_out_cpu", el.cast(value, dtype=dtype))
    return el.cast(value, dtype=dtype) if value.weak else value


@operation(methods=())
def bucketize(input: Node, boundaries: Node, *, out_int32: bool = False,
              right: bool = False) -> Node:
    """The number of the bucket between sorted ``boundaries`` that each element falls into."""
    if boundaries.ndim != 1:
        raise RuntimeError(f"boundaries tensor must be 1 dimension, but got dim({boundaries.ndim})")
    return order.searchsorted(boundaries, _value(boundaries, input), right=right, small=out_int32)


# ---- decided at the call ----


def _median(name: str, of_all: Operation, along: Operation) -> Callable[..., Any]:
    """``median`` or ``nanmedian``, of all elements or along a dimension."""
    of_both = named(name, ("values", "indices"))

    def choose(input: Any, dim: int | None = None, keepdim: bool = False, *,
               axis: int | None = None, out: Any = None) -> Any:
        dim = axis if dim is None else dim
        tensor_argument(name, input)
        if dim is None:
            return call(of_all, (input,))
        found = call(along, (input, dim, bool(keepdim)))
        results = of_both(found)
        return results if out is None else into(out, results)

    choose.__name__ = choose.__qualname__ = name
    choose.__doc__ = f"""The lower of the middle elements.

    ``{name}(input)`` is that of all elements; ``{name}(input, dim, keepdim=False)`` the named
    tuple ``(values, indices)`` along ``dim``.
    """
    return choose


median = method(_median("median", median_all, median_dim))
nanmedian = method(_median("nanmedian", nanmedian_all, nanmedian_dim))
