"""The parent's side of a loader with worker processes.

A :class:`Crew` is the processes, with a line to each; :class:`InWorkers` hands out tasks in turn,
``prefetch_factor`` to each at most, and gives back the batches in the order of the tasks.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import time
from collections.abc import Iterator
from multiprocessing.connection import Connection, wait
from multiprocessing.context import BaseContext
from typing import Any
from weakref import finalize

from .worker import END, Exhausted, Failure, Job, Restart, work

GRACE = 2.0
"""Seconds that a worker has to end by itself."""


class Crew:
    """Worker processes, and a line to each; they end when this object does."""

    def __init__(self, job: Job, context: BaseContext) -> None:
        self.lines: list[Connection] = []
        self.processes: list[Any] = []
        self.size = job.num_workers
        self._end = finalize(self, _dismiss, self.lines, self.processes, os.getpid())
        try:
            for number in range(job.num_workers):
                ours, theirs = context.Pipe()
                process: Any = context.Process(   # type: ignore[attr-defined]
                    target=work, args=(job, number, theirs), daemon=True)
                process.start()
                theirs.close()
                self.lines.append(ours)
                self.processes.append(process)
        except BaseException:
            self.dismiss()
            raise

    def dismiss(self) -> None:
        """End the workers."""
        self._end()

    def is_alive(self) -> bool:
        """Whether all workers are at work."""
        return self._end.alive and all(process.is_alive() for process in self.processes)

    def send(self, number: int, task: Any) -> None:
        """Give a worker a task; RuntimeError if it is dead."""
        try:
            self.lines[number].send(task)
        except OSError:
            raise self.death() from None

    def receive(self, timeout: float) -> list[tuple[int, Any]]:
        """The numbered batches that have come; waits for one for ``timeout`` seconds, 0 for ever.

        RuntimeError if a worker has died, or if the time is over.
        """
        ends = [process.sentinel for process in self.processes]
        ready: Any = wait([*self.lines, *ends], timeout or None)
        if not ready:
            raise RuntimeError(f"DataLoader timed out after {timeout} seconds")
        found = []
        for line in self.lines:
            if line in ready:
                try:
                    found.append(pickle.loads(line.recv_bytes()))
                except (EOFError, ConnectionError):
                    raise self.death() from None
        if not found:
            raise self.death()
        return found

    def death(self) -> RuntimeError:
        """The error that says which workers have died."""
        deadline = time.monotonic() + GRACE
        while all(process.is_alive() for process in self.processes):
            if time.monotonic() > deadline:
                break
            time.sleep(0.01)   # its line closes a moment before a process is gone
        dead = [process for process in self.processes if not process.is_alive()]
        pids = ", ".join(str(process.pid) for process in dead)
        codes = ", ".join(_ending(process.exitcode) for process in dead)
        return RuntimeError(f"DataLoader worker (pid(s) {pids}) exited unexpectedly ({codes})")


def _ending(code: int | None) -> str:
    return f"killed by signal {-code}" if code is not None and code < 0 else f"exit code {code}"


def _dismiss(lines: list[Connection], processes: list[Any], parent: int) -> None:
    """Ask all to end, close the lines, and terminate those that do not."""
    if os.getpid() != parent:
        return   # a forked process has a copy of the crew
    for line in lines:
        with contextlib.suppress(OSError):
            line.send(END)
        line.close()
    deadline = time.monotonic() + GRACE
    for process in processes:
        process.join(max(0.0, deadline - time.monotonic()))
        if process.is_alive():
            process.terminate()
            process.join(GRACE)
        if process.is_alive():
            process.kill()
            process.join()


class _BaseDataLoaderIter:
    """What iterates over a loader."""


class InWorkers(_BaseDataLoaderIter):
    """One epoch of a loader with workers; :meth:`again` starts the next with the same ones."""

    def __init__(self, loader: Any, crew: Crew) -> None:
        self.loader = loader
        self.crew = crew
        self._start()

    def again(self) -> None:
        """Start the next epoch: what is still on its way is received and forgotten."""
        while self._waiting():
            self._receive()
        for number in range(self.crew.size):
            self.crew.send(number, Restart())
        self._start()

    def _start(self) -> None:
        self._keys = iter(self.loader._index_sampler)
        self._sent = 0                    # tasks handed out
        self._next = 0                    # the task whose batch is given next
        self._owner: dict[int, int] = {}  # the worker of each task whose batch has not come
        self._come: dict[int, Any] = {}   # batches that have come
        self._active = [True] * self.crew.size
        self._turn = 0
        self._load = [0] * self.crew.size
        for _ in range(self.loader.prefetch_factor * self.crew.size):
            self._hand_out()

    def _hand_out(self) -> None:
        """Give the next task to the next worker that is active and not busy enough."""
        number = self._next_worker()
        if number is None:
            return
        try:
            keys = next(self._keys)
        except StopIteration:
            return
        self._owner[self._sent] = number
        self._load[number] += 1
        self.crew.send(number, (self._sent, keys))
        self._sent += 1

    def _next_worker(self) -> int | None:
        for _ in range(self.crew.size):
            number = self._turn
            self._turn = (self._turn + 1) % self.crew.size
            room = self.loader.in_order or self._load[number] < self.loader.prefetch_factor
            if self._active[number] and room:
                return number
        return None

    def _waiting(self) -> bool:
        """Whether a batch is still to come."""
        return any(self._active[number] for number in self._owner.values())

    def _receive(self) -> None:
        for index, batch in self.crew.receive(self.loader.timeout):
            number = self._owner.pop(index)
            self._load[number] -= 1
            if isinstance(batch, Exhausted):
                self._active[number] = False
                self._hand_out()
            else:
                self._come[index] = batch

    def __iter__(self) -> Iterator[Any]:
        return self

    def __len__(self) -> int:
        return len(self.loader)

    def __next__(self) -> Any:
        try:
            batch = self._batch()
        except StopIteration:
            self._finish()
            raise
        except BaseException:
            self.crew.dismiss()
            raise
        self._hand_out()
        if isinstance(batch, Failure):
            batch.reraise()
        return batch

    def _batch(self) -> Any:
        """The batch that is next; StopIteration if there is none."""
        while True:
            if not self.loader.in_order and self._come:
                return self._come.pop(next(iter(self._come)))
            while self._next < self._sent and self._is_void(self._next):
                self._next += 1   # its worker's part had ended before
            if self._next in self._come:
                self._next += 1
                return self._come.pop(self._next - 1)
            if not self._waiting():
                raise StopIteration
            self._receive()

    def _is_void(self, index: int) -> bool:
        if index in self._come:
            return False
        number = self._owner.get(index)
        return number is None or not self._active[number]

    def _finish(self) -> None:
        if not self.loader.persistent_workers:
            self.crew.dismiss()
