"""NumPy's arrays in files, for ``load(weights_only=False)``: numbers and text, never objects.

NumPy pickles an array as an empty one whose state is set afterwards; :func:`set_state` checks that
state before NumPy sees it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any

import numpy as np

from .machine import Spend, refuse

PLAIN = re.compile(r"[<>|=]?([biufc][0-9]{1,2}|\?|[SU][0-9]{1,6})")
"""The codes of dtypes whose elements are bytes and nothing else."""
ARRAY = 128
"""What an array takes without its elements, in bytes, and what other things do."""


def _dtype(spend: Spend, code: Any, align: Any = False, copied: Any = True) -> np.dtype[Any]:
    if type(code) is not str or not PLAIN.fullmatch(code):
        refuse(f"an array of the file has the dtype {code!r}")
    spend(ARRAY)
    return np.dtype(code, copy=True)


def _empty(spend: Spend, kind: Any = None, shape: Any = None,
           code: Any = None) -> np.ndarray[Any, Any]:
    spend(ARRAY)
    return np.empty(0, np.uint8)


def _scalar(spend: Spend, dtype: Any, data: Any) -> Any:
    if type(data) is not bytes or not _is_plain(dtype) or len(data) != dtype.itemsize:
        refuse("a number of NumPy's in the file is damaged")
    spend(ARRAY + len(data))
    return np.frombuffer(data, dtype)[0]


def _from_buffer(spend: Spend, data: Any, dtype: Any, shape: Any, order: Any,
                 axes: Any = None) -> np.ndarray[Any, Any]:
    """An array as protocol 5 has it: all at once."""
    if not _fits(shape, dtype, data) or order not in ("C", "F", "K"):
        refuse("an array of the file is damaged: its size is another than that of its bytes")
    spend(2 * ARRAY + len(data))
    found = np.frombuffer(bytearray(data), dtype)
    if order == "K":
        if not isinstance(axes, (tuple, list)) or sorted(axes) != list(range(len(shape))):
            refuse("an array of the file is damaged: its axes are none")
        return found.reshape(shape).transpose(axes)
    return found.reshape(shape, order="F" if order == "F" else "C")


def _fits(shape: Any, dtype: Any, data: Any) -> bool:
    """Whether the bytes are the elements of an array."""
    return (_is_plain(dtype) and isinstance(shape, tuple) and len(shape) <= 32
            and isinstance(data, (bytes, bytearray))
            and all(type(n) is int and n >= 0 for n in shape)
            and math.prod(shape) * dtype.itemsize == len(data))


def _is_plain(dtype: Any) -> bool:
    return isinstance(dtype, np.dtype) and PLAIN.fullmatch(dtype.str) is not None


def _class_of_arrays(spend: Spend, *args: Any) -> Any:
    refuse("an array of the file is made in another way than NumPy makes them")


ARRAYS: dict[str, Callable[..., Any]] = {
    "numpy.dtype": _dtype,
    "numpy.ndarray": _class_of_arrays,
    "numpy._core.numeric._frombuffer": _from_buffer,
    "numpy.core.numeric._frombuffer": _from_buffer,
    **{f"numpy.{core}.multiarray.{name}": function for core in ("core", "_core")
       for name, function in (("_reconstruct", _empty), ("scalar", _scalar))},
}
"""By full name what a file calls to make arrays; it pays with ``spend`` for what it makes."""


def set_state(spend: Spend, target: Any, state: Any) -> None:
    """Set the state of an array or a dtype that the functions above have made."""
    if isinstance(target, np.dtype):
        if not _is_state_of_dtype(state):
            refuse("a dtype of an array in the file is damaged")
        if target.isbuiltin:
            refuse("a dtype of an array in the file is one of NumPy's own")
        target.__setstate__(state)  # type: ignore[attr-defined]
        return
    if not isinstance(state, tuple) or len(state) != 5:
        refuse("an array of the file is damaged")
    _, shape, dtype, fortran, data = state
    if not _fits(shape, dtype, data) or type(data) is not bytes:
        refuse("an array of the file is damaged: its size is another than that of its bytes")
    spend(len(data))
    target.__setstate__((1, shape, dtype, bool(fortran), data))


def _is_state_of_dtype(state: Any) -> bool:
    """Whether it changes nothing but the order of bytes."""
    return (isinstance(state, tuple) and len(state) == 8 and state[0] == 3
            and type(state[1]) is str and state[1] in ("<", ">", "|", "=")
            and state[2:5] == (None, None, None)
            and all(type(n) is int for n in state[5:]) and state[7] in (0, 8))
