"""Programs with loops: what the CPU runs for a graph that was recorded.

:func:`program_of` has loops found in the graph; what has none is a :class:`~.program.Compiled`. One
with loops takes for granted where its slices start: a :class:`Looping` looks at each call whether
they start there, and is planned again for others.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from typing import Any

import numpy as np

from ....config import config
from ...graph import Graph, Node
from ...locks import compiling
from ...ops.loop import ALONG, CARRIED, EACH, Body, Read
from ...ops.structural import number
from ...passes.roll import Rolled, rolled
from ...passes.unroll import unrolled
from .. import effort
from .pipeline import for_kernels
from .program import Compiled, Interpreted, Writer
from .turns import LoopWriter

MOST_PLANS = 5
"""So many times a program is planned for other starts; then it is not taken for granted where they
are."""
SMALL = 2000
"""A program of fewer nodes is compiled without loops then, a larger one is a straight line."""


FEW_NUMBERS = 4000
"""So many operations on single numbers may be written out."""

Run = Callable[[Sequence[Any]], list[Any]]


def program_of(otherwise: Callable[[Graph], Run], graph: Graph,
               values: Sequence[Any]) -> Compiled | Looping:
    """``graph`` as machine code; ``otherwise`` makes what runs where that does not pay."""
    found = found_in(graph, values)
    return Compiled(graph, values) if found is None else Looping(graph, found, values, otherwise)


def found_in(graph: Graph, values: Sequence[Any],
             loose: Mapping[Node, tuple[int, int]] | None = None) -> Rolled | None:
    """``graph`` with its loops, if it has any."""
    if not config.loops or is_written_out(graph):
        return None
    numbers = {node: value for node, value in zip(graph.inputs, values, strict=True)
               if node.prim is number}
    return rolled(graph, numbers, loose)


def is_written_out(graph: Graph) -> bool:
    """Whether it is better as the turns of its loops, one after the other: these are of single
    numbers, which stay in registers then; that takes longer to compile, and was asked for."""
    if effort.thorough.asked != effort.THIS:
        return False
    nodes = graph.nodes()
    return len(nodes) < FEW_NUMBERS and all(not node.shape for node in nodes)


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


class Plan:
    """How a program runs, and what it takes for granted: the numbers in some places, and how far
    those in others are from the first of their group."""

    __slots__ = ("deltas", "exact", "firsts", "loose", "run", "starts")

    def __init__(self, run: Run, exact: Sequence[int], groups: Sequence[Sequence[int]],
                 values: Sequence[Any]) -> None:
        self.run = run
        self.exact = picker(exact)
        self.starts = self.exact(values)
        places = [place for group in groups for place in group]
        self.loose = picker(places)
        self.firsts = np.repeat(
            np.cumsum([0, *map(len, groups[:-1])]), [len(group) for group in groups]) if (
                groups) else None
        if self.firsts is not None:
            numbers = np.array(self.loose(values))
            self.deltas = numbers - numbers[self.firsts]

    def holds(self, values: Sequence[Any]) -> bool:
        """Whether it may run for these values."""
        if self.exact(values) != self.starts:
            return False
        if self.firsts is None:
            return True
        numbers = np.array(self.loose(values))
        return bool(np.array_equal(numbers - numbers[self.firsts], self.deltas))


def picker(places: Sequence[int]) -> Callable[[Sequence[Any]], tuple[Any, ...]]:
    """What picks the items in some places."""
    if len(places) < 2:
        return lambda values: tuple([values[k] for k in places])
    return itemgetter(*places)


class Looping:
    """A graph in which loops were found, with a plan for each set of starts that it was called
    with; for those that change together, one."""

    steady = True
    __slots__ = ("__weakref__", "compiled", "graph", "latest", "otherwise", "places", "plans",
                 "seen")

    def __init__(self, graph: Graph, found: Rolled, values: Sequence[Any],
                 otherwise: Callable[[Graph], Run]) -> None:
        self.graph = graph
        self.otherwise = otherwise
        self.places = [k for k, node in enumerate(graph.inputs) if node in found.baked]
        """The numbers that are starts."""
        self.seen = [np.array([values[k] for k in self.places], np.int64)]
        """What they were when a plan was made."""
        self.compiled = WithLoops(graph, found.graph, values)
        """What was made first."""
        self.latest = Plan(self.compiled, self.places, (), values)
        self.plans = [self.latest]

    def __call__(self, values: Sequence[Any]) -> list[Any]:
        """The values of the outputs."""
        return self.consume([*values])

    def consume(self, values: list[Any]) -> list[Any]:
        """The values of the outputs; the list of the inputs is the program's from now on."""
        run = self.chosen(values)
        return run.consume(values) if isinstance(run, Compiled) else Interpreted(run(values))

    def chosen(self, values: Sequence[Any]) -> Run:
        """What runs for these values."""
        plan = self.latest
        if not plan.holds(values):
            with compiling:
                plan = next((plan for plan in self.plans if plan.holds(values)), None) or (
                    self.planned(values))
                self.latest = plan
        return plan.run

    def planned(self, values: Sequence[Any]) -> Plan:
        """A plan for other starts: those that have changed so far are not taken for granted, but
        for the distances between those that have always changed alike."""
        self.seen.append(np.array([values[k] for k in self.places], np.int64))
        changes = (np.stack(self.seen[1:]) - self.seen[0]).T
        groups: dict[bytes, list[int]] = {}
        for k, change in zip(self.places, changes, strict=True):
            if change.any():
                groups.setdefault(change.tobytes(), []).append(k)
        inputs = self.graph.inputs
        loose = {inputs[k]: (n, values[k] - values[group[0]])
                 for n, group in enumerate(groups.values()) for k in group}
        found = None if len(self.plans) == MOST_PLANS else found_in(self.graph, values, loose)
        if found is None:
            small = len(self.graph.nodes()) < SMALL
            plan = Plan(Compiled(self.graph, values) if small else self.otherwise(self.graph),
                        (), (), values)
        else:
            plan = Plan(WithLoops(self.graph, found.graph, values),
                        [k for k in self.places if inputs[k] not in loose],
                        [*groups.values()], values)
        self.plans.append(plan)
        return plan


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
        done: deque[list[Any]] = deque(
            maxlen=max([read.distance for read in body.reads], default=0))
        for t in range(body.turns):
            values = [self.value(t, x, read, args, done)
                      for x, read in zip(body.graph.inputs, body.reads, strict=True)]
            if self.run is None:
                with compiling:
                    self.run = WithLoops(unrolled(body.graph), body.graph, values)
            out = self.run(values)
            done.append(out)
            for rows, keep, value in zip(results, body.keep, out, strict=True):
                if t >= body.turns - keep:
                    rows[t - body.turns] = value
        return results

    def value(self, t: int, x: Node, read: Read, args: Sequence[Any],
              done: Sequence[list[Any]]) -> Any:
        """What an input of the body is, after the last turns that are ``done``."""
        if read.kind == CARRIED:
            return done[-read.distance][read.output] if t >= read.distance else args[read.arg + t]
        arg = args[read.arg + t if read.kind == EACH else read.arg]
        if read.kind != ALONG:
            return arg
        start = read.start + t * read.step
        part = arg.reshape(-1)[start:start + x.size]
        return part[0].item() if x.weak else part.reshape(x.shape)


__all__ = ["program_of"]
