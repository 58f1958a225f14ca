"""Collectives of many tensors as one operation: the gradients of a model, its buffers, its
parameters.

Small tensors of a dtype go together, as one; a large one goes alone, from where it lies. What is
recorded is written by ``tensors/updates.py``, like an update of an optimiser; the first list that
such an operation takes is only read, and empty here. Start with :func:`mean_over_ranks`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from ..engine.dtypes import DType
from ..engine.graph import Node, lift
from ..engine.ops.collectives import all_reduce, broadcast
from ..engine.ops.elementwise import mul
from ..engine.recording.operation import Nodes, operation
from .joins import joined
from .shape import parts, reshaped

SMALL = 64 * 1024
"""Tensors of fewer bytes go together."""


def together(tensors: Sequence[Node], move: Callable[[Node], Node]) -> Nodes:
    """``move`` of each tensor, which works element by element: the small ones are joined."""
    alone: list[list[int]] = []
    joins: dict[DType, list[int]] = {}
    for i, x in enumerate(tensors):
        if x.size * x.dtype.itemsize < SMALL:
            joins.setdefault(x.dtype, []).append(i)
        else:
            alone.append([i])
    results: dict[int, Node] = {}
    for places in (*joins.values(), *alone):
        flat = [reshaped(tensors[i], (tensors[i].size,)) for i in places]
        moved = move(flat[0] if len(flat) == 1 else joined(tuple(flat), 0))
        pieces = parts(moved, 0, [x.size for x in flat]) if len(flat) > 1 else (moved,)
        for i, piece in zip(places, pieces, strict=True):
            results[i] = reshaped(piece, tensors[i].shape)
    return tuple([results[i] for i in range(len(tensors))])


@operation(methods=())
def mean_over_ranks(read: Nodes, tensors: Nodes, *, group: Any, count: int) -> Nodes:
    """The sum of each tensor over the processes of ``group``, divided by ``count``; all give
    tensors of the same shapes and dtypes."""
    share = lift(1 / count)
    return together([mul(x, share) for x in tensors],   # before: the sums are the results
                    partial(all_reduce, group=group, op="SUM"))


@operation(methods=())
def from_rank(read: Nodes, tensors: Nodes, *, group: Any, root: int) -> Nodes:
    """The tensors of process ``root`` of ``group``."""
    return together(tensors, partial(broadcast, group=group, root=root))


@operation(methods=())
def each_from_its_rank(read: Nodes, tensors: Nodes, *, group: Any, owners: tuple[int, ...]
                       ) -> Nodes:
    """Each tensor as the process of ``group`` has it that ``owners`` names for it."""
    results: dict[int, Node] = {}
    for owner in sorted(set(owners)):
        places = [i for i, each in enumerate(owners) if each == owner]
        moved = together([tensors[i] for i in places],
                         partial(broadcast, group=group, root=owner))
        results.update(zip(places, moved, strict=True))
    return tuple([results[i] for i in range(len(tensors))])
