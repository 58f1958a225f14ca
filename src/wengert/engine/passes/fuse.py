"""Fusion: which nodes of a graph share a loop.

:func:`fused` partitions a graph into *groups*, each of which becomes one kernel, and single nodes,
which stay library calls. A group has a *space*: the shape that its loops run over, split into outer
and inner dimensions. Each of its nodes has a *place* there (:class:`Place`): a value per element,
per row (outer index), per column (inner index), or one for all, before or after the loops.
A reduction over the inner dimensions followed by a broadcast over them stays in the group: the
kernel then walks the row more than once, and the place's ``level`` says in which walk a value is
known.

Start with :class:`Group`, then :func:`placed`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable

from ...config import config
from ..dtypes import (
    bfloat16,
    bool_,
    float16,
    float32,
    float64,
    int8,
    int16,
    int32,
    int64,
    uint8,
)
from ..graph import Graph, Node, Shape
from ..ops.elementwise import add, constant
from ..ops.fused import position
from ..ops.structural import broadcast_to, full, reshape
from .own import has_own_kernel, is_gemm
from .simplify import reduced_axes
from .turn import is_transpose, right_factors

ONE, ROW, FULL, COLUMN, AFTER = "one", "row", "full", "column", "after"
"""One value before the loops; one per row; one per element; one per column, and one value, after
the loops."""

MOVES = frozenset([reshape, broadcast_to, full])
HALVES = frozenset([float16, bfloat16])
"""``widen.py`` has these computed in float32."""
SHORT = HALVES | {uint8, int8, int16}
"""Dtypes that kernels read, write and convert, and do not compute in."""
DTYPES = frozenset([bool_, int32, int64, float32, float64]) | SHORT
SHARED = 1 << 15
"""Threads may share a loop over so many elements."""
MOST_NODES = 96
"""A kernel has no more nodes than this, so that equal pieces of a long program share code."""


class Place:
    """Where in a group a node's value is, and in which walk over the row it is known."""

    __slots__ = ("kind", "level")

    def __init__(self, kind: str, level: int = 0) -> None:
        self.kind = kind
        self.level = level


class Group:
    """Nodes that share a loop over ``space``, whose first ``outer`` dimensions are outside.

    ``fixed`` says that a reduction settled ``outer``; ``late`` that it is made of totals that come
    together when their loop is over; ``own`` that it is one node that has a kernel of its own kind
    (``own.py``). ``stored`` are the nodes whose values are used outside.
    """

    __slots__ = ("fixed", "id", "inputs", "late", "nodes", "outer", "own", "places", "space",
                 "stored")

    def __init__(self, id: int, space: Shape, outer: int, nodes: list[Node],
                 places: dict[Node, Place], *, late: bool = False,
                 inputs: Iterable[Node] = (), own: bool = False) -> None:
        self.id = id
        self.space = space
        self.outer = outer
        self.nodes = nodes
        self.places = places
        self.fixed = False
        self.late = late
        self.own = own
        self.stored: list[Node] = []
        self.inputs = list(dict.fromkeys(inputs))


Item = Group | Node
Fusible = Callable[[Node], bool]
"""Whether a backend's kernels can compute a node."""


def ones(shape: Shape) -> bool:
    """Whether ``shape`` is that of one element."""
    return all(n == 1 for n in shape)


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
        kinds = {place.kind for _, place in inside}
        level = max([place.level for _, place in inside], default=0)
        if node.shape == self.space and not ones(self.space):
            if kinds & {COLUMN, AFTER}:
                return None
            for arg, place in inside:
                if place.kind == ROW and not (
                        arg.shape == self.long or (ones(arg.shape) and not self.rows)):
                    return None
                if place.kind == FULL and arg.shape != self.space:
                    return None
            if prim is position and self.columns != {node.params["axis"]}:
                return None
            return Place(FULL, level)
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
        if arg.shape != self.space or ones(self.space):
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


class Fusion:
    """The partition of one graph, made node by node in topological order."""

    def __init__(self, graph: Graph, fusible: Fusible) -> None:
        self.fusible = fusible
        self.given = set(graph.inputs)
        self.items: list[Item | None] = []
        self.of: dict[Node, int] = {}
        self.deps: list[int] = []
        """For each item, the items that it depends on, as bits."""
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
        if not self.fusible(node):
            self.enter(node, owners)
            return
        near = [i for i in sorted(owners, reverse=True) if isinstance(self.items[i], Group)]
        late = config.threads > 1 and any(self.comes_late(i, node) for i in near)
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
        known = None if group.late else extended(group, node)
        if known is None or node.prim.reduction is not None or math.prod(known[0]) < SHARED:
            return False
        _, outer, places = known
        return places[node].kind in ((AFTER, COLUMN) if outer else (AFTER, COLUMN, ROW))

    def enter(self, item: Item, owners: Iterable[int]) -> None:
        bits = 0
        for i in owners:
            bits |= self.deps[i] | 1 << i
        if isinstance(item, Node):
            self.of[item] = len(self.items)
        self.items.append(item)
        self.deps.append(bits)

    def join(self, i: int, node: Node, owners: Iterable[int]) -> bool:
        """Put ``node`` into group ``i`` if no other argument of it depends on that group."""
        group = self.group(i)
        if len(group.nodes) >= MOST_NODES or any(
                self.deps[j] >> i & 1 for j in owners if j != i):
            return False
        for new in [*leaves_of(node, group.places), node]:
            known = extended(group, new)
            if known is None:
                return False   # a leaf that came in stays, and is computed for nobody
            group.space, group.outer, group.places = known
            group.nodes.append(new)
        self.of[node] = i
        bits = self.deps[i]
        for j in owners:
            if j != i:
                bits |= self.deps[j] | 1 << j
        self.depend(i, bits)
        return True

    def depend(self, i: int, bits: int) -> None:
        if bits == self.deps[i]:
            return
        self.deps[i] = bits
        for j, old in enumerate(self.deps):
            if old >> i & 1:
                self.deps[j] = old | bits

    def merge(self, i: int, j: int) -> int:
        """Make groups ``i`` and ``j`` one if neither reaches the other through a third."""
        a, b = self.group(i), self.group(j)
        if len(a.nodes) + len(b.nodes) > MOST_NODES:
            return i
        for k, item in enumerate(self.items):
            if item is not None and k not in (i, j) and (
                    (self.deps[k] >> i & 1 and self.deps[j] >> k & 1)
                    or (self.deps[k] >> j & 1 and self.deps[i] >> k & 1)):
                return i
        nodes = sorted({*a.nodes, *b.nodes}, key=lambda node: node.index)
        for space in dict.fromkeys((a.space, b.space)):
            if a.space != b.space and not ones((a if space == b.space else b).space):
                continue
            fit = placed(space, nodes)
            if fit is not None:
                a.nodes, a.space = nodes, space
                a.outer, a.places = fit
                self.items[j] = None
                for node in b.nodes:
                    if node in self.of:
                        self.of[node] = i
                both = (self.deps[i] | self.deps[j]) & ~(1 << i | 1 << j)
                for k, old in enumerate(self.deps):
                    if old >> j & 1 or old >> i & 1:
                        self.deps[k] = (old & ~(1 << j)) | 1 << i | both
                self.deps[i] = both
                self.deps[j] = 0
                return i
        return i


def extended(group: Group, node: Node) -> tuple[Shape, int, dict[Node, Place]] | None:
    """The space, split and places of ``group`` with ``node``, if it fits."""
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
                return wider, group.outer, {**group.places, node: place}
        found = placed(wider, [*group.nodes, node])
        if found is not None:
            return wider, *found
    return None


def fused(graph: Graph, fusible: Fusible,
          by_rows: Collection[Node] | None = None) -> list[Item]:
    """``graph`` as groups of nodes that are ``fusible`` and single nodes, in an order in which they
    can run. Where kernels can call BLAS, ``by_rows`` are the inputs that lie in memory row by
    row."""
    fusion = Fusion(graph, fusible)
    kept = set(graph.outputs)
    own_kernels(fusion)
    if by_rows is not None:
        products(fusion, by_rows)
        drop_transposes(fusion, kept)
    recompute(fusion, kept)
    users = users_of(fusion)
    for i, item in enumerate(fusion.items):
        if isinstance(item, Group) and item.own:
            item.stored = item.nodes
        elif isinstance(item, Group):
            inside = set(item.nodes)
            used = {arg for node in item.nodes for arg in node.args}
            item.nodes = sorted((node for node in item.nodes if node in used or not is_leaf(node)),
                                key=lambda node: node.index)
            item.stored = [node for node in item.nodes if not is_leaf(node)
                           and (node in kept or users.get(node, set()) - {i})]
            item.inputs = list(dict.fromkeys(
                arg for node in item.nodes for arg in node.args if arg not in inside))
    return ordered(fusion)


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


LONGEST = 4
"""So many operations are made anew for one value."""
LEAST_ROW = 64
"""A loop that becomes shorter than this costs more than what is not written saves."""


def is_cheap(node: Node) -> bool:
    """Whether a value of a loop may be made again in another one."""
    prim = node.prim
    return prim.reduction is None and prim not in MOVES and not (prim.expensive or prim.checks)


def recompute(fusion: Fusion, kept: set[Node]) -> None:
    """Have cheap values made anew by the groups that read them, where those then read no more from
    memory than before: nobody writes them."""
    users = users_of(fusion)
    # What is compared is the same number wherever it is read: with a fused multiply-add in one of
    # two places it would not be.
    compared = {arg for item in fusion.items if isinstance(item, Group)
                for node in item.nodes if node.prim.compares for arg in node.args}
    for i, item in enumerate(fusion.items):
        if not isinstance(item, Group) or item.own or ones(item.space):
            continue
        for node in list(item.nodes):
            readers = users.get(node)
            if not readers or node in kept or node in compared or (
                    not is_cheap(node) or item.places[node].kind != FULL):
                continue
            wider = [(j, fit) for j in readers
                     if (fit := made_by(fusion.items[j], node, item, users))]
            if len(wider) < len(readers):
                continue
            for j, fit in wider:
                group = fusion.group(j)
                group.nodes, (group.outer, group.places) = fit
                for arg in {arg for each in group.nodes for arg in each.args}:
                    if arg not in group.places:
                        users.setdefault(arg, set()).add(j)
            del users[node]
        for node in reversed(list(item.nodes)):   # what nobody needs here any more
            if not is_leaf(node) and node not in users and node not in kept and not any(
                    node in other.args for other in item.nodes):
                item.nodes.remove(node)
                if fusion.of.get(node) == i:
                    del fusion.of[node]
        if all(map(is_leaf, item.nodes)):
            fusion.items[i] = None


def made_by(reader: Item | None, node: Node, maker: Group, users: dict[Node, set[int]]
            ) -> tuple[list[Node], tuple[int, dict[Node, Place]]] | None:
    """The nodes, split and places of a group with ``node``, if it can make it of what is in memory
    anyway, and reads no more for it."""
    if (not isinstance(reader, Group) or reader.own or reader.late is not maker.late
            or reader.space != node.shape or len(reader.nodes) >= MOST_NODES):
        return None
    read = {arg for other in reader.nodes for arg in other.args}
    chain, more = [node], set()
    for each in chain:
        for arg in each.args:
            if arg in reader.places or arg in read or arg in chain or is_leaf(arg) or (
                    arg.prim is constant):
                continue
            if arg in maker.places and arg not in users:   # nobody writes it
                if not is_cheap(arg) or maker.places[arg].kind != FULL:
                    return None
                chain.append(arg)
            elif arg.size == node.size:
                more.add(arg)
            elif steady(arg.shape, node.shape) < LEAST_ROW:
                return None
    if len(more) > 1 or len(chain) > LONGEST:
        return None
    leaves = [leaf for each in chain for leaf in leaves_of(each, reader.places)]
    nodes = sorted({*reader.nodes, *leaves, *chain}, key=lambda each: each.index)
    fit = placed(reader.space, nodes)
    return None if fit is None else (nodes, fit)


def steady(shape: Shape, space: Shape) -> int:
    """Over how many elements of a row of ``space`` a value of ``shape`` is one number, or goes from
    element to element: as long is the loop that can read it."""
    lead = len(space) - len(shape)
    length, kind = 1, None
    for i in reversed(range(len(space))):
        if space[i] == 1:
            continue
        here = i >= lead and shape[i - lead] != 1
        if kind is not None and here is not kind:
            break
        length, kind = length * space[i], here
    return length


def own_kernels(fusion: Fusion) -> None:
    """Make groups of the single nodes that have kernels of their own, products apart."""
    users = users_of(fusion)
    uses = right_factors(fusion.of)
    for node, i in list(fusion.of.items()):
        if fusion.items[i] is node and has_own_kernel(
                node, any(isinstance(fusion.items[j], Group) for j in users.get(node, ())), uses):
            fusion.items[i] = Group(i, node.shape, 0, [node], {node: Place(FULL)}, own=True,
                                    inputs=node.args)


def products(fusion: Fusion, by_rows: Collection[Node]) -> None:
    """Make groups of the products whose factors lie in memory row by row, or are transposes of
    what does."""
    def lies(node: Node) -> bool:
        i = fusion.of.get(node)
        if i is None:
            return node in by_rows
        item = fusion.items[i]
        if isinstance(item, Node) and item.prim is reshape:
            return lies(item.args[0])
        return not isinstance(item, Node) or not item.prim.aliases

    for node, i in fusion.of.items():
        if fusion.items[i] is node and is_gemm(node):
            inputs = [arg.args[0] if is_transpose(arg) and not lies(arg) else arg
                      for arg in node.args]
            if all(map(lies, inputs)):
                fusion.items[i] = Group(i, node.shape, 0, [node], {node: Place(FULL)}, own=True,
                                        inputs=inputs)


def drop_transposes(fusion: Fusion, kept: set[Node]) -> None:
    """Forget the transposes that BLAS alone would read: it reads what they are made of."""
    users = users_of(fusion)
    for i, item in enumerate(fusion.items):
        if isinstance(item, Node) and is_transpose(item) and item not in users and (
                item not in kept):
            fusion.items[i] = None
            del fusion.of[item]


def ordered(fusion: Fusion) -> list[Item]:
    """The items in topological order, kernels as soon as they can run, so that they run
    together; changes of shape, which cost nothing, count as kernels."""
    waits: dict[int, int] = {}
    after: dict[int, set[int]] = {}
    for i, item in enumerate(fusion.items):
        if item is None:
            continue
        before = {fusion.of[arg] for arg in needs(item) if arg in fusion.of} - {i}
        waits[i] = len(before)
        for j in before:
            after.setdefault(j, set()).add(i)
    def quick(i: int) -> bool:
        item = fusion.items[i]
        return isinstance(item, Group) or (isinstance(item, Node) and item.prim is reshape)

    kernels = [i for i, n in waits.items() if not n and quick(i)]
    calls = [i for i, n in waits.items() if not n and not quick(i)]
    done: list[Item] = []
    while kernels or calls:
        i = kernels.pop(0) if kernels else calls.pop(0)
        item = fusion.items[i]
        assert item is not None
        done.append(item)
        for j in sorted(after.get(i, ())):
            waits[j] -= 1
            if not waits[j]:
                (kernels if quick(j) else calls).append(j)
    assert len(done) == len(waits), "a cycle among kernels"
    return done


__all__ = ["AFTER", "COLUMN", "FULL", "ONE", "ROW", "Group", "Item", "Place", "fitted", "fused"]
