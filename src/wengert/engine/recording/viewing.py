"""``x[...]`` and ``x[...] = y`` along a known path: integers, slices, ``None`` and ``...``.

:func:`part` looks up what such an index means for a shape, takes the step and makes the view;
:func:`assigned` writes to one. What they find nothing for, and whatever has tensors, lists or
masks, goes to ``functions/indexing.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from ..graph import Shape
from ..quiet import quiet
from .flushing import value
from .handle import DEFERRED, UNKNOWN, Extra, Handle
from .index_spec import Spec, is_leading, parse
from .modes import captures
from .operation import Operation
from .rebinding import count_write
from .recorder import record
from .recording import Recording, here, shape_of
from .sharing import (
    check_writable,
    deferred,
    is_sole,
    share,
    share_again,
    stands_still,
    write,
)
from .templates import form_of

_new = object.__new__
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


def part(base: Handle, index: Any, ops: Mapping[str, Operation]) -> Handle | None:
    """The view ``base[index]``; None, with no step taken, where there is more to look at, or an
    error. ``ops`` are the operations of basic indexing, by the kind of a spec."""
    rec = here.recording
    try:
        meant = _MEANT[index.__class__]
    except KeyError:
        return None
    if base._rec is rec:
        node = base._at
    elif base._buf is not None and meant is not _of_slice and stands_still(rec, base):
        found = meant(base._buf.shape, index)
        if found is None:
            return None
        spec, types, numbers, leads = found
        if leads:
            return deferred(base, (ops[spec[0]], spec, types), numbers)
        node = rec.enter(base)
    else:
        node = rec.enter(base)
    found = meant(node.shape, index)
    if found is None:
        return None
    spec, types, numbers, _ = found
    op = ops[spec[0]]
    at = rec.at
    step, op_then, a_then, b_then = at.then
    if b_then is not spec or a_then is not node or op_then is not op:
        key = (op, node, spec, types)
        step = at.next.get(key)
        if step is not None:
            at.then = (step, op, node, spec)
        else:
            step = rec.new_step(key, (op, node.form or form_of(node), spec, types))
            if step is None:
                view: Handle = record(op, (base, spec, numbers))
                return view
    rec.at = step
    rec.numbers += numbers
    out = _new(Handle._kind)
    out._rec = rec
    out._at = step.out
    out._buf = None
    out._kind_of = UNKNOWN
    out._x = None
    rec.handles.append(out)
    links = step.links
    if links is None:
        share(base, (op, node, spec, types), out, numbers, rec, step)
    else:
        share_again(base, out, links[0], numbers, rec)
    return out


def rows(base: Handle, ops: Mapping[str, Operation]) -> list[Handle] | None:
    """The elements of the first dimension of ``base``, each as the view ``base[i]``; None where
    they are not in memory yet, or there is more to look at."""
    if base._buf is None or not base._buf.shape or not stands_still(here.recording, base):
        return None
    shape: Shape = base._buf.shape
    found = _of_integer(shape, 0) if shape[0] else None
    if found is None:
        return None
    spec, types, _, _ = found
    link = (ops[spec[0]], spec, types)
    return [deferred(base, link, (i,)) for i in range(shape[0])]


def as_integers(index: Any) -> Any:
    """``index`` with an integer for each 0-dim integer tensor in it whose value is known, and needs
    not be followed; None where there is none."""
    rec = here.recording
    if captures.open or rec.modes.open is not None or rec.modes.lanes is not None or (
            rec.at.next.__class__ is not dict):
        return None
    if index.__class__ is not tuple:
        return known_integer(rec, index)
    found, changed = list(index), False
    for i, item in enumerate(index):
        if isinstance(item, Handle):
            number = known_integer(rec, item)
            if number is None:
                return None
            found[i], changed = number, True
    return tuple(found) if changed else None


def known_integer(rec: Recording, handle: Any) -> int | None:
    """The value of an integer tensor without dimensions, if it is in memory."""
    if not isinstance(handle, Handle):
        return None
    x, buf = handle._x, handle._buf
    if x is not None and x.store is not None and x.store.exposed is not None:
        return None   # NumPy may write to it
    if buf is None:
        if x is None or x.listed != DEFERRED or handle._rec is not None or (
                x.store is None or x.store._buf is None):
            return None
        buf = value(handle)
    if buf.__class__ is not ndarray or buf.ndim or buf.dtype.char not in "li":
        return None
    number: int = buf.item()
    return number


def at_hand(handle: Handle) -> Any:
    """The value of ``handle``, if it is in memory and nobody follows what is done with it."""
    buf, x, rec = handle._buf, handle._x, here.recording
    if buf.__class__ is not ndarray or captures.open or rec.modes.open is not None or (
            rec.modes.lanes is not None or rec.at.next.__class__ is not dict) or (
            x is not None and (x.tangent is not None or (
                x.store is not None and x.store.exposed is not None))):
        return None
    return buf


def written_at_once(rec: Recording, base: Handle, index: Any, given: Any) -> bool:
    """Whether ``base[index] = given`` was done in the memory that ``base`` has: nobody else reads
    that, and its elements can hold what is given."""
    if index.__class__ is slice or not (stands_still(rec, base) and is_sole(base)):
        return False
    buf: Any = base._buf
    found = _MEANT[index.__class__](buf.shape, index)
    if found is None or not found[3]:
        return False
    known = held(rec, given, buf.dtype, buf.shape[len(found[2]):])
    if known is None:
        return False
    count_write(base)
    buf[found[2]] = known
    return True


def changed_at_once(view: Handle, given: Any, change: Any) -> bool:
    """Whether ``change``, a function of NumPy's, was made with what is ``given`` to a ``view`` that
    has taken no step, in the memory that its base has: nobody else reads that."""
    x, rec = view._x, here.recording
    if x is None or x.listed != DEFERRED or view._rec is not None or x.store is None:
        return False
    members = x.store.members
    base = members[0]() if members else None
    if base is None or base is view or base._buf is not x.store._buf or not (
            stands_still(rec, base) and is_sole(base, 1)):
        return False
    buf: Any = base._buf
    part = buf[(*x.chain[0][1], ...)]
    known = held(rec, given, buf.dtype, part.shape)
    if known is None or buf.dtype.char == "?":   # NumPy's functions are not PyTorch's there
        return False
    count_write(view)
    with quiet():
        change(part, known, out=part)
    return True


def held(rec: Recording, given: Any, dtype: Any, shape: Shape) -> Any:
    """A number or the value of a tensor that stands still, as a part of this ``dtype`` and
    ``shape`` can hold it; None for anything else."""
    kind = given.__class__
    if kind is float or kind is int:
        holds = HELD.get(dtype.char)
        if holds is None or kind not in holds[0] or not -holds[1] <= given <= holds[1]:
            return None
        return given
    if not isinstance(given, Handle) or given._buf is None or not stands_still(rec, given):
        return None
    buf = given._buf
    return buf if buf.dtype == dtype and (not buf.shape or buf.shape == shape) else None


HELD: dict[str, tuple[tuple[type, ...], float]] = {
    "f": ((int, float), 1e30), "d": ((int, float), 1e300), "l": ((int,), 1 << 53)}
"""By the character of NumPy's dtype, the numbers that an element can hold: their types, and how
large they may be."""


def assigned(base: Handle, index: Any, value: Any, op: Operation) -> bool:
    """Whether ``base[index] = value`` was done: it is, along a known path, where there is nothing
    more to look at. ``op`` is the operation that gives ``base`` after it."""
    rec = here.recording
    kind, x = value.__class__, base._x
    if index.__class__ not in _MEANT:
        return False
    if base._buf is not None and (
            kind is float or kind is int or (isinstance(value, Handle) and value._buf is not None)
            ) and written_at_once(rec, base, index, value):
        return True
    if x is not None and (x.leaf or (x.store is not None and x.store.exposed is not None)):
        return False
    y = None if kind is float or kind is int or not isinstance(value, Handle) else value._x
    if y is not None and y.store is not None and x is not None and y.store is x.store:
        return written_before(base, x, y, index, op.name)
    node = base._at if base._rec is rec else rec.enter(base)
    a: Any
    if kind is float or kind is int:
        a = kind
    elif isinstance(value, Handle):
        a = value._at if value._rec is rec else rec.enter(value)
    else:
        return False
    found = _MEANT[index.__class__](node.shape, index)
    if found is None:
        return False
    spec, types, numbers, _ = found
    step = rec.at.next.get((op.in_place(), node, a, spec, types))
    if step is None:
        return False
    if x is not None:
        check_writable(base, op.name)
    rec.at = step
    rec.numbers += (value, *numbers) if a is kind else numbers
    return not write(base, step.out, node)


def written_before(base: Handle, x: Extra, y: Extra, index: Any, name: str) -> bool:
    """Whether a view with the state ``y`` is the very part ``base[index]``, as at the end of
    ``x[i] += 1``: then it is there already."""
    chain = y.chain
    if len(chain) != len(x.chain) + 1 or chain[:-1] != x.chain:
        return False
    link, numbers = chain[-1]
    found = _MEANT[index.__class__](shape_of(base), index) if len(link) > 1 else None
    if found is None or link[1] is not found[0] or numbers != found[2]:
        return False
    check_writable(base, name)
    count_write(base)
    return True


def _learnt(shape: Shape, index: Any, places: Callable[[tuple[int, ...]], tuple[Any, ...]],
            ) -> Meaning | None:
    """What an index means, from :func:`~.index_spec.parse`; None where it is an error."""
    try:
        spec, numbers, _ = parse(shape, index, _no_tensor)
    except (IndexError, ValueError):
        return None   # what is wrong is said with the integers that there are
    if len(_integers) + len(_slices) + len(_tuples) > MOST:
        for known in (_specs, _integers, _slices, _tuples):
            known.clear()
    return (_specs.setdefault(spec, spec), (int,) * len(numbers), places(numbers),
            is_leading(spec, shape, len(numbers)))


def _no_tensor(item: object) -> bool:
    return False


def _of_integer(shape: Shape, index: int) -> Found | None:
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


def _of_slice(shape: Shape, index: slice) -> Found | None:
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


def _of_tuple(shape: Shape, index: tuple[Any, ...]) -> Found | None:
    """What several indices mean."""
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
        else:
            return None
    form = tuple(key)
    known = _tuples.get(form)
    if known is None:
        known = _learnt(shape, tuple([0 if item.__class__ is int else item for item in index]),
                        lambda numbers: _places(shape, index, numbers))
        if known is None:
            return None
        _tuples[form] = known
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


def _places(shape: Shape, index: tuple[Any, ...], numbers: tuple[int, ...]) -> tuple[Any, ...]:
    """What gives the runtime numbers of such an index, whatever its integers are."""
    places: list[Any] = []
    left = iter(numbers)
    dim = 0
    kept = len(shape) - sum(item is not None and item is not Ellipsis for item in index)
    for item in index:
        if item is None:
            continue
        if item is Ellipsis:
            dim += kept
            continue
        n = shape[dim]
        if item.__class__ is int:
            places.append((n, n != 1))
            if n != 1:
                next(left)
        elif item.indices(n) != (0, n, 1):
            places.append(next(left))
        dim += 1
    return tuple(places)


_MEANT: dict[type, Callable[[Shape, Any], Found | None]] = {
    int: _of_integer, slice: _of_slice, tuple: _of_tuple}
