"""Collectives between the processes of a group, recorded like any operation.

``group`` is what the primitives take for it (``engine/ops/collectives.py``). They run when the
program does, in the order of their calls, on every process, whoever reads what they give.
"""

from __future__ import annotations

from typing import Any

from ..engine.graph import Node
from ..engine.ops import collectives
from ..engine.recording.operation import operation


@operation("_AllReduceBackward", methods=())
def all_reduce(input: Node, group: Any, op: str = "SUM") -> Node:
    """The sum, or with "AVG" the mean, over all processes."""
    return collectives.all_reduce(input, group=group, op=op)


@operation("_AllGatherBaseBackward", methods=())
def all_gather_rows(input: Node, group: Any) -> Node:
    """The tensors of all processes as rows of one."""
    return collectives.all_gather(input, group=group)


@operation("_ReduceScatterBaseBackward", methods=())
def reduce_scatter_rows(input: Node, group: Any, op: str = "SUM") -> Node:
    """Of rows that are reduced over all processes, the own one."""
    return collectives.reduce_scatter(input, group=group, op=op)


@operation("_BroadcastBackward", methods=())
def broadcast_from(input: Node, group: Any, root: int) -> Node:
    """The tensor of process ``root``."""
    return collectives.broadcast(input, group=group, root=root)


@operation("_ReduceBackward", methods=())
def reduce_to(input: Node, group: Any, root: int) -> Node:
    """The sum over all processes on process ``root``, zeros on the others."""
    return collectives.reduce(input, group=group, root=root)


@operation("_GatherBackward", methods=())
def gather_rows(input: Node, group: Any, root: int) -> Node:
    """The tensors of all processes as rows of one on process ``root``, zeros on the others."""
    return collectives.gather(input, group=group, root=root)


@operation("_ScatterBackward", methods=())
def scatter_rows(input: Node, group: Any, root: int) -> Node:
    """Of the rows that process ``root`` has, the own one."""
    return collectives.scatter(input, group=group, root=root)


@operation("_AlltoAllSingleBackward", methods=())
def all_to_all_rows(input: Node, group: Any, given: tuple[int, ...], taken: tuple[int, ...]
                    ) -> Node:
    """``given`` rows to the processes, and from them ``taken`` rows."""
    return collectives.all_to_all(input, group=group, given=given, taken=taken)
