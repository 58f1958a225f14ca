"""Does a loop that Python writes out run like ``lax.scan``?

The LSTM of ``first_steps``, of plain operations, two layers of 14 units, value and gradient: as it
is in Wengert and in PyTorch, under ``wengert.compile``, and as a ``lax.scan`` under ``jax.jit``.
Each step has new data. Then 1,000 steps followed by 1,024: what the other length compiles, and its
first step.

Each has a process of its own on one thread, and they are asked in turn; what they compute is
compared. Times are the processor's.
"""

from __future__ import annotations

import importlib
import math
import statistics
import tempfile
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from .first_steps.others import OTHERS, Peer
from .first_steps.sequences import LSTM_UNITS, lstm_loss
from .peers import Answers, Case, Numbers, Worker, column, installed, load
from .report import absent, bound, heading, ratio, table
from .subjects import SUBJECTS, settings

LENGTHS = 128, 1024
BEFORE, AFTER = 1000, 1024
COLUMNS = "wengert", "wengert.compile", "torch", "jax.jit"
FASTER, LIKE_SCAN = 8, 1.5
"""The bounds: how much faster than PyTorch a loop is as it is, and its ratio to ``lax.scan`` under
``wengert.compile``."""
AGREEMENT = 1e-3
Call = Callable[[], list[float]]


def run(quick: bool = False) -> None:
    """Print the table and the bounds."""
    peers, missing = installed([SUBJECTS[column] for column in COLUMNS])
    columns = [name for name in COLUMNS if SUBJECTS[name] in peers]
    lengths = (20,) if quick else LENGTHS
    heading("loops: an LSTM written out, value and gradient, ms a step")
    rows, found = [], {}
    for steps in lengths:
        found[steps] = times(columns, steps, 2 if quick else 15)
        base = found[steps].get("torch", ([0.0], []))[1]
        rows += [[f"{steps:,} steps: {name}", f"{first[0]:.1f}",
                  f"{statistics.median(later):.2f}", ratio(later, base)]
                 for name, (first, later) in found[steps].items()]
    table(["", "first", "later", "to torch"], rows)
    before, after = (12, 15) if quick else (BEFORE, AFTER)
    other = {name: lengths_in_turn(name, before, after)
             for name in columns if name in ("wengert", "torch")}
    print()
    table(["", "first, ms", "kernels compiled"], [
        [f"{after:,} steps after {before:,}: {name}", f"{each['ms']:.1f}",
         f"{each['compiled']:.0f}" if name == "wengert" else "-"]
        for name, each in other.items()])
    absent(sorted({*missing}))
    later = {name: statistics.median(each[1]) for name, each in found[lengths[-1]].items()}
    bound(f"{lengths[-1]:,} steps, to torch's", later["wengert"] / later.get("torch", math.nan),
          1 / FASTER if "torch" in later else None)
    bound(f"{lengths[-1]:,} steps, wengert.compile to jax.jit(lax.scan)",
          later["wengert.compile"] / later.get("jax.jit", math.nan),
          LIKE_SCAN if "jax.jit" in later else None)
    bound("kernels compiled for another length", other["wengert"]["compiled"], 0)
    bound("the first step of another length, to torch's",
          other["wengert"]["ms"] / other["torch"]["ms"] if "torch" in other else math.nan,
          1.0 if "torch" in other else None)


def times(columns: list[str], steps: int, count: int) -> dict[str, tuple[list[float], list[float]]]:
    """By column, the milliseconds of the first step and of later ones."""
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        workers: dict[str, Worker] = {}
        try:
            for name in columns:
                workers[name] = Worker("loops.lstm", name, steps,
                                       settings={**settings(1), "WENGERT_CACHE_DIR": folder})
            first = {name: [worker.ask("step")] for name, worker in workers.items()}
            for worker in workers.values():
                worker.ask("warm")
            later: dict[str, list[Numbers]] = {name: [] for name in workers}
            for _ in range(count):
                for name, worker in workers.items():
                    later[name].append(worker.ask("step"))
            agree(first, later)
            found = {name: (column(first[name], "ms"), column(later[name], "ms"))
                     for name in workers}
        finally:
            for worker in workers.values():
                worker.close()
    return found


def agree(*answers: dict[str, list[Numbers]]) -> None:
    """RuntimeError unless all computed the same."""
    for by_name in answers:
        for numbers in zip(*by_name.values(), strict=True):
            if not all(math.isclose(numbers[0]["total"], each["total"], rel_tol=AGREEMENT,
                                    abs_tol=AGREEMENT) for each in numbers):
                raise RuntimeError(f"the results add up to {[each['total'] for each in numbers]}")


def lengths_in_turn(name: str, before: int, after: int) -> Numbers:
    """What the first step of a length takes and compiles after some of another."""
    with tempfile.TemporaryDirectory() as folder:
        worker = Worker("loops.lstm", name, before,
                        settings={**settings(1), "WENGERT_CACHE_DIR": folder})
        try:
            for _ in range(3):
                worker.ask("warm")
            compiled = worker.ask("compiled")["count"]
            found = worker.ask(f"step of {after}")
            return {**found, "compiled": worker.ask("compiled")["count"] - compiled}
        finally:
            worker.close()


# ---- the case: the same text for Wengert and PyTorch, and the program of first_steps for JAX ----


def lstm(name: str, steps: int) -> Answers:
    """A column's LSTM of so many steps."""
    if name == "jax.jit":
        gradient: Any = OTHERS["lstm-1024"](Peer("jax"))
    else:
        torch = load(SUBJECTS[name])
        main, extra, loss = lstm_loss(torch)

        def both(sequence: Any) -> Any:
            value = loss(sequence)
            return value, *torch.autograd.grad(value, (main, extra))
        run = torch.compile(both) if name == "wengert.compile" else both

        def gradient(sequence: Any) -> Any:
            return run(torch.tensor(sequence))
    random = np.random.RandomState(0)

    def step(steps: int = steps) -> Numbers:
        data = (random.uniform(0, 1, (steps + 1, LSTM_UNITS)) < 0.2).astype(np.float32)
        begin = time.process_time()
        results = [np.asarray(each.detach() if hasattr(each, "detach") else each)
                   for each in gradient(data)]
        return {"ms": (time.process_time() - begin) * 1e3,
                "total": float(results[0]) + sum(float(np.abs(x).sum()) for x in results[1:])}

    def warm() -> Numbers:
        for _ in range(5):
            step()
        return {}

    def compiled() -> Numbers:
        if SUBJECTS[name] != "wengert":
            return {"count": 0}
        counters = importlib.import_module("wengert.engine.backends.cpu.compiler").counters
        return {"count": counters["compiled"]}
    return {"step": step, "warm": warm, "compiled": compiled,
            **{f"step of {n}": lambda n=n: step(n) for n in (AFTER, 15)}}


CASES: dict[str, Case] = {"lstm": lstm}
