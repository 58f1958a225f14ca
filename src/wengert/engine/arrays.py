"""Arrays in the memory of any device: NumPy's on the CPU, those of a library elsewhere.

What NumPy's functions do for all of them needs nothing from here (they hand arrays of a library to
it); what would convert an array to NumPy's, or makes one of nothing, is here.
"""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np

from .devices import CPU, device, known, libraries, of_class


def asarray(x: Any, dtype: Any = None) -> Any:
    """``x`` as an array of ``dtype``, or its own, where it lies; itself where it is one."""
    if x.__class__ in of_class:
        return x if dtype is None or x.dtype == dtype else x.astype(dtype)
    return np.asarray(x, dtype)


def copied(x: Any) -> Any:
    """A copy of ``x``, row by row, where it lies."""
    return x.copy() if x.__class__ in of_class else np.array(x, order="C")


def contiguous(x: Any) -> Any:
    """``x`` row by row, where it lies: itself, or a copy."""
    if x.__class__ in of_class:
        return x if x.flags.c_contiguous else x.copy()
    return np.asarray(x, order="C")


def check_host(where: device) -> None:
    """TypeError unless a tensor on ``where`` can be an array of NumPy's as it is."""
    if where is not CPU:
        raise TypeError(f"can't convert {where} device type tensor to numpy. Use Tensor.cpu() to "
                        "copy the tensor to host memory first.")


def place_of(buffer: Any) -> device:
    """Where a buffer lies."""
    library = of_class.get(buffer.__class__)
    return CPU if library is None else known(library.device_of(buffer))


def as_buffer(value: Any, dtype: Any) -> Any:
    """What a program computed as a buffer: of NumPy's numbers, arrays."""
    return value if value.__class__ in of_class else np.asarray(value, dtype)


def to_host(buffer: Any) -> Any:
    """A buffer as a NumPy array, copied from its device if it lies on one."""
    library = of_class.get(buffer.__class__)
    return buffer if library is None else library.to_host(buffer)


def moved(buffer: Any, where: device) -> Any:
    """A buffer on the device ``where``, copied there if it lies elsewhere."""
    if place_of(buffer) is where:
        return buffer
    array = to_host(buffer)
    return array if where is CPU else libraries[where.type].from_host(np.asarray(array), where)


def filled(shape: tuple[int, ...], value: Any, dtype: Any, where: device | None) -> Any:
    """A buffer of one value, made where it is to lie."""
    if where is None or where is CPU:
        return np.zeros(shape, dtype) if not value else np.full(shape, value, dtype)
    return libraries[where.type].full(shape, value, dtype, where)


# What chooses between values, by the fastest of what NumPy has for it: a maximum with one number
# takes it longer than to put values between two, and a branch for each element takes long where it
# cannot be foreseen, so many are chosen by their bits.
try:
    between: Any = importlib.import_module("numpy._core.umath").clip
except (ImportError, AttributeError):
    def between(x: Any, low: Any, high: Any) -> Any:
        """``x``, but at least ``low`` and at most ``high``."""
        return np.minimum(np.maximum(x, low), high)

MANY = 2048
"""Of so many elements the bits are chosen."""
INFINITE = {char: np.array(np.inf, char) for char in "fd"}
LEAST = {char: np.array(-np.inf, char) for char in "fd"}
_WHOLE: dict[str, Any] = {"f": np.dtype(np.int32), "d": np.dtype(np.int64)}
_BYTE = np.dtype(np.int8)


def raised(x: Any, low: Any) -> Any:
    """``x``, but at least ``low``."""
    if x.__class__ is np.ndarray and x.dtype.char in "fd" and x.ndim and (
            low.__class__ is not np.ndarray or not low.ndim):
        return between(x, low, INFINITE[x.dtype.char])
    return np.maximum(x, low)


def lowered(x: Any, high: Any) -> Any:
    """``x``, but at most ``high``."""
    if x.__class__ is np.ndarray and x.dtype.char in "fd" and x.ndim and (
            high.__class__ is not np.ndarray or not high.ndim):
        return between(x, LEAST[x.dtype.char], high)
    return np.minimum(x, high)


def chosen(condition: Any, a: Any, b: Any) -> Any:
    """``a`` where the condition holds, ``b`` elsewhere."""
    if condition.__class__ is not np.ndarray or condition.size < MANY or (
            condition.dtype.char != "?"):
        return np.where(condition, a, b)
    like = a if a.__class__ is np.ndarray and a.ndim else b
    if like.__class__ is not np.ndarray or like.shape != condition.shape:
        return np.where(condition, a, b)
    whole = _WHOLE.get(like.dtype.char)
    one, other = _bits(a, like, whole), _bits(b, like, whole)
    if one is None or other is None:
        return np.where(condition, a, b)
    mask = np.negative(condition.view(_BYTE)).astype(whole)   # all bits, or none
    if other.ndim or other != 0:
        mask &= one ^ other
        mask ^= other
    else:
        mask &= one
    return mask.view(like.dtype)


def _bits(x: Any, like: Any, whole: Any) -> Any:
    """The bits of ``x``, which has the shape and the dtype of ``like``, or is one number; None of
    anything else."""
    if whole is None:
        return None
    if x.__class__ is float or x.__class__ is int:
        x = np.array(x, like.dtype)
    elif x.dtype is not like.dtype or (x.shape and x.shape != like.shape):
        return None
    return x.view(whole)
