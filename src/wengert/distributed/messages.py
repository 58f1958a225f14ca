"""Messages from one process to another."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..engine.errors import show_line, user_line
from ..tensors.host_values import put, value_of
from . import mpi
from .exchange import Channel
from .group import called_on, get_rank, rank_in
from .waiting import until
from .work import Work

Array = np.ndarray[Any, np.dtype[Any]]


class Message:
    """A message on its way; ``source`` is who sent one that was received."""

    def __init__(self, channel: Channel, call: str, request: Any,
                 finish: Callable[[Any], Any]) -> None:
        self.channel, self.call, self.request, self.finish = channel, call, request, finish
        self.line = user_line()
        self.done = False
        self.result: Any = None
        self.error: Exception | None = None
        self.source = -1
        self._status = mpi.library().Status()
        on_the_way.add(self)

    def test(self) -> bool:
        """Whether it has arrived, or been sent."""
        if not self.done:
            try:
                if not self.request.Test(self._status):
                    return False
                self.source = self._status.source
                self.result = self.finish(self._status)
            except Exception as error:
                self.error = self._said(error)
            self.done = True
            on_the_way.discard(self)
        return True

    def wait(self, limit: float | None = None) -> Any:
        """The result."""
        until(self.test, self.channel.limit if limit is None else limit, self.describe)
        if self.error is not None:
            raise self.error
        return self.result

    def describe(self) -> str:
        """What is called, and where."""
        return f"{self.call} at {show_line(self.line)}"

    def _said(self, error: Exception) -> Exception:
        MPI = mpi.library()
        if isinstance(error, MPI.Exception) and (
                error.Get_error_class() == MPI.ERR_TRUNCATE):
            return RuntimeError(f"{self.describe()}: the message that was sent is longer")
        return error


on_the_way: set[Message] = set()
"""What was begun and has not ended: MPI reads and writes its memory."""


def isend(tensor: Any, dst: int | None = None, group: Any = None, tag: int = 0,
          group_dst: int | None = None) -> Work | None:
    """Start to send ``tensor`` to the process ``dst``. ValueError for the process itself."""
    found = called_on(group)
    if found is None:
        return None
    to = rank_in(found, dst, group_dst, "dst")
    if to == found.rank():
        raise ValueError("Invalid destination rank: destination rank should not be the same as the "
                         "rank of the current process.")
    part = np.asarray(value_of(tensor, "tensor"), order="C")
    request = found.channel.data.Isend(mpi.as_bytes(part), to, tag)
    return Work(Message(found.channel, f"send to rank {found.ranks[to]}", request,
                        lambda status: part))


def irecv(tensor: Any, src: int | None = None, group: Any = None, tag: int = 0,
          group_src: int | None = None) -> Work | None:
    """Start to receive ``tensor`` from the process ``src``, from any if not given. RuntimeError
    where what was sent is of another size."""
    found = called_on(group)
    if found is None:
        return None
    if src is None and group_src is None:
        place, text = mpi.library().ANY_SOURCE, "any rank"
    else:
        place = rank_in(found, src, group_src, "src")
        text = f"rank {found.ranks[place]}"
    value = value_of(tensor, "tensor")
    out = np.empty(value.shape, value.dtype)
    request = found.channel.data.Irecv(mpi.as_bytes(out), place, tag)

    def finish(status: Any) -> Array:
        if status.Get_count(mpi.library().BYTE) != out.nbytes:
            raise RuntimeError(f"{message.describe()}: the message that was sent is shorter: "
                               f"{status.Get_count(mpi.library().BYTE)} bytes, where the tensor has"
                               f" {out.nbytes}")
        message.source = found.ranks[message.source]
        return out

    message = Message(found.channel, f"recv from {text}", request, finish)
    return Work(message, lambda result: put(tensor, result))


def send(tensor: Any, dst: int | None = None, group: Any = None, tag: int = 0,
         group_dst: int | None = None) -> None:
    """Send ``tensor`` to the process ``dst``."""
    work = isend(tensor, dst, group, tag, group_dst)
    if work is not None:
        work.wait()


def recv(tensor: Any, src: int | None = None, group: Any = None, tag: int = 0,
         group_src: int | None = None) -> int:
    """Receive ``tensor`` from the process ``src``, or from any; the rank of who sent it, -1 where
    this process is not in the group."""
    work = irecv(tensor, src, group, tag, group_src)
    if work is None:
        return -1
    work.wait()
    return work.source_rank()


class P2POp:
    """One of the messages of :func:`batch_isend_irecv`: ``op`` is :func:`isend` or
    :func:`irecv`."""

    def __init__(self, op: Any, tensor: Any, peer: int | None = None, group: Any = None,
                 tag: int = 0, group_peer: int | None = None) -> None:
        if op not in (isend, irecv):
            raise ValueError("Invalid ``op``. Expected ``op`` to be of type "
                             "``torch.distributed.isend`` or ``torch.distributed.irecv``.")
        self.op, self.tensor, self.peer, self.group = op, tensor, peer, group
        self.tag, self.group_peer = tag, group_peer

    def __repr__(self) -> str:
        return f"P2POp({self.op.__name__} rank {get_rank()}, peer {self.peer}, tag {self.tag})"


def batch_isend_irecv(p2p_op_list: list[P2POp]) -> list[Work]:
    """Start all messages of the list."""
    if not p2p_op_list or not all(isinstance(each, P2POp) for each in p2p_op_list):
        raise ValueError("Invalid ``p2p_op_list``. Each op is expected to to be of type "
                         "``torch.distributed.P2POp``.")
    started = [each.op(each.tensor, each.peer, each.group, each.tag, each.group_peer)
               for each in p2p_op_list]
    return [work for work in started if work is not None]


# ---- a barrier that knows who is missing ----

_HERE, _GO_ON = 32_001, 32_002


def answered(channel: Channel, limit: float, everybody: bool) -> list[int]:
    """The processes that have not come within ``limit`` seconds, in the group's ranks: all that
    process 0 knows of with ``everybody``, else the first; elsewhere it is 0 that has not
    answered."""
    words, none = channel.words, np.empty(0, np.uint8)
    if words.rank:
        coming = Message(channel, "monitored_barrier", words.Isend(none, 0, _HERE), _ignored)
        answer = Message(channel, "monitored_barrier", words.Irecv(none, 0, _GO_ON), _ignored)
        return [0] if _late(coming, limit) or _late(answer, limit) else []
    others = range(1, words.size)
    here = [Message(channel, "monitored_barrier", words.Irecv(none, k, _HERE), _ignored)
            for k in others]
    missing = [k for k, message in zip(others, here) if _late(message, limit)]
    if not missing:
        for k in others:
            Message(channel, "monitored_barrier", words.Isend(none, k, _GO_ON), _ignored).wait()
    return missing if everybody else missing[:1]


def _ignored(status: Any) -> None:
    pass


def _late(message: Message, limit: float) -> bool:
    try:
        message.wait(limit)
    except RuntimeError:
        return True
    return False
