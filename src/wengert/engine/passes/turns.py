"""Loops in a graph that is written out: which nodes are the turns of one, and what moves.

:class:`Listing` numbers the nodes of a graph and their arguments. :func:`loops_of` looks for
stretches of it that repeat (``periods.py``), and follows what the operands of one turn are in the
next: :class:`Column`.

Start with :class:`Column`, then :func:`turns_of`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

import numpy as np

from ..dtypes import bfloat16, float16
from ..graph import Graph, Node, lift
from ..ops.elementwise import constant
from ..ops.loop import ALONG, CARRIED, EACH, FIXED
from ..ops.structural import broadcast_to, full, number, place, reshape, slice_, update
from .periods import LEAST_TURNS, Run, periodic
from .simplify import frozen

INSIDE, STARTS = "inside", "starts"
"""Kinds of operands beside those of ``ops/loop.py``: of the same turn, and starts that move by the
same step from turn to turn."""
FIRST_START = {slice_: 1, place: 1, update: 2}
"""Which argument of a primitive is its first start."""
LARGE = 1 << 12
"""Going over so many elements takes longer than calling a kernel."""
TOGETHER = 48
"""So many nodes of a loop on large values are one turn."""
NOWHERE = np.iinfo(np.int64).min
LOOSE = 1 << 40
"""A start of which only the distance from others is known is at least half as large."""


class Listing:
    """The nodes of a graph by their places, and all their arguments as codes, one after the other.

    A code is the place of a node; a negative one is that of a constant or an input in ``others``
    (-1 the first). Numbers at which something starts are taken for constants: ``baked``. Of those
    that are ``loose`` only their distances are: each is in a group, so far from its first.
    """

    def __init__(self, graph: Graph, numbers: Mapping[Node, Any],
                 loose: Mapping[Node, tuple[int, int]]) -> None:
        self.loose = loose
        given = set(graph.inputs)
        self.nodes = [node for node in graph.nodes()
                      if node not in given and node.prim is not constant]
        self.place = {node: i for i, node in enumerate(self.nodes)}
        self.others: list[Node] = []
        self.baked: dict[Node, int] = {}
        self.numbers = numbers
        self.known: dict[Any, int] = {}

    def number_all(self) -> None:
        """Find the codes, and a number for each kind of node."""
        codes: list[int] = []
        starts: list[int] = []
        first = [0]
        kinds: dict[Any, int] = {}
        of = []
        place = self.place
        params: dict[int, Any] = {}   # calls of one template share them
        for node in self.nodes:
            prim = node.prim
            begin = FIRST_START.get(prim)
            for k, arg in enumerate(node.args):
                code = place.get(arg)
                if code is None:
                    code = self.code(arg, begin is not None and k >= begin)
                codes.append(code)
                if begin is not None:
                    starts.append(self.start(code) if k >= begin else NOWHERE)
            first.append(len(codes))
            if begin is None:
                starts += [NOWHERE] * len(node.args)
            if (same := id(node.params)) not in params:
                params[same] = frozen(node.params) if node.params else None
            key = (prim, node.dtype, node.shape, node.weak, len(node.args), params[same])
            of.append(kinds.setdefault(key, len(kinds)))
        self.codes = np.array(codes, np.int64)
        self.starts = np.array(starts, np.int64)
        self.first = np.array(first, np.int64)
        self.kinds = np.array(of, np.int64)
        self.readers = np.repeat(np.arange(len(self.nodes)), np.diff(self.first))

    def code(self, arg: Node, start: bool) -> int:
        """The code of what is no node of the listing."""
        key: Any = arg
        if arg.prim is constant:
            key = arg.params["value"].__class__, arg.params["value"], arg.weak
        elif start and arg in self.loose:
            key = self.loose[arg]
        elif start and arg.prim is number and type(self.numbers.get(arg)) is int:
            value = self.numbers[arg]
            self.baked[arg] = value
            key, arg = (int, value, True), lift(value)
        code = self.known.get(key)
        if code is None:
            self.others.append(arg)
            code = self.known[key] = -len(self.others)
        return code

    def start(self, code: int) -> int:
        """The number that a start is, if it is known."""
        other = self.others[-1 - code] if code < 0 else None
        if other is not None and other in self.loose:
            group, distance = self.loose[other]
            return (group + 1) * LOOSE + distance
        if other is None or other.prim is not constant or type(other.params["value"]) is not int:
            return NOWHERE
        found: int = other.params["value"]
        return found

    def node(self, code: int) -> Node:
        """What has a code."""
        return self.nodes[code] if code >= 0 else self.others[-1 - code]


class Column(NamedTuple):
    """An operand of one node of the body, through all turns: its ``kind``, its ``codes`` turn by
    turn; how many turns before it was made, if it is carried; the first start and the step, if it
    is one that moves; for an element of another loop's results, that loop, its output, and the turn
    and step."""

    kind: str
    codes: Any
    distance: int = 0
    first: int = 0
    step: int = 0
    source: Loop | None = None
    output: int = -1

    def key(self) -> Any:
        """What two columns have in common that are one input."""
        return self.kind, self.codes.tobytes()


class Loop:
    """``turns`` times ``period`` nodes from ``start`` on; for each operand of those, its column."""

    def __init__(self, start: int, period: int, turns: int, columns: list[Column]) -> None:
        self.start = start
        self.period = period
        self.turns = turns
        self.columns = columns

    @property
    def stop(self) -> int:
        return self.start + self.turns * self.period

    def at(self, code: int) -> tuple[int, int]:
        """The turn, and the place in it, of what has a code in this loop."""
        return divmod(code - self.start, self.period)


def loops_of(listing: Listing, but: Collection[int] = ()) -> list[Loop]:
    """The loops in a listing, in their order, but for those that begin in some places."""
    found: list[Loop] = []
    runs = [run for run in periodic(listing.kinds)
            if not any(run.start <= start < run.stop for start in but)]
    together = min([turns_together(listing, run) for run in runs], default=1)
    for run in runs:
        run = run._replace(period=run.period * together)
        loop = turns_of(listing, run, found) or turns_of(
            listing, run._replace(period=2 * run.period), found)
        if loop is not None:
            found.append(loop)
    return found


def turns_together(listing: Listing, run: Run) -> int:
    """How many turns are one, so that kernels on large values have as much to do at a walk over
    them as where the loop is written out."""
    body = listing.nodes[run.start:run.start + run.period]
    if max(node.size for node in body) < LARGE or not all(
            node.prim.elementwise or node.prim in (full, broadcast_to, reshape) for node in body):
        return 1
    return max(1, min(TOGETHER // run.period, run.length // run.period // LEAST_TURNS))


def turns_of(listing: Listing, run: Run, before: list[Loop]) -> Loop | None:
    """The longest loop in ``run`` whose operands move as they do in its middle."""
    if not run.is_long():
        return None
    run = run._replace(start=run.start + cheapest_cut(listing, run))
    turns = run.length // run.period
    body = listing.nodes[run.start:run.start + run.period]
    if turns < LEAST_TURNS or any(node.dtype in (float16, bfloat16) for node in body):
        return None
    table = Table(listing, run, turns, before)
    columns = [table.column(c) for c in range(table.width)]
    bounds = table.bounds(columns)
    if bounds is None:
        return None
    first, last = bounds
    turns = last - first
    start = run.start + first * run.period
    if not Run(start, start + turns * run.period, run.period).is_long():
        return None
    return Loop(start, run.period, turns, [table.cut(c, first, last) for c in columns])


def cheapest_cut(listing: Listing, run: Run) -> int:
    """How far after its start the turns of ``run`` are best begun: where the fewest values are
    handed from one turn to the next."""
    p, middle = run.period, run.start + run.length // run.period // 2 * run.period
    begin, end, after = listing.first[[middle, middle + p, middle + 2 * p]]
    codes, then = listing.codes[begin:end], listing.codes[end:after]
    if len(codes) != len(then):
        return 0
    readers = listing.readers[begin:end]
    moves = (codes >= 0) & (then - codes == p) & (codes >= run.start)
    reach: dict[int, int] = {}
    for made, read in zip(codes[moves].tolist(), readers[moves].tolist(), strict=True):
        at = (made - run.start) % p
        reach[at] = max(reach.get(at, 0), read - made)
    crossings = np.zeros(2 * p + 1, np.int64)
    for at, far in reach.items():
        crossings[at + 1] += 1
        crossings[at + 1 + min(far, p)] -= 1
    open_ = np.cumsum(crossings)[:2 * p]
    return int(np.argmin(open_[:p] + open_[p:]))


class Table:
    """The operands of a run: a row for each turn, a column for each operand."""

    def __init__(self, listing: Listing, run: Run, turns: int, before: list[Loop]) -> None:
        self.listing, self.run, self.turns, self.before = listing, run, turns, before
        p, start = run.period, run.start
        begin, end = listing.first[start], listing.first[start + turns * p]
        self.codes = listing.codes[begin:end].reshape(turns, -1)
        self.starts = listing.starts[begin:end].reshape(turns, -1)
        self.bases = start + p * np.arange(turns)
        self.width = self.codes.shape[1]
        self.bad: list[int] = []
        """For each column, the first turn that may be the first one."""
        self.ends: list[int] = []
        """For each column, the turn before which it ends."""

    def column(self, c: int) -> Column:
        """What a column is in the middle; how far it is so is noted."""
        codes, m = self.codes[:, c], self.turns // 2
        middle, step = int(codes[m]), int(codes[m] - codes[m - 1])
        start, p = self.run.start, self.run.period
        if middle >= 0 and step == p and middle >= self.bases[m]:
            return self.noted(Column(INSIDE, codes), codes - self.bases != middle - self.bases[m])
        if step == 0:
            return self.noted(Column(FIXED, codes), (codes != middle) | (middle >= self.bases))
        source = next((loop for loop in self.before if loop.start <= middle < loop.stop), None)
        if source is not None and step % source.period == 0:
            wrong = codes != middle + step * (np.arange(self.turns) - m)
            wrong |= (codes < source.start) | (codes >= source.stop)
            return self.noted(Column(ALONG, codes, source=source), wrong)
        if middle >= start and step == p:
            distance = -int((middle - self.bases[m]) // p)
            wrong = codes - self.bases != middle - self.bases[m]
            return self.noted(Column(CARRIED, codes, distance), wrong, distance)
        values = self.starts[:, c]
        if values[m] != NOWHERE:
            move = int(values[m] - values[m - 1])
            wrong = values != values[m] + move * (np.arange(self.turns) - m)
            return self.noted(Column(
                STARTS, codes, first=int(values[m]) - m * move, step=move), wrong)
        like = self.listing.node(middle)
        others = [self.listing.node(int(code)) for code in codes]
        return self.noted(Column(EACH, codes), (codes >= start) | np.array([
            x.shape != like.shape or x.dtype is not like.dtype or x.weak is not like.weak
            for x in others]))

    def noted(self, column: Column, wrong: Any, early: int = 0) -> Column:
        """``column``, where it is not what it should be in the turns that are ``wrong``: the first
        ``early`` turns of a loop may be."""
        m = self.turns // 2
        before, after = np.flatnonzero(wrong[:m + 1]), np.flatnonzero(wrong[m:])
        self.bad.append(int(before[-1]) + 1 - early if len(before) else 0)
        self.ends.append(m + int(after[0]) if len(after) else self.turns)
        return column

    def bounds(self, columns: list[Column]) -> tuple[int, int] | None:
        """The first turn, and the one after the last; None if there is no loop."""
        first, last = max([0, *self.bad]), min([self.turns, *self.ends])
        while first < last - LEAST_TURNS:
            if all(self.begins(columns, c, first) for c in range(self.width)):
                return first, last
            first += 1
            if first > max([0, *self.bad]) + LEAST_TURNS:
                break
        return None

    def begins(self, columns: list[Column], c: int, first: int) -> bool:
        """Whether a carried operand may be what it is in the first turns: as the later ones."""
        column, base = columns[c], int(self.bases[first])
        if column.kind != CARRIED:
            return True
        m = self.turns // 2
        made = self.listing.node(int(self.codes[m, c]))
        for t in range(first, first + column.distance):
            code = int(self.codes[t, c])
            given = self.listing.node(code)
            if code >= base or given.shape != made.shape or (
                    given.dtype is not made.dtype and not given.weak):
                return False
        return True

    def cut(self, column: Column, first: int, last: int) -> Column:
        """The column of the turns from ``first`` to ``last``."""
        codes = column.codes[first:last]
        if column.kind == STARTS:
            return column._replace(codes=codes, first=column.first + first * column.step)
        if column.source is not None:
            (turn, output), (then, _) = (column.source.at(int(code)) for code in codes[:2])
            return column._replace(codes=codes, first=turn, step=then - turn, output=output)
        return column._replace(codes=np.ascontiguousarray(codes))
