"""How a profile sees what runs: while one is active, programs run in functions that measure.

:func:`install` replaces what runs a program (``Program.__call__``), the interpreter's loop, the
choice of a backend, and the code of the functions that compiled programs and straight lines are:
the same statements, each between a look at the clock and a note (:func:`measuring`). When the last
profile ends all of it is put back. Nothing else knows of profiles, so they cost nothing when there
is none.
"""

from __future__ import annotations

import copy
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from types import CodeType, FunctionType
from typing import Any, Protocol

from ..config import config
from ..engine.backends import choice
from ..engine.backends.interpreter import Interpreter
from ..engine.graph import Graph, Node
from ..engine.lazy import lazy
from ..engine.locks import compiling, profiling
from ..engine.recording import flushing, program
from ..engine.recording.program import Program
from .measuring import NAMES, Step, measuring
from .records import COMPILED, INTERPRETED, OPERATION, STRAIGHT, Part, bytes_of_call

COUNTED = ("compiled", "from disk", "from memory")
_LLVM = "wengert.engine.backends.cpu"
clock = time.perf_counter
_program: Any = Program
_interpreter: Any = Interpreter
_programs: Any = program


class Listener(Protocol):
    """Whoever is told what ran; times are those of ``time.perf_counter``."""

    def program_begins(self, graph: Graph, values: Sequence[Any]) -> None: ...

    def program_ran(self, graph: Graph, tier: str, start: float, end: float,
                    compiling: float) -> None: ...

    def part_ran(self, part: Part, start: float, end: float) -> None: ...

    def program_compiled(self, graph: Graph, start: float, end: float,
                         counts: Mapping[str, int]) -> None: ...


class _Here(threading.local):
    """The program that this thread runs."""

    graph: Graph | None = None
    tier = INTERPRETED
    compiling = 0.0


_here = _Here()
_listeners: tuple[Listener, ...] = ()
_watched: dict[FunctionType, CodeType] = {}
_waiting: dict[FunctionType, CodeType] = {}
"""The functions that measure themselves once they are called, and what their code was."""
_operations: dict[tuple[Graph, Node, str], Part] = {}
_originals: tuple[Any, Any, Any] | None = None


def listen(listener: Listener) -> None:
    """Tell ``listener`` what runs from now on."""
    global _listeners
    with compiling, profiling:
        _listeners = (*_listeners, listener)
        if len(_listeners) == 1:
            install()


def leave(listener: Listener) -> None:
    """Tell ``listener`` no more."""
    global _listeners
    with profiling:
        _listeners = tuple(each for each in _listeners if each is not listener)
        if not _listeners:
            remove()


def install() -> None:
    """Put the measuring functions in place of those that run programs."""
    global _originals
    run: Callable[[Program, Sequence[Any]], list[Any]] = _program.__call__
    interpret: Callable[[Interpreter, Sequence[Any]], list[Any]] = _interpreter.__call__
    choose: Callable[[Graph, Sequence[Any]], Any] = _programs.compiled_or_straight
    _originals = run, interpret, choose

    def run_program(this: Program, values: Sequence[Any]) -> list[Any]:
        if this.run is not None:
            watch(this.run)
        graph, outer, before = this.graph, _here.graph, _here.compiling
        for each in _listeners:
            each.program_begins(graph, values)
        _here.graph = graph
        start = clock()
        try:
            return run(this, values)
        finally:
            end = clock()
            _here.graph = outer
            for each in _listeners:
                each.program_ran(graph, _here.tier, start, end, _here.compiling - before)

    def run_interpreter(interpreter: Interpreter, values: Sequence[Any]) -> list[Any]:
        graph = _here.graph
        if graph is None:
            return interpret(interpreter, values)
        twin = copy.copy(interpreter)
        twin.code = [(timed(step[0], operation(graph, step[-1])), *step[1:])
                     if step[-1].args else step for step in interpreter.code]
        try:
            return interpret(twin, values)
        finally:
            _here.tier = INTERPRETED

    def choose_backend(graph: Graph, values: Sequence[Any]) -> Any:
        before, start = counts(), clock()
        found = choose(graph, values)
        end, after = clock(), counts()
        _here.compiling += end - start
        for each in _listeners:
            each.program_compiled(graph, start, end,
                                  {name: after[name] - before[name] for name in COUNTED})
        watch(found)
        return found

    flushing.watched = True
    _program.__call__, _interpreter.__call__ = run_program, run_interpreter
    _programs.compiled_or_straight = choose_backend
    if f"{_LLVM}.program" in sys.modules:   # a step under wengert.compile calls them by itself
        for compiled in list(getattr(sys.modules[f"{_LLVM}.program"], "programs", ())):
            watch_later(compiled)


def remove() -> None:
    """Put everything back."""
    assert _originals is not None
    flushing.watched = False
    _program.__call__, _interpreter.__call__, _programs.compiled_or_straight = _originals
    for codes in (_watched, _waiting):
        while codes:
            function, code = codes.popitem()
            function.__code__ = code   # the names stay, for calls that are still running
    _operations.clear()


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


# ---- functions that measure ----


def watch(run: Any) -> None:
    """Have what a backend made measure itself."""
    if isinstance(run, choice.Checked):
        watch(run.run)
    elif isinstance(run, choice.Plain) and run.run.function not in _watched:
        line = run.run
        measure(line.function, line.source, {
            number: [Step(operation(run.graph, node, STRAIGHT))]
            for number, node in line.nodes.items() if node.args}, run.graph, STRAIGHT)
    elif run.__class__.__module__ == f"{_LLVM}.program" and run.function not in _watched:
        steps, kept = lazy("profiling.kernels").steps_of(run)
        measure(run.function, run.source, steps, run.graph, COMPILED, kept)


def watch_later(run: Any) -> None:
    """Have a compiled program measure itself from its next call on: of the many that a long session
    has, few will run."""
    function = run.function
    with profiling:
        if function in _watched or function in _waiting:
            return

        def watched(values: Any) -> Any:
            watch(run)
            return function(values)

        function.__globals__["_watched"] = watched
        _waiting[function] = function.__code__
        function.__code__ = _first_call.__code__


def _first_call(values: Any) -> Any:
    return _watched(values)  # type: ignore[operator]  # of the function whose code this becomes


def measure(function: Any, source: str, steps: dict[int, list[Step]], graph: Graph, tier: str,
            kept: object = None) -> None:
    """Give ``function``, whose text is ``source``, the code of :func:`measuring`; ``kept`` is what
    has to live as long as that code."""
    def begin(values: Sequence[Any]) -> float:
        if _here.graph is not None:
            return 0.0
        for each in _listeners:   # called by itself
            each.program_begins(graph, [*values])
        return clock()

    def end(start: float) -> None:
        now = clock()
        _here.tier = tier
        if start:
            for each in _listeners:
                each.program_ran(graph, tier, start, now, 0.0)

    parts: list[Part] = []
    with profiling:
        if function in _watched or not _listeners:
            return
        code = _waiting.pop(function, function.__code__)
        new = measuring(source, code.co_filename, steps, parts)
        # What it reads has to live as long as it, and it runs on after the profile's end.
        new = new.replace(co_consts=(*new.co_consts, kept))
        values = dict(zip(NAMES, (clock, mark, begin, end, parts), strict=True))
        function.__globals__.update(values)
        _watched[function] = code
        function.__code__ = new
