"""The functions of torch.linalg, with their types. Made by ``python -m tests.namespace``."""

# ruff: noqa: F401, I001  # every stub imports the same types
from builtins import bool as _bool
from builtins import complex as _complex
from builtins import float as _float
from builtins import int as _int
from builtins import object as _object
from builtins import type as _type
from collections.abc import Callable as _Callable
from collections.abc import Iterator as _Iterator
from collections.abc import Sequence as _Sequence
from types import ModuleType as _ModuleType
from typing import Any as _Any
from typing import Literal as _Literal
from typing import NamedTuple as _NamedTuple
from typing import TypeVar as _TypeVar
from typing import overload as _overload

from numpy import ndarray as _ndarray

from wengert.autograd.hooks import RemovableHandle as _RemovableHandle
from wengert.engine.devices import device as _device
from wengert.engine.devices import layout as _layout
from wengert.engine.devices import memory_format as _memory_format
from wengert.engine.dtypes import DType as _dtype
from wengert.tensors.storage import TypedStorage as _TypedStorage
from wengert.tensors.storage import UntypedStorage as _UntypedStorage
from wengert.engine.errors import LinAlgError as LinAlgError
from wengert.tensors.operators import Tensor

_Number = _complex
_Scalar = Tensor | _complex
_Device = _device | str | _int | None
_F = _TypeVar("_F", bound=_Callable[..., _Any])

class _cholesky_ex_result(_NamedTuple):
    L: Tensor
    info: Tensor

class _inv_ex_result(_NamedTuple):
    inverse: Tensor
    info: Tensor

class _linalg_eig_result(_NamedTuple):
    eigenvalues: Tensor
    eigenvectors: Tensor

class _linalg_eigh_result(_NamedTuple):
    eigenvalues: Tensor
    eigenvectors: Tensor

class _linalg_ldl_factor_result(_NamedTuple):
    LD: Tensor
    pivots: Tensor

class _linalg_lu_factor_result(_NamedTuple):
    LU: Tensor
    pivots: Tensor

class _linalg_lu_result(_NamedTuple):
    P: Tensor
    L: Tensor
    U: Tensor

class _linalg_qr_result(_NamedTuple):
    Q: Tensor
    R: Tensor

class _linalg_slogdet_result(_NamedTuple):
    sign: Tensor
    logabsdet: Tensor

class _linalg_svd_result(_NamedTuple):
    U: Tensor
    S: Tensor
    Vh: Tensor

class _lstsq_result(_NamedTuple):
    solution: Tensor
    residuals: Tensor
    rank: Tensor
    singular_values: Tensor

class _lu_factor_ex_result(_NamedTuple):
    LU: Tensor
    pivots: Tensor
    info: Tensor

class _solve_ex_result(_NamedTuple):
    result: Tensor
    info: Tensor

def cholesky(A: Tensor, *, upper: _bool = False, out: Tensor | None = None) -> Tensor:
    """The lower triangular L with ``A = L L^H`` of a positive definite A (..., n, n); ``upper``
    gives ``L^H``. Only that triangle of A is read."""
def cholesky_ex(A: Tensor, *, upper: _bool = False,
        check_errors: _bool = False) -> _cholesky_ex_result:
    """``cholesky(A)`` and ``info``, int32: 0, or 1 for a batch in which a matrix has none (then
    the first is NaN). With ``check_errors`` it raises instead."""
def cond(A: Tensor, p: _Any = None) -> Tensor:
    """``|A| |A^-1|`` in the norm ``p``; for 2 (or None) and -2 by singular values."""
def cross(input: Tensor, other: Tensor, *, dim: _int = -1, out: Tensor | None = None) -> Tensor:
    """The cross product of vectors of three elements along ``dim``."""
def det(A: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The determinant of each matrix."""
def diagonal(A: Tensor, *, offset: _int = 0, dim1: _int = -2, dim2: _int = -1) -> Tensor:
    """The diagonal of each matrix of ``A`` (..., m, n): a view (..., k)."""
def eig(A: Tensor, *, out: _Sequence[Tensor] | None = None) -> _linalg_eig_result:
    """The eigenvalues and eigenvectors of a square matrix, complex."""
def eigh(A: Tensor, UPLO: str = 'L', *,
        out: _Sequence[Tensor] | None = None) -> _linalg_eigh_result:
    """The eigenvalues (..., n), ascending, and the eigenvectors (..., n, n), in columns, of a
    Hermitian matrix, of which one triangle is read."""
def eigvals(A: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The eigenvalues of a square matrix, complex."""
def eigvalsh(A: Tensor, UPLO: str = 'L', *, out: Tensor | None = None) -> Tensor:
    """The eigenvalues of a Hermitian matrix, ascending."""
def householder_product(A: Tensor, tau: Tensor) -> Tensor:
    """The first n columns of the product of the reflections ``1 - tau v v^H`` of which ``A``
    (..., m, n) holds the vectors below its diagonal."""
def inv(A: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The inverse of each matrix."""
def inv_ex(A: Tensor, *, check_errors: _bool = False) -> _inv_ex_result:
    """``inv(A)`` and ``info``, int32: 0, or 1 for a batch in which a matrix has none (then the
    first is NaN). With ``check_errors`` it raises instead."""
def ldl_factor(A: Tensor, *, hermitian: _bool = False,
        out: _Sequence[Tensor] | None = None) -> _linalg_ldl_factor_result:
    """L and D in one matrix of a symmetric (or ``hermitian``) A, whose lower triangle is read,
    and the pivots of LAPACK's ``sytrf``, int32."""
def ldl_factor_ex(A: Tensor, *, hermitian: _bool = False, check_errors: _bool = False) -> Tensor:
    """:func:`ldl_factor` and ``info``, int32: 0."""
def ldl_solve(LD: Tensor, pivots: Tensor, B: Tensor, *, hermitian: _bool = False,
        out: Tensor | None = None) -> Tensor:
    """``X`` with ``A X = B``, A given by ``ldl_factor``."""
def lstsq(A: Tensor, B: Tensor, rcond: _float | None = None, *,
        driver: str | None = None) -> _lstsq_result:
    """The ``solution`` (..., n, k) with the least ``|A X - B|``, of these the least."""
def lu(A: Tensor, *, pivot: _bool = True,
        out: _Sequence[Tensor] | None = None) -> _linalg_lu_result:
    """``A = P L U``: a permutation, a unit lower and an upper triangular matrix."""
def lu_factor(A: Tensor, *, pivot: _bool = True,
        out: _Sequence[Tensor] | None = None) -> _linalg_lu_factor_result:
    """L (without its unit diagonal) and U in one matrix, and the pivots, int32 from 1."""
def lu_factor_ex(A: Tensor, *, pivot: _bool = True,
        check_errors: _bool = False) -> _lu_factor_ex_result:
    """:func:`lu_factor` and ``info``, int32: where U has a zero on its diagonal, its place from
    1, else 0. RuntimeError for one if ``check_errors``."""
def lu_solve(LU: Tensor, pivots: Tensor, B: Tensor, *, left: _bool = True, adjoint: _bool = False,
        out: Tensor | None = None) -> Tensor:
    """``X`` with ``A X = B``, A given by ``lu_factor``, or with ``A^H X = B`` for ``adjoint``;
    if not ``left``, ``X A = B`` or ``X A^H = B``."""
def matmul(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The matrix product, by the operands' dimensions: ``dot``, ``mv``, ``mm``, or a batch of
    them whose leading dimensions broadcast; a vector is a row on the left and a column on the
    right."""
def matrix_exp(A: Tensor, *, out: Tensor | None = None) -> Tensor:
    """``1 + A + A^2 / 2 + ...`` of each square matrix; of half precision, computed in float32."""
def matrix_norm(A: Tensor, ord: _Any = 'fro', dim: _Sequence[_int] = ..., keepdim: _bool = False, *,
        dtype: _dtype | None = None) -> Tensor:
    """The norm of matrices: ``"fro"``, ``"nuc"``, 1, -1 (columns), inf, -inf (rows), 2, -2 (the
    largest and the least singular value)."""
def matrix_power(A: Tensor, n: _int) -> Tensor:
    """``A`` multiplied by itself; the inverse's power if ``n`` is negative."""
def matrix_rank(A: Tensor, *, atol: _float | None = None, rtol: _float | None = None,
        hermitian: _bool = False, out: Tensor | None = None) -> Tensor:
    """How many singular values exceed ``max(atol, rtol * the largest)``; int64."""
def multi_dot(tensors: _Sequence[Tensor], *, out: Tensor | None = None) -> Tensor:
    """The product of matrices, in the order of multiplying that costs least; the first and the
    last may be vectors."""
def norm(A: Tensor, ord: _Any = None, dim: _Any = None, keepdim: _bool = False, *,
        dtype: _dtype | None = None) -> Tensor:
    """The norm of vectors or matrices."""
def pinv(A: Tensor, rcond: _float | None = None, hermitian: _bool = False, *,
        atol: _float | None = None, rtol: _float | None = None) -> Tensor:
    """The pseudo-inverse (..., n, m) of matrices (..., m, n); singular values of at most
    ``max(atol, rtol * the largest)`` count as 0, ``rtol`` being ``max(m, n)`` epsilons unless
    it or ``atol`` is given."""
def qr(A: Tensor, mode: str = 'reduced', *,
        out: _Sequence[Tensor] | None = None) -> _linalg_qr_result:
    """``A = Q R``, Q with orthonormal columns, R upper triangular; ``mode`` is "reduced",
    "complete" or "r" (no Q)."""
def slogdet(A: Tensor, *, out: _Sequence[Tensor] | None = None) -> _linalg_slogdet_result:
    """The sign of the determinant and the logarithm of its size."""
def solve(A: Tensor, B: Tensor, *, left: _bool = True, out: Tensor | None = None) -> Tensor:
    """``X`` with ``A X = B``, or ``X A = B`` if not ``left``; a ``B`` of shape ``A.shape[:-1]``
    is a batch of vectors."""
def solve_ex(A: Tensor, B: Tensor, *, left: _bool = True,
        check_errors: _bool = False) -> _solve_ex_result:
    """``solve(A, B)`` and ``info``, int32: 0, or 1 for a batch in which a matrix has none (then
    the first is NaN). With ``check_errors`` it raises instead."""
def solve_triangular(A: Tensor, B: Tensor, *, upper: _bool, left: _bool = True,
        unitriangular: _bool = False, out: Tensor | None = None) -> Tensor:
    """``X`` with ``A X = B``, or ``X A = B`` if not ``left``, of a triangular A."""
def svd(A: Tensor, full_matrices: _bool = True, *, driver: str | None = None,
        out: _Sequence[Tensor] | None = None) -> _linalg_svd_result:
    """``A = U diag(S) Vh`` with the singular values S, descending; ``full_matrices`` says
    whether U and Vh are square."""
def svdvals(A: Tensor, *, driver: str | None = None, out: Tensor | None = None) -> Tensor:
    """The singular values, descending."""
def tensorinv(A: Tensor, ind: _int = 2) -> Tensor:
    """The inverse with respect to ``tensordot`` over the first ``ind`` dimensions."""
def tensorsolve(A: Tensor, B: Tensor, dims: _Sequence[_int] | None = None) -> Tensor:
    """``X`` with ``tensordot(A, X, X.ndim) == B``; ``dims`` of ``A`` are moved to its end."""
def vander(x: Tensor, N: _int | None = None) -> Tensor:
    """The powers 0 to N - 1 of ``x`` (..., n): (..., n, N), N being n unless it is given."""
def vecdot(x: Tensor, y: Tensor, *, dim: _int = -1, out: Tensor | None = None) -> Tensor:
    """The sum of ``conj(x) * y`` over ``dim``."""
def vector_norm(x: Tensor, ord: _float = 2, dim: _int | _Sequence[_int] | None = None,
        keepdim: _bool = False, *, dtype: _dtype | None = None,
        out: Tensor | None = None) -> Tensor:
    """The norm of order ``ord`` over ``dim``, of all elements as one vector for None."""
