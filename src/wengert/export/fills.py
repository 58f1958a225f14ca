"""How primitives fill an array: sums, products, what is put together of parts."""

from __future__ import annotations

from typing import Any

from ..engine.graph import Node
from ..engine.ops.structural import axes_to
from .code import Apply, Literal, Ref, Set, Statement
from .index import Index, Place, place
from .lowering import Lowering, Rule, aligned
from .reads import READS, along, indexed, sliced, windowed


def zero(node: Node) -> Literal:
    return Literal(0, node.dtype)


def zeros(w: Lowering, node: Node, name: str) -> None:
    w.nest(node.shape, lambda *index: [Set(Ref(name, index), zero(node))])


def from_reads(w: Lowering, node: Node, name: str) -> None:
    w.nest(node.shape, lambda *index: [
        Set(Ref(name, index), READS[node.prim.name](w, node, index))])


def reduction(op: str, first: Any) -> Rule:
    """A rule that puts the elements along some axes together."""
    def rule(w: Lowering, node: Node, name: str) -> None:
        x = node.args[0]
        axes = axes_to(node.shape, x.shape) if node.prim.name == "sum_to" else node.params["axes"]
        kept = tuple(1 if i in axes else n for i, n in enumerate(x.shape))
        drops = len(node.shape) != len(kept)

        def place_of(index: Index) -> Index:
            if not drops:
                return index
            if node.prim.name == "sum_to":
                return index[len(kept) - len(node.shape):]
            return tuple(at for i, at in enumerate(index) if i not in axes)

        def outer(*index: Place) -> list[Statement]:
            target = Ref(name, place_of(index))
            along = tuple(n if i in axes else 1 for i, n in enumerate(x.shape))

            def inner(*at: Place) -> list[Statement]:
                both = tuple(a if i in axes else b for i, (a, b) in enumerate(
                    zip(at, index, strict=True)))
                value = w.read(x, both)
                if x.dtype is not node.dtype:
                    value = Apply(f"cast {x.dtype.name}", (value,), node.dtype)
                if op == "+":
                    return [Set(target, value, "+")]
                return [Set(target, Apply(op, (target, value), node.dtype))]
            return [Set(target, Literal(first, node.dtype)), *w.nested(along, inner)]
        w.nest(kept, outer)
    return rule


def _inner(w: Lowering, node: Node, name: str) -> None:
    a, b = node.args
    w.out.append(Set(Ref(name), zero(node)))
    w.nest(a.shape, lambda *i: [Set(Ref(name), Apply(
        "mul", (w.read(a, i), w.read(b, i)), node.dtype), "+")])


def _matmul(w: Lowering, node: Node, name: str) -> None:
    a, b = node.args

    def cell(*index: Place) -> list[Statement]:
        target = Ref(name, index)
        *batch, i, j = index

        def term(at: Place) -> list[Statement]:
            left = w.read(a, aligned((*batch, i, at), a.shape))
            right = w.read(b, aligned((*batch, at, j), b.shape))
            return [Set(target, Apply("mul", (left, right), node.dtype), "+")]
        if a.shape[-1] == 1:
            [only] = term(Place())
            assert isinstance(only, Set)
            return [Set(target, only.value)]
        return [Set(target, zero(node)), w.each(a.shape[-1], term)]
    w.nest(node.shape, cell)


def _concatenate(w: Lowering, node: Node, name: str) -> None:
    axis, start = node.params["axis"], 0
    for arg in node.args:
        w.nest(arg.shape, lambda *index, arg=arg, start=start: [Set(
            Ref(name, tuple(at + start if i == axis else at for i, at in enumerate(index))),
            w.read(arg, index))])
        start += arg.shape[axis]


def _gather(w: Lowering, node: Node, name: str) -> None:
    w.out += [Set(Ref(name, (place(t),)), w.read(arg, (), node.dtype))
              for t, arg in enumerate(node.args)]


def _place(w: Lowering, node: Node, name: str) -> None:
    x, *starts = node.args
    zeros(w, node, name)
    w.nest(x.shape, lambda *index: [
        Set(Ref(name, sliced(w, node, starts, node.shape, index)), w.read(x, index))])


def _update(w: Lowering, node: Node, name: str) -> None:
    x, v, *starts = node.args
    w.nest(node.shape, lambda *i: [Set(Ref(name, i), w.read(x, i))])
    p = node.params
    shape = list(node.shape)
    for axis, n in zip(p["axes"], p["lengths"], strict=True):
        shape[axis] = n
    w.nest(tuple(shape), lambda *index: [
        Set(Ref(name, sliced(w, node, starts, node.shape, index)),
            w.read(v, aligned(index, v.shape)))])


def _window_place(w: Lowering, node: Node, name: str) -> None:
    v = node.args[0]
    zeros(w, node, name)
    w.nest(v.shape, lambda *index: [Set(Ref(name, windowed(node, index)), w.read(v, index), "+")])


def _put_add(w: Lowering, node: Node, name: str) -> None:
    v, *arrays = node.args
    zeros(w, node, name)
    w.nest(v.shape, lambda *index: [Set(Ref(name, indexed(
        w, node.shape, arrays, node.params["dims"], index)), w.read(v, index), "+")])


def _put_add_along(w: Lowering, node: Node, name: str) -> None:
    v, places = node.args
    zeros(w, node, name)
    w.nest(v.shape, lambda *index: [Set(Ref(name, along(
        w, node.shape, places, node.params["axis"], index)), w.read(v, index), "+")])


def _index_put(w: Lowering, node: Node, name: str) -> None:
    x, v, *arrays = node.args
    w.nest(node.shape, lambda *i: [Set(Ref(name, i), w.read(x, i))])
    dims = node.params["dims"]
    if len(dims) > 1 or any(a.ndim > 1 for a in arrays):
        raise NotImplementedError("writing at places of more than one dimension")
    shape = tuple(arrays[0].size if d in dims else n for d, n in enumerate(node.shape))
    w.nest(shape, lambda *index: [Set(Ref(name, indexed(
        w, node.shape, arrays, dims, index)), w.read(v, aligned(index, v.shape)))])


def _scan(op: str) -> Rule:
    def rule(w: Lowering, node: Node, name: str) -> None:
        axis, x = node.params["axis"], node.args[0]

        def at(index: Index, k: Place) -> Index:
            return tuple(k if i == axis else a for i, a in enumerate(index))

        def row(*index: Place) -> list[Statement]:
            return [Set(Ref(name, at(index, Place())), w.read(x, at(index, Place()))),
                    w.each(node.shape[axis], lambda k: [Set(Ref(name, at(index, k)), Apply(
                        op, (Ref(name, at(index, k + -1)), w.read(x, at(index, k))), node.dtype))],
                        start=1)]
        w.nest(tuple(1 if i == axis else n for i, n in enumerate(node.shape)), row)
    return rule


FILLS: dict[str, Rule] = {
    **dict.fromkeys(READS, from_reads),
    "sum": reduction("+", 0), "sum_to": reduction("+", 0), "prod": reduction("mul", 1),
    "amax": reduction("maximum", float("-inf")), "amin": reduction("minimum", float("inf")),
    "any": reduction("logical_or", False), "all": reduction("logical_and", True),
    "inner": _inner, "matmul": _matmul, "concatenate": _concatenate, "place": _place,
    "update": _update, "window_place": _window_place, "put_add": _put_add,
    "put_add_along": _put_add_along, "index_put": _index_put, "gather_numbers": _gather,
    "cumsum": _scan("add"), "cumprod": _scan("mul"),
}
"""How a primitive fills an array."""

__all__ = ["FILLS", "zero", "zeros"]
