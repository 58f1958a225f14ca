"""Does a recurrence of 10,000 steps on a state of 1 MB differentiate within 200 MB?

``x = w x (1 - x)`` on 131,072 float64 numbers, the gradient of the sum of the result with respect
to the start and to ``w``, by ``checkpoint_sequence``; beside it what a step takes where all states
are kept, in a loop of a few steps. A process of its own, which has compiled something before.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from .report import bound, heading, table

SIZE, STEPS, MEMORY = 131_072, 10_000, 200 * 2 ** 20
QUICK_SIZE, QUICK_STEPS, QUICK_MEMORY = 1000, 300, 400_000
KEPT = 50
"""Steps of the plain loop."""


def run(quick: bool = False) -> None:
    """Print the table."""
    size, steps, memory = (QUICK_SIZE, QUICK_STEPS, QUICK_MEMORY) if quick else (
        SIZE, STEPS, MEMORY)
    heading(f"checkpoint_sequence: {steps} steps of x = w x (1 - x), value and gradient, "
            f"float64[{size}], within {memory / 2 ** 20:.0f} MiB")
    found = json.loads(subprocess.run(
        [sys.executable, "-m", "benchmarks.sequence", str(size), str(steps), str(memory)],
        check=True, capture_output=True, text=True,
        cwd=Path(__file__).parent.parent, env=os.environ).stdout)
    rows = [["states kept, ms a step", f"{1000 * found['plain']:.3f}"],
            ["checkpoint_sequence, ms a step", f"{1000 * found['within']:.3f}"],
            ["runs of the step, to steps", f"{found['evaluations'] / steps:.2f}"],
            ["predicted peak, MiB", f"{found['predicted'] / 2 ** 20:.0f}"],
            ["peak above start, MiB", f"{found['peak'] / 2 ** 20:.0f}"],
            ["all states kept, predicted, MiB", f"{found['all'] / 2 ** 20:.0f}"]]
    table(["", ""], rows)
    bound("time of a step, to that with all states kept", found["within"] / found["plain"], 3, "")


def measured(size: int, steps: int, memory: int) -> dict[str, Any]:
    """What the rows show, in this process."""
    import wengert as torch

    def gradient(way: Any, size: int, steps: int) -> None:
        torch.manual_seed(0)
        w = (torch.rand(size, dtype=torch.float64) + 2.5).requires_grad_()
        x = torch.rand(size, dtype=torch.float64).requires_grad_()
        torch.autograd.grad(way(lambda x: w * x * (1 - x), x, steps).sum(), (x, w))

    def plain(f: Any, x: Any, n: int) -> Any:
        for _ in range(n):
            x = f(x)
        return x

    def within(f: Any, x: Any, n: int) -> Any:
        return torch.checkpoint_sequence(f, x, n, memory=memory)
    for _ in range(3):
        gradient(within, size, min(steps, 50))
    start = highest()
    begin = time.process_time()
    gradient(within, size, steps)
    spent, peak = time.process_time() - begin, highest()
    for _ in range(3):
        gradient(plain, size, KEPT)
    begin = time.process_time()
    for _ in range(4):
        gradient(plain, size, KEPT)
    cost = torch.predict_sequence(lambda x: 2 * x * (1 - x), torch.zeros(size, dtype=torch.float64),
                                  steps, memory=memory)
    return {"plain": (time.process_time() - begin) / (4 * KEPT), "within": spent / steps,
            "evaluations": cost.evaluations, "predicted": cost.peak, "all": cost.plain,
            "peak": peak - start}


def highest() -> int:
    """The largest resident size of this process so far, in bytes."""
    import resource
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


if __name__ == "__main__":
    print(json.dumps(measured(*map(int, sys.argv[1:]))))
