"""Python's search for garbage, while a program takes paths that are new, or long ones.

Each operation of a new path leaves a dozen objects that stay, and after each 700 new ones Python
looks at all of them again. :func:`seldom` has it look after 10,000, as often per operation as in a
program that makes one or two, until searches find that no path was new since the last ones.

What waits in a long recording is alive until it ends: a search inside it finds nothing, and many of
them end in a look at all that the process holds. So they come at growing distances there, and as
before from where it ends (:func:`recording_ended`).
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager

SELDOM = 10_000
PATIENCE = 2
"""After so many searches with nothing new, it looks as often as before."""


IMPORTING = 20_000
"""How many objects are new, while the package is imported, before Python looks again."""
DEFAULTS = (700, 2000)
"""How often CPython looks where nobody has said it."""


class _State:
    before = 0
    """How often it looked; 0 while paths are known."""
    idle = 0
    """How many searches have found nothing new."""
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


def seldom() -> None:
    """Have Python look for garbage less often for a while, unless the user has said how often."""
    _State.idle = 0
    if _State.before or _State.far:
        return
    threshold, *others = gc.get_threshold()
    if threshold in DEFAULTS:
        _State.before = threshold
        gc.set_threshold(SELDOM, *others)
        if not _State.listening:
            _State.listening = True
            gc.callbacks.append(_searched)


@contextmanager
def importing() -> Iterator[None]:
    """A block that imports hundreds of modules: what they make stays."""
    threshold, *others = gc.get_threshold()
    if threshold in DEFAULTS:
        gc.set_threshold(IMPORTING, *others)
    try:
        yield
    finally:
        if gc.get_threshold() == (IMPORTING, *others):
            gc.set_threshold(threshold, *others)


def _searched(phase: str, info: dict[str, int]) -> None:
    """Python has looked: see whether to look later, or to put back what was."""
    if phase == "start":
        return
    threshold, *others = gc.get_threshold()
    count = sum(count() for count in waiting)
    if count > LONG and threshold in (*DEFAULTS, SELDOM, _State.far):
        if not _State.far:
            _State.outside = threshold
        _State.far = EACH * count
        gc.set_threshold(_State.far, *others)
    elif _State.before:
        _State.idle += 1
        if _State.idle > PATIENCE:
            if threshold == SELDOM:
                gc.set_threshold(_State.before, *others)
            _State.before = 0


def recording_ended() -> None:
    """A recording has ended, perhaps the one in which Python looks less often."""
    threshold, *others = gc.get_threshold()
    if threshold == _State.far:
        gc.set_threshold(_State.outside, *others)
    _State.far = 0


state = _State
