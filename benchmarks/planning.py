"""What does a graph cost before it runs? µs of processor time per node, by stage and by size.

Programs as graphs, forward alone and with the gradient of each input that has one:

- *chain*: small operations of several kinds on one array, one after the other;
- *wide*: many chains of ten operations, each on an array of its own;
- *scalars*: an expression of 0-dim values;
- *LSTM*: a cell written out, step by step.

The stages: what a graph reaches (*walk*), its gradient (*vjp*: per node of the graph with it), the
interpreter, a straight line of Python (*straight*), the passes before fusion, fusion itself, and
all of compiling with every kernel in the cache (*compiled*), which has the two in it. *LLVM* is
what compiling the kernels costs then, once. Each is to be proportional to the nodes: the bound is
on what a stage costs per node at the largest size, to the smallest.
"""

from __future__ import annotations

import gc
import importlib
import tempfile
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from .peers import Answers, Numbers, Worker
from .report import bound, heading, table

SIZES = (1_000, 10_000, 100_000)
PROGRAMS = ("chain", "wide", "scalars", "LSTM")
STAGES = ("walk", "vjp", "interpreter", "straight", "passes", "fusion", "compiled", "LLVM")
NEAR = 2.0
LEAST = 1.0
"""A stage that costs less per node, in µs, is held to no bound."""
LENGTH = 64
"""The elements of an array."""
WIDTH = 16
"""The units of a cell."""


def run(quick: bool = False) -> None:
    """Print a table for each program."""
    sizes = (100, 200) if quick else SIZES
    worst: dict[str, float] = dict.fromkeys(STAGES, 0.0)
    for program in PROGRAMS:
        for gradient in (False, True):
            title = f"{program}, with its gradient" if gradient else program
            heading(f"planning: {title}, µs per node")
            found = [asked(program, gradient, size) for size in sizes]
            table(["", *STAGES, "kernels", "texts"], [
                [f"{answer['nodes']:.0f} nodes", *cells(answer)] for answer in found])
            for stage in STAGES:
                if stage in found[-1] and found[-1][stage] > LEAST:
                    worst[stage] = max(worst[stage], found[-1][stage] / found[0][stage])
    for stage, factor in worst.items():
        bound(f"{stage}: a node of the largest graph, to one of the smallest", factor, NEAR)


def cells(answer: Numbers) -> list[str]:
    return [f"{answer[name]:.1f}" if name in answer else "-" for name in STAGES] + [
        f"{answer[name]:.0f}" if name in answer else "-" for name in ("kernels", "texts")]


def asked(program: str, gradient: bool, size: int) -> Numbers:
    """The answer of a new process."""
    with tempfile.TemporaryDirectory() as folder:
        worker = Worker(f"planning.{program}{' gradient' * gradient}", "wengert", size, "llvm",
                        {"WENGERT_CACHE_DIR": folder})
        try:
            return worker.ask("round")
        finally:
            worker.close()


# ---- the programs ----


class Maker:
    """Makes the graph of one program with the operations that users call, on nodes."""

    def __init__(self) -> None:
        module = self.module
        self.graphs, self.structural = module("engine.graph"), module("engine.ops.structural")
        self.pointwise = module("functions.pointwise")
        self.arithmetic = module("functions.arithmetic")
        self.linear, self.shapes = module("functions.linear"), module("functions.shape")
        self.reduce, self.vjp = module("functions.reduce"), module("engine.transforms.vjp")
        self.dtypes = module("engine.dtypes")
        self.inputs: list[Any] = []
        self.values: list[Any] = []
        self.random = np.random.default_rng(0)

    def module(self, path: str) -> Any:
        return importlib.import_module(f"wengert.{path}")

    def array(self, *shape: int) -> Any:
        """An input through which a gradient flows."""
        self.inputs.append(self.structural.free(shape, self.dtypes.float32, True))
        self.values.append(self.random.uniform(0.1, 0.2, shape).astype(np.float32))
        return self.inputs[-1]

    def number(self, value: float) -> Any:
        """A Python number of the program."""
        self.inputs.append(self.graphs.Node(
            self.structural.number, (), {}, (), self.dtypes.float64, weak=True))
        self.values.append(value)
        return self.inputs[-1]

    def mixed(self, x: Any, y: Any, count: int) -> Any:
        """``count`` operations on ``x``."""
        p, a = self.pointwise, self.arithmetic
        steps: list[Callable[[Any], Any]] = [
            lambda z: a.mul(z, self.number(0.9)), lambda z: a.add(z, y), p.tanh,
            lambda z: a.sub(z, y), p.exp, lambda z: a.div(z, self.number(3.0)),
            lambda z: a.mul(z, y), p.sin, a.neg, a.square]
        for k in range(count):
            x = steps[k % len(steps)](x)
        return x

    def chain(self, size: int) -> list[Any]:
        return [self.mixed(self.array(LENGTH), self.array(LENGTH), size)]

    def wide(self, size: int) -> list[Any]:
        y = self.array(LENGTH)
        return [self.mixed(self.array(LENGTH), y, 10) for _ in range(size // 10)]

    def scalars(self, size: int) -> list[Any]:
        z, x, a = self.array(), self.array(), self.arithmetic
        for _ in range(size // 4):
            z = a.add(a.mul(a.sub(z, x), self.number(0.5)), self.pointwise.sin(x))
            x, z = z, x
        return [a.add(x, z)]

    def lstm(self, size: int) -> list[Any]:
        h, c = self.array(4, WIDTH), self.array(4, WIDTH)
        w, u, b = (self.array(WIDTH, 4 * WIDTH), self.array(WIDTH, 4 * WIDTH),
                   self.array(4 * WIDTH))
        a, p = self.arithmetic, self.pointwise
        for _ in range(max(1, size // 25)):
            x = self.array(4, WIDTH)
            gates = a.add(a.add(self.linear.matmul(x, w), self.linear.matmul(h, u)), b)
            i, f, g, o = self.shapes.chunk(gates, 4, 1)
            c = a.add(a.mul(p.sigmoid(f), c), a.mul(p.sigmoid(i), p.tanh(g)))
            h = a.mul(p.sigmoid(o), p.tanh(c))
        return [self.reduce.sum_(h)]

    def outputs(self, program: str, size: int) -> list[Any]:
        makers = {"chain": self.chain, "wide": self.wide, "scalars": self.scalars,
                  "LSTM": self.lstm}
        return makers[program](size)

    def gradients(self, outputs: list[Any]) -> list[Any]:
        """The gradients of the sum of ``outputs`` in the inputs."""
        full, constant = self.structural.full, self.graphs.lift(1.0)
        seeds = {node: full(constant, shape=node.shape, dtype=node.dtype) for node in outputs}
        found = self.vjp.vjp(seeds)
        return [found[x] for x in self.inputs if x in found]


# ---- the stages ----


def case(program: str, gradient: bool) -> Callable[[str, int], Answers]:
    """What makes a program and asks what each stage costs."""
    def setup(peer: str, size: int) -> Answers:
        return {"round": lambda: measured(program, gradient, size)}
    return setup


class Clock:
    """What each stage took."""

    def __init__(self) -> None:
        self.seconds: Numbers = {}

    def time(self, stage: str, function: Callable[[], Any]) -> Any:
        start = time.process_time()
        result = function()
        self.seconds[stage] = time.process_time() - start
        return result


def measured(program: str, gradient: bool, size: int) -> Numbers:
    """What each stage costs per node of the graph; how many kernels there are, and of how many
    texts."""
    maker, clock = Maker(), Clock()
    outputs = maker.outputs(program, size)
    gc.collect()
    gc.disable()   # as while a program is compiled
    if gradient:
        outputs = outputs + clock.time("vjp", lambda: maker.gradients(outputs))
    graph = maker.graphs.Graph(maker.inputs, outputs)
    nodes = clock.time("walk", graph.nodes)
    backend = maker.module("engine.backends.interpreter")
    clock.time("interpreter", lambda: backend.Interpreter(graph))
    choice = maker.module("engine.backends.choice")
    clock.time("straight", lambda: choice.Plain(graph))
    counts = compiling(maker, graph, clock) if choice.machine_code() is not None else {}
    each = {stage: seconds / len(nodes) * 1e6 for stage, seconds in clock.seconds.items()}
    return {"nodes": len(nodes), **each, **counts}


def compiling(maker: Maker, graph: Any, clock: Clock) -> Numbers:
    """The stages of compiling; how many kernels there are, and of how many texts."""
    cpu = "engine.backends.cpu"
    ready = clock.time("passes", lambda: maker.module(f"{cpu}.pipeline").for_kernels(graph))
    fuse, target = maker.module("engine.loops.fuse"), maker.module(f"{cpu}.policy").CPU
    clock.time("fusion", lambda: fuse.fused(ready, target, graph.inputs))
    compiled = maker.module(f"{cpu}.program").Compiled
    counters = maker.module(f"{cpu}.compiler").counters
    first = compiled(graph, maker.values)
    clock.seconds["LLVM"] = counters["seconds"]
    texts = counters["compiled"]
    clock.time("compiled", lambda: compiled(graph, maker.values))
    return {"kernels": len(first.kernels), "texts": texts}


CASES = {f"{program}{' gradient' * gradient}": case(program, gradient)
         for program in PROGRAMS for gradient in (False, True)}
