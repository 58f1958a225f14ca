"""Pulling with a history: the pullbacks of a walked segment, recorded as steps.

Where a gradient is to be differentiated again, a backward through a walked segment records each
pullback as one call, of the cotangents and of the values that it reads; those are tensors whose
history goes on in the segment. What such a call means is a template like any other, so derivatives
of any order go this way.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

import numpy as np

from ...config import config
from ..arrays import as_buffer
from ..devices import device_for
from ..errors import Line, user_place
from ..graph import Node
from ..lazy import lazy
from .descent import ADDITION
from .forms import form_of
from .growth import call_step
from .handle import Handle
from .operation import Nodes, Operation
from .recorder import as_number, hold, record, wait
from .recording import Recording, here
from .relatives import template_for
from .segment import Segment, Walk
from .templates import NotWalked, Pullback, Template, new_template, quick, signature
from .tree import tree
from .walking import between, carries, ends_here, ends_of, freed, passed_through


def recorded_pulls(segment: Segment, given: Mapping[Node, Handle], floor: int,
                   useful: Collection[Node] | None, keep: Collection[Node], retain: bool,
                   add: Callable[[Any, Any], Any],
                   line: Callable[[], Line]) -> dict[Node, Handle]:
    """What :func:`pulled` gives, as tensors whose history goes through the derivatives."""
    walk, rec, made = segment.walk, here.recording, tree.made
    assert walk is not None
    seeds = tuple([rec.enter(ct) for ct in given.values()])
    plain = not walk.inside and is_plain(rec)
    key = rec.at, seeds, tuple(given), floor, keep, rec.modes.grad
    way = walk.program.ways.get(key) if plain else None
    if way is not None:
        known: dict[Node, Handle] | None = way.gone(
            rec, segment, useful, [*given.values()], retain, line)
        if known is not None:
            return known
    notes = Notes(rec, plain)
    cts, done = through(segment, given, floor, useful, keep, Recorded(segment, add, notes))
    found = ends_of(walk, cts, floor, keep, () if retain else done, line)
    if notes.whole and tree.made == made and here.recording is rec:   # it has come before
        lazy("engine.recording.known_pulls").note(key, notes, walk, useful, done, given, found)
    return found


def through(segment: Segment, given: Mapping[Node, Handle], floor: int,
            useful: Collection[Node] | None, keep: Collection[Node],
            record: Recorded) -> tuple[dict[Node, Handle], list[int]]:
    """The cotangents left after the pullbacks were recorded, and the steps whose values were read.
    """
    walk = segment.walk
    assert walk is not None
    cts, done = dict(given), list[int]()
    steps, saved, inside = walk.steps, walk.saved, walk.inside
    for k in between(walk, given, floor):
        step = steps[k]
        out, template = step.out, step.template
        if not template.single or k in inside:
            pull, found = passed_through(walk, cts, k, floor, useful, keep, False, record)
            if pull is None:
                continue
        elif out not in cts or (useful is not None and out not in useful):
            continue
        else:   # what passed_through does, for most steps
            pull = template.again or template.pullback(template.every, True)
            if pull is None:
                raise NotWalked
            template.again = pull
            ct = cts[out] if out in keep else cts.pop(out)
            if useful is not None and ends_here(step, pull, useful):
                continue
            if saved[k] is None:
                raise freed(walk, k)
            found = record(walk, k, pull, [ct])
        if pull.frees:
            done.append(k)
        operands = step.operands
        for place, ct in (zip(pull.targets, found, strict=True) if pull.several
                          else ((pull.target, found),)):
            node = operands[place]
            if useful is None or node in useful:
                known = cts.get(node)
                cts[node] = ct if known is None else record.sum(known, ct)
    return cts, done


Reads = list[tuple[int, int, Node | None]]
"""By step of a segment and place in the row of its call, what was read: a node, or a number."""


class Notes:
    """What is noted while pullbacks are recorded in ``rec``: the steps that were gone through
    (``met``), what was read for the first time (``inputs``), the ``numbers``, and the nodes
    ``inside`` of calls. It is ``whole`` if nothing else was done."""

    __slots__ = ("counts", "inputs", "inside", "met", "numbers", "rec", "start", "whole")

    def __init__(self, rec: Recording, whole: bool) -> None:
        self.rec = rec
        self.start = rec.at
        self.counts = len(rec.inputs), len(rec.numbers), len(rec.sources), len(rec.handles)
        self.met: list[int] = []
        self.inputs: Reads = []
        self.numbers: Reads = []
        self.inside: list[tuple[int, Node, int]] = []
        self.whole = whole


class Recorded:
    """Records the pullbacks of a walked segment, each as one step: they have a history."""

    def __init__(self, segment: Segment, add: Callable[[Any, Any], Any], notes: Notes) -> None:
        self.segment = segment
        self.add = add
        self.notes = notes
        self.place = user_place()
        self.rec: Recording | None = None
        self.entered: dict[Node, Node] = {}
        """By node of the segment whose value is known, what it is in the recording ``rec``."""

    def __call__(self, walk: Walk, k: int, pull: Pullback, arrived: list[Any]) -> Any:
        """The cotangents of the operands of step ``k``, as tensors: the very one that has arrived
        where that goes through as it is."""
        self.notes.met.append(k)
        passes = pull.passes if here.modes.grad else ()
        if not passes:
            return self.called(walk, k, pull, arrived)
        found = self.called(walk, k, pull, arrived) if -1 in passes else ()
        given = [found[i] if place < 0 else arrived[place] for i, place in enumerate(passes)]
        return tuple(given) if pull.several else given[0]

    def called(self, walk: Walk, k: int, pull: Pullback, arrived: list[Any]) -> Any:
        """What the call of a pullback gives."""
        template: Template = walk.steps[k].template
        whole = template.whole or template.pullback(template.every)
        read = walk.saved[k]
        assert whole is not None and read is not None
        values: Sequence[Any] = read
        if pull is not whole and pull.reads != whole.reads:
            known: Any = dict(zip(whole.reads, read, strict=True))
            values = [known.get(place) for place in pull.reads]
        if is_plain(here.recording):
            return self.taken(walk, k, pull, arrived, values)
        self.notes.whole = False
        nodes = [self.node_at(walk, k, place) for place in pull.reads]
        given = [*arrived, *map(self.tensor, nodes, values)]
        return record(PULLED if pull.several else PULLED_ONE, (given, pull))

    def taken(self, walk: Walk, k: int, pull: Pullback, arrived: list[Any],
              values: Sequence[Any]) -> Any:
        """The same, with no more than it takes."""
        rec, own = here.recording, walk.steps[k].operands
        if self.rec is not rec:
            self.rec, self.entered = rec, {}
        operands = [ct._at if ct._rec is rec else rec.enter(ct) for ct in arrived]
        elements: list[Any] = [*operands]
        said: list[Any] = [node.form or form_of(node) for node in operands]
        numbers: list[complex] = []
        for place, value in zip(pull.reads, values, strict=True):
            node = own[place] if place < len(own) else self.node_at(walk, k, place)
            if node is None or node.weak:
                number = as_number(value)
                numbers.append(number)
                self.notes.numbers.append((k, place, None))
                elements.append(number.__class__)
                said.append(number.__class__)
                continue
            found = None if value is None else self.entered.get(node)
            if found is None:
                found = self.operand(rec, node, value)
                self.notes.inputs.append((k, place, node))
            operands.append(found)
            elements.append(found)
            said.append(found.form or form_of(found))
        at = rec.at
        key = (PULLED if pull.several else PULLED_ONE, tuple(elements), pull)
        step = at.next.get(key)
        if step is None and at.only is not None:
            step = at.branches().get(key)
        if step is None:
            if len(operands) > 1 and len(set(operands)) < len(operands):
                said.append(tuple(map(operands.index, operands)))
            forms = tuple(said)
            template = pull.templates.get(forms)
            if template is None:
                template = pull.templates[forms] = new_template(   # there are no others like it
                    key, None, self.place, signature(key, None)[0])
            step = call_step(at, key, None, template, tuple(operands), *self.place)
        rec.at = step
        rec.numbers.extend(numbers)
        if not pull.several:
            return wait(rec, step.out)
        return tuple([wait(rec, out) for out in step.out])

    def sum(self, a: Handle, b: Handle) -> Any:
        """``a + b``, of cotangents."""
        rec = here.recording
        if not is_plain(rec):
            self.notes.whole = False
            return self.add(a, b)
        x, y = rec.enter(a), rec.enter(b)
        at, key = rec.at, (ADDITION, x, y)
        step = at.next.get(key)
        if step is None and at.only is not None:
            step = at.branches().get(key)
        if step is None:
            said = ADDITION, x.form or form_of(x), y.form or form_of(y), x is y
            template = quick.get(said) or template_for(key, None, self.place, said)[0]
            step = call_step(at, key, None, template, (x, y), *self.place)
        rec.at = step
        return wait(rec, step.out)

    def operand(self, rec: Recording, node: Node, value: Any) -> Node:
        """What ``node`` of the segment is in the recording, an input."""
        found = rec.new_input(self.buffer(node, value),
                              (self.segment, node) if carries(node) else None)
        if value is None:
            self.notes.whole = False
        else:
            self.entered[node] = found
        return found

    @staticmethod
    def buffer(node: Node, value: Any) -> Any:
        """The value of ``node``. Where nothing is known of it, only the history is read: its
        derivative is zeros."""
        dtype = node.dtype.numpy
        if value is None:
            return np.broadcast_to(np.zeros((), dtype), node.shape)
        return value if value.__class__ is np.ndarray else as_buffer(value, dtype)

    def node_at(self, walk: Walk, k: int, place: int) -> Node | None:
        """The node whose value a pullback of step ``k`` reads at ``place``; None of a number."""
        step = walk.steps[k]
        operands = step.operands
        if place < len(operands):
            return operands[place]
        template: Template = step.template
        place -= len(operands) + template.count
        if place < 0:
            return None
        outs = (step.out,) if template.single else step.out
        if place < len(outs):
            found: Node = outs[place]
            return found
        number = place - len(outs)
        node = template.node_within(outs[0], template.inner[number])
        if node.requires_grad:
            walk.inside.setdefault(k, {})[node] = -1 - number
            self.notes.inside.append((k, node, -1 - number))
        return node

    def tensor(self, node: Node | None, value: Any) -> Any:
        """What a pullback reads, with its history."""
        if node is None or node.weak:
            return as_number(value)
        handle = hold(self.buffer(node, value))
        if carries(node):
            handle._rec, handle._at = self.segment, node
        return handle


def is_plain(rec: Recording) -> bool:
    """Whether a new step of ``rec`` is no more than that: nobody looks at it, and the recording
    does not end before it."""
    at, modes = rec.at, rec.modes
    return bool(at.grad and at.nodes & 1023 and at.next.__class__ is dict
                and at.nodes < config.max_pending_nodes
                and at.nbytes < config.max_pending_bytes and config.tier != "eager"
                and modes.lanes is None and modes.open is None
                and not modes.at_steps and not rec.captures)


def _pulled(inputs: Nodes, pull: Any) -> Nodes:
    new = dict(zip(pull.inputs, inputs, strict=True))
    for node in pull.nodes:   # each behind its arguments
        if node.args:
            new[node] = of_others(node, tuple([new.get(arg, arg) for arg in node.args]))
    return tuple([new.get(value, value) for value in pull.values])


def of_others(node: Node, args: tuple[Node, ...]) -> Node:
    """``node`` with other arguments, of the same shapes and dtypes."""
    flows = node.dtype.is_differentiable and True in [
        arg.requires_grad and node.prim.derivative(i) is not None for i, arg in enumerate(args)]
    return Node(node.prim, args, node.params, node.shape, node.dtype, flows, node.weak,
                device_for(args, node.params))


def _pulled_one(inputs: Nodes, pull: Any) -> Node:
    return _pulled(inputs, pull)[0]


PULLED = Operation(_pulled, "", methods=())
PULLED_ONE = Operation(_pulled_one, "", methods=())
