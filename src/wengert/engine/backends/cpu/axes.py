"""Kernels that go along an axis, or over axes that others follow."""

from __future__ import annotations

import math

from ...dtypes import float64
from ...graph import Node
from ...loops.groups import Group
from ...loops.places import is_sum
from .literals import literal
from .objects import Layout
from .own import Own, loop, moved, product
from .policy import between
from .reductions import combine, identity
from .text import BASE, Code, convert, load_vector, masked_lanes, select, store_vector, typed

ABREAST = 4
"""So many vectors of columns, or rows, are added up side by side."""


class Along(Own):
    """Something along axes: of each block of rows, or of each row where there are no axes after
    them."""

    def __init__(self, group: Group, bits: int, at: Layout) -> None:
        node, = group.nodes
        self.sizes = self.sizes_of(node)
        self.dtype = node.dtype
        super().__init__(group, bits, at)

    def sizes_of(self, node: Node) -> tuple[int, int, int]:
        """How many elements are before the axes, in them and after them."""
        axis = node.params["axis"] if "axis" in node.params else node.params["axes"][0]
        return (math.prod(node.shape[:axis]), node.shape[axis], math.prod(node.shape[axis + 1:]))

    def count(self) -> int:
        return self.sizes[0]

    def block_of(self, code: Code, node: Node, block: str) -> str:
        """Where a block begins in the operand, or in the result."""
        area = self.integer(node.size // max(1, self.sizes[0]))
        return moved(code, BASE[self.dtype], self.base(node), product(code, block, area))

    def pointers(self, code: Code, block: str) -> tuple[str, str]:
        """Where a block begins in the operand, and in the result."""
        return self.block_of(code, self.node.args[0], block), self.block_of(code, self.node, block)


class Between(Along):
    """A sum, or the largest or smallest, over axes in the middle: of each block of rows, column by
    column. Sums of float32 are made in float64, those of float64 with what rounding loses beside
    them."""

    def __init__(self, group: Group, bits: int, at: Layout) -> None:
        node, = group.nodes
        sums = is_sum(node)
        self.sum_dtype = float64 if sums else node.dtype
        self.compensated = sums and node.dtype is float64
        super().__init__(group, bits, at)

    def sizes_of(self, node: Node) -> tuple[int, int, int]:
        found = between(node)
        assert found is not None
        return found

    def write(self, code: Code) -> None:
        self.width = w = self.bits // (8 * self.dtype.itemsize)
        rows, columns = map(self.integer, self.sizes[1:])
        kind = BASE[self.dtype]
        with loop(code, "block", "%begin", "%end") as block:
            top, out = self.pointers(code, block)
            whole = code.op(f"sub i64 {columns}, {ABREAST * w - 1}")
            with loop(code, "wide", "0", whole, str(ABREAST * w)) as column:
                self.reduce(code, "many", moved(code, kind, top, column),
                            moved(code, kind, out, column), (rows, columns), ABREAST, None)
            with loop(code, "rest", "%wide", columns, str(w)) as column:
                self.reduce(code, "one", moved(code, kind, top, column),
                            moved(code, kind, out, column), (rows, columns), 1,
                            masked_lanes(code, column, columns, w))

    def reduce(self, code: Code, name: str, source: str, target: str, sizes: tuple[str, str],
               vectors: int, mask: str | None) -> None:
        """Reduce so many ``vectors`` side by side over the rows."""
        w, dtype = self.width, self.sum_dtype
        kind = typed(BASE[dtype], w)
        start = code.splat(identity(self.node, dtype), BASE[dtype], w)
        names = [code.name() for _ in range(vectors)]
        lost = [code.name() for _ in range(vectors)] if self.compensated else []
        before, carried = code.block, list[str]()
        with loop(code, name, "0", sizes[0], carried=carried) as row:
            at = moved(code, BASE[self.dtype], source, product(code, row, sizes[1]))
            for k, acc in enumerate(names):
                value = load_vector(code, moved(code, BASE[self.dtype], at, str(k * w)),
                                    self.dtype, w, mask)
                value = convert(code, value, self.dtype, dtype, w)
                new = combine(code, self.node, acc, value, dtype, w)
                carried.append(f"  {acc} = phi {kind} [ {start}, %{before} ], "
                               f"[ {new}, %{name}.turn ]")
                if lost:
                    rest = code.op(f"fsub {kind} {value}, {code.op(f'fsub {kind} {new}, {acc}')}")
                    more = code.op(f"fadd {kind} {lost[k]}, {rest}")
                    carried.append(f"  {lost[k]} = phi {kind} [ {start}, %{before} ], "
                                   f"[ {more}, %{name}.turn ]")
        for k, acc in enumerate(names):
            if lost:   # of an infinite sum the rest is NaN
                whole = code.op(f"fadd {kind} {acc}, {lost[k]}")
                known = code.op(f"fcmp ord {kind} {lost[k]}, {lost[k]}")
                acc = select(code, known, whole, acc, kind, w)
            value = convert(code, acc, dtype, self.dtype, w)
            store_vector(code, value, moved(code, BASE[self.dtype], target, str(k * w)),
                         self.dtype, w, mask)


class Running(Along):
    """Sums so far, made in float64. Columns go by vectors; several single rows side by side, since
    each addition waits for the one before."""

    def write(self, code: Code) -> None:
        if self.sizes[2] == 1:
            self.write_rows(code)
            return
        self.width = w = self.bits // (8 * self.dtype.itemsize)
        columns, kind = self.integer(self.sizes[2]), BASE[self.dtype]
        with loop(code, "block", "%begin", "%end") as block:
            source, target = self.pointers(code, block)
            with loop(code, "column", "0", columns, str(w)) as column:
                lines = [(moved(code, kind, source, column), moved(code, kind, target, column))]
                self.add(code, "sum", lines, columns, w, masked_lanes(code, column, columns, w))

    def write_rows(self, code: Code) -> None:
        self.width = 1
        few = code.op(f"sub i64 %end, {ABREAST - 1}")
        with loop(code, "rows", "%begin", few, str(ABREAST)) as row:
            lines = [self.pointers(code, code.op(f"add i64 {row}, {k}")) for k in range(ABREAST)]
            self.add(code, "many", lines, "1", 1, None)
        with loop(code, "rest", "%rows", "%end") as row:
            self.add(code, "one", [self.pointers(code, row)], "1", 1, None)

    def add(self, code: Code, name: str, lines: list[tuple[str, str]], step: str, width: int,
            mask: str | None) -> None:
        """Go along ``lines``, each from an operand to a result, by so many elements a step."""
        kind, wide = BASE[self.dtype], typed("double", width)
        zero = code.splat(literal(0.0, float64), "double", width)
        before, carried = code.block, list[str]()
        with loop(code, name, "0", self.integer(self.sizes[1]), carried=carried) as k:
            place = product(code, k, step)
            for source, target in lines:
                total = code.name()
                value = load_vector(code, moved(code, kind, source, place), self.dtype, width, mask)
                value = convert(code, value, self.dtype, float64, width)
                new = code.op(f"fadd {wide} {total}, {value}")
                carried.append(f"  {total} = phi {wide} [ {zero}, %{before} ], "
                               f"[ {new}, %{name}.turn ]")
                store_vector(code, convert(code, new, float64, self.dtype, width),
                             moved(code, kind, target, place), self.dtype, width, mask)


class Flip(Along):
    """The other way round along one axis: rows change places, or the elements of a row."""

    def write(self, code: Code) -> None:
        rows, columns = map(self.integer, self.sizes[1:])
        last = code.op(f"sub i64 {rows}, 1")
        kind = BASE[self.dtype]
        self.width = w = self.bits // (8 * self.dtype.itemsize)
        with loop(code, "block", "%begin", "%end") as block:
            source, target = self.pointers(code, block)
            if self.sizes[2] == 1:
                stop = code.op(f"sub i64 {rows}, {w - 1}")
                with loop(code, "vector", "0", stop, str(w)) as k:
                    value = load_vector(code, moved(code, kind, source, k), self.dtype, w, None)
                    lanes = ", ".join([f"i32 {lane}" for lane in reversed(range(w))])
                    value = code.op(f"shufflevector {typed(kind, w)} {value}, {typed(kind, w)} "
                                    f"poison, <{w} x i32> <{lanes}>")
                    place = code.op(f"sub i64 {code.op(f'sub i64 {rows}, {w}')}, {k}")
                    store_vector(code, value, moved(code, kind, target, place), self.dtype, w, None)
            with loop(code, "row", "%vector" if self.sizes[2] == 1 else "0", rows) as k:
                place = code.op(f"sub i64 {last}, {k}")
                one = moved(code, kind, source, product(code, k, columns))
                other = moved(code, kind, target, product(code, place, columns))
                self.copy_bytes(code, other, one, product(
                    code, columns, str(self.dtype.itemsize)))
