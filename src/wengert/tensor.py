"""Tensor: the handle that users hold.

Arithmetic is written out here because it is the hot path: a known step costs a look-up and a new
handle. Everything else is an operation from ``functions/`` attached as a method, or a property.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from weakref import ref

from .functions.operation import OPERATIONS
from .recording.handle import Handle
from .recording.recorder import dtype_of, here, hold, record, record_write, shape_of, value
from .surface.recorded import Recorded, RecordedWrite

_new = object.__new__
_OPERANDS = (Handle, int, float, complex)


def _binary(name: str, *rest: None) -> Callable[[Any, Any], Any]:
    """The method of ``+`` and its like: the known path is written out."""
    op = OPERATIONS[name]

    def method(self: Tensor, other: Any) -> Any:
        rec = here.recording
        a = self._at if self._rec is rec else rec.enter(self)
        kind = other.__class__
        if kind is Tensor:
            step = rec.at.next.get(
                (op, a, other._at if other._rec is rec else rec.enter(other), *rest))
        elif kind is float or kind is int:
            step = rec.at.next.get((op, a, kind, *rest))
            if step is not None:
                rec.numbers.append(other)
        elif isinstance(other, _OPERANDS):
            return record(op, (self, other, *rest))
        else:
            return NotImplemented
        if step is None:
            return record(op, (self, other, *rest))
        rec.at = step
        out: Tensor = _new(Tensor)
        out._rec = rec
        out._at = step.out
        out._buf = None
        out._x = None
        rec.refs.append(ref(out))
        return out

    method.__name__ = name
    return method


class Tensor(Handle):
    """An n-dimensional array that records what is done with it."""

    __slots__ = ()

    __add__ = _binary("add", None)
    __sub__ = _binary("sub", None)
    __mul__ = _binary("mul")
    __truediv__ = _binary("div", None)



Handle.kind = Tensor
