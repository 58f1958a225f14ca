"""A graph as machine code: kernels for what fuses, library calls for the rest.

:class:`Compiled` is called with the values of the graph's inputs, as the interpreter is. It is one
Python function, written once: a list of all values, calls of kernels on that list, library calls
between them. Values that no library call and no result needs lie in an *arena*, one block of
memory that is kept from run to run.
"""

from __future__ import annotations

import ctypes
from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from functools import partial
from typing import Any, ClassVar

import numpy as np

from ....config import config
from ...blas import blas
from ...dtypes import FLOAT, INT, bool_, float16, float32, float64, int64
from ...errors import by_signal
from ...graph import Graph, Node
from ...lazy import lazy
from ...locks import compiling
from ...loops.fuse import fused
from ...loops.groups import Group, Item
from ...loops.plan import planned
from ...memory import LARGE as LARGE_RESULT
from ...memory import large_empty
from ...ops.contract import matmul
from ...ops.elementwise import constant
from ...ops.fused import NotFinite
from ...ops.structural import number, reshape, slice_, transpose
from ...passes.transposes import is_transpose
from ...progress import counted
from ...quiet import silenced, spoken
from .. import effort, faults
from ..interpreter import Interpreter
from ..numbers import implementation
from ..small import small
from ..straight import call, literal, plain_starts
from .alike import structure
from .arena import ALIGNED, Arena, Memory, blocks, nbytes
from .compiler import compiled, counters, driver
from .host import host
from .kernel import Kernel
from .later import Later, begins_quickly, quick_in
from .loader import loads_here
from .loops import Loops
from .objects import layout
from .pipeline import for_kernels
from .policy import CPU, Policy
from .split import (
    GRAIN,
    MUCH,
    WORTH,
    Loop,
    can_split,
    combiner,
    parted,
    portions,
)
from .text import kernel_dtype
from .views import borders, place_view, placed_of, views_of, with_copies_to_place

_FILE = "<wengert compiled program>"
LARGE = 1 << 15
"""A launch that goes over more elements lets other threads of Python run."""
MOST_REFUSALS = 8
"""A program that was handed back so often is written anew, with sums that may be infinite."""

refused = {"count": 0}
"""How often a kernel handed its program back to the interpreter."""


class Interpreted(list[Any]):
    """Results that may lie in memory otherwise than those of compiled code."""


class Compiled:
    """A graph as kernels and library calls."""

    steady = True
    """Whether the results of each run lie in memory alike (but those that are ``Interpreted``)."""
    interpreter: ClassVar[type[Interpreter]] = Interpreter
    """What runs where this one cannot."""
    __slots__ = ("__weakref__", "arena", "arena_bytes", "code", "consts", "function", "graph",
                 "kernels", "launched", "launches", "nodes", "refusals", "source", "tables")

    def __init__(self, graph: Graph, values: Sequence[Any]) -> None:
        self.graph = graph
        self.consts: list[Any] = []
        self.tables: list[Any] = []
        self.code: list[int] = []
        """What the tables name: the machine code is there as long as the program is."""
        self.refusals = 0
        self.write(self.prepared(), values)

    def prepared(self, finite: bool = True) -> Graph:
        """The graph after the passes before fusion."""
        return for_kernels(self.graph, finite)

    def writer(self, graph: Graph, values: Sequence[Any]) -> Writer:
        """What writes the text of the program."""
        return Writer(self, graph, values)

    def write(self, graph: Graph, values: Sequence[Any]) -> None:
        """Write the function that computes ``graph``."""
        self.kernels: list[Kernel] = []
        self.arena: list[Any] = []
        before = len(self.tables)   # another thread may be using them
        writer = self.writer(with_copies_to_place(graph), values)
        self.arena_bytes = writer.arena.size
        self.launches = len(self.tables) - before
        self.source, names, self.nodes = writer.written()
        exec(compile(self.source, _FILE, "exec"), names)
        self.launched = {line: (table, tuple(kernels)) for line, table, kernels in writer.launched}
        """For each line of the text that runs kernels: their table, and they."""
        self.function: Callable[[list[Any]], list[Any] | None] = names.pop("program")
        if quick := quick_in(self):
            self.function = Later(self, self.function, quick)

    def written(self) -> Any:
        """The function whose text is the ``source``."""
        function = self.function
        return function.function if isinstance(function, Later) else function

    def __call__(self, values: Sequence[Any]) -> list[Any]:
        """The values of the outputs."""
        return self.consume([*values])

    def consume(self, values: list[Any]) -> list[Any]:
        """The values of the outputs; the list of the inputs is the program's from now on."""
        if config.strict_nan:
            return Interpreted(self.interpreter(self.graph)(values))
        try:
            if self.nodes:   # library calls
                token = silenced()
                try:
                    out = self.function(values)
                finally:
                    spoken(token)
            else:
                out = self.function(values)
        except NotFinite:
            out = None
        except Exception as error:
            if by_signal(error):
                raise
            return self.judged(values[:len(self.graph.inputs)], error)
        return self.interpreted(values[:len(self.graph.inputs)]) if out is None else out

    def judged(self, values: Sequence[Any], error: Exception) -> Interpreted:
        """The values of the outputs after a failed run; the error that the interpreter raises for
        them, too."""
        right = Interpreted(self.interpreter(self.graph)(values))
        faults.note("a compiled program failed", error)
        return right

    def interpreted(self, values: Sequence[Any]) -> Interpreted:
        """The values of the outputs where a kernel handed the program back."""
        self.handed_back(values)
        return Interpreted(self.interpreter(self.graph)(values))

    def handed_back(self, values: Sequence[Any]) -> None:
        """A kernel has handed the program back: after several times, write it anew."""
        refused["count"] += 1
        self.refusals += 1
        if self.refusals == MOST_REFUSALS and not config.one_tier:
            # Perhaps of sums that are not finite, time and again.
            with compiling:
                self.write(self.prepared(finite=False), values)


class Writer:
    """Writes the text of one program."""

    target: ClassVar[Policy] = CPU
    """What is worth a kernel."""
    puts: ClassVar[bool] = True
    """Whether there may be calls between the kernels that fill what is around their results."""

    once: ClassVar[bool] = True
    """Whether a run of the program runs each kernel once."""

    def __init__(self, program: Compiled, graph: Graph, values: Sequence[Any]) -> None:
        self.program = program
        self.graph = graph
        self.slots: dict[Node, int] = {node: i for i, node in enumerate(graph.inputs)}
        self.given = frozenset(graph.inputs)
        self.kernel_slots: dict[Node, int] = {}
        """Where kernels find an input that they cannot take as it is."""
        self.initial: list[str] = []
        """The list's items after the inputs, as text."""
        self.names: dict[str, Any] = {"empty": np.empty, "large_empty": large_empty,
                                      "asarray": np.asarray, "matmul": np.matmul,
                                      "ready": np.ascontiguousarray, "run": driver(False),
                                      "run_large": driver(True)}
        self.named: dict[int, str] = {}
        """The names of the constants among them, by identity."""
        self.lines: list[str] = []
        self.where: dict[int, Node] = {}
        self.launched: list[tuple[int, Any, list[Kernel]]] = []
        self.arena = Arena()
        self.offsets: dict[Node, int] = {}
        """Where in the arena a value is that only kernels read."""
        self.parts: dict[Node, tuple[int, int]] = {}
        """For values in the arena that library calls read too, their slots and offsets."""
        self.views_of_parts: dict[Node, tuple[int, Callable[[Any], Any]]] = {}
        """For views of those, their slots, and what makes them of the array that they view."""
        self.memory: dict[Kernel, Memory] = {}
        self.models: dict[Hashable, tuple[Kernel, list[Node]]] = {}
        """The kernels that have been written, by the structure of their groups, with its values."""
        self.contiguous: set[Node] = set()
        """Values that kernels wrote."""
        self.count = len(graph.inputs)
        products = any(node.prim is matmul for node in graph.nodes())
        by_rows = [node for node, value in zip(graph.inputs, values, strict=True)
                   if node.prim is not number and value.flags.c_contiguous]
        items = fused(graph, self.target, by_rows
                      if products and loads_here() and blas() is not None else None)
        self.placed = placed_of(items, graph) if self.puts else {}
        """Values that kernels write into the middle of zeros, and what those become by that."""
        self.views = views_of(items, graph) | {
            x: place_view(node) for x, node in self.placed.items()}
        """Parts of values that kernels read, or write, where they are."""
        self.items = [part for item in counted(items, "compiling") if item not in self.views
                      for part in self.lowered(item)]
        self.worth = MUCH if products else WORTH
        self.by_library = {self.base(arg) for item in self.items if isinstance(item, Node)
                           for arg in item.args} | set(graph.outputs)
        self.stacked = rows_of(self.items, graph.outputs)
        self.row_slices = {row.args[0] for row in self.stacked}
        self.last = self.last_reads()
        self.dying: dict[int, list[Node]] = {}
        """The values in the arena whose memory an item is the last to need."""
        self.read_by_kernels = {node for item in self.items if not isinstance(item, Node)
                                for node in self.bases(item[0].inputs)}
        self.arena_slot = self.new_slot("None")
        self.prepare_inputs(values)
        self.write_items()
        effort.add(effort.PLANNED * sum([len(item[0].nodes) for item in self.items
                                         if not isinstance(item, Node)]))

    def base(self, node: Node) -> Node:
        """The value that ``node`` is a part of, or itself."""
        view = self.views.get(node)
        return node if view is None else view.base

    def bases(self, nodes: Sequence[Node]) -> list[Node]:
        return [self.base(node) for node in nodes]

    def lowered(self, item: Item) -> list[Node | tuple[Group, Kernel]]:
        """A group with its kernel; its nodes one by one if it has no kernel."""
        if isinstance(item, Node):
            return [item]
        if not item.own and not host().halves and any(
                node.dtype is float16 for node in (*item.nodes, *item.inputs)):
            return list(item.nodes)
        key, values = structure(item, self.views)
        if key in self.models:
            model, before = self.models[key]
            new = dict(zip(before, values, strict=True))
            return self.as_kernel(item, lambda: model.again(item, new))
        found = self.as_kernel(item, lambda: self.kernel(item))
        for node in item.stored if found and isinstance(found[0], Node) else ():
            if self.placed.pop(node, None) is not None:   # it lies by itself, and is copied
                del self.views[node]
        if found and not isinstance(found[0], Node):
            self.models[key] = found[0][1], values
        return found

    def kernel(self, group: Group) -> Kernel | None:
        """The kernel of a group, if there is one."""
        at, bits = layout(), host().bits
        assert at is not None
        if group.own:
            single = lazy("engine.backends.cpu.single")   # for some programs
            own: Kernel = single.SINGLE[group.nodes[0].prim](group, bits, at)
            return own
        plan = planned(group, self.views)
        return None if plan is None else Loops(plan, bits, at, self.once)

    def as_kernel(self, group: Group, make: Callable[[], Kernel | None]
                  ) -> list[Node | tuple[Group, Kernel]]:
        """A group with its kernel, compiled; where that fails, the nodes of the group, and the
        transposes that only its kernel could do without."""
        try:
            kernel = make()
            if kernel is None:
                return list(group.nodes)
            kernel.quick = not kernel.straight and begins_quickly(kernel)
            kernel.code = compiled(kernel.text, kernel.quick or (
                kernel.straight and effort.thorough.asked != effort.THIS))
        except ImportError:
            raise
        except Exception as error:
            if by_signal(error):
                raise
            names = ", ".join(dict.fromkeys(node.prim.name for node in group.nodes))
            faults.note(f"no kernel for {names}", error)
            made = {*group.nodes, *group.inputs}
            return [*(arg for node in group.nodes for arg in node.args
                      if arg not in made and is_transpose(arg)), *group.nodes]
        return [(group, kernel)]

    def last_reads(self) -> dict[Node, int]:
        """The item that is the last to read each value, or what shares memory with it; one after
        all items for results."""
        readers: dict[Node, list[int]] = {}
        for k, item in enumerate(self.items):
            for node in self.bases(item.args if isinstance(item, Node) else item[0].inputs):
                readers.setdefault(node, []).append(k)
        last = dict.fromkeys(self.graph.outputs, len(self.items))
        for node in sorted(readers, key=lambda node: node.index, reverse=True):
            found = last.get(node, -1)
            for k in readers[node]:
                item = self.items[k]
                shares = isinstance(item, Node) and item.prim.aliases
                found = max(found, k, last.get(item, -1) if shares else -1)  # type: ignore[arg-type]
            last[node] = found
        return last

    def new_slot(self, text: str) -> int:
        self.initial.append(text)
        self.count += 1
        return self.count - 1

    def name(self, thing: Any, label: str) -> str:
        """A name for a constant of the text."""
        known = self.named.get(id(thing))
        if known is None:
            known = self.named[id(thing)] = f"{label}{len(self.names)}"
            self.names[known] = thing
        return known

    def prepare_inputs(self, values: Sequence[Any]) -> None:
        """Copy inputs that kernels cannot read where they are."""
        for i, node in enumerate(self.graph.inputs):
            if node not in self.read_by_kernels:
                continue
            if node.prim is number:
                if node.dtype.category != FLOAT:
                    kind = self.name((int64 if node.dtype.category == INT else bool_).numpy, "d")
                    slot = self.kernel_slots[node] = self.new_slot("None")
                    self.lines.append(f"s[{slot}] = asarray(s[{i}], {kind})")
            elif not (values[i].flags.c_contiguous and values[i].flags.aligned):
                slot = self.kernel_slots[node] = self.new_slot("None")
                self.lines.append(f"s[{slot}] = ready(s[{i}])")

    # ---- items ----

    def write_items(self) -> None:
        batch: list[tuple[Group, Kernel]] = []
        for k, item in enumerate(self.items):
            if isinstance(item, Node):
                if item.args and self.placed.get(item.args[0]) is item:
                    self.launch(batch)
                    batch = []
                    self.lines += [f"s[{self.slots[item]}][{at}] = 0" for at in borders(item)]
                elif item in self.slots:
                    pass   # two groups had it, and one of them has no kernel
                elif item in self.row_slices and self.has_rows(item.args[0]):
                    pass   # what it is read for is a row
                elif item in self.stacked and self.has_rows(self.stacked[item][0]):
                    self.launch(batch)
                    batch = []
                    if item not in self.slots:
                        self.row(item)
                elif self.is_alias(item):
                    self.alias(item)
                elif self.is_view_of_part(item):
                    self.view_of_part(item)
                else:
                    self.launch(batch)
                    batch = []
                    self.library_call(item, k)
            else:
                self.results(item[0])
                self.scratch(item[1])
                batch.append(item)
            self.release(k)
        self.launch(batch)

    def has_rows(self, base: Node) -> bool:
        """Whether the rows of ``base`` are arrays that kernels and others can read."""
        return base in self.contiguous and self.slots[base] != self.arena_slot and (
            base not in self.parts and base not in self.views_of_parts)

    def row(self, node: Node) -> None:
        """A row of an array: with all the others, where it has no other parts."""
        base = self.stacked[node][0]
        rows = {k: row for row, (whole, k) in self.stacked.items() if whole is base}
        whole = len(rows) == base.shape[0] and base.ndim > 1
        for each in rows.values() if whole else [node]:
            self.slots[each] = self.new_slot("None")
            self.contiguous.add(each)
        if whole:
            slots = [f"s[{self.slots[rows[k]]}]" for k in sorted(rows)]
            self.lines.append(f"{', '.join(slots)}, = s[{self.slots[base]}]")
        else:
            self.lines.append(
                f"s[{self.slots[node]}] = s[{self.slots[base]}][{self.stacked[node][1]}, ...]")

    def is_alias(self, node: Node) -> bool:
        """Whether ``node`` is a value of a kernel in another shape, read by kernels alone."""
        return (node.prim is reshape and node not in self.by_library
                and node.args[0] in self.contiguous)

    def alias(self, node: Node) -> None:
        arg = node.args[0]
        self.contiguous.add(node)
        self.slots[node] = self.slots[arg]
        if arg in self.offsets:
            self.offsets[node] = self.offsets[arg]

    def is_view_of_part(self, node: Node) -> bool:
        """Whether ``node`` is the same view of the arena's memory in each run."""
        if not node.args or node.weak or not (
                node.args[0] in self.parts or node.args[0] in self.views_of_parts):
            return False
        if node.prim is reshape:
            return node.args[0] in self.contiguous
        return node not in self.read_by_kernels and (
            node.prim is transpose
            or (node.prim is slice_ and plain_starts(node) is not None))

    def view_of_part(self, node: Node) -> None:
        args = ["x", *[self.argument(arg) for arg in node.args[1:]]]
        text = call(implementation(node), args, node, self.names)
        self.slots[node] = self.new_slot("None")
        self.views_of_parts[node] = self.slots[node], eval(f"lambda x: {text}", self.names)
        if node.prim is reshape:
            self.contiguous.add(node)

    def release(self, k: int) -> None:
        """Take back the arena's memory that item ``k`` was the last to need."""
        for node in self.dying.pop(k, ()):
            offset = self.parts[node][1] if node in self.parts else self.offsets[node]
            self.arena.give(offset, nbytes(node))

    def results(self, group: Group) -> None:
        """Where the results of a group go."""
        for stored in group.stored:
            node = self.placed.get(stored, stored)
            self.contiguous.add(node)
            self.place(node, node is not stored or node in self.by_library)

    def place(self, node: Node, as_array: bool) -> None:
        """Find memory for a result that lies row by row: in the arena, unless it outlives the
        run; ``as_array`` where a library call reads or writes it."""
        last = self.last.get(node, -1)
        if last < len(self.items):
            offset = self.arena.take(nbytes(node))
            self.dying.setdefault(last, []).append(node)
            if as_array:
                self.slots[node] = self.new_slot("None")
                self.parts[node] = self.slots[node], offset
            else:
                self.slots[node] = self.arena_slot
                self.offsets[node] = offset
            return
        kind = self.name(kernel_dtype(node).numpy, "d")
        size = nbytes(node)
        self.slots[node] = self.new_slot(
            f"empty({node.shape}, {kind})" if size < LARGE_RESULT else
            f"large_empty({node.shape}, {kind}, {size})")

    def scratch(self, kernel: Kernel) -> None:
        """Memory for the values that a kernel keeps between walks over a row; where it is split,
        for those and the totals of each part."""
        parts = portions(kernel.plan.count, 1 if kernel.plan.nest.outer else GRAIN,
                         config.threads) if self.is_parted(kernel) else 1
        taken = []

        def take(size: int) -> int:
            taken.append((self.arena.take(size), size))
            return taken[-1][0]
        sums = kernel.plan.totals() if parts > 1 else []
        strides = {node: -(-nbytes(node) // ALIGNED) * ALIGNED for node in sums}
        self.memory[kernel] = Memory(
            [{node: take(size) for node, size in kernel.scratch_bytes().items()}
             for _ in range(parts)],
            {node: (take(parts * stride), stride) for node, stride in strides.items()})
        for offset, size in taken:
            self.arena.give(offset, size)

    def is_parted(self, kernel: Kernel) -> bool:
        """Whether a loop is split whose parts need memory of their own."""
        return self.is_split(kernel) and not can_split(kernel)

    def launch(self, batch: list[tuple[Group, Kernel]]) -> None:
        """A call that runs kernels one after the other."""
        alone = [k for k, (_, kernel) in enumerate(batch) if self.is_split(kernel)]
        if alone and len(batch) > 1:
            k = alone[0]
            for part in (batch[:k], batch[k:k + 1], batch[k + 1:]):
                self.launch(part)
            return
        if not batch:
            return
        if alone:
            self.launch_split(batch[0][1])
            return
        elements = sum(kernel.work() for _, kernel in batch)
        table = self.table([(kernel.code, self.constants(kernel)) for _, kernel in batch])
        self.program.kernels += [kernel for _, kernel in batch]
        self.launched.append((len(self.lines) + 1, table, [kernel for _, kernel in batch]))
        run = "run" if elements < LARGE else "run_large"
        self.lines.append(f"if {run}(s, {ctypes.addressof(table)}): return None")

    def is_split(self, kernel: Kernel) -> bool:
        """Whether threads share the loop of a kernel."""
        return config.threads > 1 and kernel.work() >= self.worth and (
            can_split(kernel) or parted(kernel))

    def launch_split(self, kernel: Kernel) -> None:
        """Calls that run the parts of a kernel, and add up their totals."""
        grain = 1 if kernel.plan.nest.outer else GRAIN
        memory, code = self.memory[kernel], kernel.code
        parts = [self.constants(kernel, k) for k in range(len(memory.scratch))]
        table = self.table([(code, parts[0])])
        self.program.kernels.append(kernel)
        self.launched.append((len(self.lines) + 1, table, [kernel]))
        loop = self.name(Loop(code, parts, kernel.plan.count, grain), "run_shared")
        self.lines.append(f"if {loop}(s): return None")
        at = layout()
        assert at is not None
        sums = [(combiner(node.dtype is float64, at.data), self.numbers(
            [node.size, self.slots[node], self.offsets.get(node, 0), self.arena_slot, *where,
             len(parts)])) for node, where in memory.totals.items()]
        if sums:
            self.lines.append(f"if run(s, {ctypes.addressof(self.table(sums))}): return None")

    def table(self, entries: list[tuple[int, int]]) -> Any:
        """What the driver is given: kernels and their ``consts``, by their addresses."""
        table = (ctypes.c_int64 * (1 + 2 * len(entries)))(
            len(entries), *[number for entry in entries for number in entry])
        self.program.tables.append(table)
        self.program.code += [code for code, _ in entries]
        return table

    def constants(self, kernel: Kernel, part: int = 0) -> int:
        """The address of a kernel's ``consts``."""
        return self.numbers([self.resolved(kernel, kind, payload, part)
                             for kind, payload in kernel.consts])

    def numbers(self, values: list[int]) -> int:
        """The address of numbers that live as long as the program."""
        consts = (ctypes.c_int64 * len(values))(*values)
        self.program.consts.append(consts)
        return ctypes.addressof(consts)

    def resolved(self, kernel: Kernel, kind: str, payload: Any, part: int) -> int:
        """An entry of a kernel's ``consts``."""
        memory = self.memory[kernel]
        if kind == "value":
            return int(payload)
        if kind == "slot":
            if payload in memory.totals:
                return self.arena_slot
            base = self.base(payload)
            return self.kernel_slots.get(base, self.slots[base])
        if kind == "offset":
            if payload in memory.totals:
                start, stride = memory.totals[payload]
                return start + part * stride
            view = self.views.get(payload)
            start = 0 if view is None else view.offset * kernel_dtype(payload).itemsize
            return self.offsets.get(self.base(payload), 0) + start
        if kind == "scratch slot":
            return self.arena_slot
        return memory.scratch[part][payload]

    def library_call(self, node: Node, k: int) -> None:
        for arg in node.args:
            if arg in self.views and arg not in self.slots:   # its kernel was split up
                self.library_call(arg, k)
        args = [self.argument(arg) for arg in node.args]
        freed = self.freed(node, k)
        if writes_in_place(node):
            self.place(node, True)
            self.contiguous.add(node)
            self.lines.append(f"matmul({', '.join(args)}, s[{self.slots[node]}])" + freed)
            self.where[len(self.lines)] = node
            return
        text = call(small(node) or implementation(node), args, node, self.names)
        self.slots[node] = slot = self.new_slot("None")
        if node in self.read_by_kernels:
            kind = self.name(kernel_dtype(node).numpy, "d")
            text = f'asarray({text}, {kind}, order="C")'
        self.lines.append(f"s[{slot}] = {text}" + freed)
        self.where[len(self.lines)] = node

    def freed(self, node: Node, k: int) -> str:
        """The text that lets go of what item ``k``, a call, was the last to read."""
        if node in self.views:   # what it is a part of goes with the call that reads it
            return ""
        slots = [self.slots[arg] for arg in dict.fromkeys([*node.args, *self.bases(node.args)])
                 if self.last.get(self.base(arg)) == k and arg in self.slots
                 and arg not in self.given
                 and arg not in self.parts and arg not in self.views_of_parts
                 and self.slots[arg] != self.arena_slot]
        return "".join(f"; s[{i}] = None" for i in slots)

    def argument(self, node: Node) -> str:
        """A value as a library call takes it."""
        if node.prim is constant:
            return literal(node) or self.name(node.params["value"], "c")
        text = f"s[{self.slots[node]}]"
        for_kernels = node in self.contiguous or node in self.read_by_kernels
        return f"{text}.item()" if node.weak and node.args and for_kernels else text

    # ---- the text ----

    def written(self) -> tuple[str, dict[str, Any], dict[int, Node]]:
        """The text of the function, the names that it uses, and the node of each of its lines."""
        head = ["def program(s):"]
        if self.initial:
            head.append(f"    s += [{', '.join(self.initial)}]")
        if self.arena.size:
            self.names["arena"] = self.program.arena
            self.names["new_arena"] = self.new_arena()
            slots = [self.arena_slot, *[slot for slot, _ in self.parts.values()],
                     *[slot for slot, _ in self.views_of_parts.values()]]
            head += ["    try:", "        lent = arena.pop()",   # each run has one of its own
                     "    except IndexError:", "        lent = new_arena()",
                     f"    {', '.join(f's[{slot}]' for slot in slots)}, = lent"]
        lines = head + [f"    {line}" for line in self.lines]
        if self.arena.size:
            lines.append("    arena.append(lent)")
        outputs = ", ".join(self.argument(node) for node in self.graph.outputs)
        lines.append(f"    return [{outputs}]")
        where = {line + len(head): node for line, node in self.where.items()}
        self.launched = [(line + len(head), *rest) for line, *rest in self.launched]
        return "\n".join(lines) + "\n", self.names, where

    def new_arena(self) -> Callable[[], tuple[Any, ...]]:
        """What makes an arena: its memory, and the arrays on it in the order of their slots."""
        order = {slot: k for k, (slot, _) in enumerate(self.parts.values())}
        views = []
        for node, (slot, view) in self.views_of_parts.items():
            order[slot] = len(order)
            views.append((order[self.slots[node.args[0]]], view))
        parts = [(offset, node.shape, kernel_dtype(node).numpy)
                 for node, (_, offset) in self.parts.items()]
        return partial(blocks, self.arena.size, parts, views)


def rows_of(items: Sequence[Any], outputs: Sequence[Node]) -> dict[Node, tuple[Node, int]]:
    """The nodes among ``items`` that are a row of an array, each with that and its place: what a
    loop has stacked, taken apart."""
    readers = Counter([*outputs, *[arg for item in items for arg in (
        item.args if isinstance(item, Node) else item[0].inputs)]])
    single = {item for item in items if isinstance(item, Node)}
    found = {}
    for item in items:
        if isinstance(item, Node) and item.prim is reshape and item.args[0] in single and (
                item.args[0].prim is slice_):
            part = item.args[0]
            base, params = part.args[0], part.params
            if params["axes"] == (0,) and params["lengths"] == (1,) and readers[part] == 1 and (
                    item.shape == base.shape[1:]) and (starts := plain_starts(part)) is not None:
                found[item] = base, starts[0]
    return found if len({*found.values()}) == len(found) else {}


def writes_in_place(node: Node) -> bool:
    """Whether ``node`` is a product that BLAS writes where it is told to."""
    return (node.prim is matmul and node.args[0].shape[-1] > 1 and node.size > 0
            and node.dtype in (float32, float64))


__all__ = ["Compiled", "counters", "refused"]
