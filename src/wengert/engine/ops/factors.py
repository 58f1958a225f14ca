"""Factorisations as LAPACK stores them: reflections, symmetric indefinite matrices.

Each packs its results in one last dimension, as ``decompositions.py`` does.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..dtypes import DType
from ..graph import Linear, Node, Primitive, Shape, Unknown
from .decompositions import scipy_linalg
from .elementwise import conj


def _batches(a: Any) -> Any:
    return np.ndindex(*a.shape[:-2])


# Reflections (m, n) and their factors (min(m, n))
def _geqrf(a: Any) -> Any:
    m, n = a.shape[-2:]
    out = np.zeros((*a.shape[:-2], m * n + min(m, n)), a.dtype)
    if a.size:
        geqrf = scipy_linalg().get_lapack_funcs("geqrf", (a,))
        for at in _batches(a):
            factors, tau = geqrf(a[at])[:2]
            out[at][:m * n], out[at][m * n:] = factors.reshape(-1), tau
    return out


geqrf = Primitive("geqrf", _geqrf, lambda a: (
    (*a.shape[:-2], math.prod(a.shape[-2:]) + min(a.shape[-2:])), a.dtype),
    (Unknown("geqrf"),), "geqrf({0})")


# L and D in one matrix (n, n), and the pivots (n) as LAPACK counts them
def _ldl(a: Any, hermitian: bool) -> Any:
    n = a.shape[-1]
    out = np.zeros((*a.shape[:-2], n * n + n), a.dtype)
    if a.size:
        name = "hetrf" if hermitian and a.dtype.kind == "c" else "sytrf"
        sytrf = scipy_linalg().get_lapack_funcs(name, (a,))
        for at in _batches(a):
            factors, pivots, _ = sytrf(a[at], lower=1)
            out[at][:n * n], out[at][n * n:] = np.tril(factors).reshape(-1), pivots
    return out


ldl = Primitive("ldl", _ldl, lambda a, hermitian: (
    (*a.shape[:-2], a.shape[-1] * (a.shape[-1] + 1)), a.dtype), (Unknown("ldl_factor"),),
    "ldl({0})")


def _ldl_solve(ld: Any, pivots: Any, b: Any, hermitian: bool) -> Any:
    lead = np.broadcast_shapes(ld.shape[:-2], b.shape[:-2])
    ld = np.broadcast_to(ld, (*lead, *ld.shape[-2:]))
    pivots = np.broadcast_to(pivots, (*lead, pivots.shape[-1]))
    out = np.array(np.broadcast_to(b, (*lead, *b.shape[-2:])))
    if out.size:
        name = "hetrs" if hermitian and ld.dtype.kind == "c" else "sytrs"
        sytrs = scipy_linalg().get_lapack_funcs(name, (ld,))
        for at in np.ndindex(*lead):
            out[at] = sytrs(ld[at], pivots[at].astype(np.int32), out[at], lower=1)[0]
    return out


def _solution(ld: Node, pivots: Node, b: Node, hermitian: bool) -> tuple[Shape, DType]:
    return (*np.broadcast_shapes(ld.shape[:-2], b.shape[:-2]), *b.shape[-2:]), b.dtype


def _solved_back(ct: Node, ld: Node, pivots: Node, b: Node, hermitian: bool) -> Node:
    if hermitian or not ct.dtype.is_complex:
        return ldl_solve(ld, pivots, ct, hermitian=hermitian)
    return conj(ldl_solve(ld, pivots, conj(ct), hermitian=hermitian))


ldl_solve: Primitive = Primitive(
    "ldl_solve", _ldl_solve, _solution,
    (Unknown("ldl_solve in the factors"), None, Linear(_solved_back)),
    "ldl({0}, {1})^-1 @ {2}")
