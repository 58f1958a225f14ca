"""Factors of matrices as LAPACK stores them, and what is computed from them: ``torch.lu_unpack``,
``torch.lu_solve``, ``torch.geqrf``, ``torch.linalg.ldl_factor``, ...
"""

from __future__ import annotations

from ..engine.dtypes import int32
from ..engine.graph import Node, Shape
from ..engine.ops import decompositions as dec
from ..engine.ops import elementwise as el
from ..engine.ops import factors
from ..engine.ops import structural as st
from ..engine.ops.contract import adjoint as turned
from ..engine.ops.contract import matmul
from ..engine.recording.operation import operation
from .decompositions import check_fitting, check_matrix, real


# L and U
def _permutation(pivots: Node, m: int, like: Node) -> Node:
    """P of ``A = P L U``."""
    p = dec.permutation(pivots, m=m, dtype=like.dtype)
    return st.transpose(p, perm=(*range(p.ndim - 2), p.ndim - 1, p.ndim - 2))


@operation("LuUnpackBackward0", methods=(), returns=("P", "L", "U"))
def lu_unpack(LU_data: Node, LU_pivots: Node, unpack_data: bool = True,
              unpack_pivots: bool = True) -> tuple[Node, Node, Node]:
    """P, L and U of what ``lu_factor`` gives; without elements what is not asked for."""
    if unpack_pivots and LU_pivots.dtype is not int32:
        raise RuntimeError("torch.lu_unpack: LU_pivots is expected to be a contiguous tensor of "
                           "torch.int32 dtype.")
    m, n = LU_data.shape[-2:]
    k = min(m, n)
    none = st.zeros((0,), LU_data.dtype)
    p = _permutation(LU_pivots, m, LU_data) if unpack_pivots else none
    if not unpack_data:
        return p, none, none
    low = LU_data if n == k else dec.block(LU_data, 0, 0, m, k)
    unit = dec.eye(m, LU_data) if m == k else dec.columns(dec.eye(m, LU_data), k)
    up = LU_data if m == k else dec.block(LU_data, 0, 0, k, n)
    return p, el.add(st.lower(low, k=-1), unit), st.upper(up, k=0)


@operation("LinalgLuBackward0", methods=(), returns=("P", "L", "U"))
def linalg_lu(A: Node, *, pivot: bool = True) -> tuple[Node, Node, Node]:
    """``A = P L U``: a permutation, a unit lower and an upper triangular matrix."""
    return lu_unpack(*linalg_lu_factor(A, pivot=pivot))


@operation("LinalgLuFactorExBackward0", methods=(), returns=("LU", "pivots"))
def linalg_lu_factor(A: Node, *, pivot: bool = True) -> tuple[Node, Node]:
    """L (without its unit diagonal) and U in one matrix, and the pivots, int32 from 1."""
    check_matrix("linalg.lu_factor", A)
    if not pivot:
        raise RuntimeError("linalg.lu_factor: LU without pivoting is not implemented on the CPU")
    m, n = A.shape[-2:]
    both = dec.lu(A)
    return dec.piece(both, 0, (m, n)), _integers(both, m * n, (min(m, n),))


def _integers(packed: Node, start: int, shape: Shape) -> Node:
    return el.cast(real(dec.piece(packed, start, shape)), dtype=int32)


@operation("LinalgLuSolveBackward0", methods=())
def linalg_lu_solve(LU: Node, pivots: Node, B: Node, *, left: bool = True,
                    adjoint: bool = False) -> Node:
    """``X`` with ``A X = B``, A given by ``lu_factor``, or with ``A^H X = B`` for ``adjoint``; if
    not ``left``, ``X A = B`` or ``X A^H = B``."""
    if not left:
        return turned(linalg_lu_solve(LU, pivots, turned(B), adjoint=not adjoint))
    check_fitting("linalg.lu_solve", LU, B)
    if not adjoint:
        moved = dec.permuted_rows(B, pivots)
        half = dec.solve_triangular(LU, moved, upper=False, unit=True)
        return dec.solve_triangular(LU, half, upper=True, unit=False)
    back = turned(LU)
    half = dec.solve_triangular(back, B, upper=False, unit=False)
    whole = dec.solve_triangular(back, half, upper=True, unit=True)
    return matmul(_permutation(pivots, LU.shape[-1], LU), whole)


@operation("LinalgLuSolveBackward0")
def lu_solve(b: Node, LU_data: Node, LU_pivots: Node) -> Node:
    """``X`` with ``A X = b``, A given by ``lu_factor``."""
    return linalg_lu_solve(LU_data, LU_pivots, b)


# Reflections
@operation("GeqrfBackward0", returns=("a", "tau"))
def geqrf(input: Node) -> tuple[Node, Node]:
    """A QR factorisation as LAPACK leaves it: R above, below it the vectors of the reflections, and
    their factors ``tau``."""
    check_matrix("geqrf", input)
    m, n = input.shape[-2:]
    both = factors.geqrf(input)
    return dec.piece(both, 0, (m, n)), dec.piece(both, m * n, (min(m, n),))


# Symmetric and Hermitian matrices
@operation("LinalgLdlFactorExBackward0", methods=(), returns=("LD", "pivots"))
def linalg_ldl_factor(A: Node, *, hermitian: bool = False) -> tuple[Node, Node]:
    """L and D in one matrix of a symmetric (or ``hermitian``) A, whose lower triangle is read, and
    the pivots of LAPACK's ``sytrf``, int32."""
    check_matrix("torch.linalg.ldl_factor_ex", A, True)
    n = A.shape[-1]
    both = factors.ldl(A, hermitian=hermitian)
    return dec.piece(both, 0, (n, n)), _integers(both, n * n, (n,))


@operation("LinalgLdlSolveBackward0", methods=())
def linalg_ldl_solve(LD: Node, pivots: Node, B: Node, *, hermitian: bool = False) -> Node:
    """``X`` with ``A X = B``, A given by ``ldl_factor``."""
    check_matrix("torch.linalg.ldl_solve", LD, True)
    check_fitting("torch.linalg.ldl_solve", LD, B)
    if pivots.dtype.is_differentiable:
        raise RuntimeError("torch.linalg.ldl_solve: Expected pivots to be integers. Got "
                           f"{pivots.dtype.legacy_name}")
    return factors.ldl_solve(LD, pivots, B, hermitian=hermitian)


