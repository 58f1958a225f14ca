"""Custom functions as a recording sees them: their arguments, their results, what they keep.

What each call of one needs is here in the fewest steps. Start with :func:`before`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

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
from .structures import PLAIN, opened, tensors_in
from .tree import NONE_FREED, tree

_new = object.__new__

VALUE = Extra()
"""The rarer state of handles that have a value and never a history, as a leaf's: all share it, so
nobody may change it, and none of them is handed to the user."""
VALUE.leaf = True


def looked_at(args: Sequence[Any], given: list[Handle],
              earlier: list[Handle]) -> tuple[list[bool], list[bool] | None]:
    """Which of ``args`` gradients flow through, and which are tensors; None where some of these may
    stand in structures. They are added to ``given``, and what stands for them later to
    ``earlier``."""
    rec, kind = here.recording, Handle._kind
    needs: list[bool] = []
    tensors: list[bool] | None = []
    for arg in args:
        flow = False
        is_tensor = arg.__class__ is kind or isinstance(arg, Handle)
        if is_tensor:
            given.append(arg)
            then, x = arg, arg._x
            if x is None and arg._rec is rec and arg._buf is None:   # what leads() and before() do
                node = arg._at
                flow = node.requires_grad
                if flow:
                    then = _new(kind)
                    then._rec, then._at, then._buf, then._x = rec, node, None, None
                    then._kind_of = UNKNOWN
                    rec.renamed = True
                    rec.handles.append(then)
            elif x is not None and x.leaf:
                flow = True
            elif leads(arg, rec):
                flow, then = True, before(arg, rec)
            earlier.append(then)
        elif arg.__class__ not in PLAIN:
            for each in tensors_in(opened(arg)):
                tensors = None
                flows = leads(each, rec)
                given.append(each)
                earlier.append(before(each, rec) if flows else each)
                flow = flow or flows
            if isinstance(arg, (tuple, list, dict)):
                tensors = None   # a backward may return one in its place
        needs.append(flow)
        if tensors is not None:
            tensors.append(is_tensor)
    return needs, tensors


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
    form = node.form or form_of(node)
    if form.requires_grad:
        node = rec.replayed((CUT, node), ())
        form = node.form or form_of(node)
    if not inputs:
        return rec.replayed((ALIAS, new_custom(rec, node, inputs, origin)), ())
    at = rec.at
    key = ("custom", node, inputs) if at.grad else ("custom", node, inputs, GRAD_ON)
    step = at.next.get(key)
    if step is None:
        end: Node = _new(Node)
        end.prim, end.args, end.params = source, (node, *inputs), {}
        end.form = form.flows or form.flowing()
        end.shape, end.dtype, end.device = form.shape, form.dtype, form.device
        end.requires_grad, end.weak = True, form.weak
        end.line = end.call = end.residuals = None
        end.index = next(_count)
        step = tree.plain(at, key, end, True, ((), (), (end,), NONE_FREED))
    rec.at = step
    rec.sources.append(origin)
    out: Node = step.out
    return out


def back_on() -> None:
    """Have gradients recorded, where :func:`result` may have said so in the recording."""
    here.modes.grad = True
    if not here.recording.at.grad:
        here.recording.set_grad(True)


def inputs_of(rec: Recording,
              earlier: Sequence[Handle]) -> tuple[tuple[Node, ...], tuple[Node, ...]]:
    """The nodes of the tensors that stand for the arguments of a call, and those of them that
    gradients flow through, each once."""
    inputs: list[Node] = []
    flowing: dict[Node, None] = {}
    for handle in earlier:
        node = handle._at if handle._rec is rec else rec.enter(handle)
        inputs.append(node)
        if node.requires_grad:
            flowing[node] = None
    return (*inputs,), (*flowing,)


def only_result(rec: Recording, handle: Handle, inputs: tuple[Node, ...], custom: Any,
                given: Sequence[Handle]) -> tuple[Node, Node | None, bool]:
    """Of the only result of the call ``custom``, ``handle``: its node, the node with its history,
    and whether it waits for that now, as it does if it is none of those ``given`` to the call and
    shares no storage. Gradients are recorded from here on."""
    node: Node = handle._at if handle._rec is rec else rec.enter(handle)
    end = None
    if node.dtype.is_differentiable:
        origin: CustomOutput = _new(CustomOutput)
        origin.custom, origin.i = custom, 0
        end = result(rec, node, inputs, origin)
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


class Value:
    """A tensor that a context keeps: its value, and which input or result of the call it is, -1 for
    none; see ``autograd/kept.py``."""

    __slots__ = ("handle", "input", "original", "output", "packed", "version")

    handle: Handle | None
    original: Handle | None
    packed: Any


def kept_plainly(kind: Any, asked: Sequence[Handle | None], given: Sequence[Handle],
                 earlier: Sequence[Handle], results: Sequence[Handle], new: Sequence[Handle],
                 kept: Any, rec: Recording) -> tuple[list[Any], list[Handle]]:
    """What is kept of the tensors ``asked`` for, each a value of this ``kind``, of a call to
    ``rec``, at which nobody looks, and those that are the user's own. ``given`` are the arguments
    of the call, for which ``earlier`` stand, and nothing else does, and ``new`` the results as its
    caller gets them."""
    found: list[Any] = []
    own: list[Handle] = []
    for handle in asked:
        if handle is None:
            found.append(None)
            continue
        input, output = place(handle, given, results, new)
        x, buf, at = handle._x, handle._buf, handle._at if handle._rec is rec else None
        version = 0
        original = value = None
        if x is None:
            if output >= 0 and kept.results[output] is not None:
                buf, at = None, kept.results[output]
            elif input >= 0:
                value = earlier[input]
                if value is handle:
                    original = handle
            elif output < 0 and (handle._rec is not None if at is None else at.requires_grad):
                buf = at = None   # it may have a history of its own
            if buf is not None:
                value = hold(buf)
            elif value is None or value is handle or value._at is not at or (
                    value._x is not None or value._rec is not rec or value._buf is not None):
                value = None if at is None else value_at(at, rec)
            else:   # made for this call, and in the list of those that wait
                value._x = VALUE
        elif input >= 0 and x.__class__ is Extra and x.leaf and x.store is None and buf is not None:
            original, value, version = handle, hold(buf), x.version - x.excused
        if value is None:
            each = kind(handle, kept, input, output)
        else:
            each = _new(kind)
            each.input, each.output, each.version = input, output, version
            each.original, each.handle, each.packed = original, value, None
        if each.original is not None:
            own.append(each.original)
        found.append(each)
    return found, own


def place(handle: Handle, given: Sequence[Handle], results: Sequence[Handle],
          new: Sequence[Handle]) -> tuple[int, int]:
    """Which of the inputs ``given``, or of the results, ``handle`` is, -1 for none; ``new`` are the
    results as the caller gets them."""
    for k, each in enumerate(results):
        if each is handle and (new[k] is handle or id(handle) not in map(id, given)):
            return -1, k
    for k, each in enumerate(given):
        if each is handle:
            return k, -1
    return -1, -1


def becomes(handle: Handle, node: Node, rec: Recording) -> bool:
    """Have ``handle``, which waits in ``rec`` and shares no storage, wait for ``node``; False where
    it is anything else."""
    if handle._x is not None or handle._buf is not None or handle._rec is not rec:
        return False
    rec.renamed = True
    handle._at = node
    return True


def fitting(grads: Sequence[Any], tensors: Sequence[bool],
            inputs: Sequence[Node]) -> list[Any] | None:
    """``grads``, one for each argument of a call, for the ``tensors`` among these, whose nodes are
    ``inputs``; None where one has to be looked at more closely."""
    found: list[Any] = []
    kind = Handle._kind
    for ct, is_tensor in zip(grads, tensors, strict=True):
        if is_tensor:
            node = inputs[len(found)]
            if ct is None or not node.requires_grad:
                found.append(None)
                continue
            if ct.__class__ is not kind:
                return None
            buf = ct._buf
            if buf is not None:
                if buf.shape != node.shape or buf.dtype != (node.dtype._numpy or node.dtype.numpy):
                    return None
            elif ct._rec is not here.recording:   # a view's value may be in its storage alone
                return None
            else:
                at = ct._at
                if at.shape != node.shape or at.dtype is not node.dtype:
                    return None
            found.append(ct)
        elif ct is not None:
            return None
    return found


def apart(handle: Handle) -> Handle | None:
    """Another handle with the value of ``handle``, which is there and has no history; None where
    there is more to look at."""
    buf = handle._buf
    if buf is None or handle._x is not None or handle.__class__ is not Handle._kind or (
            handle._rec is not None and handle._rec.__class__ is Segment):
        return None
    new: Handle = _new(Handle._kind)
    new._rec, new._buf, new._x = None, buf, None
    new._kind_of = handle._kind_of
    return new


def given_again(kept: Any, unit: Segment) -> tuple[Any, ...]:
    """The tensors that a context has kept (:class:`Value`), with their histories in ``unit``."""
    found: list[Any] = []
    for each in kept.saved:
        if each is None:
            found.append(None)
            continue
        original = each.original
        if original is not None and ((x := original._x) is None or (
                x.__class__ is Extra and x.store is None
                and x.version - x.excused == each.version)):
            found.append(original)
            continue
        handle, node, input = each.handle, None, each.input
        if input >= 0:
            node = kept.inputs[input]
        elif each.output >= 0:
            node = kept.results[each.output]
        if handle is None or original is not None or node is None or (
                (buf := handle._buf) is None or not node.requires_grad):
            found.append(each.get(kept, unit))
            continue
        new: Handle = _new(Handle._kind)
        new._rec, new._at, new._buf, new._x = unit, node, buf, None
        new._kind_of = handle._kind_of
        found.append(new)
    return tuple(found)


__all__ = ["Value", "apart", "back_on", "becomes", "fitting", "given_again", "inputs_of",
           "kept_plainly", "looked_at", "new_custom", "only_result", "place", "result", "shown",
           "value_at", "value_of"]
