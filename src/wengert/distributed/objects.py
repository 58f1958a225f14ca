"""Python objects between processes, pickled: those of the own job, which are trusted."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np

from ..tensors.data import tensor
from . import transfers
from .exchange import Channel
from .group import called_on, rank_in
from .messages import recv, send

Array = np.ndarray[Any, np.dtype[Any]]


def _pickled(value: Any) -> Array:
    return np.frombuffer(pickle.dumps(value), np.uint8)


def _loaded(data: Array) -> Any:
    return pickle.loads(data.tobytes())


def _of_each(channel: Channel, data: Array) -> list[Array]:
    """The bytes of each process, whose lengths differ."""
    lengths = transfers.all_gather(channel, np.array(data.size)).wait()
    padded = np.zeros(int(lengths.max()), np.uint8)
    padded[:data.size] = data
    rows = transfers.all_gather(channel, padded).wait()
    return [row[:n] for row, n in zip(rows, lengths)]


def _of_one(channel: Channel, data: Array, root: int) -> Array:
    """The bytes that process ``root`` has."""
    length = transfers.broadcast(channel, np.array(data.size), root).wait()
    padded = data if channel.data.rank == root else np.empty(int(length), np.uint8)
    found: Array = transfers.broadcast(channel, padded, root).wait()
    return found


def all_gather_object(object_list: list[Any], obj: Any, group: Any = None) -> None:
    """Write the objects of all processes into ``object_list``."""
    found = called_on(group)
    if found is not None:
        if len(object_list) != found.size():
            raise ValueError(f"object_list has {len(object_list)} places for {found.size()} "
                             "processes")
        object_list[:] = map(_loaded, _of_each(found.channel, _pickled(obj)))


def gather_object(obj: Any, object_gather_list: list[Any] | None = None, dst: int | None = None,
                  group: Any = None, group_dst: int | None = None) -> None:
    """The same on the process ``dst`` alone."""
    found = called_on(group)
    if found is None:
        return
    root = rank_in(found, dst, group_dst, "dst", 0)
    own = found.rank() == root
    if own and object_gather_list is None:
        raise ValueError("Argument ``object_gather_list`` must be specified on destination rank.")
    if not own and object_gather_list:
        raise ValueError(
            "Argument ``object_gather_list`` must NOT be specified on non-destination ranks.")
    rows = _of_each(found.channel, _pickled(obj))
    if own and object_gather_list is not None:
        object_gather_list[:] = map(_loaded, rows)


def broadcast_object_list(object_list: list[Any], src: int | None = None, group: Any = None,
                          device: Any = None, group_src: int | None = None) -> None:
    """Have the objects of ``object_list`` be those of the process ``src``."""
    found = called_on(group)
    if found is not None:
        root = rank_in(found, src, group_src, "src", 0)
        sent = _of_one(found.channel, _pickled(list(object_list)), root)
        if found.rank() != root:
            object_list[:] = _loaded(sent)


def scatter_object_list(scatter_object_output_list: list[Any],
                        scatter_object_input_list: list[Any] | None = None, src: int | None = None,
                        group: Any = None, group_src: int | None = None) -> None:
    """Write the object that the process ``src`` has for this one into the first place of
    ``scatter_object_output_list``."""
    found = called_on(group)
    if found is None:
        return
    if not isinstance(scatter_object_output_list, list) or not scatter_object_output_list:
        raise ValueError("Expected argument scatter_object_output_list to be a list of size at "
                         "least 1.")
    root = rank_in(found, src, group_src, "src", 0)
    given = scatter_object_input_list if found.rank() == root else None
    if found.rank() == root and (given is None or len(given) != found.size()):
        raise ValueError(f"scatter_object_input_list has an object for each of the {found.size()} "
                         "processes")
    parts = _loaded(_of_one(found.channel, _pickled(
        None if given is None else [pickle.dumps(each) for each in given]), root))
    scatter_object_output_list[0] = pickle.loads(parts[found.rank()])


def send_object_list(object_list: list[Any], dst: int | None = None, group: Any = None,
                     device: Any = None, group_dst: int | None = None,
                     use_batch: bool = False) -> None:
    """Send the objects to the process ``dst``."""
    data = tensor(_pickled(list(object_list)))
    send(tensor(np.array([data.numel()])), dst, group, group_dst=group_dst)
    send(data, dst, group, group_dst=group_dst)


def recv_object_list(object_list: list[Any], src: int | None = None, group: Any = None,
                     device: Any = None, group_src: int | None = None,
                     use_batch: bool = False) -> int:
    """Receive objects into ``object_list`` from the process ``src``, or from any; its rank."""
    length = tensor(np.zeros(1, np.int64))
    source = recv(length, src, group, group_src=group_src)
    if source < 0:
        return -1
    data = tensor(np.zeros(int(length.item()), np.uint8))
    recv(data, source, group)
    object_list[:] = _loaded(data.numpy())
    return source
