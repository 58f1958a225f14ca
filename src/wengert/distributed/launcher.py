"""``wengert run --nproc-per-node N``: a program in N processes, watched over until the last ends.

The launcher answers MPI's start-up protocol itself (``pmi.py``), so it needs no ``mpiexec``. Each
process gets torchrun's variables and processors of its own. When one fails the others are ended,
and the launcher ends with its exit code.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TextIO

from . import pmi

GRACE = 1.0
"""Seconds in which the others may end by themselves when one has failed."""
_LAUNCHED = "WENGERT_LAUNCHED"


def is_launched() -> bool:
    """Whether this process is one that :func:`launch` started; a process that it starts is not."""
    return os.environ.pop(_LAUNCHED, None) is not None


def is_first() -> bool:
    """Whether this is process 0, or the only one."""
    return os.environ.get("RANK", "0") == "0"


@dataclass
class Job:
    """What to start: ``command`` in ``here`` processes on each of ``nodes`` machines, of which this
    is number ``node``; process 0 is at ``host:port``."""

    command: Sequence[str]
    here: int
    nodes: int = 1
    node: int = 0
    host: str = "127.0.0.1"
    port: int = 0
    restarts: int = 0
    numbered: bool = False

    @property
    def size(self) -> int:
        """How many processes there are on all machines."""
        return self.here * self.nodes


def launch(job: Job) -> int:
    """Run the job, again after a failure as often as it says; the exit code."""
    cores = _cores(job.here)
    for attempt in range(job.restarts + 1):
        code = _Run(job, cores, attempt).run()
        if code == 0 or code == 130 or attempt == job.restarts:
            return code
        _say(f"starting again: restart {attempt + 1} of {job.restarts}")
    return code


def _say(text: str) -> None:
    print(f"wengert: {text}", file=sys.stderr, flush=True)


def _cores(count: int) -> list[set[int]] | None:
    """The processors of each process; None where there are not enough, which is said."""
    have = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
    each = len(have) // count
    if not each:
        if have:
            _say(f"{count} processes on {len(have)} processors: they take turns, and whatever "
                 "waits for another process waits longer")
        return None
    return [set(have[k * each:(k + 1) * each]) for k in range(count)]


class _Run:
    """One attempt."""

    def __init__(self, job: Job, cores: list[set[int]] | None, attempt: int) -> None:
        self.job, self.cores, self.attempt = job, cores, attempt
        self.processes: list[subprocess.Popen[Any]] = []
        self.server: pmi.Server | None = None
        self.readers: list[threading.Thread] = []

    def run(self) -> int:
        """Start all and wait for them; the exit code."""
        job = self.job
        port = job.port
        if job.node == 0:
            try:
                self.server = pmi.Server(job.host, job.port, job.size)
            except OSError as error:
                _say(f"cannot listen on {job.host}:{job.port}: {error}; give another --master-port")
                return 1
            self.server.start()
            port = self.server.port
        try:
            for place in range(job.here):
                self._start(place, port)
            return self._watch()
        except KeyboardInterrupt:
            self._end(signal.SIGINT)
            return 130
        finally:
            self._end(signal.SIGTERM)
            for reader in self.readers:
                reader.join(1.0)
            if self.server is not None:
                self.server.close()

    def _start(self, place: int, port: int) -> None:
        job = self.job
        rank = job.node * job.here + place
        process = subprocess.Popen(
            job.command, env=os.environ | self._variables(rank, place, port),
            stdin=None if rank == 0 else subprocess.DEVNULL,
            stdout=subprocess.PIPE if job.numbered else None,
            stderr=subprocess.PIPE if job.numbered else None)
        if self.cores is not None:
            os.sched_setaffinity(process.pid, self.cores[place])
        self.processes.append(process)
        if job.numbered:
            for stream, into in ((process.stdout, sys.stdout), (process.stderr, sys.stderr)):
                reader = threading.Thread(target=_number, args=(stream, into, rank), daemon=True)
                reader.start()
                self.readers.append(reader)

    def _variables(self, rank: int, place: int, port: int) -> dict[str, str]:
        job = self.job
        threads = str(len(self.cores[place]) if self.cores is not None else 1)
        found = {
            "RANK": rank, "WORLD_SIZE": job.size, "LOCAL_RANK": place,
            "LOCAL_WORLD_SIZE": job.here, "GROUP_RANK": job.node, "NODE_RANK": job.node,
            "MASTER_ADDR": job.host, "MASTER_PORT": port, pmi.SERVED: 1, _LAUNCHED: 1,
            "TORCHELASTIC_RESTART_COUNT": self.attempt, "TORCHELASTIC_MAX_RESTARTS": job.restarts,
            "OMP_NUM_THREADS": os.environ.get("OMP_NUM_THREADS", threads),
            "OPENBLAS_NUM_THREADS": os.environ.get("OPENBLAS_NUM_THREADS", threads)}
        if self.cores is None:
            found |= {"MPIR_CVAR_POLLS_BEFORE_YIELD": 1, "MPIR_CVAR_POSIX_POLL_FREQUENCY": 1}
        return {name: str(value) for name, value in found.items()}

    def _watch(self) -> int:
        """Wait for all; when one fails, end the others."""
        while True:
            codes = [process.poll() for process in self.processes]
            failed = [(k, code) for k, code in enumerate(codes) if code]
            if failed:
                return self._failed(*failed[0])
            if None not in codes:
                return 0
            for k, code in enumerate(codes):
                if code == 0 and self._is_awaited(self.job.node * self.job.here + k):
                    return self._failed(k, 0)
            time.sleep(0.02)

    def _is_awaited(self, rank: int) -> bool:
        """Whether others wait for a process that has ended, to begin."""
        joined = self.server.joined if self.server is not None else ()
        return bool(joined) and rank not in joined

    def _failed(self, place: int, code: int) -> int:
        end = time.monotonic() + GRACE
        while time.monotonic() < end and any(p.poll() is None for p in self.processes):
            time.sleep(0.02)
        rank = self.job.node * self.job.here + place
        how = f"exit code {code}" if code > 0 else f"signal {signal.Signals(-code).name}" if (
            code < 0) else "exit code 0, before init_process_group, which the others have called"
        others = sum(process.poll() is None for process in self.processes)
        _say(f"rank {rank} ended with {how}" + (f"; the other {others} were ended" if others > 1
                                                 else "; the other was ended" if others else ""))
        return code if code > 0 else 128 - code if code < 0 else 1

    def _end(self, how: signal.Signals) -> None:
        """End what still runs: asked first, then killed."""
        for process in self.processes:
            if process.poll() is None:
                process.send_signal(how)
        end = time.monotonic() + GRACE
        for process in self.processes:
            try:
                process.wait(max(0.0, end - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _number(stream: Any, into: TextIO, rank: int) -> None:
    """Copy lines, each with the number of its process."""
    for line in stream:
        into.write(f"[{rank}] {line.decode(errors='replace')}")
        into.flush()
