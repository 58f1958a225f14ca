"""Modes around a ``yield`` and in tasks: they hold while their generator or their task runs.

A ``with`` block of a mode in a generator, or in a coroutine, opens a :class:`Scope`: from then on,
until all are closed, this thread records along steps that look, at each operation, which of them
run (:func:`attend`), and switches the modes where that has changed. A thread without scopes pays
for none of this. Start with :func:`begin`.

A generator runs while its frame has a caller. A coroutine of a task of asyncio runs in the task's
context, which tasks that it makes inherit. A generator that ``contextlib`` makes a context manager
of is part of the block that it manages.
"""

from __future__ import annotations

import contextlib
import inspect
import sys
from collections.abc import Callable, Hashable
from contextvars import ContextVar
from types import FrameType
from typing import Any
from weakref import ref

from ..errors import user_line
from . import keys
from . import tree as trees
from .modes import Modes
from .observers import Observer, tell
from .recording import here
from .tree import Step, tree

SUSPENDS = inspect.CO_GENERATOR | inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR
CONTEXTLIB = vars(contextlib)
DRIVERS = frozenset(["_pytest", "pluggy"])
"""Packages that make a context of a generator's two halves: what it sets holds in between."""

State = tuple[bool, bool, Observer | None, bool]


class Scope:
    """A block of a mode in something that can be suspended: ``outer`` are the modes around it while
    it runs, ``inner`` those in it while it does not."""

    __slots__ = ("__weakref__", "frame", "in_task", "inner", "outer")

    def __init__(self, frame: FrameType, in_task: bool, outer: State) -> None:
        self.frame: FrameType | None = frame
        self.in_task = in_task
        self.outer = self.inner = outer

    def runs(self) -> bool:
        """Whether what the block is in runs now."""
        if self.in_task:
            return self in _of_task.get()
        if self.frame is None or self.frame.f_back is None:
            return False
        frame: FrameType | None = sys._getframe(1)
        while frame is not None and frame is not self.frame:   # another thread may run it
            frame = frame.f_back
        return frame is not None


_of_task: ContextVar[tuple[Scope, ...]] = ContextVar("wengert_scopes", default=())


class Scopes:
    """The scopes of a thread: those that run, the innermost last, and those that do not."""

    __slots__ = ("asleep", "busy", "running")

    def __init__(self) -> None:
        self.running: list[Scope] = []
        self.asleep: list[ref[Scope]] = []
        self.busy = False

    def root(self, grad: bool) -> Step:
        """Where a recording starts."""
        key: Any = keys.root("scoped", grad)
        found = tree.roots.get(key)
        if found is None:
            found = tree.roots[key] = attentive(Step(None, None, grad=grad))
        return found

    def settle(self, modes: Modes) -> None:
        """Switch to the modes of what runs now."""
        running = self.running
        for i in range(len(running) - 1, -1, -1):
            if not running[i].runs():
                self.suspend(modes, i)
        for r in self.asleep.copy() if self.asleep else ():
            scope = r()
            if scope is None or scope.runs():
                self.asleep.remove(r)
            if scope is not None and scope.runs():
                scope.outer = state(modes)
                put(modes, scope.inner)
                running.append(scope)
        if not running and not self.asleep:
            modes.scopes = None
            modes.__class__ = Modes

    def suspend(self, modes: Modes, i: int) -> None:
        """Take scope ``i`` from those that run."""
        scope = self.running.pop(i)
        if i == len(self.running):
            scope.inner = state(modes)
            put(modes, scope.outer)
        else:
            above = self.running[i]
            scope.inner, above.outer = above.outer, scope.outer
        if scope.frame is not None or scope.in_task:
            self.asleep.append(ref(scope))


def state(modes: Modes) -> State:
    """The modes that belong to a scope."""
    return modes.grad, modes.inference, modes.anomaly, modes.anomaly_nan


def put(modes: Modes, new: State) -> None:
    """Set them."""
    grad, modes.inference, modes.anomaly, modes.anomaly_nan = new
    tell(modes, modes.observers)
    if modes.grad is not grad:
        modes.grad = grad
        here.recording.set_grad(grad)


def attend() -> None:
    """Switch the modes of this thread where another scope runs than before."""
    modes = here.modes
    scopes = modes.scopes
    if scopes is None or scopes.busy:
        return
    scopes.busy = True
    try:
        scopes.settle(modes)
    finally:
        scopes.busy = False


trees.attend = attend


# What attends

class Attentive(dict[Hashable, Step]):
    """The ``next`` of a step that looks first which scopes run."""

    def get(self, key: Hashable, default: Any = None) -> Any:
        attend()
        return dict.get(here.recording.at.next, key, default)

    def __getitem__(self, key: Hashable) -> Step:
        raise KeyError(key)   # who asks so does not expect that a look takes time: use get

    def __setitem__(self, key: Hashable, step: Step) -> None:
        if type(step.next) is dict:
            attentive(step)
        dict.__setitem__(self, key, step)


def attentive(step: Step) -> Step:
    """``step``, new, such that it looks which scopes run."""
    return trees.looking(step, Attentive())


class Lines:
    """What is part of each step in that mode: where the user is, as ``place`` says, and who is
    ``told`` of new steps and their places."""

    place: Callable[[], Hashable] = staticmethod(user_line)
    told: Callable[[Step, Any], None] | None = None


class Lined(Attentive):
    """The ``next`` of a step in a mode in which the user's line is part of each step."""

    def get(self, key: Hashable, default: Any = None) -> Any:
        attend()
        return dict.get(here.recording.at.next, keys.lined(key, Lines.place()), default)

    def __setitem__(self, key: Hashable, step: Step) -> None:
        if type(step.next) is dict:
            trees.looking(step, Lined())
        place = Lines.place()
        dict.__setitem__(self, keys.lined(key, place), step)
        if Lines.told is not None:
            Lines.told(step, place)


def unlined() -> None:
    """Forget the paths of that mode, so that each of their steps is told of again."""
    for grad in (True, False):
        tree.roots.pop(keys.root("lined", grad), None)   # type: ignore[call-overload]


def lined_root(grad: bool) -> Step:
    """Where a recording starts in that mode."""
    key: Any = keys.root("lined", grad)
    found = tree.roots.get(key)
    if found is None:
        found = tree.roots[key] = trees.looking(Step(None, None, grad=grad), Lined())
    return found


trees.lined_root = lined_root


def _attending(name: str) -> Any:
    field = getattr(Modes, name)

    def read(modes: Modes) -> Any:
        attend()
        return field.__get__(modes)
    return property(read, field.__set__)


class AttentiveModes(Modes):
    """The modes of a thread with scopes."""

    __slots__ = ()

    grad = _attending("grad")
    inference = _attending("inference")
    anomaly = _attending("anomaly")
    anomaly_nan = _attending("anomaly_nan")
    at_backwards = _attending("at_backwards")


# Opening and closing

def owner(frame: FrameType | None) -> FrameType | None:
    """What has to run for a block that begins in ``frame`` to hold, if it can be suspended."""
    while frame is not None:
        if frame.f_globals is CONTEXTLIB:
            frame = frame.f_back
            continue
        if not frame.f_code.co_flags & SUSPENDS:
            return None
        driver = frame.f_back
        if driver is None or driver.f_globals is not CONTEXTLIB:
            name = "" if driver is None else driver.f_globals.get("__name__", "")
            return None if name.partition(".")[0] in DRIVERS else frame
        frame = driver
    return None


def begin(frame: FrameType) -> Scope | None:
    """The scope of a block that begins in ``frame``; None if that is never suspended. The caller
    sets its modes, then calls :func:`hold`."""
    found = owner(frame)
    if found is None:
        return None
    attend()
    return Scope(found, bool(found.f_code.co_flags & inspect.CO_COROUTINE) and in_task(),
                 state(here.modes))


def in_task() -> bool:
    """Whether a loop of asyncio runs in this thread."""
    asyncio = sys.modules.get("asyncio")
    return asyncio is not None and asyncio._get_running_loop() is not None


def hold(scope: Scope) -> None:
    """Let the present modes be those of ``scope``."""
    modes = here.modes
    if modes.scopes is None:
        modes.scopes = Scopes()
        modes.at_once = 0
        modes.__class__ = AttentiveModes
    if scope.in_task:
        _of_task.set((*_of_task.get(), scope))
    modes.scopes.running.append(scope)
    rec = here.recording
    at = rec.at
    if type(at.next) is not dict:
        return
    if at is rec.root:
        rec.root = rec.at = modes.scopes.root(at.grad)
        return
    step = at.next.get(keys.SCOPED)
    if step is None:
        step = tree.add(at, keys.SCOPED, attentive(Step(
            at, None, grad=at.grad, walks=True)))
    rec.at = step


def close(scope: Scope) -> None:
    """End a scope: the modes around it hold again."""
    attend()
    scope.frame = None
    if scope.in_task:
        _of_task.set(tuple([s for s in _of_task.get() if s is not scope]))
    attend()
