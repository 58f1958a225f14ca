"""The nodes of a way as one would tell of them: operations of the user, modules, loops.

:func:`grouped` makes a tree: its leaves are nodes, and a :class:`Group` is one operation that was
called (with the nodes that it is made of), a call of a module, or the turns of a loop.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..engine.graph import Node
from ..engine.recording.handle import Handle
from .names import Owner
from .way import Way

LEAST_TURNS = 3
LONGEST_TURN = 200
"""Operations that a turn of a loop has at most, to be found."""
CALL, MODULE, LOOP, TURN = "call", "module", "loop", "turn"


@dataclass
class Group:
    """Nodes that belong together; ``end`` is the last of them, whose value is the group's."""

    kind: str
    title: str
    end: Node
    members: list[Item] = field(default_factory=list)

    def nodes(self) -> list[Node]:
        """All nodes in it, in their order."""
        found: list[Node] = []
        todo: list[Item] = [self]
        while todo:
            item = todo.pop()
            if isinstance(item, Node):
                found.append(item)
            else:
                todo += reversed(item.members)
        return found


Item = Node | Group
Stack = tuple[Owner, ...]
"""The modules inside whose calls a node was recorded, the outermost first."""


def end_of(item: Item) -> Node:
    """The node whose value an item has."""
    return item if isinstance(item, Node) else item.end


def grouped(way: Way, nodes: Sequence[Node], stack_of: Callable[[Node], Stack]) -> list[Item]:
    """``nodes``, of a way and in order, as a tree."""
    items = calls(way, nodes)
    return loops(modules(items, stack_of))


def calls(way: Way, nodes: Sequence[Node]) -> list[Item]:
    """The nodes that an operation of the user is made of, as one."""
    made: dict[Node, Item] = {}
    for node in nodes:
        made[node] = node
        if node.call is None or not node.call.name or node in way.customs:
            continue
        given = set(way.operands.get(node, ()))
        inside: list[Node] = []
        todo = [node]
        while todo:
            for _, arg in way.before[todo.pop()]:
                if arg in made and arg not in given and arg not in inside:
                    inside.append(arg)
                    todo.append(arg)
        if inside:
            members = [made.pop(each) for each in sorted(inside, key=lambda each: each.index)]
            made[node] = Group(CALL, operation(node), node, [*members, node])
    return list(made.values())


def operation(node: Node) -> str:
    """What the user called: ``layer_norm`` for ``NativeLayerNormBackward0``."""
    name = node.call.name if node.call is not None else node.prim.name
    name = re.sub(r"Backward\d*$", "", name).removeprefix("Native")
    name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
    return re.sub(r"^_(?=\w)", "", name)


def modules(items: Sequence[Item], stack_of: Callable[[Node], Stack], depth: int = 0
            ) -> list[Item]:
    """Neighbours that were recorded in a call of the same module, as one."""
    found: list[Item] = []
    run: list[Item] = []
    owner: Owner | None = None

    def close() -> None:
        if owner is None:
            found.extend(run)
        elif run:
            inner = modules(run, stack_of, depth + 1)
            if len(inner) == 1 and isinstance(inner[0], Group) and inner[0].kind == MODULE:
                found.append(inner[0])
            else:
                title = f"{owner.name} ({owner.kind})"
                found.append(Group(MODULE, title, end_of(run[-1]), inner))
        run.clear()

    for item in items:
        stack = stack_of(end_of(item))
        mine = stack[depth] if len(stack) > depth else None
        if mine != owner:
            close()
            owner = mine
        run.append(item)
    close()
    return found


def loops(items: Sequence[Item]) -> list[Item]:
    """Stretches that come again and again, as the turns of a loop."""
    items = [Group(item.kind, item.title, item.end, loops(item.members))
             if isinstance(item, Group) and item.kind == MODULE else item for item in items]
    while True:
        folded = once(items)
        if len(folded) == len(items):
            return items
        items = folded


def once(items: list[Item]) -> list[Item]:
    """One pass: each stretch that is repeated becomes a loop."""
    keys = [key(item) for item in items]
    found: list[Item] = []
    i = 0
    while i < len(items):
        period, turns = repeated(keys, i)
        if turns < LEAST_TURNS:
            found.append(items[i])
            i += 1
            continue
        groups: list[Item] = []
        for k in range(turns):
            part = items[i + k * period:i + (k + 1) * period]
            groups.append(part[0] if period == 1 else Group(
                TURN, f"turn {k + 1}", end_of(part[-1]), part))
        end = i + turns * period
        what = ", ".join(dict.fromkeys(map(titled, items[i:i + period])))
        what = what if len(what) <= 40 else f"{what[:38]} …"
        found.append(Group(LOOP, f"{turns} turns of {what}", end_of(items[end - 1]), groups))
        i = end
    return found


def titled(item: Item) -> str:
    """What an item is called in the title of a loop."""
    if isinstance(item, Node):
        return operation(item)
    return item.title.partition("(")[2][:-1] if item.kind == MODULE else item.title


def repeated(keys: Sequence[Hashable], i: int) -> tuple[int, int]:
    """The shortest stretch at ``i`` that comes again at once, and how often."""
    for period in range(1, min(LONGEST_TURN, (len(keys) - i) // LEAST_TURNS) + 1):
        if keys[i + period] != keys[i]:
            continue
        end = i + period
        while end < len(keys) and keys[end] == keys[end - period]:
            end += 1
        turns = (end - i) // period
        if turns >= LEAST_TURNS:
            return period, turns
    return 0, 0


def key(item: Item) -> Hashable:
    """What an item is, wherever it stands."""
    if isinstance(item, Node):
        return item.line, item.prim.name, item.call.name if item.call else "", item.shape
    if item.kind == LOOP:
        return item.kind, key(item.members[0])
    return (item.kind, re.sub(r"\W.*", "", item.title) if item.kind == MODULE else item.title
            if item.kind != TURN else "", tuple(map(key, item.members)))


def stacks(way: Way, owners: dict[int, Owner], recorded: dict[Any, Stack]
           ) -> Callable[[Node], Stack]:
    """In which modules a node was recorded: as it was ``recorded``, or in that whose parameters the
    operation reads."""
    by_leaf: dict[Node, Owner] = {
        node: owners[id(leaf)] for node, leaf in way.leaves.items() if id(leaf) in owners}
    sources = {copy: place.node for place, copy in way.places.items()}

    def stack_of(node: Node) -> Stack:
        found = recorded.get(sources.get(node))
        if found is not None:
            return found
        for each in way.operands.get(node, ()):
            leaf: Handle | None = way.leaves.get(each)
            if leaf is not None and each in by_leaf:
                return (by_leaf[each],)
        return ()
    return stack_of
