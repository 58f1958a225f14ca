"""Values that are made anew in each loop that reads them, instead of being written to memory.

:func:`recompute` does it where the readers then read no more than before.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from ..graph import Node, Shape
from ..ops.elementwise import constant
from .groups import Fusion, Group, Item, Target, users_of
from .places import FULL, MOVES, Place, is_leaf, leaves_of, ones, placed

LONGEST = 4
"""So many operations are made anew for one value."""


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
            wider = made_by_all(fusion, readers, node, item, users)
            if wider is None:
                continue
            for j, fit in wider:
                group = fusion.group(j)
                group.nodes, (group.outer, group.places) = fit
                for arg in {arg for each in group.nodes for arg in each.args}:
                    if arg not in group.places:
                        users.setdefault(arg, set()).add(j)
            del users[node]
        reads = Counter([arg for node in item.nodes for arg in set(node.args)])
        for node in reversed(list(item.nodes)):   # what nobody needs here any more
            if not is_leaf(node) and node not in users and node not in kept and not reads[node]:
                item.nodes.remove(node)
                reads.subtract(set(node.args))
                if fusion.of.get(node) == i:
                    del fusion.of[node]
        if all(map(is_leaf, item.nodes)):
            fusion.items[i] = None


Made = tuple[list[Node], tuple[int, dict[Node, Place]]]
"""The nodes of a group, its split and places."""


def made_by_all(fusion: Fusion, readers: Iterable[int], node: Node, maker: Group,
                users: dict[Node, set[int]]) -> list[tuple[int, Made]] | None:
    """What each of ``readers`` is with ``node``; None if one of them cannot make it."""
    found = []
    for j in readers:
        made = made_by(fusion.items[j], node, maker, users, fusion.target)
        if made is None:
            return None
        found.append((j, made))
    return found


def made_by(reader: Item | None, node: Node, maker: Group, users: dict[Node, set[int]],
            target: Target) -> Made | None:
    """The nodes, split and places of a group with ``node``, if it can make it of what is in memory
    anyway, and reads no more for it."""
    if (not isinstance(reader, Group) or reader.own or reader.late is not maker.late
            or reader.space != node.shape or len(reader.nodes) >= target.most_nodes):
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
            elif steady(arg.shape, node.shape) < target.least_row:
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
