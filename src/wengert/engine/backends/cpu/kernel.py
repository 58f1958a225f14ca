"""The loops of one group of nodes, as the text of an LLVM function.

A kernel is ``i32 kernel(items, consts, begin, end)``. ``items`` are the program's Python objects,
``consts`` 64-bit integers: which item an operand is, its offset, sizes and strides. So the text
holds no sizes, and a group of the same structure has the same text. ``begin`` and ``end`` bound the
outermost loop; ``consts[0]`` is its whole length. The result is 0, or says that the program has to
be interpreted: 1 where an operand is not contiguous, 2 where a class number is out of range.

Outer dimensions are plain loops. The inner one is walked once per level of the group's places, by
vectors, the last of them masked; sums are added up in several accumulators over blocks, and the
blocks in float64.

Start with :meth:`Kernel.build`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from functools import partial

import numpy as np

from ...dtypes import FLOAT, DType, bool_, float32, float64, int32
from ...graph import Node, Shape
from ...ops.elementwise import add, constant, maximum
from ...ops.structural import number, reshape
from ...passes.fuse import (
    AFTER,
    COLUMN,
    FULL,
    HALVES,
    ONE,
    ROW,
    SHORT,
    Group,
    is_sum,
    ones,
)
from .elementwise import combine_of, compute, extreme, operands, wanted
from .literals import literal
from .nest import Access, Nest, Unfit, View, contiguous
from .objects import READY, Layout
from .text import (
    BASE,
    MEMORY,
    Code,
    convert,
    kernel_dtype,
    load_vector,
    masked_lanes,
    packed,
    select,
    store_vector,
    typed,
    unpacked,
)
from .walk import Walk

Const = tuple[str, object]
ROWS = 16
"""So many rows of a column are added up in float32 before float64 takes over."""


class Kernel:
    """The text of the kernel of ``group``, and what its ``consts`` are for this instance."""

    alone = False
    """Whether its loop is not to be shared between threads."""
    code = 0
    """The address of its machine code."""

    def __init__(self, group: Group, bits: int, at: Layout,
                 views: dict[Node, View] | None = None) -> None:
        self.group = group
        self.bits = bits
        self.views = views or {}
        self.at = at
        self.places = group.places
        self.nodes = group.nodes
        self.inside = set(group.nodes)
        self.consts: list[Const] = []
        self.const_names: dict[Const, str] = {}
        self.numbers: dict[tuple[Node, DType], str] = {}
        self.entry = Code(integer=self.integer)
        self.counter, self.needs = self.entry.counter, self.entry.needs
        self.scratch: list[Node] = []
        self.later: dict[Node, int] = {}
        """The sums that are made in a later walk than they could be."""
        self.checks: list[str] = []
        full = [node for node in self.nodes if self.places[node].kind == FULL]
        wide = [kernel_dtype(n) for n in full] + [
            kernel_dtype(a) for n in self.nodes if n.prim.reduction is not None for a in n.args]
        narrow = any(d is float32 or d in SHORT for d in wide)
        self.width = bits // 32 if narrow or not wide else bits // 64
        self.accesses = self.find_accesses()
        self.nest = self.loops_over()
        self.values: dict[Node, tuple[str, DType]] = {}
        """The scalars that are known where text is being written."""
        self.bases: dict[Node, str] = {}
        self.rows: dict[Access, str] = {}
        self.text = self.build()

    def work(self) -> int:
        """How much it does: its elements, as often as something expensive is made of each."""
        heavy = sum(node.prim.expensive for node in self.nodes)
        return math.prod(self.group.space) * (1 + heavy)

    def loops_over(self) -> Nest:
        return Nest(self.group, self.accesses.values())

    # ---- what is read and written ----

    def find_accesses(self) -> dict[tuple[Node, str], Access]:
        """Each operand from outside and each result, with the frame that it is aligned to."""
        found: dict[tuple[Node, str], Access] = {}
        for node in self.nodes:
            frame = self.frame(node)
            shape = node.args[0].shape if node.prim.reduction is not None else node.shape
            for arg in node.args:
                if arg not in self.inside and arg.prim is not constant:
                    access = self.access(arg, frame, shape)
                    if found.setdefault((arg, frame), access) != access:
                        raise Unfit   # rows with and without axes of length 1 read it otherwise
        for node in self.group.stored:
            kind = self.places[node].kind
            found[node, kind] = self.access(node, kind, node.shape)
        return found

    def frame(self, node: Node) -> str:
        """Which dimensions the operands of ``node`` are aligned to."""
        kind = self.places[node].kind
        if node.prim.reduction is not None:
            arg = node.args[0]
            return self.places[arg].kind if arg in self.inside else (
                FULL if arg.shape == self.group.space else ROW)
        return kind if kind in (FULL, ROW) else ONE

    def access(self, node: Node, frame: str, meets: Shape) -> Access:
        """Where the elements of ``node`` lie that a value of the shape ``meets`` needs."""
        space, outer = self.group.space, self.group.outer
        rank = len(space)
        if frame in (ONE, AFTER):
            return Access(node, (0,) * rank)
        if frame == COLUMN:
            return Access(node, (0,) * outer + tuple(contiguous(space[outer:])))
        shape = node.shape
        short = frame == ROW and len(meets) == outer
        lead = (outer if short else rank) - len(shape)
        if lead < 0:
            if not ones(shape):
                raise Unfit
            return Access(node, (0,) * rank)
        view = self.views.get(node)
        own = contiguous(shape) if view is None else [
            0 if n == 1 else s for n, s in zip(shape, view.strides, strict=True)]
        strides = [0] * lead + own
        return Access(node, tuple(strides + [0] * (rank - len(strides))))

    def const(self, kind: str, payload: object) -> str:
        """The name of a 64-bit integer that this instance is given."""
        # Equal sizes are not one: whether they are equal must not show in the text.
        key = (kind, payload) if kind != "value" else (kind, (len(self.consts), payload))
        if key not in self.const_names:
            k = len(self.consts)
            self.consts.append((kind, payload))
            place = self.entry.op(f"getelementptr i64, ptr %consts, i64 {k}")
            self.const_names[key] = self.entry.op(f"load i64, ptr {place}")
        return self.const_names[key]

    def integer(self, value: int) -> str:
        """A number that may differ where the text is the same."""
        return self.const("value", value)

    def new_code(self) -> Code:
        """Text that will be put into this kernel's."""
        return Code(self.counter, self.needs, self.integer)

    def base(self, node: Node) -> str:
        """The address of a value in memory."""
        if node not in self.bases:
            entry = self.entry
            slot = self.const("slot", node)
            item = entry.op(f"getelementptr ptr, ptr %items, i64 {slot}")
            thing = entry.op(f"load ptr, ptr {item}")
            if node.prim is number and node.dtype.category == FLOAT:
                self.bases[node] = entry.op(f"getelementptr i8, ptr {thing}, i64 {self.at.number}")
                return self.bases[node]
            if node not in self.inside:
                flags = entry.op(f"getelementptr i8, ptr {thing}, i64 {self.at.flags}")
                flag = entry.op(f"load i32, ptr {flags}")
                kept = entry.op(f"and i32 {flag}, {READY}")
                self.checks.append(entry.op(f"icmp ne i32 {kept}, {READY}"))
            data = entry.op(f"getelementptr i8, ptr {thing}, i64 {self.at.data}")
            start = entry.op(f"load ptr, ptr {data}")
            offset = self.const("offset", node)
            self.bases[node] = entry.op(f"getelementptr i8, ptr {start}, i64 {offset}")
        return self.bases[node]

    # ---- the function ----

    def build(self) -> str:
        outer = self.nest.outer
        self.const("value", outer[0] if outer else self.nest.size)
        self.size = "%end" if not outer else self.const("value", self.nest.size)
        self.start = "0" if outer else "%begin"
        levels = self.levels()
        self.plan(levels)
        for access in self.accesses.values():
            self.base(access.node)
        for node, frame in self.accesses:
            if frame == ONE and node not in self.inside:
                self.values[node] = self.load_scalar(self.entry, node, self.bases[node]), \
                    kernel_dtype(node)
        self.slots()
        loops = self.new_code()
        self.scalars(self.entry, lambda node: self.places[node].kind == ONE)
        for node in self.group.stored:
            if self.places[node].kind == ONE:
                self.store_scalar(self.entry, node, self.bases[node])
        self.walk_rows(loops, levels)
        self.after(loops)
        return self.assembled(loops)

    def levels(self) -> int:
        """How many times a row is walked."""
        known = [0]
        for node in self.nodes:
            place = self.places[node]
            if place.kind == FULL:
                known.append(place.level + 1)
            elif node.prim.reduction is not None and self.over_elements(node):
                known.append(self.level_of(node) + 1)
        return max(known)

    def over_elements(self, node: Node) -> bool:
        """Whether a reduction goes over elements, not over the values of rows."""
        arg = node.args[0]
        return self.places[arg].kind == FULL if arg in self.inside else (
            arg.shape == self.group.space)

    def level_of(self, node: Node) -> int:
        """In which walk a reduction is made."""
        arg = node.args[0]
        first = self.places[arg].level if arg in self.inside else 0
        return self.later.get(node, first)

    def find_later(self, levels: int) -> dict[Node, int]:
        """The sums over rows that can wait for a later walk, which computes their terms anyway."""
        needed: dict[Node, int] = {}
        """Before which walk a value per row has to be known."""
        for node in reversed(self.nodes):
            place = self.places[node]
            before = place.level if place.kind == FULL else needed.get(node, levels)
            for arg in node.args:
                if arg in self.inside and self.places[arg].kind == ROW:
                    needed[arg] = min(needed.get(arg, levels), before)
        later: dict[Node, int] = {}
        for node in self.nodes:
            first = self.level_of(node) if node.prim.reduction is not None else levels
            if (self.places[node].kind == ROW and needed.get(node, levels) > first + 1
                    and self.over_elements(node) and node.args[0] in self.inside):
                others = [n for n in self.nodes if n is not node and n not in later]
                for level in range(first, needed.get(node, levels)):
                    if node.args[0] in self.closure(self.made_in(level, others), set()):
                        later[node] = level
                        break
        return {node: level for node, level in later.items() if level > self.level_of(node)}

    def made_in(self, level: int, nodes: Iterable[Node]) -> list[Node]:
        """Which of ``nodes`` a walk stores or adds up."""
        return [n for n in nodes
                if (n in self.group.stored and self.places[n].kind == FULL
                    and self.places[n].level == level)
                or (n.prim.reduction is not None and self.over_elements(n)
                    and self.level_of(n) == level)]

    def plan(self, levels: int) -> None:
        """Which elements each walk computes, and which values it keeps for a later one."""
        stored = {n for n in self.group.stored if self.places[n].kind == FULL}
        self.later = self.find_later(levels)
        self.known = self.known_values()
        self.roots = [self.made_in(level, self.nodes) for level in range(levels)]
        # What an extreme was taken of is read again, not computed again: with a fused multiply-add
        # in one of two places it would not be equal to its extreme, and x - max(x) not 0.
        compared = {n.args[0] for n in self.nodes
                    if n.prim.reduction is not None and n.prim.compares}
        seen: dict[Node, int] = {}
        again: dict[Node, int] = {}
        for level in range(levels):
            for node in self.closure(self.roots[level], {n for n in stored
                                             if self.places[n].level < level}):
                if node in seen and node not in stored and (
                        node.prim.expensive or node in compared):
                    again.setdefault(node, seen[node])
                seen.setdefault(node, level)
        self.kept: list[list[Node]] = [[] for _ in range(levels)]
        for node, level in again.items():
            self.kept[level].append(node)
            self.scratch.append(node)
        self.bodies: list[list[Node]] = []
        self.ready: list[set[Node]] = []
        """The elements that each walk reads instead of computing them."""
        for level in range(levels):
            ready = {n for n in stored if self.places[n].level < level}
            ready.update(n for kept in self.kept[:level] for n in kept)
            self.ready.append(ready)
            self.bodies.append(self.closure(self.roots[level], ready))

    def known_values(self) -> dict[Node, int]:
        """Before which walk each value per row is known."""
        known: dict[Node, int] = {}
        for node in self.nodes:
            if self.places[node].kind == ROW:
                known[node] = (self.level_of(node) + 1 if node.prim.reduction is not None else
                               max((known.get(arg, 0) for arg in node.args), default=0))
        return known

    def closure(self, roots: list[Node], ready: set[Node]) -> list[Node]:
        """The elementwise nodes that a walk computes for ``roots``, in order."""
        stack = [*roots]
        seen: set[Node] = set()
        while stack:
            node = stack.pop()
            if node in seen or (node in ready and node not in roots):
                continue
            seen.add(node)
            stack += [arg for arg in node.args
                      if arg in self.inside and self.places[arg].kind == FULL]
        return [n for n in self.nodes if n in seen and self.places[n].kind == FULL]

    def slots(self) -> None:
        """The totals of reductions, in memory."""
        self.totals: dict[Node, str] = {}
        self.wide_columns: dict[Node, str] = {}
        """Where the float64 totals of columns are; for those of float64 what they lost follows."""
        for node in self.nodes:
            if node.prim.reduction is None:
                continue
            kind = self.places[node].kind
            if kind == COLUMN:
                self.zero(self.bases[node], node.dtype)
                if node.dtype in (float32, float64):
                    self.wide_columns[node] = self.scratch_base(node)
                    self.clear_bytes(self.entry, self.wide_columns[node], self.scratch_bytes(node))
                continue
            self.totals[node] = self.entry.op(f"alloca {BASE[self.total_dtype(node)]}")
            if kind == AFTER:
                self.clear(self.entry, node)

    def zero(self, pointer: str, dtype: DType) -> None:
        """Make a row of memory 0."""
        self.clear_bytes(self.entry, pointer, self.nest.size * dtype.itemsize)

    def clear_bytes(self, code: Code, pointer: str, count: int) -> None:
        """Make so many bytes 0."""
        name = "@llvm.memset.p0.i64"
        self.needs[name] = f"declare void {name}(ptr, i8, i64, i1 immarg)"
        size = self.const("value", count)
        code.do(f"call void {name}(ptr {pointer}, i8 0, i64 {size}, i1 false)")

    def scratch_base(self, node: Node) -> str:
        """The address of the memory that is kept for ``node`` while the kernel runs."""
        entry = self.entry
        slot = self.const("scratch slot", None)
        item = entry.op(f"getelementptr ptr, ptr %items, i64 {slot}")
        thing = entry.op(f"load ptr, ptr {item}")
        data = entry.op(f"getelementptr i8, ptr {thing}, i64 {self.at.data}")
        first = entry.op(f"load ptr, ptr {data}")
        offset = self.const("scratch offset", node)
        return entry.op(f"getelementptr i8, ptr {first}, i64 {offset}")

    def scratch_bytes(self, node: Node) -> int:
        """How much memory :meth:`scratch_base` needs."""
        known = kernel_dtype(node)
        if node in self.wide_columns:
            return self.nest.size * float64.itemsize * (2 if known is float64 else 1)
        return self.nest.size * known.itemsize

    # Columns are added up over a few rows, then over these sums, in float64; beside float64 totals
    # there is what rounding loses. Row by row alone, a long column drifts.

    def count_row(self, code: Code) -> None:
        """After each :data:`ROWS` rows, take the columns over into their totals."""
        if not self.wide_columns:
            return
        counter = self.entry.op("alloca i64")
        self.entry.do(f"store i64 0, ptr {counter}")
        old = code.op(f"load i64, ptr {counter}")
        new = code.op(f"add i64 {old}, 1")
        code.do(f"store i64 {new}, ptr {counter}")
        rest = code.op(f"and i64 {new}, {ROWS - 1}")
        due = code.op(f"icmp eq i64 {rest}, 0")
        code.do(f"br i1 {due}, label %columns.due, label %columns.kept")
        code.label("columns.due")
        for node in self.wide_columns:
            self.take_over(code, node, last=False)
        code.do("br label %columns.kept")
        code.label("columns.kept")

    def finish_columns(self, code: Code) -> None:
        """Take over the rest, and write the totals as results."""
        for node in self.wide_columns:
            self.take_over(code, node, last=True)

    def compensate(self, code: Code, total: str, sums: tuple[str, str, str],
                   mask: str | None) -> str:
        """Add to what ``old + add = new`` lost before, and give the whole sum; of an infinite one
        the rest is NaN."""
        kind, (old, add, new) = f"<{self.width} x double>", sums
        at = code.op(f"getelementptr double, ptr {total}, i64 {self.size}")
        rest = code.op(f"fsub {kind} {add}, {code.op(f'fsub {kind} {new}, {old}')}")
        lost = code.op(f"fadd {kind} {load_vector(code, at, float64, self.width, mask)}, {rest}")
        store_vector(code, lost, at, float64, self.width, mask)
        known = code.op(f"fcmp ord {kind} {lost}, {lost}")
        return select(code, known, code.op(f"fadd {kind} {new}, {lost}"), new, kind, self.width)

    def take_over(self, code: Code, node: Node, last: bool) -> None:
        """Add a row of partial sums to its float64 totals; leave zeros, or the totals, in it."""
        w = self.width
        mark = code.name()[1:]
        counter = self.entry.op("alloca i64")
        code.do(f"store i64 0, ptr {counter}")
        code.do(f"br label %{mark}.head")
        code.label(f"{mark}.head")
        at = code.op(f"load i64, ptr {counter}")
        stop = self.size
        code.do(f"br i1 {code.op(f'icmp slt i64 {at}, {stop}')}, label %{mark}.body, "
                f"label %{mark}.done")
        code.label(f"{mark}.body")
        mask = masked_lanes(code, at, stop, w)
        dtype = node.dtype
        part = code.op(f"getelementptr {BASE[dtype]}, ptr {self.bases[node]}, i64 {at}")
        total = code.op(f"getelementptr double, ptr {self.wide_columns[node]}, i64 {at}")
        add = convert(code, load_vector(code, part, dtype, w, mask), dtype, float64, w)
        old = load_vector(code, total, float64, w, mask)
        new = code.op(f"fadd <{w} x double> {old}, {add}")
        whole = new
        if dtype is float64:
            whole = self.compensate(code, total, (old, add, new), mask)
        if last:
            kept = convert(code, whole, float64, dtype, w)
        else:
            store_vector(code, new, total, float64, w, mask)
            kept = "zeroinitializer"
        store_vector(code, kept, part, dtype, w, mask)
        code.do(f"store i64 {code.op(f'add i64 {at}, {w}')}, ptr {counter}")
        code.do(f"br label %{mark}.head")
        code.label(f"{mark}.done")

    def total_dtype(self, node: Node) -> DType:
        """The dtype of a reduction's total."""
        summed = is_sum(node) and node.dtype is float32
        return float64 if summed else kernel_dtype(node)

    def identity(self, node: Node, dtype: DType) -> str:
        reduction = node.prim.reduction
        assert reduction is not None
        return literal(reduction.identity, dtype)

    def clear(self, code: Code, node: Node) -> None:
        dtype = self.total_dtype(node)
        code.do(f"store {BASE[dtype]} {self.identity(node, dtype)}, ptr {self.totals[node]}")

    def combine(self, code: Code, node: Node, a: str, b: str, dtype: DType, width: int) -> str:
        """Two partial results of a reduction as one."""
        combine = combine_of(node)
        if combine is not add:
            return extreme(code, combine is maximum, a, b, dtype, width)
        how = "fadd" if dtype.category == FLOAT else "add"
        return code.op(f"{how} {typed(BASE[dtype], width)} {a}, {b}")

    def include(self, code: Code, node: Node, value: str, dtype: DType) -> None:
        """Add a partial result to a reduction's total."""
        total = self.total_dtype(node)
        slot, base = self.totals[node], BASE[total]
        old = code.op(f"load {base}, ptr {slot}")
        new = self.combine(code, node, old, convert(code, value, dtype, total, 1), total, 1)
        code.do(f"store {base} {new}, ptr {slot}")

    # ---- scalars ----

    def load_scalar(self, code: Code, node: Node, pointer: str) -> str:
        dtype = kernel_dtype(node)
        value = code.op(f"load {MEMORY[dtype]}, ptr {pointer}")
        return unpacked(code, value, dtype, 1)

    def store_scalar(self, code: Code, node: Node, pointer: str) -> None:
        value, dtype = self.values[node]
        value = packed(code, value, dtype, 1)
        code.do(f"store {MEMORY[dtype]} {value}, ptr {pointer}")

    def scalars(self, code: Code, chosen: Callable[[Node], bool]) -> None:
        """Compute the scalar nodes that ``chosen`` says, in order."""
        for node in self.nodes:
            if node in self.values or not chosen(node):
                continue
            if node.prim.reduction is not None:
                total = self.total_dtype(node)
                found = code.op(f"load {BASE[total]}, ptr {self.totals[node]}")
                dtype = kernel_dtype(node)
                self.values[node] = convert(code, found, total, dtype, 1), dtype
            elif node.prim is reshape:
                self.values[node] = self.scalar(code, node.args[0])
            else:
                args = [self.scalar(code, arg, wanted(node, i)) for i, arg in
                        enumerate(operands(node))]
                self.values[node] = compute(code, node, args, 1), kernel_dtype(node)

    def scalar(self, code: Code, node: Node, dtype: DType | None = None) -> tuple[str, DType]:
        """A scalar value, in ``dtype`` if that is given."""
        if node.prim is constant:
            dtype = dtype or kernel_dtype(node)
            return self.number(node, dtype), dtype
        value, known = self.values[node]
        if dtype is None or dtype is known:
            return value, known
        return convert(code, value, known, dtype, 1), dtype

    def number(self, node: Node, dtype: DType) -> str:
        """A constant of the graph: a literal if it is one of the usual ones, else given to this
        instance, so that what depends on a size (the count of a mean) is not in the text."""
        value, base = node.params["value"], BASE[dtype]
        if dtype is bool_ or not math.isfinite(value) or abs(value) in (0, 0.5, 1, 2):
            return literal(value, dtype)
        if dtype in SHORT:
            plain = float32 if dtype in HALVES else int32
            return convert(self.entry, self.number(node, plain), plain, dtype, 1)
        if (node, dtype) not in self.numbers:
            with np.errstate(all="ignore"):
                kept = np.asarray(value).astype(dtype.numpy)
            size = 8 * dtype.itemsize
            name = self.const("value", int(kept.view(f"i{dtype.itemsize}")))
            if size < 64:
                name = self.entry.op(f"trunc i64 {name} to i{size}")
            if base != f"i{size}":
                name = self.entry.op(f"bitcast i{size} {name} to {base}")
            self.numbers[node, dtype] = name
        return self.numbers[node, dtype]

    # ---- rows ----

    def walk_rows(self, code: Code, levels: int) -> None:
        """The outer loops, and in them the walks over a row."""
        sizes = self.nest.outer
        counters = []
        for d in range(len(sizes)):
            counter = self.entry.op("alloca i64")
            counters.append(counter)
            stop = "%end" if d == 0 else self.const("value", sizes[d])
            code.do(f"store i64 {'%begin' if d == 0 else 0}, ptr {counter}")
            code.do(f"br label %o{d}.head")
            code.label(f"o{d}.head")
            at = code.op(f"load i64, ptr {counter}")
            more = code.op(f"icmp slt i64 {at}, {stop}")
            code.do(f"br i1 {more}, label %o{d}.body, label %o{d}.done")
            code.label(f"o{d}.body")
        places = [code.op(f"load i64, ptr {counter}") for counter in counters]
        self.row_pointers(code, places)
        known, outside = set(self.values), code.in_loop()
        self.row(code, levels)
        for node in [n for n in self.values if n not in known]:
            del self.values[node]
        code.after_loop(outside)
        for d in reversed(range(len(sizes))):
            code.do(f"br label %o{d}.next")
            code.label(f"o{d}.next")
            at = code.op(f"load i64, ptr {counters[d]}")
            code.do(f"store i64 {code.op(f'add i64 {at}, 1')}, ptr {counters[d]}")
            code.do(f"br label %o{d}.head")
            code.label(f"o{d}.done")

    def row_pointers(self, code: Code, places: list[str]) -> None:
        """Where each access stands in this row."""
        for access, (strides, _) in self.nest.strides.items():
            pointer = self.bases[access.node]
            size = kernel_dtype(access.node).itemsize
            for place, stride in zip(places, strides, strict=True):
                if stride:
                    step = self.const("value", stride * size)
                    offset = code.op(f"mul i64 {place}, {step}")
                    pointer = code.op(f"getelementptr i8, ptr {pointer}, i64 {offset}")
            self.rows[access] = pointer

    def row(self, code: Code, levels: int) -> None:
        for (node, frame), access in self.accesses.items():
            if frame == ROW and node not in self.inside and node not in self.values:
                self.values[node] = (self.load_scalar(code, node, self.rows[access]),
                                     kernel_dtype(node))
        for level in range(levels + 1):
            self.scalars(code, partial(self.known_before, level))
            if level < levels and self.roots[level]:
                Walk(self, code, level).write()
        for node in self.nodes:
            if node.prim.reduction is not None and not self.over_elements(node):
                value, dtype = self.scalar(code, node.args[0], kernel_dtype(node))
                self.include(code, node, value, dtype)
        for node in self.group.stored:
            if self.places[node].kind == ROW:
                self.store_scalar(code, node, self.rows[self.accesses[node, ROW]])
        self.count_row(code)

    def known_before(self, level: int, node: Node) -> bool:
        """Whether ``node`` is a value per row that the walk ``level`` may need."""
        return self.places[node].kind == ROW and self.known[node] <= level

    def after(self, code: Code) -> None:
        self.finish_columns(code)
        self.scalars(code, lambda node: self.places[node].kind == AFTER)
        for node in self.group.stored:
            if self.places[node].kind == AFTER:
                self.store_scalar(code, node, self.bases[node])

    # ---- the text ----

    def assembled(self, loops: Code) -> str:
        entry = self.entry
        head = ["define i32 @kernel(ptr noalias %items, ptr noalias %consts, i64 %begin, "
                # Vectors that do not fit in registers are kept on the stack: those that lie across
                # two lines of the cache cost much of the speed.
                f"i64 %end) alignstack({self.bits // 8}) {{", "entry:", "  %failed = alloca i1",
                "  store i1 false, ptr %failed"]
        bad = "false"
        for check in self.checks:
            bad = check if bad == "false" else entry.op(f"or i1 {bad}, {check}")
        # Scalars from outside are read before the check, which is harmless: they exist.
        middle = [f"  br i1 {bad}, label %refused, label %ready", "refused:", "  ret i32 1",
                  "ready:"]
        tail = ["  %wrong = load i1, ptr %failed", "  %result = select i1 %wrong, i32 2, i32 0",
                "  ret i32 %result", "}"]
        needed = [self.needs[name] for name in sorted(self.needs) if name[0] == "@"]
        tail += [self.needs[name] for name in sorted(self.needs) if name[0] == "!"]
        return "\n".join([*needed, *head, *entry.lines, *middle, *loops.lines, *tail]) + "\n"
