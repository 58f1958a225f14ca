"""A walk that comes again, as a flat list of calls.

What a :class:`~.walking.Course` looks up at each run by steps and nodes has a place here, in one
list of values: inputs, numbers, and what the calls give, in their order. :func:`taped` makes a
:class:`Tape` of a course. One that has run :data:`MANY` times is given a text, in which each value
has a name; tapes that are alike but for lengths have the same.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import itemgetter
from types import FunctionType
from typing import Any

import numpy as np

from ...config import config
from ..arrays import as_buffer
from ..backends.closure import closure, code_of
from ..devices import computing
from ..graph import Node
from ..quiet import quiet
from .handle import Handle
from .program import is_result
from .recording import Recording
from .segment import NOTHING, Segment, Walk, goes_on
from .tree import Step
from .walking import GIVEN, SAME, STAGE, Course, Walked, as_scalar, carries, keeps
from .worth import counted, ledger, pays

ndarray = np.ndarray
Getter = Callable[[list[Any]], Sequence[Any]]
IN_SEGMENT = -1
"""Where the history of a result goes on that no source is."""


MANY = 100
"""To write and compile a text takes as long as it saves in fewer runs than these."""


class Tape:
    """The ``calls`` of a course: what computes each, what gives its operands of all values, whether
    it gives several, and whether beside them what its pullback will read. ``places`` are those of
    the operands and of the results of each, and ``written`` is their text. ``results`` says of
    each node that live handles wait for where its value is, its dtype, and where its history goes
    on: None, the place of a source, or ``IN_SEGMENT``. From ``until`` runs on it is asked whether
    it is still to be taken; ``cost`` is what compiling would save of a run."""

    __slots__ = ("calls", "cost", "left", "places", "results", "roots", "scalars", "sources",
                 "steps", "until", "written")

    def __init__(self, calls: list[tuple[Callable[..., Any], Getter, bool, bool]],
                 results: list[tuple[int, Any, int | None]], cost: float) -> None:
        self.calls = calls
        self.results = results
        self.cost = cost
        self.until = 0
        self.left = MANY
        self.places: list[tuple[list[int], range]] = []
        self.written: Callable[[list[Any]], tuple[list[Any], list[Any]]] | None = None
        self.steps: list[Any] = []
        self.scalars: list[int] = []
        """The places of inputs without dimensions."""
        self.roots: tuple[Node, ...] = ()
        self.sources: list[tuple[Node, int]] = []

    def runs_for(self, rec: Recording, runs: int) -> bool:
        """Whether it may be taken where ``rec`` ends now, after so many runs."""
        modes, runs = rec.modes, counted(rec.update, runs)
        return (config.compile_after is None and config.walks()
                and not computing() and not rec.packed and not modes.at_programs
                and modes.open is None and (runs < self.until or self.goes_on(rec.at, runs)))

    def goes_on(self, at: Step, runs: int) -> bool:
        """Whether the path to ``at`` is still not compiled."""
        if pays(at, runs):
            return False
        known = at.ends.estimate
        self.until = runs + 1 if known is None else known.later
        return True

    def run(self, rec: Recording) -> tuple[list[Any], list[Any]]:
        """The values of ``rec``, and what the pullbacks will read."""
        values: list[Any] = [*rec.inputs, *rec.numbers]
        saved: list[Any] = []
        ledger.walked += self.cost
        for k in self.scalars:
            values[k] = as_scalar(values[k])
        with quiet():
            if self.written is not None:
                return self.written(values)
            self.left -= 1
            if self.left <= 0:
                self.written = self.in_text(len(values))
            for f, get, several, keeps in self.calls:
                if not keeps:
                    if several:
                        values += f(*get(values))
                    else:
                        values.append(f(*get(values)))
                    continue
                found, read = f(*get(values))
                if several:
                    values += found
                else:
                    values.append(found)
                saved.append(read)
        return values, saved

    def in_text(self, count: int) -> Callable[..., Any]:
        """The calls as one function of so many values."""
        names, kept = dict[str, Any](), list[str]()
        given_first = "".join([f"v{i}, " for i in range(count)])
        lines = [f"def tape(values):\n    ({given_first}) = values"]
        for k, (call, (given, found)) in enumerate(zip(self.calls, self.places, strict=True)):
            names[f"f{k}"], _, several, keeps = call
            out = f"({''.join([f'v{i}, ' for i in found])})" if several else f"v{found[0]}"
            if keeps:
                kept.append(f"r{k}")
                out += f", r{k}"
            lines.append(f"    {out} = f{k}({', '.join([f'v{i}' for i in given])})")
            count = found.stop
        values = ", ".join([f"v{i}" for i in range(count)])
        lines.append(f"    return [{values}], [{', '.join(kept)}]")
        return FunctionType(code_of("\n".join(lines)), names)

    def bind(self, rec: Recording, live: Sequence[Handle], program: Walked, values: list[Any],
             saved: list[Any]) -> None:
        """Give ``live`` handles of a recording that has run so their values and their history."""
        segment: Segment | None = None
        sources = rec.sources
        if self.roots:
            kept = Walk(program)
            kept.steps, kept.saved = self.steps, saved
            kept.outputs = self.roots
            kept.sources = {node: sources[k] for node, k in self.sources}
            hooks = {node: hooks for node, hooks in list(rec.hooks.items()) if hooks} if (
                rec.hooks) else NOTHING
            segment = Segment.walked(kept, hooks, rec.token)
            for r in rec.functions:
                function = r()
                if function is not None:
                    function.unit = segment
        for handle, (place, dtype, end) in zip(live, self.results):
            value = values[place]
            if value.__class__ is not ndarray:
                value = values[place] = as_buffer(value, dtype)
            then: Any = None
            if end is not None and ((x := handle._x) is None or not x.leaf):
                then = (segment, handle._at) if end < 0 else goes_on(sources[end], handle._at, rec)
            if handle._rec is rec:
                handle._buf = value
                handle._rec = None
                if then is not None:
                    handle._rec, handle._at = then


def taped(rec: Recording, program: Walked, course: Course) -> Tape | None:
    """The tape of a ``course`` that ``rec`` has just taken; None where it has to be looked at step
    by step."""
    if course.last is not None:
        return None
    places: dict[Node, int] = {}
    first = len(rec.inputs)
    size = first + len(rec.numbers)
    calls: list[tuple[Callable[..., Any], Getter, bool, bool]] = []
    tape = Tape(calls, [], program.cost)
    for step, k, kind in reversed(course.steps):
        out, template = step.out, step.template
        if kind == GIVEN:
            places[out] = k
            if not out.shape:
                tape.scalars.append(k)
        elif kind == SAME:
            places[out] = places[out.args[0]]
        elif kind == STAGE:
            given = [places[node] for node in out.given]
            given += range(k, k + len(step.inputs))
            start = first + course.starts[step]
            given += range(start, start + step.count)
            if out.run is None:
                out.run = closure((*out.given, *step.inputs, *step.numbers), out.cts, True)
            calls.append((out.run, getter(given), True, False))
            tape.places.append((given, range(size, size + len(out.cts))))
            for place, node in enumerate(out.cts, size):
                places[node] = place
            size += len(out.cts)
        else:
            run = template.keep if keeps(kind) else template.run
            if getattr(run, "__self__", None) is template:
                return None   # it is to be made anew
            given = [places[node] for node in step.operands]
            given += range(first + k, first + k + template.count)
            calls.append((run, getter(given), not template.single, keeps(kind)))
            tape.places.append((given, range(size, size + len(template.every))))
            for place, node in enumerate((out,) if template.single else out, size):
                places[node] = place
            size += len(template.every)
            if keeps(kind):
                tape.steps.append(step)
    ends, flow = course.ends, course.flow
    tape.sources = [(node, k) for node, k in ends.items() if node in flow]
    tape.roots = tuple([node for node in dict.fromkeys(program.nodes)
                        if node in flow and (node not in ends or is_result(node))])
    tape.results = [(places[node], node.dtype.numpy,
                     None if not carries(node) else
                     IN_SEGMENT if node not in ends or is_result(node) else ends[node])
                    for node in program.nodes]
    return tape


def getter(places: list[int]) -> Getter:
    """What takes the values at ``places``, as a sequence."""
    if len(places) > 1:
        return itemgetter(*places)
    start = places[0] if places else 0
    return itemgetter(slice(start, start + len(places)))


__all__ = ["Tape", "taped"]
