"""``torch.testing``: :func:`assert_close`, :func:`make_tensor`."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from .functions import complex_numbers
from .names.missing import answer_missing_names
from .tensors.creation import empty
from .tensors.data import as_tensor, tensor
from .tensors.limits import finfo, iinfo
from .tensors.operators import Tensor
from .tensors.random import randint
from .tensors.recorded import function

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
        missing = "rtol" if rtol is None else "atol"
        raise ValueError("Both 'rtol' and 'atol' must be either specified or omitted, but got no "
                         f"{missing}.")
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
    return isinstance(value, Sequence) and not isinstance(value, str | bytes)


def _place(where: str) -> str:
    return f"\n\nThe failure occurred for item {where}" if where else ""


def _single(actual: Any, expected: Any, rtol: float | None, atol: float | None, equal_nan: bool,
            check_dtype: bool, check_stride: bool, where: str) -> str:
    """What is different between two tensors, arrays, numbers, bools or Nones."""
    pair = (actual, expected)
    if any(x is None for x in pair):
        return "" if actual is expected else (
            f"None mismatch: {actual} is not {expected}{_place(where)}")
    if all(isinstance(x, bool | np.bool_) for x in pair):
        return "" if bool(actual) is bool(expected) else (
            f"Booleans mismatch: {actual} is not {expected}{_place(where)}")
    if all(isinstance(x, _NUMBERS) and not isinstance(x, bool | np.bool_) for x in pair):
        return _numbers(actual, expected, rtol, atol, equal_nan, check_dtype, where)
    related = isinstance(actual, type(expected)) or isinstance(expected, type(actual))
    if not related or not isinstance(actual, Tensor | np.ndarray):
        raise TypeError("No comparison pair was able to handle inputs of type "
                        f"{type(actual)} and {type(expected)}.{_place(where)}")
    a, e = (as_tensor(x).detach() for x in pair)
    for name, checked in (("shape", True), ("dtype", check_dtype)):
        if checked and getattr(a, name) != getattr(e, name):
            return (f"The values for attribute '{name}' do not match: {getattr(a, name)} != "
                    f"{getattr(e, name)}.{_place(where)}")
    if check_stride and a.stride() != e.stride():
        return (f"The values for attribute 'stride()' do not match: {a.stride()} != {e.stride()}."
                f"{_place(where)}")
    given = _bounds(rtol, atol, a.dtype.name, e.dtype.name)
    return _unequal("Tensor-likes" if a.ndim else "Scalars", _array(a), _array(e), *given,
                    equal_nan, where)


_LOOSER = {"float16": (1e-3, 1e-3), "float32": (1e-4, 1e-5), "float64": (1e-5, 1e-8)}
"""The tolerances of :func:`assert_allclose`."""


def assert_allclose(actual: Any, expected: Any, rtol: float | None = None,
                    atol: float | None = None, equal_nan: bool = True, msg: str = "") -> None:
    """The older :func:`assert_close`: of any dtypes, with wider tolerances; NaN equals NaN."""
    warnings.warn("`torch.testing.assert_allclose()` is deprecated. Use "
                  "`torch.testing.assert_close()` instead.", FutureWarning, stacklevel=2)
    actual = actual if isinstance(actual, Tensor) else tensor(actual)
    expected = expected if isinstance(expected, Tensor) else tensor(expected, dtype=actual.dtype)
    if rtol is None and atol is None:
        pairs = [_LOOSER.get(x.dtype.name, (0.0, 0.0)) for x in (actual, expected)]
        rtol, atol = (max(each) for each in zip(*pairs, strict=True))
    assert_close(actual, expected, rtol=rtol, atol=atol, equal_nan=equal_nan, check_dtype=False,
                 msg=msg or None)


_NUMBERS = (int, float, complex, np.number)


def _bounds(rtol: float | None, atol: float | None, *dtypes: str) -> tuple[float, float]:
    """The tolerances: those given, or the wider of those of the dtypes."""
    if rtol is not None and atol is not None:
        return float(rtol), float(atol)
    return max(_TOLERANCES.get(name, (0.0, 0.0)) for name in dtypes)


def _numbers(actual: Any, expected: Any, rtol: float | None, atol: float | None, equal_nan: bool,
             check_type: bool, where: str) -> str:
    if check_type and type(actual) is not type(expected):
        return (f"The (d)types do not match: {type(actual)} != {type(expected)}."
                f"{_place(where)}")
    names = [{float: "float64", complex: "complex128"}.get(type(x), type(x).__name__)
             for x in (actual, expected)]
    return _unequal("Scalars", np.asarray(actual), np.asarray(expected),
                    *_bounds(rtol, atol, *names), equal_nan, where)


def _array(x: Any) -> Any:
    """The numbers of ``x``, of those in bfloat16 in float32."""
    return (x.float() if x.dtype.name == "bfloat16" else x).numpy()


def _unequal(kind: str, a: Any, e: Any, rtol: float, atol: float, equal_nan: bool,
             where: str) -> str:
    """What is different between two arrays of one shape; distances are in their own precision."""
    dtype = np.result_type(a, e)
    dtype = np.dtype(np.int64) if dtype.kind == "b" else dtype
    wide = np.result_type(dtype, np.float64)
    exact = not (rtol or atol)
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        close = a == e if exact else np.isclose(a.astype(wide), e.astype(wide), rtol, atol)
        if equal_nan and dtype.kind in "fc":
            close = close | (np.isnan(a) & np.isnan(e))
        if np.all(close):
            return ""
        wrong = np.count_nonzero(~np.asarray(close))
        a, e = a.astype(dtype), e.astype(dtype)
        size = np.abs(e)
        distance = np.where(close, np.zeros((), size.dtype), np.abs(a - e))
        part = distance.astype(np.float32) / size if dtype.kind in "iu" and a.ndim else (
            distance / size)
        part = part.astype(np.float32) if dtype.kind in "iu" and a.ndim else part
        ratio = np.where(close, np.zeros((), part.dtype), part)
    word = "equal" if exact else "close"
    if a.ndim == 0:
        lines = [f"Expected {e.item()} but got {a.item()}.",
                 f"Absolute difference: {distance.item()}{_bound(atol, exact)}",
                 f"Relative difference: {ratio.item()}{_bound(rtol, exact)}"]
    else:
        lines = [f"Mismatched elements: {wrong} / {a.size} ({wrong / a.size:.1%})",
                 f"Greatest absolute difference: {_greatest(distance, atol, exact)}",
                 f"Greatest relative difference: {_greatest(ratio, rtol, exact)}"]
    return f"{kind} are not {word}!\n\n" + "\n".join(lines) + _place(where)


def _greatest(values: Any, allowed: float, exact: bool) -> str:
    at = np.unravel_index(int(np.argmax(values)), values.shape)
    return f"{values[at].item()} at index {tuple(map(int, at))}{_bound(allowed, exact)}"


def _bound(allowed: float, exact: bool) -> str:
    return "" if exact else f" (up to {allowed} allowed)"


def make_tensor(*shape: Any, dtype: Any, device: Any = None, low: float | None = None,
                high: float | None = None, requires_grad: bool = False,
                noncontiguous: bool = False, exclude_zero: bool = False,
                memory_format: Any = None) -> Tensor:
    """A tensor of numbers drawn from ``[low, high)``: [-9, 9) of floating and complex dtypes,
    [-9, 10) of integers, [0, 10) of unsigned ones, [0, 2) of bool, where they are not given.

    ``noncontiguous`` takes every second element of twice as many; ``exclude_zero`` puts the
    smallest normal number, or 1, for 0. ValueError for bounds that are NaN, not in order or outside
    the dtype, and where integers are to require grad.

    >>> torch.testing.make_tensor((2, 3), dtype=torch.int64, low=0, high=1)
    tensor([[0, 0, 0],
            [0, 0, 0]])
    """
    size = tuple(shape[0]) if len(shape) == 1 and isinstance(shape[0], Sequence) else shape
    inexact = dtype.is_floating_point or dtype.is_complex
    if noncontiguous and memory_format is not None:
        raise ValueError("The parameters `noncontiguous` and `memory_format` are mutually "
                         f"exclusive, but got {noncontiguous=} and {memory_format=}")
    if requires_grad and not inexact:
        raise ValueError("`requires_grad=True` is not supported for boolean and integral dtypes, "
                         f"but got {dtype=}")
    apart = noncontiguous and math.prod(size) > 1
    if apart:
        size = (*size[:-1], 2 * size[-1])
    low, high = _range(dtype, low, high, inexact)
    if inexact:
        out = empty(size, dtype=dtype)
        parts = function(complex_numbers.view_as_real)(out) if dtype.is_complex else out
        wide = high - low >= finfo(dtype).max
        parts.uniform_(low / 2, high / 2).mul_(2) if wide else parts.uniform_(low, high)
    else:
        out = randint(math.ceil(low), math.ceil(high), size, dtype=dtype)
    if apart:
        out = out[..., 1::2]
    elif memory_format is not None:
        out = out.clone(memory_format=memory_format)
    if exclude_zero:
        out[out == 0] = finfo(dtype).tiny if inexact else 1
    made: Tensor = out.requires_grad_(requires_grad) if inexact else out
    return made


def _range(dtype: Any, low: float | None, high: float | None,
           inexact: bool) -> tuple[float, float]:
    """From where to where numbers are drawn; ValueError for what is no range of the dtype."""
    if inexact:
        limits = finfo(dtype)
        least, most, usual = limits.min, limits.max, (-9, 9)
    elif dtype.name == "bool":
        least, most, usual = 0, 2, (0, 2)
    else:
        whole = iinfo(dtype)
        least, most, usual = whole.min, whole.max + (dtype.name != "int64"), (-9, 10)
    low, high = usual[0] if low is None else low, usual[1] if high is None else high
    if math.isnan(low) or math.isnan(high):
        raise ValueError(f"`low` and `high` cannot be NaN, but got {low=} and {high=}")
    if low == high and inexact:
        warnings.warn("Passing `low==high` to `torch.testing.make_tensor` for floating or complex "
                      "types is deprecated. Use `torch.full(...)` instead.", FutureWarning,
                      stacklevel=3)
    elif low >= high:
        raise ValueError(f"`low` must be less than `high`, but got {low} >= {high}")
    elif high < least or low >= most:
        raise ValueError(f"The value interval specified by `low` and `high` is [{low}, {high}), "
                         f"but {dtype} only supports [{least}, {most})")
    return min(max(low, least), most), min(max(high, least), most)


__all__ = ["assert_allclose", "assert_close", "make_tensor"]
answer_missing_names(__name__)
