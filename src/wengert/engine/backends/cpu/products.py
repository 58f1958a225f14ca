"""Products of matrices as kernels: the calls of BLAS."""

from __future__ import annotations

import math

from ...blas import product_name
from ...dtypes import float32
from ...graph import Node
from ...loops.groups import Group
from .objects import Layout
from .own import Own, loop, moved, product
from .text import Code

ROW_MAJOR, PLAIN, TRANSPOSED = 101, 111, 112
"""How cblas spells the order of elements, and whether a factor is transposed."""
PRODUCTS = 8
"""So many products take as long as an element of another kernel."""


class Gemm(Own):
    """Products of pairs of matrices, by BLAS. A factor that is a transpose is given as what it is
    the transpose of."""

    alone = True   # BLAS has threads of its own

    def __init__(self, group: Group, bits: int, at: Layout) -> None:
        node, = group.nodes
        self.factors = [arg if arg in group.inputs else arg.args[0] for arg in node.args]
        self.transposed = [arg not in group.inputs for arg in node.args]
        super().__init__(group, bits, at)

    def operands(self) -> list[Node]:
        return self.factors

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
        how = [self.entry.op(f"trunc i64 {self.integer(TRANSPOSED if each else PLAIN)} to i32")
               for each in self.transposed]
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
