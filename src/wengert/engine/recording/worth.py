"""When compiling pays: what has run so far, what a path costs, what compiling it is estimated to
cost.

All of it is in microseconds that are estimated from counts, never timed, so that two runs of a
program do the same. A path that comes again is compiled when two things hold: walking it has cost
as much as compiling it would (:func:`pays`), and all compiling of the process together stays a
small part of all that has run (:meth:`Ledger.affords`). So a program whose paths come a few times,
or are long and of no use to a compiler, is not slower for it.

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
from ..passes.periods import periodic
from .cutting import is_one_of_many
from .replay import WRITE_BACK
from .tree import Ends, Step, tree

ROUND, NEW, STEP = 40.0, 1.8, 0.9
"""What is run step by step: for a recording or a backward; for a step that is new; for each step,
beside what it computes."""
NUMBER, VIEW, UFUNC, OTHER, BYTES = 0.3, 0.4, 0.9, 4.0, 4500.0
"""For what is computed: of a single number, of a view, by a NumPy function of elements, by anything
else; and the bytes of results that are computed in a microsecond."""
BACKWARD = 2.0
"""What going back through a step costs, to the step."""
KNOWN_ROUND, KNOWN_NODE, KNOWN_BYTES = 20.0, 0.25, 20_000.0
"""What is compiled: for a run, for a node of its graph; and the bytes."""
FIRST, ONCE = 35_000.0, 4_000.0
"""What compiling costs: for the first program of a process, which loads the compiler; for each."""
KIND, AGAIN, SINGLE, FINDING = 1400.0, 80.0, 105.0, 9.0
"""For each different primitive of a kind of operation that no program had so far (an update does
the same to each parameter, in like kernels); for every primitive; for one whose value is a single
number; for each in which loops are looked for."""
FLUSH, APART, LOOP, WRITTEN = 12.0, 0.6, 2.5, 12.0
"""What it takes to end a recording that has been compiled; what a call takes more where it is
computed as it is called: for itself, for each node that is no function of NumPy's and would share a
loop with others; and what it takes less where it writes to a part of a tensor."""
LONG = 128
"""So many steps may hold loops."""
SHARE = 0.3
"""All compiling is at most this part of all that runs."""
MAIN, MAIN_SHARE = 4, 0.37
"""A path that was such a part of all that has run so far will be of what is to come, too: for it,
all compiling may be more of what has run until then."""
LATER = 8
"""A path that is not compiled is looked at again when it has come an eighth more often."""


class Weight:
    """What a template counts: the microseconds of a call, and those ``saved`` where it is recorded
    and compiled, not computed as it is called; its primitives, and how many different ones; whether
    its results are single numbers; whether a program with it was compiled."""

    __slots__ = ("call", "compiled", "kinds", "prims", "saved", "single")

    def __init__(self, template: Any) -> None:
        call, saved = float(STEP), float(APART)
        prims = []
        for node in template.nodes:
            prim = node.prim
            if not node.args:
                continue
            nbytes = bytes_of(node) / BYTES
            call += kind_of_cost(node) + nbytes
            if shares_loops(prim):
                saved += (UFUNC if prim.ufunc else LOOP) + nbytes
            if not prim.aliases:
                prims.append(prim)
        self.call = call
        self.saved = saved - WRITTEN if template.op is WRITE_BACK else saved
        self.prims, self.kinds = len(prims) or 1, len({*prims}) or 1
        self.single = not any(node.shape for node in template.outs)
        self.compiled = False


def cost_of(node: Node) -> float:
    """What a node costs where NumPy computes it."""
    return kind_of_cost(node) + bytes_of(node) / BYTES


def kind_of_cost(node: Node) -> float:
    """The same, but for its bytes."""
    prim = node.prim
    return VIEW if prim.aliases else OTHER if not prim.ufunc else UFUNC if node.shape else NUMBER


def of_adjoint(outs: list[Node], start: int) -> float:
    """What an adjoint takes where it is walked, with these results, whose nodes are those of number
    ``start`` or more."""
    return STEP + sum([cost_of(node) for node in reachable(outs, floor=start)
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
        found = template.weight = Weight(template)
    return found


class Estimate:
    """What a run costs that is not compiled, and what ``compiling`` does; after how many runs it is
    to be ``later`` looked at again. ``programs`` is how many were compiled when it was made."""

    __slots__ = ("compiling", "later", "programs", "run")

    def __init__(self, run: float, compiling: float) -> None:
        self.run = run
        self.compiling = compiling
        self.later = 0
        self.programs = choice.counters["programs"]

    def pays(self, runs: int) -> bool:
        """Whether so many runs have cost enough, and all that has run so far."""
        if runs * self.run < self.compiling:
            self.later = ceil(self.compiling / self.run)
        elif ledger.affords(self.compiling, runs * self.run):
            return True
        else:
            self.later = runs + 1 + runs // LATER
        return False


def of_path(at: Step, units: Sequence[Any] | None = None) -> Estimate:
    """The estimate of a path that is walked; with the backward that follows it, and goes on through
    segments of ``units``, where they are given."""
    path = at.path()
    weights = [weight_of(step.template) for step in path if step.template is not None]
    others = beside = max(0, at.nodes - len(weights))   # inputs, and adjoints that were recorded
    adjoints, turns = 0.0, 0
    for step in path:
        if step.parent is not None and (cost := getattr(step.out, "cost", 0.0)):
            adjoints += cost
            beside -= step.nodes - step.parent.nodes
            turns += step.out.turns
    if units is not None:
        size = sum([unit.size for unit in units])
        others, beside = others + size, beside + size
    run = ROUND + adjoints + OTHER * beside + sum([weight.call for weight in weights])
    compiling = AGAIN * (others - turns) + FINDING * (
        others + sum([weight.prims for weight in weights]))
    for weight in dict.fromkeys(weights) if config.tier != "numpy" else ():   # which has no kernels
        if not weight.compiled and not weight.single:
            compiling += KIND * weight.kinds   # the others are in like kernels
    for k in written_out(weights):
        compiling += weights[k].prims * (SINGLE if weights[k].single else AGAIN)
    times = 1 if units is None else 1 + BACKWARD
    return Estimate(times * run, times * compiling + ONCE)


def is_light(at: Step, ends: Ends) -> bool:
    """Whether the calls on the path to ``at`` take no longer where each is computed as it is called
    than where they are recorded, and compiled."""
    found = ends.light
    if found is None:
        saved = [weight_of(step.template).saved for step in at.path() if step.template is not None]
        found = ends.light = sum(saved) <= FLUSH
    return found


def of_walk(steps: Sequence[Step]) -> int:
    """What a walk of these calls takes."""
    return int(ROUND + sum([weight_of(step.template).call for step in steps]))


def about_walk(calls: int, nbytes: int) -> int:
    """About what a walk takes that may never come again, of so many calls with results of so many
    bytes."""
    return int(ROUND + (STEP + UFUNC) * calls + nbytes / BYTES)


def of_graph(nodes: Iterable[Node]) -> Estimate:
    """The estimate of a program that is interpreted."""
    nodes = [node for node in nodes if node.args]
    kinds = {(node.prim, node.shape) for node in nodes}
    return Estimate(ROUND + sum(map(cost_of, nodes)),
                    ONCE + KIND * len(kinds) / 3 + FINDING * len(nodes))


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
    """All that has ``run`` in this process, as far as it was walked, and the compiled programs,
    whose runs are added up when somebody asks."""

    def __init__(self) -> None:
        self.run = 0
        self.programs: WeakSet[Any] = WeakSet()

    def affords(self, compiling: float, cost: float) -> bool:
        """Whether so much compiling is a small part of what has run, for a path that has cost so
        much of that."""
        if not choice.counters["programs"] and config.tier != "numpy":
            compiling += FIRST
        whole = self.all()
        share = MAIN_SHARE if MAIN * cost >= whole else SHARE
        return (effort.done["work"] + compiling) * (1 - share) <= share * whole

    def all(self) -> float:
        """What has run, with the steps that were made for it."""
        for program in list(self.programs):
            runs = program.runs
            self.run += (runs - program.counted) * program.each
            program.counted = runs
        return self.run + NEW * tree.made

    def compiled(self, program: Any) -> None:
        """Note a program that was compiled, for what it will run."""
        nodes = program.graph.nodes()
        nbytes = sum(map(bytes_of, nodes))
        program.each = int(KNOWN_ROUND + KNOWN_NODE * len(nodes) + nbytes / KNOWN_BYTES)
        program.counted = program.runs
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


__all__ = ["BACKWARD", "Again", "Backwards", "Estimate", "about_walk", "counted", "in_turns",
           "ledger", "of_adjoint", "of_graph", "of_walk", "pays"]
