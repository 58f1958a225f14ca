"""Airy's function and its derivative to the last digits, on float64 arrays.

Taylor's series about whole numbers between -10.5 and 10.5, asymptotic series beyond, both in long
double.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from operator import floordiv, truediv
from typing import Any

import numpy as np

from ..arrays import asarray
from .accurate import LONG, PI, redone

TURN = 10.5
"""Beyond this the asymptotic series are exact to the last bit."""
DIGITS = 66
_AT_ZERO = (355028053887817239260063186004183176397979174199177240583326510301,
            -258819403792806798405183560189203963479091138354934582210001813856)
"""Ai(0) and Ai'(0), times 10^66."""


def _taylor(centre: Any, value: Any, slope: Any, terms: int,
            over: Callable[[Any, int], Any]) -> list[Any]:
    """The coefficients of a solution of y'' = x y about a centre; ``over`` divides."""
    found = [value, slope, over(centre * value, 2)]
    for k in range(1, terms):
        found.append(over(centre * found[k] + found[k - 1], (k + 2) * (k + 1)))
    return found


@cache
def _centres() -> Any:
    """Ai and its derivative at -11, -10, ..., 11, each from its neighbour on the side of 0; what is
    lost above 0, where another solution grows as this one shrinks, are digits that are not kept."""
    rows = {}
    for sign in (1, -1):
        value, slope = _AT_ZERO
        for n in range(12):
            rows[sign * n] = [_long(value), _long(slope)]
            series = _taylor(sign * n, value, slope, 90, floordiv)
            value = sum(c * sign**k for k, c in enumerate(series))
            slope = sum(k * c * sign ** (k + 1) for k, c in enumerate(series))
    return np.array([rows[n] for n in range(-11, 12)])


def _long(x: int) -> Any:
    """``x / 10^DIGITS``."""
    high = x / 10**DIGITS
    whole, parts = high.as_integer_ratio()
    return LONG(high) + LONG((x * parts - whole * 10**DIGITS) / (parts * 10**DIGITS))


def _near(x: Any) -> tuple[Any, Any]:
    centre = np.rint(x)
    value, slope = _centres()[centre.astype(np.int64) + 11].T
    step = asarray(x, LONG) - centre
    series = _taylor(asarray(centre, LONG), value, slope, 26, truediv)
    value, slope = np.zeros_like(step), np.zeros_like(step)
    for c in reversed(series):
        slope = slope * step + value
        value = value * step + c
    return value, slope


def _sums(angle: Any, signs: tuple[int, ...]) -> list[list[Any]]:
    """The asymptotic series of Ai and of its derivative, terms of even and of odd number apart;
    the signs of four terms in a row."""
    sums = [[np.zeros_like(angle), np.zeros_like(angle)] for _ in range(2)]
    term = np.ones_like(angle)
    for k in range(40):
        signed = signs[k % 4] * term
        sums[0][k % 2] = sums[0][k % 2] + signed
        sums[1][k % 2] = sums[1][k % 2] + signed * (LONG(6 * k + 1) / (1 - 6 * k))
        term = term * LONG((6 * k + 1) * (6 * k + 3) * (6 * k + 5)) / (
            216 * (k + 1) * (2 * k + 1) * angle)
    return sums


def _below(x: Any) -> tuple[Any, Any]:
    z = -asarray(x, LONG)
    angle = 2 * z * np.sqrt(z) / 3
    (even, odd), (even_slope, odd_slope) = _sums(angle, (1, 1, -1, -1))
    sine, cosine = np.sin(angle), np.cos(angle)
    sine, cosine = sine - cosine, sine + cosine   # less a quarter of pi; root 2 goes out of both
    root = np.sqrt(np.sqrt(z))
    return ((cosine * even + sine * odd) / (np.sqrt(2 * PI) * root),
            (sine * even_slope - cosine * odd_slope) * root / np.sqrt(2 * PI))


def _above(x: Any) -> tuple[Any, Any]:
    z = asarray(np.minimum(x, 200.0), LONG)
    angle = 2 * z * np.sqrt(z) / 3
    (even, odd), (even_slope, odd_slope) = _sums(angle, (1, -1, 1, -1))
    root, bell = np.sqrt(np.sqrt(z)), np.exp(-angle) / (2 * np.sqrt(PI))
    return bell * (even + odd) / root, -bell * root * (even_slope + odd_slope)


def airy(x: Any, which: int) -> Any:
    """Ai (0) or its derivative (1)."""
    found = np.where(np.isnan(x), x, np.where((x < 0) & (which == 1), np.nan, 0.0))
    for where, f in (((x > TURN) & np.isfinite(x), _above), (np.abs(x) <= TURN, _near),
                     ((x < -TURN) & np.isfinite(x), _below)):
        found = redone(found, where, lambda x, f=f: f(x)[which].astype(np.float64), x)
    return found
