"""``torch.multiprocessing``: Python's ``multiprocessing``, whose queues carry tensors by pickling.

There is no memory that processes share: what one writes to a tensor, another does not see.
"""

from __future__ import annotations

import multiprocessing as _python
from multiprocessing import *  # noqa: F403

from ..names.missing import answer_missing_names
from .spawn import (
    ProcessContext,
    ProcessException,
    ProcessExitedException,
    ProcessRaisedException,
    SpawnContext,
    spawn,
    start_processes,
)

_strategy = "file_system"


def get_sharing_strategy() -> str:
    """What :func:`set_sharing_strategy` was given; it changes nothing."""
    return _strategy


def set_sharing_strategy(new_strategy: str) -> None:
    """Kept, without effect: tensors go from process to process by pickling."""
    global _strategy
    if new_strategy not in get_all_sharing_strategies():
        raise AssertionError(f"{new_strategy!r} is no sharing strategy")
    _strategy = new_strategy


def get_all_sharing_strategies() -> set[str]:
    """The names of PyTorch's strategies."""
    return {"file_descriptor", "file_system"}


__all__ = [
    "ProcessContext", "ProcessException", "ProcessExitedException", "ProcessRaisedException",
    "SpawnContext", "get_all_sharing_strategies", "get_sharing_strategy", "set_sharing_strategy",
    "spawn", "start_processes", *_python.__all__]
answer_missing_names(__name__)
