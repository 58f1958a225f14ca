"""``torch.cpu``: what programs that are written for any device ask; :func:`synchronize` has the
values computed that wait.
"""

from __future__ import annotations

from typing import Any

from .engine.devices import check_device
from .names.missing import answer_missing_names
from .tensors.pending import synchronize


def is_available() -> bool:
    """True."""
    return True


def is_initialized() -> bool:
    """True."""
    return True


def device_count() -> int:
    """1."""
    return 1


def current_device() -> str:
    """``"cpu"``."""
    return "cpu"


def set_device(device: Any) -> None:
    """Nothing: there is one; RuntimeError for another."""
    check_device(device)


__all__ = ["current_device", "device_count", "is_available", "is_initialized", "set_device",
           "synchronize"]
answer_missing_names(__name__)
