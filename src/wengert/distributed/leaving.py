"""How a process leaves the others: in order, or with an error that ends them all.

MPI waits for every process when a program ends. One that leaves with an error must therefore end
the job (:func:`abort`), and one that just ends says so, so that who waits for it in a collective is
told.
"""

from __future__ import annotations

import atexit
import contextlib
import io
import os
import sys
from collections.abc import Callable
from types import TracebackType
from typing import Any

from . import mpi, pmi


class _Leaving:
    """What is called at the end, and whether it was."""

    at_the_end: Callable[[], None] | None = None
    print_error: Any = None
    process = 0
    """Whose job it is: a process that this one forks has no part in it."""


_leaving = _Leaving()


def watch(at_the_end: Callable[[], None] | None = None) -> None:
    """From now on, an error that nobody catches ends the job; ``at_the_end`` is called when the
    program ends without one."""
    _leaving.process = os.getpid()
    if _leaving.print_error is None:
        _leaving.print_error = sys.excepthook
        sys.excepthook = _failed
    if at_the_end is not None:
        _leaving.at_the_end = at_the_end
        atexit.unregister(_ended)
        atexit.register(_ended)   # before MPI ends, which has begun


def forget() -> None:
    """The process group is no more; an error still ends the job, which waits for MPI's end."""
    _leaving.at_the_end = None


def is_watched() -> bool:
    """Whether an error of this process ends the job."""
    return _leaving.process == os.getpid()


def abort(code: int) -> None:
    """End the job with this exit code, if this process is part of one."""
    if is_watched():
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(Exception):
                stream.flush()
        if mpi.is_started() and not pmi.is_watched():
            mpi.library().COMM_WORLD.Abort(code)
        pmi.abort(code)


def exits(code: Any) -> None:
    """The program ends by ``sys.exit(code)``: if that is a failure, it ends the job."""
    if code is None or code == 0 or not is_watched():
        return
    if not isinstance(code, int):
        print(code, file=sys.stderr)
        code = 1
    _leaving.at_the_end = None
    abort(code)


def _failed(kind: type[BaseException], error: BaseException,
            traceback: TracebackType | None) -> None:
    _leaving.at_the_end = None
    text = io.StringIO()   # in one piece: what ends the job may lose what comes after the first
    with contextlib.redirect_stderr(text):
        _leaving.print_error(kind, error, traceback)
    if sys.stderr is not None:
        sys.stderr.write(text.getvalue())
    abort(130 if issubclass(kind, KeyboardInterrupt) else 1)


def _ended() -> None:
    if _leaving.at_the_end is None or not is_watched():
        return
    try:
        _leaving.at_the_end()
    except Exception:
        sys.excepthook(*sys.exc_info())
