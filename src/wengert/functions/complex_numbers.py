"""Complex tensors: made from parts, taken apart, conjugated."""

from __future__ import annotations

import math

from ..engine.dtypes import bfloat16, float16
from ..engine.graph import Node, lift
from ..engine.ops import complex_numbers as cx
from ..engine.ops import elementwise as el
from ..engine.ops import rounding
from ..engine.recording.operation import operation
from ..engine.recording.strides import strides_of
from .arithmetic import not_implemented
from .pointwise import to_floating


@operation("ConjBackward0")
def conj(input: Node) -> Node:
    """The complex conjugate; a real ``input`` itself."""
    return el.conj(input) if input.dtype.is_complex else input


@operation("ConjPhysicalBackward0", inplace=True)
def conj_physical(input: Node) -> Node:
    """The complex conjugate; a real ``input`` itself."""
    return conj(input)


@operation()
def resolve_conj(input: Node) -> Node:
    """``input`` itself: conjugation is never delayed."""
    return input


@operation()
def resolve_neg(input: Node) -> Node:
    """``input`` itself: negation is never delayed."""
    return input


@operation("SelectBackward0", view=True)
def real(input: Node) -> Node:
    """The real part, a view; a real ``input`` itself."""
    return el.real(input) if input.dtype.is_complex else input


@operation("SelectBackward0", view=True)
def imag(input: Node) -> Node:
    """The imaginary part, a view."""
    if not input.dtype.is_complex:
        raise RuntimeError("imag is not implemented for tensors with non-complex dtypes.")
    return cx.imag(input)


@operation("AngleBackward0")
def angle(input: Node) -> Node:
    """The phase in radians, in (-pi, pi]; 0 or pi for real numbers."""
    if input.dtype.is_complex:
        return cx.angle(input)
    x = to_floating(input)
    return el.where(el.isnan(x), x, (1 - rounding.heaviside(x, lift(1.0))) * math.pi)


@operation("ComplexBackward0", methods=())
def complex(real: Node, imag: Node) -> Node:
    """``real + 1j * imag``, of two floating tensors of one dtype."""
    _parts(real, imag)
    return cx.complex_(real, imag)


@operation("PolarBackward0", methods=())
def polar(abs: Node, angle: Node) -> Node:
    """``abs * exp(1j * angle)``, of two floating tensors of one dtype."""
    _parts(abs, angle)
    if abs.dtype is float16:
        raise not_implemented("polar_cpu", abs)
    return cx.complex_(el.mul(abs, el.cos(angle)), el.mul(abs, el.sin(angle)))


def _parts(a: Node, b: Node) -> None:
    if not all(x.dtype.is_floating_point and x.dtype is not bfloat16 for x in (a, b)):
        raise RuntimeError("Expected both inputs to be Half, Float or Double tensors but got "
                           f"{a.dtype.legacy_name} and {b.dtype.legacy_name}")
    if a.dtype is not b.dtype:
        raise RuntimeError(f"Expected object of scalar type {a.dtype.legacy_name} but got scalar "
                           f"type {b.dtype.legacy_name} for second argument")


@operation("ViewAsRealBackward0", methods=(), view=True)
def view_as_real(input: Node) -> Node:
    """A view of shape ``(*input.shape, 2)``: real and imaginary part side by side."""
    if not input.dtype.is_complex:
        raise RuntimeError("view_as_real is only supported for complex tensors")
    return cx.as_real(input)


@operation("ViewAsComplexBackward0", methods=(), view=True)
def view_as_complex(input: Node) -> Node:
    """A complex view of a floating tensor whose last dimension, of size 2, holds the parts."""
    if not input.dtype.is_floating_point or input.dtype is bfloat16:
        raise RuntimeError("view_as_complex is only supported for half, float and double tensors, "
                           f"but got a tensor of scalar type: {input.dtype.legacy_name}")
    if input.dtype is float16:
        raise NotImplementedError("view_as_complex of a half tensor: there are no half complex "
                                  "numbers here; convert it with .float()")
    if not input.shape:
        raise RuntimeError("Input tensor must have one or more dimensions")
    if input.shape[-1] != 2:
        raise RuntimeError("Tensor must have a last dimension of size 2")
    *others, last = strides_of(input)
    if last != 1:
        raise RuntimeError("Tensor must have a last dimension with stride 1")
    if any(stride % 2 for stride in others):
        raise RuntimeError("Tensor must have a stride divisible by 2 for all but last dimension")
    return cx.as_complex(input)
