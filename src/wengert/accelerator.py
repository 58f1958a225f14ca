"""``torch.accelerator``: says that there is none, so that programs that ask run on the CPU, whose
values :func:`synchronize` has computed.
"""

from __future__ import annotations

from typing import Any, NoReturn

from .names.missing import answer_missing_names
from .tensors.pending import synchronize


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


__all__ = ["current_accelerator", "current_device_index", "device_count", "is_available",
           "set_device_index", "synchronize"]
answer_missing_names(__name__)
