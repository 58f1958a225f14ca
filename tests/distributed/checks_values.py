"""Every collective against NumPy: every dtype, sizes odd and empty, views, groups, ``async_op``.

All processes know what each has, so each computes what it should get; there are no tolerances.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator

import numpy as np
from launching import check, refused, run_checks

import wengert as torch
import wengert.distributed as dist

Op = dist.ReduceOp
INTEGERS = (torch.int8, torch.uint8, torch.int16, torch.int32, torch.int64, torch.uint16,
            torch.uint32, torch.uint64)
FLOATS = (torch.float16, torch.float32, torch.float64)
COMPLEX = (torch.complex64, torch.complex128)
try:
    torch.zeros(1, dtype=torch.bfloat16)
    FLOATS += (torch.bfloat16,)
except NotImplementedError:
    pass   # ml_dtypes is not here
DTYPES = (torch.bool, *INTEGERS, *FLOATS, *COMPLEX)
SHAPES = ((), (1,), (7,), (3, 5), (0,), (2, 0, 3))


def own(rank: int, shape: tuple[int, ...], dtype: torch.dtype) -> np.ndarray:
    """What a process has: small whole numbers, so that every sum and product is exact."""
    values = np.random.default_rng([rank, len(shape)]).integers(0, 4, shape)
    if dtype is torch.bool:
        return values > 1
    if dtype in COMPLEX:
        values = values - 1j * values[::-1] if shape else values + 2j
    elif dtype in FLOATS:
        values = values - 1.5
    return np.asarray(values).astype(dtype.numpy)


def layouts(array: np.ndarray) -> Iterator[torch.Tensor]:
    """Tensors with the values of ``array`` that lie in memory in different ways."""
    yield torch.tensor(array)
    if array.ndim:
        plain = torch.tensor(array)
        wide = torch.zeros((*array.shape[:-1], 2 * array.shape[-1]), dtype=plain.dtype)
        view = wide[..., ::2]
        view.copy_(plain)
        yield view
    if array.ndim > 1:
        yield torch.tensor(np.ascontiguousarray(array.T)).permute(*range(array.ndim)[::-1])


def same(tensor: torch.Tensor, array: np.ndarray) -> None:
    assert tensor.dtype.numpy == array.dtype and tensor.shape == array.shape, (tensor, array)
    assert torch.equal(tensor, torch.tensor(array)), (tensor, array)


def each() -> Iterator[tuple[int, int, tuple[int, ...], torch.dtype, Callable[[object], None]]]:
    """Every shape and dtype, of two processes two shapes for each dtype; in turns at once and with
    ``async_op``."""
    rank, size = dist.get_rank(), dist.get_world_size()
    pairs = [*itertools.product(SHAPES, DTYPES)] if size > 2 else [
        (SHAPES[(k + j) % len(SHAPES)], dtype) for k, dtype in enumerate(DTYPES) for j in (0, 3)]
    for k, (shape, dtype) in enumerate(pairs):
        def called(function, *args, later=k % 2, **kwargs) -> None:
            work = function(*args, async_op=bool(later), **kwargs)
            assert (work is None) != later
            if later:
                work.wait()
        yield rank, size, shape, dtype, called


MEANING = {
    Op.SUM: (np.add, np.logical_or), Op.PRODUCT: (np.multiply, np.logical_and),
    Op.MIN: (np.minimum, np.logical_and), Op.MAX: (np.maximum, np.logical_or),
    Op.BAND: (np.bitwise_and, np.logical_and), Op.BOR: (np.bitwise_or, np.logical_or),
    Op.BXOR: (np.bitwise_xor, np.logical_xor)}


def reduced(op: Op, arrays: list[np.ndarray]) -> np.ndarray:
    """What NumPy makes of them; narrow floats in float32."""
    dtype = arrays[0].dtype
    if op is Op.AVG:
        return (reduced(Op.SUM, [x.astype(np.result_type(x, np.float32) if dtype.itemsize < 4
                                          else dtype) for x in arrays]) / len(arrays)).astype(dtype)
    general, logical = MEANING[op]
    meet = logical if dtype.kind == "b" else general
    found = arrays[0].astype(np.float32) if dtype.itemsize == 2 and dtype.kind not in "iu" else (
        arrays[0])
    for x in arrays[1:]:
        found = meet(found, x.astype(found.dtype))
    return np.asarray(found).astype(dtype)


def ops_for(dtype: torch.dtype) -> list[Op]:
    ops = [Op.SUM, Op.PRODUCT]
    if dtype not in COMPLEX:
        ops += [Op.MIN, Op.MAX]
    if dtype not in (*FLOATS, *COMPLEX):
        ops += [Op.BAND, Op.BOR, Op.BXOR]
    else:
        ops += [Op.AVG]
    return ops


@check
def reductions():
    for rank, size, shape, dtype, called in each():
        everybody = [own(k, shape, dtype) for k in range(size)]
        for k, op in enumerate(ops_for(dtype)):
            wanted = reduced(op, everybody)
            for x in layouts(everybody[rank]):
                called(dist.all_reduce, x, op=op)
                same(x, wanted)
            root = k % size
            x = torch.tensor(everybody[rank])
            called(dist.reduce, x, dst=root, op=op)
            same(x, wanted if rank == root else everybody[rank])
            rows = [[own(10 * k + j, shape, dtype) for j in range(size)] for k in range(size)]
            wanted = reduced(op, [row[rank] for row in rows])
            out = torch.empty(shape, dtype=dtype)
            called(dist.reduce_scatter, out, [torch.tensor(x) for x in rows[rank]], op=op)
            same(out, wanted)
            out = torch.empty(shape, dtype=dtype)
            called(dist.reduce_scatter_tensor, out, torch.tensor(np.stack(rows[rank])), op=op)
            same(out, wanted)


@check
def moves():
    for k, (rank, size, shape, dtype, called) in enumerate(each()):
        everybody = [own(k, shape, dtype) for k in range(size)]
        root = k % size
        for x in layouts(everybody[rank]):
            called(dist.broadcast, x, src=root)
            same(x, everybody[root])
        for x in layouts(everybody[rank]):
            got = [torch.empty(shape, dtype=dtype) for _ in range(size)]
            called(dist.all_gather, got, x)
            list(map(same, got, everybody))
            out = torch.empty((size, *shape), dtype=dtype)
            called(dist.all_gather_into_tensor, out, x)
            same(out, np.stack(everybody))
            got = [torch.empty(shape, dtype=dtype) for _ in range(size)] if rank == root else None
            called(dist.gather, x, got, dst=root)
            list(map(same, got or [], everybody))
        x = torch.empty(shape, dtype=dtype)
        called(dist.scatter, x, [torch.tensor(x) for x in everybody] if rank == root else None,
               src=root)
        same(x, everybody[rank])


@check
def each_to_each():
    for rank, size, shape, dtype, called in each():
        def part(a: int, b: int, shape=shape, dtype=dtype) -> np.ndarray:
            """What process a has for b: of another size for each pair, for vectors."""
            wide = (shape[0] + a + 2 * b,) if len(shape) == 1 else shape
            return own(10 * a + b, wide, dtype)

        got = [torch.empty(part(k, rank).shape, dtype=dtype) for k in range(size)]
        called(dist.all_to_all, got, [torch.tensor(part(rank, k)) for k in range(size)])
        list(map(same, got, [part(k, rank) for k in range(size)]))
        if len(shape) == 1:
            given = [len(part(rank, k)) for k in range(size)]
            taken = [len(part(k, rank)) for k in range(size)]
            out = torch.empty(sum(taken), dtype=dtype)
            called(dist.all_to_all_single, out, torch.tensor(np.concatenate(
                [part(rank, k) for k in range(size)])), taken, given)
            same(out, np.concatenate([part(k, rank) for k in range(size)]))


@check
def messages():
    for rank, size, shape, dtype, _ in each():
        right, left = (rank + 1) % size, (rank - 1) % size
        for x in layouts(own(rank, shape, dtype)):
            out = torch.empty(shape, dtype=dtype)
            work = dist.irecv(out, src=left, tag=3)
            dist.send(x, dst=right, tag=3) if rank % 2 else dist.isend(x, right, tag=3)
            assert work.wait() and work.source_rank() == left
            same(out, own(left, shape, dtype))
    dist.barrier()


@check
def in_groups():
    rank, size = dist.get_rank(), dist.get_world_size()
    subsets = [ranks for n in range(1, size + 1)
               for ranks in itertools.combinations(range(size), n)]
    groups = [dist.new_group(ranks) for ranks in subsets]
    for ranks, group in zip(subsets, groups):
        everybody = [own(k, (5,), torch.float32) for k in ranks]
        x = torch.tensor(own(rank, (5,), torch.float32))
        before = x.clone()
        assert dist.all_reduce(x, group=group) is None
        same(x, reduced(Op.SUM, everybody) if rank in ranks else before.numpy())
        if rank in ranks:
            assert dist.get_rank(group) == ranks.index(rank)
            assert dist.get_process_group_ranks(group) == list(ranks)
        x = before.clone()
        dist.broadcast(x, src=ranks[-1], group=group)
        same(x, everybody[-1] if rank in ranks else before.numpy())
    for group in groups:
        if group is not dist.GroupMember.NON_GROUP_MEMBER:
            dist.destroy_process_group(group)
    mine, every = dist.new_subgroups(1)
    assert dist.get_world_size(mine) == 1 and len(every) == size


@check
def not_a_number():
    """The least and the greatest are NaN where one is, on every process."""
    rank, size = dist.get_rank(), dist.get_world_size()
    for dtype, op in itertools.product(FLOATS, (Op.MIN, Op.MAX)):
        x = torch.zeros(3, dtype=dtype)
        x[1] = float("nan") if rank == size - 1 else 1
        dist.all_reduce(x, op=op)
        assert x[1].isnan() and not x[0].isnan()


@check
def views_of_one_tensor():
    rank, size = dist.get_rank(), dist.get_world_size()
    base = torch.arange(12.0).reshape(3, 4) * (rank + 1)
    dist.all_reduce(base[:, 1])
    total = size * (size + 1) / 2
    assert torch.equal(base[:, 1], torch.tensor([1.0, 5, 9]) * total)
    assert torch.equal(base[:, 0], torch.tensor([0.0, 4, 8]) * (rank + 1))
    parts = list(torch.zeros(size, 2).unbind(0))
    dist.all_gather(parts, torch.full((2,), float(rank)))
    assert [part[0].item() for part in parts] == list(range(size))
    shared = np.ones(4, np.float32)
    dist.all_reduce(torch.from_numpy(shared))
    assert shared.tolist() == [size] * 4
    leaf = torch.ones(2, requires_grad=True)
    dist.all_reduce(leaf)
    assert leaf.requires_grad and leaf.is_leaf and leaf.tolist() == [size] * 2


@check
def what_cannot_be_reduced():
    x = torch.ones(2)
    assert refused(RuntimeError, lambda: dist.all_reduce(x, op=Op.BAND), "non-integral")
    assert refused(ValueError, lambda: dist.all_reduce(x + 1j, op=Op.MAX), "complex")
    assert refused(RuntimeError, lambda: dist.all_reduce(x.long(), op=Op.AVG), "AVG")
    assert refused(NotImplementedError, lambda: dist.all_reduce(x, op=Op.PREMUL_SUM))
    assert refused(TypeError, lambda: dist.all_reduce(1.0), "torch.Tensor")
    assert refused(ValueError, lambda: dist.all_gather([x], x), "processes")
    assert refused(ValueError, lambda: dist.all_gather_into_tensor(x, x), "world_size")
    assert refused(ValueError, lambda: dist.broadcast(x, src=99), "not part of group")


@check
def calls_that_differ():
    """All processes raise, with both calls and their lines, and go on afterwards."""
    rank = dist.get_rank()
    for mine, others in ((torch.ones(2), torch.ones(3)), (torch.ones(2), torch.ones(2).double())):
        assert refused(dist.DistBackendError,
                       lambda x=others if rank else mine: dist.all_reduce(x), "checks_values.py:")
    assert refused(dist.DistBackendError, lambda: dist.broadcast(torch.ones(2), src=int(rank > 0)),
                   "from rank 0")
    assert refused(dist.DistBackendError, dist.barrier if rank else lambda: dist.all_gather_object(
        [None] * dist.get_world_size(), 1), "barrier")
    x = torch.ones(1)
    dist.all_reduce(x)
    assert x.item() == dist.get_world_size()


if __name__ == "__main__":
    run_checks()
