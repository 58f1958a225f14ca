"""How drawn numbers move with their parameters: slopes of gamma and beta numbers.

For a number x with the cumulative distribution function F(x; a) the slope is
``-(dF/da) / (dF/dx)``. F is a power series whose terms are all positive, differentiated term by
term and divided by the density, so nothing large cancels where numbers are drawn. Primitives,
because a series whose length depends on the values is no composition.
"""

from __future__ import annotations

import importlib
from functools import cache
from typing import Any

import numpy as np

from ..arrays import asarray
from ..graph import Unknown
from .elementwise import elementwise

MOST_TERMS = 5000
"""A series is cut here; reached only for shapes above some hundred thousands, where the slopes of
the normal approximation are taken instead, and for numbers within 1e-3 of the end of [0, 1]."""
LARGE = 1e5


@cache
def _digamma() -> Any:
    return importlib.import_module("scipy.special").psi


def _series(first: Any, ratio: Any, level: Any, rise: Any) -> Any:
    """``sum c[n] * (level + rise(0) + ... + rise(n - 1))`` with ``c[0] = first`` and
    ``c[n + 1] = c[n] * ratio(n)``."""
    total, size, term = first * level, np.abs(first), first
    for n in range(MOST_TERMS):
        term = term * ratio(n)
        level = level + rise(n)
        total = total + term * level
        size = size + term
        if n % 8 == 7 and not np.any(term > 1e-17 * size):
            break
    return total


def _gamma_slope(alpha: Any, x: Any) -> Any:
    """For x of the gamma distribution of shape alpha:
    F = sum x^(a+n) e^-x / Gamma(a+n+1)."""
    dtype = np.result_type(alpha, x)
    a, x = np.broadcast_arrays(asarray(alpha, np.float64), asarray(x, np.float64))
    big = a > LARGE
    small, drawn = np.where(big, 1.0, a), np.where(big, 1.0, x)
    level = np.log(drawn) - _digamma()(small + 1)
    found = -drawn * _series(1 / small, lambda n: drawn / (small + n + 1), level,
                             lambda n: -1 / (small + n + 1))
    if big.any():  # Wilson and Hilferty, 1931: (x/a)^(1/3) is nearly normal
        root = np.cbrt(x / a)
        z = (root - 1 + 1 / (9 * a)) * 3 * np.sqrt(a)
        slope = root**3 + 3 * a * root**2 * (1 / (9 * a**2) - z / (6 * a**1.5))
        found = np.where(big, slope, found)
    return found.astype(dtype)


def _beta_slope(alpha: Any, beta: Any, x: Any) -> Any:
    """For x of the beta distribution (alpha, beta): its slope in alpha, over 1 - x.

    Below the mean F = x^a (1-x)^b / B * sum x^n (a+b)_n / (a)_(n+1); above it 1 - F is the same
    with x and 1 - x, a and b exchanged.
    """
    dtype = np.result_type(alpha, beta, x)
    a, b, x = np.broadcast_arrays(*(asarray(v, np.float64) for v in (alpha, beta, x)))
    total, psi = a + b, _digamma()
    below = x * total <= a
    base = np.where(below, a, b)
    at = np.where(below, x, 1 - x)
    level = np.log(x) + psi(total) - np.where(below, psi(a + 1), psi(a))
    found = _series(
        1 / base, lambda n: at * (total + n) / (base + n + 1), level,
        lambda n: 1 / (total + n) - np.where(below, 1 / (a + n + 1), 0.0))
    return (np.where(below, -x, x) * found).astype(dtype)


_ONCE = (Unknown("the derivative of a drawn gamma or beta number in its parameters"),) * 2
gamma_slope = elementwise("gamma_slope", _gamma_slope, *_ONCE,
                          text="d gamma / d shape at ({0}, {1})")
beta_slope = elementwise("beta_slope", _beta_slope, *_ONCE, *_ONCE[:1],
                         text="d beta / d {0} at ({0}, {1}, {2})")
