"""What a worker process of a loader does: :func:`work` fetches the batches that it is told to.

Tasks come as (number, keys), results go back as (number, batch); a :class:`Failure` is a batch that
could not be made. In the worker, :func:`get_worker_info` says who it is.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import queue
import random
import threading
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.reduction import ForkingPickler
from typing import Any, NoReturn

import numpy as np

from ...names.missing import answer_missing_names
from ...tensors.random import manual_seed
from .fetch import fetcher

PARENT_CHECKED_EVERY = 5.0
"""Seconds after which a worker without a task looks whether its parent is still there."""

END = None
"""The task that ends a worker."""


@dataclass(frozen=True)
class Restart:
    """The task that starts the dataset again, in the next epoch of a persistent worker."""


@dataclass(frozen=True)
class Exhausted:
    """Instead of a batch: this worker's part of an iterable dataset is at its end."""

    worker: int


class Failure:
    """Instead of a batch: an error, with the text of its traceback, on its way to the parent."""

    def __init__(self, error: BaseException, where: str) -> None:
        self.kind = type(error)
        self.where = where
        self.text = "".join(traceback.format_exception(error))

    def reraise(self) -> NoReturn:
        """Raise an error of the same type whose text has the traceback of the worker."""
        text = (f"Caught {self.kind.__name__} {self.where}.\n"
                f"Original {self.text}")
        if self.kind is KeyError:
            raise KeyError(_Verbatim(text))
        try:
            error = self.kind(text)
        except Exception:
            raise RuntimeError(text) from None
        raise error


class _Verbatim(str):
    """Text that a KeyError shows with its line breaks."""

    def __repr__(self) -> str:
        return str(self)


@dataclass(frozen=True)
class WorkerInfo:
    """A worker: its number ``id`` of ``num_workers``, its ``seed``, its copy of the ``dataset``."""

    id: int
    num_workers: int
    seed: int
    dataset: Any


_info: WorkerInfo | None = None


def get_worker_info() -> WorkerInfo | None:
    """Who the present process is among the workers of a loader; None outside of a worker."""
    return _info


@dataclass(frozen=True)
class Job:
    """What all workers of a loader are told at their start."""

    dataset: Any
    batched: bool
    collate_fn: Callable[[Any], Any]
    drop_last: bool
    base_seed: int
    worker_init_fn: Callable[[int], None] | None
    num_workers: int
    iterable: bool


def work(job: Job, number: int, line: Connection) -> None:
    """Fetch what comes over the line until it says :data:`END`, or the parent is gone; what is not
    sent by then nobody wants."""
    ready: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threading.Thread(target=_send, args=(line, ready), daemon=True).start()
    with contextlib.suppress(KeyboardInterrupt, EOFError, OSError):   # the parent's affairs
        _work(job, number, line, ready)


def _send(line: Connection, ready: queue.SimpleQueue[bytes]) -> None:
    """Send what is ready, in a thread: the next batch is made while the parent is busy."""
    with contextlib.suppress(OSError):   # the parent listens no more
        while True:
            line.send_bytes(ready.get())


def _work(job: Job, number: int, line: Connection, ready: queue.SimpleQueue[bytes]) -> None:
    where, parent = f"in DataLoader worker process {number}", os.getppid()
    source: Any = None
    failed: Failure | None = None
    ended = False
    try:
        _introduce(job, number)
        source = _source(job)
    except Exception as error:
        failed = Failure(error, where)
    while (task := _next_task(line, parent)) is not END:
        if isinstance(task, Restart):
            ended = False
            try:
                source = _source(job)
            except Exception as error:
                source, failed = None, Failure(error, where)
        elif not ended:   # or else it was on its way when this worker's part ended
            index, keys = task
            batch = failed if source is None else _batch(source, job, number, keys, where)
            ended = isinstance(batch, Exhausted)
            ready.put(_pickled(index, batch, where))


def _batch(source: Any, job: Job, number: int, keys: Any, where: str) -> Any:
    """A batch, or what there is instead of it."""
    try:
        return source.fetch(keys)
    except Exception as error:
        if isinstance(error, StopIteration) and job.iterable:
            return Exhausted(number)
        return Failure(error, where)


def _pickled(index: int, batch: Any, where: str) -> bytes:
    """Here and not in the sending thread, so that a batch that cannot be sent is an error."""
    try:
        return bytes(ForkingPickler.dumps((index, batch)))
    except Exception as error:
        return bytes(ForkingPickler.dumps((index, Failure(error, where))))


def _introduce(job: Job, number: int) -> None:
    """Seed this process, tell it who it is, and run the user's function."""
    global _info
    seed = job.base_seed + number
    random.seed(seed)
    manual_seed(seed)
    np.random.seed(numpy_seed(job.base_seed, number))
    _info = WorkerInfo(number, job.num_workers, seed, job.dataset)
    if job.worker_init_fn is not None:
        job.worker_init_fn(number)


def numpy_seed(base_seed: int, number: int) -> Any:
    """Four words for ``numpy.random.seed``, other ones for each worker."""
    words = [number, base_seed & 0xFFFFFFFF, base_seed >> 32, 0]
    return np.random.SeedSequence(words).generate_state(4)


def _source(job: Job) -> Any:
    return fetcher(job.dataset, job.batched, job.collate_fn, job.drop_last)


def _next_task(line: Connection, parent: int) -> Any:
    while not line.poll(PARENT_CHECKED_EVERY):
        if _is_gone(parent):
            return END
    return line.recv()


def _is_gone(parent: int) -> bool:
    """Whether the process that started this one, or the one with the loader, has ended."""
    loaders = multiprocessing.parent_process()
    return os.getppid() != parent or (loaders is not None and not loaders.is_alive())


__all__ = ["WorkerInfo", "get_worker_info"]
answer_missing_names(__name__)
