"""Python's search for garbage, while a program takes paths that are new.

Each operation of a new path leaves a dozen objects that stay, and after each 700 new ones Python
looks at all of them again. :func:`seldom` has it look after 5,000, as often per operation as in a
program that makes one or two, until searches find that no path was new since the last ones.
"""

from __future__ import annotations

import gc

SELDOM = 5_000
PATIENCE = 2
"""After so many searches with nothing new, it looks as often as before."""


DEFAULTS = (700, 2000)
"""How often CPython looks where nobody has said it."""


class _State:
    before = 0
    """How often it looked; 0 while that was not changed."""
    idle = 0
    """How many searches have found nothing new."""
    listening = False


def seldom() -> None:
    """Have Python look for garbage less often for a while, unless the user has said how often."""
    _State.idle = 0
    if _State.before:
        return
    threshold, *others = gc.get_threshold()
    if threshold in DEFAULTS:
        _State.before = threshold
        gc.set_threshold(SELDOM, *others)
        if not _State.listening:
            _State.listening = True
            gc.callbacks.append(_searched)


def _searched(phase: str, info: dict[str, int]) -> None:
    """Python has looked: see whether to put back what was."""
    if phase == "start" or not _State.before:
        return
    _State.idle += 1
    if _State.idle > PATIENCE:
        threshold, *others = gc.get_threshold()
        if threshold == SELDOM:
            gc.set_threshold(_State.before, *others)
        _State.before = 0
