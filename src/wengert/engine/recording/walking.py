"""Walking: a path that is new runs step by step, with the closures of its templates.

No graph is built and no program is planned: :func:`walk` computes what live handles wait for and
leaves a segment that a backward goes through in the same way (:func:`pulled`). A path that comes
again is walked again until what it has cost is more than a plan and a compilation are estimated to
cost (:func:`pays`); both are counted, never timed, so that two runs of a program do the same.
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
from ..errors import second_backward, show_line, user_line
from ..graph import ROOM, Graph, Node
from ..ops.elementwise import add
from ..quiet import quiet
from .handle import Handle
from .operation import Operation
from .program import ONCE, Cost, Program, Stage, compiling, plan_program
from .recording import Recording
from .segment import NOTHING, Segment, Walk
from .templates import NotWalked, Pullback, Template
from .tree import NO_ENDING, Step

_add: Callable[..., Any] = add.impl
_vdot: Callable[..., Any] = np.vdot
Value = Any
Place = tuple[Step, int]
"""A step, and where among the values of its recording its own are."""


class Walked:
    """A program that was walked so far, if at all: how often, and the plan of its segment, if one
    was asked for."""

    __slots__ = ("course", "failed", "nodes", "plan", "runs", "tape")

    def __init__(self, nodes: tuple[Node, ...]) -> None:
        self.nodes = nodes
        """What live handles waited for, in their order."""
        self.runs = 0
        self.course: Course | None = None
        """Its steps, once it has come again."""
        self.tape: Any = None
        """The same as a flat list of calls, where it can be one (``tape.py``)."""
        self.failed = False
        self.plan: Any = None


def can_walk(rec: Recording) -> bool:
    """Whether a recording may be walked where it ends now."""
    modes = rec.modes
    return (rec.at.walks and config.walks() and not (libraries and is_elsewhere(rec))
            and not rec.packed and not modes.at_programs and modes.open is None)


def is_elsewhere(rec: Recording) -> bool:
    """Whether a recording's values may lie on another device than the CPU."""
    return computing() or any(buf.__class__ in of_class for buf in rec.inputs)


def pays(at: Step, runs: int, backward: bool = False) -> bool:
    """Whether a path to ``at`` that was walked so often would better be compiled; ``backward`` says
    that a backward follows it, which is twice the work."""
    if config.tier == "eager":
        return False
    if config.compile_after is not None:
        return runs + 1 >= config.compile_after
    if not runs:
        return False
    times = 3 if backward else 1
    return runs * times * cost_of(at) >= limit_of(at, times)


def cost_of(at: Step) -> float:
    """What a walk of the path to ``at`` is estimated to cost, in microseconds."""
    return Cost(at.nodes, at.nbytes).each


def limit_of(at: Step, times: int = 1) -> float:
    """What walks may have cost before compiling so many ``times`` the path to ``at`` pays."""
    ends = at.ends
    if ends.compiling is None:
        ends.compiling = compiling(at.nodes, (step.template for step in at.path()))
    return times * ends.compiling + ONCE


def walks_back(rec: Recording, roots: Sequence[Handle]) -> bool:
    """Whether a backward from ``roots``, some of which wait in ``rec``, is better walked than
    recorded; then the recording is to end before it."""
    at = rec.at
    if not any(root._rec is rec for root in roots) or not can_walk(rec):
        return False
    ends = at.ends
    if pays(at, ends.backwards, True):
        rec.paid = ends.backwards > 0
        return False
    ends.backwards += 1
    return True


GIVEN, SAME, CALL, KEPT, STAGE = range(5)
"""What a step of a course is: an input, a node of the same value as its operand, a call, one whose
pullback will read something, the adjoint of a segment."""


class Course:
    """The ``steps`` of a recording that its live results need, the last first: each with the place
    of its values among those given, and what it is. ``ends`` are the places of the sources that are
    met, ``flow`` the nodes that gradients flow through, ``last`` the operands that are read last by
    a step, ``starts`` where the numbers of a stage start."""

    __slots__ = ("ends", "flow", "last", "starts", "steps")

    def __init__(self, rec: Recording, nodes: Collection[Node]) -> None:
        needed = set(nodes)
        flow = self.flow = {node for node in nodes if carries(node)}
        steps: list[tuple[Step, int, int]] = []
        ends: dict[Node, int] = {}
        starts: dict[Step, int] = {}
        last: dict[Step, list[Node]] | None = {} if rec.at.nbytes > LARGE else None
        i, n, s = len(rec.inputs), len(rec.numbers), len(rec.sources)
        step = rec.at
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
                    if template.flows and (
                            (out in flow) if template.single else not flow.isdisjoint(out)):
                        flow.update(operands)
                        steps.append((step, n, KEPT))
                    else:
                        steps.append((step, n, CALL))
            elif out.__class__ is Stage:
                i -= len(step.inputs)
                n -= step.count
                s -= len(step.sources)
                if not needed.isdisjoint(out.cts):
                    steps.append((step, i, STAGE))
                    starts[step] = n
                    needed.update(out.given)
            elif out is not None:
                if step.inputs:
                    i -= 1
                if step.sources:
                    s -= 1
                    if out in needed:
                        ends[out] = s
                if out in needed:
                    steps.append((step, i, SAME if out.args else GIVEN))
                    needed.update(out.args if out in flow else out.args[:1])
                    if out in flow:
                        flow.update(out.args[1:])
            step = parent
        self.steps = steps
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
    values: dict[Node, Value] = {}
    value_of = values.__getitem__
    kept = Walk(program)
    steps, saved = kept.steps, kept.saved
    inputs, numbers, last = rec.inputs, rec.numbers, course.last
    held = set(nodes) if last is not None else ()
    with quiet():
        for step, k, kind in reversed(course.steps):
            out = step.out
            if kind in (CALL, KEPT):
                template: Template = step.template
                run = template.run if kind == CALL else template.keep
                operands = step.operands
                if template.count:
                    found = run(*map(value_of, operands), *numbers[k:k + template.count])
                elif len(operands) == 1:
                    found = run(values[operands[0]])
                else:
                    found = run(*map(value_of, operands))
                if kind == KEPT:
                    found, read = found
                    steps.append(step)
                    saved.append(read)
                if template.single:
                    values[out] = found
                else:
                    values.update(zip(out, found, strict=True))
                if last is not None:
                    for node in last[step]:
                        if node not in held:
                            del values[node]
            elif kind == GIVEN:
                values[out] = inputs[k]
            elif kind == SAME:
                values[out] = values[out.args[0]]
            else:
                n = course.starts[step]
                row = [as_buffer(values[node], node.dtype.numpy) for node in out.given]
                values.update(zip(out.cts, run_stage(
                    step, [*row, *inputs[k:k + len(step.inputs)],
                           *numbers[n:n + step.count]]), strict=True))
    program.runs += 1
    return values, left_by(rec, course, kept, nodes), course.ends


def left_by(rec: Recording, course: Course, kept: Walk, nodes: Sequence[Node]) -> Segment | None:
    """The segment of a walk, if gradients can still flow through it."""
    roots = tuple([node for node in dict.fromkeys(nodes)
                   if node not in course.ends and node in course.flow])
    if not roots:
        return None
    kept.outputs = roots
    hooks = {node: hooks for node, hooks in list(rec.hooks.items()) if hooks} if (
        rec.hooks) else NOTHING
    sources = rec.sources
    kept.sources = {node: sources[k] for node, k in course.ends.items() if node in course.flow}
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
    low = bisect_left(walk.steps, floor, key=index_of)
    high = bisect_right(walk.steps, max(node.index for node in given) + ROOM - 1, key=index_of)
    return range(high - 1, low - 1, -1)


def index_of(step: Step) -> int:
    """The number of the node of a call, or of the last of several."""
    out = step.out
    index: int = out.index if step.template.single else out[-1].index
    return index


def ends_of(walk: Walk, cts: Mapping[Node, Any], floor: int, keep: Collection[Node],
            done: Sequence[int]) -> dict[Node, Any]:
    """The cotangents that have arrived; the values that the steps ``done`` have read are let go of.
    """
    if done:
        walk.freed.append((done, user_line()))
    for k in done:
        walk.saved[k] = None
    return {node: ct for node, ct in cts.items() if node in walk.sources or node in keep
            or (node.index < floor and carries(node))}


def pulled(walk: Walk, given: Mapping[Node, Value], floor: int, useful: Collection[Node] | None,
           keep: Collection[Node], retain: bool) -> dict[Node, Value]:
    """The cotangents that those ``given`` send to the sources of a walked segment, to the nodes
    below ``floor`` and to those to ``keep``; what the derivatives have read is let go of, unless it
    is to ``retain``. With ``useful``, only cotangents of those nodes are made."""
    order = between(walk, given, floor)
    plain = not config.strict_nan
    with quiet():
        cts, done = pulled_through(walk, dict(given), order, floor, useful, keep, plain)
        if plain and not all(map(is_finite, cts.values())):
            cts, done = pulled_through(walk, dict(given), order, floor, useful, keep, False)
    return ends_of(walk, cts, floor, keep, () if retain else done)


def is_finite(ct: Value) -> bool:
    """Whether ``ct`` is finite, as its products and sums were then."""
    return isfinite(abs(_vdot(ct, ct)))


def pulled_through(walk: Walk, cts: dict[Node, Value], order: Iterable[int], floor: int,
                   useful: Collection[Node] | None, keep: Collection[Node], plain: bool,
                   record: Any = None) -> tuple[dict[Node, Value], list[int]]:
    """The cotangents left after going back through the steps in this ``order``, and the steps whose
    values were read; with plain products, or exact ones. With ``record``, the cotangents are
    tensors, and it gives those of a step."""
    steps, saved, inside = walk.steps, walk.saved, walk.inside
    done: list[int] = []
    for k in order:
        step = steps[k]
        out, template = step.out, step.template
        if record is not None or not template.single or k in inside:
            pull, found = passed_through(walk, cts, k, floor, useful, keep, plain, record)
            if pull is None:
                continue
        elif out not in cts or (useful is not None and out not in useful):
            continue
        else:   # what passed_through does, for most steps
            read = saved[k]
            if read is None:
                raise freed(walk, k)
            pull = template.whole
            ct = cts[out] if out in keep else cts.pop(out)
            found = pull.plain(ct, read) if plain else pull.run(ct, read)
        if pull.frees:
            done.append(k)
        operands = step.operands
        for place, ct in (zip(pull.targets, found, strict=True) if pull.several
                          else ((pull.target, found),)):
            node = operands[place]
            if useful is None or node in useful:
                known = cts.get(node)
                cts[node] = ct if known is None else (
                    _add(known, ct) if record is None else record.add(known, ct))
    return cts, done


def passed_through(walk: Walk, cts: dict[Node, Value], k: int, floor: int,
                   useful: Collection[Node] | None, keep: Collection[Node], plain: bool,
                   record: Any) -> tuple[Any, Any]:
    """The pullback of step ``k`` for the cotangents that have arrived there, and what it gives;
    None where there are none."""
    step = walk.steps[k]
    out, template = step.out, step.template
    nodes = {node: i for i, node in enumerate((out,) if template.single else out)}
    nodes.update(walk.inside.get(k, ()))
    given = {i: node for node, i in nodes.items() if node in cts
             and (node.index >= floor or node is out) and (useful is None or node in useful)}
    if not given:
        return None, None
    places = tuple(given)
    arrived = [cts[node] if node in keep else cts.pop(node) for node in given.values()]
    read = walk.saved[k]
    if read is None:
        raise freed(walk, k)
    pull = template.pullback(places, record is not None)
    if pull is None:
        raise NotWalked
    if record is not None:
        return pull, record(walk, k, pull, arrived)
    return pull, (pull.plain if plain else pull.run)(*arrived, partly(template, pull, read))


def partly(template: Template, pull: Pullback, read: Any) -> Sequence[Value]:
    """The values that ``pull`` reads, out of those that the pullback of all results reads."""
    whole = template.pullback(template.every)
    if pull is whole:
        found: Sequence[Value] = read
        return found
    assert whole is not None
    return [read[whole.reads.index(place)] for place in pull.reads]


def freed(walk: Walk, k: int) -> RuntimeError:
    """The error of going through a step whose values are gone."""
    step = walk.steps[k]
    op: Operation = step.template.op
    node: Node = step.out if step.template.single else step.out[0]
    return second_backward(
        f"The values of {op.grad_name or op.name}, a tensor of shape {list(node.shape)} recorded "
        f"at {show_line(node.line)}, were freed by the backward at "
        f"{show_line(walk.line_of(k))}.")


def leading(walk: Walk, ends: Collection[Node]) -> set[Node]:
    """The nodes of a walked segment that lead to one of ``ends``, also through custom functions."""
    useful = set(ends)
    customs = {node: node.args[1:] for node in walk.sources if node.args}
    inside = {walk.steps[k]: nodes for k, nodes in walk.inside.items()}
    passed: list[tuple[int, Any]] = [*[(index_of(step), step) for step in walk.steps],
                                     *[(node.index, node) for node in customs]]
    if customs:
        passed.sort(key=lambda each: each[0])
    for _, each in passed:
        if isinstance(each, Node):
            if not useful.isdisjoint(customs[each]):
                useful.add(each)
            continue
        template: Template = each.template
        pull = template.pullback(template.every)
        operands = each.operands
        if pull is not None and any(operands[k] in useful for k in pull.targets):
            useful.update((each.out,) if template.single else each.out)
            useful.update(inside.get(each, ()))
    return useful


def planned(at: Step, walked: Walked) -> Program:
    """The program of a path that was walked so far: compiled when it runs next, unless walking it
    has failed."""
    program = at.programs[walked.nodes] = plan_program(at, walked.nodes)
    program.paid = not walked.failed
    at.ends.endings.clear()
    at.ends.recent = NO_ENDING
    return program


__all__ = ["NotWalked", "Walked", "can_walk", "leading", "pays", "pulled", "planned", "walk"]
