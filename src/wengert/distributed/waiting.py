"""Waiting for other processes: never for ever, and without taking the processor from them."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from datetime import timedelta

from .errors import DistBackendError

TIMEOUT = timedelta(minutes=30)
_SPINS = 50
"""So often is looked before the processor is let go of."""
SOON, LATER = 2e-3, 0.1
"""Seconds of waiting from which on it sleeps between looks, and sleeps longer."""


def seconds(timeout: timedelta | None) -> float:
    """How long to wait. TypeError for what is no ``timedelta``."""
    if timeout is None:
        timeout = TIMEOUT
    if not isinstance(timeout, timedelta):
        raise TypeError(
            f"Expected timeout argument to be of type datetime.timedelta, got {timeout}")
    return timeout.total_seconds()


def until(done: Callable[[], bool], limit: float, what: Callable[[], str]) -> None:
    """Return when ``done()``; DistBackendError after ``limit`` seconds, saying ``what`` was waited
    for."""
    for _ in range(_SPINS):
        if done():
            return
    start = time.monotonic()
    while not done():
        waited = time.monotonic() - start
        if waited > limit:
            raise DistBackendError(
                f"{what()}: waited {limit:g} s for the other processes, which is the timeout of "
                "the group")
        if waited < SOON:
            yield_()
        else:
            time.sleep(5e-5 if waited < LATER else 1e-3)


yield_: Callable[[], None] = getattr(os, "sched_yield", lambda: time.sleep(0))
