"""Turn uniform numbers into normal ones, by the transform of G. E. P. Box and M. E. Muller.

A radius √(-2 log u) and an angle 2πv make two normal numbers. :func:`box_muller64` takes logarithm,
cosine and sine from libm; :func:`box_muller32` from polynomials, rounding as the reference does.

For some hundred numbers, what takes time is to call NumPy: so operations are in place, nothing is
broadcast, and constants are arrays without axes (a Python number costs as much again).
"""

from __future__ import annotations

import importlib
import math
import sys
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from ..native import made
from .arithmetic import Array, Doubles, Singles, each, fma

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


def radius64(unit: Doubles) -> Doubles:
    """The radius that a number in [0, 1) stands for."""
    radius: Doubles = np.sqrt(-2.0 * _log64(1.0 - unit))
    return radius


def _log64(x: Doubles) -> Doubles:
    """libm's logarithm, where NumPy's own may be faster and differ: by way of SciPy, which is soon
    done but long loaded, or by way of Python."""
    global _logarithms
    _logarithms += x.size
    special: Any = sys.modules.get("scipy.special")
    if special is None and _logarithms > MANY:
        special = importlib.import_module("scipy.special")
    try:
        logarithm: Doubles = special.xlogy(_UNIT, x)
    except AttributeError:   # not there, or another thread is loading it
        return each(math.log, x, np.log)
    return logarithm


MANY = 2**20
"""After so many logarithms SciPy is loaded, if nothing else has done that."""
_logarithms, _UNIT = 0, np.array(1.0)


def cosine_sine64(unit: Doubles) -> tuple[Doubles, Doubles]:
    """Cosine and sine of the angle that a number in [0, 1) stands for."""
    turned = np.zeros(unit.size, np.complex128)
    turned.imag = 2.0 * math.pi * unit
    turned = np.exp(turned)  # libm's sine and cosine, where NumPy's own may be faster and differ
    return turned.real, turned.imag


def radius32(unit: Singles) -> Singles:
    """The same in float32, where each operation below rounds as in the reference."""
    radius = _log32(_ONE - unit)
    radius *= _MINUS_TWO
    return np.sqrt(radius, radius)


def cosine_sine32(unit: Singles) -> tuple[Singles, Singles]:
    return _cosine_sine32(_TWO_PI * unit)


def box_muller64(unit: Doubles, mean: float, std: float) -> Doubles:
    """Normal numbers from numbers in [0, 1), in blocks of 8 for the radius, 8 for the angle."""
    blocks = unit.reshape(-1, 2, 8)
    radius = radius64(blocks[:, 0].ravel())
    cosine, sine = cosine_sine64(blocks[:, 1].ravel())
    cosine, sine = fma(radius * cosine, std, mean), fma(radius * sine, std, mean)
    return np.stack([cosine.reshape(-1, 8), sine.reshape(-1, 8)], axis=1).ravel()


def box_muller32(unit: Singles, mean: float, std: float) -> Singles:
    """The same in float32."""
    mean, std = float(np.float32(mean)), float(np.float32(std))
    blocks = unit.reshape(-1, 2, 8)
    radius = radius32(blocks[:, 0].ravel())
    cosine, sine = cosine_sine32(blocks[:, 1].ravel())
    cosine *= radius
    sine *= radius
    out = np.empty_like(blocks)
    out[:, 0] = fma(cosine, std, mean).reshape(-1, 8)
    out[:, 1] = fma(sine, std, mean).reshape(-1, 8)
    return out.ravel()


def normal32(words: NDArray[np.uint64], mean: float, std: float) -> Singles:
    """Normal numbers of words in machine code, by blocks of 16."""
    out = np.empty(words.size, np.float32)
    made["normal"](words, 0, out, words.size, mean, std)
    return out


class Parts:
    """The normal numbers that numbers in [0, 1) can give, which were made of some of a stream's
    ``words``, from word ``start`` on: each as a radius, with the angle of the eighth after it. So a
    few normal numbers are a copy, wherever they begin; the rest is done once for all that is drawn
    from these words. ``used`` says how many words that were, in so many ``draws``."""

    __slots__ = ("draws", "made", "start", "stop", "unit", "used", "words")

    def __init__(self, words: NDArray[np.uint64], start: int, unit: Array) -> None:
        self.words, self.start, self.used = words, start, 0
        self.draws = 0
        double = unit.dtype == np.float64
        self.unit = 2 if double else 1
        """So many words make a number."""
        self.stop = start + self.unit * unit.size
        radius: Any = (radius64 if double else radius32)(unit[:-8])
        parts: Any = (cosine_sine64 if double else cosine_sine32)(unit[8:])
        made = np.zeros((unit.size, 2), unit.dtype)
        for k, part in enumerate(parts):
            np.multiply(radius, part, made[:-8, k])
        made += 0   # 0 for -0, as by adding a mean
        self.made = made.reshape(-1)

    def hold(self, words: NDArray[np.uint64], at: int, last: int, double: bool) -> bool:
        """Whether these are the numbers that begin at word ``at``, and end before ``last``."""
        return (self.words is words and last <= self.stop and self.unit == 1 + double
                and (at - self.start) % self.unit == 0)

    def normal(self, at: int, size: int) -> NDArray[Any]:
        """Standard normal numbers by blocks of 16, from word ``at`` on; what is left over has 16
        new ones end the array, after as many that are not used."""
        first, unit = (at - self.start) // self.unit, self.unit
        self.draws += 1
        self.used = at - self.start + unit * (size + 16 if size % 16 else size)
        out: NDArray[Any] = self.made[2 * first:].take(places_of(size))
        return out


@lru_cache(256)
def places_of(size: int) -> NDArray[np.intp]:
    """Where so many numbers are, by blocks of 16, among the cosines and sines of all that are made.
    """
    at = np.arange(2 * size + 32)[:2 * size // 32 * 32 + 32].reshape(-1, 16, 2)
    blocks = at[:, :8].transpose(0, 2, 1).reshape(-1)
    places = blocks[:size].copy()
    if size % 16:
        places[-16:] = blocks[:16] + 2 * size
    return places


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
