"""Kernels of one node each, whose loops are written by hand: moves of data, rows at places,
reductions over axes in the middle, sliding windows.

:data:`OWN` says which class writes the kernel of a primitive; ``passes/own.py`` says when.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from ...blas import product_name
from ...dtypes import float32, float64, int64
from ...graph import Node, Shape
from ...passes.fuse import FULL, Group
from ...passes.own import between
from .elementwise import BASE, Code, convert, kernel_dtype, typed
from .kernel import Kernel
from .nest import Access, Nest, contiguous
from .objects import READY, Layout
from .walk import load_vector, masked_lanes, store_vector

ROW_MAJOR, PLAIN, TRANSPOSED = 101, 111, 112
"""How cblas spells the order of elements, and whether a factor is turned."""
PRODUCTS = 8
"""So many products take as long as an element of another kernel."""
ABREAST = 4
"""So many vectors of columns are reduced side by side."""
WIDEST = 16
"""The largest tile that is turned in registers, in rows and columns."""


class OwnNest(Nest):
    """The loops of an :class:`Own`: ``count`` times over ``size`` elements."""

    def __init__(self, count: int, size: int, accesses: list[Access]) -> None:
        self.outer = [count]
        self.inner = [size]
        self.size = size
        self.strides = {access: ([1], 1) for access in accesses}


class Own(Kernel):
    """The kernel of a group of one node. A subclass says how often its outermost loop is taken
    (:meth:`count`) and writes it (:meth:`write`)."""

    def __init__(self, group: Group, bits: int, at: Layout) -> None:
        self.node, = group.nodes
        self.bodies, self.roots, self.kept, self.ready = [[self.node]], [[self.node]], [[]], [set()]
        self.wide_columns = {}
        super().__init__(group, bits, at)

    def find_accesses(self) -> dict[tuple[Node, str], Access]:
        return {(node, FULL): Access(node, tuple(contiguous(node.shape)))
                for node in (*self.node.args, self.node)}

    def loops_over(self) -> Nest:
        count = self.count()
        return OwnNest(count, max(1, self.node.size // count), list(self.accesses.values()))

    def build(self) -> str:
        self.const("value", self.count())
        code = Code(self.counter, self.needs)
        code.block = "ready"
        self.write(code)
        return self.assembled(code)

    def count(self) -> int:
        """The length of the outermost loop."""
        raise NotImplementedError

    def write(self, code: Code) -> None:
        """The loops, from ``%begin`` to ``%end``."""
        raise NotImplementedError

    # ---- pieces of text ----

    def clear_bytes(self, code: Code, pointer: str, count: int) -> None:
        """Make so many bytes 0."""
        name = "@llvm.memset.p0.i64"
        self.needs[name] = f"declare void {name}(ptr, i8, i64, i1 immarg)"
        code.do(f"call void {name}(ptr {pointer}, i8 0, i64 {self.integer(count)}, i1 false)")

    def integer(self, value: int) -> str:
        """A number that may differ where the text is the same."""
        return self.const("value", value)


@contextmanager
def loop(code: Code, name: str, first: str, stop: str, step: str = "1",
         carried: Sequence[str] = ()) -> Iterator[str]:
    """A loop whose counter has the name ``%name``; after it, the counter is where it stopped.
    ``carried`` are its other phis, which may be added while the body is written."""
    before = code.block
    code.do(f"br label %{name}.head")
    code.label(f"{name}.head")
    code.do(f"%{name} = phi i64 [ {first}, %{before} ], [ %{name}.next, %{name}.turn ]")
    phis = len(code.lines)
    more = code.op(f"icmp slt i64 %{name}, {stop}")
    code.do(f"br i1 {more}, label %{name}.body, label %{name}.done")
    code.label(f"{name}.body")
    yield f"%{name}"
    code.lines[phis:phis] = carried
    code.do(f"br label %{name}.turn")
    code.label(f"{name}.turn")
    code.do(f"%{name}.next = add i64 %{name}, {step}")
    code.do(f"br label %{name}.head")
    code.label(f"{name}.done")


def moved(code: Code, kind: str, base: str, *terms: str) -> str:
    """The address of ``base`` and so many elements."""
    for term in terms:
        base = code.op(f"getelementptr {kind}, ptr {base}, i64 {term}")
    return base


def product(code: Code, a: str, b: str) -> str:
    return code.op(f"mul i64 {a}, {b}")


# ---- the last two dimensions exchanged ----


class Turn(Own):
    """A transpose. Tiles are turned in registers: rows are read and columns written by whole
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


# ---- products of matrices ----


class Gemm(Own):
    """Products of pairs of matrices, by BLAS. A factor that is a transpose is given as what it is
    the transpose of."""

    alone = True   # BLAS has threads of its own

    def __init__(self, group: Group, bits: int, at: Layout) -> None:
        node, = group.nodes
        self.factors = [arg if arg in group.inputs else arg.args[0] for arg in node.args]
        self.turned = [arg not in group.inputs for arg in node.args]
        super().__init__(group, bits, at)

    def find_accesses(self) -> dict[tuple[Node, str], Access]:
        return {(node, FULL): Access(node, tuple(contiguous(node.shape)))
                for node in (*self.factors, self.node)}

    def count(self) -> int:
        return math.prod(self.node.shape[:-2])

    def work(self) -> int:
        return self.node.size * self.node.args[0].shape[-1] // PRODUCTS

    def write(self, code: Code) -> None:
        double = self.node.dtype is not float32
        base, name = ("double" if double else "float"), product_name(64 if double else 32)
        self.needs[f"@{name}"] = (
            f"declare void @{name}(i32, i32, i32, i64, i64, i64, {base}, ptr, i64, ptr, i64, "
            f"{base}, ptr, i64)")
        rows, columns = self.node.shape[-2:]
        depth = self.node.args[0].shape[-1]
        sizes = [self.integer(n) for n in (rows, columns, depth)]
        how = [self.entry.op(f"trunc i64 {self.integer(TRANSPOSED if turned else PLAIN)} to i32")
               for turned in self.turned]
        lines = [self.integer(factor.shape[-1]) for factor in self.factors]
        areas = [self.integer(math.prod(factor.shape[-2:])) for factor in self.factors]
        area = self.integer(rows * columns)
        bases = [self.base(factor) for factor in self.factors]
        target = self.base(self.node)
        with loop(code, "matrix", "%begin", "%end") as k:
            a, b = (moved(code, base, start, product(code, k, size))
                    for start, size in zip(bases, areas, strict=True))
            out = moved(code, base, target, product(code, k, area))
            code.do(f"call void @{name}(i32 {ROW_MAJOR}, i32 {how[0]}, i32 {how[1]}, "
                    f"i64 {sizes[0]}, i64 {sizes[1]}, i64 {sizes[2]}, {base} 1.0, ptr {a}, "
                    f"i64 {lines[0]}, ptr {b}, i64 {lines[1]}, {base} 0.0, ptr {out}, "
                    f"i64 {sizes[1]})")


# ---- reductions over axes that others follow ----


class Between(Own):
    """A sum, or the largest or smallest, over axes in the middle: of each block of rows, column by
    column. Sums of float32 are made in float64."""

    def __init__(self, group: Group, bits: int, at: Layout) -> None:
        node, = group.nodes
        found = between(node)
        assert found is not None
        self.sizes = found
        self.dtype = node.dtype
        self.sum_dtype = float64 if node.prim.name in ("sum", "sum_to") else node.dtype
        super().__init__(group, bits, at)

    def count(self) -> int:
        return self.sizes[0]

    def write(self, code: Code) -> None:
        self.width = w = self.bits // (8 * self.dtype.itemsize)
        rows, columns = map(self.integer, self.sizes[1:])
        kind, area = BASE[self.dtype], product(self.entry, rows, columns)
        source, target = self.base(self.node.args[0]), self.base(self.node)
        with loop(code, "block", "%begin", "%end") as block:
            top = moved(code, kind, source, product(code, block, area))
            out = moved(code, kind, target, product(code, block, columns))
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
        start = code.splat(self.identity(self.node, dtype), BASE[dtype], w)
        names = [code.name() for _ in range(vectors)]
        before, carried = code.block, list[str]()
        with loop(code, name, "0", sizes[0], carried=carried) as row:
            at = moved(code, BASE[self.dtype], source, product(code, row, sizes[1]))
            for k, acc in enumerate(names):
                value = load_vector(code, moved(code, BASE[self.dtype], at, str(k * w)),
                                    self.dtype, w, mask)
                value = convert(code, value, self.dtype, dtype, w)
                new = self.combine(code, self.node, acc, value, dtype, w)
                carried.append(f"  {acc} = phi {kind} [ {start}, %{before} ], "
                               f"[ {new}, %{name}.turn ]")
        for k, acc in enumerate(names):
            value = convert(code, acc, dtype, self.dtype, w)
            store_vector(code, value, moved(code, BASE[self.dtype], target, str(k * w)),
                         self.dtype, w, mask)


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
            place = convert(code, self.load_scalar(code, places, at), kernel_dtype(places),
                            int64, 1)
            if self.node.prim.name != "rows":
                low = code.op(f"icmp slt i64 {place}, 0")
                place = code.op(f"select i1 {low}, i64 {code.op(f'add i64 {place}, {size}')}, "
                                f"i64 {place}")
            beyond = code.op(f"icmp uge i64 {place}, {size}")
            self.fail(code, beyond, 1)
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
        name = "@llvm.memcpy.p0.p0.i64"
        self.needs[name] = f"declare void {name}(ptr, ptr, i64, i1 immarg)"
        nbytes = code.op(f"mul i64 {length}, {self.element.itemsize}")
        code.do(f"call void {name}(ptr {one}, ptr {row}, i64 {nbytes}, i1 false)")


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
        name = "@llvm.memcpy.p0.p0.i64"
        self.needs[name] = f"declare void {name}(ptr, ptr, i64, i1 immarg)"
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
                code.do(f"call void {name}(ptr {at}, ptr {source}, i64 {length}, i1 false)")
                code.do(f"store ptr {moved(code, 'i8', at, length)}, ptr {hole}")

    def part(self, code: Code, table: str, k: str) -> tuple[str, str, str]:
        """The object of operand ``k``, where its data begin, and the bytes of a row."""
        first = code.op(f"mul i64 {k}, 3")
        numbers = [code.op(f"load i64, ptr {moved(code, 'i64', table, first, str(i))}")
                   for i in range(3)]
        item = moved(code, "ptr", "%items", numbers[0])
        return code.op(f"load ptr, ptr {item}"), numbers[1], numbers[2]


# ---- sliding windows without a margin ----


class Windows(Own):
    """Something for each window of a plane; the outermost loop is over the planes."""

    def __init__(self, group: Group, bits: int, at: Layout) -> None:
        node, = group.nodes
        self.kernel_size, self.out, self.stride, self.dilation = (
            (1,) * (2 - len(node.params[name])) + tuple(node.params[name])
            for name in ("kernel", "out", "stride", "dilation"))
        size: Shape = node.params["size"] if "size" in node.params else node.args[0].shape[2:]
        self.plane = (1,) * (2 - len(size)) + tuple(size)
        self.float = "float" if node.args[0].dtype is float32 else "double"
        self.bytes = node.args[0].dtype.itemsize
        super().__init__(group, bits, at)

    def count(self) -> int:
        return math.prod(self.node.shape[:2])

    def write(self, code: Code) -> None:
        elements = math.prod(self.plane)
        area = self.integer(elements)
        windows = self.integer(math.prod(self.out))
        high, wide = map(self.integer, self.out)
        down, right = map(self.integer, (self.stride[0] * self.plane[1], self.stride[1]))
        self.line = self.integer(self.dilation[0] * self.plane[1])
        self.next = self.integer(self.dilation[1])
        large, small = self.operands()
        bases = {node: self.base(node) for node in (large, *small)}
        with loop(code, "plane", "%begin", "%end") as plane:
            start = moved(code, self.float, bases[large], product(code, plane, area))
            self.plane_begins(code, start, elements)
            first = product(code, plane, windows)
            with loop(code, "down", "0", high) as y:
                top = moved(code, self.float, start, product(code, y, down))
                line = code.op(f"add i64 {first}, {product(code, y, wide)}")
                with loop(code, "right", "0", wide) as x:
                    at = moved(code, self.float, top, product(code, x, right))
                    self.window(code, at, {node: (bases[node], code.op(f"add i64 {line}, {x}"))
                                           for node in small})

    def operands(self) -> tuple[Node, tuple[Node, ...]]:
        """The value that has the planes, and those with an element per window."""
        return self.node.args[0], (*self.node.args[1:], self.node)

    def plane_begins(self, code: Code, start: str, elements: int) -> None:
        """What comes before the windows of a plane."""

    def window(self, code: Code, at: str, small: dict[Node, tuple[str, str]]) -> None:
        """What is done for the window that begins ``at`` an address; for the values with an element
        per window, their addresses and the number of the window."""
        raise NotImplementedError

    def elements_at(self, code: Code, at: str) -> list[str]:
        """The elements of a window, row by row."""
        values = []
        for i in range(self.kernel_size[0]):
            at = moved(code, self.float, at, self.line) if i else at
            place = at
            for k in range(self.kernel_size[1]):
                place = moved(code, self.float, place, self.next) if k else place
                values.append(code.op(f"load {self.float}, ptr {place}"))
        return values

    def chosen(self, code: Code, test: str, a: str, b: str, kind: str) -> str:
        return code.op(f"select i1 {test}, {kind} {a}, {kind} {b}")


class WindowMax(Windows):
    """The largest element; NaN is larger than every number."""

    def window(self, code: Code, at: str, small: dict[Node, tuple[str, str]]) -> None:
        best, *others = self.elements_at(code, at)
        for value in others:
            larger = code.op(f"fcmp ogt {self.float} {value}, {best}")
            odd = code.op(f"fcmp uno {self.float} {value}, {value}")
            best = self.chosen(code, code.op(f"or i1 {larger}, {odd}"), value, best, self.float)
        base, place = small[self.node]
        code.do(f"store {self.float} {best}, ptr {moved(code, self.float, base, place)}")


class WindowTap(Windows):
    """Which element is the largest: the first that equals it, the last NaN."""

    def window(self, code: Code, at: str, small: dict[Node, tuple[str, str]]) -> None:
        base, place = small[self.node.args[1]]
        largest = code.op(f"load {self.float}, ptr {moved(code, self.float, base, place)}")
        values = self.elements_at(code, at)
        first, odd = "0", "0"
        for k, value in reversed([*enumerate(values)]):
            same = code.op(f"fcmp oeq {self.float} {value}, {largest}")
            first = self.chosen(code, same, str(k), first, "i8")
        for k, value in enumerate(values):
            test = code.op(f"fcmp uno {self.float} {value}, {value}")
            odd = self.chosen(code, test, str(k), odd, "i8")
        none = code.op(f"fcmp uno {self.float} {largest}, {largest}")
        base, place = small[self.node]
        code.do(f"store i8 {self.chosen(code, none, odd, first, 'i8')}, "
                f"ptr {moved(code, 'i8', base, place)}")


class TapPut(Windows):
    """Each value where the tap of its window says, added where windows overlap."""

    def operands(self) -> tuple[Node, tuple[Node, ...]]:
        return self.node, self.node.args

    def plane_begins(self, code: Code, start: str, elements: int) -> None:
        self.clear_bytes(code, start, elements * self.bytes)

    def window(self, code: Code, at: str, small: dict[Node, tuple[str, str]]) -> None:
        (values, place), (taps, _) = (small[arg] for arg in self.node.args)
        value = code.op(f"load {self.float}, ptr {moved(code, self.float, values, place)}")
        tap = code.op(f"load i8, ptr {moved(code, 'i8', taps, place)}")
        tap = code.op(f"zext i8 {tap} to i64")
        down = code.op(f"udiv i64 {tap}, {self.kernel_size[1]}")
        right = code.op(f"urem i64 {tap}, {self.kernel_size[1]}")
        at = moved(code, self.float, at, product(code, down, self.line),
                   product(code, right, self.next))
        reach = [d * (k - 1) for d, k in zip(self.dilation, self.kernel_size, strict=True)]
        if any(s <= r for s, r in zip(self.stride, reach, strict=True)):
            value = code.op(f"fadd {self.float} {code.op(f'load {self.float}, ptr {at}')}, {value}")
        code.do(f"store {self.float} {value}, ptr {at}")


OWN: dict[str, type[Own]] = {
    **dict.fromkeys(("sum", "sum_to", "amax", "amin"), Between),
    "rows": Take, "index": Take, "put_add": PutAdd, "matmul": Gemm, "transpose": Turn,
    "concatenate": Join, "window_max": WindowMax, "window_tap": WindowTap, "tap_put": TapPut}
"""The class that writes the kernel of a primitive."""
