"""Loops that are of another length each time, or long: where recordings are cut for them.

A sentence, an episode, a prefix: a path for each length would be recorded, planned and kept, and
none of them comes often. So :func:`note` counts how often each place of the user's calls its
operation on a path that is new. Where :data:`MANY` counts differ, the place is a *head*: a
recording ends there before the loop's first turn, and in the loop after so many operations, so that
all lengths take the same paths, whose programs and adjoints are compiled once. The place at which a
loop begins that goes on and on is one as well (:func:`look`): its turns are then known before it
ends. Where a place's turns are mostly unlike each other there is no loop, and heads whose paths
turn out to be new at most cuts are none.

All is counted, nothing timed: two runs of a program do the same.
"""

from __future__ import annotations

from itertools import pairwise
from types import CodeType
from typing import Any

import numpy as np

from ..locks import growing
from .operation import Composition
from .tree import Ends, Step, tree

Head = tuple[Any, CodeType | None, int]
"""An operation, and the place of the user's that calls it."""
VIEWS: Head = None, None, 0
"""The place of the first call where there were but views so far."""
FEWEST, MOST = 100, 1200
"""So many steps, and the rest of a turn, are between two cuts of a loop."""
PARTS, LONG_PARTS = 24, 8
"""A path is cut into so many parts, if they have as many steps: the rests of a loop, with what may
come after it, are as many paths as a part has turns. Where a loop goes on, so that there will be
more parts, into fewer: ending a recording takes as long as some turns."""
LEAST = 4
"""So many calls at one place are a loop."""
MANY = 8
"""A loop of so many different lengths is cut."""
SIXTH = 6
"""A recording in which a loop goes on is long at this part of ``config.max_pending_nodes``."""
TIMES_CUT = 4
"""A recording that finds no loop head is cut anyway at this many times its bounds."""
FIRST, SELDOM = 32, 16
"""So many paths are counted, then one of so many: it takes as long as a part of recording them."""
TRIES = 32
"""After so many cuts it is judged whether they lead to paths that are known."""
RESTS = 32
"""What leads to a loop or on from it is compiled if it is run at one of so many of its cuts."""
MOSTLY = 2
"""What leads on from a loop is compiled, too, if one of so many of its runs ends in it."""
PLACES, HEADS = 10_000, 1000
"""Places whose counts are kept, and heads; beyond, all are forgotten."""


class Tally:
    """What is known of a head: so many ``steps`` are between two cuts; how many ``cuts`` there were
    since it was judged, how many of them ended a ``new`` path, how many there were in ``all``, and
    how many of those where a loop ``begun``; how many recordings ``ended`` that began at the head.
    """

    __slots__ = ("all", "begun", "cuts", "ended", "new", "steps")

    def __init__(self, steps: int) -> None:
        self.steps = steps
        self.all = self.begun = self.cuts = self.ended = self.new = 0

    def rests(self) -> int:
        """How often the loop went on to its end."""
        return self.ended - (self.all - self.begun)


heads: dict[Head, Tally] = {}
"""Where recordings are cut."""
_lengths: dict[Head, set[int]] = {}
_noted = [0]
changes = [0]
"""How often there was another head, or one less."""
_never: set[Head] = set()
"""What was a head, and was none."""


def head_of(step: Step) -> Head | None:
    """The operation of a step and the place that called it; None if it is no user's call, has no
    results, or is a view, which is taken when it is used."""
    template = step.template
    if template is None or template.op.view or not isinstance(template.op, Composition):
        return None
    if step.out == ():
        return None
    node = step.out if template.single else step.out[0]
    return template.op, node.code, node.instruction


def first_head(at: Step) -> Head | None:
    """The first call on the path to ``at`` that is no view; :data:`VIEWS` where there are but
    those."""
    ends, found = at.ends, None
    step: Step | None = at
    while step is not None:
        known: Head | None = None if step._ends is None else step._ends.head
        if known is not None:   # somebody has asked there
            found = known if known is not VIEWS else found or VIEWS
            break
        if step.template is not None:
            found = head_of(step) or found or VIEWS
        step = step.parent
    ends.head = found
    return found


class Calls:
    """The calls on the path to a step: how often each place has called (``counts``, the last
    first), its number (``numbers``), and those of all calls, the last first (``order``)."""

    __slots__ = ("counts", "numbers", "order")

    def __init__(self, at: Step) -> None:
        # By what is quick to look up: it takes Python long to hash a code object.
        found: dict[tuple[Any, int, int], int] = {}
        firsts: list[Step] = []
        order: list[int] = []
        step: Step | None = at
        while step is not None:
            template = step.template
            if template is not None and step.out != ():   # `unbind` of no rows has no results
                node = step.out if template.single else step.out[0]
                key = template.op, node.instruction, id(node.code)
                number = found.get(key)
                if number is None:
                    number = found[key] = len(firsts)
                    firsts.append(step)
                order.append(number)
            step = step.parent
        heads_of = [head_of(first) for first in firsts]
        counts = np.bincount(order or [0]).tolist()
        self.order = order if None not in heads_of else [
            number for number in order if heads_of[number] is not None]
        self.numbers = {head: k for k, head in enumerate(heads_of) if head is not None}
        self.counts = {head: counts[k] for head, k in self.numbers.items()}

    def repeat(self, head: Head) -> bool:
        """Whether the turns that begin at ``head`` are like others of them."""
        number, order = self.numbers[head], self.order
        places = [k for k, each in enumerate(order) if each == number]
        # The last turn goes on after the loop: it is none of these.
        whole = [tuple(order[a + 1:b]) for a, b in pairwise(places)]
        return 2 * len(set(whole)) <= len(whole)


def note(at: Step) -> None:
    """Count the calls on the path to ``at``, which has ended for the first time."""
    _noted[0] += 1
    if _noted[0] > FIRST and _noted[0] % SELDOM:
        return
    calls = Calls(at)
    if not heads.keys().isdisjoint(calls.counts):
        return
    if len(_lengths) > PLACES:
        _lengths.clear()
    found = None
    for head, count in calls.counts.items():   # the last first
        if count >= LEAST and head not in _never:
            lengths = _lengths.setdefault(head, set())
            lengths.add(count)
            if len(lengths) >= MANY:
                found = head
    if found is not None and not calls.repeat(found):
        _never.add(found)
    elif found is not None:
        for head in calls.counts:   # the other calls of its turns
            _lengths.pop(head, None)
        begin(found, at, PARTS)


def look(at: Step) -> None:
    """Look for a loop that goes on at ``at``, after many steps."""
    calls = Calls(at)
    if not heads.keys().isdisjoint(calls.counts):
        return
    late: set[Head | None] = set()
    step = at
    while step.parent is not None and step.nodes > at.nodes - MOST:
        late.add(head_of(step))
        step = step.parent
    found = [head for head, count in calls.counts.items()
             if head in late and count >= MANY and head not in _never]
    if found and calls.repeat(found[-1]):
        begin(found[-1], at, LONG_PARTS)


def begin(head: Head, at: Step, parts: int) -> None:
    """Cut recordings like the one that has come to ``at`` at ``head`` from now on, into so many
    ``parts``."""
    with growing:
        if len(heads) + len(_never) > HEADS:
            heads.clear()
            _never.clear()
        changes[0] += 1
        heads[head] = Tally(max(FEWEST, min(MOST, at.nodes // parts)))
        stack: list[tuple[Step, Head | None]] = [(root, None) for root in tree.roots.values()]
        seen = set(tree.roots.values())
        while stack:
            step, first = stack.pop()
            for key, following in step.ways():
                called = head_of(following)
                if called == head and cuts(step, first, head):
                    tree.drop(step, key, following)
                elif following not in seen:   # several ways may lead to one
                    seen.add(following)
                    if following.template is not None and (first is None or first is VIEWS):
                        stack.append((following, called or VIEWS))
                    else:
                        stack.append((following, first))


def cuts(at: Step, first: Head | None, head: Head) -> bool:
    """Whether a recording that is at ``at`` ends before a call at ``head``, if its ``first`` call
    was that."""
    tally = heads.get(head)   # another thread may have found that it is none
    return tally is not None and first is not None and (
        first != head or at.nodes >= tally.steps)


def was_cut(at: Step, head: Head) -> None:
    """Count a cut at ``head`` of a recording that is at ``at``."""
    tally = heads.get(head)
    if tally is None:
        return
    tally.all += 1
    tally.cuts += 1
    tally.new += at._ends is None or not at._ends.programs
    if first_head(at) != head:
        tally.begun += 1
        at.ends.before = head
    if tally.cuts == TRIES:
        if 4 * tally.new > 3 * TRIES:
            _never.add(head)
            heads.pop(head, None)
            changes[0] += 1
        else:
            tally.cuts = tally.new = 0


def has_ended(at: Step, ends: Ends) -> None:
    """Count that a recording has ended at ``at``, if it began at a head."""
    known, tally = ends.tally
    if known != changes[0]:
        tally = heads.get(first_head(at))  # type: ignore[arg-type]
        ends.tally = changes[0], tally
    if tally is not None:
        tally.ended += 1


def is_one_of_many(at: Step, runs: int) -> bool:
    """Whether the path to ``at``, which was run so often, is one of many that lead to a loop that
    is cut, or on from it: each is seldom run, and what is compiled of all of them is much memory.
    """
    if not heads:
        return False
    rest, before = heads.get(first_head(at)), heads.get(at.ends.before)  # type: ignore[arg-type]
    return (rest is not None and RESTS * runs < rest.all and MOSTLY * runs < rest.rests()) or (
        before is not None and RESTS * runs < before.begun)


def forget() -> None:
    """Know of no loops."""
    _noted[0] = 0
    changes[0] += 1
    heads.clear()
    _lengths.clear()
    _never.clear()


__all__ = ["FEWEST", "SIXTH", "VIEWS", "Head", "cuts", "first_head", "forget", "has_ended",
           "heads", "is_one_of_many", "look", "note", "was_cut"]
