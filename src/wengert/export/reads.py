"""Where the elements of a value are that moves those of another."""

from __future__ import annotations

from collections.abc import Sequence

from ..engine.dtypes import bool_
from ..engine.graph import Node, Shape
from ..engine.ops.indexing import adjacent
from .code import Apply, Compared, Counted, Expression, Literal, Ref
from .index import Index, Place, flat, modulo, place, unflat
from .lowering import Lowering, Reading, aligned


def _reshape(w: Lowering, node: Node, index: Index) -> Expression:
    x = node.args[0]
    same = [n for n in x.shape if n != 1] == [n for n in node.shape if n != 1]
    if same:
        rest = iter([at for at, n in zip(index, node.shape, strict=True) if n != 1])
        return w.read(x, tuple(Place() if n == 1 else next(rest) for n in x.shape))
    return w.read(x, unflat(flat(index, node.shape), x.shape, w.ends))


def _transpose(w: Lowering, node: Node, index: Index) -> Expression:
    x = node.args[0]
    inner = [Place()] * x.ndim
    for at, axis in zip(index, node.params["perm"], strict=True):
        inner[axis] = at
    return w.read(x, tuple(inner))


def _slice(w: Lowering, node: Node, index: Index) -> Expression:
    x, *starts = node.args
    return w.read(x, sliced(w, node, starts, x.shape, index))


def sliced(w: Lowering, node: Node, starts: Sequence[Node], shape: Shape, index: Index) -> Index:
    """The index in the whole, of ``shape``, of an element of a slice."""
    inner = list(index)
    p = node.params
    for axis, start, step in zip(p["axes"], starts, p["steps"], strict=True):
        inner[axis] = index[axis].times(step) + loaded(w, start, (), max(shape[axis], 1))
    return tuple(inner)


def _flip(w: Lowering, node: Node, index: Index) -> Expression:
    axes = node.params["axes"]
    return w.read(node.args[0], tuple(
        at.times(-1) + (n - 1) if i in axes else at
        for i, (at, n) in enumerate(zip(index, node.shape, strict=True))))


def _roll(w: Lowering, node: Node, index: Index) -> Expression:
    inner = list(index)
    for shift, axis in zip(node.params["shifts"], node.params["axes"], strict=True):
        n = node.shape[axis]
        inner[axis] = modulo(inner[axis] + (-shift % n - n), n)
    return w.read(node.args[0], tuple(inner))


def _triangle(sign: int) -> Reading:
    def rule(w: Lowering, node: Node, index: Index) -> Expression:
        i, j = index[-2:]
        left, right = (j, i + node.params["k"]) if sign > 0 else (i + node.params["k"], j)
        return Apply("where", (Compared(left, right), w.read(node.args[0], index),
                               Literal(0, node.dtype)), node.dtype)
    return rule


def windowed(node: Node, index: Index) -> Index:
    """The index in the whole of an element of a window."""
    p = node.params
    found = []
    for d, first in enumerate(p["start"]):
        at = place(first)
        for here, move in zip(index, p["moves"], strict=True):
            at = at + here.times(move[d])
        found.append(at)
    return tuple(found)


def loaded(w: Lowering, array: Node, index: Index, n: int) -> Place:
    """An element of an array of places as a place, counted from the front."""
    value = w.read(array, aligned(index, array.shape))
    if isinstance(value, Literal):
        return place(int(value.value) % n)
    return modulo(Place(((value, 1),)), n)


def indexed(w: Lowering, shape: Shape, arrays: Sequence[Node], dims: Shape, index: Index) -> Index:
    """The index in the whole, of ``shape``, where arrays index ``dims``."""
    count = max(a.ndim for a in arrays)
    at = dims[0] if adjacent(dims) else 0
    rest = iter((*index[:at], *index[at + count:]))
    places = dict(zip(dims, arrays, strict=True))
    return tuple(loaded(w, places[d], index[at:at + count], n) if d in places else next(rest)
                 for d, n in enumerate(shape))


def _index(w: Lowering, node: Node, index: Index) -> Expression:
    x, *arrays = node.args
    return w.read(x, indexed(w, x.shape, arrays, node.params["dims"], index))


def _rows(w: Lowering, node: Node, index: Index) -> Expression:
    x, places = node.args
    return w.read(x, indexed(w, x.shape, [places], (0,), index))


def _take_along(w: Lowering, node: Node, index: Index) -> Expression:
    x, places = node.args
    return w.read(x, along(w, x.shape, places, node.params["axis"], index))


def along(w: Lowering, shape: Shape, places: Node, axis: int, index: Index) -> Index:
    """The index in the whole, of ``shape``, of an element along an axis."""
    return tuple(loaded(w, places, index, shape[axis]) if i == axis else at
                 for i, at in enumerate(index))


def _one_hot(w: Lowering, node: Node, index: Index) -> Expression:
    same = Apply("eq", (w.read(node.args[0], index[:-1]), Counted(index[-1])), bool_)
    return Apply("cast bool", (same,), node.dtype)


def _result(w: Lowering, node: Node, index: Index) -> Expression:
    name, far = w.kept[node.args[0]][node.params["output"]]
    if far < 0:
        return Ref(name, index[1:])
    turns = node.args[0].params["body"].turns
    return Ref(name, (index[0] + (far + turns - node.shape[0]), *index[1:]))


READS: dict[str, Reading] = {
    "full": lambda w, n, i: w.read(n.args[0], aligned(i, n.args[0].shape), n.dtype),
    "broadcast_to": lambda w, n, i: w.read(n.args[0], aligned(i, n.args[0].shape)),
    "reshape": _reshape, "transpose": _transpose, "slice": _slice, "flip": _flip, "roll": _roll,
    "lower": _triangle(1), "upper": _triangle(-1), "index": _index, "rows": _rows,
    "window": lambda w, n, i: w.read(n.args[0], windowed(n, i)),
    "position": lambda w, n, i: Counted(i[n.params["axis"]]),
    "class_place": lambda w, n, i: w.read(n.args[0], i),
    "take_along": _take_along, "one_hot": _one_hot, "result": _result,
    "copy": lambda w, n, i: w.read(n.args[0], i), "bounded": lambda w, n, i: w.read(n.args[0], i),
}
"""What an element of a value is that moves the elements of another."""

__all__ = ["READS", "along", "indexed", "sliced", "windowed"]
