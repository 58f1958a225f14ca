"""``torch.distributed.nn.functional``: collectives through which gradients flow, in both modes.

Each gives new tensors and leaves its arguments as they are. It is part of the recorded program: it
runs with it, on every process and in the order of the calls, whether or not its result is used. The
gradient of one is another: of a sum over processes the sum of what arrives on each.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...functions import collectives, joins
from ...names.missing import answer_missing_names
from ...tensors.host_values import check_recorded
from ...tensors.recorded import function
from ..group import ProcessGroup, group_of, rank_in
from ..reduce_op import ReduceOp, op_name

_all_reduce = function(collectives.all_reduce)
_all_gather = function(collectives.all_gather_rows)
_reduce_scatter = function(collectives.reduce_scatter_rows)
_broadcast = function(collectives.broadcast_from)
_reduce = function(collectives.reduce_to)
_gather = function(collectives.gather_rows)
_scatter = function(collectives.scatter_rows)
_all_to_all = function(collectives.all_to_all_rows)
_stack, _cat = function(joins.stack), function(joins.cat)


def all_reduce(tensor: Any, op: Any = ReduceOp.SUM, group: Any = None) -> Any:
    """``tensor`` reduced over all processes of ``group`` by ``SUM`` or ``AVG``.
    NotImplementedError for another ``op``: it has no derivative here."""
    check_recorded(tensor, "tensor")
    return _all_reduce(tensor, group_of(group).processes, _linear("all_reduce", op))


def broadcast(tensor: Any, src: int, group: Any = None) -> Any:
    """The tensor of the process ``src``, to whose gradient all processes contribute."""
    check_recorded(tensor, "tensor")
    found = group_of(group)
    return _broadcast(tensor, found.processes, rank_in(found, src, None, "src"))


def reduce(tensor: Any, dst: int, op: Any = ReduceOp.SUM, group: Any = None) -> Any:
    """The sum over all processes on the process ``dst``; on the others the value of ``tensor``."""
    check_recorded(tensor, "tensor")
    found = group_of(group)
    root = rank_in(found, dst, None, "dst")
    if _linear("reduce", op) != "SUM":
        raise NotImplementedError("reduce with ReduceOp.AVG and a gradient: use all_reduce")
    out = _reduce(tensor, found.processes, root)
    return out if found.rank() == root else out + tensor.detach()


def all_gather(tensor: Any, group: Any = None) -> tuple[Any, ...]:
    """The tensors of all processes."""
    check_recorded(tensor, "tensor")
    return tuple(_all_gather(tensor, group_of(group).processes).unbind(0))


def gather(tensor: Any, dst: int = 0, group: Any = None) -> tuple[Any, ...]:
    """The same on the process ``dst``, zeros on the others."""
    check_recorded(tensor, "tensor")
    found = group_of(group)
    return tuple(_gather(tensor, found.processes, rank_in(found, dst, None, "dst")).unbind(0))


def scatter(tensors: Sequence[Any], src: int = 0, group: Any = None) -> Any:
    """The tensor that the process ``src`` has for this one; the others give as many, of the same
    shape."""
    found = group_of(group)
    rows = _rows(found, tensors, "tensors")
    return _scatter(rows, found.processes, rank_in(found, src, None, "src"))


def reduce_scatter(output: Any, input_list: Sequence[Any], op: Any = ReduceOp.SUM,
                   group: Any = None) -> Any:
    """The ``input_list``, a tensor for each process, reduced over all of them: the own one.
    ``output`` is for its shape alone."""
    found = group_of(group)
    return _reduce_scatter(_rows(found, input_list, "input_list"), found.processes,
                           _linear("reduce_scatter", op))


def all_to_all(output_tensor_list: Sequence[Any], input_tensor_list: Sequence[Any],
               group: Any = None) -> tuple[Any, ...]:
    """The tensors that the processes have for this one, in the shapes of ``output_tensor_list``;
    their own are in ``input_tensor_list``."""
    found = group_of(group)
    for tensor in input_tensor_list:
        check_recorded(tensor, "input_tensor_list")
    given = tuple(int(each.numel()) for each in input_tensor_list)
    taken = tuple(int(each.numel()) for each in output_tensor_list)
    flat = _cat([each.reshape(-1) for each in input_tensor_list])
    parts = _all_to_all(flat, found.processes, given, taken).split(list(taken))
    return tuple(part.reshape(each.shape) for part, each in zip(parts, output_tensor_list))


def all_to_all_single(output: Any, input: Any, output_split_sizes: Sequence[int] | None = None,
                      input_split_sizes: Sequence[int] | None = None, group: Any = None) -> Any:
    """The same for the parts of one tensor in its first dimension, even or of the sizes given."""
    check_recorded(input, "input")
    found = group_of(group)
    given = _sizes(input, input_split_sizes, found.size())
    taken = _sizes(output, output_split_sizes, found.size())
    return _all_to_all(input, found.processes, given, taken)


def _linear(name: str, op: Any) -> str:
    found = op_name(op)
    if found not in ("SUM", "AVG"):
        raise NotImplementedError(
            f"torch.distributed.nn.functional.{name} with ReduceOp.{found} is not in wengert: it "
            f"has no derivative; use torch.distributed.{name} under no_grad")
    return found


def _rows(group: ProcessGroup, tensors: Sequence[Any], name: str) -> Any:
    if len(tensors) != group.size():
        raise ValueError(f"{name} has {len(tensors)} tensors for {group.size()} processes")
    for tensor in tensors:
        check_recorded(tensor, name)
    return _stack(list(tensors))


def _sizes(tensor: Any, sizes: Sequence[int] | None, size: int) -> tuple[int, ...]:
    n = int(tensor.shape[0])
    found = tuple(sizes) if sizes else (n // size,) * size
    if sum(found) != n or len(found) != size:
        raise ValueError(f"Split sizes doesn't match total dim 0 size: {n} rows for {size} "
                         f"processes, split into {list(found)}")
    return found


__all__ = ["ReduceOp", "all_gather", "all_reduce", "all_to_all", "all_to_all_single", "broadcast",
           "gather", "reduce", "reduce_scatter", "scatter"]
answer_missing_names(__name__)
