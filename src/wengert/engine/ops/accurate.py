"""Special functions to the last digits where SciPy's lose them, on float64 arrays.

What loses digits is a large argument reduced or squared in working precision, and a difference of
nearly equal terms. The remedies are few: reduce exactly (:func:`_sin_pi`), square in two parts
(:func:`_gauss`), sum terms of one sign, and take NumPy's long double for what still cancels (where
it is no longer than a double, as on some platforms, those digits are lost). ``special.py`` and
``bessel.py`` make primitives of these functions; ``python -m tests.accuracy`` measures them.
"""

from __future__ import annotations

import importlib
import math
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from ..arrays import asarray

EULER = 0.57721566490153286061
TINY = 1e-290
"""Below this, functions with a pole at 0 are their first term."""
_LONG = np.longdouble


@cache
def scipy_special() -> Any:
    return importlib.import_module("scipy.special")


def in_double(f: Callable[..., Any]) -> Callable[..., Any]:
    """``f`` of float64 arrays for arrays of any floating dtype, which the result has too."""
    def impl(*args: Any) -> Any:
        dtype = np.result_type(*args)
        with np.errstate(all="ignore"):
            found = f(*[asarray(x, np.float64) for x in args])
        return asarray(found).astype(dtype)
    return impl


def _redone(found: Any, where: Any, f: Callable[..., Any], *args: Any) -> Any:
    """``found`` with the values of ``f`` at the places ``where``."""
    if not where.any():
        return found
    found = np.array(np.broadcast_to(found, where.shape))
    found[where] = f(*[np.broadcast_to(x, where.shape)[where] for x in args])
    return found


# Multiples of pi
def _turns(x: Any, kind: Any = np.float64) -> tuple[Any, Any]:
    """Sine and cosine of ``pi x``, reduced exactly."""
    r = np.fmod(asarray(x, kind), 2)
    quarter = np.rint(2 * r)
    angle = (r - quarter / 2) * (kind(math.pi) + kind(1.2246467991473532e-16))
    s, c = np.sin(angle), np.cos(angle)
    k = quarter.astype(np.int64) % 4
    odd = k % 2 == 1
    sine, cosine = np.where(odd, c, s), np.where(odd, s, c)
    return np.where(k >= 2, -sine, sine), np.where((k == 1) | (k == 2), -cosine, cosine)


def sinc(x: Any) -> Any:
    """``sin(pi x) / (pi x)``."""
    found = _turns(x)[0] / math.pi / np.where(x == 0, 1.0, x)
    return np.where(x == 0, 1.0, found)


def sin_over(x: Any) -> Any:
    """``sin(x) / x``."""
    return np.where(x == 0, 1.0, np.where(np.isinf(x), 0.0, np.sin(x) / np.where(x == 0, 1.0, x)))


# The normal distribution
def _gauss(x: Any, times: float = -1.0) -> tuple[Any, Any]:
    """Two factors of ``exp(times * x^2)``: of x rounded to sixteenths, and of what is left."""
    near = np.trunc(x * 16) / 16
    return np.exp(times * near * near), np.exp(times * (x - near) * (x + near))


_libm_erfc = np.frompyfunc(math.erfc, 1, 1)


def _middle(x: Any) -> Any:
    """erfc from one half to 2, where SciPy's difference with 1 and its quotients lose digits."""
    return asarray(_libm_erfc(x), np.float64)


def erfc(x: Any) -> Any:
    """``1 - erf(x)``."""
    special = scipy_special()
    large, small = _gauss(x)
    found = np.where((x >= 2) & (x < 30), small * special.erfcx(x) * large, special.erfc(x))
    return _redone(found, (x > 0.5) & (x < 2), _middle, x)


def erfcx(x: Any) -> Any:
    """``exp(x^2) erfc(x)``."""
    special = scipy_special()
    large, small = _gauss(x, 1.0)
    low = small * large * np.where(x < -6, 2.0, special.erfc(x))
    found = np.where((x < 0.5) & (x > -30), low, special.erfcx(x))
    return _redone(found, (x >= 0.5) & (x < 2), lambda x, y: _middle(x) * y, x, small * large)


def ndtr(x: Any) -> Any:
    """The standard normal distribution function."""
    special = scipy_special()
    large, small = _gauss(x, -0.5)
    tail = small * special.erfcx(-x * math.sqrt(0.5)) * 0.5 * large
    found = np.where((x < -2.5) & (x > -40), tail, 0.5 * special.erfc(-x * math.sqrt(0.5)))
    return _redone(found, (x < -0.7) & (x >= -2.5), _ndtr_middle, x)


def _ndtr_middle(x: Any) -> Any:
    """By erfc at the rounded argument, and its slope over its value (Komatsu's bound)."""
    z = -x * math.sqrt(0.5)
    rest = (-x * np.sqrt(_LONG(0.5)) - z).astype(np.float64)
    return 0.5 * _middle(z) * (1 - rest * (z + np.sqrt(z * z + 1.5)))


def ndtri(p: Any) -> Any:
    """The inverse of ``ndtr``."""
    return scipy_special().ndtri(p)


def entr(x: Any) -> Any:
    """``-x log(x)``."""
    return scipy_special().entr(x)


def log_ndtr(x: Any) -> Any:
    """``log(ndtr(x))``."""
    return np.where(x > 0.5, np.log1p(-ndtr(-x)), scipy_special().log_ndtr(x))


def erfinv(p: Any) -> Any:
    """The inverse of erf: SciPy's, and a Newton step."""
    special = scipy_special()
    y = special.erfinv(p)
    size = np.abs(y)
    gap = np.where(np.abs(p) > 0.5, erfc(size) - (1 - np.abs(p)),
                   np.abs(p) - special.erf(size))
    better = size + gap * (math.sqrt(math.pi) / 2) * np.exp(size * size)
    return np.where((size > 0) & (size < 6), np.copysign(better, y), y)


def logit(p: Any) -> Any:
    """``log(p / (1 - p))``."""
    middle = np.abs(p - 0.5) < 0.25
    inner = 2 * np.arctanh(np.where(middle, 2 * p - 1, 0.0))
    return np.where(middle, inner, np.log(p) - np.log1p(-p))


# The gamma function's logarithm and its derivatives
@cache
def _zeta_less_one() -> Any:
    """``(zeta(k) - 1) / k`` for k from 2, with the signs of the series of lgamma at 2."""
    k = np.arange(2, 34)
    return scipy_special().zetac(k.astype(np.float64)) / k * (-1.0) ** k


def _lgamma_at_2(t: Any) -> Any:
    """``lgamma(2 + t)``, ``|t|`` at most one half."""
    total = np.zeros_like(t)
    for c in _zeta_less_one()[::-1]:
        total = (total + c) * t
    return (total + (1 - EULER)) * t


def _lgamma_at_1(x: Any) -> Any:
    return _lgamma_at_2(x - 1) - np.log1p(x - 1)


_STIRLING = [1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360, 1 / 156]


def _lgamma_below(x: Any) -> Any:
    """Of a negative number: by reflection, which cancels near a root."""
    pi, sine = _LONG(math.pi) + _LONG(1.2246467991473532e-16), _turns(x, _LONG)[0]
    y, product = 1 - asarray(x, _LONG), np.ones(x.shape, _LONG)
    for _ in range(20):
        low = y < 20
        product = np.where(low, product * y, product)
        y = np.where(low, y + 1, y)
    series, square = np.zeros_like(y), 1 / (y * y)
    for c in reversed(_STIRLING):
        series = series * square + _LONG(c)
    above = (y - _LONG(0.5)) * np.log(y) - y + np.log(2 * pi) / 2 + series / y - np.log(product)
    return (np.log(pi / np.abs(sine)) - above).astype(np.float64)


def lgamma(x: Any) -> Any:
    """``log |gamma(x)|``."""
    found = scipy_special().gammaln(x)
    found = np.where(np.abs(x) < TINY, -np.log(np.abs(x)), found)
    found = np.where(np.isinf(x), np.inf, found)
    found = _redone(found, np.abs(x - 2) <= 0.5, lambda x: _lgamma_at_2(x - 2), x)
    found = _redone(found, np.abs(x - 1) < 0.5, _lgamma_at_1, x)
    return _redone(found, (x < -1e-3) & (x > -200) & (x != np.floor(x)), _lgamma_below, x)


_DIGAMMA = [1 / 12, -1 / 120, 1 / 252, -1 / 240, 1 / 132, -691 / 32760, 1 / 12]


def _digamma_above(x: Any) -> Any:
    """Of a positive long double: recurrence up to 20, then the asymptotic series."""
    shift = np.zeros_like(x)
    for _ in range(20):
        low = x < 20
        shift = np.where(low, shift - 1 / x, shift)
        x = np.where(low, x + 1, x)
    square = 1 / (x * x)
    series = np.zeros_like(x)
    for c in reversed(_DIGAMMA):
        series = (series + _LONG(c)) * square
    return np.log(x) - 1 / (2 * x) - series + shift


def _digamma_below(x: Any) -> Any:
    """Of a negative number: by reflection, which cancels near a root."""
    sine, cosine = _turns(x, _LONG)
    pi = _LONG(math.pi) + _LONG(1.2246467991473532e-16)
    return (_digamma_above(1 - asarray(x, _LONG)) - pi * cosine / sine).astype(np.float64)


def digamma(x: Any) -> Any:
    """The derivative of ``lgamma``."""
    found = np.where(x == 0, np.copysign(np.inf, -x), scipy_special().psi(x))
    return _redone(found, (x < 0) & (x > -2.0**53) & (x != np.floor(x)), _digamma_below, x)


@cache
def _cotangent_slopes(n: int) -> Any:
    """The coefficients in c of ``pi^-n d^n/dx^n cot(pi x)``, where c is the cotangent."""
    found = np.polynomial.Polynomial([0.0, 1.0])
    for _ in range(n):
        found = found.deriv() * np.polynomial.Polynomial([-1.0, 0.0, -1.0])
    return found


def polygamma(n: int, x: Any) -> Any:
    """The derivative of order ``n`` of ``digamma``, n above 0; by reflection below 0."""
    special = scipy_special()
    below = x < 0
    found = special.polygamma(n, np.where(below, 1 - x, x))
    if not below.any():
        return found
    sine, cosine = _turns(x)
    first, *others = _cotangent_slopes(n).coef[::-1]
    cotangent, turned = cosine / sine, np.full_like(x, first)
    for c in others:
        turned = turned * cotangent + c
    turned = turned * math.pi ** (n + 1)
    sign = -1.0 if n % 2 else 1.0
    found = np.where(below, sign * found - turned, found)
    return np.where(below & (x == np.floor(x)), np.inf if n % 2 else np.nan, found)


def airy(x: Any) -> tuple[Any, Any]:
    """Ai and its derivative; 0 where they are below the smallest number."""
    value, slope, *_ = scipy_special().airy(np.minimum(x, 200.0))
    return value, slope


def inverse_mills(x: Any) -> Any:
    """The normal density over the normal distribution function."""
    special, x = scipy_special(), np.minimum(x, 100.0)   # where it is 0
    large, small = _gauss(x, -0.5)
    with np.errstate(all="ignore"):
        below = math.sqrt(2 / math.pi) / special.erfcx(-x * math.sqrt(0.5))
        above = small * large / (math.sqrt(2 * math.pi) * ndtr(x))
    return np.where(x < -2, below, above)


def gamma_density(a: Any, x: Any) -> Any:
    """``x^(a-1) e^-x / gamma(a)``."""
    special, (a, x) = scipy_special(), np.broadcast_arrays(a, x)
    with np.errstate(all="ignore"):
        far = np.exp(special.xlogy(a - 1, x) - x - lgamma(a))
        small = np.minimum(a, 100.0)
        near = np.power(x, small - 1) / special.gamma(small) * np.exp(-x)
    found = np.where((a <= 100) & (x < 700) & np.isfinite(near) & (near > TINY), near, far)
    return np.where((a < 0) | (x < 0), np.nan, found)


def zeta(s: Any, q: Any) -> Any:
    """The Hurwitz zeta function."""
    return scipy_special().zeta(s, q)


# Incomplete gamma functions
MOST_TERMS = 500


def _power_over_gamma(a: Any, x: Any) -> Any:
    """``x^a e^-x / gamma(a + 1)`` for a up to 100, without the logarithm of a power."""
    return np.power(x, a) / scipy_special().gamma(a + 1) * np.exp(-x)


def _gammainc_series(a: Any, x: Any) -> Any:
    total, term = np.ones_like(x), np.ones_like(x)
    for n in range(1, MOST_TERMS):
        term = term * (x / (a + n))
        total = total + term
        if not np.any(term > 1e-17 * total):
            break
    return _power_over_gamma(a, x) * total


def _gammaincc_fraction(a: Any, x: Any) -> Any:
    """Legendre's continued fraction, from its far end."""
    found = np.zeros_like(x)
    for n in range(80, 0, -1):
        found = n * (a - n) / (x + 2 * n + 1 - a + found)
    return _power_over_gamma(a, x) * a / (x + 1 - a + found)


def gammainc(a: Any, x: Any) -> Any:
    """The regularised lower incomplete gamma function."""
    a, x = np.broadcast_arrays(a, x)
    found = scipy_special().gammainc(a, x)
    near = (a > 0) & (a <= 170) & (x > 0) & (x < np.maximum(a, 1.0) * 1.5)
    near &= a * np.log(np.maximum(x, 1.0)) < 690
    return _redone(found, near, _gammainc_series, a, x)


def gammaincc(a: Any, x: Any) -> Any:
    """``1 - gammainc(a, x)``."""
    a, x = np.broadcast_arrays(a, x)
    found = scipy_special().gammaincc(a, x)
    far = (a > 0) & (a <= 100) & (x > 1.5 * a + 10) & (x < 700)
    found = _redone(found, far, _gammaincc_fraction, a, x)
    return _redone(found, (a > 0) & (a < 1e-17) & (x > 0),
                   lambda a, x: a * scipy_special().exp1(x), a, x)


# Sums of exponentials, which may cancel with the larger argument
def _log_sum(add: Any) -> Callable[[Any, Any], Any]:
    def impl(a: Any, b: Any) -> Any:
        found = asarray(add(a, b))
        cancels = np.abs(found) < 0.5 * np.abs(np.maximum(a, b))
        if not cancels.any():
            return found
        return _redone(found, cancels, lambda a, b: add(
            asarray(a, _LONG), asarray(b, _LONG)).astype(found.dtype), a, b)
    return impl


logaddexp = _log_sum(np.logaddexp)
logaddexp2 = _log_sum(np.logaddexp2)


def tanhshrink(x: Any) -> Any:
    """``x - tanh(x)``: near 0 ``(x cosh(x) - sinh(x)) / cosh(x)``, whose series has one sign."""
    near = np.abs(x) < 1.5
    y = np.where(near, x, 0.0)
    square, total = y * y, np.zeros_like(y)
    for k in range(12, 0, -1):
        total = (total + 2 * k / math.factorial(2 * k + 1)) * square
    return np.where(near, y * total / np.cosh(y), x - np.tanh(x))


# Bessel functions
SMALL = 8.0
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
    x = asarray(x, _LONG)
    log = np.log(x / 2) + (_LONG(EULER) + _LONG(-4.942915152430645e-18))
    square, term, bessel, total, harmonic = x * x / 4, np.ones_like(x), 0, 0, _LONG(0)
    for k in range(24):
        bessel = bessel + term
        total = total + term * (2 * harmonic + _LONG(1) / (k + 1) if order else harmonic)
        harmonic = harmonic + _LONG(1) / (k + 1)
        term = term * (square / ((k + 1) * (k + 1 + order)))
    if order:
        return 1 / x + (log * bessel - total / 2) * (x / 2)
    return total - log * bessel


def _decaying(name: str, order: int, scaled: bool) -> Callable[[Any], Any]:
    def near(x: Any) -> Any:
        found = _series_of_k(order, x)
        return (found * np.exp(asarray(x, _LONG)) if scaled else found).astype(np.float64)

    def impl(x: Any) -> Any:
        found = getattr(scipy_special(), name)(x)
        return _redone(found, (x > 0) & (x < 2.5), near, x)
    return impl


k0, k0e = _decaying("k0", 0, False), _decaying("k0e", 0, True)
k1, k1e = _decaying("k1", 1, False), _decaying("k1e", 1, True)


def _far(order: int, second: bool, x: Any) -> Any:
    """Of arguments above :data:`FAR`: Hankel's asymptotic series in long double."""
    x = asarray(x, _LONG)
    mu, p, q, term = 4 * order * order, np.ones_like(x), np.zeros_like(x), np.ones_like(x)
    for k in range(1, 24):
        term = term * _LONG(mu - (2 * k - 1) ** 2) / (k * 8 * x)
        if k % 2:
            q = q + term if k % 4 == 1 else q - term
        else:
            p = p - term if k % 4 == 2 else p + term
    s, c = np.sin(x), np.cos(x)
    # the angle is x - pi / 4 or x - 3 pi / 4; root 2 goes out of both sine and cosine
    cosine, sine = (c + s, s - c) if order == 0 else (s - c, -(s + c))
    wave = p * sine + q * cosine if second else p * cosine - q * sine
    return (wave / np.sqrt(x * (_LONG(math.pi) + _LONG(1.2246467991473532e-16)))).astype(
        np.float64)


def _all_orders(x: Any) -> list[Any]:
    """J of the orders 0, 1, 2, ... of arguments up to :data:`FAR`, by Miller's recurrence."""
    above, here = np.zeros_like(x), np.full_like(x, 1e-300)
    found, total = [here], np.zeros_like(x)
    for n in range(70, 0, -1):
        above, here = here, 2 * n / x * here - above
        large = np.abs(here) > 1e200
        if large.any():
            scale = np.where(large, _LONG(1e-200), _LONG(1))
            here, above, total = here * scale, above * scale, total * scale
            found = [y * scale for y in found]
        found.append(here)
        if n % 2 == 1:
            total = total + 2 * here if n > 1 else total + here
    return [y / total for y in reversed(found)]


def _near(order: int, second: bool, x: Any) -> Any:
    """Of arguments up to :data:`FAR`: by J of all orders, in long double (Neumann's series)."""
    x = asarray(x, _LONG)
    j = _all_orders(x)
    if not second:
        return j[order].astype(np.float64)
    pi = _LONG(math.pi) + _LONG(1.2246467991473532e-16)
    log = np.log(x / 2) + (_LONG(EULER) + _LONG(-4.942915152430645e-18))
    total = np.zeros_like(x)
    for k in range(30, 0, -1):
        sign = -1 if k % 2 else 1
        total = total + (sign * 2 * j[2 * k] / k if order == 0 else
                         sign * (2 * k + 1) * j[2 * k + 1] / (k * (k + 1)))
    if order == 0:
        return ((2 / pi) * (log * j[0] - total)).astype(np.float64)
    return ((2 / pi) * ((log - 1) * j[1] - j[0] / x - total)).astype(np.float64)


def _oscillating(name: str, order: int, second: bool) -> Callable[[Any], Any]:
    def impl(x: Any) -> Any:
        found = getattr(scipy_special(), name)(x)
        size = np.abs(x)
        near = (size > 1e-3) & (size < FAR) & ~(second & (x < 0))
        far = (size >= FAR) & np.isfinite(x) & ~(second & (x < 0))
        found = _redone(found, near, lambda x: _near(order, second, x), size)
        found = _redone(found, far, lambda x: _far(order, second, x), size)
        if not order:
            return found
        found = np.where((near | far) & (x < 0), -found, found)
        return np.where(size < 1e-9, x / 2, found) if not second else found
    return impl


j0, j1 = _oscillating("j0", 0, False), _oscillating("j1", 1, False)
y0, y1 = _oscillating("y0", 0, True), _oscillating("y1", 1, True)
