"""``Work``: a call that runs while the program goes on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from .waiting import seconds


class Work:
    """What a call with ``async_op=True``, ``isend`` and ``irecv`` return. The tensors have their
    values after :meth:`wait`, or once :meth:`is_completed` was True."""

    def __init__(self, exchange: Any, finish: Callable[[Any], Any] = lambda result: None) -> None:
        self._exchange, self._finish = exchange, finish
        self._result: Any = None
        self._finished = False

    def wait(self, timeout: timedelta | None = None) -> bool:
        """Return True when it is done. DistBackendError where it failed, or is not done within
        ``timeout`` or that of the group."""
        limit = None if timeout is None else seconds(timeout)
        self._end(self._exchange.wait(limit))
        return True

    def is_completed(self) -> bool:
        """Whether it is done."""
        if not self._exchange.test():
            return False
        if self._exchange.error is None:
            self._end(self._exchange.result)
        return True

    def is_success(self) -> bool:
        """Whether it is done and has not failed."""
        return self.is_completed() and self._exchange.error is None

    def exception(self) -> Exception | None:
        """Why it failed; None where it has not."""
        error: Exception | None = self._exchange.error
        return error

    def result(self) -> list[Any]:
        """The tensors that were written. RuntimeError before it is done."""
        if not self.is_completed():
            raise RuntimeError("Work needs to be completed before calling result()")
        return self._result if isinstance(self._result, list) else [self._result]

    def source_rank(self) -> int:
        """Who sent what was received."""
        return int(self._exchange.source)

    def _end(self, result: Any) -> None:
        if not self._finished:
            self._finished = True
            self._result = self._finish(result)


class Together:
    """Exchanges that are one: done when all are."""

    def __init__(self, exchanges: list[Any]) -> None:
        self.exchanges = exchanges

    def test(self) -> bool:
        """Whether all are done."""
        return all(each.test() for each in self.exchanges)

    @property
    def error(self) -> Exception | None:
        """The first error."""
        return next((each.error for each in self.exchanges if each.error is not None), None)

    @property
    def result(self) -> list[Any]:
        """All results."""
        return [each.result for each in self.exchanges]

    def wait(self, limit: float | None = None) -> list[Any]:
        """All results."""
        return [each.wait(limit) for each in self.exchanges]


def ended(work: Work, async_op: bool) -> Work | None:
    """``work`` itself where it goes on beside the program; else None, once it is done."""
    if async_op:
        return work
    work.wait()
    return None
