"""Parts of values that kernels read where they are, and values that they write where these are to
be put into zeros: so nobody copies them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from ...graph import Graph, Node
from ...loops.groups import Item
from ...loops.nest import View, contiguous
from ...loops.places import FULL
from ...ops.elementwise import cast, constant
from ...ops.structural import place, slice_
from ...passes.rebuild import Args, on, rebuilt
from ..straight import plain_starts
from .text import DTYPES, kernel_dtype

LEAST_ROW = 16
"""Shorter rows, with zeros between them, are not written by themselves."""


def with_copies_to_place(graph: Graph) -> Graph:
    """``graph`` with a copy of what is put into zeros, where that is read elsewhere too or made by
    no loop: a kernel makes the copy, and makes it there."""
    users = Counter(arg for node in graph.nodes() for arg in set(node.args))
    users.update(graph.outputs)

    def change(node: Node, args: Args) -> Node | None:
        if node.prim is place and is_plain_place(node) and (
                users[node.args[0]] > 1 or not node.args[0].prim.elementwise):
            x = args[0]
            return on(node, (Node(cast, (x,), {"dtype": x.dtype}, x.shape, x.dtype), *args[1:]))
        return None
    return rebuilt(graph, change)


def placed_of(items: Sequence[Item], graph: Graph) -> dict[Node, Node]:
    """The values that kernels write into the middle of zeros: by each, the ``place`` node for which
    it is made, and which no other call than that reads."""
    calls = Counter(arg for item in items if isinstance(item, Node) for arg in set(item.args))
    elsewhere = set(graph.outputs)
    for item in items:
        if not isinstance(item, Node) and item.own:
            elsewhere.update(item.inputs)
    written = {node for item in items if not isinstance(item, Node) and not item.own
               for node in item.stored if item.places[node].kind == FULL}
    return {x: item for item in items if isinstance(item, Node) and item.prim is place
            and (x := item.args[0]) in written and calls[x] == 1 and x not in elsewhere
            and is_plain_place(item)}


def is_plain_place(node: Node) -> bool:
    """Whether ``node`` puts whole rows, one after the other, at constant places of zeros."""
    params, x = node.params, node.args[0]
    if (any(step != 1 for step in params["steps"]) or x.dtype is not node.dtype or node.weak
            or x.weak or not x.size or kernel_dtype(node) is not node.dtype
            or node.dtype not in DTYPES or plain_starts(node) is None):
        return False
    first = next((i for i, n in enumerate(node.shape) if n != 1), 0)
    return x.shape[-1] >= LEAST_ROW or params["axes"] == (first,)


def place_view(node: Node) -> View:
    """Where the argument of a plain ``place`` lies in its value."""
    strides, starts = contiguous(node.shape), plain_starts(node)
    assert starts is not None
    return View(node, sum(start * strides[axis] for axis, start in zip(
        node.params["axes"], starts, strict=True)), tuple(strides))


def borders(node: Node) -> list[str]:
    """What of the value of a plain ``place`` is zeros, as texts of indices; they may overlap."""
    starts = plain_starts(node)
    assert starts is not None
    found = []
    for axis, start, length in zip(node.params["axes"], starts, node.params["lengths"],
                                   strict=True):
        before = ":, " * axis
        found += [f"{before}:{start}"] if start else []
        found += [f"{before}{start + length}:"] if start + length < node.shape[axis] else []
    return found


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
