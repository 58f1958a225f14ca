"""Large loops over several threads: each runs a part of a kernel's outermost loop.

``config.threads`` says over how many. A kernel that adds up over all of its rows, or that keeps
values between the walks over a row, runs on one.
"""

from __future__ import annotations

import functools
import itertools
from typing import TYPE_CHECKING, Any

from ...config import config
from ...passes.fuse import AFTER, COLUMN, REDUCTIONS
from .compiler import part_driver
from .kernel import Kernel

if TYPE_CHECKING:
    from concurrent.futures import Future, ThreadPoolExecutor

WORTH = 1 << 17
"""A loop over fewer elements is not split."""
GRAIN = 64
"""Parts of a loop over elements begin at multiples of this: a line of the cache, for bytes."""


def can_split(kernel: Kernel) -> bool:
    """Whether the rows of a kernel (its elements, if it has one row) are independent."""
    kinds = {place.kind for place in kernel.places.values()}
    reduces = any(node.prim.name in REDUCTIONS for node in kernel.nodes)
    return not kernel.scratch and not kinds & {AFTER, COLUMN} and (
        bool(kernel.nest.outer) or not reduces)


def run_split(items: list[Any], kernel: int, consts: int, count: int, grain: int) -> int:
    """Run a kernel over ``count`` rows in parts; what the first part that failed says, or 0."""
    parts = max(1, min(config.threads, count // grain))
    bounds = [count * k // parts // grain * grain for k in range(parts)] + [count]
    run = part_driver()
    if parts == 1:
        return int(run(items, kernel, consts, 0, count))
    others: list[Future[int]] = [
        _pool(parts).submit(run, items, kernel, consts, begin, end)
        for begin, end in itertools.pairwise(bounds[1:])]
    failed = int(run(items, kernel, consts, 0, bounds[1]))
    return next((code for code in [failed, *[other.result() for other in others]] if code), 0)


@functools.cache
def _pool(parts: int) -> ThreadPoolExecutor:
    from concurrent.futures import ThreadPoolExecutor
    return ThreadPoolExecutor(parts - 1, thread_name_prefix="wengert")
