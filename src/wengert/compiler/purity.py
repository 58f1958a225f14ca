"""Whether a function is pure: a call of it does nothing that a program cannot repeat.

:func:`names_of` says what its code names, which ``reads.py`` looks up; :class:`Impure` is raised
where something else may happen. Nothing is run: the bytecode tells.
"""

from __future__ import annotations

import dis
import inspect
import types
from collections.abc import Callable
from typing import Any, NamedTuple

from ..engine.devices import device
from ..engine.dtypes import DType

PLAIN = (int, float, bool, complex, str, bytes, type(None), DType, device, type(Ellipsis))
PURE = frozenset([each.__name__ for each in (
    abs, all, any, bool, complex, dict, divmod, enumerate, filter, float, int, isinstance, len,
    list, map, max, min, pow, range, repr, reversed, round, set, slice, sorted, str, sum, super,
    tuple, zip)] + ["NotImplemented"])
"""Builtins without effects."""
CHANGING = frozenset([
    "write", "send", "manual_seed", "step", "zero_grad", "register_hook", "numpy",
    "item", "tolist", "data", "seed", "initial_seed", "get_rng_state", "set_rng_state",
    "save", "load", "from_file", "use_deterministic_algorithms", "fork_rng", "_version",
    "data_ptr", "storage", "untyped_storage", "format", "format_map",
    *[f"__{name}__" for name in (
        "dict", "getattribute", "globals", "closure", "code", "builtins", "subclasses", "defaults",
        "kwdefaults", "wrapped", "self", "func", "mro", "bases", "reduce_ex", "getstate", "setattr",
        "delattr", "array_interface")]])
"""Attributes that change what is not a tensor's value, that take a value out, or through which code
reads what it does not name; all that begin with ``set_`` do too. (Whether lists and dicts from
outside change is seen at the call.)"""
TEXT = {"__repr__", "__str__", "__format__"}
"""What Python calls where it writes an object into a text."""


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


class NotNow(Impure):
    """It does as things are, which may change."""


ABSENT: Any = object()
"""The value of a variable that is not there, so that a builtin is meant."""


class Names(NamedTuple):
    """What a code object names: variables from outside and attributes. ``grads`` says whether it
    may read or write the gradient of a tensor; it does not if the variables ``modules`` are
    modules. ``imports`` are the modules that it imports."""

    variables: set[str]
    attributes: set[str]
    modules: set[str]
    imports: set[str]
    grads: bool


def names_of(code: types.CodeType) -> Names:
    """What ``code`` names; :class:`Impure` if it does what a program cannot."""
    names = Names(set(), set(), set(), set(), False)
    if is_generator(code) and code.co_name != "<genexpr>":
        raise Impure("a generator")
    chain: list[str] = []   # the variable and the attributes that are being read
    for step in dis.get_instructions(code):
        op, name = step.opname, step.argval
        if op in ("STORE_NAME", "DELETE_GLOBAL", "DELETE_ATTR"):
            raise Impure(op)
        if op == "IMPORT_NAME":
            names.imports.add(name)
        if op.startswith("FORMAT_") or (op == "LOAD_GLOBAL" and name in ("str", "repr")) or (
                op == "LOAD_CONST" and isinstance(name, str) and "%" in name):
            names.attributes.update(TEXT)
        if op == "STORE_ATTR" and name != "grad":
            raise Impure(f"it sets .{name}")
        if op in ("LOAD_GLOBAL", "LOAD_NAME", "STORE_GLOBAL"):
            names.variables.add(name)
        if op in ("LOAD_ATTR", "LOAD_METHOD", "LOAD_SUPER_ATTR", "STORE_ATTR", "IMPORT_FROM"):
            if changes(name):
                raise Impure(f"it uses .{name}")
            names.attributes.add(name)
            if name == "backward" or (name == "grad" and (
                    op == "STORE_ATTR" or chain[-1:] not in (["func"], ["autograd"]))):
                names = names._replace(grads=True)
            elif name == "grad":
                names.modules.add(chain[0])
        chain = ([name] if op in ("LOAD_GLOBAL", "LOAD_DEREF") else
                 [*chain, name] if chain and op == "LOAD_ATTR" else [])
    for const in code.co_consts:
        if isinstance(const, types.CodeType):
            inner = names_of(const)
            for mine, more in zip(names[:-1], inner[:-1], strict=True):
                mine |= more
            names = names._replace(grads=names.grads or inner.grads)
    return names


def named_in(code: types.CodeType) -> Names:
    """What ``code``, which is trusted, names."""
    variables = {step.argval for step in dis.get_instructions(code)
                 if step.opname == "LOAD_GLOBAL"}
    names = Names(variables, set(code.co_names) - variables, set(), set(), False)
    for const in code.co_consts:
        if isinstance(const, types.CodeType):
            inner = named_in(const)
            names.variables.update(inner.variables)
            names.attributes.update(inner.attributes)
    return names


def is_generator(code: types.CodeType) -> bool:
    return bool(code.co_flags & (
        inspect.CO_GENERATOR | inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR))


def changes(name: str) -> bool:
    """Whether an attribute of this name changes what is not a tensor's value, or takes it out."""
    return name in CHANGING or name.startswith("set_")


_ROOT = __name__.partition(".")[0]


def is_ours(value: Any) -> bool:
    """Whether a function, class or module is part of this package."""
    if isinstance(value, types.FunctionType):   # one of another module may be named after ours
        name = value.__globals__.get("__name__")
    elif isinstance(value, types.ModuleType):
        name = value.__name__
    else:
        name = getattr(value, "__module__", None)
    if not isinstance(name, str) or name.partition(".")[0] != _ROOT:
        return False
    for cell in getattr(value, "__closure__", None) or ():
        held = cell.cell_contents
        if callable(held) and held is not value and not is_ours(held) and not isinstance(
                held, (type, types.BuiltinFunctionType)):
            return False   # a transform of the user's function
    return True


__all__ = ["ABSENT", "PLAIN", "PURE", "Impure", "Names", "NotNow", "Transformed", "changes",
           "is_ours", "named_in", "names_of", "transformed"]
