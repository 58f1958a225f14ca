"""Kernels that move data: transposes, rows at places, concatenations."""

from __future__ import annotations

import math

from ...dtypes import int64
from ...graph import Node
from ...loops.groups import Group
from ...ops.neural import rows
from .objects import READY, Layout
from .own import Own, loop, moved, product
from .text import (
    BASE,
    Code,
    convert,
    fail,
    kernel_dtype,
    load_scalar,
    load_vector,
    masked_lanes,
    store_vector,
    typed,
)

WIDEST = 16
"""The largest tile that is transposed in registers, in rows and columns."""

# ---- the last two dimensions exchanged ----


class Transpose(Own):
    """A transpose. Tiles are transposed in registers: rows are read and columns written by whole
    vectors; what is left at the edges goes element by element. The outermost loop is over panels of
    as many rows as a vector has lanes."""

    def __init__(self, group: Group, bits: int, at: Layout) -> None:
        x, = group.nodes[0].args
        size = kernel_dtype(x).itemsize
        lanes = min(bits // (8 * size), WIDEST, *x.shape[-2:])
        self.lanes = 1 << (lanes.bit_length() - 1)
        self.element, self.bytes = f"i{8 * size}", size
        self.panels = -(-x.shape[-2] // self.lanes)
        super().__init__(group, bits, at)

    def count(self) -> int:
        return math.prod(self.node.shape[:-2]) * self.panels

    def write(self, code: Code) -> None:
        self.width = t = self.lanes
        x, kind = self.node.args[0], self.element
        panels, rows, columns = map(self.integer, (self.panels, *x.shape[-2:]))
        source, target = self.base(x), self.base(self.node)
        area = product(self.entry, rows, columns)
        with loop(code, "panel", "%begin", "%end") as panel:
            matrix = code.op(f"udiv i64 {panel}, {panels}")
            inside = code.op(f"sub i64 {panel}, {product(code, matrix, panels)}")
            first = code.op(f"mul i64 {inside}, {t}")
            start = product(code, matrix, area)
            source = moved(code, kind, source, start, product(code, first, columns))
            target = moved(code, kind, target, start, first)
            left = code.op(f"sub i64 {rows}, {first}")
            few = code.op(f"icmp slt i64 {left}, {t}")
            here = code.op(f"select i1 {few}, i64 {left}, i64 {t}")
            # Whole tiles end where one more would go beyond; there are none in a low panel.
            whole = code.op(f"sub i64 {columns}, {t - 1}")
            stop = code.op(f"select i1 {few}, i64 0, i64 {whole}")
            with loop(code, "tile", "0", stop, str(t)) as tile:
                self.tile(code, moved(code, kind, source, tile),
                          moved(code, kind, target, product(code, tile, rows)), rows, columns)
            with loop(code, "column", "%tile", columns) as column:
                top = moved(code, kind, source, column)
                line = moved(code, kind, target, product(code, column, rows))
                with loop(code, "row", "0", here) as row:
                    at = moved(code, kind, top, product(code, row, columns))
                    value = code.op(f"load {kind}, ptr {at}")
                    code.do(f"store {kind} {value}, ptr {moved(code, kind, line, row)}")

    def tile(self, code: Code, source: str, target: str, rows: str, columns: str) -> None:
        """A square of as many rows as a vector has lanes."""
        vector, kind = typed(self.element, self.lanes), self.element
        vectors = []
        for lane in range(self.lanes):
            source = moved(code, kind, source, columns) if lane else source
            vectors.append(code.op(f"load {vector}, ptr {source}, align {self.bytes}"))
        for lane, value in enumerate(self.exchanged(code, vectors)):
            target = moved(code, kind, target, rows) if lane else target
            code.do(f"store {vector} {value}, ptr {target}, align {self.bytes}")

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


# ---- a part of zeros ----


class Put(Own):
    """Zeros with a value from some place on along one axis."""

    def operands(self) -> list[Node]:
        return [self.node.args[0]]

    def count(self) -> int:
        return math.prod(self.node.shape[:self.node.params["axes"][0]])

    def write(self, code: Code) -> None:
        node, x = self.node, self.node.args[0]
        count, axis, size = self.count(), node.params["axes"][0], kernel_dtype(node).itemsize
        start = node.args[1].params["value"] % node.shape[axis]
        whole, part = node.size // count * size, x.size // count * size
        first = start * node.size // (count * node.shape[axis]) * size
        source, target = self.base(x), self.base(node)
        sizes = [self.integer(n) for n in (whole, part, first)]
        with loop(code, "block", "%begin", "%end") as k:
            row = moved(code, "i8", target, product(code, k, sizes[0]))
            self.clear_bytes(code, row, whole)
            self.copy_bytes(code, moved(code, "i8", row, sizes[2]),
                            moved(code, "i8", source, product(code, k, sizes[1])), sizes[1])


# ---- whole rows at the places in an array ----


class Rows(Own):
    """Something for each row at a place that an array says. Negative places count from the end,
    where they may; one beyond leaves the program to the interpreter, which says so."""

    def __init__(self, group: Group, bits: int, at: Layout) -> None:
        node, = group.nodes
        self.among = self.table(node)
        self.element = kernel_dtype(node)
        super().__init__(group, bits, at)

    def table(self, node: Node) -> Node:
        """The value that has the rows."""
        return node.args[0]

    def count(self) -> int:
        return self.node.args[1].size

    def write(self, code: Code) -> None:
        self.width = 1
        places = self.node.args[1]
        kind = BASE[self.element]
        size = self.integer(self.among.shape[0])
        length = self.integer(math.prod(self.among.shape[1:]))
        other = self.node.args[0] if self.among is self.node else self.node
        index, row_of, one_of = map(self.base, (places, self.among, other))
        self.begins(code)
        with loop(code, "place", "%begin", "%end") as k:
            at = moved(code, BASE[kernel_dtype(places)], index, k)
            place = convert(code, load_scalar(code, kernel_dtype(places), at), kernel_dtype(places),
                            int64, 1)
            if self.node.prim is not rows:
                low = code.op(f"icmp slt i64 {place}, 0")
                place = code.op(f"select i1 {low}, i64 {code.op(f'add i64 {place}, {size}')}, "
                                f"i64 {place}")
            beyond = code.op(f"icmp uge i64 {place}, {size}")
            fail(code, beyond, 1)
            place = code.op(f"select i1 {beyond}, i64 0, i64 {place}")
            self.one_row(code, moved(code, kind, row_of, product(code, place, length)),
                         moved(code, kind, one_of, product(code, k, length)), length)

    def begins(self, code: Code) -> None:
        """What comes before the first row."""

    def one_row(self, code: Code, row: str, one: str, length: str) -> None:
        """What is done with ``row``, a row at a place, and ``one``, the next of the other value."""
        raise NotImplementedError


class Take(Rows):
    """The rows at the places."""

    def one_row(self, code: Code, row: str, one: str, length: str) -> None:
        self.copy_bytes(code, one, row, product(code, length, str(self.element.itemsize)))


class PutAdd(Rows):
    """Rows added up at the places, in their order."""

    alone = True   # two of its rows may go to one place

    def table(self, node: Node) -> Node:
        return node

    def begins(self, code: Code) -> None:
        self.clear_bytes(code, self.base(self.node), self.node.size * self.element.itemsize)

    def one_row(self, code: Code, row: str, one: str, length: str) -> None:
        kind, w = BASE[self.element], self.bits // (8 * self.element.itemsize)
        with loop(code, "column", "0", length, str(w)) as column:
            mask = masked_lanes(code, column, length, w)
            to = moved(code, kind, row, column)
            value = load_vector(code, moved(code, kind, one, column), self.element, w, mask)
            old = load_vector(code, to, self.element, w, mask)
            new = code.op(f"fadd {typed(kind, w)} {old}, {value}")
            store_vector(code, new, to, self.element, w, mask)


# ---- several values behind each other ----


class Join(Own):
    """A concatenation. The operands are found in ``consts``, so that the text is the same for any
    number of them."""

    def count(self) -> int:
        return math.prod(self.node.shape[:self.node.params["axis"]])

    def write(self, code: Code) -> None:
        node, axis = self.node, self.node.params["axis"]
        size = kernel_dtype(node).itemsize
        target = self.base(node)
        whole = self.integer(size * math.prod(node.shape[axis:]))
        parts = self.integer(len(node.args))
        place = len(self.consts)
        for arg in node.args:
            self.consts += [("slot", arg), ("offset", arg),
                            ("value", size * math.prod(arg.shape[axis:]))]
        table = self.entry.op(f"getelementptr i64, ptr %consts, i64 {place}")
        with loop(code, "tested", "0", parts) as k:
            thing, _, _ = self.part(code, table, k)
            flags = code.op(f"getelementptr i8, ptr {thing}, i64 {self.at.flags}")
            kept = code.op(f"and i32 {code.op(f'load i32, ptr {flags}')}, {READY}")
            code.do(f"br i1 {code.op(f'icmp eq i32 {kept}, {READY}')}, label %fits, "
                    "label %refused")
            code.label("fits")
        with loop(code, "row", "%begin", "%end") as row:
            start = moved(code, "i8", target, product(code, row, whole))
            hole = self.entry.op("alloca ptr")
            code.do(f"store ptr {start}, ptr {hole}")
            with loop(code, "part", "0", parts) as k:
                thing, offset, length = self.part(code, table, k)
                data = code.op(f"getelementptr i8, ptr {thing}, i64 {self.at.data}")
                source = moved(code, "i8", code.op(f"load ptr, ptr {data}"), offset,
                               product(code, row, length))
                at = code.op(f"load ptr, ptr {hole}")
                self.copy_bytes(code, at, source, length)
                code.do(f"store ptr {moved(code, 'i8', at, length)}, ptr {hole}")

    def part(self, code: Code, table: str, k: str) -> tuple[str, str, str]:
        """The object of operand ``k``, where its data begin, and the bytes of a row."""
        first = code.op(f"mul i64 {k}, 3")
        numbers = [code.op(f"load i64, ptr {moved(code, 'i64', table, first, str(i))}")
                   for i in range(3)]
        item = moved(code, "ptr", "%items", numbers[0])
        return code.op(f"load ptr, ptr {item}"), numbers[1], numbers[2]
