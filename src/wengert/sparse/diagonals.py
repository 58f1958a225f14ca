"""Sparse matrices of their diagonals: :func:`spdiags`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..engine.devices import sparse_coo, sparse_csc, sparse_csr
from ..tensors.data import as_tensor
from ..tensors.sparse.construction import places_of, sparse_coo_tensor


def spdiags(diagonals: Any, offsets: Any, shape: Sequence[int], layout: Any = None) -> Any:
    """The sparse matrix of a shape with the rows of ``diagonals`` as its diagonals: that number
    ``k`` has ``diagonals[k, j]`` in column ``j``, ``offsets[k]`` columns right of the main one.

    ``layout`` is ``torch.sparse_coo`` (the default), ``torch.sparse_csr`` or ``torch.sparse_csc``.
    Gradients flow to ``diagonals``. RuntimeError for offsets that are not int64, that are equal, of
    which there are not as many as diagonals, or that lie outside the matrix.

    >>> torch.sparse.spdiags(torch.tensor([[1., 2., 3.]]), torch.tensor([1]), (3, 3)).to_dense()
    tensor([[0., 2., 0.],
            [0., 0., 3.],
            [0., 0., 0.]])
    """
    if layout not in (None, sparse_coo, sparse_csr, sparse_csc):
        raise RuntimeError("Only output layouts (Sparse, SparseCsc, SparseCsr) are supported, got "
                           f"{layout}")
    if not hasattr(offsets, "dtype"):
        raise TypeError("spdiags(): argument 'offsets' (position 2) must be Tensor, not "
                        f"{type(offsets).__name__}")
    diagonals = as_tensor(diagonals)
    diagonals = diagonals.unsqueeze(0) if diagonals.dim() == 1 else diagonals
    if diagonals.dim() != 2:
        raise RuntimeError("Diagonals must be vector or matrix")
    if len(shape) != 2:
        raise RuntimeError("Output shape must be 2d")
    if offsets.dim() > 1:
        raise RuntimeError("Offsets must be scalar or vector")
    places = _places(offsets.reshape(-1), diagonals.shape, shape)
    k, columns = as_tensor(places[0]), as_tensor(places[2])
    out = sparse_coo_tensor(np.stack(places[1:]), diagonals[k, columns], shape)
    return out if layout in (None, sparse_coo) else out.to_sparse(layout=layout)


def _places(offsets: Any, given: Sequence[int], shape: Sequence[int]) -> list[Any]:
    """For each value: of which diagonal, in which row, in which column."""
    if offsets.dtype.name != "int64":
        raise RuntimeError(f"Offset Tensor must have dtype Long but got {offsets.dtype}")
    found = places_of(offsets)
    if given[0] != found.size:
        raise RuntimeError(f"Number of diagonals ({given[0]}) does not match the number of offsets "
                           f"({found.size})")
    if np.unique(found).size != found.size:
        raise RuntimeError("Offset tensor contains duplicate values")
    height, width = map(int, shape)
    for offset in found:
        if not -height <= offset <= width:
            raise RuntimeError(f"spdiags: the diagonal at offset {offset} lies outside a matrix of "
                               f"{height} rows and {width} columns")
    parts = []
    for k, offset in enumerate(found):
        columns = np.arange(max(0, offset), min(width, given[1], height + offset), dtype=np.int64)
        parts.append(np.stack([np.full_like(columns, k), columns - offset, columns]))
    joined = np.concatenate(parts, axis=1) if parts else np.zeros((3, 0), np.int64)
    return list(joined)


__all__ = ["spdiags"]
