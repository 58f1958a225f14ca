"""How long does ``import wengert`` take beside ``import numpy``?

Fresh processes, one after the other: Python alone, NumPy, Wengert, PyTorch, and again. What counts
is the difference within a turn.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

from .peers import ROOT, environment, installed
from .report import absent, bound, heading, spread, table

LIMIT = 50.0
"""Milliseconds that ``import wengert`` may take more than ``import numpy``."""


def run(quick: bool = False) -> None:
    """Print the table."""
    peers, missing = installed(["numpy", "wengert", "torch", "autograd"])
    count = 2 if quick else 21
    statements = {"python alone": "pass"} | {f"import {peer}": f"import {peer}" for peer in peers}
    heading(f"imports: a process that imports and ends, ms ({count} turns)")
    for statement in statements.values():
        process(statement)   # bytecode is written, files are in memory
    times: dict[str, list[float]] = {name: [] for name in statements}
    for _ in range(count):
        for name, statement in statements.items():
            times[name].append(process(statement))
    numpy = times["import numpy"]
    more = {name: [a - b for a, b in zip(values, numpy, strict=True)]
            for name, values in times.items()}
    table(["", "min", "median", "max", "more than numpy"],
          [[name, *spread(values, "{:.1f}"), f"{statistics.median(more[name]):+.1f}"]
           for name, values in times.items()])
    absent(missing)
    bound("import wengert, more than import numpy", statistics.median(more["import wengert"]),
          LIMIT, "ms")


def process(statement: str) -> float:
    """How many milliseconds a process takes that runs ``statement``."""
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", statement], check=True, cwd=ROOT, env=environment())
    return (time.perf_counter() - start) * 1e3
