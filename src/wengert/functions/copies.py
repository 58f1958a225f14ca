"""Copies: the same values in another dtype or in memory of their own, and values that replace those
of a tensor: ``copy_``, ``fill_``, ``zero_``, random numbers.

What replaces values no longer depends on them; the gradient towards them is zero, as in PyTorch,
where the tensor goes on requiring grad.
"""

from __future__ import annotations

from ..engine.dtypes import DType
from ..engine.graph import Node, lift
from ..engine.ops import elementwise as el
from ..engine.ops import structural as st
from ..engine.ops.structural import broadcast_to, full
from ..engine.recording.operation import operation


@operation("ToCopyBackward0", methods=())
def to_dtype(input: Node, dtype: DType) -> Node:
    """``input`` in ``dtype``, itself if it has it; complex numbers lose their imaginary part."""
    return input if input.dtype is dtype and not input.weak else el.cast(input, dtype=dtype)


@operation("ToCopyBackward0", methods=())
def to_device(input: Node, device: str) -> Node:
    """A copy of ``input`` on another device."""
    return st.to_device(input, device=device)


@operation("CloneBackward0")
def clone(input: Node, *, memory_format: object = None) -> Node:
    """A copy of ``input``; gradients flow through it."""
    return el.cast(input, dtype=input.dtype)


@operation("CopyBackwards", methods=())
def copy(input: Node, src: Node) -> Node:
    """``src`` with the shape and dtype of ``input``."""
    shape = el.broadcast_shape(input.shape, src.shape)
    if shape != input.shape:
        raise RuntimeError(f"output with shape {list(input.shape)} doesn't match the broadcast "
                           f"shape {list(shape)}")
    if src.weak:
        return instead(input, full(src, shape=shape, dtype=input.dtype))
    out = el.cast(src, dtype=input.dtype)
    return instead(input, out if out.shape == shape else broadcast_to(out, shape=shape))


@operation("FillBackward0", methods=())
def fill(input: Node, value: Node) -> Node:
    """A tensor like ``input`` whose elements are all ``value``, a number or a 0-dim tensor."""
    if value.shape:
        raise RuntimeError("fill_ only supports 0-dimension value tensor but got tensor with "
                           f"{len(value.shape)} dimensions.")
    if not value.weak:
        value = el.cast(value, dtype=input.dtype)
    return instead(input, full(value, shape=input.shape, dtype=input.dtype))


@operation("ZeroBackward0", methods=())
def zero(input: Node) -> Node:
    """Zeros like ``input``."""
    return instead(input, full(lift(0), shape=input.shape, dtype=input.dtype))


def instead(input: Node, value: Node) -> Node:
    """``value``, which a gradient reaches, and zeros for the gradient of ``input``."""
    return el.where(lift(False), input, value) if input.requires_grad else value
