"""Where the values of a group lie in memory, and the loops that go over them.

A group's space has outer and inner dimensions; :class:`Nest` merges neighbours where every operand
and result allows it, so that most kernels have one loop or two.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from ..graph import Node, Shape
from .groups import Group


class Unfit(Exception):
    """The group has no loop nest of this kind."""


class View(NamedTuple):
    """A part of a value in memory: the value, where the part starts, its strides in elements."""

    base: Node
    offset: int
    strides: tuple[int, ...]


class Access(NamedTuple):
    """An operand or result in memory: its node and its stride in each dimension of the space."""

    node: Node
    strides: tuple[int, ...]


def contiguous(shape: Shape) -> list[int]:
    """The strides of ``shape`` row by row, in elements; 0 where the length is 1."""
    strides, step = [0] * len(shape), 1
    for i in range(len(shape) - 1, -1, -1):
        if shape[i] != 1:
            strides[i] = step
            step *= shape[i]
    return strides


class Nest:
    """The dimensions of a space after merging: sizes and, for each access, strides."""

    def __init__(self, group: Group, accesses: Iterable[Access]) -> None:
        self.found = list(dict.fromkeys(accesses))
        sides = [[i for i, n in enumerate(group.space) if n != 1 and (i < group.outer) is outer]
                 for outer in (True, False)]
        self.outer, outer_strides = self.merged(group.space, sides[0])
        self.inner, inner_strides = self.merged(group.space, sides[1])
        reduces = any(node.prim.reduction is not None for node in group.nodes)
        if not reduces:
            self.outer, self.inner = [*self.outer, *self.inner], []
            for strides, more in zip(outer_strides, inner_strides, strict=True):
                strides += more
                more.clear()
            if self.outer:
                self.inner = [self.outer.pop()]
                for strides, more in zip(outer_strides, inner_strides, strict=True):
                    more.append(strides.pop())
        if len(self.inner) > 1:
            raise Unfit
        self.size = self.inner[0] if self.inner else 1
        self.strides = {
            access: (outer, inner[0] if inner else 0)
            for access, outer, inner in zip(self.found, outer_strides, inner_strides, strict=True)}
        if any(inner not in (0, 1) for _, inner in self.strides.values()):
            raise Unfit

    def merged(self, space: Shape, dims: list[int]) -> tuple[list[int], list[list[int]]]:
        """The sizes of ``dims`` and the strides of each access in them, neighbours merged where
        every access allows it."""
        sizes: list[int] = []
        strides: list[list[int]] = [[] for _ in self.found]
        for i in dims:
            joined = bool(sizes) and all(
                mine[-1] == access.strides[i] * space[i]
                for mine, access in zip(strides, self.found, strict=True))
            if joined:
                sizes[-1] *= space[i]
                for mine, access in zip(strides, self.found, strict=True):
                    mine[-1] = access.strides[i]
            else:
                sizes.append(space[i])
                for mine, access in zip(strides, self.found, strict=True):
                    mine.append(access.strides[i])
        return sizes, strides


class SingleNest(Nest):
    """``count`` times over ``size`` elements, which lie one after the other in each access."""

    def __init__(self, count: int, size: int, accesses: Iterable[Access]) -> None:
        self.outer = [count]
        self.inner = [size]
        self.size = size
        self.strides = {access: ([1], 1) for access in accesses}
