"""Data-parallel training by hand, with plain collectives, and each of these on its own.

    wengert run --nproc-per-node 2 examples/distributed/collectives.py
    torchrun --nproc-per-node 2 examples/distributed/collectives.py
"""

import torch
import torch.distributed as dist


def say(text):
    """Print on rank 0."""
    if dist.get_rank() == 0:
        print(text)


def average_gradients(parameters):
    for p in parameters:
        dist.all_reduce(p.grad, op=dist.ReduceOp.SUM)
        p.grad /= dist.get_world_size()


def train(rank, world_size):
    """A linear regression: the rows of the data are dealt out."""
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(128, 5, generator=generator)
    y = x @ torch.tensor([1.0, -2.0, 0.5, 3.0, 1.5]) + 0.7
    x, y = x[rank::world_size], y[rank::world_size]

    weight = torch.zeros(5, requires_grad=True)
    bias = torch.zeros(1, requires_grad=True)
    optimizer = torch.optim.SGD([weight, bias], lr=0.1)
    for step in range(30):
        optimizer.zero_grad()
        loss = ((x @ weight + bias - y) ** 2).mean()
        loss.backward()
        average_gradients([weight, bias])
        optimizer.step()
        if step % 10 == 9:
            total = loss.detach().clone()
            dist.reduce(total, dst=0)
            say(f"step {step + 1}: loss {total.item() / world_size:.4f}")
    say("weight " + " ".join(f"{w:.4f}" for w in weight.tolist()) + f", bias {bias.item():.4f}")


def show_collectives(rank, world_size):
    """The same values, whatever the number of processes."""
    mine = torch.arange(12.0)[rank::world_size]

    total = mine.sum()
    dist.all_reduce(total)
    largest = mine.max()
    dist.all_reduce(largest, op=dist.ReduceOp.MAX)
    say(f"sum {total.item()}, max {largest.item()}")

    table = [torch.empty_like(mine) for _ in range(world_size)]
    dist.all_gather(table, mine)
    say(f"gathered {torch.stack(table).T.flatten().tolist()}")

    word = torch.tensor([3, 1, 4]) if rank == 0 else torch.empty(3, dtype=torch.int64)
    dist.broadcast(word, src=0)
    say(f"broadcast {word.tolist()}")

    part = torch.empty(12 // world_size)
    dist.scatter(part, list(torch.arange(12.0).chunk(world_size)) if rank == 0 else None, src=0)
    part *= 10
    parts = [torch.empty_like(part) for _ in range(world_size)] if rank == 0 else None
    dist.gather(part, parts, dst=0)
    say(f"scattered, times ten, gathered {torch.cat(parts).tolist() if parts else None}")

    # Round the ring: everybody adds one.
    token = torch.zeros(1)
    if world_size > 1:
        if rank == 0:
            dist.send(token, dst=1)
            dist.recv(token, src=world_size - 1)
        else:
            dist.recv(token, src=rank - 1)
            token += 1
            dist.send(token, dst=(rank + 1) % world_size)
    say(f"the ring has counted all others: {token.item() == world_size - 1}")

    squares = [None] * world_size
    dist.all_gather_object(squares, {n: n * n for n in range(rank, 8, world_size)})
    together = {n: square for part in squares for n, square in part.items()}
    say(f"objects {[together[n] for n in sorted(together)]}")

    weights = torch.full((3,), 1.0 / world_size)
    work = dist.all_reduce(weights, async_op=True)
    tens = torch.tensor([10.0, 20.0, 30.0])   # other work, meanwhile
    work.wait()
    say(f"asynchronous {(weights * tens).tolist()}")


def main():
    dist.init_process_group("gloo")
    rank, world_size = dist.get_rank(), dist.get_world_size()
    train(rank, world_size)
    show_collectives(rank, world_size)
    dist.barrier()
    dist.destroy_process_group()


if __name__ == "__main__":
    main()
