"""A backward through a walked segment that stops where the user's Python runs.

Between two stops the pullbacks are called one after the other. Cotangents are NumPy's arrays on the
way, and tensors for the Python at a stop alone. What needs more than that is left to
``Engine.go_through``. Start with :func:`walked_down`.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from typing import Any

import numpy as np

from ...config import config
from ..arrays import as_buffer
from ..errors import by_signal, is_second_backward
from ..graph import ROOM, Node
from ..locks import sharing
from ..ops.elementwise import add
from ..quiet import quiet, silenced, spoken
from .flushing import value
from .handle import Handle
from .novelty import on_the_way
from .operation import Operation, promoted
from .recorder import hold, record
from .recording import here
from .segment import CustomOutput, Segment
from .walking import as_scalar, index_of, is_finite, pulled_through, went_back
from .wanted import DueLeaf, hand_over
from .worth import ledger

Cts = dict[Node, Handle]


def walked_down(engine: Any, unit: Segment, cts: Cts, stops: list[Node],
                arrived: dict[Any, dict[int, Handle]], lowest: dict[Any, Node],
                due: list[DueLeaf]) -> list[Node]:
    """Send ``cts`` down through a segment that was walked, and call what is to run at ``stops``.

    Returns the stops that are left, with the cotangents in ``cts``, where the rest is to go another
    way; none, and none, where all is done. ``arrived`` has the cotangents of results of calls
    of which other results are still to come, ``lowest`` the last stop of each; the leaves that are
    ``due`` are given their gradients on the way.
    """
    if unit.walk is None or unit.walk.inside or engine.create_graph or engine.check or (
            here.modes.lanes is not None):
        return stops
    down, modes = Descent(engine, unit, cts), here.modes
    before = modes.at_once
    try:
        for n, node in enumerate(stops):
            if not down.pull(node.index + 1):
                down.give_up(cts)
                return stops[n:]
            on_the_way(modes)
            if due:
                down.hand_over(due, node)
            down.stop(node, arrived, lowest)
            if unit.walk is not down.walk:   # somebody has asked for its plan
                down.give_up(cts)
                return stops[n + 1:]
    finally:
        modes.at_once = before
    if not down.pull(down.low):
        down.give_up(cts)
        return []
    down.spread()
    return []


class Descent:
    """Where a backward is in a walked segment: the cotangents there, as arrays (``values``) and as
    tensors that Python has returned (``late``), which may wait for their values."""

    def __init__(self, engine: Any, unit: Segment, cts: Cts) -> None:
        self.engine = engine
        self.unit = unit
        walk = unit.walk
        assert walk is not None
        self.walk = walk
        self.wanted = engine.wanted_nodes.get(unit, ())
        high = highest(cts)
        self.useful = engine.useful_in(unit, high)
        self.low = engine.lowest(unit)
        self.values: dict[Node, Any] = {}
        self.late = dict(cts)
        self.at = bisect_right(walk.steps, high, key=index_of)
        """The steps from here on are behind it."""
        self.first = self.at
        cts.clear()

    def pull(self, floor: int) -> bool:
        """Go down to the nodes of number ``floor`` on; False, with nothing done, where the
        segment has to be planned, which says where and why."""
        values, late = self.values, self.late
        for node in [node for node in late if node.index >= floor] if late else ():
            array = value(late.pop(node))
            known = values.get(node)
            if known is not None:
                with quiet():
                    array = add.impl(known, array)
            values[node] = array
        high = low = self.at
        steps = self.walk.steps
        while low:
            step = steps[low - 1]
            out = step.out
            if (out.index if step.template.single else out[-1].index) < floor:
                break
            low -= 1
        if low < high and values:
            if self.walk.packed:
                if not self.through(low, high, floor):
                    return False
            elif not self.pulled(range(high - 1, low - 1, -1), floor):
                return False
        self.at = low
        return True

    def through(self, low: int, high: int, floor: int) -> bool:
        """Go back through the steps from ``low`` to ``high``; False where that has failed."""
        packed = self.walk.packed
        for k in sorted([k for k in packed if low <= k < high], reverse=True):
            if high > k + 1 and not self.pulled(range(high - 1, k, -1), floor):
                return False
            high = k + 1
            if self.is_met(k):
                if not self.unpacked(k, floor):
                    return False
                high = k
        return low >= high or self.pulled(range(high - 1, low - 1, -1), floor)

    def is_met(self, k: int) -> bool:
        """Whether a cotangent that is to go on has come to step ``k``, whose values are there."""
        step, values, useful = self.walk.steps[k], self.values, self.useful
        outs = (step.out,) if step.template.single else step.out
        met = [node for node in outs if node in values and (useful is None or node in useful)]
        return bool(met) and self.walk.saved[k] is not None

    def unpacked(self, k: int, floor: int) -> bool:
        """Go back through step ``k``, with the values that the user keeps; False where that has
        failed."""
        walk = self.walk
        packed, read = walk.packed[k], walk.saved[k]
        assert read is not None
        on_the_way(here.modes)
        whole = walk.saved[k] = tuple([
            kept if found is None else as_scalar(value(found[1](found[0])))
            for found, kept in zip(packed, read, strict=True)])
        try:
            return self.pulled(range(k, k - 1, -1), floor)
        finally:
            if walk.saved[k] is whole:
                walk.saved[k] = read
            else:
                del walk.packed[k]

    def pulled(self, order: range, floor: int) -> bool:
        """Go back through the steps in this order; False where that has failed."""
        walk, values, useful = self.walk, self.values, self.useful
        before, plain = values.copy(), not config.strict_nan
        token = silenced()
        try:
            with sharing.lock:   # another thread's backward may free what this one reads
                _, done = pulled_through(walk, values, order, floor, useful, (), plain)
                if plain:
                    for node, ct in values.items():
                        if before.get(node) is not ct and not is_finite(ct):
                            values.clear()
                            values.update(before)
                            _, done = pulled_through(walk, values, order, floor, useful, (), False)
                            break
                if done and not self.engine.retain_graph:
                    walk.freed.append((done, self.engine.line()))
                    saved = walk.saved
                    for k in done:
                        saved[k] = None
        except Exception as error:
            if is_second_backward(error) or by_signal(error):
                raise
            values.clear()
            values.update(before)
            return False
        finally:
            spoken(token)
        return True

    def stop(self, node: Node, arrived: dict[Any, dict[int, Handle]],
             lowest: dict[Any, Node]) -> None:
        """Run what belongs to ``node``."""
        engine, unit, late = self.engine, self.unit, self.late
        ct = late.pop(node, None)
        known = self.values.pop(node, None)
        if known is not None:
            there = hold(as_buffer(known, node.dtype.numpy))
            ct = there if ct is None else added(there, ct)
        if ct is not None and (node in unit.hooks or node in self.wanted) and (
                engine.goes_on(unit, node)):
            cts = {node: ct}
            engine.pause(unit, node, cts)
            ct = cts.pop(node, None)
            self.add(cts.items())
        origin = self.walk.sources.get(node)
        if origin.__class__ is not CustomOutput:
            if ct is not None:
                self.add([(node, ct)])
            return
        custom = origin.custom
        if ct is not None and custom not in arrived and lowest[custom] is node:   # it is the only
            if engine.wanted_leaves is None or engine.leads(unit, node):
                self.add(custom.backward({origin.i: ct}, unit, engine))
            return
        if ct is not None:
            arrived.setdefault(custom, {})[origin.i] = ct
        if lowest[custom] is node and custom in arrived:
            given = arrived.pop(custom)
            if engine.leads(unit, node):
                self.add(custom.backward(given, unit, engine))

    def hand_over(self, due: list[DueLeaf], node: Node) -> None:
        """Give the leaves their gradients that nothing uses which ``node`` was made of."""
        for lowest, _, sources in reversed(due):
            if lowest <= node.index:
                break
            self.spread(sources)
        hand_over(self.engine, due, node.index)

    def add(self, cts: Iterable[tuple[Node, Handle]]) -> None:
        """Add cotangents that Python has returned."""
        late = self.late
        for node, ct in cts:
            late[node] = added(late[node], ct) if node in late else ct

    def give_up(self, cts: Cts) -> None:
        """Have all cotangents in ``cts``, as tensors."""
        self.count()
        self.values, values = {}, self.values
        for node, array in values.items():
            accumulate(cts, node, hold(as_buffer(array, node.dtype.numpy)))
        for node, ct in self.late.items():
            accumulate(cts, node, ct)

    def count(self) -> None:
        """Have it counted what went down."""
        ledger.walked += went_back(self.walk, self.first - self.at)

    def spread(self, ends: Iterable[Node] | None = None) -> None:
        """Hand the cotangents at the ``ends`` on; at all, where the way ends."""
        sources, values = self.walk.sources, self.values
        if ends is None:
            self.count()
            ends = [node for node in values if node in sources]
        self.engine.spread(self.unit, [
            (node, sources[node], hold(as_buffer(values.pop(node), node.dtype.numpy)))
            for node in ends if node in values])


def highest(cts: Cts) -> int:
    """The number that no node has of a call which cotangents have come to."""
    return max([node.index for node in cts], default=-1) + ROOM - 1


def accumulate(cts: Cts, node: Node, ct: Handle) -> None:
    """Add ``ct`` to the cotangent of ``node``."""
    cts[node] = added(cts[node], ct) if node in cts else ct


def _add(input: Node, other: Node) -> Node:
    """``input + other``, of tensors."""
    found: Node = add(*promoted(input, other))
    return found


ADDITION = Operation(_add, "AddBackward0")


def added(a: Handle, b: Handle) -> Handle:
    """``a + b``."""
    x, y = a._buf, b._buf
    if not here.modes.grad and x is not None and y is not None and (
            x.dtype is y.dtype and a._x is None and b._x is None and config.walks()):
        token = silenced()
        try:
            total = add.impl(x, y)
        finally:
            spoken(token)
        return hold(total if total.__class__ is np.ndarray else as_buffer(total, x.dtype))
    out: Handle = record(ADDITION, (a, b))
    return out


__all__ = ["ADDITION", "accumulate", "added", "highest", "walked_down"]
