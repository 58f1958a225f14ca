"""Special functions to the last digits where SciPy's lose them, on float64 arrays.

What loses digits is a large argument reduced or squared in working precision, and a difference of
nearly equal terms. The remedies are few: reduce exactly (:func:`_turns`), square in two parts
(:func:`gauss_parts`), sum terms of one sign, and take NumPy's long double for what still cancels
(where it is no longer than a double, as on some platforms, those digits are lost).
``accurate_bessel.py`` and ``accurate_gamma.py`` go on with Bessel's and incomplete gamma functions.
``special.py`` and ``bessel.py`` make primitives of them; ``python -m tests.accuracy`` measures
them.
"""

from __future__ import annotations

import importlib
import math
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from ..arrays import asarray, between

EULER = 0.57721566490153286061
TINY = 1e-290
"""Below this, functions with a pole at 0 are their first term."""
LONG = np.longdouble
PI = LONG(math.pi) + LONG(1.2246467991473532e-16)
LONG_EULER = LONG(EULER) + LONG(-4.942915152430645e-18)


@cache
def scipy_special() -> Any:
    return importlib.import_module("scipy.special")


# The error function and its complement, for what is rounded to float32 or shorter: quotients of
# polynomials, of x^2 and of |x|, fitted to SciPy's functions. Relative errors are below 3e-9 and
# 1e-10, where half a unit in float32's last place is at least 3e-8.
FEW_ERRORS, BLOCK = 48, 4096
"""So few values of erf are the C library's, one by one; so many are computed at a time."""
_one_by_one = {name: np.frompyfunc(getattr(math, name), 1, 1) for name in ("erf", "erfc")}


def _constants(*values: float) -> tuple[Any, ...]:
    """Arrays without axes, which NumPy takes sooner than numbers."""
    return tuple(np.array(value) for value in values)


_ERF = (
    _constants(6.791487090286027e-06, 0.00041128151827278514, 0.004226507907686827,
               0.0557496425875546, 0.19287895341256292, 1.128379169972364),
    _constants(2.6049226236377055e-07, 7.256481052053523e-05, 0.001421215543818772,
               0.016295186682810756, 0.1174955044001109, 0.5042679556906581, 1.0))
"""``erf(x) / x`` by x^2 up to 16: numerator and denominator, the highest power first."""
_ERFCX = (
    _constants(0.010014328236740758, 0.09281126630692, 0.4023355592457052, 1.000543794486269,
               1.4341480990357767, 0.9999999999174705),
    _constants(0.01774995753816784, 0.16450260451108065, 0.7220189646147491, 1.8553839541413548,
               2.892046403383419, 2.562527255192518, 1.0))
"""``exp(x^2) erfc(x)`` by x from 0 to 10.2."""
_MINUS_4, _4, _LAST, _1 = _constants(-4.0, 4.0, 10.2, 1.0)
"""From these on the results are -1, 1 and 0."""


def _polynomial(z: Any, coefficients: tuple[Any, ...]) -> Any:
    first, second, *others = coefficients
    add, multiply = np.add, np.multiply
    found = multiply(z, first)
    add(found, second, found)
    for c in others:
        multiply(found, z, found)
        add(found, c, found)
    return found


def _quotient(z: Any, table: tuple[tuple[Any, ...], ...]) -> Any:
    above = _polynomial(z, table[0])
    return np.divide(above, _polynomial(z, table[1]), above)


def _rounded_erf(x: Any) -> Any:
    x = between(x, _MINUS_4, _4)
    found = _quotient(x * x, _ERF)
    found *= x
    return found


def _rounded_erfc(x: Any) -> Any:
    size = np.abs(x)
    found = _quotient(np.minimum(size, _LAST), _ERFCX)
    np.multiply(size, size, size)
    np.negative(size, size)
    found *= np.exp(size, size)
    np.copysign(_1, x, size)
    found *= size
    return np.add(found, np.subtract(_1, size, size), found)


_many = {"erf": _rounded_erf, "erfc": _rounded_erfc}


def error_function(name: str, x: Any) -> Any:
    """erf or erfc on float64, for what is rounded to fewer digits."""
    if x.size <= FEW_ERRORS:
        return asarray(_one_by_one[name](x), np.float64)
    f = _many[name]
    if x.size <= BLOCK:
        return f(x.ravel()).reshape(x.shape)
    flat = x.ravel()
    found = np.empty(flat.size)
    for start in range(0, flat.size, BLOCK):
        found[start:start + BLOCK] = f(flat[start:start + BLOCK])
    return found.reshape(x.shape)


def in_double(f: Callable[..., Any]) -> Callable[..., Any]:
    """``f`` of float64 arrays for arrays of any floating dtype, which the result has too."""
    def impl(*args: Any) -> Any:
        dtype = np.result_type(*args)
        with np.errstate(all="ignore"):
            found = f(*[asarray(x, np.float64) for x in args])
        return asarray(found).astype(dtype)
    return impl


def redone(found: Any, where: Any, f: Callable[..., Any], *args: Any) -> Any:
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
def gauss_parts(x: Any, times: float = -1.0) -> tuple[Any, Any]:
    """Two factors of ``exp(times * x^2)``: of x rounded to float32, and of what is left, near 1."""
    x = np.clip(x, -64, 64)   # beyond, they are 0 or infinite
    near = asarray(asarray(x, np.float32), np.float64)
    rest = times * (x - near) * (x + near)
    return np.exp(times * near * near), 1 + rest * (1 + rest / 2 * (1 + rest / 3))


def gauss(x: Any) -> Any:
    """``exp(-x^2)``."""
    large, small = gauss_parts(x)
    return large * small


def bell(x: Any) -> Any:
    """``exp(-x^2 / 2)``."""
    large, small = gauss_parts(x, -0.5)
    return large * small


def _middle(x: Any) -> Any:
    """erfc from one half to 2, where SciPy's difference with 1 and its quotients lose digits."""
    return asarray(_one_by_one["erfc"](x), np.float64)


def erfc(x: Any) -> Any:
    """``1 - erf(x)``."""
    special = scipy_special()
    large, small = gauss_parts(x)
    found = np.where((x >= 2) & (x < 30), small * special.erfcx(x) * large, special.erfc(x))
    return redone(found, (x > 0.5) & (x < 2), _middle, x)


def erfcx(x: Any) -> Any:
    """``exp(x^2) erfc(x)``."""
    special = scipy_special()
    large, small = gauss_parts(x, 1.0)
    low = small * large * np.where(x < -6, 2.0, special.erfc(x))
    found = np.where((x < 0.5) & (x > -30), low, special.erfcx(x))
    return redone(found, (x >= 0.5) & (x < 2), lambda x, y: _middle(x) * y, x, small * large)


def ndtr(x: Any) -> Any:
    """The standard normal distribution function."""
    special = scipy_special()
    large, small = gauss_parts(x, -0.5)
    tail = small * special.erfcx(-x * math.sqrt(0.5)) * 0.5 * large
    found = np.where((x < -2.5) & (x > -40), tail, 0.5 * special.erfc(-x * math.sqrt(0.5)))
    return redone(found, (x < -0.7) & (x >= -2.5), _ndtr_middle, x)


def _ndtr_middle(x: Any) -> Any:
    """By erfc at the rounded argument, and its slope over its value (Komatsu's bound)."""
    z = -x * math.sqrt(0.5)
    rest = (-x * np.sqrt(LONG(0.5)) - z).astype(np.float64)
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


def _erfinv(p: Any) -> tuple[Any, Any]:
    """SciPy's inverse of erf for the size of ``p``, and a Newton step from there."""
    special, size = scipy_special(), np.abs(p)
    y = special.erfinv(size)
    gap = np.where(size > 0.5, erfc(y) - (1 - size), size - special.erf(y))
    step = gap * (math.sqrt(math.pi) / 2) * np.exp(y * y)
    return y, np.where((y > 0) & (y < 6), step, 0.0)


def erfinv(p: Any) -> Any:
    """The inverse of erf."""
    y, step = _erfinv(p)
    return np.copysign(y + step, p)


def erfinv_slope(p: Any) -> Any:
    """The derivative of ``erfinv``: where y is SciPy's, the step from there is part of it."""
    y, step = _erfinv(p)
    large, small = gauss_parts(y, 1.0)
    return large * small * (1 + step * (y + y)) * (math.sqrt(math.pi) / 2)


def ndtri_slope(p: Any) -> Any:
    """The derivative of ``ndtri``, likewise; far out Mills' ratio over p."""
    p = np.where(p > 0.5, 1 - p, p)
    y = ndtri(p)
    large, small = gauss_parts(y, 0.5)
    slope = large * small * math.sqrt(2 * math.pi)
    gap = np.where(np.isfinite(slope), (p - ndtr(y)) * slope, 0.0)
    far = erfcx(-(y + gap) * math.sqrt(0.5)) * math.sqrt(math.pi / 2) / p
    return np.where(y < -2, far, slope * (1 + gap * y))


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


def lgamma_at_2(t: Any) -> Any:
    """``lgamma(2 + t)``, ``|t|`` at most one half, in long double."""
    t = asarray(t, LONG)
    total = np.zeros_like(t)
    for c in _zeta_less_one()[::-1]:
        total = (total + c) * t
    return (total + (1 - LONG_EULER)) * t


def _lgamma_near_2(x: Any) -> Any:
    return lgamma_at_2(x - 2).astype(np.float64)


def _lgamma_near_1(x: Any) -> Any:
    return (lgamma_at_2(x - 1) - np.log1p(asarray(x - 1, LONG))).astype(np.float64)


_STIRLING = [1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360, 1 / 156]


def lgamma_above(x: Any) -> Any:
    """Of a positive long double: a product up to 20, then Stirling's series."""
    product, low = np.ones_like(x), x < 20
    while low.any():
        product = np.where(low, product * x, product)
        x = np.where(low, x + 1, x)
        low = x < 20
    return (x - LONG(0.5)) * np.log(x) - x + np.log(2 * PI) / 2 + stirling(x) - np.log(product)


def stirling(x: Any) -> Any:
    """What Stirling's formula lacks of the logarithm of gamma, from 20 on."""
    series, square = np.zeros_like(x), 1 / (x * x)
    for c in reversed(_STIRLING):
        series = series * square + LONG(c)
    return series / x


def _lgamma_below(x: Any) -> Any:
    """Of a negative number: by reflection, which cancels near a root."""
    sine = _turns(x, LONG)[0]
    return (np.log(PI / np.abs(sine)) - lgamma_above(1 - asarray(x, LONG))).astype(np.float64)


def lgamma(x: Any) -> Any:
    """``log |gamma(x)|``."""
    found = scipy_special().gammaln(x)
    found = np.where(np.abs(x) < TINY, -np.log(np.abs(x)), found)
    found = np.where(np.isinf(x), np.inf, found)
    found = redone(found, np.abs(x - 2) <= 0.5, _lgamma_near_2, x)
    found = redone(found, np.abs(x - 1) < 0.5, _lgamma_near_1, x)
    return redone(found, (x < -1e-3) & (x > -200) & (x != np.floor(x)), _lgamma_below, x)


_DIGAMMA = [1 / 12, -1 / 120, 1 / 252, -1 / 240, 1 / 132, -691 / 32760, 1 / 12]


def digamma_above(x: Any) -> Any:
    """Of a positive long double: recurrence up to 20, then the asymptotic series."""
    shift = np.zeros_like(x)
    for _ in range(20):
        low = x < 20
        shift = np.where(low, shift - 1 / x, shift)
        x = np.where(low, x + 1, x)
    square = 1 / (x * x)
    series = np.zeros_like(x)
    for c in reversed(_DIGAMMA):
        series = (series + LONG(c)) * square
    return np.log(x) - 1 / (2 * x) - series + shift


def _digamma_below(x: Any) -> Any:
    """Of a negative number: by reflection, which cancels near a root."""
    sine, cosine = _turns(x, LONG)
    return (digamma_above(1 - asarray(x, LONG)) - PI * cosine / sine).astype(np.float64)


def digamma(x: Any) -> Any:
    """The derivative of ``lgamma``."""
    found = np.where(x == 0, np.copysign(np.inf, -x), scipy_special().psi(x))
    return redone(found, (x < 0) & (x > -2.0**53) & (x != np.floor(x)), _digamma_below, x)


@cache
def _cotangent_slopes(n: int) -> Any:
    """The coefficients in c of ``pi^-n d^n/dx^n cot(pi x)``, where c is the cotangent."""
    found = np.polynomial.Polynomial([0.0, 1.0])
    for _ in range(n):
        found = found.deriv() * np.polynomial.Polynomial([-1.0, 0.0, -1.0])
    return found


def _polygamma_below(n: int, x: Any) -> Any:
    """Of a negative number: by reflection, in long double near a root."""
    sine, cosine = _turns(x, LONG)
    first, *others = _cotangent_slopes(n).coef[::-1]
    cotangent, turned = cosine / sine, np.full_like(sine, first)
    for c in others:
        turned = turned * cotangent + c
    sign = -1.0 if n % 2 else 1.0
    above = polygamma_above(n, 1 - asarray(x, LONG))
    return (sign * above - turned * PI ** (n + 1)).astype(np.float64)


def polygamma_above(n: int, x: Any) -> Any:
    """Of a positive long double: first terms of the sum, then its asymptotic series."""
    total, first = np.zeros_like(x), 20 + 3 * n
    for _ in range(first):
        low = x < first
        total = total + np.where(low, 1 / x ** (n + 1), 0)
        x = np.where(low, x + 1, x)
    rest, power = 1 / (n * x**n) + 1 / (2 * x ** (n + 1)), x ** -(n + 2)
    factor = LONG(n + 1) / 2
    for k, c in enumerate(_BERNOULLI, 1):
        rest = rest + LONG(c) * factor * power
        factor = factor * ((n + 2 * k) * (n + 2 * k + 1)) / ((2 * k + 1) * (2 * k + 2))
        power = power / (x * x)
    return (total + rest) * (math.factorial(n) * (1 if n % 2 else -1))


_BERNOULLI = [1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6]


def polygamma(n: int, x: Any) -> Any:
    """The derivative of order ``n`` of ``digamma``, n above 0."""
    below = x < 0
    found = scipy_special().polygamma(n, np.where(below, 1 - x, x))
    found = np.where(below & (x == np.floor(x)), np.inf if n % 2 else np.nan, found)
    if n > 1:
        found = redone(found, (x > 0) & (x < 20), lambda x: polygamma_above(
            n, asarray(x, LONG)).astype(np.float64), x)
    return redone(found, below & (x != np.floor(x)), lambda x: _polygamma_below(n, x), x)


def inverse_mills(x: Any) -> Any:
    """The normal density over the normal distribution function."""
    special, x = scipy_special(), np.minimum(x, 100.0)   # where it is 0
    large, small = gauss_parts(x, -0.5)
    with np.errstate(all="ignore"):
        below = math.sqrt(2 / math.pi) / special.erfcx(-x * math.sqrt(0.5))
        above = small * large / (math.sqrt(2 * math.pi) * ndtr(x))
    return np.where(x < -2, below, above)


def zeta(s: Any, q: Any) -> Any:
    """The Hurwitz zeta function."""
    return scipy_special().zeta(s, q)


# Sums of exponentials, which may cancel with the larger argument
def _log_sum(add: Any) -> Callable[[Any, Any], Any]:
    def impl(a: Any, b: Any) -> Any:
        found = asarray(add(a, b))
        cancels = np.abs(found) < 0.5 * np.abs(np.maximum(a, b))
        if not cancels.any():
            return found
        return redone(found, cancels, lambda a, b: add(
            asarray(a, LONG), asarray(b, LONG)).astype(found.dtype), a, b)
    return impl


_log_sum_of_doubles = _log_sum(np.logaddexp)
FEW = 64
"""So few are sooner done in one call."""
_LEAST = np.array(-800.0)
"""The exponential of this is 0."""


def logaddexp(a: Any, b: Any) -> Any:
    """``log(exp(a) + exp(b))``; of shorter dtypes in float64."""
    dtype = np.result_type(a, b)
    if dtype.itemsize > 4:
        return _log_sum_of_doubles(a, b)
    a, b = asarray(a, np.float64), asarray(b, np.float64)
    if a.size <= FEW:
        return asarray(np.logaddexp(a, b)).astype(dtype)
    less = np.negative(np.abs(np.subtract(a, b)))
    less = np.fmax(less, _LEAST)   # also where both are infinite
    return np.add(np.log1p(np.exp(less)), np.maximum(a, b)).astype(dtype)


logaddexp2 = _log_sum(np.logaddexp2)


def share(a: Any, b: Any) -> Any:
    """``exp(a) / (exp(a) + exp(b))``: of the difference, and of what it loses."""
    d = a - b
    back = d - a
    lost = (a - (d - back)) - (b + back)
    small = np.exp(-np.abs(d))
    mine, other = np.where(d < 0, small, 1.0), np.where(d < 0, 1.0, small)
    lost = np.where(np.isfinite(lost), lost, 0.0) * (other / (1 + small))
    return mine / (1 + small) * (1 + lost)


def tanhshrink(x: Any) -> Any:
    """``x - tanh(x)``: near 0 ``(x cosh(x) - sinh(x)) / cosh(x)``, whose series has one sign."""
    near = np.abs(x) < 1.5
    y = np.where(near, x, 0.0)
    square, total = y * y, np.zeros_like(y)
    for k in range(12, 0, -1):
        total = (total + 2 * k / math.factorial(2 * k + 1)) * square
    return np.where(near, y * total / np.cosh(y), x - np.tanh(x))
