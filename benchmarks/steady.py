"""Does a long training run grow? 100,000 steps of the polynomial program.

The resident size and the number of steps in Wengert's trace tree are read after the first 1,000
training steps and at the end.
"""

from __future__ import annotations

import gc
import os
import tempfile
import time
from pathlib import Path

from .memory import peak
from .peers import Answers, Numbers, Worker, installed, load
from .recording import counts_of, polynomial
from .report import absent, bound, heading, table

NOISE = 1.0
"""A resident size that differs by this many MiB has not grown."""


def run(quick: bool = False) -> None:
    """Print the table."""
    peers, missing = installed(["wengert", "torch"])
    chunk, chunks = (20, 3) if quick else (1000, 100)
    heading(f"steady: {chunk * chunks} training steps of the polynomial program")
    answers = {peer: long_run(peer, chunk, chunks) for peer in peers}
    rows = []
    for peer in peers:
        for steps, answer in answers[peer]:
            rows.append([f"{peer}, after {steps} steps", f"{answer['MiB']:.2f}",
                         f"{answer['steps']:.0f}" if "steps" in answer else "-",
                         f"{answer['programs']:.0f}" if "programs" in answer else "-",
                         f"{answer['µs']:.1f}"])
    table(["", "resident, MiB", "tree steps", "programs", "µs per step"], rows)
    absent(missing)
    (_, first), *_, (_, last) = answers["wengert"]
    bound("growth of the resident size after the first row", last["MiB"] - first["MiB"], NOISE,
          "MiB")
    bound("growth of the trace tree, in steps", last["steps"] - first["steps"], 0)


def long_run(peer: str, chunk: int, chunks: int) -> list[tuple[int, Numbers]]:
    """What the peer says after the first chunk of steps, at some places, and at the end."""
    places = {1, max(1, chunks // 10), max(1, chunks // 2), chunks}
    found = []
    with tempfile.TemporaryDirectory() as folder:   # what it compiles is the same each time
        worker = Worker("steady.polynomial", peer, chunk, settings={"WENGERT_CACHE_DIR": folder})
        for k in range(1, chunks + 1):
            answer = worker.ask("round")
            if k in places:
                found.append((k * chunk, {**answer, **worker.ask("counts")}))
        worker.close()
    return found


def setup(peer: str, steps: int) -> Answers:
    train = polynomial(load(peer))

    def measure() -> Numbers:
        start = time.perf_counter()
        train(steps)
        return {"µs": (time.perf_counter() - start) / steps * 1e6}

    def counts() -> Numbers:
        gc.collect()
        return {"MiB": resident(), **counts_of(peer)}

    return {"round": measure, "counts": counts}


def resident() -> float:
    """The resident size of this process in MiB; its peak where the system does not tell."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except OSError:
        return peak()
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


CASES = {"polynomial": setup}
