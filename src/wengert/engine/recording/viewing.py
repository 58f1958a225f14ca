"""``x[...]`` and ``x[...] = y`` along a known path: integers, slices, ``None`` and ``...``, or
index tensors alone.

Start with :func:`read`. :func:`part` looks up what such an index means for a shape, takes the step
and makes the view; :func:`assigned` writes to one; :func:`picked` gathers elements. What they find
nothing for, and whatever has lists, masks, or tensors beside something else, goes to
``functions/indexing.py``.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from math import inf
from typing import Any
from weakref import ref

import numpy as np

from ..devices import CPU, libraries
from ..dtypes import INT
from ..graph import Shape
from ..quiet import silenced, spoken
from .cuts import cut_at_once, part_at_once
from .flushing import looked_at, value
from .forms import form_of
from .handle import (
    DEFERRED,
    UNKNOWN,
    Array,
    Extra,
    Handle,
    Later,
    Seen,
    Store,
    kind_at,
    same_chain,
    same_numbers,
)
from .index_spec import SLICE, Spec, is_leading
from .latest import latest
from .lying import plain
from .meanings import (
    MEANT,
    MOST,
    as_integers,
    known_integer,
    of_integer,
    of_slice,
    of_tuple,
)
from .modes import captures
from .operation import Operation
from .rebinding import count_write
from .recorder import record, wait
from .recording import Recording, here, shape_of
from .segment import Segment
from .sharing import (
    among,
    check_writable,
    deferred,
    deferred_flowing,
    deferred_of,
    flows_still,
    is_sole,
    share,
    share_again,
    stands_still,
    waits_in,
    write,
)
from .tree import Step

_new = object.__new__
ndarray = np.ndarray


Tensor: Any = Handle
"""The class that users hold."""


def views_are(kind: type[Handle]) -> None:
    """Have new views be of class ``kind``."""
    global Tensor
    Tensor = kind


_picks: dict[tuple[Shape, int], Spec] = {}


def indexing_is(ops: Mapping[str, Operation], picks: Operation,
                at_places: Callable[[Handle, Any], Any],
                general: Callable[[Any, Any], Any]) -> None:
    """Have :func:`read` take the operations of basic indexing, by the kind of a spec, that which
    gathers elements, what does so ``at_places`` in memory with nothing recorded, and ``general``,
    which reads at what there is more to look at."""
    global _ops, _picking, _at_places, _general
    _ops, _picking, _at_places, _general = ops, picks, at_places, general


_ops: Mapping[str, Operation] = {}
_picking: Any = None
_at_places: Any = None
_general: Any = None


def read(self: Any, index: Any) -> Any:
    """``self[index]``."""
    # The known path of a view by an integer or a slice is written out.
    rec: Any = latest.recording
    if not rec.owner._is_owned():
        rec = here.recording
    if self._rec is not rec:
        if index.__class__ is int:
            return row_of(rec, self, index)
        if index.__class__ is tuple and len(index) == 2 and index[0].__class__ is not slice:
            found = element(rec, self, index, tuple, _ops)
            if found is not None:
                return found
        return read_otherwise(self, index)
    step, meant_then, a_then, told = rec.at.then
    if a_then is not self._at:
        return read_otherwise(self, index)
    if meant_then is slice:
        if index.__class__ is not slice or index.step is not None:
            return read_otherwise(self, index)
        start, stop, numbers, link = told
        first, last = index.start, index.stop
        if (first is not start and (first != start or first.__class__ is not int)) or (
                last is not stop and (last != stop or last.__class__ is not int)):
            return read_otherwise(self, index)
    elif meant_then is int and index.__class__ is int and 0 <= index < told[0]:
        numbers, link = (index,), told[1]
    else:
        return read_otherwise(self, index)
    # What follows is again(), written out because it is the hot path.
    rec.at = step
    if numbers:
        rec.numbers += numbers
    out: Any = _new(Tensor)
    out._rec = rec
    out._at = step.out
    out._buf = None
    out._kind_of = UNKNOWN
    out._x = None
    later: Any = Later()
    later.waits = rec, self, link, numbers
    rec.handles.append(out)
    if rec.late is not None and rec.modes.lanes is None:
        x = self._x
        if x is None and self._buf is None:
            x = waits_in(rec, self)
        if x.__class__ is Later:
            if self._buf is None or ((waits := x.waits).__class__ is tuple and waits[0] is rec):
                # Since that look no call: no other thread comes between.
                out._x = later
                rec.late = True
                return out
        elif x is not None and x.store is not None:
            # The view first: who asks for the members meanwhile finds it.
            out._x = later
            rec.late = True
            if x.store.viewed == rec.token:
                return out
    share_again(self, out, link, numbers, rec)
    return out


def row_of(rec: Any, base: Handle, index: int) -> Any:
    """``base[index]`` by an integer, of what is not in the recording: written out for that of which
    parts were taken before, as :func:`element` finds them."""
    x: Any = base._x
    buf: Any = base._buf
    known, form = base._kind_of
    if x.__class__ is Seen and (views := x.waits).__class__ is list and (
            buf.__class__ is ndarray and known is buf and form.row is not None
            and not captures.open and rec.at.next.__class__ is dict):
        modes = rec.modes
        link, n = form.row
        if 0 <= index < n and modes.open is None and modes.lanes is None and (
                base._rec.__class__ is not Segment):
            view: Any = _new(Tensor)
            view._rec = view._buf = None
            view._kind_of = UNKNOWN
            if modes.at_once and len(form.shape) > 1 and (like := form.parts.get(1)) is not None:
                part = view._buf = buf[index]   # it will be asked for
                view._kind_of = part, like
            state: Any = Seen()
            state.waits = base, ((link, (index,)),), DEFERRED
            view._x = state
            views.append(ref(view))
            if x.waits is not views or not len(views) & 15:
                among(views, view, base, x)
            return view
    return read_otherwise(base, index)


def read_otherwise(base: Handle, index: Any) -> Any:
    """:func:`read` where the step is not the one that followed last."""
    if index is None or index is Ellipsis:
        index = (index,)
    kind = index.__class__
    if (kind is slice or kind is tuple) and here.modes.at_once and (
            (cut := cut_at_once(base, index, _ops)) is not None):
        return cut
    if kind is int or kind is slice:
        known = part(base, index, _ops)
    elif isinstance(index, Handle):
        if here.modes.at_once and (buf := index._buf) is not None and buf.ndim and (
                (found := _at_places(base, index)) is not None):
            return found
        known = picked(base, index, _picking)
        if known is None:
            known = part(base, as_integers(index), _ops)
    elif kind is tuple and index and isinstance(index[0], Handle) and (
            (known := picked(base, index, _picking)) is not None):
        return known
    else:
        known = part(base, index if kind is tuple else (index,), _ops)
    return _general(base, index) if known is None else known


def part(base: Handle, index: Any, ops: Mapping[str, Operation]) -> Handle | None:
    """The view ``base[index]``; None, with no step taken, where there is more to look at, or an
    error. ``ops`` are the operations of basic indexing, by the kind of a spec."""
    rec: Recording = latest.recording
    if not rec.owner._is_owned():
        rec = here.recording
    kind = index.__class__
    view = None if base._rec is rec else element(rec, base, index, kind, ops)
    return _looked_up(base, index, ops, rec, kind) if view is None else view


def element(rec: Recording, base: Handle, index: Any, kind: type,
            ops: Mapping[str, Operation]) -> Handle | None:
    """The view ``base[index]`` of what stands still, by one integer or two; None where there is
    more to look at."""
    buf = base._buf
    if buf is None:
        return element_of_row(base, index, ops) if kind is int else None
    known, form = base._kind_of
    if known is not buf:
        form = kind_at(base, buf)
    if kind is int:
        if (row := form.row) is not None and (
                flows_still(rec, base) if (flows := base._rec.__class__ is Segment) else
                stands_still(rec, base)):
            link, n = row
            if not 0 <= index < n:
                index += n
            return None if not 0 <= index < n else deferred_flowing(base, link, (index,)) if (
                flows) else deferred(base, link, (index,))
        return element_of_row(base, index, ops)
    if kind is tuple and len(index) == 2 and (pair := form.pair) is not None:
        link, m, n = pair
        i, j = index
        if i.__class__ is not int and i.__class__ is Tensor:
            i = known_integer(i)
        if j.__class__ is not int and j.__class__ is Tensor:
            j = known_integer(j)
        if i.__class__ is int and j.__class__ is int and -m <= i < m and -n <= j < n and (
                stands_still(rec, base)):
            return deferred(base, link, (i if i >= 0 else i + m, j if j >= 0 else j + n))
    return None


def element_of_row(row: Handle, index: int, ops: Mapping[str, Operation]) -> Handle | None:
    """The view ``row[index]`` of a view ``x[i]`` that was made at once: it is ``x[i, index]``."""
    x: Any = row._x
    if x.__class__ is not Seen or (waits := x.waits).__class__ is not tuple or (
            row._rec is not None):
        return None
    whole, chain, lies = waits
    form = whole._kind_of[1]
    if lies != DEFERRED or whole.__class__ is Store or form is None or len(form.shape) < 2 or (
            form.row is None or chain[0][0] is not form.row[0]
            or not -form.shape[1] <= index < form.shape[1]):
        return None
    return part(whole, (chain[0][1][0], index), ops)


def _looked_up(base: Handle, index: Any, ops: Mapping[str, Operation], rec: Recording,
               kind: type) -> Handle | None:
    """:func:`part` where the step is not the one that followed last."""
    try:
        meant = MEANT[kind]
    except KeyError:
        return None
    if kind is tuple and index and isinstance(index[-1], Handle):
        index = as_integers(index)
    found: Any = None
    if meant is not of_slice and base._rec is not rec and base._buf is not None and (
            (still := base._rec.__class__ is not Segment and stands_still(rec, base))
            or flows_still(rec, base)):
        found = meant(base._buf.shape, index)
        if found is None:
            return None
        spec, types, numbers, leads = found
        if leads:
            link = ops[spec[0]], spec, types
            form = kind_at(base, base._buf)   # one link for all that are alike
            if kind is int and types:
                form.row = form.row or (link, form.shape[0])
                link = form.row[0]
            if not still:
                return deferred_flowing(base, link, numbers)
            if kind is tuple and len(types) == 2 and [*map(type, index)] == [int, int]:
                form.pair = form.pair or (link, form.shape[0], form.shape[1])
                link = form.pair[0]
            return deferred(base, link, numbers)
    if rec.modes.at_once and (seen := part_at_once(base, index, meant, ops, found)) is not None:
        return seen
    found = meant(base._at.shape if base._rec is rec else shape_of(base), index)
    if found is None:   # before it takes a place in the recording
        return None
    node = base._at if base._rec is rec else rec.enter(base)
    spec, types, numbers, _ = found
    op = ops[spec[0]]
    at = rec.at
    key = (op, node, spec, types)
    step = at.next.get(key)
    if step is None:
        step = rec.new_step(key, (op, node.form or form_of(node), spec, types))
        if step is None:
            view: Handle = record(op, (base, spec, numbers))
            return view
    elif step.links is not None:
        if meant is of_slice and index.step is None:
            at.then = step, slice, node, (index.start, index.stop, numbers, step.links[0])
        elif meant is of_integer and types:
            at.then = step, int, node, (node.shape[0], step.links[0])
    if step.links is not None:
        return again(base, rec, step, numbers)
    rec.at = step
    rec.numbers += numbers
    share(base, key, out := wait(rec, step.out), numbers, rec, step)
    return out


def again(base: Handle, rec: Recording, step: Step, numbers: tuple[int, ...]) -> Handle:
    """The view of ``base`` by a step that has been taken before."""
    rec.at = step
    rec.numbers += numbers
    out: Handle = wait(rec, step.out)
    links: Any = step.links
    share_again(base, out, links[0], numbers, rec)
    return out


def picked(base: Handle, index: Any, op: Operation) -> Handle | None:
    """``base[index]``, by ``op``, for a tensor of integers, or a tuple of such; None, with no step
    taken, where there is more to look at."""
    rec: Recording = latest.recording
    if not rec.owner._is_owned():
        rec = here.recording
    kind = index.__class__
    if kind is not tuple:
        if base._rec is rec and index._rec is rec:
            step, op_then, a_then, b_then = rec.at.then
            if b_then is index._at and a_then is base._at and op_then is op:
                rec.at = step
                return wait(rec, step.out)
        if not is_places(index, rec):
            return None
        index = (index,)
    elif False in [isinstance(each, Handle) and is_places(each, rec) for each in index]:
        return None
    if rec.modes.at_once:
        return None
    a = base._at if base._rec is rec else rec.enter(base)
    if not 0 < len(index) <= len(a.shape):
        return None
    spec = spec_of(a.shape, len(index))
    places = tuple([each._at if each._rec is rec else rec.enter(each) for each in index])
    if libraries and False in [node.device in (None, CPU) for node in (a, *places)]:
        return None
    at = rec.at
    key = (op, a, places, spec, ())
    step = at.next.get(key) or rec.new_step(key)
    if step is None:
        found: Handle = record(op, (base, index, spec, ()))
        return found
    if kind is not tuple:
        at.then = step, op, a, places[0]
    rec.at = step
    return wait(rec, step.out)


def is_places(index: Handle, rec: Recording) -> bool:
    """Whether an index is known to be a tensor of integers with dimensions, no single one."""
    if index._rec is rec:
        node = index._at
        return node.ndim > 0 and node.dtype.numpy.char in PLACES
    buf = index._buf
    return buf is not None and buf.ndim > 0 and buf.dtype.char in PLACES


PLACES = "li"
"""The characters of NumPy's dtypes of integers that are places; smaller ones may be masks."""


def spec_of(shape: Shape, count: int) -> Spec:
    """What so many index tensors mean for the first dimensions of a shape."""
    found = _picks.get((shape, count))
    if found is None:
        if len(_picks) > MOST:
            _picks.clear()
        found = _picks[shape, count] = Spec(("", (), (), (), shape, tuple(range(count))))
    return found


def rows(base: Handle, ops: Mapping[str, Operation]) -> list[Handle] | None:
    """The elements of the first dimension of ``base``, each as the view ``base[i]``; None where
    they are not in memory yet, or there is more to look at. Those of a part of a tensor are views
    of that, so that they are the same however long the part is. Integers are computed first: they
    are places or counts, each of which will be asked for."""
    rec, x = here.recording, base._x
    if base._buf is None and base._rec is rec and base._at.dtype.category == INT and (
            rec.may_end() and rec.at.next.__class__ is dict):
        value(base)
    if base._buf is not None and stands_still(rec, base):
        shape: Shape = base._buf.shape
        return _rows(base, (), range(shape[0]), ops) if shape and shape[0] else None
    members = () if x is None or x.store is None or len(x.chain) != 1 else x.store.members
    whole = members[0]() if members else None
    if whole is None or x is None or whole is base or whole._buf is None or (
            not stands_still(rec, whole) or x.store is None or x.store._buf is not whole._buf):
        return None
    (_, spec, *_), numbers = x.chain[0] if len(x.chain[0][0]) > 1 else ((None, None), ())
    if is_leading(spec, whole._buf.shape, len(numbers)):
        n = whole._buf.shape[len(numbers)] if len(numbers) < whole._buf.ndim else 0
        return _rows(whole, numbers, range(n), ops) if n else None
    places = _places_of(spec, numbers, whole._buf.shape)
    if not places:
        return None
    if base._rec is rec:
        looked_at(base, x, whole._buf)
    return _rows(whole, (), places, ops)


def _places_of(spec: Any, numbers: tuple[Any, ...], shape: Shape) -> range | None:
    """The elements of the first dimension that an index has which is a slice of that alone."""
    if spec.__class__ is not Spec or spec[0] != SLICE:
        return None
    if spec[4] == shape and not spec[1]:
        return range(shape[0])
    if spec[1] != (0,) or spec[4] != (*spec[2], *shape[1:]) or numbers[0].__class__ is not int:
        return None
    start, step = numbers[0], spec[3][0]
    return range(start, start + step * spec[2][0], step)


def _rows(base: Handle, before: tuple[int, ...], places: range,
          ops: Mapping[str, Operation]) -> list[Handle] | None:
    """The elements of ``base[before]``, a tensor that stands still, at ``places``."""
    assert base._buf is not None
    found = of_tuple(base._buf.shape, (*before, 0)) if before else (
        of_integer(base._buf.shape, 0))
    if found is None or not found[3]:
        return None
    link = (ops[found[0][0]], *found[:2])
    return [deferred(base, link, (*before, i)) for i in places]


def written_at_once(rec: Recording, base: Handle, index: Any, given: Any) -> bool:
    """Whether ``base[index] = given`` was done in the memory that ``base`` has: nobody else reads
    that, and its elements can hold what is given."""
    if index.__class__ is slice or not (stands_still(rec, base) and is_sole(base)):
        return False
    buf: Any = base._buf
    found = MEANT[index.__class__](buf.shape, index)
    if found is None or not found[3]:
        return False
    known = held(given, buf.dtype, buf.shape[len(found[2]):])
    if known is None:
        return False
    count_write(base)
    buf[found[2]] = known
    return True


def changed_at_once(view: Handle, given: Any, change: Any) -> bool:
    """Whether ``change``, a function of NumPy's, was made with what is ``given`` to a ``view`` that
    has taken no step, in the memory that its base has: nobody else reads that."""
    rec, found = here.recording, deferred_of(view, view._x)
    if found is None:
        return False
    base, numbers = found
    if not (stands_still(rec, base) and is_sole(base)):
        return False
    buf: Any = base._buf
    single = len(numbers) == buf.ndim
    known = held(given, buf.dtype, () if single else buf.shape[len(numbers):])
    if known is None or buf.dtype.char == "?":   # NumPy's functions are not PyTorch's there
        return False
    count_write(view)
    token = silenced()
    try:
        if single:   # with NumPy's numbers it is done sooner than with its arrays
            buf[numbers] = OF_NUMBERS[change](
                buf[numbers], known[()] if known.__class__ is ndarray else known)
        else:
            part = buf[numbers]
            change(part, known, out=part)
    finally:
        spoken(token)
    return True


OF_NUMBERS: dict[Any, Callable[[Any, Any], Any]] = {
    np.add: operator.add, np.subtract: operator.sub, np.multiply: operator.mul}


def held(given: Any, dtype: Any, shape: Shape) -> Any:
    """A number or the value of a tensor that has one and no history, as a part of this ``dtype``
    and ``shape`` can hold it; None for anything else."""
    kind = given.__class__
    if kind is float or kind is int or kind is bool:
        holds = HELD.get(dtype.char)
        if holds is None or kind not in holds[0] or not -holds[1] <= given <= holds[1]:
            return None
        return given
    if not isinstance(given, Handle):
        return None
    buf = plain(given)
    if buf is None or buf.dtype != dtype or (buf.shape and buf.shape != shape):
        return None
    return buf


HELD: dict[str, tuple[tuple[type, ...], float]] = {
    "f": ((int, float, bool), 1e30), "d": ((int, float, bool), 1e300),
    "l": ((int, bool), 1 << 53), "i": ((int, bool), 2**31 - 1), "h": ((int, bool), 2**15 - 1),
    "b": ((int, bool), 2**7 - 1), "?": ((int, float, bool), inf)}
"""By the character of NumPy's dtype, the numbers that an element can hold: their types, and how
large they may be."""


def assigned(base: Handle, index: Any, value: Any, op: Operation) -> bool:
    """Whether ``base[index] = value`` was done: it is, along a known path, where there is nothing
    more to look at. ``op`` is the operation that gives ``base`` after it."""
    rec = here.recording
    kind = value.__class__
    x: Any = base._x
    if index.__class__ not in MEANT:
        return False
    number = kind is float or kind is int or kind is bool
    y: Any = None if number or not isinstance(value, Handle) else value._x
    store, chain = None, ()
    if y.__class__ is Seen and (waits := y.waits).__class__ is not Extra:
        if waits.__class__ is tuple:
            store, chain, _ = waits
    elif y is not None:
        store, chain = y.store, y.chain
    if x is None or (x.__class__ is Seen and x.waits.__class__ is list):
        shares, writable = store is base, True
        if shares and is_that(base._buf, base._kind_of[1], index, chain):
            count_write(base)
            return True
    else:
        shares = store is not None and x.store is store
        writable = not (x.leaf or (x.store is not None and x.store.exposed is not None))
        if shares and writable and written_before(base, x, chain, index, op.name):
            return True
    if base._buf is not None and (number or (isinstance(value, Handle) and (
            value._buf is not None or value._rec is None))) and (
                written_at_once(rec, base, index, value)):
        return True
    if shares or not writable:
        return False
    node = base._at if base._rec is rec else rec.enter(base)
    a: Any
    if kind is float or kind is int:
        if node.dtype.category == INT and held(value, node.dtype.numpy, ()) is None:
            return False
        a = kind
    elif isinstance(value, Handle):
        a = value._at if value._rec is rec else rec.enter(value)
    else:
        return False
    found = MEANT[index.__class__](node.shape, index)
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


def is_that(whole: Array | None, form: Any, index: Any, chain: Any) -> bool:
    """Whether a view that was made at once is the very part ``index`` of its ``whole``, as at the
    end of ``x[i] += 1``: then it is there already."""
    if whole is None or len(chain) != 1 or len(chain[0][0]) < 2:
        return False
    link, numbers = chain[0]
    if form is not None:
        if index.__class__ is int:
            if form.row is not None and link is form.row[0] and numbers[0] == index:
                return True
        elif form.pair is not None and link is form.pair[0] and numbers == index and (
                index[0].__class__ is index[1].__class__ is int):
            return True
    found = MEANT[index.__class__](whole.shape, index)
    return found is not None and link[1] is found[0] and same_numbers(numbers, found[2])


def written_before(base: Handle, x: Any, chain: Any, index: Any, name: str) -> bool:
    """Whether the view at the end of a ``chain`` is the very part ``base[index]``, as at the end of
    ``x[i] += 1``: then it is there already."""
    if len(chain) != len(x.chain) + 1 or not same_chain(chain[:-1], x.chain):
        return False
    link, numbers = chain[-1]
    found = MEANT[index.__class__](shape_of(base), index) if len(link) > 1 else None
    if found is None or link[1] is not found[0] or not same_numbers(numbers, found[2]):
        return False
    check_writable(base, name)
    count_write(base)
    return True
