"""One walk over a row of a kernel: the loops over the inner dimension at one level.

:meth:`Walk.write` appends a loop by whole vectors and one that is masked, over blocks where sums
are made; :meth:`Walk.body` is what is in them.
"""

from __future__ import annotations

from ...dtypes import DType, bool_, int32, int64
from ...graph import Node
from ...loops.places import COLUMN, FULL, ROW, is_sum
from ...loops.plan import RowWalk
from ...ops.elementwise import constant, eq
from ...ops.fused import position
from .elementwise import FUNCTIONS, compute, operands, wanted
from .functions import PARTNERS
from .reductions import across, combine, identity
from .scalars import Scalars
from .text import (
    BASE,
    MEMORY,
    Code,
    convert,
    kernel_dtype,
    lanes,
    load_scalar,
    load_vector,
    masked_lanes,
    store_vector,
    typed,
)

ADDED = 32
"""So many elements are added up in each lane of a sum before float64 takes over: the errors of
equal elements do not cancel."""
HEAVY = 3
"""A body with so many expensive operations is written once."""


class Walk:
    """One walk over a row: the loops over the inner dimension at one level."""

    def __init__(self, kernel: Scalars, code: Code, walk: RowWalk, start: str, stop: str) -> None:
        self.kernel = kernel
        self.plan = kernel.plan
        self.out = code
        self.start, self.stop = start, stop
        self.width = kernel.width
        self.nodes, self.roots, self.kept, _ = walk
        self.sums = [n for n in self.roots if n.prim.reduction is not None
                     and self.plan.places[n].kind != COLUMN]
        self.columns = [n for n in self.roots if n.prim.reduction is not None
                        and self.plan.places[n].kind == COLUMN]
        heavy = sum(n.prim.expensive for n in self.nodes)
        self.once = heavy >= HEAVY and kernel.bits == 512
        """Whether one masked loop is enough: a long body takes longer to compile than to mask."""
        self.unroll = 4 if len(self.nodes) <= 8 and not heavy else 1
        self.code = kernel.new_code()
        self.code.near = {(FUNCTIONS[node.prim], node.args[0]) for node in self.nodes
                          if FUNCTIONS.get(node.prim) in PARTNERS}
        self.converted: dict[tuple[Node, DType | None], tuple[str, DType]] = {}

    def label(self) -> str:
        self.kernel.counter[0] += 1
        return f"w{self.kernel.counter[0]}"

    def write(self) -> None:
        """Append the loops to the kernel's text."""
        kernel, out = self.kernel, self.out
        for node in self.sums:
            if self.plan.places[node].kind == ROW:
                kernel.clear(out, node)
        mark = self.label()
        blocks = any(map(is_sum, self.sums))
        body = self.code
        body.lines = []
        start, stop = self.start, self.stop
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
            block = ADDED * self.unroll * self.width
            far = code.op(f"add i64 {first}, {block}")
            less = code.op(f"icmp slt i64 {far}, {stop}")
            last = code.op(f"select i1 {less}, i64 {far}, i64 {stop}")
            code.do(f"store i64 {last}, ptr {counter}")
        place, accs = first, [code.splat(identity(n, kernel_dtype(n)),
                                         BASE[kernel_dtype(n)], self.width) for n in self.sums]
        if not self.once:
            place, accs = self.loop(f"{mark}.a", first, last, f"{mark}.main", self.unroll, None)
        joined = []
        for k, node in enumerate(self.sums):
            parts = accs[k::len(self.sums)]
            dtype = kernel_dtype(node)
            total = parts[0]
            for part in parts[1:]:
                total = combine(code, node, total, part, dtype, self.width)
            joined.append(total)
        code.do(f"br label %{mark}.tail")
        code.label(f"{mark}.tail")
        _, accs = self.loop(f"{mark}.b", place, last, f"{mark}.tail", 1, joined)
        for node, acc in zip(self.sums, accs, strict=True):
            self.kernel.include(code, node, across(code, node, acc, self.width), kernel_dtype(node))
        if counter is None:
            code.do(f"br label %{mark}.end")
        else:
            code.do(f"br label %{mark}.block")
        code.label(f"{mark}.end")
        return lines

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
        outside = code.in_loop()
        new: list[str] = []
        for u in range(unroll):
            place = at if u == 0 else code.op(f"add i64 {at}, {u * self.width}")
            mask = masked_lanes(code, place, last, self.width) if masked else None
            mine = accs[u * len(self.sums):(u + 1) * len(self.sums)]
            new += self.body(place, mask, mine)
        code.lines.append(f"  {after} = add i64 {at}, {step}")
        code.do(f"br label %{mark}.next")
        code.label(f"{mark}.next")
        code.do(f"br label %{mark}.head")
        code.label(f"{mark}.done")
        code.after_loop(outside)
        phis = [f"  {at} = phi i64 [ {first}, %{before} ], [ {after}, %{mark}.next ]"]
        for k, acc in enumerate(accs):
            node = self.sums[k % len(self.sums)]
            dtype = kernel_dtype(node)
            begin = given[k] if given is not None else code.splat(
                identity(node, dtype), BASE[dtype], self.width)
            phis.append(f"  {acc} = phi {typed(BASE[dtype], self.width)} "
                        f"[ {begin}, %{before} ], [ {new[k]}, %{mark}.next ]")
        code.lines[phi_at:phi_at] = phis
        return at, accs

    # ---- the body ----

    def body(self, place: str, mask: str | None, accs: list[str]) -> list[str]:
        """Compute, store and accumulate the elements from ``place`` on."""
        code, w = self.code, self.width
        self.place, self.mask_name = place, mask
        code.place = place
        self.vectors: dict[Node, tuple[str, DType]] = {}
        self.loaded: dict[Node, tuple[str, DType]] = {}
        for node in self.nodes:
            if node.prim is eq and self.is_place_test(node):
                self.vectors[node] = self.place_test(node), bool_
                continue
            args = [self.operand(arg, wanted(node, i)) for i, arg in enumerate(operands(node))]
            self.vectors[node] = compute(code, node, args, w), kernel_dtype(node)
        for node in [*self.roots, *self.kept]:
            if node.prim.reduction is None:
                self.store(node, self.pointer(node))
        for node in self.columns:
            value, dtype = self.summand(node)
            pointer = self.pointer(node)
            old = self.load(pointer, dtype)
            total = combine(code, node, old, value, dtype, w)
            self.vectors[node] = total, dtype
            self.store(node, pointer)
        new = []
        for node, acc in zip(self.sums, accs, strict=True):
            value, dtype = self.summand(node)
            kind = typed(BASE[dtype], w)
            if mask is not None:
                zero = code.splat(identity(node, dtype), BASE[dtype], w)
                value = code.op(f"select <{w} x i1> {mask}, {kind} {value}, {kind} {zero}")
            new.append(combine(code, node, acc, value, dtype, w))
        return new

    def summand(self, node: Node) -> tuple[str, DType]:
        """What a reduction is given, in the dtype of its result."""
        dtype = kernel_dtype(node)
        value, known = self.operand(node.args[0], None)
        return convert(self.code, value, known, dtype, self.width), dtype

    def operand(self, node: Node, dtype: DType | None) -> tuple[str, DType]:
        """The vector of an argument; a scalar is converted and spread ahead of the loop."""
        kernel, plan, w = self.kernel, self.plan, self.width
        if node in self.vectors:
            return self.vectors[node]
        if node in plan.inside and plan.places[node].kind == FULL:
            if node not in self.loaded:
                known = kernel_dtype(node)
                self.loaded[node] = self.load(self.pointer(node), known), known
            return self.loaded[node]
        access = plan.accesses.get((node, FULL))
        if (node.prim is not constant and node not in plan.inside and access is not None
                and plan.nest.strides[access][1] == 1):
            if node not in self.loaded:
                known = kernel_dtype(node)
                self.loaded[node] = self.load(self.at(kernel.rows[access], known), known), known
            return self.loaded[node]
        key = (node, dtype)
        if key not in self.converted:
            early = kernel.new_code()
            if node.prim is constant or node in kernel.values:
                value, known = kernel.scalar(early, node, dtype)
            else:
                assert access is not None
                known = kernel_dtype(node)
                value = load_scalar(early, known, kernel.rows[access])
                if dtype is not None:
                    value, known = convert(early, value, known, dtype, 1), dtype
            self.code.ahead += early.lines
            self.converted[key] = self.code.splat(value, BASE[known], w), known
        return self.converted[key]

    def is_place_test(self, node: Node) -> bool:
        """Whether ``node`` compares the place in the row with one number per row."""
        place, number = node.args
        return place.prim is position and self.is_scalar(number)

    def is_scalar(self, node: Node) -> bool:
        """Whether an integer operand is the same along the row."""
        plan = self.plan
        if kernel_dtype(node) is not int64 or node.prim is constant:
            return False
        if node in plan.inside:
            return plan.places[node].kind != FULL
        access = plan.accesses.get((node, FULL))
        return access is None or plan.nest.strides[access][1] == 0

    def place_test(self, node: Node) -> str:
        """The comparison in 32 bits: a row has fewer elements than that."""
        code, w = self.code, self.width
        value, _ = self.operand_scalar(node.args[1])
        wanted_place = code.splat(value, "i32", w)
        short = code.spread(code.op(f"trunc i64 {self.place} to i32"), "i32", w)
        places = code.op(f"add <{w} x i32> {short}, {lanes('i32', w)}")
        return code.op(f"icmp eq <{w} x i32> {places}, {wanted_place}")

    def operand_scalar(self, node: Node) -> tuple[str, DType]:
        """A number per row in 32 bits, ahead of the loop; one that does not fit equals no place."""
        key = (node, int32)
        if key not in self.converted:
            early = self.kernel.new_code()
            access = self.plan.accesses.get((node, FULL))
            if node in self.kernel.values:
                value, _ = self.kernel.scalar(early, node, int64)
            else:
                assert access is not None
                value = load_scalar(early, kernel_dtype(node), self.kernel.rows[access])
            far = early.op(f"icmp ugt i64 {value}, 2147483647")
            short = early.op(f"trunc i64 {value} to i32")
            kept = early.op(f"select i1 {far}, i32 -1, i32 {short}")
            self.code.ahead += early.lines
            self.converted[key] = kept, int32
        return self.converted[key]

    def pointer(self, node: Node) -> str:
        """Where the elements of a result or of a kept value are."""
        kernel, plan = self.kernel, self.plan
        kind = plan.places[node].kind
        access = plan.accesses.get((node, kind))
        if access is not None and node in plan.stored:
            return self.at(kernel.rows[access], kernel_dtype(node))
        if node not in kernel.bases:
            kernel.bases[node] = kernel.scratch_base(node)
        return self.at(kernel.bases[node], kernel_dtype(node))

    def at(self, row: str, dtype: DType) -> str:
        return self.code.op(f"getelementptr {MEMORY[dtype]}, ptr {row}, i64 {self.place}")

    def load(self, pointer: str, dtype: DType) -> str:
        return load_vector(self.code, pointer, dtype, self.width, self.mask_name)

    def store(self, node: Node, pointer: str) -> None:
        value, dtype = self.vectors[node]
        store_vector(self.code, value, pointer, dtype, self.width, self.mask_name)
