"""Eigenvalues and singular values, with their vectors.

The vectors of equal values are any basis of the space that they span, so they have no derivative; a
function that does not depend on the choice has one, but it cannot be made from the derivatives in
the values and the vectors: of ``V V^H`` and ``V diag(w) V^H`` at ``w = 1`` these are the same, and
the functions' derivatives are not. So between values that are equal the derivative of the vectors
is NaN, as in PyTorch, and between values that are equal up to rounding it is NaN where a function
depends on them. What depends on the values alone has a derivative of its own
(:data:`eigh_values`), which needs no gaps.

The tangent rules are those of M. Giles, Collected matrix derivative results, 2008, and J. Townsend,
Differentiating the singular value decomposition, 2016. The latter is taken apart: with
``P = U^H dA V`` split into a Hermitian part H and the rest K, ``U^H dU`` is
``H / (s_j - s_i) + K / (s_i + s_j)`` and ``V^H dV`` the same with ``-K``. Between equal singular
values K stays finite, H does not.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..arrays import asarray
from ..dtypes import DType
from ..graph import Jvp, Linear, Node, Primitive, Shape, lift
from .complex_numbers import modulus
from .contract import adjoint, matmul
from .decompositions import (
    column,
    columns,
    diagonal,
    eye,
    failing,
    pack,
    packed,
    piece,
    row,
    solve,
)
from .elementwise import (
    abs_,
    add,
    annihilate,
    broadcast_shape,
    cast,
    conj,
    eq,
    le,
    logical_and,
    logical_not,
    mul,
    ne,
    neg,
    real,
    sub,
    where,
)
from .reduce import amax, sum_
from .structural import concatenate, reshape, slice_

ROUNDING = 8.0
"""Values closer than this times epsilon, the root of their number and the largest of them are taken
to be equal: LAPACK's errors are below it."""


# Quotients by gaps between values
undefined: Primitive = Primitive(
    "undefined", lambda x, lost: np.where(lost, asarray(math.nan, x.dtype), x),
    lambda x, lost: (broadcast_shape(x.shape, lost.shape), x.dtype),
    (Linear(lambda ct, x, lost: undefined(ct, lost)), None), "{0}, NaN where {1}",
    elementwise=True)
"""NaN where the second argument holds, and for derivatives too: no zero annihilates it."""


def _size(x: Node) -> Node:
    return modulus(x) if x.dtype.is_complex else abs_(x)


def _over(x: Node, gaps: Node, values: Node, skip: Node | None = None) -> Node:
    """``x / gaps``; NaN where a gap is 0, and where it is rounding beside ``values`` (..., n) and
    ``x`` is not 0. Where ``skip`` holds, 0."""
    n = values.shape[-1]
    if not n or not gaps.size:
        return x
    eps = float(np.finfo(values.dtype.numpy).eps)
    scale = amax(_size(values), axes=(values.ndim - 1,), keepdims=True) * (
        ROUNDING * math.sqrt(n) * eps)
    near = le(_size(gaps), column(scale))
    none = eq(gaps, lift(0))
    if skip is not None:
        none = logical_and(none, logical_not(skip))
    lost = lift(math.nan)
    inverse = where(near, lost, 1 / where(near, lift(1.0), gaps))
    if skip is not None:
        inverse = where(skip, lift(0.0), inverse)
    return undefined(annihilate(x, inverse), none)


def _diagonal(n: int, like: Node) -> Node:
    """The diagonal (n, n), as bools."""
    return ne(eye(n, like), lift(0))


def _along(v: Node, tv: Node) -> Node:
    """The diagonal of ``v^H tv``."""
    return sum_(mul(conj(v) if v.dtype.is_complex else v, tv), axes=(v.ndim - 2,), keepdims=False)


def _real(x: Node) -> Node:
    return real(x) if x.dtype.is_complex else x


# Eigenvalues. Row 0 holds them, the rows below the vectors, as columns.
def _stacked(w: Any, v: Any) -> Any:
    return np.concatenate([asarray(w)[..., None, :], v], -2).astype(v.dtype, copy=False)


def values_row(x: Node) -> Node:
    """The first row of each matrix (..., n)."""
    first = slice_(x, lift(0), axes=(x.ndim - 2,), lengths=(1,), steps=(1,))
    return reshape(first, shape=(*x.shape[:-2], x.shape[-1]))


def below(x: Node) -> Node:
    """The rows below the first."""
    return slice_(x, lift(1), axes=(x.ndim - 2,), lengths=(x.shape[-2] - 1,), steps=(1,))


def _one_row_more(a: Node, **params: Any) -> tuple[Shape, DType]:
    return (*a.shape[:-2], a.shape[-2] + 1, a.shape[-1]), a.dtype


@failing("linalg.eigh",
         "The algorithm failed to converge because the input matrix is ill-conditioned "
         "or has too many repeated eigenvalues.")
def _eigh(a: Any, uplo: Any) -> Any:
    return _stacked(*np.linalg.eigh(a, uplo))


def _hermitian(t: Node) -> Node:
    return (t + adjoint(t)) * 0.5


def _turned(v: Node, inner: Node, w: Node) -> Node:
    """``v (inner / gaps)``: the tangent of eigenvectors, of which none goes along itself."""
    gaps = sub(row(w), column(w))
    return matmul(v, _over(inner, gaps, w, _diagonal(w.shape[-1], v)))


def _eigh_tangent(t: Node, out: Node, a: Node, uplo: str) -> Node:
    w, v = values_row(out), below(out)
    moved = matmul(_hermitian(t), v)
    dw = cast(_real(_along(v, moved)), dtype=out.dtype)
    return concatenate(row(dw), _turned(v, matmul(adjoint(v), moved), w), axis=out.ndim - 2)


def _eigh_values_tangent(t: Node, y: Node, both: Node, a: Node) -> Node:
    v = below(both)
    return _real(_along(v, matmul(_hermitian(t), v)))


eigh = Primitive("eigh", _eigh, _one_row_more, (Jvp(_eigh_tangent),), "eigh({0})")
eigh_values = Primitive(
    "eigh_values", lambda both, a: np.array(both[..., 0, :].real),
    lambda both, a: ((*a.shape[:-2], a.shape[-1]), a.dtype.to_real()),
    (None, Jvp(_eigh_values_tangent)), "eigenvalues({1})")
"""The eigenvalues that ``eigh`` (the first argument) found of the second: with equal ones too, the
derivative of a function of them all is right."""


@failing("linalg.eigh",
         "The algorithm failed to converge because the input matrix is ill-conditioned "
         "or has too many repeated eigenvalues.")
def _eigh_alone(a: Any, uplo: Any) -> Any:
    return np.linalg.eigvalsh(a, uplo)


eigh_alone = Primitive(
    "eigh_alone", _eigh_alone, lambda a, uplo: (a.shape[:-1], a.dtype.to_real()),
    (Jvp(lambda t, y, a, uplo: _eigh_values_tangent(t, y, eigh(a, uplo=uplo), a)),),
    "eigenvalues({0})")
"""The eigenvalues where nobody needs the vectors, for which it takes LAPACK as long again."""


@failing("linalg.eig",
         "The algorithm failed to converge because the input matrix is ill-conditioned or "
         "has too many repeated eigenvalues.")
def _eig(a: Any) -> Any:
    w, v = np.linalg.eig(a)
    dtype = np.result_type(a.dtype, np.complex64)
    return _stacked(w, v.astype(dtype))


def _eig_tangent(t: Node, out: Node, a: Node) -> Node:
    w, v = values_row(out), below(out)
    inner = solve(v, matmul(cast(t, dtype=out.dtype), v))
    dv = _turned(v, inner, w)
    along = sum_(mul(conj(v), dv), axes=(out.ndim - 2,), keepdims=True)
    dv = sub(dv, mul(v, cast(real(along), dtype=out.dtype)))   # the vectors keep their length
    return concatenate(row(diagonal(inner)), dv, axis=out.ndim - 2)


def _eig_values_tangent(t: Node, y: Node, both: Node, a: Node) -> Node:
    v = below(both)
    return diagonal(solve(v, matmul(cast(t, dtype=both.dtype), v)))


eig = Primitive(
    "eig", _eig, lambda a: ((*a.shape[:-2], a.shape[-2] + 1, a.shape[-1]), a.dtype.to_complex()),
    (Jvp(_eig_tangent),), "eig({0})")
eig_values = Primitive(
    "eig_values", lambda both, a: np.array(both[..., 0, :]),
    lambda both, a: ((*a.shape[:-2], a.shape[-1]), both.dtype),
    (None, Jvp(_eig_values_tangent)), "eigenvalues({1})")
"""The eigenvalues that ``eig`` (the first argument) found of the second."""


# Singular values: U (m, k), S (k), V^H (k, n), flat
@failing("linalg.svd",
         "The algorithm failed to converge because the input matrix is ill-conditioned or "
         "has too many repeated singular values.")
def _svd(a: Any, full: bool) -> Any:
    u, s, vh = np.linalg.svd(a, full_matrices=full)
    return pack(u, s.astype(a.dtype), vh, lead=a.ndim - 2)


def svd_shapes(a: Node, full: bool) -> tuple[Shape, Shape, Shape]:
    """The shapes of U, S and V^H."""
    m, n = a.shape[-2:]
    k = min(m, n)
    return ((m, m), (k,), (n, n)) if full else ((m, k), (k,), (k, n))


def _svd_infer(a: Node, full: bool) -> tuple[Shape, DType]:
    return (*a.shape[:-2], sum(map(math.prod, svd_shapes(a, full)))), a.dtype


def svd_parts(out: Node, a: Node, full: bool) -> tuple[Node, Node, Node]:
    """U, S and V^H of the packed array; S in the dtype of ``a``."""
    su, ss, sv = svd_shapes(a, full)
    at = math.prod(su)
    return piece(out, 0, su), piece(out, at, ss), piece(out, at + ss[0], sv)


def _svd_tangent(t: Node, out: Node, a: Node, full: bool) -> Node:
    m, n = a.shape[-2:]
    whole_u, s, vh = svd_parts(out, a, full)
    k = s.shape[-1]
    whole_v = adjoint(vh)
    u, v = columns(whole_u, k), columns(whole_v, k)
    tv = matmul(t, v)
    inner = matmul(adjoint(u), tv)
    ds = cast(_real(_along(u, tv)), dtype=out.dtype)
    itself = _diagonal(k, inner)
    h, skew = _hermitian(inner), (inner - adjoint(inner)) * 0.5
    h = _over(h, sub(row(s), column(s)), s, itself)
    skew = _over(skew, add(row(s), column(s)), s, None if inner.dtype.is_complex else itself)
    du, dv = matmul(u, add(h, skew)), matmul(v, sub(h, skew))
    if m > k:
        du = add(du, _over(sub(tv, matmul(u, inner)), row(s), s))
    if n > k:
        dv = add(dv, _over(sub(matmul(adjoint(t), u), matmul(v, adjoint(inner))), row(s), s))
    if full:
        du, dv = _completed(du, u, whole_u), _completed(dv, v, whole_v)
    return packed((du, 2), (ds, 1), (adjoint(dv), 2))


def _completed(dv: Node, v: Node, whole: Node) -> Node:
    """The tangent of ``whole``, whose first columns are ``v``: the others stay orthogonal to them,
    and do not turn among themselves."""
    k, more = v.shape[-1], whole.shape[-1] - v.shape[-1]
    if not more:
        return dv
    rest = slice_(whole, lift(k), axes=(whole.ndim - 1,), lengths=(more,), steps=(1,))
    moved = neg(matmul(v, matmul(adjoint(dv), rest)))
    return concatenate(dv, moved, axis=dv.ndim - 1)


def _svd_values(both: Any, a: Any, full: bool) -> Any:
    m, n = a.shape[-2:]
    at = m * (m if full else min(m, n))
    return np.array(both[..., at:at + min(m, n)].real)


def _svd_values_tangent(t: Node, y: Node, both: Node, a: Node, full: bool) -> Node:
    u, s, vh = svd_parts(both, a, full)
    k = s.shape[-1]
    return _real(_along(columns(u, k), matmul(t, columns(adjoint(vh), k))))


svd = Primitive("svd", _svd, _svd_infer, (Jvp(_svd_tangent),), "svd({0})")
svd_values = Primitive(
    "svd_values", _svd_values,
    lambda both, a, full: ((*a.shape[:-2], min(a.shape[-2:])), a.dtype.to_real()),
    (None, Jvp(_svd_values_tangent)), "singular values({1})")
"""The singular values that ``svd`` (the first argument) found of the second."""


@failing("linalg.svd",
         "The algorithm failed to converge because the input matrix is ill-conditioned or "
         "has too many repeated singular values.")
def _svd_alone(a: Any) -> Any:
    return np.linalg.svd(a, compute_uv=False)


svd_alone = Primitive(
    "svd_alone", _svd_alone,
    lambda a: ((*a.shape[:-2], min(a.shape[-2:])), a.dtype.to_real()),
    (Jvp(lambda t, y, a: _svd_values_tangent(t, y, svd(a, full=False), a, False)),),
    "singular values({0})")
"""The singular values where nobody needs the vectors."""
