"""Factorisations and solutions as loops over elements: Cholesky's, triangles, and Gauss'
elimination with the largest pivot of each column.

A matrix that has none gives NaN or infinities: the source raises nothing.
"""

from __future__ import annotations

from ..engine.dtypes import bool_, int64
from ..engine.graph import Node
from .code import Apply, Counted, Expression, If, Literal, Ref, Set, Statement
from .index import Index, Place
from .lowering import Lowering, Rule, aligned


def minus_product(w: Lowering, target: Ref, a: Expression, b: Expression, node: Node) -> Set:
    """``target = target - a * b``."""
    return Set(target, Apply("mul", (a, b), node.dtype), "-")


def _cholesky(w: Lowering, node: Node, name: str) -> None:
    a, n = node.args[0], node.shape[-1]

    def matrix(*batch: Place) -> list[Statement]:
        lead = batch[:-2]

        def entry(i: Place, j: Place) -> Ref:
            return Ref(name, (*lead, i, j))

        def row(i: Place, j: Place) -> list[Statement]:
            return [Set(entry(i, j), w.read(a, (*lead, i, j))),
                    w.each(n, lambda m: [
                        minus_product(w, entry(i, j), entry(i, m), entry(j, m), node)], stop=j)]

        def column(j: Place) -> list[Statement]:
            return [*row(j, j), Set(entry(j, j), Apply("sqrt", (entry(j, j),), node.dtype)),
                    w.each(n, lambda i: [*row(i, j), Set(entry(i, j), entry(j, j), "/")],
                           start=j + 1),
                    w.each(n, lambda i: [Set(entry(i, j), Literal(0, node.dtype))], stop=j)]
        return [w.each(n, column)]
    w.nest((*node.shape[:-2], 1, 1), matrix)


def _solve_triangular(w: Lowering, node: Node, name: str) -> None:
    a, b = node.args
    n, upper, unit = node.shape[-2], node.params["upper"], node.params["unit"]

    def column(*index: Place) -> list[Statement]:
        *lead, _, c = index

        def x(i: Place) -> Ref:
            return Ref(name, (*lead, i, c))

        def entry(i: Place, j: Place) -> Expression:
            return w.read(a, aligned((*lead, i, j), a.shape))

        def row(i: Place) -> list[Statement]:
            known = w.each(n, lambda m: [minus_product(w, x(i), entry(i, m), x(m), node)],
                           start=i + 1 if upper else 0, stop=n if upper else i)
            scaled: list[Statement] = [] if unit else [Set(x(i), entry(i, i), "/")]
            return [Set(x(i), w.read(b, aligned((*lead, i, c), b.shape))), known, *scaled]
        return [w.each(n, row, down=upper)]
    w.nest(tuple(1 if d == node.ndim - 2 else size for d, size in enumerate(node.shape)), column)


class Elimination:
    """Gauss' elimination of one matrix of a batch, in an array of its own: the upper factor is left
    there; what is done to the rows is done to ``beside``, and ``sign`` changes with each exchange.
    """

    def __init__(self, w: Lowering, a: Node) -> None:
        self.w, self.a, self.n = w, a, a.shape[-1]
        self.lu, self.pivot, self.keep = w.fresh("lu"), w.fresh("pivot"), w.fresh("held")
        w.block.variables[self.lu] = a.shape[-2:], a.dtype
        w.block.variables[self.pivot] = (), int64
        w.block.variables[self.keep] = (), a.dtype

    def at(self, i: Place, j: Place) -> Ref:
        return Ref(self.lu, (i, j))

    def exchanged(self, first: Ref, second: Ref) -> list[Statement]:
        return [Set(Ref(self.keep), first), Set(first, second), Set(second, Ref(self.keep))]

    def statements(self, lead: Index, columns: int = 0, beside: str = "",
                   sign: str = "") -> list[Statement]:
        """All of it, for the matrix at ``lead``; ``beside`` has so many ``columns``."""
        w, n, at, dtype = self.w, self.n, self.at, self.a.dtype
        chosen = Place(((Ref(self.pivot), 1),))

        def side(i: Place, c: Place) -> Ref:
            return Ref(beside, (*lead, i, c))

        def larger(i: Place, k: Place) -> list[Statement]:
            sizes = [Apply("abs", (at(r, k),), dtype) for r in (i, chosen)]
            return [If(Apply("gt", tuple(sizes), bool_), [Set(Ref(self.pivot), Counted(i))])]

        def below(i: Place, k: Place) -> list[Statement]:
            found: list[Statement] = [
                Set(at(i, k), at(k, k), "/"),
                w.each(n, lambda j: [minus_product(w, at(i, j), at(i, k), at(k, j), self.a)],
                       start=k + 1)]
            if beside:
                found.append(w.each(columns, lambda c: [
                    minus_product(w, side(i, c), at(i, k), side(k, c), self.a)]))
            return found

        def step(k: Place) -> list[Statement]:
            found: list[Statement] = [
                Set(Ref(self.pivot), Counted(k)), w.each(n, lambda i: larger(i, k), start=k + 1)]
            rows: list[Statement] = [
                w.each(n, lambda j: self.exchanged(at(k, j), at(chosen, j)))]
            if beside:
                rows.append(w.each(columns, lambda c: self.exchanged(side(k, c), side(chosen, c))))
            if sign:
                rows.append(Set(Ref(sign, lead), Apply("neg", (Ref(sign, lead),), dtype)))
            other = Apply("ne", (Ref(self.pivot), Counted(k)), bool_)
            return [*found, If(other, rows), w.each(n, lambda i: below(i, k), start=k + 1)]
        copy = w.each(n, lambda i: [w.each(n, lambda j: [
            Set(at(i, j), w.read(self.a, aligned((*lead, i, j), self.a.shape)))])])
        return [copy, w.each(n, step)]

    def back(self, lead: Index, name: str, columns: int) -> list[Statement]:
        """The solution of what is left, in place."""
        w, n, at = self.w, self.n, self.at

        def x(i: Place, c: Place) -> Ref:
            return Ref(name, (*lead, i, c))

        def row(i: Place, c: Place) -> list[Statement]:
            return [w.each(n, lambda m: [minus_product(w, x(i, c), at(i, m), x(m, c), self.a)],
                           start=i + 1), Set(x(i, c), at(i, i), "/")]
        return [w.each(columns, lambda c: [w.each(n, lambda i: row(i, c), down=True)])]


def _solution(w: Lowering, node: Node, name: str) -> None:
    a, columns = node.args[0], node.shape[-1]
    gauss = Elimination(w, a)

    def right(index: Index) -> Expression:
        if len(node.args) > 1:
            return w.read(node.args[1], aligned(index, node.args[1].shape))
        same = Apply("eq", (Counted(index[-2]), Counted(index[-1])), bool_)
        return Apply("where", (same, Literal(1, node.dtype), Literal(0, node.dtype)), node.dtype)

    def matrix(*batch: Place) -> list[Statement]:
        lead = batch[:-2]
        fill = w.each(gauss.n, lambda i: [w.each(columns, lambda c: [
            Set(Ref(name, (*lead, i, c)), right((*lead, i, c)))])])
        return [fill, *gauss.statements(lead, columns, name), *gauss.back(lead, name, columns)]
    w.nest((*node.shape[:-2], 1, 1), matrix)


def _determinant(w: Lowering, node: Node, name: str) -> None:
    gauss = Elimination(w, node.args[0])
    kind = node.prim.name

    def matrix(*lead: Place) -> list[Statement]:
        target = Ref(name, lead)

        def factor(i: Place) -> list[Statement]:
            entry: Expression = gauss.at(i, i)
            if kind == "log_abs_det":
                size = Apply("abs", (entry,), node.dtype)
                return [Set(target, Apply("log", (size,), node.dtype), "+")]
            if kind == "sign_det":
                entry = Apply("sign", (entry,), node.dtype)
            return [Set(target, entry, "*")]
        start = Set(target, Literal(0 if kind == "log_abs_det" else 1, node.dtype))
        sign = "" if kind == "log_abs_det" else name
        return [start, *gauss.statements(lead, sign=sign), w.each(gauss.n, factor)]
    w.nest(node.shape, matrix)


FACTORISATIONS: dict[str, Rule] = {
    "cholesky": _cholesky, "solve_triangular": _solve_triangular, "solve": _solution,
    "inv": _solution, "det": _determinant, "log_abs_det": _determinant, "sign_det": _determinant}

__all__ = ["FACTORISATIONS"]
