"""A kernel with loops, and the scalars in it: numbers, values per row, totals of reductions."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Self

import numpy as np

from ...dtypes import DType, bool_, float32, int32
from ...graph import Node
from ...loops.groups import Group
from ...loops.nest import Access
from ...loops.plan import LoopPlan
from ...ops.elementwise import constant
from ...ops.structural import reshape
from .elementwise import compute, operands, wanted
from .kernel import Kernel
from .literals import literal
from .objects import Layout
from .reductions import combine, identity, is_compensated, restored, rounded_off, total_dtype
from .text import BASE, HALVES, SHORT, Code, convert, kernel_dtype, load_scalar, store_scalar


class Scalars(Kernel):
    """A kernel whose text computes scalars beside its walks over rows."""

    def __init__(self, plan: LoopPlan, bits: int, at: Layout) -> None:
        self.places = plan.places
        self.values: dict[Node, tuple[str, DType]] = {}
        """The scalars that are known where text is being written."""
        self.numbers: dict[tuple[Node, DType], str] = {}
        self.rows: dict[Access, str] = {}
        """Where each access stands in the row that is being written."""
        self.totals: dict[Node, str] = {}
        """The totals of reductions, in memory."""
        self.lost: dict[Node, str] = {}
        """What rounding has lost of the total of a float64 sum."""
        super().__init__(plan, bits, at)

    def again(self, group: Group, new: Mapping[Node, Node]) -> Self:
        other = super().again(group, new)
        other.places = other.plan.places
        return other

    def load(self, code: Code, node: Node, pointer: str) -> None:
        """Read a scalar from outside."""
        dtype = kernel_dtype(node)
        self.values[node] = load_scalar(code, dtype, pointer), dtype

    def store(self, code: Code, node: Node, pointer: str) -> None:
        """Write a scalar as a result."""
        store_scalar(code, *self.values[node], pointer)

    def scalars(self, code: Code, chosen: Callable[[Node], bool]) -> None:
        """Compute the scalar nodes that ``chosen`` says, in order."""
        for node in self.plan.nodes:
            if node in self.values or not chosen(node):
                continue
            if node.prim.reduction is not None:
                dtype = kernel_dtype(node)
                found = self.total(code, node)
                self.values[node] = convert(code, found, total_dtype(node), dtype, 1), dtype
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

    # ---- totals ----

    def slot(self, node: Node) -> None:
        """Make the memory for the total of a reduction."""
        self.totals[node] = self.entry.op(f"alloca {BASE[total_dtype(node)]}")
        if is_compensated(node):
            self.lost[node] = self.entry.op("alloca double")

    def clear(self, code: Code, node: Node) -> None:
        """Let the total of a reduction start anew."""
        dtype = total_dtype(node)
        code.do(f"store {BASE[dtype]} {identity(node, dtype)}, ptr {self.totals[node]}")
        if node in self.lost:
            code.do(f"store double 0.0, ptr {self.lost[node]}")

    def total(self, code: Code, node: Node) -> str:
        """The total of a reduction."""
        found = code.op(f"load {BASE[total_dtype(node)]}, ptr {self.totals[node]}")
        if node not in self.lost:
            return found
        lost = code.op(f"load double, ptr {self.lost[node]}")
        return restored(code, found, lost, 1)

    def include(self, code: Code, node: Node, value: str, dtype: DType) -> None:
        """Add a partial result to a reduction's total."""
        total = total_dtype(node)
        slot, base = self.totals[node], BASE[total]
        old = code.op(f"load {base}, ptr {slot}")
        add = convert(code, value, dtype, total, 1)
        new = combine(code, node, old, add, total, 1)
        code.do(f"store {base} {new}, ptr {slot}")
        if node in self.lost:
            rest = rounded_off(code, old, add, new, 1)
            lost = code.op(f"fadd double {code.op(f'load double, ptr {self.lost[node]}')}, {rest}")
            code.do(f"store double {lost}, ptr {self.lost[node]}")
