"""Kernels as text: the graph, the loops in the manner of Python, LLVM's code, the machine's.

Start with :class:`Kernel`; :func:`loops_text` writes the loops of a plan, in the order in which
``engine/backends/cpu/loops.py`` generates them.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from typing import Any, overload

from ..engine.backends.cpu import kernel as generated
from ..engine.backends.cpu.compiler import compiler
from ..engine.errors import Line
from ..engine.graph import Graph, Node
from ..engine.loops.places import AFTER, COLUMN, FULL, ONE, ROW
from ..engine.loops.plan import LoopPlan
from ..engine.ops.elementwise import add, cast, constant
from ..engine.text import print_graph
from .records import KERNEL, Part, ProgramRow, lines_text

INDENT = "    "
INDICES = "ijklmnopqrstuvwxyz"


class Kernel:
    """A kernel as text: ``graph``, ``loops``, ``ir`` and ``assembly``; ``lines`` are the user's
    that it covers."""

    def __init__(self, part: Part) -> None:
        self.name = part.name
        self.lines: tuple[Line, ...] = part.lines
        self._kernel: generated.Kernel = part.kernel
        group = self._kernel.plan.group
        inputs = [node for node in group.inputs if node.prim is not constant]
        self._graph = Graph(inputs, group.stored)

    @property
    def graph(self) -> str:
        """The nodes that it computes, as the text of a graph."""
        return print_graph(self._graph)

    @property
    def loops(self) -> str:
        """Its loops, in the manner of Python, with the graph's names."""
        return loops_text(self._kernel.plan, self._graph, self._kernel.width)

    @property
    def ir(self) -> str:
        """The code that LLVM is given."""
        return self._kernel.text

    @functools.cached_property
    def assembly(self) -> str:
        """The machine code."""
        return compiler().assembly(self._kernel.text)

    def __str__(self) -> str:
        return "\n".join([f"-- graph ({lines_text(self.lines) or 'no line of yours'})", self.graph,
                          "-- loops", self.loops, "-- LLVM", self.ir, "-- assembly",
                          self.assembly])

    def __repr__(self) -> str:
        return f"<kernel {self.name}>"


class Kernels(Sequence[Kernel]):
    """The kernels of some programs; ``outline`` shows where in the programs they stand."""

    def __init__(self, kernels: Sequence[Kernel], outline: str) -> None:
        self._kernels = list(kernels)
        self.outline = outline

    def __len__(self) -> int:
        return len(self._kernels)

    @overload
    def __getitem__(self, index: int) -> Kernel: ...

    @overload
    def __getitem__(self, index: slice) -> list[Kernel]: ...

    def __getitem__(self, index: int | slice) -> Kernel | list[Kernel]:
        return self._kernels[index]

    def __str__(self) -> str:
        parts = [f"==== kernel {k}: {kernel.name}\n{kernel}"
                 for k, kernel in enumerate(self._kernels)]
        return "\n".join([self.outline, *parts])

    def __repr__(self) -> str:
        return f"<{len(self)} kernels: {'; '.join(kernel.name for kernel in self)}>"


def kernels_of(programs: Sequence[tuple[ProgramRow, Sequence[Part]]]) -> Kernels:
    """The kernels among the parts of ``programs``."""
    kernels: list[Kernel] = []
    outline: list[str] = []
    for row, parts in programs:
        outline.append(f"program {row.number}: {lines_text(row.lines)}")
        for part, depth in [pair for whole in parts for pair in (
                (whole, 1), *((inner, 2) for inner in whole.parts))]:
            number = ""
            if part.kind == KERNEL and not part.parts:
                number = f" {len(kernels)}"
                kernels.append(Kernel(part))
            outline.append(f"{INDENT * depth}{part.kind}{number}: {part.name}    "
                           f"# {lines_text(part.lines)}")
    return Kernels(kernels, "\n".join(outline) + "\n")


# ---- loops ----


def loops_text(plan: LoopPlan, graph: Graph, width: int) -> str:
    """The loops of ``plan``, by vectors of so many elements; the nodes have the numbers that they
    have in ``graph``'s text."""
    return "\n".join(Loops(plan, graph, width).written()) + "\n"


class Loops:
    """Writes the loops of one plan."""

    def __init__(self, plan: LoopPlan, graph: Graph, width: int) -> None:
        self.plan = plan
        self.width = width
        self.places = plan.places
        self.number = {node: i for i, node in enumerate(graph.inputs)}
        for node in graph.nodes():
            self.number.setdefault(node, len(self.number))
        self.done: set[Node] = set()

    def written(self) -> Iterator[str]:
        sizes = self.plan.nest.outer
        yield from self.read(ONE)
        yield from self.computed(lambda node: self.places[node].kind == ONE)
        yield from self.stored(ONE)
        for node in self.reductions():
            if self.places[node].kind in (AFTER, COLUMN):
                yield f"{self.name(node)} = {self.identity(node)}{self.per(node)}"
        indent = ""
        for index, length in zip(INDICES, sizes, strict=False):
            yield f"{indent}for {index} in range({length}):"
            indent += INDENT
        for line in self.row(INDICES[len(sizes)] if len(sizes) < len(INDICES) else "element"):
            yield indent + line
        yield from self.computed(lambda node: self.places[node].kind == AFTER)
        yield from self.stored(AFTER)
        for node in self.plan.stored:
            if self.places[node].kind == COLUMN:
                yield f"# {self.name(node)} is a result, one value per column"

    def row(self, index: str) -> Iterator[str]:
        """The walks over a row, and what is computed between them."""
        plan = self.plan
        yield from self.read(ROW)
        for level in range(len(plan.walks) + 1):
            yield from self.computed(lambda node, level=level: (  # type: ignore[misc]
                self.places[node].kind == ROW and self.places[node].level <= level
                and not (node.prim.reduction is not None and plan.reduced_in[node] >= level)))
            if level < len(plan.walks) and plan.walks[level].roots:
                for node in plan.walks[level].roots:
                    if node.prim.reduction is not None and self.places[node].kind == ROW:
                        yield f"{self.name(node)} = {self.identity(node)}"
                yield f"for {index} in range({plan.nest.size}):    # walk {level + 1}, " \
                      f"{self.width} at a time"
                for line in self.walk(level):
                    yield INDENT + line
        for node in self.reductions():
            if node not in plan.reduced_in:
                yield self.reduction(node)
        yield from self.stored(ROW)

    def walk(self, level: int) -> Iterator[str]:
        """The body of one walk."""
        plan, walk = self.plan, self.plan.walks[level]
        for node in sorted(plan.reads(level), key=self.number.__getitem__):
            yield f"read {self.name(node)}{self.broadcast(node)}"
        for node in walk.body:
            yield self.assignment(node)
        for node in walk.roots:
            if node.prim.reduction is not None:
                yield self.reduction(node)
            elif node in plan.stored:
                yield f"write {self.name(node)}"
        for node in walk.kept:
            yield f"keep {self.name(node)} for a later walk"

    # ---- statements ----

    def name(self, node: Node) -> str:
        if node.prim is constant:
            return repr(node.params["value"])
        return f"%{self.number[node]}" if node in self.number else node.prim.name

    def read(self, frame: str) -> Iterator[str]:
        """What is read once, or once per row."""
        for node, found in self.plan.accesses:
            if found == frame and node not in self.plan.inside:
                yield f"read {self.name(node)}"

    def computed(self, chosen: Callable[[Any], bool]) -> Iterator[str]:
        """The scalars that ``chosen`` says, once."""
        for node in self.plan.nodes:
            if node not in self.done and chosen(node):
                self.done.add(node)
                if node.prim.reduction is None:
                    yield self.assignment(node)

    def stored(self, kind: str) -> Iterator[str]:
        for node in self.plan.stored:
            if self.places[node].kind == kind:
                yield f"write {self.name(node)}"

    def assignment(self, node: Node) -> str:
        args = ", ".join(map(self.name, node.args))
        kind = f", {node.dtype.name}" if node.prim is cast else ""
        return f"{self.name(node)} = {node.prim.name}({args}{kind})"

    def reductions(self) -> list[Node]:
        return [node for node in self.plan.nodes if node.prim.reduction is not None]

    def reduction(self, node: Node) -> str:
        total, value = self.name(node), self.name(node.args[0])
        reduction = node.prim.reduction
        assert reduction is not None
        if reduction.combine is add:
            return f"{total} += {value}{self.per(node)}"
        both = reduction.combine.text.replace("{0}", total).replace("{1}", value)
        return f"{total} = {both}{self.per(node)}"

    def per(self, node: Node) -> str:
        return "    # per column" if self.places[node].kind == COLUMN else ""

    def identity(self, node: Node) -> str:
        reduction = node.prim.reduction
        assert reduction is not None
        return str(reduction.identity)

    def broadcast(self, node: Node) -> str:
        """What to say of an operand that is not as large as the space."""
        access = self.plan.accesses.get((node, FULL))
        if access is None:
            return ""
        outer, inner = self.plan.nest.strides[access]
        if inner == 0 and not any(outer):
            return "    # one value"
        if inner == 0 and self.plan.nest.size > 1:
            return "    # one for the row"
        sizes = self.plan.nest.outer
        if sizes and not any(outer):
            return "    # the same for every row"
        return ""
