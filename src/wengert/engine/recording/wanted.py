"""What leads to the gradients that are asked for: the nodes of a unit, and the units behind it."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any
from weakref import ReferenceType, ref

from ..graph import Node, reachable
from ..ops.structural import source
from .handle import Handle
from .segment import NOT_ASKED, CustomOutput, Segment, Walk
from .templates import Template
from .walking import between, index_of

Leaves = dict[int, ReferenceType[Handle]]
"""Leaves, by the ids of their references: comparing these would compare tensors."""


def beside_all(engine: Any, units: Iterable[Any]) -> set[int] | None:
    """The leaves that are asked for; None where these are all that a backward from the units can
    come to, and no custom function is on the way: then nothing has to be found out on the way."""
    wanted: set[int] | None = engine.wanted_leaves
    if not wanted or engine.wanted_nodes:
        return wanted
    for unit in dict.fromkeys(units):
        leaves = leaves_behind(unit)
        if leaves is None:
            return wanted
        for each in leaves.values():
            leaf = each()
            if leaf is None or id(leaf) not in wanted:   # also one that nobody has any more
                return wanted
    return None


def leaves_behind(unit: Any) -> Leaves | None:
    """The leaves that a backward from ``unit`` can come to; None where custom functions are on the
    way. A segment keeps what was found, and one that adds no leaf has it in common with an older
    one."""
    todo = [(unit, segments_of(unit))]
    while True:
        unit, segments = todo[-1]
        older = [(segment, segments_of(segment)) for segment in segments
                 if segment.leaves is NOT_ASKED]
        if older:
            todo += older
            continue
        todo.pop()
        if unit.__class__ is not Segment:
            found = leaves_of(unit, segments)
        elif (found := unit.leaves) is NOT_ASKED:   # else two newer ones go on in it
            found = unit.leaves = leaves_of(unit, segments)
        if not todo:
            return found


def leaves_of(unit: Any, segments: Iterable[Segment]) -> Leaves | None:
    """The same, those of the older ``segments`` that it goes on in being known."""
    own: Leaves = {}
    for origin in origins_of(unit):
        if origin.__class__ is ReferenceType:
            own[id(origin)] = origin
        elif origin is not None and origin.__class__ is not tuple:
            return None
    found: Leaves = {}
    for segment in segments:
        leaves: Leaves | None = segment.leaves
        if leaves is None:
            return None
        if not found:
            found = leaves
        elif found is not leaves:
            own |= leaves
    return found if found and own.keys() <= found.keys() else found | own


def segments_of(unit: Any) -> dict[Segment, None]:
    """The older segments that the sources of a unit are in, each once."""
    return dict.fromkeys([origin[0] for origin in origins_of(unit) if origin.__class__ is tuple])


def origins_of(unit: Any) -> Iterable[Any]:
    """Where the gradients of a unit's sources go."""
    if unit.__class__ is not Segment:
        found: Iterable[Any] = unit.sources
        return found
    return unit._ends or unit.sources.values()


def leading(seeds: Iterable[Node], ends: set[Node]) -> set[Node]:
    """The nodes below ``seeds`` that lead to one of ``ends``, also through custom functions."""
    useful = set(ends)
    for node in reachable(seeds):
        if node in useful:
            continue
        if node.prim is source:
            if any(arg in useful for arg in node.args[1:]):
                useful.add(node)
        elif any(arg in useful and node.prim.derivative(i) is not None
                 for i, arg in enumerate(node.args)):
            useful.add(node)
    return useful


class Ways:
    """Where the gradients of a segment's sources go: to ``leaves``, by their ids; to custom
    functions, the first first (``customs``); to older segments, and to what custom functions go on
    in beside their inputs (``others``)."""

    __slots__ = ("customs", "leaves", "others")

    def __init__(self, sources: Mapping[Node, Any]) -> None:
        self.leaves: dict[int, list[tuple[Node, Any]]] = {}
        self.customs: list[Node] = []
        self.others: list[tuple[Node, Any]] = []
        for node, origin in sources.items():
            if isinstance(origin, ReferenceType):
                self.leaves.setdefault(id(origin()), []).append((node, origin))
                continue
            custom = type(origin) is CustomOutput
            if custom:
                self.customs.append(node)
            if not custom or "behind" in vars(origin.custom):
                self.others.append((node, origin))
        self.customs.sort(key=number_of)

    def ends(self, wanted: Collection[int], leads_on: Callable[[Any], bool],
             reached: Collection[Node] | None) -> tuple[Node, ...]:
        """The sources that lead to the leaves ``wanted``, by their ids, or ``leads_on`` says so; of
        others than leaves only those ``reached``, if that is known."""
        leaves = self.leaves
        ids = [k for k in wanted if k in leaves] if len(wanted) < len(leaves) else [
            k for k in leaves if k in wanted]
        found = [node for k in ids for node, origin in leaves[k] if id(origin()) == k]
        found += [node for node, origin in self.others
                  if (reached is None or node in reached) and leads_on(origin)]
        return tuple(sorted(found, key=number_of))

    def customs_in(self, low: float, high: float) -> list[Node]:
        """The custom functions' results with these numbers."""
        return self.customs[bisect_left(self.customs, low, key=number_of):
                            bisect_right(self.customs, high, key=number_of)]


def number_of(node: Node) -> int:
    """The number of a node, in the order in which they came about."""
    return node.index


def ways_of(unit: Segment) -> Ways:
    """The ways of a segment, found once."""
    ways: Ways | None = unit.ways
    if ways is None:
        ways = unit.ways = Ways(unit.sources)
    return ways


def behind(unit: Segment, reached: Collection[Node] | None = None) -> list[Segment]:
    """The segments that a segment depends on, by its sources that are ``reached``, if that is
    known."""
    origins: list[Any] = []
    for node, origin in ways_of(unit).others:
        if reached is not None and node not in reached:
            continue
        origins += origin.custom.behind if type(origin) is CustomOutput else (origin,)
    return [origin[0] for origin in origins if type(origin) is tuple and origin[0] is not unit]


DueLeaf = tuple[int, Handle, list[Node]]
"""A leaf that has hooks, with its sources in a unit, and the lowest number of what uses them."""


def due_leaves(engine: Any, unit: Segment, seeds: Iterable[Node]) -> list[DueLeaf]:
    """The leaves with hooks that a backward from ``seeds`` reaches through ``unit`` and nothing
    older, those that are reached first at the end: PyTorch gives them their gradients as soon as
    these are complete, before the hooks of what lies further down."""
    if engine.deliver is None or not met.hooks or engine.apart:
        return []
    leaves = {node: leaf for node, origin in unit.sources.items()
              if origin.__class__ is ReferenceType and (leaf := origin()) is not None
              and has_hooks(leaf)}
    if leaves:
        complete = no_longer_reached(leaves.values(), {**engine.pending, **segments_of(unit)})
        if complete is None or leaves_behind(unit) is None:
            return []
        leaves = {node: leaf for node, leaf in leaves.items() if id(leaf) in complete}
    found: dict[int, DueLeaf] = {}
    for number, node in uses(unit, leaves, seeds) if leaves else ():
        leaf = leaves[node]
        _, _, sources = found.pop(id(leaf), (number, leaf, []))
        found[id(leaf)] = number, leaf, [*sources, node]
    return list(found.values())[::-1]


def hand_over(engine: Any, due: list[DueLeaf], number: int) -> None:
    """Give those leaves their gradients that nothing uses up to this number."""
    while due and due[-1][0] > number:
        found = engine.leaves.pop(id(due.pop()[1]), None)
        if found is not None:
            engine.given.append(found[0])
            engine.deliver(*found, engine)


def give_complete(engine: Any) -> None:
    """Give those leaves with hooks their gradients that no unit which is still to come can reach,
    before the hooks in these."""
    if not met.hooks or engine.deliver is None or engine.apart:
        return
    waiting = [leaf for leaf, _ in engine.leaves.values() if has_hooks(leaf)]
    complete = no_longer_reached(waiting, engine.pending) if waiting else None
    for leaf in waiting if complete else ():
        if complete and id(leaf) in complete:
            found = engine.leaves.pop(id(leaf))
            engine.given.append(leaf)
            engine.deliver(*found, engine)


def no_longer_reached(leaves: Iterable[Handle], units: Iterable[Any]) -> set[int] | None:
    """The ids of those ``leaves`` that a backward from ``units`` cannot come to; None where custom
    functions are on the way."""
    behind = [leaves_behind(unit) for unit in units]
    if None in behind:
        return None
    return {id(leaf) for leaf in leaves
            if not any(id(ref(leaf)) in found for found in behind if found)}


class Met:
    """Whether a leaf was ever given a hook."""

    hooks = False


met = Met()


def has_hooks(leaf: Handle) -> bool:
    """Whether the user's Python may run when a gradient has reached ``leaf``."""
    x = leaf._x
    return x is not None and bool(x.hooks or x.post_hooks or x.grad_fn is not None)


def uses(unit: Segment, sources: Collection[Node], seeds: Iterable[Node]) -> Iterable[
        tuple[int, Node]]:
    """For each of the ``sources`` the lowest number of what uses it on the way from ``seeds``, the
    highest first."""
    lowest: dict[Node, int] = {}
    walk, met = unit.walk, set(seeds)
    users: Iterable[tuple[int, Iterable[Node]]]
    if walk is not None:
        users = ((index_of(step), step.operands) for step in reversed(walk.steps)
                 if not met.isdisjoint((step.out,) if step.template.single else step.out))
    else:
        users = ((user.index, user.args) for user in reversed(reachable(met)))
    for number, operands in users:
        met.update(operands)
        for node in operands:
            if node in sources:
                lowest.pop(node, None)
                lowest[node] = number
    return [(number, node) for node, number in lowest.items()]


def gone_through(seeds: Iterable[Node], floor: int, useful: set[Node] | None) -> list[Node]:
    """The nodes whose derivatives a backward from ``seeds`` reads."""
    seen: set[Node] = set()
    found = []
    stack = list(seeds)
    while stack:
        node = stack.pop()
        if node in seen or not node.requires_grad or node.index < floor:
            continue
        seen.add(node)
        below = [arg for i, arg in enumerate(node.args)
                 if arg.requires_grad and (useful is None or arg in useful)
                 and node.prim.derivative(i) is not None]
        if below:
            found.append(node)
            stack += below
    return found


def leads_in(unit: Segment, walk: Walk, ends: Collection[Node], high: float) -> set[Node]:
    """The nodes of a walked segment up to number ``high`` that lead to one of ``ends``, also
    through custom functions; the same for all walks of a program that comes again."""
    program = walk.program
    if program.runs < 2 or walk.inside:
        return _leads_in(unit, walk, ends, high)
    key, known = (frozenset(ends), high), program.leading
    found: set[Node] | None = known.get(key)
    if found is None:
        if len(known) > MOST:
            known.clear()
        found = known[key] = _leads_in(unit, walk, ends, high)
    return found


def _leads_in(unit: Segment, walk: Walk, ends: Collection[Node], high: float) -> set[Node]:
    useful = set(ends)
    low = min([node.index for node in ends], default=0)
    steps = walk.steps[bisect_left(walk.steps, low, key=index_of):
                       bisect_right(walk.steps, high, key=index_of)]
    customs = {node: node.args[1:] for node in ways_of(unit).customs_in(low, high)}
    inside = {walk.steps[k]: nodes for k, nodes in walk.inside.items()}
    passed: list[tuple[int, Any]] = [*[(index_of(step), step) for step in steps],
                                     *[(node.index, node) for node in customs]]
    if customs:
        passed.sort(key=lambda each: each[0])
    for _, each in passed:
        if isinstance(each, Node):
            if not useful.isdisjoint(customs[each]):
                useful.add(each)
            continue
        template: Template = each.template
        pull = template.pullback(template.every)
        operands = each.operands
        if pull is not None and any(operands[k] in useful for k in pull.targets):
            useful.update((each.out,) if template.single else each.out)
            useful.update(inside.get(each, ()))
    return useful


def reached_from(walk: Walk | None, seeds: tuple[Node, ...]) -> Collection[Node] | None:
    """The sources of a walked segment that a backward from ``seeds`` reaches: what else is in it
    may lead far back, and to nothing wanted. None where there is more to look at: custom functions,
    and what has a history inside of a call. It is the same for all walks of a program."""
    if walk is None or walk.inside:
        return None
    known = walk.program.reached
    if seeds not in known:
        if len(known) > MOST:
            known.clear()
        known[seeds] = _reached(walk, seeds)
    found: Collection[Node] | None = known[seeds]
    return found


MOST = 16


def _reached(walk: Walk, seeds: tuple[Node, ...]) -> Collection[Node] | None:
    if any(node.args for node in walk.sources):
        return None
    needed = set(seeds)
    for k in between(walk, seeds, -1):
        step = walk.steps[k]
        template: Template = step.template
        if (step.out in needed) if template.single else not needed.isdisjoint(step.out):
            pull = template.pullback(template.every)
            if pull is None:
                return None
            needed.update([step.operands[place] for place in pull.targets])
    return {node for node in walk.sources if node in needed}


__all__ = ["DueLeaf", "behind", "beside_all", "due_leaves", "gone_through", "hand_over", "leading",
           "leads_in", "reached_from", "ways_of"]
