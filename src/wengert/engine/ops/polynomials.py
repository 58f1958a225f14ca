"""Orthogonal polynomials of integer degree, and Airy's function.

A polynomial and its derivatives follow from one recurrence, ``p[n + 1] = (a x + b) p[n] - c
p[n - 1]`` with a, b, c of n, differentiated as often as ``order`` says; so they are exact where
closed formulas divide by zero, and there are derivatives of every order. The coefficients are those
of the NIST Digital Library of Mathematical Functions, 18.9 and 18.7.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from ..arrays import asarray
from ..graph import Partial, Primitive
from .accurate import in_double
from .accurate_airy import airy
from .elementwise import elementwise
from .meeting import infer_floating

Coefficients = tuple[float, float, float]


class Family(NamedTuple):
    """What a family of polynomials begins with, ``p[1] = slope x + shift``, and its recurrence."""

    slope: float
    shift: float
    step: Callable[[int], Coefficients]


def _same(a: float, b: float, c: float) -> Callable[[int], Coefficients]:
    return lambda n: (a, b, c)


_PLAIN, _SHIFTED = _same(2, 0, 1), _same(4, -2, 1)
FAMILIES = {
    "chebyshev_t": Family(1, 0, _PLAIN), "chebyshev_u": Family(2, 0, _PLAIN),
    "chebyshev_v": Family(2, -1, _PLAIN), "chebyshev_w": Family(2, 1, _PLAIN),
    "shifted_chebyshev_t": Family(2, -1, _SHIFTED), "shifted_chebyshev_u": Family(4, -2, _SHIFTED),
    "shifted_chebyshev_v": Family(4, -3, _SHIFTED), "shifted_chebyshev_w": Family(4, -1, _SHIFTED),
    "hermite_h": Family(2, 0, lambda n: (2, 0, 2 * n)),
    "hermite_he": Family(1, 0, lambda n: (1, 0, n)),
    "laguerre_l": Family(-1, 1, lambda n: (-1 / (n + 1), (2 * n + 1) / (n + 1), n / (n + 1))),
    "legendre_p": Family(1, 0, lambda n: ((2 * n + 1) / (n + 1), 0, n / (n + 1))),
}


def _polynomial(x: Any, n: Any, family: str, order: int) -> Any:
    dtype = np.result_type(x, n)
    x, n = np.broadcast_arrays(asarray(x, np.float64), np.trunc(asarray(n, np.float64)))
    slope, shift, step = FAMILIES[family]
    with np.errstate(all="ignore"):
        # p[k] and p[k + 1], each with its derivatives up to ``order``
        now = [np.ones_like(x), *[np.zeros_like(x)] * order]
        then = [slope * x + shift, np.full_like(x, slope), *[np.zeros_like(x)] * order]
        out = np.where(n == 0, now[order], np.zeros_like(x))
        last = int(n.max(initial=0, where=np.isfinite(n)))
        for k in range(1, last + 1):
            out = np.where(n == k, then[order], out)
            if k < last:
                a, b, c = step(k)
                following = [(a * x + b) * then[i] + (i * a * then[i - 1] if i else 0) - c * now[i]
                             for i in range(order + 1)]
                now, then = then, following
    return np.where(np.isnan(n), n, out).astype(dtype)


polynomial: Primitive = Primitive(
    "polynomial", _polynomial, lambda x, n, family, order: infer_floating(x, n),
    (Partial(lambda y, x, n, family, order: polynomial(x, n, family=family, order=order + 1)),
     None), "{family}[{1}]({0}), derivative {order}", elementwise=True, expensive=True)

airy_ai: Primitive = elementwise(
    "airy_ai", in_double(lambda x: airy(x, 0)),
    Partial(lambda y, x: airy_ai_slope(x)), text="Ai({0})", expensive=True)
airy_ai_slope: Primitive = elementwise(
    "airy_ai_slope", in_double(lambda x: airy(x, 1)),
    Partial(lambda y, x: x * airy_ai(x)), text="Ai'({0})", expensive=True)
