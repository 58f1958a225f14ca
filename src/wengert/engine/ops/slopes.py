"""Incomplete gamma and zeta functions differentiated in their first argument, to any order.

Their series and continued fractions are run on jets: Taylor coefficients in that argument, the
first axis of an array. What is added up has one sign where it can (the series below the mean, the
fraction above it), so that little cancels.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..arrays import asarray
from ..dtypes import DType
from ..graph import Node, Partial, Primitive, Shape, lift
from . import accurate_gamma
from .accurate import LONG, digamma_above, in_double, polygamma_above, scipy_special
from .accurate_gamma import power_over_gamma, terms_of_fraction
from .elementwise import add, broadcast_shape, common_dtype, elementwise, log, mul, sub
from .special import polygamma

MOST_TERMS = 5000
LARGE = 1e5
"""Beyond this the incomplete gamma function is differenced: its scale is the root of a."""
_STEP = 0.05
_SHIFT = 20
"""Terms of zeta that are added up before Euler and Maclaurin's formula begins."""
_BERNOULLI = (1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510,
              43867 / 798, -174611 / 330, 854513 / 138, -236364091 / 2730)


# Jets
def _times(a: Any, b: Any) -> Any:
    return np.stack([sum(a[i] * b[k - i] for i in range(k + 1)) for k in range(len(a))])


def _over_line(a: Any, base: Any, slope: float) -> Any:
    """``a / (base + slope e)``, where e is what a jet is a series in."""
    out = np.empty_like(a)
    out[0] = a[0] / base
    for k in range(1, len(a)):
        out[k] = (a[k] - slope * out[k - 1]) / base
    return out


def _times_line(a: Any, base: Any) -> Any:
    """``a * (base + e)``."""
    return np.stack([a[k] * base + (a[k - 1] if k else 0) for k in range(len(a))])


def _reciprocal(a: Any) -> Any:
    out = np.empty_like(a)
    out[0] = 1 / a[0]
    for k in range(1, len(a)):
        out[k] = -sum(a[i] * out[k - i] for i in range(1, k + 1)) * out[0]
    return out


def _exponential(value: Any, a: Any) -> Any:
    """The exponential of a jet whose own exponential, without its slopes, is ``value``."""
    out = np.empty_like(a)
    out[0] = value
    for k in range(1, len(a)):
        out[k] = sum(i * a[i] * out[k - i] for i in range(1, k + 1)) / k
    return out


def _power_over_gamma(a: Any, x: Any, order: int) -> Any:
    """``x^a e^-x / gamma(a + 1)``."""
    level = np.stack([np.zeros_like(x), np.log(x) - digamma_above(a + 1), *(
        -polygamma_above(k - 1, a + 1) / math.factorial(k) for k in range(2, order + 1))])
    return _exponential(power_over_gamma(a, x), level)


def _by_series(a: Any, x: Any, order: int) -> Any:
    """P of ``x`` up to a little above the mean: terms of one sign."""
    term = _power_over_gamma(a, x, order)
    total, size = term.copy(), np.abs(term)
    for n in range(1, MOST_TERMS):
        term = _over_line(term * x, a + n, 1.0)
        total, size = total + term, size + np.abs(term)
        if n % 8 == 0 and not np.any(np.abs(term) > 1e-20 * size):
            break
    return total


def _by_fraction(a: Any, x: Any, order: int) -> Any:
    """-Q, by Legendre's continued fraction from its far end."""
    line = np.zeros((order + 1, *a.shape), LONG)
    line[0], line[1] = a, 1.0
    found = np.zeros_like(line)
    for n in range(2 * terms_of_fraction(a), 0, -1):
        below = found - line
        below[0] += x + 2 * n + 1
        above = -n * line
        above[0] += n * n
        found = -_times(above, _reciprocal(below))
    below = found - line
    below[0] += x + 1
    return -_times(_times(_power_over_gamma(a, x, order), line), _reciprocal(below))


def _differenced(a: Any, x: Any, order: int) -> Any:
    """The derivative by differences of the sixth order."""
    h = _STEP * np.sqrt(a)
    def at(k: int) -> Any:
        if order == 1:
            return scipy_special().gammainc(a + k * h, x)
        return _differenced(a + k * h, x, order - 1)
    return (45 * (at(1) - at(-1)) - 9 * (at(2) - at(-2)) + (at(3) - at(-3))) / (60 * h)


def _gammainc_slope(a: Any, x: Any, order: int) -> Any:
    """The derivative of ``gammainc`` of an order in its first argument."""
    dtype = np.result_type(a, x)
    a, x = np.broadcast_arrays(asarray(a, np.float64), asarray(x, np.float64))
    out = np.where((a < 0) | (x < 0) | np.isnan(a + x), np.nan, 0.0)
    inside = (a >= 0) & (x > 0) & np.isfinite(a + x)
    big, far = a > LARGE, x > a + 1 + 2 * np.sqrt(np.maximum(a, 0))
    scale = math.factorial(order)
    with np.errstate(all="ignore"):
        for chosen, f in ((inside & ~big & ~far, _by_series), (inside & ~big & far, _by_fraction)):
            if chosen.any():
                out[chosen] = f(asarray(a[chosen], LONG), asarray(x[chosen], LONG), order)[
                    order] * scale
        if (inside & big).any():
            out[inside & big] = _differenced(a[inside & big], x[inside & big], order)
    return out.astype(dtype)


def _zeta_slope(s: Any, q: Any, order: int, below: int) -> Any:
    """Hurwitz's zeta function derived ``order`` times in its first argument and ``below`` times in
    its second: ``(-1)^below s (s + 1) ... zeta(s + below, q)``, derived in s."""
    dtype = np.result_type(s, q)
    s, q = np.broadcast_arrays(asarray(s, np.float64), asarray(q, np.float64))
    with np.errstate(all="ignore"):
        inside = (s + below > 1) & (q > 0) & np.isfinite(s + q)
        s_in = asarray(np.where(inside, s, 2.0), LONG)
        q_in = asarray(np.where(inside, q, 1.0), LONG)
        jets = _zeta(s_in + below, q_in, order)
        for k in range(below):
            jets = -_times_line(jets, s_in + k)
        found = (jets[order] * math.factorial(order)).astype(np.float64)
        edge = np.where((s + below == 1) & (q > 0), np.inf * (-1) ** (order + below), np.nan)
        edge = np.where((s > 1) & np.isinf(s + q) & (q >= 1), 0.0, edge)
    return np.where(inside, found, edge).astype(dtype)


def _zeta(s: Any, q: Any, order: int) -> Any:
    """Jets in s of the sum of ``(q + k)^-s``, by Euler and Maclaurin's formula."""
    def power(base: Any) -> Any:
        line = np.zeros((order + 1, *s.shape), LONG)
        line[1:2] = -np.log(base)
        return _exponential(np.power(base, -s), line)

    total = sum(power(q + k) for k in reversed(range(_SHIFT)))
    base = q + _SHIFT
    last = power(base)
    rest = _over_line(last * base, s - 1, 1.0) + last / 2
    rising = last / base
    for j, number in enumerate(_BERNOULLI):
        # s (s + 1) ... (s + 2j) base^(-s - 2j - 1)
        for i in ((0,) if j == 0 else (2 * j - 1, 2 * j)):
            rising = _times_line(rising, s + i)
        rest = rest + rising * (number / math.factorial(2 * j + 2))
        rising = rising / base**2
    return total + rest


# The primitives
def _infer(a: Node, x: Node, order: int, below: int = 0) -> tuple[Shape, DType]:
    return broadcast_shape(a.shape, x.shape), common_dtype((a, x))


density: Primitive = elementwise(
    "gamma_density", in_double(accurate_gamma.gamma_density),
    Partial(lambda y, a, x: y * (log(x) - polygamma(lift(0), a))),
    Partial(lambda y, a, x: y * ((a - 1) / x - 1)),
    text="{1}^({0} - 1) e^-{1} / gamma({0})")


def gamma_density(a: Node, x: Node, order: int = 0) -> Node:
    """``x^(a-1) e^-x / gamma(a)``, the derivative of ``gammainc`` in x, derived in a."""
    if not order:
        return density(a, x)
    rows: list[Node] = []   # Bell's polynomials in the derivatives of the logarithm
    slopes = [sub(log(x), polygamma(lift(0), a)),
              *(-polygamma(lift(k), a) for k in range(1, order))]
    for m in range(order):
        row = slopes[m]
        for i in range(m):
            row = add(row, mul(rows[m - 1 - i], slopes[i] * math.comb(m, i)))
        rows.append(row)
    return mul(density(a, x), rows[-1])


igamma_slope: Primitive = Primitive(
    "igamma_slope", _gammainc_slope, _infer,
    (Partial(lambda y, a, x, order: igamma_slope(a, x, order=order + 1)),
     Partial(lambda y, a, x, order: gamma_density(a, x, order))),
    "igamma({0}, {1}), derived {order} times in {0}", elementwise=True)
zeta_slope: Primitive = Primitive(
    "zeta_slope", _zeta_slope, _infer,
    (Partial(lambda y, s, q, order, below: zeta_slope(s, q, order=order + 1, below=below)),
     Partial(lambda y, s, q, order, below: zeta_slope(s, q, order=order, below=below + 1))),
    "zeta({0}, {1}), derived {order} times in {0} and {below} times in {1}", elementwise=True)
