"""Comparison, logic, bits, and choosing between values."""

from __future__ import annotations

import math
from collections.abc import Callable

from ..engine.dtypes import FLOAT, INT, bool_, uint8
from ..engine.graph import Node, lift
from ..engine.ops import bits, rounding
from ..engine.ops import complex_numbers as cx
from ..engine.ops import elementwise as el
from ..engine.ops.structural import full
from ..engine.recording.operation import (
    Composition,
    Operation,
    as_dtype,
    common_dtype,
    operation,
    promoted,
)
from .arithmetic import not_implemented

Function = Callable[[Node, Node], Node]
Binary = Composition[[Node, Node], Node]


def _comparison(name: str, f: Function, doc: str, *, on_complex: bool = False) -> Binary:
    """A function that compares two arguments."""
    def lower(input: Node, other: Node) -> Node:
        a, b = promoted(input, other)
        if a.dtype.is_complex and not on_complex:
            raise not_implemented(f"{name}_cpu", a)
        return f(a, b)
    return _entered(name, lower, doc)


def _logical(name: str, f: Function, doc: str) -> Binary:
    """A function of two truth values; what is not 0 is true."""
    def lower(input: Node, other: Node) -> Node:
        return f(input, other)
    return _entered(name, lower, doc)


def _bitwise(name: str, f: Function, kernel: str, doc: str, *, on_bool: bool = True) -> Binary:
    """A function of the bits of two integers."""
    def lower(input: Node, other: Node) -> Node:
        a, b = promoted(input, other)
        dtype = common_dtype(a, b)
        if dtype.category > INT or (dtype is bool_ and not on_bool):
            raise not_implemented(kernel, b if a.weak else a)
        return f(a, b)
    return _entered(name, lower, doc)


def _entered(name: str, lower: Function, doc: str) -> Binary:
    lower.__name__ = lower.__qualname__ = name
    lower.__doc__ = doc
    return operation(inplace=True)(lower)


eq = _comparison("eq", el.eq, "``input == other``, a bool per element.", on_complex=True)
ne = _comparison("ne", el.ne, "``input != other``, a bool per element.", on_complex=True)
lt = _comparison("lt", el.lt, "``input < other``, a bool per element.")
le = _comparison("le", el.le, "``input <= other``, a bool per element.")
gt = _comparison("gt", el.gt, "``input > other``, a bool per element.")
ge = _comparison("ge", el.ge, "``input >= other``, a bool per element.")
logical_and = _logical("logical_and", el.logical_and, "Whether both are not 0.")
logical_or = _logical("logical_or", el.logical_or, "Whether one at least is not 0.")
logical_xor = _logical("logical_xor", el.logical_xor, "Whether just one is not 0.")
bitwise_and = _bitwise("bitwise_and", bits.bitwise_and, "bitwise_and_cpu",
                       "``input & other`` of integers or bools.")
bitwise_or = _bitwise("bitwise_or", bits.bitwise_or, "bitwise_or_cpu",
                      "``input | other`` of integers or bools.")
bitwise_xor = _bitwise("bitwise_xor", bits.bitwise_xor, "bitwise_xor_cpu",
                       "``input ^ other`` of integers or bools.")
bitwise_left_shift = _bitwise("bitwise_left_shift", bits.left_shift, "lshift_cpu",
                              "``input << other`` of integers.", on_bool=False)
bitwise_right_shift = _bitwise("bitwise_right_shift", bits.right_shift, "rshift_cpu",
                               "``input >> other`` of integers.", on_bool=False)


@operation(inplace=True)
def logical_not(input: Node) -> Node:
    """Whether it is 0, a bool per element."""
    return el.logical_not(input)


@operation(inplace=True)
def bitwise_not(input: Node) -> Node:
    """``~input`` of integers or bools."""
    if input.dtype.category > INT:
        raise not_implemented("bitwise_not_cpu", input)
    return bits.bitwise_not(input)


@operation()
def isnan(input: Node) -> Node:
    """Whether it is NaN, or a part of it is."""
    return el.isnan(input)


@operation()
def isinf(input: Node) -> Node:
    """Whether it is infinite, or a part of it is."""
    return el.isinf(input)


@operation()
def isfinite(input: Node) -> Node:
    """Whether it is neither infinite nor NaN."""
    return el.isfinite(input)


@operation()
def isposinf(input: Node) -> Node:
    """Whether it is positive infinity."""
    return _is_infinity(input, "isposinf", math.inf)


@operation()
def isneginf(input: Node) -> Node:
    """Whether it is negative infinity."""
    return _is_infinity(input, "isneginf", -math.inf)


def _is_infinity(input: Node, name: str, infinity: float) -> Node:
    if input.dtype.is_complex:
        raise RuntimeError(f"{name} does not support complex inputs.")
    return el.eq(input, lift(infinity)) if input.dtype.category == FLOAT else _all(False, input)


def _all(value: bool, like: Node) -> Node:
    return full(lift(value), shape=like.shape, dtype=bool_)


@operation()
def signbit(input: Node) -> Node:
    """Whether the sign bit is set, that of -0.0 included."""
    if input.dtype.is_complex:
        raise NotImplementedError("signbit is not implemented for complex tensors.")
    if input.dtype is bool_:
        return _all(False, input)
    return el.signbit(input) if input.dtype.category == FLOAT else el.lt(input, lift(0))


@operation()
def isreal(input: Node) -> Node:
    """Whether the imaginary part is 0."""
    if not input.dtype.is_complex:
        return _all(True, input)
    return el.eq(cx.imag(input), lift(0))


@operation()
def isclose(input: Node, other: Node, rtol: float = 1e-05, atol: float = 1e-08,
            equal_nan: bool = False) -> Node:
    """Whether ``abs(input - other) <= atol + rtol * abs(other)``, or both are the same."""
    if input.dtype is not other.dtype:
        raise RuntimeError(f"{input.dtype.legacy_name} did not match {other.dtype.legacy_name}")
    if rtol < 0 or atol < 0:
        name, value = ("rtol", rtol) if rtol < 0 else ("atol", atol)
        raise RuntimeError(f"{name} must be greater than or equal to zero, but got {value}")
    same = el.eq(input, other)
    if equal_nan and input.dtype.category >= FLOAT:
        same = el.logical_or(same, el.logical_and(el.isnan(input), el.isnan(other)))
    if rtol == 0 and atol == 0:
        return same
    a, b = promoted(input, other, to_float=True)
    distance, size = _size(el.sub(a, b)), _size(b)
    within = el.le(distance, el.add(lift(atol), el.mul(lift(rtol), size)))
    return el.logical_or(same, el.logical_and(el.isfinite(distance), within))


def _size(x: Node) -> Node:
    return cx.modulus(x) if x.dtype.is_complex else el.abs_(x)


# Choosing
@operation("WhereBackward0", methods=())
def where(condition: Node, input: Node, other: Node) -> Node:
    """``input`` where ``condition`` (bool) holds and ``other`` elsewhere, with broadcasting."""
    if condition.dtype not in (bool_, uint8):
        raise RuntimeError("where expected condition to be a boolean tensor, but got a tensor with "
                           f"dtype {condition.dtype.legacy_name}")
    return el.where(as_dtype(condition, bool_), *promoted(input, other))


@operation("WhereBackward0", methods=("where",))
def where_else(input: Node, condition: Node, other: Node) -> Node:
    """``where(condition, input, other)``, as a method of ``input``."""
    return where(condition, input, other)


@operation("MaskedFillBackward0", inplace=True)
def masked_fill(input: Node, mask: Node, value: Node) -> Node:
    """``input`` with ``value``, a number or a 0-dim tensor, where ``mask`` (bool) holds."""
    if mask.dtype is not bool_:
        raise RuntimeError("masked_fill_ only supports boolean masks, but got mask with dtype "
                           f"{mask.dtype.name}")
    if value.shape:
        raise RuntimeError("masked_fill_ only supports a 0-dimensional value tensor, but got "
                           f"tensor with {value.ndim} dimension(s).")
    if value.dtype.is_complex and not input.dtype.is_complex:
        raise RuntimeError(f"value cannot be converted to type {input.dtype.name} without "
                           "overflow")
    if value.weak and value.dtype.category <= input.dtype.category:
        return el.where(mask, value, input)
    return el.where(mask, el.cast(value, dtype=input.dtype), input)


def _ordered(name: str, *args: Node) -> tuple[Node, ...]:
    """The arguments in their common dtype, which has an order."""
    found = promoted(*args)
    if found[0].dtype.is_complex:
        raise RuntimeError(f"{name} not implemented for complex tensors.")
    return found


@operation("MaximumBackward0")
def maximum(input: Node, other: Node) -> Node:
    """The larger of two; NaN if one is. In a tie each receives half of the gradient."""
    return el.maximum(*_ordered("maximum", input, other))


@operation("MinimumBackward0")
def minimum(input: Node, other: Node) -> Node:
    """The smaller of two; NaN if one is. In a tie each receives half of the gradient."""
    return el.minimum(*_ordered("minimum", input, other))


@operation("FmaxBackward0")
def fmax(input: Node, other: Node) -> Node:
    """The larger of two; NaN only if both are. In a tie the first receives the gradient."""
    return rounding.fmax(*_ordered("fmax", input, other))


@operation("FminBackward0")
def fmin(input: Node, other: Node) -> Node:
    """The smaller of two; NaN only if both are. In a tie the first receives the gradient."""
    return rounding.fmin(*_ordered("fmin", input, other))


@operation("ClampBackward1", inplace=True)
def clamp(input: Node, min: Node | None = None, max: Node | None = None) -> Node:
    """``input`` raised to ``min``, then lowered to ``max``: numbers or tensors.

    The gradient of ``input`` passes where ``min <= input <= max``.
    """
    if min is None and max is None:
        raise RuntimeError("torch.clamp: At least one of 'min' or 'max' must not be None")
    x, *bounds = promoted(input, *(bound for bound in (min, max) if bound is not None))
    if x.dtype.is_complex:
        raise NotImplementedError("clamp is not supported for complex types")
    if x.dtype is bool_ and bounds[0].weak:
        raise not_implemented("clamp_scalar_cpu", x)
    if min is not None:
        x = el.clamp_min(x, bounds[0])
    return x if max is None else el.clamp_max(x, bounds[-1])


@operation("ClampMinBackward0", inplace=True)
def clamp_min(input: Node, min: Node) -> Node:
    """``input`` raised to ``min``, a number or a tensor."""
    return clamp(input, min=min)


@operation("ClampMaxBackward0", inplace=True)
def clamp_max(input: Node, max: Node) -> Node:
    """``input`` lowered to ``max``, a number or a tensor."""
    return clamp(input, max=max)


ALIASES: dict[str, Operation] = {
    "not_equal": ne, "less": lt, "less_equal": le, "greater": gt, "greater_equal": ge,
    "clip": clamp,
}
