"""Collectives in the recorded program: gradients in both modes, and that each runs once, in order,
whoever reads what it gives."""

from __future__ import annotations

import numpy as np
from launching import check, refused, run_checks

import wengert as torch
import wengert.distributed as dist
import wengert.distributed.nn.functional as DF

RUNS = 4   # interpreted at first, then compiled


def world() -> tuple[int, int]:
    return dist.get_rank(), dist.get_world_size()


def own(k: int, *shape: int, run: int = 0) -> torch.Tensor:
    """What process k has."""
    return torch.tensor(np.random.default_rng([k, run]).normal(size=shape))


def agrees(function, *shapes: tuple[int, ...]) -> None:
    """The gradient of the sum over all processes of a loss of what ``function`` gives is that of
    differences, and the tangent is, too."""
    rank, size = world()

    def loss(*xs):
        outs = function(*xs)
        outs = outs if isinstance(outs, tuple) else (outs,)
        return sum((torch.arange(1.0, x.numel() + 1, dtype=x.dtype).reshape(x.shape) * x * x).sum()
                   for x in outs) * (rank + 1)

    def total(*xs) -> float:
        value = loss(*xs)
        dist.all_reduce(value)
        return value.item()

    for run in range(RUNS):
        given = [own(rank, *shape, run=run).requires_grad_() for shape in shapes]
        loss(*given).backward()
        for moved in range(size):   # one process moves at a time
            step = [torch.zeros(x.shape, dtype=x.dtype) for x in given]
            if moved == rank:
                step = [own(7, *x.shape, run=run) for x in given]
            with torch.no_grad():
                up = total(*[x + 1e-5 * s for x, s in zip(given, step)])
                down = total(*[x - 1e-5 * s for x, s in zip(given, step)])
            found = sum(float((x.grad * s).sum()) for x, s in zip(given, step))
            if moved == rank:
                assert abs(found - (up - down) / 2e-5) < 1e-4 * (1 + abs(found)), (run, found)
        tangents = tuple(own(9 + rank, *x.shape) for x in given)
        _, t = torch.func.jvp(loss, tuple(x.detach() for x in given), tangents)
        dist.all_reduce(t)
        both = sum(float((x.grad * s).sum()) for x, s in zip(given, tangents))
        dist.all_reduce(reverse := torch.tensor(both))
        assert abs(t.item() - reverse.item()) < 1e-4 * (1 + abs(t.item()))


@check
def gradients_of_sums():
    agrees(lambda x: DF.all_reduce(x * x), (3, 2))
    agrees(lambda x: DF.all_reduce(x.sin(), op=dist.ReduceOp.AVG), (4,))
    agrees(lambda x: DF.all_reduce(x * 3), ())
    agrees(lambda x, y: DF.all_reduce(DF.all_reduce(x) * y), (3,), (3,))


@check
def gradients_of_rows():
    _, size = world()
    agrees(lambda x: DF.all_gather(x * x), (2, 3))
    agrees(lambda x: DF.reduce_scatter(x[0], list((x * x).unbind(0))), (size, 3))
    agrees(lambda x: DF.reduce_scatter(x[0], list(x.unbind(0)), op=dist.ReduceOp.AVG), (size, 2))


@check
def gradients_of_one_and_the_others():
    _, size = world()
    for root in range(size):
        agrees(lambda x, root=root: DF.broadcast(x * x, src=root), (3,))
        agrees(lambda x, root=root: DF.gather(x * x, dst=root), (3,))
        agrees(lambda x, root=root: DF.scatter(list((x * x).unbind(0)), src=root), (size, 3))
    agrees(lambda x: DF.reduce(x * x, dst=0) if world()[0] == 0 else
           DF.reduce(x * x, dst=0) - (x * x).detach(), (3,))


@check
def gradients_of_each_to_each():
    rank, size = world()
    outs = [torch.empty(rank + 1) for _ in range(size)]
    agrees(lambda x: DF.all_to_all(outs, list((x * x).split([k + 1 for k in range(size)]))),
           (size * (size + 1) // 2,))
    agrees(lambda x: DF.all_to_all_single(x, x * x), (2 * size, 3))


@check
def second_derivatives():
    rank, size = world()
    for run in range(RUNS):
        x = own(rank, 3, run=run).requires_grad_()
        y = (DF.all_reduce(x ** 3) ** 2).sum()
        (first,) = torch.autograd.grad(y, x, create_graph=True)
        (second,) = torch.autograd.grad(first.sum(), x)
        # With s = sum of x_k^3: each process has the same loss, so the gradient is that of size
        # losses, and the gradient of the sum of those of all again.
        everybody = [own(k, 3, run=run) for k in range(size)]
        s = sum(x ** 3 for x in everybody)
        mine = everybody[rank]
        assert torch.allclose(first, 6 * size * s * mine ** 2)
        expected = (12 * size * s * mine
                    + 6 * size * sum(x ** 2 for x in everybody) * 3 * mine ** 2)
        assert torch.allclose(second, expected)


@check
def nobody_reads_it():
    rank, size = world()
    for run in range(RUNS):
        x = torch.full((3,), float(run)).requires_grad_()
        y = DF.all_reduce(x)
        if rank == 0:
            assert y.tolist() == [size * run] * 3   # the others never ask
        DF.all_reduce(torch.ones(2))
        z = DF.all_reduce(x * 2)
        z.sum().backward()
        if rank:
            x.grad = None
        else:
            assert x.grad.tolist() == [2.0 * size] * 3
        dist.barrier()


@check
def some_read_more_than_others():
    """The order stays that of the calls, whatever a process looks at and however often."""
    rank = dist.get_rank()

    def steps(looks) -> torch.Tensor:
        w = torch.ones(4, requires_grad=True)
        for run in range(8):
            a = DF.all_reduce(w * run)
            if looks and rank == 0 and run % 2:
                assert a[0].item() > -1
            b = DF.all_gather(w * 2)
            if looks and rank == 1 and run % 3:
                assert b[1][0].item() > -1
            loss = (a * b[0]).sum()
            loss.backward()
            if looks and (rank == 0 or run > 4):
                w.grad.sum().item()
            with torch.no_grad():
                w -= 0.01 * w.grad
            w.grad = None
        return w.detach()

    assert torch.allclose(steps(True), steps(False))


@check
def not_a_number_in_one_process():
    """A kernel that hands its part back runs no collective twice."""
    rank, _ = world()
    for run in range(2 * RUNS):
        x = torch.ones(64, 32)
        if rank == 0 and run % 3 == 2:
            x[3, 4] = float("inf")
        x.requires_grad_()
        y = DF.all_reduce(torch.softmax(x, 1) * x).sum()
        y.backward()
        assert torch.isfinite(y).item() != (run % 3 == 2)
    dist.barrier()


@check
def the_argument_stays_as_it_was():
    for run in range(RUNS):
        x = torch.full((4,), float(run))
        y = x + 1
        a, b = DF.all_reduce(y), DF.all_reduce(y * 2)
        assert y.tolist() == [run + 1.0] * 4
        assert torch.equal(b, 2 * a)
        c = DF.all_reduce(x)
        assert x.tolist() == [run] * 4 and torch.equal(c, a - world()[1])


@check
def a_contrastive_loss_over_all_processes():
    """The parts of a batch, compared with each other: as one process with the whole batch."""
    rank, size = world()
    weight = own(99, 6, 4)
    for run in range(RUNS):
        rows = 3 + run % 2
        batch = [own(k, rows, 6, run=run) for k in range(size)]
        w = weight.clone().requires_grad_()
        z = torch.nn.functional.normalize(batch[rank] @ w, dim=1)
        everybody = torch.cat(DF.all_gather(z))
        labels = torch.arange(rows) + rank * rows
        torch.nn.functional.cross_entropy(z @ everybody.T / 0.5, labels).backward()
        dist.all_reduce(w.grad, op=dist.ReduceOp.AVG)

        whole = weight.clone().requires_grad_()
        z = torch.nn.functional.normalize(torch.cat(batch) @ whole, dim=1)
        torch.nn.functional.cross_entropy(z @ z.T / 0.5, torch.arange(rows * size)).backward()
        assert torch.allclose(w.grad, whole.grad), (run, w.grad - whole.grad)


@check
def a_layer_in_parts():
    """The columns of one matrix and the rows of the next on each process, as Megatron has them."""
    rank, size = world()
    first, second = own(1, 5, 2 * size), own(2, 2 * size, 3)
    mine = slice(2 * rank, 2 * rank + 2)
    for run in range(RUNS):
        x = own(3, 4 + run, 5, run=run)
        a = first[:, mine].clone().requires_grad_()
        b = second[mine].clone().requires_grad_()
        y = DF.all_reduce(torch.relu(x @ a) @ b)
        ((y ** 2).sum() / size).backward()   # all processes have the same loss
        whole = first.clone().requires_grad_(), second.clone().requires_grad_()
        out = torch.relu(x @ whole[0]) @ whole[1]
        (out ** 2).sum().backward()
        assert torch.allclose(y, out)
        assert torch.allclose(a.grad, whole[0].grad[:, mine])
        assert torch.allclose(b.grad, whole[1].grad[mine])


@check
def computed_again_in_backward():
    rank = dist.get_rank()
    for run in range(RUNS):
        x = own(rank, 4, run=run).requires_grad_()
        y = torch.utils.checkpoint.checkpoint(
            lambda x: DF.all_reduce(x.sin()) * x, x, use_reentrant=False)
        y.sum().backward()
        found, x.grad = x.grad, None
        (DF.all_reduce(x.sin()) * x).sum().backward()
        assert torch.allclose(found, x.grad)


@check
def compiled_functions():
    rank, size = world()

    @torch.compile
    def f(x):
        return DF.all_reduce(x * 2).sum()

    for run in range(RUNS):
        x = torch.full((3,), float(rank + run), requires_grad=True)
        y = f(x)
        y.backward()
        assert y.item() == 6 * sum(k + run for k in range(size))
        assert x.grad.tolist() == [2.0 * size] * 3


@check
def gradients_added_up():
    """Two backwards before an update, and a look at the loss by one process now and then."""
    rank, size = world()
    w = torch.ones(3, dtype=torch.float64, requires_grad=True)
    for run in range(2 * RUNS):
        for part in range(2):
            loss = (w * own(rank, 3, run=10 * run + part)).pow(2).sum()
            loss.backward()
            if rank == 0 and run % 3 == part:
                assert loss.item() >= 0
        with torch.no_grad():
            total = DF.all_reduce(w.grad, op=dist.ReduceOp.AVG)
            wanted = sum(2 * w * own(k, 3, run=10 * run + part) ** 2
                         for k in range(size) for part in range(2)) / size
            assert run % 2 or torch.allclose(total, wanted)
            w -= 0.01 * total
        w.grad = None


@check
def in_a_mapped_function():
    x = torch.ones(5, 3)
    assert refused(NotImplementedError, lambda: torch.func.vmap(DF.all_reduce)(x), "vmap")


@check
def what_has_no_derivative():
    x = torch.ones(2, requires_grad=True)
    assert refused(NotImplementedError, lambda: DF.all_reduce(x, op=dist.ReduceOp.MAX))


if __name__ == "__main__":
    run_checks()
