"""The way between a result and a tensor that it depends on: which recorded nodes lie on it.

A history reaches over several *units*: the current recording and the segments that flushed ones
left. :func:`find_way` starts at the result and returns the places on the way, the oldest first.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple
from weakref import ReferenceType

from ..graph import Node
from ..recording.handle import Handle
from ..recording.program import path_nodes
from ..recording.recorder import CustomOutput, Recording, Segment

Unit = Recording | Segment


class Place(NamedTuple):
    """A node of a unit; equal recordings share their nodes, so a node alone is not a place."""

    unit: Unit
    node: Node


Edge = tuple[int | None, Place]
"""A place that another follows from, and as which argument; None if it is the same value in an
older unit."""


@dataclass
class Moment:
    """What a unit knows: where the gradients of its sources go, and values."""

    sources: dict[Node, Any]
    values: dict[Node, Any]


def moment_of(unit: Unit) -> Callable[[], Moment]:
    """What ``unit`` knows now, to be had later too: a recording is emptied when it has run, and a
    backward frees the values of a segment."""
    if isinstance(unit, Segment):
        moment = Moment(dict(unit.sources), dict(unit.values))
        return lambda: moment
    at, inputs, numbers, sources = unit.at, unit.inputs, unit.numbers, unit.sources

    def moment_at() -> Moment:
        input_nodes, number_nodes, source_nodes, _ = path_nodes(at)
        return Moment(dict(zip(source_nodes, sources, strict=False)),
                      {**dict(zip(input_nodes, inputs, strict=False)),
                       **dict(zip(number_nodes, numbers, strict=False))})
    return moment_at


@dataclass
class Way:
    """The places between ``start`` (where the tensor enters) and ``end`` (the result).

    ``before`` maps a place to the places on the way that it follows from directly.
    """

    end: Place
    starts: list[Place]
    places: list[Place]
    before: dict[Place, list[Edge]]
    moments: dict[Unit, Moment]

    def paths(self) -> int:
        """How many paths there are."""
        count = dict.fromkeys(self.starts, 1)
        for place in self.places:
            if place not in count:
                count[place] = sum(count[older] for _, older in self.before[place])
        return count[self.end]

    def each_path(self) -> list[list[Edge]]:
        """Every path from the end to a start, as the steps that it takes; mind how many there
        are."""
        found: list[list[Edge]] = []
        todo: list[tuple[Place, list[Edge]]] = [(self.end, [])]
        while todo:
            place, steps = todo.pop()
            if place in self.starts:
                found.append(steps)
                continue
            todo += [(older, [*steps, (i, older)]) for i, older in self.before[place]]
        return found[::-1]


def find_way(end: Place, target: Handle, goal: Place | None,
             moments: dict[Unit, Moment]) -> Way | None:
    """The way from ``target`` to ``end``, or None. ``goal`` is the place of a target that is no
    leaf."""
    edges: dict[Place, list[Edge]] = {}
    starts: set[Place] = set()
    todo = [end]
    while todo:
        place = todo.pop()
        if place in edges:
            continue
        unit, node = place
        if unit not in moments:
            moments[unit] = moment_of(unit)()
        origin = moments[unit].sources.get(node)
        older: list[Edge] = []
        edges[place] = older
        if place == goal or (isinstance(origin, ReferenceType) and origin() is target):
            starts.add(place)
        elif isinstance(origin, tuple):
            older.append((None, Place(*origin)))
        elif isinstance(origin, CustomOutput):
            older += [(i, Place(unit, arg)) for i, arg in enumerate(node.args)
                      if i and arg.requires_grad]
        elif origin is None:
            older += [(i, Place(unit, arg)) for i, arg in enumerate(node.args)
                      if arg.requires_grad and node.prim.derivative(i) is not None]
        todo += [place for _, place in older]
    return _only_what_leads(end, starts, edges, moments)


def _only_what_leads(end: Place, starts: set[Place],
                     edges: dict[Place, list[Edge]],
                     moments: dict[Unit, Moment]) -> Way | None:
    before: dict[Place, list[Edge]] = {}
    for place in sorted(edges, key=_age):
        older = [(i, p) for i, p in edges[place] if p in before]
        if older or place in starts:
            before[place] = older
    if end not in before:
        return None
    return Way(end, [p for p in before if p in starts], list(before), before, moments)


def _age(place: Place) -> tuple[float, int]:
    unit, node = place
    return (unit.seq if isinstance(unit, Segment) else float("inf"), node.index)
