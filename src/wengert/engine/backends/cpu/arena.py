"""The arena: one block of memory for values that live only inside a run of a program.

:class:`Arena` finds places in it while a program is planned; :func:`blocks` makes one, with arrays
on its parts.
"""

from __future__ import annotations

from bisect import bisect_left, insort
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
        """What nobody uses: sizes and offsets, sorted. No two are neighbours."""
        self.ends: dict[int, int] = {}
        """The offset of what is free, by its end."""
        self.sizes: dict[int, int] = {}
        """The size of what is free, by its offset."""

    def take(self, nbytes: int) -> int:
        """The offset of ``nbytes`` bytes that nobody uses."""
        nbytes = rounded(nbytes)
        k = bisect_left(self.free, (nbytes, 0))
        if k == len(self.free):
            self.size += nbytes
            return self.size - nbytes
        size, offset = self.free[k]
        self.used(offset, size)
        if size > nbytes:
            self.freed(offset + nbytes, size - nbytes)
        return offset

    def give(self, offset: int, nbytes: int) -> None:
        """Take memory back, joined with its free neighbours."""
        nbytes = rounded(nbytes)
        before, after = self.ends.get(offset), self.sizes.get(offset + nbytes)
        if after is not None:
            self.used(offset + nbytes, after)
            nbytes += after
        if before is not None:
            self.used(before, offset - before)
            nbytes += offset - before
            offset = before
        self.freed(offset, nbytes)

    def freed(self, offset: int, size: int) -> None:
        insort(self.free, (size, offset))
        self.sizes[offset] = size
        self.ends[offset + size] = offset

    def used(self, offset: int, size: int) -> None:
        del self.free[bisect_left(self.free, (size, offset))]
        del self.sizes[offset], self.ends[offset + size]


def rounded(nbytes: int) -> int:
    """So many bytes, up to the border of a line of the cache."""
    return max(ALIGNED, -(-nbytes // ALIGNED) * ALIGNED)


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
