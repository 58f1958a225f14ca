"""Custom functions as a recording sees them: their arguments, their results, what they keep.

What each call of one needs is here in the fewest steps. Start with :func:`before`.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..graph import Node, _count
from ..ops.structural import source
from . import keys
from .flushing import value
from .forms import form_of
from .handle import UNKNOWN, Extra, Handle
from .keys import GRAD_ON
from .rebinding import detached_value
from .recorder import hold, record_fresh, wait_too
from .recording import Recording, here, history
from .replay import ALIAS, CUT
from .segment import CustomOutput, Segment
from .tree import NONE_FREED, plain_step, tree

_new = object.__new__

VALUE = Extra()
"""The rarer state of handles that have a value and never a history, as a leaf's: all share it, so
nobody may change it, and none of them is handed to the user."""
VALUE.leaf = True


def leads(handle: Handle, rec: Recording) -> bool:
    """Whether gradients flow through ``handle``, in the current recording ``rec``."""
    x = handle._x
    if x is None:
        if handle._rec is rec:
            flows: bool = handle._at.requires_grad
            return flows
        if handle._rec is None and handle._buf is not None:
            return False
    elif x.leaf:
        return True
    return history(handle) is not None


def before(handle: Handle, rec: Recording) -> Handle:
    """What ``handle``, through which gradients flow, is now, whatever is written to it later: its
    value and history. A leaf stands for itself."""
    x = handle._x
    if x is not None:
        return handle if x.leaf else record_fresh(handle)
    unit, buf = handle._rec, handle._buf
    if unit is rec and buf is None:
        rec.renamed = True   # as wait_too() does
        new: Handle = _new(Handle._kind)
        new._rec = rec
        new._at = handle._at
        new._buf = new._x = None
        new._kind_of = UNKNOWN
        rec.handles.append(new)
        return new
    if unit.__class__ is Segment and buf is not None:
        new = hold(buf)
        new._rec, new._at = unit, handle._at
        if handle._rec is unit and handle._buf is buf:   # no other thread has written to it
            return new
    return record_fresh(handle)


def value_of(handle: Handle, rec: Recording) -> Handle:
    """A handle with the value of ``handle`` as it is now, and without a history, for nobody but the
    context of a call."""
    x, buf = handle._x, handle._buf
    if buf is not None and (x is None or x.store is None or x.store.exposed is None):
        return hold(buf)
    if rec.captures or rec.modes.open is not None or rec.modes.lanes is not None:
        return detached_value(handle)
    return value_at(rec.enter(handle), rec)


def plain_value(handle: Handle, node: Node | None, rec: Recording) -> Handle | None:
    """The same, as the value of ``node`` if it is given, of a handle without rarer state, in less
    time; None where it has one, or waits elsewhere than in ``rec``."""
    if handle._x is not None:
        return None
    if node is None:
        buf = handle._buf
        if buf is not None:
            return hold(buf)
        if handle._rec is not rec:
            return None
        node = handle._at
    return value_at(node, rec)


def value_at(node: Node, rec: Recording) -> Handle:
    """The same of a node of ``rec``. It need not be cut off: a handle with this state gets no
    history."""
    rec.renamed = True
    handle: Handle = _new(Handle._kind)
    handle._rec = rec
    handle._at = node
    handle._buf = None
    handle._kind_of = UNKNOWN
    handle._x = VALUE
    rec.handles.append(handle)
    return handle


def kept_value(handle: Handle, unit: Segment, node: Node) -> Handle | None:
    """A tensor with a value that only a context has held, whose history is that of ``node`` in
    ``unit``; None where the value is not there."""
    buf = handle._buf
    if buf is None:
        return None
    new: Handle = _new(Handle._kind)
    new._rec = unit
    new._at = node
    new._buf = buf
    new._kind_of = handle._kind_of
    new._x = None
    return new


def shown(handle: Handle) -> Handle:
    """A handle for the user, in the place of one that only a context has held."""
    if handle._x is not VALUE:
        return handle
    rec = here.recording
    if handle._buf is None and handle._rec is rec:
        return wait_too(rec, rec.replayed((CUT, handle._at), ()))
    return hold(value(handle))


def new_custom(rec: Recording, node: Node, inputs: tuple[Node, ...], origin: CustomOutput) -> Node:
    """A node with the value of ``node`` whose cotangent goes to a custom function, and through it
    to ``inputs``."""
    return rec.new_end(keys.custom(node, inputs), (node, *inputs), origin)


def result(rec: Recording, node: Node, inputs: tuple[Node, ...], origin: CustomOutput) -> Node:
    """The node of a result with the value of ``node``, whose gradient goes to ``origin``, and
    through it to ``inputs``. Gradients are recorded from here on, if they were not."""
    if node.requires_grad:
        node = rec.replayed((CUT, node), ())
    if not inputs:
        return rec.replayed((ALIAS, new_custom(rec, node, inputs, origin)), ())
    at = rec.at
    key = ("custom", node, inputs) if at.grad else ("custom", node, inputs, GRAD_ON)
    step = at.next.get(key)
    if step is None:
        form = node.form or form_of(node)
        end: Node = _new(Node)
        end.prim, end.args, end.params = source, (node, *inputs), {}
        end.form = form.flows or form.flowing()
        end.shape, end.dtype, end.device = form.shape, form.dtype, form.device
        end.requires_grad, end.weak = True, form.weak
        end.line = end.call = end.residuals = None
        end.index = next(_count)
        step = tree.add_only(at, key, plain_step(at, end, True, ((), (), (end,), NONE_FREED)))
    rec.at = step
    rec.sources.append(origin)
    out: Node = step.out
    return out


def back_on() -> None:
    """Have gradients recorded, where :func:`result` may have said so in the recording."""
    here.modes.grad = True
    if not here.recording.at.grad:
        here.recording.set_grad(True)


def only_result(rec: Recording, handle: Handle, inputs: tuple[Node, ...], origin: CustomOutput,
                given: Sequence[Handle]) -> tuple[Node, Node | None, bool]:
    """Of the only result of a call, ``handle``: its node, the node with its history, and whether it
    waits for that now, as it does if it is none of those ``given`` to the call and shares no
    storage. Gradients are recorded from here on."""
    node: Node = handle._at if handle._rec is rec else rec.enter(handle)
    end = result(rec, node, inputs, origin) if node.dtype.is_differentiable else None
    rec.modes.grad = True
    if not rec.at.grad:
        rec.set_grad(True)
    if end is None or handle._rec is not rec or handle._x is not None or handle._buf is not None:
        return node, end, False
    for each in given:
        if each is handle:
            return node, end, False
    rec.renamed = True
    handle._at = end
    return node, end, True


def becomes(handle: Handle, node: Node, rec: Recording) -> bool:
    """Have ``handle``, which waits in ``rec`` and shares no storage, wait for ``node``; False where
    it is anything else."""
    if handle._x is not None or handle._buf is not None or handle._rec is not rec:
        return False
    rec.renamed = True
    handle._at = node
    return True


def is_like(handle: Handle, node: Node) -> bool:
    """Whether ``handle`` has the shape and the dtype of ``node``; False where that is not quickly
    told."""
    buf = handle._buf
    if buf is not None:
        return buf.shape == node.shape and buf.dtype == node.dtype.numpy
    if handle._rec is not here.recording:   # a view's value may be in its storage alone
        return False
    at = handle._at
    return at.shape == node.shape and at.dtype is node.dtype


def apart(handle: Handle) -> Handle | None:
    """Another handle with the value of ``handle``, which is there and has no history; None where
    there is more to look at."""
    buf = handle._buf
    if buf is None or handle._x is not None or handle.__class__ is not Handle._kind or (
            handle._rec is not None and handle._rec.__class__ is Segment):
        return None
    return hold(buf)


__all__ = ["apart", "back_on", "before", "becomes", "is_like", "kept_value", "leads", "new_custom",
           "only_result", "plain_value", "result", "shown", "value_at", "value_of"]
