"""The parts of a compiled program: its kernels, its library calls, and its copies of inputs."""

from __future__ import annotations

import ctypes
import re
from collections.abc import Callable, Sequence
from typing import Any

from ..engine.backends.cpu.kernel import Kernel
from ..engine.backends.cpu.own import Own
from ..engine.backends.cpu.products import Gemm
from ..engine.backends.cpu.program import Compiled
from ..engine.backends.cpu.rolled import Looping
from ..engine.backends.cpu.text import kernel_dtype
from ..engine.backends.cpu.turns import LoopKernel
from ..engine.graph import Graph, Node
from ..engine.loops.places import FULL
from ..engine.ops.fused import surely_finite
from .measuring import Step
from .records import COMPILED, COPY, KERNEL, LIBRARY_CALL, Part, bytes_of_call, names_text, nbytes

_READY = re.compile(r" *s\[\d+\] = ready\(s\[(\d+)\]\)")


def steps_of(program: Compiled | Looping) -> tuple[dict[int, list[Step]], list[Any]]:
    """What each line of the text of ``program`` runs, and what has to be kept for it."""
    program = program.compiled if isinstance(program, Looping) else program
    graph = program.graph
    steps = {line: [Step(Part(graph, LIBRARY_CALL, node.prim.name, COMPILED, (node,),
                              bytes_of_call(node)))]
             for line, node in program.nodes.items()}
    kept: list[Any] = []
    for line, (table, kernels) in program.launched.items():
        steps[line] = []
        for k, kernel in enumerate(kernels):
            alone = (type(table).from_buffer_copy(table) if isinstance(kernel, LoopKernel)
                     else (ctypes.c_int64 * 3)(1, table[1 + 2 * k], table[2 + 2 * k]))
            kept.append(alone)
            steps[line].append(Step(part_of(graph, kernel), (
                ctypes.addressof(table), ctypes.addressof(alone))))
    for line, text in enumerate(program.source.splitlines(), 1):
        if found := _READY.match(text):
            node = graph.inputs[int(found[1])]
            steps[line] = [Step(Part(graph, COPY, node.prim.name, COMPILED, (node,),
                                     2 * nbytes(node)))]
    return steps, kept


class TimedProgram(Compiled):
    """A compiled program that runs in the place of another, with a note of each part."""

    __slots__ = ("interpreter", "original")   # as it differs from that of a class

    interpreter: Any   # type: ignore[misc]
    original: Compiled

    def handed_back(self, values: Sequence[Any]) -> None:
        self.original.handed_back(values)


def timed_program(program: Compiled, measured: Callable[..., Any], interpreter: Any
                  ) -> TimedProgram:
    """The twin of ``program``; ``measured`` makes that of its function."""
    steps, kept = steps_of(program)
    twin = object.__new__(TimedProgram)
    for name in Compiled.__slots__:
        if name != "__weakref__":
            setattr(twin, name, getattr(program, name))
    twin.original, twin.interpreter = program, interpreter
    twin.function = measured(program.written(), program.source, steps, kept=kept)
    return twin


def part_of(graph: Graph, kernel: Kernel) -> Part:
    """A kernel as a part of its program."""
    if isinstance(kernel, Gemm):
        return Part(graph, LIBRARY_CALL, kernel.node.prim.name, COMPILED, (kernel.node,),
                    traffic(kernel))
    if isinstance(kernel, LoopKernel):
        turns = kernel.turns
        return Part(graph, KERNEL, f"{turns.body.turns} turns of a loop", COMPILED,
                    tuple(turns.body.graph.nodes()),
                    turns.body.turns * sum(map(traffic, turns.kernels())), kernel,
                    tuple([part_of(graph, each) for each in turns.kernels()]))
    shown = [node for node in kernel.plan.nodes if node.prim is not surely_finite]
    return Part(graph, KERNEL, names_text(shown), COMPILED, tuple(kernel.plan.nodes),
                traffic(kernel), kernel)


def traffic(kernel: Kernel) -> int:
    """The bytes that a kernel reads and writes: each operand and result once, and once more for
    each further walk that reads it; values kept from walk to walk stay in cache, and do not
    count."""
    plan = kernel.plan
    if isinstance(kernel, Own):
        return sum(size(node) for node, _ in plan.accesses)
    moved = [node for node, frame in plan.accesses if frame != FULL or node in plan.inside]
    for level in range(len(plan.walks)):
        moved += plan.reads(level)
    return sum(map(size, moved))


def size(node: Node) -> int:
    """The bytes of a value in a kernel's memory."""
    return node.size * kernel_dtype(node).itemsize
