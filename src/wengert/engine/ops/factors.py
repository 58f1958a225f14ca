"""Factorisations as LAPACK stores them: reflections, symmetric indefinite matrices.

Each packs its results in one last dimension, as ``decompositions.py`` does. The tangent of a
factor is that of its definition: a reflection is made of a column, which the reflections before it
have changed; of ``P A P^T = L D L^T`` what ``L^-1 (P dA P^T) L^-T`` has in the blocks of D is dD,
and what it has below them is ``L^-1 dL D``.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..arrays import asarray
from ..blas import scipy_linalg
from ..dtypes import DType, int64
from ..graph import Jvp, Linear, Node, Primitive, Shape, lift
from .contract import adjoint, matmul
from .decompositions import (
    block,
    column,
    eye,
    packed,
    piece,
    solve,
    solve_triangular,
)
from .elementwise import add, cast, conj, mul, neg, real, sub
from .indexing import take_along
from .structural import concatenate, full, lower, transpose


def _batches(a: Any) -> Any:
    return np.ndindex(*a.shape[:-2])


# Reflections (m, n) and their factors (min(m, n))
def _geqrf(a: Any) -> Any:
    m, n = a.shape[-2:]
    out = np.zeros((*a.shape[:-2], m * n + min(m, n)), a.dtype)
    if a.size:
        geqrf = scipy_linalg(m).get_lapack_funcs("geqrf", (a,))
        for at in _batches(a):
            factors, tau = geqrf(a[at])[:2]
            out[at][:m * n], out[at][m * n:] = factors.reshape(-1), tau
    return out


def _reflected(t: Node, out: Node, left: Node, dleft: Node, i: int) -> tuple[Node, list[Node]]:
    """The tangents of the columns from ``i``, and of their factors. ``left`` is what the
    reflections before leave of A, ``dleft`` its tangent, from row and column ``i`` on."""
    m, n = t.shape[-2:]
    if i == min(m, n):
        return dleft, []
    both, rows, rest = piece(out, 0, (m, n)), m - i, n - i - 1
    beta, dx = block(both, i, i, 1, 1), block(dleft, 0, 0, rows, 1)
    tau, dalpha = column(piece(out, m * n + i, (1,))), block(dleft, 0, 0, 1, 1)
    tail = block(both, i + 1, i, rows - 1, 1)
    v = concatenate(_unit_like(beta), tail, axis=tail.ndim - 2)
    if rows == 1 and not t.dtype.is_complex:
        dbeta, dtau = dalpha, mul(dalpha, lift(0.0))
    else:
        x = mul(beta, concatenate(1 - tau, neg(mul(tau, tail)), axis=tail.ndim - 2))
        dbeta = _real_in(matmul(adjoint(x), dx)) / beta
        dtau = sub(mul(1 - tau, dbeta), dalpha) / beta
    dtail = block(dx, 1, 0, rows - 1, 1)
    if rows > 1:
        dtail = sub(mul(tail, sub(dalpha, dbeta)), dtail) / mul(tau, beta)
    dv = concatenate(mul(dbeta, lift(0.0)), dtail, axis=dtail.ndim - 2)
    left, dleft = block(left, 0, 1, rows, rest), block(dleft, 0, 1, rows, rest)
    vh, dvh, back = adjoint(v), adjoint(dv), conj(tau)
    along, dalong = matmul(vh, left), add(matmul(dvh, left), matmul(vh, dleft))
    dleft = sub(dleft, add(mul(v, add(mul(conj(dtau), along), mul(back, dalong))),
                           mul(mul(back, dv), along)))
    left = sub(left, mul(v, mul(back, along)))
    inner, dtaus = _reflected(t, out, block(left, 1, 0, rows - 1, rest),
                              block(dleft, 1, 0, rows - 1, rest), i + 1)
    top = concatenate(dbeta, block(dleft, 0, 0, 1, rest), axis=dbeta.ndim - 1)
    below = concatenate(dtail, inner, axis=inner.ndim - 1)
    return concatenate(top, below, axis=top.ndim - 2), [dtau, *dtaus]


def _unit_like(x: Node) -> Node:
    return full(lift(1.0), shape=x.shape, dtype=x.dtype)


def _real_in(x: Node) -> Node:
    """The real part, in the dtype of ``x``."""
    return cast(real(x), dtype=x.dtype) if x.dtype.is_complex else x


def _geqrf_tangent(t: Node, out: Node, a: Node) -> Node:
    d, dtaus = _reflected(t, out, a, t, 0)
    return packed((d, 2), *((dtau, 2) for dtau in dtaus))


geqrf = Primitive("geqrf", _geqrf, lambda a: (
    (*a.shape[:-2], math.prod(a.shape[-2:]) + min(a.shape[-2:])), a.dtype),
    (Jvp(_geqrf_tangent),), "geqrf({0})")


# L and D in one matrix (n, n), and the pivots (n) as LAPACK counts them
def _ldl(a: Any, hermitian: bool) -> Any:
    n = a.shape[-1]
    out = np.zeros((*a.shape[:-2], n * n + n), a.dtype)
    if a.size:
        name = "hetrf" if hermitian and a.dtype.kind == "c" else "sytrf"
        sytrf = scipy_linalg(n).get_lapack_funcs(name, (a,))
        for at in _batches(a):
            factors, pivots, _ = sytrf(a[at], lower=1)
            out[at][:n * n], out[at][n * n:] = np.tril(factors).reshape(-1), pivots
    return out


def _swaps(pivots: Any) -> list[tuple[int, int, int]]:
    """Of each block of D where it begins, and the two rows that are exchanged for it."""
    numbers, found, k = [int(p) for p in pivots.real], [], 0
    while k < len(numbers):
        pair = numbers[k] < 0
        if not k + pair < abs(numbers[k]) <= len(numbers) or (
                pair and numbers[k + 1] != numbers[k]):
            raise RuntimeError(f"{numbers} are not the pivots of torch.linalg.ldl_factor")
        found.append((k, k + pair, abs(numbers[k]) - 1))
        k += 1 + pair
    return found


def _frames(pivots: Any, shape: Shape, dtype: Any, fill: Any) -> Any:
    out = np.zeros((*pivots.shape[:-1], *shape), dtype)
    for at in np.ndindex(*pivots.shape[:-1]):
        fill(out[at], _swaps(asarray(pivots[at])))
    return out


def _fill_order(out: Any, swaps: Any) -> None:
    order = np.arange(len(out))
    for _, i, j in swaps:
        order[[i, j]] = order[[j, i]]
    out[np.arange(len(out)), order] = 1


def _fill_blocks(out: Any, swaps: Any) -> None:
    for k, last, _ in swaps:
        out[k:last + 1, k:last + 1] = 1


def _fill_places(out: Any, swaps: Any) -> None:
    order = np.arange(len(out))
    for k, last, other in reversed(swaps):   # of a column only the exchanges after it
        out[:, k:last + 1] = order[:, None]
        exchanged = np.arange(len(out))
        exchanged[[last, other]] = exchanged[[other, last]]
        order = exchanged[order]


def _square(fill: Any, pivots: Any, dtype: Any) -> Any:
    n = pivots.shape[-1]
    return _frames(pivots, (n, n), dtype, fill)


def _ldl_places(pivots: Any, back: bool) -> Any:
    places = _square(_fill_places, pivots, np.int64)
    return np.argsort(places, -2) if back else places


def _matrix(pivots: Node, dtype: DType) -> tuple[Shape, DType]:
    return (*pivots.shape, pivots.shape[-1]), dtype


ldl_order = Primitive(
    "ldl_order", lambda pivots, dtype: _square(_fill_order, pivots, dtype.numpy), _matrix, (None,),
    "P({0})")
"""The P of ``P A P^T = L D L^T``."""
ldl_blocks = Primitive(
    "ldl_blocks", lambda pivots, dtype: _square(_fill_blocks, pivots, dtype.numpy), _matrix,
    (None,), "blocks({0})")
"""1 in the blocks of D, which are of one or two rows, 0 elsewhere."""
ldl_places = Primitive(
    "ldl_places", _ldl_places, lambda pivots, back: _matrix(pivots, int64), (None,),
    "rows({0})")
"""Which row of a column as LAPACK stores it is which row of L (``back``: the other way): stored
columns lack the exchanges after them."""


def _turned(x: Node, hermitian: bool) -> Node:
    return adjoint(x) if hermitian else transpose(
        x, perm=(*range(x.ndim - 2), x.ndim - 1, x.ndim - 2))


def _taken(ld: Node, pivots: Node, hermitian: bool) -> tuple[Node, Node]:
    """L without its diagonal, and D, of both in one matrix; linear in it."""
    blocks = ldl_blocks(pivots, dtype=ld.dtype)
    l = take_along(lower(mul(ld, 1 - blocks), k=-1), ldl_places(pivots, back=False),
                   axis=ld.ndim - 2)
    below, middle = lower(mul(ld, blocks), k=-1), mul(ld, eye(ld.shape[-1], ld))
    middle = _real_in(middle) if hermitian else middle
    return l, add(middle, add(below, _turned(below, hermitian)))


def _ldl_tangent(t: Node, out: Node, a: Node, hermitian: bool) -> Node:
    n = a.shape[-1]
    ld, pivots = piece(out, 0, (n, n)), piece(out, n * n, (n,))
    l, d = _taken(ld, pivots, hermitian)
    l, p = add(l, eye(n, l)), ldl_order(pivots, dtype=a.dtype)
    t = matmul(matmul(p, (t + _turned(t, hermitian)) * 0.5), adjoint(p))
    half = solve_triangular(l, t, upper=False, unit=True)
    inner = _turned(solve_triangular(l, _turned(half, hermitian), upper=False, unit=True),
                    hermitian)
    blocks = ldl_blocks(pivots, dtype=a.dtype)
    below = lower(mul(inner, 1 - blocks), k=-1)
    dl = matmul(l, _turned(solve(_turned(d, hermitian), _turned(below, hermitian)), hermitian))
    stored = take_along(dl, ldl_places(pivots, back=True), axis=dl.ndim - 2)
    none = full(lift(0), shape=(*out.shape[:-1], n), dtype=out.dtype)
    return packed((add(stored, lower(mul(inner, blocks), k=0)), 2), (none, 1))


ldl = Primitive("ldl", _ldl, lambda a, hermitian: (
    (*a.shape[:-2], a.shape[-1] * (a.shape[-1] + 1)), a.dtype), (Jvp(_ldl_tangent),),
    "ldl({0})")


def _ldl_solve(ld: Any, pivots: Any, b: Any, hermitian: bool) -> Any:
    lead = np.broadcast_shapes(ld.shape[:-2], b.shape[:-2])
    ld = np.broadcast_to(ld, (*lead, *ld.shape[-2:]))
    pivots = np.broadcast_to(pivots, (*lead, pivots.shape[-1]))
    out = np.array(np.broadcast_to(b, (*lead, *b.shape[-2:])))
    if out.size:
        name = "hetrs" if hermitian and ld.dtype.kind == "c" else "sytrs"
        sytrs = scipy_linalg(ld.shape[-1]).get_lapack_funcs(name, (ld,))
        for at in np.ndindex(*lead):
            _swaps(pivots[at])   # LAPACK does not look
            out[at] = sytrs(ld[at], pivots[at].astype(np.int32), out[at], lower=1)[0]
    return out


def _solution(ld: Node, pivots: Node, b: Node, hermitian: bool) -> tuple[Shape, DType]:
    return (*np.broadcast_shapes(ld.shape[:-2], b.shape[:-2]), *b.shape[-2:]), b.dtype


def _solved_back(ct: Node, ld: Node, pivots: Node, b: Node, hermitian: bool) -> Node:
    if hermitian or not ct.dtype.is_complex:
        return ldl_solve(ld, pivots, ct, hermitian=hermitian)
    return conj(ldl_solve(ld, pivots, conj(ct), hermitian=hermitian))


def _ldl_solve_tangent(t: Node, x: Node, ld: Node, pivots: Node, b: Node,
                       hermitian: bool) -> Node:
    l, d = _taken(ld, pivots, hermitian)
    l = add(l, eye(l.shape[-1], l))
    dl, dd = _taken(t, pivots, hermitian)
    p, lh = ldl_order(pivots, dtype=ld.dtype), _turned(l, hermitian)
    x = matmul(p, x)
    y = matmul(lh, x)
    moved = add(matmul(dl, matmul(d, y)), matmul(l, add(
        matmul(dd, y), matmul(d, matmul(_turned(dl, hermitian), x)))))
    return neg(ldl_solve(ld, pivots, matmul(adjoint(p), moved), hermitian=hermitian))


ldl_solve: Primitive = Primitive(
    "ldl_solve", _ldl_solve, _solution,
    (Jvp(_ldl_solve_tangent), None, Linear(_solved_back)),
    "ldl({0}, {1})^-1 @ {2}")
