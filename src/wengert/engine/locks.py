"""Locks: what threads share is changed under one of them, and a fork waits for all of them.

They are taken in the order in which they stand here: who holds one may take a later one, never an
earlier one. What a thread does again and again takes none: see docs/threads.md.
"""

from __future__ import annotations

import ast
import os
import signal
import threading
from collections.abc import Callable
from typing import Any, TypeVar
from weakref import WeakSet

Result = TypeVar("Result")


class Sharing:
    """Held while several tensors change together: shared storage, the tensors that an optimizer
    updates, the residuals of a segment. ``exclusive`` is the thread that alone may write to tensors
    now, or 0: a write takes no lock, but looks there.
    """

    __slots__ = ("exclusive", "lock")

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.exclusive = 0


sharing = Sharing()
compiling = threading.RLock()
"""Held while machine code is made, and while the modules that make it are imported."""
profiling = threading.RLock()
"""Held while a profile begins, ends, or notes something."""
growing = threading.RLock()
"""Held while the trace tree gets a step, or forgets some."""
streams: WeakSet[Stream] = WeakSet()
"""The streams of random numbers: each has a lock of its own, and no thread holds two."""

ORDER = (sharing.lock, compiling, profiling, growing)


class Stream:
    """A stream of random numbers, of which one thread at a time draws."""

    def __init__(self) -> None:
        self._lock: Any = threading.RLock()
        with growing:
            streams.add(self)


class Apart:
    """The ``lock`` of a stream, under which the thread that makes this one has another state of the
    stream than all others: ``swap`` puts the one in the place of the other."""

    __slots__ = ("depth", "lock", "owner", "swap")

    def __init__(self, lock: Any, swap: Callable[[], object]) -> None:
        self.lock = lock
        self.swap = swap
        self.owner = threading.get_ident()
        self.depth = 0

    def __enter__(self) -> None:
        self.acquire()

    def __exit__(self, *error: object) -> None:
        self.release()

    def acquire(self) -> None:
        self.lock.acquire()
        if threading.get_ident() == self.owner:
            self.depth += 1
            if self.depth == 1:
                self.swap()

    def release(self) -> None:
        if threading.get_ident() == self.owner:
            if self.depth == 1:
                self.swap()
            self.depth -= 1
        self.lock.release()


def uninterrupted(change: Callable[[], Result]) -> Result:
    """The result of ``change``, which an interruption from the keyboard waits for: who calls a
    library that keeps accounts of its own must not be stopped on the way back from it."""
    if threading.current_thread() is not threading.main_thread():
        return change()   # Python interrupts the main thread alone
    waiting: list[int] = []
    before = signal.getsignal(signal.SIGINT)
    if not callable(before):
        return change()
    signal.signal(signal.SIGINT, lambda number, frame: waiting.append(number))
    try:
        return change()
    finally:
        signal.signal(signal.SIGINT, before)
        if waiting:
            signal.raise_signal(signal.SIGINT)


def parsed(text: str, filename: str = "<unknown>") -> ast.Module:
    """The tree of a text of Python. In CPython 3.11, threads that parse at once fail in each
    other's place."""
    with compiling:
        return ast.parse(text, filename)


def parsed_expression(text: str) -> ast.Expression:
    """The tree of a text that is an expression; SyntaxError or ValueError where it is none."""
    [statement] = parsed(text).body
    if not isinstance(statement, ast.Expr):
        raise SyntaxError(f"{text!r} is no expression")
    return ast.Expression(statement.value)


def exclusively(change: Callable[[], Result]) -> Result:
    """The result of ``change``, during which writes of other threads wait."""
    with sharing.lock:   # of C: an interruption finds it held or not, and never in between
        before = sharing.exclusive
        try:
            sharing.exclusive = threading.get_ident()
            return change()
        finally:
            sharing.exclusive = before


def whole(change: Callable[[], object]) -> None:
    """Make a change of several objects, which may be made twice: an interruption, which can come
    between any two calls, leaves all of it or nothing."""
    try:
        change()
    except BaseException:
        change()
        raise


_held: list[list[Stream]] = []


def _before_fork() -> None:
    """A child has this thread alone: what another one holds would be held for ever, and what it is
    changing would stay as it is now."""
    for lock in ORDER:
        lock.acquire()
    found = list(streams)
    for stream in found:
        stream._lock.acquire()
    _held.append(found)


def _after_fork() -> None:
    for stream in _held.pop():
        stream._lock.release()
    for lock in reversed(ORDER):
        lock.release()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_before_fork, after_in_parent=_after_fork,
                        after_in_child=_after_fork)
