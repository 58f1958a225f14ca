"""A PyTorch script in several processes: a training step of one of them alone, of all beside each
other without an exchange, of all together, and the sum over the processes of as many numbers as
there are gradients.

``data_parallel.py PEER SIZES STEPS ROUNDS`` prints the medians in microseconds as JSON on rank 0.
The four take turns, each for ``STEPS`` steps, ``ROUNDS`` times. Started by ``distributed.py``.
"""

from __future__ import annotations

import importlib
import itertools
import json
import os
import statistics
import sys
import time
from collections.abc import Callable, Sequence

import torch
import torch.distributed as dist
from torch import nn
from torch.nn.parallel import DistributedDataParallel

BATCH = 64
WARM = 40
"""So many steps are not measured."""


def net(sizes: Sequence[int]) -> nn.Module:
    """A perceptron with the same weights in all processes."""
    torch.manual_seed(0)
    layers = [layer for a, b in itertools.pairwise(sizes)
              for layer in (nn.Linear(a, b), nn.ReLU())]
    return nn.Sequential(*layers[:-1])


def step_of(model: nn.Module, sizes: Sequence[int]) -> Callable[[], None]:
    """A step of training on the batch of this process."""
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
    loss_fn = nn.CrossEntropyLoss()
    generator = torch.Generator().manual_seed(1 + dist.get_rank())
    x = torch.randn(BATCH, sizes[0], generator=generator)
    y = torch.randint(0, sizes[-1], (BATCH,), generator=generator)

    def step() -> None:
        optimizer.zero_grad()
        loss_fn(model(x), y).backward()
        optimizer.step()

    return step


def sum_of(peer: str, count: int) -> Callable[[], None]:
    """The sum over the processes of so many numbers, in place: by MPI itself, or by gloo."""
    numbers = torch.zeros(count)
    if peer == "torch":
        return lambda: dist.all_reduce(numbers)
    MPI = importlib.import_module("mpi4py.MPI")
    memory = numbers.numpy()
    return lambda: MPI.COMM_WORLD.Allreduce(MPI.IN_PLACE, memory)


def turn(subject: Callable[[], None], steps: int) -> list[float]:
    """How long each step takes, from when all processes are there."""
    dist.barrier()
    times = []
    for _ in range(steps):
        start = time.perf_counter()
        subject()
        times.append(time.perf_counter() - start)
    return times


def main(peer: str, sizes: Sequence[int], steps: int, rounds: int) -> None:
    """Measure, and print on rank 0."""
    torch.set_num_threads(1)
    dist.init_process_group("gloo")
    alone, model = net(sizes), DistributedDataParallel(net(sizes))
    count = sum(p.numel() for p in model.parameters())
    step = step_of(alone, sizes)
    subjects = {"alone": step, "beside": step, "together": step_of(model, sizes),
                "sum": sum_of(peer, count)}
    for subject in subjects.values():
        turn(subject, WARM)
    times: dict[str, list[float]] = {name: [] for name in subjects}
    for _ in range(rounds):
        for name, subject in subjects.items():
            waits = name == "alone" and dist.get_rank() != 0
            times[name] += turn(subject, 0 if waits else steps)
    dist.barrier()
    if dist.get_rank() == 0:
        print(json.dumps({name: statistics.median(found) * 1e6 for name, found in times.items()}),
              flush=True)
    dist.barrier()
    if peer == "torch":
        os._exit(0)   # its threads abort one exit in some five
    dist.destroy_process_group()


if __name__ == "__main__":
    main(sys.argv[1], [int(size) for size in sys.argv[2].split("-")], int(sys.argv[3]),
         int(sys.argv[4]))
