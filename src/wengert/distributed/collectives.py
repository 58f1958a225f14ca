"""The collectives of ``torch.distributed`` on tensors, by value: what is given is read at the call,
and what is received is written into the tensors without a history.

Every process of the group calls the same, with tensors of the same shape and dtype, or all raise
DistBackendError with the lines of their calls. With ``async_op`` they return a :class:`Work`. Of a
process that is not in the group they return None.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import numpy as np

from ..tensors.host_values import check_tensor, put, value_of
from . import transfers
from .errors import DistBackendError
from .group import ProcessGroup, called_on, get_rank, rank_in
from .messages import answered
from .reduce_op import ReduceOp, op_name
from .waiting import seconds
from .work import Together, Work, ended

Array = np.ndarray[Any, np.dtype[Any]]


# ---- all to one value ----


def all_reduce(tensor: Any, op: Any = ReduceOp.SUM, group: Any = None,
               async_op: bool = False) -> Work | None:
    """Reduce ``tensor`` over all processes, in place, with the same bits on each.

    Of any shape; every dtype but the floats of eight bits. float16 and bfloat16 are added up in
    float32 and rounded once; of booleans a sum is "or". RuntimeError for a bitwise ``op`` on
    floats, ValueError for one without a meaning for complex numbers.
    """
    found = called_on(group)
    if found is None:
        return None
    exchange = transfers.all_reduce(found.channel, value_of(tensor, "tensor"), op_name(op))
    return ended(Work(exchange, _into(tensor)), async_op)


def all_reduce_coalesced(tensors: Sequence[Any], op: Any = ReduceOp.SUM, group: Any = None,
                         async_op: bool = False) -> Work | None:
    """:func:`all_reduce` of each of the ``tensors``."""
    found = called_on(group)
    if found is None:
        return None
    values = _values(tensors, "tensors")
    exchange = Together([
        transfers.all_reduce(found.channel, value, op_name(op)) for value in values])
    return ended(Work(exchange, _into_each(tensors)), async_op)


def reduce(tensor: Any, dst: int | None = None, op: Any = ReduceOp.SUM, group: Any = None,
           async_op: bool = False, group_dst: int | None = None) -> Work | None:
    """The same on the process ``dst`` alone; on the others ``tensor`` stays as it is."""
    found = called_on(group)
    if found is None:
        return None
    root = rank_in(found, dst, group_dst, "dst")
    exchange = transfers.reduce(found.channel, value_of(tensor, "tensor"), op_name(op), root)
    return ended(Work(exchange, _into(tensor)), async_op)


def reduce_scatter(output: Any, input_list: Sequence[Any], op: Any = ReduceOp.SUM,
                   group: Any = None, async_op: bool = False) -> Work | None:
    """Reduce the ``input_list``, a tensor for each process, over all of them; each gets its own in
    ``output``."""
    found = called_on(group)
    if found is None:
        return None
    rows = _rows(found, input_list, "input_list", output)
    exchange = transfers.reduce_scatter(found.channel, rows, op_name(op))
    return ended(Work(exchange, _into(output)), async_op)


def reduce_scatter_tensor(output: Any, input: Any, op: Any = ReduceOp.SUM, group: Any = None,
                          async_op: bool = False) -> Work | None:
    """The same with the tensors of all processes in one ``input``, joined in the first dimension or
    in one more."""
    found = called_on(group)
    if found is None:
        return None
    value = value_of(input, "input")
    _check_total("reduce_scatter_tensor", "input", value, "output", output, found.size())
    rows = value.reshape(found.size(), *output.shape)
    exchange = transfers.reduce_scatter(found.channel, rows, op_name(op))
    return ended(Work(exchange, _into(output)), async_op)


# ---- one value to all ----


def broadcast(tensor: Any, src: int | None = None, group: Any = None, async_op: bool = False,
              group_src: int | None = None) -> Work | None:
    """Have ``tensor`` be that of the process ``src``."""
    found = called_on(group)
    if found is None:
        return None
    root = rank_in(found, src, group_src, "src")
    exchange = transfers.broadcast(found.channel, value_of(tensor, "tensor"), root)
    finish = _nothing if found.rank() == root else _into(tensor)
    return ended(Work(exchange, finish), async_op)


def scatter(tensor: Any, scatter_list: Sequence[Any] | None = None, src: int | None = None,
            group: Any = None, async_op: bool = False, group_src: int | None = None) -> Work | None:
    """Give each process the tensor that ``src`` has for it in its ``scatter_list``."""
    found = called_on(group)
    if found is None:
        return None
    root = rank_in(found, src, group_src, "src", 0)
    rows = None
    if found.rank() == root:
        if not scatter_list:
            raise ValueError("Argument ``scatter_list`` must be specified on source rank")
        rows = _rows(found, scatter_list, "scatter_list", tensor)
    elif scatter_list:
        raise ValueError(
            "Argument ``scatter_list`` must NOT be specified on non-source ranks")
    exchange = transfers.scatter(found.channel, rows, value_of(tensor, "tensor"), root)
    return ended(Work(exchange, _into(tensor)), async_op)


# ---- all values to one, or to all ----


def all_gather(tensor_list: list[Any], tensor: Any, group: Any = None,
               async_op: bool = False) -> Work | None:
    """Write the tensors of all processes into those of ``tensor_list``."""
    found = called_on(group)
    if found is None:
        return None
    _check_list(found, tensor_list, "tensor_list", tensor)
    exchange = transfers.all_gather(found.channel, value_of(tensor, "tensor"))
    return ended(Work(exchange, _into_each(tensor_list)), async_op)


def all_gather_into_tensor(output_tensor: Any, input_tensor: Any, group: Any = None,
                           async_op: bool = False) -> Work | None:
    """The same into one tensor: joined in the first dimension or in one more."""
    found = called_on(group)
    if found is None:
        return None
    check_tensor(output_tensor, "output_tensor")
    value = value_of(input_tensor, "input_tensor")
    _check_total("all_gather_into_tensor", "output", output_tensor, "input", input_tensor,
                 found.size())
    exchange = transfers.all_gather(found.channel, value)
    return ended(Work(exchange, _into(output_tensor)), async_op)


def all_gather_coalesced(output_tensor_lists: Sequence[list[Any]],
                         input_tensor_list: Sequence[Any], group: Any = None,
                         async_op: bool = False) -> Work | None:
    """:func:`all_gather` of each of the tensors of ``input_tensor_list``."""
    found = called_on(group)
    if found is None:
        return None
    for tensors, tensor in zip(output_tensor_lists, input_tensor_list, strict=True):
        _check_list(found, tensors, "output_tensor_lists", tensor)
    exchange = Together([transfers.all_gather(found.channel, value)
                         for value in _values(input_tensor_list, "input_tensor_list")])

    def finish(results: list[Any]) -> list[Any]:
        return [_into_each(tensors)(result)
                for tensors, result in zip(output_tensor_lists, results)]

    return ended(Work(exchange, finish), async_op)


def gather(tensor: Any, gather_list: list[Any] | None = None, dst: int | None = None,
           group: Any = None, async_op: bool = False, group_dst: int | None = None) -> Work | None:
    """Write the tensors of all processes into the ``gather_list`` of ``dst``."""
    found = called_on(group)
    if found is None:
        return None
    root = rank_in(found, dst, group_dst, "dst", 0)
    if found.rank() == root:
        if not gather_list:
            raise ValueError("Argument ``gather_list`` must be specified on destination rank.")
        _check_list(found, gather_list, "gather_list", tensor)
    elif gather_list:
        raise ValueError(
            "Argument ``gather_list`` must NOT be specified on non-destination ranks.")
    exchange = transfers.gather(found.channel, value_of(tensor, "tensor"), root)
    return ended(Work(exchange, _into_each(gather_list or [])), async_op)


# ---- each to each ----


def all_to_all(output_tensor_list: list[Any], input_tensor_list: Sequence[Any], group: Any = None,
               async_op: bool = False) -> Work | None:
    """Give each process one of the ``input_tensor_list`` and write those that are given to this one
    into ``output_tensor_list``. Their sizes may differ; ValueError on all where they do not fit."""
    found = called_on(group)
    if found is None:
        return None
    for name, tensors in (("output_tensor_list", output_tensor_list),
                          ("input_tensor_list", input_tensor_list)):
        if len(tensors) != found.size():
            raise ValueError(f"{name} has {len(tensors)} tensors for {found.size()} processes")
    inputs = _values(input_tensor_list, "input_tensor_list")
    outputs = _values(output_tensor_list, "output_tensor_list")
    exchange = transfers.all_to_all(found.channel, inputs, outputs)
    return ended(Work(exchange, _into_each(output_tensor_list)), async_op)


def all_to_all_single(output: Any, input: Any, output_split_sizes: Sequence[int] | None = None,
                      input_split_sizes: Sequence[int] | None = None, group: Any = None,
                      async_op: bool = False) -> Work | None:
    """The same with the first dimensions of ``input`` and ``output`` split, evenly or into the
    sizes given. ValueError for sizes that do not fit."""
    found = called_on(group)
    if found is None:
        return None
    size = found.size()
    inputs = _split(value_of(input, "input"), input_split_sizes, size, "input")
    outputs = _split(value_of(output, "output"), output_split_sizes, size, "output")
    exchange = transfers.all_to_all(found.channel, inputs, outputs)
    into = _into(output)
    return ended(Work(exchange, lambda parts: into(np.concatenate(parts))), async_op)


# ---- nothing to anybody ----


def barrier(group: Any = None, async_op: bool = False, device_ids: Any = None,
            timeout: timedelta | None = None) -> Work | None:
    """Return when all processes of the group have called this."""
    found = called_on(group)
    if found is None:
        return None
    work = Work(transfers.agreed(found.channel, "barrier"))
    if async_op:
        return work
    work.wait(timeout)
    return None


def monitored_barrier(group: Any = None, timeout: timedelta | None = None,
                      wait_all_ranks: bool = False) -> None:
    """The same, where process 0 says which one has not come within ``timeout``: RuntimeError."""
    found = called_on(group)
    if found is None:
        return
    limit = found.channel.limit if timeout is None else seconds(timeout)
    missing = answered(found.channel, limit, wait_all_ranks)
    if missing:
        names = ", ".join(str(found.ranks[k]) for k in missing)
        raise DistBackendError(
            f"Rank{'s' * (len(missing) > 1)} {names} failed to pass monitoredBarrier in "
            f"{limit * 1000:g} ms (this is rank {get_rank()})")


# ---- tensors and arrays ----


def _values(tensors: Sequence[Any], name: str) -> list[Array]:
    if not isinstance(tensors, (list, tuple)):
        raise TypeError(f"Invalid function argument. Expected parameter `{name}` of type "
                        f"List[torch.Tensor]\n             but got {type(tensors)} instead.")
    return [value_of(tensor, name) for tensor in tensors]


def _check_list(group: ProcessGroup, tensors: Sequence[Any], name: str, like: Any) -> None:
    """ValueError unless there is a tensor for each process, in the shape and dtype of ``like``."""
    if not isinstance(tensors, (list, tuple)):
        raise TypeError(f"Invalid function argument. Expected parameter `{name}` of type "
                        f"List[torch.Tensor]\n             but got {type(tensors)} instead.")
    if len(tensors) != group.size():
        raise ValueError(f"{name} has {len(tensors)} tensors for {group.size()} processes")
    check_tensor(like, "tensor")
    for tensor in tensors:
        check_tensor(tensor, name)
        if tensor.shape != like.shape or tensor.dtype is not like.dtype:
            raise ValueError(
                f"{name} has a tensor of {tensor.dtype} {list(tensor.shape)}, where the other is "
                f"of {like.dtype} {list(like.shape)}")


def _rows(group: ProcessGroup, tensors: Sequence[Any], name: str, like: Any) -> Array:
    """The tensors for the processes as the rows of an array."""
    _check_list(group, tensors, name, like)
    return np.stack(_values(tensors, name))


def _check_total(call: str, large: str, all_: Any, small: str, own: Any, size: int) -> None:
    """ValueError unless one tensor has the elements of ``size`` others."""
    if int(np.prod(all_.shape)) != size * int(np.prod(own.shape)):
        raise ValueError(f"{call}: {large} tensor size must be equal to world_size times {small} "
                         f"tensor size, got {list(all_.shape)} and {list(own.shape)} of {size}")


def _split(value: Array, sizes: Sequence[int] | None, size: int, name: str) -> list[Array]:
    n = value.shape[0] if value.ndim else 0
    if not sizes:
        if n % size:
            raise ValueError(f"Tensor's dim 0 does not divide equally across group size: {name} has"
                             f" {n} rows for {size} processes")
        sizes = [n // size] * size
    if len(sizes) != size or sum(sizes) != n:
        raise ValueError(f"Split sizes doesn't match total dim 0 size: {name} has {n} rows for "
                         f"{size} processes, split into {list(sizes)}")
    return np.split(value, np.cumsum(sizes)[:-1])


def _nothing(result: Any) -> None:
    pass


def _into(tensor: Any) -> Callable[[Any], Any]:
    """Writes a result into ``tensor``, if there is one."""
    check_tensor(tensor, "tensor")

    def write(value: Array | None) -> Any:
        if value is not None:
            put(tensor, value.reshape(tensor.shape))
        return tensor

    return write


def _into_each(tensors: Sequence[Any]) -> Callable[[Any], Any]:
    """Writes the parts of a result into ``tensors``."""

    def write(values: Any) -> Any:
        for tensor, value in zip(tensors, () if values is None else values):
            put(tensor, value)
        return list(tensors)

    return write
