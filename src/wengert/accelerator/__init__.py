"""``torch.accelerator``: says that there is none, so that programs that ask run on the CPU, whose
values :func:`synchronize` has computed.
"""

from __future__ import annotations

import contextlib
from typing import Any, NoReturn

from ..cuda import (
    empty_cache,
    max_memory_allocated,
    max_memory_reserved,
    memory_allocated,
    memory_reserved,
    memory_stats,
    reset_peak_memory_stats,
)
from ..names.missing import answer_missing_names
from ..tensors.pending import synchronize


def is_available() -> bool:
    """False."""
    return False


def device_count() -> int:
    """0."""
    return 0


def current_accelerator(check_available: bool = False) -> None:
    """None."""


def _refuse() -> NoReturn:
    raise RuntimeError("Wengert has no accelerator; torch.accelerator.is_available() is False. "
                       "Run on the CPU")


def current_device_index() -> NoReturn:
    """RuntimeError: there is no device."""
    _refuse()


def set_device_index(device: Any) -> NoReturn:
    """RuntimeError: there is no device."""
    _refuse()


def get_device_capability(device: Any = None) -> NoReturn:
    """RuntimeError: there is no device."""
    _refuse()


def get_memory_info(device_index: Any = None) -> NoReturn:
    """RuntimeError: there is no device."""
    _refuse()


def current_stream(device: Any = None) -> NoReturn:
    """RuntimeError: there is no device."""
    _refuse()


def set_stream(stream: Any) -> NoReturn:
    """RuntimeError: there is no device."""
    _refuse()


def empty_host_cache() -> None:
    """Nothing: there is no cache."""


def reset_accumulated_memory_stats(device_index: Any = None) -> None:
    """Nothing: there is no memory of a device."""


def device_index(device: int | None) -> Any:
    """A block that does nothing, for None; RuntimeError for a number."""
    if device is None:
        return contextlib.nullcontext()
    _refuse()


__all__ = [
    "current_accelerator", "current_device_index", "current_stream", "device_count", "device_index",
    "empty_cache", "empty_host_cache", "get_device_capability", "get_memory_info", "is_available",
    "max_memory_allocated", "max_memory_reserved", "memory_allocated", "memory_reserved",
    "memory_stats", "reset_accumulated_memory_stats", "reset_peak_memory_stats", "set_device_index",
    "set_stream", "synchronize"]
answer_missing_names(__name__)
