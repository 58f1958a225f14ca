"""Who waits for the gradients of a backward, all of them: :func:`wait_for_backward`.

He is told once, when they have arrived and before the training step ends, so that what he makes of
them is part of the same program.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol
from weakref import ref

from ..engine.recording.handle import Handle
from ..engine.recording.recording import here


class Awaiting(Protocol):
    """Who is told which leaves a backward has reached."""

    def reached(self, leaves: Iterable[Handle]) -> None:
        """The gradients of ``leaves`` are there; what is recorded now goes without gradients."""


def wait_for_backward(who: Awaiting) -> None:
    """Tell ``who`` of each ``backward()`` of this thread until :func:`wait_no_more`."""
    modes = here.modes
    if all(each() is not who for each in modes.awaiting):
        modes.awaiting = (*modes.awaiting, ref(who))


def wait_no_more(who: Awaiting) -> None:
    """Tell ``who`` of no other backward."""
    modes = here.modes
    modes.awaiting = tuple([each for each in modes.awaiting
                            if (kept := each()) is not None and kept is not who])


__all__ = ["Awaiting", "wait_for_backward", "wait_no_more"]
