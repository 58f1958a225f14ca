"""The optimal schedule of checkpoints for reversing a sequence of steps (Griewank, 1992; Griewank
and Walther, 2000: ``revolve``).

With ``c`` places for states, one of which has the first, a sequence of ``C(c + r, r)`` steps is
reversed such that none is run more than ``r`` times before it is reversed.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from math import comb
from typing import Any


def repetitions(length: int, places: int) -> int:
    """How often a step is run at most."""
    r, c = 0, places + 1
    while comb(c + r, r) < length:
        r += 1
    return r


@lru_cache(4096)
def first_stop(length: int, places: int) -> int:
    """After how many steps of ``length`` (2 or more) the next state is kept, if there are
    ``places`` beside the first."""
    r, c = repetitions(length, places), places + 1
    stop = min(comb(c + r - 1, r - 1), length - comb(c + r - 2, r - 1))
    return max(1, stop, length - comb(c + r - 1, r))


def advances(length: int, places: int) -> int:
    """How many steps are run to reverse ``length``, beside the runs that record each once."""
    if length < 2:
        return 0
    r = repetitions(length, places)
    return r * length - comb(places + 1 + r, r - 1)


def spine(length: int, places: int) -> list[int]:
    """After how many steps the states are kept on the first way through all steps."""
    found, at = [], 0
    while length - at > 1 and places:
        at += first_stop(length - at, places)
        found.append(at)
        places -= 1
    return found


def reverse(length: int, places: int, kept: dict[int, Any], advance: Callable[[Any, int, int], Any],
            pull: Callable[[Any, int], None]) -> None:
    """Reverse ``length`` steps. ``kept`` has the states of the first way, that at 0 included;
    ``advance(state, a, b)`` runs steps, ``pull(state, k)`` reverses step ``k`` from the state
    before it."""
    todo = [(0, length, places)]
    while todo:
        a, b, free = todo.pop()
        if b - a == 1:
            pull(kept[a], a)
            if a:
                del kept[a]
            continue
        if not free:
            for k in range(b - 1, a - 1, -1):
                pull(advance(kept[a], a, k), k)
            if a:
                del kept[a]
            continue
        m = a + first_stop(b - a, free)
        if m not in kept:
            kept[m] = advance(kept[a], a, m)
        todo += [(a, m, free), (m, b, free - 1)]


__all__ = ["advances", "first_stop", "repetitions", "reverse", "spine"]
