"""Tensor: the handle that users hold.

Arithmetic is written out here because it is the hot path: a known step costs a look-up and a new
handle. Everything else is an operation from ``functions/`` attached as a method, or a method of one
of the parts (here, in ``functions/``, in ``autograd/``) that the class is put together from.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from weakref import ref

import numpy as np

from ..autograd.gradients import Gradients
from ..engine.locks import sharing
from ..engine.ops.structural import source
from ..engine.recording.calls import caller
from ..engine.recording.handle import Handle
from ..engine.recording.operation import OPERATIONS, SPECIAL
from ..engine.recording.recorder import hold, record
from ..engine.recording.recording import here
from ..engine.recording.sharing import write
from ..functions import ALIASES
from ..functions.choices import Choices
from ..names.missing import missing_text
from ..surface.indexing import Indexing
from .attributes import Attributes
from .conversion import Conversion
from .random import RandomFillers
from .recorded import recorded, recorded_write

_new = object.__new__
_OPERANDS = (Handle, int, float, complex)
Method = Callable[[Any, Any], Any]


def _binary(name: str, *rest: None) -> Method:
    """The method of ``+`` and its like: the known path is written out."""
    op = OPERATIONS[name]

    def method(self: Tensor, other: Any) -> Any:
        rec = here.recording
        a = self._at if self._rec is rec else rec.enter(self)
        kind = other.__class__
        if kind is Tensor:
            b = other._at if other._rec is rec else rec.enter(other)
        elif kind is float or kind is int:
            b = kind
        elif issubclass(kind, Tensor):
            b = other._at if other._rec is rec else rec.enter(other)
        else:
            other = operand(other)
            return NotImplemented if other is None else record(op, (self, other, *rest))
        at = rec.at
        step, op_then, a_then, b_then = at.then
        if b_then is not b or a_then is not a or op_then is not op:
            key = (op, a, b)
            step = at.next.get(key)
            if step is None:
                result = record(op, (self, other, *rest))
                if rec.at.parent is at:
                    at.next[key] = rec.at  # the same step, by the key without what is never given
                return result
            at.then = (step, op, a, b)
        rec.at = step
        if b is kind:
            rec.numbers.append(other)
        out: Tensor = _new(Tensor)
        out._rec = rec
        out._at = step.out
        out._buf = None
        out._x = None
        rec.handles.append(out)
        return out

    return _named(method, name)


def _called(name: str, *rest: None, writes: bool = False, reflected: bool = False) -> Method:
    """The method of an operator off the hot path: one that writes to its left operand, one whose
    left operand is not a tensor, ``**``."""
    op = OPERATIONS[name]
    call: Callable[..., Any] | None = None

    def method(self: Tensor, other: Any) -> Any:
        nonlocal call
        call = call or caller(op, writes=writes)
        other = operand(other)
        if other is None:
            return NotImplemented
        return call(other, self, *rest) if reflected else call(self, other, *rest)

    return _named(method, name)


def _in_place(name: str, *rest: None) -> Method:
    """The method of ``+=`` and its like: the known path is written out."""
    op = OPERATIONS[name]
    writing = op.in_place()
    general = _called(name, *rest, writes=True)

    def method(self: Tensor, other: Any) -> Any:
        rec = here.recording
        if other.__class__ is not Tensor or (rec.at.grad and self._x is not None):
            return general(self, other)
        a = self._at if self._rec is rec else rec.enter(self)
        b = other._at if other._rec is rec else rec.enter(other)
        at = rec.at
        step, op_then, a_then, b_then = at.then
        if b_then is not b or a_then is not a or op_then is not writing:
            found = at.next.get((writing, a, b, *rest))
            if found is None:
                return general(self, other)
            step = found
            at.then = (step, writing, a, b)
        x = self._x
        known = step.detail
        if known is None or x is None or not x.leaf or x.store is not None:
            rec.at = step
            if write(self, step.out, a):   # another thread came before
                return general(self, other)
            after: Any = rec.at
            if after.parent is step and after.out.prim is source:
                step.detail = after   # the step after it: the leaf's new value
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

    return _named(method, name)


def _power() -> Method:
    """The method of ``**``: the known path of a small exponent is written out."""
    op = OPERATIONS["pow"]
    general = _called("pow")

    def method(self: Tensor, other: Any) -> Any:
        kind = other.__class__
        if (kind is not int and kind is not float) or other not in SPECIAL:
            return general(self, other)
        rec = here.recording
        a = self._at if self._rec is rec else rec.enter(self)
        at = rec.at
        step, op_then, a_then, b_then = at.then
        if b_then is not other or a_then is not a or op_then is not op:
            found = at.next.get((op, a, (kind, other)))
            if found is None:
                return general(self, other)
            step = found
            at.then = (step, op, a, other)
        rec.at = step
        out: Tensor = _new(Tensor)
        out._rec, out._at, out._buf, out._x = rec, step.out, None, None
        rec.handles.append(out)
        return out

    return _named(method, "pow")


def operand(value: Any) -> Any:
    """``value`` as the other operand of an operator; None if it cannot be one."""
    if isinstance(value, _OPERANDS):
        return value
    if isinstance(value, np.ndarray):
        return hold(np.array(value))
    return value if hasattr(value, "__float__") and not isinstance(value, str) else None


def _unary(name: str) -> Callable[[Any], Any]:
    op = OPERATIONS[name]
    call: Callable[..., Any] | None = None

    def method(self: Tensor) -> Any:
        nonlocal call
        call = call or caller(op)
        return call(self)

    method.__name__ = name
    return method


def _named(method: Method, name: str) -> Method:
    method.__name__ = name
    return method


class MissingAttribute(AttributeError):
    """Tensor has no such attribute; the text, with the nearest that it has, is made when read."""

    def __init__(self, name: str) -> None:
        super().__init__(name, name=name, obj=None)

    def __str__(self) -> str:
        name = str(self.args[0])
        text = f"'Tensor' object has no attribute '{name}'"
        if not name.startswith("_"):
            text += f": {missing_text('Tensor', name, dir(Tensor))}"
        return text


# Users see Python's own name of the error.
MissingAttribute.__name__ = MissingAttribute.__qualname__ = "AttributeError"
MissingAttribute.__module__ = "builtins"


class Tensor(Conversion, Indexing, Attributes, Choices, RandomFillers, Gradients, Handle):
    """An n-dimensional array that records what is done with it.

    Make one with :func:`wengert.tensor`.
    """

    __slots__ = ()
    __array_priority__ = 1000

    __add__ = _binary("add", None)
    __radd__ = _called("add", None, reflected=True)
    __sub__ = _binary("sub", None)
    __rsub__ = _called("rsub", None)
    __mul__ = _binary("mul")
    __rmul__ = _binary("mul")
    __truediv__ = _binary("div", None)
    __rtruediv__ = _called("div", None, reflected=True)
    __floordiv__ = _binary("floor_divide")
    __rfloordiv__ = _called("floor_divide", reflected=True)
    __mod__ = _binary("remainder")
    __rmod__ = _called("remainder", reflected=True)
    __rpow__ = _called("pow", reflected=True)
    __matmul__ = _binary("matmul")
    __and__ = _binary("bitwise_and")
    __or__ = _binary("bitwise_or")
    __xor__ = _binary("bitwise_xor")
    __rand__ = _binary("bitwise_and")
    __ror__ = _binary("bitwise_or")
    __rxor__ = _binary("bitwise_xor")
    __lshift__ = _binary("bitwise_left_shift")
    __rshift__ = _binary("bitwise_right_shift")
    __rlshift__ = _called("bitwise_left_shift", reflected=True)
    __rrshift__ = _called("bitwise_right_shift", reflected=True)
    __lt__ = _binary("lt")
    __le__ = _binary("le")
    __gt__ = _binary("gt")
    __ge__ = _binary("ge")
    __eq__ = _binary("eq")
    __ne__ = _binary("ne")
    __neg__ = _unary("neg")
    __pos__ = _unary("positive")
    __abs__ = _unary("abs")
    __invert__ = _unary("bitwise_not")
    __iadd__ = _in_place("add", None)
    __isub__ = _in_place("sub", None)
    __imul__ = _in_place("mul")
    __itruediv__ = _in_place("div", None)
    __ifloordiv__ = _in_place("floor_divide")
    __imod__ = _in_place("remainder")
    __ipow__ = _in_place("pow")
    __iand__ = _in_place("bitwise_and")
    __ior__ = _in_place("bitwise_or")
    __ixor__ = _in_place("bitwise_xor")

    __pow__ = _power()

    def __getattr__(self, name: str) -> Any:
        if name == "_kind_of":   # a slot that is not set yet
            return None, None
        raise MissingAttribute(name)

    def __hash__(self) -> int:
        return id(self)


def _attach() -> None:
    """Give Tensor the operations of the table as methods."""
    for op in OPERATIONS.values():
        for name in op.methods:
            if name not in Tensor.__dict__ and not hasattr(Tensor, name):
                setattr(Tensor, name, recorded(op))
            if op.inplace and not hasattr(Tensor, f"{name}_"):
                setattr(Tensor, f"{name}_", recorded_write(op))
    for other, name in ALIASES.items():
        op = OPERATIONS[name]
        if op.methods and not hasattr(Tensor, other):
            setattr(Tensor, other, recorded(op))
        if op.inplace and not hasattr(Tensor, f"{other}_"):
            setattr(Tensor, f"{other}_", recorded_write(op))


_attach()
Handle._kind = Tensor
