"""Expressions of the surface, evaluated with either ``torch``, as plain results to compare."""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np


def names(torch: Any) -> dict[str, Any]:
    """What an expression may use: ``torch``, ``np``, ``F``, and two tensors of 0 to 5 in two rows,
    ``X()`` of floats and ``Z()`` of integers; ``put(i, v)`` is ``X()`` after ``x[i] = v``."""
    def make_x() -> Any:
        return torch.arange(6.0).reshape(2, 3).clone()

    def make_z() -> Any:
        return torch.arange(6).reshape(2, 3).clone()

    def put(index: Any, value: Any, target: Any = None) -> Any:
        x = make_x() if target is None else target
        x[index] = value
        return x

    return {"torch": torch, "np": np, "F": torch.nn.functional, "X": make_x, "Z": make_z,
            "put": put}


def plain(torch: Any, value: Any) -> Any:
    """A result without tensors; a dtype other than float32 is named, and a named tuple."""
    if isinstance(value, torch.Tensor):
        data = value.detach()
        items = torch.view_as_real(data).tolist() if data.is_complex() else data.tolist()
        dtype = str(value.dtype).removeprefix("torch.")
        empty = [list(value.shape)] if value.numel() == 0 else []
        return items if dtype == "float32" and not empty else [dtype, items, *empty]
    if isinstance(value, (tuple, list)):
        kind = type(value).__name__
        items = [plain(torch, item) for item in value]
        return [kind, *items] if kind not in ("tuple", "list", "Size") else items
    if isinstance(value, (bool, int, float, str)) or value is None:
        return value
    return repr(value)


def outcome(torch: Any, expression: str) -> Any:
    """What an expression gives, or the type and the words of its error."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return plain(torch, eval(expression, names(torch)))
    except Exception as error:
        return f"{type(error).__name__}: {error}"


def agree(found: Any, expected: Any) -> bool:
    """Whether two outcomes are equal, numbers up to rounding; of an error's text the beginning
    counts."""
    if isinstance(found, list) and isinstance(expected, list):
        return len(found) == len(expected) and all(map(agree, found, expected))
    if isinstance(found, float) and isinstance(expected, float):
        return math.isclose(found, expected, rel_tol=1e-5, abs_tol=1e-6) or (
            math.isnan(found) and math.isnan(expected))
    if isinstance(found, str) and isinstance(expected, str) and ": " in expected:
        return found.startswith(expected)
    return type(found) is type(expected) and bool(found == expected)
