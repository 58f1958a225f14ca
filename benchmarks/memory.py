"""How much memory does a long recurrence take, value and gradient?

1,000 times ``x = x + 0.01 * sin(x)`` on 1,000,000 float32 numbers, then the gradient of the sum of
the result with respect to the start. Every round is a process of its own, because the peak of a
process only grows; the peers take turns.

PyTorch is measured a second time with every block mapped on its own (glibc's
``MALLOC_MMAP_THRESHOLD_``): by default the freed blocks between the saved ones are not used again,
which is the allocator's doing and not the library's. The bound is the lower of the two.
"""

from __future__ import annotations

import resource
import statistics
import sys
import time
from pathlib import Path
from typing import Any

from . import sequence
from .peers import Answers, Numbers, Worker, column, installed, load
from .report import absent, bound, heading, ratio, spread, table

STEPS, QUICK_STEPS = 1000, 20
SIZE, QUICK_SIZE = 1_000_000, 10_000
MAPPED = {"MALLOC_MMAP_THRESHOLD_": "1000000"}
SUBJECTS: dict[str, tuple[str, dict[str, str]]] = {
    "wengert": ("wengert", {}), "torch": ("torch", {}), "torch, blocks mapped": ("torch", MAPPED)}
"""The rows: a peer, and the environment that it runs in."""


def run(quick: bool = False) -> None:
    """Print the table."""
    peers, missing = installed(["wengert", "torch"])
    steps, size, count = (QUICK_STEPS, QUICK_SIZE, 1) if quick else (STEPS, SIZE, 3)
    heading(f"memory: {steps} steps of x = x + 0.01 sin(x), value and gradient, "
            f"float32[{size}] ({count} processes each)")
    subjects = [name for name, (peer, _) in SUBJECTS.items() if peer in peers]
    found: dict[str, list[Numbers]] = {name: [] for name in subjects}
    for _ in range(count):
        for name in subjects:
            peer, settings = SUBJECTS[name]
            worker = Worker("memory.quick" if quick else "memory.recurrence", peer, size,
                            settings=settings)
            found[name].append(worker.ask("round"))
            worker.close()
    rows = []
    for what, form in (("peak, MiB", "{:.0f}"), ("peak above import, MiB", "{:.0f}"),
                       ("time, s", "{:.2f}")):
        values = {name: column(found[name], what) for name in subjects}
        rows += [[f"{what}: {name}", *spread(values[name], form),
                  ratio(values[name], values.get("torch"))] for name in subjects]
    table(["", "min", "median", "max", "to torch"], rows)
    print("mean of the gradient: " + ", ".join(
        f"{name} {found[name][0]['mean']:.5f}" for name in subjects if "mapped" not in name))
    absent(missing)
    peaks = {name: statistics.median(column(found[name], "peak, MiB")) for name in subjects}
    theirs = [peak for name, peak in peaks.items() if name != "wengert"]
    bound("peak", peaks["wengert"], min(theirs, default=None), "MiB")
    sequence.run(quick)


def recurrence(torch: Any, steps: int, size: int) -> float:
    """The mean of the gradient of the recurrence."""
    start = torch.linspace(0.0, 1.0, size).requires_grad_()
    x = start
    for _ in range(steps):
        x = x + 0.01 * torch.sin(x)
    loss = x.sum()
    loss.backward()
    mean: float = start.grad.mean().item()
    loss.item()
    return mean


def setup(peer: str, steps: int, size: int) -> Answers:
    module = load(peer)
    recurrence(module, 3, 10)   # what is loaded at first use counts as import
    before = peak()

    def measure() -> Numbers:
        start = time.perf_counter()
        mean = recurrence(module, steps, size)
        seconds = time.perf_counter() - start
        return {"peak, MiB": peak(), "peak above import, MiB": peak() - before,
                "time, s": seconds, "mean": mean}

    return {"round": measure}


def peak() -> float:
    """The greatest resident size of this process so far, in MiB."""
    try:
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    except OSError:
        pass
    greatest = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return greatest / (1024 * 1024 if sys.platform == "darwin" else 1024)


CASES = {"recurrence": lambda peer, size: setup(peer, STEPS, size),
         "quick": lambda peer, size: setup(peer, QUICK_STEPS, size)}
