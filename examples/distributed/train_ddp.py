"""Trains a classifier on many processes: DistributedDataParallel, a sampler that gives each process
its part, a checkpoint that rank 0 writes and everybody reads.

    wengert run --nproc-per-node 2 examples/distributed/train_ddp.py
    torchrun --nproc-per-node 2 examples/distributed/train_ddp.py

The whole batch is split among the processes, so what is printed does not depend on their number.
"""

import os
import tempfile

import torch
import torch.distributed as dist
import torch.nn as nn
import torch.nn.functional as F
from torch.nn.parallel import DistributedDataParallel as DDP
from torch.utils.data import DataLoader, TensorDataset
from torch.utils.data.distributed import DistributedSampler

WHOLE_BATCH, EPOCHS = 64, 4


def make_data():
    generator = torch.Generator().manual_seed(1)
    x = torch.randn(1024, 20, generator=generator)
    w = torch.randn(20, 4, generator=generator)
    y = (x @ w + 0.5 * torch.randn(1024, 4, generator=generator)).argmax(1)
    return TensorDataset(x, y)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = nn.Linear(20, 64)
        self.out = nn.Linear(64, 4)

    def forward(self, x):
        return self.out(F.relu(self.hidden(x)))


def mean_over_ranks(value, world_size):
    total = torch.tensor(float(value), dtype=torch.float64)
    dist.all_reduce(total)
    return total.item() / world_size


def evaluate(model, dataset, rank, world_size):
    """The accuracy on all data, of which each process looks at its part."""
    model.eval()
    x, y = dataset.tensors
    with torch.no_grad():
        right = (model(x[rank::world_size]).argmax(1) == y[rank::world_size]).sum()
    dist.all_reduce(right)
    model.train()
    return right.item() / len(dataset)


def main():
    dist.init_process_group(backend="gloo")
    rank, world_size = dist.get_rank(), dist.get_world_size()
    torch.manual_seed(rank)   # every process starts with other weights: DDP makes them rank 0's

    dataset = make_data()
    sampler = DistributedSampler(dataset, seed=3)
    loader = DataLoader(dataset, batch_size=WHOLE_BATCH // world_size, sampler=sampler)

    model = DDP(Net())
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=2, gamma=0.5)

    folder = [tempfile.mkdtemp() if rank == 0 else None]
    dist.broadcast_object_list(folder, src=0)
    path = os.path.join(folder[0], "checkpoint.pt")

    for epoch in range(EPOCHS):
        sampler.set_epoch(epoch)
        running = 0.0
        for x, y in loader:
            optimizer.zero_grad()
            loss = F.cross_entropy(model(x), y)
            loss.backward()
            optimizer.step()
            running += loss.item()
        scheduler.step()
        loss = mean_over_ranks(running / len(loader), world_size)
        accuracy = evaluate(model, dataset, rank, world_size)
        if rank == 0:
            print(f"epoch {epoch}: loss {loss:.4f}, accuracy {accuracy:.4f}")
            torch.save({"epoch": epoch, "model": model.state_dict(),
                        "optimizer": optimizer.state_dict()}, path)

    dist.barrier()   # the file is there
    checkpoint = torch.load(path, map_location="cpu")
    restored = DDP(Net())
    restored.load_state_dict(checkpoint["model"])
    same = all(torch.equal(a, b) for a, b in zip(model.parameters(), restored.parameters()))
    norm = sum(p.detach().double().pow(2).sum() for p in restored.parameters()).sqrt()
    seen = [None] * world_size
    dist.all_gather_object(seen, (same, f"{norm.item():.4f}"))
    if rank == 0:
        print(f"restored epoch {checkpoint['epoch']}, all equal: {len(set(seen)) == 1}, "
              f"|w| {seen[0][1]}, same as trained: {seen[0][0]}")
        print("keys:", ", ".join(checkpoint["model"]))
        os.remove(path)
        os.rmdir(folder[0])
    dist.destroy_process_group()


if __name__ == "__main__":
    main()
