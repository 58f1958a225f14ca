"""Which backend runs a program that comes again: machine code where there is a compiler for it, else
one straight-line Python function.
"""

from __future__ import annotations

import functools
import importlib
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..config import config
from ..graph import Graph
from ..passes.pipeline import optimised
from ..passes.products import all_finite
from .interpreter import Interpreter
from .straight import Straight

Run = Callable[[Sequence[Any]], list[Any]]


def compiled_or_straight(graph: Graph, values: Sequence[Any]) -> Run:
    """``graph`` as a callable, for inputs that lie in memory as ``values`` do."""
    if config.tier in ("llvm", "auto", "check"):
        compiled = machine_code()
        if compiled is not None:
            run: Run = compiled(graph, values)
            return Checked(graph, run) if config.tier == "check" else run
    return Plain(graph)


@functools.cache
def machine_code() -> Callable[[Graph, Sequence[Any]], Run] | None:
    """What compiles a graph, if llvmlite is there and kernels can read this Python's objects."""
    try:
        importlib.import_module("llvmlite.binding")
    except ImportError:
        return None
    objects = importlib.import_module("wengert.backends.llvm.objects")
    if objects.layout() is None:
        return None
    found: Callable[[Graph, Sequence[Any]], Run] = importlib.import_module(
        "wengert.backends.llvm.program").Compiled
    return found


class Plain:
    """A straight line with plain products, which runs exactly where a result is not finite."""

    __slots__ = ("checked", "graph", "run")

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        simpler, self.checked = optimised(graph)
        self.run = Straight(simpler)

    def __call__(self, values: Sequence[Any]) -> list[Any]:
        out: list[Any] = self.run(values)
        if self.checked and not all_finite(out, self.checked):
            return Interpreter(self.graph)(values)
        return out


class Checked:
    """Machine code whose results are compared with the interpreter's: the tier ``check``."""

    __slots__ = ("graph", "run")

    def __init__(self, graph: Graph, run: Run) -> None:
        self.graph = graph
        self.run = run

    def __call__(self, values: Sequence[Any]) -> list[Any]:
        right = Interpreter(self.graph)(values)
        found = self.run(values)
        for node, a, b in zip(self.graph.outputs, found, right, strict=True):
            a, b = np.asarray(a), np.asarray(b)
            if a.shape != b.shape or not close(a, b):
                raise AssertionError(f"compiled code and the interpreter differ in {node}, recorded "
                                     f"at {node.line}: {a} and {b}")
        return found


def close(a: Any, b: Any) -> bool:
    """Whether two results agree but for rounding in another order."""
    if a.dtype.kind not in "fc":
        return bool(np.array_equal(a, b))
    with np.errstate(all="ignore"):
        a, b = a.astype(np.complex128), b.astype(np.complex128)
        finite = np.abs(b)[np.isfinite(b)]
        scale = float(finite.max()) if finite.size else 1.0
        return bool(np.allclose(a, b, rtol=2e-4, atol=1e-5 * scale, equal_nan=True))
