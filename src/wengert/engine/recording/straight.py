"""Backward through segments where nothing but known adjoints comes: one call for each.

A loop that asks for a value in each turn leaves a segment in each, and its backward goes through
all of them. Most have no hooks and no custom functions, and nothing but leaves is wanted; then
there is nothing to look at but the step that followed here before. :func:`gone_straight` takes it,
and does what ``Engine.descend`` comes to then; where there is more to look at it does nothing.
:func:`gone_down` is the same for a segment that was walked.
"""

from __future__ import annotations

from typing import Any
from weakref import ReferenceType

from ..arrays import as_buffer
from ..errors import by_signal, is_second_backward
from ..graph import Node
from ..locks import sharing
from .cutting import FEWEST, heads
from .descent import accumulate
from .flushing import flush, value
from .handle import Handle
from .keys import StageKey
from .program import SegmentPlan, Stage
from .recorder import hold, wait
from .recording import here
from .segment import Segment
from .walking import pulled

PLAIN_ORIGINS = frozenset([tuple, ReferenceType, type(None)])
"""Where gradients go on without Python: in an older segment, at a leaf, nowhere."""


def is_plain(engine: Any) -> bool:
    """Whether leaves are wanted and nothing else, and what was read is let go of."""
    return not (engine.create_graph or engine.retain_graph or engine.check or engine.wanted_nodes
                ) and here.modes.lanes is None


def gone_straight(engine: Any, unit: Segment, cts: dict[Node, Handle]) -> bool:
    """Whether ``cts`` went through ``unit`` by one known step, in a backward that is plain."""
    plan, ends = unit._plan, unit._ends
    rec = here.recording
    if plan is None or not ends or unit.freed or unit.packed or unit.hooks or not (
            PLAIN_ORIGINS.issuperset(map(type, ends))):
        return False
    if heads and engine.goes_apart(rec, FEWEST):
        flush()   # so that each turn's is the same path
        rec = here.recording
    nodes = tuple(cts)
    given = tuple([ct._at if ct._rec is rec else rec.enter(ct) for ct in cts.values()])
    at, asked = rec.at, (nodes, engine.ends(unit))
    step, plan_then, given_then, asked_then = at.then
    if plan_then is not plan or given_then != given or asked_then != asked:
        step = at.next.get(StageKey(plan, -1, nodes, given, asked[1], (), (), False, False))
        if step is None:
            return False
        at.then = step, plan, given, asked
    done: Stage = step.out
    outlets = done.outlets
    if outlets is None:
        outlets = done.outlets = outlets_of(done, plan)
    with sharing.lock:   # another thread's backward may free what this one reads
        found = None if unit.freed else unit.read_by(done)
        if found is None:
            return False
        rec.at = step
        rec.numbers += found[1]
        rec.inputs += found[0]
        unit.freed = done.freed
        unit.let_go(done.drop)
    engine.way.append(plan)
    engine.taken.append(step)
    # All handles first, as Engine.stage makes them: where a recording ends, it is known by its path
    # and their order which of them wait.
    for k, ct in [(k, wait(rec, node)) for k, node in outlets]:
        origin = ends[k] if k >= 0 else None
        if origin.__class__ is tuple:
            older, target = origin
            known = engine.pending.get(older)
            if known is None:
                engine.pending[older] = {target: ct}
            else:
                accumulate(known, target, ct)
        elif origin is not None and (leaf := origin()) is not None:
            engine.arrive(leaf, ct)
    return True


def gone_down(engine: Any, unit: Segment, cts: dict[Node, Handle]) -> bool:
    """Whether ``cts`` went through ``unit``, which was walked, with nothing of the user's on the
    way, in a backward that is plain."""
    walk = unit.walk
    if walk is None or walk.packed or unit.hooks or engine.wanted_leaves is not None or not (
            PLAIN_ORIGINS.issuperset(map(type, walk.sources.values()))):
        return False
    values = {node: value(ct) for node, ct in cts.items()}
    with sharing.lock:   # another thread's backward may free what this one reads
        if unit.walk is not walk:
            return False
        try:
            found = pulled(walk, values, -1, None, (), False, engine.line)
        except Exception as error:
            if is_second_backward(error) or by_signal(error):
                raise
            return False   # planned, it says where and why
    sources = walk.sources
    for node, ct in found.items():
        origin = sources[node]
        if origin.__class__ is tuple:
            engine.give(*origin, hold(as_buffer(ct, node.dtype.numpy)))
        elif origin is not None and (leaf := origin()) is not None:
            engine.arrive(leaf, hold(as_buffer(ct, node.dtype.numpy)))
    return True


def outlets_of(done: Stage, plan: SegmentPlan) -> tuple[tuple[int, Node], ...]:
    """The cotangents at the ends of a stage, each with the place of its end among the sources of
    the segment; -1 of what is none."""
    places = {node: k for k, node in enumerate(plan.sources)}
    return tuple([(places.get(end, -1), ct)
                  for end, ct in zip(done.ends, done.cts, strict=True)])


__all__ = ["gone_down", "gone_straight", "is_plain"]
