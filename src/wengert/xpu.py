"""``torch.xpu``: says that there is no Intel GPU."""

from __future__ import annotations

from .names.missing import answer_missing_names


def is_available() -> bool:
    """False."""
    return False


def device_count() -> int:
    """0."""
    return 0


def manual_seed(seed: int) -> None:
    """Nothing: there is no generator to seed."""


def manual_seed_all(seed: int) -> None:
    """Nothing: there is no generator to seed."""


def empty_cache() -> None:
    """Nothing: there is no cache."""


def synchronize() -> None:
    """RuntimeError: there is no device."""
    raise RuntimeError("Wengert has no XPU backend; torch.xpu.is_available() is False. "
                       "Run on the CPU")


__all__ = ["device_count", "empty_cache", "is_available", "manual_seed",
           "manual_seed_all", "synchronize"]
answer_missing_names(__name__)
