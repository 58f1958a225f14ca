"""Where in a loop over a space a node's value is known.

A *space* is the shape that loops run over, split into outer and inner dimensions: rows, and the
elements of a row. Each node of a group has a :class:`Place` there: a value per element, per row
(outer index), per column (inner index), or one for all, before or after the loops. A reduction over
the inner dimensions followed by a broadcast over them stays in the loop: the row is then walked
more than once, and the place's ``level`` says in which walk a value is known.

Start with :func:`placed`.
"""

from __future__ import annotations

from collections.abc import Iterable

from ..graph import Node, Shape
from ..ops.elementwise import add, constant
from ..ops.fused import position
from ..ops.structural import broadcast_to, full, reshape
from ..passes.simplify import reduced_axes

ONE, ROW, FULL, COLUMN, AFTER = "one", "row", "full", "column", "after"
"""One value before the loops; one per row; one per element; one per column, and one value, after
the loops."""

MOVES = frozenset([reshape, broadcast_to, full])


class Place:
    """Where in a group a node's value is, and in which walk over the row it is known."""

    __slots__ = ("kind", "level")

    def __init__(self, kind: str, level: int = 0) -> None:
        self.kind = kind
        self.level = level


def ones(shape: Shape) -> bool:
    """Whether ``shape`` is that of one element."""
    return shape.count(1) == len(shape)


def is_sum(node: Node) -> bool:
    """Whether ``node`` adds up elements."""
    return node.prim.reduction is not None and node.prim.reduction.combine is add


def is_leaf(node: Node) -> bool:
    """Whether ``node`` depends on constants alone: each kernel that needs it makes it anew."""
    return node.prim in (full, position) and node.args[0].prim is constant


def leaves_of(node: Node, known: Iterable[Node]) -> list[Node]:
    """The arguments of ``node`` that are leaves and not in ``known``."""
    return [arg for arg in dict.fromkeys(node.args) if is_leaf(arg) and arg not in known]


class Fit:
    """Tries to place nodes in a space with a given split."""

    def __init__(self, space: Shape, outer: int) -> None:
        self.space = space
        self.outer = outer
        self.single = ones(space)
        self.short = space[:outer]
        self.long = space[:outer] + (1,) * (len(space) - outer)
        self.rows = {i for i, n in enumerate(space) if n != 1 and i < outer}
        self.columns = {i for i, n in enumerate(space) if n != 1 and i >= outer}

    def place(self, node: Node, places: dict[Node, Place]) -> Place | None:
        """The place of ``node``, whose arguments outside ``places`` are given."""
        prim = node.prim
        if prim.reduction is not None:
            return self.reduction(node, places)
        if prim is reshape or (prim is broadcast_to and node.shape != self.space):
            return self.reshaped(node, places)
        inside = [(arg, places[arg]) for arg in node.args if arg in places]
        level = 0
        for _, place in inside:
            if place.level > level:
                level = place.level
        if node.shape == self.space and not self.single:
            return self.element(node, inside, level)
        kinds = {place.kind for _, place in inside}
        if ones(node.shape):
            if kinds <= {ONE}:
                return Place(ONE)
            if AFTER in kinds:
                return Place(AFTER) if kinds <= {ONE, AFTER} else None
            if kinds <= {ONE, ROW} and not self.rows:
                return Place(ROW, level)
            return None
        if node.shape in (self.short, self.long) and self.rows and kinds <= {ONE, ROW}:
            if prim is position or (not kinds and not node.args):
                return None
            if any(place.kind == ROW and arg.shape != node.shape for arg, place in inside):
                return None
            if ROW not in kinds and node.shape != self.long:
                return None
            return Place(ROW, level)
        return None

    def element(self, node: Node, inside: Iterable[tuple[Node, Place]], level: int) -> Place | None:
        """The place of ``node``, of the space's shape, made of what is ``inside``."""
        for arg, place in inside:
            kind = place.kind
            if kind == FULL:
                if arg.shape != self.space:
                    return None
            elif kind == ROW:
                if arg.shape != self.long and not (ones(arg.shape) and not self.rows):
                    return None
            elif kind != ONE:
                return None
        if node.prim is position and self.columns != {node.params["axis"]}:
            return None
        return Place(FULL, level)

    def reshaped(self, node: Node, places: dict[Node, Place]) -> Place | None:
        place = places.get(node.args[0])
        if ones(node.shape):
            if place is None:
                return Place(ONE)
            return place if place.kind in (ONE, AFTER) or (
                place.kind == ROW and not self.rows) else None
        if node.prim is broadcast_to:
            return None
        if place is not None and place.kind == ROW and node.shape in (self.short, self.long):
            return place
        return None

    def reduction(self, node: Node, places: dict[Node, Place]) -> Place | None:
        arg = node.args[0]
        place = places.get(arg)
        dims = set(reduced_axes(node))
        if not dims:
            return None
        if place is not None and place.kind == ROW and self.rows and ones(node.shape):
            return Place(AFTER) if arg.shape == self.short or arg.shape == self.long else None
        if arg.shape != self.space or self.single:
            return None
        if place is not None and place.kind != FULL:
            return None
        level = place.level if place is not None else 0
        if dims == self.columns:
            fits = node.shape in (self.short, self.long) or (ones(node.shape) and not self.rows)
            return Place(ROW, level + 1) if fits else None
        if dims == self.columns | self.rows:
            return Place(AFTER)
        if dims == self.rows and is_sum(node):
            return Place(COLUMN)
        return None


def steers(node: Node) -> bool:
    """Whether it depends on ``node`` how the space of a group is split."""
    return node.prim.reduction is not None or node.prim is position


def splits(space: Shape, nodes: Iterable[Node]) -> list[int]:
    """The splits of ``space`` to try, so that the reductions in ``nodes`` fit."""
    found = {0}
    real = [i for i, n in enumerate(space) if n != 1]
    for node in nodes:
        if node.prim is position:
            found.add(node.params["axis"])
        if node.prim.reduction is not None and node.args[0].shape == space:
            dims = reduced_axes(node)
            if not dims or len(dims) == len(real):
                continue
            if dims[-1] == real[-1]:   # axes of length 1 before them may be reduced too
                before = max([i for i in real if i < dims[0]], default=-1)
                found.update(range(before + 1, dims[0] + 1))
            elif dims[0] == real[0]:
                found.add(next(i for i in real if i > dims[-1]))
    return sorted(found, reverse=True)


def placed(space: Shape, nodes: list[Node]) -> tuple[int, dict[Node, Place]] | None:
    """A split of ``space`` and the place of each of ``nodes`` (in topological order), if they
    fit."""
    for outer in splits(space, nodes):
        places = fitted(space, outer, nodes)
        if places is not None:
            return outer, places
    return None


def fitted(space: Shape, outer: int, nodes: list[Node]) -> dict[Node, Place] | None:
    """The place of each of ``nodes`` in ``space``, split at ``outer``; None if one has none."""
    fit = Fit(space, outer)
    places: dict[Node, Place] = {}
    for node in nodes:
        place = fit.place(node, places)
        if place is None:
            return None
        places[node] = place
    return places
