"""Samples of factorisations and solutions, of slopes of drawn numbers, of Bessel's and their kin.

Factors that are free in their phases or signs are compared through functions of them that are not,
in the comparison with PyTorch; here the derivative must fit the factors that LAPACK gives, so
complex eigenvectors and singular vectors, whose phases it chooses anew, are left out.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from samples import COMPLEX, WIDE, Sample, complexes, integers, normal, unary, uniform

from wengert.engine.dtypes import float64


def positive(n: int, *batch: int, seed: int = 0) -> Any:
    """Positive definite matrices."""
    a = normal(*batch, n, n, seed=seed)
    return a @ a.swapaxes(-1, -2) / n + np.eye(n)


def regular(n: int, *batch: int, seed: int = 0) -> Any:
    """Matrices that are far from singular, with eigenvalues and singular values apart."""
    return normal(*batch, n, n, seed=seed) * 0.3 + np.diag(np.arange(1.0, n + 1))


def hermitian(n: int, seed: int = 0) -> Any:
    a = complexes(n, n, seed=seed)
    return a @ a.conj().T / n + np.eye(n)


def symmetric(n: int, seed: int = 0) -> Any:
    a = regular(n, seed=seed)
    return a + a.T


def stacked(found: Any) -> Any:
    """Eigenvalues, and below them the vectors."""
    return np.concatenate([found[0][..., None, :], found[1]], -2)


def packed_svd(a: Any, full: bool) -> Any:
    """U, S and V^H, flat."""
    parts = np.linalg.svd(a, full_matrices=full)
    return np.concatenate([part.reshape(*a.shape[:-2], -1) for part in parts], -1)


REGULAR = [Sample((regular(3),), dtypes=WIDE), Sample((regular(2, 2, seed=1),), dtypes=WIDE),
           Sample((normal(0, 2, 2),), dtypes=WIDE), Sample((normal(0, 0),), dtypes=WIDE)]
ANALYTIC = Sample((regular(3) + 0.3j * normal(3, 3, seed=2),), dtypes=COMPLEX)
TRIANGLE = np.tril(regular(3))
CHOICES = [{"upper": up, "unit": unit} for up in (False, True) for unit in (False, True)]
SVD = [(regular(3), False), (regular(3), True), (normal(4, 2), False), (normal(2, 4), False),
       (regular(2, 2), False)]

WHOLE = [Sample((integers(1, 20, 3, 4), integers(1, 9, 4, seed=1)), dtypes=("",), smooth=False)]

SAMPLES: dict[str, list[Sample]] = {
    # LAPACK reads one triangle and the derivative is that of a symmetric matrix: not smooth here.
    "cholesky": [
        Sample((positive(3),), dtypes=WIDE, smooth=False),
        Sample((positive(2, 2),), dtypes=WIDE, smooth=False),
        Sample((normal(0, 0),), dtypes=WIDE), Sample((hermitian(3),), dtypes=COMPLEX,
                                                     smooth=False)],
    "solve_triangular": [
        *[Sample((regular(3), normal(3, 2, seed=1)), params, dtypes=WIDE) for params in CHOICES],
        Sample((regular(3, 2, 1), normal(4, 3, 2, seed=1)), CHOICES[0], dtypes=WIDE),
        Sample((ANALYTIC.args[0], complexes(3, 2)), CHOICES[2], dtypes=COMPLEX),
        Sample((normal(0, 0), normal(0, 2)), CHOICES[0], dtypes=WIDE)],
    "solve": [
        Sample((regular(3), normal(3, 2, seed=1)), dtypes=WIDE),
        Sample((regular(3, 2, 1), normal(4, 3, 2, seed=1)), dtypes=WIDE),
        Sample((ANALYTIC.args[0], complexes(3, 2)), dtypes=COMPLEX)],
    "inv": [*REGULAR, ANALYTIC],
    "pinv": [Sample((a,), {"rtol": 1e-6, "atol": 0.0, "hermitian": False}, dtypes=WIDE)
             for a in (regular(3), normal(4, 2), normal(2, 3, 4))] + [
        Sample((complexes(4, 2),), {"rtol": 1e-6, "atol": 0.0, "hermitian": False},
               dtypes=COMPLEX)],
    "least": [Sample((a, b), {"rtol": 1e-6}, dtypes=WIDE) for a, b in (
        (regular(3), normal(3, 2, seed=1)), (normal(4, 2), normal(4, 3, seed=1)),
        (normal(2, 3, 4), normal(3, 1, seed=1)))] + [
        Sample((complexes(4, 2), complexes(4, 3)), {"rtol": 1e-6}, dtypes=COMPLEX)],
    "adjugate": [*REGULAR, ANALYTIC],
    "adjugate_along": [
        Sample((regular(3), normal(3, 3, seed=1)), dtypes=WIDE),
        Sample((normal(2, 3, 3), normal(2, 3, 3, seed=1)), dtypes=WIDE),
        Sample((ANALYTIC.args[0], complexes(*ANALYTIC.args[0].shape)), dtypes=COMPLEX)],
    "det": [*REGULAR, ANALYTIC],
    "log_abs_det": [*REGULAR, ANALYTIC],
    "sign_det": [*REGULAR, ANALYTIC],
    "eigh": [Sample((positive(3) + np.diag([0.0, 2.0, 5.0]),), {"uplo": "L"}, dtypes=WIDE,
                    smooth=False),
             Sample((hermitian(3),), {"uplo": "U"}, dtypes=COMPLEX, smooth=False)],
    "eig": [Sample((regular(3),), dtypes=WIDE, smooth=False),
            Sample((ANALYTIC.args[0],), dtypes=COMPLEX, smooth=False)],
    "eigh_values": [
        Sample((stacked(np.linalg.eigh(positive(3))), positive(3)), dtypes=WIDE, smooth=False),
        Sample((stacked(np.linalg.eigh(hermitian(3))), hermitian(3)), dtypes=COMPLEX,
               smooth=False)],
    "eigh_alone": [Sample((positive(3),), {"uplo": "L"}, dtypes=WIDE, smooth=False),
                   Sample((hermitian(3),), {"uplo": "U"}, dtypes=COMPLEX, smooth=False)],
    "svd_alone": [Sample((a,), dtypes=WIDE) for a in (regular(3), normal(2, 4, 2))],
    "eig_values": [Sample((stacked(np.linalg.eig(a)), a + 0j), dtypes=COMPLEX, smooth=False)
                   for a in (regular(3), ANALYTIC.args[0])],
    "svd_values": [Sample((packed_svd(a, full), a), {"full": full}, dtypes=WIDE, smooth=False)
                   for a, full in SVD],
    "undefined": [Sample((normal(3, 3), np.zeros((3, 3), bool))),
                  Sample((normal(2, 3, 3), np.zeros((3, 3), bool)))],
    "svd": [Sample((a,), {"full": full}, dtypes=WIDE, tolerance=1e-5) for a, full in SVD],
    "qr": [Sample((a,), {"complete": False}, dtypes=WIDE)
           for a in (regular(3), normal(4, 2), normal(2, 4), regular(2, 2))] + [
        Sample((normal(4, 2),), {"complete": True}, dtypes=WIDE, smooth=False),
        Sample((complexes(3, 2),), {"complete": False}, dtypes=COMPLEX)],
    "geqrf": [Sample((regular(3),), dtypes=WIDE), Sample((normal(2, 4, 2),), dtypes=WIDE),
              Sample((normal(2, 3),), dtypes=WIDE), Sample((hermitian(3),), dtypes=COMPLEX)],
    "ldl": [Sample((symmetric(3),), {"hermitian": False}, dtypes=WIDE, smooth=False),
            Sample((hermitian(3),), {"hermitian": True}, dtypes=COMPLEX, smooth=False)],
    "ldl_solve": [Sample((np.tril(symmetric(3)), pivots, normal(3, 2)), {"hermitian": hermitian},
                         dtypes=WIDE) for pivots, hermitian in (
                             (np.array([3, 3, 3]), False), (np.array([3, 3, 3]), True))],
    **{name: [Sample((np.array([4, 4, 4, 4]),), params, smooth=False)]
       for name, params in (("ldl_order", {"dtype": float64}), ("ldl_blocks", {"dtype": float64}),
                            ("ldl_places", {"back": True}))},
    "lu": [Sample((regular(3),), dtypes=WIDE), Sample((regular(2, 2),), dtypes=WIDE),
           Sample((normal(3, 2),), dtypes=WIDE), Sample((normal(2, 4),), dtypes=WIDE)],
    "permutation": [Sample((np.array([2.0, 2.0]),), {"m": 3, "dtype": float64}, smooth=False)],
    "expm_frechet": [Sample((regular(2) * 0.3, normal(2, 2, seed=1)), dtypes=WIDE),
                     Sample((normal(2, 2, 2), normal(2, 2, 2, seed=1)), dtypes=WIDE)],
    "matrix_exp": [
        Sample((regular(2) * 0.5,), dtypes=WIDE), Sample((normal(2, 3, 3),), dtypes=WIDE),
        Sample((complexes(2, 2),), dtypes=COMPLEX), Sample((normal(0, 0),), dtypes=WIDE)],
    "gamma_slope": [Sample((uniform(0.3, 3, 3, 4), uniform(0.2, 3, 4, seed=1)), dtypes=WIDE)],
    "beta_slope": [Sample((uniform(0.5, 3, 3), uniform(0.5, 3, 3, seed=1),
                           uniform(0.1, 0.9, 3, seed=2)), dtypes=WIDE, smooth=False)],
    "entr": unary(0.2, 2), "i0": unary(-2, 2), "i1": unary(-2, 2), "i0e": unary(0.2, 2),
    "i1e": unary(0.2, 2),
    "ndtri": unary(0.1, 0.9), "ndtri_slope": unary(0.1, 0.9), "log_ndtr": unary(-2, 2),
    "erfcx": unary(-1, 2),
    "igamma": [Sample((uniform(0.5, 3, 3), uniform(0.5, 3, 3, seed=1)), dtypes=WIDE),
               Sample((1.5, uniform(0.5, 3, 2, 3)))],
    "igammac": [Sample((uniform(0.5, 3, 3), uniform(0.5, 3, 3, seed=1)), dtypes=WIDE),
                Sample((1.5, uniform(0.5, 3, 2, 3)))],
    "gamma_density": [Sample((uniform(0.5, 3, 3), uniform(0.5, 6, 3, seed=1)), dtypes=WIDE)],
    "inverse_mills": unary(-2, 2),
    "igamma_slope": [Sample((uniform(0.5, 3, 3), uniform(0.5, 6, 3, seed=1)), {"order": 1},
                            dtypes=WIDE)],
    "zeta": [Sample((uniform(1.5, 3, 3), uniform(0.5, 3, 3, seed=1)), dtypes=WIDE),
             Sample((2.5, uniform(0.5, 3, 2, 3)))],
    "zeta_slope": [Sample((uniform(1.5, 3, 3), uniform(0.5, 3, 3, seed=1)),
                          {"order": order, "below": below}, dtypes=WIDE)
                   for order, below in ((1, 0), (0, 1), (1, 2))],
    **{f"bessel_{name}_slope": [Sample((uniform(0.5, 9, 4),), {"times": times}, dtypes=WIDE)
                                for times in (1, 2)] for name in ("j1", "y1")},
    **{f"scaled_{name}_slope": [Sample((uniform(0.5, 9, 4),), {"order": order, "times": times},
                                       dtypes=WIDE) for order in (0, 1) for times in (1, 2)]
       for name in "ik"},
    **dict.fromkeys(
        ("bessel_j0", "bessel_j1", "bessel_y0", "bessel_y1", "modified_bessel_k0",
         "modified_bessel_k1", "scaled_modified_bessel_k0", "scaled_modified_bessel_k1"),
        unary(0.5, 3)),
    **dict.fromkeys(("gcd", "lcm"), WHOLE),
}
