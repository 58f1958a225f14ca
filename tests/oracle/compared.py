"""What `modules.py` and `optimizers.py` share: two sides, and when their arrays are the same."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch

import wengert

TOLERANCE = 1e-5
FLOOR = 0.1   # an array is not held to less than this part of the largest of its group
SIDES = (torch, wengert)

Figures = dict[str, float]


class Difference(AssertionError):
    """What is not the same on both sides."""



def equal(what: str, found: Any, wanted: Any) -> None:
    if found != wanted:
        raise Difference(f"{what}: {found!r} is not {wanted!r}")


def close(what: str, figures: Figures, figure: str, found: Mapping[Any, Any],
          wanted: Mapping[Any, Any]) -> None:
    """Keeps the largest error in ``figures``; None, whole numbers and flags have to be equal."""
    equal(f"{what}: names", list(found), list(wanted))
    largest = max((peak(w) for w in wanted.values() if is_float(w)), default=0.0)
    for name, w in wanted.items():
        f = found[name]
        if not is_float(w):
            equal(f"{what} {name}", listed(f), listed(w))
            continue
        equal(f"{what} {name}: dtype, shape", (f.dtype, f.shape), (w.dtype, w.shape))
        equal(f"{what} {name}: finite", np.isfinite(f).tolist(), np.isfinite(w).tolist())
        at = np.isfinite(w)
        scale = max(peak(w), FLOOR * largest) or 1.0
        error = float(np.max(np.abs(f[at] - w[at]), initial=0.0)) / scale
        figures[figure] = max(figures[figure], error)
        if error > TOLERANCE:
            raise Difference(f"{what} {name}: off by {error:.2g} of the largest\n{f}\nis not\n{w}")


def is_float(value: Any) -> bool:
    return isinstance(value, np.ndarray | np.generic) and value.dtype.kind == "f"


def peak(value: Any) -> float:
    return float(np.max(np.abs(value[np.isfinite(value)]), initial=0.0))


def listed(value: Any) -> Any:
    return value.tolist() if isinstance(value, np.ndarray | np.generic) else value


def arrays(tensors: Mapping[str, Any]) -> dict[str, Any]:
    return {name: array(x) for name, x in tensors.items() if x is not None}


def array(x: Any) -> Any:
    return np.array(x.detach().numpy())


def through_file(writer: Any, reader: Any, state: Any) -> Any:
    """What one side reads of a file that the other wrote."""
    buffer = io.BytesIO()
    writer.save(state, buffer)
    buffer.seek(0)
    return reader.load(buffer)
