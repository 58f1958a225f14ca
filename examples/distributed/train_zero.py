"""Trains with an optimizer whose state is divided among the processes: ZeroRedundancyOptimizer.

    wengert run --nproc-per-node 2 examples/distributed/train_zero.py
    torchrun --nproc-per-node 2 examples/distributed/train_zero.py

Each process keeps Adam's moments of its part of the parameters, updates those and sends them to the
others. The weights are those of Adam on one process with the whole batch.
"""

import torch
import torch.distributed as dist
import torch.nn as nn
from torch.distributed.optim import ZeroRedundancyOptimizer
from torch.nn.parallel import DistributedDataParallel as DDP

WHOLE_BATCH, STEPS = 48, 30


def numbers_of(state_dict):
    """How many numbers the state of an optimizer has."""
    return sum(value.numel() for state in state_dict["state"].values()
               for value in state.values() if torch.is_tensor(value))


def main():
    dist.init_process_group("gloo")
    rank, world_size = dist.get_rank(), dist.get_world_size()

    torch.manual_seed(0)
    net = nn.Sequential(*[layer for _ in range(4) for layer in (nn.Linear(32, 32), nn.Tanh())],
                        nn.Linear(32, 1))
    model = DDP(net)
    optimizer = ZeroRedundancyOptimizer(model.parameters(), optimizer_class=torch.optim.Adam,
                                        lr=0.01)

    data = torch.Generator().manual_seed(5)
    loss_fn = nn.MSELoss()
    for step in range(STEPS):
        x = torch.randn(WHOLE_BATCH, 32, generator=data)
        y = x[:, :1].sin() + x[:, 1:2] * x[:, 2:3]
        loss = loss_fn(model(x[rank::world_size]), y[rank::world_size])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if step % 10 == 9:
            total = loss.detach().clone()
            dist.all_reduce(total)
            if rank == 0:
                print(f"step {step + 1}: loss {total.item() / world_size:.4f}")

    # What one process keeps; rank 0 gathers the whole for a checkpoint.
    kept = torch.tensor(sum(value.numel() for state in optimizer.optim.state.values()
                            for value in state.values()))
    parts = [torch.zeros_like(kept) for _ in range(world_size)]
    dist.all_gather(parts, kept)
    optimizer.consolidate_state_dict(to=0)
    if rank == 0:
        whole = numbers_of(optimizer.state_dict())
        fair = max(parts).item() <= 1.2 * whole / world_size
        print(f"state: {whole} numbers, each kept once: {sum(parts).item() == whole}, "
              f"no process keeps more than its share: {fair}")
    norm = sum(p.detach().double().pow(2).sum() for p in model.parameters()).sqrt()
    if rank == 0:
        print(f"|w| {norm.item():.4f}")
    dist.destroy_process_group()


if __name__ == "__main__":
    main()
