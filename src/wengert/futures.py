"""``torch.futures``: results that come later, by Python's own futures."""

from __future__ import annotations

import concurrent.futures
from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar

from .names.missing import answer_missing_names

T = TypeVar("T")


class Future(Generic[T]):
    """A value that somebody sets, and others wait for."""

    def __init__(self, *, devices: Any = None) -> None:
        self._future: concurrent.futures.Future[T] = concurrent.futures.Future()

    def done(self) -> bool:
        """Whether the value, or an error, is there."""
        return self._future.done()

    def wait(self) -> T:
        """The value, once it is there; raises the error."""
        return self._future.result()

    value = wait

    def set_result(self, result: T) -> None:
        """Set the value; RuntimeError if there is one."""
        if self.done():
            raise RuntimeError("Future can only be set once")
        self._future.set_result(result)

    def set_exception(self, result: BaseException) -> None:
        """Set the error."""
        if not isinstance(result, BaseException):
            raise AssertionError(f"{result} is of type {type(result)}, not an Exception.")
        self._future.set_exception(result)

    def then(self, callback: Callable[[Future[T]], Any]) -> Future[Any]:
        """The result of ``callback(self)``, called when the value is there."""
        after: Future[Any] = Future()

        def run(_: Any) -> None:
            try:
                after.set_result(callback(self))
            except BaseException as error:
                after.set_exception(error)
        self._future.add_done_callback(run)
        return after

    def add_done_callback(self, callback: Callable[[Future[T]], None]) -> None:
        """Have ``callback(self)`` called when the value is there."""
        self._future.add_done_callback(lambda _: callback(self))


def collect_all(futures: Sequence[Future[Any]]) -> Future[list[Future[Any]]]:
    """The futures themselves, once all are done."""
    whole: Future[list[Future[Any]]] = Future()
    left = [len(futures)]

    def one(_: Any) -> None:
        left[0] -= 1
        if left[0] <= 0 and not whole.done():
            whole.set_result(list(futures))
    for future in futures:
        future.add_done_callback(one)
    if not futures:
        whole.set_result([])
    return whole


def wait_all(futures: Sequence[Future[Any]]) -> list[Any]:
    """The values of all; raises the first error."""
    return [future.wait() for future in futures]


__all__ = ["Future", "collect_all", "wait_all"]
answer_missing_names(__name__)
