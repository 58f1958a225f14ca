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
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from ...dtypes import FLOAT, DType, bool_, float32, float64, int32, int64
from ...graph import Node, Shape
from ...passes.fuse import (
    AFTER,
    COLUMN,
    EXPENSIVE,
    FULL,
    ONE,
    REDUCTIONS,
    ROW,
    Group,
    ones,
)
from .elementwise import (
    BASE,
    MEMORY,
    Code,
    compute,
    convert,
    extreme,
    kernel_dtype,
    operand_dtype,
    suffix,
    typed,
)
from .literals import literal
from .objects import READY, Layout

BLOCK = 4096
"""So many elements are added up in the dtype of a sum before float64 takes over."""
HEAVY = 3
"""A body with so many expensive operations is written once."""
Const = tuple[str, object]


class Unfit(Exception):
    """The group has no loop nest of this kind."""


class View(NamedTuple):
    """A part of a value in memory: the value, where the part starts, its strides in elements."""

    base: Node
    offset: int
    strides: tuple[int, ...]


class Access(NamedTuple):
    """An operand or result in memory: its node and its stride in each dimension of the space."""

    node: Node
    strides: tuple[int, ...]


def contiguous(shape: Shape) -> list[int]:
    """The strides of ``shape`` row by row, in elements; 0 where the length is 1."""
    strides, step = [0] * len(shape), 1
    for i in range(len(shape) - 1, -1, -1):
        if shape[i] != 1:
            strides[i] = step
            step *= shape[i]
    return strides


class Nest:
    """The dimensions of a space after merging: sizes and, for each access, strides."""

    def __init__(self, group: Group, accesses: Iterable[Access]) -> None:
        self.found = list(dict.fromkeys(accesses))
        sides = [[i for i, n in enumerate(group.space) if n != 1 and (i < group.outer) is outer]
                 for outer in (True, False)]
        self.outer, outer_strides = self.merged(group.space, sides[0])
        self.inner, inner_strides = self.merged(group.space, sides[1])
        reduces = any(node.prim.name in REDUCTIONS for node in group.nodes)
        if not reduces:
            self.outer, self.inner = [*self.outer, *self.inner], []
            for strides, more in zip(outer_strides, inner_strides, strict=True):
                strides += more
                more.clear()
            if self.outer:
                self.inner = [self.outer.pop()]
                for strides, more in zip(outer_strides, inner_strides, strict=True):
                    more.append(strides.pop())
        if len(self.inner) > 1:
            raise Unfit
        self.size = self.inner[0] if self.inner else 1
        self.strides = {
            access: (outer, inner[0] if inner else 0)
            for access, outer, inner in zip(self.found, outer_strides, inner_strides, strict=True)}
        if any(inner not in (0, 1) for _, inner in self.strides.values()):
            raise Unfit

    def merged(self, space: Shape, dims: list[int]) -> tuple[list[int], list[list[int]]]:
        """The sizes of ``dims`` and the strides of each access in them, neighbours merged where
        every access allows it."""
        sizes: list[int] = []
        strides: list[list[int]] = [[] for _ in self.found]
        for i in dims:
            joined = bool(sizes) and all(
                mine[-1] == access.strides[i] * space[i]
                for mine, access in zip(strides, self.found, strict=True))
            if joined:
                sizes[-1] *= space[i]
                for mine, access in zip(strides, self.found, strict=True):
                    mine[-1] = access.strides[i]
            else:
                sizes.append(space[i])
                for mine, access in zip(strides, self.found, strict=True):
                    mine.append(access.strides[i])
        return sizes, strides


class Kernel:
    """The text of the kernel of ``group``, and what its ``consts`` are for this instance."""

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
        self.entry = Code()
        self.counter, self.needs = self.entry.counter, self.entry.needs
        self.scratch: list[Node] = []
        self.scratch_offsets: dict[Node, int] = {}
        self.checks: list[str] = []
        self.parts: list[Code] = []
        full = [node for node in self.nodes if self.places[node].kind == FULL]
        wide = [kernel_dtype(n) for n in full] + [
            kernel_dtype(a) for n in self.nodes if n.prim.name in REDUCTIONS for a in n.args]
        narrow = any(d is float32 for d in wide)
        self.width = bits // 32 if narrow or not wide else bits // 64
        self.accesses = self.find_accesses()
        self.nest = Nest(group, self.accesses.values())
        self.values: dict[Node, tuple[str, DType]] = {}
        """The scalars that are known where text is being written."""
        self.bases: dict[Node, str] = {}
        self.rows: dict[Access, str] = {}
        self.text = self.build()

    # ---- what is read and written ----

    def find_accesses(self) -> dict[tuple[Node, str], Access]:
        """Each operand from outside and each result, with the frame that it is aligned to."""
        found: dict[tuple[Node, str], Access] = {}
        for node in self.nodes:
            frame = self.frame(node)
            for arg in node.args:
                if arg not in self.inside and arg.prim.name != "constant":
                    found[arg, frame] = self.access(arg, frame)
        for node in self.group.stored:
            kind = self.places[node].kind
            found[node, kind] = self.access(node, kind)
        return found

    def frame(self, node: Node) -> str:
        """Which dimensions the operands of ``node`` are aligned to."""
        kind = self.places[node].kind
        if node.prim.name in REDUCTIONS:
            arg = node.args[0]
            return self.places[arg].kind if arg in self.inside else (
                FULL if arg.shape == self.group.space else ROW)
        return kind if kind in (FULL, ROW) else ONE

    def access(self, node: Node, frame: str) -> Access:
        space, outer = self.group.space, self.group.outer
        rank = len(space)
        if frame in (ONE, AFTER):
            return Access(node, (0,) * rank)
        if frame == COLUMN:
            return Access(node, (0,) * outer + tuple(contiguous(space[outer:])))
        shape = node.shape
        short = frame == ROW and len(shape) <= outer and not ones(shape)
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

    def base(self, node: Node) -> str:
        """The address of a value in memory."""
        if node not in self.bases:
            entry = self.entry
            slot = self.const("slot", node)
            item = entry.op(f"getelementptr ptr, ptr %items, i64 {slot}")
            thing = entry.op(f"load ptr, ptr {item}")
            if node.prim.name == "number" and node.dtype.category == FLOAT:
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
        for node in self.bases_needed():
            self.base(node)
        for node, frame in self.accesses:
            if frame == ONE and node not in self.inside:
                self.values[node] = self.load_scalar(self.entry, node, self.bases[node]), \
                    kernel_dtype(node)
        self.slots()
        loops = Code(self.counter, self.needs)
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
            elif node.prim.name in REDUCTIONS and self.over_elements(node):
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
        return self.places[arg].level if arg in self.inside else 0

    def bases_needed(self) -> list[Node]:
        return list(dict.fromkeys(access.node for access in self.accesses.values()))

    def plan(self, levels: int) -> None:
        """Which elements each walk computes, and which values it keeps for a later one."""
        stored = {n for n in self.group.stored if self.places[n].kind == FULL}
        self.roots: list[list[Node]] = []
        for level in range(levels):
            roots = [n for n in self.nodes if n in stored and self.places[n].level == level]
            roots += [n for n in self.nodes if n.prim.name in REDUCTIONS
                      and self.over_elements(n) and self.level_of(n) == level]
            self.roots.append(roots)
        # What an extreme was taken of is read again, not computed again: with a fused multiply-add
        # in one of two places it would not be equal to its extreme, and x - max(x) not 0.
        compared = {n.args[0] for n in self.nodes if n.prim.name in ("amax", "amin")}
        seen: dict[Node, int] = {}
        again: dict[Node, int] = {}
        for level in range(levels):
            for node in self.closure(level, {n for n in stored
                                             if self.places[n].level < level}):
                if node in seen and node not in stored and (
                        node.prim.name in EXPENSIVE or node in compared):
                    again.setdefault(node, seen[node])
                seen.setdefault(node, level)
        self.kept: list[list[Node]] = [[] for _ in range(levels)]
        for node, level in again.items():
            self.kept[level].append(node)
            self.scratch.append(node)
        self.bodies: list[list[Node]] = []
        self.ready: list[set[Node]] = []
        for level in range(levels):
            ready = {n for n in stored if self.places[n].level < level}
            ready.update(n for kept in self.kept[:level] for n in kept)
            self.ready.append(ready)
            self.bodies.append(self.closure(level, ready))

    def closure(self, level: int, ready: set[Node]) -> list[Node]:
        """The elementwise nodes that a walk computes, in order."""
        stack = [*self.roots[level]]
        seen: set[Node] = set()
        while stack:
            node = stack.pop()
            if node in seen or (node in ready and node not in self.roots[level]):
                continue
            seen.add(node)
            stack += [arg for arg in node.args
                      if arg in self.inside and self.places[arg].kind == FULL]
        return [n for n in self.nodes if n in seen and self.places[n].kind == FULL]

    def slots(self) -> None:
        """The totals of reductions, in memory."""
        self.totals: dict[Node, str] = {}
        for node in self.nodes:
            if node.prim.name not in REDUCTIONS:
                continue
            kind = self.places[node].kind
            if kind == COLUMN:
                size = self.const("value", self.nest.size * node.dtype.itemsize)
                name = "@llvm.memset.p0.i64"
                self.needs[name] = f"declare void {name}(ptr, i8, i64, i1)"
                self.entry.do(f"call void {name}(ptr {self.bases[node]}, i8 0, i64 {size}, "
                              "i1 false)")
                continue
            self.totals[node] = self.entry.op(f"alloca {BASE[self.total_dtype(node)]}")
            if kind == AFTER:
                self.clear(self.entry, node)

    def total_dtype(self, node: Node) -> DType:
        """The dtype of a reduction's total."""
        summed = node.prim.name in ("sum", "sum_to") and node.dtype is float32
        return float64 if summed else kernel_dtype(node)

    def identity(self, node: Node, dtype: DType) -> str:
        name = node.prim.name
        value = {"amax": float("-inf"), "amin": float("inf")}.get(name, 0)
        return literal(value, dtype)

    def clear(self, code: Code, node: Node) -> None:
        dtype = self.total_dtype(node)
        code.do(f"store {BASE[dtype]} {self.identity(node, dtype)}, ptr {self.totals[node]}")

    def combine(self, code: Code, node: Node, a: str, b: str, dtype: DType, width: int) -> str:
        """Two partial results of a reduction as one."""
        name = node.prim.name
        if name in ("amax", "amin"):
            return extreme(code, name == "amax", a, b, dtype, width)
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
        if MEMORY[dtype] != BASE[dtype]:
            value = code.op(f"icmp ne i8 {value}, 0")
        return value

    def store_scalar(self, code: Code, node: Node, pointer: str) -> None:
        value, dtype = self.values[node]
        if MEMORY[dtype] != BASE[dtype]:
            value = code.op(f"zext {BASE[dtype]} {value} to {MEMORY[dtype]}")
        code.do(f"store {MEMORY[dtype]} {value}, ptr {pointer}")

    def scalars(self, code: Code, chosen: object) -> None:
        """Compute the scalar nodes that ``chosen`` says, in order."""
        for node in self.nodes:
            if node in self.values or not chosen(node):  # type: ignore[operator]
                continue
            if node.prim.name in REDUCTIONS:
                total = self.total_dtype(node)
                found = code.op(f"load {BASE[total]}, ptr {self.totals[node]}")
                dtype = kernel_dtype(node)
                self.values[node] = convert(code, found, total, dtype, 1), dtype
            elif node.prim.name == "reshape":
                self.values[node] = self.scalar(code, node.args[0])
            elif node.prim.name == "position":   # in an array of one element
                self.values[node] = "0", int64
            elif node.prim.name == "class_place":
                value, _ = self.scalar(code, node.args[0], int64)
                self.values[node] = self.class_place(code, node, value, 1), int64
            else:
                args = [self.scalar(code, arg, wanted(node, i)) for i, arg in
                        enumerate(node.args)]
                self.values[node] = compute(code, node, args, 1), kernel_dtype(node)

    def scalar(self, code: Code, node: Node, dtype: DType | None = None) -> tuple[str, DType]:
        """A scalar value, in ``dtype`` if that is given."""
        if node.prim.name == "constant":
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

    def class_place(self, code: Code, node: Node, value: str, width: int) -> str:
        """Class numbers; -1 for one to ignore; a failure noted for one out of range."""
        kind, test = typed("i64", width), typed("i1", width)
        classes = code.splat(self.const("value", node.params["classes"]), "i64", width)
        ignore = code.splat(self.const("value", node.params["ignore"]), "i64", width)
        # As an unsigned number, a negative one is too large as well.
        out = code.op(f"icmp uge {kind} {value}, {classes}")
        skip = code.op(f"icmp eq {kind} {value}, {ignore}")
        keep = code.op(f"xor {test} {skip}, {code.splat('true', 'i1', width)}")
        bad = code.op(f"and {test} {out}, {keep}")
        if width > 1:
            name = f"@llvm.vector.reduce.or.v{width}i1"
            code.needs[name] = f"declare i1 {name}({test})"
            bad = code.op(f"call i1 {name}({test} {bad})")
        old = code.op("load i1, ptr %failed")
        code.do(f"store i1 {code.op(f'or i1 {old}, {bad}')}, ptr %failed")
        return code.op(f"select {test} {skip}, {kind} {code.splat('-1', 'i64', width)}, "
                       f"{kind} {value}")

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
        known = set(self.values)
        self.row(code, levels)
        for node in [n for n in self.values if n not in known]:
            del self.values[node]
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
            self.scalars(code, lambda node, level=level: (
                self.places[node].kind == ROW and self.places[node].level <= level
                and not (node.prim.name in REDUCTIONS and self.level_of(node) >= level)))
            if level < levels and self.roots[level]:
                Walk(self, code, level).write()
        for node in self.nodes:
            if node.prim.name in REDUCTIONS and not self.over_elements(node):
                value, dtype = self.scalar(code, node.args[0], kernel_dtype(node))
                self.include(code, node, value, dtype)
        for node in self.group.stored:
            if self.places[node].kind == ROW:
                self.store_scalar(code, node, self.rows[self.accesses[node, ROW]])

    def after(self, code: Code) -> None:
        self.scalars(code, lambda node: self.places[node].kind == AFTER)
        for node in self.group.stored:
            if self.places[node].kind == AFTER:
                self.store_scalar(code, node, self.bases[node])

    # ---- the text ----

    def assembled(self, loops: Code) -> str:
        entry = self.entry
        head = ["define i32 @kernel(ptr noalias %items, ptr noalias %consts, i64 %begin, "
                "i64 %end) {", "entry:", "  %failed = alloca i1", "  store i1 false, ptr %failed"]
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


def wanted(node: Node, i: int) -> DType | None:
    """The dtype in which an elementwise node takes its argument ``i``; None if it does not say."""
    name = node.prim.name
    if name in ("cast", "copy", "alias", "full", "broadcast_to", "position") or (
            name.startswith("logical")) or (name == "where" and i == 0):
        return None
    return operand_dtype(node)


class Walk:
    """One walk over a row: the loops over the inner dimension at one level."""

    def __init__(self, kernel: Kernel, code: Code, level: int) -> None:
        self.kernel = kernel
        self.out = code
        self.level = level
        self.width = kernel.width
        self.nodes = kernel.bodies[level]
        self.roots = kernel.roots[level]
        self.sums = [n for n in self.roots if n.prim.name in REDUCTIONS
                     and kernel.places[n].kind != COLUMN]
        self.columns = [n for n in self.roots if n.prim.name in REDUCTIONS
                        and kernel.places[n].kind == COLUMN]
        heavy = sum(n.prim.name in EXPENSIVE for n in self.nodes)
        self.once = heavy >= HEAVY and kernel.bits == 512
        """Whether one masked loop is enough: a long body takes longer to compile than to mask."""
        self.unroll = 4 if len(self.nodes) <= 8 and not heavy else 1
        self.code = Code(kernel.counter, kernel.needs)
        self.converted: dict[tuple[Node, DType | None], tuple[str, DType]] = {}

    def label(self) -> str:
        self.kernel.counter[0] += 1
        return f"w{self.kernel.counter[0]}"

    def write(self) -> None:
        """Append the loops to the kernel's text."""
        kernel, out = self.kernel, self.out
        for node in self.sums:
            if kernel.places[node].kind == ROW:
                kernel.clear(out, node)
        mark = self.label()
        blocks = any(n.prim.name in ("sum", "sum_to") for n in self.sums)
        body = self.code
        body.lines = []
        start, stop = kernel.start, kernel.size
        if blocks:
            counter = kernel.entry.op("alloca i64")
            out.do(f"store i64 {start}, ptr {counter}")
        text = self.block(mark, start, stop, counter if blocks else None)
        out.lines += body.ahead
        out.lines += text

    def block(self, mark: str, start: str, stop: str, counter: str | None) -> list[str]:
        """The text of the loop over blocks, and of the two loops in it."""
        code = self.code
        lines: list[str] = []
        code.lines = lines
        if counter is None:
            code.do(f"br label %{mark}.main")
            code.label(f"{mark}.main")
            first, last = start, stop
        else:
            code.do(f"br label %{mark}.block")
            code.label(f"{mark}.block")
            first = code.op(f"load i64, ptr {counter}")
            more = code.op(f"icmp slt i64 {first}, {stop}")
            code.do(f"br i1 {more}, label %{mark}.main, label %{mark}.end")
            code.label(f"{mark}.main")
            far = code.op(f"add i64 {first}, {BLOCK}")
            less = code.op(f"icmp slt i64 {far}, {stop}")
            last = code.op(f"select i1 {less}, i64 {far}, i64 {stop}")
            code.do(f"store i64 {last}, ptr {counter}")
        place, accs = first, [code.splat(self.kernel.identity(n, self.acc_dtype(n)),
                                         BASE[self.acc_dtype(n)], self.width) for n in self.sums]
        if not self.once:
            place, accs = self.loop(f"{mark}.a", first, last, f"{mark}.main", self.unroll, None)
        joined = []
        for k, node in enumerate(self.sums):
            parts = accs[k::len(self.sums)]
            dtype = self.acc_dtype(node)
            total = parts[0]
            for part in parts[1:]:
                total = self.kernel.combine(code, node, total, part, dtype, self.width)
            joined.append(total)
        code.do(f"br label %{mark}.tail")
        code.label(f"{mark}.tail")
        _, accs = self.loop(f"{mark}.b", place, last, f"{mark}.tail", 1, joined)
        for node, acc in zip(self.sums, accs, strict=True):
            self.kernel.include(code, node, self.across(node, acc), self.acc_dtype(node))
        if counter is None:
            code.do(f"br label %{mark}.end")
        else:
            code.do(f"br label %{mark}.block")
        code.label(f"{mark}.end")
        return lines

    def acc_dtype(self, node: Node) -> DType:
        return kernel_dtype(node)

    def across(self, node: Node, acc: str) -> str:
        """The lanes of an accumulator as one value."""
        dtype = self.acc_dtype(node)
        base = BASE[dtype]
        kind, end = typed(base, self.width), suffix(base, self.width)
        if node.prim.name in ("amax", "amin"):
            how = "fmaximum" if node.prim.name == "amax" else "fminimum"
            name = f"@llvm.vector.reduce.{how}.{end}"
            self.code.needs[name] = f"declare {base} {name}({kind})"
            return self.code.op(f"call {base} {name}({kind} {acc})")
        if dtype.category != FLOAT:
            name = f"@llvm.vector.reduce.add.{end}"
            self.code.needs[name] = f"declare {base} {name}({kind})"
            return self.code.op(f"call {base} {name}({kind} {acc})")
        name = f"@llvm.vector.reduce.fadd.{end}"
        self.code.needs[name] = f"declare {base} {name}({base}, {kind})"
        return self.code.op(
            f"call reassoc {base} {name}({base} {literal(-0.0, dtype)}, {kind} {acc})")

    def loop(self, mark: str, first: str, last: str, before: str, unroll: int,
             given: list[str] | None) -> tuple[str, list[str]]:
        """One loop: by ``unroll`` whole vectors, or masked where ``given`` are accumulators; where
        it stopped, and its accumulators."""
        code, masked = self.code, given is not None
        step = unroll * self.width
        code.do(f"br label %{mark}.head")
        at, after = code.name(), code.name()
        accs = [code.name() for _ in range(len(self.sums) * unroll)]
        code.label(f"{mark}.head")
        phi_at = len(code.lines)
        if masked:
            more = code.op(f"icmp slt i64 {at}, {last}")
        else:
            far = code.op(f"add i64 {at}, {step}")
            more = code.op(f"icmp sle i64 {far}, {last}")
        code.do(f"br i1 {more}, label %{mark}.body, label %{mark}.done")
        code.label(f"{mark}.body")
        new: list[str] = []
        for u in range(unroll):
            place = at if u == 0 else code.op(f"add i64 {at}, {u * self.width}")
            mask = self.mask(place, last) if masked else None
            mine = accs[u * len(self.sums):(u + 1) * len(self.sums)]
            new += self.body(place, mask, mine)
        code.lines.append(f"  {after} = add i64 {at}, {step}")
        code.do(f"br label %{mark}.next")
        code.label(f"{mark}.next")
        code.do(f"br label %{mark}.head")
        code.label(f"{mark}.done")
        phis = [f"  {at} = phi i64 [ {first}, %{before} ], [ {after}, %{mark}.next ]"]
        for k, acc in enumerate(accs):
            node = self.sums[k % len(self.sums)]
            dtype = self.acc_dtype(node)
            begin = given[k] if given is not None else code.splat(
                self.kernel.identity(node, dtype), BASE[dtype], self.width)
            phis.append(f"  {acc} = phi {typed(BASE[dtype], self.width)} "
                        f"[ {begin}, %{before} ], [ {new[k]}, %{mark}.next ]")
        code.lines[phi_at:phi_at] = phis
        return at, accs

    def mask(self, place: str, last: str) -> str:
        code, w = self.code, self.width
        left = code.op(f"sub i64 {last}, {place}")
        short = code.op(f"trunc i64 {left} to i32")
        one = code.op(f"insertelement <{w} x i32> poison, i32 {short}, i32 0")
        all_ = code.op(f"shufflevector <{w} x i32> {one}, <{w} x i32> poison, "
                       f"<{w} x i32> zeroinitializer")
        lanes = ", ".join(f"i32 {k}" for k in range(w))
        return code.op(f"icmp slt <{w} x i32> <{lanes}>, {all_}")

    # ---- the body ----

    def body(self, place: str, mask: str | None, accs: list[str]) -> list[str]:
        """Compute, store and accumulate the elements from ``place`` on."""
        kernel, code, w = self.kernel, self.code, self.width
        self.place, self.mask_name = place, mask
        self.vectors: dict[Node, tuple[str, DType]] = {}
        self.loaded: dict[Node, tuple[str, DType]] = {}
        for node in self.nodes:
            if node.prim.name == "position":
                self.vectors[node] = self.positions(), int64
                continue
            if node.prim.name == "eq" and self.is_place_test(node):
                self.vectors[node] = self.place_test(node), bool_
                continue
            args = [self.operand(arg, wanted(node, i)) for i, arg in enumerate(node.args)]
            if node.prim.name == "class_place":
                value = convert(code, *args[0], int64, w)
                self.vectors[node] = kernel.class_place(code, node, value, w), int64
                continue
            self.vectors[node] = compute(code, node, args, w), kernel_dtype(node)
        for node in [*self.roots, *kernel.kept[self.level]]:
            if node.prim.name not in REDUCTIONS:
                self.store(node, self.pointer(node))
        for node in self.columns:
            value, dtype = self.summand(node)
            pointer = self.pointer(node)
            old = self.load(pointer, dtype)
            total = kernel.combine(code, node, old, value, dtype, w)
            self.vectors[node] = total, dtype
            self.store(node, pointer)
        new = []
        for node, acc in zip(self.sums, accs, strict=True):
            value, dtype = self.summand(node)
            kind = typed(BASE[dtype], w)
            if mask is not None:
                zero = code.splat(kernel.identity(node, dtype), BASE[dtype], w)
                value = code.op(f"select <{w} x i1> {mask}, {kind} {value}, {kind} {zero}")
            new.append(kernel.combine(code, node, acc, value, dtype, w))
        return new

    def summand(self, node: Node) -> tuple[str, DType]:
        """What a reduction is given, in the dtype of its result."""
        dtype = kernel_dtype(node)
        value, known = self.operand(node.args[0], None)
        return convert(self.code, value, known, dtype, self.width), dtype

    def operand(self, node: Node, dtype: DType | None) -> tuple[str, DType]:
        """The vector of an argument; a scalar is converted and spread ahead of the loop."""
        kernel, w = self.kernel, self.width
        if node in self.vectors:
            return self.vectors[node]
        if node in kernel.inside and kernel.places[node].kind == FULL:
            if node not in self.loaded:
                known = kernel_dtype(node)
                self.loaded[node] = self.load(self.pointer(node), known), known
            return self.loaded[node]
        access = kernel.accesses.get((node, FULL))
        if (node.prim.name != "constant" and node not in kernel.inside and access is not None
                and kernel.nest.strides[access][1] == 1):
            if node not in self.loaded:
                known = kernel_dtype(node)
                self.loaded[node] = self.load(self.at(kernel.rows[access], known), known), known
            return self.loaded[node]
        key = (node, dtype)
        if key not in self.converted:
            early = Code(kernel.counter, kernel.needs)
            if node.prim.name == "constant" or node in kernel.values:
                value, known = kernel.scalar(early, node, dtype)
            else:
                assert access is not None
                known = kernel_dtype(node)
                value = kernel.load_scalar(early, node, kernel.rows[access])
                if dtype is not None:
                    value, known = convert(early, value, known, dtype, 1), dtype
            self.code.ahead += early.lines
            self.converted[key] = self.code.splat(value, BASE[known], w), known
        return self.converted[key]

    def is_place_test(self, node: Node) -> bool:
        """Whether ``node`` compares the place in the row with one number per row."""
        place, number = node.args
        return place.prim.name == "position" and self.is_scalar(number)

    def is_scalar(self, node: Node) -> bool:
        """Whether an integer operand is the same along the row."""
        kernel = self.kernel
        if kernel_dtype(node) is not int64 or node.prim.name == "constant":
            return False
        if node in kernel.inside:
            return kernel.places[node].kind != FULL
        access = kernel.accesses.get((node, FULL))
        return access is None or kernel.nest.strides[access][1] == 0

    def place_test(self, node: Node) -> str:
        """The comparison in 32 bits: a row has fewer elements than that."""
        code, w = self.code, self.width
        value, _ = self.operand_scalar(node.args[1])
        wanted_place = code.splat(value, "i32", w)
        short = code.op(f"trunc i64 {self.place} to i32")
        one = code.op(f"insertelement <{w} x i32> poison, i32 {short}, i32 0")
        all_ = code.op(f"shufflevector <{w} x i32> {one}, <{w} x i32> poison, "
                       f"<{w} x i32> zeroinitializer")
        lanes = ", ".join(f"i32 {k}" for k in range(w))
        places = code.op(f"add <{w} x i32> {all_}, <{lanes}>")
        return code.op(f"icmp eq <{w} x i32> {places}, {wanted_place}")

    def operand_scalar(self, node: Node) -> tuple[str, DType]:
        """A number per row in 32 bits, ahead of the loop; one that does not fit equals no place."""
        key = (node, int32)
        if key not in self.converted:
            early = Code(self.kernel.counter, self.kernel.needs)
            access = self.kernel.accesses.get((node, FULL))
            if node in self.kernel.values:
                value, _ = self.kernel.scalar(early, node, int64)
            else:
                assert access is not None
                value = self.kernel.load_scalar(early, node, self.kernel.rows[access])
            far = early.op(f"icmp ugt i64 {value}, 2147483647")
            short = early.op(f"trunc i64 {value} to i32")
            kept = early.op(f"select i1 {far}, i32 -1, i32 {short}")
            self.code.ahead += early.lines
            self.converted[key] = kept, int32
        return self.converted[key]

    def positions(self) -> str:
        code, w = self.code, self.width
        one = code.op(f"insertelement <{w} x i64> poison, i64 {self.place}, i32 0")
        all_ = code.op(f"shufflevector <{w} x i64> {one}, <{w} x i64> poison, "
                       f"<{w} x i32> zeroinitializer")
        lanes = ", ".join(f"i64 {k}" for k in range(w))
        return code.op(f"add <{w} x i64> {all_}, <{lanes}>")

    def pointer(self, node: Node) -> str:
        """Where the elements of a result or of a kept value are."""
        kernel = self.kernel
        kind = kernel.places[node].kind
        access = kernel.accesses.get((node, kind))
        if access is not None and node in kernel.group.stored:
            return self.at(kernel.rows[access], kernel_dtype(node))
        name = kernel.entry
        if node not in kernel.bases:
            slot = kernel.const("scratch slot", None)
            item = name.op(f"getelementptr ptr, ptr %items, i64 {slot}")
            thing = name.op(f"load ptr, ptr {item}")
            data = name.op(f"getelementptr i8, ptr {thing}, i64 {kernel.at.data}")
            first = name.op(f"load ptr, ptr {data}")
            offset = kernel.const("scratch offset", node)
            kernel.bases[node] = name.op(f"getelementptr i8, ptr {first}, i64 {offset}")
        return self.at(kernel.bases[node], kernel_dtype(node))

    def at(self, row: str, dtype: DType) -> str:
        return self.code.op(f"getelementptr {MEMORY[dtype]}, ptr {row}, i64 {self.place}")

    def load(self, pointer: str, dtype: DType) -> str:
        code, w = self.code, self.width
        base = MEMORY[dtype]
        kind = typed(base, w)
        if self.mask_name is None:
            value = code.op(f"load {kind}, ptr {pointer}, align {dtype.itemsize}")
        else:
            name = f"@llvm.masked.load.{suffix(base, w)}.p0"
            code.needs[name] = f"declare {kind} {name}(ptr, i32 immarg, <{w} x i1>, {kind})"
            value = code.op(f"call {kind} {name}(ptr {pointer}, i32 {dtype.itemsize}, "
                            f"<{w} x i1> {self.mask_name}, {kind} zeroinitializer)")
        if base != BASE[dtype]:
            value = code.op(f"icmp ne {kind} {value}, zeroinitializer")
        return value

    def store(self, node: Node, pointer: str) -> None:
        code, w = self.code, self.width
        value, dtype = self.vectors[node]
        base = MEMORY[dtype]
        kind = typed(base, w)
        if base != BASE[dtype]:
            value = code.op(f"zext {typed(BASE[dtype], w)} {value} to {kind}")
        if self.mask_name is None:
            code.do(f"store {kind} {value}, ptr {pointer}, align {dtype.itemsize}")
            return
        name = f"@llvm.masked.store.{suffix(base, w)}.p0"
        code.needs[name] = f"declare void {name}({kind}, ptr, i32 immarg, <{w} x i1>)"
        code.do(f"call void {name}({kind} {value}, ptr {pointer}, i32 {dtype.itemsize}, "
                f"<{w} x i1> {self.mask_name})")
