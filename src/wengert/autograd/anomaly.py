"""Finding the operation whose derivative became NaN: ``torch.autograd.detect_anomaly``."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..engine.errors import show_line
from ..engine.graph import Node
from ..engine.recording import scopes
from ..engine.recording.flushing import host
from ..engine.recording.observers import Observer, tell
from ..engine.recording.recording import here

reasons: dict[str, Callable[[Any], Callable[[], list[str]]]] = {}
"""``of`` says of the result that a backward starts from why a derivative is NaN, when it is asked
for; entered by ``explain``."""


class Anomaly(Observer):
    """Looks for the operation whose derivative became NaN, if NaN counts as an anomaly."""

    backwards = True

    def __init__(self, check_nan: bool) -> None:
        self.derivatives = check_nan
        self.why: Callable[[], list[str]] | None = None
        """What there is to say of the backward that runs."""

    def backward_begins(self, roots: Sequence[tuple[Any, Any]]) -> None:
        """Keep what is needed to say why one of its derivatives is NaN."""
        self.why = reasons["of"](roots[0][0]) if roots and "of" in reasons else None

    def derivative_taken(self, node: Node, cts: tuple[Any, ...]) -> None:
        """RuntimeError if one of the cotangents that ``node`` gave is NaN somewhere."""
        for i, ct in enumerate(cts):
            if ct is not None and np.isnan(host(ct)).any():
                name = node.call.name if node.call and node.call.name else node.prim.name
                said = [] if self.why is None else self.why()
                raise_at(name, i, "\n".join([
                    f"The operation was recorded at {show_line(node.line)}.", *said]))


def look_for(on: bool, nan: bool) -> None:
    """Look for anomalies in this thread, or no longer."""
    modes = here.modes
    modes.anomaly, modes.anomaly_nan = Anomaly(nan) if on else None, nan
    tell(modes, modes.observers)


def looked_for() -> tuple[bool, bool]:
    """What :func:`look_for` was given."""
    return here.modes.anomaly is not None, here.modes.anomaly_nan


def raise_at(name: str, i: int, where: str) -> None:
    """The error of a derivative that is NaN, after a warning that says where it comes from."""
    warnings.warn(f"Error detected in {name}. {where}", UserWarning, stacklevel=2)
    raise RuntimeError(f"Function '{name}' returned nan values in its {i}th output.\n{where}")


class detect_anomaly:
    """A context in which a backward stops at the operation whose derivative is NaN, and names its
    line. It runs one operation at a time: for debugging only."""

    def __init__(self, check_nan: bool = True) -> None:
        self.check_nan = check_nan
        self._before = looked_for()
        self._scope: scopes.Scope | None = None
        warnings.warn("Anomaly Detection has been enabled. This mode will increase the runtime and "
                      "should only be enabled for debugging.", stacklevel=2)

    def __enter__(self) -> None:
        self._scope = scopes.begin(sys._getframe(1))
        self._before = looked_for()
        look_for(True, self.check_nan)
        if self._scope is not None:
            scopes.hold(self._scope)

    def __exit__(self, *error: Any) -> None:
        if self._scope is not None:
            scopes.close(self._scope)
        else:
            look_for(*self._before)


class set_detect_anomaly:
    """Switches :class:`detect_anomaly` on or off: at once, or as a context."""

    def __init__(self, mode: bool, check_nan: bool = True) -> None:
        self._before = looked_for()
        look_for(mode, check_nan)

    def __enter__(self) -> None:
        return None

    def __exit__(self, *error: Any) -> None:
        look_for(*self._before)


def set_anomaly_enabled(enabled: bool, check_nan: bool = True) -> None:
    """Look for anomalies in this thread from now on, or no longer."""
    if not isinstance(enabled, bool):
        raise TypeError("set_anomaly_enabled(): argument 'enabled' (position 1) must be bool, not "
                        f"{type(enabled).__name__}")
    look_for(enabled, bool(check_nan))


def is_anomaly_enabled() -> bool:
    """Whether anomalies are looked for in this thread."""
    return here.modes.anomaly is not None


def is_anomaly_check_nan_enabled() -> bool:
    """Whether NaN counts as an anomaly."""
    return here.modes.anomaly_nan


__all__ = ["detect_anomaly", "is_anomaly_check_nan_enabled", "is_anomaly_enabled",
           "set_anomaly_enabled", "set_detect_anomaly"]
