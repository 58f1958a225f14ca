"""Factorisations, determinants, inverses and solutions, with PyTorch's arguments and names.

``torch.linalg`` has them under the names without ``linalg_``; the last dimensions are matrices, the
others a batch. Those of which a matrix may have none (:func:`cholesky`, :func:`inv`,
:func:`solve`) are computed at the call, so that the error is raised there: programs catch it and
try another matrix. The others are recorded like any function.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..engine.dtypes import float32, int64
from ..engine.errors import LinAlgError
from ..engine.graph import Node, lift
from ..engine.lazy import lazy
from ..engine.ops import decompositions as dec
from ..engine.ops import elementwise as el
from ..engine.ops import reduce as red
from ..engine.ops import structural as st
from ..engine.ops.contract import adjoint
from ..engine.recording.at_once import at_once
from ..engine.recording.flushing import value
from ..engine.recording.handle import Handle
from ..engine.recording.operation import Operation, as_dtype, operation
from ..engine.recording.recorder import hold, record
from ..engine.recording.recording import dtype_of, here, shape_of
from ..return_types import named
from ..tensors.recorded import fill, into, with_out

_EPS = {"float32": 2.0**-23, "complex64": 2.0**-23}
# Checks
def check_matrix(name: str, a: Node, square: bool = False) -> None:
    if a.ndim < 2:
        raise RuntimeError(f"{name}: The input tensor A must have at least 2 dimensions.")
    if _low(a):
        raise RuntimeError(f"{name}: Low precision dtypes not supported. Got "
                           f"{a.dtype.legacy_name}")
    if not a.dtype.is_differentiable:
        raise RuntimeError(f"{name}: Expected a floating point or complex tensor as input. Got "
                           f"{a.dtype.legacy_name}")
    if square and a.shape[-1] != a.shape[-2]:
        raise RuntimeError(f"{name}: A must be batches of square matrices, but they are "
                           f"{a.shape[-2]} by {a.shape[-1]} matrices")


def _low(a: Node) -> bool:
    return a.dtype.name in ("float16", "bfloat16")


def check_fitting(name: str, a: Node, b: Node) -> None:
    if a.dtype is not b.dtype:
        raise RuntimeError(f"{name}: Expected A and B to have the same dtype, but found A of type "
                           f"{a.dtype.legacy_name} and B of type {b.dtype.legacy_name} instead")
    if b.ndim < 2:
        raise RuntimeError(f"{name}: The input tensor B must have at least 2 dimensions.")
    if a.shape[-2] != b.shape[-2]:
        raise RuntimeError(
            f"{name}: Incompatible shapes of A and B for the equation AX = B "
            f"({a.shape[-2]}x{a.shape[-1]} and {b.shape[-2]}x{b.shape[-1]})")


def real(x: Node) -> Node:
    """The real part of a complex ``x``; a real ``x`` itself."""
    return el.real(x) if x.dtype.is_complex else x


# Cholesky
@operation("LinalgCholeskyExBackward0", methods=())
def linalg_cholesky(A: Node, *, upper: bool = False) -> Node:
    """The lower triangular L with ``A = L L^H`` of a positive definite A (..., n, n); ``upper``
    gives ``L^H``. Only that triangle of A is read."""
    check_matrix("linalg.cholesky", A, True)
    l = dec.cholesky(adjoint(A) if upper else A)
    return adjoint(l) if upper else l


@operation("CholeskyBackward0", methods=("cholesky",))
def _cholesky(input: Node, upper: bool = False) -> Node:
    """The lower (or upper) Cholesky factor of a positive definite matrix."""
    return linalg_cholesky(input, upper=upper)


@operation("CholeskySolveBackward0")
def cholesky_solve(B: Node, L: Node, upper: bool = False) -> Node:
    """``X`` with ``A X = B``, A given by its Cholesky factor ``L`` (``upper``: its adjoint)."""
    check_fitting("cholesky_solve", L, B)
    half = dec.solve_triangular(adjoint(L) if upper else L, B, upper=False, unit=False)
    return dec.solve_triangular(L if upper else adjoint(L), half, upper=True, unit=False)


@operation("CholeskyInverseBackward0")
def cholesky_inverse(L: Node, upper: bool = False) -> Node:
    """The inverse of A, given by its Cholesky factor ``L``."""
    return cholesky_solve(dec.eye(L.shape[-1], L), L, upper)


# Solutions
@operation("LinalgSolveTriangularBackward0", methods=())
def linalg_solve_triangular(A: Node, B: Node, *, upper: bool, left: bool = True,
                            unitriangular: bool = False) -> Node:
    """``X`` with ``A X = B``, or ``X A = B`` if not ``left``, of a triangular A."""
    name = "linalg.solve_triangular"
    check_matrix(name, A, True)
    if left:
        check_fitting(name, A, B)
        return dec.solve_triangular(A, B, upper=upper, unit=unitriangular)
    turned = dec.solve_triangular(adjoint(A), adjoint(B), upper=not upper, unit=unitriangular)
    return adjoint(turned)


@operation("TriangularSolveBackward0", returns=("solution", "cloned_coefficient"))
def triangular_solve(b: Node, A: Node, upper: bool = True, transpose: bool = False,
                     unitriangular: bool = False) -> tuple[Node, Node]:
    """``X`` with ``A X = b`` of a triangular A, and A."""
    check_fitting("triangular_solve", A, b)
    a = st.transpose(A, perm=(*range(A.ndim - 2), A.ndim - 1, A.ndim - 2)) if transpose else A
    return dec.solve_triangular(a, b, upper=upper != transpose, unit=unitriangular), st.copy(A)


def _is_vector(a: Node, b: Node) -> bool:
    """Whether ``solve`` takes ``b`` for a batch of vectors."""
    return b.ndim == 1 or (b.ndim == a.ndim - 1 and b.shape == a.shape[:-1])


@operation("LinalgSolveExBackward0", methods=())
def linalg_solve(A: Node, B: Node, *, left: bool = True) -> Node:
    """``X`` with ``A X = B``, or ``X A = B`` if not ``left``; a ``B`` of shape ``A.shape[:-1]`` is
    a batch of vectors."""
    check_matrix("linalg.solve", A, True)
    vector = _is_vector(A, B)
    b = dec.column(B) if vector else B
    if not left:
        if vector:
            raise RuntimeError("linalg.solve: Vector broadcasting of the left hand side is not "
                               "supported for left=False.")
        return adjoint(linalg_solve(adjoint(A), adjoint(B)))
    check_fitting("linalg.solve", A, b)
    x = dec.solve(A, b)
    return st.reshape(x, shape=x.shape[:-1]) if vector else x


@operation("LinalgInvExBackward0", methods=("inverse",))
def linalg_inv(A: Node) -> Node:
    """The inverse of each matrix."""
    check_matrix("linalg.inv", A, True)
    return dec.inv(A)


@operation("LinalgPinvBackward0", methods=("pinverse",))
def linalg_pinv(A: Node, rcond: float = 0.0, hermitian: bool = False, *,
                atol: float | None = None, rtol: float | None = None) -> Node:
    """The pseudo-inverse (Moore and Penrose); singular values of at most
    ``max(atol, rtol * the largest)`` count as 0."""
    check_matrix("linalg.pinv", A, hermitian)
    rtol = rtol if rtol is not None else rcond or (0.0 if atol else default_rtol(A))
    return dec.pinv(A, rtol=rtol, atol=atol or 0.0, hermitian=hermitian)


def default_rtol(a: Node) -> float:
    """The smallest ratio of singular values that counts: ``max(m, n)`` times epsilon."""
    return max(a.shape[-2:]) * _EPS.get(a.dtype.name, 2.0**-52)


# Determinants
@operation("LinalgDetBackward0", methods=("det",))
def linalg_det(A: Node) -> Node:
    """The determinant of each matrix."""
    check_matrix("linalg.det", A, True)
    return dec.det(A)


@operation("LinalgSlogdetBackward0", methods=("slogdet",), returns=("sign", "logabsdet"))
def linalg_slogdet(A: Node) -> tuple[Node, Node]:
    """The sign of the determinant and the logarithm of its size."""
    check_matrix("linalg.slogdet", A, True)
    return dec.sign_det(A), dec.log_abs_det(A)


@operation("LogdetBackward0")
def logdet(input: Node) -> Node:
    """The logarithm of the determinant; NaN where it is negative."""
    check_matrix("logdet", input, True)
    sign, size = linalg_slogdet(input)
    return el.add(el.log(sign), el.cast(size, dtype=sign.dtype))


# Eigenvalues
@operation("LinalgEighBackward0", methods=(), returns=("eigenvalues", "eigenvectors"))
def linalg_eigh(A: Node, UPLO: str = "L") -> tuple[Node, Node]:
    """The eigenvalues (..., n), ascending, and the eigenvectors (..., n, n), in columns, of a
    Hermitian matrix, of which one triangle is read."""
    check_matrix("linalg.eigh", A, True)
    if UPLO.upper() not in ("L", "U"):
        raise RuntimeError(f"Expected UPLO argument to be 'L' or 'U', but got {UPLO}")
    spectra = lazy("engine.ops.spectra")
    both = spectra.eigh(A, uplo=UPLO.upper())
    return spectra.eigh_values(both, A), spectra.below(both)


@operation("LinalgEighBackward0", methods=())
def linalg_eigvalsh(A: Node, UPLO: str = "L") -> Node:
    """The eigenvalues of a Hermitian matrix, ascending."""
    values, _ = linalg_eigh(A, UPLO)   # with the checks
    if not A.requires_grad:
        values = lazy("engine.ops.spectra").eigh_alone(A, uplo=UPLO.upper())
    return values


@operation("LinalgEigBackward0", methods=(), returns=("eigenvalues", "eigenvectors"))
def linalg_eig(A: Node) -> tuple[Node, Node]:
    """The eigenvalues and eigenvectors of a square matrix, complex."""
    check_matrix("linalg.eig", A, True)
    spectra = lazy("engine.ops.spectra")
    both = spectra.eig(A)
    return spectra.eig_values(both, A), spectra.below(both)


@operation("LinalgEigBackward0", methods=())
def linalg_eigvals(A: Node) -> Node:
    """The eigenvalues of a square matrix, complex."""
    check_matrix("linalg.eigvals", A, True)
    return linalg_eig(A)[0]


# Singular values
@operation("LinalgSvdBackward0", methods=(), returns=("U", "S", "Vh"))
def linalg_svd(A: Node, full_matrices: bool = True, *, driver: str | None = None,
               ) -> tuple[Node, Node, Node]:
    """``A = U diag(S) Vh`` with the singular values S, descending; ``full_matrices`` says whether U
    and Vh are square."""
    check_matrix("linalg.svd", A)
    if driver is not None:
        raise RuntimeError("linalg.svd: keyword argument `driver=` is only supported on CUDA "
                           "inputs with cuSOLVER backend.")
    spectra = lazy("engine.ops.spectra")
    both = spectra.svd(A, full=full_matrices)
    u, _, vh = spectra.svd_parts(both, A, full_matrices)
    return u, spectra.svd_values(both, A, full=full_matrices), vh


@operation("LinalgSvdBackward0", methods=())
def linalg_svdvals(A: Node, *, driver: str | None = None) -> Node:
    """The singular values, descending."""
    values = linalg_svd(A, False, driver=driver)[1]   # with the checks
    if not A.requires_grad:
        values = lazy("engine.ops.spectra").svd_alone(A)
    return values


@operation("LinalgSvdBackward0", returns=("U", "S", "V"))
def svd(input: Node, some: bool = True, compute_uv: bool = True) -> tuple[Node, Node, Node]:
    """``input = U diag(S) V^H``; ``some`` leaves out what the singular values do not need."""
    u, s, vh = linalg_svd(input, not some)
    if not compute_uv:
        m, n = input.shape[-2:]
        return (st.zeros((*input.shape[:-2], m, m), input.dtype), s,
                st.zeros((*input.shape[:-2], n, n), input.dtype))
    return u, s, adjoint(vh)


@operation(methods=())
def linalg_matrix_rank(A: Node, *, atol: float | None = None, rtol: float | None = None,
                       hermitian: bool = False) -> Node:
    """How many singular values exceed ``max(atol, rtol * the largest)``; int64."""
    check_matrix("linalg.matrix_rank", A, hermitian)
    s = linalg_svdvals(A)
    rtol = rtol if rtol is not None else 0.0 if atol else default_rtol(A)
    last = (s.ndim - 1,)
    if not s.shape[-1]:
        return st.zeros(s.shape[:-1], int64)
    least = el.maximum(red.amax(s, axes=last, keepdims=True) * rtol,
                       el.cast(lift(atol or 0.0), dtype=s.dtype))
    return red.sum_(el.gt(s, least), axes=last, keepdims=False)


# QR
@operation("LinalgQrBackward0", methods=(), returns=("Q", "R"))
def linalg_qr(A: Node, mode: str = "reduced") -> tuple[Node, Node]:
    """``A = Q R``, Q with orthonormal columns, R upper triangular; ``mode`` is "reduced",
    "complete" or "r" (no Q)."""
    check_matrix("linalg.qr", A)
    if mode not in ("reduced", "complete", "r"):
        raise RuntimeError(f"qr received unrecognized mode '{mode}' but expected one of 'reduced' "
                           "(default), 'r', or 'complete'")
    complete = mode == "complete"
    if complete and A.shape[-2] > A.shape[-1] and A.requires_grad:
        raise RuntimeError("The QR decomposition is not differentiable when mode='complete' and "
                           "nrows > ncols; use mode='reduced', or detach() the matrix")
    q, r = dec.qr_parts(dec.qr(A, complete=complete), A, complete)
    return (st.zeros((0,), A.dtype), r) if mode == "r" else (q, r)


@operation("LinalgQrBackward0", returns=("Q", "R"))
def qr(input: Node, some: bool = True) -> tuple[Node, Node]:
    """``input = Q R``; ``some`` leaves out the columns of Q that R does not need."""
    return linalg_qr(input, "reduced" if some else "complete")


@operation("LinalgMatrixExpBackward0", methods=("matrix_exp",))
def linalg_matrix_exp(A: Node) -> Node:
    """``1 + A + A^2 / 2 + ...`` of each square matrix; of half precision, computed in float32."""
    wide = el.cast(A, dtype=float32) if _low(A) else A
    check_matrix("linalg.matrix_exp", wide, True)
    return as_dtype(dec.matrix_exp(wide), A.dtype)


@operation("LinalgVecdotBackward0", methods=())
def linalg_vecdot(x: Node, y: Node, *, dim: int = -1) -> Node:
    """The sum of ``conj(x) * y`` over ``dim``."""
    product = el.mul(el.conj(x) if x.dtype.is_complex else x, y)
    return red.sum_(product, axes=(dim % product.ndim,), keepdims=False)


@operation("LstsqBackward0", methods=(), returns=("solution", "rank"))
def lstsq_solution(A: Node, B: Node, rcond: float | None = None) -> tuple[Node, Node]:
    """The least of the ``X`` (..., n, k) with the least ``|A X - B|``, and the rank of A."""
    check_matrix("linalg.lstsq", A)
    check_fitting("linalg.lstsq", A, B)
    both = dec.least(A, B, rtol=default_rtol(A) if rcond is None else rcond)
    solution, rank = dec.least_parts(both, A, B)
    return solution, el.cast(real(rank), dtype=int64)


ALIASES: dict[str, Operation] = {
    "pinverse": linalg_pinv, "matrix_exp": linalg_matrix_exp, "det": linalg_det,
    "slogdet": linalg_slogdet,
}


# ---- decided at the call ----


def _at_once(op: Operation) -> Callable[..., Any]:
    """``op``, computed when it is called."""
    now = at_once(op)
    rest = {n: op.defaults[n:] for n in range(op.required, op.positional + 1)}

    def call(*args: Any, out: Any = None, **kwargs: Any) -> Any:
        given = args + rest[len(args)] if not kwargs and len(args) in rest and (
            False not in [isinstance(arg, Handle) for arg in args]) else fill(op, args, kwargs)
        modes = here.modes
        modes.exits += 1
        if modes.at_once and (found := now(modes, *given)) is not None:
            return found if out is None else into(out, found)
        try:
            result = record(op, given)
            if here.modes.lanes is None and not here.recording.trusts:   # there are no values
                value(result)
        except RuntimeError as error:
            result = None   # or the recording would compute it again at its next end
            if not _is_lapacks(error):
                raise
            raise LinAlgError(str(error)) from None
        return result if out is None else into(out, result)

    call.__name__ = call.__qualname__ = op.name
    call.__doc__ = f"{op.lower.__doc__}\n\n    LinAlgError, at the call, where there is none."
    return call


def _is_lapacks(error: RuntimeError) -> bool:
    """Whether LAPACK found that there is no result, rather than the checks of the arguments."""
    return any(words in str(error) for words in ("could not be completed", "solver failed"))


cholesky = _at_once(linalg_cholesky)
old_cholesky = _at_once(_cholesky)
inv = _at_once(linalg_inv)
solve = _at_once(linalg_solve)


def _ex(name: str, function: Callable[..., Any], fields: tuple[str, str], call: str,
        ) -> Callable[..., Any]:
    """The form that gives a number instead of raising: 0, or 1 where there is no result."""
    @with_out
    def ex(*args: Any, check_errors: bool = False, **kwargs: Any) -> Any:
        a: Any = args[0] if args else kwargs.get("A", kwargs.get("input"))
        try:
            found = function(*args, **kwargs)
            failed = 0
        except LinAlgError as error:
            if check_errors:
                raise LinAlgError(str(error).replace(call.partition("(")[0], name, 1)) from None
            like = hold(np.array(np.broadcast_to(
                np.eye(shape_of(a)[-1], dtype=dtype_of(a).numpy), shape_of(a))))
            others = {key: arg for key, arg in kwargs.items() if key not in ("A", "input")}
            found, failed = function(like, *args[1:], **others) * float("nan"), 1
        info = hold(np.full(shape_of(a)[:-2], failed, np.int32))
        return named(name, fields)((found, info))

    ex.__name__ = ex.__qualname__ = name
    ex.__doc__ = f"""``{call}`` and ``info``, int32: 0, or 1 for a batch in which a matrix has none
    (then the first is NaN). With ``check_errors`` it raises instead."""
    return ex


cholesky_ex = _ex("cholesky_ex", cholesky, ("L", "info"), "cholesky(A)")
inv_ex = _ex("inv_ex", inv, ("inverse", "info"), "inv(A)")
solve_ex = _ex("solve_ex", solve, ("result", "info"), "solve(A, B)")
