"""The kernel that exchanges the last two dimensions of a value: tiles are turned in registers.

Rows are read and columns written by whole vectors; what is left at the edges goes element by
element. The outermost loop is over panels of as many rows as a vector has lanes.
"""

from __future__ import annotations

import math

from ...graph import Node
from ...passes.fuse import FULL, Group
from .elementwise import Code, kernel_dtype, typed
from .kernel import Kernel
from .nest import Access, Nest, contiguous
from .objects import Layout

WIDEST = 16


class TurnNest(Nest):
    """The loops of a :class:`Turn`: over panels, and the elements of a panel."""

    def __init__(self, panels: int, size: int, read: Access, written: Access) -> None:
        self.outer = [panels]
        self.inner = [size]
        self.size = size
        self.strides = {read: ([1], 1), written: ([1], 1)}


class Turn(Kernel):
    """A kernel that stores ``group``'s one node, a transpose."""

    def __init__(self, group: Group, bits: int, at: Layout) -> None:
        node, = group.nodes
        x, = node.args
        self.rows_of, self.columns_of = x.shape[-2:]
        size = kernel_dtype(x).itemsize
        lanes = min(bits // (8 * size), WIDEST, *x.shape[-2:])
        self.lanes = 1 << (lanes.bit_length() - 1)
        self.element = f"i{8 * size}"
        batch = math.prod(x.shape[:-2])
        self.per_matrix = -(-self.rows_of // self.lanes)
        self.panels = batch * self.per_matrix
        read = Access(x, tuple(contiguous(x.shape)))
        self.given = (read, Access(node, tuple(contiguous(node.shape))))
        self.bodies, self.roots, self.kept, self.ready = [[node]], [[node]], [[]], [set()]
        self.wide_columns = {}
        super().__init__(group, bits, at)

    def find_accesses(self) -> dict[tuple[Node, str], Access]:
        read, written = self.given
        return {(read.node, FULL): read, (written.node, FULL): written}

    def loops_over(self) -> TurnNest:
        return TurnNest(self.panels, self.columns_of * self.lanes, *self.given)

    def build(self) -> str:
        """The text of the function."""
        self.width = self.lanes
        entry = self.entry
        self.const("value", self.panels)
        per_matrix = self.const("value", self.per_matrix)
        rows, columns = (self.const("value", n) for n in (self.rows_of, self.columns_of))
        x, y = (self.base(access.node) for access in self.given)
        area = entry.op(f"mul i64 {rows}, {columns}")
        code, kind, t = Code(self.counter, self.needs), self.element, self.lanes

        def at(base: str, *terms: str) -> str:
            for term in terms:
                base = code.op(f"getelementptr {kind}, ptr {base}, i64 {term}")
            return base

        code.do("br label %panel.head")
        code.label("panel.head")
        code.do("%panel = phi i64 [ %begin, %ready ], [ %panel.next, %panel.end ]")
        code.do(f"br i1 {code.op('icmp slt i64 %panel, %end')}, label %panel.body, "
                "label %panel.done")
        code.label("panel.body")
        matrix = code.op(f"udiv i64 %panel, {per_matrix}")
        first = code.op(f"mul i64 {matrix}, {per_matrix}")
        first = code.op(f"mul i64 {code.op(f'sub i64 %panel, {first}')}, {t}")
        start = code.op(f"mul i64 {matrix}, {area}")
        source = at(x, start, code.op(f"mul i64 {first}, {columns}"))
        target = at(y, start, first)
        left = code.op(f"sub i64 {rows}, {first}")
        few = code.op(f"icmp slt i64 {left}, {t}")
        here = code.op(f"select i1 {few}, i64 {left}, i64 {t}")
        code.do(f"br i1 {few}, label %edge, label %tile.head")
        code.label("tile.head")
        code.do("%tile = phi i64 [ 0, %panel.body ], [ %tile.next, %tile.body ]")
        code.do(f"%tile.next = add i64 %tile, {t}")
        code.do(f"br i1 {code.op(f'icmp sle i64 %tile.next, {columns}')}, label %tile.body, "
                "label %edge")
        code.label("tile.body")
        place = at(source, "%tile")
        vectors = []
        for lane in range(t):
            place = at(place, columns) if lane else place
            vectors.append(code.op(f"load {typed(kind, t)}, ptr {place}, align {self.align()}"))
        place = at(target, code.op(f"mul i64 %tile, {rows}"))
        for lane, vector in enumerate(self.exchanged(code, vectors)):
            place = at(place, rows) if lane else place
            code.do(f"store {typed(kind, t)} {vector}, ptr {place}, align {self.align()}")
        code.do("br label %tile.head")
        code.label("edge")
        code.do("%edge.first = phi i64 [ 0, %panel.body ], [ %tile, %tile.head ]")
        code.do("br label %column.head")
        code.label("column.head")
        code.do("%column = phi i64 [ %edge.first, %edge ], [ %column.next, %row.done ]")
        code.do(f"br i1 {code.op(f'icmp slt i64 %column, {columns}')}, label %column.body, "
                "label %panel.end")
        code.label("column.body")
        top = at(source, "%column")
        line = at(target, code.op(f"mul i64 %column, {rows}"))
        code.do("br label %row.head")
        code.label("row.head")
        code.do("%row = phi i64 [ 0, %column.body ], [ %row.next, %row.body ]")
        code.do(f"br i1 {code.op(f'icmp slt i64 %row, {here}')}, label %row.body, "
                "label %row.done")
        code.label("row.body")
        value = code.op(f"load {kind}, ptr {at(top, code.op(f'mul i64 %row, {columns}'))}")
        code.do(f"store {kind} {value}, ptr {at(line, '%row')}")
        code.do("%row.next = add i64 %row, 1")
        code.do("br label %row.head")
        code.label("row.done")
        code.do("%column.next = add i64 %column, 1")
        code.do("br label %column.head")
        code.label("panel.end")
        code.do("%panel.next = add i64 %panel, 1")
        code.do("br label %panel.head")
        code.label("panel.done")
        return self.assembled(code)

    def align(self) -> int:
        return int(self.element[1:]) // 8

    def exchanged(self, code: Code, vectors: list[str]) -> list[str]:
        """The columns of the tile whose rows are ``vectors``: blocks of 1, 2, 4, ... lanes change
        places with those across the diagonal."""
        t = self.lanes
        kind, step = typed(self.element, t), 1
        while step < t:
            for i in [i for i in range(t) if not i & step]:
                upper, lower = vectors[i], vectors[i + step]
                masks = ([lane + t - step if lane & step else lane for lane in range(t)],
                         [lane + t if lane & step else lane + step for lane in range(t)])
                vectors[i], vectors[i + step] = [
                    code.op(f"shufflevector {kind} {upper}, {kind} {lower}, <{t} x i32> "
                            f"<{', '.join(f'i32 {lane}' for lane in mask)}>") for mask in masks]
            step *= 2
        return vectors
