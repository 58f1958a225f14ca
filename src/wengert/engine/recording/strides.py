"""Where the elements of a view would lie in PyTorch's memory: strides, without any memory.

:func:`strides_of` gives the strides of a node; :func:`view_strides` says whether a tensor with
given strides can take another shape without a copy, and with which strides.
"""

from __future__ import annotations

from collections.abc import Callable

from ..graph import Node, Primitive, Shape
from ..ops.complex_numbers import as_complex, as_real, imag
from ..ops.elementwise import real
from ..ops.structural import (
    alias,
    broadcast_to,
    reshape,
    slice_,
    source,
    stop,
    transpose,
    window,
)


def contiguous_strides(shape: Shape) -> Shape:
    """The strides of a shape whose elements lie row by row."""
    strides = []
    step = 1
    for length in reversed(shape):
        strides.append(step)
        step *= max(length, 1)
    return tuple(reversed(strides))


def is_contiguous(shape: Shape, strides: Shape) -> bool:
    """Whether the elements lie row by row, without gaps; dimensions of length 1 do not count."""
    step = 1
    for length, stride in zip(reversed(shape), reversed(strides), strict=True):
        if length == 0:
            return True
        if length != 1:
            if stride != step:
                return 0 in shape
            step *= length
    return True


def view_strides(shape: Shape, strides: Shape, new_shape: Shape) -> Shape | None:
    """The strides with which a tensor takes ``new_shape`` without a copy; None if it cannot.

    Dimensions that follow each other in memory form a block; each block must be cut up by itself.
    """
    if 0 in shape or is_contiguous(shape, strides):
        return contiguous_strides(new_shape)
    blocks: list[list[int]] = []  # the number of elements of each, and the stride of its last
    for length, stride in zip(shape, strides, strict=True):
        if length == 1:
            continue
        if blocks and blocks[-1][1] == length * stride:
            blocks[-1] = [blocks[-1][0] * length, stride]
        else:
            blocks.append([length, stride])
    out: list[int] = []
    left, step = 1, 1
    for length in reversed(new_shape):
        if left == 1 and length != 1 and blocks:
            left, step = blocks.pop()
        out.append(step)
        if left % length:
            return None
        left //= length
        step *= length
    return tuple(reversed(out)) if left == 1 and not blocks else None


def strides_of(node: Node) -> Shape:
    """The strides of a node: those of its views, on what is not a view and so lies row by row."""
    chain = []
    while node.prim in _THROUGH:
        chain.append(node)
        node = node.args[0]
    strides: Shape = node.params.get("strides") or contiguous_strides(node.shape)
    for view in reversed(chain):
        strides = _THROUGH[view.prim](view, strides)
    return strides


def strides_from(base: Node, view: Node) -> Shape:
    """The strides of a ``view`` of ``base``, if the elements of that lie row by row."""
    chain = []
    while view is not base:
        chain.append(view)
        view = view.args[0]
    strides = contiguous_strides(base.shape)
    for link in reversed(chain):
        strides = _THROUGH[link.prim](link, strides)
    return strides


def _of_slice(view: Node, strides: Shape) -> Shape:
    out = list(strides)
    for axis, step in zip(view.params["axes"], view.params["steps"], strict=True):
        out[axis] *= step
    return tuple(out)


def _of_reshape(view: Node, strides: Shape) -> Shape:
    found = view_strides(view.args[0].shape, strides, view.shape)
    return contiguous_strides(view.shape) if found is None else found


def _of_broadcast(view: Node, strides: Shape) -> Shape:
    old = view.args[0].shape
    lead = len(view.shape) - len(old)
    return (0,) * lead + tuple(0 if n == 1 and view.shape[lead + i] != 1 else s
                               for i, (n, s) in enumerate(zip(old, strides, strict=True)))


def _of_window(view: Node, strides: Shape) -> Shape:
    return tuple(sum(m * s for m, s in zip(move, strides, strict=True))
                 for move in view.params["moves"])


def _of_part(view: Node, strides: Shape) -> Shape:
    return tuple(2 * s for s in strides) if view.args[0].dtype.is_complex else strides


def _as_they_are(view: Node, strides: Shape) -> Shape:
    return strides


_THROUGH: dict[Primitive, Callable[[Node, Shape], Shape]] = {
    transpose: lambda view, strides: tuple(strides[i] for i in view.params["perm"]),
    slice_: _of_slice, reshape: _of_reshape, broadcast_to: _of_broadcast, window: _of_window,
    real: _of_part, imag: _of_part,
    as_real: lambda view, strides: (*(2 * s for s in strides), 1),
    as_complex: lambda view, strides: tuple(s // 2 for s in strides[:-1]),
    stop: _as_they_are, source: _as_they_are, alias: _as_they_are,
}
"""The strides of a view of something that has ``strides``."""


def strides_apart(node: Node) -> Shape | None:
    """The strides of ``node``; None where its elements lie row by row without gaps."""
    prim = node.prim
    if (prim not in _THROUGH and "strides" not in node.params) or (
            prim is reshape and strides_apart(node.args[0]) is None):
        return None
    strides = strides_of(node)
    return None if is_contiguous(node.shape, strides) else strides


def shares_memory(view: Node, base: Node) -> bool:
    """Whether ``view`` was made from ``base`` by primitives that share memory."""
    while view is not base:
        if not view.prim.aliases or not view.args or not is_view(view):
            return False
        view = view.args[0]
    return True


def is_view(node: Node) -> bool:
    """Whether the result of an aliasing primitive shares its argument's memory in PyTorch: a
    reshaping does where strides allow it."""
    if node.prim is not reshape:
        return node.prim.aliases
    base = node.args[0]
    strides = strides_apart(base)
    return strides is None or view_strides(base.shape, strides, node.shape) is not None
