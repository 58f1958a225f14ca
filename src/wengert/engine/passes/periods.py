"""Where a sequence repeats itself: :func:`periodic` finds the runs of equal stretches.

The sequence is an array of small integers, a number for each kind of thing. It is looked at as a
whole, by NumPy: the distances at which windows come again are the periods to try.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

WINDOW = 6
MOST_PERIODS = 16
LEAST_TURNS = 4
LEAST_SAVED = 128
"""A sequence with no run that spares so many nodes has no loops: what is written out shares loops
over elements."""
FEWER = 48
"""So many are enough where another run spares more."""
CLOSE = 0.9
"""A shorter period is taken, if its run is so much as long."""


class Run(NamedTuple):
    """From ``start`` to ``stop``, each thing is equal to that ``period`` before."""

    start: int
    stop: int
    period: int

    @property
    def length(self) -> int:
        return self.stop - self.start

    def is_long(self, least: int = FEWER) -> bool:
        """Whether a loop would spare enough."""
        turns = self.length // self.period
        return turns >= LEAST_TURNS and (turns - 1) * self.period >= least


def periodic(kinds: Any) -> list[Run]:
    """Runs that do not overlap, in their order: the longest ones, each with its shortest period."""
    runs = [run for period in periods(kinds) for run in runs_of(kinds, period)]
    if not any(run.is_long(LEAST_SAVED) for run in runs):
        return []
    found: list[Run] = []
    while runs:
        longest = max(runs, key=lambda run: run.length)
        near = [run for run in runs if overlap(run, longest) >= CLOSE * longest.length]
        best = min(near, key=lambda run: run.period)
        found.append(best)
        runs = [part for run in runs for part in without(run, best)]
    return sorted(found)


def periods(kinds: Any) -> list[int]:
    """The distances at which most windows come again."""
    n = len(kinds) - WINDOW + 1
    if n < LEAST_SAVED:
        return []
    marks = np.zeros(n, np.uint64)
    for k in range(WINDOW):
        marks = marks * np.uint64(0x9E3779B97F4A7C15) + kinds[k:k + n].astype(np.uint64)
        marks ^= marks >> np.uint64(29)
    order = np.argsort(marks, kind="stable")
    again = marks[order[1:]] == marks[order[:-1]]
    distances = (order[1:] - order[:-1])[again]
    if len(distances) < FEWER:
        return []
    counts = np.bincount(distances)
    best = np.argsort(counts, kind="stable")[::-1][:MOST_PERIODS]
    return [int(p) for p in best if counts[p] > LEAST_TURNS]


def runs_of(kinds: Any, period: int) -> list[Run]:
    """The runs with this period that are long enough."""
    equal = np.concatenate([[False], kinds[:-period] == kinds[period:], [False]])
    edges = np.flatnonzero(equal[1:] != equal[:-1]).reshape(-1, 2)
    long = edges[edges[:, 1] - edges[:, 0] + period >= FEWER]
    runs = [Run(a, b + period, period) for a, b in long.tolist()]
    return [run for run in runs if run.is_long()]


def overlap(a: Run, b: Run) -> int:
    return min(a.stop, b.stop) - max(a.start, b.start)


def without(run: Run, taken: Run) -> list[Run]:
    """What is left of ``run`` before and after ``taken``, where it is long enough."""
    if overlap(run, taken) <= 0:
        return [run]
    parts = Run(run.start, taken.start, run.period), Run(taken.stop, run.stop, run.period)
    return [part for part in parts if part.is_long()]
