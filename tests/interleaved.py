"""One thread stopped, or interrupted, at each call inside the library in turn.

CPython changes threads, and raises ``KeyboardInterrupt``, at calls alone; so what holds at each of
them holds whatever the interpreter's lock does.
"""

from __future__ import annotations

import contextlib
import sys
import threading
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any

INSIDE = ("/wengert/engine/recording/", "/wengert/autograd/", "/wengert/tensors/", "<wengert",
          "/wengert/optim/", "/wengert/functions/", "/wengert/compiler/")
EVENTS = ("call", "c_return")
SOON = 0.02
"""Seconds after which a thread that has not ended is taken to wait for the one that stands."""


class Stops:
    """Calls ``at_stop`` at event number ``n``; ``reached`` says whether there was one."""

    def __init__(self, n: int, at_stop: Callable[[], None]) -> None:
        self.left = n
        self.at_stop = at_stop
        self.reached = False

    def __call__(self, frame: FrameType, event: str, arg: Any) -> None:
        if self.reached or event not in EVENTS or not any(
                part in frame.f_code.co_filename for part in INSIDE):
            return
        if self.left == 0:
            self.reached = True
            sys.setprofile(None)
            self.at_stop()
        self.left -= 1

    def run(self, work: Callable[[], None]) -> None:
        sys.setprofile(self)
        try:
            work()
        finally:
            sys.setprofile(None)


def events() -> Iterator[int]:
    """The numbers of the events at which to stop: all, and of many hundreds only some."""
    n = 0
    while True:
        yield n
        n += 1 + n // EACH


EACH = 40
"""The first so many, then fewer and fewer."""


def interleaved(setup: Callable[[], tuple[Callable[[], None], Callable[[], None],
                                          Callable[[], None]]]) -> int:
    """For each event of the first function: let the second one run there, in another thread, from
    beginning to end; then check. The functions and the check are what ``setup`` returns. Returns
    how many events there were."""
    for _ in range(4):
        first, second, check = setup()   # the paths are known, the programs compiled
        first()
        second()
        check()
    for n in events():
        first, second, check = setup()
        errors: list[BaseException] = []

        def work(run: Callable[[], None] = second, seen: list[BaseException] = errors) -> None:
            try:
                run()
            except BaseException as error:
                seen.append(error)
        other = threading.Thread(target=work)

        def at_stop(thread: threading.Thread = other) -> None:
            thread.start()
            thread.join(SOON)
        stops = Stops(n, at_stop)
        stops.run(first)
        if not stops.reached:
            return n
        other.join()
        assert not errors, (n, errors[0])
        check()
    raise AssertionError


class Interrupted(BaseException):
    """What a signal's handler may raise."""


def interrupted(setup: Callable[[], tuple[Callable[[], None], Callable[[], None]]]) -> int:
    """Interrupt the function that ``setup`` returns at each of its events, and check each time."""
    for _ in range(4):
        work, check = setup()
        work()
        check()
    for n in events():
        work, check = setup()

        def at_stop() -> None:
            raise Interrupted
        stops = Stops(n, at_stop)
        with contextlib.suppress(Interrupted):
            stops.run(work)
        if not stops.reached:
            return n
        check()
    raise AssertionError
