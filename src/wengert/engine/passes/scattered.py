"""Arrays that a loop fills part by part: what all turns write is put in place after the loop.

``out[t] = h`` makes a new ``out`` in each turn, and the gradient of reading ``x[t]`` adds a value
inside of zeros to what the turns before have added. Where the parts of all turns are different
ones, the loop only makes the parts; a read of a part that a turn before has written is a value
handed on. :func:`scattered_in` finds such arrays among what a loop carries.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Collection, Mapping
from typing import Any, NamedTuple

from ..graph import Node
from ..ops.contract import matmul
from ..ops.elementwise import add
from ..ops.loop import ALONG, CARRIED, FIXED
from ..ops.structural import flip, place, slice_, transpose, update
from .turns import INSIDE, STARTS, Column, Listing, Loop


class Link(NamedTuple):
    """What a turn writes into an array: the node ``j`` that makes the new array, the place of the
    value in the body (or a constant), where it begins in the first turn, and how far it moves;
    ``lowest`` is the least start."""

    j: int
    value: int
    constant: Node | None
    first: int
    step: int
    lowest: Node
    params: dict[str, Any]
    zeros: int
    """The node that puts the value inside of zeros, if it is added."""


class Scattered(NamedTuple):
    """An array that a loop fills: its last node in a turn, what it is before the loop (a code),
    what is written to it, and the slices of it that are read, with their first starts."""

    end: int
    before: int
    links: tuple[Link, ...]
    reads: dict[int, int]

    def nodes(self) -> set[int]:
        """The nodes that the loop need not compute."""
        return {j for link in self.links for j in (link.j, link.zeros) if j >= 0}


class Factor(NamedTuple):
    """A matrix of each turn: a node of the body, or else an element of another loop's results."""

    value: int
    source: Loop | None
    output: int
    first: int
    step: int


class Product(NamedTuple):
    """A sum of products of matrices, one of each turn, ``left.T @ right``, each transposed again if
    ``turned``: one product of all rows. ``before`` is the code of what it begins with."""

    end: int
    before: int
    left: Factor
    right: Factor
    turned: bool
    inner: tuple[int, ...]

    def nodes(self) -> set[int]:
        """The nodes that the loop need not compute."""
        return {self.end, *self.inner}


MOST_BYTES = 1 << 26
"""Values of all turns of more bytes are not kept for a product."""


class Finder:
    """Looks at the operands of one body."""

    def __init__(self, listing: Listing, loop: Loop, keep: Mapping[int, int],
                 still: Collection[int]) -> None:
        self.loop = loop
        self.keep = keep
        self.still = still
        self.nodes = listing.nodes[loop.start:loop.start + loop.period]
        begin = listing.first[loop.start:loop.start + loop.period + 1] - listing.first[loop.start]
        self.columns = [loop.columns[a:b] for a, b in itertools.pairwise(begin)]
        self.listing = listing
        self.readers: dict[int, list[int]] = {}
        for j, columns in enumerate(self.columns):
            for k in range(len(columns)):
                made = self.made(j, k)
                if made >= 0:
                    self.readers.setdefault(made, []).append(j)

    def made(self, j: int, k: int) -> int:
        """The node of the body that an operand is, of this turn or one before; -1 if it is none."""
        column, loop = self.columns[j][k], self.loop
        if column.kind == INSIDE or column.kind == CARRIED:
            return int(column.codes[-1] - loop.start) % loop.period
        return -1

    def moving(self, j: int, first: int) -> bool:
        """Whether the one start of a node, its operand ``first``, moves so that no two turns meet,
        and the parts of all turns are evenly spaced."""
        columns, params = self.columns[j], self.nodes[j].params
        if len(columns) != first + 1 or columns[first].kind != STARTS:
            return False
        length, step = params["lengths"][0], columns[first].step
        if (length > 1 and (params["steps"] != (1,) or abs(step) != length)) or columns[
                first].first < 0 or not step:
            return False
        return bool(columns[first].first + (self.loop.turns - 1) * step >= 0)

    def link(self, j: int, before: int) -> Link | None:
        """What the node ``j`` writes to the array ``before``."""
        node = self.nodes[j]
        if node.prim is update and self.made(j, 0) == before and self.moving(j, 2):
            return self.written(j, 1, j, 2, -1)
        if node.prim is add and before in (self.made(j, 0), self.made(j, 1)):
            zeros = self.made(j, int(self.made(j, 0) == before))
            if zeros >= 0 and self.nodes[zeros].prim is place and self.moving(zeros, 1) and (
                    self.readers[zeros] == [j] and zeros not in self.keep):
                return self.written(zeros, 0, j, 1, zeros)
        return None

    def written(self, i: int, k: int, j: int, start: int, zeros: int) -> Link | None:
        """The link whose value is the operand ``k`` of node ``i``."""
        column, at = self.columns[i][k], self.columns[i][start]
        given = self.listing.node(int(column.codes[0])) if column.kind == FIXED else None
        value = -1 if given is not None else self.made(i, k)
        if value in self.still or (column.kind != INSIDE if given is None else not given.weak):
            return None
        lowest = self.listing.node(int(at.codes[0 if at.step > 0 else -1]))
        return Link(j, value, given, at.first, at.step, lowest, self.nodes[i].params, zeros)

    def array(self, j: int, carried: Column) -> Scattered | None:
        """The array that is ``carried`` to node ``j``, if it is filled part by part."""
        before = end = int(carried.codes[-1] - self.loop.start) % self.loop.period
        if self.keep.get(end, 0) > 1:
            return None
        links: list[Link] = []
        while True:
            link = self.link(j, before)
            if link is None or (j in self.keep and j != end):
                return None
            links.append(link)
            if j == end:
                break
            following = self.readers.get(j, [])
            if len(following) != 1 or following[0] <= j:
                return None
            before, j = j, following[0]
        reads = [r for r in self.readers[end] if r != links[0].j]
        if not all(self.reads(r, links[0]) for r in reads) or (
                len(links) > 1 and (reads or any(link.zeros < 0 for link in links))):
            return None
        return Scattered(end, int(carried.codes[0]), tuple(links),
                         {r: self.columns[r][1].first for r in reads})

    def product(self, j: int, carried: Column) -> Product | None:
        """The sum of products that is ``carried`` to node ``j``, if it is one."""
        if int(carried.codes[-1] - self.loop.start) % self.loop.period != j or (
                self.readers[j] != [j] or self.keep.get(j, 0) > 1):
            return None
        k = int(self.columns[j][0] is carried)
        m, inner = self.alone(j, k), []
        turned = m >= 0 and is_turned(self.nodes[m])
        if turned:
            inner.append(m)
            m = self.alone(m, 0)
        if m < 0 or self.nodes[m].prim is not matmul or self.nodes[m].ndim != 2:
            return None
        inner.append(m)
        left = self.made(m, 0) if self.columns[m][0].kind == INSIDE else -1
        if left < 0 or not is_turned(self.nodes[left]):
            return None
        if self.alone(m, 0) >= 0:
            inner.append(left)
        factors = self.factor(left, 0), self.factor(m, 1)
        if factors[0] is None or factors[1] is None:
            return None
        return Product(j, int(carried.codes[0]), factors[0], factors[1], turned, tuple(inner))

    def alone(self, j: int, k: int) -> int:
        """The node that an operand of ``j`` is, if nothing else reads it; -1 otherwise."""
        made = self.made(j, k) if self.columns[j][k].kind == INSIDE else -1
        return made if made >= 0 and self.readers[made] == [j] and made not in self.keep and (
            made not in self.still) else -1

    def factor(self, j: int, k: int) -> Factor | None:
        """The operand of a node as a factor, if all its values may be kept."""
        column, value = self.columns[j][k], self.made(j, k)
        if column.kind == ALONG and abs(column.step) == 1:
            return Factor(-1, column.source, column.output, column.first, column.step)
        if column.kind != INSIDE or value in self.still:
            return None
        node = self.nodes[value]
        kept = self.keep.get(value, 0) > 1 or (
            node.size * node.dtype.itemsize * self.loop.turns <= MOST_BYTES)
        return Factor(value, None, -1, 0, 1) if kept else None

    def reads(self, r: int, link: Link) -> bool:
        """Whether a node reads a part that moves of the array as it was before this turn, and what
        it finds there is what it was before the loop or what a turn before has written."""
        node, column = self.nodes[r], self.columns[r][0]
        if node.prim is not slice_ or column.kind != CARRIED or column.distance != 1 or (
                not self.moving(r, 1) or link.zeros >= 0):
            return False
        start = self.columns[r][1]
        params = {name: node.params[name] for name in ("axes", "lengths", "steps")}
        if start.step != link.step or params != link.params:
            return False
        return turns_before(link, start.first, self.loop.turns) == 0 or (
            link.value >= 0 and self.nodes[link.value].size == node.size)


def turns_before(link: Link, first: int, turns: int) -> int:
    """How many turns before the part was written that a read from ``first`` on finds; 0 if none has
    written it."""
    distance, rest = divmod(link.first - first, link.step)
    return distance if not rest and 0 < distance < turns else 0


def is_turned(node: Node) -> bool:
    """Whether a node is the transpose of a matrix."""
    return node.prim is transpose and node.params["perm"] == (1, 0)


def scattered_in(listing: Listing, loop: Loop, keep: Mapping[int, int],
                 still: Collection[int]) -> list[Scattered | Product]:
    """The arrays that a loop fills part by part, and its sums of products; ``keep`` says which
    nodes others read, ``still`` which are the same in all turns."""
    finder = Finder(listing, loop, keep, still)
    found: list[Scattered | Product] = []
    for j, columns in enumerate(finder.columns):
        if finder.nodes[j].prim in (add, update):
            carried = [column for column in columns[:2]
                       if column.kind == CARRIED and column.distance == 1]
            if len(carried) == 1:
                made = finder.array(j, carried[0]) or finder.product(j, carried[0])
                found += [made] if made is not None else []
    return found


def filled(whole: Node, link: Link, rows: Node | None, turns: int,
           merged: Callable[[Node, Any, int], Node]) -> Node:
    """``whole`` with what all turns have written; ``rows`` are their values."""
    params, step = link.params, link.step
    axis, length = params["axes"][0], params["lengths"][0]
    value = link.constant
    if rows is not None:
        shape = list(whole.shape)
        shape[axis] = length
        value = merged(flip(rows, axes=(0,)) if step < 0 else rows, tuple(shape), axis)
    assert value is not None
    where = {"axes": (axis,), "lengths": (turns * length,),
             "steps": (1 if length > 1 else abs(step),)}
    if link.zeros < 0:
        return update(whole, value, link.lowest, **where)
    return add(whole, place(value, link.lowest, shape=whole.shape, **where))
