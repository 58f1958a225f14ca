"""Tracebacks that end at the user's line, as if this package were written in C.

:func:`install` has Python, its threads and IPython print them so; the error itself stays as it is,
for debuggers and for whoever catches it. ``config.full_traceback`` shows this package's frames too.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import CodeType, TracebackType
from typing import Any

from ..config import config
from .errors import is_ours

_IN_USE = "_wengert_shortens"


def users_frames(traceback: TracebackType | None,
                 start: CodeType | None = None) -> TracebackType | None:
    """The traceback without this package's own frames, and without those down to a call of
    ``start``."""
    frames: list[TracebackType] = []
    while traceback is not None:
        code = traceback.tb_frame.f_code
        if code is start:
            frames.clear()
        elif not is_ours(code.co_filename):
            frames.append(traceback)
        traceback = traceback.tb_next
    short = None
    for each in reversed(frames):
        short = TracebackType(short, each.tb_frame, each.tb_lasti, each.tb_lineno)
    return short


@contextmanager
def shortened(error: BaseException,
              start: CodeType | None = None) -> Iterator[TracebackType | None]:
    """A block in which the error, its causes, its contexts and the members of a group have short
    tracebacks; the value is the error's."""
    before: list[tuple[Any, ...]] = []
    todo: list[BaseException | None] = [error]
    while todo:
        each = todo.pop()
        if each is None or any(each is known for known, *_ in before):
            continue
        cause, context = each.__cause__, each.__context__
        before.append((each, each.__traceback__, cause, each.__suppress_context__))
        todo += [cause, context]
        if isinstance(each, BaseExceptionGroup):
            todo += each.exceptions
    short = {id(each): users_frames(traceback, start) for each, traceback, *_ in before}
    try:
        for each, _, cause, _ in before:
            context = each.__context__
            if cause and cause.__traceback__ and short[id(cause)] is None:
                each.__cause__ = None   # what was raised from it says it all
                each.__suppress_context__ = True
            if context and short[id(context)] is None:
                each.__suppress_context__ = True   # it began and ended inside this package
            if short[id(each)] is not None or each is not error or start is not None:
                each.__traceback__ = short[id(each)]
        yield error.__traceback__
    finally:
        for each, traceback, cause, suppressed in before:
            each.__traceback__, each.__cause__ = traceback, cause
            each.__suppress_context__ = suppressed


def install() -> None:
    """Have Python, its threads and a running IPython print short tracebacks."""
    if getattr(sys.excepthook, _IN_USE, False):
        return
    sys.excepthook = _marked(_hook(sys.excepthook))
    threading.excepthook = _marked(_thread_hook(threading.excepthook))
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    printer = getattr(shell, "InteractiveTB", None)
    if printer is not None:
        printer.structured_traceback = _structured(printer.structured_traceback)


def _marked(hook: Any) -> Any:
    setattr(hook, _IN_USE, True)
    return hook


def _hook(print_error: Callable[..., Any]) -> Callable[..., Any]:
    def hook(kind: type[BaseException], error: BaseException,
             traceback: TracebackType | None) -> None:
        if config.full_traceback or error is None:
            print_error(kind, error, traceback)
            return
        with shortened(error) as short:
            print_error(kind, error, short)
    return hook


def _thread_hook(print_error: Callable[..., Any]) -> Callable[..., Any]:
    def hook(args: Any) -> None:
        if config.full_traceback or args.exc_value is None:
            print_error(args)
            return
        with shortened(args.exc_value) as short:
            print_error(threading.ExceptHookArgs(
                (args.exc_type, args.exc_value, short, args.thread)))
    return hook


def _structured(lines_of: Callable[..., Any]) -> Callable[..., Any]:
    """IPython's function from an error to the lines of its traceback."""
    def structured_traceback(kind: Any, error: Any, traceback: Any = None, *args: Any,
                             **kwargs: Any) -> Any:
        if config.full_traceback or not isinstance(error, BaseException):
            return lines_of(kind, error, traceback, *args, **kwargs)
        with shortened(error) as short:
            return lines_of(kind, error, short, *args, **kwargs)
    return structured_traceback
