"""``torch.cuda``: says that there is no CUDA device, so that programs that ask run on the CPU."""

from __future__ import annotations

from typing import Any, NoReturn

from .missing import answer_missing_names


def is_available() -> bool:
    """False."""
    return False


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


def seed_all() -> None:
    """Nothing: there is no generator to seed."""


def empty_cache() -> None:
    """Nothing: there is no cache."""


def _refuse() -> NoReturn:
    raise RuntimeError("Wengert has no CUDA backend; torch.cuda.is_available() is False. "
                       "Run on the CPU")


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


def memory_allocated(device: Any = None) -> int:
    """0."""
    return 0


def max_memory_allocated(device: Any = None) -> int:
    """0."""
    return 0


__all__ = [
    "is_available", "is_initialized", "is_bf16_supported", "device_count", "current_device",
    "set_device", "get_device_name", "get_device_properties", "synchronize",
    "manual_seed", "manual_seed_all", "seed_all",
    "empty_cache", "memory_allocated", "max_memory_allocated",
]
answer_missing_names(__name__)
