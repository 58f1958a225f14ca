"""Each way of losing a rank, on each launcher: that the job ends, how it ends and how soon.

``python -m tests.distributed.dying 100`` runs so many jobs and prints the slowest end of each kind.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path

SCRIPT = Path(__file__).parent / "dies.py"
LIMIT = 60.0
"""Seconds after which a job hangs."""
WAYS = {"raise": 1, "exit": 3, "kill": None, "skip": 1, "shape": 1, "call": 1}
"""With each way the exit code of the job, if it is said."""
SAYS = {"raise": ["ValueError: a rank fails"], "exit": [], "kill": [],
        "skip": ["all_reduce SUM of float32[1000] at dies.py:46", "the end of the process group"],
        "shape": ["float32[1000] at dies.py:46", "float32[999] at dies.py:46"],
        "call": ["all_reduce SUM of float32[1000] at dies.py:46",
                 "broadcast from rank 0 of float32[1000] at dies.py:44"]}
"""What is to stand in what the job writes."""


def by_wengert(way: str, note: Path, count: int) -> list[subprocess.Popen[str]]:
    return [started([sys.executable, "-m", "wengert", "run", "--nproc-per-node", str(count),
                     str(SCRIPT), way, str(note)])]


def by_mpiexec(way: str, note: Path, count: int) -> list[subprocess.Popen[str]]:
    mpiexec = shutil.which("mpiexec", path=os.pathsep.join(
        [str(Path(sys.executable).parent), os.environ.get("PATH", "")])) or "mpiexec"
    return [started([mpiexec, "-n", str(count), sys.executable, "-m", "wengert", "run",
                     str(SCRIPT), way, str(note)])]


def by_variables(way: str, note: Path, count: int) -> list[subprocess.Popen[str]]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = str(server.getsockname()[1])
    return [started([sys.executable, "-m", "wengert", "run", str(SCRIPT), way, str(note)],
                    RANK=str(rank), WORLD_SIZE=str(count), MASTER_ADDR="127.0.0.1",
                    MASTER_PORT=port) for rank in range(count)]


LAUNCHERS = {"wengert run": by_wengert, "mpiexec": by_mpiexec, "variables": by_variables}


def started(command: list[str], **variables: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True, env=os.environ | variables, start_new_session=True)


class Ended:
    """How a job ended: its exit codes, what it wrote, the seconds since a rank was lost."""

    def __init__(self, launcher: str, way: str, count: int = 2) -> None:
        with tempfile.TemporaryDirectory() as folder:
            note = Path(folder) / "lost"
            processes = LAUNCHERS[launcher](way, note, count)
            self.text = ""
            try:
                end = time.monotonic() + LIMIT
                for process in processes:
                    out, _ = process.communicate(timeout=max(0.1, end - time.monotonic()))
                    self.text += out
            except subprocess.TimeoutExpired:
                raise AssertionError(f"{launcher}, {way}: the job hangs\n{self.text}") from None
            finally:
                for process in processes:
                    if process.poll() is None:
                        os.killpg(process.pid, 9)
                        process.communicate()
            self.seconds = time.time() - float(note.read_text())
            self.codes = [process.returncode for process in processes]

    def check(self, way: str) -> None:
        """That it ended as it should."""
        kind = way.split()[0]
        assert all(self.codes), (self.codes, self.text)
        code = WAYS.get(kind, 1)
        if code is not None:
            assert code in self.codes, (self.codes, self.text)
        for text in SAYS.get(kind, []):
            assert text in self.text, self.text
        assert kind == "skip" or "done" not in self.text, self.text


def main(count: int) -> None:
    slowest: dict[tuple[str, str], float] = defaultdict(float)
    kinds = [(launcher, way) for launcher in LAUNCHERS for way in WAYS]
    for k in range(count):
        launcher, way = kinds[k % len(kinds)]
        found = Ended(launcher, way)
        found.check(way)
        slowest[launcher, way] = max(slowest[launcher, way], found.seconds)
        print(f"{k + 1}/{count} {launcher}, {way}: {found.seconds:.1f} s, codes {found.codes}",
              flush=True)
    print("\nthe slowest end after the loss, in seconds")
    for (launcher, way), seconds in slowest.items():
        print(f"  {launcher:12} {way:6} {seconds:.1f}")
    print(f"{count} jobs, 0 hangs, {max(slowest.values()):.1f} s at most")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 18)
