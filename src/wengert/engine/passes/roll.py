"""Loops that a program has written out become loops again: :func:`rolled`.

``turns.py`` finds them; here the graph is made in which each is one node, whose body is a graph of
its own. What does not change from turn to turn is computed before the loop, and what is put
together of all turns after it. ``unroll.py`` says what such a graph means.

Start with :func:`rolled`, then :class:`Roller`.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from ..dtypes import DType
from ..graph import Graph, Node, Shape, lift
from ..ops.contract import matmul, swap_last_axes
from ..ops.elementwise import add, cast, constant
from ..ops.loop import ALONG, CARRIED, EACH, FIXED, Body, Read, gather, kept_as, loop_, result
from ..ops.structural import (
    broadcast_to,
    concatenate,
    copy,
    flip,
    free,
    full,
    number,
    reshape,
    slice_,
    transpose,
)
from .periods import LEAST_TURNS
from .rebuild import copied, on
from .scattered import Product, Scattered, filled, scattered_in, turns_before
from .turns import FIRST_START, INSIDE, LOOSE, NOWHERE, STARTS, Column, Listing, Loop, loops_of

LEAST_NODES = 150
STAY = frozenset([full, broadcast_to])
"""They cost nothing in the loop, and memory before it: what is outside of it makes its own."""


class Rolled(NamedTuple):
    """A graph with loops, and the numbers among its inputs that it takes for granted."""

    graph: Graph
    baked: dict[Node, int]


class Unfit(Exception):
    """What was found is not a loop that can be made."""


def rolled(graph: Graph, numbers: Mapping[Node, Any],
           loose: Mapping[Node, tuple[int, int]] | None = None) -> Rolled | None:
    """``graph`` with its loops as loops, for these values of its ``numbers``; None if it has none.
    Of numbers that are ``loose`` only the distances are taken for granted that those of a group
    have."""
    listing = Listing(graph, numbers, loose or {})
    if len(listing.nodes) < LEAST_NODES:
        return None
    listing.number_all()
    unfit: set[int] = set()
    while loops := loops_of(listing, unfit):
        roller = Roller(graph, listing, loops)
        try:
            return Rolled(roller.made(), listing.baked)
        except Unfit:
            unfit.add(roller.latest)
    return None


class Roller:
    """Makes the graph with loops."""

    def __init__(self, graph: Graph, listing: Listing, loops: list[Loop]) -> None:
        self.graph = graph
        self.listing = listing
        self.loops = loops
        self.new: dict[int, Node] = {}
        """The nodes outside of loops by their codes; those that were taken out of one, by their
        codes in its first turn."""
        self.results: dict[tuple[Loop, int], Node] = {}
        self.elements: dict[int, Node] = {}
        self.latest = -1
        """Where the loop begins that is made."""
        self.joins: set[Node] = set()
        self.moved: dict[tuple[Node, int], Node] = {}
        self.reached: dict[tuple[Node, int, int, Node], Node] = {}
        self.still: dict[Loop, set[int]] = {}
        """The places in a body whose values are the same in all turns: computed before the loop."""
        for loop in loops:
            self.still[loop] = self.constant_nodes(loop)
        self.outputs = {loop: self.needed(loop) for loop in loops}
        self.arrays = {loop: self.scattered(loop) for loop in loops}
        self.totals: dict[tuple[Loop, int], Node] = {}
        """The arrays that loops have filled."""

    def made(self) -> Graph:
        """The graph."""
        at, listing = 0, self.listing
        for loop in [*self.loops, None]:
            for i in range(at, len(listing.nodes) if loop is None else loop.start):
                self.new[i] = self.outside(i)
            if loop is not None:
                self.add(loop)
                at = loop.stop
        outputs = [self.value(listing.place[node]) if node in listing.place else node
                   for node in self.graph.outputs]
        rows = Counter(base for base in map(stack_of, outputs) if base is not None)
        return Graph(self.graph.inputs, [
            copy(node) if (base := stack_of(node)) is not None and (
                node in self.joins or 2 * rows[base] < base.shape[0]) else node
            for node in outputs])

    def outside(self, i: int) -> Node:
        """A node that is in no loop."""
        node = self.listing.nodes[i]
        if node.prim is concatenate and len(node.args) >= LEAST_TURNS:
            found = self.joined(i)
            if found is not None:
                return found
        return on(node, tuple([self.value(code) for code in self.codes(i)]))

    def codes(self, i: int) -> list[int]:
        """The codes of the arguments of a node."""
        found: list[int] = self.listing.codes[self.listing.first[i]:
                                              self.listing.first[i + 1]].tolist()
        return found

    def columns(self, loop: Loop, j: int) -> list[Column]:
        """The operands of a node of the body."""
        first = self.listing.first
        base = first[loop.start]
        return loop.columns[first[loop.start + j] - base:first[loop.start + j + 1] - base]

    def constant_nodes(self, loop: Loop) -> set[int]:
        """The nodes of the body whose values are the same in all turns."""
        still: set[int] = set()
        for j in range(loop.period):
            node = self.listing.nodes[loop.start + j]
            columns = self.columns(loop, j)
            if columns and not node.weak and all(
                    column.kind == FIXED or (
                        column.kind == INSIDE and int(column.codes[0]) - loop.start in still)
                    or (column.source is not None and column.output in self.still[column.source])
                    for column in columns):
                still.add(j)
        return still

    def needed(self, loop: Loop) -> dict[int, int]:
        """The nodes of the body that others than their turn read: of how many of the last turns
        they are wanted outside of the loop."""
        listing, p = self.listing, loop.period
        made, read = listing.codes, listing.readers
        of = (made >= loop.start) & (made < loop.stop)
        made, read = made[of], read[of]
        ours = (read >= loop.start) & (read < loop.stop)
        turn, then = (made - loop.start) // p, (read - loop.start) // p
        places = (made - loop.start) % p
        keep = dict.fromkeys(np.unique(places[ours & (then != turn)]).tolist(), 0)
        pairs = np.stack([places[~ours], turn[~ours]])
        results = [listing.place.get(node, -1) for node in self.graph.outputs]
        outside = [loop.at(i) for i in results if loop.start <= i < loop.stop]
        pairs = np.concatenate([pairs, np.array([[j, t] for t, j in outside],
                                                np.int64).reshape(-1, 2).T], 1)
        for j in np.unique(pairs[0]).tolist():
            first = int(pairs[1][pairs[0] == j].min())
            keep[j] = loop.turns if first < loop.turns - 1 else 1
        return {j: keep[j] for j in sorted(keep) if j not in self.still[loop]}

    def scattered(self, loop: Loop) -> list[Scattered | Product]:
        """The arrays that a loop fills: of those, it is to hand out the parts."""
        keep = self.outputs[loop]
        found = [made for made in scattered_in(self.listing, loop, keep, self.still[loop])
                 if isinstance(made, Scattered) or not any(
                     factor.source is not None and factor.output in self.still[factor.source]
                     for factor in (made.left, made.right))]
        for made in found:
            keep.pop(made.end, None)
            parts = made.links if isinstance(made, Scattered) else (made.left, made.right)
            keep.update({part.value: loop.turns for part in parts if part.value >= 0})
        return found

    def product(self, loop: Loop, made: Product) -> Node:
        """A sum over all turns of products of matrices."""
        before = self.value(made.before)
        sides = []
        for factor in (made.left, made.right):
            if factor.source is None:
                rows = self.results[loop, factor.value]
            else:
                last = factor.first + (loop.turns - 1) * factor.step
                rows = some_rows(self.results[factor.source, factor.output],
                                 min(factor.first, last), loop.turns)
            if factor.step < 0:
                rows = flip(rows, axes=(0,))
            sides.append(reshape(rows, shape=(rows.shape[0] * rows.shape[1], rows.shape[2])))
        total = matmul(swap_last_axes(sides[0]), sides[1])
        return add(before, swap_last_axes(total) if made.turned else total)

    # ---- values ----

    def value(self, code: int) -> Node:
        """What stands for a node outside of loops."""
        if code < 0:
            return self.listing.node(code)
        found = self.new.get(code) or self.elements.get(code)
        if found is None:
            loop = next(loop for loop in self.loops if loop.start <= code < loop.stop)
            turn, j = loop.at(code)
            if j in self.still[loop]:
                return self.new[loop.start + j]
            found = self.elements[code] = self.element(loop, turn, j)
        return found

    def element(self, loop: Loop, turn: int, j: int) -> Node:
        """The value of a node of the body in one turn."""
        if (loop, j) in self.totals:
            return self.totals[loop, j]
        stack = self.results[loop, j]
        shape = self.listing.nodes[loop.start + j].shape
        if stack.shape[0] > 1:
            stack = slice_(stack, lift(turn), axes=(0,), lengths=(1,), steps=(1,))
        return reshape(stack, shape=shape)

    def source(self, code: int) -> tuple[Loop, int, int] | None:
        """The loop, turn and place in it that a value comes from, in another shape or as it is."""
        while code >= 0:
            loop = next((loop for loop in self.loops if loop.start <= code < loop.stop), None)
            if loop is not None:
                turn, j = loop.at(code)
                return (loop, turn, j) if (loop, j) in self.results else None
            if self.listing.nodes[code].prim is not reshape:
                return None
            code = self.codes(code)[0]
        return None

    def joined(self, i: int) -> Node | None:
        """A concatenation of the values of a loop, turn by turn: all of them at once."""
        node, codes = self.listing.nodes[i], self.codes(i)
        axis, sources = node.params["axis"], [self.source(code) for code in self.codes(i)]
        args: list[Node] = []
        at = 0
        while at < len(codes):
            count, source = 1, sources[at]
            if source is not None:
                loop, turn, j = source
                way = -1 if sources[at + 1:at + 2] == [(loop, turn - 1, j)] else 1
                while at + count < len(codes) and (
                        sources[at + count] == (loop, turn + way * count, j)):
                    count += 1
            if source is not None and count >= LEAST_TURNS and node.args[at].dtype is node.dtype:
                rows = some_rows(self.results[loop, j], min(turn, turn + way * (count - 1)), count)
                rows = flip(rows, axes=(0,)) if way < 0 else rows
                args.append(merged(rows, node.args[at].shape, axis))
            else:
                args += [self.value(code) for code in codes[at:at + count]]
            at += count
        if len(args) == len(codes):
            return None
        found = concatenate(*args, axis=axis) if len(args) > 1 else args[0]
        self.joins.add(found)
        return found

    def part(self, code: int) -> tuple[int, int, int] | None:
        """What a value outside of loops is a part of, along which axis, and where it starts; along
        axis -1 if its elements lie one after the other there, from so many on."""
        listing, offset, sliced = self.listing, 0, False
        while code >= 0 and not any(loop.start <= code < loop.stop for loop in self.loops):
            node, of = listing.nodes[code], self.codes(code)
            if node.prim is slice_ and len(of) == 2:
                (axis,), shape = node.params["axes"], node.args[0].shape
                start = listing.start(of[1])
                if start == NOWHERE or start >= LOOSE // 2:
                    break
                start += shape[axis] if start < 0 else 0
                if math.prod(shape[:axis]) != 1:
                    return None if sliced else (of[0], axis, start)
                if node.params["steps"] != (1,):
                    break
                offset, sliced = offset + start * math.prod(shape[axis + 1:]), True
            elif node.prim is not reshape:
                break
            code = of[0]
        return (code, -1, offset) if sliced else None

    def by_rows(self, whole: Node, axis: int, length: int) -> Node | None:
        """``whole``, so that parts of so many elements along an axis lie one after the other."""
        if math.prod(whole.shape[:axis]) == 1:
            return whole
        if length > 1:
            return None
        key = whole, axis
        if key not in self.moved:
            perm = axis, *[i for i in range(whole.ndim) if i != axis]
            self.moved[key] = copy(transpose(whole, perm=perm))
        return self.moved[key]

    # ---- loops ----

    def add(self, loop: Loop) -> None:
        """Make the node of a loop, and those of its results."""
        self.latest = loop.start
        for j in sorted(self.still[loop]):
            i = loop.start + j
            self.new[i] = copied(self.listing.nodes[i],
                                 tuple([self.value(code) for code in self.codes(i)]))
        maker = BodyMaker(self, loop)
        made = Node(loop_, tuple(maker.args), {"body": maker.body()}, *loop_.infer(
            *maker.args, body=None))
        for k, j in enumerate(maker.outputs):
            if maker.outputs[j]:
                self.results[loop, j] = result(made, output=k)
        for array in self.arrays[loop]:
            if isinstance(array, Product):
                self.totals[loop, array.end] = self.product(loop, array)
                continue
            whole = self.value(array.before)
            for link in array.links:
                rows = self.results[loop, link.value] if link.value >= 0 else None
                whole = filled(whole, link, rows, loop.turns, merged)
            self.totals[loop, array.end] = whole


class BodyMaker:
    """Makes the body of one loop, and finds what it reads."""

    def __init__(self, roller: Roller, loop: Loop) -> None:
        self.roller = roller
        self.loop = loop
        self.outputs = roller.outputs[loop]
        self.index = {j: k for k, j in enumerate(self.outputs)}
        self.args: list[Node] = []
        self.places: dict[Node, int] = {}
        self.reads: list[Read] = []
        self.inputs: list[Node] = []
        self.known: dict[Any, Node] = {}
        self.nodes: dict[int, Node] = {}
        self.arrays_of_numbers: dict[int, Node] = {}
        self.arrays = {r: array for array in roller.arrays[loop] if isinstance(array, Scattered)
                       for r in array.reads}
        """What was found of the arrays that nodes read."""
        left_out = roller.still[loop].union(*[array.nodes() for array in roller.arrays[loop]])
        for j in range(loop.period):
            if j not in left_out:
                self.nodes[j] = self.part_read(j) if j in self.arrays else self.node(j)

    def body(self) -> Body:
        """The body."""
        outputs = [self.nodes[j] for j in self.outputs]
        if any(node.weak for node in outputs):
            raise Unfit
        # A value of the body has memory of its own: a part of another is copied.
        outputs = [copy(node) if node.prim.aliases else node for node in outputs]
        graph = Graph(self.inputs, outputs)
        inner = rolled(graph, {})
        return Body(inner.graph if inner else graph, self.reads, self.loop.turns,
                    [*self.outputs.values()])

    def node(self, j: int) -> Node:
        """A node of the body."""
        node = self.roller.listing.nodes[self.loop.start + j]
        columns = self.roller.columns(self.loop, j)
        if node.weak:
            array = self.array_of(j)
            return self.number_of(array, node.dtype, int(array.size > 1))
        moving = [k for k, column in enumerate(columns) if column.kind == STARTS]
        if len(moving) == 1 and node.prim is slice_:
            found = self.moving_slice(node, columns, moving[0])
            if found is not None:
                return found
        args = [self.starts(j, k) if column.kind == STARTS else self.operand(column)
                for k, column in enumerate(columns)]
        return copied(node, tuple(args))

    # ---- operands ----

    def operand(self, column: Column) -> Node:
        """What the body reads for an operand."""
        loop, roller = self.loop, self.roller
        if column.kind == INSIDE:
            j = int(column.codes[0]) - loop.start
            if j not in roller.still[loop]:
                return self.nodes[j]
            if roller.listing.nodes[loop.start + j].prim not in STAY:
                return self.fixed(roller.new[loop.start + j])
            if j not in self.nodes:
                self.nodes[j] = self.node(j)
            return self.nodes[j]
        if column.kind == FIXED:
            return self.fixed(roller.value(int(column.codes[0])))
        key = column.key()
        found = self.known.get(key)
        if found is None:
            found = self.known[key] = (
                self.carried(column) if column.kind == CARRIED
                else self.along(column) if column.kind == ALONG else self.each(column))
        return found

    def fixed(self, value: Node) -> Node:
        """A value that is the same in all turns."""
        if value.prim is constant:
            return value
        found = self.known.get(value)
        if found is None:
            found = self.known[value] = (
                self.numbers([value], 0) if value.weak
                else self.given(value, Read(FIXED, self.argument(value))))
        return found

    def carried(self, column: Column) -> Node:
        """What an output was some turns before."""
        loop, roller = self.loop, self.roller
        j = int(column.codes[-1] - loop.start) % loop.period
        made = roller.listing.nodes[loop.start + j]
        first = [roller.value(int(code)) for code in column.codes[:column.distance]]
        first = [cast(x, dtype=made.dtype) if x.weak else x for x in first]
        arg = self.argument(first[0]) if len(first) == 1 else self.arguments(first)
        return self.given(made, Read(CARRIED, arg, output=self.index[j],
                                     distance=column.distance))

    def along(self, column: Column) -> Node:
        """An element of another loop's results."""
        source, roller = column.source, self.roller
        assert source is not None
        if column.output in roller.still[source]:
            return self.fixed(roller.new[source.start + column.output])
        made = roller.listing.nodes[source.start + column.output]
        stack = roller.results[source, column.output]
        return self.given(made, Read(ALONG, self.argument(stack), column.first * made.size,
                                     column.step * made.size))

    def each(self, column: Column) -> Node:
        """Another value in each turn."""
        values = [self.roller.value(int(code)) for code in column.codes]
        first = values[0]
        if any(x.shape != first.shape or x.dtype is not first.dtype or x.weak is not first.weak
               for x in values):
            raise Unfit
        if first.weak:
            return self.numbers(values, 1)
        found = self.parts([int(code) for code in column.codes], first)
        return found or self.given(first, Read(EACH, self.arguments(values)))

    def parts(self, codes: list[int], first: Node) -> Node | None:
        """Values that are parts of one, each as far from the last."""
        roller, parts = self.roller, [self.roller.part(code) for code in codes]
        if parts[0] is None or parts[1] is None:
            return None
        code, axis, start = parts[0]
        step = parts[1][2] - start
        if any(part != (code, axis, start + t * step) for t, part in enumerate(parts)):
            return None
        whole = roller.value(code)
        if axis < 0:
            return self.given(first, Read(ALONG, self.argument(whole), start, step))
        length = first.size * whole.shape[axis] // whole.size
        found = roller.by_rows(whole, axis, length)
        row = whole.size // whole.shape[axis]
        return None if found is None else self.given(
            first, Read(ALONG, self.argument(found), start * row, step * row))

    def numbers(self, values: Sequence[Node], step: int) -> Node:
        """Python numbers, one for each turn, or one for all."""
        return self.number_of(gathered(values), values[0].dtype, step)

    def number_of(self, array: Node, dtype: DType, step: int) -> Node:
        """A Python number, an element of ``array`` in each turn."""
        found = Node(number, (), {}, (), dtype, weak=True)
        self.inputs.append(found)
        self.reads.append(Read(ALONG, self.argument(array), 0, step))
        return found

    def array_of(self, j: int) -> Node:
        """The numbers that a node of the body is in all turns, computed before the loop."""
        if j not in self.arrays_of_numbers:
            node = self.roller.listing.nodes[self.loop.start + j]
            columns = self.roller.columns(self.loop, j)
            if any(column.kind not in (FIXED, EACH, INSIDE) for column in columns):
                raise Unfit
            arrays = [self.array_of(int(column.codes[0]) - self.loop.start)
                      if column.kind == INSIDE else gathered([
                          self.roller.value(int(code)) for code in (
                              column.codes[:1] if column.kind == FIXED else column.codes)])
                      for column in columns]
            kind = kept_as(max(x.dtype.category for x in (node, *arrays)))
            arrays = [x if x.dtype is kind else cast(x, dtype=kind) for x in arrays]
            self.arrays_of_numbers[j] = arrays[0] if node.prim is cast else Node(
                node.prim, tuple(arrays), node.params, (max(x.size for x in arrays),),
                kept_as(node.dtype.category))
        return self.arrays_of_numbers[j]

    def given(self, like: Node, read: Read) -> Node:
        """A new input of the body."""
        if like.weak:
            raise Unfit
        found = free(like.shape, like.dtype)
        self.inputs.append(found)
        self.reads.append(read)
        return found

    def argument(self, value: Node) -> int:
        """The place of a value among the loop's arguments."""
        if value.weak:
            raise Unfit
        found = self.places.get(value)
        if found is None:
            found = self.places[value] = len(self.args)
            self.args.append(value)
        return found

    def arguments(self, values: Sequence[Node]) -> int:
        """The place of the first of values that follow each other."""
        if any(value.weak for value in values):
            raise Unfit
        self.args += values
        return len(self.args) - len(values)

    # ---- slices that move ----

    def starts(self, j: int, k: int) -> Node:
        """Where something starts in each turn, as a number."""
        loop = self.loop
        return self.numbers([self.roller.listing.nodes[loop.start + t * loop.period + j].args[k]
                             for t in range(loop.turns)], 1)

    def moving_slice(self, node: Node, columns: list[Column], k: int) -> Node | None:
        """A slice of the same value in each turn, whose start moves along one axis: the rows of
        that value, one after the other."""
        whole = self.unchanged(columns[0])
        others = [column for i, column in enumerate(columns) if i not in (0, k)]
        if whole is None or whole.weak or None in map(self.unchanged, others):
            return None
        params = node.params
        place = k - FIRST_START[slice_]
        axis, length, step = (params[name][place] for name in ("axes", "lengths", "steps"))
        first = columns[k].first
        if first >= LOOSE // 2:
            found = self.reached(whole, axis, length, columns[k])
            if found is None:
                return None
            whole, first = found, max(0, (1 - self.loop.turns) * columns[k].step)
        count = whole.shape[axis]
        first += count if first < 0 else 0
        last = first + (self.loop.turns - 1) * columns[k].step
        if (length > 1 and step != 1) or min(first, last) < 0 or max(first, last) + length > count:
            return None
        found = self.roller.by_rows(whole, axis, length)
        if found is None:
            return None
        row = whole.size // count
        shape = list(node.args[0].shape)
        shape[axis] = length
        arg = self.argument(found)
        part = self.given(free(tuple(shape), node.dtype),
                          Read(ALONG, arg, first * row, columns[k].step * row))
        rest = [i for i in range(len(params["axes"])) if i != place]
        if not rest:
            return part
        starts = [self.operand(columns[i + 1]) for i in rest]
        return slice_(part, *starts, **{
            name: tuple([params[name][i] for i in rest]) for name in ("axes", "lengths", "steps")})

    def reached(self, whole: Node, axis: int, length: int, column: Column) -> Node | None:
        """The part of ``whole`` that slices reach whose starts move, wherever the least is."""
        span = (self.loop.turns - 1) * abs(column.step) + length
        if span > whole.shape[axis]:
            return None
        lowest = self.roller.listing.node(int(column.codes[0 if column.step > 0 else -1]))
        key = whole, axis, span, lowest
        if key not in self.roller.reached:
            self.roller.reached[key] = slice_(whole, lowest, axes=(axis,), lengths=(span,),
                                              steps=(1,))
        return self.roller.reached[key]

    def part_read(self, j: int) -> Node:
        """A part of an array that the loop fills: as it was before, or as turns before made it."""
        array, loop, roller = self.arrays[j], self.loop, self.roller
        link, first = array.links[0], array.reads[j]
        node, whole = roller.listing.nodes[loop.start + j], roller.value(array.before)
        before = turns_before(link, first, loop.turns)
        if not before:
            axis, length = link.params["axes"][0], link.params["lengths"][0]
            rows = roller.by_rows(whole, axis, length)
            if rows is None or first >= LOOSE // 2:
                raise Unfit
            row = whole.size // whole.shape[axis]
            return self.given(node, Read(ALONG, self.argument(rows), first * row, link.step * row))
        made = roller.listing.nodes[loop.start + link.value]
        starts = [roller.listing.node(int(code)) for code in roller.columns(loop, j)[1].codes]
        given = [reshape(slice_(whole, start, **link.params), shape=made.shape)
                 for start in starts[:before]]
        return reshape(self.given(made, Read(
            CARRIED, self.arguments(given), output=self.index[link.value], distance=before)),
            shape=node.shape)

    def unchanged(self, column: Column) -> Node | None:
        """The value of an operand that is the same in all turns, outside of the loop."""
        if column.kind == FIXED:
            return self.roller.value(int(column.codes[0]))
        j = int(column.codes[0]) - self.loop.start
        if column.kind == INSIDE and j in self.roller.still[self.loop]:
            return self.roller.new[self.loop.start + j]
        return None


def gathered(values: Sequence[Node]) -> Node:
    """Python numbers as an array."""
    if any(x.prim not in (number, constant) for x in values):
        raise Unfit
    return gather(*values, dtype=kept_as(values[0].dtype.category))


def stack_of(node: Node) -> Node | None:
    """The result of a loop that ``node`` is a part of."""
    while node.prim in (reshape, slice_, transpose):
        node = node.args[0]
    return node if node.prim is result else None


def some_rows(stack: Node, first: int, count: int) -> Node:
    """``count`` rows from the ``first`` on."""
    return stack if count == stack.shape[0] else slice_(
        stack, lift(first), axes=(0,), lengths=(count,), steps=(1,))


def merged(rows: Node, shape: Shape, axis: int) -> Node:
    """``rows``, each of them in another ``shape``, one after the other along an axis of that."""
    count = rows.shape[0]
    whole = (*shape[:axis], count * shape[axis], *shape[axis + 1:])
    if math.prod(shape[:axis]) != 1:
        n = len(shape) + 1
        perm = *range(1, axis + 1), 0, *range(axis + 1, n)
        rows = transpose(reshape(rows, shape=(count, *shape)), perm=perm)
    return reshape(rows, shape=whole)


__all__ = ["Rolled", "rolled"]
