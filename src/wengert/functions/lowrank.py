"""Reflections applied, factors under their older names, and decompositions of low rank:
``torch.ormqr``, ``torch.orgqr``, ``torch.lu``, ``torch.svd_lowrank``, ``torch.pca_lowrank``."""

from __future__ import annotations

from typing import Any

from ..linalg import householder_product, lu_factor, lu_factor_ex, qr, svd
from ..return_types import named
from ..tensors.attached import method
from ..tensors.creation import eye
from ..tensors.random import randn
from ..tensors.recorded import into


@method
def orgqr(input: Any, tau: Any, *, out: Any = None) -> Any:
    """:func:`torch.linalg.householder_product`."""
    result = householder_product(input, tau)
    return result if out is None else into(out, result)


@method
def ormqr(input: Any, tau: Any, other: Any, left: bool = True, transpose: bool = False, *,
          out: Any = None) -> Any:
    """``Q other``, or ``other Q`` if not ``left``; ``Q^H`` for Q if ``transpose``.

    Q (m, m) is the product of the reflections ``1 - tau v v^H`` of which ``input`` (..., m, k)
    holds the vectors below its diagonal, as :func:`geqrf` leaves them.
    """
    if input.dim() < 2:
        raise RuntimeError("torch.ormqr: input must have at least 2 dimensions.")
    m, k = input.shape[-2], tau.shape[-1]
    if other.shape[-2 if left else -1] != m:
        raise RuntimeError(f"torch.ormqr: other.shape[{-2 if left else -1}] must be equal to "
                           "input.shape[-2]")
    unit = input[..., :k].tril(-1) + eye(m, k, dtype=input.dtype)
    result = other.clone()
    for i in reversed(range(k)) if left != transpose else range(k):
        v, t = unit[..., i:i + 1], tau[..., i, None, None]
        t = t.conj() if transpose else t
        result = result - (t * (v @ (v.mH @ result)) if left else t * ((result @ v) @ v.mH))
    return result if out is None else into(out, result)


@method
def lu(A: Any, pivot: bool = True, get_infos: bool = False, *, out: Any = None) -> Any:
    """:func:`torch.linalg.lu_factor`; with ``get_infos`` ``lu_factor_ex``."""
    result: Any = tuple(lu_factor(A, pivot=pivot))
    if get_infos:
        result = named("_lu_with_info", ("LU", "pivots", "info"))(lu_factor_ex(A, pivot=pivot))
    return result if out is None else into(out, result)


def get_approximate_basis(A: Any, q: int, niter: int | None = 2, M: Any = None) -> Any:
    """Orthonormal columns (..., m, q) whose span nearly holds that of ``A`` (..., m, n), less
    ``M``, by powers of a random one (Halko, Martinsson and Tropp 2011, algorithm 4.4)."""
    A = A if M is None else A - M
    found = qr(A @ randn(A.shape[-1], q, dtype=A.dtype)).Q
    for _ in range(2 if niter is None else niter):
        found = qr(A @ qr(A.mH @ found).Q).Q
    return found


def svd_lowrank(A: Any, q: int | None = 6, niter: int | None = 2,
                M: Any = None) -> tuple[Any, Any, Any]:
    """``(U, S, V)`` with ``U diag(S) V^H`` near ``A`` (less ``M``), of rank ``q``; nearer with more
    turns ``niter``. The result depends on random numbers, but for a matrix of rank ``q`` or less.
    """
    rank = 6 if q is None else q
    X = A if M is None else A - M.expand(A.shape)
    wide = X.shape[-2] < X.shape[-1]
    X = X.mH if wide else X
    basis = get_approximate_basis(X, rank, niter)
    u, s, vh = svd(basis.mH @ X, full_matrices=False)
    return (vh.mH, s, basis @ u) if wide else (basis @ u, s, vh.mH)


def pca_lowrank(A: Any, q: int | None = None, center: bool = True,
                niter: int = 2) -> tuple[Any, Any, Any]:
    """:func:`svd_lowrank` of ``A`` (..., m, n), less its column means if ``center``: principal
    components in the columns of V."""
    m, n = A.shape[-2:]
    rank = min(6, m, n) if q is None else q
    if not 0 <= rank <= min(m, n):
        raise ValueError(f"q(={rank}) must be non-negative integer and not greater than min(m, n)="
                         f"{min(m, n)}")
    if niter < 0:
        raise ValueError(f"niter(={niter}) must be non-negative integer")
    return svd_lowrank(A - A.mean(-2, keepdim=True) if center else A, rank, niter)


__all__ = ["get_approximate_basis", "lu", "orgqr", "ormqr", "pca_lowrank", "svd_lowrank"]
