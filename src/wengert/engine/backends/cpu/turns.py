"""Loops as tables of kernels: the body is planned once, and each turn is a row of numbers.

What a kernel is told (which item an operand is, and where in it) is an entry of its ``consts``. So
another turn is the same machine code with other ``consts``: they are written for all turns at once,
by NumPy, and the table that the driver is given has the kernels of all turns, one turn after the
other. Values of one turn lie in the arena, at the same place in each; what later turns read has as
many places there as it takes; what others read lies in results, turn by turn.

Start with :class:`Turns`, then :meth:`Turns.entries`.
"""

from __future__ import annotations

import ctypes
import math
from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import Any, NamedTuple

import numpy as np

from ...graph import Graph, Node
from ...loops.groups import Group, Item
from ...ops.loop import ALONG, CARRIED, EACH, Body, Read, gather, loop_, result
from ...ops.structural import copy, input_, number, reshape, slice_
from ...passes.rebuild import Args, as_it_is, on, rebuilt
from ...passes.thin import without_thin_products
from .arena import ALIGNED, nbytes
from .kernel import Kernel
from .lowered import in_kernels
from .pipeline import for_kernels
from .policy import IN_LOOPS
from .program import LARGE, Compiled, Writer
from .text import kernel_dtype

MOST_BYTES = 1 << 28
"""A loop whose table would be larger is called turn by turn."""
FEW = 8
"""So many numbers are gathered one by one."""
_ROW = np.empty(1)


class Unlaunchable(Exception):
    """The body has something that no table can call."""


class Where(NamedTuple):
    """Which item a value is, and how many bytes in it are before the value: numbers, or arrays with
    a number for each turn."""

    slot: Any
    offset: Any


class LoopWriter(Writer):
    """Writes the text of a program that has loops."""

    def __init__(self, program: Compiled, graph: Graph, values: Sequence[Any],
                 by_turns: Callable[[Node], Any], finite: bool = True) -> None:
        self.by_turns = by_turns
        self.finite = finite
        self.tabled: dict[Node, list[Node]] = {}
        """The loops that are tables, with their results."""
        for node in graph.nodes():
            if node.prim is result:
                self.tabled.setdefault(node.args[0], []).append(node)
        super().__init__(program, graph, values)

    def lowered(self, item: Item) -> list[Node | tuple[Group, Kernel]]:
        """A loop with its kernels; where there is no table, the loop and its results one by
        one."""
        if isinstance(item, Node) and item.prim is loop_:
            results = self.tabled[item]

            group = Group(0, (), 0, [item], {}, inputs=item.args, own=True)
            group.stored = results
            try:
                return [(group, LoopKernel(Turns(self, item, results)))]
            except Unlaunchable:
                del self.tabled[item]
                return [item]
        if isinstance(item, Node) and item.prim is result and item.args[0] in self.tabled:
            return []
        return super().lowered(item)

    def launch(self, batch: list[tuple[Group, Kernel]]) -> None:
        for k, (_, kernel) in enumerate(batch):
            if isinstance(kernel, LoopKernel):
                super().launch(batch[:k])
                self.launch_loop(kernel)
                self.launch(batch[k + 1:])
                return
        super().launch(batch)

    def launch_loop(self, loop: LoopKernel) -> None:
        """A call that runs all turns of a loop."""
        entries = loop.turns.entries(self, loop).reshape(-1)
        table = (ctypes.c_int64 * (1 + len(entries)))(len(entries) // 2)
        ctypes.memmove(ctypes.addressof(table) + 8, entries.ctypes.data, entries.nbytes)
        program = self.program
        program.tables.append(table)
        program.code += [kernel.code for kernel in loop.turns.kernels()]
        program.kernels += loop.turns.kernels()
        self.launched.append((len(self.lines) + 1, table, [loop]))
        run = "run" if loop.work() < LARGE else "run_large"
        self.lines.append(f"if {run}(s, {ctypes.addressof(table)}): return None")

    dims: tuple[int, ...] = ()
    """How often each loop is run that this text is in."""

    def place_of(self, node: Node) -> Where:
        """Where kernels find a value."""
        return Where(self.kernel_slots.get(node, self.slots[node]), self.offsets.get(node, 0))

    def memory_of(self, loop: LoopKernel) -> Where:
        """Where a loop has its part of the arena."""
        return Where(self.arena_slot, self.memory[loop].scratch[0][loop.turns.node])

    def library_call(self, node: Node, k: int) -> None:
        if node.prim is gather and len(node.args) > FEW and self.given.issuperset(node.args):
            take = self.name(itemgetter(*[self.slots[arg] for arg in node.args]), "take")
            kind = self.name(node.dtype.numpy, "d")
            self.names["array"] = np.array
            self.slots[node] = self.new_slot("None")
            self.lines.append(f"s[{self.slots[node]}] = array({take}(s), {kind})")
            self.where[len(self.lines)] = node
        elif node.prim is loop_:
            run = self.name(self.by_turns(node), "loop")
            args = ", ".join(self.argument(arg) for arg in node.args)
            self.slots[node] = self.new_slot("None")
            self.lines.append(f"s[{self.slots[node]}] = {run}({args})" + self.freed(node, k))
            self.where[len(self.lines)] = node
        else:
            super().library_call(node, k)


class Turns(LoopWriter):
    """Plans the body of a loop, and writes how its kernels are called turn by turn."""

    puts = False
    once = False

    target = IN_LOOPS

    def __init__(self, outer: LoopWriter, node: Node, results: Sequence[Node]) -> None:
        self.node = node
        self.body: Body = node.params["body"]
        self.stacks: dict[int, Node] = {each.params["output"]: each for each in results}
        self.made: set[Node] = set()
        self.same: dict[Node, Node] = {}
        self.batch: list[Kernel] = []
        carried = {read.output for read in self.body.reads}
        self.needed = [k for k in range(len(self.body.keep)) if k in self.stacks or k in carried]
        graph = Graph(self.body.graph.inputs, [self.body.graph.outputs[k] for k in self.needed])
        graph = with_own_outputs(with_own_parts(for_kernels(
            without_thin_products(with_arrays(graph)), outer.finite)))
        self.outputs = dict(zip(self.needed, graph.outputs, strict=True))
        """The outputs of the body that somebody reads, by their places."""
        self.index = set(graph.outputs)
        super().__init__(outer.program, graph, [_ROW] * len(graph.inputs), outer.by_turns,
                         outer.finite)
        if len(self.made) < len(self.index) or any(map(self.is_split, self.kernels())) or (
                8 * self.size() > MOST_BYTES):
            raise Unlaunchable
        self.rings = {k: self.ring(k) for k in self.outputs}

    def kernels(self) -> list[Kernel]:
        """The kernels of one turn."""
        return [each for kernel in self.batch
                for each in (kernel.turns.kernels() if isinstance(kernel, LoopKernel)
                             else [kernel])]

    def size(self) -> int:
        """How many numbers are written for all turns."""
        return self.body.turns * sum(
            kernel.turns.size() if isinstance(kernel, LoopKernel) else len(kernel.consts) + 2
            for kernel in self.batch)

    # ---- how the body is planned ----

    def prepare_inputs(self, values: Sequence[Any]) -> None:
        self.contiguous.update(self.graph.inputs)

    def launch(self, batch: list[tuple[Group, Kernel]]) -> None:
        self.batch += [kernel for _, kernel in batch]

    def library_call(self, node: Node, k: int) -> None:
        raise Unlaunchable

    def is_view_of_part(self, node: Node) -> bool:
        return False

    def is_alias(self, node: Node) -> bool:
        return node.prim is reshape and node.args[0] in self.contiguous

    def alias(self, node: Node) -> None:
        self.contiguous.add(node)
        self.slots[node] = -1
        self.same[node] = node.args[0]

    def place(self, node: Node, as_array: bool) -> None:
        if node in self.index:
            self.slots[node] = -1
            self.made.add(node)
        else:
            super().place(node, False)

    def ring(self, k: int) -> tuple[int, int, int]:
        """Where in the arena an output lies that is not kept of all turns, how many turns it is
        kept, and how far they are apart."""
        out, rows = self.outputs[k], self.body.furthest(k) + 1
        step = -(-nbytes(out) // ALIGNED) * ALIGNED
        kept = k in self.stacks and self.body.keep[k] == self.body.turns
        first = self.arena.size
        if not kept:   # what is free now is used at another time of the turn
            self.arena.size += rows * step
        return first, rows, step

    def has_rows(self, base: Node) -> bool:
        """False: where a value of a turn lies is a place in memory, and no array."""
        return False

    # ---- where things are, turn by turn ----

    def place_of(self, node: Node) -> Where:
        while node in self.same:
            node = self.same[node]
        if node in self.offsets:
            return Where(self.slot, self.start + self.offsets[node])
        return self.places[node]

    def memory_of(self, loop: LoopKernel) -> Where:
        return Where(self.slot, self.start + self.memory[loop].scratch[0][loop.turns.node])

    def locate(self, outer: LoopWriter, kernel: LoopKernel) -> None:
        """Find out where the inputs and outputs of the body are in each turn."""
        self.slot, self.start = outer.memory_of(kernel)
        self.dims = (*outer.dims, self.body.turns)
        self.places: dict[Node, Where] = {}
        for k, out in self.outputs.items():
            self.places[out] = self.output(outer, k)
        for x, read in zip(self.graph.inputs, self.body.reads, strict=True):
            self.places[x] = self.input(outer, x, read)

    def output(self, outer: LoopWriter, k: int) -> Where:
        """Where an output is."""
        turns, row = self.body.turns, self.stacks.get(k)
        t = np.arange(turns)
        if row is not None and self.body.keep[k] == turns:
            slot, offset = each_turn(outer.place_of(row))
            return Where(slot, offset + t * nbytes(self.outputs[k]))
        first, rows, step = self.rings[k]
        ring = Where(self.slot, self.start + first + t % rows * step)
        if row is None:
            return ring
        last = outer.place_of(row)
        slots, offsets = (np.array(np.broadcast_to(each, self.dims)) for each in ring)
        slots[..., -1], offsets[..., -1] = last
        return Where(slots, offsets)

    def input(self, outer: LoopWriter, x: Node, read: Read) -> Where:
        """Where an input is."""
        args, t = self.node.args, np.arange(self.body.turns)
        if read.kind == CARRIED:
            first = [outer.place_of(args[read.arg + d]) for d in range(read.distance)]
            made = self.places[self.outputs[read.output]]
            before = [np.broadcast_to(each, self.dims)[..., :-read.distance] for each in made]
            return Where(*[np.concatenate([together(each, outer.dims), then], -1)
                           for each, then in zip(zip(*first, strict=True), before, strict=True)])
        if read.kind == EACH:
            values = [outer.place_of(args[read.arg + k]) for k in range(self.body.turns)]
            return Where(*[together(each, outer.dims) for each in zip(*values, strict=True)])
        slot, offset = each_turn(outer.place_of(args[read.arg]))
        if read.kind == ALONG:
            offset = offset + (read.start + t * read.step) * kernel_dtype(x).itemsize
        return Where(slot, offset)

    # ---- tables ----

    def entries(self, outer: LoopWriter, kernel: LoopKernel) -> Any:
        """What the table has for each turn: the addresses of the kernels and of their
        ``consts``."""
        self.locate(outer, kernel)
        return np.concatenate([
            each.turns.entries(self, each).reshape(*self.dims, -1, 2)
            if isinstance(each, LoopKernel) else self.rows(each) for each in self.batch], -2)

    def rows(self, kernel: Kernel) -> Any:
        """The entries of one kernel."""
        count = len(kernel.consts)
        numbers = np.empty((*self.dims, count), np.int64)
        for k, (kind, payload) in enumerate(kernel.consts):
            numbers[..., k] = self.resolved(kernel, kind, payload, 0)
        self.program.consts.append(numbers)
        rows = np.empty((*self.dims, 1, 2), np.int64)
        rows[..., 0, 0] = kernel.code
        rows[..., 0, 1] = numbers.ctypes.data + 8 * count * np.arange(
            math.prod(self.dims)).reshape(self.dims)
        return rows

    def resolved(self, kernel: Kernel, kind: str, payload: Any, part: int) -> Any:
        if kind == "slot":
            return self.place_of(self.base(payload)).slot
        if kind == "offset":
            view = self.views.get(payload)
            start = 0 if view is None else view.offset * kernel_dtype(payload).itemsize
            return self.place_of(self.base(payload)).offset + start
        if kind == "scratch slot":
            return self.slot
        found = super().resolved(kernel, kind, payload, part)
        return found if kind == "value" else self.start + found


class LoopKernel(Kernel):
    """All turns of a loop: to whoever plans the program around it, a kernel."""

    alone = True

    def __init__(self, turns: Turns) -> None:
        self.turns = turns
        self.consts = []

    def work(self) -> int:
        return self.turns.body.turns * sum(kernel.work() for kernel in self.turns.batch)

    def scratch_bytes(self) -> dict[Node, int]:
        return {self.turns.node: self.turns.arena.size}


def each_turn(where: Where) -> Where:
    """A place outside of a loop, for each of its turns."""
    return Where(*[each[..., None] if isinstance(each, np.ndarray) else each for each in where])


def together(values: Sequence[Any], dims: tuple[int, ...]) -> Any:
    """Places of several values, one after the other."""
    return np.stack([np.broadcast_to(each, dims) for each in values], -1)


def with_arrays(graph: Graph) -> Graph:
    """``graph`` with elements of arrays for the numbers that it is given."""
    elements = {x: Node(input_, (), {}, (), x.dtype, weak=True) for x in graph.inputs
                if x.prim is number}
    return rebuilt(graph, as_it_is, elements) if elements else graph


def with_own_parts(graph: Graph) -> Graph:
    """``graph`` with copies of the slices that other kernels read than those that find their
    elements one by one."""
    copies: dict[Node, Node] = {}

    def change(node: Node, args: Args) -> Node | None:
        if in_kernels(node) or node.prim is slice_:
            return None
        return on(node, tuple([
            copies.setdefault(arg, copy(arg)) if arg.prim is slice_ else arg for arg in args]))
    return rebuilt(graph, change)


def with_own_outputs(graph: Graph) -> Graph:
    """``graph`` with outputs that are different nodes, each with memory of its own."""
    seen = set(graph.inputs)
    outputs = []
    for node in graph.outputs:
        if node in seen or node.prim.aliases or not node.args:
            node = copy(node)
        seen.add(node)
        outputs.append(node)
    return Graph(graph.inputs, outputs)


__all__ = ["LoopKernel", "LoopWriter"]
