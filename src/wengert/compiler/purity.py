"""Whether a function is pure: it reads tensors, numbers and functions of this package and of its
own kind, and a call of it does nothing that a program cannot repeat.

:func:`reads_of` says what a function reads, for guards that see whether that is as it was;
:class:`Impure` is raised where something else may happen. Nothing is run: the bytecode tells.
"""

from __future__ import annotations

import builtins
import dis
import inspect
import types
from collections.abc import Callable
from typing import Any, NamedTuple

from ..engine.dtypes import DType
from ..engine.recording.handle import Handle

PLAIN = (int, float, bool, complex, str, bytes, type(None), DType, type(Ellipsis))
PURE = frozenset([each.__name__ for each in (
    abs, all, any, bool, complex, dict, divmod, enumerate, filter, float, int, isinstance, len,
    list, map, max, min, pow, range, reversed, round, set, slice, sorted, sum, tuple, zip)])
"""Builtins without effects."""
CHANGING = frozenset([
    "append", "extend", "insert", "pop", "remove", "clear", "update", "setdefault", "popitem",
    "discard", "write", "send", "manual_seed", "step", "zero_grad", "register_hook", "numpy",
    "item", "tolist", "data", "seed", "initial_seed", "get_rng_state", "set_rng_state",
    "save", "load", "from_file", "use_deterministic_algorithms", "fork_rng", "_version"])
"""Attributes that change what is not a tensor's value, or that take a value out; all that begin
with ``set_`` do too."""


class Transformed(NamedTuple):
    """What the function is that a transform has made of ``function``: the transforms and their
    arguments, the outermost last. It is kept as its attribute ``transformed``; ``itself`` is that
    function (what ``functools.wraps`` makes of it has the attribute, and is another)."""

    function: Any
    key: tuple[Any, ...]
    itself: Callable[[], Any] | None = None


def transformed(function: Any) -> Transformed | None:
    """What ``function`` was made of, if a transform has made it of a function in Python."""
    if function.__class__ is not types.FunctionType:
        return None
    found = function.__dict__.get("transformed")
    return found if isinstance(found, Transformed) and found.itself is not None and (
        found.itself() is function) else None


class Impure(Exception):
    """The function does something that a program cannot repeat."""


ABSENT: Any = object()
"""The value of a variable that is not there, so that a builtin is meant."""


class Read:
    """A value that the function reads from outside: where from, and what it was."""

    __slots__ = ("place", "value")

    def __init__(self, place: Any, value: Any) -> None:
        self.place = place
        self.value = value


def reads_of(function: types.FunctionType, seen: set[Any]) -> list[Read]:
    """What ``function`` and the functions that it calls read, which are added to those ``seen``;
    :class:`Impure` if that is more than tensors, numbers and pure functions."""
    if function in seen:
        return []
    seen.add(function)
    made = transformed(function)
    if made is not None:
        return reads_of(made.function, seen)
    if is_ours(function):
        return []
    if set(function.__dict__) - {"__wrapped__"}:
        raise Impure("a function with attributes")
    for value in [*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values()]:
        if not isinstance(value, PLAIN):
            raise Impure(f"a default of type {type(value).__name__}")
    found: list[Read] = []
    builtin: list[Read] = []
    for _name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        try:
            found.append(Read(cell, cell.cell_contents))
        except ValueError:
            raise Impure("a variable that is not set yet") from None
    for name in names_of(function.__code__):
        if name in function.__globals__:
            found.append(Read((function.__globals__, name), function.__globals__[name]))
        elif name in PURE:
            builtin.append(Read((function.__globals__, name), ABSENT))
        else:
            raise Impure(f"the builtin {name}")
    for read in list(found):
        value = read.value
        if isinstance(value, types.FunctionType) and not is_ours(value):
            found += reads_of(value, seen)
        elif not is_readable(value):
            raise Impure(f"a {type(value).__name__}")
        elif changes(getattr(value, "__name__", "")):
            raise Impure(f"it uses {value.__name__}")
    return found + builtin


def names_of(code: types.CodeType) -> list[str]:
    """The global names that ``code`` reads; :class:`Impure` if it does what a program cannot."""
    if code.co_flags & (inspect.CO_GENERATOR | inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR):
        raise Impure("a generator")
    names: list[str] = []
    for step in dis.get_instructions(code):
        op, name = step.opname, step.argval
        if op in ("IMPORT_NAME", "STORE_NAME", "DELETE_GLOBAL", "DELETE_ATTR", "RAISE_VARARGS"):
            raise Impure(op)
        if op in ("LOAD_GLOBAL", "LOAD_NAME", "STORE_GLOBAL"):
            names.append(name)
        elif op == "STORE_ATTR" and name != "grad":
            raise Impure(f"it sets .{name}")
        elif op in ("LOAD_ATTR", "LOAD_METHOD") and changes(name):
            raise Impure(f"it uses .{name}")
    for const in code.co_consts:
        if isinstance(const, types.CodeType):
            names += names_of(const)
    return list(dict.fromkeys(names))


def changes(name: str) -> bool:
    """Whether an attribute of this name changes what is not a tensor's value, or takes it out."""
    return name in CHANGING or name.startswith("set_")


_ROOT = __name__.partition(".")[0]


def is_ours(value: Any) -> bool:
    """Whether a function, class or module is part of this package."""
    name = value.__name__ if isinstance(value, types.ModuleType) else getattr(
        value, "__module__", None)
    if isinstance(value, types.FunctionType) and name != value.__globals__.get("__name__"):
        return False   # made in one module, and named after a function of another
    if not isinstance(name, str) or name.partition(".")[0] != _ROOT:
        return False
    for cell in getattr(value, "__closure__", None) or ():
        held = cell.cell_contents
        if callable(held) and not isinstance(held, (type, types.BuiltinFunctionType)) and (
                not is_ours(held)):
            return False   # a transform of the user's function
    return True


def is_readable(value: Any) -> bool:
    """Whether a guard can tell that ``value`` is as it was."""
    if isinstance(value, (*PLAIN, Handle)):
        return True
    if isinstance(value, (list, tuple)):
        return all(isinstance(v, (*PLAIN, Handle)) for v in value)
    if isinstance(value, types.ModuleType):
        return is_ours(value) or value.__name__ == "math"
    if isinstance(value, types.BuiltinFunctionType):
        return getattr(value, "__module__", None) == "math" or (
            value.__name__ in PURE and getattr(builtins, value.__name__, None) is value)
    return callable(value) and is_ours(value) and isinstance(value, (types.FunctionType, type))


__all__ = ["ABSENT", "PLAIN", "Impure", "Read", "Transformed", "is_ours", "reads_of", "transformed"]
