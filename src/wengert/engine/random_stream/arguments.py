"""Check the arguments of a draw, with the errors of the reference, and know its dtypes.

:func:`support` is the check of a dtype; each other function is that of one distribution.
"""

from __future__ import annotations

import functools
import math
import warnings
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from .arithmetic import FEW, Array, cast


class _Facts(NamedTuple):
    """What the kernels and their errors need to know of a dtype."""

    name: str
    label: str  # in an error about support
    c_name: str  # in an error about bounds
    digits: int = 0  # bits of the significand, of a floating dtype
    largest: float = 0.0  # finite number, of a floating dtype


_FACTS = {
    facts.name: facts
    for facts in (
        _Facts("bool", "Bool", "bool"),
        _Facts("uint8", "Byte", "unsigned char"),
        _Facts("int8", "Char", "signed char"),
        _Facts("int16", "Short", "short int"),
        _Facts("int32", "Int", "int"),
        _Facts("int64", "Long", "long int"),
        _Facts("uint16", "UInt16", "short unsigned int"),
        _Facts("uint32", "UInt32", "unsigned int"),
        _Facts("uint64", "UInt64", "long unsigned int"),
        _Facts("float16", "Half", "c10::Half", 11, 65504.0),
        _Facts("bfloat16", "BFloat16", "c10::BFloat16", 8, 255 * 2.0**120),
        _Facts("float32", "Float", "float", 24, float(np.finfo(np.float32).max)),
        _Facts("float64", "Double", "double", 53, float(np.finfo(np.float64).max)),
        _Facts("complex64", "ComplexFloat", "c10::complex<float>"),
        _Facts("complex128", "ComplexDouble", "c10::complex<double>"),
    )
}


@functools.cache
def facts_of(dtype: np.dtype[Any]) -> _Facts:
    return _FACTS.get(dtype.name, _Facts(dtype.name, dtype.name, dtype.name))


FLOATS = ("float16", "bfloat16", "float32", "float64")
ARITHMETIC = ("uint8", "int8", "int16", "int32", "int64", *FLOATS)
ALL = ("bool", *ARITHMETIC)


def support(dtype: np.dtype[Any], kernel: str, names: Sequence[str]) -> np.dtype[Any]:
    """`dtype`, if it is one of `names`."""
    facts = facts_of(dtype)
    if facts.name not in names:
        raise NotImplementedError(f"\"{kernel}\" not implemented for '{facts.label}'")
    return dtype


def continuous(
    dtype: np.dtype[Any], distribution: str, kernel: str, *, readable: bool
) -> np.dtype[Any]:
    facts = facts_of(dtype)
    if not facts.digits:
        raise RuntimeError(
            f"{distribution} distribution is a continuous probability distribution. dtype must be "
            f"a floating point but you specified {facts.label if readable else facts.c_name}"
        )
    return support(dtype, kernel, FLOATS)


def check_uniform(dtype: np.dtype[Any], low: float, high: float) -> None:
    _, label, c_name, _, largest = facts_of(dtype)
    for value, which in ((low, "from"), (high, "to")):
        if not -largest <= value <= largest:
            raise RuntimeError(f"{which} is out of bounds for {c_name}")
    if not low <= high:
        raise RuntimeError(
            f"uniform_ expects to return a [from, to) range, but found from={low:g} > to={high:g}"
        )
    if high - low > largest:
        raise RuntimeError(
            f"uniform_ expects to-from <= std::numeric_limits<{label}>::max(), but found "
            f"to={high:g} and from={low:g} which result in to-from to exceed the limit"
        )


def integer_bounds(dtype: np.dtype[Any], low: int, high: int | None) -> tuple[int, int]:
    """(low, high) such that [low, high) stays so when its integers are rounded to `dtype`."""
    digits = facts_of(dtype).digits
    for value in (low, high or 0):
        if not -(2**63) <= value < 2**63:
            raise ValueError("Overflow when unpacking long long")
    if high is None:
        low, high = _bounds_from(dtype, low, digits)
    elif not low < high:
        raise RuntimeError(
            f"random_ expects 'from' to be less than 'to', but got from={low} >= to={high}"
        )
    elif digits:
        low, high = _round_up(low, dtype, digits), _round_down(high, dtype, digits)
        if not low < high:
            raise RuntimeError(
                "random_ expects 'from' casted to dtype to be less than 'to' casted to dtype, but "
                f"got from={low} >= to={high}"
            )
    _check_bounds(dtype, low, high - 1)
    return low, high


def _bounds_from(dtype: np.dtype[Any], low: int, digits: int) -> tuple[int, int]:
    if not digits:
        return low, 2 if dtype.kind == "b" else int(np.iinfo(dtype).max) + 1
    low, last = _round_up(low, dtype, digits), 2**digits
    if not low < last:
        raise RuntimeError(
            "random_ expects 'from' casted to dtype to be less than or equal to 'to_inc' casted "
            f"to dtype, but got from={low} > to_inc={last}"
        )
    return low, last + 1


def _check_bounds(dtype: np.dtype[Any], first: int, last: int) -> None:
    _, _, c_name, digits, largest = facts_of(dtype)
    limits: tuple[float, float]
    if digits:
        limits = (-largest, largest)
    elif dtype.kind == "b":
        limits = (0, 1)
    else:
        info = np.iinfo(dtype)
        limits = (int(info.min), min(int(info.max), 2**63 - 1))
    for value, which in ((first, "from"), (last, "to - 1")):
        if not limits[0] <= value <= limits[1]:
            raise RuntimeError(f"{which} is out of bounds for {c_name}")
        if digits and abs(value) > 2**digits:
            warnings.warn(
                f"{which} is out of bounds [-(2^{digits}), 2^{digits}]. Due to precision "
                f"limitations {c_name} can support discrete uniform distribution only within this "
                "range. This warning will become an error in version 1.7 release, please fix the "
                "code in advance",
                stacklevel=5,
            )


def _rounded(value: int, dtype: np.dtype[Any]) -> int:
    """`value` by way of `dtype`, where what leaves 64 bits wraps to the least integer."""
    with np.errstate(over="ignore"):
        number = float(cast(np.array(value, np.float64), dtype))
    return int(number) if abs(number) < 2**63 else -(2**63)


def _round_up(low: int, dtype: np.dtype[Any], digits: int) -> int:
    rounded = _rounded(low + 1, dtype)
    if rounded < low:
        low = rounded + (1 << max(abs(low + 1).bit_length() - digits, 0))
    return low


def _round_down(high: int, dtype: np.dtype[Any], digits: int) -> int:
    rounded = _rounded(high - 1, dtype)
    if rounded >= high:
        high = rounded - (1 << max(abs(high - 1).bit_length() - digits, 0))
    return high


def check_permutation(n: int, dtype: np.dtype[Any]) -> None:
    if n < 0:
        raise RuntimeError(f"Trying to create tensor with negative dimension {n}: [{n}]")
    name, label, _, digits, _ = facts_of(dtype)
    if dtype.kind in "iu" and n > np.iinfo(dtype).max:
        raise RuntimeError(
            f"value cannot be converted to type {name}_t without overflow"
        )
    support(dtype, "randperm", ARITHMETIC)
    if digits in (11, 24, 53) and n > 2**digits + 1:
        limit = "2049" if digits == 11 else f"2^{digits}+1"
        raise RuntimeError(f"n cannot be greater than {limit} for {label} type.")


def check_multinomial(weights: Array, num_samples: int, replacement: bool) -> None:
    facts = facts_of(weights.dtype)
    if weights.ndim not in (1, 2):
        raise RuntimeError("prob_dist must be 1 or 2 dim")
    if not facts.digits:
        raise RuntimeError(
            f"multinomial only supports floating-point dtypes for input, got: {facts.label}"
        )
    if num_samples <= 0:
        raise RuntimeError("cannot sample n_sample <= 0 samples")
    categories = weights.shape[-1]
    if not replacement and num_samples > categories:
        raise RuntimeError(
            "cannot sample n_sample > prob_dist.size(-1) samples without replacement"
        )
    if categories > 2**24:
        raise RuntimeError("number of categories cannot exceed 2^24")


def check_weights(weights: Array) -> None:
    if weights.ndim == 1 and weights.size <= FEW:   # a look at each is quicker than NumPy's
        numbers = weights.tolist()
        legal, empty = all(0 <= x < math.inf for x in numbers), not any(numbers)
    else:
        legal = bool(((weights >= 0) & (weights < np.inf)).all())
        empty = legal and bool((weights.sum(axis=-1) == 0).any())
    if not legal:
        raise RuntimeError("probability tensor contains either `inf`, `nan` or element < 0")
    if empty:
        raise RuntimeError("invalid multinomial distribution (sum of probabilities <= 0)")


def check_categories(row: Array) -> None:
    if not (row >= 0).all():
        raise RuntimeError(
            "invalid multinomial distribution (encountering probability entry < 0)")
    if not np.isfinite(row).all():
        raise RuntimeError("invalid multinomial distribution (encountering probability entry = "
                           "infinity or NaN)")
