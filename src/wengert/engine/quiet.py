"""No warnings of NumPy's: what ``with np.errstate(all="ignore")`` does, in a tenth of its time.

A program of two operations enters it at each run. What NumPy keeps its settings in has been the
same variable since 2.0; where there is none of that name, its own function is taken.
"""

from __future__ import annotations

import importlib
from functools import partial
from typing import Any

import numpy as np

try:
    umath: Any = importlib.import_module("numpy._core.umath")
    _settings = umath._extobj_contextvar
    _IGNORING = umath._make_extobj(all="ignore")
except (ImportError, AttributeError):
    _IGNORING = None


class _Quiet:
    """A block in which NumPy's operations say nothing of infinities and the like."""

    __slots__ = ("token",)

    def __enter__(self) -> None:
        self.token = _settings.set(_IGNORING)

    def __exit__(self, *error: object) -> None:
        _settings.reset(self.token)


def _errstate() -> Any:
    return np.errstate(all="ignore")


def _ignored() -> Any:
    block = _errstate()
    block.__enter__()
    return block


silenced: Any = _ignored if _IGNORING is None else partial(_settings.set, _IGNORING)
"""Begins such a block; what it gives is for :data:`spoken`, which ends it: beside one operation,
``with`` takes long."""
spoken: Any = (lambda block: block.__exit__(None, None, None)) if _IGNORING is None else (
    _settings.reset)
quiet: Any = _errstate if _IGNORING is None else _Quiet
"""``with quiet():``"""
