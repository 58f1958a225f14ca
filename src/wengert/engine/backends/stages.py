"""Programs with effects: what is between them runs as any graph does, and they run between that.

:class:`Staged` cuts a graph where an effect (``ops/collectives.py``) has to have ended. The parts
are graphs of their own, for which a backend finds what runs them, so that a kernel that hands its
part back does no effect twice. All effects that do not wait for each other start together, in the
order in which they were recorded, and what needs none of them runs before that.
"""

from __future__ import annotations

import sys
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


class Started(NamedTuple):
    """An effect, where its argument is among the values and where its result goes, and whether
    nobody else reads the argument."""

    node: Node
    source: int
    target: int
    alone: bool


class Stage:
    """A part of a graph and the ``effects`` after it: ``read`` are the places of its inputs among
    the values, ``made`` those of its outputs."""

    __slots__ = ("effects", "graph", "kinds", "made", "read", "run")

    def __init__(self, graph: Graph, read: list[int], made: list[int],
                 effects: list[Started]) -> None:
        self.graph, self.read, self.made, self.effects = graph, read, made, effects
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
        for stage in self.stages:
            self.run(stage, known)
            pending = [
                each.node.prim.begin(   # type: ignore[attr-defined]
                    each.node, known[each.source], each.alone and is_own(known, each.source))
                for each in stage.effects]
            for each, began in zip(stage.effects, pending, strict=True):
                known[each.target] = began.wait()
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
        self.wave = self.waves(nodes)
        readers = dict.fromkeys(nodes, 0)
        for arg in (arg for node in nodes for arg in node.args):
            readers[arg] += 1
        self.wanted = wanted = set(graph.outputs)
        effects = effects_of(nodes)
        self.stages = []
        for wave in range(max(self.wave.values(), default=0) + 1):
            here = [node for node in effects if self.wave[node] == wave]
            stage = self.stage(nodes, wave)
            for node in here:
                self.place[node] = len(self.place)
            stage.effects = [Started(
                node, self.place[node.args[0]], self.place[node],
                readers[node.args[0]] == 1 and node.args[0] not in wanted | self.given)
                for node in here]
            self.stages.append(stage)

    def waves(self, nodes: list[Node]) -> dict[Node, int]:
        """After how many waits for effects each node can run; an effect no sooner than those
        before it."""
        wave: dict[Node, int] = {}
        last = 0
        for node in nodes:
            found = 0
            for arg in () if node in self.given else node.args:
                found = max(found, wave[arg] + isinstance(arg.prim, Effect) * (
                    arg not in self.given))
            if isinstance(node.prim, Effect) and node not in self.given:
                last = found = max(found, last)
            wave[node] = found
        return wave

    def stage(self, nodes: list[Node], wave: int) -> Stage:
        """What runs after so many waits."""
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
                     [])

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
