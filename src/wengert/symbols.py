"""Symbolic sizes, which there are none of: classes for ``isinstance``, functions of numbers."""

from __future__ import annotations

import builtins
from types import ModuleType
from typing import Any, NoReturn

from . import cpu, cuda


class _Symbol:
    def __new__(cls, *args: Any, **kwargs: Any) -> NoReturn:
        raise NotImplementedError(f"torch.{cls.__name__} is not in wengert: shapes are numbers")


class SymInt(_Symbol):
    """An integer that is not known."""


class SymFloat(_Symbol):
    """A number that is not known."""


class SymBool(_Symbol):
    """A truth value that is not known."""


def sym_int(a: Any) -> int:
    """``int(a)``."""
    return int(a)


def sym_float(a: Any) -> float:
    """``float(a)``."""
    return float(a)


def sym_not(a: Any) -> bool:
    """``not a``."""
    return not a


sym_max, sym_min = builtins.max, builtins.min


def get_device_module(device: Any = None) -> ModuleType:
    """The module of a device's type: ``torch.cpu``; RuntimeError for one that is not there."""
    kind = "cpu" if device is None else str(getattr(device, "type", device)).partition(":")[0]
    found: dict[str, ModuleType] = {"cpu": cpu, "cuda": cuda}
    if kind not in found:
        raise RuntimeError(f"Device '{kind}' does not have a corresponding module registered as "
                           f"'torch.{kind}'.")
    return found[kind]
