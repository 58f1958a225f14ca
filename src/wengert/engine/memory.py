"""Memory for large results, used again when the last array on it is gone.

Fresh memory costs the system a page fault for each page that is touched first, which can take
longer than the arithmetic that fills it. So blocks of :data:`LARGE` bytes or more come back here
instead of going back to the system. :func:`empty` and :func:`zeros` are NumPy's, with such memory.
What NumPy itself asks for comes from the C library, which is asked to do the same
(:func:`keep_freed`).
"""

from __future__ import annotations

import ctypes
import functools
import math
import os
from typing import Any

import numpy as np

LARGE = 1 << 17
"""Results of fewer bytes are NumPy's own business: the C library keeps their memory itself."""
LINE = 64
"""They begin on the border of a line of the cache."""
KEPT = 1 << 28
"""So many bytes at most wait here to be used again."""

MAPPED = 1 << 25
"""What glibc may take from its heap at most; memory of more bytes comes from the system, and goes
back to it."""
TRIM_THRESHOLD, MMAP_THRESHOLD = -1, -3
"""glibc's names of its settings (``mallopt``)."""
SETTINGS = ("MALLOC_TRIM_THRESHOLD_", "MALLOC_TOP_PAD_", "MALLOC_MMAP_THRESHOLD_",
            "MALLOC_MMAP_MAX_", "GLIBC_TUNABLES")
"""The variables with which a user tells glibc what to do."""

Block = tuple[Any, int]
"""Memory, as an array of bytes, and the address in it that is used."""

_free: dict[int, list[Block]] = {}
_kept = [0]


def empty(shape: tuple[int, ...], dtype: np.dtype[Any]) -> Any:
    """An array like ``np.empty(shape, dtype)``, on memory that was used before if there is some."""
    nbytes = math.prod(shape) * dtype.itemsize
    return np.empty(shape, dtype) if nbytes < LARGE else large_empty(shape, dtype, nbytes)


def zeros(shape: tuple[int, ...], dtype: np.dtype[Any]) -> Any:
    """An array like ``np.zeros(shape, dtype)``, on memory that was used before if there is some."""
    nbytes = math.prod(shape) * dtype.itemsize
    if nbytes < LARGE:
        return np.zeros(shape, dtype)
    array = large_empty(shape, dtype, nbytes)
    array.fill(0)
    return array


def large_empty(shape: tuple[int, ...], dtype: np.dtype[Any], nbytes: int) -> Any:
    """An array of ``nbytes`` bytes, which are many."""
    blocks = _free.get(nbytes)
    try:
        block = blocks.pop() if blocks else None
    except IndexError:   # another thread was quicker
        block = None
    if block is None:
        memory = np.empty(nbytes + LINE, np.uint8)
        address = memory.ctypes.data
        block = memory, address + -address % LINE
    else:
        _kept[0] -= nbytes
    lent = _lender(nbytes).from_address(block[1])
    lent.block = block
    return np.ndarray(shape, dtype, lent)


@functools.cache
def _lender(nbytes: int) -> Any:
    """A ctypes array of ``nbytes`` that gives its block back when it is gone."""
    def __del__(self: Any) -> None:
        block = getattr(self, "block", None)
        if block is not None and _kept[0] + nbytes <= KEPT:
            _kept[0] += nbytes
            _free.setdefault(nbytes, []).append(block)

    return type("Lent", (ctypes.c_char * nbytes,), {"__del__": __del__})


def keep_freed() -> bool:
    """Ask glibc to keep up to :data:`KEPT` bytes that were freed, and whether it does. By itself it
    gives back what is free at the end of its heap again and again, a step's results too: then
    each step touches fresh memory. Other libraries know no such request, and a user's own settings
    stand."""
    if any(name in os.environ for name in SETTINGS):
        return False
    try:
        mallopt = ctypes.pythonapi.mallopt
    except AttributeError:
        return False
    return bool(mallopt(MMAP_THRESHOLD, MAPPED) and mallopt(TRIM_THRESHOLD, KEPT))


keep_freed()
