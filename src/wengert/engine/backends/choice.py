"""Which backend runs a program that comes again: that of the tier, machine code where there is a
compiler for it, else one straight-line Python function.
"""

from __future__ import annotations

import contextlib
import functools
import gc
import importlib
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any, ClassVar, Protocol

import numpy as np

from ...config import config
from ..devices import libraries
from ..errors import by_signal
from ..graph import Graph
from ..lazy import lazy
from ..locks import compiling, uninterrupted
from ..native import makers
from ..ops.collectives import effects_of
from ..passes.pipeline import optimised
from ..passes.products import all_finite
from ..passes.simplify import without_grafts
from . import effort, faults
from .elsewhere import on_devices
from .interpreter import Interpreter
from .stages import Staged
from .straight import Straight


class Run(Protocol):
    """A graph as a callable from the values of its inputs to those of its outputs."""

    steady: bool
    """Whether the results of each run lie in memory alike."""

    def __call__(self, values: Sequence[Any]) -> list[Any]: ...


Backend = Callable[[Graph, Sequence[Any]], Run]


counters = {"programs": 0, "seconds": 0.0}
"""How many programs were made into what runs them from then on; the seconds that it took."""


def compiled_or_straight(graph: Graph, values: Sequence[Any]) -> Run:
    """``graph`` as a callable, for inputs that lie in memory as ``values`` do."""
    start = time.perf_counter()
    equal = lazy("engine.backends.equal")   # for programs that compile something
    key = equal.key_of(graph, values)
    if key is not None and (known := equal.known.get(key)) is not None:
        run: Run = known
        return run
    effort.add(effort.PROGRAM + effort.NODE * len(graph.nodes()))
    try:
        run = chosen(graph, values)
    finally:
        counters["programs"] += 1
        counters["seconds"] += time.perf_counter() - start
    if key is not None and hasattr(run, "__weakref__"):
        equal.known[key] = run
    return run


def explorer(graph: Graph) -> Callable[[Sequence[Any]], list[Any]]:
    """``graph`` as a callable that is quickly made."""
    if effects_of(graph.nodes()):
        return Staged(graph, lambda part, values: Interpreter(part, quick=True))
    return Interpreter(without_grafts(graph), quick=True)


def chosen(graph: Graph, values: Sequence[Any]) -> Run:
    """``graph`` as the backend of the tier runs it, or else a straight line."""
    if effects_of(graph.nodes()):
        return Staged(graph, chosen)
    if libraries and on_devices(graph.nodes()):
        return Interpreter(graph)
    backend = BACKENDS[config.tier]()
    if backend is not None:
        with uncollected():
            run = compiled(backend, graph, values)
        if run is not None:
            return Checked(graph, run) if config.tier == "check" else run
    return Plain(graph)


def compiled(backend: Backend, graph: Graph, values: Sequence[Any]) -> Run | None:
    """``graph`` as ``backend`` runs it; None where that is not possible."""
    try:
        with compiling:
            return backend(graph, values)
    except ImportError:   # LLVM itself cannot be loaded
        return None
    except Exception as error:
        if by_signal(error):
            raise
        faults.note("a program could not be compiled", error)
        return None


@contextlib.contextmanager
def uncollected() -> Iterator[None]:
    """Without looking for garbage: a compiler is thousands of objects that all stay, and a look at
    all that a process holds takes as long as compiling. The new ones are looked at afterwards.

    And what a collection may call, the user's ``__del__``, must not run while a lock is held.
    """
    with compiling:
        if not _inside and gc.isenabled():
            gc.disable()
            _enabled[0] = True
        _inside.append(None)
    try:
        yield
    finally:
        with compiling:
            _inside.pop()
            again = not _inside and _enabled[0]
            if again:
                _enabled[0] = False
        if again:
            gc.collect(0)
            gc.enable()


_inside: list[None] = []
_enabled = [False]
"""Whether looking for garbage goes on when the last thread has left."""


@functools.cache
def machine_code() -> Backend | None:
    """What compiles a graph, if llvmlite is there and kernels can read this Python's objects."""
    with compiling:   # a fork waits: a child could never import what is being imported
        try:
            importlib.import_module("llvmlite")   # LLVM is loaded when something is compiled
        except ImportError:
            return None
        objects = lazy("engine.backends.cpu.objects")
        if objects.layout() is None:
            return None
        # An interruption waits: half of a module would leave half of its primitives in the table.
        rolled = uninterrupted(lambda: lazy("engine.backends.cpu.rolled"))
        found: Backend = functools.partial(rolled.program_of, Plain)
    return found


BACKENDS: dict[str, Callable[[], Backend | None]] = {
    "eager": lambda: None,
    "numpy": lambda: None,
    "llvm": machine_code,
    "auto": machine_code,
    "check": machine_code,
}
"""By tier (``config.TIERS``), what asks for its backend; None where there is none, or it cannot be
loaded: a straight line runs the program."""


def made_native(name: str, kept: bool = False) -> Any:
    """A function of ``native.py`` in machine code; None where there is no compiler, or it is to be
    ``kept`` and nobody has."""
    if BACKENDS[config.tier]() is None:
        return None
    try:
        with uncollected():
            return lazy("engine.backends.cpu.draws").made(name, kept)
    except ImportError:   # LLVM itself cannot be loaded
        return None
    except Exception as error:
        if by_signal(error):
            raise
        faults.note("what draws random numbers could not be compiled", error)
        return None


makers.append(made_native)


class Plain:
    """A straight line with plain products, which runs exactly where a result is not finite."""

    steady = False
    interpreter: ClassVar[type[Interpreter]] = Interpreter
    """What runs where this one cannot."""
    __slots__ = ("checked", "graph", "run")

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        simpler, self.checked = optimised(graph)
        self.run = Straight(simpler)

    def __call__(self, values: Sequence[Any]) -> list[Any]:
        try:
            out: list[Any] = self.run(values)
        except Exception as error:
            if by_signal(error):
                raise
            failed = error
        else:
            return self.certain(out, values)
        right = self.interpreter(self.graph)(values)   # which raises what there is to raise
        faults.note("a straight line failed", failed)
        return right

    def certain(self, out: list[Any], values: Sequence[Any]) -> list[Any]:
        """The values of the outputs, computed again where a rewritten product is not finite."""
        if self.checked and not all_finite(out, self.checked):
            return self.interpreter(self.graph)(values)
        return out


class Checked:
    """Machine code whose results are compared with the interpreter's: the tier ``check``."""

    steady = False
    interpreter: ClassVar[type[Interpreter]] = Interpreter
    __slots__ = ("graph", "run")

    def __init__(self, graph: Graph, run: Run) -> None:
        self.graph = graph
        self.run = run

    def __call__(self, values: Sequence[Any]) -> list[Any]:
        right = self.interpreter(self.graph)(values)
        found = self.run(values)
        scale = largest([*values, *right])
        for node, a, b in zip(self.graph.outputs, found, right, strict=True):
            a, b = np.asarray(a), np.asarray(b)
            if a.shape != b.shape or not close(a, b, scale):
                raise AssertionError(f"compiled code and the interpreter differ in {node}, "
                                     f"recorded at {node.line}: {a} and {b}")
        return found


def largest(values: Sequence[Any]) -> float:
    """The largest finite magnitude among the floats in ``values``."""
    top = 1.0
    for value in values:
        value = np.asarray(value)
        if value.dtype.kind == "f" and value.size:
            sizes = np.abs(value.astype(np.float64))
            top = max(top, float(np.max(sizes, where=np.isfinite(sizes), initial=0.0)))
    return top


def close(a: Any, b: Any, scale: float) -> bool:
    """Whether two results agree but for rounding: relative to themselves, or to the largest value
    of the program, where they are what is left of a difference."""
    if a.dtype.kind not in "fc":
        return bool(np.array_equal(a, b))
    unit = float(np.finfo(b.dtype).eps) if b.dtype.itemsize > 2 else 1e-3
    with np.errstate(all="ignore"):
        wide = np.complex128
        return bool(np.allclose(a.astype(wide), b.astype(wide), rtol=1e3 * unit,
                                atol=100 * unit * scale, equal_nan=True))
