"""The same values in another dtype, in memory of their own, or cut from the graph."""

from __future__ import annotations

from ..engine.dtypes import DType
from ..engine.graph import Node
from ..engine.ops import elementwise as el
from ..engine.ops.structural import stop
from ..engine.recording.operation import operation


@operation("ToCopyBackward0", methods=())
def to_dtype(input: Node, dtype: DType) -> Node:
    """``input`` in ``dtype``, itself if it has it; complex numbers lose their imaginary part."""
    return input if input.dtype is dtype and not input.weak else el.cast(input, dtype=dtype)


@operation("CloneBackward0")
def clone(input: Node, *, memory_format: object = None) -> Node:
    """A copy of ``input``; gradients flow through it."""
    return el.cast(input, dtype=input.dtype)


@operation(view=True)
def detach(input: Node) -> Node:
    """``input`` as seen by autograd from outside: no gradient flows through it."""
    return stop(input, reason="detach")
