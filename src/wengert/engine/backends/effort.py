"""How much compiling has done: counted, never timed, so that what is decided by it is the same in
each run of a program."""

from __future__ import annotations

import threading

PROGRAM, NODE, PLANNED = 2_000, 7, 40
"""What is taken, in microseconds, for a program, for each of its nodes, in which loops are looked
for, and for each that a kernel is planned of."""
LETTER, QUICKLY, STRAIGHT = 0.9, 0.4, 0.2
"""For a letter of the text of a kernel; of one that is not optimised; of one that has no loop,
either."""


NOT, AT_ONCE, THIS = range(3)
"""Whether compiled code was asked for: then it is optimised at once; and where it is the first of a
function, for the numbers of turns that its loops have."""


class Thorough(threading.local):
    """What this thread has ``asked`` for."""

    asked = NOT


thorough = Thorough()

done = {"work": 0}
"""The microseconds of all compiling in this process, as they are estimated."""


def add(microseconds: float) -> None:
    """Count more of it."""
    done["work"] += int(microseconds)
