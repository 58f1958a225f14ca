"""The way between a result and tensors that it depends on: which recorded nodes lie on it.

A history reaches over several *units*: the current recording and the segments that flushed ones
left. :func:`find_way` starts at the result, follows the history through the units, and returns the
part between as one graph.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple
from weakref import ReferenceType

from ..engine.graph import Node, reachable
from ..engine.recording.handle import Handle, is_leaf
from ..engine.recording.program import path_nodes
from ..engine.recording.recording import Recording, history
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
    """The nodes between ``starts`` (the tensors) and ``end`` (the result), copied into one graph.

    ``starts`` has each start's tensor, where that is a leaf. ``nodes`` are those on the way, in
    topological order, ``before`` the arguments of each that are on it too. ``values`` are known
    values, ``leaves`` the tensors at which other gradients end, ``customs`` the calls of custom
    functions, ``places`` where each copy comes from, ``operands`` what the user's operation was
    given whose result a node is.
    """

    def __init__(self) -> None:
        self.end: Node
        self.starts: dict[Node, Handle | None] = {}
        self.nodes: list[Node] = []
        self.before: dict[Node, list[Edge]] = {}
        self.values: dict[Node, Any] = {}
        self.leaves: dict[Node, Handle] = {}
        self.customs: dict[Node, Any] = {}
        self.places: dict[Place, Node] = {}
        self.operands: dict[Node, tuple[Node, ...]] = {}


def find_way(end: Place, targets: Sequence[Handle] | None, moments: dict[Unit, Moment]
             ) -> Way | None:
    """The way from ``targets`` (None: every leaf) to ``end``, or None if nothing leads there.
    ``moments`` are what is known of some units."""
    goals = {} if targets is None else {
        Place(*found): None for each in targets
        if not is_leaf(each) and (found := history(each)) is not None}
    wanted = None if targets is None else {id(each) for each in targets}
    older: dict[Place, list[Place]] = {}
    starts: dict[Place, Any] = {}
    todo = [end]
    while todo:
        place = todo.pop()
        if place in older:
            continue
        if place.unit not in moments:
            moments[place.unit] = moment_of(place.unit)()
        origin = moments[place.unit].sources.get(place.node)
        older[place] = []
        leaf = origin() if isinstance(origin, ReferenceType) else None
        if place in goals:
            starts[place] = place
        elif leaf is not None and (wanted is None or id(leaf) in wanted):
            starts[place] = leaf
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


def joined(end: Place, starts: dict[Place, Any], useful: set[Place], moments: dict[Unit, Moment]
           ) -> Way:
    """The useful places, and what their nodes are made from, as one graph."""
    way = Way()
    begun: dict[int, Node] = {}
    tops: dict[Unit, list[Node]] = {}
    for place in sorted(useful, key=_age):
        tops.setdefault(place.unit, []).append(place.node)
    for unit, nodes in tops.items():
        for node in reachable(nodes):
            copy_node(way, Place(unit, node), starts, begun, useful, moments[unit])
    way.end = way.places[end]
    way.before = {node: [(i, arg) for i, arg in before if arg in way.before]
                  for node, before in way.before.items()}
    way.nodes = list(way.before)
    return way


def copy_node(way: Way, place: Place, starts: dict[Place, Any], begun: dict[int, Node],
              useful: set[Place], moment: Moment) -> None:
    """Enter the copy of a place in ``way``, after those of its arguments; ``begun`` are the starts
    so far, by what they are."""
    unit, node = place
    origin = moment.sources.get(node)
    there = None
    if place in starts:
        there = begun.get(id(starts[place]))
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
    if node.call is not None:
        way.operands[copy] = tuple(way.places[Place(unit, each)] for each in node.call.operands
                                   if Place(unit, each) in way.places)
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
        begun[id(starts[place])] = copy
        way.starts[copy] = leaf
    if place in useful:
        way.before[copy] = [] if place in starts else edges(copy, isinstance(origin, CustomOutput))


def _age(place: Place) -> tuple[float, int]:
    unit, node = place
    return (unit.seq if isinstance(unit, Segment) else float("inf"), node.index)


def back(nodes: Iterable[Node], ends: Callable[[Node], bool]) -> list[Node]:
    """``nodes`` and what they are made from, the oldest first, back to those that are ``ends``,
    which are there too."""
    seen: set[Node] = set()
    todo = list(nodes)
    while todo:
        node = todo.pop()
        if node not in seen:
            seen.add(node)
            if not ends(node):
                todo.extend(node.args)
    return sorted(seen, key=lambda node: node.index)
