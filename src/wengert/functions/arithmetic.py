"""Arithmetic, comparison, logic, bits and rounding, as PyTorch promotes them."""

from __future__ import annotations

from ..graph import Node
from ..ops import elementwise as el
from .operation import Number, Structural, operation, promoted


@operation("AddBackward0", inplace=True)
def add(input: Node, other: Node, *, alpha: Number = None) -> Node:
    """``input + alpha * other``, elementwise with broadcasting."""
    a, b = promoted(input, other)
    return el.add(a, b if alpha is None else el.mul(b, alpha))


@operation("SubBackward0", inplace=True)
def sub(input: Node, other: Node, *, alpha: Number = None) -> Node:
    """``input - alpha * other``, elementwise with broadcasting."""
    a, b = promoted(input, other)
    if el.bool_ in (a.dtype, b.dtype) and a.dtype is b.dtype:
        raise RuntimeError(
            "Subtraction, the `-` operator, with two bool tensors is not supported. Use the `^` or "
            "`logical_xor()` operator instead.")
    return el.sub(a, b if alpha is None else el.mul(b, alpha))


@operation("MulBackward0", inplace=True)
def mul(input: Node, other: Node) -> Node:
    """``input * other``, elementwise with broadcasting."""
    return el.mul(*promoted(input, other))


@operation("DivBackward0", inplace=True)
def div(input: Node, other: Node, *, rounding_mode: str | None = None) -> Node:
    """``input / other``, elementwise with broadcasting; integers divide to floats.

    ``rounding_mode`` is None, ``"trunc"`` or ``"floor"``.
    """
    if rounding_mode is None:
        return el.div(*promoted(input, other, to_float=True))
    if rounding_mode not in ("trunc", "floor"):
        raise RuntimeError(
            "div expected rounding_mode to be one of None, 'trunc', or 'floor' but found "
            f"'{rounding_mode}'")
    a, b = promoted(input, other)
    if rounding_mode == "floor":
        return el.floor_divide(a, b)
    if not a.dtype.is_differentiable:
        return el.trunc_divide(a, b)
    return el.trunc(el.div(a, b))


@operation("PowBackward0", inplace=True)
def pow(input: Node, exponent: Structural) -> Node:
    """``input ** exponent``, elementwise with broadcasting."""
    if not isinstance(exponent, Node):
        x, _ = promoted(input, exponent)
        if exponent == 2:
            return el.square(x)
        if exponent == 3:
            return el.cube(x)
        if exponent == 0.5:
            return el.sqrt(x)
        if exponent == -1 and x.dtype.is_differentiable:
            return el.reciprocal(x)
        if exponent == 1:
            return el.mul(x, el.lift(1))
        return el.pow_(x, el.lift(exponent))
    return el.pow_(*promoted(input, exponent))


@operation("NegBackward0", inplace=True)
def neg(input: Node) -> Node:
    """``-input``, elementwise."""
    if input.dtype is el.bool_:
        raise RuntimeError(
            "Negation, the `-` operator, on a bool tensor is not supported. If you are trying to "
            "invert a mask, use the `~` or `logical_not()` operator instead.")
    return el.neg(input)
