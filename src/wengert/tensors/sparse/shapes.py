"""What functions of torch do with sparse tensors, by their names: sums, shapes, other layouts."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ...engine.devices import sparse_coo, sparse_csc, sparse_csr
from ...engine.recording.recorder import hold_like
from ...engine.recording.recording import shape_of
from .layouts import coalesced, compressed, coordinates, dense, in_layout, numbers_of, tensor_of
from .operations import check_same_size, handles, in_place, join, mul
from .tensor import HANDLERS, coo, is_sparse, made, refuse

# ---- sums ----


@handles("sum")
def total(x: Any, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Any:
    """The sum of all, dense; along dimensions, in the layout of ``x``."""
    values = x._v if dtype is None else x._v.to(dtype)
    ndim, kept = len(shape_of(x)), x.sparse_dim()
    dims = range(ndim) if dim is None else [dim] if isinstance(dim, int) else dim
    gone = sorted({_axis(d, ndim) for d in dims}) or list(range(ndim))
    if len(gone) == ndim and not keepdim:
        return values.sum()
    if x._layout is not sparse_coo:
        if not keepdim:
            raise RuntimeError(
                "reduction operations on CSR tensors with keepdim=False is unsupported")
        return compressed(total(coordinates(x), dim, True, dtype=dtype), x._layout)
    inner = [d - kept + 1 for d in gone if d >= kept]
    if inner:
        values = values.sum(inner, keepdim=keepdim)
    size = [1 if d in gone else n for d, n in enumerate(shape_of(x)) if keepdim or d not in gone]
    rows = [np.zeros_like(places) if d in gone else places
            for d, places in enumerate(x._index[0]) if keepdim or d not in gone]
    if not rows:
        return values.sum(0)
    if not [d for d in gone if d < kept]:
        return coo(np.stack(rows), values, size, x._coalesced)
    return coalesced(made(sparse_coo, (np.stack(rows),), values, size, False))


def _axis(dim: int, ndim: int) -> int:
    if not -ndim <= dim < ndim:
        raise IndexError(f"Dimension out of range (expected to be in range of [{-ndim}, "
                         f"{ndim - 1}], but got {dim})")
    return dim % ndim


def lines(x: Any, dim: int) -> tuple[Any, int]:
    """For each value the number of the line along ``dim`` that it is in, and how many there are."""
    index, size = x._index[0], shape_of(x)
    rest = [d for d in range(index.shape[0]) if d != dim]
    names, which = np.unique(numbers_of(index[rest], [size[d] for d in rest]), return_inverse=True)
    return which.reshape(-1), names.size


@handles("softmax", "log_softmax")
def log_softmax(x: Any, dim: int, dtype: Any = None, *, exponential: bool = False) -> Any:
    """The logarithm of softmax over the values there are in each line along ``dim``."""
    x = coalesced(coordinates(x))
    values = x._v if dtype is None else x._v.to(dtype)
    dim = _axis(dim, len(shape_of(x)))
    if dim >= x.sparse_dim():
        found = values.log_softmax(dim - x.sparse_dim() + 1)
        return x.like(found.exp() if exponential else found)
    which, count = lines(x, dim)
    place = tensor_of(which)
    shape = (count, *shape_of(values)[1:])
    wide = place.reshape(-1, *(1,) * (len(shape) - 1)).expand(shape_of(values))
    zeros: Any = hold_like(values, 0, shape)
    top = zeros.scatter_reduce(0, wide, values.detach(), "amax", include_self=False)
    shifted = values - top.index_select(0, place)
    sums = zeros.index_add(0, place, shifted.exp())
    if exponential:
        return x.like(shifted.exp() / sums.index_select(0, place))
    return x.like(shifted - sums.log().index_select(0, place))


HANDLERS["softmax"] = lambda x, dim, dtype=None: log_softmax(x, dim, dtype, exponential=True)


@handles("norm")
def norm(x: Any, p: Any = "fro", dim: Any = None, keepdim: bool = False, dtype: Any = None) -> Any:
    """The norm of all values."""
    if dim is not None or keepdim or p not in ("fro", 2, None):
        refuse("norm along dimensions, or of another order than 2", x)
    return coalesced(coordinates(x))._v.norm()


# ---- conversion and shape ----

HANDLERS |= {
    "to_dense": lambda x, dtype=None, masked_grad=None: dense(x, dtype),
    "to_sparse_coo": lambda x: in_layout(x, sparse_coo),
    "to_sparse_csr": lambda x, dense_dim=None: in_layout(x, sparse_csr),
    "to_sparse_csc": lambda x, dense_dim=None: in_layout(x, sparse_csc),
    "coalesce": coalesced,
    "clone": lambda x, **rest: x.like(x._v.clone()),
    "contiguous": lambda x, **rest: x,
    "is_contiguous": lambda x, **rest: False,
    "stride": lambda x, dim=None: (0,) * len(shape_of(x)) if dim is None else 0,
    "cpu": lambda x, **rest: x,
    "type_as": lambda x, other: x.like(x._v.type_as(other)),
    "is_same_size": lambda x, y: shape_of(x) == shape_of(y),
    "zero_": lambda x: in_place(x, emptied(x)),
    "zeros_like": lambda x, dtype=None, **rest: emptied(x, dtype),
    "copy_": lambda x, y, non_blocking=False: in_place(x, in_layout(y, x._layout)) if is_sparse(
        x) else x.copy_(dense(y)),
    "sparse_mask": lambda x, mask: masked(x, mask),
    "detach_": lambda x: in_place(x, x.detach()),
}
for _name in ("float", "double", "half", "bfloat16", "int", "long", "short", "char", "byte",
              "bool", "to", "cfloat", "cdouble"):
    HANDLERS[_name] = lambda x, *args, _of=_name, **kwargs: x.like(
        getattr(x._v, _of)(*args, **kwargs))


@handles("to_sparse")
def to_sparse(x: Any, sparse_dim: Any = None, *, layout: Any = None, **rest: Any) -> Any:
    """It in a sparse layout, by default COO."""
    if layout is None and sparse_dim is not None and not isinstance(sparse_dim, int):
        layout, sparse_dim = sparse_dim, None
    return in_layout(x, layout, sparse_dim)


def emptied(x: Any, dtype: Any = None) -> Any:
    """Zeros of the size and layout of ``x``: no values."""
    values = x._v.detach()[:0]
    values = values if dtype is None else values.to(dtype)
    if x._layout is sparse_coo:
        return coo(x._index[0][:, :0], values, shape_of(x), True)
    index = np.zeros_like(x._index[0]), x._index[1][:0]
    return made(x._layout, index, values, shape_of(x), False)


def masked(x: Any, mask: Any) -> Any:
    """The elements of ``x`` where ``mask``, a sparse tensor, has values."""
    check_same_size("sparse_mask", x, mask)
    ones = mask.like(hold_like(x._v if is_sparse(x) else x, 1, shape_of(mask._v)))
    return mul(dense(x) if is_sparse(x) else x, ones)


@handles("cat", "concat", "concatenate")
def cat(tensors: Sequence[Any], dim: int = 0) -> Any:
    """COO tensors one after the other along a sparse dimension."""
    if not all(is_sparse(x) and x._layout is sparse_coo for x in tensors):
        raise RuntimeError("Concatenating sparse tensors, but a tensor in another layout was found")
    first = tensors[0]
    dim = _axis(dim, len(shape_of(first)))
    if dim >= first.sparse_dim():
        refuse("cat along a dense dimension", first)
    parts, start = [], 0
    for x in tensors:
        moved = x._index[0].copy()
        moved[dim] += start
        start += shape_of(x)[dim]
        parts.append(moved)
    size = [start if d == dim else n for d, n in enumerate(shape_of(first))]
    ordered = dim == 0 and all(x._coalesced for x in tensors)
    return coo(np.concatenate(parts, 1), join([x._v for x in tensors]), size, ordered)


@handles("unsqueeze")
def unsqueeze(x: Any, dim: int) -> Any:
    """With a sparse dimension of length 1 at ``dim``."""
    x.expect("unsqueeze", sparse_coo, "coordinate")
    dim %= len(shape_of(x)) + 1
    if dim > x.sparse_dim():
        return x.like(x._v.unsqueeze(dim - x.sparse_dim() + 1),
                      (*shape_of(x)[:dim], 1, *shape_of(x)[dim:]))
    index = np.insert(x._index[0], dim, 0, axis=0)
    return coo(index, x._v, (*shape_of(x)[:dim], 1, *shape_of(x)[dim:]), x._coalesced)


@handles("stack")
def stack(tensors: Sequence[Any], dim: int = 0) -> Any:
    """COO tensors along a new sparse dimension."""
    return cat([unsqueeze(x, dim) for x in tensors], dim)


@handles("reshape", "reshape_as", "flatten")
def reshape(x: Any, *shape: Any) -> Any:
    """RuntimeError: it has no elements in a row."""
    raise RuntimeError("reshape is not implemented for sparse tensors")


@handles("select")
def select(x: Any, dim: int, index: int) -> Any:
    """The part at ``index`` of ``dim``; dense where no sparse dimension is left."""
    x = coordinates(x)
    size = shape_of(x)
    dim = _axis(dim, len(size))
    if not -size[dim] <= index < size[dim]:
        raise IndexError(f"select(): index {index} out of range for tensor of size {list(size)} at "
                         f"dimension {dim}")
    rest = (*size[:dim], *size[dim + 1:])
    if dim >= x.sparse_dim():
        return x.like(x._v.select(dim - x.sparse_dim() + 1, index), rest)
    here = np.flatnonzero(x._index[0][dim] == index % size[dim])
    values = x._v.index_select(0, tensor_of(here))
    if x.sparse_dim() == 1:
        return values.sum(0)
    return coo(np.delete(x._index[0][:, here], dim, 0), values, rest, x._coalesced)


@handles("index_select")
def index_select(x: Any, dim: int, index: Any) -> Any:
    """The parts at the places ``index`` of ``dim``."""
    return cat([unsqueeze(select(x, dim, int(i)), dim) for i in index.tolist()], dim)


@handles("__getitem__")
def getitem(x: Any, index: Any) -> Any:
    """``x[i, j]`` by integers."""
    for i in index if isinstance(index, tuple) else (index,):
        if isinstance(i, bool) or not isinstance(i, (int, np.integer)):
            refuse("as_strided (an index other than integers)", x)
        x = select(x, 0, int(i))
    return x


@handles("item", "tolist")
def item(x: Any) -> Any:
    """The one element as a number."""
    if math.prod(shape_of(x)) != 1:
        raise RuntimeError(f"a Tensor with {math.prod(shape_of(x))} elements cannot be converted "
                           "to Scalar")
    return dense(x).reshape(()).item()


__all__ = ["log_softmax", "total"]
