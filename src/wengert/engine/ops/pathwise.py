"""How drawn numbers move with their parameters: slopes of gamma and beta numbers.

For a number x with the cumulative distribution function F(x; a) the slope is
``-(dF/da) / (dF/dx)``. F is a power series whose terms are all positive, differentiated term by
term and divided by the density, so nothing large cancels where numbers are drawn. Primitives,
because a series whose length depends on the values is no composition. What a drawn number is
recorded as (``gamma_moved``, ``beta_moved``) has the number as its value and the slope there as its
derivative, so a second derivative is that of the slope along the number's own way.
"""

from __future__ import annotations

import importlib
from functools import cache
from typing import Any

import numpy as np

from ..arrays import asarray
from ..graph import Node, Partial, Primitive, Unknown, lift
from .elementwise import elementwise, log
from .slopes import density, igamma_slope
from .special import polygamma

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


def _given(*args: Any) -> Any:
    """The last argument, in the shape of all."""
    return np.broadcast_to(args[-1], np.broadcast_shapes(*map(np.shape, args)))


def _log_slope(a: Node, x: Node) -> Node:
    """How the logarithm of the density of a gamma number moves with the shape."""
    return log(x) - polygamma(lift(0), a)


gamma_moved: Primitive = elementwise(
    "gamma_moved", _given, Partial(lambda y, a, drawn: gamma_slope(a, y)), None,
    text="{1}, drawn from the gamma distribution of shape {0}")
gamma_slope: Primitive = elementwise(
    "gamma_slope", _gamma_slope,
    Partial(lambda y, a, x: -(igamma_slope(a, x, order=2) / density(a, x) + y * _log_slope(a, x))),
    Partial(lambda y, a, x: -(_log_slope(a, x) + y * ((a - 1) / x - 1))),
    text="d gamma / d shape at ({0}, {1})")
_ONCE = (Unknown("how a drawn beta or Dirichlet number moves with its parameters"),) * 3
beta_moved: Primitive = elementwise(
    "beta_moved", _given, Partial(lambda y, a, b, drawn: beta_slope(a, b, y)), None, None,
    text="{2}, drawn from the beta distribution ({0}, {1}), over what is left to 1")
beta_slope: Primitive = elementwise("beta_slope", _beta_slope, *_ONCE,
                         text="d beta / d {0} at ({0}, {1}, {2})")
