"""Arrays in the memory of any device: NumPy's on the CPU, those of a library elsewhere.

What NumPy's functions do for all of them needs nothing from here (they hand arrays of a library to
it); what would convert an array to NumPy's, or makes one of nothing, is here.
"""

from __future__ import annotations

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
