"""Walking: a path that is new runs step by step, with the closures of its templates.

No graph is built and no program is planned: :func:`walk` computes what live handles wait for and
leaves a segment that a backward goes through in the same way (:func:`pulled`). A path that comes
again is walked again until what it has cost is more than a plan and a compilation are estimated to
cost (:func:`pays`); both are counted, never timed, so that two runs of a program do the same.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

import numpy as np

from ...config import config
from ..devices import libraries
from ..errors import second_backward, show_line, user_line
from ..graph import ROOM, Node
from ..ops.elementwise import add
from .handle import Handle
from .operation import Operation
from .program import Program, plan_program
from .recording import Recording
from .segment import NOTHING, Segment, Walk
from .templates import Pullback, Template
from .tree import Step

_add: Callable[..., Any] = add.impl
Value = Any
Place = tuple[Step, int]
"""A step, and where among the values of its recording its own are."""


class NotWalked(Exception):
    """A path has to be planned: something in it has no closure."""


class Walked:
    """A program that was walked so far, if at all: how often, and the plan of its segment, if one
    was asked for."""

    __slots__ = ("failed", "nodes", "plan", "runs")

    def __init__(self, nodes: tuple[Node, ...]) -> None:
        self.nodes = nodes
        """What live handles waited for, in their order."""
        self.runs = 0
        self.failed = False
        self.plan: Any = None


def can_walk(rec: Recording) -> bool:
    """Whether a recording may be walked where it ends now."""
    modes = rec.modes
    return (rec.at.walks and config.walks() and not libraries and not rec.packed
            and not modes.at_programs and modes.open is None)


def pays(at: Step, runs: int, backward: bool = False) -> bool:
    """Whether a path to ``at`` that was walked so often would better be compiled: once what that
    has cost is more than compiling is estimated to cost."""
    if config.tier == "eager":
        return False
    if config.compile_after is not None:
        return runs + 1 >= config.compile_after
    cost, compiling = STEP * at.nodes + at.nbytes / BYTES, compiling_cost(at)
    if backward:
        cost, compiling = 3 * cost, 3 * compiling
    return runs * cost > compiling + ONCE


def compiling_cost(at: Step) -> float:
    """What compiling a path to ``at`` is estimated to cost, in microseconds: less where it repeats
    itself, since loops are compiled once."""
    found = at.compiling
    if found is None:
        found = COMPILING * at.nodes
        if config.loops and at.nodes >= LONG:
            kinds = {step.template for step in at.path()}
            found = min(found, COMPILING * TIMES * len(kinds) + FINDING * at.nodes)
        at.compiling = found
    return found


def walks_back(rec: Recording, roots: Sequence[Handle]) -> bool:
    """Whether a backward from ``roots``, some of which wait in ``rec``, is better walked than
    recorded; then the recording is to end before it."""
    at = rec.at
    if not any(root._rec is rec for root in roots) or not can_walk(rec) or (
            pays(at, at.backwards, True)):
        return False
    at.backwards += 1
    return True


STEP = 2.0
"""Microseconds that a step costs where it is walked."""
BYTES = 1000.0
"""Bytes of results that are computed in a microsecond."""
COMPILING = 300.0
"""Microseconds that compiling takes for a step."""
LONG = 300
"""So many steps may hold loops."""
TIMES = 4
"""Each kind of step of a long path is in so many places of what is compiled of it."""
FINDING = 12.0
"""Microseconds for each step in which loops are looked for."""
ONCE = 5000.0
"""Microseconds that compiling takes for a program beside that."""


class Course:
    """The steps of a recording that its live results need, the last first; the places among its
    sources of those that are met; the results that gradients flow through."""

    __slots__ = ("ends", "flow", "last", "steps")

    def __init__(self, rec: Recording, nodes: Collection[Node]) -> None:
        needed = set(nodes)
        flow = {node for node in nodes if carries(node)}
        steps: list[Place] = []
        ends: dict[Node, int] = {}
        last: dict[Step, list[Node]] | None = {} if rec.at.nbytes > LARGE else None
        i, n, s = len(rec.inputs), len(rec.numbers), len(rec.sources)
        step = rec.at
        while (parent := step.parent) is not None:
            template, out = step.template, step.out
            if template is not None:
                n -= template.count
                if (out in needed) if template.single else not needed.isdisjoint(out):
                    steps.append((step, n))
                    operands = step.operands
                    if last is not None:
                        last[step] = [node for node in dict.fromkeys(operands)
                                      if node not in needed]
                    needed.update(operands)
                    if template.flows and (
                            (out in flow) if template.single else not flow.isdisjoint(out)):
                        flow.update(operands)
            elif out is not None:
                if step.inputs:
                    i -= 1
                if step.sources:
                    s -= 1
                    if out in needed:
                        ends[out] = s
                if out in needed:
                    steps.append((step, i))
                    needed.update(out.args if out in flow else out.args[:1])
                    if out in flow:
                        flow.update(out.args[1:])
            step = parent
        self.steps = steps
        self.flow = flow
        self.ends = ends
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
    course = Course(rec, nodes)
    values: dict[Node, Value] = {}
    kept = Walk(program)
    inputs, numbers, flow, last = rec.inputs, rec.numbers, course.flow, course.last
    held = set(nodes) if last is not None else ()
    with np.errstate(all="ignore"):
        for step, k in reversed(course.steps):
            template, out = step.template, step.out
            if template is None:
                values[out] = values[out.args[0]] if out.args else inputs[k]
                continue
            row = [values[node] for node in step.operands]
            if template.count:
                row += numbers[k:k + template.count]
            if template.flows and (
                    (out in flow) if template.single else not flow.isdisjoint(out)):
                kept.add(step, run_kept(template, row, values, out))
            elif template.single:
                values[out] = template.run(*row)
            else:
                values.update(zip(out, template.run(*row), strict=True))
            if last is not None:
                for node in last[step]:
                    if node not in held:
                        del values[node]
    program.runs += 1
    roots = tuple([node for node in dict.fromkeys(nodes)
                   if node not in course.ends and node in flow])
    if not roots:
        return values, None, course.ends
    kept.outputs = roots
    hooks = {node: hooks for node, hooks in list(rec.hooks.items()) if hooks} if (
        rec.hooks) else NOTHING
    sources = rec.sources
    kept.sources = {node: sources[k] for node, k in course.ends.items() if node in flow}
    return values, Segment.walked(kept, hooks, rec.token), course.ends


def run_kept(template: Template, row: list[Value], values: dict[Node, Value],
             out: Any) -> tuple[Value, ...]:
    """Run a call through which gradients flow: what its pullback will read."""
    pull = template.pullback(template.every)
    if pull is None:
        raise NotWalked
    if template.inner:
        found = template.run_with_inner(*row)
        row += found
        if template.single:
            values[out] = found[0]
        else:
            values.update(zip(out, found, strict=False))
    elif template.single:
        values[out] = found = template.run(*row)
        row.append(found)
    else:
        found = template.run(*row)
        row += found
        values.update(zip(out, found, strict=True))
    return pull.pick(row)


def pulled(walk: Walk, given: Mapping[Node, Value], floor: int, useful: Collection[Node] | None,
           keep: Collection[Node], retain: bool) -> dict[Node, Value]:
    """The cotangents that those ``given`` send to the sources of a walked segment, to the nodes
    below ``floor`` and to those to ``keep``; what the derivatives have read is let go of, unless it
    is to ``retain``. With ``useful``, only cotangents of those nodes are made."""
    cts = dict(given)
    steps, saved = walk.steps, walk.saved
    low = bisect_left(walk.indices, floor)
    high = bisect_right(walk.indices, max(node.index for node in cts) + ROOM - 1)
    done: list[int] = []
    with np.errstate(all="ignore"):
        for k in range(high - 1, low - 1, -1):
            step = steps[k]
            out = step.out
            template: Template = step.template
            if template.single:
                if out not in cts or (useful is not None and out not in useful):
                    continue
                arrived: tuple[Value, ...] = (cts[out] if out in keep else cts.pop(out),)
                places = template.every
            else:
                found = {i: node for i, node in enumerate(out) if node in cts
                         and node.index >= floor and (useful is None or node in useful)}
                if not found:
                    continue
                places = tuple(found)
                arrived = tuple([cts[node] if node in keep else cts.pop(node)
                                 for node in found.values()])
            read = saved[k]
            if read is None:
                raise freed(walk, k)
            pull = template.pullback(places)
            if pull is None:
                raise NotWalked
            if places is not template.every:
                read = partly(template, pull)(read)
            if template.frees:
                done.append(k)
            operands = step.operands
            for place, ct in zip(pull.targets, pull.run(*arrived, *read), strict=True):
                node = operands[place]
                if useful is None or node in useful:
                    known = cts.get(node)
                    cts[node] = ct if known is None else _add(known, ct)
    if not retain and done:
        line = user_line()
        for k in done:
            saved[k] = None
            walk.freed[k] = line
    return {node: ct for node, ct in cts.items() if node in walk.sources or node in keep
            or (node.index < floor and carries(node))}


def partly(template: Template, pull: Pullback) -> Callable[[Any], Any]:
    """What picks the values that ``pull`` reads out of those that the pullback of all results
    reads."""
    whole = template.pullback(template.every)
    assert whole is not None
    return lambda read: [read[whole.reads.index(place)] for place in pull.reads]


def freed(walk: Walk, k: int) -> RuntimeError:
    """The error of going through a step whose values are gone."""
    step = walk.steps[k]
    op: Operation = step.template.op
    node: Node = step.out if step.template.single else step.out[0]
    return second_backward(
        f"The values of {op.grad_name or op.name}, a tensor of shape {list(node.shape)} recorded "
        f"at {show_line(node.line)}, were freed by the backward at "
        f"{show_line(walk.freed.get(k))}.")


def leading(walk: Walk, ends: Collection[Node]) -> set[Node]:
    """The nodes of a walked segment that lead to one of ``ends``, also through custom functions."""
    useful = set(ends)
    customs = {node: node.args[1:] for node in walk.sources if node.args}
    passed: list[tuple[int, Any]] = [*zip(walk.indices, walk.steps, strict=True),
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
    return useful


def planned(at: Step, walked: Walked) -> Program:
    """The program of a path that was walked so far: compiled when it runs next, unless walking it
    has failed."""
    program = at.programs[walked.nodes] = plan_program(at, walked.nodes)
    if not walked.failed:
        program.runs = (config.compile_after or 2) - 1
    at.endings.clear()
    at.recent = None, None
    return program


__all__ = ["NotWalked", "Walked", "can_walk", "leading", "pays", "pulled", "planned", "walk"]
