"""When compiling pays: what walking a path costs more than running it compiled, how much of that
there was so far, what compiling it is estimated to cost.

All of it is in microseconds that are estimated from counts, never timed, so that two runs of a
program do the same. What has come so often is taken to come as often again. So a path is compiled
when two things hold: compiling it would have saved half of what it costs by now (:func:`pays`), and
all compiling of the process together, and loading the compiler, costs no more than twice what it
has saved so far or would have (:meth:`Ledger.affords`). So a program whose paths come a few times,
or are of no use to a compiler, is not slower for it.

What compiling costs is looked for in the path (:func:`of_path`): kernels are made for each kind of
operation, once; an operation on a single number is text each time it comes; the turns of a loop are
compiled once.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from math import ceil, prod
from typing import Any
from weakref import WeakSet

import numpy as np

from ...config import config
from ..backends import choice, effort
from ..graph import Node, Primitive, reachable
from ..locks import growing
from ..ops.structural import update
from ..passes.periods import periodic
from .cutting import is_one_of_many
from .replay import WRITE_BACK
from .tree import Ends, Step

_new = object.__new__
ROUND, BACK, SOURCE = 0.5, 35.0, 2.0
"""What compiling saves of a recording, and of a backward, whatever is in it; and of each source of
the recording, to which that may go."""
NUMBER, VIEW, UFUNC, OTHER, BYTES = 0.08, 0.25, 0.25, 0.75, 15_000.0
"""Of what is computed: of a single number, of a view, by a NumPy function of elements, by anything
else; and the bytes of results for which it saves a microsecond."""
COMPOSITE, ELEMENT = 1.6, 0.003
"""Of what NumPy computes in several passes, and of each element that it reads."""
BACK_STEP, BACKWARD = 0.5, 2.0
"""Of going back through a step: for itself, and to what it saves of the step."""
FIRST, ONCE = 35_000.0, 4_000.0
"""What compiling costs: for the first program of a process, which loads the compiler; for each."""
KIND, AGAIN, SINGLE, FINDING = 1400.0, 80.0, 45.0, 9.0
"""For each different primitive of a kind of operation that no program had so far (an update does
the same to each parameter, in like kernels); for every primitive; for one whose value is a single
number; for each in which loops are looked for."""
FLUSH, APART, SHARED, LOOP, SHARED_BYTES = 12.0, 0.6, 0.9, 2.5, 4500.0
WRITTEN, PUT, PART = 12.0, 4.0, 4.0
"""What it takes to end a recording that has been compiled; what a call takes more where it is
computed as it is called: for itself, for each node that would share a loop with others, by a
function of NumPy's or not, and for so many bytes of those; and what it takes less where it writes
to a view, or to a part of a tensor, or is such a part."""
EXPECTED = 2
"""How often a path will have come in all, to how often it has come."""
LONG = 128
"""So many steps may hold loops."""
LATER = 8
"""A path that is not compiled is looked at again when it has come an eighth more often."""


class Weight:
    """What a template counts: the microseconds that compiling saves of a ``call`` that is walked,
    and those ``saved`` where it is recorded and compiled, not computed as it is called; its
    primitives, and how many different ones; whether its results are single numbers; whether a
    program with it was compiled."""

    __slots__ = ("call", "compiled", "kinds", "prims", "saved", "single")

    def __init__(self, template: Any) -> None:
        call, saved = 0.0, float(APART)
        prims = []
        for node in template.nodes:
            prim = node.prim
            if not node.args:
                continue
            call += cost_of(node)
            if prim is update:
                saved -= PUT
            if shares_loops(prim):
                saved += (SHARED if prim.ufunc else LOOP) + bytes_of(node) / SHARED_BYTES
            if not prim.aliases:
                prims.append(prim)
        self.call = call
        if template.op.view and len(template.slots) > 1:   # at a place that is to be computed
            saved -= WRITTEN
        elif template.op.view and template.count:
            saved -= PART
        self.saved = saved - WRITTEN if template.op is WRITE_BACK else saved
        self.prims, self.kinds = len(prims) or 1, len({*prims}) or 1
        self.single = not any(node.shape for node in template.outs)
        self.compiled = False

    def again(self) -> Weight:
        """That of another template, which counts the same."""
        new: Weight = _new(Weight)
        new.call, new.saved, new.single = self.call, self.saved, self.single
        new.prims, new.kinds = self.prims, self.kinds
        new.compiled = False
        return new


def cost_of(node: Node) -> float:
    """What compiling saves of a node."""
    prim = node.prim
    if not prim.ufunc and prim.expansion is not None:
        return COMPOSITE + ELEMENT * prod(node.args[0].shape)
    return bytes_of(node) / BYTES + (
        VIEW if prim.aliases else OTHER if not prim.ufunc else UFUNC if node.shape else NUMBER)


def of_adjoint(outs: list[Node], start: int) -> float:
    """What compiling saves of an adjoint with these results, whose nodes are those of number
    ``start`` or more."""
    return sum([cost_of(node) for node in reachable(outs, floor=start)
                if node.args and node.index >= start])


def bytes_of(node: Node) -> int:
    """The bytes of a node's value."""
    return prod(node.shape) * node.dtype.itemsize


def shares_loops(prim: Primitive) -> bool:
    """Whether a kernel may compute ``prim`` together with others."""
    return prim.elementwise or prim.reduction is not None or prim.expansion is not None


def weight_of(template: Any) -> Weight:
    """The weight of a template, found at the first time."""
    found: Weight | None = template.weight
    if found is None:
        example = template.example
        found = template.weight = Weight(template) if example is template else (
            weight_of(example).again())
    return found


class Estimate:
    """What a run that is not compiled costs ``more`` than one that is, and what ``compiling`` does;
    after how many runs it is to be ``later`` looked at again. ``programs`` is how many were
    compiled when it was made."""

    __slots__ = ("compiling", "later", "more", "programs")

    def __init__(self, more: float, compiling: float) -> None:
        self.more = more
        self.compiling = compiling
        self.later = 0
        self.programs = choice.counters["programs"]

    def pays(self, runs: int) -> bool:
        """Whether so many runs have cost enough, and all that has run so far."""
        if EXPECTED * runs * self.more < self.compiling:
            self.later = ceil(self.compiling / (EXPECTED * self.more))
        elif ledger.affords(self.compiling):
            return True
        else:
            self.later = runs + 1 + runs // LATER
        return False


def of_path(at: Step, units: Sequence[Any] | None = None) -> Estimate:
    """The estimate of a path that is walked; with the backward that follows it, and goes on through
    segments of ``units``, where they are given."""
    path = at.path()
    weights = [weight_of(step.template) for step in path if step.template is not None]
    others = max(0, at.nodes - len(weights))   # inputs, and adjoints that were recorded
    adjoints, turns = 0.0, 0
    for step in path:
        if step.parent is not None and (cost := getattr(step.out, "cost", 0.0)):
            adjoints += cost
            turns += step.out.turns
    calls = sum([weight.call for weight in weights])
    more = ROUND + adjoints + calls
    if units is not None:
        # Pieces of a loop are compiled once.
        for unit in {unit.serial: unit for unit in units}.values():
            others += unit.size
            turns += unit.turns()
        sources = sum([len(step.sources) for step in path])
        more += of_backward(sources) + BACK_STEP * len(weights) + BACKWARD * calls
        more += sum(map(of_unit, units))
    compiling = AGAIN * (others - turns) + FINDING * (
        others + sum([weight.prims for weight in weights]))
    for weight in dict.fromkeys(weights) if config.tier != "numpy" else ():   # which has no kernels
        if not weight.compiled and not weight.single:
            compiling += KIND * weight.kinds   # the others are in like kernels
    for k in written_out(weights):
        compiling += weights[k].prims * (SINGLE if weights[k].single else AGAIN)
    times = 1 if units is None else 1 + BACKWARD
    return Estimate(more, times * compiling + ONCE)


def is_light(at: Step, ends: Ends) -> bool:
    """Whether the calls on the path to ``at`` take no longer where each is computed as it is called
    than where they are recorded, and compiled."""
    found = ends.light
    if found is None:
        saved = [weight_of(step.template).saved for step in at.path() if step.template is not None]
        found = ends.light = sum(saved) <= FLUSH
    return found


def of_walk(steps: Sequence[Step]) -> float:
    """What compiling would save of a walk of these calls."""
    return ROUND + sum([weight_of(step.template).call for step in steps])


def of_backward(sources: int) -> float:
    """What compiling saves of a backward, but for what it goes through."""
    return BACK + SOURCE * sources


def of_unit(unit: Any) -> float:
    """What compiling saves of going back through what has left a segment; and of that itself, if it
    is to be recorded with what follows it."""
    cost: float = getattr(unit, "cost", UFUNC * unit.size)   # of what was planned not known
    whole = BACK + cost if getattr(unit, "again", None) else 0.0
    back: float = BACK_STEP * unit.size
    return whole + back + BACKWARD * cost


def of_way(cost: float, count: int, whole: int) -> float:
    """What compiling would save of going back through so many steps of a walk of this ``cost``, of
    the ``whole``."""
    return ROUND + BACK_STEP * count + BACKWARD * cost * count / (whole or 1)


def of_graph(nodes: Iterable[Node]) -> Estimate:
    """The estimate of a program that is interpreted."""
    nodes = [node for node in nodes if node.args]
    kinds = {(node.prim, node.shape) for node in nodes}
    return Estimate(ROUND + sum(map(cost_of, nodes)),
                    ONCE + KIND * len(kinds) / 3 + FINDING * len(nodes))


def calls_in_turns(steps: Iterable[Step]) -> int:
    """How many of these calls are in later turns of loops."""
    weights = [weight_of(step.template) for step in steps if step.template is not None]
    return len(weights) - len(written_out(weights))


def in_turns(nodes: Iterable[Node]) -> int:
    """How many of ``nodes`` are in later turns of loops."""
    kinds = [(node.prim, node.shape) for node in sorted(nodes, key=lambda node: node.index)]
    return len(kinds) - len(written_out(kinds))


def written_out(weights: Sequence[Hashable]) -> Sequence[int]:
    """The places of a path but for those in later turns of loops."""
    if not config.loops or len(weights) < LONG:
        return range(len(weights))
    known: dict[Hashable, int] = {}
    kinds = np.array([known.setdefault(weight, len(known)) for weight in weights])
    left = np.ones(len(kinds), bool)
    for run in periodic(kinds):
        left[run.start + 2 * run.period:run.stop] = False
    places: list[int] = np.flatnonzero(left).tolist()
    return places


class Ledger:
    """What compiling would have saved of all that was ``walked`` in this process and had come
    before, and the compiled programs, which have saved as much in each of their runs: these are
    added up when somebody asks."""

    def __init__(self) -> None:
        self.walked = 0.0
        self.programs: WeakSet[Any] = WeakSet()

    def affords(self, compiling: float) -> bool:
        """Whether all compiling, with so much more, costs no more than it is expected to save."""
        if not choice.counters["programs"] and config.tier != "numpy":
            compiling += FIRST
        return effort.done["work"] + compiling <= EXPECTED * self.all()

    def all(self) -> float:
        """What compiling has saved, or would have."""
        with growing:   # another thread may have compiled one
            for program in self.programs:
                runs = program.runs
                self.walked += (runs - program.counted) * program.saves
                program.counted = runs
        return self.walked

    def compiled(self, program: Any) -> None:
        """Note a program that was compiled, for what it will save."""
        program.saves += of_graph(program.graph.nodes()).more
        program.counted = program.runs
        with growing:
            self.programs.add(program)


ledger = Ledger()


def pays(at: Step, runs: int) -> bool:
    """Whether a path to ``at`` that was walked so often would better be compiled."""
    ends = at.ends
    found = by_counts(runs)
    if found is not None:
        return found
    known: Estimate | None = ends.estimate
    if known is None or runs >= known.later:
        known = ends.estimate = renewed(known, at)
        whole: Backwards | None = ends.backwards.get(())
        if (whole is not None and 2 * whole.count >= runs) or (
                ends.again is not None and 2 * ends.again.count >= runs) or (
                is_one_of_many(at, runs)):
            # They will be compiled as one, or not soon.
            known.later = runs + 1 + runs // LATER
        elif known.pays(runs):
            compiled(at)
            return True
    return False


def counted(update: Any, runs: int) -> int:
    """How often a path counts that came so often: one that is an ``update`` after a backward less
    often, since it is compiled with that, if that is."""
    if update is None or not update.update_follows or config.compile_after is not None:
        return runs
    return runs // UPDATE


UPDATE = 4


def by_counts(runs: int) -> bool | None:
    """The same, where that needs no estimate."""
    if config.tier == "eager":
        return False
    if config.compile_after is not None:
        return runs + 1 >= config.compile_after
    return None if runs else False


def renewed(known: Estimate | None, at: Step, units: Sequence[Any] | None = None) -> Estimate:
    """An estimate, made anew where other programs were compiled since."""
    if known is None or known.programs != choice.counters["programs"]:
        return of_path(at, units)
    return known


def compiled(at: Step) -> None:
    """Note that the operations on the path to ``at`` are compiled."""
    for step in at.path():
        if step.template is not None:
            weight_of(step.template).compiled = True


class Again:
    """How many backwards began where a path ends that were to be differentiated again, or were
    derivatives of such; what is known of the one that ``begun`` with no segment behind it."""

    __slots__ = ("begun", "count")

    def __init__(self) -> None:
        self.count = 0
        self.begun: Backwards | None = None


class Backwards:
    """How often a backward began at a step that was walked, and whether it is ``paid`` for: to be
    recorded, and compiled. So often was it ``continued``: what it gave was differentiated, so that
    all of that is to be one program."""

    __slots__ = ("continued", "count", "estimate", "paid")

    def __init__(self) -> None:
        self.continued = self.count = 0
        self.paid = False
        self.estimate: Estimate | None = None

    def pays(self, at: Step, units: Sequence[Any]) -> bool:
        """Whether it would better be compiled, with the path to ``at`` and the segments that it
        goes on through: it is most of the work."""
        found = by_counts(self.count)
        if found is not None:
            return found
        known = self.estimate
        if not self.paid and (known is None or self.count >= known.later):
            known = self.estimate = renewed(known, at, units)
            if is_one_of_many(at, self.count) or 2 * self.continued > self.count:
                known.later = self.count + 1 + self.count // LATER
            elif known.pays(self.count):
                self.paid = True
                compiled(at)
        return self.paid


__all__ = ["BACK", "Again", "Backwards", "Estimate", "counted", "in_turns",
           "ledger", "of_adjoint", "of_backward", "of_graph", "of_walk",
           "of_way", "pays"]
