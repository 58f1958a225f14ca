"""How much memory does a long recurrence take, value and gradient?

1,000 times ``x = x + 0.01 * sin(x)`` on 1,000,000 float32 numbers, then the gradient of the sum of
the result with respect to the start. Every round is a process of its own, because the peak of a
process only grows; the peers take turns.
"""

from __future__ import annotations

import resource
import sys
import time
from pathlib import Path
from typing import Any

from .peers import Answers, Numbers, Worker, column, installed, load
from .report import absent, bound, heading, ratio, spread, table

STEPS, QUICK_STEPS = 1000, 20
SIZE, QUICK_SIZE = 1_000_000, 10_000


def run(quick: bool = False) -> None:
    """Print the table."""
    peers, missing = installed(["wengert", "torch"])
    steps, size, count = (QUICK_STEPS, QUICK_SIZE, 1) if quick else (STEPS, SIZE, 3)
    heading(f"memory: {steps} steps of x = x + 0.01 sin(x), value and gradient, "
            f"float32[{size}] ({count} processes each)")
    found: dict[str, list[Numbers]] = {peer: [] for peer in peers}
    for _ in range(count):
        for peer in peers:
            worker = Worker("memory.quick" if quick else "memory.recurrence", peer, size)
            found[peer].append(worker.ask("round"))
            worker.close()
    rows = []
    for what, form in (("peak, MiB", "{:.0f}"), ("peak above import, MiB", "{:.0f}"),
                       ("time, s", "{:.2f}")):
        values = {peer: column(found[peer], what) for peer in peers}
        rows += [[f"{what}: {peer}", *spread(values[peer], form),
                  ratio(values[peer], values.get("torch"))] for peer in peers]
    table(["", "min", "median", "max", "to torch"], rows)
    if all(len({answer["checksum"] for answer in found[peer]}) == 1 for peer in peers):
        print("mean of the gradient: " + ", ".join(
            f"{peer} {found[peer][0]['checksum']:.5f}" for peer in peers))
    absent(missing)
    theirs = spread(column(found["torch"], "peak, MiB"))[1] if "torch" in found else None
    bound("peak", float(spread(column(found["wengert"], "peak, MiB"))[1]),
          float(theirs) if theirs else None, "MiB")


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
                "time, s": seconds, "checksum": mean}

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
