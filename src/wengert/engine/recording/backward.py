"""Backward: cotangents from some roots down to leaves, through the recording and its segments.

The graph is cut into *units*: the current recording and the segments that flushed recordings left,
each with a sequence number, so that a unit comes after everything that it depends on. The engine
takes the newest unit that has cotangents, records its adjoint as one step (:func:`stage`) and hands
the cotangents at its sources on. Where Python must run in between (a hook, a custom function) a
unit is cut there into stages; the rest stays on known paths.

Start with :class:`Engine`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any
from weakref import ReferenceType

import numpy as np

from ...config import config
from ..arrays import as_buffer, filled
from ..devices import CPU
from ..errors import second_backward, show_line, user_line
from ..graph import Node, building, lift, reachable
from ..locks import sharing
from ..ops.collectives import effects_of
from ..ops.elementwise import add, cast
from ..ops.structural import alias, free, full, input_, number, source, stop, tether
from ..passes.substitute import substitute
from ..transforms.vjp import flow, residuals_of, vjp
from .cutting import FEWEST, heads
from .flushing import flush, value
from .handle import Handle
from .keys import StageKey
from .operation import Operation, promoted
from .program import Freed, Stage, path_nodes
from .pulling import recorded_pulls
from .recorder import as_number, hold, record, wait
from .recording import Recording, here, history
from .segment import CustomOutput, LaneEnd, Segment
from .templates import number_node, positions, reads, settled
from .tree import NONE_FREED, Step
from .walking import NotWalked, pulled
from .walking import leading as leads_in

Unit = Recording | Segment
Cts = dict[Node, Handle]
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
        self.through_open: Callable[[Engine, Any, Cts], None] | None = None
        """What goes through this thread's recording where Python has to run on the way, and it
        cannot end."""
        self.foreign = False
        """Whether a cotangent may be a tensor that the user holds."""
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
        self.leading: dict[Unit, set[Node]] = {}
        self.unpacked: dict[Segment, dict[Node, Any]] = {}
        """The residuals that the user keeps, while this backward goes through their segment."""
        self.read: dict[Segment, list[Stage]] = {}
        """The stages of a segment whose residuals are to be let go of: after the last stage, since
        the results of one call share some of them."""
        self.taken: list[Step] = []
        """The steps of the stages."""
        if wanted is not None:
            self.wanted_leaves = {id(h) for h in wanted if h._x is not None and h._x.leaf}
            for h in wanted:
                found = history(h)
                if found is not None and id(h) not in self.wanted_leaves:
                    self.places[id(h)] = found
                    self.wanted_nodes.setdefault(found[0], set()).add(found[1])

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

    def gradient_of(self, handle: Handle) -> Handle | None:
        """What has arrived at a wanted handle that is no leaf; None if nothing has."""
        place = self.places.get(id(handle))
        return None if place is None else self.captured.get(place)

    def drain(self, above: float = -1) -> None:
        """Go through the units that have cotangents and are newer than ``above``."""
        while self.pending:
            unit = max(self.pending, key=_sequence)
            if _sequence(unit) <= above:
                return
            cts = self.pending.pop(unit)
            if type(unit) is Segment:
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
        if unit.packed:
            self.unpacked[unit] = {
                node: value(unpack(kept)) for node, (kept, unpack) in list(unit.packed.items())}
        stops = self.stops(unit)
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
        for node in stops:
            above = {n: cts.pop(n) for n in list(cts) if n.index > node.index}
            if above:
                self.merge(unit, cts, self.stage(unit, above, floor=node.index + 1))
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

    def stops(self, unit: Segment) -> list[Node]:
        """The nodes of ``unit`` at which the user's Python has to run, the last first."""
        stops = {node for node in unit.hooks if self.hooks and unit.hooks[node]}
        stops.update(node for node, origin in unit.sources.items()
                     if type(origin) is CustomOutput)
        if self.check:
            stops.update(node for node in reachable(unit.plan.outputs)
                         if node.requires_grad and node.call is not None and node.args)
        if stops:
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
        sources: Iterable[tuple[Any, Any]] = (
            enumerate(unit.sources) if isinstance(unit, Recording) else unit.sources.items())
        return tuple([place for place, origin in sources if self.leads_on(origin)])

    def leads_on(self, origin: Any) -> bool:
        """Whether what lies behind ``origin`` is wanted."""
        if isinstance(origin, ReferenceType):
            return id(origin()) in (self.wanted_leaves or ())
        if type(origin) is tuple:
            unit, node = origin
            if unit not in self.leading:
                self.look_behind(unit)
            return node in self.leading[unit]
        return type(origin) is CustomOutput and any(map(self.leads_on, origin.custom.behind))

    def look_behind(self, start: Segment) -> None:
        """Find the nodes that lead to something wanted, in ``start`` and all that it depends on."""
        todo: list[Segment] = [start]
        while todo:
            unit = todo[-1]
            older = [segment for segment in behind(unit) if segment not in self.leading]
            if not older:
                self.leading.setdefault(unit, self.find_leading(unit))
                todo.pop()
            todo += older

    def find_leading(self, unit: Segment) -> set[Node]:
        """The nodes of ``unit`` that lead to something wanted, the older units being known."""
        key = (self.ends(unit), self.keep(unit))
        walk = unit.walk
        if walk is not None:
            return leads_in(walk, {*(key[0] or ()), *key[1]})
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
            or any(arg in self.leading[unit] for arg in node.args)))

    def keep(self, unit: Unit) -> tuple[Node, ...]:
        """The nodes of ``unit`` whose cotangents are asked for."""
        wanted = self.wanted_nodes.get(unit)
        return tuple(sorted(wanted, key=_index)) if wanted else ()

    def stage(self, unit: Unit, cts: Cts, *, floor: int = -1, keep: tuple[Node, ...] = (),
              ones: tuple[Node, ...] = ()) -> list[Found]:
        """Record the adjoint of ``unit`` from ``cts`` (and ``ones``) down to ``floor``: the ends
        that it reached (and the nodes to ``keep``), where each goes on, and its cotangent."""
        if isinstance(unit, Segment) and unit.walk is not None:
            again = self.create_graph or here.modes.lanes is not None
            found = (self.walked_again if again else self.walked)(unit, cts, floor, keep)
            if found is not None:
                return found
        rec = here.recording
        if heads and isinstance(unit, Segment) and self.goes_apart(rec):
            flush()   # so that each turn's is the same path
            rec = here.recording
        seeds = (*cts, *ones)
        given = tuple([rec.enter(ct) for ct in cts.values()])
        segment = unit if isinstance(unit, Segment) else None
        plan = None if segment is None else segment.plan
        key = StageKey(plan, floor, seeds, given, self.ends(unit), self.keep(unit), keep,
                       self.create_graph, self.retain_graph)
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
            origins = [segment.sources.get(node) for node in done.ends]
        self.taken.append(step)
        return [(node, origin, wait(rec, ct))
                for node, origin, ct in zip(done.ends, origins, done.cts, strict=True)]

    def goes_apart(self, rec: Recording) -> bool:
        """Whether what was recorded so far is computed before the next stage, in a backward through
        a loop whose recordings were cut."""
        return (rec.at.nodes >= FEWEST and not self.create_graph and self.through_open is None
                and rec not in self.pending and rec.may_end())

    def walked(self, unit: Segment, cts: Cts, floor: int,
               keep: tuple[Node, ...]) -> list[Found] | None:
        """What :meth:`stage` finds, by walking back through a segment that was walked; None where
        it has to be planned."""
        values = {node: value(ct) for node, ct in cts.items()}
        useful = self.useful_in(unit)
        with sharing.lock:   # another thread's backward may free what this one reads
            walk = unit.walk
            try:
                found = None if walk is None else pulled(
                    walk, values, floor, useful, keep, self.retain_graph)
            except Exception as error:
                if isinstance(error, RuntimeError) and error.args and (
                        "second time" in str(error.args[0])):
                    raise
                return None   # planned, it says where and why
        if found is None:
            return None
        return [(node, unit.sources.get(node), hold(as_buffer(ct, node.dtype.numpy)))
                for node, ct in found.items()]

    def useful_in(self, unit: Segment) -> set[Node] | None:
        """The nodes of a segment that lead to something wanted; None if everything is."""
        if self.wanted_leaves is None:
            return None
        if unit not in self.leading:
            self.look_behind(unit)
        return self.leading[unit]

    def walked_again(self, unit: Segment, cts: Cts, floor: int,
                     keep: tuple[Node, ...]) -> list[Found] | None:
        """The same, with the pullbacks recorded: they will be differentiated."""
        if unit.packed:
            return None
        try:
            found = recorded_pulls(unit, cts, floor, self.useful_in(unit), keep, self.retain_graph,
                                   added)
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
            found = vjp(cts, useful, floor, keep)
            building.again = False
            places = {node: k for k, node in enumerate(sources)}
            ends = [node for node in found if node in places or node in keep
                    or (node.requires_grad and node.index < floor)]
            # A cotangent may be a leaf that arrived here: the gradient is another tensor.
            outs = [alias(out) if out in arriving else out
                    for out in (_as(found[node], node) for node in ends)]
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
            if not self.create_graph:
                outs = [stop(out) for out in outs]
            outs = [settled(out) for out in outs]
            for end, out in zip(ends, outs, strict=True):
                out.device = out.device or end.device
        finally:
            building.line, building.again = None, False
        done = Stage(tuple(ends), tuple(outs), saving, tuple(residuals),
                     () if unit is None else unneeded(unit, saving),
                     tuple([places.get(node, -1) for node in ends]), given)
        done.effects = effects_in(visited, outs, start)
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
        inputs, numbers, sources = [], [], []
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
                sources.append(unit.sources.get(node) or (unit, node))
        rec.at = step
        rec.numbers += numbers
        rec.inputs += inputs
        rec.sources += sources
        if not self.retain_graph:
            unit.freed = {**unit.freed, **done.freed}
            self.read[unit].append(done)

    def freed_before(self, unit: Segment) -> Freed:
        """The nodes of ``unit`` that another backward has freed."""
        own = {node for stage in self.read.get(unit, ()) for node in stage.freed}
        return {node: line for node, line in unit.freed.items() if node not in own} if own else (
            unit.freed)

    def values_of(self, unit: Segment) -> dict[Node, Any]:
        """The residuals of ``unit``, with those that the user keeps."""
        unpacked = self.unpacked.get(unit)
        return {**unit.values, **unpacked} if unpacked else unit.values


def _index(node: Node) -> int:
    return node.index


def let_go(unit: Segment, stages: Sequence[Stage]) -> None:
    """Free the residuals of ``unit`` that nothing needs but what ``stages`` have gone through."""
    if not stages:
        return
    with sharing.lock:
        alone = len(stages) == 1 and len(unit.freed) == len(stages[0].freed)
        drop = stages[0].drop if alone else unneeded(unit, unit.freed)
        for node in drop:
            unit.values.pop(node, None)
        if unit.packed:
            unit.packed = {n: kept for n, kept in unit.packed.items() if n not in drop}


def _sequence(unit: Unit) -> float:
    return unit.seq if type(unit) is Segment else float("inf")


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


def behind(unit: Segment) -> list[Segment]:
    """The segments that a segment depends on."""
    origins = list(unit.sources.values())
    for origin in unit.sources.values():
        if type(origin) is CustomOutput:
            origins += origin.custom.behind
    return [origin[0] for origin in origins if type(origin) is tuple and origin[0] is not unit]


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


def accumulate(cts: Cts, node: Node, ct: Handle) -> None:
    """Add ``ct`` to the cotangent of ``node``."""
    cts[node] = added(cts[node], ct) if node in cts else ct


def _as(ct: Node, node: Node) -> Node:
    return ct if ct.dtype is node.dtype and not ct.weak else cast(ct, dtype=node.dtype)


def check_kept(outs: Sequence[Node], missing: set[Node], start: int) -> None:
    """AssertionError if the value of a node is ``missing`` that is read from ``start`` on, and not
    its history alone."""
    for node in reachable(outs, floor=start) if missing else ():
        if node.index >= start:
            read = node.args[:1] if node.prim is tether else node.args
            assert missing.isdisjoint(read), f"nothing was kept of what {node} reads"


def effects_in(visited: Iterable[Node], outs: list[Node], start: int) -> list[Node]:
    """The effects from number ``start`` on that ``outs`` need, the adjoints of those among what was
    ``visited``."""
    if not effects_of(visited):
        return []
    return effects_of(node for node in reachable(outs, floor=start) if node.index >= start)


def unneeded(unit: Segment, freed: Freed) -> tuple[Node, ...]:
    """The residuals of ``unit`` that only ``freed`` nodes read."""
    needed: set[Node] = set()
    for node in flow(unit.plan.outputs):
        if node.args:
            needed.update(positions(node) if node in freed else residuals_of(node))
    return tuple(node for node in unit.plan.residuals if node not in needed)


def check_freed(visited: Freed, freed: Freed) -> None:
    """RuntimeError if a node to go through has lost its values to an earlier backward."""
    for node in visited:
        if node in freed:
            name = node.call.name if node.call else node.prim.name
            raise second_backward(
                f"The values of {name}, a tensor of shape {list(node.shape)} recorded at "
                f"{show_line(node.line)}, were freed by the backward at "
                f"{show_line(freed[node])}.")


def _add(input: Node, other: Node) -> Node:
    """``input + other``, of tensors."""
    return add(*promoted(input, other))


_ADDITION = Operation(_add, "AddBackward0")


def added(a: Handle, b: Handle) -> Handle:
    """``a + b``."""
    x, y = a._buf, b._buf
    if not here.modes.grad and x is not None and y is not None and (
            x.dtype is y.dtype and a._x is None and b._x is None and config.walks()):
        return hold(as_buffer(add.impl(x, y), x.dtype))
    out: Handle = record(_ADDITION, (a, b))
    return out


def ones_like(root: Handle) -> Handle:
    """The cotangent 1 of a root."""
    buf = root._buf
    if buf is not None and buf.__class__ is np.ndarray:
        return hold(filled(buf.shape, 1, buf.dtype, CPU))
    node = here.recording.enter(root)
    return hold(filled(node.shape, 1, node.dtype.numpy, node.device))
