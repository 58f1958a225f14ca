"""Operations that are computed as they are called: where recording them would come to nothing.

A path that no recording takes twice is recorded in vain, and so is an operation whose value is
asked for next. Where ``novelty.py`` finds that a thread does such things again and again, it allows
so many operations to be computed at once: those of which no operand has a history or waits for a
value. What they give is as if it had come from outside.

:func:`at_once` writes such a function for an operation: with what each operand is, and with what
is static, it looks up a closure of the operation's template.
"""

from __future__ import annotations

import operator
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from textwrap import indent
from types import CodeType, FunctionType
from typing import Any
from weakref import WeakKeyDictionary, WeakSet

import numpy as np

from ..arrays import as_buffer
from ..dtypes import changed_default
from ..errors import by_signal
from ..lazy import lazy
from ..quiet import silenced, spoken
from .entered import entered, views_entered
from .handle import DEFERRED, Handle, Kind, Seen, Store, kind_of, part_of_whole
from .lying import READ, always, in_memory, lying, lying_here, stands, stands_here
from .modes import NEW, Modes
from .operation import GIVEN, MISSING, OPERAND, OPERANDS, SPECIAL, STRUCTURAL, Operation
from .recorder import PLAIN, as_python, hold, static
from .sharing import share_at_once

ndarray = np.ndarray
Immediate = Callable[..., Any]
_used: WeakSet[Any] = WeakSet()
"""The functions that have computed something."""
table_of: WeakKeyDictionary[Any, dict[Any, Any]] = WeakKeyDictionary()
"""The closures of those that have no text."""
FEW, MANY = 5, 100
LOADING = 300
"""After so few calls of a function, and at its second, it is looked whether to write its text: that
takes as long as two or three where the text is known (``written.py``), and as long as many where it
has to be compiled. What is known is loaded when so many calls of all functions have come, or half
as many that are computed at once: a program that has just begun does without."""
begun = {"calls": 0}
"""The calls so far, by few of them."""

_HEAD = """\
def call(modes, {names}):
    try:
"""
_DEFAULT = """\
        if {p} is MISSING:
            {p} = d{i}
"""
_VALUE = """\
        if (x{i} := {p}._buf) is not None and ({p}._rec is None or stands({p})) and (
                (state := {p}._x) is None or (state.__class__ is Seen and (
                    (waits := state.waits).__class__ is list or (
                        waits.__class__ is tuple and waits[0].__class__ is not Store)))):
            known, k{i} = {p}._kind_of
            if known is not x{i}:
                k{i} = kind_of(x{i})
                {p}._kind_of = x{i}, k{i}
            if state is not None and waits.__class__ is tuple and (
                    waits[2].__class__ is tuple) and k{i}.shape:
                k{i} = k{i}, waits[2]
        else:
            if x{i} is None and (state := {p}._x) is None:
                return None   # it waits
            if x{i} is None and state.__class__ is Seen and (
                    (waits := state.waits).__class__ is tuple and waits[0].__class__ is not Store):
                x{i}, strides = part_of_whole({p}, waits), None
            else:
                x{i}, strides = plain({p})
            if x{i} is None:
                return None
            known, k{i} = {p}._kind_of
            if known is not x{i}:
                k{i} = kind_of(x{i})
                {p}._kind_of = x{i}, k{i}
            if strides is not None and k{i}.shape:
                k{i} = k{i}, strides
"""
_NUMBER = """\
        if {p}.__class__ is float or {p}.__class__ is int:
            k{i} = {key}
            x{i} = {p}
        elif {p} is None:
            k{i} = x{i} = None
        else:
"""
_LIST = """\
        if {p}.__class__ is not list and {p}.__class__ is not tuple:
            return None
        k{i}, x{i} = [], []
        for each in {p}:
{value}
            k{i}.append(k)
            x{i}.append(x)
        k{i} = tuple(k{i})
"""
_FOUND = """\
    except AttributeError:
        return with_numbers(call, modes, ({names},))
    key = {key}
    try:
        run, kind = table[key]
    except TypeError:   # something static that cannot be looked up
        return None
    except KeyError:
        run, kind = enter(modes, key, ({names},), ({values},), ({kinds},))
    if run is None:
        if kind is None or modes.novel < NEW:
            return None
        run, kind = enter(modes, key, ({names},), ({values},), ({kinds},))
        if run is None:
            return None
"""
_RUN = """\
    token = silenced()
    try:
        value = run({values})
    except Exception as error:   # recorded, it says where
        if by_signal(error):
            raise
        return None
    finally:
        spoken(token)
    if kind.__class__ is tuple:
        return several(modes, value, kind)
    if value.__class__ is not ndarray:
        value = asarray(value, kind.dtype)
"""
_VIEWED = """\
    value = run({values})
    kind, link, strides = kind
    if value.__class__ is not ndarray:
        return None
"""
_HANDLE = """\
    modes.at_once -= 1
    handle = new(Handle._kind)
    handle._rec = None
    handle._buf = value
    handle._kind_of = value, kind
    handle._x = None
"""
_SHARED = """\
    if link is not None:
        share_at_once(p0, x0, handle, link, {numbers}, strides)
"""


def at_once(op: Operation, rest: int = 0, *, writes: bool = False,
            looks: bool = False) -> Immediate:
    """The function that computes a call of ``op`` with ``modes`` and one argument for each of its
    parameters, but for the ``rest`` of them that are None, and gives its result; None where that is
    to be recorded. Its text is written when it is called. The result is written to the first of
    them if it ``writes``. If the call only ``looks``, no gradient flows through its result: so the
    operands may have a history, and the result is one value."""
    if op.view and "tuple" in str(op.lower.__annotations__.get("return")) and (
            {*op.kinds[1:]}.isdisjoint((*GIVEN, OPERANDS))):
        return views_at_once(op)
    if {*op.kinds}.isdisjoint((OPERAND, OPERANDS)) or ((op.view or writes) and (
            op.kinds[0] != OPERAND)) or (
            op.view and (OPERANDS in op.kinds or STRUCTURAL in op.kinds)):
        return never
    table: dict[Any, Any] = {}
    scope: dict[str, Any] = {
        "DEFERRED": DEFERRED, "Handle": Handle, "MISSING": MISSING, "NEW": NEW, "SPECIAL": SPECIAL,
        "Seen": Seen, "Store": Store, "asarray": np.asarray, "kind_of": kind_of,
        "ndarray": ndarray, "new": object.__new__, "part_of_whole": part_of_whole,
        "several": several,
        "plain": in_memory if looks else lying if op.view or writes else lying_here,
        "share_at_once": share_at_once, "silenced": silenced,
        "with_numbers": with_numbers, "spoken": spoken, "by_signal": by_signal,
        "stands": always if looks else stands if op.view or writes else stands_here,
        "table": table, "__name__": __name__,
        "enter": lambda modes, key, *given: entered(op, table, modes, key, looks, *given)}

    count = len(op.kinds) - rest

    def write_text() -> Immediate:
        scope.update({f"d{i}": default for i, default in enumerate(op.defaults)})
        function.__code__ = code_of(said_of(op, count), lambda: text_of(op, count)).replace(
            co_filename=f"<wengert {op.name} at once>", co_name="call", co_qualname="call")
        made: Immediate = function
        return made

    def first_calls(modes: Modes, args: Sequence[Any]) -> Any:
        if not calls[0]:
            _used.add(function)
        calls[0] += 1
        since = 2 if calls[0] == 2 else 0 if calls[0] % FEW else FEW
        if since and (calls[0] > MANY or (
                is_worth_loading(2 * since) and is_compiled(said_of(op, count)))):
            return write_text()(modes, *args)
        return unwritten(op, scope, modes, args)

    calls = [0]
    scope.update(first_calls=first_calls, write_text=write_text)
    function = FunctionType(_unwritten.__code__, scope)
    scope["call"] = function
    made: Immediate = function
    return made


def _unwritten(modes: Modes, *args: Any) -> Any:
    return first_calls(modes, args)  # type: ignore[name-defined]  # noqa: F821


def unwritten(op: Operation, scope: Mapping[str, Any], modes: Modes, args: Sequence[Any]) -> Any:
    """What the text says, for calls before it is written."""
    given = [op.defaults[i] if arg is MISSING else arg for i, arg in enumerate(args)]
    key: list[Any] = []
    values: list[Any] = []
    kinds: list[Any] = []
    x: Any
    found: Any
    number: Any
    try:
        for arg, kind in zip(given, op.kinds, strict=False):
            if kind not in GIVEN:
                if kind != OPERANDS:
                    key += (arg, arg.__class__)
                    continue
                if arg.__class__ is not list and arg.__class__ is not tuple:
                    return None
                first = len(kinds)
                for each in arg:
                    if not _add(each, each.__class__, values, kinds, scope):
                        return None
                key.append(tuple(kinds[first:]))
                continue
            number = arg.__class__
            if arg is None or number is float or number is int:
                if kind == STRUCTURAL and arg is not None and arg in SPECIAL:
                    number = number, arg
            elif arg._x is None and (x := arg._buf) is not None and arg._rec is None:
                known, found = arg._kind_of   # what _add() does, for most tensors
                if known is not x:
                    found = kind_of(x)
                    arg._kind_of = x, found
                values.append(x)
                kinds.append(found)
                key.append(found)
                continue
            if not _add(arg, number, values, kinds, scope):
                return None
            key.append(kinds[-1])
    except AttributeError:
        return with_numbers(scope["call"], modes, args)
    found = tuple(key) if len(key) > 1 else key[0]
    try:
        run, kind = scope["table"][found]
    except TypeError:   # something static that cannot be looked up
        return None
    except KeyError:
        run, kind = scope["enter"](modes, found, given, values, kinds)
    if run is None:
        if kind is None or modes.novel < NEW:
            return None
        run, kind = scope["enter"](modes, found, given, values, kinds)
        if run is None:
            return None
    return ran_view(run, kind, modes, given, values) if op.view else ran(run, kind, modes, values)


def ran(run: Immediate, kind: Any, modes: Modes, values: Sequence[Any]) -> Any:
    """What a closure gives, as a tensor of that ``kind``, or as several; None where it fails."""
    token = silenced()
    try:
        value = run(*values)
    except Exception as error:   # recorded, it says where
        if by_signal(error):
            raise
        return None
    finally:
        spoken(token)
    if kind.__class__ is tuple:
        return several(modes, value, kind)
    modes.at_once -= 1
    return held(value, kind)


def ran_view(run: Immediate, found: Any, modes: Modes, given: Sequence[Any],
             values: Sequence[Any]) -> Handle | None:
    """The view that a closure gives of the first of the arguments ``given``; of its value, the
    kind, the link and the strides were ``found``."""
    value = run(*values)
    kind, link, strides = found
    if value.__class__ is not ndarray:
        return None
    modes.at_once -= 1
    handle = held(value, kind)
    if link is not None:
        share_at_once(given[0], values[0], handle, link,
                      tuple([x for x in values[1:] if x is not None]), strides)
    return handle


def _add(arg: Any, number: Any, values: list[Any], kinds: list[Any],
         scope: Mapping[str, Any]) -> bool:
    """Add the value and the kind of an argument, which is ``number`` for one of Python's; False
    where it has no value yet, or a history."""
    x: Any
    kind: Any
    if arg.__class__ is float or arg.__class__ is int:
        x, kind = arg, number
    elif arg is None:
        x = kind = None
    else:
        x, strides = arg._buf, None
        if arg._x is not None or x is None or not (arg._rec is None or scope["stands"](arg)):
            x, strides = scope["plain"](arg)
            if x is None:
                return False
        known, kind = arg._kind_of
        if known is not x:
            kind = kind_of(x)
            arg._kind_of = x, kind
        if strides is not None and kind.shape:
            kind = kind, strides
    values.append(x)
    kinds.append(kind)
    return True


def held(value: Any, kind: Kind) -> Handle:
    """A tensor of a value that has a kind."""
    if value.__class__ is not ndarray:
        value = np.asarray(value, kind.dtype)
    handle = hold(value)
    handle._kind_of = value, kind
    return handle


def with_numbers(call: Immediate, modes: Modes, args: Sequence[Any]) -> Any:
    """The result of ``call`` with Python's numbers in the place of NumPy's; None where an argument
    is something else."""
    given = [as_python(arg) if isinstance(arg, np.generic) else arg for arg in args]
    return None if all(map(operator.is_, given, args)) else call(modes, *given)


def never(modes: Modes, *args: Any) -> None:
    """Nothing: the call is to be recorded."""


def text_of(op: Operation, count: int) -> str:
    """The text of such a function for the first parameters, so many of them."""
    return _text(op.kinds[:count], tuple([each is MISSING for each in op.defaults[:count]]),
                 op.view)


@lru_cache(1024)
def _text(kinds_of: tuple[int, ...], required: tuple[bool, ...], view: bool) -> str:
    """The same by what it depends on: the parameters' kinds, which are required, and whether the
    result is a view."""
    names = [f"p{i}" for i in range(len(kinds_of))]
    text, key, values, kinds = _HEAD.format(names=", ".join(names)), [], [], []
    text += "".join([_DEFAULT.format(p=p, i=i) for i, p in enumerate(names) if not required[i]])
    for i, (p, kind) in enumerate(zip(names, kinds_of, strict=True)):
        if kind == OPERANDS:
            value = _NUMBER.format(p="each", i="", key="each.__class__") + indent(
                _VALUE.format(p="each", i=""), "    ")
            text += _LIST.format(p=p, i=i, value=indent(value, "    "))
            key.append(f"k{i}")
            values.append(f"*x{i}")
            kinds.append(f"*k{i}")
            continue
        if kind not in GIVEN:
            key += [p, f"{p}.__class__"]
            continue
        special = f"({p}.__class__, {p}) if {p} in SPECIAL else {p}.__class__"
        lines = _NUMBER.format(p=p, i=i, key=(
            special if kind == STRUCTURAL else f"{p}.__class__"))
        text += lines + indent(_VALUE.format(p=p, i=i), "    ")
        key.append(f"k{i}")
        values.append(f"x{i}")
        kinds.append(f"k{i}")
    fields = {"key": f"({', '.join(key)})" if len(key) > 1 else key[0],
              "names": ", ".join(names), "kinds": ", ".join(kinds), "values": ", ".join(values),
              "numbers": f"tuple([x for x in ({', '.join(values[1:])},) if x is not None])" if (
                  values[1:]) else "()"}
    if not view:
        return (text + _FOUND + _RUN + _HANDLE).format(**fields) + "    return handle\n"
    return text + (_FOUND + _VIEWED + _HANDLE + _SHARED).format(**fields) + "    return handle\n"


def said_of(op: Operation, count: int) -> tuple[Any, ...]:
    """What that text depends on."""
    return ("at once", op.kinds[:count], tuple([default is MISSING
                                                for default in op.defaults[:count]]), op.view)


def code_of(said: tuple[Any, ...], text: Callable[[], str]) -> CodeType:
    """The code of the only function of a ``text``, here or in ``calls.py``, that depends on what is
    ``said``; operations with like signatures have the same."""
    found = lazy("engine.recording.written").CALLS.get(said)
    return compiled_code(text()) if found is None else found.__code__


@lru_cache(1024)
def compiled_code(text: str) -> CodeType:
    """The code of the only function of a text."""
    code = compile(text, "<wengert call>", "exec")
    return next(c for c in code.co_consts if isinstance(c, CodeType))


def is_worth_loading(calls: int) -> bool:
    """Whether to look at what was compiled with the package; asked after so many ``calls``."""
    begun["calls"] += calls
    return begun["calls"] >= LOADING or "wengert.engine.recording.written" in sys.modules


def is_compiled(said: tuple[Any, ...]) -> bool:
    """Whether the text that depends on what is ``said`` was compiled with the package."""
    return said in lazy("engine.recording.written").CALLS


def several(modes: Modes, values: Sequence[Any], kinds: Sequence[Kind]) -> tuple[Handle, ...]:
    """Tensors of several values."""
    modes.at_once -= 1
    found = []
    for value, kind in zip(values, kinds, strict=True):
        buf = value if value.__class__ is ndarray else as_buffer(value, kind.dtype)
        handle = hold(buf)
        handle._kind_of = buf, kind
        found.append(handle)
    return tuple(found)


def views_at_once(op: Operation) -> Immediate:
    """The same for an operation that gives several views of its first argument, the only tensor."""
    table: dict[Any, Any] = {}

    def function(modes: Modes, base: Any, *given: Any) -> tuple[Handle, ...] | None:
        if not isinstance(base, Handle):
            return None
        buf, lies = lying_here(base)
        if buf is None or buf.nbytes > READ:
            return None
        kind: Any = kind_of(buf) if lies is None else (kind_of(buf), lies)
        args = [op.defaults[i] if arg is MISSING else arg for i, arg in enumerate(given, 1)]
        args = [arg if arg.__class__ in PLAIN else static(arg) for arg in args]
        key = kind, *args, *map(type, args)
        try:
            run, known = table[key]
        except TypeError:   # something static that cannot be looked up
            return None
        except KeyError:
            _used.add(function)
            run, known = views_entered(op, table, modes, key, [base, *args], buf, kind)
        if run is None:
            return None
        modes.at_once -= 1
        views = []
        for value, (kind, link, strides) in zip(run(buf), known, strict=True):
            views.append(held(value, kind))
            if link is not None:
                share_at_once(base, buf, views[-1], link, (), strides)
        return tuple(views)

    table_of[function] = table
    return function


def forget() -> None:
    """Make all closures anew."""
    for function in _used:
        table_of.get(function, function.__globals__.get("table", {})).clear()


changed_default.append(forget)
