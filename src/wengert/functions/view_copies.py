"""Views as copies: ``torch.expand_copy`` and its like compute what the view of their name shows, in
memory of its own; ``torch.unsafe_split`` and its like promise the same of the parts of a split.
"""

from __future__ import annotations

import functools
from typing import Any

from ..engine.graph import Call, Node
from ..engine.ops import elementwise as el
from ..engine.ops import structural as st
from ..engine.recording.index_spec import slice_of
from ..engine.recording.operation import Composition, normal_dim, operation, variant
from ..engine.recording.recording import shape_of
from ..tensors.attached import method
from ..tensors.recorded import function, into
from . import complex_numbers, shape
from .choices import as_strided


def _copied(name: str, view: Composition[..., Any], grad: str = "", *,
            method: bool = False) -> Composition[..., Any]:
    """``view`` with a copy of each result."""
    grad_name = grad or f"{view.grad_name}_copy"

    @functools.wraps(view.lower)
    def lower(*args: Any, **kwargs: Any) -> Any:
        return fresh(view.lower(*args, **kwargs), grad_name, args[0])

    lower.__module__ = __name__
    lower.__doc__ = f"A copy of what :func:`{view.name}` gives."
    return variant(view, lower, name, grad_name, (name,) if method else ())


def fresh(out: Any, grad_name: str, input: Node) -> Any:
    """Copies of a result or of several, row by row, which ``grad_fn`` names as said."""
    if isinstance(out, tuple):
        parts = tuple(st.copy(part) for part in out)
        for i, part in enumerate(parts):
            part.call = Call(grad_name, (input,), i)
        return parts
    made = st.copy(out)
    made.call = Call(grad_name, (input,))
    return made


@operation("AliasBackward0_copy", methods=())
def alias_copy(input: Node) -> Node:
    """A copy of ``input``, row by row."""
    return st.copy(input)


@operation(methods=())
def detach_copy(input: Node) -> Node:
    """A copy of ``input`` that no gradient flows through."""
    return st.stop(st.copy(input), reason="detach_copy")


@operation("SliceBackward0_copy", methods=())
def slice_copy(input: Node, dim: int = 0, start: int | None = None, end: int | None = None,
               step: int = 1) -> Node:
    """A copy of the elements ``start:end:step`` of a dimension."""
    if not input.ndim:
        raise RuntimeError("slice() cannot be applied to a 0-dim tensor.")
    if step <= 0:
        raise RuntimeError("slice step must be positive")
    d = normal_dim(dim, input.ndim)
    first, length, by = slice_of(slice(start, end, step), input.shape[d])
    return st.copy(shape.cut(input, d, first, length, by))


@operation("ViewAsComplexBackward0_copy", methods=())
def view_as_complex_copy(input: Node) -> Node:
    """The complex numbers of which the last dimension, of length 2, has the parts."""
    return st.copy(complex_numbers.view_as_complex(input))


@operation("ViewAsRealBackward0_copy", methods=())
def view_as_real_copy(input: Node) -> Node:
    """Real and imaginary parts along a new last dimension of length 2."""
    return el.cast(complex_numbers.view_as_real(input), dtype=input.dtype.to_real())


diagonal_copy = _copied("diagonal_copy", shape.diagonal)
expand_copy = _copied("expand_copy", shape.expand)
narrow_copy = _copied("narrow_copy", shape.narrow, "NarrowCopyBackward0", method=True)
permute_copy = _copied("permute_copy", shape.permute)
select_copy = _copied("select_copy", shape.select)
split_copy = _copied("split_copy", shape.split)
split_with_sizes_copy = _copied("split_with_sizes_copy", shape.split_with_sizes)
squeeze_copy = _copied("squeeze_copy", shape.squeeze)
t_copy = _copied("t_copy", shape.t)
transpose_copy = _copied("transpose_copy", shape.transpose)
unbind_copy = _copied("unbind_copy", shape.unbind)
unfold_copy = _copied("unfold_copy", shape.unfold)
unsafe_chunk = _copied("unsafe_chunk", shape.chunk, "UnsafeSplitBackward0", method=True)
unsafe_split = _copied("unsafe_split", shape.split, "UnsafeSplitBackward0", method=True)
unsafe_split_with_sizes = _copied("unsafe_split_with_sizes", shape.split_with_sizes,
                                  "UnsafeSplitWithSizesBackward0", method=True)
unsqueeze_copy = _copied("unsqueeze_copy", shape.unsqueeze)
view_copy = _copied("view_copy", shape.reshape)


# ---- decided at the call ----


def as_strided_copy(input: Any, size: Any, stride: Any, storage_offset: int | None = None, *,
                    out: Any = None) -> Any:
    """A copy of what :func:`as_strided` shows."""
    result = function(alias_copy)(as_strided(input, size, stride, storage_offset))
    return result if out is None else into(out, result)


@method
def as_strided_scatter(input: Any, src: Any, size: Any, stride: Any,
                       storage_offset: int | None = None) -> Any:
    """``input`` with ``src`` at the elements that :func:`as_strided` shows."""
    copied = function(alias_copy)(input)
    part = as_strided(copied, size, stride, storage_offset)
    if shape_of(src) != shape_of(part):
        raise RuntimeError("expected src to have a size equal to the slice of self. src size = "
                           f"{list(shape_of(src))}, slice size = {list(shape_of(part))}")
    part.copy_(src)
    return copied
