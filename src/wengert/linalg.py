"""``torch.linalg``: norms, products, factorisations, determinants, inverses, solutions.

The last two dimensions of an argument are matrices, the others a batch. A factorisation that does
not exist raises :class:`LinAlgError`, a RuntimeError.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

from .engine.dtypes import bool_, int32
from .engine.errors import LinAlgError
from .functions.choices import where
from .functions.decompositions import cholesky, cholesky_ex, inv, inv_ex, solve, solve_ex
from .names.missing import answer_missing_names
from .return_types import named
from .tensors.creation import eye, ones, zeros
from .tensors.recorded import public, with_out
from .tensors.spelling import also

_own: Any = sys.modules[__name__]
"""Where those are found when first asked for that are operations (the end of this file)."""


@with_out
@also(input="A")
def pinv(A: Any, rcond: float | None = None, hermitian: bool = False, *,
         atol: float | None = None, rtol: float | None = None) -> Any:
    """The pseudo-inverse (..., n, m) of matrices (..., m, n); singular values of at most
    ``max(atol, rtol * the largest)`` count as 0, ``rtol`` being ``max(m, n)`` epsilons unless it or
    ``atol`` is given."""
    rtol = rcond if rtol is None else rtol
    return _own.linalg_pinv(A, 0.0, hermitian, atol=_number(atol), rtol=_number(rtol))


def _number(limit: Any) -> Any:
    """A number, also where it is given as a tensor of one element."""
    return limit.item() if hasattr(limit, "item") else limit


@with_out
def lu_factor_ex(A: Any, *, pivot: bool = True, check_errors: bool = False) -> Any:
    """:func:`lu_factor` and ``info``, int32: where U has a zero on its diagonal, its place from 1,
    else 0. RuntimeError for one if ``check_errors``."""
    factors, pivots = _own.lu_factor(A, pivot=pivot)
    nothing = _own.general_diagonal(factors.detach(), 0, -2, -1) == 0
    info = (nothing.int().argmax(-1) + 1) * nothing.any(-1)
    if check_errors and info.any():
        raise LinAlgError("linalg.lu_factor_ex: U has a zero on its diagonal")
    return named("linalg_lu_factor_ex", ("LU", "pivots", "info"))((factors, pivots, info.int()))


@with_out
@also(input="A")
def ldl_factor_ex(A: Any, *, hermitian: bool = False, check_errors: bool = False) -> Any:
    """:func:`ldl_factor` and ``info``, int32: 0."""
    factors, pivots = _own.ldl_factor(A, hermitian=hermitian)
    info = zeros(A.shape[:-2], dtype=int32)
    return named("linalg_ldl_factor_ex", ("LD", "pivots", "info"))((factors, pivots, info))


@with_out
@also(input="A", b="B")
def lstsq(A: Any, B: Any, rcond: float | None = None, *, driver: str | None = None) -> Any:
    """The ``solution`` (..., n, k) with the least ``|A X - B|``, of these the least.

    ``driver`` says what comes with it: ``"gelsy"``, the default, ``rank``; ``"gels"``, for A of
    full rank, ``residuals`` (..., k), which need m > n; ``"gelsd"`` and ``"gelss"`` both, and
    ``singular_values``. The rest is empty; the solution is computed in one way.
    """
    if driver not in (None, "gels", "gelsy", "gelsd", "gelss"):
        raise RuntimeError("torch.linalg.lstsq: parameter `driver` should be one of "
                           f"(gels, gelsy, gelsd, gelss), got {driver}")
    vector = B.ndim == 1 or (B.ndim == A.ndim - 1 and B.shape == A.shape[:-1])
    b = B.unsqueeze(-1) if vector else B
    solution, rank = _own.lstsq_solution(A, b, rcond)
    m, n = A.shape[-2:]
    real = A.dtype.to_real()
    singular, residuals = zeros(0, dtype=real), zeros(0, dtype=real)
    if driver in ("gelsd", "gelss"):
        singular = _own.svdvals(A.detach())
    if driver not in (None, "gelsy") and m > n and (rank == n).all():
        residuals = (A @ solution - b).abs().square().sum(-2)
    if vector:
        solution = solution.squeeze(-1)
    return named("linalg_lstsq", ("solution", "residuals", "rank", "singular_values"))(
        (solution, residuals, rank.new_empty((0,)) if driver == "gels" else rank, singular))


@with_out
@also(input="A")
def matrix_power(A: Any, n: int) -> Any:
    """``A`` multiplied by itself; the inverse's power if ``n`` is negative."""
    return _own.positive_power(inv(A), -n) if n < 0 else _own.positive_power(A, n)


def diagonal(A: Any, *, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Any:
    """The diagonal of each matrix of ``A`` (..., m, n): a view (..., k)."""
    return _own.general_diagonal(A, offset, dim1, dim2)


@with_out
@also(input="A")
def norm(A: Any, ord: Any = None, dim: Any = None, keepdim: bool = False, *,
         dtype: Any = None) -> Any:
    """The norm of vectors or matrices.

    ``dim`` an int (or ``A`` with one dimension) gives :func:`vector_norm`; two dims (or ``A`` with
    two dimensions and an ``ord``) give :func:`matrix_norm`; ``ord=None`` is the 2-norm of all
    elements.
    """
    if ord is None:
        return _own.vector_norm(A, 2, dim, keepdim, dtype=dtype)
    dims = (dim,) if isinstance(dim, int) else tuple(range(A.ndim)) if dim is None else tuple(dim)
    if len(dims) == 2:
        return matrix_norm(A, ord, dims, keepdim, dtype=dtype)
    if len(dims) != 1:
        raise RuntimeError("linalg.norm: If dim is not specified but ord is, the input must be 1D "
                           f"or 2D. Got {A.ndim}D.")
    return _own.vector_norm(A, ord, dims, keepdim, dtype=dtype)


@with_out
@also(input="A")
def matrix_norm(A: Any, ord: Any = "fro", dim: Sequence[int] = (-2, -1), keepdim: bool = False, *,
                dtype: Any = None) -> Any:
    """The norm of matrices: ``"fro"``, ``"nuc"``, 1, -1 (columns), inf, -inf (rows), 2, -2 (the
    largest and the least singular value)."""
    row, column = (d % A.ndim for d in dim)
    if ord == "fro":
        return _own.vector_norm(A, 2, (row, column), keepdim, dtype=dtype)
    if ord in (2, -2, "nuc"):
        typed = A if dtype is None else A.to(dtype)
        values = _own.svdvals(typed.movedim((row, column), (-2, -1)))
        found = values.sum(-1) if ord == "nuc" else (
            _own.amax if ord > 0 else _own.amin)(values, -1)
        if not keepdim:
            return found
        for d in sorted((row, column)):
            found = found.unsqueeze(d)
        return found
    if ord not in (1, -1, float("inf"), float("-inf")):
        raise RuntimeError(f"linalg.matrix_norm: Order {ord} not supported.")
    added, kept = (row, column) if abs(ord) == 1 else (column, row)
    sums = _own.total(_own.absolute(A), added, True, dtype=dtype)
    extreme = (_own.amax if ord > 0 else _own.amin)(sums, kept, True)
    return extreme if keepdim else extreme.squeeze((row, column))


@with_out
@also(input="A")
def cond(A: Any, p: Any = None) -> Any:
    """``|A| |A^-1|`` in the norm ``p``; for 2 (or None) and -2 by singular values."""
    if p in (None, 2, -2):
        values = _own.svdvals(A)
        if not A.numel():
            return values.new_zeros(values.shape[:-1])
        largest, least = _own.amax(values, -1), _own.amin(values, -1)
        return least / largest if p == -2 else largest / least
    return matrix_norm(A, p) * matrix_norm(inv(A), p)


def vander(x: Any, N: int | None = None) -> Any:
    """The powers 0 to N - 1 of ``x`` (..., n): (..., n, N), N being n unless it is given."""
    vectors = x if x.dim() else x.unsqueeze(0)
    count = vectors.shape[-1] if N is None else N
    if count <= 1:
        raise RuntimeError("N must be greater than 1.")
    return _own.stack([vectors.pow(k) for k in range(count)], -1)


@with_out
def householder_product(A: Any, tau: Any) -> Any:
    """The first n columns of the product of the reflections ``1 - tau v v^H`` of which ``A``
    (..., m, n) holds the vectors below its diagonal."""
    m, n = A.shape[-2:]
    q = eye(m, n, dtype=A.dtype).expand(*A.shape[:-2], m, n)
    unit = A.tril(-1) + eye(m, n, dtype=A.dtype)
    if not tau.shape[-1]:
        return where(ones((), dtype=bool_), q, A)   # a function of A with the derivative 0
    for k in reversed(range(tau.shape[-1])):
        v = unit[..., k:k + 1]
        q = q - tau[..., k, None, None] * (v @ (v.mH @ q))
    return q


@with_out
def tensorinv(A: Any, ind: int = 2) -> Any:
    """The inverse with respect to ``tensordot`` over the first ``ind`` dimensions."""
    first, rest = tuple(A.shape[:ind]), tuple(A.shape[ind:])
    n = 1
    for length in first:
        n *= length
    return inv(A.reshape(n, -1)).reshape(rest + first)


@with_out
def tensorsolve(A: Any, B: Any, dims: Sequence[int] | None = None) -> Any:
    """``X`` with ``tensordot(A, X, X.ndim) == B``; ``dims`` of ``A`` are moved to its end."""
    if dims is not None:
        A = A.movedim(tuple(dims), tuple(range(-len(dims), 0)))
    shape = tuple(A.shape[B.ndim:])
    return solve(A.reshape(B.numel(), -1), B.reshape(-1)).reshape(shape)


__all__ = [
    "LinAlgError", "cholesky", "cholesky_ex", "cond", "diagonal", "householder_product", "inv",
    "inv_ex", "ldl_factor_ex", "lstsq", "lu_factor_ex", "matrix_norm", "matrix_power", "norm",
    "pinv", "solve", "solve_ex", "tensorinv", "tensorsolve", "vander",
]
_found_later = [
    "cross", "det", "eig", "eigh", "eigvals", "eigvalsh", "ldl_factor", "ldl_solve", "lu",
    "lu_factor", "lu_solve", "matmul", "matrix_exp", "matrix_rank", "multi_dot", "qr", "slogdet",
    "solve_triangular", "svd", "svdvals", "vecdot", "vector_norm",
]
__all__ = sorted([*__all__, *_found_later])
answer_missing_names(__name__, names={
    ".functions.decompositions": """
        det=linalg_det eig=linalg_eig eigh=linalg_eigh eigvals=linalg_eigvals
        eigvalsh=linalg_eigvalsh matrix_exp=linalg_matrix_exp matrix_rank=linalg_matrix_rank
        linalg_pinv qr=linalg_qr slogdet=linalg_slogdet solve_triangular=linalg_solve_triangular
        svd=linalg_svd svdvals=linalg_svdvals vecdot=linalg_vecdot lstsq_solution""",
    ".functions.factors": """
        ldl_factor=linalg_ldl_factor ldl_solve=linalg_ldl_solve lu=linalg_lu
        lu_factor=linalg_lu_factor lu_solve=linalg_lu_solve""",
    ".functions.joins": "stack",
    ".functions.linear": """
        cross=linalg_cross matmul positive_power=matrix_power multi_dot""",
    ".functions.pointwise": "absolute=abs",
    ".functions.reduce": "amax amin total=sum_ vector_norm",
    ".functions.shape": "general_diagonal=diagonal",
}, public=public)
