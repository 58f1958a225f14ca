"""How far each elementwise function is from the truth: ``python -m tests.accuracy`` shows it.

Each function runs in each dtype, interpreted and compiled, at points all over its domain: subnormal
and extreme numbers, both zeros, neighbours of 1 and of its roots. mpmath says what is right; the
error is counted in units of the last place of the right result. ``docs/accuracy.md`` keeps the
table, ``tests/test_accuracy.py`` runs a part of it. Start with :data:`FUNCTIONS`.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterable
from fractions import Fraction
from typing import Any, NamedTuple

import mpmath
import numpy as np
from mpmath import mpf

import wengert as torch
from wengert.config import config

F, S = torch.nn.functional, torch.special
mp = mpmath.mp
PRECISION = 160
"""Bits of the reference; a function whose formula loses some has more."""

DTYPES = {"float64": (53, -1074, 1024), "float32": (24, -149, 128), "float16": (11, -24, 16),
          "bfloat16": (8, -133, 128)}
"""Bits of the significand, the exponent of the smallest number and that beyond the largest."""
LIMIT = {"float64": 4.0, "float32": 4.0, "float16": 1.0, "bfloat16": 1.0}
EXACT = frozenset(["add", "sub", "mul", "div", "reciprocal", "sqrt", "rsqrt", "square", "neg",
                   "abs", "fmod", "remainder"])
"""Arithmetic and roots, whose limit is 2 in the long dtypes."""


class Function(NamedTuple):
    """A function, the same in mpmath, and where it is looked at.

    ``near`` are numbers whose neighbourhood is of interest; ``odd`` says that the zeros of both
    signs stay themselves; ``low`` and ``high`` bound the arguments. ``back`` and ``plus`` say what
    is out of reach: the result may be that of arguments so many units of their last places away,
    and it may be off by so much.
    """

    run: Callable[..., Any]
    exact: Callable[..., Any]
    near: tuple[float, ...] = ()
    odd: bool = False
    low: float = -math.inf
    high: float = math.inf
    slow: bool = False
    back: float = 0.0
    plus: Callable[..., float] = lambda dtype, wanted, *args: 0.0


def _ncdf(x: Any) -> Any:
    return mpmath.erfc(-x / mpmath.sqrt(2)) / 2


def _log_ncdf(x: Any) -> Any:
    return mpmath.log(_ncdf(x)) if x < 0 else mpmath.log1p(-_ncdf(-x))


def _inverse(start: Callable[[float], float], f: Callable[[Any], Any],
             slope: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """The inverse of ``f``, by Newton's steps from a number near it."""
    def exact(p: Any) -> Any:
        y = mpf(start(float(p)))
        for _ in range(3):
            y -= f(y, p) / slope(y)
        return y
    return exact


def _erf_gap(y: Any, p: Any) -> Any:
    return (1 - p) - mpmath.erfc(y) if p > 0.5 else (
        mpmath.erfc(-y) - (1 + p) if p < -0.5 else mpmath.erf(y) - p)


def _ncdf_gap(y: Any, p: Any) -> Any:
    return (1 - p) - _ncdf(-y) if p > 0.5 else _ncdf(y) - p


def _special() -> Any:
    import scipy.special
    return scipy.special


def _lgamma(x: Any) -> Any:
    if x <= 0 and x == mpmath.floor(x):
        return mpf("inf")
    if x > 0:
        return mpmath.loggamma(x)
    return mpmath.log(mpmath.pi / abs(mpmath.sinpi(x))) - mpmath.loggamma(1 - x)


def _digamma(x: Any) -> Any:
    if x <= 0 and x == mpmath.floor(x):
        raise ValueError("a pole")
    return mpmath.psi(0, x) if x > 0 else (
        mpmath.psi(0, 1 - x) - mpmath.pi * mpmath.cospi(x) / mpmath.sinpi(x))


def _trigamma(x: Any) -> Any:
    if x <= 0 and x == mpmath.floor(x):
        raise ValueError("a pole")
    if x < 0:
        return (mpmath.pi / mpmath.sinpi(x)) ** 2 - _trigamma(1 - x)
    return mpmath.psi(1, x) if x < 1e6 else (
        1 / x + 1 / (2 * x**2) + 1 / (6 * x**3) - 1 / (30 * x**5))


def _tetragamma(x: Any) -> Any:
    if x <= 0 and x == mpmath.floor(x):
        raise ValueError("a pole")
    if x < 0:
        turned = mpmath.cospi(x) / mpmath.sinpi(x) ** 3
        return _tetragamma(1 - x) - 2 * mpmath.pi**3 * turned
    return mpmath.psi(2, x) if x < 1e6 else -(1 / x**2 + 1 / x**3 + 1 / (2 * x**4)
                                              - 1 / (6 * x**6))


def _log_sum(base: Any) -> Callable[[Any, Any], Any]:
    def exact(a: Any, b: Any) -> Any:
        big, small = max(a, b), min(a, b)
        return big + mpmath.log1p(mpmath.power(base, small - big)) / mpmath.log(base)
    return exact


def _times_log(log: Callable[[Any], Any]) -> Callable[[Any, Any], Any]:
    return lambda x, y: mpf(0) if x == 0 else x * log(y)


def _fmod(x: Any, y: Any) -> Any:
    rest = Fraction(abs(float(x))) % Fraction(abs(float(y)))
    return mpmath.sign(x) * mpf(rest.numerator) / rest.denominator


def _remainder(x: Any, y: Any) -> Any:
    rest = Fraction(float(x)) % Fraction(float(y))
    return mpf(rest.numerator) / rest.denominator


def _mish(x: Any) -> Any:
    return x * mpmath.tanh(mpmath.log1p(mpmath.exp(x)))


def _gelu_tanh(x: Any) -> Any:
    z = mpmath.sqrt(2 / mpmath.pi) * (x + mpf(0.044715) * x**3)
    return x * (1 / (1 + mpmath.exp(-2 * z)))


def _selu(x: Any) -> Any:
    scale = mpf("1.0507009873554804934193349852946")
    alpha = mpf("1.6732632423543772848170429916717")
    return scale * (x if x > 0 else alpha * mpmath.expm1(x))


def _logit(x: Any) -> Any:
    return mpmath.log(x) - mpmath.log1p(-x)


def _faint(dtype: str, wanted: Any, x: float) -> float:
    """A subnormal number times x, whose last place is off by one half."""
    bits, least, _ = DTYPES[dtype]
    return abs(x) / 2 * 2.0**least if abs(wanted) < 2.0 ** (least + bits - 1) else 0.0


def _bessel(name: str, order: int) -> Callable[[Any], Any]:
    return lambda x: getattr(mpmath, name)(order, x)


def _widely(f: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """``f`` with as many more bits as a difference of equal orders of magnitude loses."""
    def exact(x: Any) -> Any:
        with mpmath.workprec(PRECISION + 4 * max(0, mpmath.frexp(x)[1])):
            return f(x)
    return exact


def _scaled(name: str, order: int, sign: int) -> Callable[[Any], Any]:
    return lambda x: mpmath.exp(sign * abs(x)) * getattr(mpmath, name)(order, x)


def _zeta(s: Any, q: Any) -> Any:
    if s <= 1:
        raise ValueError("the sum diverges")
    return mpmath.zeta(s, q)


def slope(f: Callable[..., Any], place: int = 0) -> Callable[..., Any]:
    """The derivative of ``f`` in an argument, as a backward gives it."""
    def run(*xs: Any) -> Any:
        xs = tuple(x.detach().requires_grad_(i == place) for i, x in enumerate(xs))
        return torch.autograd.grad(f(*xs).sum(), xs[place])[0]
    return run


def _sigmoid(x: Any) -> Any:
    return 1 / (1 + mpmath.exp(-x))


def _gauss(factor: Any) -> Callable[[Any], Any]:
    return lambda x: factor * 2 / mpmath.sqrt(mpmath.pi) * mpmath.exp(-x * x)


def _density(a: Any, x: Any) -> Any:
    return mpmath.exp((a - 1) * mpmath.log(x) - x - mpmath.loggamma(a))


def _gammainc_slope(a: Any, x: Any) -> Any:
    with mpmath.workprec(2 * PRECISION):
        return mpmath.diff(lambda a: mpmath.gammainc(a, 0, x, regularized=True), a)


def _zeta_slope(s: Any, q: Any) -> Any:
    if s <= 1:
        raise ValueError("the sum diverges")
    return -s * mpmath.zeta(s + 1, q)


FUNCTIONS: dict[str, Function] = {
    # arithmetic and roots
    "neg": Function(torch.neg, lambda x: -x, odd=True),
    "abs": Function(torch.abs, abs),
    "square": Function(torch.square, lambda x: x * x),
    "reciprocal": Function(torch.reciprocal, lambda x: 1 / x),
    "sqrt": Function(torch.sqrt, mpmath.sqrt, low=0.0, odd=True),
    "rsqrt": Function(torch.rsqrt, lambda x: 1 / mpmath.sqrt(x), low=0.0),
    # exponentials and logarithms
    "exp": Function(torch.exp, mpmath.exp),
    "exp2": Function(torch.exp2, lambda x: mpmath.power(2, x)),
    "expm1": Function(torch.expm1, mpmath.expm1, odd=True),
    "log": Function(torch.log, mpmath.log, near=(1.0,), low=0.0),
    "log2": Function(torch.log2, lambda x: mpmath.log(x) / mpmath.log(2), near=(1.0,), low=0.0),
    "log10": Function(torch.log10, lambda x: mpmath.log(x) / mpmath.log(10), near=(1.0,), low=0.0),
    "log1p": Function(torch.log1p, mpmath.log1p, near=(-1.0,), low=-1.0, odd=True),
    "sigmoid": Function(torch.sigmoid, lambda x: 1 / (1 + mpmath.exp(-x))),
    "logit": Function(torch.logit, _logit, near=(0.5, 1.0), low=0.0, high=1.0),
    # trigonometric and hyperbolic functions
    "sin": Function(torch.sin, mpmath.sin, near=(math.pi, 2 * math.pi, 355.0), odd=True),
    "cos": Function(torch.cos, mpmath.cos, near=(math.pi / 2, 4.71238898038469)),
    "tan": Function(torch.tan, mpmath.tan, near=(math.pi / 2, math.pi), odd=True),
    "asin": Function(torch.asin, mpmath.asin, near=(1.0, -1.0, 0.5), low=-1.0, high=1.0, odd=True),
    "acos": Function(torch.acos, mpmath.acos, near=(1.0, -1.0, 0.5), low=-1.0, high=1.0),
    "atan": Function(torch.atan, mpmath.atan, near=(1.0,), odd=True),
    "sinh": Function(torch.sinh, mpmath.sinh, odd=True),
    "cosh": Function(torch.cosh, mpmath.cosh),
    "tanh": Function(torch.tanh, mpmath.tanh, odd=True),
    "asinh": Function(torch.asinh, mpmath.asinh, odd=True),
    "acosh": Function(torch.acosh, mpmath.acosh, near=(1.0,), low=1.0),
    "atanh": Function(torch.atanh, mpmath.atanh, near=(1.0, -1.0), low=-1.0, high=1.0, odd=True),
    "sinc": Function(torch.sinc, lambda x: mpmath.sinpi(x) / (mpmath.pi * x) if x else mpf(1),
                     near=(1.0, 2.0, 3.0)),
    "deg2rad": Function(torch.deg2rad, lambda x: x * mpmath.pi / 180, odd=True),
    "rad2deg": Function(torch.rad2deg, lambda x: x * 180 / mpmath.pi, odd=True),
    # activations
    "softplus": Function(lambda x: F.softplus(x, threshold=1e9),
                         lambda x: mpmath.log1p(mpmath.exp(x)) if x < 0 else
                         x + mpmath.log1p(mpmath.exp(-x))),
    "logsigmoid": Function(F.logsigmoid, lambda x: -mpmath.log1p(mpmath.exp(-x)) if x > 0 else
                           x - mpmath.log1p(mpmath.exp(x))),
    "silu": Function(F.silu, lambda x: x / (1 + mpmath.exp(-x)), odd=True, plus=_faint),
    "mish": Function(F.mish, _mish, odd=True, plus=_faint),
    "gelu": Function(F.gelu, lambda x: x * _ncdf(x), odd=True, back=0.25),
    "gelu_tanh": Function(lambda x: F.gelu(x, approximate="tanh"), _gelu_tanh, odd=True,
                          back=1.0),
    "elu": Function(F.elu, lambda x: x if x > 0 else mpmath.expm1(x)),
    "selu": Function(F.selu, _selu),
    "softsign": Function(F.softsign, lambda x: x / (1 + abs(x)), odd=True),
    "tanhshrink": Function(F.tanhshrink, lambda x: x - mpmath.tanh(x) if abs(x) > 1e-8 else
                           x**3 / 3 - 2 * x**5 / 15),
    "hardswish": Function(F.hardswish, lambda x: x * min(max(x + 3, 0), 6) / 6, near=(-3.0, 3.0)),
    "hardsigmoid": Function(F.hardsigmoid, lambda x: min(max(x + 3, 0), 6) / mpf(6),
                            near=(-3.0, 3.0)),
    # special functions
    "erf": Function(torch.erf, mpmath.erf, odd=True),
    "erfc": Function(torch.erfc, mpmath.erfc),
    "erfcx": Function(S.erfcx, lambda x: mpmath.exp(x * x) * mpmath.erfc(x), low=-1e4),
    "erfinv": Function(torch.erfinv, _inverse(
        lambda p: float(_special().erfinv(p)), _erf_gap,
        lambda y: 2 / mpmath.sqrt(mpmath.pi) * mpmath.exp(-y * y)),
        near=(1.0, -1.0, 0.5), low=-1.0, high=1.0, odd=True),
    "ndtr": Function(S.ndtr, _ncdf),
    "log_ndtr": Function(S.log_ndtr, _log_ncdf),
    "ndtri": Function(S.ndtri, _inverse(
        lambda p: float(_special().ndtri(p)), _ncdf_gap,
        lambda y: mpmath.exp(-y * y / 2) / mpmath.sqrt(2 * mpmath.pi)),
        near=(0.5, 1.0, 0.1353352832366127), low=0.0, high=1.0),
    "entr": Function(S.entr, lambda x: -x * mpmath.log(x) if x else mpf(0), near=(1.0,), low=0.0),
    "lgamma": Function(torch.lgamma, _lgamma, near=(1.0, 2.0, -0.5, -1.5, -2.457024738220801),
                       back=0.01),
    "digamma": Function(torch.digamma, _digamma,
                        near=(1.4616321449683623, 1.0, -0.5040830082644554), back=0.01),
    "polygamma1": Function(lambda x: torch.polygamma(1, x), _trigamma, near=(1.0, -0.5)),
    "polygamma2": Function(lambda x: torch.polygamma(2, x), _tetragamma, near=(1.0,), back=0.01),
    "i0": Function(S.i0, _bessel("besseli", 0)),
    "i0e": Function(S.i0e, _scaled("besseli", 0, -1)),
    "i1": Function(S.i1, _bessel("besseli", 1), odd=True),
    "i1e": Function(S.i1e, _scaled("besseli", 1, -1), odd=True),
    "bessel_j0": Function(S.bessel_j0, _bessel("besselj", 0),
                          near=(2.404825557695773, 30.634606468431976), back=0.01),
    "bessel_j1": Function(S.bessel_j1, _bessel("besselj", 1), odd=True,
                          near=(3.831705970207512, 32.189679910974405), back=0.01),
    "bessel_y0": Function(S.bessel_y0, _bessel("bessely", 0), low=0.0,
                          near=(0.8935769662791675, 29.06402525299084), back=0.01),
    "bessel_y1": Function(S.bessel_y1, _bessel("bessely", 1), low=0.0,
                          near=(2.197141326031017, 30.618286491641118), back=0.01),
    "modified_bessel_k0": Function(S.modified_bessel_k0, _bessel("besselk", 0), low=0.0),
    "modified_bessel_k1": Function(S.modified_bessel_k1, _bessel("besselk", 1), low=0.0),
    "scaled_modified_bessel_k0": Function(S.scaled_modified_bessel_k0, _scaled("besselk", 0, 1),
                                          low=0.0),
    "scaled_modified_bessel_k1": Function(S.scaled_modified_bessel_k1, _scaled("besselk", 1, 1),
                                          low=0.0),
    "airy_ai": Function(S.airy_ai, mpmath.airyai, low=-1e4, near=(-2.338107410459767,), back=0.01),
    "spherical_bessel_j0": Function(S.spherical_bessel_j0,
                                    lambda x: mpmath.sin(x) / x if x else mpf(1),
                                    near=(math.pi, 2 * math.pi)),
    # derivatives
    "d log1p": Function(slope(torch.log1p), lambda x: 1 / (1 + x), near=(-1.0,), low=-1.0),
    "d expm1": Function(slope(torch.expm1), mpmath.exp),
    "d softplus": Function(slope(lambda x: F.softplus(x, threshold=1e9)), _sigmoid),
    "d logsigmoid": Function(slope(F.logsigmoid), lambda x: _sigmoid(-x)),
    "d erf": Function(slope(torch.erf), _gauss(1)),
    "d erfc": Function(slope(torch.erfc), _gauss(-1)),
    "d erfinv": Function(slope(torch.erfinv), lambda p: mpmath.sqrt(mpmath.pi) / 2 * mpmath.exp(
        FUNCTIONS["erfinv"].exact(p) ** 2), near=(1.0, -1.0, 0.5), low=-1.0, high=1.0),
    "d ndtri": Function(slope(S.ndtri), lambda p: mpmath.sqrt(2 * mpmath.pi) * mpmath.exp(
        FUNCTIONS["ndtri"].exact(p) ** 2 / 2), near=(0.5, 1.0), low=0.0, high=1.0),
    "d lgamma": Function(slope(torch.lgamma), _digamma, near=(1.4616321449683623, 1.0, -0.5),
                         back=0.01),
    "d digamma": Function(slope(torch.digamma), _trigamma, near=(1.0, -0.5)),
    "d log_ndtr": Function(slope(S.log_ndtr), lambda x: mpmath.exp(-x * x / 2) / (
        mpmath.sqrt(2 * mpmath.pi) * _ncdf(x)), low=-1e4),
    "d i0": Function(slope(S.i0), _bessel("besseli", 1), odd=True),
    "d i0e": Function(slope(S.i0e), _widely(lambda x: mpmath.exp(-abs(x)) * (
        mpmath.besseli(1, x) - mpmath.sign(x) * mpmath.besseli(0, x)))),
    "d i1e": Function(slope(S.i1e), _widely(lambda x: mpmath.exp(-abs(x)) * (
        (mpmath.besseli(0, x) + mpmath.besseli(2, x)) / 2
        - mpmath.sign(x) * mpmath.besseli(1, x))), back=0.01),
    "d i1": Function(slope(S.i1), lambda x: (mpmath.besseli(0, x) + mpmath.besseli(2, x)) / 2),
    "d bessel_j0": Function(slope(S.bessel_j0), lambda x: -mpmath.besselj(1, x), back=0.01),
    "d bessel_j1": Function(slope(S.bessel_j1), lambda x: (
        mpmath.besselj(0, x) - mpmath.besselj(2, x)) / 2, near=(1.841183781340659,), back=0.01),
    "d bessel_y0": Function(slope(S.bessel_y0), lambda x: -mpmath.bessely(1, x), low=0.0,
                            back=0.01),
    "d bessel_y1": Function(slope(S.bessel_y1), lambda x: (
        mpmath.bessely(0, x) - mpmath.bessely(2, x)) / 2, low=0.0, near=(3.683022856585178,),
        back=0.01),
    "d scaled_modified_bessel_k0": Function(slope(S.scaled_modified_bessel_k0), _widely(lambda x: (
        mpmath.exp(x) * (mpmath.besselk(0, x) - mpmath.besselk(1, x)))), low=0.0),
    "d scaled_modified_bessel_k1": Function(slope(S.scaled_modified_bessel_k1), _widely(lambda x: (
        mpmath.exp(x) * (mpmath.besselk(1, x) - mpmath.besselk(0, x) - mpmath.besselk(1, x) / x))),
        low=0.0),
    "d airy_ai": Function(slope(S.airy_ai), lambda x: mpmath.airyai(x, derivative=1),
                          low=-1e4, near=(-1.0187929716474710,), back=0.01),
    "d modified_bessel_k0": Function(slope(S.modified_bessel_k0),
                                     lambda x: -mpmath.besselk(1, x), low=0.0),
    "d modified_bessel_k1": Function(slope(S.modified_bessel_k1), lambda x: -(
        mpmath.besselk(0, x) + mpmath.besselk(2, x)) / 2, low=0.0),
    # of two arguments
    "add": Function(torch.add, lambda x, y: x + y),
    "sub": Function(torch.sub, lambda x, y: x - y),
    "mul": Function(torch.mul, lambda x, y: x * y),
    "div": Function(torch.div, lambda x, y: x / y),
    "fmod": Function(torch.fmod, _fmod),
    "remainder": Function(torch.remainder, _remainder),
    "pow": Function(torch.pow, mpmath.power, low=0.0),
    "atan2": Function(torch.atan2, mpmath.atan2),
    "hypot": Function(torch.hypot, mpmath.hypot),
    "logaddexp": Function(torch.logaddexp, _log_sum(mpmath.e)),
    "log_softmax": Function(lambda x, y: torch.log_softmax(torch.stack([x, y], -1), -1)[..., 0],
                            lambda x, y: -mpmath.log1p(mpmath.exp(y - x)), back=1.0,
                            plus=lambda dtype, *args: 0.0 if dtype == "float64" else 2.0**-23),
    "logaddexp2": Function(torch.logaddexp2, _log_sum(mpf(2))),
    "xlogy": Function(torch.xlogy, _times_log(mpmath.log), near=(1.0,), low=0.0),
    "xlog1py": Function(S.xlog1py, _times_log(mpmath.log1p), low=-1.0),
    "ldexp": Function(torch.ldexp, lambda x, y: x * mpmath.power(2, y)),
    "gammainc": Function(S.gammainc, lambda a, x: mpmath.gammainc(a, 0, x, regularized=True),
                         low=0.0, high=1e3, slow=True),
    "gammaincc": Function(S.gammaincc, lambda a, x: mpmath.gammainc(a, x, regularized=True),
                          low=0.0, high=1e3, slow=True),
    "zeta": Function(S.zeta, _zeta, low=0.0, high=60.0, slow=True),
    "d logaddexp": Function(slope(torch.logaddexp), lambda x, y: _sigmoid(x - y)),
    "d gammaincc": Function(slope(S.gammaincc, 1), lambda a, x: -_density(a, x), low=0.0,
                            high=1e12),
    "d gammainc a": Function(slope(S.gammainc), _gammainc_slope, low=0.0, high=1e3, slow=True,
                             back=0.01),
    "d gammainc": Function(slope(S.gammainc, 1), _density, low=0.0, high=1e12),
    "d zeta": Function(slope(S.zeta, 1), _zeta_slope,
                       low=0.0, high=60.0, slow=True),
}
BINARY = list(FUNCTIONS)[list(FUNCTIONS).index("add"):]


# Where to look
def representable(values: Iterable[float], dtype: str) -> list[float]:
    """``values`` rounded to ``dtype``, each once, in order; those that are not finite left out."""
    with np.errstate(all="ignore"):
        rounded = torch.tensor(list(values), dtype=torch.float64).to(getattr(torch, dtype))
    return sorted({x for x in rounded.double().tolist() if math.isfinite(x)})


def neighbours(x: float, dtype: str) -> list[float]:
    """Numbers at and around ``x``: the nearest ones, and ever farther ones."""
    step = max(abs(x), 2.0**-20) * 2.0 ** (1 - DTYPES[dtype][0])
    return [x + sign * step * k for sign in (1, -1)
            for k in (0, 1, 2, 3, 17, 1021, 2.0**15, 2.0**25)]


def points(function: Function, dtype: str, dense: int) -> list[float]:
    """The arguments of a function of one variable; more of them the larger ``dense`` is."""
    bits, least, beyond = DTYPES[dtype]
    rng = np.random.default_rng(7)
    spread = np.exp2(np.linspace(least, beyond - 0.01, 3 * dense)) * rng.uniform(0.9, 1, 3 * dense)
    middle = np.exp2(rng.uniform(-8, 8, 4 * dense))
    line = rng.uniform(0, 20, 2 * dense)
    special = [0.0, 2.0**least, 2.0 ** (least + bits - 1), 2.0 ** (least + bits - 1) - 2.0**least,
               (2 - 2.0 ** (1 - bits)) * 2.0 ** (beyond - 1), 0.5, 1.0, 1.5, 2.0, 3.0, 10.0, 100.0]
    sizes = [*spread, *middle, *line, *special]
    values = [*sizes, *[-x for x in sizes],
              *[y for x in (1.0, *function.near) for y in neighbours(x, dtype)]]
    return [x for x in representable(values, dtype) if function.low <= x <= function.high]


def pairs(function: Function, dtype: str, dense: int) -> list[tuple[float, float]]:
    """The arguments of a function of two variables."""
    one = points(function, dtype, dense)
    rng = np.random.default_rng(8)
    close = [x for x in one if 2.0**-6 < abs(x) < 64]
    drawn = [(float(a), float(b)) for xs, ys, n in ((one, one, 8), (one, close, 4), (close, one, 4),
                                                   (close, close, 16))
             for a, b in zip(rng.choice(xs, n * dense), rng.choice(ys, n * dense), strict=True)]
    return sorted(set(drawn))


# What is right, and how far from it a result is
@functools.cache
def exact(name: str, *args: Any) -> Any:
    """The right result; None where there is none, or mpmath has none."""
    mp.prec = PRECISION
    try:
        found = FUNCTIONS[name].exact(*[mpf(x) for x in args])
    except Exception:   # mpmath has many
        return None
    return None if isinstance(found, mpmath.mpc) or mpmath.isnan(found) else mpf(found)


def error_in_ulp(found: float, wanted: Any, dtype: str) -> float:
    """The distance of ``found`` from ``wanted`` in units of the last place of ``wanted``."""
    mp.prec = PRECISION
    bits, _, beyond = DTYPES[dtype]
    if math.isnan(found):
        return math.inf
    top = mpf(2) ** beyond * (1 - mpf(2) ** -bits)
    if math.isinf(found) or mpmath.isinf(wanted):
        overflows = abs(wanted) >= top - mpf(2) ** (beyond - bits - 2)
        return 0.0 if math.isinf(found) and overflows and (found > 0) == (wanted > 0) else math.inf
    if abs(wanted) >= top + mpf(2) ** (beyond - bits):
        return math.inf
    return units(mpf(found) - wanted, wanted, dtype)


def units(error: Any, wanted: Any, dtype: str) -> float:
    """``error`` in units of the last place of ``wanted``."""
    bits, least, _ = DTYPES[dtype]
    exponent = mpmath.frexp(wanted)[1] - 1 if wanted else least
    return float(abs(error) * mpf(2) ** -max(exponent - bits + 1, least))


class Worst(NamedTuple):
    """The largest error of a function, and where it is."""

    error: float
    at: tuple[float, ...]


def values(name: str, dtype: str, tier: str, arguments: list[tuple[float, ...]]) -> list[float]:
    """What the function gives, as Python numbers."""
    before, config.tier = config.tier, tier
    try:
        tensors = [torch.tensor(column, dtype=torch.float64).to(getattr(torch, dtype))
                   for column in zip(*arguments, strict=True)]
        found: list[float] = FUNCTIONS[name].run(*tensors).double().tolist()
    finally:
        config.tier = before
    return found


def arguments_of(name: str, dtype: str, dense: int) -> list[tuple[float, ...]]:
    function = FUNCTIONS[name]
    if name not in BINARY:
        return [(x,) for x in points(function, dtype, dense)]
    return list(pairs(function, dtype, max(dense // 4, 2) if function.slow else dense))


def worst(name: str, dtype: str, tier: str, dense: int) -> Worst:
    """The largest error of a function in a dtype and a tier, beyond what is out of reach."""
    arguments = arguments_of(name, dtype, dense)
    found, largest = values(name, dtype, tier, arguments), Worst(0.0, ())
    for args, value in zip(arguments, found, strict=True):
        wanted = exact(name, *args)
        if wanted is None:
            continue
        error = error_in_ulp(value, wanted, dtype)
        if FUNCTIONS[name].odd and args == (0.0,) and value:
            error = math.inf
        if error > limit(name, dtype):
            error = max(error - out_of_reach(name, args, wanted, dtype), 0.0)
        if error > largest.error:
            largest = Worst(error, args)
    return largest


def out_of_reach(name: str, args: tuple[float, ...], wanted: Any, dtype: str) -> float:
    """How many units of the last place of ``wanted`` are out of reach."""
    function, (bits, least, _) = FUNCTIONS[name], DTYPES[dtype]
    allowed = units(mpf(function.plus(dtype, wanted, *args)), wanted, dtype)
    for i, x in enumerate(args if function.back else ()):
        step = mpf(2) ** max(math.frexp(x)[1] - bits, least)
        moved = [exact(name, *args[:i], x + sign * function.back * step, *args[i + 1:])
                 for sign in (1, -1)]
        allowed += max((units(m - wanted, wanted, dtype) for m in moved if m is not None),
                       default=0.0)
    return allowed


def limit(name: str, dtype: str) -> float:
    """How many units a function may be off; a derivative is made of several roundings."""
    if name.startswith("d "):
        return LIMIT["float64"]
    return 2.0 if name in EXACT and dtype in ("float64", "float32") else LIMIT[dtype]


LISTED: dict[str, str] = {
    "gelu": "a kernel of float32 can be above the limit by a tenth at single numbers below -3",
    "gelu_tanh": "below -3 the error of the argument of exp grows with it",
    "silu": "results that are subnormal are a subnormal number times x, and may be off by half as "
            "many units as x has",
    "mish": "as silu",
    "polygamma2": "near a root the error is small beside the terms, not beside the result",
    "bessel_j0": "near a root the error is small beside the largest value, not beside the result",
    "digamma": "as polygamma2", "lgamma": "as polygamma2", "airy_ai": "as bessel_j0",
    "d airy_ai": "as bessel_j0",
    "d lgamma": "as polygamma2",
    "d i1e": "as polygamma2",
    "d gammainc a": "near the mean it is a sum of terms of both signs",
    **dict.fromkeys(("bessel_j1", "bessel_y0", "bessel_y1", "d bessel_j0", "d bessel_j1",
                     "d bessel_y0", "d bessel_y1"), "as bessel_j0"),
    "log_softmax": "of large arguments the difference is rounded; in the dtypes beside float64 the "
                   "result may be off by 1.2e-7, since 1 and what is small beside it are added up "
                   "(decision 0032)",
}
"""Functions some of whose errors are out of reach, and why."""

HEAD = """# Accuracy

How far the elementwise functions are from the right result, in units of its last place: the largest
error at some hundred points all over the domain, subnormal and extreme numbers and both zeros
included, interpreted and compiled. `python -m tests.accuracy` measures it and prints this page.
The limit is {long:g} in the long dtypes ({roots:g} for arithmetic and roots) and {short:g} in the
short ones, {long:g} for derivatives (`d`, in the first argument; of `gammainc`, `gammaincc` and
`zeta` in the second, of `gammainc a` in the first); what is above it stands in **bold**.

Where a function passes through 0, or where a small error of its argument matters much, the limit
counts from the function at an argument that is a little off: those functions are listed below the
table, with how far the argument may be off in units of its last place. Special functions rely on
NumPy's `longdouble`: on a platform where it is no longer than float64, they lose digits near roots.

| function | float64 | float32 | float16 | bfloat16 |
| --- | --- | --- | --- | --- |
"""
TAIL = """
Sums, means and norms of numbers of one sign are within {long:g} units of the exact result for up to
10^7 of them, along any axes of any layout, in each tier: they are added up pairwise or in parts,
and in float64 with what rounding loses beside them. Of float32 numbers that are all equal, whose
rounding errors are equal too, they are within 16.
"""
DENSE = 16


def shown(error: float, bound: float) -> str:
    """An error in a cell of the table."""
    text = "∞" if math.isinf(error) else f"{error:.2g}" if error < 1e3 else f"{error:.0e}"
    return f"**{text}**" if error > bound else text


def reason(name: str) -> str:
    """A line of the list below the table."""
    back = FUNCTIONS[name].back
    return f"- `{name}`{f' ({back:g})' if back else ''}: {LISTED[name]}."


def page(dense: int = DENSE) -> str:
    """``docs/accuracy.md``."""
    rows, reasons = [], []
    for name in FUNCTIONS:
        cells = []
        for dtype in DTYPES:
            error = max(worst(name, dtype, tier, dense).error for tier in ("eager", "llvm"))
            cells.append(shown(error, limit(name, dtype)))
        rows.append(f"| `{name}` | {' | '.join(cells)} |")
        if name in LISTED:
            reasons.append(reason(name))
    head = HEAD.format(long=LIMIT["float64"], short=LIMIT["float16"], roots=2.0)
    return (head + "\n".join(rows) + "\n\nOut of reach:\n\n" + "\n".join(reasons) + "\n"
            + TAIL.format(long=LIMIT["float64"]))


if __name__ == "__main__":
    print(page(), end="")
