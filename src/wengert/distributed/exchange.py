"""One exchange between the processes of a group: that all call the same, then what they call.

Each exchange begins with a word of sixteen bytes, in which all processes say what they call. Where
the words differ nothing is moved: each process learns what the others call, and raises. Words and
data have a communicator each, so that words may run ahead; both keep the order of the calls.
"""

from __future__ import annotations

import hashlib
import os
from collections import deque
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np

from ..engine.errors import NOWHERE, show_line, user_line
from . import mpi
from .errors import DistBackendError
from .waiting import until

Finish = Callable[[], Any]
HISTORY = 5
"""So many calls before those that differ are shown."""


class Channel:
    """Where the exchanges of a group go, in the order in which they were called."""

    def __init__(self, comm: Any, limit: float) -> None:
        self.words, self.data = comm.Dup(), comm
        self.limit = limit
        self.queue: deque[Exchange] = deque()
        debug = os.environ.get("WENGERT_DISTRIBUTED_DEBUG", "0") != "0"
        self.history: deque[Exchange] | None = deque(maxlen=HISTORY) if debug else None
        """The last calls, with WENGERT_DISTRIBUTED_DEBUG=1: they are shown where calls differ."""

    def free(self) -> None:
        """Give the communicators back."""
        self.words.Free()
        self.data.Free()


class Exchange:
    """A call that runs: the word for ``call``, then ``start``, which moves the data, then
    ``finish``, whose result is ``result``."""

    def __init__(self, channel: Channel, call: str, start: mpi.Start, finish: Finish) -> None:
        self.channel, self.call, self.start, self.finish = channel, call, start, finish
        self.line = user_line()
        self.result: Any = None
        self.error: Exception | None = None
        self.done = False
        self._transfer: Any = None
        self._said, self._heard = word(call), np.empty(2, np.int64)
        MPI = mpi.library()
        self._saying = channel.words.Iallreduce(
            [self._said, 2, MPI.INT64_T], [self._heard, 2, MPI.INT64_T], MPI.MIN)
        channel.queue.append(self)
        if channel.history is not None:
            channel.history.append(self)

    def test(self) -> bool:
        """Whether it is done; moves it on, and those before it."""
        queue = self.channel.queue
        while queue and not self.done:
            if not queue[0]._advance():
                return False
            queue.popleft()
        return self.done

    def wait(self, limit: float | None = None) -> Any:
        """The result. DistBackendError where the processes call different things, or one does not
        come in time; each later wait raises it again."""
        if not self.done:
            until(self.test, self.channel.limit if limit is None else limit, self.describe)
        if self.error is not None:
            raise self.error
        return self.result

    def then(self, more: Callable[[Any], Any]) -> Exchange:
        """This, with ``more`` done to its result."""
        finish = self.finish
        self.finish = lambda: more(finish())
        return self

    def otherwise(self, value: Callable[[], Any]) -> Exchange:
        """This, with another result where it has none in this process."""
        return self.then(lambda found: value() if found is None else found)

    def describe(self) -> str:
        """What is called, and where."""
        return self.call if self.line == NOWHERE else f"{self.call} at {show_line(self.line)}"

    def _advance(self) -> bool:
        """Whether it is done; it is the first of those that are not."""
        try:
            if self._transfer is None:
                if not self._saying.Test():
                    return False
                if self._heard[0] != -self._heard[1]:
                    raise DistBackendError(self._difference())
                self._transfer = self.start()
            if not self._transfer.Test():
                return False
            self.result = self.finish()
        except Exception as error:
            self.error = error
        self.done = True
        return True

    def _difference(self) -> str:
        """What the processes call, where they do not call the same."""
        before = [each for each in self.channel.history or () if each.done]
        calls = self.channel.words.allgather("\n    after ".join(
            each.describe() for each in (self, *reversed(before))))
        same: dict[str, list[int]] = {}
        for rank, call in enumerate(calls):
            same.setdefault(call, []).append(rank)
        lines = [f"  rank {_ranks(ranks)}: {call}" for call, ranks in same.items()]
        return "\n".join(["the processes of the group do not call the same:", *lines])


class Started:
    """A transfer that has ended when it started."""

    @staticmethod
    def Test() -> bool:
        """True."""
        return True


def _ranks(ranks: list[int]) -> str:
    return ", ".join(map(str, ranks[:8])) + (f" and {len(ranks) - 8} more" if len(ranks) > 8
                                             else "")


@lru_cache(4096)
def word(call: str) -> np.ndarray[Any, np.dtype[np.int64]]:
    """What stands for a call, and its negative: the least of both tells whether all are equal."""
    number = int.from_bytes(hashlib.blake2b(call.encode(), digest_size=8).digest()) >> 1
    return np.array([number, -number], np.int64)
