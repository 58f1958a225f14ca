"""Programs with effects: what is between them runs as any graph does, and they run between that.

:class:`Staged` cuts a graph where an effect (``ops/collectives.py``) has to have ended. The parts
are graphs of their own, for which a backend finds what runs them, so that a kernel that hands its
part back does no effect twice. All effects that do not wait for each other start together, in the
order in which they were recorded, and what needs none of them runs before that. They are waited
for one by one, if they are large, and what needs no more of them than have ended runs then.
"""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from ..arrays import as_buffer
from ..graph import Graph, Node
from ..ops.collectives import Effect, effects_of
from ..ops.structural import free
from ..passes.substitute import substitute

ndarray = np.ndarray
Make = Callable[[Graph, Sequence[Any]], Any]
LEAST = 1 << 20
"""Effects of fewer bytes are waited for together with the next."""
MOST_PARTS = 4
"""In so many parts, about, is computed what needs effects that start together."""


class Started(NamedTuple):
    """An effect, where its argument is among the values and where its result goes, and whether
    nobody else reads the argument."""

    node: Node
    source: int
    target: int
    alone: bool


class Stage:
    """A part of a graph, the ``effects`` that start after it, and how many of those that have
    started are waited for then: ``read`` are the places of its inputs among the values, ``made``
    those of its outputs."""

    __slots__ = ("effects", "graph", "kinds", "made", "read", "run", "waits")

    def __init__(self, graph: Graph, read: list[int], made: list[int],
                 effects: list[Started], waits: int) -> None:
        self.graph, self.read, self.made = graph, read, made
        self.effects, self.waits = effects, waits
        self.kinds = [node.dtype.numpy for node in graph.outputs]
        self.run: Any = None


class Staged:
    """A graph with effects as a callable from the values of its inputs to those of its outputs;
    ``make`` makes what runs a part, for the values that it begins with."""

    __slots__ = ("count", "graph", "make", "outputs", "stages", "steady")

    def __init__(self, graph: Graph, make: Make) -> None:
        self.graph, self.make = graph, make
        plan = _Plan(graph)
        self.stages = plan.stages
        self.outputs = [plan.place[node] for node in graph.outputs]
        self.count = len(plan.place)
        self.steady = False
        """Whether the results of each run lie in memory alike: what parts give lies row by row."""

    def __call__(self, values: Sequence[Any]) -> list[Any]:
        """The values of the outputs."""
        known = [*values, *[None] * (self.count - len(values))]
        pending: deque[tuple[int, Any]] = deque()
        for stage in self.stages:
            self.run(stage, known)
            for each in stage.effects:
                own = each.alone and is_own(known, each.source)
                pending.append((each.target, each.node.prim.begin(   # type: ignore[attr-defined]
                    each.node, known[each.source], own)))
            for _ in range(stage.waits):
                target, began = pending.popleft()
                known[target] = began.wait()
        return [known[k] for k in self.outputs]

    def run(self, stage: Stage, known: list[Any]) -> None:
        """Compute a part, whose outputs lie row by row."""
        if not stage.made:
            return
        given = [known[k] for k in stage.read]
        run = stage.run
        if run is None:
            run = stage.run = self.make(stage.graph, given)
            self.steady = all(getattr(each.run, "steady", not each.made) for each in self.stages)
        found = run(given)
        for k, value, kind in zip(stage.made, found, stage.kinds, strict=True):
            if value.__class__ is not ndarray or not value.flags.c_contiguous:
                value = np.asarray(as_buffer(value, kind), order="C")
            known[k] = value


def is_own(known: list[Any], k: int) -> bool:
    """Whether nobody but the list of values holds the value ``k``, or an array on its memory."""
    value = known[k]
    if getrefcount(value) > ONLY or not value.flags.writeable:
        return False
    while isinstance(value.base, ndarray):   # it is a view, as of itself in another shape
        below = value.base
        if getrefcount(below) > ONLY:
            return False
        value = below
    return True


getrefcount: Callable[[object], int] = getattr(sys, "getrefcount", lambda thing: 1 << 30)
ONLY = 3
"""The count of what a list, a name and the call that counts hold."""


class _Plan:
    """How a graph is cut: ``place`` has the place among the values of each node that has one."""

    def __init__(self, graph: Graph) -> None:
        self.given = set(graph.inputs)
        self.place = {node: k for k, node in enumerate(graph.inputs)}
        nodes = graph.nodes()
        effects = [node for node in effects_of(nodes) if node not in self.given]
        self.wave: dict[Node, int] = {}
        """In which stage each node runs, or an effect starts."""
        self.end: dict[Node, int] = {}
        """After which stage an effect is waited for."""
        self.order(nodes, max(LEAST, sum(map(nbytes, effects)) // MOST_PARTS))
        self.wanted = wanted = set(graph.outputs)
        readers: dict[Node, list[Node]] = {node: [] for node in nodes}
        for node in nodes:
            for arg in node.args if node not in self.given else ():
                readers[arg].append(node)
        self.sink(nodes, readers)
        self.stages = []
        for wave in range(max((*self.wave.values(), *self.end.values()), default=0) + 1):
            here = [node for node in effects if self.wave[node] == wave]
            stage = self.stage(nodes, wave)
            for node in here:
                self.place[node] = len(self.place)
            stage.effects = [Started(
                node, self.place[node.args[0]], self.place[node],
                len(readers[node.args[0]]) == 1 and node.args[0] not in wanted | self.given)
                for node in here]
            stage.waits = sum(self.end[node] == wave for node in effects)
            self.stages.append(stage)

    def order(self, nodes: Sequence[Node], enough: int) -> None:
        """Find the stages: an effect starts no sooner, and ends no sooner, than those before it;
        for so many bytes that is ``enough`` there is a stage of their own."""
        last = end = size = 0
        for node in nodes:
            if node in self.given:
                self.wave[node] = 0
                continue
            wave = max((self.after(arg) for arg in node.args), default=0)
            if isinstance(node.prim, Effect):
                wave = last = max(wave, last)
                if size >= enough or wave > end:
                    end, size = max(end + (size >= enough), wave), 0
                size += nbytes(node)
                self.end[node] = end
            self.wave[node] = wave

    def sink(self, nodes: Sequence[Node], readers: dict[Node, list[Node]]) -> None:
        """Leave to later stages what only they read, and can make in a loop of what is there from
        the beginning: a share of a moment, say, that a gradient is added to."""
        there, kept = set(self.given), self.given | self.wanted
        for node in nodes:
            same = node.prim.same_as
            if node.weak or (same is not None and node.args[same] in there):
                there.add(node)
        for node in reversed(nodes):
            sinks = node not in kept and (node.prim.elementwise or node in there) and (
                there.issuperset(node.args))
            if sinks and not any(isinstance(each.prim, Effect) for each in readers[node]):
                self.wave[node] = min(self.wave[each] for each in readers[node])

    def after(self, node: Node) -> int:
        """The first stage that can read ``node``."""
        return self.end[node] + 1 if node in self.end else self.wave[node]

    def stage(self, nodes: Sequence[Node], wave: int) -> Stage:
        """What runs in a stage."""
        later = {arg for node in nodes if node not in self.given
                 and (self.wave[node] > wave or isinstance(node.prim, Effect))
                 for arg in node.args} | self.wanted
        outputs = [node for node in nodes if node in later and self.runs_in(node, wave)]
        mapping: dict[Node, Node] = {}
        for node in self.read_by(outputs):
            mapping[node] = node if node in self.given else free(node.shape, node.dtype)
        new = substitute(outputs, {a: b for a, b in mapping.items() if a is not b}, -1)
        read = [self.place[node] for node in mapping]
        for node in outputs:
            self.place[node] = len(self.place)
        return Stage(Graph(mapping.values(), new), read, [self.place[node] for node in outputs],
                     [], 0)

    def runs_in(self, node: Node, wave: int) -> bool:
        """Whether a part has ``node`` among its outputs."""
        return (self.wave[node] == wave and node not in self.place
                and not isinstance(node.prim, Effect)
                and (not node.weak or node in self.wanted))   # each part makes numbers for itself

    def read_by(self, outputs: list[Node]) -> list[Node]:
        """What a part reads that is there before it."""
        seen: set[Node] = set()
        stack, found = list(outputs), []
        while stack:
            node = stack.pop()
            if node in seen:
                continue
            seen.add(node)
            if node in self.place:
                found.append(node)
            else:
                stack += node.args
        return sorted(found, key=lambda node: node.index)


def nbytes(node: Node) -> int:
    """The bytes of a value."""
    return node.size * node.dtype.itemsize
