"""Callers: for each operation a Python function, written for its signature, that records a call.

:func:`caller` gives the function of an operation, with one argument per parameter. On a known path
it does no more than build the step's key, look it up and make a handle; every other case goes to
:func:`~.recorder.record`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from weakref import ref

from ..functions.operation import DIMS, OPERANDS, SPECIAL, STATIC, STRUCTURAL, Operation
from ..graph import Node
from .handle import Handle
from .recorder import PLAIN, record, record_write, wait
from .recording import here
from .sharing import check_writable, write

_PREFIX = """\
def call({names}):
    rec = here.recording
    numbers = []
{checks}    try:
"""
_OPERAND = """\
        k{i} = {p}._at if {p}._rec is rec else rec.enter({p})
"""
_OPERAND_OR_NUMBER = """\
        if {p} is None:
            k{i} = None
        elif {p}.__class__ is float or {p}.__class__ is int:
            k{i} = {p}.__class__
            numbers.append({p})
        else:
            k{i} = {p}._at if {p}._rec is rec else rec.enter({p})
"""
_STRUCTURAL = """\
        if {p}.__class__ is float or {p}.__class__ is int:
            if {p} in SPECIAL:
                k{i} = ({p}.__class__, {p})
            else:
                k{i} = {p}.__class__
                numbers.append({p})
        else:
            k{i} = {p}._at if {p}._rec is rec else rec.enter({p})
"""
_STATIC = """\
    if {p}.__class__ not in PLAIN:
        return {slow}(op, ({names},))
"""
_WRITABLE = """\
    if rec.at.grad:
        check_writable(p0, op.name)
"""
_LOOKUP = """\
    except AttributeError:
        return {slow}(op, ({names},))
    step = rec.at.next.get((key_op, {keys}))
    if step is None:
        return {slow}(op, ({names},))
    if numbers:
        rec.numbers.extend(numbers)
    rec.at = step
    node = step.out
"""
_RESULT = """\
    if node.__class__ is not Node:
        return tuple([wait(rec, n) for n in node])
    handle = new(Handle._kind)
    handle._rec = rec
    handle._at = node
    handle._buf = None
    handle._x = None
    rec.refs.append(ref(handle))
    return handle
"""
_WRITTEN = """\
    write(p0, node, k0)
    return p0
"""


def caller(op: Operation, *, writes: bool = False) -> Callable[..., Any]:
    """The function that records a call of ``op``; with ``writes``, of its in-place form."""
    slow = record_write if writes else record
    if OPERANDS in op.kinds or DIMS in op.kinds or (op.view and not writes) or not op.kinds:
        return lambda *args: slow(op, args)
    names = [f"p{i}" for i in range(len(op.kinds))]
    fields = {"names": ", ".join(names), "slow": slow.__name__}
    keys = [name if kind == STATIC else f"k{i}"
            for i, (name, kind) in enumerate(zip(names, op.kinds, strict=True))]
    checks = [_STATIC.format(p=name, **fields)
              for name, kind in zip(names, op.kinds, strict=True) if kind == STATIC]
    if writes:
        checks.append(_WRITABLE)
    text = _PREFIX.format(checks="".join(checks), **fields)
    for i, kind in enumerate(op.kinds):
        if kind != STATIC:
            part = (_STRUCTURAL if kind == STRUCTURAL else _OPERAND_OR_NUMBER if i else _OPERAND)
            text += part.format(i=i, p=names[i])
    text += _LOOKUP.format(keys=", ".join(keys), **fields) + (_WRITTEN if writes else _RESULT)
    scope: dict[str, Any] = {
        "Handle": Handle, "Node": Node, "PLAIN": PLAIN, "SPECIAL": SPECIAL, "here": here,
        "key_op": op.in_place() if writes else op, "new": object.__new__, "op": op,
        "check_writable": check_writable,
        "record": record, "record_write": record_write, "ref": ref, "wait": wait, "write": write}
    exec(compile(text, f"<wengert call of {op.name}>", "exec"), scope)
    function: Callable[..., Any] = scope["call"]
    return function
