"""Operators: ``+`` and its like, written out because they are the hot path.

A known step costs a look at the step that followed last and a new handle. :func:`binary`,
:func:`in_place` and :func:`power` make such methods, :func:`called` and :func:`unary` those of
operators off the hot path, whose text ``calls.py`` writes. The class of the handles that they
return is set by :func:`tensors_are`, and who answers for operands that are no numbers.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any
from weakref import ref

import numpy as np

from ..locks import sharing
from ..ops.structural import source
from .at_once import at_once
from .calls import caller
from .forms import form_of
from .handle import DEFERRED, UNKNOWN, Array, Handle, Seen, Store
from .latest import latest
from .modes import captures
from .operation import SPECIAL, Operation
from .places import written
from .recorder import hold, record
from .recording import dtype_of, here, shape_of
from .sharing import write
from .viewing import changed_at_once, views_are

_new = object.__new__
_OPERANDS = (Handle, int, float, complex)
Method = Callable[[Any, Any], Any]
Tensor: Any = Handle
"""The class that users hold."""


def _nobody(method: Method, self: Any, other: Any) -> Any:
    return NotImplemented


_stranger: Callable[[Method, Any, Any], Any] = _nobody
"""What an operator gives for an operand that is neither a tensor nor a number."""


def tensors_are(kind: type[Handle], stranger: Callable[[Method, Any, Any], Any]) -> None:
    """Have new handles be of class ``kind``, and ``stranger`` answer for a method and its operands
    where the other one is neither a tensor nor a number."""
    global Tensor, _stranger
    Tensor = Handle._kind = kind
    views_are(kind)
    _stranger = stranger


def binary(op: Operation, *rest: None, divides: bool = False) -> Method:
    """The method of ``+`` and its like, with one argument ``rest`` at most that is None: the known
    path is written out. Of integers one that ``divides`` gives floats."""
    now = at_once(op, len(rest))

    def method(self: Any, other: Any) -> Any:
        rec = latest.recording
        if not rec.owner._is_owned():
            rec = here.recording
        if self._rec is rec:
            a = self._at
        else:
            if rec.modes.at_once and (found := now(rec.modes, self, other)) is not None:
                return found
            a = rec.enter(self)
        kind = other.__class__
        if kind is Tensor:
            b = other._at if other._rec is rec else rec.enter(other)
        elif kind is float or kind is int:
            b = kind
        elif issubclass(kind, Tensor):
            b = other._at if other._rec is rec else rec.enter(other)
        else:
            given = operand(other, self, divides)
            return _stranger(method, self, other) if given is None else record(
                op, (self, given, *rest))
        at = rec.at
        step, op_then, a_then, b_then = at.then
        if b_then is not b or a_then is not a or op_then is not op:
            whole = (op, a, b, None) if rest else (op, a, b)
            step = at.next.get(whole)
            if step is not None:
                at.then = (step, op, a, b)
            else:
                if rec.modes.at_once and (found := now(rec.modes, self, other)) is not None:
                    return found
                step = rec.new_step(whole, (op, a.form or form_of(a), b, False), (a,)) if (
                    b is kind) else rec.new_step(whole, (
                        op, a.form or form_of(a), b.form or form_of(b), a is b), (a, b))
                if step is None:
                    return record(op, (self, other, *rest))
        rec.at = step
        if b is kind:
            rec.numbers.append(other)
        out = _new(Tensor)
        out._rec = rec
        out._at = step.out
        out._buf = None
        out._kind_of = UNKNOWN
        out._x = None
        rec.handles.append(out)
        return out

    return _named(method, op)


def comparison(op: Operation) -> Method:
    """The method of ``<`` and its like. Where nothing has been recorded since somebody asked for a
    value, one of a value in memory is computed at once: it will be asked for too."""
    general = binary(op)
    look = at_once(op, looks=True)
    compare = getattr(operator, op.name)

    def method(self: Any, other: Any) -> Any:
        rec = here.recording
        modes = rec.modes
        if modes.at_once:
            if self._x.__class__ is Seen and self._buf is None and (
                    found := of_element(compare, self, other)) is not None:
                return found
        elif rec.at is rec.root:
            buf = self._buf
            if (buf is None or buf.size == 1) and (
                    modes.open is None and modes.lanes is None and modes.cast is None) and not (
                    modes.observers or captures.open) and modes.anomaly is None and (
                    rec.at.next.__class__ is dict):
                if buf is None and self._x.__class__ is Seen and (
                        found := of_element(compare, self, other)) is not None:
                    return found
                try:
                    found = look(modes, self, other)
                finally:
                    modes.at_once = 0   # such a call is not among those that are allowed
                if found is not None:
                    return found
        return general(self, other)

    return _named(method, op)


def of_element(compare: Callable[[Any, Any], Any], view: Handle, other: Any) -> Handle | None:
    """How an element of a value in memory compares to one of Python's numbers that its dtype holds;
    None where there is more to look at."""
    kind = other.__class__
    x: Any = view._x
    if view._rec is not None or (kind is not float and kind is not int) or (
            waits := x.waits).__class__ is not tuple or waits[2] != DEFERRED:
        return None
    whole, numbers = waits[0], waits[1][0][1]
    buf = whole._buf
    if buf.__class__ is not np.ndarray or len(numbers) != buf.ndim or (
            whole.__class__ is Store and whole.exposed is not None):
        return None
    types = ELEMENTS.get(buf.dtype.char)
    if types is None or kind not in types or not -MOST <= other <= MOST:
        return None
    return hold(np.asarray(compare(buf[numbers], other)))


ELEMENTS: dict[str, tuple[type, ...]] = {
    "f": (float, int), "d": (float, int), "l": (int,), "i": (int,)}
MOST = (1 << 31) - 1


def reflected(op: Operation, *rest: None) -> Method:
    """The method of ``+`` and its like with the tensor on the right: the known path of a number on
    the left is written out."""
    general = called(op, *rest, reflected=True, stands_for=lambda: method)
    now = at_once(op, len(rest))

    def method(self: Any, other: Any) -> Any:
        kind = other.__class__
        if kind is not float and kind is not int:
            return general(self, other)
        rec = latest.recording
        if not rec.owner._is_owned():
            rec = here.recording
        if self._rec is rec:
            b = self._at
        else:
            if rec.modes.at_once and (found := now(rec.modes, other, self)) is not None:
                return found
            b = rec.enter(self)
        at = rec.at
        step, op_then, a_then, b_then = at.then
        if b_then is not b or a_then is not kind or op_then is not op:
            whole = (op, kind, b, None) if rest else (op, kind, b)
            step = at.next.get(whole)
            if step is not None:
                at.then = (step, op, kind, b)
            else:
                if rec.modes.at_once and (found := now(rec.modes, other, self)) is not None:
                    return found
                step = rec.new_step(whole, (op, kind, b.form or form_of(b)), (b,))
                if step is None:
                    return general(self, other)
        rec.at = step
        rec.numbers.append(other)
        out = _new(Tensor)
        out._rec = rec
        out._at = step.out
        out._buf = None
        out._kind_of = UNKNOWN
        out._x = None
        rec.handles.append(out)
        return out

    return _named(method, op)


def called(op: Operation, *rest: None, writes: bool = False, reflected: bool = False,
           stands_for: Callable[[], Method] | None = None) -> Method:
    """The method of an operator off the hot path: one that writes to its left operand, one whose
    left operand is not a tensor, ``**``; or what another method, that it ``stands_for``, leaves."""
    call: Callable[..., Any] | None = None

    def method(self: Any, other: Any) -> Any:
        nonlocal call
        call = call or caller(op, writes=writes)
        if writes and isinstance(other, np.ndarray):
            return NotImplemented   # as in PyTorch: ``x += array`` is ``x = x + array``
        found = operand(other, None if writes else self)
        if found is None:
            return _stranger(stands_for() if stands_for else method, self, other)
        return call(found, self, *rest) if reflected else call(self, found, *rest)

    return _named(method, op)


def in_place(op: Operation, *rest: None, change: Any = None) -> Method:
    """The method of ``+=`` and its like: the known path is written out. ``change`` is the function
    of NumPy's that does the same to two arrays of one dtype."""
    writing = op.in_place()
    general = called(op, *rest, writes=True, stands_for=lambda: method)
    now = at_once(writing, len(rest), writes=True)

    def method(self: Any, other: Any) -> Any:
        rec = latest.recording
        if not rec.owner._is_owned():
            rec = here.recording
        x = self._x
        if x is not None and change is not None and (
                x.__class__ is Seen or x.listed == DEFERRED) and (
                changed_at_once(self, other, change)):
            return self
        if rec.modes.at_once and written(rec.modes, now, self, other):
            return self
        if other.__class__ is not Tensor or (
                x is not None and (x.leaf or x.store is not None) and rec.at.grad):
            return general(self, other)
        a = self._at if self._rec is rec else rec.enter(self)
        b = other._at if other._rec is rec else rec.enter(other)
        at = rec.at
        step, op_then, a_then, b_then = at.then
        if b_then is not b or a_then is not a or op_then is not writing:
            whole = (writing, a, b, None) if rest else (writing, a, b)
            found = at.next.get(whole)
            if found is not None:
                at.then = (found, writing, a, b)
            else:
                found = rec.new_step(whole, (writing, a.form or form_of(a), b.form or form_of(b),
                                             a is b))
                if found is None:
                    return general(self, other)
            step = found
        x = self._x
        known = step.after
        if known is None or x is None or not x.leaf or x.store is not None:
            rec.at = step
            if write(self, step.out, a):   # another thread came before
                return general(self, other)
            after: Any = rec.at
            if after.parent is step and after.out.prim is source:
                step.after = after
            return self
        mark: ref[Handle] = ref(self)
        if self._buf is not None:
            rec.handles.append(self)
        if sharing.exclusive or self._rec is not rec or self._at is not a:
            return general(self, other)   # another thread has come between
        # Since that look no call, until the last statement: nobody comes between.
        x.grad_fn = x.origin = None
        x.version += 1
        rec.at = known
        self._rec, self._at, self._buf = rec, known.out, None
        rec.sources.append(mark)
        return self

    return _named(method, op)


def power(op: Operation) -> Method:
    """The method of ``**``: the known path of a small exponent is written out."""
    general = called(op, stands_for=lambda: method)
    now = at_once(op)

    def method(self: Any, other: Any) -> Any:
        kind = other.__class__
        if (kind is not int and kind is not float) or other not in SPECIAL:
            return general(self, other)
        rec = latest.recording
        if not rec.owner._is_owned():
            rec = here.recording
        if self._rec is rec:
            a = self._at
        else:
            if rec.modes.at_once and (found := now(rec.modes, self, other)) is not None:
                return found
            a = rec.enter(self)
        at = rec.at
        step, op_then, a_then, b_then = at.then
        if b_then is not other or a_then is not a or op_then is not op:
            known = at.next.get((op, a, (kind, other)))
            if known is None:
                return general(self, other)
            step = known
            at.then = (step, op, a, other)
        rec.at = step
        out = _new(Tensor)
        out._rec, out._at, out._buf, out._x = rec, step.out, None, None
        out._kind_of = UNKNOWN
        rec.handles.append(out)
        return out

    return _named(method, op)


def operand(value: Any, beside: Handle | None = None, divides: bool = False) -> Any:
    """``value`` as the other operand of an operator; None if it cannot be one, or if it is an array
    of NumPy's ``beside`` a tensor that is differentiated, for which NumPy's rules hold."""
    if isinstance(value, _OPERANDS):
        return value
    if isinstance(value, np.ndarray):
        if beside is not None and is_differentiated(beside):
            return None
        return hold(np.array(value) if beside is None else _as_wide(value, beside, divides))
    return value if hasattr(value, "__float__") and not isinstance(value, str) else None


def _as_wide(array: Array, beside: Handle, divides: bool) -> Array:
    """A copy of an array in the dtype that NumPy promotes it to ``beside`` a tensor, with as many
    dimensions if it has none: so the result has that dtype, as in PyTorch."""
    try:
        dtype = np.result_type(array.dtype, dtype_of(beside).numpy)
    except TypeError:   # bfloat16 beside some others
        dtype = array.dtype
    if divides and dtype.kind in "iu":
        dtype = np.dtype(np.float64)
    found = np.array(array, dtype)
    return found if found.shape else found.reshape((1,) * len(shape_of(beside)))


def is_differentiated(handle: Handle) -> bool:
    """Whether the derivative of ``handle`` is wanted, or may be: it requires grad, or a transform
    runs, or a function is captured."""
    rec = here.recording
    modes = rec.modes
    if modes.lanes is not None or modes.open is not None or rec.captures:
        return True
    x = handle._x
    return (x is not None and x.tangent is not None) or (
        modes.grad and rec.enter(handle).requires_grad)


def unary(op: Operation) -> Callable[..., Any]:
    return _named(caller(op), op)


def _named(method: Callable[..., Any], op: Operation) -> Callable[..., Any]:
    method.__name__, method.__module__ = op.name, __name__
    return method
