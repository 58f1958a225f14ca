"""Backward: cotangents from some roots down to leaves, through the recording and its segments.

The graph is cut into *units*: the current recording and the segments that flushed recordings left,
each with a sequence number, so that a unit comes after everything that it depends on. The engine
takes the newest unit that has cotangents, records its adjoint as one step (:func:`stage`) and hands
the cotangents at its sources on. Where Python must run in between (a hook, a custom function) a
unit is cut there into stages; the rest stays on known paths. Start with :class:`Engine`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any
from weakref import ReferenceType

import numpy as np

from ..arrays import as_buffer, filled
from ..errors import Line, by_signal, is_second_backward, user_line
from ..graph import Node, building, lift, reachable
from ..locks import sharing
from ..meta import MetaArray
from ..ops.collectives import effects_of
from ..ops.elementwise import cast
from ..ops.structural import alias, free, full, input_, number, stop
from ..passes.substitute import substitute
from ..transforms.vjp import vjp
from .cutting import FEWEST, heads
from .descent import accumulate, added, highest, walked_down
from .flushing import flush, value
from .freed import check_freed, check_kept, let_go, unneeded
from .handle import Handle
from .keys import StageKey
from .origins import arrival
from .program import Freed, SegmentPlan, Stage, path_nodes
from .pulling import recorded_pulls
from .recorder import as_number, hold, record_fresh, wait
from .recording import Recording, here, history
from .segment import CustomOutput, LaneEnd, Segment
from .straight import gone_down, gone_straight, is_plain
from .templates import number_node, reads, settled
from .tree import NONE_FREED, Step
from .walking import NotWalked, pulled
from .wanted import (
    behind,
    beside_all,
    due_leaves,
    give_complete,
    gone_through,
    hand_over,
    leading,
    leads_in,
    reached_from,
    ways_of,
)
from .worth import in_turns, of_adjoint

Unit = Recording | Segment
Cts = dict[Node, Handle]
MANY = 4
"""After so many stages, one that is not known where the backward is now begins a recording."""
Found = tuple[Node, Any, Handle]
"""An end that a stage reached: its node, its origin, its cotangent."""


class NodeHooks:
    """What the user's Python wants to do when a backward comes through a node.

    ``before`` take and may replace the cotangent; ``keep`` are told the final one; ``pre`` and
    ``post`` are those of ``grad_fn``: they see the cotangents of all results, and of all operands.
    """

    __slots__ = ("before", "keep", "post", "pre")

    def __init__(self) -> None:
        self.before: dict[int, Any] = {}
        self.keep: dict[int, Any] = {}
        self.pre: dict[int, Any] = {}
        self.post: dict[int, Any] = {}

    def __bool__(self) -> bool:
        return bool(self.before or self.keep or self.pre or self.post)


class Engine:
    """One backward pass.

    ``wanted`` are the handles whose gradients are asked for; None means every leaf. ``check`` is
    called with each operation's node and the cotangents that it gave (a debugging mode).
    """

    def __init__(self, *, retain_graph: bool, create_graph: bool,
                 wanted: Sequence[Handle] | None = None,
                 check: Sequence[Callable[[Node, Any], None]] = ()) -> None:
        self.retain_graph = retain_graph
        self.create_graph = create_graph
        self.check = check
        self.early = False
        """Whether a wanted gradient is taken before its hooks if the backward goes on behind it, as
        ``torch.autograd.grad`` does."""
        self.hooks = True
        """Whether hooks are called: they are for cotangents, not for what forward mode makes."""
        self.deliver: Callable[[Handle, Handle, Engine], None] | None = None
        """What gives a leaf its gradient; None where all are given out at the end."""
        self.given: list[Handle] = []   # the leaves that have been given theirs
        self.complete: dict[int, Handle] = {}   # what has passed the hooks of leaves asked for
        self.through_open: Callable[[Engine, Any, Cts], None] | None = None
        """What goes through this thread's recording where Python has to run on the way, and it
        cannot end."""
        self.foreign = create_graph
        """Whether a cotangent may be a tensor that somebody else holds."""
        self.after: dict[Any, Any] = {}
        """What is to be called when all gradients have arrived, by who asked for it."""
        self.pending: dict[Unit, Cts] = {}
        self.leaves: dict[int, tuple[Handle, Handle]] = {}
        self.apart: dict[int, tuple[Handle, Any]] = {}
        """What has arrived at leaves beside the recording."""
        self.captured: dict[tuple[Unit, Node], Handle] = {}
        self.wanted_leaves: set[int] | None = None
        self.wanted_nodes: dict[Unit, set[Node]] = {}
        self.places: dict[int, tuple[Unit, Node]] = {}
        self.leading: dict[Unit, Collection[Node] | None] = {}
        """By unit that was looked at, its nodes that lead to something wanted; None for all."""
        self.reached: dict[Segment, Collection[Node] | None] = {}
        """The sources that cotangents come to in a walked segment; None where that was not asked.
        """
        self.low: dict[Segment, int] = {}
        """What :meth:`lowest` has found."""
        self.oldest = 0.0
        """Nothing wanted lies behind a unit that is older."""
        self.unpacked: dict[Segment, dict[Node, Any]] = {}
        """The residuals that the user keeps, while this backward goes through their segment."""
        self.read: dict[Segment, list[Stage]] = {}
        """The stages of a segment whose residuals are to be let go of: after the last stage, since
        the results of one call share some of them."""
        self.taken: list[Step] = []
        """The steps of the stages."""
        self.way: list[SegmentPlan] = []
        """The plans of the segments gone through."""
        self._line: Line | None = None
        if wanted is not None:
            self.wanted_leaves = {id(h) for h in wanted if h._x is not None and h._x.leaf}
            for h in wanted:
                found = arrival(h)
                if found is not None and id(h) not in self.wanted_leaves:
                    self.places[id(h)] = found
                    self.wanted_nodes.setdefault(found[0], set()).add(found[1])
            if not self.wanted_leaves:
                self.oldest = min(map(_sequence, self.wanted_nodes), default=float("inf"))

    def line(self) -> Line:
        """The user's line that asked for it."""
        if self._line is None:
            self._line = user_line()
        return self._line

    def run(self, roots: Iterable[tuple[Handle, Handle | None]]) -> None:
        """Send the cotangents of ``roots`` (None for ones) down to the leaves."""
        rec = here.recording
        seeds: list[tuple[Unit | None, Node | None, Handle, Handle | None]] = []
        for root, ct in roots:
            if root._x is not None and root._x.leaf:
                self.arrive(root, ones_like(root) if ct is None else ct)
                self.foreign = True
                continue
            found = history(root)
            assert found is not None
            seeds.append((*found, root, ct))
        self.wanted_leaves = beside_all(self, [seed[0] for seed in seeds])
        ones: dict[Node, None] = {}
        for unit, node, root, ct in seeds:
            assert unit is not None and node is not None
            if unit is rec and node in ones:
                del ones[node]
                self.give(unit, node, ones_like(root))
            if ct is None and unit is rec and node not in self.pending.get(rec, ()) and (
                    self.through_open is None):
                ones[node] = None
            else:
                self.give(unit, node, ones_like(root) if ct is None else ct)
        if ones:
            self.spread(rec, self.stage(rec, self.pending.pop(rec, {}), ones=tuple(ones),
                                        keep=self.keep(rec)))
        self.drain()
        if len(self.way) >= MANY:
            self.way[MANY - 1].note_way(hash(tuple([plan.serial for plan in self.way])))

    def gradient_of(self, handle: Handle) -> Handle | None:
        """What has arrived at a wanted handle that is no leaf; None if nothing has."""
        place = self.places.get(id(handle))
        return None if place is None else self.captured.get(place)

    def drain(self, above: float = -1) -> None:
        """Go through the units that have cotangents and are newer than ``above``."""
        pending, plain = self.pending, is_plain(self)
        while pending:
            give_complete(self)
            unit = next(iter(pending)) if len(pending) == 1 else max(pending, key=_sequence)
            if _sequence(unit) <= above:
                return
            cts = pending.pop(unit)
            if type(unit) is Segment:
                if not plain or not (gone_straight if unit.walk is None else gone_down)(
                        self, unit, cts):
                    self.descend(unit, cts)
            elif self.through_open is not None and unit is here.recording:
                self.through_open(self, unit, cts)
            else:
                self.spread(unit, self.stage(unit, cts, keep=self.keep(unit)))

    def give(self, unit: Unit, node: Node, ct: Handle) -> None:
        """Add ``ct`` to the cotangent of ``node``."""
        accumulate(self.pending.setdefault(unit, {}), node, ct)

    def arrive(self, leaf: Handle, ct: Handle) -> None:
        """Add ``ct`` to the gradient of ``leaf``."""
        if self.wanted_leaves is not None and id(leaf) not in self.wanted_leaves:
            return
        known = self.leaves.get(id(leaf))
        self.leaves[id(leaf)] = (leaf, added(known[1], ct) if known else ct)

    def spread(self, unit: Unit, found: Iterable[Found]) -> None:
        """Hand cotangents at the ends of ``unit`` on to where their origins say."""
        for node, origin, ct in found:
            if node in self.wanted_nodes.get(unit, ()):
                self.captured[unit, node] = ct
            if isinstance(origin, ReferenceType):
                leaf = origin()
                if leaf is not None:
                    self.arrive(leaf, ct)
            elif type(origin) is tuple:
                older, target = origin
                self.give(older, target, ct)

    def descend(self, unit: Segment, cts: Cts) -> None:
        """Go through a segment, stopping where the user's Python has to run."""
        if self.wanted_leaves is not None and unit not in self.leading:
            self.reached[unit] = reached_from(unit.walk, tuple(cts))
        stops = self.stops(unit, max([node.index for node in cts], default=-1))
        self.foreign |= bool(stops)
        if unit.walk is not None and unit.walk.is_cut_by(stops):
            assert unit.plan is not None   # a plan goes through a call result by result
        self.read[unit] = []
        try:
            self.go_through(unit, cts, stops)
        finally:
            let_go(unit, self.read.pop(unit))
            self.unpacked.pop(unit, None)

    def go_through(self, unit: Segment, cts: Cts, stops: list[Node]) -> None:
        """Record the adjoint of ``unit`` in the stages between ``stops``."""
        lowest = {unit.sources[node].custom: node for node in stops
                  if type(unit.sources.get(node)) is CustomOutput}
        arrived: dict[Any, dict[int, Handle]] = {}
        due = due_leaves(self, unit, cts) if stops else []
        python = stops or (unit.walk is not None and unit.walk.packed)
        for node in walked_down(self, unit, cts, stops, arrived, lowest, due) if python else ():
            above = {n: cts.pop(n) for n in list(cts) if n.index > node.index}
            if above:
                self.merge(unit, cts, self.stage(unit, above, floor=node.index + 1))
            hand_over(self, due, node.index)
            if node in cts and self.goes_on(unit, node):
                self.pause(unit, node, cts)
            origin = unit.sources.get(node)
            if type(origin) is CustomOutput:
                if node in cts:
                    arrived.setdefault(origin.custom, {})[origin.i] = cts.pop(node)
                if lowest[origin.custom] is node and origin.custom in arrived:
                    self.through_custom(unit, node, origin.custom,
                                        arrived.pop(origin.custom), cts)
        if cts:
            self.spread(unit, self.stage(unit, cts, keep=() if stops else self.keep(unit)))
        hand_over(self, due, -1)

    def stops(self, unit: Segment, high: int) -> list[Node]:
        """The nodes of ``unit`` up to number ``high`` at which the user's Python has to run, the
        last first."""
        low = self.lowest(unit)
        stops = {node for node in unit.hooks
                 if self.hooks and low <= node.index <= high and unit.hooks[node]}
        stops.update(ways_of(unit).customs_in(low, high))
        if self.check:
            stops.update(node for node in reachable(unit.plan.outputs)
                         if node.requires_grad and node.call is not None and node.args)
        if stops or (unit.walk is not None and unit.walk.packed):
            stops.update(self.wanted_nodes.get(unit, ()))
        return sorted(stops, key=_index, reverse=True)

    def pause(self, unit: Segment, node: Node, cts: Cts) -> None:
        """The cotangent of ``node`` is complete: call its hooks."""
        hooks = unit.hooks.get(node) if self.hooks else None
        wanted = node in self.wanted_nodes.get(unit, ())
        early = wanted and self.early and self.leads(unit, node)
        if early:
            self.captured[unit, node] = cts[node]
        if hooks is not None:
            for hook in list(hooks.before.values()):
                cts[node] = hook(cts[node], self)
        if wanted and not early:
            self.captured[unit, node] = cts[node]
        if hooks is not None:
            for hook in list(hooks.keep.values()):
                hook(cts[node], self)
        whole = hooks is not None and (hooks.pre or hooks.post)
        if (whole or self.check) and node.args and (
                node.call is not None and self.leads(unit, node)):
            self.through(unit, node, hooks or NodeHooks(), cts)

    def through(self, unit: Segment, node: Node, hooks: NodeHooks, cts: Cts) -> None:
        """Go through one operation of the user, between the hooks of its ``grad_fn``."""
        ct = cts.pop(node)
        for hook in list(hooks.pre.values()):
            ct = hook((ct,), self)[0]
        assert node.call is not None
        operands = list(dict.fromkeys(node.call.operands))
        floor = max((n.index for n in operands), default=-1) + 1
        found = self.stage(unit, {node: ct}, floor=floor)
        places = {node: k for k, (node, _, _) in enumerate(found)}
        grads = tuple(found[places[n]][2] if n in places else None for n in operands)
        for check in self.check:
            check(node, grads)
        for hook in list(hooks.post.values()):
            grads = hook(grads, (ct,), self)
        replaced = dict(zip(operands, grads, strict=True))
        for k, (n, origin, old) in enumerate(found):
            new = replaced.get(n)
            found[k] = (n, origin, old if new is None else new)
        self.merge(unit, cts, found)

    def through_custom(self, unit: Segment, node: Node, custom: Any, arrived: dict[int, Handle],
                       cts: Cts) -> None:
        """Go through a custom function."""
        if self.leads(unit, node):
            for target, ct in custom.backward(arrived, unit, self):
                accumulate(cts, target, ct)

    def merge(self, unit: Unit, cts: Cts, found: Iterable[Found]) -> None:
        """Sort what a stage found: more cotangents inside ``unit``, or ends of it."""
        for node, origin, ct in found:
            inside = bool(node.args)
            if type(origin) in (CustomOutput, LaneEnd) or (inside and origin is None) or (
                    node in unit.hooks):
                accumulate(cts, node, ct)
            else:
                self.spread(unit, [(node, origin, ct)])

    def ends(self, unit: Unit) -> tuple[Any, ...] | None:
        """The sources of ``unit`` that lead to something wanted, as places in the recording or as
        nodes of the segment; None if everything is wanted."""
        if self.wanted_leaves is None:
            return None
        if isinstance(unit, Segment):
            return ways_of(unit).ends(self.wanted_leaves, self.leads_on, self.reached.get(unit))
        return tuple([k for k, origin in enumerate(unit.sources) if self.leads_on(origin)])

    def lowest(self, unit: Segment) -> int:
        """The number of the first node of ``unit`` that is wanted, or is an end that leads to
        something wanted: below it, nothing is; -1 where that may be any."""
        known = self.low.get(unit)
        if known is None:
            nodes = (*(self.ends(unit) or ()), *self.keep(unit))
            known = self.low[unit] = -1 if self.wanted_leaves is None else min(
                [node.index for node in nodes], default=-1)
        return known

    def leads_on(self, origin: Any) -> bool:
        """Whether what lies behind ``origin`` is wanted."""
        if isinstance(origin, ReferenceType):
            return id(origin()) in (self.wanted_leaves or ())
        if type(origin) is tuple:
            unit, node = origin
            if unit not in self.leading:
                if _sequence(unit) < self.oldest:
                    return False
                self.look_behind(unit)
            found = self.leading[unit]
            return found is None or node in found
        return type(origin) is CustomOutput and any(map(self.leads_on, origin.custom.behind))

    def look_behind(self, start: Segment, high: float = float("inf")) -> None:
        """Find the nodes that lead to something wanted, in ``start``, up to number ``high``, and
        all that it depends on."""
        todo: list[Segment] = [start]
        while todo:
            unit = todo[-1]
            older = [segment for segment in dict.fromkeys(behind(unit, self.reached.get(unit)))
                     if segment not in self.leading and segment.seq >= self.oldest]
            if not older:
                self.leading.setdefault(unit, self.find_leading(
                    unit, high if unit is start else float("inf")))
                todo.pop()
            todo += older

    def find_leading(self, unit: Segment, high: float) -> Collection[Node] | None:
        """The nodes of ``unit``, up to number ``high``, that lead to something wanted, the older
        units being known; None for all."""
        key = (self.ends(unit), self.keep(unit))
        walk = unit.walk
        if walk is not None:
            ends = key[0] or ()
            return None if len(ends) == len(walk.sources) else leads_in(
                unit, walk, {*ends, *key[1]}, high)
        known = unit.plan.leading
        found = known.get(key)
        if found is None:
            if len(known) > 100:
                known.clear()
            found = known[key] = leading(unit.plan.outputs, {*(key[0] or ()), *key[1]})
        return found

    def goes_on(self, unit: Segment, node: Node) -> bool:
        """Whether ``node`` is wanted, or something wanted lies behind it."""
        return self.wanted_leaves is None or self.leads_on((unit, node))

    def leads(self, unit: Segment, node: Node) -> bool:
        """Whether something wanted lies behind ``node``."""
        return self.wanted_leaves is None or (self.leads_on((unit, node)) and (
            node not in self.wanted_nodes.get(unit, ())
            or any(arg.requires_grad and self.leads_on((unit, arg)) for arg in node.args)))

    def keep(self, unit: Unit) -> tuple[Node, ...]:
        """The nodes of ``unit`` whose cotangents are asked for."""
        wanted = self.wanted_nodes.get(unit)
        return tuple(sorted(wanted, key=_index)) if wanted else ()

    def stage(self, unit: Unit, cts: Cts, *, floor: int = -1, keep: tuple[Node, ...] = (),
              ones: tuple[Node, ...] = ()) -> list[Found]:
        """Record the adjoint of ``unit`` from ``cts`` (and ``ones``) down to ``floor``: the ends
        that it reached (and the nodes to ``keep``), where each goes on, and its cotangent."""
        if self.create_graph:
            cts = {node: no_leaf(ct) for node, ct in cts.items()}
        if isinstance(unit, Segment) and unit.walk is not None and not unit.walk.packed:
            again = self.create_graph or here.modes.lanes is not None
            found = (self.walked_again if again else self.walked)(unit, cts, floor, keep)
            if found is not None:
                return found
        rec = here.recording
        segment = unit if isinstance(unit, Segment) else None
        if segment is not None:
            self.unpack(segment)
            rec = here.recording
        if heads and segment is not None and self.goes_apart(rec, FEWEST):
            flush()   # so that each turn's is the same path
            rec = here.recording
        given, key = self.key(rec, unit, cts, ones, floor, keep)
        step = rec.at.next.get(key)
        if step is None and segment is not None and self.is_on_new_way() and (
                self.goes_apart(rec, 1)):
            flush()   # another number of segments comes each time
            rec = here.recording
            given, key = self.key(rec, unit, cts, ones, floor, keep)
            step = rec.at.next.get(key)
        if segment is None:
            if step is None:
                step = self.build(rec, None, key)
            done: Stage = step.out
            origins = [rec.sources[k] if k >= 0 else None for k in done.places]
            rec.at = step
        else:
            with sharing.lock:   # another thread's backward may free what this one reads
                if step is None:
                    step = self.build(rec, segment, key)
                elif segment.freed:
                    check_freed(step.out.freed, self.freed_before(segment))
                done = step.out
                self.feed(rec, segment, step)
            self.way.append(segment.plan)
            origins = [segment.sources.get(node) for node in done.ends]
        self.taken.append(step)
        arrived = dict(zip(given, cts.values(), strict=True)) if self.create_graph else {}
        return [(node, origin, arrived[ct] if ct in arrived else wait(rec, ct))
                for node, origin, ct in zip(done.ends, origins, done.cts, strict=True)]

    def key(self, rec: Recording, unit: Unit, cts: Cts, ones: tuple[Node, ...], floor: int,
            keep: tuple[Node, ...]) -> tuple[tuple[Node, ...], StageKey]:
        """The cotangents as operands, and the key of a stage."""
        given = tuple([rec.enter(ct) for ct in cts.values()])
        plan = unit.plan if isinstance(unit, Segment) else None
        return given, StageKey(plan, floor, (*cts, *ones), given, self.ends(unit), self.keep(unit),
                               keep, self.create_graph, self.retain_graph)

    def is_on_new_way(self) -> bool:
        """Whether this backward goes through many segments, and the last ones that began like it
        went another way each."""
        return len(self.way) >= MANY and self.way[MANY - 1].changes > 1

    def goes_apart(self, rec: Recording, least: int) -> bool:
        """Whether what was recorded so far, if that has at ``least`` so many nodes, is computed
        before the next stage, in a backward through the recordings of a loop."""
        return (rec.at.nodes >= least and not self.create_graph and self.through_open is None
                and rec not in self.pending and rec.may_end())

    def walked(self, unit: Segment, cts: Cts, floor: int,
               keep: tuple[Node, ...]) -> list[Found] | None:
        """What :meth:`stage` finds, by walking back through a segment that was walked; None where
        it has to be planned."""
        values = {node: value(ct) for node, ct in cts.items()}
        useful = self.useful_in(unit, highest(cts))
        floor = max(floor, self.lowest(unit))
        with sharing.lock:   # another thread's backward may free what this one reads
            walk = unit.walk
            try:
                found = None if walk is None else pulled(
                    walk, values, floor, useful, keep, self.retain_graph, self.line)
            except Exception as error:
                if is_second_backward(error) or by_signal(error):
                    raise
                return None   # planned, it says where and why
        if found is None:
            return None
        return [(node, unit.sources.get(node), hold(as_buffer(ct, node.dtype.numpy)))
                for node, ct in found.items()]

    def useful_in(self, unit: Segment, high: int) -> Collection[Node] | None:
        """The nodes of a segment, up to number ``high``, that lead to something wanted; None if
        everything does. No cotangents come to it later than now."""
        if self.wanted_leaves is None:
            return None
        if unit not in self.leading:
            self.look_behind(unit, high)
        return self.leading[unit]

    def walked_again(self, unit: Segment, cts: Cts, floor: int,
                     keep: tuple[Node, ...]) -> list[Found] | None:
        """The same, with the pullbacks recorded: they will be differentiated."""
        try:
            found = recorded_pulls(unit, cts, max(floor, self.lowest(unit)),
                                   self.useful_in(unit, highest(cts)), keep, self.retain_graph,
                                   added, self.line)
        except NotWalked:
            return None
        return [(node, unit.sources.get(node), ct) for node, ct in found.items()]

    def build(self, rec: Recording, unit: Segment | None, key: StageKey) -> Step:
        """The slow path of a stage: differentiate the segment ``unit``, or the recording."""
        plan, floor, seeds, given, wanted, inside, keep, _, _ = key
        line = user_line()
        sources, freed = path_nodes(rec.at)[2:] if unit is None else (
            list(unit.sources), self.freed_before(unit))
        asked = [sources[k] for k in wanted or ()] if unit is None else wanted or ()
        useful = None if wanted is None else leading(seeds, {*asked, *inside})
        visited = gone_through(seeds, floor, useful)
        saving: Freed = {node: line for node in visited if reads(node)}
        check_freed(saving, freed)
        building.line = line
        try:
            start = lift(0).index
            arriving = given if plan is None else tuple(
                free(ct.shape, ct.dtype, ct.requires_grad) for ct in given)
            cts = {seed: ct if self.create_graph else stop(ct)
                   for seed, ct in zip(seeds, arriving, strict=False)}
            cts.update((seed, full(lift(1), shape=seed.shape, dtype=seed.dtype))
                       for seed in seeds[len(given):])
            building.again = self.create_graph
            found = vjp(cts, useful, floor, keep, _given_out if self.create_graph else None)
            building.again = False
            places = {node: k for k, node in enumerate(sources)}
            ends = [node for node in found if node in places or node in keep
                    or (node.requires_grad and node.index < floor)]
            outs = [_as(found[node], node) for node in ends]
            if not self.create_graph:   # the gradient is another tensor than what arrived here
                outs = [alias(out) if out in arriving else out for out in outs]
            inputs: tuple[Node, ...] = ()
            residuals: list[Node] = []
            if unit is not None:
                # The tree shares nodes between recordings: a node of the segment may be a node of
                # this recording too, with another value. So both are replaced, at one go.
                values = self.values_of(unit)
                residuals = [node for node in reachable(outs, floor=start)
                             if node.index < start and (node in values or node.requires_grad)]
                check_kept(outs, {node for node in residuals if node not in values}, start)
                mapping = {node: self.stand_in(node, values.get(node)) for node in residuals}
                inputs = tuple(mapping.values())
                mapping.update(zip(arriving, given, strict=True))
                outs = substitute(outs, mapping, start)
            outs = [settled(stop(out)) if not self.create_graph else
                    out if out in given else settled(out) for out in outs]
            for end, out in zip(ends, outs, strict=True):
                out.device = out.device or end.device
        finally:
            building.line, building.again = None, False
        done = Stage(tuple(ends), tuple(outs), saving, tuple(residuals),
                     () if unit is None else unneeded(unit, saving, saving),
                     tuple([places.get(node, -1) for node in ends]), given)
        done.effects = effects_in(visited, outs, start)
        done.cost, done.turns = of_adjoint(outs, start), 2 * in_turns(visited)
        return rec.add(key, Step(
            rec.at, done, grad=rec.at.grad, nodes=len(visited) * 2,
            inputs=tuple([n for n in inputs if n.prim is input_]),
            numbers=tuple([n for n in inputs if n.prim is number]),
            sources=tuple([n for n in inputs if n.requires_grad]),
            walks=unit is not None and not self.create_graph and not done.effects,
            freed=saving if unit is None and not self.retain_graph else NONE_FREED))

    def stand_in(self, node: Node, value: Any) -> Node:
        """The input through which a residual's ``value`` enters the recording."""
        if node.weak:
            return number_node(type(as_number(value)))
        return Node(input_, (), {}, node.shape, node.dtype,
                    self.create_graph and node.requires_grad, device=node.device)

    def feed(self, rec: Recording, unit: Segment, step: Step) -> None:
        """Take the step of a stage of ``unit``, with the residuals that it reads; then free them.
        """
        done: Stage = step.out
        inputs: Sequence[Any]
        numbers: Sequence[Any]
        sources: list[Any] = []
        found = None if self.create_graph or unit in self.unpacked else unit.read_by(done)
        inputs, numbers = found or self.looked_up(unit, done, sources)
        rec.at = step
        rec.numbers += numbers
        rec.inputs += inputs
        rec.sources += sources
        if not self.retain_graph:
            unit.freed = {**unit.freed, **done.freed} if unit.freed else done.freed
            self.read[unit].append(done)

    def looked_up(self, unit: Segment, done: Stage,
                  sources: list[Any]) -> tuple[list[Any], list[Any]]:
        """The arrays and the numbers that a stage of ``unit`` reads, one by one; ``sources`` gets
        where their gradients go on."""
        inputs, numbers = [], []
        values = self.values_of(unit)
        for node in done.residuals:
            value = values.get(node)
            if value is None:  # only the history is read: a gradient is zeros in it
                value = (filled(node.shape, 0, node.dtype.numpy, node.device) if node.device
                         else np.broadcast_to(np.zeros((), node.dtype.numpy), node.shape))
            if node.weak:
                numbers.append(as_number(value))
                continue
            inputs.append(as_buffer(value, None))
            if self.create_graph and node.requires_grad:
                origin = unit.sources.get(node)
                sources.append((unit, node) if origin is None or type(origin) is CustomOutput
                               else origin)
        return inputs, numbers

    def freed_before(self, unit: Segment) -> Freed:
        """The nodes of ``unit`` that another backward has freed."""
        own = {node for stage in self.read.get(unit, ()) for node in stage.freed}
        return {node: line for node, line in unit.freed.items() if node not in own} if own else (
            unit.freed)

    def unpack(self, unit: Segment) -> None:
        """Have the residuals of a planned segment that the user keeps, while this backward goes
        through it."""
        if unit.plan is not None and unit.packed and unit not in self.unpacked:
            self.unpacked[unit] = {
                node: value(unpack(kept)) for node, (kept, unpack) in list(unit.packed.items())}

    def values_of(self, unit: Segment) -> dict[Node, Any]:
        """The residuals of ``unit``, with those that the user keeps."""
        unpacked = self.unpacked.get(unit)
        return {**unit.values, **unpacked} if unpacked else unit.values


def _index(node: Node) -> int:
    return node.index


def _sequence(unit: Unit) -> float:
    return unit.seq if type(unit) is Segment else float("inf")


def no_leaf(ct: Handle) -> Handle:
    """``ct``, or another tensor of its history where it is a leaf or a view: as the gradient that
    it is itself, it is a tensor of its own, and what it leads to depends on that."""
    x, buf = ct._x, ct._buf
    if x is None or not (x.leaf or x.store is not None) or isinstance(buf, MetaArray):
        return ct
    return record_fresh(ct)


def _given_out(node: Node, ct: Node) -> Node:
    return settled(_as(ct, node))


def _as(ct: Node, node: Node) -> Node:
    return ct if ct.dtype is node.dtype and not ct.weak else cast(ct, dtype=node.dtype)


def effects_in(visited: Iterable[Node], outs: list[Node], start: int) -> list[Node]:
    """The effects from number ``start`` on that ``outs`` need, the adjoints of those among what was
    ``visited``."""
    if not effects_of(visited):
        return []
    return effects_of(node for node in reachable(outs, floor=start) if node.index >= start)


def ones_like(root: Handle) -> Handle:
    """The cotangent 1 of a root."""
    buf = root._buf
    if buf is not None and buf.__class__ is np.ndarray:
        ones: Any = np.empty(buf.shape, buf.dtype)   # np.ones takes ten times as long
        ones.fill(1)
        return hold(ones)
    node = here.recording.enter(root)
    return hold(filled(node.shape, 1, node.dtype.numpy, node.device))
