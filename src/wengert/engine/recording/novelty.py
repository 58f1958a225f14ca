"""Whether recording what a thread does comes to nothing, again and again: then it does without.

Two things tell it, where no gradient flows (and where one does, the first of them for what it does
not reach). Long recordings of which most steps are new, one after
the other: what is noted of such a path is never used. Recordings of few operations, or of many
that a compiler cannot do much for, since a value is asked for soon: to record them, and to end
that, takes longer than they do (``worth.py``); those that are new are of this kind. Then so many
operations are allowed to be computed as they are called (``at_once.py``); after them something is
recorded again, so that a program which does the same again from some step on is known soon. What is
allowed grows as long as that finds nothing else.

All is counted, nothing timed: two runs of a program do the same.
"""

from __future__ import annotations

from ...config import config
from ..devices import computing
from .modes import NEW, Modes
from .tree import Step

LONG, SHORT = 32, 16
"""A recording of so many steps tells whether paths are new; of so many, where a gradient flows."""
MANY = 64
"""A recording of so many steps may be light: computing each of its calls at once takes no longer.
"""
LIGHT = 16
"""So many more of them have to be light than heavy."""
AT_FIRST = 6
"""A short one that is new counts as so many: it is walked, whatever it holds."""
MORE = 3
"""One that is heavy counts against so many of them."""
ON_ITS_WAY = 6
"""A backward that goes on has been allowed so many operations already."""
ON_THE_WAY = 64
"""So many operations of a hook, or of a custom function's backward, go without being recorded."""
FIRST, TIMES = 8, 4
"""So many times as many operations go without as were recorded; each time as many more, up to so
many times that."""
IN_VAIN = 16
"""So many more have to be new where fewer operations went without than were recorded: what comes
first is none of those that can, and all the others wait for it."""
FLOWING, BESIDE = 10, 4
"""So many recordings have to be new in which a gradient flows, and of their operations so many have
to be such that it does not reach: those are left out then."""
DOUBLED, SOME = 9, 5
"""After light ones it is twice as many each time, so many times; where a heavy one comes between,
only some times."""


def ended_new(modes: Modes, at: Step, new: int) -> None:
    """A recording has ended at ``at`` that no recording before it has come to; so many of its steps
    are ``new``. No gradient flows in it."""
    if at.nodes < LONG:
        return
    if 4 * new < 3 * at.nodes:
        modes.novel = 0
        return
    if modes.at_once and modes.allowed - modes.at_once < at.nodes:
        modes.novel, modes.at_once = -IN_VAIN, 0
        return
    modes.allowed = modes.at_once
    modes.novel += 1
    if modes.novel >= NEW:
        modes.novel = min(modes.novel, NEW + TIMES)
        allow(modes, at.nodes * FIRST * (1 + modes.novel - NEW))


def ended_flowing(modes: Modes, at: Step, new: int) -> None:
    """The same of a recording in which a gradient may flow."""
    if at.nodes < SHORT:
        return
    if modes.allowed and not modes.at_once:   # of this one a part may have been left out
        modes.allowed = 0
        return
    if 4 * new < 3 * at.nodes:
        if not modes.at_once:
            modes.flowing = 0
        return
    beside, flows = beside_gradients(at)
    if not flows:
        ended_new(modes, at, new)
    elif modes.at_once:
        return
    elif beside < BESIDE:
        modes.flowing = 0
    else:
        modes.flowing = min(modes.flowing + 1, FLOWING + TIMES)
        if modes.flowing >= FLOWING:
            allow(modes, at.nodes * FIRST << (modes.flowing - FLOWING))


def beside_gradients(at: Step) -> tuple[int, bool]:
    """The operations of a recording that no gradient reaches, and whether one reaches any."""
    found, flows = 0, False
    step: Step | None = at
    while step is not None and step.parent is not None:
        if step.operands:
            if step.template.flows:
                flows = True
            else:
                found += 1
        step = step.parent
    return found, flows


def ended_known(modes: Modes, at: Step, flows: bool) -> None:
    """A recording has ended that came before; a gradient ``flows`` in it, or not."""
    if at.nodes < LONG:
        return
    modes.novel = 0
    if modes.flowing < FLOWING or (flows and not modes.at_once):
        modes.at_once = 0
        if flows and modes.allowed:
            modes.allowed = 0
        elif flows:
            modes.flowing = 0


def ended_light(modes: Modes, new: bool) -> None:
    """A light recording has ended, or a short one that is ``new``."""
    modes.light += AT_FIRST if new else 1
    if modes.light >= LIGHT:
        modes.light = min(modes.light, LIGHT + DOUBLED)
        allow(modes, LONG << (modes.light - LIGHT))


def ended_heavy(modes: Modes, flows: bool) -> None:
    """A recording has ended that is not light, and long or known: it is compiled, or to be; or one
    in which a gradient ``flows``."""
    modes.light = 0 if flows else max(0, min(modes.light, LIGHT + SOME) - MORE)


def on_the_way(modes: Modes) -> None:
    """The user's Python is about to run in a backward that is walked, which needs what it gives at
    once."""
    if not modes.grad and modes.at_once < ON_ITS_WAY:
        allow(modes, ON_THE_WAY)


def allow(modes: Modes, count: int) -> None:
    """Have so many operations be computed as they are called, if nothing looks at what is recorded.
    """
    if (config.tier == "auto" and config.compile_after is None and not config.one_tier
            and not config.lines_in_steps and not computing() and modes.scopes is None
            and modes.open is None and modes.lanes is None and not modes.held
            and not modes.whole and not modes.observers and modes.anomaly is None):
        modes.at_once = modes.allowed = count
