"""Normal numbers from pairs of uniform ones, by the transform of G. E. P. Box and M. E. Muller.

A radius √(-2 log u) and an angle 2πv make two normal numbers. :func:`box_muller32` takes logarithm,
cosine and sine from polynomials and rounds as the reference does, :func:`box_muller64` from libm.
"""

from __future__ import annotations

import math

import numpy as np

from .arithmetic import Doubles, Singles, each, fma, singles

# The polynomials of S. L. Moshier's Cephes library: logf.c and sinf.c.
_LOG = singles(
    7.0376836292e-2, -1.1514610310e-1, 1.1676998740e-1, -1.2420140846e-1, 1.4249322787e-1,
    -1.6668057665e-1, 2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1,
)
_LN2_LOW, _LN2_HIGH = singles(-2.12194440e-4, 0.693359375)
_SINE = singles(-1.9515295891e-4, 8.3321608736e-3, -1.6666654611e-1)
_COSINE = singles(2.443315711809948e-5, -1.388731625493765e-3, 4.166664568298827e-2)
_PI4_1, _PI4_2, _PI4_3 = singles(0.78515625, 2.4187564849853515625e-4, 3.77489497744594108e-8)
_TWO_PI, _OCTANTS = singles(2 * math.pi, 4 / math.pi)
_SQRT_HALF_BITS = 0x3F3504F3


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
    radius = np.sqrt(-2 * _log32(1 - blocks[:, 0].ravel()))
    cosine, sine = _cosine_sine32(_TWO_PI * blocks[:, 1].ravel())
    cosine, sine = fma(radius * cosine, std, mean), fma(radius * sine, std, mean)
    return np.stack([cosine.reshape(-1, 8), sine.reshape(-1, 8)], axis=1).ravel()


def _fused(a: Doubles, b: Doubles | float, c: Doubles | Singles | float) -> Singles:
    """a·b + c rounded once to float32; all of them hold values of float32."""
    product = a * b
    product += c
    return product.astype(np.float32)


def _polynomial(x: Doubles, coefficients: tuple[float, ...]) -> Singles:
    """Horner's scheme in float32, the highest power first."""
    first, second, *others = coefficients
    value = _fused(x, first, second)
    exact = np.empty_like(x)
    for coefficient in others:
        exact[...] = value
        exact *= x
        exact += coefficient
        value[...] = exact
    return value


def _log32(x: Singles) -> Singles:
    """log(x) for normal, positive x: x = 2**exponent · (1 + f), √½ <= 1 + f < √2."""
    bits = x.view(np.int32)
    exponent = (bits - _SQRT_HALF_BITS) >> 23
    f: Singles = (bits - (exponent << 23)).view(np.float32) - 1
    power: Singles = exponent.astype(np.float32)
    square: Singles = f * f
    tail: Singles = _polynomial(f.astype(np.float64), _LOG) * f
    low: Singles = power * _LN2_LOW
    tail = _fused(tail.astype(np.float64), square.astype(np.float64), low)
    return (f + (tail - 0.5 * square)) + power * _LN2_HIGH


def _cosine_sine32(x: Singles) -> tuple[Singles, Singles]:
    """(cos x, sin x) for 0 <= x <= 2π, by the distance from the nearest even octant."""
    octant = ((x * _OCTANTS).astype(np.int32) + 1) & -2
    steps = octant.astype(np.float32)
    near: Singles = (x - steps * _PI4_1) - steps * _PI4_2
    near = _fused(steps.astype(np.float64), -_PI4_3, near)
    square: Singles = near * near
    half: Singles = -0.5 * square
    wide = square.astype(np.float64)
    even, odd = _polynomial(wide, _COSINE) * square, _polynomial(wide, _SINE) * square
    even = _fused(even.astype(np.float64), wide, half) + 1
    odd = _fused(odd.astype(np.float64), near.astype(np.float64), near)
    axis = (octant & 2) == 0
    cosine, sine = np.where(axis, even, odd), np.where(axis, odd, even)
    cosine.view(np.uint32)[...] ^= (((octant + 2) & 4) << 29).view(np.uint32)
    sine.view(np.uint32)[...] ^= ((octant & 4) << 29).view(np.uint32)
    return cosine, sine
