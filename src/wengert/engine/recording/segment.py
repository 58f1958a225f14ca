"""Segments: what a flushed recording leaves for a later backward.

A :class:`Segment` holds the residuals that the derivatives read, and where the gradients of its
sources go on: to a leaf, into an older segment, or to a custom function (:class:`CustomOutput`).
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from types import MappingProxyType
from typing import Any

from ..graph import Node
from .handle import Unit
from .program import SegmentPlan

Packed = tuple[Any, Any]
"""A residual in the user's keeping, and the function that gives it back as a tensor."""

sequence = itertools.count()
"""Counts recordings and segments, in the order in which they came about."""

NOTHING: Any = MappingProxyType({})
"""What few recordings have any of; who adds something makes a dict first."""


class Segment(Unit):
    """What a flushed recording leaves for a later backward.

    ``values`` holds the residuals, ``freed`` the line of the backward that freed a node's
    residuals. ``packed`` are the residuals that the user keeps: an object, and the function that
    makes a tensor of it.
    """

    __slots__ = ("__weakref__", "_ends", "_sources", "freed", "hooks", "packed", "plan", "seq",
                 "token", "values")

    def __init__(self, plan: SegmentPlan, values: dict[Node, Any], ends: Sequence[Any],
                 hooks: dict[Node, Any], packed: dict[Node, Packed], token: int) -> None:
        self.plan = plan
        self.values = values
        self._ends = ends
        self._sources: dict[Node, Any] | None = None
        self.hooks = hooks
        self.packed = packed
        self.token = token
        self.freed = plan.freed
        self.seq = next(sequence)
        if packed:
            self.pack()

    @property
    def sources(self) -> dict[Node, Any]:
        """Where the gradient of each source node goes."""
        sources = self._sources
        if sources is None:
            sources = self._sources = dict(zip(self.plan.sources, self._ends, strict=True))
        return sources

    def pack(self) -> None:
        """Let go of the values that the user keeps."""
        if self.packed:
            self.packed = {n: packed for n, packed in self.packed.items() if n in self.values}
            for node in self.packed:
                del self.values[node]


class CustomOutput:
    """Where the gradient of a custom function's output ``i`` goes."""

    __slots__ = ("custom", "i")

    def __init__(self, custom: Any, i: int) -> None:
        self.custom = custom
        self.i = i
