"""A bar for work that is long: on a terminal, through the package tqdm where it is installed, and
once a second has gone by. Elsewhere nothing is printed and nothing is loaded.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeVar

T = TypeVar("T")
AFTER = 1.0
"""So many seconds pass before a bar is shown."""


def counted(things: Sequence[T], what: str) -> Iterable[T]:
    """``things``, with a bar that says ``what`` is done to them."""
    stream = sys.stderr
    if stream is None or not stream.isatty():
        return things
    return with_bar(things, what)


def with_bar(things: Sequence[T], what: str) -> Iterator[T]:
    """The same on a terminal."""
    started, shown = time.perf_counter(), None
    try:
        for k, thing in enumerate(things):
            yield thing
            if shown is not None:
                shown.update()
            elif time.perf_counter() - started > AFTER:
                shown = bar(len(things), k + 1, what)
                started = float("inf") if shown is None else started
    finally:
        if shown is not None:
            shown.close()


def bar(total: int, done: int, what: str) -> Any:
    """tqdm's bar, which goes away when it is full; None without tqdm."""
    try:
        from tqdm import tqdm
    except ImportError:
        return None
    return tqdm(desc=what, total=total, initial=done, leave=False, file=sys.stderr)


__all__ = ["counted"]
