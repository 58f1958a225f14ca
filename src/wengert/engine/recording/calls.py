"""Callers: for each operation a Python function, written for its signature, that records a call.

On a known path it does no more than build the step's key, look it up and make a handle; every other
case goes to :func:`~.recorder.record`. :func:`caller` gives the function with one argument per
parameter, :func:`quick` the one that a user calls.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import combinations
from textwrap import indent
from types import FunctionType
from typing import Any

from .at_once import FEW, MANY, at_once, code_of, is_compiled, is_worth_loading
from .forms import form_of
from .handle import UNKNOWN, Handle
from .keys import Key
from .latest import latest
from .operation import (
    DIMS,
    MISSING,
    NUMBER,
    OPERAND,
    OPERANDS,
    SPECIAL,
    STATIC,
    STRUCTURAL,
    Operation,
)
from .places import written
from .recorder import PLAIN, record, record_write, wait
from .recording import Recording, here
from .sharing import check_writable, share, share_again, write
from .tree import Step

_PLAIN = """\
def call({names}):
"""
_QUICK = """\
def call({parameters}):
    if {missing} or more or named:
        return general_with(general, op, ({given},), more, named)
"""
_VARIADIC = """\
def call({parameters}):
    if {missing} or named:
        return general_with(general, op, ({given},), more, named)
    p1 = integers(more[0] if len(more) == 1 and more[0].__class__ is not int else more)
    if p1 is None:
        return general(p0, *more)
"""
_NAMED = """\
    {p} = {name}
"""
_NEW = """\
    handle = new(Tensor)
    handle._rec = rec
    handle._at = node
    handle._buf = None
    handle._kind_of = UNKNOWN
    handle._x = None
    rec.handles.append(handle)
"""
_HANDLE = _NEW + """\
    return handle
"""
_VIEW = _NEW + """\
    links = step.links
    if links is None:
        share(p0, key, handle, {numbers}, rec, step)
    else:
        link = links[0]
        if link is not None:
            share_again(p0, handle, link, {numbers}, rec)
    return handle
"""
_VIEW_AGAIN = _NEW + """\
    if links[0] is not None:
        share_again(p0, handle, links[0], (), rec)
    return handle
"""
_AGAIN = """\
    rec = latest.recording
    if not rec.owner._is_owned():
        rec = here.recording
    try:
        if p0._rec is rec:
            k0 = p0._at
        else:
            if rec.modes.at_once and (found := now(rec.modes, {names})) is not None:
                return {wrapped}
            k0 = rec.enter(p0)
    except AttributeError:
        return general_with(general, op, ({given},))
    at = rec.at
    step, op_then, a_then, b_then = at.then
    if b_then is {second} and a_then is k0 and op_then is key_op{alone}{shared}:
        rec.at = step
        node = step.out
{handle}
{kept}"""
"""What a call with the operand alone, or with one plain argument, does where the last one at this
step was the same."""
_KEEPS = """\
    kept = {second} if ({second} is MISSING{or_plain}){alone} else None
"""
_KEPT = """\
    elif kept is not None and step.out.__class__ is not tuple:
        at.then = step, key_op, k0, kept
"""
_KEPT_ONE = """\
    elif step.out.__class__ is not tuple:
        at.then = step, key_op, k0, MISSING
"""
_OR_PLAIN = {
    STATIC: " or {second}.__class__ in PLAIN",
    STRUCTURAL: " or (({second}.__class__ is int or {second}.__class__ is float) "
                "and {second} in SPECIAL)"}
_DEFAULT = """\
    if {p} is MISSING:
        {p} = d{i}
"""
_PREFIX = """\
    rec = latest.recording
    if not rec.owner._is_owned():
        rec = here.recording
"""
_NUMBERS = """\
    numbers = []
"""
_OPERAND = """\
        k{i} = {p}._at if {p}._rec is rec else rec.enter({p})
"""
_FIRST = """\
        if p0._rec is rec:
            k0 = p0._at
        else:
            if rec.modes.at_once and (found := now(rec.modes, {names})) is not None:
                return {wrapped}
            k0 = rec.enter(p0)
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
_OPERANDS = """\
        if {p}.__class__ is not list and {p}.__class__ is not tuple:
            return {other}
        if rec.modes.at_once and (found := now(rec.modes, {names})) is not None:
            return {wrapped}
        k{i} = tuple([each._at if each._rec is rec else rec.enter(each) for each in {p}])
"""
NO_OPERAND = frozenset([type, tuple, type(None)])
"""The classes of what a key has in the place of an operand that is none."""

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
        static = integers({p})
        if static is None:
            return {slow}
        {p} = static
"""
_WRITABLE = """\
    if rec.at.grad:
        check_writable(p0, op.name)
    if rec.modes.at_once and written(rec.modes, now, {names}):
        return p0
"""
_NO_TENSOR = """\
    except AttributeError:
        return {other}
"""
_LOOKUP = """\
    key = (key_op, {keys})
    step = rec.at.next.get(key)
    if step is None:
{missed}        step = rec.new_step(key, {said}{alone})
        if step is None:
            return {slow}
{kept}    rec.at = step
    node = step.out
"""
_MISSED = """\
        if rec.modes.at_once and (found := now(rec.modes, {names})) is not None:
            return {wrapped}
"""
_NUMBERED = """\
    if numbers:
        rec.numbers.extend(numbers)
"""
_RESULT = """\
    if node.__class__ is tuple:
        return {wrap}(tuple([wait(rec, n) for n in node]))
"""
_VIEWS = """\
    if node.__class__ is tuple:
        return views(p0, rec, step, key, {numbers})
"""
_WRITTEN = """\
    if write(p0, node, k0):   # another thread came before
        return record_write(op, ({names},))
    return p0
"""
_OWN = frozenset([
    "AttributeError", "MISSING", "NO_OPERAND", "PLAIN", "SPECIAL", "Tensor", "UNKNOWN",
    "check_writable", "float", "form_of", "general", "general_with", "here", "int", "integers",
    "key_op", "latest", "len", "list", "more", "named", "new", "now", "op", "record",
    "record_write", "share", "share_again", "tuple", "views", "wait", "wrap", "write", "written"])
"""What the texts call their own: a parameter of that name is not given by name."""


def caller(op: Operation, *, writes: bool = False) -> Callable[..., Any]:
    """The function that records a call of ``op``; with ``writes``, of its in-place form."""
    slow = record_write if writes else record

    def early(*args: Any) -> Any:
        modes = here.modes
        if not writes and modes.at_once and (found := now_of(op)(modes, *args)) is not None:
            return found
        return slow(op, args)

    if not can_be_written(op, writes):
        return early

    def text() -> str:
        names = ", ".join(_names(op))
        return _PLAIN.format(names=names) + _body(
            op, writes, f"record{'_write' if writes else ''}(op, ({names},))")
    return _later(op, writes, early, lambda: ("call", op.kinds, op.view, writes), text, {})


def now_of(op: Operation, writes: bool = False) -> Callable[..., Any]:
    """What computes a call of ``op`` at once; always the same function."""
    found = _now.get((op, writes))
    if found is None:
        found = _now[op, writes] = at_once(op.in_place() if writes else op, writes=writes)
    return found


_now: dict[tuple[Operation, bool], Callable[..., Any]] = {}
_callers: dict[Operation, Callable[..., Any]] = {}


def call(op: Operation, args: Sequence[Any]) -> Any:
    """Call ``op`` with ``args``, one per parameter: :func:`~.recorder.record`, by the quickest way.
    """
    found = _callers.get(op)
    if found is None:
        found = _callers[op] = caller(op)
    return found(*args)


def quick(op: Operation, general: Callable[..., Any], *, writes: bool = False,
          wrap: Callable[[Any], Any] | None = None) -> Any:
    """The function that records a call of ``op`` with arguments as a user gives them; ``general``
    is the one for calls with other names, too few arguments or too many. Several results are handed
    to ``wrap``."""
    required = [i for i, default in enumerate(op.defaults) if default is MISSING]
    if not required or required[-1] >= op.positional or not can_be_written(op, writes) or (
            op.variadic and DIMS not in op.kinds[:op.positional]):
        return general
    names = _names(op)
    spelled = op.names if _OWN.isdisjoint(op.names) else names

    def is_again() -> bool:
        return not writes and can_be_again(op)

    def said() -> tuple[Any, ...]:
        own = spelled if spelled is op.names else ()
        if op.variadic:
            own = own[:1] + own[op.positional:]
        return ("quick", op.kinds, f"({', '.join(own)})",
                tuple([default is MISSING for default in op.defaults]), op.positional,
                op.variadic, op.view, writes, wrap is None, is_again())

    def text() -> str:
        given = ", ".join(names[:1] if op.variadic else names)
        parts = (_VARIADIC if op.variadic else _QUICK).format(
            parameters=_parameters(op, spelled), given=given,
            missing=" or ".join([f"{spelled[i]} is MISSING" for i in required
                                 if not (op.variadic and i)]))
        first, rest = parts.split("\n", 1)
        parts = first + "\n" + "".join([
            _NAMED.format(p=p, name=name) for p, name in zip(names, spelled, strict=True)
            if p != name and not (op.variadic and p == "p1")]) + "".join([
                _NAMED.format(p=p, name="MISSING") for p in names[op.positional:]
                if spelled is not op.names]) + rest
        again = is_again()
        if again:
            parts += _again(op, names, given, wrap)
        for i, default in enumerate(op.defaults):
            if default is not MISSING:
                parts += _DEFAULT.format(p=names[i], i=i)
        return parts + _body(op, writes, f"general_with(general, op, ({', '.join(names)},))",
                             again, wrap)
    scope = {"general": general, "MISSING": MISSING, "wrap": wrap,
             **{f"d{i}": each for i, each in enumerate(op.defaults) if each is not MISSING}}
    return _later(op, writes, general, said, text, scope, op.positional - op.variadic,
                  [] if spelled is names else [*op.names[op.positional:]])


def _parameters(op: Operation, spelled: Sequence[str]) -> str:
    """The parameters of a function that a user calls."""
    places = [*spelled[:1 if op.variadic else op.positional], "*more"]
    named = spelled[op.positional:] if spelled is op.names else ()
    return ", ".join([*places, *named, "**named"])


def _wrapped(wrap: Any) -> str:
    """The text for what was computed at once."""
    return "wrap(found) if found.__class__ is tuple else found" if wrap else "found"


def _again(op: Operation, names: list[str], given: str, wrap: Any) -> str:
    """The text for a call that is like the last one at this step."""
    second = names[1] if len(names) > 1 else "MISSING"
    plain = _OR_PLAIN.get(op.kinds[1], "").format(second=second) if len(names) > 1 else ""
    alone = "".join([f" and {name} is MISSING" for name in names[2:]])
    kept = "" if len(names) == 1 else _KEEPS.format(second=second, or_plain=plain, alone=alone)
    return _AGAIN.format(
        given=given, names=", ".join(names), wrapped=_wrapped(wrap), second=second, alone=alone,
        kept=kept,
        shared=" and (links := step.links) is not None" if op.view else "",
        handle=indent(_VIEW_AGAIN if op.view else _HANDLE, "    ").rstrip())


def general_with(general: Callable[..., Any], op: Operation, given: tuple[Any, ...],
                 more: tuple[Any, ...] = (), named: dict[str, Any] | None = None) -> Any:
    """Call ``general`` with what was ``given`` of the parameters, and ``more`` beside it."""
    named = named or {}
    places: list[Any] = []
    for i, (name, value) in enumerate(zip(op.names, given, strict=False)):
        if value is MISSING:
            continue
        if i < op.positional and len(places) == i:
            places.append(value)
        else:
            named[name] = value
    return general(*places, *more, **named)


def integers(given: Any) -> tuple[int, ...] | None:
    """A list or tuple of integers as a tuple; None if it is something else."""
    if not isinstance(given, (tuple, list)):   # sooner than of a union
        return None
    for each in given:
        if each.__class__ is not int:
            return None
    return tuple(given)


def views(base: Handle, rec: Recording, step: Step, key: Key, numbers: tuple[complex, ...],
          ) -> tuple[Handle, ...]:
    """The handles of the several results of a view."""
    found = tuple([wait(rec, node) for node in step.out])
    links = step.links
    if links is None:
        share(base, key, found, numbers, rec, step)
    else:
        for view, link in zip(found, links, strict=True):
            if link is not None:
                share_again(base, view, link, numbers, rec)
    return found


def _later(op: Operation, writes: bool, early: Callable[..., Any],
           said: Callable[[], tuple[Any, ...]], text: Callable[[], str],
           own: dict[str, Any], optional: int = 0, named: Sequence[str] = (),
           ) -> Callable[..., Any]:
    """The function that ``text`` writes, with the names of its ``own`` that it uses; ``early`` for
    the first calls. The text depends on what is ``said``. Its ``optional`` arguments may be
    missing, and so may those that are only ``named``."""
    def first(*args: Any, **kwargs: Any) -> Any:
        modes = here.modes
        rest = len(op.kinds) - len(args)
        if modes.at_once and args and rest >= 0 and not kwargs and isinstance(args[0], Handle) and (
                written(modes, now_of(op, True), *args, *[MISSING] * rest)):
            return args[0]
        return early(*args, **kwargs)

    def look() -> Callable[..., Any]:
        if scope["calls_left"] > 0 and not (writes and here.modes.at_once) and not (
                is_worth_loading(scope["since"]) and is_compiled(said())):
            scope["left"] = [begin] * (FEW - 1)
            scope["calls_left"] -= scope["since"]
            scope["since"] = FEW
            return begin
        return write_text()

    def write_text() -> Callable[..., Any]:
        scope.update(own)
        scope.update(_scope(op, writes))
        function: FunctionType = scope["function"]
        function.__defaults__ = (MISSING,) * optional or None
        function.__kwdefaults__ = dict.fromkeys(named, MISSING) or None
        function.__code__ = code_of(said(), text).replace(
            co_filename=f"<wengert call of {op.name}>", co_name="call", co_qualname="call")
        return function

    begin = first if writes else early
    scope: dict[str, Any] = {"left": [begin], "calls_left": MANY, "look": look, "since": 2,
                             "write_text": write_text, "__name__": __name__}
    scope["function"] = FunctionType(_early_call.__code__, scope)
    made: FunctionType = scope["function"]
    return made


def _early_call(*args: Any, **kwargs: Any) -> Any:
    try:
        run = left.pop()  # type: ignore[name-defined]  # noqa: F821
    except IndexError:
        run = look()  # type: ignore[name-defined]  # noqa: F821
    return run(*args, **kwargs)


def can_be_written(op: Operation, writes: bool) -> bool:
    """Whether the known path of ``op`` can be written out."""
    if not op.kinds or OPERANDS in op.kinds[1:] or (op.view and op.kinds[0] != OPERAND):
        return False
    return not writes or (op.kinds[0] != OPERANDS and DIMS not in op.kinds)


def can_be_again(op: Operation) -> bool:
    """Whether a call with the operand alone, or with one plain argument, may be like the last one:
    no parameter is given a number by default."""
    required = op.defaults.count(MISSING)
    return op.kinds[0] == OPERAND and (required == 1 or op.kinds[1] in _OR_PLAIN) and not any(
        kind in (OPERAND, NUMBER, STRUCTURAL) and isinstance(default, int | float)
        for kind, default in zip(op.kinds, op.defaults, strict=True))


def _names(op: Operation) -> list[str]:
    return [f"p{i}" for i in range(len(op.kinds))]


def _body(op: Operation, writes: bool, other: str, again: bool = False,
          wrap: Callable[[Any], Any] | None = None) -> str:
    """The text that records a call whose arguments are ``p0``, ``p1``, ...; ``other`` is what it
    returns where one is no tensor, ``again`` whether the next call may be like it."""
    names = _names(op)
    given = ", ".join(names)
    slow = f"record{'_write' if writes else ''}(op, ({given},))"
    numbered = any(kind not in (STATIC, DIMS, OPERAND, OPERANDS) or (kind == OPERAND and i)
                   for i, kind in enumerate(op.kinds))
    fields = {"names": given, "wrapped": _wrapped(wrap), "other": other,
              "wrap": "wrap" if wrap else "",
              "slow": slow if wrap is None else f"wrap({slow})",
              "numbers": "tuple(numbers)" if numbered else "()"}
    entered = again and STATIC not in op.kinds   # nothing has happened since
    text = "" if entered else _PREFIX
    if numbered:
        text += _NUMBERS
    text += "".join([_STATIC.format(p=name, **fields)
                     for name, kind in zip(names, op.kinds, strict=True) if kind == STATIC])
    if writes:
        text += _WRITABLE.format(**fields)
    entering = ""
    for i, kind in enumerate(op.kinds):
        part = {STATIC: "", DIMS: "", OPERANDS: _OPERANDS, STRUCTURAL: _STRUCTURAL}.get(
            kind, _OPERAND_OR_NUMBER if i else "" if entered else _OPERAND if writes or again
            else _FIRST)
        entering += part.format(i=i, p=names[i], **fields)
    if entering:
        text += "    try:\n" + entering + _NO_TENSOR.format(**fields)
    keys = ", ".join([name if kind in (STATIC, DIMS) else f"k{i}"
                      for i, (name, kind) in enumerate(zip(names, op.kinds, strict=True))])
    text += _LOOKUP.format(keys=keys, missed="" if writes else _MISSED.format(**fields),
                           said=_said(op, names), alone=_alone(op),
                           kept="" if not again else _KEPT if len(names) > 1 else _KEPT_ONE,
                           **fields)
    if numbered:
        text += _NUMBERED
    if writes:
        return text + _WRITTEN.format(**fields)
    if op.view:
        return text + (_VIEWS + _VIEW).format(**fields)
    return text + _RESULT.format(**fields) + _HANDLE


def _alone(op: Operation) -> str:
    """The text for the operands, where there is one."""
    return ", (k0,)" if op.kinds[0] == OPERAND and {*op.kinds[1:]} <= {STATIC, DIMS} else ""


def _said(op: Operation, names: Sequence[str]) -> str:
    """The text for what the meaning of a call depends on, where that is quick to say: the forms of
    the operands, whether two are the same, and the rest of the key, each part with its type."""
    if OPERANDS in op.kinds:
        return "None"
    said, operands = ["key_op"], []
    for i, kind in enumerate(op.kinds):
        if kind == STATIC:
            said += [names[i], f"{names[i]}.__class__"]
        elif kind == DIMS:
            said.append(names[i])
        else:
            known = f"k{i} if k{i}.__class__ in NO_OPERAND else " if i else ""
            said.append(f"{known}k{i}.form or form_of(k{i})")
            operands.append(f"k{i}")
    said += [f"{a} is {b}" for a, b in combinations(operands, 2)]
    return f"({', '.join(said)})"


def _scope(op: Operation, writes: bool) -> dict[str, Any]:
    """The names that the text uses."""
    key_op = op.in_place() if writes else op
    return {
        "Tensor": Handle._kind, "UNKNOWN": UNKNOWN, "PLAIN": PLAIN, "SPECIAL": SPECIAL,
        "NO_OPERAND": NO_OPERAND, "form_of": form_of, "here": here, "latest": latest,
        "new": object.__new__,
        "now": now_of(op, writes), "op": op, "key_op": key_op,
        "check_writable": check_writable,
        "general_with": general_with, "integers": integers, "record": record,
        "record_write": record_write, "share": share, "share_again": share_again, "views": views,
        "wait": wait, "write": write, "written": written}
