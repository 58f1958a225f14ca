"""Segments: what a flushed recording leaves for a later backward.

A :class:`Segment` holds the residuals that the derivatives read, and where the gradients of its
sources go on: to a leaf, into an older segment, or to a custom function (:class:`CustomOutput`).
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any
from weakref import ref

import numpy as np

from ..errors import Line
from ..graph import Node
from .handle import Unit
from .program import Freed, Program, SegmentPlan, Stage, picker, plan_segment
from .tree import Step

Packed = tuple[Any, Any]
"""A residual in the user's keeping, and the function that gives it back as a tensor."""

sequence = itertools.count()
"""Counts recordings and segments, in the order in which they came about."""

NOT_ASKED = object()
NOTHING: Any = MappingProxyType({})
"""What few recordings have any of; who adds something makes a dict first."""


class Walk:
    """What walking a recording has kept: the ``steps`` that gradients flow through, in order, what
    their pullbacks read (``saved``, None once it is freed), the live ``outputs``, and where the
    gradients of the ``sources`` go on. ``freed`` has which steps' values backwards have freed, and
    their lines."""

    __slots__ = ("freed", "inside", "outputs", "packed", "parts", "program", "saved", "sources",
                 "steps")

    def __init__(self, program: Any) -> None:
        self.program = program
        self.steps: list[Step] = []
        self.saved: list[tuple[Any, ...] | None] = []
        self.outputs: tuple[Node, ...] = ()
        self.sources: dict[Node, Any] = {}
        self.freed: list[tuple[Sequence[int], Line]] = []
        self.inside: dict[int, dict[Node, int]] = {}
        """By step, the nodes inside a call that have a history of their own: a pullback that was
        recorded reads their values. With each, its number for ``Template.pullback``."""
        self.packed: dict[int, list[Packed | None]] = {}
        """By step, in the place of each value that its pullback reads, what the user keeps of it.
        """
        self.parts: set[Node] | None = None
        """The results of calls that give several, once somebody has asked."""

    def pack(self, packed: Mapping[Node, Packed]) -> None:
        """Let go of the values of nodes that the user keeps."""
        for k, step in enumerate(self.steps):
            if self.saved[k]:
                self.put_away(k, [None if node is None else packed.get(node)
                                  for node in nodes_read(step)])

    def put_away(self, k: int, packed: Sequence[Packed | None]) -> None:
        """Let go of those values of step ``k`` that the user keeps."""
        read = self.saved[k]
        if read is None or not any(packed):
            return
        known = self.packed.get(k, [None] * len(read))
        self.packed[k] = [new or old for new, old in zip(packed, known, strict=True)]
        self.saved[k] = tuple([None if new else value
                               for new, value in zip(packed, read, strict=True)])

    def line_of(self, k: int) -> Line | None:
        """The line of the backward that has freed the values of step ``k``."""
        return next((line for steps, line in self.freed if k in steps), None)

    def is_cut_by(self, stops: Sequence[Node]) -> bool:
        """Whether one of ``stops`` is one of several results of a call."""
        if not stops:
            return False
        if self.parts is None:
            self.parts = {out for step in self.steps if not step.template.single
                          for out in step.out}
        return not self.parts.isdisjoint(stops)

    def planned(self) -> tuple[SegmentPlan, dict[Node, Any], dict[Node, Packed], Freed]:
        """The same as a plan, its values, those that the user keeps, and the nodes whose values are
        freed."""
        plan = self.program.plan
        if plan is None:
            plan = self.program.plan = plan_segment(self.outputs, set(self.sources), {})
        values: dict[Node, Any] = {}
        packed: dict[Node, Packed] = {}
        freed: Freed = {}
        gone: set[Node] = set()
        for k, (step, read) in enumerate(zip(self.steps, self.saved, strict=True)):
            template = step.template
            made = template.stood_for(step.out if template.single else step.out[0])
            if read is None:
                freed.update({node: self.line_of(k) for node in made.values()
                              if node not in step.operands})
                gone.update(made.values())
                continue
            row = (*step.operands, *step.numbers,
                   *[made[node] for node in (*template.outs, *template.inner)])
            nodes = [row[i] for i in template.pullback(template.every).reads]
            away = self.packed.get(k, NOT_PACKED)
            packed.update([(node, found) for node, found in zip(nodes, away) if found])
            values.update([(node, value) for node, value, found in zip(nodes, read, away)
                           if not found])
        kept = {node: values[node] for node in plan.residuals if node in values}
        for node in kept:
            packed.pop(node, None)
        lost = [node for node in plan.residuals if node not in kept and node not in packed]
        # What no pullback reads (the mask of a gradient of relu, whose derivative is zeros) has to
        # be there for those of the nodes, whatever its value is; what a backward has freed has not.
        kept.update([(node, np.zeros(node.shape, node.dtype.numpy)) for node in lost
                     if node not in gone])
        return plan, kept, packed, freed


NOT_PACKED: Any = itertools.repeat(None)
"""In the place of what the user keeps of the values of a step, where that is nothing."""


def nodes_read(step: Step) -> list[Node | None]:
    """The nodes whose values the pullback of a call reads: None of a number, and of a value
    inside."""
    template = step.template
    outs = (step.out,) if template.single else step.out
    row: list[Node | None] = [*step.operands, *[None] * template.count, *outs]
    row = [None if node is None or node.weak else node for node in row]
    return [row[place] if place < len(row) else None
            for place in template.pullback(template.every).reads]


class Segment(Unit):
    """What a flushed recording leaves for a later backward.

    ``values`` holds the residuals, ``freed`` the line of the backward that freed a node's
    residuals. ``packed`` are the residuals that the user keeps: an object, and the function that
    makes a tensor of it.
    """

    __slots__ = ("__weakref__", "_ends", "_kept", "_left", "_plan", "_sources", "_values", "freed",
                 "hooks", "leaves", "packed", "seq", "token", "walk", "ways")

    def __init__(self, plan: SegmentPlan | None, kept: Sequence[Any], ends: Sequence[Any],
                 hooks: dict[Node, Any], packed: dict[Node, Packed], token: int) -> None:
        self._plan = plan
        self._kept: Sequence[Any] | None = kept
        """The values of the plan's residuals, in their order, until somebody asks by node."""
        self._left: tuple[Node, ...] | None = None
        """Those residuals that are kept, if not all are."""
        self._values: dict[Node, Any] = NOTHING
        self.walk: Walk | None = None
        """Where the recording was walked, what is kept of that, until a plan is asked for."""
        self._ends = ends
        self._sources: dict[Node, Any] | None = None
        self.ways: Any = None
        """Its sources by where they go, once somebody has asked (``wanted.py``)."""
        self.leaves: Any = NOT_ASKED
        """The leaves that a backward from here can come to, once somebody has asked."""
        self.hooks = hooks
        self.packed = packed
        self.token = token
        self.freed = plan.freed if plan is not None else {}
        self.seq = next(sequence)
        if packed:
            self.pack()

    @classmethod
    def walked(cls, walk: Walk, hooks: dict[Node, Any], token: int) -> Segment:
        """What a recording that was walked leaves."""
        segment = cls(None, (), (), hooks, {}, token)
        segment.walk = walk
        segment._sources = walk.sources
        return segment

    @property
    def plan(self) -> SegmentPlan:
        """What to keep, and the ends; of a recording that was walked only now."""
        if self._plan is None:
            assert self.walk is not None
            plan, self._values, packed, freed = self.walk.planned()
            self._kept = None
            if packed:
                self.packed = packed
            self.freed = {**self.freed, **freed}
            self._plan, self.walk = plan, None
        return self._plan

    @property
    def values(self) -> dict[Node, Any]:
        """The residuals."""
        if self._plan is None:
            assert self.plan is not None
        kept = self._kept
        if kept is not None:
            assert self._plan is not None
            nodes = self._plan.residuals if self._left is None else self._left
            self._values = dict(zip(nodes, kept, strict=True))
            self._kept = None
        return self._values

    def read_by(self, stage: Stage) -> tuple[tuple[Any, ...], tuple[Any, ...]] | None:
        """The arrays and the numbers that ``stage`` reads; None where they are to be looked for
        one by one."""
        kept = self._kept
        if kept is None or self._plan is None or self._left is not None:
            return None
        picks = stage.picks
        if picks is None:
            picks = stage.picks = picks_of(stage.residuals, self._plan.residuals)
        if not picks:
            return None
        arrays, numbers = picks[0](kept), picks[1](kept)
        if _ARRAYS.issuperset(map(type, arrays)) and _NUMBERS.issuperset(map(type, numbers)):
            return arrays, numbers
        return None

    def let_go(self, nodes: Sequence[Node]) -> None:
        """Free the residuals ``nodes``."""
        plan, kept = self._plan, self._kept
        if plan is not None and len(nodes) == len(plan.residuals):
            self._values, self._kept = {}, None
            return
        if plan is not None and kept is not None and self._left is None:
            self._left, pick = plan.without(nodes)
            self._kept = pick(kept)
            return
        values = self.values
        for node in nodes:
            values.pop(node, None)

    @property
    def sources(self) -> dict[Node, Any]:
        """Where the gradient of each source node goes."""
        sources = self._sources
        if sources is None:
            sources = self._sources = dict(zip(self.plan.sources, self._ends, strict=True))
        return sources

    def pack(self) -> None:
        """Let go of the values that the user keeps."""
        if self.packed:
            self.packed = {n: packed for n, packed in self.packed.items() if n in self.values}
            for node in self.packed:
                del self.values[node]


class LaneEnd:
    """Where the gradient of a sample of a mapped function would go, after the function: to
    ``place``, which all samples are of."""

    __slots__ = ("place",)

    def __init__(self, place: tuple[Any, Node]) -> None:
        self.place = place


class CustomOutput:
    """Where the gradient of a custom function's output ``i`` goes."""

    __slots__ = ("custom", "i")

    def __init__(self, custom: Any, i: int) -> None:
        self.custom = custom
        self.i = i


def leave_segment(rec: Any, program: Program, values: list[Any],
                  sources: list[Any]) -> Segment | None:
    """The segment of a recording that has run, if gradients can still flow through it."""
    plan = program.segment
    if plan is None:
        return None
    kept = values[len(program.outputs):] if plan.residuals else ()
    hooks = {node: hooks for node, hooks in list(rec.hooks.items()) if hooks} if (
        rec.hooks) else NOTHING
    return Segment(plan, kept, program.pick(sources), hooks, rec.packed, rec.token)


def picks_of(wanted: Sequence[Node], kept: Sequence[Node]) -> Any:
    """What pick the arrays and the numbers among ``wanted`` of the values of what is ``kept``; ()
    where one is not there."""
    places = {node: k for k, node in enumerate(kept)}
    if not places.keys() >= set(wanted):
        return ()
    return (picker([places[node] for node in wanted if not node.weak]),
            picker([places[node] for node in wanted if node.weak]))


_ARRAYS, _NUMBERS = frozenset([np.ndarray]), frozenset([int, float, bool, complex])


def goes_on(origin: Any, node: Node, rec: Unit) -> tuple[Segment, Node] | None:
    """Where the gradient of a handle goes that is no leaf and has the value of ``node``, a source
    with this ``origin``. Where that is a leaf, the handle gets a segment that holds nothing but
    the node."""
    if isinstance(origin, ref):
        plan = SegmentPlan((node,), (), (node,), {}, 1)
        return Segment(plan, (), (origin,), {}, {}, rec.token), node
    return origin if type(origin) is tuple else None
