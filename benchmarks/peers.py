"""Peers in processes of their own, asked in turn: A B C A B C, so that noise falls on all alike.

A *case* is a function that takes a peer's name and a size, sets up, and returns what it can be
asked: a dict of functions that return numbers by name. It is found as ``MODULE.CASE`` in the
module's ``CASES``. :class:`Worker` is the parent's end of the pipe, ``worker.py`` the other.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

Numbers = dict[str, float]
Answers = dict[str, Callable[[], Numbers]]
Case = Callable[[str, int], Answers]

ROOT = Path(__file__).parent.parent
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")


def installed(peers: Sequence[str]) -> tuple[list[str], list[str]]:
    """Those of ``peers`` that can be imported, and those that cannot."""
    found = [peer for peer in peers if importlib.util.find_spec(peer) is not None]
    return found, [peer for peer in peers if peer not in found]


def environment(tier: str | None = None) -> dict[str, str]:
    """The environment of a process that is measured; it finds bytecode, as after an installation.
    """
    env = {**os.environ, **ONE_THREAD}
    env.pop("PYTHONDONTWRITEBYTECODE", None)
    if tier is not None:
        env["WENGERT_TIER"] = tier
    return env


def load(peer: str) -> Any:
    """The peer's module, on one thread."""
    module = importlib.import_module(peer)
    if peer == "torch":
        module.set_num_threads(1)
    return module


class Worker:
    """A process that has set up ``case`` with ``peer`` and waits to be asked."""

    def __init__(self, case: str, peer: str, size: int, tier: str | None = None,
                 settings: dict[str, str] | None = None) -> None:
        self.name = f"{case} with {peer}"
        self.process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.worker", case, peer, str(size)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1,
            cwd=ROOT, env={**environment(tier), **(settings or {})})
        self._answer()
        self._let_run(False)

    def ask(self, question: str) -> Numbers:
        """What the process answers; RuntimeError if it has died."""
        assert self.process.stdin is not None
        self._let_run(True)
        self.process.stdin.write(f"{question}\n")
        answer = self._answer()
        self._let_run(False)
        return answer

    def _answer(self) -> Numbers:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self.name} has died with exit code {self.process.wait()}")
        answer: Numbers = json.loads(line)
        return answer

    def _let_run(self, on: bool) -> None:
        """Stop the process between questions: threads that wait for work by spinning would take a
        processor from the peer that is asked next."""
        if hasattr(signal, "SIGSTOP") and self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT if on else signal.SIGSTOP)

    def close(self) -> None:
        """End the process."""
        self._let_run(True)
        self.process.communicate()


def rounds(case: str, peers: Sequence[str], size: int, count: int,
           tier: str | None = None) -> tuple[dict[str, list[Numbers]], dict[str, Numbers]]:
    """``count`` answers to "round" per peer, asked in turn, and its last answer to "counts"."""
    workers: dict[str, Worker] = {}
    try:
        for peer in peers:
            workers[peer] = Worker(case, peer, size, tier)
        found: dict[str, list[Numbers]] = {peer: [] for peer in peers}
        for _ in range(count):
            for peer, worker in workers.items():
                found[peer].append(worker.ask("round"))
        return found, {peer: worker.ask("counts") for peer, worker in workers.items()}
    finally:
        for worker in workers.values():
            worker.close()


def column(answers: Sequence[Numbers], name: str) -> list[float]:
    """One number of each answer."""
    return [answer[name] for answer in answers]
