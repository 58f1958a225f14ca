"""Sparse tensors from their parts: ``torch.sparse_coo_tensor`` and its like.

The class is loaded when the first one is made (:func:`ready`): from then on the functions of torch
look for it among their arguments.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ...engine.devices import sparse_bsc, sparse_bsr, sparse_csc, sparse_csr
from ...engine.lazy import lazy
from ...engine.recording.flushing import value
from ...engine.recording.handle import Handle
from ...engine.recording.recording import shape_of
from ..creation import zeros
from ..data import as_tensor
from . import invariants


def ready() -> Any:
    """The module of sparse tensors, with what functions of torch do with them."""
    lazy("tensors.sparse.shapes")
    return lazy("tensors.sparse.tensor")


def sparse_coo_tensor(indices: Any = None, values: Any = None, size: Any = None, *,
                      dtype: Any = None, device: Any = None, pin_memory: bool = False,
                      requires_grad: bool = False, check_invariants: bool | None = None,
                      is_coalesced: bool | None = None) -> Any:
    """A sparse tensor of ``values`` (n, ...) at ``indices`` (sparse dimensions, n); values at equal
    places add up. Without a ``size``, the least that has room; ``size`` alone gives zeros.

    Gradients flow to ``values``, if that is a tensor which requires grad; with ``requires_grad``
    the result is a leaf, whose gradient is sparse. RuntimeError where the parts do not fit.

    >>> torch.sparse_coo_tensor([[0, 1], [2, 0]], [3.0, 4.0], (2, 3)).to_dense()
    tensor([[0., 0., 3.],
            [4., 0., 0.]])
    """
    if values is None and size is None:
        indices, size = None, indices
    if indices is None:
        count = len(size)
        index, values = np.zeros((count, 0), np.int64), zeros(0, dtype=dtype)
    else:
        index = places_of(indices)
        values = as_tensor(values, dtype=dtype)
        if index.ndim != 2:
            raise RuntimeError(f"indices must be sparse_dim x nnz, but got: {list(index.shape)}")
    shape = shape_of(values)
    if not shape or shape[0] != index.shape[1]:
        raise RuntimeError(
            "indices and values must have same nnz, but got nnz from indices: "
            f"{index.shape[1]}, nnz from values: {shape[0] if shape else 0}")
    if size is None:
        size = (*[int(row.max()) + 1 if row.size else 0 for row in index], *shape[1:])
    size = tuple(map(int, size))
    if len(size) != index.shape[0] + len(shape) - 1:
        raise RuntimeError(
            "'len(size) == sparse_dim + dense_dim' is not satisfied: len(size) = "
            f"{len(size)}, sparse_dim = {index.shape[0]}, dense_dim = {len(shape) - 1}")
    for d, row in enumerate(index):
        if row.size and (row.min() < 0 or row.max() >= size[d]):
            raise RuntimeError(
                f"size is inconsistent with indices: for dim {d}, size is {size[d]} but found "
                f"index {int(row.min() if row.min() < 0 else row.max())}")
    if size[index.shape[0]:] != shape[1:]:
        raise RuntimeError("values has incorrect size, expected "
                           f"{[index.shape[1], *size[index.shape[0]:]]}, got {list(shape)}")
    if is_coalesced and invariants.asked(check_invariants):
        invariants.check_coalesced(index)
    out = ready().coo(index, values, size, bool(is_coalesced))
    return out.requires_grad_() if requires_grad else out


def places_of(given: Any) -> Any:
    """Indices as an array of their own."""
    if isinstance(given, Handle):
        given = value(given)
    return np.array(given, np.int64)


def sparse_compressed_tensor(compressed_indices: Any, plain_indices: Any, values: Any,
                             size: Any = None, *, dtype: Any = None, layout: Any = None,
                             device: Any = None, pin_memory: bool = False,
                             requires_grad: bool = False,
                             check_invariants: bool | None = None) -> Any:
    """A sparse matrix in the layout ``torch.sparse_csr`` or ``torch.sparse_csc``: where each row
    (column) begins, the columns (rows) of the values, the values."""
    if layout in (sparse_bsr, sparse_bsc):
        raise NotImplementedError(f"the layout {layout} is not in wengert: tensors are sparse in "
                                  "COO, CSR and CSC. Give the elements of its blocks to "
                                  "torch.sparse_coo_tensor")
    if layout not in (sparse_csr, sparse_csc):
        raise RuntimeError(f"compressed layout is required, got {layout}")
    begins, others = places_of(compressed_indices), places_of(plain_indices)
    values = as_tensor(values, dtype=dtype)
    shape = shape_of(values)
    if begins.ndim != 1 or others.ndim != 1 or len(shape) != 1:
        raise NotImplementedError("a tensor in a compressed layout is one matrix of numbers here: "
                                  f"got indices of {begins.ndim} and {others.ndim} and values of "
                                  f"{len(shape)} dimensions")
    name = ("crow", "col") if layout is sparse_csr else ("ccol", "row")
    if size is None:
        length = int(others.max()) + 1 if others.size else 0
        size = (begins.size - 1, length) if layout is sparse_csr else (length, begins.size - 1)
    size = tuple(map(int, size))
    height, width = size if layout is sparse_csr else size[::-1]
    if begins.size != height + 1:
        raise RuntimeError(f"{name[0]}_indices.shape[-1] must be equal to the number of "
                           f"{'rows' if layout is sparse_csr else 'columns'} + 1, got "
                           f"{begins.size} and {height}")
    if others.size != shape[0] or begins[0] != 0 or begins[-1] != others.size or (
            np.diff(begins) < 0).any():
        raise RuntimeError(f"`{name[0]}_indices` must begin at 0, grow, and end at the number of "
                           f"values: got {begins.tolist()} for {others.size} {name[1]}_indices and "
                           f"{shape[0]} values")
    if others.size and (others.min() < 0 or others.max() >= width):
        raise RuntimeError(f"`0 <= {name[1]}_indices < {width}` is not satisfied")
    if invariants.asked(check_invariants):
        invariants.check_lines(begins, others, name, "nrows" if name[0] == "crow" else "ncols")
    out = ready().made(layout, (begins, others), values, size, False)
    return out.requires_grad_() if requires_grad else out


def sparse_csr_tensor(crow_indices: Any, col_indices: Any, values: Any, size: Any = None, *,
                      dtype: Any = None, device: Any = None, pin_memory: bool = False,
                      requires_grad: bool = False, check_invariants: bool | None = None) -> Any:
    """A sparse matrix by rows: ``crow_indices`` (rows + 1) says where each begins.

    >>> torch.sparse_csr_tensor([0, 1, 2], [2, 0], [3.0, 4.0], (2, 3)).to_dense()
    tensor([[0., 0., 3.],
            [4., 0., 0.]])
    """
    return sparse_compressed_tensor(crow_indices, col_indices, values, size, dtype=dtype,
                                    layout=sparse_csr, requires_grad=requires_grad,
                                    check_invariants=check_invariants)


def sparse_csc_tensor(ccol_indices: Any, row_indices: Any, values: Any, size: Any = None, *,
                      dtype: Any = None, device: Any = None, pin_memory: bool = False,
                      requires_grad: bool = False, check_invariants: bool | None = None) -> Any:
    """A sparse matrix by columns."""
    return sparse_compressed_tensor(ccol_indices, row_indices, values, size, dtype=dtype,
                                    layout=sparse_csc, requires_grad=requires_grad,
                                    check_invariants=check_invariants)



def sparse_bsr_tensor(crow_indices: Any, col_indices: Any, values: Any, size: Any = None,
                      **options: Any) -> Any:
    """NotImplementedError: there are no matrices of blocks."""
    return sparse_compressed_tensor(crow_indices, col_indices, values, size, layout=sparse_bsr)


def sparse_bsc_tensor(ccol_indices: Any, row_indices: Any, values: Any, size: Any = None,
                      **options: Any) -> Any:
    """NotImplementedError: there are no matrices of blocks."""
    return sparse_compressed_tensor(ccol_indices, row_indices, values, size, layout=sparse_bsc)
