"""What lies in memory: the values of tensors that operations take as they are called.

Each of these gives the value of a tensor, or nothing where there is more to look at: a value that
is to come, a history, memory that NumPy shares. :func:`plain` is for who changes it, or makes a
view of it; :func:`lying_here` for who reads it; :func:`in_memory` for who looks at it alone.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..graph import Shape
from .handle import DEFERRED, Array, Extra, Handle, Seen, Store, is_seen, part_of_whole
from .modes import NEW
from .recording import Recording, here
from .replay import layout_of, view_of
from .segment import Segment
from .strides import contiguous_strides, is_contiguous

ndarray = np.ndarray
LARGE = 1 << 13
"""Bytes of a value beyond which it is computed in less time together with others."""
READ = 1 << 17
"""Bytes of what is read, or viewed, beyond which it counts more than what is made of it."""
WIDE = 1 << 20
"""Bytes of either where paths are new again and again: together they are computed in no less time.
"""


def most_made() -> int:
    """The bytes of what is made at once at most."""
    return WIDE if here.modes.novel >= NEW else LARGE


def most_read() -> int:
    """The bytes of what is read at once at most."""
    return WIDE if here.modes.novel >= NEW else READ


def stands(handle: Handle) -> bool:
    """Whether a tensor that has a value has a place in a recording, and no history there."""
    rec: Any = handle._rec
    if rec is here.recording:
        return not handle._at.requires_grad
    if rec.__class__ is Segment:
        return False
    if rec.__class__ is Recording and rec.modes.at_once and rec.owner._is_owned() and (
            handle._rec is rec and handle._buf is not None):
        handle._rec = None   # that has ended: whoever looks next need not ask
    return True


def stands_here(handle: Handle) -> bool:
    """The same for who only reads it: where gradients are off, a history does not matter."""
    return stands(handle) or not here.modes.grad


def always(handle: Handle) -> bool:
    """:func:`stands` for who looks at a value alone."""
    return True


def in_memory(handle: Handle) -> tuple[Array | None, Shape | None]:
    """:func:`lying` for who looks at a value alone, whatever its history is."""
    x: Any = handle._x
    buf = handle._buf
    if x.__class__ is Seen:
        if buf is None and handle._rec is None and (waits := x.waits).__class__ is tuple and (
                waits[0].__class__ is Store and waits[2] == DEFERRED):
            whole = waits[0]._buf
            if whole.__class__ is ndarray and waits[0].exposed is None:
                return whole[(*waits[1][0][1], ...)], None
        return lying(handle)
    if x is None:
        return (buf if buf.__class__ is ndarray else None), None
    store = x.store
    if x.tangent is not None or (store is not None and store.exposed is not None):
        return None, None
    if buf is None and x.listed == DEFERRED and handle._rec is None and store is not None:
        whole = store._buf
        return None if whole is None else whole[(*x.chain[0][1], ...)], None
    if buf.__class__ is not ndarray:
        return None, None
    return buf, None if x.listed == DEFERRED else layout_of(handle)


def lying_here(handle: Handle) -> tuple[Array | None, Shape | None]:
    """:func:`lying` for who only reads it."""
    x: Any = handle._x
    if x.__class__ is Extra and x.tangent is None:
        buf = handle._buf
        if not here.modes.grad:
            return in_memory(handle)
        if x.store is not None and x.store.parent is not None and (
                buf.__class__ is ndarray and is_alias(handle, x)):
            return buf, None
    return lying(handle)


def is_alias(handle: Handle, x: Extra) -> bool:
    """Whether a tensor with a value is a detached alias of another, whole and row by row, that
    nobody outside writes to."""
    store: Any = x.store
    return not (x.chain or x.leaf or x.origin is not None or store.exposed is not None
                or store.leaf is not None or store._x is not None
                or store._rec.__class__ is Segment) and stands(handle) and (
                    x.layout == contiguous_strides(handle._buf.shape))  # type: ignore[union-attr]


def lying(handle: Handle) -> tuple[Array | None, Shape | None]:
    """The value of a tensor that has one, and no history, with its strides where its elements may
    not follow each other; None where there is more to look at."""
    x: Any = handle._x
    buf = handle._buf
    if x.__class__ is Seen and (handle._rec is None or stands(handle)):
        waits = x.waits
        if waits.__class__ is list:
            return buf, None
        if waits.__class__ is tuple and (waits[0].__class__ is not Store or is_seen(x)):
            lies = waits[2]
            if lies != DEFERRED:
                return buf, lies
            return buf if buf is not None else part_of_whole(handle, waits), None
    buf = plain(handle)
    if buf is None or x is None:
        return buf, None
    if x.__class__ is Extra and not x.chain:   # of what plain() does not refuse
        return buf, x.layout
    return buf, None if x.listed == DEFERRED else layout_of(handle)


def plain(handle: Handle) -> Array | None:
    """The value of a tensor that has one, and no history; None where there is more to look at."""
    x: Any = handle._x
    rec = handle._rec
    if rec is not None and not stands(handle):
        return None
    if x.__class__ is Seen and is_seen(x):
        if handle._buf is None:
            return part_of_whole(handle, x.waits)
    elif x is not None:
        store = x.store
        if x.leaf or x.origin is not None or x.tangent is not None or (
                store is not None and (
                    store.parent is not None or store.exposed is not None or store._x is not None
                    or store.leaf is not None or store._rec.__class__ is Segment)):
            return None
        if handle._buf is None and rec is None and (
                store is not None and (whole := store._buf) is not None):
            if x.listed == DEFERRED:
                handle._buf = whole[(*x.chain[0][1], ...)]
            elif not x.chain:
                handle._buf = whole
            elif not any(isinstance(n, Handle) for _, numbers in x.chain for n in numbers):
                handle._buf = view_of(whole, x.chain)
    buf = handle._buf
    return buf if buf.__class__ is ndarray else None


def strides_in(x: Array, kind: Any) -> Shape | None:
    """The strides of a value, where its elements do not lie row by row."""
    if kind.__class__ is not tuple or is_contiguous(x.shape, kind[1]):
        return None
    found: Shape = kind[1]
    return found
