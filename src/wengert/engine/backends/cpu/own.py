"""Kernels of one node each, whose loops are written by hand: what they have in common.

``policy.py`` says which nodes have one; ``single.py`` which class writes the kernel of a primitive.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Self

from ...graph import Node
from ...loops.groups import Group
from ...loops.plan import single_plan
from .kernel import Kernel
from .objects import Layout
from .text import Code


class Own(Kernel):
    """The kernel of a group of one node. A subclass says how often its outermost loop is taken
    (:meth:`count`) and writes it (:meth:`write`)."""

    def __init__(self, group: Group, bits: int, at: Layout) -> None:
        self.node, = group.nodes
        super().__init__(single_plan(group, self.operands(), self.count()), bits, at)

    def again(self, group: Group, new: Mapping[Node, Node]) -> Self:
        other = super().again(group, new)
        other.node, = group.nodes
        return other

    def operands(self) -> Sequence[Node]:
        """What it reads."""
        return self.node.args

    def build(self) -> str:
        self.const("value", self.count())
        code = self.new_code()
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

    def copy_bytes(self, code: Code, target: str, source: str, count: str) -> None:
        """Copy so many bytes."""
        name = "@llvm.memcpy.p0.p0.i64"
        self.needs[name] = f"declare void {name}(ptr, ptr, i64, i1 immarg)"
        code.do(f"call void {name}(ptr {target}, ptr {source}, i64 {count}, i1 false)")


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
