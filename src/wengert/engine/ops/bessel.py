"""Bessel functions, incomplete gamma functions, the normal distribution's, zeta: from SciPy.

Primitives, because no composition of the others computes them to full precision.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ..arrays import asarray
from ..graph import Node, Partial, Primitive, lift
from . import accurate, accurate_bessel, accurate_gamma
from .accurate import in_double
from .elementwise import (
    abs_,
    cast,
    elementwise,
    eq,
    expensive,
    log,
    lt,
    square,
    where,
)
from .slopes import gamma_density, igamma_slope, zeta_slope
from .special import bell

_SMALL = {"float16": 2.0**-7, "float32": 2.0**-60, "bfloat16": 2.0**-60, "float64": 2.0**-500}
"""Below this ``y / x`` of the functions of order 1 is one half, and y may have lost digits."""


def _over(y: Node, x: Node) -> Node:
    """``y / x``, and one half near 0: the limit for the functions of order 1. Where y has
    overflown, it is not what counts."""
    near = lt(abs_(x), lift(_SMALL[y.dtype.name]))
    y = where(eq(abs_(y), lift(math.inf)), lift(0.0), y)
    return where(near, lift(0.5), y / where(near, lift(1.0), x))


i0 = elementwise("i0", in_double(accurate_bessel.i0), Partial(lambda y, x: i1(x)))
i1: Primitive = elementwise("i1", in_double(accurate_bessel.i1),
                            Partial(lambda y, x: i0(x) - _over(y, x)))
i0e = elementwise("i0e", in_double(accurate_bessel.i0e),
                  Partial(lambda y, x: scaled_i_slope(x, order=0, times=1)))
i1e: Primitive = elementwise("i1e", in_double(accurate_bessel.i1e),
                             Partial(lambda y, x: scaled_i_slope(x, order=1, times=1)))


def _ndtr(x: Any) -> Any:
    if x.dtype == np.float64:
        return in_double(accurate.ndtr)(x)
    z = asarray(x, np.float64) * -math.sqrt(0.5)
    return (accurate.error_function("erfc", z) * 0.5).astype(x.dtype)


ndtr = expensive("ndtr", _ndtr, Partial(
    lambda y, x: bell(x) * (1 / math.sqrt(2 * math.pi))))
ndtri = elementwise("ndtri", in_double(accurate.ndtri), Partial(lambda y, x: ndtri_slope(x)))
ndtri_slope: Primitive = elementwise(
    "ndtri_slope", in_double(accurate.ndtri_slope), Partial(lambda y, x: ndtri(x) * square(y)),
    text="ndtri'({0})")
log_ndtr = elementwise(
    "log_ndtr", in_double(accurate.log_ndtr),
    Partial(lambda y, x: inverse_mills(x)))
inverse_mills: Primitive = elementwise(
    "inverse_mills", in_double(accurate.inverse_mills),
    Partial(lambda y, x: -y * (x + y)), text="phi({0}) / Phi({0})")
erfcx = elementwise("erfcx", in_double(accurate.erfcx),
                    Partial(lambda y, x: 2 * x * y - 2 / math.sqrt(math.pi)))

entr = elementwise("entr", in_double(accurate.entr), Partial(lambda y, x: -(log(x) + 1)))


igamma = elementwise("igamma", accurate_gamma.gammainc,
                     Partial(lambda y, a, x: igamma_slope(a, x, order=1)),
                     Partial(lambda y, a, x: _density(y, a, x)), text="P({0}, {1})")
igammac = elementwise("igammac", accurate_gamma.gammaincc,
                      Partial(lambda y, a, x: -igamma_slope(a, x, order=1)),
                      Partial(lambda y, a, x: -_density(y, a, x)), text="Q({0}, {1})")


def _density(y: Node, a: Node, x: Node) -> Node:
    return gamma_density(cast(a, dtype=y.dtype), x)   # it may be a Python number


zeta: Primitive = elementwise("zeta", in_double(accurate.zeta),
                              Partial(lambda y, x, q: zeta_slope(x, q, order=1, below=0)),
                              Partial(lambda y, x, q: zeta_slope(x, q, order=0, below=1)),
                              text="zeta({0}, {1})")


# Each pair of orders 0 and 1; what would be a difference of both is a primitive.
def _derived(name: str, impl: Callable[[Any, int], Any], text: str) -> Primitive:
    """One of the functions, derived some times."""
    slope: Primitive = Primitive(
        name, lambda x, times: in_double(lambda x: impl(x, times))(x),
        lambda x, times: (x.shape, x.dtype),
        (Partial(lambda y, x, times: slope(x, times=times + 1)),),
        text + ", derived {times} times", elementwise=True)
    return slope


def _derived_of(name: str, impl: Callable[[Any, int, int], Any], text: str) -> Primitive:
    """One of the functions of some order, derived some times."""
    slope: Primitive = Primitive(
        name, lambda x, order, times: in_double(lambda x: impl(x, order, times))(x),
        lambda x, order, times: (x.shape, x.dtype),
        (Partial(lambda y, x, order, times: slope(x, order=order, times=times + 1)),),
        text + ", derived {times} times", elementwise=True)
    return slope


j0 = elementwise("bessel_j0", in_double(accurate_bessel.j0), Partial(lambda y, x: -j1(x)))
j1: Primitive = elementwise("bessel_j1", in_double(accurate_bessel.j1),
                            Partial(lambda y, x: j1_slope(x, times=1)))
y0 = elementwise("bessel_y0", in_double(accurate_bessel.y0), Partial(lambda y, x: -y1(x)))
y1: Primitive = elementwise("bessel_y1", in_double(accurate_bessel.y1),
                            Partial(lambda y, x: y1_slope(x, times=1)))
k0 = elementwise("modified_bessel_k0", in_double(accurate_bessel.k0), Partial(lambda y, x: -k1(x)))
k1: Primitive = elementwise("modified_bessel_k1", in_double(accurate_bessel.k1),
                            Partial(lambda y, x: -k0(x) - y / x))
k0e = elementwise("scaled_modified_bessel_k0", in_double(accurate_bessel.k0e),
                  Partial(lambda y, x: scaled_k_slope(x, order=0, times=1)))
k1e: Primitive = elementwise("scaled_modified_bessel_k1", in_double(accurate_bessel.k1e),
                             Partial(lambda y, x: scaled_k_slope(x, order=1, times=1)))
j1_slope: Primitive = _derived("bessel_j1_slope", accurate_bessel.j1_slope, "bessel_j1({0})")
y1_slope: Primitive = _derived("bessel_y1_slope", accurate_bessel.y1_slope, "bessel_y1({0})")
scaled_i_slope: Primitive = _derived_of("scaled_i_slope", accurate_bessel.scaled_i_slope,
                                        "e^-|{0}| I_{order}({0})")
scaled_k_slope: Primitive = _derived_of("scaled_k_slope", accurate_bessel.scaled_k_slope,
                                        "e^{0} K_{order}({0})")
