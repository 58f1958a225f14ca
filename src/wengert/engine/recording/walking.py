"""Walking: a path that is new runs step by step, with the closures of its templates.

No graph is built and no program is planned: :func:`walk` computes what live handles wait for and
leaves a segment that a backward goes through in the same way (:func:`pulled`). A path that comes
again is walked again until a plan and a compilation are estimated to pay (``worth.py``).
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from math import isfinite
from typing import Any

import numpy as np

from ...config import config
from ..arrays import as_buffer
from ..devices import computing, libraries, of_class
from ..errors import Line, second_backward, show_line
from ..graph import ROOM, Graph, Node
from ..quiet import quiet
from .handle import Handle
from .modes import Modes
from .operation import Operation
from .program import Program, SegmentPlan, Stage, is_result, plan_program, serial
from .recording import Recording
from .segment import NOTHING, Segment, Walk
from .templates import NotWalked, Pullback, Template
from .tree import NO_ENDING, Ends, Step
from .worth import Again, Backwards, calls_in_turns, ledger, of_backward, of_walk, of_way

_vdot: Callable[..., Any] = np.vdot
Value = Any
Place = tuple[Step, int]
"""A step, and where among the values of its recording its own are."""


class Walked:
    """A program that was walked so far, if at all: how often, and the plan of its segment, if one
    was asked for."""

    __slots__ = ("again", "cost", "course", "due", "failed", "in_turns", "leading", "nodes", "plan",
                 "reached", "runs", "serial", "size", "tape", "ways")

    def __init__(self, nodes: tuple[Node, ...], again: Again | None = None) -> None:
        self.nodes = nodes
        """What live handles waited for, in their order."""
        self.again = again
        """What is known of backwards that began at its end and were differentiated."""
        self.runs = 0
        self.serial = next(serial)
        self.cost = 0.0
        """What compiling is estimated to save of a run, once it has come again, in microseconds.
        """
        self.size = 0
        """How many calls gradients flow through."""
        self.in_turns: int | None = None
        self.course: Course | None = None
        """Its steps, once it has come again."""
        self.tape: Any = None
        """The same as a flat list of calls, where it can be one (``tape.py``)."""
        self.due = False
        """Whether it is to be compiled, for a backward that goes through what it leaves."""
        self.failed = False
        self.plan: Any = None
        self.reached: dict[tuple[Node, ...], Any] = {}
        """By where backwards began in its segments, the sources that they reach (``wanted.py``)."""
        self.leading: dict[Any, set[Node]] = {}
        """By the ends that were asked for, and where a backward began, what leads to them."""
        self.ways: dict[Any, Any] = {}
        """What backwards with a history come to that have come before (``known_pulls.py``)."""

    def turns(self) -> int:
        """How many of its calls are in later turns of loops, once it has come again."""
        if self.in_turns is None and self.course is not None:
            self.in_turns = calls_in_turns([step for step, _, _ in self.course.steps])
        return self.in_turns or 0


def can_walk(rec: Recording) -> bool:
    """Whether a recording may be walked where it ends now."""
    modes = rec.modes
    return (rec.at.walks and config.walks() and not (libraries and is_elsewhere(rec))
            and not modes.at_programs and modes.open is None)


def is_elsewhere(rec: Recording) -> bool:
    """Whether a recording's values may lie on another device than the CPU."""
    return computing() or any(buf.__class__ in of_class for buf in rec.inputs)


def walks_back(rec: Recording, roots: Sequence[Handle], again: bool) -> bool:
    """Whether a backward from ``roots``, some of which wait in ``rec``, is better walked than
    recorded; then the recording is to end before it. It is to be differentiated ``again``, or is
    not."""
    at = rec.at
    if not any(root._rec is rec for root in roots) or not can_walk(rec):
        return False
    units = behind(rec.sources)
    backwards, key = at.ends.backwards, tuple([unit.serial for unit in units])
    known = backwards.get(key)
    if known is None:
        if len(backwards) >= MOST_BACKWARDS:
            backwards.clear()
        found = Backwards()
        found.paid = bool(units) and not any(unit.__class__ is Walked for unit in units) and (
            any(each.paid for each in backwards.values()))   # that is why they are compiled
        known = backwards[key] = found
    behind_it = [unit.again for unit in units if unit.__class__ is Walked and unit.again]
    if again or behind_it:
        begun_again(at.ends, known)
        goes_on_from(rec.modes, bool(behind_it))
    rec.modes.again = known if again else None
    if known.pays(at, units):
        for unit in units:
            if unit.__class__ is Walked:
                unit.due, unit.tape = True, None
        if not is_recorded_whole(behind_it):
            rec.paid = known.count > 0
            return False
    if known.count:
        ledger.walked += of_backward(len(rec.sources))
    known.count += 1
    return True


MOST_BACKWARDS = 64


def begun_again(ends: Ends, known: Backwards) -> None:
    """Count a backward that begins where a path ends, and is differentiated, or goes through such;
    what is ``known`` of those that go through the same behind it."""
    if ends.again is None:
        ends.again = Again()
        for program in ends.programs.values():
            if program.__class__ is Walked:
                program.again = ends.again
    ends.again.count += 1
    ends.again.begun = known


def goes_on_from(modes: Modes, through: bool) -> None:
    """Note that a backward that was to be differentiated again has been, if one that begins goes
    ``through`` it."""
    if through and modes.again is not None:
        modes.again.continued += 1


def is_recorded_whole(parts: Iterable[Again]) -> bool:
    """Have the recordings that end here, whose backwards were to be differentiated again, be one
    from the next time on; whether they are not so now."""
    found = False
    for part in parts:
        begun = part.begun
        if begun is not None and not begun.paid:
            begun.paid = found = True
    return found


def behind(sources: Iterable[Any]) -> list[Walked | SegmentPlan]:
    """What has left the segments that gradients go on through behind these ``sources``."""
    found: dict[Segment, Any] = {}
    todo = [source for source in sources if source.__class__ is tuple]
    while todo:
        segment = todo.pop()[0]
        if segment.__class__ is Segment and segment not in found:
            walk = segment.walk
            found[segment] = segment.plan if walk is None else walk.program
            todo += [source for source in segment.sources.values() if source.__class__ is tuple]
    return [*found.values()]


GIVEN, SAME, STAGE, CALL, KEPT = range(5)
"""What a step of a course is: an input, a node of the same value as its operand, the adjoint of a
segment, a call, one whose pullback will read something."""
CALL_ONE, KEPT_ONE, CALL_TWO, KEPT_TWO, CALL_NUMBER, KEPT_NUMBER = range(5, 11)
"""Calls with one result: of one operand, of two, of one and a number; see ``Template.simple``."""


def keeps(kind: int) -> bool:
    """Whether a step is a call whose pullback will read something."""
    return kind >= KEPT and kind % 2 == 0


class Course:
    """The ``steps`` of a recording that its live results need, the last first: each with the place
    of its values among those given, and what it is. ``ends`` are the places of the sources that are
    met, ``flow`` the nodes that gradients flow through, ``last`` the operands that are read last by
    a step, ``starts`` where the numbers of a stage start; so many of the steps are ``calls``."""

    __slots__ = ("calls", "ends", "flow", "last", "starts", "steps")

    def __init__(self, rec: Recording, nodes: Collection[Node]) -> None:
        needed = set(nodes)
        flow = self.flow = {node for node in nodes if carries(node)}
        steps: list[tuple[Step, int, int]] = []
        ends: dict[Node, int] = {}
        starts: dict[Step, int] = {}
        last: dict[Step, list[Node]] | None = {} if rec.at.nbytes > LARGE else None
        i, n, s = len(rec.inputs), len(rec.numbers), len(rec.sources)
        others, step = 0, rec.at
        while (parent := step.parent) is not None:
            template, out = step.template, step.out
            if template is not None:
                n -= template.count
                if (out in needed) if template.single else not needed.isdisjoint(out):
                    operands = step.operands
                    if last is not None:
                        last[step] = [node for node in dict.fromkeys(operands)
                                      if node not in needed]
                    needed.update(operands)
                    kind = CALL if last is not None else CALL + template.simple
                    if template.flows and (
                            (out in flow) if template.single else not flow.isdisjoint(out)):
                        flow.update(operands)
                        kind += KEPT - CALL
                    steps.append((step, n, kind))
            elif out.__class__ is Stage:
                i -= len(step.inputs)
                n -= step.count
                s -= len(step.sources)
                if not needed.isdisjoint(out.cts):
                    others += 1
                    steps.append((step, i, STAGE))
                    starts[step] = n
                    needed.update(out.given)
            elif out is not None:
                given = step._given
                if given[0]:
                    i -= 1
                if given[2]:
                    s -= 1
                    if out in needed:
                        ends[out] = s
                if out in needed:
                    others += 1
                    steps.append((step, i, SAME if out.args else GIVEN))
                    needed.update(out.args if out in flow else out.args[:1])
                    if out in flow:
                        flow.update(out.args[1:])
            step = parent
        self.steps = steps
        self.calls = len(steps) - others
        self.ends = ends
        self.starts = starts
        self.last = last


LARGE = 1 << 20
"""Bytes of results beyond which a value is dropped after its last use, and not at the end."""


def carries(node: Node) -> bool:
    """Whether a gradient flows through ``node``."""
    form = node.form
    found: bool = node.requires_grad if form is None else form.requires_grad
    return found


def walk(rec: Recording, program: Walked) -> tuple[
        dict[Node, Value], Segment | None, dict[Node, int]]:
    """The values of ``rec``, the segment that it leaves, if gradients can still flow through it,
    and the places of its sources."""
    nodes = program.nodes
    course = program.course
    if course is None:
        course = Course(rec, nodes)
        if program.runs:
            program.course = course   # it comes again
            program.cost = of_walk([step for step, _, kind in course.steps if kind >= CALL])
    values: dict[Node, Value] = {}
    kept = Walk(program)
    steps, saved = kept.steps, kept.saved
    inputs, numbers, last = rec.inputs, rec.numbers, course.last
    held = set(nodes) if last is not None else ()
    with quiet():
        for step, k, kind in reversed(course.steps):
            out = step.out
            if kind == CALL_ONE:
                values[out] = step.template.run(values[step.operands[0]])
            elif kind == KEPT_ONE:
                values[out], read = step.template.keep(values[step.operands[0]])
                steps.append(step)
                saved.append(read)
            elif kind == CALL_TWO:
                a, b = step.operands
                values[out] = step.template.run(values[a], values[b])
            elif kind == KEPT_TWO:
                a, b = step.operands
                values[out], read = step.template.keep(values[a], values[b])
                steps.append(step)
                saved.append(read)
            elif kind == CALL_NUMBER:
                values[out] = step.template.run(values[step.operands[0]], numbers[k])
            elif kind == KEPT_NUMBER:
                values[out], read = step.template.keep(values[step.operands[0]], numbers[k])
                steps.append(step)
                saved.append(read)
            elif kind in (CALL, KEPT):
                called(step, kind == KEPT, values, numbers[k:k + step.template.count], kept)
                if last is not None:
                    for node in last[step]:
                        if node not in held:
                            del values[node]
            elif kind == GIVEN:
                values[out] = as_scalar(inputs[k])
            elif kind == SAME:
                values[out] = values[out.args[0]]
            else:
                n = course.starts[step]
                row = [as_buffer(values[node], node.dtype.numpy) for node in out.given]
                values.update(zip(out.cts, run_stage(
                    step, [*row, *inputs[k:k + len(step.inputs)],
                           *numbers[n:n + step.count]]), strict=True))
    program.runs += 1
    program.size = len(steps)
    ledger.walked += program.cost
    return values, left_by(rec, course, kept, nodes), course.ends


def called(step: Step, keep: bool, values: dict[Node, Value], numbers: Sequence[Value],
           kept: Walk) -> None:
    """Add what a call of any kind gives to the ``values``, and what is to ``keep`` of it."""
    template: Template = step.template
    run = template.keep if keep else template.run
    found = run(*map(values.__getitem__, step.operands), *numbers)
    if keep:
        found, read = found
        kept.steps.append(step)
        kept.saved.append(read)
    if template.single:
        values[step.out] = found
    else:
        values.update(zip(step.out, found, strict=True))


def as_scalar(value: Value) -> Value:
    """A float of NumPy's for an array without dimensions: Python computes with it sooner."""
    return value[()] if not value.ndim and value.dtype.char in "fd" else value


def left_by(rec: Recording, course: Course, kept: Walk, nodes: Sequence[Node]) -> Segment | None:
    """The segment of a walk, if gradients can still flow through it."""
    roots = tuple([node for node in dict.fromkeys(nodes)
                   if node in course.flow and (node not in course.ends or is_result(node))])
    if not roots:
        return None
    kept.outputs = roots
    hooks = {node: hooks for node, hooks in list(rec.hooks.items()) if hooks} if (
        rec.hooks) else NOTHING
    sources = rec.sources
    kept.sources = {node: sources[k] for node, k in course.ends.items() if node in course.flow}
    if rec.packed:
        kept.pack(rec.packed)
    return Segment.walked(kept, hooks, rec.token)


def run_stage(step: Step, values: list[Value]) -> list[Value]:
    """The cotangents of a stage from the values of those given and of the residuals."""
    stage: Stage = step.out
    program = stage.program
    if program is None:
        program = stage.program = Program(
            Graph([*stage.given, *step.inputs, *step.numbers], stage.cts), stage.cts, stage.cts,
            None, [])
    return program(values)


def between(walk: Walk, given: Iterable[Node], floor: int) -> range:
    """The steps of a walked segment that lie between the nodes ``given`` and ``floor``, the last
    first."""
    steps, top = walk.steps, max([node.index for node in given]) + ROOM - 1
    low = bisect_left(steps, floor, key=index_of) if floor > 0 else 0
    high = len(steps)
    if steps and index_of(steps[-1]) > top:
        high = bisect_right(steps, top, key=index_of)
    return range(high - 1, low - 1, -1)


def index_of(step: Step) -> int:
    """The number of the node of a call, or of the last of several."""
    out = step.out
    index: int = out.index if step.template.single else out[-1].index
    return index


def ends_of(walk: Walk, cts: Mapping[Node, Any], floor: int, keep: Collection[Node],
            done: Sequence[int], line: Callable[[], Line]) -> dict[Node, Any]:
    """The cotangents that have arrived; the values that the steps ``done`` have read are let go of,
    by the backward of a ``line``."""
    if done:
        walk.freed.append((done, line()))
        saved = walk.saved
        for k in done:
            saved[k] = None
    return {node: ct for node, ct in cts.items() if node in walk.sources or node in keep
            or (node.index < floor and carries(node))}


def pulled(walk: Walk, given: Mapping[Node, Value], floor: int, useful: Collection[Node] | None,
           keep: Collection[Node], retain: bool, line: Callable[[], Line]) -> dict[Node, Value]:
    """The cotangents that those ``given`` send to the sources of a walked segment, to the nodes
    below ``floor`` and to those to ``keep``; what the derivatives have read is let go of, unless it
    is to ``retain``. With ``useful``, only cotangents of those nodes are made. ``line`` gives the
    user's."""
    order = between(walk, given, floor)
    ledger.walked += went_back(walk, len(order))
    plain = not config.strict_nan
    with quiet():
        cts, done = pulled_through(walk, dict(given), order, floor, useful, keep, plain)
        if plain and not all(map(is_finite, cts.values())):
            cts, done = pulled_through(walk, dict(given), order, floor, useful, keep, False)
    return ends_of(walk, cts, floor, keep, () if retain else done, line)


def went_back(walk: Walk, count: int) -> float:
    """What compiling would save of a backward through so many steps of a walk that had come before.
    """
    cost = walk.program.cost
    return of_way(cost, count, len(walk.steps)) if cost else 0.0


def is_finite(ct: Value) -> bool:
    """Whether ``ct`` is finite, as its products and sums were then."""
    return isfinite(abs(_vdot(ct, ct)))


def pulled_through(walk: Walk, cts: dict[Node, Value], order: Iterable[int], floor: int,
                   useful: Collection[Node] | None, keep: Collection[Node],
                   plain: bool) -> tuple[dict[Node, Value], list[int]]:
    """The cotangents left after going back through the steps in this ``order``, and the steps whose
    values were read; with plain products, or exact ones."""
    steps, saved, inside = walk.steps, walk.saved, walk.inside
    done: list[int] = []
    if useful is None and not inside and not keep:
        pulled_quickly(walk, cts, order, floor, plain, done)
        return cts, done
    for k in order:
        step = steps[k]
        out, template = step.out, step.template
        if not template.single or k in inside:
            pull, found = passed_through(walk, cts, k, floor, useful, keep, plain)
            if pull is None:
                continue
        elif out not in cts or (useful is not None and out not in useful):
            continue
        else:   # what passed_through does, for most steps
            pull = template.whole
            ct = cts[out] if out in keep else cts.pop(out)
            if useful is not None and ends_here(step, pull, useful):
                continue
            read = saved[k]
            if read is None:
                raise freed(walk, k)
            found = pull.plain(ct, read) if plain else pull.run(ct, read)
        if pull.frees:
            done.append(k)
        operands = step.operands
        for place, ct in (zip(pull.targets, found, strict=True) if pull.several
                          else ((pull.target, found),)):
            node = operands[place]
            if useful is None or node in useful:
                known = cts.get(node)
                cts[node] = ct if known is None else known + ct
    return cts, done


def pulled_quickly(walk: Walk, cts: dict[Node, Value], order: Iterable[int], floor: int,
                   plain: bool, done: list[int]) -> None:
    """What :func:`pulled_through` does where all cotangents are wanted, and none to be kept."""
    steps, saved = walk.steps, walk.saved
    for k in order:
        step = steps[k]
        template = step.template
        if template.single:
            ct = cts.pop(step.out, None)
            if ct is None:
                continue
            read = saved[k]
            if read is None:
                raise freed(walk, k)
            pull = template.whole
            found = pull.plain(ct, read) if plain else pull.run(ct, read)
        else:
            pull, found = passed_through(walk, cts, k, floor, None, (), plain)
            if pull is None:
                continue
        if pull.frees:
            done.append(k)
        operands = step.operands
        if pull.several:
            for place, ct in zip(pull.targets, found, strict=True):
                node = operands[place]
                known = cts.get(node)
                cts[node] = ct if known is None else known + ct
        else:
            node = operands[pull.target]
            known = cts.get(node)
            cts[node] = found if known is None else known + found


def passed_through(walk: Walk, cts: dict[Node, Value], k: int, floor: int,
                   useful: Collection[Node] | None, keep: Collection[Node], plain: bool,
                   record: Any = None) -> tuple[Any, Any]:
    """The pullback of step ``k`` for the cotangents that have arrived there, and what it gives;
    None where there are none. With ``record``, they are tensors, and it gives those of the step."""
    step = walk.steps[k]
    out, template = step.out, step.template
    outs = (out,) if template.single else out
    places: list[int] = []
    arrived: list[Any] = []
    if not keep and k not in walk.inside:
        for i, node in enumerate(outs):
            if node in cts and (node.index >= floor or node is out) and (
                    useful is None or node in useful):
                places.append(i)
                arrived.append(cts.pop(node))
    else:
        nodes = {node: i for i, node in enumerate(outs)}
        nodes.update(walk.inside.get(k, ()))
        for node, i in nodes.items():
            if node in cts and (node.index >= floor or node is out) and (
                    useful is None or node in useful):
                places.append(i)
                arrived.append(cts[node] if node in keep else cts.pop(node))
    if not places:
        return None, None
    pull = template.pullback(tuple(places), record is not None)
    if pull is None:
        raise NotWalked
    if useful is not None and ends_here(step, pull, useful):
        return None, None
    read = walk.saved[k]
    if read is None:
        raise freed(walk, k)
    if record is not None:
        return pull, record(walk, k, pull, arrived)
    row = read if pull is template.whole else partly(template, pull, read)
    return pull, (pull.plain if plain else pull.run)(*arrived, row)


def ends_here(step: Step, pull: Pullback, useful: Collection[Node]) -> bool:
    """Whether nothing ``useful`` lies behind a step: its result was asked for, and what its
    derivatives read is not to be let go of."""
    operands = step.operands
    return not any(operands[place] in useful for place in pull.targets)


def partly(template: Template, pull: Pullback, read: Any) -> Sequence[Value]:
    """The values that ``pull`` reads, out of those that the pullback of all results reads."""
    rows = pull.rows
    if rows is None:
        whole = template.pullback(template.every)
        assert whole is not None
        rows = pull.rows = tuple([whole.reads.index(place) for place in pull.reads])
    return [read[row] for row in rows]


def freed(walk: Walk, k: int) -> RuntimeError:
    """The error of going through a step whose values are gone."""
    step = walk.steps[k]
    op: Operation = step.template.op
    node: Node = step.out if step.template.single else step.out[0]
    return second_backward(
        f"The values of {op.grad_name or op.name}, a tensor of shape {list(node.shape)} first "
        f"recorded at {show_line(node.line)}, were freed by the backward at "
        f"{show_line(walk.line_of(k))}.")


def planned(at: Step, walked: Walked) -> Program:
    """The program of a path that was walked so far: compiled when it runs next, unless walking it
    has failed."""
    program = at.programs[walked.nodes] = plan_program(at, walked.nodes)
    program.paid = not walked.failed
    at.ends.endings.clear()
    at.ends.recent = NO_ENDING
    return program


__all__ = ["NotWalked", "Walked", "can_walk", "pulled", "planned", "walk"]
