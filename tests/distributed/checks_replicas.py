"""Replicas that train alike: a thousand steps leave the same bits, and each kernel is compiled by
one process of the machine."""

from __future__ import annotations

import os
from pathlib import Path

from launching import check, run_checks

import wengert as torch
import wengert.distributed as dist
import wengert.distributed.nn.functional as DF
from wengert.engine.backends.cpu import compiler

STEPS = int(os.environ.get("STEPS", 1000))


def trained(steps: int, seed: int) -> list[torch.Tensor]:
    """The weights after so many steps, each process with batches of its own."""
    rank, size = dist.get_rank(), dist.get_world_size()
    torch.manual_seed(seed)
    net = torch.nn.Sequential(torch.nn.Linear(13, 17), torch.nn.Tanh(), torch.nn.Linear(17, 3))
    optimizer = torch.optim.AdamW(net.parameters(), lr=0.01)
    torch.manual_seed(100 + rank)
    for _ in range(steps):
        x = torch.randn(9, 13)
        y = torch.randint(0, 3, (9,))
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(net(x), y).backward()
        with torch.no_grad():
            sums = [DF.all_reduce(p.grad) for p in net.parameters()]
            for p, total in zip(net.parameters(), sums):
                p.grad = total / size
        torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimizer.step()
    return [p.detach() for p in net.parameters()]


@check
def each_kernel_is_compiled_once():
    folder = Path(os.environ["WENGERT_CACHE_DIR"])
    before = len(list(folder.glob("*.o")))
    assert not before
    trained(30, 1)
    counts = [None] * dist.get_world_size()
    dist.all_gather_object(counts, (compiler.counters["compiled"], compiler.counters["from disk"]))
    kept = len(list(folder.glob("*.o")))
    assert kept and sum(compiled for compiled, _ in counts) <= kept, (counts, kept)
    assert all(compiled + found for compiled, found in counts)


@check
def the_same_bits():
    weights = trained(STEPS, 2)
    for weight in weights:
        first = weight.clone()
        dist.broadcast(first, src=0)
        assert torch.equal(first, weight)
        assert weight.isfinite().all()


if __name__ == "__main__":
    run_checks()
