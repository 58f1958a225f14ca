"""``torch.cuda``: says that there is no CUDA device, so that programs that ask run on the CPU."""

from __future__ import annotations

import contextlib
from typing import Any, NoReturn

from ..engine.devices import NotCompiledError
from ..names.missing import answer_missing_names
from . import amp


def is_available() -> bool:
    """False."""
    return False


_initialized = False   # as packages look for it


def is_initialized() -> bool:
    """False."""
    return False


def is_bf16_supported(including_emulation: bool = True) -> bool:
    """False."""
    return False


def device_count() -> int:
    """0."""
    return 0


def manual_seed(seed: int) -> None:
    """Nothing: there is no generator to seed."""


def manual_seed_all(seed: int) -> None:
    """Nothing: there is no generator to seed."""


def seed() -> None:
    """Nothing: there is no generator to seed."""


def seed_all() -> None:
    """Nothing: there is no generator to seed."""


def empty_cache() -> None:
    """Nothing: there is no cache."""


def _refuse() -> NoReturn:
    raise NotCompiledError("Torch not compiled with CUDA enabled: Wengert has no CUDA backend; "
                           "torch.cuda.is_available() is False. Run on the CPU")


def current_device() -> NoReturn:
    """RuntimeError: there is no device."""
    _refuse()


def set_device(device: Any) -> NoReturn:
    """RuntimeError: there is no device."""
    _refuse()


def synchronize(device: Any = None) -> NoReturn:
    """RuntimeError: there is no device."""
    _refuse()


def get_device_name(device: Any = None) -> NoReturn:
    """RuntimeError: there is no device."""
    _refuse()


def get_device_properties(device: Any = None) -> NoReturn:
    """RuntimeError: there is no device."""
    _refuse()


def _nothing(name: str) -> Any:
    def none(device: Any = None) -> int:
        return 0

    none.__name__ = none.__qualname__ = name
    none.__doc__ = "0: there is no memory of a device."
    return none


memory_allocated, max_memory_allocated, memory_reserved, max_memory_reserved, memory_cached, \
    max_memory_cached = map(_nothing, (
        "memory_allocated", "max_memory_allocated", "memory_reserved", "max_memory_reserved",
        "memory_cached", "max_memory_cached"))


def reset_peak_memory_stats(device: Any = None) -> None:
    """Nothing: there is no memory of a device."""


def reset_max_memory_allocated(device: Any = None) -> None:
    """Nothing: there is no memory of a device."""


def memory_stats(device: Any = None) -> dict[str, Any]:
    """An empty dict."""
    return {}


def ipc_collect() -> None:
    """Nothing: there is no memory of a device."""


def get_device_capability(device: Any = None) -> NoReturn:
    """RuntimeError: there is no device."""
    _refuse()


def mem_get_info(device: Any = None) -> NoReturn:
    """RuntimeError: there is no device."""
    _refuse()


def get_arch_list() -> list[str]:
    """An empty list."""
    return []


def is_current_stream_capturing() -> bool:
    """False."""
    return False


def device(device: Any) -> Any:
    """A block that does nothing, for None and negative numbers; RuntimeError for the others."""
    if device is None or (isinstance(device, int) and device < 0):
        return contextlib.nullcontext()
    _refuse()


class Event:
    """RuntimeError: there is no device whose time could be taken."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        _refuse()


class Stream:
    """RuntimeError: there is no device."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        _refuse()


def current_stream(device: Any = None) -> NoReturn:
    """RuntimeError: there is no device."""
    _refuse()


def stream(stream: Any) -> Any:
    """A block that does nothing, for None."""
    if stream is None:
        return contextlib.nullcontext()
    _refuse()


__all__ = [
    "Event", "Stream", "amp", "current_device", "current_stream", "device", "device_count",
    "empty_cache", "get_arch_list", "get_device_capability", "get_device_name",
    "get_device_properties", "ipc_collect", "is_available", "is_bf16_supported",
    "is_current_stream_capturing", "is_initialized", "manual_seed", "manual_seed_all",
    "max_memory_allocated", "max_memory_cached", "max_memory_reserved", "mem_get_info",
    "memory_allocated", "memory_cached", "memory_reserved", "memory_stats",
    "reset_max_memory_allocated", "reset_peak_memory_stats", "seed", "seed_all", "set_device",
    "stream", "synchronize",
]
answer_missing_names(__name__)
