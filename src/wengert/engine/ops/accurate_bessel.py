"""Bessel functions and their kin to the last digits, on float64 arrays.

SciPy's where they are good. Power series whose terms have one sign, Miller's recurrence and
asymptotic series in long double where they are not; derivatives that would be differences of nearly
equal functions are integrals of what has one sign (:func:`_mean`). ``bessel.py`` makes primitives
of them, ``accurate.py`` has the means.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ..arrays import asarray
from .accurate import LONG, LONG_EULER, PI, redone, scipy_special

SMALL = 8.0
"""Up to here the power series of the modified functions are short."""
FAR = 24.0
"""From here on the asymptotic series in 1 / x is exact to the last bit."""


def _series_of_i(order: int, x: Any) -> Any:
    """The power series of I0 or I1 for arguments up to 8: its terms have one sign."""
    square, total = x * x / 4, np.zeros_like(x)
    for k in range(30, 0, -1):
        total = (total + 1) * (square / (k * (k + order)))
    return (total + 1) * (x / 2 if order else 1.0)


def _modified(name: str, order: int, scaled: bool) -> Callable[[Any], Any]:
    def impl(x: Any) -> Any:
        found = getattr(scipy_special(), name)(x)
        near = np.where(np.abs(x) <= SMALL, x, 0.0)
        small = _series_of_i(order, near)
        if scaled:
            small = small * np.exp(-np.abs(near))
        return np.where(np.abs(x) <= SMALL, small, found)
    return impl


i0, i0e = _modified("i0", 0, False), _modified("i0e", 0, True)
i1, i1e = _modified("i1", 1, False), _modified("i1e", 1, True)


def _series_of_k(order: int, x: Any) -> Any:
    """The series of K0 or K1 at 0 in long double: it cancels by a digit at 2."""
    x = asarray(x, LONG)
    log = np.log(x / 2) + LONG_EULER
    square, term, bessel, total, harmonic = x * x / 4, np.ones_like(x), 0, 0, LONG(0)
    for k in range(24):
        bessel = bessel + term
        total = total + term * (2 * harmonic + LONG(1) / (k + 1) if order else harmonic)
        harmonic = harmonic + LONG(1) / (k + 1)
        term = term * (square / ((k + 1) * (k + 1 + order)))
    if order:
        return 1 / x + (log * bessel - total / 2) * (x / 2)
    return total - log * bessel


def _decaying(name: str, order: int, scaled: bool) -> Callable[[Any], Any]:
    def near(x: Any) -> Any:
        found = _series_of_k(order, x)
        return (found * np.exp(asarray(x, LONG)) if scaled else found).astype(np.float64)

    def impl(x: Any) -> Any:
        found = getattr(scipy_special(), name)(x)
        return redone(found, (x > 0) & (x < 2.5), near, x)
    return impl


k0, k0e = _decaying("k0", 0, False), _decaying("k0e", 0, True)
k1, k1e = _decaying("k1", 1, False), _decaying("k1e", 1, True)


def _far(order: int, second: bool, x: Any) -> Any:
    """Of long doubles above :data:`FAR`: Hankel's asymptotic series."""
    mu, p, q, term = 4 * order * order, np.ones_like(x), np.zeros_like(x), np.ones_like(x)
    for k in range(1, 24):
        term = term * LONG(mu - (2 * k - 1) ** 2) / (k * 8 * x)
        if k % 2:
            q = q + term if k % 4 == 1 else q - term
        else:
            p = p - term if k % 4 == 2 else p + term
    s, c = np.sin(x), np.cos(x)
    # the angle is x - pi / 4 or x - 3 pi / 4; root 2 goes out of both sine and cosine
    cosine, sine = (c + s, s - c) if order == 0 else (s - c, -(s + c))
    wave = p * sine + q * cosine if second else p * cosine - q * sine
    return wave / np.sqrt(x * PI)


def _all_orders(x: Any, highest: int) -> list[Any]:
    """J of the orders up to ``highest``, an even number, by Miller's recurrence."""
    above, here = np.zeros_like(x), np.full_like(x, 1e-300)
    found, total = [here], np.zeros_like(x)
    for n in range(highest, 0, -1):
        above, here = here, 2 * n / x * here - above
        large = np.abs(here) > 1e200
        if large.any():
            scale = np.where(large, LONG(1e-200), LONG(1))
            here, above, total = here * scale, above * scale, total * scale
            found = [y * scale for y in found]
        found.append(here)
        if n % 2 == 1:
            total = total + 2 * here if n > 1 else total + here
    return [y / total for y in reversed(found)]


def _near(second: bool, x: Any, highest: int = 70) -> list[Any]:
    """J of many orders, or Y of the orders 0 and 1, of long doubles up to :data:`FAR`: Y is a sum
    of J of all orders (Neumann's series)."""
    j = _all_orders(x, highest)
    if not second:
        return j
    log = np.log(x / 2) + LONG_EULER
    even, odd = np.zeros_like(x), np.zeros_like(x)
    for k in range(highest // 2 - 1, 0, -1):
        sign = -1 if k % 2 else 1
        even = even + sign * 2 * j[2 * k] / k
        odd = odd + sign * (2 * k + 1) * j[2 * k + 1] / (k * (k + 1))
    return [(2 / PI) * (log * j[0] - even), (2 / PI) * ((log - 1) * j[1] - j[0] / x - odd)]


def _oscillating(name: str, order: int, second: bool) -> Callable[[Any], Any]:
    def impl(x: Any) -> Any:
        found = getattr(scipy_special(), name)(x)
        size = np.abs(x)
        near = (size > 1e-3) & (size < FAR) & ~(second & (x < 0))
        far = (size >= FAR) & np.isfinite(x) & ~(second & (x < 0))
        found = redone(found, near, lambda x: _near(second, asarray(x, LONG))[order].astype(
            np.float64), size)
        found = redone(found, far, lambda x: _far(order, second, asarray(x, LONG)).astype(
            np.float64), size)
        if not order:
            return found
        found = np.where((near | far) & (x < 0), -found, found)
        return np.where(size < 1e-9, x / 2, found) if not second else found
    return impl


j0, j1 = _oscillating("j0", 0, False), _oscillating("j1", 1, False)
y0, y1 = _oscillating("y0", 0, True), _oscillating("y1", 1, True)


# Derivatives
def _combined(orders: list[Any], order: int, times: int, sign: int) -> Any:
    """The derivative ``times`` times of a function of an order, of those of other orders; of
    negative ones the function has ``sign`` to their power."""
    terms = []
    for k in range(times + 1):
        n = order - times + 2 * k
        at = orders[abs(n)] * (sign ** n if n < 0 else 1)
        terms.append(at * (math.comb(times, k) * (-1) ** k))
    return sum(terms) / LONG(2) ** times


def _upward(orders: list[Any], x: Any, highest: int) -> list[Any]:
    """``orders`` and those after them up to ``highest``, by recurrence."""
    found = list(orders)
    while len(found) <= highest:
        found.append(2 * (len(found) - 1) / x * found[-1] - found[-2])
    return found


def _at_zero(times: int, x: Any) -> Any:
    """J1 derived, by its power series."""
    total = np.zeros_like(x)
    for k in range(times // 2, times // 2 + 8):
        power = 2 * k + 1
        factor = (-1) ** k * math.perm(power, times) / (
            math.factorial(k) * math.factorial(k + 1) * 2 ** power)
        total = total + (factor * x ** (power - times) if factor else 0.0)
    return total


def _first_slope(second: bool) -> Callable[[Any, int], Any]:
    """J1 or Y1, derived ``times`` times."""
    def near(x: Any, times: int, highest: int) -> Any:
        x = asarray(x, LONG)
        orders = _upward(_near(second, x, highest), x, times + 1)
        return _combined(orders, 1, times, -1).astype(np.float64)

    def far(x: Any, times: int) -> Any:
        x = asarray(x, LONG)
        orders = _upward([_far(0, second, x), _far(1, second, x)], x, times + 1)
        return _combined(orders, 1, times, -1).astype(np.float64)

    def impl(x: Any, times: int) -> Any:
        size = np.where(x < 0, np.nan, x) if second else np.abs(x)
        found = np.where(np.isnan(size), np.nan, 0.0)
        if second:
            found = np.where(x == 0, np.inf if times % 2 else -np.inf, found)
            found = redone(found, (size > 0) & (size <= 1e-3), lambda x: near(x, times, 12), size)
        else:
            found = redone(found, size <= 1e-3, lambda x: _at_zero(times, x), size)
        found = redone(found, (size > 1e-3) & (size < FAR), lambda x: near(x, times, 70), size)
        found = redone(found, (size >= FAR) & np.isfinite(size), lambda x: far(x, times), size)
        return found if second or times % 2 else np.copysign(1.0, x) * found
    return impl


j1_slope, y1_slope = _first_slope(False), _first_slope(True)


def _mean(x: Any, nodes: Any, f: Callable[[Any, Any], Any]) -> Any:
    """The sum over ``nodes`` of ``f(x, node)``, along a new first axis."""
    grid = nodes.reshape(-1, *(1,) * x.ndim)
    return np.asarray(f(x, grid), LONG).sum(0).astype(np.float64)


_NODES = (np.arange(40) + 0.5) * (math.pi / 40)
_STEP = 0.2
_RAYS = (np.arange(48) + 0.5) * _STEP


def scaled_i_slope(x: Any, order: int, times: int) -> Any:
    """``e^-|x| I(x)`` of order 0 or 1, derived: the integral of ``e^(x (c - 1)) c^order
    (c - 1)^times / pi``, where c is the cosine of an angle from 0 to pi, for positive x."""
    def weight(x: Any, half: Any) -> Any:
        small = 2 * half * half   # 1 - c
        return np.exp(-x * small) * (1 - small) ** order * (-small) ** times

    size = np.abs(x)
    found = np.where(np.isnan(x), np.nan, 0.0)
    found = redone(found, size < 50, lambda x: _mean(
        x, np.sin(_NODES / 2), weight) / len(_NODES), size)
    found = redone(found, (size >= 50) & np.isfinite(x), lambda x: _mean(
        x, _RAYS, lambda x, ray: weight(x, np.sin(ray / (2 * np.sqrt(x))))) * _STEP / (
            math.pi * np.sqrt(x)), size)
    return found if (order + times) % 2 == 0 else np.sign(x) * found


def scaled_k_slope(x: Any, order: int, times: int) -> Any:
    """``e^x K(x)`` of order 0 or 1, derived: the integral of ``e^(-x (c - 1)) c^order
    (1 - c)^times``, where c is the hyperbolic cosine of a number from 0 on."""
    def weight(x: Any, ray: Any) -> Any:
        half = np.sinh(ray / (2 * np.sqrt(x)))
        small = 2 * half * half
        return np.exp(-x * small) * (1 + small) ** order * (-small) ** times

    def near(x: Any) -> Any:
        x = asarray(x, LONG)
        orders = [_series_of_k(0, x), _series_of_k(1, x)]
        while len(orders) <= order + times:
            orders.append(2 * (len(orders) - 1) / x * orders[-1] + orders[-2])
        derived = [_combined_k(orders, order, j) * math.comb(times, j) for j in range(times + 1)]
        return (sum(derived) * np.exp(x)).astype(np.float64)

    found = np.where(np.isnan(x) | (x < 0), np.nan, 0.0)
    found = np.where(x == 0, np.inf if times % 2 == 0 else -np.inf, found)
    found = redone(found, (x > 0) & (x < 1), near, x)
    return redone(found, (x >= 1) & np.isfinite(x), lambda x: _mean(
        x, _RAYS, weight) * _STEP / np.sqrt(x), x)


def _combined_k(orders: list[Any], order: int, times: int) -> Any:
    """K of an order, derived ``times`` times."""
    return sum(orders[abs(order - times + 2 * k)] * math.comb(times, k)
               for k in range(times + 1)) * (LONG(-1) / 2) ** times
