"""The collectives on NumPy arrays: what each moves, as MPI calls that do not wait.

Each function gives the :class:`Exchange` that it started, whose result is a fresh array. An array
that is given may not be written before it is done.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..engine.dtypes import from_numpy
from ..engine.memory import empty
from . import mpi
from .exchange import Channel, Exchange, Started

Array = np.ndarray[Any, np.dtype[Any]]

def shown(x: Array) -> str:
    """``float32[3, 4]``"""
    return f"{from_numpy(x.dtype).name}{list(x.shape)}"


def all_reduce(channel: Channel, x: Array, op: str, own: bool = False) -> Exchange:
    """``op`` over the arrays of all processes, in the shape of ``x``: written over it if it is the
    caller's ``own``, which is quicker."""
    how = mpi.reduction("all_reduce", x.dtype, op)
    part = np.asarray(x, how.dtype, order="C")
    over = own or part is not x
    out = part if over else empty(part.shape, part.dtype)
    return Exchange(
        channel, f"all_reduce {op} of {shown(x)}",
        lambda: channel.data.Iallreduce(
            mpi.in_place() if over else [part, how.type], [out, how.type], how.operator),
        lambda: mpi.reduced(out, x.dtype, op, channel.data.size))


def reduce(channel: Channel, x: Array, op: str, root: int) -> Exchange:
    """The same on process ``root``; None on the others."""
    how = mpi.reduction("reduce", x.dtype, op)
    part = np.asarray(x, how.dtype, order="C")
    out = empty(part.shape, part.dtype) if channel.data.rank == root else None
    return Exchange(
        channel, f"reduce {op} to rank {root} of {shown(x)}",
        lambda: channel.data.Ireduce(
            [part, how.type], None if out is None else [out, how.type], how.operator, root),
        lambda: out if out is None else mpi.reduced(out, x.dtype, op, channel.data.size))


def reduce_scatter(channel: Channel, x: Array, op: str) -> Exchange:
    """Of an array of shape (size, ...) that is reduced over all processes, the own row."""
    how = mpi.reduction("reduce_scatter", x.dtype, op)
    part = np.asarray(x, how.dtype, order="C")
    out = empty(part.shape[1:], part.dtype)
    return Exchange(
        channel, f"reduce_scatter {op} of {shown(x)}",
        lambda: channel.data.Ireduce_scatter_block(
            [part, how.type], [out, how.type], how.operator),
        lambda: mpi.reduced(out, x.dtype, op, channel.data.size))


def broadcast(channel: Channel, x: Array, root: int) -> Exchange:
    """The array of process ``root``, in the shape and dtype of ``x``."""
    out = np.array(x, order="C") if channel.data.rank == root else empty(x.shape, x.dtype)
    return Exchange(channel, f"broadcast from rank {root} of {shown(x)}",
                    lambda: channel.data.Ibcast(mpi.as_bytes(out), root), lambda: out)


def all_gather(channel: Channel, x: Array) -> Exchange:
    """The arrays of all processes, in a new first dimension."""
    part, out = np.asarray(x, order="C"), empty((channel.data.size, *x.shape), x.dtype)
    return Exchange(channel, f"all_gather of {shown(x)}",
                    lambda: channel.data.Iallgather(mpi.as_bytes(part), mpi.as_bytes(out)),
                    lambda: out)


def gather(channel: Channel, x: Array, root: int) -> Exchange:
    """The same on process ``root``; None on the others."""
    part = np.asarray(x, order="C")
    out = (empty((channel.data.size, *x.shape), x.dtype) if channel.data.rank == root else None)
    return Exchange(
        channel, f"gather to rank {root} of {shown(x)}",
        lambda: channel.data.Igather(
            mpi.as_bytes(part), None if out is None else mpi.as_bytes(out), root),
        lambda: out)


def scatter(channel: Channel, rows: Array | None, like: Array, root: int) -> Exchange:
    """The own row of the ``rows`` that process ``root`` has, in the shape and dtype of ``like``."""
    out = empty(like.shape, like.dtype)
    given = None if rows is None else mpi.as_bytes(np.asarray(rows, order="C"))
    return Exchange(channel, f"scatter from rank {root} of {shown(like)}",
                    lambda: channel.data.Iscatter(given, mpi.as_bytes(out), root), lambda: out)


def all_to_all(channel: Channel, parts: Sequence[Array], like: Sequence[Array]) -> Exchange:
    """The arrays that the processes have for this one, each in the shape of its ``like``."""
    dtype = parts[0].dtype
    given = np.concatenate([part.reshape(-1) for part in parts])
    out = empty((sum(each.size for each in like),), dtype)
    counts = [each.nbytes for each in parts], [each.nbytes for each in like]

    def start() -> Any:
        told = np.empty(len(parts), np.int64)
        channel.words.Alltoall(np.array(counts[0], np.int64), told)
        wrong = [k for k, n in enumerate(counts[1]) if told[k] != n]
        if channel.words.allreduce(len(wrong)):
            found = [f"rank {k} sends {told[k] // dtype.itemsize} elements where "
                     f"{counts[1][k] // dtype.itemsize} are expected" for k in wrong]
            raise ValueError("all_to_all: the sizes of the tensors do not fit" + (
                ": " + "; ".join(found) if found else " on another rank"))
        return channel.data.Ialltoallv(mpi.as_parts(given, counts[0]),
                                       mpi.as_parts(out, counts[1]))

    def finish() -> list[Array]:
        ends = np.cumsum([each.size for each in like])
        return [piece.reshape(each.shape) for piece, each in zip(np.split(out, ends[:-1]), like)]

    return Exchange(channel, f"all_to_all of {from_numpy(dtype).name}", start, finish)


def agreed(channel: Channel, call: str) -> Exchange:
    """Nothing; done when all processes have made the same ``call``."""
    return Exchange(channel, call, Started, lambda: None)
