"""Totals per column: added up over a few rows, then over these sums, in float64.

Beside float64 totals there is what rounding loses. Row by row alone, a long column drifts.
"""

from __future__ import annotations

from ...dtypes import float32, float64
from ...graph import Node
from .kernel import Kernel
from .reductions import restored, rounded_off
from .text import BASE, Code, convert, load_vector, masked_lanes, store_vector

ROWS = 16
"""So many rows of a column are added up in float32 before float64 takes over."""


class Columns:
    """The columns of a kernel whose rows have ``size`` elements, and where their float64 totals
    are; for those of float64 what they lost follows."""

    def __init__(self, kernel: Kernel, size: str) -> None:
        self.kernel = kernel
        self.size = size
        self.totals: dict[Node, str] = {}

    def begin(self, node: Node) -> None:
        """Make the result of ``node`` 0, and its totals."""
        kernel = self.kernel
        length = kernel.plan.nest.size
        kernel.clear_bytes(kernel.entry, kernel.bases[node], length * node.dtype.itemsize)
        if is_wide(node):
            self.totals[node] = kernel.scratch_base(node)
            kernel.clear_bytes(kernel.entry, self.totals[node], total_bytes(node, length))

    def count_row(self, code: Code) -> None:
        """After each :data:`ROWS` rows, take the columns over into their totals."""
        if not self.totals:
            return
        entry = self.kernel.entry
        counter = entry.op("alloca i64")
        entry.do(f"store i64 0, ptr {counter}")
        old = code.op(f"load i64, ptr {counter}")
        new = code.op(f"add i64 {old}, 1")
        code.do(f"store i64 {new}, ptr {counter}")
        rest = code.op(f"and i64 {new}, {ROWS - 1}")
        due = code.op(f"icmp eq i64 {rest}, 0")
        code.do(f"br i1 {due}, label %columns.due, label %columns.kept")
        code.label("columns.due")
        for node in self.totals:
            self.take_over(code, node, last=False)
        code.do("br label %columns.kept")
        code.label("columns.kept")

    def finish(self, code: Code) -> None:
        """Take over the rest, and write the totals as results."""
        for node in self.totals:
            self.take_over(code, node, last=True)

    def compensate(self, code: Code, total: str, sums: tuple[str, str, str],
                   mask: str | None) -> str:
        """Add to what ``old + add = new`` (``sums``) lost before, and give the whole sum."""
        w = self.kernel.width
        at = code.op(f"getelementptr double, ptr {total}, i64 {self.size}")
        rest = rounded_off(code, *sums, w)
        before = load_vector(code, at, float64, w, mask)
        lost = code.op(f"fadd <{w} x double> {before}, {rest}")
        store_vector(code, lost, at, float64, w, mask)
        return restored(code, sums[2], lost, w)

    def take_over(self, code: Code, node: Node, last: bool) -> None:
        """Add a row of partial sums to its float64 totals; leave zeros, or the totals, in it."""
        w = self.kernel.width
        mark = code.name()[1:]
        counter = self.kernel.entry.op("alloca i64")
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
        part = code.op(f"getelementptr {BASE[dtype]}, ptr {self.kernel.bases[node]}, i64 {at}")
        total = code.op(f"getelementptr double, ptr {self.totals[node]}, i64 {at}")
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


def is_wide(node: Node) -> bool:
    """Whether the totals of a column are made in float64."""
    return node.dtype in (float32, float64)


def total_bytes(node: Node, length: int) -> int:
    """The memory for float64 totals of so many columns."""
    return length * float64.itemsize * (2 if node.dtype is float64 else 1)
