"""From one layout to another: dense, COO, CSR, CSC; and the order of places."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ...engine.devices import sparse_coo, sparse_csc, sparse_csr, strided
from ...engine.recording.flushing import value
from ...engine.recording.recorder import hold, hold_like
from ...engine.recording.recording import shape_of
from .tensor import Array, coo, is_sparse, made


def tensor_of(index: Array) -> Any:
    """Indices as a tensor."""
    return hold(np.ascontiguousarray(index, np.int64))


def numbers_of(index: Array, size: Sequence[int]) -> Array:
    """The numbers of places, row by row."""
    keys = np.zeros(index.shape[1], np.int64)
    for places, length in zip(index, size, strict=False):
        keys = keys * length + places
    return keys


def coalesced(x: Any) -> Any:
    """A COO tensor with its places in order, each once, where the values add up."""
    x.expect("coalesce", sparse_coo, "coordinate")
    if x._coalesced:
        return x
    index, size = x._index[0], shape_of(x)
    keys, first, which = np.unique(numbers_of(index, size), return_index=True, return_inverse=True)
    values = x._v
    if keys.size < index.shape[1]:
        start: Any = hold_like(values, 0, (keys.size, *shape_of(values)[1:]))
        values = start.index_add(0, tensor_of(which.reshape(-1)), values)
    else:
        values = values.index_select(0, tensor_of(first))
    return coo(index[:, first], values, size, True)


def dense(x: Any, dtype: Any = None) -> Any:
    """A dense tensor."""
    size, index = shape_of(x), x.places()
    count, rest = index.shape[0], shape_of(x._v)[1:]
    length = math.prod(size[:count])
    zeros: Any = hold_like(x._v, 0, (length, *rest))
    out = zeros.index_add(0, tensor_of(numbers_of(index, size)), x._v).reshape(size)
    return out if dtype is None else out.to(dtype)


def from_dense(x: Any, sparse_dim: int | None = None) -> Any:
    """A coalesced COO tensor of the elements, or the slices, that are not 0."""
    ndim = len(shape_of(x))
    count = ndim if sparse_dim is None else sparse_dim
    if not (0 if ndim == 0 else 1) <= count <= ndim:
        raise RuntimeError(f"sparse_dim {count} is not in [1, {ndim}]")
    there = value(x.detach()) != 0
    if count < ndim:
        there = there.any(axis=tuple(range(count, ndim)))
    index = np.stack(np.nonzero(there)).astype(np.int64) if count else np.zeros(
        (0, int(there)), np.int64)
    shape = shape_of(x)
    flat = x.reshape(math.prod(shape[:count]), *shape[count:])
    return coo(index, flat.index_select(0, tensor_of(numbers_of(index, shape))), shape, True)


def compressed(x: Any, layout: Any) -> Any:
    """A CSR or CSC tensor of a COO one, or of another compressed one."""
    if x._layout is layout:
        return x
    if len(shape_of(x)) != 2 or x.dense_dim():
        raise RuntimeError("a tensor in a compressed layout is a matrix here, got "
                           f"{len(shape_of(x))} dimensions, {x.dense_dim()} of them dense")
    if x._layout is sparse_coo:
        x = coalesced(x)
    lines, others = x.places() if layout is sparse_csr else x.places()[::-1]
    order = np.lexsort((others, lines))
    height = shape_of(x)[0 if layout is sparse_csr else 1]
    begins = np.concatenate([[0], np.cumsum(np.bincount(lines, minlength=height))])
    values = x._v if np.array_equal(order, np.arange(order.size)) else x._v.index_select(
        0, tensor_of(order))
    return made(layout, (begins.astype(np.int64), others[order]), values, shape_of(x), False)


def coordinates(x: Any) -> Any:
    """A COO tensor of one in another layout."""
    if x._layout is sparse_coo:
        return x
    in_order = x._layout is sparse_csr
    found = coo(x.places(), x._v, shape_of(x), in_order)
    return found if in_order else coalesced(found)


def in_layout(x: Any, layout: Any, sparse_dim: int | None = None) -> Any:
    """A tensor, dense or sparse, in a layout."""
    if layout is None:
        layout = sparse_coo
    if layout is strided:
        return dense(x) if is_sparse(x) else x
    if layout not in (sparse_coo, sparse_csr, sparse_csc):
        raise NotImplementedError(f"the layout {layout} is not in wengert: tensors are sparse in "
                                  "COO, CSR and CSC")
    found = coordinates(x) if is_sparse(x) else from_dense(x, sparse_dim)
    return found if layout is sparse_coo else compressed(found, layout)
