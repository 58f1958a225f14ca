"""Memory shared with NumPy: handing a tensor's memory out, and taking an array in.

Values are never written in place otherwise; memory that NumPy can reach may change at any time, so
it is copied at each use until the last array that shares it is gone.
"""

from __future__ import annotations

from typing import Any
from weakref import ref

import numpy as np

from ..locks import sharing, whole
from .flushing import COUNTED, flush, getrefcount, value
from .handle import Array, Extra, Handle, Store, extra
from .late import store_of
from .recorder import hold
from .recording import flows_through, here, history
from .replay import live_view, view_of
from .segment import Segment


class Memory(np.ndarray[Any, np.dtype[Any]]):
    """Memory that NumPy was given.

    A subclass, so that a view of an exported array keeps that array alive (NumPy would otherwise
    shorten the chain of bases), and the export's end can be seen.
    """


class Value(np.ndarray[Any, np.dtype[Any]]):
    """What lies between the array that was a tensor's value and the :class:`Memory` that it has
    become, for the same reason."""


def expose(handle: Handle) -> Array:
    """An array that shares memory with ``handle``: each sees what the other writes. In a mapped
    function it is a copy."""
    if here.modes.mappings:
        return np.array(value(handle))
    if handle._x is None and handle._buf is None:
        value(handle)   # before it has storage to share, which would wait too
    with sharing.lock:
        array = _exposed_alone(handle)
        return _exposed(handle) if array is None else array


def _exposed_alone(handle: Handle) -> Array | None:
    """The same of a tensor that has shared no memory so far and has no history; None for others."""
    buf = handle._buf
    if handle._x is not None or handle._rec is not None or buf.__class__ is not np.ndarray:
        return None
    flags, held = buf.flags, LOCAL + 1 + (handle._kind_of[0] is buf)
    if COUNTED and flags.owndata and flags.c_contiguous and flags.writeable and (
            getrefcount(buf) <= held):   # nothing else holds it
        memory = buf.view(Value).view(Memory)
    else:
        memory = Memory(buf.shape, buf.dtype)
        memory[...] = buf
    store, x, array = Store(), Extra(), memory.view(np.ndarray)
    store.members.append(ref(handle))
    store.exposed = store._buf = x.live = memory
    store.exports, x.store = [ref(array)], store
    if handle._x is not None or handle._rec is not None or handle._buf is not buf:
        return None   # another thread was quicker
    # Since that look no call: no other thread comes between.
    handle._x = x
    handle._buf = None
    return array


def exposed_again(handle: Handle) -> Array | None:
    """The array of a tensor without a history that NumPy has or had before, if nothing has looked
    at it since; None for others."""
    x = handle._x
    store = None if x is None else x.store
    if x is None or store is None or x.live is None or store.parent is not None or x.leaf:
        return None
    with sharing.lock:
        exports, live = store.exports, x.live
        if store.exposed is None or exports is None or live is None or (
                handle._rec is not None or x.origin is not None):
            return None
        array: Array = live.view(np.ndarray)
        store.exports = [r for r in exports if r() is not None]
        store.exports.append(ref(array))
    return array


def _exposed(handle: Handle) -> Array:
    root = store_of(handle).root
    if len(root.members) > 4:
        root.members = [r for r in root.members if r() is not None]
    if root.exposed is None:   # if NumPy has let go of it, it is given the same again
        if root._buf is not None:
            _unasked(root)
        flush()
        if root._buf is None:
            value(handle)
        memory = _memory_for(root)
        places: dict[Store, Array] = {}
        for store in root.family():
            above = None if store.parent is None else places.get(store.parent)
            places[store] = memory if above is None else view_of(above, store.chain)
        for store in places:
            _note_histories(store)
        whole(lambda: _share_memory(root, places))
    array = live_view(handle).view(np.ndarray)
    if root.exports is not None:
        root.exports = [r for r in root.exports if r() is not None]
        root.exports.append(ref(array))
    return array


def _note_histories(store: Store) -> None:
    """Note where the history of each member starts, with its hooks: NumPy's writes are none."""
    for r in store.members:
        member = r()
        if member is None or isinstance(member, Store) or (
                member._rec is None and (member._buf is not None or history(store) is None)):
            continue
        if flows_through(member):
            value(member)
            x, place = extra(member), history(member)
            if place is not None and not x.leaf and isinstance(place[0], Segment):
                x.origin = place


def _unasked(root: Store) -> None:
    """Have those members of storage whose value is known look theirs up again that wait without a
    history, so that the end of the recording need not compute them: they are views of that value,
    since a write to one of them would have left the storage waiting."""
    rec = here.recording
    for store in root.family():
        for handle in (store, *[member for r in store.members if (member := r()) is not None]):
            if handle._buf is None and handle._rec is rec and not handle._at.requires_grad:
                handle._rec = None


def _memory_for(root: Store) -> Memory:
    """Memory with the present value of ``root``, for NumPy to write to: that of the value itself if
    nothing but ``root`` and its members hold it, a copy otherwise."""
    present = value(root)
    if COUNTED and present.__class__ is np.ndarray and present.flags.c_contiguous:
        stores = root.family()
        holders = [*stores, *[member for store in stores for r in store.members
                              if (member := r()) is not None and not isinstance(member, Store)]]
        held = sum([(h._buf is present) + (h._kind_of[0] is present) for h in holders])
        base = present.base
        if getrefcount(present) > held + LOCAL:
            pass
        elif base is None:
            if present.flags.writeable:
                return present.view(Value).view(Memory)
        elif base.__class__ is Memory and base.shape == present.shape and (
                getrefcount(base) <= LOCAL + 1):
            known: Memory = base   # NumPy has had it before
            return known
    memory = Memory(present.shape, present.dtype)
    memory[...] = present
    return memory


def _count_of_a_local() -> int:
    local = object()
    return getrefcount(local)


LOCAL = _count_of_a_local()
"""The count of what only a variable of a function holds."""


def _share_memory(root: Store, places: dict[Store, Array]) -> None:
    for store, memory in places.items():
        store.invalidate(written=False)
        store.exposed = store._buf = memory
    root.exports = []


def adopt(array: np.ndarray[Any, Any]) -> Handle:
    """A handle that shares the memory of an array that NumPy owns."""
    handle = hold(array)
    x = extra(handle)
    store = x.store = Store()
    store.exposed = store._buf = array
    store.join(handle)
    return handle
