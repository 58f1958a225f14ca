"""``torch.mps``: says that there is no Metal device."""

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


def empty_cache() -> None:
    """Nothing: there is no cache."""


def synchronize() -> None:
    """RuntimeError: there is no device."""
    raise RuntimeError("Wengert has no MPS backend; torch.backends.mps.is_available() is False. "
                       "Run on the CPU")


__all__ = ["device_count", "empty_cache", "is_available", "manual_seed", "synchronize"]
answer_missing_names(__name__)
