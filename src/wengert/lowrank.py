"""``torch.svd_lowrank`` and ``pca_lowrank``: the largest singular values of a large matrix.

By products with random vectors (Halko, Martinsson and Tropp, 2011, algorithms 4.4 and 5.1).
"""

from __future__ import annotations

from typing import Any

from . import linalg
from .tensors.operators import Tensor
from .tensors.random import randn


def get_approximate_basis(A: Tensor, q: int, niter: int | None = 2, M: Any = None) -> Tensor:
    """``q`` orthonormal columns that nearly span those of ``A`` (of ``A - M``)."""
    x: Any = A if M is None else A - M
    y = x @ randn(x.shape[-1], q, dtype=x.dtype)
    basis = linalg.qr(y).Q
    for _ in range(2 if niter is None else niter):
        basis = linalg.qr(x.mH @ basis).Q
        basis = linalg.qr(x @ basis).Q
    found: Tensor = basis
    return found


def svd_lowrank(A: Tensor, q: int | None = 6, niter: int | None = 2,
                M: Any = None) -> tuple[Tensor, Tensor, Tensor]:
    """``U``, ``S``, ``V`` of the ``q`` largest singular values of ``A`` (of ``A - M``)."""
    x: Any = A if M is None else A - M
    count = 6 if q is None else q
    tall = x.shape[-2] >= x.shape[-1]
    x = x if tall else x.mH
    basis = get_approximate_basis(x, count, niter)
    found: Any = linalg.svd(basis.mH @ x, full_matrices=False)
    left, right = basis @ found.U, found.Vh.mH
    return (left, found.S, right) if tall else (right, found.S, left)


def pca_lowrank(A: Tensor, q: int | None = None, center: bool = True,
                niter: int = 2) -> tuple[Tensor, Tensor, Tensor]:
    """The same of ``A`` with the mean of its rows subtracted; ValueError for a bad ``q``."""
    m, n = A.shape[-2:]
    count = min(6, m, n) if q is None else q
    if not 0 <= count <= min(m, n):
        raise ValueError(f"q(={count}) must be non-negative integer and not greater than "
                         f"min(m, n)={min(m, n)}")
    if niter < 0:
        raise ValueError(f"niter(={niter}) must be non-negative integer")
    x: Any = A
    return svd_lowrank(x - x.mean(dim=-2, keepdim=True) if center else x, count, niter)
