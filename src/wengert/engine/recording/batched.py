"""The results of a mapped function for all samples, as one step of the path.

The nodes that lead to them were recorded for one sample (``lanes.py``); they go through
``transforms/batch.py``. A :class:`Plan` says which they are, and what they are made of.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from typing import Any

from ..graph import Node, operators, reachable
from ..ops.batching import moved, repeated
from ..ops.structural import alias, input_, number, source
from ..transforms.batch import batch
from .operation import Nodes, Operation
from .program import Stage
from .recorder import wait
from .recording import Recording
from .templates import OF_ONE_PATH
from .tree import Step


class Plan:
    """What a mapped function does whose results are ``outs``: the nodes that lead to them, and the
    operands that they are made of.

    ``operands`` are as in the key of a step, a type for each Python number, whose places among the
    numbers of the path are ``numbers``.
    """

    def __init__(self, call: Any, rec: Recording, outs: Nodes,
                 dims: tuple[int | None, ...]) -> None:
        self.size = call.size
        self.start = call.start
        self.outs = tuple(zip(outs, dims, strict=True))
        floor = call.floor
        every = reachable(outs, stop=call.lanes, floor=floor)
        differ = set(call.lanes)
        for node in every:
            args = node.args[:1] if node.prim is source else node.args
            if node not in call.lanes and not differ.isdisjoint(args):
                differ.add(node)
        inner, given = self.apart(rec.at, differ, [
            node for node in every if node in differ and node not in call.lanes], outs, floor)
        self.differ = dict.fromkeys(differ, True)
        """Of nodes, whether they differ between samples, where that was asked."""
        known = {node: node if any(out.requires_grad for out in outs) else
                 behind_leaves(node, floor) for node in given}
        lanes = [node for node in every if node in call.lanes]
        self.order = sorted({*inner, *[node for node in every if node in differ]},
                            key=lambda node: node.index)
        places = {node: k for k, node in enumerate(dict.fromkeys(
            [*[call.lanes[node][0] for node in lanes], *known.values()]))}
        self.lanes = {node: (places[call.lanes[node][0]], call.lanes[node][1]) for node in lanes}
        self.same = {node: places[of] for node, of in known.items()}
        self.walks = self.start.walks and not any(node.prim is source and node.index >= floor
                                                  for node in known.values())
        self.numbers, self.operands = entered(rec, places)

    @staticmethod
    def apart(at: Step, differ: set[Node], computed: list[Node], outs: Nodes,
              floor: int) -> tuple[set[Node], list[Node]]:
        """What is the same for all samples and read by what is ``computed`` and is not: nodes
        inside calls, and those that are operands."""
        stack = [arg for node in computed
                 for arg in (node.args[:1] if node.prim is source else node.args)]
        stack += outs
        raw: set[Node] | None = None
        inner: set[Node] = set()
        given: dict[Node, None] = {}
        while stack:
            node = stack.pop()
            if node in differ or node in inner or node in given or (
                    node.prim is operators.constant):
                continue
            if node.prim in (input_, number, source):
                given[node] = None
                continue
            if node.index < floor:
                if not is_result(node) and raw is None:
                    raw = outs_of_others(at)
                if is_result(node) or (raw is not None and node in raw):
                    given[node] = None
                    continue
            inner.add(node)
            stack += node.args
        return inner, sorted(given, key=lambda node: node.index)

    def recorded(self, rec: Recording) -> list[Any]:
        """The results, in this recording."""
        before = rec.at
        out = rec.replayed((BATCHED, self.operands, self),
                           [rec.numbers[k] for k in self.numbers])
        step = rec.at
        if step.parent is before and step.walks is not self.walks:
            step.walks = self.walks
        return [wait(rec, node) for node in (out if isinstance(out, tuple) else (out,))]


OF_ONE_PATH.add(Plan)


def behind_leaves(node: Node, floor: int) -> Node:
    """What a leaf stands for that a mapped function has made of a tensor from outside, as ``grad``
    does, where no gradient comes to it from its results: that has its value before."""
    before = node
    while before.prim in (source, alias) and before.index >= floor:
        before = before.args[0]
    outside = before.prim in (input_, number) or (
        before.index < floor and (before.prim is source or is_result(before)))
    return before if outside else node


def entered(rec: Recording, nodes: Iterable[Node]) -> tuple[tuple[int, ...], tuple[Any, ...]]:
    """Operands as they are in the key of a step, a type for each Python number, and the places of
    those among the numbers of the recording."""
    operands: list[Any] = list(nodes)
    if not any(node.prim is number for node in operands):
        return (), tuple(operands)
    known = places_of_numbers(rec, {node for node in operands if node.prim is number})
    places = [known[node] for node in operands if node.prim is number]
    return tuple(places), tuple([
        type(rec.numbers[known[node]]) if node.prim is number else node
        for node in operands])


def places_of_numbers(rec: Recording, wanted: set[Node]) -> dict[Node, int]:
    """Where among the numbers of a recording those of some nodes are: looked for from the end, as a
    function that has just run has left them there."""
    found: dict[Node, int] = {}
    end = len(rec.numbers)
    step: Step | None = rec.at
    while step is not None and len(found) < len(wanted):
        end -= step.count
        if step.count and not wanted.isdisjoint(step.numbers):
            found.update({node: end + k for k, node in enumerate(step.numbers) if node in wanted})
        step = step.parent
    return found


def is_result(node: Node) -> bool:
    """Whether ``node`` is the result of a call."""
    try:
        object.__getattribute__(node, "template")
    except AttributeError:
        return False
    return True


class _Others(threading.local):
    """What :func:`outs_of_others` found last in this thread: a longer path goes on there."""

    def __init__(self) -> None:
        self.at: Step | None = None
        self.found: set[Node] = set()


_others = _Others()


def outs_of_others(at: Step) -> set[Node]:
    """The nodes that steps of the path have made which are no calls."""
    steps = []
    step: Step | None = at
    while step is not None and step is not _others.at:
        steps.append(step)
        step = step.parent
    found = _others.found if step is not None else set[Node]()
    for step in steps:
        if step.template is None and step.out is not None:
            out = step.out.cts if step.out.__class__ is Stage else step.out
            found.update(out if isinstance(out, tuple) else (out,))
    _others.at, _others.found = at, found
    return found


def _batched(inputs: Nodes, plan: Any) -> Nodes:
    lanes = {node: moved(inputs[k], axis, 0) for node, (k, axis) in plan.lanes.items()}
    many, one = batch(plan.order, lanes, {node: inputs[k] for node, k in plan.same.items()},
                      plan.size)
    found = []
    for node, dim in plan.outs:
        if node in many:
            found.append(moved(many[node], 0, dim))
        else:
            value = one.get(node, node)
            found.append(value if dim is None else
                         moved(repeated(value, (plan.size, *value.shape)), 0, dim))
    return tuple(found)


BATCHED = Operation(_batched, "VmapBackward0", methods=())


__all__ = ["Plan", "is_result"]
