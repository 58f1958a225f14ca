"""``torch.testing``: :func:`assert_close`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from .dtypes import complex128, float64
from .missing import answer_missing_names
from .surface.data import as_tensor
from .tensor import Tensor

_TOLERANCES = {"float16": (1e-3, 1e-5), "bfloat16": (1.6e-2, 1e-5), "float32": (1.3e-6, 1e-5),
               "float64": (1e-7, 1e-7), "complex64": (1.3e-6, 1e-5), "complex128": (1e-7, 1e-7)}
"""The relative and absolute tolerance by dtype; (0, 0) for the others."""


def assert_close(actual: Any, expected: Any, *, allow_subclasses: bool = True,
                 rtol: float | None = None, atol: float | None = None, equal_nan: bool = False,
                 check_device: bool = True, check_dtype: bool = True, check_layout: bool = True,
                 check_stride: bool = False,
                 msg: str | Callable[[str], str] | None = None) -> None:
    """AssertionError unless ``abs(actual - expected) <= atol + rtol * abs(expected)`` everywhere.

    Tensors, arrays, numbers, and sequences and mappings of them. Without ``rtol`` and ``atol`` they
    follow from the dtype. Shape and dtype must be the same too.
    """
    if (rtol is None) != (atol is None):
        raise ValueError(
            f"rtol and atol must both be specified or both be unspecified, but got rtol={rtol} and "
            f"atol={atol}.")
    problem = _difference(actual, expected, rtol, atol, equal_nan, check_dtype, check_stride, "")
    if problem:
        raise AssertionError(msg(problem) if callable(msg) else msg or problem)


def _difference(actual: Any, expected: Any, rtol: float | None, atol: float | None,
                equal_nan: bool, dtype: bool, stride: bool, where: str) -> str:
    """What is different, or an empty text."""
    rest = (rtol, atol, equal_nan, dtype, stride)
    if isinstance(actual, Mapping) and isinstance(expected, Mapping):
        if actual.keys() != expected.keys():
            return ("The keys of the mappings do not match:\nMissing keys in the actual mapping: "
                    f"{sorted(expected.keys() - actual.keys())}\nAdditional keys in the actual "
                    f"mapping: {sorted(actual.keys() - expected.keys())}")
        pairs = [(f"[{key!r}]", actual[key], expected[key]) for key in expected]
    elif _is_sequence(actual) and _is_sequence(expected):
        if len(actual) != len(expected):
            return ("The length of the sequences mismatch: "
                    f"{len(actual)} != {len(expected)}{_place(where)}")
        pairs = [(f"[{i}]", a, e) for i, (a, e) in enumerate(zip(actual, expected, strict=True))]
    else:
        return _single(actual, expected, *rest, where)
    found = (_difference(a, e, *rest, where + at) for at, a, e in pairs)
    return next((problem for problem in found if problem), "")


def _is_sequence(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str)


def _place(where: str) -> str:
    return f"\n\nThe failure occurred for item {where}" if where else ""


def _single(actual: Any, expected: Any, rtol: float | None, atol: float | None, equal_nan: bool,
            check_dtype: bool, check_stride: bool, where: str) -> str:
    """What is different between two tensors or numbers."""
    numbers = not any(isinstance(x, Tensor | np.ndarray) for x in (actual, expected))
    kind = "Scalars" if numbers else "Tensor-likes"
    try:
        a, e = (_tensor(x, numbers) for x in (actual, expected))
    except TypeError:
        return "" if actual == expected else f"{actual!r} != {expected!r}{_place(where)}"
    attributes = {"shape": True, "dtype": check_dtype and not numbers}
    for name, checked in attributes.items():
        if checked and getattr(a, name) != getattr(e, name):
            return (f"The values for attribute '{name}' do not match: {getattr(a, name)} != "
                    f"{getattr(e, name)}.{_place(where)}")
    if check_stride and a.stride() != e.stride():
        return (f"The values for attribute 'stride()' do not match: {a.stride()} != {e.stride()}."
                f"{_place(where)}")
    given = (rtol, atol) if rtol is not None else max(
        _TOLERANCES.get(x.dtype.name, (0.0, 0.0)) for x in (a, e))
    return _unequal(kind, a, e, float(given[0]), float(given[1] or 0), equal_nan, where)


def _tensor(value: Any, number: bool) -> Any:
    if number and not isinstance(value, bool | int | float | complex | np.generic):
        raise TypeError
    kind = {float: float64, complex: complex128}.get(type(value)) if number else None
    tensor: Any = as_tensor(value, dtype=kind)
    return tensor.detach()


def _unequal(kind: str, actual: Any, expected: Any, rtol: float, atol: float, equal_nan: bool,
             where: str) -> str:
    wide = np.result_type(actual.numpy(), expected.numpy(), np.float64)
    exact = not (rtol or atol)
    a, e = (x.numpy() if exact else x.numpy().astype(wide) for x in (actual, expected))
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        close = a == e if exact else np.isclose(a, e, rtol, atol)
        if equal_nan and a.dtype.kind in "fc":
            close = close | (np.isnan(a) & np.isnan(e))
        if close.all():
            return ""
        wrong = np.count_nonzero(~np.asarray(close))
        distance = np.where(close, 0, np.abs(a.astype(wide) - e.astype(wide)))
        ratio = np.where(close, 0, distance / np.abs(e.astype(wide)))
    word = "equal" if exact else "close"
    if a.ndim == 0:
        lines = [f"Expected {expected.item()} but got {actual.item()}.",
                 f"Absolute difference: {float(distance)}{_bound(atol, exact)}",
                 f"Relative difference: {float(ratio)}{_bound(rtol, exact)}"]
    else:
        lines = [f"Mismatched elements: {wrong} / {a.size} ({wrong / a.size:.1%})",
                 f"Greatest absolute difference: {_greatest(distance, atol, exact)}",
                 f"Greatest relative difference: {_greatest(ratio, rtol, exact)}"]
    return f"{kind} are not {word}!\n\n" + "\n".join(lines) + _place(where)


def _greatest(values: Any, allowed: float, exact: bool) -> str:
    at = np.unravel_index(int(np.argmax(values)), values.shape)
    return f"{values[at]} at index {tuple(map(int, at))}{_bound(allowed, exact)}"


def _bound(allowed: float, exact: bool) -> str:
    return "" if exact else f" (up to {allowed} allowed)"


__all__ = ["assert_close"]
answer_missing_names(__name__)
