"""``torch.linalg``: what of it needs no factorisation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .missing import answer_missing_names
from .surface.functions import abs as absolute
from .surface.functions import (
    amax,
    amin,
    linalg_cross,
    matmul,
    matrix_power,
    multi_dot,
    vector_norm,
)
from .surface.functions import diagonal as general_diagonal
from .surface.functions import sum as total

cross = linalg_cross


def diagonal(A: Any, *, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Any:
    """The diagonal of each matrix of ``A`` (..., m, n): a view (..., k)."""
    return general_diagonal(A, offset, dim1, dim2)


def norm(A: Any, ord: Any = None, dim: Any = None, keepdim: bool = False, *,
         dtype: Any = None) -> Any:
    """The norm of vectors or matrices.

    ``dim`` an int (or ``A`` with one dimension) gives :func:`vector_norm`; two dims (or ``A`` with
    two dimensions and an ``ord``) give :func:`matrix_norm`; ``ord=None`` is the 2-norm of all
    elements.
    """
    if ord is None:
        return vector_norm(A, 2, dim, keepdim, dtype=dtype)
    dims = (dim,) if isinstance(dim, int) else tuple(range(A.ndim)) if dim is None else tuple(dim)
    if len(dims) == 2:
        return matrix_norm(A, ord, dims, keepdim, dtype=dtype)
    if len(dims) != 1:
        raise RuntimeError("linalg.norm: If dim is not specified but ord is, the input must be 1D "
                           f"or 2D. Got {A.ndim}D.")
    return vector_norm(A, ord, dims, keepdim, dtype=dtype)


def matrix_norm(A: Any, ord: Any = "fro", dim: Sequence[int] = (-2, -1), keepdim: bool = False, *,
                dtype: Any = None) -> Any:
    """The norm of matrices: ``"fro"``, or 1, -1 (columns), inf, -inf (rows).

    NotImplementedError for 2, -2 and ``"nuc"``, which need singular values.
    """
    row, column = (d % A.ndim for d in dim)
    if ord == "fro":
        return vector_norm(A, 2, (row, column), keepdim, dtype=dtype)
    if ord in (2, -2, "nuc"):
        raise NotImplementedError(f"linalg.matrix_norm: ord={ord!r} needs singular values; not in "
                                  "wengert yet")
    if ord not in (1, -1, float("inf"), float("-inf")):
        raise RuntimeError(f"linalg.matrix_norm: Order {ord} not supported.")
    added, kept = (row, column) if abs(ord) == 1 else (column, row)
    sums = total(absolute(A), added, True, dtype=dtype)
    extreme = (amax if ord > 0 else amin)(sums, kept, True)
    return extreme if keepdim else extreme.squeeze((row, column))


__all__ = ["cross", "diagonal", "matmul", "matrix_norm", "matrix_power", "multi_dot", "norm",
           "vector_norm"]
answer_missing_names(__name__)
