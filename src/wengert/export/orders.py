"""Sorting and choosing as loops over elements: an element's rank is the number of those before it.
"""

from __future__ import annotations

from collections.abc import Callable

from ..engine.dtypes import bool_, int64
from ..engine.graph import Node
from .code import Apply, Compared, Counted, Expression, If, Literal, Ref, Set, Statement
from .index import Index, Place
from .lowering import Lowering, Rule


def both(a: Expression, b: Expression) -> Expression:
    return Apply("logical_and", (a, b), bool_)


def either(a: Expression, b: Expression) -> Expression:
    return Apply("logical_or", (a, b), bool_)


def precedes(x: Expression, y: Expression, earlier: Expression, descending: bool,
             real: bool) -> Expression:
    """Whether ``x`` comes before ``y``: it is less, or equal and ``earlier``; NaN is the largest.
    """
    less: Expression = Apply("gt" if descending else "lt", (x, y), bool_)
    same: Expression = Apply("eq", (x, y), bool_)
    if real:
        later, sooner = (x, y) if descending else (y, x)
        lost, other = Apply("isnan", (later,), bool_), Apply("isnan", (sooner,), bool_)
        less = either(less, both(lost, Apply("logical_not", (other,), bool_)))
        same = either(same, both(lost, other))
    return either(less, both(same, earlier))


def ranked(w: Lowering, node: Node, descending: bool,
           place_of: Callable[[Index, Place, Place], list[Statement]]) -> None:
    """Count the rank of each element along an axis; ``place_of`` takes the index with 0 along it,
    the element's place and its rank."""
    x, axis = node.args[0], node.params["axis"]
    n, rank = x.shape[axis], w.fresh("rank")
    w.block.variables[rank] = (), int64

    def row(*index: Place) -> list[Statement]:
        def value(at: Place) -> Expression:
            return w.read(x, tuple(at if i == axis else here for i, here in enumerate(index)))

        def element(i: Place) -> list[Statement]:
            def other(j: Place) -> list[Statement]:
                before = precedes(value(j), value(i), Compared(j + 1, i), descending,
                                  x.dtype.is_floating_point)
                return [If(before, [Set(Ref(rank), Literal(1, int64), "+")])]
            return [Set(Ref(rank), Literal(0, int64)), w.each(n, other),
                    *place_of(index, i, Place(((Ref(rank), 1),)))]
        return [w.each(n, element)]
    w.nest(tuple(1 if i == axis else m for i, m in enumerate(x.shape)), row)


def placed(index: Index, axis: int, at: Place) -> Index:
    return tuple(at if i == axis else here for i, here in enumerate(index))


def argsort(w: Lowering, node: Node, name: str) -> None:
    ranked(w, node, node.params["descending"], lambda index, i, rank: [
        Set(Ref(name, placed(index, node.params["axis"], rank)), Counted(i))])


def topk_place(w: Lowering, node: Node, name: str) -> None:
    p = node.params
    ranked(w, node, p["largest"], lambda index, i, rank: [
        If(Compared(rank + 1, Place((), p["k"])), [
            Set(Ref(name, placed(index, p["axis"], rank)), Counted(i))])])


def kth_place(w: Lowering, node: Node, name: str) -> None:
    def chosen(index: Index, i: Place, rank: Place) -> list[Statement]:
        same = Apply("eq", (Counted(rank), Counted(Place((), node.params["k"]))), bool_)
        return [If(same, [Set(Ref(name, index), Counted(i))])]
    ranked(w, node, False, chosen)


def extreme(descending: bool) -> Rule:
    """The first place of the largest element, or of the smallest; of a NaN, if there is one."""
    def rule(w: Lowering, node: Node, name: str) -> None:
        x, axis = node.args[0], node.params["axis"]
        real = x.dtype.is_floating_point

        def row(*index: Place) -> list[Statement]:
            target = Ref(name, index if node.params["keepdims"] else tuple(
                at for i, at in enumerate(index) if i != axis))

            def other(j: Place) -> list[Statement]:
                new, old = (w.read(x, placed(index, axis, at))
                            for at in (j, Place(((target, 1),))))
                better: Expression = Apply("gt" if descending else "lt", (new, old), bool_)
                if real:
                    lost = both(Apply("isnan", (new,), bool_),
                                Apply("logical_not", (Apply("isnan", (old,), bool_),), bool_))
                    better = either(better, lost)
                return [If(better, [Set(target, Counted(j))])]
            return [Set(target, Literal(0, node.dtype)), w.each(x.shape[axis], other, start=1)]
        w.nest(tuple(1 if i == axis else m for i, m in enumerate(x.shape)), row)
    return rule


ORDERS: dict[str, Rule] = {
    "argsort": argsort, "topk_place": topk_place, "kth_place": kth_place,
    "argmax": extreme(True), "argmin": extreme(False)}

__all__ = ["ORDERS"]
