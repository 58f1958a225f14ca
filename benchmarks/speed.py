"""How fast are steps, beside what else there is? Wengert, alone and under ``wengert.compile``,
PyTorch, ``torch.compile``, JAX, HIPS autograd, and NumPy with its gradient by hand.

The steps are the ``TASKS`` of ``tasks.py``. Each peer has a process of its own for all of them,
and the rounds of a task go around the peers: A B C A B C. A cell is the median in µs, and after ×
its ratio to Wengert's. First on one thread (and one core, where the system lets a process choose),
then on all. Numbers that the peers do not agree on are named under the table.

Two limits stand beside the largest size of ``tanh·exp+sin``. *Copy*: the time in which
``np.copyto`` between two large buffers moves as many bytes as the step must, its input read and
its gradient written. *Vector math*: the time of its four functions, tanh, exp, sin and cos, each
the quicker of NumPy's loop and one that calls glibc's libmvec, over a block that stays in cache
(so a kernel with better functions may be beyond it). The *fraction* is the larger of the two
limits over the time of the step.

Then what compiling costs (``first.py``): the time to a first result, what a new batch size
compiles, and a loop that is longer at every step. The bounds stand at the end.
"""

from __future__ import annotations

import math
import os
import statistics
import time
from collections.abc import Sequence
from typing import Any

import numpy as np

from . import first
from .limits import copy_seconds, math_seconds
from .peers import Answers, Worker, installed
from .report import Bound, absent, bound, heading, table
from .subjects import SUBJECTS, settings, torch_of
from .tasks import TASKS, Program, Task

ROUND = 0.03
"""Seconds that a round takes at least."""

WARM = 0.5
"""Seconds of steps before the first round: some peers compile what has cost enough."""

TOLERANCE = 1e-3
"""Relative difference of two peers' numbers that is named."""

LARGEST = "smooth7"
"""The task that is held against the limits of the machine."""

MOVED = 2 * 4
"""Bytes that it must move per number: float32, the input read, the gradient written."""

EVERY = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1

Medians = dict[tuple[str, str], float]
"""Median in µs of (task, subject)."""

LIMITS: list[tuple[str, str, str, float]] = [
    ("polynomial", "wengert", "torch", 1 / 5),
    ("polynomial", "wengert", "jax.jit", 1),
    *[(size, subject, peer, limit)
      for size, subject in (("smooth3", "wengert.compile"), ("smooth5", "wengert"),
                            ("smooth7", "wengert"))
      for peer, limit in (("torch", 1 / 5), ("jax.jit", 1 / 2))],
    ("smooth3", "wengert", "torch", 1 / 5),
    ("perceptron", "wengert", "torch", 1 / 1.5),
    ("perceptron", "wengert", "NumPy", 1),
    ("entropy", "wengert", "torch", 1 / 2),
    ("entropy", "wengert", "jax.jit", 1),
    ("norm", "wengert", "torch", 1 / 2),
    ("norm", "wengert", "jax.jit", 1),
]
"""A task, and how much of the second subject's time the first may take."""

ABSOLUTE = [("polynomial", "wengert.compile", 5.0), ("chain", "wengert", 1.2)]
"""A task, and how many µs a subject may take."""


def run(quick: bool = False, only: Sequence[str] = (), without: Sequence[str] = ()) -> None:
    """Print the tables: tasks whose names begin with one of ``only``, subjects not ``without``."""
    chosen = [name for name in TASKS if not only or name.startswith(tuple(only))]
    skipped = {*without, *(["torch.compile"] if quick else [])}
    present, missing = installed(sorted(set(SUBJECTS.values())))
    subjects = [subject for subject, package in SUBJECTS.items()
                if package in present and subject not in skipped]
    bounds: list[Bound] = []
    for threads in sorted({1, 1 if quick else EVERY}) if chosen else ():
        bounds += section(chosen, subjects, threads, quick)
    if not only or "first".startswith(tuple(only)):
        bounds += first.run(subjects, quick)
    absent(missing)
    print()
    for each in bounds:
        bound(*each)


def section(chosen: Sequence[str], subjects: Sequence[str], threads: int,
            quick: bool) -> list[Bound]:
    """Print one table; what it gives to hold against the bounds."""
    named = "one thread" if threads == 1 else f"{threads} threads"
    heading(f"speed: {named}, µs per step, median (ratio to wengert)")
    medians, notes = measured(chosen, subjects, threads, quick)
    rows = []
    for name in chosen:
        base = medians.get((name, "wengert"), math.nan)
        rows.append([TASKS[name].title, *(cell(medians.get((name, subject)), base, subject)
                                          for subject in subjects)])
    table(["", *subjects], rows)
    for note in notes:
        print(note)
    found = bounds_of(medians, chosen, named)
    if LARGEST in chosen:
        show_limits(medians, TASKS[LARGEST].quick if quick else TASKS[LARGEST].size)
        slower = medians[LARGEST, "wengert"] / limit_of(medians)
        found.append((f"{named}: {LARGEST}: wengert, to the limit", slower, 1 / 0.7, ""))
    return found


def cell(value: float | None, base: float, subject: str) -> str:
    if value is None:
        return "-"
    text = f"{value:.3g}" if value < 100 else f"{value:.0f}"
    return text if subject == "wengert" or math.isnan(base) else f"{text} ×{value / base:.2f}"


def bounds_of(medians: Medians, chosen: Sequence[str], named: str) -> list[Bound]:
    found: list[Bound] = []
    for name, subject, peer, limit in LIMITS:
        ours, theirs = medians.get((name, subject)), medians.get((name, peer))
        if name in chosen and ours is not None:
            found.append((f"{named}: {name}: {subject}, to {peer}",
                          ours / theirs if theirs else math.nan, limit if theirs else None, ""))
    for name, subject, limit in ABSOLUTE:
        if (name, subject) in medians:
            found.append((f"{named}: {name}: {subject}", medians[name, subject], limit, "µs"))
    return found


# ---- the rounds ----


def measured(chosen: Sequence[str], subjects: Sequence[str], threads: int,
             quick: bool) -> tuple[Medians, list[str]]:
    """The medians, and notes on who failed and whose numbers differ."""
    workers = {subject: Worker("speed.quick" if quick else "speed.steps", subject, threads,
                               settings=settings(threads)) for subject in subjects}
    medians: Medians = {}
    notes: list[str] = []
    try:
        for name in chosen:
            ready = {}
            for subject, worker in workers.items():
                answer: dict[str, Any] = worker.ask(f"start {name}")
                if "error" in answer:
                    notes.append(f"{name}: {subject} failed: {answer['error']}")
                else:
                    ready[subject] = answer["numbers"]
            times: dict[str, list[float]] = {subject: [] for subject in ready}
            for _ in range(2 if quick else TASKS[name].rounds):
                for subject in ready:
                    times[subject].append(workers[subject].ask(f"time {name}")["µs"])
                if name == LARGEST:
                    size = TASKS[name].quick if quick else TASKS[name].size
                    for limit, seconds in (("copy", copy_seconds), ("vector math", math_seconds)):
                        times.setdefault(limit, []).append(seconds(size, threads) * 1e6)
            for subject in ready:
                workers[subject].ask(f"end {name}")
            medians |= {(name, subject): statistics.median(each)
                        for subject, each in times.items()}
            notes += differences(name, ready)
    finally:
        for worker in workers.values():
            worker.close()
    return medians, notes


def differences(name: str, numbers: dict[str, list[float]]) -> list[str]:
    """Who disagrees with the last of the peers (NumPy, when it is there) on the numbers."""
    if not numbers:
        return []
    judge, reference = list(numbers.items())[-1]
    return [f"{name}: {subject} computes {found}, {judge} {reference}"
            for subject, found in numbers.items()
            if len(found) != len(reference) or any(
                not math.isclose(a, b, rel_tol=TOLERANCE, abs_tol=TOLERANCE)
                for a, b in zip(found, reference, strict=True))]


# ---- in the worker ----


def setup(subject: str, threads: int, quick: bool) -> Answers:
    if threads == 1 and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    programs: dict[str, tuple[Program, int]] = {}

    def start(name: str) -> dict[str, Any]:
        try:
            task = TASKS[name]
            program = program_of(task, subject, task.quick if quick else task.size, threads)
            numbers = [norm(each) for each in program(3)]
            if not quick:
                warm_up(program)
            programs[name] = program, repeats(program, 0.0 if quick else ROUND)
        except Exception as error:
            return {"error": f"{type(error).__name__}: {str(error).strip().partition(chr(10))[0]}"}
        return {"numbers": numbers}

    def measure(name: str) -> dict[str, float]:
        program, count = programs[name]
        begin = time.perf_counter()
        program(count)
        return {"µs": (time.perf_counter() - begin) / count / TASKS[name].per * 1e6}

    def end(name: str) -> dict[str, float]:
        del programs[name]
        return {}

    questions = {"start": start, "time": measure, "end": end}
    return {f"{question} {name}": lambda ask=ask, name=name: ask(name)
            for question, ask in questions.items() for name in TASKS}


def program_of(task: Task, subject: str, size: int, threads: int) -> Program:
    makers = {"jax.jit": task.jax, "HIPS autograd": task.autograd, "NumPy": task.numpy}
    if subject in makers:
        return makers[subject](size)
    return task.torch(torch_of(subject, threads), size)


def norm(array: Any) -> float:
    """A number that tells arrays apart: the root of the sum of squares, in float64. A tensor's is
    computed by its library, so that no memory of it is shared with NumPy afterwards."""
    if hasattr(array, "double"):
        return math.sqrt(array.double().square().sum().item())
    return float(np.sqrt(np.sum(np.square(np.asarray(array, np.float64)))))


def warm_up(program: Program) -> None:
    """Run for as long as is needed until what is compiled is compiled."""
    end = time.perf_counter() + WARM
    while time.perf_counter() < end:
        program(1)


def repeats(program: Program, seconds: float) -> int:
    """How many steps a round of so many seconds has; the program is warm afterwards. They take that
    long twice: the first time, something may have been compiled."""
    def took(count: int) -> float:
        begin = time.perf_counter()
        program(count)
        return time.perf_counter() - begin
    count = 1
    while min(took(count), took(count)) < seconds:
        count *= 2
    return count


# ---- the limits of the largest size ----


def limit_of(medians: Medians) -> float:
    """The larger of the two, in µs."""
    return max(medians[LARGEST, "copy"], medians[LARGEST, "vector math"])


def show_limits(medians: Medians, size: int) -> None:
    """Print the copy bandwidth, both limits, and the fraction that each subject reaches."""
    copy = medians[LARGEST, "copy"]
    print(f"copy bandwidth: {MOVED * size / copy / 1e3:.1f} GB/s, read and written together")
    print(f"limits of {TASKS[LARGEST].title}: copy {copy:.0f} µs, "
          f"vector math {medians[LARGEST, 'vector math']:.0f} µs")
    print("fraction of the larger limit: " + ", ".join(
        f"{subject} {limit_of(medians) / value:.2f}" for (name, subject), value in medians.items()
        if name == LARGEST and subject in SUBJECTS))


CASES = {"steps": lambda subject, threads: setup(subject, threads, quick=False),
         "quick": lambda subject, threads: setup(subject, threads, quick=True)}
