"""``x[1:3]``, ``x[:, None]`` and the like of values in memory, where a thread computes operations
as they are called (``at_once.py``).

:func:`cut_at_once` has known what such an index means for a kind of value since it came first;
:func:`part_at_once` looks it up.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from weakref import ref

import numpy as np

from ..dtypes import from_numpy
from ..graph import Shape
from ..ops.structural import free
from .handle import Handle, Kind, Seen, Store, kind_of
from .lying import lying, stands
from .meanings import MEANT, MOST, Found, as_integers, places_in
from .operation import Operation
from .recorder import hold
from .replay import follow
from .sharing import among, new_whole, share_at_once
from .strides import is_contiguous, strides_of

ndarray = np.ndarray
_new = object.__new__
FEW = 256
"""So many forms of indices are known of a kind: beyond, all are forgotten."""
_part_strides: dict[tuple[Any, ...], Shape | None] = {}
Cut = tuple[tuple[Any, ...], Any, Kind, Shape | None]
"""What such an index means for a kind of value: the link of the view, its runtime numbers (None for
where a slice starts, a list where they depend on the integers), its kind, and its strides if it
does not lie row by row."""


def cut_at_once(base: Handle, index: Any, ops: Mapping[str, Operation]) -> Handle | None:
    """The view ``base[index]`` by a slice, or several indices that are no tensors and not integers
    alone, of a value in memory that lies row by row; None where there is more to look at."""
    buf, whole = base._buf, base
    x: Any = base._x
    before: tuple[Any, ...] = ()
    if buf.__class__ is not ndarray or buf is None or not (base._rec is None or stands(base)):
        return None
    if x is not None:
        waits = x.waits if x.__class__ is Seen else None
        if waits.__class__ is tuple:
            whole, before, lies = waits
            if lies.__class__ is tuple or whole.__class__ is Store:
                return None
        elif waits.__class__ is not list:
            return None
    known, form = base._kind_of
    if known is not buf:
        form = kind_of(buf)
        base._kind_of = buf, form
    if index.__class__ is slice:
        if not form.shape or not is_plain(index):
            return None
        first, stop, by = index.indices(form.shape[0])
        key: Any = max(0, stop - first), by
    else:
        first, key = 0, key_of(index)
        if key is None:
            return None
    found = form.cuts.get(key) or new_cut(buf, form, key, index, ops)
    if found is None:
        return None
    link, places, kind, strides = found
    try:
        value = buf[index]
    except IndexError:
        return None
    if value.__class__ is not ndarray:
        return None
    numbers = places if places.__class__ is tuple else (first,) if places is None else (
        numbers_of(places, index))
    view: Handle = _new(Handle._kind)
    view._rec, view._buf, view._kind_of = None, value, (value, kind)
    state: Any = whole._x
    if state is None:
        state = new_whole(whole)
    views = state.waits if state.__class__ is Seen else None
    if views.__class__ is not list:
        view._x = None
        share_at_once(base, buf, view, link, numbers, strides)
        return view
    own: Any = Seen()
    own.waits = whole, (*before, (link, numbers)), strides
    view._x = own
    views.append(ref(view))
    if state.waits is not views or not len(views) & 15:
        among(views, view, whole, state)
    if base._buf is not buf:   # another thread has written to it meanwhile
        view._buf = None
    return view


def is_plain(index: slice) -> bool:
    """Whether a slice has Python's numbers, and a step that is positive."""
    start, stop, by = index.start, index.stop, index.step
    return (start is None or start.__class__ is int) and (
        stop is None or stop.__class__ is int) and (by is None or (by.__class__ is int and by > 0))


def key_of(index: tuple[Any, ...]) -> tuple[Any, ...] | None:
    """What the meaning of several indices depends on; None for integers alone, and where there are
    others."""
    key: list[Any] = []
    alone = True
    for item in index:
        kind = item.__class__
        if kind is int:
            key.append(int)
            continue
        alone = False
        if kind is slice:
            if not is_plain(item):
                return None
            key += (slice, item.start, item.stop, item.step)
        elif item is None or item is Ellipsis:
            key.append(item)
        else:
            return None
    return None if alone else tuple(key)


def numbers_of(places: list[Any], index: tuple[Any, ...]) -> tuple[int, ...]:
    """The runtime numbers of such an index: each always the same, or the integer at some place of
    the index, counted from the front of a dimension of some length."""
    numbers = []
    for place in places:
        if place.__class__ is tuple:
            at, n = place
            number = index[at]
            numbers.append(number if number >= 0 else number + n)
        else:
            numbers.append(place)
    return tuple(numbers)


def places_of(shape: Shape, index: tuple[Any, ...], numbers: tuple[int, ...]) -> list[Any]:
    """What gives the runtime numbers of such an index, whatever its integers are."""
    integers = iter([at for at, item in enumerate(index) if item.__class__ is int])
    found: list[Any] = []
    for place in places_in(shape, index, numbers):
        if place.__class__ is int:
            found.append(place)
            continue
        n, counts = place
        at = next(integers)
        if counts:
            found.append((at, n))
    return found


def new_cut(buf: Any, form: Kind, key: Any, index: Any,
            ops: Mapping[str, Operation]) -> Cut | None:
    """What such an index means, noted for the next one; None where it is an error, or no view of
    more than one element."""
    if not buf.flags.c_contiguous:
        return None
    found = MEANT[index.__class__](buf.shape, index)
    if found is None or found[3]:
        return None
    spec, types, numbers, _ = found
    part = buf[index]
    if part.__class__ is not ndarray:
        return None
    link = ops[spec[0]], spec, types
    places: Any = numbers
    if types and index.__class__ is slice:
        places = None
    elif types and int in key:
        places = places_of(buf.shape, index, numbers)
    if len(form.cuts) > FEW:
        form.cuts.clear()
    known: Cut = link, places, kind_of(part), None if part.flags.c_contiguous else (
        strides_of_part(buf, None, link, numbers))
    form.cuts[key] = known
    return known


def part_at_once(base: Handle, index: Any, meant: Any, ops: Mapping[str, Operation],
                 found: Found | None) -> Handle | None:
    """The view ``base[index]`` of a value that is in memory, with no step taken; None where there
    is more to look at. What the index means may have been ``found``."""
    buf, strides = lying(base)
    if buf is None or (found := found or meant(buf.shape, index)) is None:
        return None
    spec, types, numbers, _ = found
    given = as_integers(index)
    try:
        value = buf[given]
        if value.__class__ is not ndarray:   # a number: its array is asked for
            value = buf[(*given, ...) if given.__class__ is tuple else (given, ...)]
    except IndexError:
        return None
    if value.__class__ is not ndarray:   # one element, of dimensions of which some are single
        value = buf[(*as_integers(index), ...)] if index.__class__ is tuple else buf[index, ...]
    view = hold(value)
    link = ops[spec[0]], spec, types
    share_at_once(base, buf, view, link, numbers, None if (
        value.flags.c_contiguous and buf.flags.c_contiguous) else (
        strides_of_part(buf, strides, link, numbers)))
    return view


def strides_of_part(buf: Any, strides: Shape | None, link: tuple[Any, ...],
                    numbers: tuple[int, ...]) -> Shape | None:
    """The strides of the view ``link`` of what has the value ``buf``, and ``strides``, if it does
    not lie row by row; None where the view does. They do not depend on where it begins."""
    key = buf.shape, strides, link[1]
    try:
        return _part_strides[key]
    except KeyError:
        if len(_part_strides) > MOST:
            _part_strides.clear()
        base = free(buf.shape, from_numpy(buf.dtype))
        if strides is not None:
            base.params["strides"] = strides
        part = follow(base, ((link, numbers),))
        found = strides_of(part)
        _part_strides[key] = known = None if is_contiguous(part.shape, found) else found
        return known
