"""A row of the table: the peers' processes run in turns, and their steps are compared."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from ..peers import Worker
from ..subjects import settings
from .measuring import COUNTS

AGREEMENT = 1e-4
"""What steps return may differ by this much, relative to the larger."""

COMPARED = ("wengert", "torch")
"""A row goes as far as both of these get."""

Answer = dict[str, Any]


@dataclass
class Row:
    """What was found of a program. ``ratios`` are those of the first steps, by their number;
    ``after`` is that of a step that follows."""

    title: str
    steps: int = 0
    ratios: dict[int, float] = field(default_factory=dict)
    after: float = 0.0
    ms: dict[str, tuple[float, float]] = field(default_factory=dict)
    """By peer: those of the first step, and of one that follows."""
    compiling: float = 0.0
    others: dict[str, dict[int, float]] = field(default_factory=dict)
    """By a further peer: its ratios of the first steps."""
    imports: dict[str, list[float]] = field(default_factory=dict)
    seconds: float = 0.0
    error: str = ""

    def cells(self) -> list[str]:
        """What the table shows."""
        if self.error:
            return [self.title, *["error"] * (len(COUNTS) + 1), *["-"] * 6]
        times = [f"{ms:.2f}" for k in range(2) for ms in (
            self.ms["wengert"][k], self.ms.get("torch", (0.0, 0.0))[k])]
        return [self.title, *at_counts(self.ratios, self.steps), f"{self.after:.2f}",
                str(self.steps), *times, f"{self.compiling:.2f}"]


def at_counts(ratios: dict[int, float], steps: int) -> list[str]:
    """The cells of the counts; that of the first which was not reached says how far it went."""
    last = min((count for count in COUNTS if count >= steps), default=0)
    return [f"{ratios[count]:.2f}" if count in ratios else
            f"{ratios[steps]:.2f} at {steps}" if count == last and steps in ratios else "-"
            for count in COUNTS]


@dataclass
class Found:
    """What a peer's process has answered: the times of its first steps, of those after them, what
    they returned; the milliseconds of compiling, and of all, on the clock."""

    first: list[float] = field(default_factory=list)
    after: list[float] = field(default_factory=list)
    numbers: list[list[float]] = field(default_factory=list)
    compiling: float = 0.0
    waited: float = 0.0
    error: str = ""

    def add(self, answer: Answer, to: list[float]) -> None:
        if "error" in answer:
            self.error = answer["error"]
            return
        to += answer["ms"]
        self.numbers += answer["numbers"]
        self.compiling += answer["compiling"]
        self.waited += answer["waited"]


def measured(name: str, title: str, peers: Sequence[str], seconds: int, repeats: int) -> Row:
    """The row of a program, from new processes for each repeat."""
    begin = time.perf_counter()
    row = Row(title, imports={peer: [] for peer in peers})
    turns = []
    for _ in range(repeats):
        found = in_turns(name, peers, seconds, row)
        row.error = row.error or next((f"{peer}: {each.error}" for peer, each in found.items()
                                       if each.error), "") or differing(found)
        turns.append(found)
        if row.error:
            break
    if not row.error:
        fill(row, turns)
    row.seconds = time.perf_counter() - begin
    return row


def in_turns(name: str, peers: Sequence[str], seconds: int, row: Row) -> dict[str, Found]:
    """What the peers answer, each in a process of its own with caches that are empty."""
    found = {peer: Found() for peer in peers}
    with tempfile.TemporaryDirectory() as folder:
        workers: dict[str, Worker] = {}
        try:
            for peer in peers:
                workers[peer] = Worker(f"first_steps.{name}", peer, seconds,
                                       settings={**settings(1), "WENGERT_CACHE_DIR": folder})
                row.imports[peer].append(workers[peer].ask("imports")["ms"])
            for count in COUNTS:
                for peer, worker in workers.items():
                    if not any(each.error for each in found.values()):
                        found[peer].add(worker.ask(str(count)), found[peer].first)
                if any(len(found[peer].first) < count for peer in found if peer in COMPARED):
                    break   # one of the two has no time left
            for peer, worker in workers.items():
                if not found[peer].error:
                    found[peer].add(worker.ask("after"), found[peer].after)
        finally:
            for worker in workers.values():
                worker.close()
    return found


def differing(found: dict[str, Found]) -> str:
    """Where the peers' steps returned other numbers; nothing if they do not."""
    if "torch" not in found:
        return ""
    for peer in found:
        pairs = zip(found[peer].numbers, found["torch"].numbers, strict=False)
        for k, (ours, theirs) in enumerate(pairs):
            for a, b in zip(ours, theirs, strict=True):
                if not abs(a - b) <= AGREEMENT * max(abs(a), abs(b), 1e-3):
                    return f"step {k} of {peer} computes {a:.7g}, torch {b:.7g}"
    return ""


def fill(row: Row, turns: Sequence[dict[str, Found]]) -> None:
    """Put the medians of what was found into a row."""
    ours = [found["wengert"] for found in turns]
    theirs = [found["torch"] for found in turns if "torch" in found]
    row.steps = min(len(each.first) for each in (*ours, *theirs))
    row.compiling = statistics.median(each.compiling / each.waited for each in ours)
    for peer, of_all in (("wengert", ours), ("torch", theirs)):
        if of_all:
            row.ms[peer] = (statistics.median(each.first[0] for each in of_all),
                            statistics.median(following(each) for each in of_all))
    if theirs:
        row.ratios = beside(ours, theirs, row.steps)
        for peer in turns[0].keys() - set(COMPARED):
            row.others[peer] = beside([found[peer] for found in turns], theirs, row.steps)
        row.after = row.ms["wengert"][1] / row.ms["torch"][1]


def beside(of_all: Sequence[Found], theirs: Sequence[Found], steps: int) -> dict[int, float]:
    """The ratios of the first steps, as far as they go."""
    last = min(steps, *(len(each.first) for each in of_all))
    return {count: together(of_all, count) / together(theirs, count)
            for count in sorted({*(c for c in COUNTS if c <= last), last}) if count}


def together(of_all: Sequence[Found], count: int) -> float:
    """The time of so many first steps."""
    return statistics.median(sum(each.first[:count]) for each in of_all)


def following(found: Found) -> float:
    """The time of a step that follows; of the last that there was time for, if none did."""
    return statistics.median(found.after or found.first[len(found.first) // 2:])
