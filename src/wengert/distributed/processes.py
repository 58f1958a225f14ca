"""What the primitives of ``engine/ops/collectives.py`` take for a group."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..engine.errors import Line
from . import transfers
from .exchange import Channel, Exchange

Array = np.ndarray[Any, np.dtype[Any]]


class Processes:
    """The processes of a group: the rank of this one, how many there are."""

    def __init__(self, channel: Channel) -> None:
        self.channel = channel
        self.rank, self.size = int(channel.data.rank), int(channel.data.size)

    def begin(self, call: str, x: Array, line: Line | None, own: bool, **params: Any) -> Exchange:
        """Start the primitive ``call`` on ``x``, for the user's ``line``; with ``own`` the result
        may be written over ``x``."""
        exchange = _STARTS[call](self.channel, x, own, **params)
        if line is not None:
            exchange.line = line
        return exchange


def _all_reduce(channel: Channel, x: Array, own: bool, op: str) -> Exchange:
    return transfers.all_reduce(channel, x, op, own)


def _all_gather(channel: Channel, x: Array, own: bool) -> Exchange:
    return transfers.all_gather(channel, x)


def _reduce_scatter(channel: Channel, x: Array, own: bool, op: str) -> Exchange:
    return transfers.reduce_scatter(channel, x, op)


def _broadcast(channel: Channel, x: Array, own: bool, root: int) -> Exchange:
    return transfers.broadcast(channel, x, root)


def _reduce(channel: Channel, x: Array, own: bool, root: int) -> Exchange:
    return transfers.reduce(channel, x, "SUM", root).otherwise(lambda: np.zeros(x.shape, x.dtype))


def _gather(channel: Channel, x: Array, own: bool, root: int) -> Exchange:
    return transfers.gather(channel, x, root).otherwise(
        lambda: np.zeros((channel.data.size, *x.shape), x.dtype))


def _scatter(channel: Channel, x: Array, own: bool, root: int) -> Exchange:
    return transfers.scatter(channel, x, x[0], root)


def _all_to_all(channel: Channel, x: Array, own: bool, given: tuple[int, ...],
                taken: tuple[int, ...]) -> Exchange:
    like = [np.empty((n, *x.shape[1:]), x.dtype) for n in taken]
    return transfers.all_to_all(channel, np.split(x, np.cumsum(given)[:-1]), like).then(
        np.concatenate)


_STARTS: dict[str, Callable[..., Exchange]] = {
    "all_reduce": _all_reduce, "all_gather": _all_gather, "reduce_scatter": _reduce_scatter,
    "broadcast": _broadcast, "reduce": _reduce, "gather": _gather, "scatter": _scatter,
    "all_to_all": _all_to_all}
