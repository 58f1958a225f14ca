"""What does a path cost that was never seen before?

- *a new path*: a chain of small operations on 10 elements, drawn anew each time, per operation,
  with its gradient and without, beside PyTorch.
- *one value at a time*: loops that ask for a value after each few operations, without gradient: a
  bisection, Newton's method, a walk of Metropolis, a beam search, decisions down a tree, per turn.
- *one recording*: such a chain of 1,000 and of 100,000 operations, recorded as one, in each tier;
  and the bytes of an operation that is recorded and has not run: what Python has allocated
  (``traced``), and what the process has grown by.
- *new lengths*: training steps of a recurrence whose length is drawn from 5 to 200, by the
  thousand: the resident size, and the time of a step.

Times are the processor's, as in ``first_steps``.
"""

from __future__ import annotations

import gc
import signal
import statistics
import tempfile
import time
import tracemalloc
from collections.abc import Callable, Sequence
from types import FrameType
from typing import Any

import numpy as np

from .first_steps.chains import drawn, start, walk, weights
from .first_steps.measuring import first_use
from .peers import Answers, Case, Numbers, Worker, column, installed, load, rounds
from .report import absent, bound, heading, ratio, spread, table
from .steady import NOISE, resident
from .subjects import settings

LENGTHS = (100, 1000, 10_000)
KINDS = {"without gradient": False, "with gradient": True}
NEW_PATH = 1.2
"""The bound of a new path, to PyTorch's."""


def run(quick: bool = False) -> None:
    """Print the tables."""
    cost_table(LENGTHS[:2] if quick else LENGTHS, 3 if quick else 15)
    values_table(3 if quick else 15)
    recording_table((100, 1000) if quick else (1000, 100_000), 30 if quick else 300)
    lengths_table(*((30, 3) if quick else (1000, 10)))


# ---- a new path ----


def cost_table(lengths: Sequence[int], count: int) -> None:
    peers, missing = installed(["wengert", "torch"])
    heading(f"new_paths: a chain never seen before, µs per operation ({count} rounds)")
    rows: list[list[str]] = []
    limits = []
    for length in lengths:
        turns = min(count, 5) if length > 1000 else count
        found, _ = rounds("new_paths.cost", peers, length, turns)
        for kind in KINDS:
            times = {peer: column(found[peer], kind) for peer in peers}
            limits.append(compared(rows, f"{length:,} operations, {kind}", times))
    table(["", "min", "median", "max", "to torch"], rows)
    absent(missing)
    for title, value in limits:
        bound(f"a new path of {title}", value, NEW_PATH if "torch" in peers else None)


def compared(rows: list[list[str]], title: str,
             times: dict[str, list[float]]) -> tuple[str, float]:
    """Add a row for each peer's times; the title, and the first one's ratio to PyTorch's (0 where
    that is not there)."""
    found = [[f"{title}: {peer}", *spread(each), ratio(each, times.get("torch"))]
             for peer, each in times.items()]
    rows += found
    return title, float(found[0][-1]) if "torch" in times else 0.0


class Chains:
    """Chains of one length, each another."""

    def __init__(self, torch: Any, length: int) -> None:
        self.torch = torch
        self.length = length
        self.random = np.random.RandomState(length)

    def once(self, flows: bool) -> float:
        """The seconds of one; with its gradient if it ``flows``."""
        links, begin = drawn(self.random, self.length), start(self.random)
        parameters = weights(self.torch, flows)
        began = time.process_time()
        self.value(links, begin, parameters)
        return time.process_time() - began

    def value(self, links: Any, begin: Any, parameters: Any) -> None:
        result = walk(self.torch, links, [*map(self.torch.tensor, begin), *parameters])
        if result.requires_grad:
            result.backward()
        result.item()


def cost_case(peer: str, length: int) -> Answers:
    torch = load(peer)
    first_use(torch)
    chains, repeats = Chains(torch, length), max(1, 2000 // length)
    others = Chains(torch, 300)
    for flows in (False, True) * 3:   # each operation has been called before, in another chain
        others.once(flows)

    def measure() -> Numbers:
        return {kind: sum(chains.once(flows) for _ in range(repeats)) / repeats / length * 1e6
                for kind, flows in KINDS.items()}

    return {"round": measure, "counts": dict}


# ---- one value at a time ----

TURNS = 200
TURN = 2.0
"""The bound of a turn, to PyTorch's."""
Turns = Callable[[Any, Any, int], None]


def bisection(torch: Any, random: Any, turns: int) -> None:
    low, high, target = torch.tensor(0.0), torch.tensor(2.0), float(random.rand())
    for _ in range(turns):
        middle = (low + high) * 0.5
        if (middle * middle - target).item() > 0:
            high = middle
        else:
            low = middle


def newton(torch: Any, random: Any, turns: int) -> None:
    x = torch.tensor(2.0)
    for _ in range(turns):
        f, slope = x * x * x - 2 * x - 5, 3 * x * x - 2
        x = x - f / slope
        if abs(f.item()) < 1e-5:
            x = torch.tensor(2.0 + float(random.rand()))


def metropolis(torch: Any, random: Any, turns: int) -> None:
    moves = torch.tensor(0.3 * random.standard_normal((turns, 3)).astype(np.float32))
    draws = np.log(random.rand(turns)).tolist()
    x = torch.zeros(3)
    density = -0.5 * (x * x).sum()
    for draw, move in zip(draws, moves, strict=True):
        proposed = x + move
        there = -0.5 * (proposed * proposed).sum()
        if draw < (there - density).item():
            x, density = proposed, there


def beam_search(torch: Any, random: Any, turns: int) -> None:
    table = torch.tensor(random.standard_normal((20, 20)).astype(np.float32)).log_softmax(1)
    scores, last = torch.zeros(4), [0, 1, 2, 3]
    for _ in range(turns):
        scores, best = (scores[:, None] + table[last]).reshape(-1).topk(4)
        last = [k % 20 for k in best.tolist()]


def decisions(torch: Any, random: Any, turns: int) -> None:
    weights, bounds = (list(torch.tensor(random.standard_normal(7).astype(np.float32)))
                       for _ in range(2))
    for x in torch.tensor(random.standard_normal(turns).astype(np.float32)):
        node = 0
        while node < 7:
            node = 2 * node + (2 if x * weights[node] > bounds[node] else 1)


VALUES: dict[str, Turns] = {
    "bisection": bisection, "Newton's method": newton, "Metropolis": metropolis,
    "beam search": beam_search, "decisions": decisions}


def values_table(count: int) -> None:
    peers, missing = installed(["wengert", "torch"])
    heading(f"new_paths: a value after each few operations, µs per turn ({count} rounds)")
    found, _ = rounds("new_paths.values", peers, TURNS, count)
    rows: list[list[str]] = []
    limits = []
    for title in VALUES:
        times = {peer: column(found[peer], title) for peer in peers}
        limits.append(compared(rows, title, times))
    table(["", "min", "median", "max", "to torch"], rows)
    absent(missing)
    for title, value in limits:
        bound(f"a turn of {title}", value, TURN if "torch" in peers else None)


def values_case(peer: str, turns: int) -> Answers:
    torch = load(peer)
    first_use(torch)
    random = np.random.RandomState(0)

    def once(run: Turns) -> float:
        began = time.process_time()
        run(torch, random, turns)
        return (time.process_time() - began) / turns * 1e6

    return {"round": lambda: {title: once(run) for title, run in VALUES.items()}, "counts": dict}


# ---- one recording ----

TIERS = ("eager", "numpy", "llvm", "auto")
LINEAR, PENDING = 2.0, 1024
"""The bounds: an operation of the longer chain, to one of the shorter; the bytes of one."""


def recording_table(lengths: tuple[int, int], seconds: int) -> None:
    few, many = lengths
    heading(f"new_paths: {few:,} and {many:,} operations in one recording, µs per operation "
            f"(at most {seconds} s each)")
    rows: list[list[str]] = []
    limits = []
    for tier in TIERS:
        for kind in KINDS:
            times = [asked("new_paths.recording", "wengert", length, f"{kind} {seconds}", tier)
                     .get("µs") for length in lengths]
            title = f"tier {tier}, {kind}"
            rows.append([title, *("-" if each is None else f"{each:.1f}" for each in times),
                         f"{times[1] / times[0]:.2f}" if all(times) else "-"])
            limits.append((title, times[1] / times[0] if all(times) else None))
    table(["", f"{few:,}", f"{many:,}", "ratio"], rows)
    pending = bytes_table(lengths[0] * 10)
    for title, value in limits:
        if value is None:
            print(f"bound: {many:,} operations, {title}: no answer in {seconds} s: NOT KEPT")
        else:
            bound(f"{many:,} operations, {title}: of one, to one of {few:,}", value, LINEAR)
    bound("an operation that has not run", pending, PENDING, "bytes")


def bytes_table(length: int) -> float:
    """Print the bytes of an operation that has not run; those of Wengert, traced or grown."""
    heading(f"new_paths: {length:,} operations that have not run (PyTorch's: that can be "
            "differentiated), bytes of each")
    peers, _ = installed(["wengert", "torch"])
    found = {peer: asked("new_paths.recording", peer, length, "bytes", "auto") for peer in peers}
    table(["", "traced", "grown"], [
        [peer, f"{answer['traced']:.0f}", f"{answer['grown']:.0f}"]
        for peer, answer in found.items()])
    return max(found["wengert"].values())


def asked(case: str, peer: str, size: int, question: str, tier: str | None = None) -> Numbers:
    """One answer of a new process, which compiles what it needs itself."""
    with tempfile.TemporaryDirectory() as folder:
        worker = Worker(case, peer, size, tier,
                        settings={**settings(1), "WENGERT_CACHE_DIR": folder})
        try:
            return worker.ask(question)
        finally:
            worker.close()


class Late(Exception):
    """The time is over."""


def in_time(function: Callable[[], float], seconds: int) -> Numbers:
    """What a function returns, in µs; nothing if it takes too long."""
    def ring(number: int, frame: FrameType | None) -> None:
        raise Late

    signal.signal(signal.SIGALRM, ring)
    signal.alarm(seconds)
    try:
        return {"µs": function() * 1e6}
    except Late:
        return {}
    finally:
        signal.alarm(0)


def recording_case(peer: str, length: int) -> Answers:
    torch = load(peer)
    first_use(torch)
    chains, others = Chains(torch, length), Chains(torch, 300)
    for flows in (False, True):
        others.once(flows)
    if peer == "wengert":
        torch.config.max_pending_nodes = torch.config.max_pending_bytes = 1 << 60
        torch.config.max_tree_steps = 1 << 60
    repeats = 1 if length > 1000 else 3

    def timed(flows: bool) -> float:
        return statistics.median(chains.once(flows) for _ in range(repeats)) / length

    return {f"{kind} {seconds}": lambda flows=flows, seconds=seconds: in_time(
        lambda: timed(flows), seconds) for kind, flows in KINDS.items()
        for seconds in (30, 300)} | {"bytes": lambda: pending_bytes(torch, length)}


def pending_bytes(torch: Any, length: int) -> Numbers:
    """What an operation takes that has been called and has not run, once as Python counts it, then
    as the process grows."""
    chains, parameters = Chains(torch, length), weights(torch)
    numbers: Numbers = {}
    for name in ("traced", "grown"):
        links, begin = drawn(chains.random, length), start(chains.random)
        gc.collect()
        if name == "traced":
            tracemalloc.start()
        before = allocated(name)
        result = walk(torch, links, [*map(torch.tensor, begin), *parameters])
        numbers[name] = (allocated(name) - before) / length
        tracemalloc.stop()
        result.sum().item()
    return numbers


def allocated(name: str) -> float:
    return tracemalloc.get_traced_memory()[0] if name == "traced" else resident() * 2**20


# ---- new lengths ----

SHORTEST, LONGEST, WIDTH = 5, 200, 8
LATER = 1.05
"""The bound of a step at the end, to one after the first thousand; the twentieth is noise."""


def lengths_table(block: int, count: int) -> None:
    peers, missing = installed(["wengert", "torch"])
    heading(f"new_paths: {block * count:,} training steps of {SHORTEST} to {LONGEST} turns")
    with tempfile.TemporaryDirectory() as folder:   # what it compiles is the same each time
        workers = {peer: Worker("new_paths.lengths", peer, block,
                                settings={**settings(1), "WENGERT_CACHE_DIR": folder})
                   for peer in peers}
        found: dict[str, list[Numbers]] = {peer: [] for peer in peers}
        try:
            for _ in range(count):
                for peer, worker in workers.items():
                    found[peer].append(worker.ask("block"))
        finally:
            for worker in workers.values():
                worker.close()
    shown = sorted({1, 2, count // 2, count})
    table(["", "resident, MiB", "ms per step"], [
        [f"{peer}, after {k * block:,}", f"{found[peer][k - 1]['MiB']:.1f}",
         f"{found[peer][k - 1]['ms']:.3f}"] for peer in peers for k in shown])
    absent(missing)
    first, second, *_, last = found["wengert"]
    bound("growth of the resident size after the first row", last["MiB"] - first["MiB"], NOISE,
          "MiB")
    bound("a step at the end, to one of the second row", last["ms"] / second["ms"], LATER)


def lengths_case(peer: str, block: int) -> Answers:
    torch = load(peer)
    first_use(torch)
    random = np.random.RandomState(0)
    w = torch.tensor(0.3 * random.standard_normal((WIDTH, WIDTH)).astype(np.float32),
                     requires_grad=True)
    data = torch.tensor(random.standard_normal((LONGEST, WIDTH)).astype(np.float32))
    lengths = np.resize(np.arange(SHORTEST, LONGEST + 1), block)

    def step(turns: int) -> float:
        h = torch.zeros(WIDTH)
        for x in data[:turns]:
            h = torch.tanh(h @ w + x)
        loss = h.square().mean()
        loss.backward()
        with torch.no_grad():
            w.sub_(1e-3 * w.grad)
            w.grad = None
        return float(loss.item())

    def train() -> Numbers:
        order = random.permutation(lengths).tolist()   # the same work in each block
        began = time.process_time()
        for turns in order:
            step(turns)
        took = time.process_time() - began
        gc.collect()
        return {"ms": took / block * 1e3, "MiB": resident()}

    return {"block": train}


CASES: dict[str, Case] = {"cost": cost_case, "values": values_case, "recording": recording_case,
                          "lengths": lengths_case}
