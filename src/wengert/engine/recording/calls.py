"""Callers: for each operation a Python function, written for its signature, that records a call.

On a known path it does no more than build the step's key, look it up and make a handle; every other
case goes to :func:`~.recorder.record`. :func:`caller` gives the function with one argument per
parameter, :func:`quick` the one that a user calls.
"""

from __future__ import annotations

from collections.abc import Callable
from textwrap import indent
from types import CodeType, FunctionType
from typing import Any

from ..graph import Node
from .handle import Handle
from .operation import DIMS, MISSING, OPERAND, OPERANDS, SPECIAL, STATIC, STRUCTURAL, Operation
from .recorder import PLAIN, record, record_write, wait
from .recording import here
from .sharing import check_writable, write

_PLAIN = """\
def call({names}):
"""
_QUICK = """\
def call({given}, *more, **named):
    if {last} is MISSING or named or more:
        return general(*[p for p in ({given},) if p is not MISSING], *more, **named)
"""
_HANDLE = """\
    handle = new(Tensor)
    handle._rec = rec
    handle._at = node
    handle._buf = None
    handle._x = None
    rec.handles.append(handle)
    return handle
"""
_AGAIN = """\
    rec = here.recording
    try:
        k0 = p0._at if p0._rec is rec else rec.enter(p0)
    except AttributeError:
        return general({given})
    at = rec.at
    step, op_then, a_then, b_then = at.then
    if b_then is {second} and a_then is k0 and op_then is key_op{alone}:
        rec.at = step
        node = step.out
{handle}
    kept = {second} if ({second} is MISSING{or_plain}){alone} else None
"""
"""What a call with the operand alone, or with one plain argument, does where the last one at this
step was the same."""
_KEPT = """\
    if kept is not None and node.__class__ is Node:
        at.then = step, key_op, k0, kept
"""
_OR_PLAIN = {
    STATIC: " or {second}.__class__ in PLAIN",
    STRUCTURAL: " or ({second}.__class__ is int or {second}.__class__ is float) "
                "and {second} in SPECIAL"}
_DEFAULT = """\
    if {p} is MISSING:
        {p} = d{i}
"""
_PREFIX = """\
    rec = here.recording
"""
_NUMBERS = """\
    numbers = []
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
FEW = 4
"""So many calls come before the text is written, which takes as long as hundreds of them."""

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
    if {p} is not None and {p}.__class__ not in PLAIN:
        return record{s}(op, ({names},))
"""
_WRITABLE = """\
    if rec.at.grad:
        check_writable(p0, op.name)
"""
_LOOKUP = """\
    except AttributeError:
        return {other}
    key = (key_op, {keys})
    step = rec.at.next.get(key)
    if step is None:
        step = rec.new_step(key)
        if step is None:
            return record{s}(op, ({names},))
    rec.at = step
    node = step.out
"""
_NUMBERED = """\
    if numbers:
        rec.numbers.extend(numbers)
"""
_RESULT = """\
    if node.__class__ is not Node:
        return tuple([wait(rec, n) for n in node])
"""
_WRITTEN = """\
    if write(p0, node, k0):   # another thread came before
        return record_write(op, ({names},))
    return p0
"""


def caller(op: Operation, *, writes: bool = False) -> Callable[..., Any]:
    """The function that records a call of ``op``; with ``writes``, of its in-place form."""
    slow = record_write if writes else record

    def early(*args: Any) -> Any:
        return slow(op, args)
    if not can_be_written(op, writes):
        return early

    def text(scope: dict[str, Any]) -> str:
        names = ", ".join(_names(op))
        return _PLAIN.format(names=names) + _body(
            op, writes, f"record{'_write' if writes else ''}(op, ({names},))")
    return _later(op, writes, early, text)


def quick(op: Operation, general: Callable[..., Any], *, writes: bool = False) -> Any:
    """The function that records a call of ``op`` with arguments as a user gives them; ``general``
    is the one for calls with names, too few arguments or too many."""
    if op.variadic or not 0 < op.required <= op.positional or not can_be_written(op, writes):
        return general
    names = _names(op)[:op.positional]

    def text(scope: dict[str, Any]) -> str:
        parts = _QUICK.format(given=", ".join(names), last=names[op.required - 1])
        scope.update(general=general, MISSING=MISSING)
        again = not writes and can_be_again(op)
        if again:
            second = names[1] if len(names) > 1 else "MISSING"
            plain = _OR_PLAIN.get(op.kinds[1], "").format(second=second) if len(names) > 1 else ""
            alone = f" and {names[2]} is MISSING" if len(names) > 2 else ""
            parts += _AGAIN.format(
                given=f"*[p for p in ({', '.join(names)},) if p is not MISSING]", second=second,
                or_plain=plain, alone=alone, handle=indent(_HANDLE, "    ").rstrip())
        for i, default in enumerate(op.defaults[op.required:], op.required):
            parts += _DEFAULT.format(p=names[i], i=i) if i < op.positional else (
                f"    p{i} = d{i}\n")
            scope[f"d{i}"] = default
        return parts + _body(op, writes, f"general({', '.join(names)})", again)
    return _later(op, writes, general, text, len(names))


def _later(op: Operation, writes: bool, early: Callable[..., Any],
           text: Callable[[dict[str, Any]], str], optional: int = 0) -> Callable[..., Any]:
    """The function that ``text`` writes, given the names that it may use; ``early`` for the first
    calls. Its ``optional`` arguments may be missing."""
    def write_text() -> Callable[..., Any]:
        scope.update(_scope(op, writes))
        code = compile(text(scope), f"<wengert call of {op.name}>", "exec")
        function.__defaults__ = (MISSING,) * optional or None
        function.__code__ = next(c for c in code.co_consts if isinstance(c, CodeType))
        return function

    scope: dict[str, Any] = {"left": [early] * FEW, "write_text": write_text}
    function = FunctionType(_early_call.__code__, scope)
    return function


def _early_call(*args: Any, **kwargs: Any) -> Any:
    try:
        run = left.pop()  # type: ignore[name-defined]  # noqa: F821
    except IndexError:
        run = write_text()  # type: ignore[name-defined]  # noqa: F821
    return run(*args, **kwargs)


def can_be_written(op: Operation, writes: bool) -> bool:
    """Whether the known path of ``op`` can be written out."""
    return bool(op.kinds) and OPERANDS not in op.kinds and DIMS not in op.kinds and (
        writes or not op.view)


def can_be_again(op: Operation) -> bool:
    """Whether a call with the operand alone, or with one plain argument, may be like the last one:
    no parameter is given a number by default."""
    return op.kinds[0] == OPERAND and (op.required == 1 or op.kinds[1] in _OR_PLAIN) and not any(
        kind in (OPERAND, STRUCTURAL) and isinstance(default, int | float)
        for kind, default in zip(op.kinds, op.defaults, strict=True))


def _names(op: Operation) -> list[str]:
    return [f"p{i}" for i in range(len(op.kinds))]


def _body(op: Operation, writes: bool, other: str, again: bool = False) -> str:
    """The text that records a call whose arguments are ``p0``, ``p1``, ...; ``other`` is what it
    returns where one is no tensor, ``again`` whether the next call may be like it."""
    names = _names(op)
    fields = {"names": ", ".join(names), "s": "_write" if writes else "", "other": other}
    text = _PREFIX
    numbered = any(kind not in (STATIC, OPERAND) or (kind == OPERAND and i)
                   for i, kind in enumerate(op.kinds))
    if numbered:
        text += _NUMBERS
    text += "".join([_STATIC.format(p=name, **fields)
                     for name, kind in zip(names, op.kinds, strict=True) if kind == STATIC])
    if writes:
        text += _WRITABLE
    text += "    try:\n"
    for i, kind in enumerate(op.kinds):
        if kind != STATIC:
            part = (_STRUCTURAL if kind == STRUCTURAL else _OPERAND_OR_NUMBER if i else _OPERAND)
            text += part.format(i=i, p=names[i])
    keys = ", ".join([name if kind == STATIC else f"k{i}"
                      for i, (name, kind) in enumerate(zip(names, op.kinds, strict=True))])
    text += _LOOKUP.format(keys=keys, **fields)
    if numbered:
        text += _NUMBERED
    if again:
        text += _KEPT
    return text + (_WRITTEN.format(**fields) if writes else _RESULT + _HANDLE)


def _scope(op: Operation, writes: bool) -> dict[str, Any]:
    """The names that the text uses."""
    return {
        "Tensor": Handle._kind, "Node": Node, "PLAIN": PLAIN, "SPECIAL": SPECIAL, "here": here,
        "key_op": op.in_place() if writes else op, "new": object.__new__, "op": op,
        "check_writable": check_writable,
        "record": record, "record_write": record_write, "wait": wait, "write": write}
