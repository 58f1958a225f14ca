"""Loop plans: what the loops of a group go over, read, compute, keep, add up and write.

A :class:`LoopPlan` has no target in it. Outer dimensions are plain loops; the inner one, a *row*,
is walked once per level of the group's places. :func:`planned` makes the plan of a group of fused
nodes, :func:`single_plan` that of one node whose loops a backend writes by hand.

Start with :class:`LoopPlan`, then :class:`Planner`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from copy import copy
from typing import NamedTuple

from ..graph import Node, Shape
from ..ops.elementwise import constant
from .groups import Group
from .nest import Access, Nest, SingleNest, Unfit, View, contiguous
from .places import AFTER, COLUMN, FULL, ONE, ROW, fitted, ones


class RowWalk(NamedTuple):
    """One walk over a row: ``body`` are the elements that it computes, in order; ``roots`` what it
    stores or adds up; ``kept`` what it keeps for a later walk; ``ready`` the elements that it reads
    instead of computing them."""

    body: list[Node]
    roots: list[Node]
    kept: list[Node]
    ready: set[Node]


class LoopPlan:
    """The loops of one group.

    ``accesses`` are the operands from outside and the results, by node and by the frame that they
    are aligned to (a kind of place), with their stride in each dimension of the space; ``nest`` has
    the loops after merging, and each access's strides in them. ``walks`` are those over a row.
    ``reduced_in`` says in which of them each reduction over elements is made; the others go over
    the values of rows. ``known`` says before which walk a value per row is. ``kept`` are the values
    that are kept from walk to walk, in the order in which memory is found for them.
    """

    __slots__ = ("accesses", "group", "inside", "kept", "known", "nest", "nodes", "places",
                 "reduced_in", "stored", "walks")

    def __init__(self, group: Group, accesses: dict[tuple[Node, str], Access], nest: Nest,
                 walks: list[RowWalk], *, kept: Iterable[Node] = (),
                 reduced_in: Mapping[Node, int] | None = None,
                 known: Mapping[Node, int] | None = None) -> None:
        self.group = group
        self.nodes = group.nodes
        self.places = group.places
        self.stored = group.stored
        self.inside = set(group.nodes)
        self.accesses = accesses
        self.nest = nest
        self.walks = walks
        self.kept = list(kept)
        self.reduced_in = reduced_in or {}
        self.known = known or {}

    def renamed(self, group: Group, new: Mapping[Node, Node]) -> LoopPlan:
        """The plan of another group, which is alike but for its values: ``new`` for each of this
        one's."""
        def values(nodes: Iterable[Node]) -> list[Node]:
            return [new[node] for node in nodes]

        group.outer = self.group.outer
        group.places = {new[node]: self.places[node] for node in self.nodes}
        nest = copy(self.nest)
        nest.strides = {Access(new[access.node], access.strides): found
                        for access, found in self.nest.strides.items()}
        return LoopPlan(
            group, {(new[node], frame): Access(new[node], access.strides)
                    for (node, frame), access in self.accesses.items()}, nest,
            [RowWalk(values(walk.body), values(walk.roots), values(walk.kept),
                     set(values(walk.ready))) for walk in self.walks],
            kept=values(self.kept),
            reduced_in={new[node]: level for node, level in self.reduced_in.items()},
            known={new[node]: level for node, level in self.known.items()})

    @property
    def count(self) -> int:
        """The length of the outermost loop."""
        return self.nest.outer[0] if self.nest.outer else self.nest.size

    def work(self) -> int:
        """How much is done: the elements, as often as something expensive is made of each."""
        heavy = sum(node.prim.expensive for node in self.nodes)
        return math.prod(self.group.space) * (1 + heavy)

    def totals(self) -> list[Node]:
        """The values that are known when all rows have been walked, or all elements of the one
        row."""
        late = (AFTER, COLUMN) if self.nest.outer else (AFTER, COLUMN, ROW)
        return [node for node in self.nodes if self.places[node].kind in late]

    def known_before(self, level: int, node: Node) -> bool:
        """Whether ``node`` is a value per row that the walk ``level`` may need."""
        return self.places[node].kind == ROW and self.known[node] <= level

    def reads(self, level: int) -> set[Node]:
        """The values per element that a walk over a row reads from memory, other than kept ones."""
        walk = self.walks[level]
        users = [*walk.body, *(n for n in walk.roots if n.prim.reduction is not None)]
        return {arg for node in users for arg in node.args
                if (arg in walk.ready and arg in self.stored if arg in self.inside
                    else (arg, FULL) in self.accesses)}


def planned(group: Group, views: Mapping[Node, View]) -> LoopPlan | None:
    """The loops of ``group``, whose operands may be ``views`` of values; None if there are none
    that read and write memory element by element. The group is split where its loops are."""
    for outer in (None, *range(len(group.space) + 1)):
        if outer is not None:   # the loop over the longest rows that there is
            places = fitted(group.space, outer, group.nodes)
            if places is None:
                continue
            group.outer, group.places = outer, places
        try:
            return Planner(group, views).plan()
        except Unfit:
            continue
    return None


def single_plan(group: Group, operands: Iterable[Node], count: int) -> LoopPlan:
    """``count`` times something with the elements of the one node of ``group``, of ``operands``."""
    node, = group.nodes
    accesses = {(each, FULL): Access(each, tuple(contiguous(each.shape)))
                for each in (*operands, node)}
    nest = SingleNest(count, max(1, node.size // count), accesses.values())
    return LoopPlan(group, accesses, nest, [RowWalk([node], [node], [], set())])


class Planner:
    """Plans the loops of one group."""

    def __init__(self, group: Group, views: Mapping[Node, View]) -> None:
        self.group = group
        self.views = views
        self.places = group.places
        self.nodes = group.nodes
        self.inside = set(group.nodes)
        self.later: dict[Node, int] = {}
        """The sums that are made in a later walk than they could be."""

    def plan(self) -> LoopPlan:
        """The plan; raises ``Unfit`` if the group has no loops."""
        accesses = self.find_accesses()
        nest = Nest(self.group, accesses.values())
        levels = self.levels()
        self.later = self.find_later(levels)
        known = self.known_values()
        walks, kept = self.walks(levels)
        reduced_in = {node: self.level_of(node) for node in self.nodes
                      if node.prim.reduction is not None and self.over_elements(node)}
        return LoopPlan(self.group, accesses, nest, walks, kept=kept, reduced_in=reduced_in,
                        known=known)

    # ---- what is read and written ----

    def find_accesses(self) -> dict[tuple[Node, str], Access]:
        """Each operand from outside and each result, with the frame that it is aligned to."""
        found: dict[tuple[Node, str], Access] = {}
        for node in self.nodes:
            frame = self.frame(node)
            shape = node.args[0].shape if node.prim.reduction is not None else node.shape
            for arg in node.args:
                if arg not in self.inside and arg.prim is not constant:
                    access = self.access(arg, frame, shape)
                    if found.setdefault((arg, frame), access) != access:
                        raise Unfit   # rows with and without axes of length 1 read it otherwise
        for node in self.group.stored:
            kind = self.places[node].kind
            found[node, kind] = self.access(node, kind, node.shape)
        return found

    def frame(self, node: Node) -> str:
        """Which dimensions the operands of ``node`` are aligned to."""
        kind = self.places[node].kind
        if node.prim.reduction is not None:
            arg = node.args[0]
            return self.places[arg].kind if arg in self.inside else (
                FULL if arg.shape == self.group.space else ROW)
        return kind if kind in (FULL, ROW) else ONE

    def access(self, node: Node, frame: str, meets: Shape) -> Access:
        """Where the elements of ``node`` lie that a value of the shape ``meets`` needs."""
        space, outer = self.group.space, self.group.outer
        rank = len(space)
        if frame in (ONE, AFTER):
            return Access(node, (0,) * rank)
        if frame == COLUMN:
            return Access(node, (0,) * outer + tuple(contiguous(space[outer:])))
        shape = node.shape
        short = frame == ROW and len(meets) == outer
        lead = (outer if short else rank) - len(shape)
        if lead < 0:
            if not ones(shape):
                raise Unfit
            return Access(node, (0,) * rank)
        view = self.views.get(node)
        own = contiguous(shape) if view is None else [
            0 if n == 1 else s for n, s in zip(shape, view.strides, strict=True)]
        strides = [0] * lead + own
        return Access(node, tuple(strides + [0] * (rank - len(strides))))

    # ---- which walk computes what ----

    def levels(self) -> int:
        """How many times a row is walked."""
        known = [0]
        for node in self.nodes:
            place = self.places[node]
            if place.kind == FULL:
                known.append(place.level + 1)
            elif node.prim.reduction is not None and self.over_elements(node):
                known.append(self.level_of(node) + 1)
        return max(known)

    def over_elements(self, node: Node) -> bool:
        """Whether a reduction goes over elements, not over the values of rows."""
        arg = node.args[0]
        return self.places[arg].kind == FULL if arg in self.inside else (
            arg.shape == self.group.space)

    def level_of(self, node: Node) -> int:
        """In which walk a reduction is made."""
        arg = node.args[0]
        first = self.places[arg].level if arg in self.inside else 0
        return self.later.get(node, first)

    def find_later(self, levels: int) -> dict[Node, int]:
        """The sums over rows that can wait for a later walk, which computes their terms anyway."""
        needed: dict[Node, int] = {}
        """Before which walk a value per row has to be known."""
        for node in reversed(self.nodes):
            place = self.places[node]
            before = place.level if place.kind == FULL else needed.get(node, levels)
            for arg in node.args:
                if arg in self.inside and self.places[arg].kind == ROW:
                    needed[arg] = min(needed.get(arg, levels), before)
        later: dict[Node, int] = {}
        for node in self.nodes:
            first = self.level_of(node) if node.prim.reduction is not None else levels
            if (self.places[node].kind == ROW and needed.get(node, levels) > first + 1
                    and self.over_elements(node) and node.args[0] in self.inside):
                others = [n for n in self.nodes if n is not node and n not in later]
                for level in range(first, needed.get(node, levels)):
                    if node.args[0] in self.closure(self.made_in(level, others), set()):
                        later[node] = level
                        break
        return {node: level for node, level in later.items() if level > self.level_of(node)}

    def made_in(self, level: int, nodes: Iterable[Node]) -> list[Node]:
        """Which of ``nodes`` a walk stores or adds up."""
        return [n for n in nodes
                if (n in self.group.stored and self.places[n].kind == FULL
                    and self.places[n].level == level)
                or (n.prim.reduction is not None and self.over_elements(n)
                    and self.level_of(n) == level)]

    def walks(self, levels: int) -> tuple[list[RowWalk], list[Node]]:
        """What each walk computes, and all that is kept for a later one."""
        stored = {n for n in self.group.stored if self.places[n].kind == FULL}
        roots = [self.made_in(level, self.nodes) for level in range(levels)]
        again = self.made_again(roots, stored)
        kept: list[list[Node]] = [[] for _ in range(levels)]
        for node, level in again.items():
            kept[level].append(node)
        walks = []
        for level in range(levels):
            ready = {n for n in stored if self.places[n].level < level}
            ready.update(n for before in kept[:level] for n in before)
            walks.append(RowWalk(self.closure(roots[level], ready), roots[level], kept[level],
                                 ready))
        return walks, [*again]

    def made_again(self, roots: list[list[Node]], stored: set[Node]) -> dict[Node, int]:
        """What a later walk would have to make again and rather reads, with the walk that makes it
        first."""
        # What an extreme was taken of is read again, not computed again: with a fused multiply-add
        # in one of two places it would not be equal to its extreme, and x - max(x) not 0.
        compared = {n.args[0] for n in self.nodes
                    if n.prim.reduction is not None and n.prim.compares}
        seen: dict[Node, int] = {}
        again: dict[Node, int] = {}
        for level, wanted in enumerate(roots):
            for node in self.closure(wanted, {n for n in stored if self.places[n].level < level}):
                if node in seen and node not in stored and (
                        node.prim.expensive or node in compared):
                    again.setdefault(node, seen[node])
                seen.setdefault(node, level)
        return again

    def known_values(self) -> dict[Node, int]:
        """Before which walk each value per row is known."""
        known: dict[Node, int] = {}
        for node in self.nodes:
            if self.places[node].kind == ROW:
                known[node] = (self.level_of(node) + 1 if node.prim.reduction is not None else
                               max((known.get(arg, 0) for arg in node.args), default=0))
        return known

    def closure(self, roots: list[Node], ready: set[Node]) -> list[Node]:
        """The elementwise nodes that a walk computes for ``roots``, in order."""
        stack = [*roots]
        seen: set[Node] = set()
        while stack:
            node = stack.pop()
            if node in seen or (node in ready and node not in roots):
                continue
            seen.add(node)
            stack += [arg for arg in node.args
                      if arg in self.inside and self.places[arg].kind == FULL]
        return [n for n in self.nodes if n in seen and self.places[n].kind == FULL]
