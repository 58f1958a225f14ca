"""Where CPython and NumPy keep what a kernel reads.

A kernel is given a Python list and takes the addresses of its arrays from there: reading them with
Python would cost more than a small kernel does. The places are those of CPython's and NumPy's
public structures, and :func:`layout` checks them on live objects before anyone relies on them.
"""

from __future__ import annotations

import ctypes
import functools
from typing import Any, NamedTuple

import numpy as np


class Layout(NamedTuple):
    """Offsets in bytes: a list's items, a float's value, an array's data and flags."""

    items: int
    number: int
    data: int
    flags: int


READY = 0x0101
"""NumPy's flags of an array that is C-contiguous and aligned."""


@functools.cache
def layout() -> Layout | None:
    """The offsets in this interpreter; None if they are not where they are known to be."""
    head = object.__basicsize__
    word = ctypes.sizeof(ctypes.c_void_p)
    found = Layout(items=head + word, number=head, data=head, flags=head + 6 * word)
    return found if word == 8 and _holds(found) else None


def _holds(at: Layout) -> bool:
    array = np.arange(6.0).reshape(2, 3)
    view = array[:, ::2]
    pair: list[Any] = [array, 2.5]
    items = _word(id(pair) + at.items)
    if _word(items) != id(array) or _word(items + 8) != id(pair[1]):
        return False
    return (ctypes.c_double.from_address(id(pair[1]) + at.number).value == 2.5
            and _word(id(array) + at.data) == array.ctypes.data
            and _word(id(view) + at.data) == view.ctypes.data
            and all(ctypes.c_int.from_address(id(a) + at.flags).value == a.flags.num
                    for a in (array, view)))


def _word(address: int) -> int:
    return ctypes.c_uint64.from_address(address).value
