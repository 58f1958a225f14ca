"""Turn uniform numbers into normal ones, by the transform of G. E. P. Box and M. E. Muller.

A radius √(-2 log u) and an angle 2πv make two normal numbers. :func:`box_muller64` takes logarithm,
cosine and sine from libm; :func:`box_muller32` from polynomials, rounding as the reference does.

For some hundred numbers, what takes time is to call NumPy: so operations are in place, nothing is
broadcast, and constants are arrays without axes (a Python number costs as much again).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from .arithmetic import Doubles, Singles, each, fma

if TYPE_CHECKING:
    from numpy.typing import NDArray


def _singles(*values: float) -> tuple[Singles, ...]:
    return tuple(np.array(value, np.float32) for value in values)


def _doubles(*values: float) -> tuple[Doubles, ...]:
    """Values of float32, in float64."""
    return tuple(value.astype(np.float64) for value in _singles(*values))


def _integers(*values: int) -> tuple[NDArray[np.int32], ...]:
    return tuple(np.array(value, np.int32) for value in values)


# The polynomials of S. L. Moshier's Cephes library: logf.c and sinf.c.
_LOG = _doubles(
    7.0376836292e-2, -1.1514610310e-1, 1.1676998740e-1, -1.2420140846e-1, 1.4249322787e-1,
    -1.6668057665e-1, 2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1,
)
_SINE = _doubles(-1.9515295891e-4, 8.3321608736e-3, -1.6666654611e-1)
_COSINE = _doubles(2.443315711809948e-5, -1.388731625493765e-3, 4.166664568298827e-2)
_LN2_LOW, _LN2_HIGH = _singles(-2.12194440e-4, 0.693359375)
_PI4_1, _PI4_2 = _singles(0.78515625, 2.4187564849853515625e-4)
(_MINUS_PI4_3,) = _doubles(-3.77489497744594108e-8)
_TWO_PI, _OCTANTS = _singles(2 * math.pi, 4 / math.pi)
_ONE, _HALF, _MINUS_HALF, _MINUS_TWO = _singles(1, 0.5, -0.5, -2)
_SQRT_HALF_BITS, _EXPONENT_AT = _integers(0x3F3504F3, 23)
_I1, _I2, _I4, _EVEN, _I29, _I30, _I31 = _integers(1, 2, 4, -2, 29, 30, 31)


def box_muller64(unit: Doubles, mean: float, std: float) -> Doubles:
    """Normal numbers from numbers in [0, 1), in blocks of 8 for the radius, 8 for the angle."""
    blocks = unit.reshape(-1, 2, 8)
    radius = np.sqrt(-2.0 * each(math.log, 1.0 - blocks[:, 0].ravel(), np.log))
    turned = np.zeros(radius.size, np.complex128)
    turned.imag = 2.0 * math.pi * blocks[:, 1].ravel()
    turned = np.exp(turned)  # libm's sine and cosine, where NumPy's own may be faster and differ
    cosine, sine = fma(radius * turned.real, std, mean), fma(radius * turned.imag, std, mean)
    return np.stack([cosine.reshape(-1, 8), sine.reshape(-1, 8)], axis=1).ravel()


def box_muller32(unit: Singles, mean: float, std: float) -> Singles:
    """The same in float32, where each operation below rounds as in the reference."""
    mean, std = float(np.float32(mean)), float(np.float32(std))
    blocks = unit.reshape(-1, 2, 8)
    radius = _log32(_ONE - blocks[:, 0].ravel())
    radius *= _MINUS_TWO
    np.sqrt(radius, radius)
    cosine, sine = _cosine_sine32(_TWO_PI * blocks[:, 1].ravel())
    cosine *= radius
    sine *= radius
    out = np.empty_like(blocks)
    out[:, 0] = fma(cosine, std, mean).reshape(-1, 8)
    out[:, 1] = fma(sine, std, mean).reshape(-1, 8)
    return out.ravel()


def _fused(a: Doubles, b: Doubles, c: Doubles | Singles) -> Singles:
    """a·b + c rounded once to float32; all of them hold values of float32."""
    product = a * b
    product += c
    return product.astype(np.float32)


def _polynomial(x: Doubles, coefficients: tuple[Doubles, ...]) -> Singles:
    """Horner's scheme in float32, the highest power first."""
    first, second, *others = coefficients
    exact = x * first
    exact += second
    value = exact.astype(np.float32)
    for coefficient in others:
        exact[...] = value
        exact *= x
        exact += coefficient
        value[...] = exact
    return value


def _log32(x: Singles) -> Singles:
    """log(x) for normal, positive x: x = 2**exponent · (1 + f), √½ <= 1 + f < √2."""
    bits = x.view(np.int32)
    exponent = (bits - _SQRT_HALF_BITS) >> _EXPONENT_AT
    f = (bits - (exponent << _EXPONENT_AT)).view(np.float32)
    f -= _ONE
    power = exponent.astype(np.float32)
    square = f * f
    tail = _polynomial(f.astype(np.float64), _LOG)
    tail *= f
    tail = _fused(tail.astype(np.float64), square.astype(np.float64), power * _LN2_LOW)
    square *= _HALF
    tail -= square
    tail += f
    power *= _LN2_HIGH
    tail += power
    return tail


def _cosine_sine32(x: Singles) -> tuple[Singles, Singles]:
    """(cos x, sin x) for 0 <= x <= 2π, by the distance from the nearest even octant."""
    octant = (x * _OCTANTS).astype(np.int32)
    octant += _I1
    octant &= _EVEN
    steps = octant.astype(np.float32)
    near = (x - steps * _PI4_1) - steps * _PI4_2
    near = _fused(steps.astype(np.float64), _MINUS_PI4_3, near)
    square = near * near
    wide = square.astype(np.float64)
    cosine, sine = _polynomial(wide, _COSINE), _polynomial(wide, _SINE)
    cosine *= square
    sine *= square
    square *= _MINUS_HALF
    cosine = _fused(cosine.astype(np.float64), wide, square)
    cosine += _ONE
    sine = _fused(sine.astype(np.float64), near.astype(np.float64), near)
    one, other = cosine.view(np.int32), sine.view(np.int32)
    swapped = (one ^ other) & ((octant << _I30) >> _I31)  # an odd quadrant swaps them
    one ^= swapped
    other ^= swapped
    one ^= ((octant + _I2) & _I4) << _I29
    other ^= (octant & _I4) << _I29
    return cosine, sine
