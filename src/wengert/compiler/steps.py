"""``torch.compile``: a step as one call, without its Python.

Every program is recorded and compiled as it is; what is left is the Python that records it.
:func:`compile` leaves that out too, for a function that is *pure*: it reads tensors, numbers and
functions of this package, modules and what is in them, its only effects are writes to tensors and
their gradients, and it needs no value of a tensor on the way. At the first call the function is
captured as a graph, of which :class:`~.replay.Replay` makes the text of a call; this call and later
ones check that what the function read is as it was, run the program, and hand its results out. A
function that is not pure runs as if it had not been compiled, which is never wrong.

Start with :func:`compile`, then :class:`~.replay.Replay`.
"""

from __future__ import annotations

import functools
import types
from collections.abc import Callable
from typing import Any
from weakref import ref

from ..config import config
from ..engine.recording.flushing import flush
from ..engine.recording.handle import Handle, is_pending
from ..engine.recording.recording import here
from ..tensors import overriding
from .replay import MISS, NeverPure, Replay

MOST_VARIANTS = 8
MOST_WAITS, PER_WAIT = 10, 4
"""Calls that found what the function reads without a value, as parameters are in a training step:
after so many, unless there were ``PER_WAIT`` times as many others, all calls are recorded."""


def compile(model: Any = None, *, fullgraph: bool = False, dynamic: bool | None = None,
            backend: Any = None, mode: str | None = None, options: Any = None,
            name: str | None = None, disable: bool = False, recompile_limit: int | None = None,
            isolate_recompiles: bool = False, shapes_spec: Any = None) -> Any:
    """``model``, a function, so that a call of it is one call of machine code where it is pure;
    a module, itself. Without one, a decorator.

    A pure function reads tensors (its arguments, and those it closes over), numbers, functions of
    this package and modules, and writes to nothing but tensors and their ``grad``; any other
    function runs as it is, and is recorded as always. With ``fullgraph=True`` it is an error, at
    its line, if the function needs the value of a tensor on the way. The other arguments are
    accepted and mean nothing here.

    >>> square = torch.compile(lambda x: (x * x).sum())
    >>> square(torch.tensor([1.0, 2.0]))
    tensor(5.)
    """
    if model is None:
        return functools.partial(compile, fullgraph=fullgraph, dynamic=dynamic, backend=backend,
                                 mode=mode, options=options, disable=disable)
    if not callable(model):
        raise TypeError(f"torch.compile: expected a function or a module, got "
                        f"{type(model).__name__}")
    if disable or not isinstance(model, types.FunctionType):
        return whole(model) if fullgraph and isinstance(model, types.MethodType) else model
    return Compiled(model, fullgraph).wrapper()


def whole(function: Callable[..., Any]) -> Callable[..., Any]:
    """``function``, in which needing the value of a tensor is an error."""
    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        old, here.modes.whole = here.modes.whole, True
        try:
            return function(*args, **kwargs)
        finally:
            here.modes.whole = old
    return call


# ---- calling ----

class Calls:
    """The programs that stand for the calls of a function."""

    def __init__(self) -> None:
        self.variants: list[tuple[int, Callable[..., Any]]] = []
        """For each variant, its number of arguments and the function that repeats it."""
        self.closed: list[ref[Handle]] = []
        """The tensors from outside that the last of them reads, but for the arguments."""
        self.hits = self.waits = self.tries = 0
        self.why: str | None = None
        """Why calls are recorded instead; None as long as they need not be."""

    def repeated(self, args: tuple[Any, ...]) -> Any:
        """The result of a call by a program that stands for it; ``MISS`` where none does."""
        if overriding.here.modes:   # which are asked about every operation
            return MISS
        for count, replay in self.variants:
            if count == len(args):
                out = replay(*args)
                if out is not MISS:
                    self.hits += 1
                    return out
        return MISS

    def tried(self, function: Any, run: Callable[..., Any],
              args: tuple[Any, ...]) -> Any:
        """The result of a call of ``run``, which reads what ``function`` reads, by a program that
        stands for it from now on; ``MISS`` where there is none."""
        modes = here.modes
        if (self.tries >= MOST_VARIANTS or modes.held or modes.at_steps or modes.cast is not None
                or modes.open is not None or config.tier not in ("auto", "llvm")
                or overriding.here.modes):
            return MISS
        if any(closed is not None and is_pending(closed) for closed in [r() for r in self.closed]):
            self.waits += 1   # in a step of training: the update and this are one program
            if self.waits > MOST_WAITS and self.waits * PER_WAIT > self.hits:
                self.why = "what it reads waits for its value"
                self.variants.clear()
                self.tries = MOST_VARIANTS
            return MISS
        self.tries += 1
        flush()
        modes.at_once = 0
        try:
            made = Replay(function, run, args, bool(self.variants))
        except Exception as why:   # an error of the function's own comes again
            self.why = str(why)
            if isinstance(why, NeverPure):
                self.tries = MOST_VARIANTS
            return MISS
        self.closed = made.closed
        result = made.function(*args)
        if result is not MISS:
            self.variants.insert(0, (len(args), made.function))
        return result


class Compiled(Calls):
    """A function, and the programs that stand for its calls."""

    def __init__(self, function: types.FunctionType, fullgraph: bool) -> None:
        super().__init__()
        self.function = function
        self.run = whole(function) if fullgraph else function

    def wrapper(self) -> Callable[..., Any]:
        """The function that users call."""
        @functools.wraps(self.function)
        def call(*args: Any, **kwargs: Any) -> Any:
            if kwargs:
                return self.run(*args, **kwargs)
            out = self.repeated(args)
            if out is MISS:
                out = self.tried(self.function, self.run, args)
            return self.run(*args) if out is MISS else out
        call.compiled = self  # type: ignore[attr-defined]
        return call


__all__ = ["MISS", "Calls", "compile"]
