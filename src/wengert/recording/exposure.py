"""Memory shared with NumPy: handing a tensor's memory out, and taking an array in.

Values are never written in place otherwise; memory that NumPy can reach may change at any time, so
it is copied at each use until the last array that shares it is gone.
"""

from __future__ import annotations

from typing import Any
from weakref import ref

import numpy as np

from .handle import Array, Handle, Store, extra
from .recorder import hold, store_of, value
from .replay import live_view


class Memory(np.ndarray[Any, np.dtype[Any]]):
    """Memory that NumPy was given.

    A subclass, so that a view of an exported array keeps that array alive (NumPy would otherwise
    shorten the chain of bases), and the export's end can be seen.
    """


def expose(handle: Handle) -> Array:
    """An array that shares memory with ``handle``: each sees what the other writes."""
    store = store_of(handle)
    if not store.is_exposed():
        value(handle)
        present = value(store)
        memory = Memory(present.shape, present.dtype)
        memory[...] = present
        store.invalidate()
        store.exposed = memory
        store.exports = []
        store._buf = memory
    array = live_view(handle).view(np.ndarray)
    if store.exports is not None:
        store.exports = [r for r in store.exports if r() is not None]
        store.exports.append(ref(array))
    return array


def adopt(array: np.ndarray[Any, Any]) -> Handle:
    """A handle that shares the memory of an array that NumPy owns."""
    handle = hold(array)
    x = extra(handle)
    store = x.store = Store()
    store.exposed = store._buf = array
    store.join(handle)
    return handle
