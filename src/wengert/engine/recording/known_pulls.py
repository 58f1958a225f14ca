"""A backward with a history that comes again: all that recording its pullbacks comes to, at once.

Where the recording and what is asked are as they were, and the segment is of the same program, the
steps of :func:`~.pulling.recorded_pulls` are the same, and so is where each of their inputs comes
from. Who has gone them twice notes them (:func:`note`); from then on :meth:`Way.gone` takes them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

import numpy as np

from ...config import config
from ..arrays import as_buffer
from ..errors import Line
from ..graph import Node
from .handle import Handle, Kind, kind_of
from .recorder import as_number, wait
from .recording import Recording
from .segment import Segment, Walk
from .tree import Step
from .walking import carries

MOST = 16
"""So many ways through the segments of a program are kept."""

class Way:
    """What recording the pullbacks of a segment came to: the step where that ended, the inputs and
    numbers by step and place among what that has kept, the nodes that handles wait for, and of each
    end its node and its handle, or which of those given it is (from -1 down)."""

    __slots__ = ("done", "end", "ends", "flows", "handles", "inputs", "inside", "met", "numbers",
                 "steps", "useful")

    end: Step
    inputs: list[tuple[int, int, Any, Kind]]
    numbers: list[tuple[int, int, type]]
    flows: list[Node]
    handles: list[Node]
    ends: list[tuple[Node, int]]
    inside: list[tuple[int, Node, int]]
    met: list[int]
    done: list[int]
    steps: list[Step]
    useful: Collection[Node] | None

    def gone(self, rec: Recording, segment: Segment, useful: Collection[Node] | None,
             given: Sequence[Handle], retain: bool,
             line: Callable[[], Line]) -> dict[Node, Handle] | None:
        """What the pullbacks of a segment give for the cotangents ``given``; None, with nothing
        done, where it is another way now."""
        walk, end = segment.walk, self.end
        if walk is None or not goes_on(end) or self.steps != walk.steps or (
                self.useful is not useful and self.useful != useful):
            return None
        saved = walk.saved
        for k in self.met:
            if saved[k] is None:
                return None
        inputs, numbers = [], []
        for k, i, dtype, kind in self.inputs:
            value: Any = saved[k][i]   # type: ignore[index]
            buf = value if value.__class__ is np.ndarray else as_buffer(value, dtype)
            if kind_of(buf) is not kind:
                return None
            inputs.append(buf)
        for k, i, of in self.numbers:
            number = as_number(saved[k][i])   # type: ignore[index]
            if number.__class__ is not of:
                return None
            numbers.append(number)
        sources = [(segment, node) for node in self.flows]
        rec.at = end
        rec.inputs += inputs
        rec.numbers += numbers
        rec.sources += sources
        for k, node, number in self.inside:
            walk.inside.setdefault(k, {})[node] = number
        if self.done and not retain:
            walk.freed.append((self.done, line()))
            for k in self.done:
                saved[k] = None
        made = [wait(rec, node) for node in self.handles]
        return {node: made[k] if k >= 0 else given[-1 - k] for node, k in self.ends}


def note(key: Any, notes: Any, walk: Walk, useful: Collection[Node] | None, done: list[int],
         given: Mapping[Node, Handle], found: Mapping[Node, Handle]) -> None:
    """Note how ``found`` came of the cotangents ``given``, for who comes by this ``key`` again."""
    rec, way = notes.rec, Way()
    inputs, numbers, sources, handles = notes.counts
    flows = [node for _, _, node in notes.inputs if node is not None and carries(node)]
    if (len(rec.inputs), len(rec.numbers), len(rec.sources)) != (
            inputs + len(notes.inputs), numbers + len(notes.numbers), sources + len(flows)):
        return
    seeds = [*given.values()]
    waiting = {id(ct): ct for ct in found.values() if not any(ct is seed for seed in seeds)}
    made = [handle for handle in rec.handles[handles:] if waiting.pop(id(handle), None) is not None]
    if waiting or any(handle._x is not None or handle._buf is not None for handle in made):
        return
    places = {id(handle): k for k, handle in enumerate(made)}
    places.update({id(seed): -1 - k for k, seed in enumerate(seeds)})
    rows: dict[int, tuple[int, ...]] = {k: row_of(walk, k) for k in notes.met}
    way.end, way.steps, way.useful, way.done = rec.at, walk.steps, useful, done
    way.met, way.inside, way.flows = notes.met, notes.inside, flows
    way.inputs = [
        (k, rows[k].index(place), node.dtype.numpy, kind_of(buf))
        for (k, place, node), buf in zip(notes.inputs, rec.inputs[inputs:], strict=True)
        if node is not None]
    way.numbers = [(k, rows[k].index(place), number.__class__) for (k, place, _), number in zip(
        notes.numbers, rec.numbers[numbers:], strict=True)]
    way.handles = [handle._at for handle in made]
    way.ends = [(node, places[id(ct)]) for node, ct in found.items()]
    ways = walk.program.ways
    if len(ways) >= MOST:
        ways.clear()
    ways[key] = way


def row_of(walk: Walk, k: int) -> tuple[int, ...]:
    """The places in the row of a call of what step ``k`` has kept."""
    template = walk.steps[k].template
    places: tuple[int, ...] = template.pullback(template.every).reads
    return places


def goes_on(end: Step) -> bool:
    """Whether the tree still knows what followed a step, and a recording may come so far."""
    return (end.only is not None or (end.next.__class__ is dict and bool(end.next))) and (
        end.nodes < config.max_pending_nodes and end.nbytes < config.max_pending_bytes)


__all__ = ["note"]
