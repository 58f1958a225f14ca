"""Incomplete gamma functions to the last digits, on float64 arrays.

Both have a factor in common, a power over a gamma function, which is the exponential of Loader's
deviance where the power itself would not do (:func:`power_over_gamma`). What it is multiplied with
is a series of positive terms below the mean and a continued fraction above it, in long double, so
that each function may be 1 less the other. ``bessel.py`` and ``slopes.py`` make primitives of them,
``accurate.py`` has the means.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ..arrays import asarray
from .accurate import LONG, PI, lgamma_above, lgamma_at_2, redone, scipy_special, stirling

MOST_TERMS = 5000
LARGE = 1e4
"""Beyond this first argument SciPy's asymptotic series is taken."""


def power_over_gamma(a: Any, x: Any) -> Any:
    """``x^a e^-x / gamma(a + 1)`` of positive long doubles."""
    small = np.minimum(a, 20)
    near = np.exp(small * np.log(x) - x - lgamma_above(small + 1))
    if not np.any(a > 20):
        return near
    large = np.maximum(a, 20)
    return np.where(a > 20, np.exp(-_deviance(large, x) - stirling(large)) / np.sqrt(
        2 * PI * large), near)


def _deviance(a: Any, x: Any) -> Any:
    """``x - a - a log(x / a)``: where both are near each other, Loader's series."""
    v = (x - a) / (x + a)
    near = np.abs(v) < 0.3
    v = np.where(near, v, 0)
    total, square = np.zeros_like(v), v * v
    for k in range(20, 0, -1):
        total = (total + LONG(1) / (2 * k + 1)) * square
    return np.where(near, (x - a) * v - 2 * a * v * total, x - a - a * np.log(x / a))


def gamma_density(a: Any, x: Any) -> Any:
    """``x^(a-1) e^-x / gamma(a)``."""
    a, x = np.broadcast_arrays(a, x)
    found = np.where((a < 0) | (x < 0) | np.isnan(a + x), np.nan, 0.0)
    found = np.where((x == 0) & (a <= 1) & (a > 0), np.where(a == 1, 1.0, np.inf), found)

    def inside(a: Any, x: Any) -> Any:
        a, x = asarray(a, LONG), asarray(x, LONG)
        return (power_over_gamma(a, x) * (a / x)).astype(np.float64)
    return redone(found, (a > 0) & (x > 0) & np.isfinite(a + x), inside, a, x)


def _series(a: Any, x: Any) -> Any:
    total, term = np.ones_like(x), np.ones_like(x)
    for n in range(1, MOST_TERMS):
        term = term * (x / (a + n))
        total = total + term
        if n % 8 == 0 and not np.any(term > 1e-19 * total):
            break
    return power_over_gamma(a, x) * total


def terms_of_fraction(a: Any) -> int:
    """How many terms of Legendre's continued fraction are enough: of arguments above 1 for small
    ``a``, else of those that are above the mean by twice its root."""
    if a.min(initial=1.0) < 1:
        return 140
    return 24 + int(1.2 * math.sqrt(float(a.max(initial=0.0))))


def _fraction(a: Any, x: Any) -> Any:
    """Legendre's continued fraction, from its far end."""
    found = np.zeros_like(x)
    for n in range(terms_of_fraction(a), 0, -1):
        found = n * (a - n) / (x + 2 * n + 1 - a + found)
    return power_over_gamma(a, x) * (a / (x + 1 - a + found))


def _near_zero(a: Any, x: Any) -> Any:
    """The upper function of arguments up to 1: two differences of 1 (Gautschi)."""
    level = a * np.log(x) - (lgamma_at_2(a) - np.log1p(a) if np.all(a <= 0.5) else lgamma_above(
        a + 1))
    total, term = np.zeros_like(x), np.ones_like(x)
    for n in range(1, 24):
        term = term * (-x / n)
        total = total + term / (a + n)
    return -np.expm1(level) - np.exp(level) * a * total


def _either(upper: bool, a: Any, x: Any) -> Any:
    """The upper or the lower function of positive arguments, the first up to :data:`LARGE`."""
    a, x = asarray(a, LONG), asarray(x, LONG)
    found = np.empty_like(x)
    above, small = x > np.where(a < 1, 1, a + 1 + 2 * np.sqrt(a)), a < 1
    zero = small & ~above & upper
    for where, f, is_upper in (
            (above & small, _fraction, True), (above & ~small, _fraction, True),
            (zero & (a <= 0.5), _near_zero, True), (zero & (a > 0.5), _near_zero, True),
            (~above & ~zero, _series, False)):
        if where.any():
            value = f(a[where], x[where])
            found[where] = value if is_upper == upper else 1 - value
    return found.astype(np.float64)


def _regularised(name: str, upper: bool) -> Callable[[Any, Any], Any]:
    """SciPy's, and what is above where it loses digits: not next to 1, and not in float32."""
    def impl(a: Any, x: Any) -> Any:
        dtype = np.result_type(a, x)
        a, x = np.broadcast_arrays(asarray(a, np.float64), asarray(x, np.float64))
        with np.errstate(all="ignore"):
            found = asarray(getattr(scipy_special(), name)(a, x))
            if dtype == np.float64:
                inside = (a > 0) & (a <= LARGE) & (x > 0) & np.isfinite(x)
                inside &= (a < 20) | np.where(upper, x > a - np.sqrt(a), x < a + np.sqrt(a))
                found = redone(found, inside, lambda a, x: _either(upper, a, x), a, x)
        return found.astype(dtype)
    return impl


gammainc, gammaincc = _regularised("gammainc", False), _regularised("gammaincc", True)
