"""What every kernel of this backend is: the text of an LLVM function, and its arguments.

A kernel is ``i32 kernel(items, consts, begin, end)``. ``items`` are the program's Python objects,
``consts`` 64-bit integers: which item an operand is, its offset, sizes and strides. So the text
holds no sizes, and a group of the same structure has the same text. ``begin`` and ``end`` bound the
outermost loop; ``consts[0]`` is its whole length. The result is 0, or says that the program has to
be interpreted: 1 where an operand is not contiguous, 2 where a class number is out of range.

``loops.py`` writes the loops of a plan; ``own.py`` and its like those of single nodes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import copy
from typing import Self

from ...dtypes import FLOAT, DType, float32
from ...graph import Node
from ...loops.groups import Group
from ...loops.places import FULL
from ...loops.plan import LoopPlan
from ...ops.structural import number
from .compiler import FINDING
from .objects import READY, Layout
from .text import SHORT, Code, kernel_dtype

Const = tuple[str, object]


class Kernel:
    """The text of a kernel, and what its ``consts`` are for this instance. A subclass writes it
    (:meth:`build`)."""

    alone = False
    """Whether its loop is not to be shared between threads."""
    straight = False
    """Whether it has no loop: its code runs once, and optimising it takes long."""
    quick = False
    """Whether its code is to be optimised later."""
    code = 0
    """The address of its machine code."""

    def __init__(self, plan: LoopPlan, bits: int, at: Layout) -> None:
        self.plan = plan
        self.bits = bits
        self.at = at
        self.width = vector_width(plan, bits)
        self.consts: list[Const] = []
        self.const_names: dict[Const, str] = {}
        self.entry = Code(integer=self.integer)
        self.counter, self.needs = self.entry.counter, self.entry.needs
        self.checks: list[str] = []
        self.bases: dict[Node, str] = {}
        self.finding: list[str] = []
        """What finds the addresses of all values in a loop, where that is how they are found."""
        self.text = self.build()
        del self.entry   # which knows this kernel: both would wait for the garbage collector

    def build(self) -> str:
        """The text of the function."""
        raise NotImplementedError

    def again(self, group: Group, new: Mapping[Node, Node]) -> Self:
        """The kernel of another group, which is alike but for its values: ``new`` for each of this
        one's."""
        other = copy(self)
        other.plan = self.plan.renamed(group, new)
        other.consts = [(kind, new[payload] if isinstance(payload, Node) else payload)
                        for kind, payload in self.consts]
        return other

    def work(self) -> int:
        """How much it does, in elements."""
        return self.plan.work()

    def scratch_bytes(self) -> dict[Node, int]:
        """The memory that it needs while it runs, by the values that it is for."""
        return {}

    # ---- arguments ----

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
            if node not in self.plan.inside:
                flags = entry.op(f"getelementptr i8, ptr {thing}, i64 {self.at.flags}")
                flag = entry.op(f"load i32, ptr {flags}")
                kept = entry.op(f"and i32 {flag}, {READY}")
                self.checks.append(entry.op(f"icmp ne i32 {kept}, {READY}"))
            data = entry.op(f"getelementptr i8, ptr {thing}, i64 {self.at.data}")
            start = entry.op(f"load ptr, ptr {data}")
            offset = self.const("offset", node)
            self.bases[node] = entry.op(f"getelementptr i8, ptr {start}, i64 {offset}")
        return self.bases[node]

    def find(self, nodes: Sequence[Node]) -> None:
        """Have the addresses of ``nodes`` found in a loop: where code runs once, there would be
        more text about where values are than about what is computed."""
        entry, first = self.entry, len(self.consts)
        for k, node in enumerate(nodes):
            self.consts += [("slot", node), ("offset", node)]
            place = entry.op(f"getelementptr ptr, ptr %places, i64 {k}")
            self.bases[node] = entry.op(f"load ptr, ptr {place}")
        if nodes:
            self.checks.append(entry.op("load i1, ptr %unready"))
            self.finding = finding(first, len(nodes), self.at)

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

    # ---- text ----

    def clear_bytes(self, code: Code, pointer: str, count: int) -> None:
        """Make so many bytes 0."""
        name = "@llvm.memset.p0.i64"
        self.needs[name] = f"declare void {name}(ptr, i8, i64, i1 immarg)"
        size = self.const("value", count)
        code.do(f"call void {name}(ptr {pointer}, i8 0, i64 {size}, i1 false)")

    def assembled(self, loops: Code) -> str:
        entry = self.entry
        head = ["define i32 @kernel(ptr noalias %items, ptr noalias %consts, i64 %begin, "
                # Vectors that do not fit in registers are kept on the stack: those that lie across
                # two lines of the cache cost much of the speed.
                f"i64 %end) alignstack({self.bits // 8}) {{", "entry:", "  %failed = alloca i1",
                "  store i1 false, ptr %failed", *self.finding]
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


def finding(first: int, count: int, at: Layout) -> list[str]:
    """The lines that find so many addresses, which the ``consts`` from ``first`` on tell in pairs,
    and note whether one is not as kernels read it."""
    return f"""\
  %places = alloca [{count} x ptr]
  %unready = alloca i1
  store i1 false, ptr %unready
  br label %{FINDING}
{FINDING}:
  %k = phi i64 [ 0, %entry ], [ %k.next, %{FINDING} ]
  %twice = shl i64 %k, 1
  %pair = add i64 %twice, {first}
  %slot.at = getelementptr i64, ptr %consts, i64 %pair
  %slot = load i64, ptr %slot.at
  %item = getelementptr ptr, ptr %items, i64 %slot
  %thing = load ptr, ptr %item
  %flags.at = getelementptr i8, ptr %thing, i64 {at.flags}
  %flags = load i32, ptr %flags.at
  %kept = and i32 %flags, {READY}
  %bad = icmp ne i32 %kept, {READY}
  %before = load i1, ptr %unready
  %now = or i1 %before, %bad
  store i1 %now, ptr %unready
  %data.at = getelementptr i8, ptr %thing, i64 {at.data}
  %data = load ptr, ptr %data.at
  %offset.at = getelementptr i64, ptr %slot.at, i64 1
  %offset = load i64, ptr %offset.at
  %found = getelementptr i8, ptr %data, i64 %offset
  %found.at = getelementptr ptr, ptr %places, i64 %k
  store ptr %found, ptr %found.at
  %k.next = add i64 %k, 1
  %k.more = icmp slt i64 %k.next, {count}
  br i1 %k.more, label %{FINDING}, label %all.found
all.found:""".split("\n")


def vector_width(plan: LoopPlan, bits: int) -> int:
    """How many elements a vector of so many bits has: of the narrowest dtype that is computed."""
    full: list[DType] = [kernel_dtype(n) for n in plan.nodes if plan.places[n].kind == FULL]
    wide = full + [kernel_dtype(a) for n in plan.nodes if n.prim.reduction is not None
                   for a in n.args]
    narrow = any(d is float32 or d in SHORT for d in wide)
    return bits // 32 if narrow or not wide else bits // 64
