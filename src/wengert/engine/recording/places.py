"""``x[...]`` and ``x[...] = y`` of values in memory, with nothing recorded: lists of places, masks,
and writes to any part.

:func:`read_at_once` reads at places; :func:`put_at_once` writes, and :func:`changed_part` gives a
view of a value another one. Where a thread computes operations as they are called (``at_once.py``),
they ask here first; what finds nothing is recorded.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..ops.structural import overlaps
from .at_once import Immediate
from .handle import Array, Handle, Seen, extra
from .lying import lying_here, most_made, most_read
from .meanings import as_integers
from .modes import Modes
from .rebinding import count_write, write_value
from .recorder import hold
from .recording import Recording, here
from .replay import view_of
from .sharing import own_memory, stands_still
from .viewing import held

ndarray = np.ndarray
MOST = 256
"""So many places of a list are looked at."""
INTEGERS = {int}


def read_at_once(base: Handle, index: Any) -> Handle | None:
    """``base[index]`` at lists of places or true elements of a mask; None where there is more to
    look at, or an error."""
    buf = lying_here(base)[0]
    if buf.__class__ is not ndarray or buf is None or buf.nbytes > most_read():
        return None
    places = numpys(buf, index)
    if places is None:
        return None
    try:
        value = buf[places] if places.__class__ is not ndarray or places.dtype.char == "?" else (
            buf.take(places, 0))
    except IndexError:   # recorded, it says where
        return None
    if value.__class__ is not ndarray or value.nbytes > most_read():
        return None
    here.modes.at_once -= 1
    return hold(value if value.flags.c_contiguous else value.copy())


def padded_at_once(parts: Sequence[Any], length: int, before: Sequence[int], value: float,
                   first: bool) -> Handle | None:
    """The sequences ``parts`` beside each other, each with so many rows of a ``value`` ``before``
    it, and of the same ``length`` with those after it; the ``first`` dimension is that of the
    sequences, or the second. None where there is more to look at."""
    if not here.modes.at_once:
        return None
    values: list[Any] = [
        lying_here(part)[0] if isinstance(part, Handle) else None for part in parts]
    dtype = None if values[0] is None else values[0].dtype
    if dtype is None or dtype.char not in "fdliq?" or (dtype.kind != "f" and value != int(value)):
        return None
    for each in values:
        if each.__class__ is not ndarray or each.dtype is not dtype:
            return None
    rest = values[0].shape[1:]
    out = np.full((len(parts), length, *rest), value, dtype)
    if out.nbytes > most_made():
        return None
    for row, each, start in zip(out, values, before, strict=True):
        row[start:start + len(each)] = each
    here.modes.at_once -= 1
    return hold(out if first else out.swapaxes(0, 1).copy())


def numpys(buf: Array, index: Any, parts: bool = False) -> Any:
    """The index that NumPy understands as PyTorch does; None where there is none, and for views if
    it is not for ``parts`` too."""
    kind = index.__class__
    if kind is list:
        return index if index and len(index) <= MOST and {*map(type, index)} == INTEGERS else None
    if kind is tuple:
        return several(buf, index, parts)
    if isinstance(index, Handle):
        return array_of(buf, index)
    return index if parts and kind is slice and is_upwards(index) else None


def array_of(buf: Array, index: Handle) -> Array | None:
    """The array of an index tensor, which has dimensions, or of a mask of the first dimensions."""
    places = lying_here(index)[0]
    if places is None or not places.ndim or places.nbytes > most_read():
        return None
    char = places.dtype.char
    if char == "?":
        return places if buf.shape[:places.ndim] == places.shape else None
    return places if char in "liq" else None


def several(buf: Array, index: tuple[Any, ...], parts: bool) -> tuple[Any, ...] | None:
    """The same of several indices, one for each dimension. The integers and tensors among them
    follow each other: what they index is then in their place. Of one tensor, new dimensions may
    come behind."""
    if index[-1] is None and isinstance(index[0], Handle):
        news = len(index) - 1
        first_of = numpys(buf, index[0]) if news == 1 or [
            each is None for each in index].count(True) == news else None
        return None if first_of is None else (first_of, *index[1:])
    if len(index) > buf.ndim:
        return None
    found: list[Any] = []
    first = last = -1
    tensors = 0
    for dim, item in enumerate(index):
        kind = item.__class__
        if kind is slice:
            if not is_upwards(item):
                return None
            found.append(item)
            continue
        if kind is int:
            found.append(item)
        elif kind is list or isinstance(item, Handle):
            if kind is not list and item._buf is not None and not item._buf.ndim:
                places: Any = as_integers(item)
                places = places if places.__class__ is int else None
            else:
                places = numpys(buf, item)
                tensors += 1
            if places is None or (places.__class__ is ndarray and places.dtype.char == "?"):
                return None
            found.append(places)
        else:
            return None
        if first >= 0 and last != dim - 1:
            return None
        first, last = (dim if first < 0 else first), dim
    return tuple(found) if tensors or parts else None


def is_upwards(index: slice) -> bool:
    """Whether a slice has Python's numbers, and a step that is positive."""
    start, stop, by = index.start, index.stop, index.step
    return (start is None or start.__class__ is int) and (
        stop is None or stop.__class__ is int) and (by is None or (by.__class__ is int and by > 0))


def put_at_once(base: Handle, index: Any, given: Any) -> bool:
    """Whether ``base[index] = given`` was done, in memory that nobody else has."""
    rec, buf = here.recording, base._buf
    if buf.__class__ is not ndarray or buf is None or buf.nbytes > most_made() or not (
            stands_still(rec, base)):
        return False
    if isinstance(given, Handle) and is_part_of(given, base):
        return False   # it may be there already
    places = numpys(buf, index, True)
    if places is None:
        return False
    try:
        known = held(given, buf.dtype, buf[places].shape if isinstance(given, Handle) else ())
    except IndexError:
        return False
    if known is None:
        return False
    if known.__class__ is ndarray and known.base is not None:
        known = known.copy()   # it may be a part of what is written to
    rec.modes.at_once -= 1
    del buf
    if not own_memory(base):
        return False
    count_write(base)
    memory: Any = base._buf
    memory[places] = known
    return True


def is_part_of(view: Handle, base: Handle) -> bool:
    """Whether a ``view`` that was computed at once is one of ``base``."""
    x: Any = view._x
    if x.__class__ is not Seen or x.waits.__class__ is not tuple:
        return False
    of, y = x.waits[0], base._x
    return of is base or (y is not None and y.store is of)


def written(modes: Modes, now: Immediate, target: Handle, *args: Any) -> bool:
    """Whether what ``now`` computes of a tensor and the arguments was written to that."""
    before = target._buf
    found: Handle | None = now(modes, target, *args) if before is not None else None
    if found is None or (array := found._buf) is None:
        return False
    x: Any = target._x
    if x.__class__ is Seen and x.waits.__class__ is tuple:
        del before
        return changed_part(target, array)
    return write_value(target, array, before)


def changed_part(view: Handle, array: Array) -> bool:
    """Whether a ``view`` that was computed at once got the value ``array``, in the memory that it
    shares with what it is a view of, and with nobody else."""
    rec: Recording = here.recording
    x: Any = view._x
    if x.__class__ is not Seen or x.waits.__class__ is not tuple or view._rec is not None:
        return False
    store = x.waits[0]
    members = store._members if hasattr(store, "_members") else None
    base = store if members is None else members[0]() if members else None
    buf = view._buf
    if base is None or base is view or buf is None or buf.shape != array.shape or (
            buf.dtype != array.dtype or not buf.flags.writeable) or (
            not buf.flags.c_contiguous and overlaps(buf.shape, buf.strides)):
        return False
    del buf
    if not (stands_still(rec, base) and own_memory(base)):
        return False
    count_write(view)
    memory: Any = view._buf
    if memory is None:   # it has to be looked up again
        whole: Any = base._buf
        memory = view._buf = view_of(whole, extra(view).chain)
    memory[...] = array
    return True
