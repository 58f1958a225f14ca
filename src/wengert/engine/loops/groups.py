"""Groups: nodes of a graph that share a loop.

:class:`Fusion` partitions a graph into *groups*, each of which becomes one kernel, and single
nodes, which stay library calls. The nodes of a group share a loop over its space, where each has a
place (``places.py``). What a kernel can compute, and what is worth a loop of its own, is asked of
the backend: :class:`Target`.

Start with :class:`Group`, then :class:`Fusion`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable
from typing import Protocol

from ..graph import Graph, Node, Shape
from ..ops.elementwise import constant
from ..ops.structural import full
from .paths import Paths
from .places import (
    AFTER,
    COLUMN,
    MOVES,
    ROW,
    Fit,
    Place,
    is_leaf,
    leaves_of,
    ones,
    placed,
    steers,
)


class Target(Protocol):
    """What fusion asks of the backend whose kernels the groups become."""

    most_nodes: int
    """A kernel has no more nodes than this."""
    least_row: int
    """A loop that becomes shorter than this costs more than what is not written saves."""

    def computes(self, node: Node) -> bool:
        """Whether a kernel can compute ``node``."""

    def shared(self) -> int | None:
        """Over how many elements threads share a loop, each with totals of its own; None if there
        is one thread."""

    def single_kernels(self, nodes: Iterable[Node]) -> Callable[[Node, bool], bool]:
        """What says of one of ``nodes``, and whether kernels read it, that it has a kernel of its
        own kind."""

    def is_product(self, node: Node) -> bool:
        """Whether a kernel calls the library for ``node``, a product of matrices."""


class Group:
    """Nodes that share a loop over ``space``, whose first ``outer`` dimensions are outside.

    ``steered`` says that it depends on the nodes how the space is split, and ``fixed`` that a
    reduction settled it; ``late`` that it is made of totals that come
    together when their loop is over; ``own`` that it is one node that has a kernel of its own kind.
    ``stored`` are the nodes whose values are used outside.
    """

    __slots__ = ("fixed", "id", "inputs", "late", "nodes", "outer", "own", "places", "space",
                 "steered", "stored")

    def __init__(self, id: int, space: Shape, outer: int, nodes: list[Node],
                 places: dict[Node, Place], *, late: bool = False,
                 inputs: Iterable[Node] = (), own: bool = False) -> None:
        self.id = id
        self.space = space
        self.outer = outer
        self.nodes = nodes
        self.places = places
        self.steered = any(map(steers, nodes))
        self.fixed = False
        self.late = late
        self.own = own
        self.stored: list[Node] = []
        self.inputs = list(dict.fromkeys(inputs))


Item = Group | Node


class Fusion:
    """The partition of one graph, made node by node in topological order."""

    def __init__(self, graph: Graph, target: Target) -> None:
        self.target = target
        self.shared = target.shared()
        self.given = set(graph.inputs)
        self.items: list[Item | None] = []
        self.of: dict[Node, int] = {}
        self.paths = Paths()
        for node in graph.nodes():
            if node not in self.given and node.prim is not constant and not is_leaf(node):
                self.add(node)
        # A leaf that a library call or the user needs is made by a library call.
        wanted = [arg for item in self.items if isinstance(item, Node) for arg in item.args]
        for node in dict.fromkeys([*wanted, *graph.outputs]):
            if is_leaf(node):
                self.enter(node, ())

    def add(self, node: Node) -> None:
        owners = dict.fromkeys(self.of[arg] for arg in node.args if arg in self.of)
        if not self.target.computes(node):
            self.enter(node, owners)
            return
        near = [i for i in sorted(owners, reverse=True) if isinstance(self.items[i], Group)]
        late = self.shared is not None and any(self.comes_late(i, node) for i in near)
        if late:   # an earlier group that it joined would wait for the totals, too
            near = [i for i in near if self.group(i).late]
        for i in near:
            if self.join(i, node, owners):
                for j in near:
                    if j != i and self.items[j] is not None and (
                            self.group(i).late is self.group(j).late):
                        i = self.merge(i, j)
                return
        space = node.args[0].shape if node.prim.reduction is not None else node.shape
        nodes = [*leaves_of(node, ()), node]
        fit = placed(space, nodes)
        if fit is None or (node.prim in MOVES and not ones(node.shape)
                           and node.prim is not full):
            self.enter(node, owners)
            return
        self.enter(Group(len(self.items), space, fit[0], nodes, fit[1], late=late), owners)
        self.of[node] = len(self.items) - 1

    def group(self, i: int) -> Group:
        group = self.items[i]
        assert isinstance(group, Group)
        return group

    def comes_late(self, i: int, node: Node) -> bool:
        """Whether ``node`` is made of totals of group ``i``, where threads may share the loop: each
        thread has totals of its own, and what is made of their sums comes afterwards."""
        group = self.group(i)
        if self.shared is None or group.late or node.prim.reduction is not None or (
                max(math.prod(group.space), node.size) < self.shared):
            return False
        known = extended(group, node)
        if known is None or math.prod(known[0]) < self.shared:
            return False
        _, outer, places = known
        return places[node].kind in ((AFTER, COLUMN) if outer else (AFTER, COLUMN, ROW))

    def enter(self, item: Item, owners: Collection[int]) -> None:
        if isinstance(item, Node):
            self.of[item] = len(self.items)
        self.items.append(item)
        self.paths.enter(owners)

    def join(self, i: int, node: Node, owners: Iterable[int]) -> bool:
        """Put ``node`` into group ``i`` if no other argument of it depends on that group."""
        group = self.group(i)
        if len(group.nodes) >= self.target.most_nodes:
            return False
        others = [j for j in owners if j != i]
        levels = self.paths.above(i, others)
        if levels is None:
            return False
        for new in [*leaves_of(node, group.places), node]:
            known = extended(group, new)
            if known is None:
                return False   # a leaf that came in stays, and is computed for nobody
            group.space, group.outer, places = known
            group.places.update(places)
            group.nodes.append(new)
            group.steered |= steers(new)
        self.of[node] = i
        self.paths.depend(i, others, levels)
        return True

    def merge(self, i: int, j: int) -> int:
        """Make groups ``i`` and ``j`` one if neither reaches the other through a third."""
        a, b = self.group(i), self.group(j)
        if len(a.nodes) + len(b.nodes) > self.target.most_nodes:
            return i
        levels = self.paths.together(i, j)
        if levels is None:
            return i
        fit = united(a, b)
        if fit is None:
            return i
        a.nodes, a.space, a.outer, a.places = fit
        a.steered |= b.steered
        self.items[j] = None
        for node in b.nodes:
            if node in self.of:
                self.of[node] = i
        self.paths.merge(i, j, levels)
        return i


def united(a: Group, b: Group) -> tuple[list[Node], Shape, int, dict[Node, Place]] | None:
    """The nodes, space, split and places of two groups together, if they fit."""
    nodes = sorted(dict.fromkeys([*a.nodes, *b.nodes]), key=lambda node: node.index)
    if a.space == b.space and not a.steered and not b.steered:
        # There is one split. Who reads nothing of the other group stays where it is.
        places = {**a.places, **b.places}
        fit = Fit(a.space, a.outer)
        if all(stays(node, fit, places, other.places)
               for group, other in ((a, b), (b, a)) for node in group.nodes):
            return nodes, a.space, a.outer, places
    for space in dict.fromkeys((a.space, b.space)):
        if a.space != b.space and not ones((a if space == b.space else b).space):
            continue
        found = placed(space, nodes)
        if found is not None:
            return nodes, space, *found
    return None


def stays(node: Node, fit: Fit, places: dict[Node, Place], other: dict[Node, Place]) -> bool:
    """Whether ``node`` keeps its place beside a group with the places ``other``."""
    for arg in node.args:
        if arg in other:
            place, now = places[node], fit.place(node, places)
            return now is not None and (now.kind, now.level) == (place.kind, place.level)
    return True


def extended(group: Group, node: Node) -> tuple[Shape, int, dict[Node, Place]] | None:
    """The space and split of ``group`` with ``node``, if it fits, and the places that are new."""
    space = node.args[0].shape if node.prim.reduction is not None else node.shape
    spaces = [group.space]
    if space != group.space and ones(group.space) and not ones(space):
        spaces.append(space)
    for wider in spaces:
        if wider == group.space:
            place = Fit(wider, group.outer).place(node, group.places)
            if place is not None and not (node.prim.reduction is not None
                                          and place.kind in (COLUMN, AFTER) and not group.fixed):
                group.fixed |= node.prim.reduction is not None
                return wider, group.outer, {node: place}
            if not group.steered and not steers(node):
                continue   # there is no other split
        found = placed(wider, [*group.nodes, node])
        if found is not None:
            return wider, *found
    return None


def needs(item: Item) -> Iterable[Node]:
    """The values that an item is given or makes itself of others."""
    if isinstance(item, Node):
        return item.args
    return item.inputs if item.own else [arg for node in item.nodes for arg in node.args]


def users_of(fusion: Fusion) -> dict[Node, set[int]]:
    """The items that use each value, and do not make it themselves."""
    users: dict[Node, set[int]] = {}
    for i, item in enumerate(fusion.items):
        made = set(item.nodes) if isinstance(item, Group) and not item.own else ()
        for arg in () if item is None else needs(item):
            if arg not in made:
                users.setdefault(arg, set()).add(i)
    return users
