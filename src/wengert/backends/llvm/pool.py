"""Memory for large results, used again when the last array on it is gone.

Fresh memory costs the system a page fault for each page that is touched first, which takes longer
than a kernel needs to fill it. So blocks above :data:`LARGE` come back here instead.
"""

from __future__ import annotations

import ctypes
import functools
import math
from typing import Any

import numpy as np

LARGE = 1 << 20
"""Results of fewer bytes are NumPy's own business."""
KEPT = 1 << 28
"""So many bytes at most wait here to be used again."""

_free: dict[int, list[Any]] = {}
_kept = [0]


def large_empty(shape: tuple[int, ...], dtype: np.dtype[Any]) -> Any:
    """An array like ``np.empty(shape, dtype)``, on memory that was used before if there is some."""
    nbytes = math.prod(shape) * dtype.itemsize
    blocks = _free.get(nbytes)
    try:
        block = blocks.pop() if blocks else None
    except IndexError:   # another thread was quicker
        block = None
    if block is None:
        block = np.empty(nbytes, np.uint8)
    else:
        _kept[0] -= nbytes
    lent = _lender(nbytes).from_address(block.ctypes.data)
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
