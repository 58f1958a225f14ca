"""What a file may name: :func:`add_safe_globals` adds classes and functions of the user's own.

All other names are the table of ``rebuilding.py``. Whatever is not in either is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Any

Global = Callable[..., Any]
Safe = Global | tuple[Global, str]
"""A class or function, or one with the full name that a file has for it."""

_safe: list[Safe] = []


def add_safe_globals(safe_globals: Sequence[Safe]) -> None:
    """Let files name these classes and functions: :func:`load` then makes such objects, and calls
    them as the file says. An element may be a pair of one and the full name that files have for it.

    Add only what may be called with any arguments.
    """
    for each in safe_globals:
        if each not in _safe:
            _named(each)
            _safe.append(each)


def get_safe_globals() -> list[Safe]:
    """What :func:`add_safe_globals` has added."""
    return list(_safe)


def clear_safe_globals() -> None:
    """Forget what :func:`add_safe_globals` has added."""
    _safe.clear()


class safe_globals:
    """Within the block, files may name these classes and functions too."""

    def __init__(self, safe_globals: Sequence[Safe]) -> None:
        self.added = list(safe_globals)

    def __enter__(self) -> safe_globals:
        self._before = get_safe_globals()
        add_safe_globals(self.added)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 traceback: TracebackType | None) -> None:
        _safe[:] = self._before


def safe_names() -> dict[str, Global]:
    """By full name what :func:`add_safe_globals` has added."""
    return dict(map(_named, _safe))


def _named(each: Safe) -> tuple[str, Global]:
    if isinstance(each, tuple):
        found, name = each
        return name, found
    if not callable(each) or not hasattr(each, "__module__"):
        raise TypeError("add_safe_globals takes classes and functions, or pairs of one and its "
                        f"full name; got {each!r}")
    return f"{each.__module__}.{each.__qualname__}", each


__all__ = ["add_safe_globals", "clear_safe_globals", "get_safe_globals", "safe_globals"]
