"""Programs with loops: what the CPU runs for a graph that was recorded.

:func:`program_of` has loops found in the graph; what has none is a :class:`~.program.Compiled`. One
with loops takes for granted where its slices start: a :class:`Looping` looks at each call whether
they start there, and is planned again for others.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import Any

import numpy as np

from ....config import config
from ...graph import Graph, Node
from ...locks import compiling
from ...ops.loop import ALONG, CARRIED, EACH, Body, Read
from ...ops.structural import number
from ...passes.roll import Rolled, rolled
from .pipeline import for_kernels
from .program import Compiled, Interpreted, Writer
from .turns import LoopWriter

MOST_PLANS = 4
"""For so many sets of starts a program is planned; for others it is a straight line."""


Run = Callable[[Sequence[Any]], list[Any]]


def program_of(otherwise: Callable[[Graph], Run], graph: Graph,
               values: Sequence[Any]) -> Compiled | Looping:
    """``graph`` as machine code; ``otherwise`` makes what runs where that does not pay."""
    found = found_in(graph, values)
    return Compiled(graph, values) if found is None else Looping(graph, found, values, otherwise)


def found_in(graph: Graph, values: Sequence[Any]) -> Rolled | None:
    """``graph`` with its loops, if it has any."""
    if not config.loops:
        return None
    return rolled(graph, {node: value for node, value in zip(graph.inputs, values, strict=True)
                          if node.prim is number})


class WithLoops(Compiled):
    """A graph with loops as kernels and library calls; ``graph`` is the one without."""

    __slots__ = ("finite", "rolled")

    def __init__(self, graph: Graph, rolled: Graph, values: Sequence[Any]) -> None:
        self.rolled = rolled
        super().__init__(graph, values)

    def prepared(self, finite: bool = True) -> Graph:
        self.finite = finite
        return for_kernels(self.rolled, finite)

    def writer(self, graph: Graph, values: Sequence[Any]) -> Writer:
        return LoopWriter(self, graph, values, ByTurns, self.finite)


class Looping:
    """A graph in which loops were found, for each set of starts that it was called with."""

    steady = True
    __slots__ = ("__weakref__", "compiled", "graph", "known", "latest", "otherwise",
                 "starts", "take")

    def __init__(self, graph: Graph, found: Rolled, values: Sequence[Any],
                 otherwise: Callable[[Graph], Run]) -> None:
        self.graph = graph
        self.otherwise = otherwise
        places = [k for k, node in enumerate(graph.inputs) if node in found.baked]
        self.take: Callable[[Sequence[Any]], Any] = itemgetter(*places) if places else _nothing
        self.starts = self.take(values)
        self.compiled = WithLoops(graph, found.graph, values)
        """What was made for the first of them."""
        self.latest: Run = self.compiled
        self.known: dict[Any, Run] = {self.starts: self.compiled}

    def __call__(self, values: Sequence[Any]) -> list[Any]:
        """The values of the outputs."""
        return self.consume([*values])

    def consume(self, values: list[Any]) -> list[Any]:
        """The values of the outputs; the list of the inputs is the program's from now on."""
        run = self.chosen(values)
        return run.consume(values) if isinstance(run, Compiled) else Interpreted(run(values))

    def chosen(self, values: Sequence[Any]) -> Run:
        """What runs for these values."""
        starts = self.take(values)
        if starts != self.starts:
            self.change(starts, values)
        return self.latest

    def change(self, starts: Any, values: Sequence[Any]) -> None:
        """Plan the program for other starts."""
        with compiling:
            run = self.known.get(starts)
            if run is None and len(self.known) < MOST_PLANS:
                found = found_in(self.graph, values)
                run = self.known[starts] = self.otherwise(self.graph) if found is None else (
                    WithLoops(self.graph, found.graph, values))
            if run is None:
                run = self.known.setdefault(None, self.otherwise(self.graph))
            self.latest, self.starts = run, starts


def _nothing(values: Sequence[Any]) -> Any:
    return ()


class ByTurns:
    """A loop whose body is called turn by turn."""

    def __init__(self, node: Node) -> None:
        self.body: Body = node.params["body"]
        self.run: Run | None = None

    def __call__(self, *args: Any) -> list[Any]:
        """The rows of each output that are kept."""
        body = self.body
        results = [np.empty((keep, *out.shape), out.dtype.numpy)
                   for keep, out in zip(body.keep, body.graph.outputs, strict=True)]
        done: list[list[Any]] = []
        for t in range(body.turns):
            values = [self.value(t, x, read, args, done)
                      for x, read in zip(body.graph.inputs, body.reads, strict=True)]
            if self.run is None:
                with compiling:
                    self.run = WithLoops(body.graph, body.graph, values)
            out = self.run(values)
            done.append(out)
            for rows, keep, value in zip(results, body.keep, out, strict=True):
                if t >= body.turns - keep:
                    rows[t - body.turns] = value
        return results

    def value(self, t: int, x: Node, read: Read, args: Sequence[Any],
              done: list[list[Any]]) -> Any:
        """What an input of the body is."""
        if read.kind == CARRIED:
            before = t - read.distance
            return done[before][read.output] if before >= 0 else args[read.arg + t]
        arg = args[read.arg + t if read.kind == EACH else read.arg]
        if read.kind != ALONG:
            return arg
        start = read.start + t * read.step
        part = arg.reshape(-1)[start:start + x.size]
        return part[0].item() if x.weak else part.reshape(x.shape)


__all__ = ["program_of"]
