"""Factorisations and solutions of linear systems, of batches of matrices, by LAPACK.

A factorisation with several factors gives them in one array, packed, so that LAPACK runs once and
the factors fit each other; ``functions/decompositions.py`` takes them apart with :func:`piece`. A
solution is ``Linear`` in the right-hand side and ``Jvp`` in the matrix. The tangent rules are those
of M. Giles, Collected matrix derivative results, 2008, and G. Golub, V. Pereyra, The
differentiation of pseudo-inverses, 1973. Eigenvalues and singular values are in ``spectra.py``.
"""

from __future__ import annotations

import importlib
import math
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np

from ..arrays import asarray
from ..dtypes import DType
from ..errors import LinAlgError
from ..graph import Jvp, Linear, Node, Primitive, Shape, lift
from ..lazy import lazy
from ..quiet import quiet, silenced, spoken
from . import batching
from .complex_numbers import imag
from .contract import adjoint, matmul
from .elementwise import (
    add,
    broadcast_shape,
    cast,
    common_dtype,
    mul,
    neg,
    real,
    sub,
)
from .reduce import sum_
from .structural import concatenate, lower, reshape, slice_, upper, window
from .structural import full as filled


# Pieces of matrices
def eye(n: int, like: Node) -> Node:
    """The identity (n, n) in the dtype of ``like``."""
    ones = filled(lift(1), shape=(n, n), dtype=like.dtype)
    return sub(lower(ones, k=0), lower(ones, k=-1))


def diagonal(x: Node) -> Node:
    """The diagonal of each matrix."""
    size = (*x.shape[:-2], min(x.shape[-2:]))
    n = x.ndim
    moves = tuple(tuple(int(i == j or (j == n - 2 and i == n - 1)) for i in range(n))
                  for j in range(n - 1))
    return window(x, size=size, moves=moves, start=(0,) * n)


def trace(x: Node) -> Node:
    """The sum of the diagonal of each matrix."""
    return sum_(diagonal(x), axes=(x.ndim - 2,), keepdims=False)


def column(x: Node) -> Node:
    """``x`` (..., n) as (..., n, 1)."""
    return reshape(x, shape=(*x.shape, 1))


def row(x: Node) -> Node:
    """``x`` (..., n) as (..., 1, n)."""
    return reshape(x, shape=(*x.shape[:-1], 1, x.shape[-1]))


def columns(x: Node, k: int) -> Node:
    """The first ``k`` columns of each matrix."""
    if x.shape[-1] == k:
        return x
    return slice_(x, lift(0), axes=(x.ndim - 1,), lengths=(k,), steps=(1,))


def block(x: Node, top: int, left: int, m: int, n: int) -> Node:
    """The block (m, n) of each matrix that begins at (top, left)."""
    return slice_(x, lift(top), lift(left), axes=(x.ndim - 2, x.ndim - 1), lengths=(m, n),
                  steps=(1, 1))


def half_lower(x: Node) -> Node:
    """The lower triangle with half of the diagonal."""
    return (lower(x, k=0) + lower(x, k=-1)) * 0.5


def piece(x: Node, start: int, shape: Shape) -> Node:
    """``shape`` elements of the last dimension of ``x`` from ``start``, in that shape."""
    length = math.prod(shape)
    flat = slice_(x, lift(start), axes=(x.ndim - 1,), lengths=(length,), steps=(1,))
    return reshape(flat, shape=(*x.shape[:-1], *shape))


def packed(*parts: tuple[Node, int]) -> Node:
    """Nodes, with how many dimensions each has after the batch's, as one last dimension."""
    flat = [reshape(x, shape=(*x.shape[:x.ndim - k], math.prod(x.shape[x.ndim - k:])))
            for x, k in parts]
    return concatenate(*flat, axis=flat[0].ndim - 1)


def pack(*parts: Any, lead: int) -> Any:
    return np.concatenate([p.reshape(*p.shape[:lead], math.prod(p.shape[lead:]))
                           for p in parts], -1)


def failing(name: str, what: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """A decorator that says in PyTorch's words that LAPACK failed."""
    def around(run: Callable[..., Any]) -> Callable[..., Any]:
        def impl(*args: Any, **params: Any) -> Any:
            try:
                return run(*args, **params)
            except np.linalg.LinAlgError:
                raise LinAlgError(f"{name}: {what}") from None
        return impl
    return around


try:
    _lapack: Any = importlib.import_module("numpy.linalg._umath_linalg")
except ImportError:
    _lapack = None
FEW = 1024
"""A matrix of so few elements is inverted sooner than NumPy has looked at what it is given."""


def directly(name: str, otherwise: Callable[..., Any]) -> Callable[..., Any]:
    """``otherwise``, a function of ``numpy.linalg``; for small matrices that which it calls, where
    that finds a result."""
    run: Any = getattr(_lapack, name, None)
    wide, ndarray, isnan = np.dtype(np.float64), np.ndarray, math.isnan

    def impl(*args: Any) -> Any:
        dtype, known = args[0].dtype, run is not None
        for arg in args:
            known = known and arg.__class__ is ndarray and arg.ndim == 2 and 0 < arg.size <= FEW
        if not known or dtype.char not in "fd":
            return otherwise(*args)
        double = dtype is wide
        token = silenced()
        try:
            found = run(*args if double else [arg.astype(wide) for arg in args])
        finally:
            spoken(token)
        if isnan(found.item(0)):   # there is none, or there is a NaN in what is given
            return otherwise(*args)
        return found if double else found.astype(dtype)
    return impl


def _same(x: Node, **params: Any) -> tuple[Shape, DType]:
    return x.shape, x.dtype


# Cholesky
_factored = directly("cholesky_lo", np.linalg.cholesky)


@failing("linalg.cholesky", "The factorization could not be completed because the input is not "
         "positive-definite.")
def _cholesky(a: Any) -> Any:
    found = _factored(a)
    if found.__class__ is np.ndarray and np.isnan(found[..., -1:, -1:]).any():
        raise np.linalg.LinAlgError   # LAPACK may not look for a NaN, which arrives there
    return found


def _cholesky_tangent(t: Node, l: Node, a: Node) -> Node:
    t = (t + adjoint(t)) * 0.5
    inner = solve_triangular(l, adjoint(solve_triangular(l, adjoint(t), upper=False, unit=False)),
                             upper=False, unit=False)
    return matmul(l, half_lower(inner))


cholesky = Primitive("cholesky", _cholesky, _same, (Jvp(_cholesky_tangent),), "cholesky({0})")


# Solutions
def _solution(a: Node, b: Node, **params: Any) -> tuple[Shape, DType]:
    batch = broadcast_shape(a.shape[:-2], b.shape[:-2])
    return (*batch, *b.shape[-2:]), common_dtype((a, b))


def _solve_triangular(a: Any, b: Any, upper: bool, unit: bool) -> Any:
    blas = lazy("engine.blas")
    solver = blas.triangle_solver(b.dtype.char) if a.dtype == b.dtype else None
    if solver is not None and a.ndim == b.ndim == 2:
        out = b.copy()
        if out.size:
            solver(a, out, upper, unit)
        return out
    batch = np.broadcast_shapes(a.shape[:-2], b.shape[:-2])
    out = np.empty((*batch, *b.shape[-2:]), b.dtype)
    if not out.size:
        return out
    if _lapack is not None and a.shape[-1] <= FEW_ROWS and (
            solver is not None and a.__class__ is np.ndarray is b.__class__):
        found = _together(a, b, upper, unit)
        if not np.isnan(np.vdot(found, found)):
            return found
    a = np.broadcast_to(a, (*batch, *a.shape[-2:]))
    if solver is not None:   # SciPy takes long to load
        out[...] = b
        solver(a, out, upper, unit)
    else:
        b = np.broadcast_to(b, out.shape)
        trsm = blas.scipy_linalg(a.shape[-1]).get_blas_funcs("trsm", (a, b))
        for at in np.ndindex(*batch):
            out[at] = trsm(1.0, a[at], b[at], lower=not upper, diag=unit)
    return out


FEW_ROWS = 16
"""Of so few rows many systems are solved together sooner than one by one."""


def _together(a: Any, b: Any, upper: bool, unit: bool) -> Any:
    """The solutions of many systems, by LAPACK for general ones: of upper triangles it exchanges no
    rows, and has nothing to eliminate."""
    inside, outside = _masks(a.shape[-1], upper, unit)
    a = np.where(inside, a, outside.astype(a.dtype))
    with quiet():
        if upper:
            return _lapack.solve(a, b)
        return np.ascontiguousarray(_lapack.solve(
            a[..., ::-1, ::-1], b[..., ::-1, :])[..., ::-1, :])


@lru_cache(64)
def _masks(n: int, upper: bool, unit: bool) -> tuple[Any, Any]:
    """Where a triangle is read, and what is elsewhere."""
    inside = np.tri(n, n, -unit, bool)
    return inside.T if upper else inside, np.eye(n) * unit


def _triangle(t: Node, up: bool, unit: bool) -> Node:
    return upper(t, k=int(unit)) if up else lower(t, k=-int(unit))


solve_triangular: Primitive = Primitive(
    "solve_triangular", _solve_triangular, _solution,
    (Jvp(lambda t, x, a, b, upper, unit: neg(solve_triangular(
        a, matmul(_triangle(t, upper, unit), x), upper=upper, unit=unit))),
     Linear(lambda ct, a, b, upper, unit: solve_triangular(
         adjoint(a), ct, upper=not upper, unit=unit))), "triangle({0})^-1 @ {1}",
    batch=batching.solutions, divides=0)


_solve = failing("torch.linalg.solve", "The solver failed because the input matrix is singular.")(
    directly("solve", np.linalg.solve))


solve: Primitive = Primitive(
    "solve", _solve, _solution,
    (Jvp(lambda t, x, a, b: neg(solve(a, matmul(t, x)))),
     Linear(lambda ct, a, b: solve(adjoint(a), ct))), "{0}^-1 @ {1}",
    batch=batching.solutions, divides=0)


_inv = failing(
    "linalg.inv", "The diagonal element is zero, the inversion could not be completed because the "
    "input matrix is singular.")(directly("inv", np.linalg.inv))


inv = Primitive("inv", _inv, _same,
                (Jvp(lambda t, x, a: neg(matmul(matmul(x, t), x))),), "{0}^-1")


# The pseudo-inverse
def _of_full_rank(a: Any, rtol: float, atol: float) -> tuple[Any, Any] | None:
    """Q and the inverse of R, of a matrix or its adjoint, whichever has as many rows as columns or
    more; None unless all singular values count, which the sizes of R and its inverse tell: the
    largest is below the one, the least above one over the other."""
    run = getattr(_lapack, "qr_r_raw", None)
    if run is None or not a.size or a.__class__ is not np.ndarray:
        return None
    m, n = a.shape[-2:]
    kind = np.result_type(a.dtype, np.float64)
    both = a.astype(kind) if m >= n else _turned(a.astype(kind))
    token = silenced()
    try:
        factors = run(both)
        r = np.where(_above(min(m, n), min(m, n)), both[..., :min(m, n), :], 0)
        inverse = _lapack.inv(r)
        least = 1 / _length(inverse)
        full = (least > 2 * atol) & (least > 2 * rtol * _length(r))
    finally:
        spoken(token)
    return (_lapack.qr_reduced(both, factors), inverse) if full.all() else None


def _length(a: Any) -> Any:
    """The root of the sum of all squares of each matrix."""
    return np.sqrt(np.square(np.abs(a)).sum((-2, -1)))


def _turned(a: Any) -> Any:
    return np.conj(a.swapaxes(-1, -2))


@failing("linalg.svd", "The algorithm failed to converge: not all values are finite.")
def _pinv(a: Any, rtol: float, atol: float, hermitian: bool) -> Any:
    if not a.size:
        return np.zeros((*a.shape[:-2], a.shape[-1], a.shape[-2]), a.dtype)
    found = None if hermitian else _of_full_rank(a, rtol, atol)
    if found is not None:
        q, inverse = found
        p = np.matmul(inverse, _turned(q)) if a.shape[-2] >= a.shape[-1] else np.matmul(
            q, _turned(inverse))
        return p.astype(a.dtype, copy=False)
    u, s, vh = np.linalg.svd(a, full_matrices=False, hermitian=hermitian)
    keep = s > np.maximum(atol, rtol * s.max(-1, keepdims=True, initial=0))
    inverse = np.where(keep, 1 / np.where(keep, s, 1), 0).astype(s.dtype)
    return np.matmul(_turned(vh) * inverse[..., None, :], _turned(u)).astype(a.dtype)


def _pinv_tangent(t: Node, p: Node, a: Node, **params: Any) -> Node:
    ph, th = adjoint(p), adjoint(t)
    outside = sub(th, matmul(matmul(th, a), p))       # t^H (1 - A P)
    inside = sub(th, matmul(p, matmul(a, th)))        # (1 - P A) t^H
    return (matmul(matmul(inside, ph), p) + matmul(p, matmul(ph, outside))
            - matmul(matmul(p, t), p))


pinv = Primitive(
    "pinv", _pinv, lambda a, **params: ((*a.shape[:-2], a.shape[-1], a.shape[-2]), a.dtype),
    (Jvp(_pinv_tangent),), "pinv({0})")


# Least squares: X (n, k) and how many singular values of A count, flat
def _least(a: Any, b: Any, rtol: float) -> Any:
    (m, n), k = a.shape[-2:], b.shape[-1]
    lead = np.broadcast_shapes(a.shape[:-2], b.shape[:-2])
    found = _of_full_rank(a, rtol, 0.0)
    if found is not None:
        q, inverse = found
        x = np.matmul(inverse, np.matmul(_turned(q), b)) if m >= n else np.matmul(
            q, np.matmul(_turned(inverse), b))
        rank = min(m, n)
    elif _lapack is None or not a.size or not b.size:
        x = np.matmul(_pinv(a, rtol, 0.0, False), b)
        s = np.linalg.svd(a, compute_uv=False) if a.size else np.zeros((*lead, 0))
        rank = (s > rtol * s.max(-1, keepdims=True, initial=0)).sum(-1)
    else:
        kind = np.result_type(a.dtype, np.float64)
        token = silenced()
        try:
            x, _, rank, _ = _lapack.lstsq(a.astype(kind, copy=False), b.astype(kind, copy=False),
                                          rtol)
        finally:
            spoken(token)
    out = np.empty((*lead, n * k + 1), a.dtype)
    out[..., :-1] = x.reshape(*lead, n * k)
    out[..., -1] = rank
    return out


def _least_infer(a: Node, b: Node, rtol: float) -> tuple[Shape, DType]:
    lead = broadcast_shape(a.shape[:-2], b.shape[:-2])
    return (*lead, a.shape[-1] * b.shape[-1] + 1), a.dtype


def least_parts(out: Node, a: Node, b: Node) -> tuple[Node, Node]:
    """X and the rank of the packed array."""
    shape = a.shape[-1], b.shape[-1]
    return piece(out, 0, shape), piece(out, math.prod(shape), ())


def _packed_least(x: Node) -> Node:
    """X with no rank."""
    none = filled(lift(0), shape=(*x.shape[:-2], 1), dtype=x.dtype)
    return packed((x, 2), (none, 1))


def _least_tangent(t: Node, out: Node, a: Node, b: Node, rtol: float) -> Node:
    """That of the pseudo-inverse, times B."""
    x, th = least_parts(out, a, b)[0], adjoint(t)
    p = pinv(a, rtol=rtol, atol=0.0, hermitian=False)
    ph = adjoint(p)
    inside = matmul(th, matmul(ph, x))
    outside = matmul(p, matmul(ph, matmul(th, sub(b, matmul(a, x)))))
    return _packed_least(sub(add(sub(inside, matmul(p, matmul(a, inside))), outside),
                             matmul(p, matmul(t, x))))


def _least_along(t: Node, out: Node, a: Node, b: Node, rtol: float) -> Node:
    return _packed_least(matmul(pinv(a, rtol=rtol, atol=0.0, hermitian=False), t))


least = Primitive("least", _least, _least_infer, (Jvp(_least_tangent), Jvp(_least_along)),
                  "least({0}, {1})", batch=batching.leading)


# Determinants
def _adjugate(a: Any) -> Any:
    """``det(a) * inv(a)``, which a singular matrix has too: from the singular values."""
    if a.shape[-1] == 0:
        return np.zeros_like(a)
    found = _regular_adjugate(a)
    if found is not None:
        return found
    u, s, vh = np.linalg.svd(a)
    phase = np.linalg.det(u) * np.linalg.det(vh)
    n = s.shape[-1]
    others = np.where(np.eye(n, dtype=bool), 1, s[..., None, :]).prod(-1)
    return (asarray(phase)[..., None, None] * np.matmul(
        _turned(vh) * others[..., None, :], _turned(u))).astype(a.dtype)


REGULAR = 1e5
"""What the inverse of a matrix may be larger than that of its largest element, for its adjugate to
be made of it."""


def _regular_adjugate(a: Any) -> Any:
    """The same of matrices that are far from singular; else None."""
    if _lapack is None or not a.size or a.__class__ is not np.ndarray:
        return None
    a, dtype = a.astype(np.result_type(a, np.float64), copy=False), a.dtype
    token = silenced()
    try:
        found = _lapack.inv(a)
        det = _lapack.det(a)
        far = np.abs(a).max((-2, -1)) * np.abs(found).max((-2, -1)) < REGULAR
        if not (far & (np.abs(det) > 1e-200)).all():
            return None
        found = det[..., None, None] * found
    finally:
        spoken(token)
    return found.astype(dtype, copy=False) if np.isfinite(np.vdot(found, found)) else None


def _adjugate_along(a: Any, t: Any) -> Any:
    """The derivative of the adjugate along ``t``, which a singular matrix has too: of a diagonal
    matrix it is a sum of products of all elements but two."""
    n = a.shape[-1]
    if n < 2:
        return np.zeros(np.broadcast_shapes(a.shape, t.shape), a.dtype)
    u, s, vh = np.linalg.svd(a)
    phase, v = np.linalg.det(u) * np.linalg.det(vh), np.conj(np.swapaxes(vh, -1, -2))
    i = np.arange(n)
    left_out = (i[:, None, None] == i) | (i[None, :, None] == i)
    others = np.where(left_out, 1, s[..., None, None, :]).prod(-1) * (1 - np.eye(n))
    uh = np.conj(np.swapaxes(u, -1, -2))
    b = np.matmul(np.matmul(uh, t), v)
    inner = -others * b
    inner[..., i, i] = np.matmul(others, np.diagonal(b, 0, -2, -1)[..., None])[..., 0]
    return (asarray(phase)[..., None, None] * np.matmul(np.matmul(v, inner), uh)).astype(a.dtype)


def _along_tangent(s: Node, y: Node, a: Node, t: Node) -> Node:
    """Of ``a y = tr(adj(a) t) - t adj(a)``; the third derivative of a determinant, for which a
    matrix has to be regular."""
    moved = adjugate_along(a, s)
    total = mul(column(column(trace(matmul(moved, t)))), eye(a.shape[-1], a))
    return solve(a, sub(sub(total, matmul(t, moved)), matmul(s, y)))


def _number(a: Node) -> tuple[Shape, DType]:
    return a.shape[:-2], a.dtype


adjugate_along: Primitive = Primitive(
    "adjugate_along", _adjugate_along, lambda a, t: (a.shape, a.dtype),
    (Jvp(_along_tangent), Linear(lambda ct, a, t: adjugate_along(adjoint(a), ct))),
    "d adj({0}) along {1}")
adjugate = Primitive("adjugate", _adjugate, _same,
                     (Jvp(lambda t, y, a: adjugate_along(a, t)),), "adj({0})")
det = Primitive("det", lambda a: asarray(np.linalg.det(a)).astype(a.dtype), _number,
                (Jvp(lambda t, y, a: trace(matmul(adjugate(a), t))),), "det({0})")
log_abs_det = Primitive(
    "log_abs_det", lambda a: asarray(np.linalg.slogdet(a)[1]),
    lambda a: (a.shape[:-2], a.dtype.to_real()),
    (Jvp(lambda t, y, a: _real(trace(solve(a, t)))),), "log |det({0})|")
sign_det = Primitive(
    "sign_det", lambda a: asarray(np.linalg.slogdet(a)[0]), _number,
    (Jvp(lambda t, y, a: y * cast(imag(trace(solve(a, t))), dtype=y.dtype) * 1j
         if a.dtype.is_complex else y * 0 * trace(t)),), "sign det({0})")


def _real(x: Node) -> Node:
    return real(x) if x.dtype.is_complex else x


# QR: Q (m, k), R (k, n), flat
def qr_shapes(a: Node, complete: bool) -> tuple[Shape, Shape]:
    """The shapes of Q and R."""
    m, n = a.shape[-2:]
    k = m if complete else min(m, n)
    return (m, k), (k, n)


def _qr(a: Any, complete: bool) -> Any:
    m, n = a.shape[-2:]
    run = getattr(_lapack, "qr_r_raw", None)
    if run is None or not a.size or a.__class__ is not np.ndarray:
        q, r = np.linalg.qr(a, "complete" if complete else "reduced")
        return pack(q, r, lead=a.ndim - 2)
    k = m if complete else min(m, n)
    both = a.astype(np.result_type(a, np.float64))
    q = (_lapack.qr_complete if k > n else _lapack.qr_reduced)(both, run(both))
    out = np.empty((*a.shape[:-2], m * k + k * n), a.dtype)
    out[..., :m * k] = q.reshape(*a.shape[:-2], m * k)
    out[..., m * k:] = np.where(_above(k, n), both[..., :k, :], 0).reshape(*a.shape[:-2], k * n)
    return out


@lru_cache(64)
def _above(m: int, n: int) -> Any:
    """Where R has elements."""
    return ~np.tri(m, n, -1, bool)


def qr_parts(out: Node, a: Node, complete: bool) -> tuple[Node, Node]:
    """Q and R of the packed array."""
    sq, sr = qr_shapes(a, complete)
    return piece(out, 0, sq), piece(out, math.prod(sq), sr)


def _qr_tangent(t: Node, out: Node, a: Node, complete: bool) -> Node:
    """For a matrix with at least as many columns as Q has; ``functions/`` refuses the others."""
    m = a.shape[-2]
    q, r = qr_parts(out, a, complete)
    k = min(a.shape[-2:])
    square, first = columns(r, k), columns(t, k)
    # X R^-1 is the adjoint of R^-H X^H.
    over = adjoint(solve_triangular(adjoint(square), adjoint(first), upper=False, unit=False))
    inner = matmul(adjoint(q), over)
    strict = lower(inner, k=-1)
    turn = sub(strict, adjoint(strict))
    if inner.dtype.is_complex:
        phases = cast(imag(diagonal(inner)), dtype=inner.dtype) * 1j
        turn = add(turn, mul(column(phases), eye(k, inner)))
    dq = matmul(q, turn)
    if m > k:
        dq = add(dq, sub(over, matmul(q, inner)))
    dr = sub(matmul(adjoint(q), t), matmul(turn, r))
    return packed((dq, 2), (upper(dr, k=0), 2))


qr = Primitive(
    "qr", _qr, lambda a, complete: (
        (*a.shape[:-2], sum(map(math.prod, qr_shapes(a, complete)))), a.dtype),
    (Jvp(_qr_tangent),), "qr({0})")


# LU with pivots: L and U in one matrix (m, n), and the pivots (k) as numbers, flat
def _lu(a: Any) -> Any:
    m, n = a.shape[-2:]
    out = np.empty((*a.shape[:-2], m * n + min(m, n)), a.dtype)
    if not a.size:
        return out
    blas = lazy("engine.blas")
    factor = blas.factors_of(a.dtype.char)
    if factor is not None:
        columns = np.array(a.swapaxes(-1, -2), order="C")
        out[..., m * n:] = factor(columns)
        out[..., :m * n].reshape(a.shape)[...] = columns.swapaxes(-1, -2)
        return out
    getrf = blas.scipy_linalg(m).get_lapack_funcs("getrf", (a,))
    for at in np.ndindex(*a.shape[:-2]):
        factors, pivots, _ = getrf(a[at])
        out[at][:m * n] = factors.reshape(-1)
        out[at][m * n:] = pivots + 1
    return out


def _lu_tangent(t: Node, out: Node, a: Node) -> Node:
    m, n = a.shape[-2:]
    k = min(m, n)
    both = piece(out, 0, (m, n))
    moved = permuted_rows(t, piece(out, m * n, (k,)))
    square = block(both, 0, 0, k, k)
    inner = _left_divided(square, _right_divided(block(moved, 0, 0, k, k), square))
    unit = add(lower(square, k=-1), eye(k, both))
    dl, du = matmul(unit, lower(inner, k=-1)), matmul(upper(inner, k=0), upper(square, k=0))
    d = add(dl, du)
    if n > k:
        rest = sub(block(moved, 0, k, k, n - k), matmul(dl, block(both, 0, k, k, n - k)))
        d = concatenate(d, _left_divided(square, rest), axis=d.ndim - 1)
    elif m > k:
        rest = sub(block(moved, k, 0, m - k, k), matmul(block(both, k, 0, m - k, k), du))
        d = concatenate(d, _right_divided(rest, square), axis=d.ndim - 2)
    none = filled(lift(0), shape=(*out.shape[:-1], k), dtype=out.dtype)
    return packed((d, 2), (none, 1))


def _left_divided(factors: Node, x: Node) -> Node:
    """``L^-1 x``, of the unit lower triangle of ``factors``."""
    return solve_triangular(factors, x, upper=False, unit=True)


def _right_divided(x: Node, factors: Node) -> Node:
    """``x U^-1``, of the upper triangle of ``factors``."""
    turned = solve_triangular(adjoint(upper(factors, k=0)), adjoint(x), upper=False, unit=False)
    return adjoint(turned)


lu = Primitive(
    "lu", _lu, lambda a: (
        (*a.shape[:-2], math.prod(a.shape[-2:]) + min(a.shape[-2:])), a.dtype),
    (Jvp(_lu_tangent),), "lu({0})")


def _order(pivots: Any, m: int) -> Any:
    """Where the rows come from that pivots (from 1) exchange."""
    found = []
    for exchanged in pivots.real.astype(np.int64).reshape(
            math.prod(pivots.shape[:-1]), pivots.shape[-1]).tolist():
        order = [*range(m)]
        for i, j in enumerate(exchanged, 1):
            order[i - 1], order[j - 1] = order[j - 1], order[i - 1]
        found.append(order)
    return np.array(found, np.int64).reshape(*pivots.shape[:-1], m)


def _permutation(pivots: Any, m: int, dtype: DType) -> Any:
    return (_order(pivots, m)[..., None] == np.arange(m)).astype(dtype.numpy)


permutation = Primitive(
    "permutation", _permutation,
    lambda pivots, m, dtype: ((*pivots.shape[:-1], m, m), dtype), (None,), "permutation({0})")
"""The matrix that exchanges rows as the pivots say."""


def permuted_rows(x: Node, pivots: Node) -> Node:
    """The rows of ``x`` exchanged as the pivots say."""
    return matmul(permutation(pivots, m=x.shape[-2], dtype=x.dtype), x)


# The exponential
_PADE = [64764752532480000.0, 32382376266240000.0, 7771770303897600.0, 1187353796428800.0,
         129060195264000.0, 10559470521600.0, 670442572800.0, 33522128640.0, 1323241920.0,
         40840800.0, 960960.0, 16380.0, 182.0, 1.0]
"""The numerator of the diagonal approximant of degree 13 (Higham 2005), the constant first."""
_PADE_UP_TO = 5.371920351148152


def _expm(a: Any) -> Any:
    if not a.size:
        return a
    if a.shape[-1] > lazy("engine.blas").SMALL:
        return lazy("engine.blas").scipy_linalg(a.shape[-1]).expm(a).astype(a.dtype, copy=False)
    with np.errstate(all="ignore"):
        return _pade(a.astype(np.result_type(a, np.float64))).astype(a.dtype)


def _pade(a: Any) -> Any:
    """By halving and squaring, which for small matrices takes less than loading SciPy."""
    size = np.abs(a).sum(-2).max(-1)[..., None, None]
    halvings = np.where(np.isfinite(size), np.maximum(np.frexp(size / _PADE_UP_TO)[1], 0), 0)
    a = a * np.exp2(-halvings)
    powers = [np.eye(a.shape[-1], dtype=a.dtype), a @ a]
    powers += [powers[1] @ powers[1]]
    powers += [powers[1] @ powers[2]]
    even, odd = ([p * c for p, c in zip(powers, _PADE[start::2], strict=False)] for start in (0, 1))
    high = [sum(p * c for p, c in zip(powers[1:], _PADE[start::2], strict=True))
            for start in (8, 9)]
    v = sum(even) + powers[3] @ high[0]
    u = a @ (sum(odd) + powers[3] @ high[1])
    found = np.linalg.solve(v - u, v + u)
    for n in range(int(halvings.max())):
        found = np.where(n < halvings, found @ found, found)
    return found


def _frechet(a: Any, e: Any) -> Any:
    """The derivative of the exponential at ``a`` in the direction ``e``: a block of that of
    [[a, e], [0, a]]."""
    n = a.shape[-1]
    block = np.zeros((*np.broadcast_shapes(a.shape, e.shape)[:-2], 2 * n, 2 * n), a.dtype)
    block[..., :n, :n] = block[..., n:, n:] = a
    block[..., :n, n:] = e
    return _expm(block)[..., :n, n:]


def _corner(x: Node, n: int) -> Node:
    """The upper right quarter (n, n)."""
    return slice_(x, lift(0), lift(n), axes=(x.ndim - 2, x.ndim - 1), lengths=(n, n), steps=(1, 1))


def _blocks(a: Node, e: Node | None) -> Node:
    """[[a, e], [0, a]]."""
    nothing = filled(lift(0), shape=a.shape, dtype=a.dtype)
    top = concatenate(a, nothing if e is None else e, axis=a.ndim - 1)
    return concatenate(top, concatenate(nothing, a, axis=a.ndim - 1), axis=a.ndim - 2)


expm_frechet: Primitive = Primitive(
    "expm_frechet", _frechet, lambda a, e: (a.shape, a.dtype),
    (Jvp(lambda t, y, a, e: _corner(expm_frechet(_blocks(a, e), _blocks(t, None)), a.shape[-1])),
     Linear(lambda ct, a, e: expm_frechet(adjoint(a), ct))), "d exp({0}) along {1}")
matrix_exp = Primitive("matrix_exp", _expm, _same,
                       (Jvp(lambda t, y, a: expm_frechet(a, t)),), "exp({0})")
