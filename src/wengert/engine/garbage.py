"""Python's search for garbage, while a program takes paths that are new, or long ones.

Each operation of a new path leaves objects that stay until the path is forgotten, and after each
700 new ones Python looks at all of them again. :func:`seldom` has it look after 10,000 beside
those, until no path was new for some searches and one of them finds garbage. Where it finds none,
again and again, it looks as seldom: what waits in a recording of a few hundred steps is as many new
objects, and none of them is garbage.

What waits in a long recording is alive until it ends: a search inside it finds nothing, and many of
them end in a look at all that the process holds. So they come at growing distances there, and as
before from where it ends (:func:`recording_ended`).
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager

SELDOM = 10_000
STEP = 4
"""So many objects are new with a step: it, its node, its operands, a tensor."""
GROWTH = 20_000
"""No more new steps than this are counted out, which is twice what comes before some are forgotten.
"""
PATIENCE = 2
"""After so many searches with nothing new, it looks as often as before if it finds garbage."""
IN_VAIN = 8
"""So many searches that find none, one after the other, are enough to look less often."""

IMPORTING = 1_000_000
"""How many objects are new, while the package is imported, before Python looks again."""
BEGUN = 100_000
"""A program with fewer objects has just begun: what it has are modules."""
DEFAULTS = (700, 2000)
"""How often CPython looks where nobody has said it."""


class _State:
    before = 0
    """How often it looked; 0 while paths are known."""
    looks = 0
    """How often it was told to look."""
    steps: int | None = None
    """How many steps the tree had at the last search, or fewer since."""
    beside = 0
    """What has come to stay since then beside steps, counted in steps."""
    idle = 0
    """How many searches have found nothing new."""
    in_vain = 0
    """How many searches have found no garbage since the last that has."""
    listening = False
    far = 0
    """How seldom it looks inside a long recording; 0 outside of one."""
    outside = 0
    """How often it looked before that."""


LONG = 2_000
"""So many tensors that wait make a recording long."""
EACH = 4
"""So many objects may be new for each of them before Python looks again."""
waiting: list[Callable[[], int]] = []
"""What says how many tensors wait in this thread's recording; ``recording.py`` enters it."""


def seldom(steps: int, beside: int = 0) -> None:
    """Have Python look for garbage less often for a while, unless the user has said how often: what
    the ``steps`` of the tree have added since the last search is no garbage, nor what has come
    ``beside`` them, as many objects as so many steps."""
    _State.idle = 0
    _State.beside += beside
    threshold, *others = gc.get_threshold()
    if _State.far or (threshold != _State.looks if _State.before else threshold not in DEFAULTS):
        return
    _State.before = _State.before or threshold
    if not _State.listening:
        _State.listening = True
        gc.callbacks.append(_searched)
    if _State.steps is None or steps < _State.steps:
        _State.steps = steps
    _State.looks = SELDOM + STEP * min(steps - _State.steps + _State.beside, GROWTH)
    gc.set_threshold(_State.looks, *others)


@contextmanager
def importing() -> Iterator[None]:
    """A block that imports hundreds of modules: what they make stays. Python does not look at it
    meanwhile, and afterwards holds it for old, as it does what it has looked at often; in a program
    that has just begun it does not look at it again at all, not at the end either."""
    threshold, *others = gc.get_threshold()
    begun = len(gc.get_objects()) < BEGUN
    if threshold in DEFAULTS:
        gc.set_threshold(IMPORTING, *others)
    try:
        yield
    finally:
        if gc.get_threshold() == (IMPORTING, *others):
            if not gc.get_freeze_count():   # what a program has set aside stays there
                gc.freeze()
                if not begun:   # some of it may become garbage yet
                    gc.unfreeze()
            gc.set_threshold(threshold, *others)


def _searched(phase: str, info: dict[str, int]) -> None:
    """Python has looked: see whether to look later, or to put back what was."""
    if phase == "start":
        return
    threshold, *others = gc.get_threshold()
    _State.steps, _State.beside = None, 0
    _State.in_vain = 0 if info["collected"] else _State.in_vain + 1
    if _State.before and threshold == _State.looks:
        threshold = _State.looks = SELDOM
        gc.set_threshold(SELDOM, *others)
    count = sum(count() for count in waiting)
    if count > LONG and threshold in (*DEFAULTS, SELDOM, _State.far):
        if not _State.far:
            _State.outside = threshold
        _State.far = EACH * count
        gc.set_threshold(_State.far, *others)
    elif _State.before:
        _State.idle += 1
        if _State.idle > PATIENCE and not _State.in_vain:
            if threshold == SELDOM:
                gc.set_threshold(_State.before, *others)
            _State.before = 0
    elif _State.in_vain >= IN_VAIN and threshold in DEFAULTS:
        _State.before, _State.looks = threshold, SELDOM
        gc.set_threshold(SELDOM, *others)


def recording_ended() -> None:
    """A recording has ended, perhaps the one in which Python looks less often."""
    threshold, *others = gc.get_threshold()
    if threshold == _State.far:
        gc.set_threshold(_State.outside, *others)
    _State.far = 0


state = _State
