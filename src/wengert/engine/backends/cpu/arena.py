"""The arena: one block of memory for values that live only inside a run of a program.

:class:`Arena` finds places in it while a program is planned; :func:`blocks` makes one, with arrays
on its parts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ...graph import Node, Shape
from .text import kernel_dtype

ALIGNED = 64


class Arena:
    """Where values lie that live only inside a run: offsets, given and taken back."""

    def __init__(self) -> None:
        self.size = 0
        self.free: list[tuple[int, int]] = []

    def take(self, nbytes: int) -> int:
        """The offset of ``nbytes`` bytes that nobody uses."""
        nbytes = max(ALIGNED, -(-nbytes // ALIGNED) * ALIGNED)
        fits = [(size, offset) for offset, size in self.free if size >= nbytes]
        if fits:
            size, offset = min(fits)
            self.free.remove((offset, size))
            if size > nbytes:
                self.free.append((offset + nbytes, size - nbytes))
            return offset
        offset = self.size
        self.size += nbytes
        return offset

    def give(self, offset: int, nbytes: int) -> None:
        """Take memory back, joined with its free neighbours."""
        nbytes = max(ALIGNED, -(-nbytes // ALIGNED) * ALIGNED)
        self.free.append((offset, nbytes))
        self.free.sort()
        joined: list[tuple[int, int]] = []
        for start, size in self.free:
            if joined and joined[-1][0] + joined[-1][1] == start:
                joined[-1] = (joined[-1][0], joined[-1][1] + size)
            else:
                joined.append((start, size))
        self.free = joined


class Memory:
    """Where in the arena a kernel keeps what it needs while it runs: for each part of its loop, its
    scratch; for totals of parts, where those of the first part are and how far they are apart."""

    __slots__ = ("scratch", "totals")

    def __init__(self, scratch: list[dict[Node, int]],
                 totals: dict[Node, tuple[int, int]]) -> None:
        self.scratch = scratch
        self.totals = totals


def blocks(size: int, parts: Sequence[tuple[int, Shape, np.dtype[Any]]],
           views: Sequence[tuple[int, Callable[[Any], Any]]]) -> tuple[Any, ...]:
    """A new arena, on the border of a line of the cache, and arrays on parts of it; then views of
    those, or of views before."""
    memory = np.empty(size + ALIGNED, np.uint8)
    start = -memory.ctypes.data % ALIGNED
    memory = memory[start:start + size]
    arrays = [np.ndarray(shape, dtype, memory, offset) for offset, shape, dtype in parts]
    for k, view in views:
        arrays.append(view(arrays[k]))
    return (memory, *arrays)


def nbytes(node: Node) -> int:
    """The bytes of a value in a kernel's memory."""
    return node.size * kernel_dtype(node).itemsize
