"""Programs: what a flush runs, planned once for a step of the trace tree and a set of live results.

Start with :func:`plan_program`.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Sequence
from operator import itemgetter
from time import perf_counter as clock
from typing import Any

import numpy as np

from ...config import config
from ..backends import effort
from ..backends.choice import Run, compiled_or_straight, explorer
from ..errors import Line, show_line
from ..graph import Graph, Node, operators, reachable
from ..ops.collectives import effects_of
from ..transforms.vjp import flow, residuals_of
from .handle import Kind, kind_of
from .observers import Observer, Running
from .tree import Step
from .worth import Estimate, in_turns, ledger, of_graph

Freed = dict[Node, Line | None]


serial = itertools.count()
"""Tells plans and walked programs apart."""


class SegmentPlan:
    """What a later backward of a program's live results needs: ``residuals``, the nodes whose
    values are kept, and ``sources``, the ends that gradients reach. ``freed`` are the nodes that a
    backward has been through, with its line. ``leading`` holds, for ends that were asked for, the
    nodes that lead to them. ``changes`` counts, of the backwards through many segments that began
    alike and came through this one, how many of the last went another ``way`` each."""

    __slots__ = ("_turns", "_without", "changes", "freed", "leading", "outputs", "readers",
                 "residuals", "serial", "size", "sources", "way")

    def __init__(self, outputs: tuple[Node, ...], residuals: tuple[Node, ...],
                 sources: tuple[Node, ...], freed: Freed, size: int) -> None:
        self.serial = next(serial)
        self.size = size
        """How many nodes gradients flow through."""
        self.outputs = outputs
        self.residuals = residuals
        self.sources = sources
        self.freed = freed
        self.leading: dict[Any, set[Node]] = {}
        self.readers: tuple[dict[Node, list[Node]], tuple[Node, ...]] | None = None
        """What reads the residuals, once somebody has asked (``freed.py``)."""
        self.changes = 0
        self.way: int | None = None
        self._without: tuple[Any, ...] = (None, (), None)
        """What was let go of last, and what that left."""
        self._turns: int | None = None

    def turns(self) -> int:
        """How many of those are in later turns of loops."""
        if self._turns is None:
            self._turns = in_turns(flow(self.outputs))
        return self._turns

    def without(self, nodes: Sequence[Node]) -> tuple[tuple[Node, ...], Any]:
        """The residuals but for ``nodes``, and what picks them."""
        gone, left, pick = self._without
        if gone is not nodes:
            dropped = set(nodes)
            places = [k for k, node in enumerate(self.residuals) if node not in dropped]
            left = tuple([self.residuals[k] for k in places])
            pick = picker(places)
            self._without = nodes, left, pick
        return left, pick

    def note_way(self, way: int) -> None:
        """A backward through many segments has gone this ``way``."""
        self.changes = 0 if self.way in (None, way) else self.changes + 1
        self.way = way


class Stage:
    """What one adjoint step made: the cotangents ``cts`` of ``ends``, from those ``given`` and the
    ``residuals`` that it read; ``freed`` are the nodes that it went through, ``drop`` the residuals
    no other node reads. ``places`` are those of the ends among the recording's sources, and
    ``ways`` pairs each with its cotangent. ``update_follows`` says that an update of parameters
    comes after it, as was seen after the backward of this ``line``. ``effects`` are among what it
    made."""

    __slots__ = ("cost", "cts", "drop", "effects", "ends", "freed", "given", "line", "outlets",
                 "picks", "places", "program", "residuals", "run", "turns", "update_follows",
                 "ways")

    def __init__(self, ends: tuple[Node, ...], cts: tuple[Node, ...], freed: Freed,
                 residuals: tuple[Node, ...] = (), drop: tuple[Node, ...] = (),
                 places: tuple[int, ...] = (), given: tuple[Node, ...] = ()) -> None:
        self.ends = ends
        self.given = given
        self.program: Program | None = None
        """What runs it where its path is walked, with the values given, then the residuals."""
        self.run: Callable[..., Any] | None = None
        """What runs it where its path is taken from a tape: the same on all paths that it is on."""
        self.cts = cts
        self.freed = freed
        self.residuals = residuals
        self.drop = drop
        self.effects: list[Node] = []
        self.places = places
        self.ways = tuple(zip(places, cts, strict=False))
        self.outlets: tuple[tuple[int, Node], ...] | None = None
        """Its cotangents, each with the place of its end in the segment, once that was asked."""
        self.picks: Any = None
        """What pick its residuals of those that a segment keeps, once that was asked."""
        self.cost = 0.0
        """What it is estimated to take where it is walked, in microseconds."""
        self.turns = 0
        """How many of its nodes are in later turns of loops."""
        self.line: Line | None = None
        self.update_follows = False


class Program:
    """A recording that can run: from the values of its inputs and numbers to those of ``outputs``.

    ``segment`` is the plan of what to keep for a later backward, or None, and ``ends`` the place
    among the recording's sources of each source that it reaches, which ``pick`` picks. ``live``
    says for each result that is waited for: its place among the outputs, its NumPy dtype, whether a
    gradient flows through it, and its place among the sources (-1 if it is none).
    """

    __slots__ = ("__weakref__", "asked", "counted", "direct", "ends", "estimate",
                 "explorer", "graph", "learned", "live", "outputs", "paid", "pick", "run", "runs",
                 "saves", "segment")

    def __init__(self, graph: Graph, outputs: tuple[Node, ...], live: tuple[Node, ...],
                 segment: SegmentPlan | None, sources: list[Node]) -> None:
        self.graph = graph
        self.outputs = outputs
        self.segment = segment
        places = {node: k for k, node in enumerate(sources)}
        position = {node: k for k, node in enumerate(outputs)}
        self.ends = [(node, places[node]) for node in (segment.sources if segment else ())]
        self.pick = picker([k for _, k in self.ends])
        self.live = [(position[node], node.dtype.numpy, node.requires_grad,
                      -1 if node in places and is_result(node) else places.get(node, -1))
                     for node in live]
        self.runs = 0
        self.paid = False
        """Whether what it would save was spent already: then it is compiled when it runs next."""
        self.asked = effort.NOT
        """Whether compiling was asked for."""
        self.estimate: Estimate | None = None
        """What it costs, once that was asked."""
        self.saves, self.counted = 0.0, 0
        """What a run saves once it is compiled, and how many of its runs the ledger has."""
        self.explorer: Running | None = None
        """What runs it before it is compiled."""
        self.learned: list[tuple[int, Kind, int]] | None = None
        """``live`` once the outputs' buffers are of the same kind at each run: the place among the
        outputs, the kind, and the place among the sources; of what is no source ``IN_SEGMENT`` if a
        gradient flows through it, else ``NOWHERE``."""
        self.run: Run | None = None
        self.direct: Callable[[list[Any]], list[Any]] | None = None
        """The quickest way to run it again, which takes the list that it is given."""

    def __call__(self, values: Sequence[Any], told: tuple[Observer, ...] = ()) -> list[Any]:
        """The values of the outputs, then those of the segment's residuals; ``told`` are the
        observers of it."""
        self.runs += 1
        if told:
            return self.observed(values, told)
        return (self.run or self.chosen(values, told))(values)

    def chosen(self, values: Sequence[Any], told: tuple[Observer, ...]) -> Running:
        """What it runs as: the interpreter at first, then what a backend has made of it."""
        if config.explores() and not self.pays():
            if self.estimate is not None:
                ledger.walked += self.estimate.more
            if self.explorer is None:
                self.explorer = explorer(self.graph)
            return self.explorer
        self.explorer = None
        start = clock() if told else 0.0
        before, effort.thorough.asked = effort.thorough.asked, self.asked
        try:
            run = compiled_or_straight(self.graph, values)
        finally:
            effort.thorough.asked = before
        ledger.compiled(self)
        for observer in told:
            observer.program_compiled(self.graph, start, clock())
        if self.run is None:   # another thread may have been quicker: one is for all
            self.run = run
        run = self.run
        self.direct = getattr(run, "consume", run)
        return run

    def pays(self) -> bool:
        """Whether it is worth compiling by now."""
        if config.tier == "eager":
            return False
        if self.paid:
            return True
        if config.compile_after is not None:
            return self.runs >= config.compile_after
        if self.estimate is None:
            self.estimate = of_graph(self.graph.nodes())
        return self.runs > self.estimate.later and self.estimate.pays(self.runs - 1)

    def observed(self, values: Sequence[Any], told: tuple[Observer, ...]) -> list[Any]:
        """The same, with the observers told what runs."""
        graph = self.graph
        for observer in told:
            observer.program_begins(graph, values)
        run: Running = self.run or self.chosen(values, told)
        for observer in told:
            run = observer.measured(graph, run)
        start = clock()
        try:
            return run(values)
        finally:
            end = clock()
            for observer in told:
                observer.program_ran(graph, start, end)

    def own(self, error: Exception, values: Sequence[Any]) -> Exception:
        """``error``, with this graph's lines where what runs was made of another, which is equal.
        """
        if getattr(self.run, "graph", self.graph) is self.graph:
            return error
        try:
            explorer(self.graph)(values)
        except Exception as own:
            return own
        return error

    def steady(self) -> bool:
        """Whether the outputs have the same layout at each run from now on."""
        return self.run is not None and self.run.steady

    def learn(self, values: Sequence[Any]) -> None:
        """Note the kinds of the outputs."""
        self.learned = [(k, kind_of(np.asarray(values[k])), place if flows else NOWHERE)
                        for k, _, flows, place in self.live]


IN_SEGMENT, NOWHERE = -1, -2


def is_result(source: Node) -> bool:
    """Whether a ``source`` is the result of a custom function: the history of a tensor that has its
    value begins with it, where that of others goes on behind it."""
    return len(source.args) > 1


def picker(places: Sequence[int]) -> Callable[[Sequence[Any]], tuple[Any, ...]]:
    """The function that picks the items at ``places`` of a sequence."""
    if not places:
        return lambda items: ()
    only = places[0]
    return itemgetter(*places) if len(places) > 1 else lambda items: (items[only],)


class _Walked(threading.local):
    """The path that this thread has walked last, and what is on it: a longer one goes on there, so
    that the calls of a long recording do not each walk all of it."""

    def __init__(self) -> None:
        self.path: tuple[Step | None, PathNodes] = None, ([], [], [], {})


PathNodes = tuple[list[Node], list[Node], list[Node], Freed]
_walked = _Walked()


def path_nodes(at: Step) -> PathNodes:
    """The inputs, numbers, sources and freed nodes of the path to ``at``."""
    known, found = _walked.path
    steps = []
    step: Step | None = at
    while step is not None and step is not known:
        steps.append(step)
        step = step.parent
    inputs, numbers, sources, freed = found if step is not None else ([], [], [], {})
    inputs, numbers, sources, freed = [*inputs], [*numbers], [*sources], {**freed}
    for step in reversed(steps):
        inputs += step.inputs
        numbers += step.numbers
        sources += step.sources
        if step.freed:
            freed.update(step.freed)
    if len(steps) > _FAR:
        _walked.path = at, (inputs, numbers, sources, freed)
        return [*inputs], [*numbers], [*sources], {**freed}
    return inputs, numbers, sources, freed


_FAR = 100
"""So many steps are walked again rather than noted."""


def effects_on(at: Step) -> list[Node]:
    """The effects on the path to ``at``: they run whether or not somebody waits for them."""
    found: list[Node] = []
    for step in at.path() if not at.walks else ():
        if type(step.out) is Stage:
            found += step.out.effects
        elif step.template is not None and step.template.effect:
            outs = [step.out] if step.template.single else step.out
            found += effects_of(reachable(outs, stop=step.operands))
    return found


def check_once(at: Step) -> None:
    """NotImplementedError where the path to ``at``, of which a part is to run now and all of it
    later, has effects."""
    if not at.walks and (found := effects_on(at)):
        raise NotImplementedError(
            f"{found[0].prim.name} between processes, at {show_line(found[0].line)}, where a value "
            "is looked at before the program ends: in forward mode, or from another thread")


def plan_program(at: Step, live: tuple[Node, ...]) -> Program:
    """The program of a recording that ends at ``at`` where the results ``live`` are waited for."""
    inputs, numbers, sources, freed = path_nodes(at)
    outputs = tuple(dict.fromkeys((*live, *effects_on(at))))
    given = set(sources)
    flows = tuple(node for node in dict.fromkeys(live)
                  if node.requires_grad and (node not in given or is_result(node)))
    segment = plan_segment(flows, given, freed) if flows else None
    kept = segment.residuals if segment else ()
    return Program(Graph([*inputs, *numbers], [*outputs, *kept]), outputs, live, segment, sources)


def plan_segment(outputs: tuple[Node, ...], sources: set[Node], freed: Freed) -> SegmentPlan:
    """What to keep for a later backward of ``outputs``."""
    residuals: dict[Node, None] = {}
    ends = []
    lost: Freed = {}
    flows = flow(outputs)
    for node in flows:
        if node in sources:
            ends.append(node)
        if node in freed:
            lost[node] = freed[node]
        elif node.args:
            residuals.update(dict.fromkeys(residuals_of(node)))
    kept = tuple(node for node in residuals if node.prim is not operators.constant)
    return SegmentPlan(outputs, kept, tuple(ends), lost, len(flows))
