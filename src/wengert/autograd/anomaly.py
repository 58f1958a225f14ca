"""Finding the operation whose derivative became NaN: ``torch.autograd.detect_anomaly``."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from ..engine.errors import show_line
from ..engine.graph import Node
from ..engine.recording import scopes
from ..engine.recording.flushing import value
from ..engine.recording.recording import here


def checker() -> Callable[[Node, tuple[Any, ...]], None] | None:
    """What the engine calls after each operation of a backward; None if nothing is to be found."""
    modes = here.modes
    return check if modes.anomaly and modes.anomaly_nan else None


def check(node: Node, cts: tuple[Any, ...]) -> None:
    """RuntimeError if one of the cotangents that ``node`` gave is NaN somewhere."""
    for i, ct in enumerate(cts):
        if ct is not None and np.isnan(value(ct)).any():
            name = node.call.name if node.call and node.call.name else node.prim.name
            raise_at(name, i, f"The operation was recorded at {show_line(node.line)}.")


def raise_at(name: str, i: int, where: str) -> None:
    """The error of a derivative that is NaN, after a warning that says where it comes from."""
    warnings.warn(f"Error detected in {name}. {where}", UserWarning, stacklevel=2)
    raise RuntimeError(f"Function '{name}' returned nan values in its {i}th output.\n{where}")


class detect_anomaly:
    """A context in which a backward stops at the operation whose derivative is NaN, and names its
    line. It runs one operation at a time: for debugging only."""

    def __init__(self, check_nan: bool = True) -> None:
        self.check_nan = check_nan
        self._before = (here.modes.anomaly, here.modes.anomaly_nan)
        self._scope: scopes.Scope | None = None
        warnings.warn("Anomaly Detection has been enabled. This mode will increase the runtime and "
                      "should only be enabled for debugging.", stacklevel=2)

    def __enter__(self) -> None:
        self._scope = scopes.begin(sys._getframe(1))
        self._before = (here.modes.anomaly, here.modes.anomaly_nan)
        here.modes.anomaly, here.modes.anomaly_nan = True, self.check_nan
        if self._scope is not None:
            scopes.hold(self._scope)

    def __exit__(self, *error: Any) -> None:
        if self._scope is not None:
            scopes.close(self._scope)
        else:
            here.modes.anomaly, here.modes.anomaly_nan = self._before


class set_detect_anomaly:
    """Switches :class:`detect_anomaly` on or off: at once, or as a context."""

    def __init__(self, mode: bool, check_nan: bool = True) -> None:
        self._before = (here.modes.anomaly, here.modes.anomaly_nan)
        here.modes.anomaly, here.modes.anomaly_nan = mode, check_nan

    def __enter__(self) -> None:
        return None

    def __exit__(self, *error: Any) -> None:
        here.modes.anomaly, here.modes.anomaly_nan = self._before


def is_anomaly_enabled() -> bool:
    """Whether anomalies are looked for in this thread."""
    return here.modes.anomaly


def is_anomaly_check_nan_enabled() -> bool:
    """Whether NaN counts as an anomaly."""
    return here.modes.anomaly_nan


__all__ = ["detect_anomaly", "is_anomaly_check_nan_enabled", "is_anomaly_enabled",
           "set_detect_anomaly"]
