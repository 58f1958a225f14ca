"""The way between a result and a tensor that it depends on: which recorded nodes lie on it.

A history reaches over several *units*: the current recording and the segments that flushed ones
left. :func:`find_way` starts at the result, follows the history through the units, and returns the
part between as one graph.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple
from weakref import ReferenceType

from ..engine.graph import Node, reachable
from ..engine.recording.handle import Handle
from ..engine.recording.program import path_nodes
from ..engine.recording.recording import Recording
from ..engine.recording.segment import CustomOutput, Segment

Unit = Recording | Segment


class Place(NamedTuple):
    """A node of a unit; equal recordings share their nodes, so a node alone is not a place."""

    unit: Unit
    node: Node


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


Edge = tuple[int, Node]
"""An argument of a node on the way, with its position."""


class Way:
    """The nodes between ``start`` (the tensor) and ``end`` (the result), copied into one graph.

    ``nodes`` are those on the way, in topological order, ``before`` the arguments of each that are
    on it too. ``values`` are known values, ``leaves`` the tensors at which other gradients end,
    ``customs`` the calls of custom functions, ``places`` where each copy comes from.
    """

    def __init__(self) -> None:
        self.end: Node
        self.start: Node
        self.nodes: list[Node] = []
        self.before: dict[Node, list[Edge]] = {}
        self.values: dict[Node, Any] = {}
        self.leaves: dict[Node, Handle] = {}
        self.customs: dict[Node, Any] = {}
        self.places: dict[Place, Node] = {}

    def paths(self) -> int:
        """How many paths there are."""
        count = {self.start: 1}
        for node in self.nodes:
            if node is not self.start:
                count[node] = sum(count[arg] for _, arg in self.before[node])
        return count[self.end]

    def each_path(self) -> list[list[Edge]]:
        """Every path from the end to the start; mind how many there are."""
        found: list[list[Edge]] = []
        todo: list[tuple[Node, list[Edge]]] = [(self.end, [])]
        while todo:
            node, steps = todo.pop()
            if node is self.start:
                found.append(steps)
            else:
                todo += [(arg, [*steps, (i, arg)]) for i, arg in self.before[node]]
        return found[::-1]


def find_way(end: Place, target: Handle, goal: Place | None,
             moments: dict[Unit, Moment]) -> Way | None:
    """The way from ``target`` to ``end``, or None. ``goal`` is the place of a target that is no
    leaf; ``moments`` are what is known of some units."""
    older: dict[Place, list[Place]] = {}
    starts: set[Place] = set()
    todo = [end]
    while todo:
        place = todo.pop()
        if place in older:
            continue
        if place.unit not in moments:
            moments[place.unit] = moment_of(place.unit)()
        origin = moments[place.unit].sources.get(place.node)
        older[place] = []
        if place == goal or (isinstance(origin, ReferenceType) and origin() is target):
            starts.add(place)
        elif isinstance(origin, tuple):
            older[place] = [Place(*origin)]
        elif not isinstance(origin, ReferenceType):
            custom = isinstance(origin, CustomOutput)
            older[place] = [Place(place.unit, arg) for _, arg in edges(place.node, custom)]
        todo += older[place]
    useful: set[Place] = set()
    for place in sorted(older, key=_age):
        if place in starts or not useful.isdisjoint(older[place]):
            useful.add(place)
    return joined(end, starts, useful, moments) if end in useful else None


def edges(node: Node, custom: bool = False) -> list[Edge]:
    """The arguments of ``node`` through which gradients flow; ``custom`` says that it is the result
    of a custom function, whose arguments come after its value."""
    return [(i, arg) for i, arg in enumerate(node.args) if arg.requires_grad and (
        i > 0 if custom else node.prim.derivative(i) is not None)]


def joined(end: Place, starts: set[Place], useful: set[Place], moments: dict[Unit, Moment]) -> Way:
    """The useful places, and what their nodes are made from, as one graph."""
    way = Way()
    tops: dict[Unit, list[Node]] = {}
    for place in sorted(useful, key=_age):
        tops.setdefault(place.unit, []).append(place.node)
    for unit, nodes in tops.items():
        for node in reachable(nodes):
            copy_node(way, Place(unit, node), starts, useful, moments[unit])
    way.end = way.places[end]
    way.before = {node: [(i, arg) for i, arg in before if arg in way.before]
                  for node, before in way.before.items()}
    way.nodes = list(way.before)
    return way


def copy_node(way: Way, place: Place, starts: set[Place], useful: set[Place], moment: Moment
              ) -> None:
    """Enter the copy of a place in ``way``, after those of its arguments."""
    unit, node = place
    origin = moment.sources.get(node)
    there = None
    if place in starts:
        there = getattr(way, "start", None)
    elif isinstance(origin, tuple) and place in useful:
        there = way.places[Place(*origin)]
    if there is not None:   # the same value in an older unit
        way.places[place] = there
        if node in moment.values:
            way.values.setdefault(there, moment.values[node])
        return
    copy = Node(node.prim, tuple(way.places[Place(unit, arg)] for arg in node.args), node.params,
                node.shape, node.dtype, node.requires_grad, node.weak, node.device)
    copy.line, copy.call = node.line, node.call
    way.places[place] = copy
    if node in moment.values:
        way.values[copy] = moment.values[node]
    leaf = origin() if isinstance(origin, ReferenceType) else None
    if leaf is not None:
        way.leaves[copy] = leaf
    elif isinstance(origin, CustomOutput):
        way.customs[copy] = origin.custom
    elif isinstance(origin, tuple):
        way.places.setdefault(Place(*origin), copy)
    if place in starts:
        way.start = copy
    if place in useful:
        way.before[copy] = [] if place in starts else edges(copy, isinstance(origin, CustomOutput))


def _age(place: Place) -> tuple[float, int]:
    unit, node = place
    return (unit.seq if isinstance(unit, Segment) else float("inf"), node.index)
