"""What each call of torch.distributed does, in every process of a job."""

from __future__ import annotations

from launching import check, run_checks

import wengert as torch
import wengert.distributed as dist


def world() -> tuple[int, int]:
    return dist.get_rank(), dist.get_world_size()


def own(k: int, *shape: int) -> torch.Tensor:
    """What process k has."""
    return torch.arange(float(torch.Size(shape).numel())).reshape(shape) * (k + 1) + k


@check
def sums():
    rank, size = world()
    x = own(rank, 2, 3)
    assert dist.all_reduce(x) is None
    assert torch.equal(x, sum(own(k, 2, 3) for k in range(size)))


@check
def rows():
    rank, size = world()
    everybody = [own(k, 3) for k in range(size)]
    got = [torch.empty(3) for _ in range(size)]
    dist.all_gather(got, own(rank, 3))
    assert all(map(torch.equal, got, everybody))
    out = torch.empty(size * 3)
    dist.all_gather_into_tensor(out, own(rank, 3))
    assert torch.equal(out, torch.cat(everybody))
    mine = torch.empty(3)
    dist.reduce_scatter(mine, [own(rank, 3) + 10 * k for k in range(size)])
    assert torch.equal(mine, sum(everybody) + 10 * rank * size)
    dist.reduce_scatter_tensor(mine, torch.cat([own(rank, 3) + 10 * k for k in range(size)]))
    assert torch.equal(mine, sum(everybody) + 10 * rank * size)


@check
def one_process_and_the_others():
    rank, size = world()
    last = size - 1
    x = own(rank, 4)
    dist.broadcast(x, src=last)
    assert torch.equal(x, own(last, 4))
    x = own(rank, 4)
    dist.reduce(x, dst=last, op=dist.ReduceOp.MAX)
    assert torch.equal(x, own(last, 4) if rank == last else own(rank, 4))
    got = [torch.empty(4) for _ in range(size)] if rank == last else None
    dist.gather(own(rank, 4), got, dst=last)
    assert got is None or all(map(torch.equal, got, [own(k, 4) for k in range(size)]))
    x = torch.empty(4)
    dist.scatter(x, [own(k, 4) for k in range(size)] if rank == last else None, src=last)
    assert torch.equal(x, own(rank, 4))


@check
def each_to_each():
    rank, size = world()
    got = [torch.empty(rank + 1) for _ in range(size)]
    dist.all_to_all(got, [torch.full((k + 1,), 10.0 * rank + k) for k in range(size)])
    assert all(torch.equal(x, torch.full((rank + 1,), 10.0 * k + rank)) for k, x in enumerate(got))
    out = torch.empty(size, 2)
    dist.all_to_all_single(out, torch.arange(2.0 * size).reshape(size, 2) + 100 * rank)
    assert torch.equal(out[:, 0], torch.arange(size) * 100.0 + 2 * rank)


@check
def messages():
    rank, size = world()
    right, left = (rank + 1) % size, (rank - 1) % size
    x = torch.empty(3)
    for work in dist.batch_isend_irecv([dist.P2POp(dist.isend, own(rank, 3), right),
                                        dist.P2POp(dist.irecv, x, left)]):
        work.wait()
    assert torch.equal(x, own(left, 3))
    work = dist.isend(own(rank, 2), right, tag=7)
    x = torch.empty(2)
    assert dist.recv(x, tag=7) == left and torch.equal(x, own(left, 2))
    assert work.wait() and work.is_completed()


@check
def objects():
    rank, size = world()
    got = [None] * size
    dist.all_gather_object(got, {"rank": rank, "rows": "x" * rank})
    assert got == [{"rank": k, "rows": "x" * k} for k in range(size)]
    both = [rank, torch.full((2,), rank)]
    dist.broadcast_object_list(both, src=size - 1)
    assert both[0] == size - 1 and both[1].tolist() == [size - 1] * 2
    out = [None]
    dist.scatter_object_list(out, [("for", k) for k in range(size)] if rank == 0 else None)
    assert out == [("for", rank)]
    gathered = [None] * size if rank == 0 else None
    dist.gather_object(rank, gathered)
    assert gathered in (None, list(range(size)))


@check
def groups():
    rank, size = world()
    last = dist.new_group([size - 1])
    x = torch.ones(2) * rank
    assert dist.all_reduce(x, group=last) is None and x.tolist() == [rank, rank]
    assert dist.get_rank(last) == (0 if rank == size - 1 else -1)
    backwards = dist.new_group(range(size)[::-1], sort_ranks=False)
    assert dist.get_rank(backwards) == size - 1 - rank
    assert dist.get_global_rank(backwards, 0) == size - 1
    dist.broadcast(x, src=0, group=backwards)
    assert x.tolist() == [0, 0]
    dist.destroy_process_group(backwards)


@check
def works():
    rank, size = world()
    x, y = own(rank, 5), own(rank, 2)
    first = dist.all_reduce(x, async_op=True)
    second = dist.all_reduce(y, async_op=True)
    assert second.wait() and first.wait()
    assert torch.equal(x, sum(own(k, 5) for k in range(size)))
    assert torch.equal(second.result()[0], sum(own(k, 2) for k in range(size)))
    assert dist.barrier(async_op=True).wait()
    dist.monitored_barrier()


if __name__ == "__main__":
    run_checks()
