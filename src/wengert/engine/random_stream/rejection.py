"""Poisson, binomial and gamma numbers, one at a time, by rejection.

Each function takes ``unit``, which draws from [0, 1), and calls it until a number is accepted;
``narrow`` rounds to the dtype in which the reference computes.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TypeAlias

import numpy as np


def poisson(rate: float, unit: Callable[[], float]) -> int:
    """W. Hörmann, The transformed rejection method for generating Poisson variables, 1993."""
    if rate < 10:
        return _poisson_by_product(rate, unit)
    root, log_rate = math.sqrt(rate), math.log(rate)
    b = 0.931 + 2.53 * root
    a = -0.059 + 0.02483 * b
    inverse_alpha = 1.1239 + 1.1328 / (b - 3.4)
    bound = 0.9277 - 3.6224 / (b - 2)
    while True:
        u, v = unit() - 0.5, unit()
        margin = 0.5 - abs(u)
        if margin == 0 or v == 0:
            continue
        k = math.floor((2 * a / margin + b) * u + rate + 0.43)
        if margin >= 0.07 and v <= bound:
            return k
        if k < 0 or (margin < 0.013 and v > margin):
            continue
        tried = math.log(v) + math.log(inverse_alpha) - math.log(a / (margin * margin) + b)
        if tried <= -rate + k * log_rate - math.lgamma(k + 1.0):
            return k


def _poisson_by_product(rate: float, unit: Callable[[], float]) -> int:
    if rate == 0:
        return 0
    bound, product, count = math.exp(-rate), unit(), 0
    while product > bound:
        product *= unit()
        count += 1
    return count


Narrow: TypeAlias = Callable[[float], float]
"""Rounds a double to the dtype in which the reference computes."""


def narrow32(x: float) -> float:
    return float(np.float32(x))


def binomial(count: float, p: float, narrow: Narrow, unit: Callable[[], float]) -> float:
    if count <= 0 or p <= 0:
        return 0.0
    if p >= 1:
        return count
    if math.isnan(p) or math.isnan(count):
        return math.nan
    rare = p if p <= 0.5 else narrow(1.0 - p)
    by_rejection = narrow(count * rare) >= 10.0
    successes = (_binomial_btrs if by_rejection else _binomial_by_gaps)(count, rare, narrow, unit)
    return successes if p <= 0.5 else count - successes


def _binomial_by_gaps(count: float, p: float, narrow: Narrow, unit: Callable[[], float]) -> float:
    """Counts the geometric gaps between successes that `count` trials have room for."""
    scale, total, successes = narrow(math.log1p(-p)), 0.0, 0.0
    while True:
        share = unit()
        total += math.ceil(math.log(share) / scale) if share else math.inf
        if total > count:
            return successes
        successes += 1


def _binomial_btrs(n: float, p: float, narrow: Narrow, unit: Callable[[], float]) -> float:
    """W. Hörmann, The generation of binomial random variates, 1993: algorithm BTRS."""
    mean = narrow(n * p)
    q = narrow(1 - p)
    deviation = narrow(math.sqrt(narrow(mean * q)))
    b = 1.15 + 2.53 * deviation
    a = -0.0873 + 0.0248 * b + 0.01 * p
    c = mean + 0.5
    bound = 0.92 - 4.2 / b
    ratio = narrow(p / q)
    alpha = (2.83 + 5.1 / b) * deviation
    mode = math.floor(narrow(narrow(n + 1) * p))
    while True:
        u, v = unit() - 0.5, unit()
        margin = 0.5 - abs(u)
        if margin == 0:
            continue
        k = narrow(math.floor((2 * a / margin + b) * u + c))
        if k < 0 or k > n:
            continue
        if margin >= 0.07 and v <= bound:
            return k
        above = narrow(narrow(n - k) + 1)
        tried = v * alpha / (a / (margin * margin) + b)
        limit = (
            (mode + 0.5) * math.log((mode + 1) / (ratio * (n - mode + 1)))
            + narrow(n + 1) * math.log((n - mode + 1) / above)
            + (k + 0.5) * math.log(ratio * above / narrow(k + 1))
            + _stirling_tail(mode) + _stirling_tail(n - mode)
            - _stirling_tail(k) - _stirling_tail(narrow(n - k))
        )
        if tried == 0 or math.log(tried) <= limit:
            return k


_STIRLING_TAILS = (
    0.0810614667953272, 0.0413406959554092, 0.0276779256849983, 0.02079067210376509,
    0.0166446911898211, 0.0138761288230707, 0.0118967099458917, 0.0104112652619720,
    0.00925546218271273, 0.00833056343336287,
)


def _stirling_tail(k: float) -> float:
    """What Stirling's formula lacks of log(k!)."""
    if k < len(_STIRLING_TAILS):
        return _STIRLING_TAILS[int(k)]
    square = (k + 1) * (k + 1)
    return (1.0 / 12 - (1.0 / 360 - 1.0 / 1260 / square) / square) / (k + 1)


_THIRD, _SQUEEZE = narrow32(1 / 3), narrow32(0.0331)


def gamma(
    alpha: float, narrow: Narrow, unit: Callable[[], float], normal: Callable[[], float]
) -> float:
    """G. Marsaglia and W. W. Tsang, A simple method for generating gamma variables, 2000."""
    scale = 1.0
    if alpha < 1:
        if alpha == 0:
            return 0.0
        scale = math.pow(1 - unit(), narrow(1.0 / alpha))
        alpha = narrow(alpha + 1)
    d = narrow(alpha - _THIRD)
    if d <= 0 or math.isnan(d):
        return math.nan
    c = 1 / math.sqrt(9 * d)
    while True:
        x = normal()
        y = 1 + c * x
        if y <= 0:
            continue
        v = y * y * y
        share = 1 - unit()
        square = x * x
        if share < 1 - _SQUEEZE * square * square:
            return scale * d * v
        if math.log(share) < 0.5 * square + d * (1 - v + math.log(v)):
            return scale * d * v
