"""Pulling with a history: the pullbacks of a walked segment, recorded as steps.

Where a gradient is to be differentiated again, a backward through a walked segment records each
pullback as one call, of the cotangents and of the values that it reads; those are tensors whose
history goes on in the segment. What such a call means is a template like any other, so derivatives
of any order go this way.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

import numpy as np

from ..arrays import as_buffer
from ..graph import Node
from ..passes.substitute import substitute
from .handle import Handle
from .operation import Nodes, Operation
from .recorder import as_number, hold, record
from .segment import Segment, Walk
from .templates import Pullback, Template
from .walking import between, carries, ends_of, pulled_through


def recorded_pulls(segment: Segment, given: Mapping[Node, Handle], floor: int,
                   useful: Collection[Node] | None, keep: Collection[Node], retain: bool,
                   add: Callable[[Any, Any], Any]) -> dict[Node, Handle]:
    """What :func:`pulled` gives, as tensors whose history goes through the derivatives."""
    walk = segment.walk
    assert walk is not None
    cts, done = pulled_through(walk, dict(given), between(walk, given, floor), floor, useful, keep,
                               False, Recorded(segment, add))
    return ends_of(walk, cts, floor, keep, () if retain else done)


class Recorded:
    """Records the pullbacks of a walked segment, each as one step: they have a history."""

    def __init__(self, segment: Segment, add: Callable[[Any, Any], Any]) -> None:
        self.segment = segment
        self.add = add

    def __call__(self, walk: Walk, k: int, pull: Pullback, arrived: list[Any]) -> Any:
        """The cotangents of the operands of step ``k``, as tensors."""
        step = walk.steps[k]
        template: Template = step.template
        whole = template.pullback(template.every)
        read = walk.saved[k]
        assert whole is not None and read is not None
        known = dict(zip(whole.reads, read, strict=True))
        given = [self.tensor(walk, k, place, known.get(place)) for place in pull.reads]
        found = record(PULLED, ((*arrived, *given), pull))
        return found if pull.several else found[0]

    def tensor(self, walk: Walk, k: int, place: int, value: Any) -> Any:
        """What a pullback reads, with its history. Where nothing is known of the value, only the
        history is read: its derivative is zeros."""
        step = walk.steps[k]
        template: Template = step.template
        outs = (step.out,) if template.single else step.out
        first, after = len(step.operands), len(step.operands) + template.count
        if place < first:
            node: Node = step.operands[place]
        elif place < after:
            return as_number(value)
        elif place < after + len(outs):
            node = outs[place - after]
        else:
            number = place - after - len(outs)
            node = template.stood_for(outs[0])[template.inner[number]]
            if node.requires_grad:
                walk.inside.setdefault(k, {})[node] = -1 - number
        if node.weak:
            return as_number(value)
        if value is None:
            value = np.broadcast_to(np.zeros((), node.dtype.numpy), node.shape)
        handle = hold(as_buffer(value, node.dtype.numpy))
        if carries(node):
            handle._rec, handle._at = self.segment, node
        return handle


def _pulled(inputs: Nodes, pull: Any) -> Nodes:
    return tuple(substitute(pull.values, dict(zip(pull.inputs, inputs, strict=True)), -1))


PULLED = Operation(_pulled, "", methods=())
