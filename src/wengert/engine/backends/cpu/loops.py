"""The loops of a plan, as the text of an LLVM function.

Outer dimensions are plain loops. In them a row is walked (``walk.py``), by vectors, the last of
them masked; sums are added up in several accumulators over blocks, and the blocks in float64.

Start with :meth:`Loops.build`.
"""

from __future__ import annotations

from functools import partial

from ...dtypes import FLOAT
from ...graph import Node
from ...loops.places import AFTER, COLUMN, ONE, ROW
from ...loops.plan import LoopPlan
from ...ops.structural import number
from .columns import Columns, is_wide, total_bytes
from .objects import Layout
from .scalars import Scalars
from .text import Code, kernel_dtype
from .walk import Walk


class Loops(Scalars):
    """The kernel of a plan, which a run of its program runs ``once`` or often."""

    def __init__(self, plan: LoopPlan, bits: int, at: Layout, once: bool = True) -> None:
        self.once = once
        super().__init__(plan, bits, at)

    def build(self) -> str:
        plan, outer = self.plan, self.plan.nest.outer
        self.const("value", plan.count)
        self.size = "%end" if not outer else self.const("value", plan.nest.size)
        self.start = "0" if outer else "%begin"
        self.columns = Columns(self, self.size)
        nodes = [access.node for access in plan.accesses.values()]
        if self.once and is_straight(plan):
            self.find([node for node in nodes
                       if not (node.prim is number and node.dtype.category == FLOAT)])
        for node in nodes:
            self.base(node)
        for node, frame in plan.accesses:
            if frame == ONE and node not in plan.inside:
                self.load(self.entry, node, self.bases[node])
        self.slots()
        loops = self.new_code()
        self.scalars(self.entry, lambda node: self.places[node].kind == ONE)
        for node in plan.stored:
            if self.places[node].kind == ONE:
                self.store(self.entry, node, self.bases[node])
        self.walk_rows(loops)
        self.after(loops)
        del self.columns   # which know this kernel
        self.straight = not loops.lines
        return self.assembled(loops)

    def slots(self) -> None:
        """The totals of reductions, in memory."""
        for node in self.plan.nodes:
            if node.prim.reduction is None:
                continue
            kind = self.places[node].kind
            if kind == COLUMN:
                self.columns.begin(node)
                continue
            self.slot(node)
            if kind == AFTER:
                self.clear(self.entry, node)

    def scratch_bytes(self) -> dict[Node, int]:
        """The memory for what is kept between walks over a row, and for totals of columns."""
        plan, length = self.plan, self.plan.nest.size
        found = {node: length * kernel_dtype(node).itemsize for node in plan.kept}
        for node in plan.nodes:
            if node.prim.reduction is not None and self.places[node].kind == COLUMN and (
                    is_wide(node)):
                found[node] = total_bytes(node, length)
        return found

    # ---- rows ----

    def walk_rows(self, code: Code) -> None:
        """The outer loops, and in them the walks over a row."""
        sizes = self.plan.nest.outer
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
        self.row(code)
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
        for access, (strides, _) in self.plan.nest.strides.items():
            pointer = self.bases[access.node]
            size = kernel_dtype(access.node).itemsize
            for place, stride in zip(places, strides, strict=True):
                if stride:
                    step = self.const("value", stride * size)
                    offset = code.op(f"mul i64 {place}, {step}")
                    pointer = code.op(f"getelementptr i8, ptr {pointer}, i64 {offset}")
            self.rows[access] = pointer

    def row(self, code: Code) -> None:
        """The walks over a row, and what is computed between them."""
        plan = self.plan
        for (node, frame), access in plan.accesses.items():
            if frame == ROW and node not in plan.inside and node not in self.values:
                self.load(code, node, self.rows[access])
        for level in range(len(plan.walks) + 1):
            self.scalars(code, partial(plan.known_before, level))
            if level < len(plan.walks) and plan.walks[level].roots:
                Walk(self, code, plan.walks[level], self.start, self.size).write()
        for node in plan.nodes:
            if node.prim.reduction is not None and node not in plan.reduced_in:
                value, dtype = self.scalar(code, node.args[0], kernel_dtype(node))
                self.include(code, node, value, dtype)
        for node in plan.stored:
            if self.places[node].kind == ROW:
                self.store(code, node, self.rows[plan.accesses[node, ROW]])
        self.columns.count_row(code)

    def after(self, code: Code) -> None:
        """What comes after the loops."""
        self.columns.finish(code)
        self.scalars(code, lambda node: self.places[node].kind == AFTER)
        for node in self.plan.stored:
            if self.places[node].kind == AFTER:
                self.store(code, node, self.bases[node])


def is_straight(plan: LoopPlan) -> bool:
    """Whether a kernel of a plan has no loop: it computes scalars of scalars."""
    return not plan.nest.outer and not any(walk.roots for walk in plan.walks) and all(
        frame == ONE for _, frame in plan.accesses)
