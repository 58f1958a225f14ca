"""Bessel functions, incomplete gamma functions, the normal distribution's, zeta: from SciPy.

Primitives, because no composition of the others computes them to full precision.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..arrays import asarray
from ..graph import Node, Partial, Primitive, lift
from . import accurate
from .accurate import in_double
from .elementwise import (
    abs_,
    cast,
    elementwise,
    eq,
    exp,
    expensive,
    log,
    lt,
    sign,
    square,
    where,
)
from .slopes import gamma_density, igamma_slope, zeta_slope

_SMALL = {"float16": 2.0**-7, "float32": 2.0**-60, "bfloat16": 2.0**-60, "float64": 2.0**-500}
"""Below this ``y / x`` of the functions of order 1 is one half, and y may have lost digits."""


def _over(y: Node, x: Node) -> Node:
    """``y / x``, and one half near 0: the limit for the functions of order 1. Where y has
    overflown, it is not what counts."""
    near = lt(abs_(x), lift(_SMALL[y.dtype.name]))
    y = where(eq(abs_(y), lift(math.inf)), lift(0.0), y)
    return where(near, lift(0.5), y / where(near, lift(1.0), x))


i0 = elementwise("i0", in_double(accurate.i0), Partial(lambda y, x: i1(x)))
i1: Primitive = elementwise("i1", in_double(accurate.i1), Partial(lambda y, x: i0(x) - _over(y, x)))
i0e = elementwise("i0e", in_double(accurate.i0e), Partial(lambda y, x: i1e(x) - sign(x) * y))
i1e: Primitive = elementwise("i1e", in_double(accurate.i1e),
                  Partial(lambda y, x: i0e(x) - _over(y, x) - sign(x) * y))

def _ndtr(x: Any) -> Any:
    if x.dtype == np.float64:
        return in_double(accurate.ndtr)(x)
    return accurate.scipy_special().ndtr(asarray(x, np.float64)).astype(x.dtype)


ndtr = expensive("ndtr", _ndtr, Partial(
    lambda y, x: exp(square(x) * -0.5) * (1 / math.sqrt(2 * math.pi))))
ndtri = elementwise("ndtri", in_double(accurate.ndtri),
                    Partial(lambda y, x: math.sqrt(2 * math.pi) * exp(square(y) * 0.5)))
log_ndtr = elementwise(
    "log_ndtr", in_double(accurate.log_ndtr),
    Partial(lambda y, x: inverse_mills(x)))
inverse_mills: Primitive = elementwise(
    "inverse_mills", in_double(accurate.inverse_mills),
    Partial(lambda y, x: -y * (x + y)), text="phi({0}) / Phi({0})")
erfcx = elementwise("erfcx", in_double(accurate.erfcx),
                    Partial(lambda y, x: 2 * x * y - 2 / math.sqrt(math.pi)))

entr = elementwise("entr", in_double(accurate.entr), Partial(lambda y, x: -(log(x) + 1)))


igamma = elementwise("igamma", in_double(accurate.gammainc),
                     Partial(lambda y, a, x: igamma_slope(a, x, order=1)),
                     Partial(lambda y, a, x: _density(y, a, x)), text="P({0}, {1})")
igammac = elementwise("igammac", in_double(accurate.gammaincc),
                      Partial(lambda y, a, x: -igamma_slope(a, x, order=1)),
                      Partial(lambda y, a, x: -_density(y, a, x)), text="Q({0}, {1})")


def _density(y: Node, a: Node, x: Node) -> Node:
    return gamma_density(cast(a, dtype=y.dtype), x)   # it may be a Python number


zeta: Primitive = elementwise("zeta", in_double(accurate.zeta),
                              Partial(lambda y, x, q: zeta_slope(x, q, order=1)),
                              Partial(lambda y, x, q: -x * zeta(x + 1, q)),
                              text="zeta({0}, {1})")


# Each pair of orders 0 and 1: the derivative of one is made of both.
j0 = elementwise("bessel_j0", in_double(accurate.j0), Partial(lambda y, x: -j1(x)))
j1: Primitive = elementwise("bessel_j1", in_double(accurate.j1),
                            Partial(lambda y, x: j0(x) - _over(y, x)))
y0 = elementwise("bessel_y0", in_double(accurate.y0), Partial(lambda y, x: -y1(x)))
y1: Primitive = elementwise("bessel_y1", in_double(accurate.y1),
                            Partial(lambda y, x: y0(x) - y / x))
k0 = elementwise("modified_bessel_k0", in_double(accurate.k0), Partial(lambda y, x: -k1(x)))
k1: Primitive = elementwise("modified_bessel_k1", in_double(accurate.k1),
                            Partial(lambda y, x: -k0(x) - y / x))
k0e = elementwise("scaled_modified_bessel_k0", in_double(accurate.k0e),
                  Partial(lambda y, x: y - k1e(x)))
k1e: Primitive = elementwise("scaled_modified_bessel_k1", in_double(accurate.k1e),
                             Partial(lambda y, x: y - k0e(x) - y / x))
