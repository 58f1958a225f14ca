"""Numbers as a dtype holds them.

:func:`fitted` is for a number that is to be an element, :func:`checked` for the functions that
write one to a tensor, ``x.masked_fill(mask, number)``: where arithmetic would wrap, it is an error
that the dtype cannot hold it, as in PyTorch.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from ..engine.devices import CPU
from ..engine.dtypes import (
    FLOAT,
    DType,
    bfloat16,
    complex64,
    complex128,
    float16,
    float32,
    float64,
    int32,
)
from ..engine.recording.flushing import host
from ..engine.recording.handle import Handle, is_in_memory
from ..engine.recording.operation import Operation
from ..engine.recording.recording import device_of, dtype_of, shape_of

PLACES = {"masked_fill": (2, "value"), "index_fill": (3, "value"), "pad": (3, "value"),
          "scatter": (3, "src")}
"""By the operation: which argument is a number to write, and its name."""


def checked(op: Operation, function: Callable[..., Any]) -> Callable[..., Any]:
    """``function``, which calls ``op``, or a form of it that writes, after a look at the number."""
    place, name = PLACES[op.name]

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        if len(args) > place:
            number = args[place]
            kind = number.__class__
            if not ((kind is float or kind is int) and (
                    0 <= number < 128 or (kind is float and is_float(args[0], number)))):
                found = _held(op.name, args[0], number)
                if found is not number:
                    args = (*args[:place], found, *args[place + 1:])
        else:
            for key in (name, "value"):
                if key in kwargs:
                    x = args[0] if args else kwargs.get("input", kwargs.get("self"))
                    kwargs[key] = _held(op.name, x, kwargs[key])
        return function(*args, **kwargs)

    return call


def is_float(x: Any, number: float) -> bool:
    """Whether it is seen at once that ``x`` can hold a floating number."""
    return isinstance(x, Handle) and dtype_of(x) in _WIDE and not 1e38 < abs(number) < math.inf


def _held(name: str, x: Any, number: Any) -> Any:
    """``number`` as ``x`` can hold it. That of a tensor of another dtype is looked at where it is
    in memory."""
    kind = number.__class__
    if kind is bool or not isinstance(x, Handle):
        return number
    if kind is float or kind is int or kind is complex or isinstance(number, np.generic):
        given, dtype = number.item() if isinstance(number, np.generic) else number, dtype_of(x)
        if name == "pad" and not dtype.is_complex:   # PyTorch hands it a floating number
            if isinstance(given, complex):
                raise TypeError("pad(): argument 'value' (position 4) must be float, not "
                                "complex")
            given = float(given)
        fitted(given, dtype)
        if kind is complex and not dtype.is_complex and name != "index_fill":
            return number.real
    elif isinstance(number, Handle) and dtype_of(number) is not dtype_of(x) and (
            is_in_memory(number) and not shape_of(number) and device_of(number) is CPU):
        fitted(host(number).item(), dtype_of(x))
    return number


def fitted(number: complex, dtype: DType) -> complex:
    """``number`` as ``dtype`` holds it; RuntimeError if it cannot."""
    if isinstance(number, int) and not -2**63 <= number < 2**64:
        raise OverflowError("int too big to convert" if number > 0 else
                            "can't convert negative int to unsigned")
    if dtype.category == 0:
        return bool(number)
    given, fits = number, True
    if isinstance(number, complex) and not dtype.is_complex:
        fits = number.imag == 0
        number = number.real
    if dtype.category >= FLOAT:
        parts = (number.real, number.imag) if isinstance(number, complex) else (number,)
        for part in parts:
            size = abs(part)
            if fits and math.isfinite(size) and size > largest(dtype):
                fits = False
        if fits:
            return number if isinstance(number, complex) else float(number)
    elif fits and isinstance(number, float):
        info = np.iinfo(dtype.numpy)
        fits = bool(info.min <= number <= info.max)
        number = int(number) if fits else 0
    if fits:
        info = np.iinfo(dtype.numpy)
        whole = int(number.real)
        least = int(info.min) if dtype.is_signed else -int(info.max)
        if least <= whole <= info.max:
            return whole % (int(info.max) + 1) if not dtype.is_signed else whole
    raise RuntimeError(f"value cannot be converted to type {_C_NAMES.get(dtype, dtype.name + '_t')}"
                       f" without overflow: {given}")


_WIDE = frozenset([float32, float64])
_C_NAMES = {float64: "double", float32: "float", float16: "c10::Half", bfloat16: "c10::BFloat16",
            int32: "int", complex64: "c10::complex<float>", complex128: "c10::complex<double>"}


@cache
def largest(dtype: DType) -> float:
    """The largest finite number of a floating dtype, or of the parts of a complex one."""
    dtype = dtype.to_real()
    return 255 * 2.0**120 if dtype is bfloat16 else float(np.finfo(dtype.numpy).max)


__all__ = ["checked", "fitted", "largest"]
