"""What no program is quicker than on this machine: copying memory, and vector math in cache.

Both answer with the seconds that so many float32 numbers take on so many threads.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np

BLOCK = 8192
FUNCTIONS = ("tanh", "exp", "sin", "cos")
"""What ``tanh(x)*exp(-x*x)+sin(x)`` needs with its gradient."""

Loop = Callable[[Any, Any], object]


@cache
def buffers(size: int) -> tuple[Any, Any]:
    """Two arrays whose pages are there."""
    return np.ones(size, np.float32), np.ones(size, np.float32)


@cache
def pool(threads: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(threads)


def copy_seconds(size: int, threads: int) -> float:
    """The time of ``np.copyto``, which leaves the interpreter's lock, on a slice per thread."""
    source, target = buffers(size)
    edges = [size * k // threads for k in range(threads + 1)]
    parts = [slice(low, high) for low, high in pairwise(edges)]

    def copy(part: slice) -> None:
        np.copyto(target[part], source[part])

    begin = time.perf_counter()
    if threads == 1:
        copy(parts[0])
    else:
        list(pool(threads).map(copy, parts))
    return time.perf_counter() - begin


def math_seconds(size: int, threads: int) -> float:
    """The time of the four functions, each the quickest of its loops, over a block in cache."""
    x, out = buffers(BLOCK)
    block = sum(min(loop_seconds(loop, x, out) for loop in loops(name)) for name in FUNCTIONS)
    return block * size / BLOCK / threads


def loop_seconds(loop: Loop, x: Any, out: Any, times: int = 50) -> float:
    begin = time.perf_counter()
    for _ in range(times):
        loop(x, out)
    return (time.perf_counter() - begin) / times


@cache
def loops(name: str) -> tuple[Loop, ...]:
    """The loops that compute a function: NumPy's, and compiled ones where there is a compiler."""
    return (getattr(np, name), *compiled_loops(name))


def compiled_loops(name: str) -> Iterator[Loop]:
    yield from ()
