"""Segments: what a flushed recording leaves for a later backward.

A :class:`Segment` holds the residuals that the derivatives read, and where the gradients of its
sources go on: to a leaf, into an older segment, or to a custom function (:class:`CustomOutput`).
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from types import MappingProxyType
from typing import Any
from weakref import ref

from ..errors import Line
from ..graph import Node
from .handle import Unit
from .program import Freed, Program, SegmentPlan, plan_segment
from .tree import Step

Packed = tuple[Any, Any]
"""A residual in the user's keeping, and the function that gives it back as a tensor."""

sequence = itertools.count()
"""Counts recordings and segments, in the order in which they came about."""

NOTHING: Any = MappingProxyType({})
"""What few recordings have any of; who adds something makes a dict first."""


class Walk:
    """What walking a recording has kept: the ``steps`` that gradients flow through, in order, what
    their pullbacks read (``saved``, None once it is freed), the live ``outputs``, and where the
    gradients of the ``sources`` go on. ``freed`` has which steps' values backwards have freed, and
    their lines."""

    __slots__ = ("freed", "inside", "outputs", "program", "saved", "sources", "steps")

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

    def line_of(self, k: int) -> Line | None:
        """The line of the backward that has freed the values of step ``k``."""
        return next((line for steps, line in self.freed if k in steps), None)

    def is_cut_by(self, stops: Sequence[Node]) -> bool:
        """Whether one of ``stops`` is one of several results of a call."""
        found = set(stops)
        return bool(found) and any(not step.template.single and not found.isdisjoint(step.out)
                                   for step in self.steps)

    def planned(self) -> tuple[SegmentPlan, dict[Node, Any], Freed]:
        """The same as a plan, its values, and the nodes whose values are freed."""
        plan = self.program.plan
        if plan is None:
            plan = self.program.plan = plan_segment(self.outputs, set(self.sources), {})
        values: dict[Node, Any] = {}
        freed: Freed = {}
        for k, (step, read) in enumerate(zip(self.steps, self.saved, strict=True)):
            template = step.template
            made = template.stood_for(step.out if template.single else step.out[0])
            if read is None:
                freed.update({node: self.line_of(k) for node in made.values()
                              if node not in step.operands})
                continue
            row = (*step.operands, *step.numbers,
                   *[made[node] for node in (*template.outs, *template.inner)])
            values.update(zip([row[i] for i in template.pullback(template.every).reads], read,
                              strict=True))
        kept = {node: values[node] for node in plan.residuals if node in values}
        lost = [node for node in plan.residuals if node not in kept]
        assert freed or not lost, f"nothing was kept of {lost}"
        return plan, kept, freed


class Segment(Unit):
    """What a flushed recording leaves for a later backward.

    ``values`` holds the residuals, ``freed`` the line of the backward that freed a node's
    residuals. ``packed`` are the residuals that the user keeps: an object, and the function that
    makes a tensor of it.
    """

    __slots__ = ("__weakref__", "_ends", "_plan", "_sources", "_values", "freed", "hooks",
                 "packed", "seq", "token", "walk")

    def __init__(self, plan: SegmentPlan | None, values: dict[Node, Any], ends: Sequence[Any],
                 hooks: dict[Node, Any], packed: dict[Node, Packed], token: int) -> None:
        self._plan = plan
        self._values = values
        self.walk: Walk | None = None
        """Where the recording was walked, what is kept of that, until a plan is asked for."""
        self._ends = ends
        self._sources: dict[Node, Any] | None = None
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
        segment = cls(None, {}, (), hooks, {}, token)
        segment.walk = walk
        segment._sources = walk.sources
        return segment

    @property
    def plan(self) -> SegmentPlan:
        """What to keep, and the ends; of a recording that was walked only now."""
        if self._plan is None:
            assert self.walk is not None
            plan, self._values, freed = self.walk.planned()
            self.freed = {**self.freed, **freed}
            self._plan, self.walk = plan, None
        return self._plan

    @property
    def values(self) -> dict[Node, Any]:
        """The residuals."""
        if self._plan is None:
            assert self.plan is not None
        return self._values

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
    kept = plan.residuals
    residuals = dict(zip(kept, values[len(program.outputs):], strict=True)) if kept else {}
    hooks = {node: hooks for node, hooks in list(rec.hooks.items()) if hooks} if (
        rec.hooks) else NOTHING
    return Segment(plan, residuals, program.pick(sources), hooks, rec.packed, rec.token)


def goes_on(origin: Any, node: Node, rec: Unit) -> tuple[Segment, Node] | None:
    """Where the gradient of a handle goes that is no leaf and has the value of ``node``, a source
    with this ``origin``. Where that is a leaf, the handle gets a segment that holds nothing but
    the node."""
    if isinstance(origin, ref):
        plan = SegmentPlan((node,), (), (node,), {})
        return Segment(plan, {}, (origin,), {}, {}, rec.token), node
    return origin if type(origin) is tuple else None
