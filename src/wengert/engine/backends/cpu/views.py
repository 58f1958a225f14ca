"""Parts of values that kernels read where they are, so that nobody copies them."""

from __future__ import annotations

from collections.abc import Sequence

from ...graph import Graph, Node
from ...loops.groups import Item
from ...loops.nest import View, contiguous
from ...ops.elementwise import constant
from ...ops.structural import slice_
from ..straight import plain_starts
from .text import DTYPES, kernel_dtype


def views_of(items: Sequence[Item], graph: Graph) -> dict[Node, View]:
    """The slices that only kernels read: they need not be made."""
    kept = set(graph.outputs)
    slices = {item for item in items if isinstance(item, Node) and is_plain_slice(item)
              and item not in kept}
    for item in reversed(items):
        if isinstance(item, Node):
            if item not in slices:
                slices.difference_update(item.args)
        elif item.own:
            slices.difference_update(item.inputs)
    views: dict[Node, View] = {}
    for item in items:
        if not isinstance(item, Node) or item not in slices:
            continue
        x = item.args[0]
        below = views.get(x) or View(x, 0, tuple(contiguous(x.shape)))
        offset, strides = below.offset, list(below.strides)
        starts = plain_starts(item)
        assert starts is not None
        for axis, first, step in zip(item.params["axes"], starts, item.params["steps"],
                                     strict=True):
            offset += first * strides[axis]
            strides[axis] *= step
        views[item] = View(below.base, offset, tuple(strides))
    return views


def is_plain_slice(node: Node) -> bool:
    """Whether ``node`` is a slice from constant starts, inside its argument."""
    if node.prim is not slice_ or not node.size or node.weak:
        return False
    x = node.args[0]
    if x.weak or x.prim is constant or kernel_dtype(x) is not x.dtype or (
            x.dtype not in DTYPES):
        return False
    return plain_starts(node) is not None
