"""Backward: cotangents from some roots down to leaves, through the recording and its segments.

The graph is cut into *units*: the current recording and the segments that flushed recordings left,
each with a sequence number, so that a unit comes after everything that it depends on. The engine
takes the newest unit that has cotangents, records its adjoint as one step (:func:`stage`) and hands
the cotangents at its sources on. Where Python must run in between (a hook, a custom function) a
unit is cut there into stages; the rest stays on known paths.

Start with :class:`Engine`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from weakref import ReferenceType

import numpy as np

from ..errors import show_line, user_line
from ..functions.operation import OPERATIONS
from ..graph import Node, reachable, substitute
from ..graph import here as building
from ..ops.elementwise import cast, lift
from ..ops.structural import full, input_, number, stop
from ..transforms.vjp import leading_to, residuals_of, vjp
from .handle import Handle
from .program import Freed, path_nodes
from .recorder import (
    CustomOutput,
    Recording,
    Segment,
    here,
    hold,
    history,
    number_node,
    record,
    wait,
)
from .tree import Step

Unit = Recording | Segment
Cts = dict[Node, Handle]


class Stage:
    """What one adjoint step made: the cotangents ``cts`` of ``ends``, from the ``residuals`` that
    it read; ``freed`` are the nodes that it went through, ``drop`` the residuals no other node
    reads."""

    __slots__ = ("cts", "drop", "ends", "freed", "places", "residuals")

    def __init__(self, ends: tuple[Node, ...], cts: tuple[Node, ...], freed: Freed,
                 residuals: tuple[Node, ...] = (), drop: tuple[Node, ...] = (),
                 places: tuple[int, ...] = ()) -> None:
        self.ends = ends
        self.cts = cts
        self.freed = freed
        self.residuals = residuals
        self.drop = drop
        self.places = places


class Engine:
    """One backward pass.

    ``wanted`` are the handles whose gradients are asked for; None means every leaf.
    """

    def __init__(self, *, retain_graph: bool, create_graph: bool,
                 wanted: Sequence[Handle] | None = None) -> None:
        self.retain_graph = retain_graph
        self.create_graph = create_graph
        self.pending: dict[Unit, Cts] = {}
        self.leaves: dict[int, tuple[Handle, Handle]] = {}
        self.captured: dict[tuple[Unit, Node], Handle] = {}
        self.wanted_leaves: set[int] | None = None
        self.wanted_nodes: dict[Unit, set[Node]] = {}
        self.reaches: dict[Unit, bool] = {}
        if wanted is not None:
            self.wanted_leaves = {id(h) for h in wanted if h._x is not None and h._x.leaf}
            for h in wanted:
                found = history(h)
                if found is not None and id(h) not in self.wanted_leaves:
                    self.wanted_nodes.setdefault(found[0], set()).add(found[1])

    def run(self, roots: Iterable[tuple[Handle, Handle | None]]) -> None:
        """Send the cotangents of ``roots`` (None for ones) down to the leaves."""
        rec = here.recording
        seeds: list[tuple[Unit | None, Node | None, Handle, Handle | None]] = []
        for root, ct in roots:
            if root._x is not None and root._x.leaf:
                self.arrive(root, ones_like(root) if ct is None else ct)
                continue
            found = history(root)
            assert found is not None
            seeds.append((*found, root, ct))
        ones: dict[Node, None] = {}
        for unit, node, root, ct in seeds:
            assert unit is not None and node is not None
            if ct is None and unit is rec and node not in self.pending.get(rec, ()):
                ones[node] = None
            else:
                self.give(unit, node, ones_like(root) if ct is None else ct)
        if ones:
            self.spread(rec, self.stage(rec, self.pending.pop(rec, {}), ones=tuple(ones)))
        while self.pending:
            unit = max(self.pending, key=_sequence)
            cts = self.pending.pop(unit)
            if type(unit) is Segment:
                self.descend(unit, cts)
            else:
                self.spread(unit, self.stage(unit, cts))

    def give(self, unit: Unit, node: Node, ct: Handle) -> None:
        """Add ``ct`` to the cotangent of ``node``."""
        cts = self.pending.setdefault(unit, {})
        cts[node] = added(cts[node], ct) if node in cts else ct

    def arrive(self, leaf: Handle, ct: Handle) -> None:
        """Add ``ct`` to the gradient of ``leaf``."""
        if self.wanted_leaves is not None and id(leaf) not in self.wanted_leaves:
            return
        known = self.leaves.get(id(leaf))
        self.leaves[id(leaf)] = (leaf, added(known[1], ct) if known else ct)

    def spread(self, unit: Unit, found: Iterable[tuple[Node, Any, Handle]]) -> None:
        """Hand cotangents at the ends of ``unit`` on to where their origins say."""
        for node, origin, ct in found:
            if node in self.wanted_nodes.get(unit, ()):
                self.captured[unit, node] = ct
            if isinstance(origin, ReferenceType):
                leaf = origin()
                if leaf is not None:
                    self.arrive(leaf, ct)
            elif type(origin) is tuple:
                self.give(*origin, ct)

    def descend(self, unit: Segment, cts: Cts) -> None:
        """Go through a segment, stopping at hooks and custom functions."""
        stops = [node for node in unit.hooks if unit.hooks[node]]
        stops += [node for node, origin in unit.sources.items() if type(origin) is CustomOutput]
        useful = self.useful(unit)
        arrived: dict[Any, dict[int, Handle]] = {}
        for node in sorted(set(stops), key=lambda n: n.index, reverse=True):
            above = {n: cts.pop(n) for n in list(cts) if n.index > node.index}
            if above:
                self.merge(unit, cts, self.stage(unit, above, floor=node.index + 1, useful=useful))
            if node in cts and unit.hooks.get(node):
                for hook in list(unit.hooks[node]):
                    cts[node] = hook(cts[node], self)
            origin = unit.sources.get(node)
            if type(origin) is CustomOutput:
                custom = origin.custom
                if node in cts:
                    arrived.setdefault(custom, {})[origin.i] = cts.pop(node)
                if origin.i == 0 and custom in arrived and (
                        useful is None or any(n in useful for n in custom.inputs if n)):
                    for target, ct in custom.backward(arrived.pop(custom), self):
                        cts[target] = added(cts[target], ct) if target in cts else ct
        if cts:
            self.spread(unit, self.stage(unit, cts, useful=useful))

    def merge(self, unit: Segment, cts: Cts, found: Iterable[tuple[Node, Any, Handle]]) -> None:
        """Sort what a stage found: more cotangents inside ``unit``, or ends of it."""
        for node, origin, ct in found:
            if node.args and node in self.wanted_nodes.get(unit, ()) and node not in cts:
                self.captured[unit, node] = ct
            if origin is None or type(origin) is CustomOutput:
                if node.prim.name != "source" and not node.args and origin is None:
                    continue
                cts[node] = added(cts[node], ct) if node in cts else ct
            else:
                self.spread(unit, [(node, origin, ct)])

    def useful(self, unit: Unit) -> set[Node] | None:
        """The nodes of ``unit`` that lead to something wanted; None for all."""
        if self.wanted_leaves is None:
            return None
        outputs, sources = contents(unit)
        ends = set(self.wanted_nodes.get(unit, ()))
        customs = []
        for node, origin in sources.items():
            if isinstance(origin, ReferenceType):
                if id(origin()) in self.wanted_leaves:
                    ends.add(node)
            elif type(origin) is tuple:
                if self.reach(origin[0]):
                    ends.add(node)
            elif type(origin) is CustomOutput:
                customs.append((node, origin.custom))
        inputs = [n for _, custom in customs for n in custom.inputs if n is not None]
        order = reachable([*outputs, *inputs])
        useful = leading_to(order, ends)
        for node, custom in sorted(customs, key=lambda pair: pair[0].index):
            if any(n in useful for n in custom.inputs):
                ends.add(node)
                useful = leading_to(order, ends)
        return useful

    def reach(self, start: Unit) -> bool:
        """Whether ``start`` or a unit that it depends on holds something wanted."""
        todo: list[Unit] = [start]
        while todo:
            unit = todo[-1]
            if unit in self.reaches:
                todo.pop()
                continue
            sources = contents(unit)[1].values()
            older = [o[0] for o in sources if type(o) is tuple]
            unknown = [u for u in older if u not in self.reaches]
            if unknown:
                todo += unknown
                continue
            leaves = self.wanted_leaves or ()
            self.reaches[unit] = bool(self.wanted_nodes.get(unit)) or any(
                self.reaches[u] for u in older) or any(
                isinstance(o, ReferenceType) and id(o()) in leaves for o in sources)
            todo.pop()
        return self.reaches[start]

    def stage(self, unit: Unit, cts: Cts, *, floor: int = -1, useful: set[Node] | None = None,
              ones: tuple[Node, ...] = ()) -> list[tuple[Node, Any, Handle]]:
        """Record the adjoint of ``unit`` from ``cts`` (and ``ones``) down to ``floor``: the ends
        that it reached, where each goes on, and its cotangent."""
        rec = here.recording
        seeds = (*cts, *ones)
        given = tuple([rec.enter(ct) for ct in cts.values()])
        plan = None if type(unit) is Recording else unit.plan
        wanted: tuple[Node, ...] | None = None
        if self.wanted_leaves is not None:
            useful = self.useful(unit) if useful is None else useful
            wanted = tuple(sorted(useful or (), key=lambda n: n.index))
        keep = tuple(sorted(self.wanted_nodes.get(unit, ()), key=lambda n: n.index))
        key = (vjp, plan, floor, seeds, given, wanted, keep, self.create_graph, self.retain_graph)
        step = rec.at.next.get(key)
        if step is not None and plan is not None and unit.freed:
            check_freed(step.out.freed, unit.freed)
        if step is None:
            step = self.build(rec, unit, key)
        done: Stage = step.out
        if plan is not None:
            self.feed(rec, unit, done)
        rec.at = step
        if plan is None:
            origins = [rec.sources[k] if k >= 0 else None for k in done.places]
        else:
            origins = [unit.sources.get(node) for node in done.ends]
        return [(node, origin, wait(rec, ct))
                for node, origin, ct in zip(done.ends, origins, done.cts, strict=True)]

    def build(self, rec: Recording, unit: Unit, key: tuple[Any, ...]) -> Step:
        """The slow path of a stage: differentiate."""
        _, plan, floor, seeds, given, wanted, keep, _, _ = key
        line = user_line()
        useful = None if wanted is None else set(wanted)
        visited = [node for node in reachable(seeds, floor=floor)
                   if node.requires_grad and node.index >= floor
                   and any(arg.requires_grad and (useful is None or arg in useful)
                           for arg in node.args)]
        saving: Freed = {node: line for node in visited if reads(node)}
        sources = path_nodes(rec.at)[2] if plan is None else list(unit.sources)
        check_freed(saving, path_nodes(rec.at)[3] if plan is None else unit.freed)
        building.line = line
        try:
            start = lift(0).index
            cts = {}
            for seed, ct in zip(seeds, (*given, *[None] * (len(seeds) - len(given))), strict=True):
                new = full(lift(1), shape=seed.shape, dtype=seed.dtype) if ct is None else ct
                cts[seed] = new if self.create_graph or ct is None else stop(new)
            found = vjp(cts, useful, floor, keep)
            places = {node: k for k, node in enumerate(sources)}
            ends = [node for node in found if node in places or node in keep
                    or (node.requires_grad and node.index < floor)]
            outs = [_as(found[node], node) for node in ends]
            inputs: tuple[Node, ...] = ()
            residuals: list[Node] = []
            if plan is not None:
                residuals = [node for node in reachable(outs, floor=start)
                             if node.index < start and node in unit.values]
                known = set(given)
                residuals = [node for node in residuals if node not in known]
                mapping = {node: self.stand_in(node) for node in residuals}
                outs = substitute(outs, mapping, start)
                inputs = tuple(mapping.values())
            if not self.create_graph:
                outs = [stop(out) for out in outs]
        finally:
            building.line = None
        done = Stage(tuple(ends), tuple(outs), saving, tuple(residuals),
                     () if plan is None else unneeded(unit, saving),
                     tuple([places.get(node, -1) for node in ends]))
        return rec.add(key, Step(
            rec.at, done, grad=rec.at.grad, nodes=len(visited) * 2,
            inputs=tuple([n for n in inputs if n.prim is input_]),
            numbers=tuple([n for n in inputs if n.prim is number]),
            sources=tuple([n for n in inputs if n.requires_grad]),
            detail=saving if plan is None and not self.retain_graph else None))

    def stand_in(self, node: Node) -> Node:
        """The input through which a residual's value enters the recording."""
        if node.weak:
            return number_node(type(_example(node)))
        return Node(input_, (), {}, node.shape, node.dtype,
                    self.create_graph and node.requires_grad)

    def feed(self, rec: Recording, unit: Segment, done: Stage) -> None:
        """Give the recording the residuals that a stage of ``unit`` reads; then free them."""
        for node in done.residuals:
            value = unit.values[node]
            if node.weak:
                rec.numbers.append(value)
                continue
            rec.inputs.append(np.asarray(value))
            if self.create_graph and node.requires_grad:
                rec.sources.append(unit.sources.get(node) or (unit, node))
        if not self.retain_graph:
            drop = unneeded(unit, {**unit.freed, **done.freed}) if unit.freed else done.drop
            unit.freed.update(done.freed)
            for node in drop:
                unit.values.pop(node, None)


def _sequence(unit: Unit) -> float:
    return unit.seq if type(unit) is Segment else float("inf")


def contents(unit: Unit) -> tuple[Sequence[Node], dict[Node, Any]]:
    """The results of a unit through which gradients come, and its sources."""
    if type(unit) is Segment:
        return unit.plan.outputs, unit.sources
    assert type(unit) is Recording
    nodes = path_nodes(unit.at)[2]
    outputs = []
    for step in unit.at.path():
        out = step.out
        outputs += [n for n in (out if isinstance(out, tuple) else (out,)) if type(n) is Node]
    return outputs, dict(zip(nodes, unit.sources, strict=True))


def _as(ct: Node, node: Node) -> Node:
    return ct if ct.dtype is node.dtype and not ct.weak else cast(ct, dtype=node.dtype)


def _example(node: Node) -> complex:
    return (False, 0, 0.0, 0j)[node.dtype.category]


def reads(node: Node) -> bool:
    """Whether the derivatives of ``node`` read values."""
    return any(found.prim.name != "constant" for found in residuals_of(node))


def unneeded(unit: Segment, freed: Freed) -> tuple[Node, ...]:
    """The residuals of ``unit`` that only ``freed`` nodes read."""
    needed: set[Node] = set()
    for node in reachable(unit.plan.outputs):
        if node.requires_grad and node.args and node not in freed:
            needed.update(residuals_of(node))
    return tuple(node for node in unit.plan.residuals if node not in needed)


def check_freed(visited: Freed, freed: Freed) -> None:
    """RuntimeError if a node to go through has lost its values to an earlier backward."""
    for node in visited:
        if node in freed:
            name = node.call.name if node.call else node.prim.name
            raise RuntimeError(
                "Trying to backward through the graph a second time (or directly access saved "
                "tensors after they have already been freed). Saved intermediate values of the "
                "graph are freed when you call .backward() or autograd.grad(). Specify "
                "retain_graph=True if you need to backward through the graph a second time or if "
                "you need to access saved tensors after calling backward.\n"
                f"The values of {name}, a tensor of shape {list(node.shape)} recorded at "
                f"{show_line(node.line)}, were freed by the backward at "
                f"{show_line(freed[node])}. Call that one with retain_graph=True, or sum the "
                "losses and call backward once, or detach() the state carried from one iteration "
                "to the next.")


def added(a: Handle, b: Handle) -> Handle:
    """``a + b``."""
    out: Handle = record(OPERATIONS["add"], (a, b, None))
    return out


def ones_like(root: Handle) -> Handle:
    """The cotangent 1 of a root."""
    node = here.recording.enter(root)
    return hold(np.ones(node.shape, node.dtype.numpy))
