"""Large loops over several threads: each runs a part of a kernel's outermost loop.

``config.threads`` says over how many. A kernel that adds up over all of its rows, or that keeps
values between the walks over a row, runs on one.
"""

from __future__ import annotations

import os
import threading
from typing import Any

from ...config import config
from ...passes.fuse import AFTER, COLUMN, REDUCTIONS
from .compiler import part_driver
from .kernel import Kernel
from .own import Gemm

WORTH = 1 << 17
"""A loop over fewer elements is not split."""
GRAIN = 64
"""Parts of a loop over elements begin at multiples of this: a line of the cache, for bytes."""


def can_split(kernel: Kernel) -> bool:
    """Whether the rows of a kernel (its elements, if it has one row) are independent."""
    if isinstance(kernel, Gemm):
        return False   # BLAS has threads of its own
    kinds = {place.kind for place in kernel.places.values()}
    reduces = any(node.prim.name in REDUCTIONS for node in kernel.nodes)
    return not kernel.scratch and not kinds & {AFTER, COLUMN} and (
        bool(kernel.nest.outer) or not reduces)


def run_split(items: list[Any], kernel: int, consts: int, count: int, grain: int) -> int:
    """Run a kernel over ``count`` rows in parts; what a part that failed says, or 0."""
    parts = max(1, min(config.threads, count // grain))
    run = part_driver()
    if parts == 1 or not _busy.acquire(blocking=False):
        return int(run(items, kernel, consts, 0, count))
    bounds = [count * k // parts // grain * grain for k in range(parts)] + [count]
    started: list[Helper] = []
    try:
        for helper, begin, end in zip(helpers(parts - 1), bounds[1:-1], bounds[2:], strict=True):
            helper.begin(run, items, kernel, consts, begin, end)
            started.append(helper)
        failed = int(run(items, kernel, consts, 0, bounds[1]))
    finally:
        others = [helper.end() for helper in started]
        _busy.release()
    return next((code for code in (failed, *others) if code), 0)


class Helper:
    """A thread that waits for a part of a loop, runs it, and waits again. Waking it costs a
    fraction of what a pool of threads takes to hand over a call."""

    def __init__(self) -> None:
        self.go, self.done = threading.Lock(), threading.Lock()
        self.go.acquire()
        self.done.acquire()
        self.call: tuple[Any, ...] = ()
        self.code = 0
        threading.Thread(target=self.work, name="wengert", daemon=True).start()

    def work(self) -> None:
        while True:
            self.go.acquire()
            run, *given = self.call
            self.code = run(*given)
            self.call = ()
            self.done.release()

    def begin(self, *call: Any) -> None:
        """Start a part: a function and what it is given."""
        self.call = call
        self.go.release()

    def end(self) -> int:
        """What the part says that was started; waits for it."""
        self.done.acquire()
        return self.code


_busy = threading.Lock()
"""Held while a loop is split: another one that comes meanwhile is run by its own thread alone."""
_helpers: list[Helper] = []


def helpers(count: int) -> list[Helper]:
    """So many threads, made at the first use."""
    while len(_helpers) < count:
        _helpers.append(Helper())
    return _helpers[:count]


def _forked() -> None:
    """A child process has none of its parent's threads."""
    global _busy
    _helpers.clear()
    _busy = threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forked)
