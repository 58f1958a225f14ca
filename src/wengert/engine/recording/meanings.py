"""What an index of integers, slices, ``None`` and ``...`` means for a shape, and what is known of
the integers in it that are tensors.

:func:`~.index_spec.parse` finds out what an index of some form means, once for each shape; what
comes again is looked up (:data:`MEANT`, by the type of the index).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..graph import Shape
from .handle import DEFERRED, Handle, Seen, found_in_whole, is_seen
from .index_spec import Spec, are_integers, is_leading, parse
from .lying import plain
from .modes import captures
from .recording import here

ndarray = np.ndarray
MOST = 10_000
"""Of meanings of one kind: beyond, all are forgotten."""

Meaning = tuple[Spec, tuple[type, ...], tuple[Any, ...], bool]
"""What indices of one form mean for a shape: the spec, one object for all equal ones; the types of
the runtime numbers; what gives them, in order: a length for each integer of the index (with whether
it is a runtime number), or a number that is always the same; whether they index the first axes."""
Found = tuple[Spec, tuple[type, ...], tuple[int, ...], bool]

_specs: dict[Spec, Spec] = {}
_integers: dict[Shape, Meaning] = {}
_slices: dict[tuple[Shape, int, int], Meaning] = {}
_tuples: dict[tuple[Any, ...], Meaning] = {}
_pairs: dict[Shape, tuple[Spec, tuple[type, ...], int, int, bool]] = {}
"""What two integers mean, and the lengths of the dimensions that they index."""


def as_integers(index: Any) -> Any:
    """``index`` with an integer for each 0-dim integer tensor in it; ``index`` itself where there
    is one whose value is not known, or somebody follows what is done with them."""
    rec = here.recording
    if captures.open or rec.modes.open is not None or rec.modes.lanes is not None or (
            rec.at.next.__class__ is not dict):
        return index
    if index.__class__ is not tuple:
        number = known_integer(index) if isinstance(index, Handle) else None
        return index if number is None else number
    found = []
    for item in index:
        if isinstance(item, Handle):
            number = known_integer(item)
            if number is None:
                return index
            found.append(number)
        else:
            found.append(item)
    return tuple(found)


def known_integer(handle: Handle) -> int | None:
    """The value of an integer tensor without dimensions, if it is in memory."""
    x: Any = handle._x
    buf = handle._buf
    if x.__class__ is Seen and (x.waits.__class__ is list or is_seen(x)):
        if buf is None:   # an element, which need not become an array for this
            waits = x.waits
            if waits.__class__ is not tuple or waits[2] != DEFERRED or handle._rec is not None:
                return None
            whole, numbers = waits[0]._buf, waits[1][0][1]
            if whole.__class__ is not ndarray or whole.ndim != len(numbers) or (
                    whole.dtype.char not in "li"):
                return None
            element: int = whole.item(numbers)
            return element
    elif x is not None:
        if x.store is not None and x.store.exposed is not None:
            return None   # NumPy may write to it
        if buf is None and x.listed == DEFERRED:
            buf = plain(handle)
    if buf.__class__ is not ndarray or buf is None or buf.ndim or buf.dtype.char not in "li":
        return None
    number: int = buf.item()
    return number


def at_hand(handle: Handle) -> Any:
    """The value of ``handle``, if it is in memory and nobody follows what is done with it."""
    x: Any = handle._x
    buf, rec = handle._buf, here.recording
    if buf is None:
        buf = found_in_whole(handle)
    if buf.__class__ is not ndarray or captures.open or rec.modes.open is not None or (
            rec.modes.lanes is not None or rec.at.next.__class__ is not dict) or (
            x is not None and not (x.__class__ is Seen and is_seen(x)) and (
                x.tangent is not None
                or (x.store is not None and x.store.exposed is not None))):
        return None
    return buf


def _learnt(shape: Shape, index: Any, places: Callable[[tuple[int, ...]], tuple[Any, ...]],
            ) -> Meaning | None:
    """What an index means, from :func:`~.index_spec.parse`; None where it is an error."""
    try:
        spec, numbers, _ = parse(shape, index, _no_tensor)
    except (IndexError, ValueError):
        return None   # what is wrong is said with the integers that there are
    if len(_integers) + len(_slices) + len(_tuples) > MOST:
        for known in (_specs, _integers, _slices, _tuples, _pairs):
            known.clear()
    return (_specs.setdefault(spec, spec), (int,) * len(numbers), places(numbers),
            is_leading(spec, shape, len(numbers)))


def _no_tensor(item: object) -> bool:
    return False


def of_integer(shape: Shape, index: int) -> Found | None:
    """What an integer means."""
    known = _integers.get(shape)
    if known is None:
        known = _learnt(shape, 0, lambda numbers: numbers)
        if known is None:
            return None
        _integers[shape] = known
    n = shape[0]
    if -n <= index < n:
        return known[0], known[1], (index + n if index < 0 else index,), known[3]
    return None


def of_slice(shape: Shape, index: slice) -> Found | None:
    """What a slice means."""
    start, stop, by = index.start, index.stop, index.step
    if not shape or not ((start is None or start.__class__ is int)
                         and (stop is None or stop.__class__ is int)
                         and (by is None or (by.__class__ is int and by > 0))):
        return None
    start, stop, by = index.indices(shape[0])
    length = 0 if stop <= start else stop - start if by == 1 else -((start - stop) // by)
    known = _slices.get((shape, length, by))
    if known is None:
        known = _learnt(shape, index, lambda numbers: numbers)
        if known is None:
            return None
        _slices[shape, length, by] = known
    return known[0], known[1], (start,) if known[1] else (), False


def of_tuple(shape: Shape, index: tuple[Any, ...]) -> Found | None:
    """What several indices mean."""
    if len(index) == 2:
        i, j = index
        if i.__class__ is int and j.__class__ is int and (pair := _pairs.get(shape)) is not None:
            spec, types, m, n, leads = pair
            if -m <= i < m and -n <= j < n:
                return spec, types, (i if i >= 0 else i + m, j if j >= 0 else j + n), leads
    key: list[Any] = [shape]
    given: list[int] = []
    for item in index:
        kind = item.__class__
        if kind is int:
            key.append(int)
            given.append(item)
        elif kind is slice:
            start, stop, by = item.start, item.stop, item.step
            if not ((start is None or start.__class__ is int)
                    and (stop is None or stop.__class__ is int)
                    and (by is None or by.__class__ is int)):
                return None
            key += (slice, start, stop, by)
        elif item is None or (item is Ellipsis and Ellipsis not in key):
            key.append(item)
        elif isinstance(item, Handle):
            found = as_integers(index)
            return None if found is index else of_tuple(shape, found)
        else:
            return None
    form = tuple(key)
    known = _tuples.get(form)
    if known is None:
        known = _learnt(shape, tuple([0 if item.__class__ is int else item for item in index]),
                        lambda numbers: places_in(shape, index, numbers))
        if known is None:
            return None
        _tuples[form] = known
        if form[1:] == (int, int):
            _pairs[shape] = known[0], known[1], shape[0], shape[1], known[3]
    spec, types, places, leads = known
    if not given:
        return spec, types, places, leads
    numbers: list[int] = []
    left = iter(given)
    for place in places:
        if place.__class__ is int:
            numbers.append(place)
            continue
        n, counts = place
        i = next(left)
        if not -n <= i < n:
            return None
        if counts:
            numbers.append(i + n if i < 0 else i)
    return spec, types, tuple(numbers), leads


def places_in(shape: Shape, index: tuple[Any, ...], numbers: tuple[int, ...]) -> tuple[Any, ...]:
    """What gives the runtime numbers of such an index, whatever its integers are."""
    places: list[Any] = []
    left = iter(numbers)
    dim, alone = 0, are_integers(index)
    kept = len(shape) - sum(item is not None and item is not Ellipsis for item in index)
    for item in index:
        if item is None:
            continue
        if item is Ellipsis:
            dim += kept
            continue
        n = shape[dim]
        if item.__class__ is int:
            counts = n != 1 or alone
            places.append((n, counts))
            if counts:
                next(left)
        elif item.indices(n) != (0, n, 1):
            places.append(next(left))
        dim += 1
    return tuple(places)


MEANT: dict[type, Callable[[Shape, Any], Found | None]] = {
    int: of_integer, slice: of_slice, tuple: of_tuple}
