"""How a profile sees what runs: an observer of the programs of every thread.

While there is a listener, :data:`REPORTER` is told of each program, and gives a twin to run in its
place: the same statements, each between a look at the clock and a note (:func:`measuring`). Twins
are made when first needed and forgotten when the last listener leaves.
"""

from __future__ import annotations

import copy
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from types import FunctionType
from typing import Any, Protocol

from ..config import config
from ..engine.backends.choice import Checked, Plain
from ..engine.backends.interpreter import Interpreter
from ..engine.backends.straight import Straight
from ..engine.graph import Graph, Node
from ..engine.lazy import lazy
from ..engine.locks import profiling
from ..engine.recording.observers import Observer, Running, leave_everywhere, observe_everywhere
from .measuring import NAMES, Step, measuring
from .records import COMPILED, INTERPRETED, OPERATION, STRAIGHT, Part, bytes_of_call

COUNTED = ("compiled", "from disk", "from memory")
_LLVM = "wengert.engine.backends.cpu"
clock = time.perf_counter


class Listener(Protocol):
    """Whoever is told what ran; times are those of ``time.perf_counter``."""

    def program_begins(self, graph: Graph, values: Sequence[Any]) -> None: ...

    def program_ran(self, graph: Graph, tier: str, start: float, end: float) -> None: ...

    def part_ran(self, part: Part, start: float, end: float) -> None: ...

    def program_compiled(self, graph: Graph, start: float, end: float,
                         counts: Mapping[str, int]) -> None: ...


class _Here(threading.local):
    """The program that this thread runs."""

    tier = INTERPRETED

    def __init__(self) -> None:
        self.counts: Mapping[str, int] = {}


_here = _Here()
_listeners: tuple[Listener, ...] = ()
_twins: dict[int, tuple[Running, Any, Running]] = {}
"""For what a backend made, by identity: it, its function, and what runs in its place."""
_operations: dict[tuple[Graph, Node, str], Part] = {}


def listen(listener: Listener) -> None:
    """Tell ``listener`` what runs from now on."""
    global _listeners
    with profiling:
        _listeners = (*_listeners, listener)
        if len(_listeners) == 1:
            observe_everywhere(REPORTER)


def leave(listener: Listener) -> None:
    """Tell ``listener`` no more."""
    global _listeners
    with profiling:
        _listeners = tuple(each for each in _listeners if each is not listener)
        if not _listeners:
            leave_everywhere(REPORTER)
            _twins.clear()
            _operations.clear()


class Reporter(Observer):
    """Tells the listeners."""

    programs = True

    def program_begins(self, graph: Graph, values: Sequence[Any]) -> None:
        _here.counts = counts()
        for each in _listeners:
            each.program_begins(graph, values)

    def program_compiled(self, graph: Graph, start: float, end: float) -> None:
        before, after = _here.counts, counts()
        for each in _listeners:
            each.program_compiled(graph, start, end,
                                  {name: after[name] - before[name] for name in COUNTED})

    def measured(self, graph: Graph, run: Running) -> Running:
        return twin_of(graph, run)

    def program_ran(self, graph: Graph, start: float, end: float) -> None:
        for each in _listeners:
            each.program_ran(graph, _here.tier, start, end)


REPORTER = Reporter()


def counts() -> Mapping[str, int]:
    """The compiler's counters, as they are now."""
    module = sys.modules.get(f"{_LLVM}.compiler")
    if module is None:
        return dict.fromkeys(COUNTED, 0)
    return {name: module.counters[name] for name in COUNTED}


def mark(part: Part, start: float) -> None:
    """Note that ``part`` has run since ``start``."""
    end = clock()
    for each in _listeners:
        each.part_ran(part, start, end)


def timed(run: Callable[..., Any], part: Part) -> Callable[..., Any]:
    """``run``, with a note of each call."""
    def call(*args: Any) -> Any:
        start = clock()
        result = run(*args)
        mark(part, start)
        return result
    return call


def operation(graph: Graph, node: Node, tier: str = INTERPRETED) -> Part:
    """The part that is one node, where nothing is compiled."""
    key = graph, node, tier
    part = _operations.get(key)
    if part is None:
        part = Part(graph, OPERATION, node.prim.name, tier, (node,), bytes_of_call(node))
        if config.tier != "eager":   # there, no graph comes again
            _operations[key] = part
    return part


# ---- twins, which measure ----


class Timed(Interpreter):
    """The interpreter, with a note of each node: ``run``, if that is one already."""

    __slots__ = ()

    def __init__(self, graph: Graph, run: Interpreter | None = None) -> None:
        if run is None:
            super().__init__(graph)
        else:
            self.inputs, self.outputs, self.size = run.inputs, run.outputs, run.size
        self.code = [(timed(step[0], operation(graph, step[-1])), *step[1:])
                     if step[-1].args else step for step in (run or self).code]

    def __call__(self, values: Sequence[Any]) -> list[Any]:
        _here.tier = INTERPRETED
        return super().__call__(values)


class TimedPlain(Plain):
    """A straight line with a note of each line."""

    __slots__ = ()
    interpreter = Timed


class TimedChecked(Checked):
    """Machine code that is compared with the interpreter, with notes of both."""

    __slots__ = ()
    interpreter = Timed


def twin_of(graph: Graph, run: Any) -> Running:
    """What runs in the place of ``run`` while a profile lasts."""
    if isinstance(run, Interpreter):
        return Timed(graph, run)
    function = getattr(run, "function", None)
    known = _twins.get(id(run))
    if known is not None and known[1] is function:
        return known[2]
    twin: Any
    if isinstance(run, Checked):
        twin = copy.copy(run)
        twin.__class__ = TimedChecked
        twin.run = twin_of(graph, run.run)
    elif isinstance(run, Plain):
        twin = copy.copy(run)
        twin.__class__ = TimedPlain
        twin.run = timed_line(graph, run.run)
    elif hasattr(run, "chosen"):
        def twin(values: Sequence[Any]) -> list[Any]:
            return twin_of(graph, run.chosen(values))(values)
    elif run.__class__.__module__ in (f"{_LLVM}.program", f"{_LLVM}.rolled"):
        twin = lazy("profiling.kernels").timed_program(run, measured_function, Timed)
    else:
        return run   # type: ignore[no-any-return]
    _twins[id(run)] = run, function, twin
    return twin   # type: ignore[no-any-return]


def timed_line(graph: Graph, line: Straight) -> Straight:
    """The twin of a straight line."""
    twin = copy.copy(line)
    twin.function = measured_function(line.function, line.source, {
        number: [Step(operation(graph, node, STRAIGHT))]
        for number, node in line.nodes.items() if node.args}, STRAIGHT)
    return twin


def measured_function(function: Any, source: str, steps: dict[int, list[Step]],
                      tier: str = COMPILED, kept: object = None) -> Any:
    """The twin of ``function``, whose text is ``source``; ``kept`` is what has to live as long as
    it."""
    def end() -> None:
        _here.tier = tier

    parts: list[Part] = []
    code = measuring(source, function.__code__.co_filename, steps, parts)
    names = dict(zip(NAMES, (clock, mark, end, parts), strict=True))
    return FunctionType(code, {**function.__globals__, **names, "_kept": kept})
