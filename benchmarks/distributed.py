"""What does it cost to train in two processes? A step under ``DistributedDataParallel``.

The script is ``data_parallel.py``: a perceptron with SGD, batches of 64 in each process, a thread
each. The step *alone* is that of one process while the other waits; *beside*, the other makes the
same step at the same time, and nothing is exchanged: two processes share one memory and its cache.
What is *left* of the step *together*, without the step alone and without the sum of as many numbers
by MPI itself, is the cost of the wrapper, of a sum whose numbers are not in the cache, and of the
shared memory; *own*, the same without the step beside, is what the exchange costs in addition to
that. The bound is on what is left, the larger one. Wengert starts by ``wengert run``, PyTorch by
``torchrun``, with gloo; the jobs take turns.
"""

from __future__ import annotations

import importlib.util
import json
import statistics
import subprocess
import sys
from pathlib import Path

from .peers import Numbers, environment, installed
from .report import Bound, absent, bound, heading, table

SCRIPT = Path(__file__).with_name("data_parallel.py")
COMMANDS = {"wengert": ["-m", "wengert", "run", "--nproc-per-node", "2"],
            "torch": ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]}
NETS = {"100,000 parameters": ("784-128-10", 100, 150.0, 1 / 2.5),
        "1.9 million": ("784-1024-1024-10", 10, 2000.0, 1.0)}
"""The sizes of the layers, the steps of a turn, and the bounds: what may be left, in microseconds,
and the step together to PyTorch's."""


def run(quick: bool = False) -> None:
    """Print the table."""
    peers, missing = installed(["wengert", "torch"])
    jobs, rounds = (1, 1) if quick else (5, 4)
    heading(f"distributed: a training step in two processes, µs (median of {jobs} jobs)")
    if importlib.util.find_spec("mpi4py") is None:
        print("mpi4py is not installed: pip install wengert[mpi]")
        return
    rows, bounds = [], []
    for name, (sizes, steps, most, share) in NETS.items():
        found: dict[str, list[Numbers]] = {peer: [] for peer in peers}
        for _ in range(jobs):
            for peer in peers:
                found[peer].append(job(peer, sizes, 2 if quick else steps, rounds))
        middle = {peer: {key: statistics.median(each[key] for each in answers)
                         for key in answers[0]} for peer, answers in found.items()}
        rows += [[f"{name}: {peer}", *cells(each)] for peer, each in middle.items()]
        bounds += bounds_of(name, middle, most, share)
    table(["", "alone", "beside", "sum", "together", "left", "own"], rows)
    absent(missing)
    for each in bounds:
        bound(*each)


def job(peer: str, sizes: str, steps: int, rounds: int) -> Numbers:
    """What one job finds."""
    done = subprocess.run(
        [sys.executable, *COMMANDS[peer], str(SCRIPT), peer, sizes, str(steps), str(rounds)],
        env=environment(), capture_output=True, text=True, check=False, timeout=600)
    if done.returncode:
        raise RuntimeError(f"{peer}: the job failed:\n{done.stderr}")
    answer: Numbers = json.loads(done.stdout.splitlines()[-1])
    return answer


def left(found: Numbers, step: str = "alone") -> float:
    """What a step together takes in addition to a ``step`` and the sum."""
    return found["together"] - found[step] - found["sum"]


def cells(found: Numbers) -> list[str]:
    """A row of the table."""
    return [f"{x:.0f}" for x in (found["alone"], found["beside"], found["sum"], found["together"],
                                 left(found), left(found, "beside"))]


def bounds_of(name: str, found: dict[str, Numbers], most: float, share: float) -> list[Bound]:
    """What is held to for one net."""
    wengert, torch = found["wengert"], found.get("torch")
    ratio = wengert["together"] / torch["together"] if torch else 0.0
    return [(f"{name}, left", left(wengert), most, "µs"),
            (f"{name}, a step together, Wengert to torch", ratio, share if torch else None, "")]
