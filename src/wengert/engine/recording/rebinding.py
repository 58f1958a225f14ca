"""Rebinding: what makes something else of a handle that there is.

A tensor becomes a leaf that requires grad (:func:`become_leaf`), takes the storage of another
(:func:`take_storage`), becomes a view of itself (:func:`become_view`) or the result of an operation
(:func:`become_result`), or gets a number at once, with nothing recorded (:func:`write_number`).
"""

from __future__ import annotations

from typing import Any
from weakref import ref

import numpy as np

from ..errors import user_place
from ..locks import sharing
from .flushing import flush
from .handle import DEFERRED, Array, Extra, Handle, Seen, Store, extra, extra_of
from .late import store_of
from .modes import captures
from .operation import detach
from .recorder import hold, record, wait
from .recording import Recording, changing, flows_through, here, history
from .replay import CUT, GRAFT
from .segment import Segment
from .sharing import check_writable, new_whole, still_shared
from .strides import contiguous_strides

DETACHED = (((detach,), ()),)
"""The chain that leads to an alias."""


# Leaves

def become_leaf(handle: Handle) -> None:
    """Have ``handle``, which has no history, require grad."""
    changing(handle)
    x = extra(handle)
    if x.chain:   # views of it are views of a leaf, those of its storage are not
        take_storage(handle, detached_alias(handle))
    if handle._buf is None and handle._rec is not None:
        rec = here.recording
        handle._at = rec.new_source(rec.enter(handle), ref(handle))
    else:
        handle._rec = None
    x.leaf = True
    if x.store is not None and not x.chain:
        x.store.leaf = ref(handle)
        if any(r() is not None and r() is not handle for r in x.store.members):
            buf = handle._buf
            x.store.invalidate()   # views that there are: gradients flow through them from now on
            if handle._rec is None and x.store.exposed is None:
                handle._buf = buf


def forget_leaf(handle: Handle) -> None:
    """Have a leaf require grad no longer."""
    changing(handle)
    x = extra(handle)
    if x.store is not None and any(is_view_of_it(r()) for r in x.store.members):
        data = detached_alias(handle)
        _leave(handle, x)   # the views that there are stay views of the leaf
        _join(handle, x, data)
    elif x.store is not None:
        x.store.leaf = handle._rec = None
    elif handle._buf is not None:
        handle._rec = None
    else:
        rec = here.recording
        node = rec.enter(handle)
        handle._at = rec.replayed((CUT, node), ())
    x.leaf = False


def is_view_of_it(member: Handle | None) -> bool:
    """Whether a member of shared storage is there, and is a view."""
    return member is not None and not isinstance(member, Store) and bool(extra(member).chain)


def detached_alias(handle: Handle) -> Handle:
    """An alias of ``handle`` without its history; of a value in memory it takes no step."""
    alias = alias_at_once(handle)
    if alias is None:
        alias = record(detach, (handle,))
    return alias


def alias_at_once(handle: Handle) -> Handle | None:
    """:func:`detached_alias` of a tensor whose value is in memory, row by row; None where there is
    more to look at."""
    rec, buf, x = here.recording, handle._buf, handle._x
    modes = rec.modes
    if buf.__class__ is not np.ndarray or buf is None or not buf.flags.c_contiguous or (
            captures.open or modes.open is not None or modes.lanes is not None
            or rec.at.next.__class__ is not dict):
        return None
    if x is not None and (x.chain or x.tangent is not None or (x.store is not None and (
            x.store.exposed is not None or (x.store.parent is not None and x.layout is None)))):
        return None
    if modes.grad and flows_through(handle):
        modes.cut = "detach", user_place()
    store = store_of(handle)
    child = Store(store, DETACHED)
    child._buf = buf
    alias = hold(buf)
    y = extra(alias)
    y.store = child
    y.layout = contiguous_strides(buf.shape)
    child.members.append(ref(alias))
    with sharing.lock:
        if handle._buf is not buf or store.exposed is not None:
            return None   # another thread has come between
        store.join(child)
    return alias


def detached_value(handle: Handle) -> Handle:
    """The value of ``handle``, present or to come, without history or storage of its own."""
    x = handle._x
    if handle._buf is not None and (x is None or x.store is None or x.store.exposed is None):
        return hold(handle._buf)
    rec = here.recording
    return wait(rec, rec.replayed((CUT, rec.enter(handle)), ()))


# Storage

def take_storage(handle: Handle, new: Handle) -> None:
    """Give ``handle`` the storage of ``new``, without its history."""
    changing(handle)
    x = extra(handle)
    if new is handle or (_is_alias(new, handle) and (x.leaf or history(handle) is None)):
        return
    _leave(handle, x)
    if is_alone(new):
        own_storage(handle, new)
    else:
        _join(handle, x, detached_alias(new))
    if x.leaf:
        store_of(handle).leaf = ref(handle)


def take_data(handle: Handle, new: Handle) -> None:
    """:func:`take_storage` of a computed tensor, which keeps its own history."""
    rec = here.recording
    before = rec.waiting(rec.enter(handle))
    take_storage(handle, new)
    rec, store = here.recording, store_of(handle)
    chain = extra(handle).chain
    value = rec.enter(handle) if chain else rec.enter_store(store)
    node = rec.replayed((GRAFT, rec.enter(before), value), ())
    rec.give(store, rec.written_back(store, node, chain) if chain else node)
    store.invalidate(written=False)
    if store.exposed is not None:
        flush()
        store._buf = store.exposed


def _is_alias(new: Handle, handle: Handle) -> bool:
    """Whether ``new`` is what ``handle.data`` gives: then it has what is written to it already."""
    a, x = new._x, handle._x
    return (a is not None and x is not None and a.store is not None and not a.chain
            and x.store is not None and not x.chain and a.store.parent is x.store
            and all(key[0].name == "detach" for key, _ in a.store.chain))


def _join(handle: Handle, x: Extra, alias: Handle) -> None:
    """Give ``handle``, which has no storage, that of ``alias``."""
    x.store, x.chain = store_of(alias), extra(alias).chain
    x.store.join(handle)
    handle._rec = handle._buf = None


def _leave(handle: Handle, x: Extra) -> None:
    """Take ``handle`` out of the storage that it shares."""
    store = x.store
    if store is not None:
        store.members = [r for r in store.members if r() is not handle]
    x.store, x.chain, x.live, x.origin, x.layout = None, (), None, None, None


def is_alone(handle: Handle) -> bool:
    """Whether a tensor is computed data that shares storage with nobody so far."""
    x = handle._x
    return (x is None or (not x.leaf and x.store is None)) and history(handle) is None


def own_storage(handle: Handle, data: Handle) -> None:
    """Make ``handle`` the owner of the storage of ``data``, which shares it with nobody so far, and
    ``data`` its alias: writes to ``handle`` cost nothing more once ``data`` is gone."""
    if data._buf is not None and not captures.open:
        own_value(handle, data, data._buf)
        return
    if data._buf is None:
        rec = here.recording
        rec.give(handle, rec.enter(data))
    else:
        handle._rec, handle._buf = None, data._buf
    x = extra(handle)
    leaf, x.leaf = x.leaf, False
    alias = detached_alias(handle)
    store, x.leaf = store_of(handle), leaf
    y, child = extra(data), extra(alias).store
    assert child is not None
    store.members[-1] = ref(child, store.members.remove)  # type: ignore[arg-type]
    y.store, y.chain, y.origin, y.layout = child, (), None, None
    data._rec = data._buf = None
    child.join(data)
    if leaf:
        handle._rec = handle._buf = None


def own_value(handle: Handle, data: Handle, buf: Array) -> None:
    """:func:`own_storage` of data whose value is in memory."""
    store = Store()
    child = Store(store, DETACHED)
    x, y = extra(handle), extra(data)
    store.version = x.version
    store._buf = child._buf = buf
    store.join(handle)
    store.members.append(ref(child, store.members.remove))
    child.join(data)
    x.store = store
    handle._rec, handle._buf = None, None if x.leaf else buf
    y.store, y.chain, y.origin, y.layout = child, (), None, None
    data._rec, data._buf = None, buf


# Results

def become_view(target: Handle, seen: Handle) -> None:
    """Make ``target`` the view of itself that ``seen`` is."""
    changing(target)
    x = extra(target)
    other = extra(seen)
    x.turned = x.turned or not x.chain
    x.store, x.chain, x.origin = other.store, other.chain, other.origin
    x.live = x.layout = None
    if x.listed == DEFERRED:   # as a part of its base: now it is a view of that part
        x.listed = -1
    x.version += 1
    x.grad_fn = None
    if seen._rec is here.recording and seen._buf is None:
        here.recording.give(target, seen._at)
    else:
        target._rec, target._buf = seen._rec, seen._buf
        if seen._rec is not None:
            target._at = seen._at
    if x.store is not None:
        x.store.version += 1
        x.store.join(target)


def become_result(target: Handle, result: Handle) -> None:
    """Give ``target`` the shape, dtype and value of ``result``; it shares no more with others."""
    changing(target)
    rec = here.recording
    check_writable(target, "resize")
    node = rec.enter(result)
    x = extra(target)
    if x.store is not None:
        x.store.members = [r for r in x.store.members if r() is not target]
    x.store, x.chain, x.live, x.origin, x.grad_fn = None, (), None, None, None
    x.layout, x.turned = None, False
    x.version += 1
    other = extra_of(result)
    if other is not None and other.store is not None:
        x.store, x.chain = other.store, other.chain
        other.store.join(target)
    rec.give(target, node)


def count_write(target: Handle) -> None:
    """Count a write that changes nothing."""
    changing(target)
    x: Any = target._x
    if x is None:
        x = new_whole(target)
    if x.__class__ is Seen:
        waits = x.waits
        if waits.__class__ is tuple:
            if waits[0].__class__ is Store:
                waits[0].root._writes += 1
                return
            x = waits[0]._x
        if x.__class__ is Seen and x.waits.__class__ is list:
            x.writes += 1
            return
    x = extra(target)
    x.version += 1
    if x.store is not None:
        x.store.root._writes += 1


def write_value(target: Handle, array: Array, before: Array | None = None) -> bool:
    """Write an array that nobody writes from now on to the whole of a tensor, with nothing
    recorded; False, and nothing is written, where the write has to be recorded: the value is
    pending or shared, or not what it was ``before``, a gradient reaches it, or somebody looks."""
    rec = here.recording
    modes, buf = rec.modes, target._buf
    y: Any = target._x
    if y is None and modes.at_once and buf is not None:
        y = new_whole(target)
    if y.__class__ is Seen and y.waits.__class__ is list:
        return write_seen(rec, target, y, array, before)
    x = extra(target)
    store = x.store
    if captures.open or modes.open is not None or modes.lanes is not None or (
            rec.at.next.__class__ is not dict or sharing.exclusive or x.chain
            or x.origin is not None or x.tangent is not None or x.retains is not None
            or target._rec.__class__ is Segment):
        return False
    if store is not None:
        if store._rec.__class__ is Segment or store._x is not None:
            return False
        if buf is None and target._rec is None and store._rec is None:
            buf = store._buf
    if buf.__class__ is not np.ndarray or buf is None or buf.shape != array.shape or (
            buf.dtype != array.dtype or not array.flags.c_contiguous):
        return False
    if store is not None and still_shared(target, x, store, rec.token) is not None:
        return False
    # Until the last statement there is no call: no other thread comes between.
    if (before is not None and target._buf is not before) or sharing.exclusive:
        return False
    target._rec = x.origin = x.grad_fn = None
    target._buf = array
    x.version += 1
    return True


def write_seen(rec: Recording, target: Handle, x: Any, array: Array,
               before: Array | None) -> bool:
    """:func:`write_value` to what views may have been made of at once; those that are there look
    their values up again."""
    modes, buf = rec.modes, target._buf
    if captures.open or modes.open is not None or modes.lanes is not None or (
            rec.at.next.__class__ is not dict or sharing.exclusive
            or target._rec.__class__ is Segment or buf.__class__ is not np.ndarray or buf is None
            or buf.shape != array.shape or buf.dtype != array.dtype
            or not array.flags.c_contiguous):
        return False
    with sharing.lock:
        if x.waits.__class__ is not list or (before is not None and target._buf is not before):
            return False
        for r in x.waits:
            view = r()
            if view is not None and view is not target:
                view._rec = view._buf = None
        target._rec, target._buf = None, array
        x.writes += 1
    return True


def copy_value(target: Handle, source: Handle) -> bool:
    """:func:`write_value` of the value of ``source``, if that is in memory and has no history that
    would count."""
    x, buf = source._x, source._buf
    if buf.__class__ is not np.ndarray or buf is None or (x is not None and (
            x.chain or x.tangent is not None
            or (x.store is not None and (x.store.exposed is not None or x.store.parent is not None))
            or (here.modes.grad and (x.leaf or x.origin is not None)))) or (
            here.modes.grad and source._rec.__class__ is Segment):
        return False
    return write_value(target, buf)


def write_number(target: Handle, number: float) -> bool:
    """Write a number to a 0-dim tensor with nothing recorded; False, and nothing is written, where
    the write has to be recorded: the value is pending or shared, or a gradient reaches it."""
    buf, x = target._buf, extra(target)
    if buf is None or buf.shape or x.store is not None or x.leaf:
        return False
    if captures.open and here.recording.captures:
        return False
    target._buf = np.array(number, buf.dtype)
    target._rec = x.origin = x.grad_fn = None
    x.version += 1
    return True
