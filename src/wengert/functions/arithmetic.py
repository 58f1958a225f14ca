"""Arithmetic, with PyTorch's promotion and its errors."""

from __future__ import annotations

from collections.abc import Callable

from ..engine.dtypes import FLOAT, INT, bfloat16, bool_, complex128, float16, float32, float64
from ..engine.graph import Call, Node, lift
from ..engine.ops import elementwise as el
from ..engine.ops import rounding
from ..engine.recording.operation import (
    Number,
    Operation,
    Structural,
    common_dtype,
    in_pieces,
    operation,
    promoted,
    single,
)


def not_implemented(kernel: str, *args: Node) -> NotImplementedError:
    """PyTorch's error for a dtype that an operation does not take."""
    return NotImplementedError(
        f"\"{kernel}\" not implemented for '{args[0].dtype.legacy_name}'")


def ordered(kernel: str, *args: Node) -> None:
    """Raise for bool and complex arguments: there is no such division."""
    if args[0].dtype.is_complex or args[0].dtype is bool_:
        raise not_implemented(kernel, *args)


def _scaled(a: Node, b: Node, alpha: Node | None) -> Node:
    """``alpha * b``, after PyTorch's checks of ``alpha`` beside the operands' dtype."""
    if alpha is None:
        return b
    if a.weak:
        a = b
    kind = a.dtype.category
    if alpha.dtype is bool_ and a.dtype is not bool_:
        raise RuntimeError("Boolean alpha only supported for Boolean results.")
    if kind <= INT and alpha.dtype.category >= FLOAT:
        raise RuntimeError("For integral input tensors, argument alpha must not be a floating "
                           "point number.")
    if alpha.dtype.is_complex and not a.dtype.is_complex:
        raise RuntimeError("For non-complex input tensors, argument alpha must not be a complex "
                           "number.")
    return el.mul(b, el.cast(alpha, dtype=a.dtype) if a.dtype is bool_ else alpha)


def in_kind(number: Node, like: Node) -> Node:
    """A Python number as integers take it: without its fraction."""
    whole = like.dtype.category <= INT < number.dtype.category
    return el.cast(number, dtype=like.dtype) if whole else number


@operation("AddBackward0", inplace=True)
def add(input: Node, other: Node, *, alpha: Number = None) -> Node:
    """``input + alpha * other``, elementwise with broadcasting."""
    a, b = promoted(input, other)
    return el.add(a, _scaled(a, b, alpha))


def not_bool(*args: Node) -> None:
    bools = sum(arg.dtype is bool_ for arg in args)
    if bools == 2:
        raise RuntimeError(
            "Subtraction, the `-` operator, with two bool tensors is not supported. Use the `^` or "
            "`logical_xor()` operator instead.")
    if bools:
        raise RuntimeError(
            "Subtraction, the `-` operator, with a bool tensor is not supported. If you are trying "
            "to invert a mask, use the `~` or `logical_not()` operator instead.")


@operation("SubBackward0", inplace=True)
def sub(input: Node, other: Node, *, alpha: Number = None) -> Node:
    """``input - alpha * other``, elementwise with broadcasting."""
    not_bool(input, other)
    a, b = promoted(input, other)
    return el.sub(a, _scaled(a, b, alpha))


@operation("RsubBackward1", methods=())
def rsub(input: Node, other: Node, *, alpha: Number = None) -> Node:
    """``other - alpha * input``, elementwise with broadcasting."""
    out = sub(other, input, alpha=alpha)
    if not other.weak:
        out.call = Call("RsubBackward0", (other, input))
    return out


def halves(f: Callable[..., Node], a: Node, *others: Node) -> Node:
    """``f`` of promoted arguments; of half precision in float32, rounded once."""
    if a.dtype is not float16 and a.dtype is not bfloat16:
        return f(a, *others)
    return el.cast(f(*map(single, (a, *others))), dtype=a.dtype)


def beside(f: Callable[[Node, Node], Node], input: Node, other: Node, **kind: bool) -> Node:
    """``f`` of the two, promoted. What has half precision, beside a wider tensor without
    dimensions, is computed in float32, as in PyTorch."""
    a, b = promoted(input, other, **kind)
    if (a.dtype is float16 or a.dtype is bfloat16) and not (other.weak or other.shape) and (
            other.dtype is not a.dtype and not a.weak):
        return halves(f, a, el.cast(other, dtype=float32))
    return f(a, b)


@operation("MulBackward0", inplace=True)
def mul(input: Node, other: Node) -> Node:
    """``input * other``, elementwise with broadcasting."""
    return beside(el.mul, input, other)


@operation("DivBackward0", inplace=True)
def div(input: Node, other: Node, *, rounding_mode: str | None = None) -> Node:
    """``input / other``, elementwise with broadcasting; integers divide to floats.

    ``rounding_mode`` is None, ``"trunc"`` or ``"floor"``; with it, integers divide to integers.
    """
    if rounding_mode is None:
        return beside(el.div, input, other, to_float=True)
    if rounding_mode not in ("trunc", "floor"):
        raise RuntimeError(
            "div expected rounding_mode to be one of None, 'trunc', or 'floor' but found "
            f"'{rounding_mode}'")
    a, b = promoted(input, other)
    ordered(f"div_{rounding_mode}_cpu", b if a.weak else a)
    whole = rounding.floor_divide if rounding_mode == "floor" else rounding.trunc_divide
    return halves(whole, a, b) if b.weak else beside(whole, input, other)


@operation("DivBackward0", inplace=True)
def true_divide(input: Node, other: Node) -> Node:
    """``input / other``, elementwise with broadcasting."""
    return div(input, other)


@operation("DivBackward0", inplace=True)
def floor_divide(input: Node, other: Node) -> Node:
    """``floor(input / other)``, elementwise with broadcasting; its derivative is 0."""
    return div(input, other, rounding_mode="floor")


@operation("RemainderBackward0", inplace=True)
def remainder(input: Node, other: Node) -> Node:
    """``input - other * floor(input / other)``: the remainder with the sign of ``other``."""
    a, b = promoted(input, other)
    ordered("remainder_cpu", b if a.weak else a)
    return rounding.remainder(a, b)


@operation("FmodBackward0", inplace=True)
def fmod(input: Node, other: Node) -> Node:
    """``input - other * trunc(input / other)``: the remainder with the sign of ``input``."""
    a, b = promoted(input, other)
    ordered("fmod_cpu", b if a.weak else a)
    return rounding.fmod(a, b)


@operation("PowBackward0", inplace=True)
def pow(input: Node, exponent: Structural) -> Node:
    """``input ** exponent``, elementwise with broadcasting; ``0 ** 0`` is 1."""
    x, n = promoted(input, exponent)
    if common_dtype(x, n) is bool_:
        if isinstance(exponent, Node):
            raise not_implemented("pow", x)
        return el.logical_or(x, lift(not exponent))
    if isinstance(exponent, Node):
        out = el.pow_(x, n)
        name = "PowBackward2" if input.weak else "PowBackward1"
        out.call = Call(name, tuple(arg for arg in (input, exponent) if not arg.weak))
        return out
    return _fixed_power(x, exponent)


def _fixed_power(x: Node, exponent: complex) -> Node:
    """The power to a number that the program's structure may depend on."""
    is_integer = x.dtype.category <= INT
    if is_integer and isinstance(exponent, int) and exponent < 0:
        raise RuntimeError("Integers to negative integer powers are not allowed.")
    if exponent == 1:
        power: Node = in_pieces(el.mul(x, lift(1)), [x])
        return power
    if exponent == 2:
        return el.square(x)
    if exponent == 3:
        return el.cube(x)
    if exponent == 0.5:
        return el.sqrt(x)
    if exponent == -1:
        return el.reciprocal(x)
    if exponent == -2:
        return el.reciprocal(el.square(x))
    if exponent == -0.5:
        return el.reciprocal(el.sqrt(x))
    return el.pow_(x, lift(exponent))


@operation("PowBackward0", inplace=True)
def float_power(input: Node, exponent: Structural) -> Node:
    """``input ** exponent`` in float64, or complex128 if one of them is complex."""
    n = lift(exponent)
    dtype = complex128 if input.dtype.is_complex or n.dtype.is_complex else float64
    x = el.cast(input, dtype=dtype)
    if not isinstance(exponent, Node):
        return _fixed_power(x, exponent)
    return el.pow_(x, n if n.weak else el.cast(n, dtype=dtype))


@operation("PowBackward0", inplace=True)
def square(input: Node) -> Node:
    """``input ** 2``, elementwise."""
    return pow(input, 2)


@operation("NegBackward0", inplace=True)
def neg(input: Node) -> Node:
    """``-input``, elementwise."""
    if input.dtype is bool_:
        raise RuntimeError(
            "Negation, the `-` operator, on a bool tensor is not supported. If you are trying to "
            "invert a mask, use the `~` or `logical_not()` operator instead.")
    return el.neg(input)


@operation()
def positive(input: Node) -> Node:
    """``input`` itself."""
    if input.dtype is bool_:
        raise RuntimeError("The `+` operator, on a bool tensor is not supported.")
    return input


@operation("LerpBackward0", inplace=True)
def lerp(input: Node, end: Node, weight: Node) -> Node:
    """``input + weight * (end - input)``, exact at the weights 0 and 1."""
    scalar = not (weight.weak or weight.shape or weight.dtype.is_complex)
    for name, other in (("end", end), ("weight", weight)):
        if not other.weak and other.dtype is not input.dtype and not (scalar and other is weight):
            raise RuntimeError(f"expected dtype {input.dtype.name} for `{name}` but got dtype "
                               f"{other.dtype.name}")
    if input.dtype.category <= INT:
        raise not_implemented("lerp_kernel_scalar" if weight.weak else "lerp_kernel_tensor", input)
    if weight.dtype.is_complex:
        return el.add(input, el.mul(weight, el.sub(end, input)))
    if scalar:
        weight = el.cast(weight, dtype=input.dtype)
    return halves(_lerp, input, end, weight)


def _lerp(input: Node, end: Node, weight: Node) -> Node:
    near_end = el.ge(el.abs_(weight), lift(0.5))
    if weight.weak:
        step = weight - el.where(near_end, lift(1.0), lift(0.0))
    else:
        step = weight - el.mask(near_end, weight)
    return el.add(el.where(near_end, end, input), el.mul(step, el.sub(end, input)))


@operation("AddcmulBackward0", inplace=True)
def addcmul(input: Node, tensor1: Node, tensor2: Node, *, value: Number = None) -> Node:
    """``input + value * tensor1 * tensor2``, elementwise with broadcasting."""
    def lower(x: Node, a: Node, b: Node) -> Node:
        product = el.mul(a, b)
        return el.add(x, product if value is None else el.mul(product, in_kind(value, x)))
    return halves(lower, *promoted(input, tensor1, tensor2))


@operation("AddcdivBackward0", inplace=True)
def addcdiv(input: Node, tensor1: Node, tensor2: Node, *, value: Number = None) -> Node:
    """``input + value * tensor1 / tensor2``, elementwise with broadcasting."""
    if tensor1.dtype.category <= INT and tensor2.dtype.category <= INT:
        raise RuntimeError(
            "Integer division with addcdiv is no longer supported, and in a future release addcdiv "
            "will perform a true division of tensor1 and tensor2. Use torch.div and torch.add.")

    def lower(x: Node, a: Node, b: Node) -> Node:
        quotient = el.div(a, b)
        return el.add(x, quotient if value is None else el.mul(quotient, value))
    return halves(lower, *promoted(input, tensor1, tensor2))


ALIASES: dict[str, Operation] = {"multiply": mul, "subtract": sub, "divide": div, "negative": neg}
