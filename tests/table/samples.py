"""One entry per primitive: arguments on which the table's promises are checked.

A :class:`Sample` is one call of a primitive. ``SAMPLES`` has those of the elementwise primitives;
the modules ``samples_*`` beside this one have those of the others, each as ``SAMPLES`` too.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from wengert.engine.dtypes import bool_, complex128, float16, float32, float64, int64

FLOATS = ("float16", "float32", "float64")
WIDE = ("float32", "float64")
INTEGERS = ("uint8", "int8", "int16", "int32", "int64")
COMPLEX = ("complex64", "complex128")


@dataclass(frozen=True)
class Sample:
    """A call of a primitive.

    ``args`` are arrays and Python numbers (weak nodes: runtime numbers); floating arrays are
    float64 and complex ones complex128. ``dtypes`` are the dtypes to which the floating or
    complex arrays are cast for the check of values and dtypes; integer and bool arrays stay as
    they are. The derivatives are compared
    with central differences in double precision if ``smooth``, those of second order if ``twice``,
    within ``tolerance``.
    """

    args: tuple[Any, ...]
    params: dict[str, Any] = field(default_factory=dict)
    dtypes: tuple[str, ...] = FLOATS
    smooth: bool = True
    twice: bool = True
    tolerance: float = 1e-6


def _rng(shape: tuple[int, ...], seed: int) -> np.random.Generator:
    return np.random.default_rng([seed, *shape])


def normal(*shape: int, seed: int = 0) -> Any:
    """Normal numbers, float64."""
    return np.asarray(_rng(shape, seed).normal(size=shape))


def uniform(low: float, high: float, *shape: int, seed: int = 0) -> Any:
    """Numbers between ``low`` and ``high``, float64."""
    return np.asarray(_rng(shape, seed).uniform(low, high, shape))


def apart(*shape: int, seed: int = 0) -> Any:
    """Numbers of both signs, no two closer than 0.1 and none closer than 0.05 to a multiple of
    0.5: away from ties and kinks."""
    n = int(np.prod(shape))
    order = _rng(shape, seed).permutation(n)
    return np.reshape(0.125 + 0.25 * (order - n // 2), shape)


def integers(low: int, high: int, *shape: int, seed: int = 0) -> Any:
    """Integers from ``low`` to ``high - 1``, int64."""
    return np.asarray(_rng(shape, seed).integers(low, high, shape))


def bools(*shape: int, seed: int = 0) -> Any:
    """Bools."""
    return np.asarray(_rng(shape, seed).integers(0, 2, shape).astype(bool))


def complexes(*shape: int, seed: int = 0) -> Any:
    """Normal complex numbers, complex128."""
    return np.asarray(normal(*shape, seed=seed) + 1j * normal(*shape, seed=seed + 1))


def strided(x: Any) -> Any:
    """``x`` with the same values and shape, in memory that is not contiguous."""
    wide = np.zeros((*x.shape, 2), x.dtype)
    wide[..., 0] = x
    return wide[..., 0]


# ---- the elementwise primitives ----

def unary(low: float, high: float, **options: Any) -> list[Sample]:
    """A function of one variable, on numbers between ``low`` and ``high``."""
    return [Sample((strided(uniform(low, high, 3, 4)),), **options),
            Sample((uniform(low, high),), **options),
            Sample((uniform(low, high, 0, 3),), **options)]


def binary(low: float, high: float, second: tuple[float, float] | None = None,
           **options: Any) -> list[Sample]:
    """A function of two variables: broadcast, 0-dim, empty, and beside Python numbers."""
    a, b = (low, high), second or (low, high)
    return [Sample((strided(uniform(*a, 3, 1)), uniform(*b, 4, seed=1)), **options),
            Sample((uniform(*a), uniform(*b, 2, 3, seed=1)), **options),
            Sample((uniform(*a), uniform(*b, seed=1)), **options),
            Sample((uniform(*a, 0, 3), uniform(*b, 3, seed=1)), **options),
            Sample((uniform(*a, 5), float(uniform(*b, seed=2))), **options),
            Sample((float(uniform(*a, seed=2)), uniform(*b, 5)), **options)]


def analytic(*counts: int) -> list[Sample]:
    """A holomorphic function of so many complex variables."""
    return [Sample(tuple(complexes(2, 3, seed=5 * i + 1) for i in range(n)), dtypes=COMPLEX)
            for n in counts]


def choice() -> list[Sample]:
    """A choice between two values that are not close."""
    return [Sample((apart(3, 4), apart(3, 4, seed=1) + 0.05)),
            Sample((apart(4, 1) + 0.05, apart(3, seed=1))), Sample((apart(5) + 0.05, 0.5)),
            Sample((apart(), apart(0, 2)))]


def whole(*args: Any, **params: Any) -> Sample:
    """Integer or bool arguments: values and dtypes alone are checked."""
    return Sample(args, params, dtypes=("",), smooth=False)


def exact(a: Any, b: Any, dtypes: tuple[str, ...], number: int = 300) -> list[Sample]:
    """Integer arguments in each of ``dtypes``, and beside a number, one that may wrap around."""
    return [Sample((a.astype(d), b.astype(d)), dtypes=("",), smooth=False) for d in dtypes] + [
        Sample((a.astype(d), number), dtypes=("",), smooth=False) for d in dtypes]


_ints = integers(1, 20, 3, 4)
_more = integers(1, 6, 4, seed=1)
_points = complexes(2, 3)
_comparison = [*(replace(sample, smooth=False) for sample in choice()),
               *exact(_ints, _more, INTEGERS), whole(bools(3), bools(3, seed=1))]
_logic = [whole(bools(3, 1), bools(4, seed=1)), Sample((apart(4), apart(4)), smooth=False),
          whole(_ints, _more)]
_test = [Sample((np.array([1.0, np.nan, np.inf, -np.inf, -0.0]),), smooth=False),
         Sample((np.array(np.nan),), smooth=False), Sample((np.zeros((0, 2)),), smooth=False)]
_bits = [*exact(_ints, _more, INTEGERS), whole(bools(3), bools(3, seed=1))]
_shifts = exact(_ints, integers(-2, 70, 4), INTEGERS, 3)
_division = [*binary(2.1, 2.9, (1.1, 1.3)), *exact(_ints, _more, INTEGERS, 5)]
_flat = [Sample((apart(3, 4) * 3,)), Sample((apart(),)), Sample((apart(0),))]

SAMPLES: dict[str, list[Sample]] = {
    "add": [*binary(-2, 2), *analytic(2), *exact(_ints, _more, INTEGERS),
            whole(bools(3), bools(3, seed=1))],
    "sub": [*binary(-2, 2), *analytic(2), *exact(_ints, _more, INTEGERS)],
    "mul": [*binary(-2, 2), *analytic(2), *exact(_ints, _more, INTEGERS)],
    "div": [*binary(-2, 2, (0.5, 2)), *analytic(2)],
    "neg": [*unary(-2, 2), *analytic(1), whole(_ints)],
    "annihilate": [*binary(-2, 2), *analytic(2)],
    "maximum": [*choice(), whole(_ints, _more)], "minimum": [*choice(), whole(_ints, _more)],
    "fmax": choice(), "fmin": choice(),
    "clamp_min": [*choice(), whole(_ints, 5)], "clamp_max": [*choice(), whole(_ints, 5)],
    "relu": [*_flat, whole(integers(-3, 3, 4))],
    "where": [Sample((bools(3, 1), normal(4), normal(3, 4, seed=1))),
              Sample((bools(3), normal(3), 2.0)), Sample((bools(3), 2.0, normal())),
              Sample((bools(2, 3), _points, complexes(seed=1)), dtypes=COMPLEX),
              whole(bools(3), integers(0, 9, 3).astype(np.uint8), -1)],
    "cast": [Sample((normal(2, 3),), {"dtype": float64}), Sample((normal(),), {"dtype": float32},
                                                                 smooth=False),
             Sample((normal(3),), {"dtype": complex128}), Sample((normal(3),), {"dtype": int64},
                                                                 smooth=False),
             Sample((_points,), {"dtype": float64}, dtypes=COMPLEX), whole(_ints, dtype=bool_),
             whole(_ints, dtype=float16)],
    **dict.fromkeys(("eq", "ne", "lt", "le", "gt", "ge"), _comparison),
    **dict.fromkeys(("logical_and", "logical_or", "logical_xor"), _logic),
    "logical_not": [whole(bools(3)), Sample((apart(3),), smooth=False)],
    **dict.fromkeys(("isnan", "isinf", "isfinite", "signbit"), _test),
    **dict.fromkeys(("bitwise_and", "bitwise_or", "bitwise_xor"), _bits),
    "bitwise_not": [whole(_ints), whole(bools(3)), whole(_ints.astype(np.uint8))],
    "left_shift": _shifts, "right_shift": _shifts,
    "sign": [*_flat, whole(integers(-3, 3, 4))],
    **dict.fromkeys(("floor", "ceil", "trunc", "round"), _flat),
    **dict.fromkeys(("floor_divide", "trunc_divide", "remainder", "fmod"), _division),
    "abs": [*_flat, whole(integers(-3, 3, 4))],
    "copysign": [Sample((apart(3, 4), apart(4, seed=1))), Sample((apart(3), -1.0))],
    "mantissa": unary(1.1, 1.9), "exponent": [Sample((apart(3, 4),), smooth=False)],
    "heaviside": [Sample((apart(3, 4), apart(4, seed=1))), whole(_ints - 5, 3)],
    "nextafter": [Sample((apart(3, 4), apart(4, seed=1)), dtypes=WIDE, smooth=False)],
    "square": [*unary(-2, 2), *analytic(1), whole(_ints)],
    "cube": [*unary(-2, 2), *analytic(1), whole(_ints)],
    "sqrt": [*unary(0.5, 2), *analytic(1)], "reciprocal": [*unary(0.5, 2), *analytic(1)],
    "pow": [*binary(0.5, 2, (-2, 2)), *analytic(2), *exact(_ints, integers(0, 3, 4), ("int64",)),
            whole(_ints, integers(-3, 3, 4)), whole(_ints, 3)],
    "exp": [*unary(-2, 2), *analytic(1)], "exp2": unary(-2, 2),
    "expm1": [*unary(-2, 2), *analytic(1)], "log": [*unary(0.5, 2), *analytic(1)],
    "log2": [*unary(0.5, 2), *analytic(1)], "log10": [*unary(0.5, 2), *analytic(1)],
    "log1p": [*unary(-0.5, 2), *analytic(1)], "sigmoid": [*unary(-4, 4), *analytic(1)],
    "logaddexp": binary(-2, 2),
    "sin": [*unary(-2, 2), *analytic(1)], "cos": [*unary(-2, 2), *analytic(1)],
    "tan": [*unary(-1, 1), *analytic(1)], "asin": [*unary(-0.8, 0.8), *analytic(1)],
    "acos": [*unary(-0.8, 0.8), *analytic(1)], "atan": [*unary(-2, 2), *analytic(1)],
    "sinh": [*unary(-2, 2), *analytic(1)], "cosh": [*unary(-2, 2), *analytic(1)],
    "tanh": [*unary(-2, 2), *analytic(1)], "asinh": [*unary(-2, 2), *analytic(1)],
    "acosh": [*unary(1.5, 3), *analytic(1)], "atanh": [*unary(-0.8, 0.8), *analytic(1)],
    "atan2": binary(0.5, 2), "hypot": binary(0.5, 2),
    "erf": unary(-2, 2), "erfc": unary(-2, 2), "erfinv": unary(-0.8, 0.8),
    "erfinv_slope": unary(-0.8, 0.8), "gauss": unary(-2, 2), "bell": unary(-2, 2),
    "share": binary(-2, 2),
    "lgamma": unary(0.5, 3),
    "polygamma": [Sample((0, uniform(0.5, 3, 2, 3))), Sample((2, uniform(0.5, 3)))],
    "polynomial": [Sample((uniform(-1.5, 1.5, 2, 3), np.full(3, degree)),
                          {"family": family, "order": order}) for family, degree, order in (
                              ("chebyshev_t", 4.5, 0), ("legendre_p", 5.5, 1),
                              ("hermite_h", 3.5, 2), ("laguerre_l", 0.5, 0))],
    "airy_ai": unary(-2, 2), "airy_ai_slope": unary(-2, 2),
    "xlogy": binary(0.5, 2), "xlog1py": binary(0.5, 2), "logaddexp2": binary(-2, 2),
    "logit": unary(0.1, 0.9), "sin_over": unary(0.2, 2), "tanhshrink": unary(-2, 2),
    "ndtr": unary(-2, 2), "sinc": [*unary(0.2, 2), *analytic(1)],
    "conj": [*unary(-2, 2), *analytic(1)], "real": [*unary(-2, 2), *analytic(1)],
    "imag": analytic(1), "sgn": analytic(1), "modulus": analytic(1), "angle": analytic(1),
    "complex": [Sample((normal(3, 1), normal(4)), dtypes=WIDE), Sample((normal(), normal(seed=1)),
                                                                      dtypes=WIDE)],
    "reinterpret": [Sample((integers(0, 99, 2, 3),), {"dtype": float64}, smooth=False),
                    Sample((integers(0, 99),), {"dtype": float64}, smooth=False),
                    Sample((integers(0, 99, 2, 3),), {"dtype": float32}, smooth=False)],
    "fft": [Sample((complexes(3, 4),), {"axis": 1, "inverse": False}, dtypes=COMPLEX),
            Sample((complexes(3, 2, seed=3),), {"axis": 0, "inverse": True}, dtypes=COMPLEX),
            Sample((strided(complexes(5)),), {"axis": 0, "inverse": False}, dtypes=COMPLEX)],
    "covered": unary(1, 2),
    "as_real": [*analytic(1), Sample((strided(_points).T,), dtypes=COMPLEX),
                Sample((complexes(),), dtypes=COMPLEX)],
    "as_complex": [Sample((normal(3, 2),), dtypes=WIDE), Sample((normal(2),), dtypes=WIDE),
                   Sample((strided(normal(3, 2)),), dtypes=WIDE)],
}
