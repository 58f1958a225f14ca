"""Transforms of pure functions as calls of machine code, without their Python.

``torch.func.hessian(f)`` runs ``f`` and differentiates what it records, each time: known steps, and
many. :func:`known` counts the calls of what a transform makes. From call number ``LEAST`` on, where
``f`` is pure and the arguments have values, the call is captured once and repeated by a program, as
``torch.compile`` does it (``steps.py``), with the same guards. All other calls run as ever: inside
another transform, in a capture, under a debugger.

What is known is kept with the user's function, method or module, and by the transforms with their
arguments, so that ``hessian(f)(x)`` finds it again though ``hessian(f)`` is new each time.
"""

from __future__ import annotations

import functools
import inspect
import sys
import types
from collections.abc import Callable, Hashable
from typing import Any
from weakref import WeakKeyDictionary, ref

from ..config import config
from ..engine.recording.handle import Handle, extra_of, is_pending, unit_of
from ..engine.recording.recording import here
from ..engine.recording.segment import Segment
from ..engine.recording.statements import plain
from .purity import Transformed, transformed
from .reads import family_of
from .steps import MISS, Calls

LEAST = 100
"""Of fewer calls the capture and the plan would cost more than they save."""
IN_VAIN = 1000
"""After so many calls in a row for which no program stood, none is asked any more."""


class KnownCalls(Calls):
    """The programs that stand for the calls of what a transform made of a function."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0
        self.missed = 0

    def result(self, function: Any, run: Callable[..., Any],
               args: tuple[Any, ...]) -> Any:
        """The result of a call."""
        out = self.repeated(args) if self.variants else MISS
        if out is not MISS:
            self.missed = 0
            return out
        self.count += 1
        self.missed += 1
        if self.missed > IN_VAIN:
            self.variants.clear()
        elif self.count > least() and have_values(args):
            out = self.tried(function, run, args)
        return run(*args) if out is MISS else out


class OfFunction(dict[Hashable, KnownCalls]):
    """What is known of the calls that transforms make of one function; it is an attribute of that
    function, with which it goes (what ``functools.wraps`` makes of it has the attribute too)."""

    def __init__(self, owner: types.FunctionType) -> None:
        super().__init__()
        self.owner = ref(owner)

    def __reduce__(self) -> Any:
        return dict, ()


_of_objects: WeakKeyDictionary[Any, dict[Any, dict[Hashable, Any]]] = WeakKeyDictionary()
"""The same of modules, and of the objects that methods belong to."""


def known(call: Callable[..., Any], function: Callable[..., Any], *what: Hashable,
          ) -> Callable[..., Any]:
    """``call``, which a transform makes of ``function`` and which ``what`` tells from all that
    transforms make of it, so that calls that come again are calls of programs."""
    made = made_of(function, what)
    calls = None if made is None else calls_of(made)
    if made is None or calls is None:
        return call
    base = made.function

    @functools.wraps(call)
    def found(*args: Any, **kwargs: Any) -> Any:
        if kwargs or not outermost():
            return call(*args, **kwargs)
        return calls.result(base, call, args)
    found.__dict__["transformed"] = made._replace(itself=ref(found))
    return found


def known_apart(run: Callable[..., Any], function: Callable[..., Any]) -> Callable[..., Any]:
    """``run``, which calls ``function`` and reads nothing else beside its arguments, so that calls
    that come again are calls of programs; what is known of it is its own."""
    made = made_of(function, ())
    if made is None:
        return run
    base, calls = made.function, KnownCalls()

    def found(*args: Any) -> Any:
        return calls.result(base, run, args) if outermost() else run(*args)
    found.__dict__["calls"] = calls
    return found


def known_at_once(transform: Callable[..., Any]) -> Callable[..., Any]:
    """``transform``, which takes a function and its arguments together, so that calls of it that
    come again are calls of programs."""
    parameters = list(inspect.signature(transform).parameters.values())[1:]
    defaults = {each.name: each.default for each in parameters}
    named = [each.name for each in parameters if each.kind is each.KEYWORD_ONLY]
    count = len(parameters) - len(named)

    @functools.wraps(transform)
    def call(func: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        made = made_of(func, (transform.__name__,)) if outermost() else None
        calls = None if made is None else calls_of(made)
        if made is None or calls is None or not defaults.keys() >= kwargs.keys():
            return transform(func, *args, **kwargs)
        given = (*args, *[kwargs.get(name, default)
                          for name, default in list(defaults.items())[len(args):]])
        return calls.result(made.function, lambda *given: transform(
            func, *given[:count], **dict(zip(named, given[count:], strict=True))), given)
    return call


def made_of(function: Any, what: tuple[Hashable, ...]) -> Transformed | None:
    """What a transform makes of ``function``; None where that is no function in Python, no method
    and no module."""
    base = transformed(function)
    if base is not None:
        return Transformed(base.function, (*base.key, what))
    if function.__class__ is types.FunctionType:
        return Transformed(function, (what,))
    owner = function.__self__ if function.__class__ is types.MethodType else function
    kind = owner.__class__
    if (owner is function and family_of(kind) is None) or (
            kind.__hash__ is not object.__hash__ or kind.__eq__ is not object.__eq__):
        return None   # objects that are equal are kept apart
    return Transformed(function, (what,))


def calls_of(made: Transformed) -> KnownCalls | None:
    """What is known of the calls; None where an argument of the transform has no hash, or the
    object of a method."""
    try:
        calls: KnownCalls = known_of(made.function).setdefault(made.key, KnownCalls())
    except TypeError:
        return None
    return calls


def known_of(function: Any) -> dict[Hashable, Any]:
    """What is known of all transforms of a function."""
    if function.__class__ is types.FunctionType:
        found = function.__dict__.get("known_calls")
        if found.__class__ is not OfFunction or found.owner() is not function:
            found = function.__dict__["known_calls"] = OfFunction(function)
        return found
    if function.__class__ is types.MethodType:
        return _of_objects.setdefault(function.__self__, {}).setdefault(function.__func__, {})
    return _of_objects.setdefault(function, {}).setdefault(None, {})


def outermost() -> bool:
    """Whether a call is to be computed when it returns, and nobody follows its Python."""
    modes = here.modes
    return not (modes.held or modes.inside or modes.open is not None or config.one_tier
                or watched())


def least() -> int:
    """How many calls are recorded before one is captured."""
    if config.tier == "llvm":
        return 1
    return LEAST if config.compile_after is None else config.compile_after


def watched() -> bool:
    """Whether a debugger, or whoever else follows lines, looks on."""
    monitoring: Any = getattr(sys, "monitoring", None)
    return sys.gettrace() is not None or (
        monitoring is not None and monitoring.get_tool(monitoring.DEBUGGER_ID) is not None)


def have_values(value: Any) -> bool:
    """Whether all tensors of an argument have values and storage of their own."""
    if isinstance(value, Handle):
        x = extra_of(value)
        return not (is_pending(value) or isinstance(unit_of(value), Segment)) and (
            x is None or plain(x))
    if isinstance(value, dict):
        return all(map(have_values, value.values()))
    return not isinstance(value, (tuple, list)) or all(map(have_values, value))


__all__ = ["known", "known_apart", "known_at_once"]
