"""Training in several processes: what each of the wrappers does, against one process that has the
whole batch."""

from __future__ import annotations

import copy
import tempfile
from pathlib import Path

from launching import check, refused, run_checks

import wengert as torch
import wengert.distributed as dist
import wengert.distributed.checkpoint as dcp
from wengert import nn
from wengert.distributed.algorithms.join import Join
from wengert.distributed.checkpoint.state_dict import get_state_dict, set_state_dict
from wengert.distributed.optim import ZeroRedundancyOptimizer
from wengert.nn.parallel import DistributedDataParallel as DDP
from wengert.utils.data import DistributedSampler

STEPS = 6   # interpreted at first, then compiled


def net(seed: int, *more: nn.Module) -> nn.Module:
    torch.manual_seed(seed)
    return nn.Sequential(nn.Linear(5, 300), nn.Tanh(), *more, nn.Linear(300, 2))


def batch(step: int, n: int = 8) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(step)
    return torch.randn(n, 5, generator=generator), torch.randint(0, 2, (n,), generator=generator)


def part(*tensors: torch.Tensor) -> list[torch.Tensor]:
    """What this process works on."""
    return [x[dist.get_rank()::dist.get_world_size()] for x in tensors]


loss_of = nn.CrossEntropyLoss()


def equal_on_all(model: nn.Module) -> bool:
    """Whether the parameters are the same in all processes, to the last bit."""
    flat = torch.cat([p.detach().reshape(-1) for p in model.parameters()])
    rows = [torch.empty_like(flat) for _ in range(dist.get_world_size())]
    dist.all_gather(rows, flat)
    return all(torch.equal(rows[0], row) for row in rows)


def close(a: nn.Module, b: nn.Module, tolerance: float = 1e-5) -> bool:
    return all(torch.allclose(x, y, atol=tolerance)
               for x, y in zip(a.parameters(), b.parameters(), strict=True))


@check
def as_one_process_with_the_whole_batch():
    alone = net(0)
    model = DDP(net(dist.get_rank()))
    assert equal_on_all(model) and close(model, alone, 0)
    assert next(iter(model.state_dict())) == "module.0.weight"
    ways = [torch.optim.SGD(m.parameters(), lr=0.1, momentum=0.9) for m in (alone, model)]
    for step in range(STEPS):
        x, y = batch(step)
        for m, optimizer, (a, b) in zip((alone, model), ways, ((x, y), part(x, y)), strict=True):
            optimizer.zero_grad()
            loss_of(m(a), b).backward()
            optimizer.step()
    assert close(model, alone) and equal_on_all(model)


@check
def without_sync_gradients_add_up():
    alone = net(1)
    model = DDP(copy.deepcopy(alone))
    for step in range(STEPS):
        x, y = batch(step)
        alone.zero_grad()
        model.zero_grad(set_to_none=step % 2 == 0)
        for k in range(2):
            loss_of(alone(x[k::2]), y[k::2]).backward()
        a, b = part(x, y)
        with model.no_sync():
            loss_of(model(a[:2]), b[:2]).backward()
        own = [p.grad.clone() for p in model.parameters()]
        loss_of(model(a[2:]), b[2:]).backward()
        sums = [torch.zeros_like(g) for g in own]
        for p, q, before in zip(model.parameters(), alone.parameters(), own, strict=True):
            dist.all_gather(rows := [torch.empty_like(before) for _ in range(2)], before)
            assert not torch.equal(*rows)
            assert torch.allclose(p.grad, q.grad, atol=1e-6)
        del sums
    with model.no_sync():
        loss = loss_of(model(a), b)
    model.zero_grad()
    loss.backward()   # it was computed inside
    dist.all_gather(rows, grad := model.module[2].bias.grad)
    assert not torch.equal(*rows), grad


@check
def large_gradients():
    """They are added up where they lie, and updates run while others are on their way; what was
    given out stays as it was."""
    alone = net(3, nn.Linear(300, 1000), nn.ReLU(), nn.Linear(1000, 300))
    model = DDP(copy.deepcopy(alone))
    ways = [torch.optim.SGD(m.parameters(), lr=0.05, momentum=0.9, weight_decay=0.01)
            for m in (alone, model)]
    kept = []
    for step in range(2 * STEPS):
        x, y = batch(step, 6 + step % 2 * 2)
        for m, optimizer, (a, b) in zip((alone, model), ways, ((x, y), part(x, y)), strict=True):
            optimizer.zero_grad()
            loss_of(m(a), b).backward()
            if step % 3 == 1:
                nn.utils.clip_grad_norm_(m.parameters(), 0.1)
            optimizer.step()
        if step >= STEPS:   # this step's gradients, after the next one's
            kept += [(p.grad, p.grad.clone()) for p in model.parameters()]
    assert close(model, alone) and equal_on_all(model)
    assert all(torch.equal(grad, before) for grad, before in kept)


class Branches(nn.Module):
    def __init__(self):
        super().__init__()
        self.all = nn.Linear(5, 4)
        self.some = nn.ModuleList(nn.Linear(4, 2) for _ in range(3))

    def forward(self, x, which):
        return self.some[which](self.all(x).relu())


@check
def unused_parameters():
    torch.manual_seed(2)
    alone = Branches()
    model = DDP(copy.deepcopy(alone), find_unused_parameters=True)
    rank = dist.get_rank()
    for step in range(STEPS):
        x, y = batch(step)
        model.zero_grad()
        alone.zero_grad()
        which = [step % 3, (step // 2) % 3]
        loss_of(model(*part(x), which[rank]), *part(y)).backward()
        (sum(loss_of(alone(x[k::2], which[k]), y[k::2]) for k in range(2)) / 2).backward()
        for p, q in zip(model.parameters(), alone.parameters(), strict=True):
            assert (p.grad is None) == (q.grad is None)
            assert p.grad is None or torch.allclose(p.grad, q.grad, atol=1e-6)
    strict = DDP(Branches())
    strict(x, 0).sum().backward()
    assert refused(RuntimeError, lambda: strict(x, 0), "for rank " + str(rank) + ": 4 5 6 7")
    loose = DDP(Branches(), static_graph=True)
    for _ in range(3):
        loose(x, 1).sum().backward()
    assert loose.module.some[0].weight.grad is None


@check
def two_backwards_of_one_forward():
    model = DDP(nn.ModuleDict({"a": nn.Linear(3, 1), "b": nn.Linear(3, 1)}))
    model.module.forward = lambda x: (model.module["a"](x), model.module["b"](x))
    x = torch.ones(1, 3) * (dist.get_rank() + 1)
    for _ in range(STEPS):
        model.zero_grad()
        a, b = model(x)
        a.sum().backward()
        assert torch.equal(model.module["a"].weight.grad, x)
        b.sum().backward()
        assert torch.equal(model.module["a"].weight.grad, torch.full((1, 3), 1.5))
        assert torch.equal(model.module["b"].weight.grad, torch.full((1, 3), 1.5))


@check
def buffers_are_those_of_rank_0():
    rank = dist.get_rank()
    for takes in (True, False):
        model = DDP(net(3, nn.BatchNorm1d(300)), broadcast_buffers=takes)
        for step in range(STEPS):
            x, y = batch(step + 10 * rank)
            loss_of(model(x), y).backward()
        with torch.no_grad():
            model.eval()(x)
        rows = [None, None]
        dist.all_gather_object(rows, model.module[2].running_mean.tolist())
        assert (rows[0] == rows[1]) == takes
        assert model.module[2].num_batches_tracked.item() == STEPS


@check
def batch_norm_over_all():
    torch.manual_seed(4)
    alone = nn.Sequential(nn.Conv2d(2, 4, 3, bias=False), nn.BatchNorm2d(4), nn.Tanh(),
                          nn.Flatten(), nn.Linear(16, 6, bias=False),
                          nn.BatchNorm1d(6, momentum=None, affine=False))
    model = DDP(nn.SyncBatchNorm.convert_sync_batchnorm(copy.deepcopy(alone)))
    assert type(model.module[1]) is type(model.module[5]) is nn.SyncBatchNorm
    size, rank = dist.get_world_size(), dist.get_rank()
    mine = slice(0, 5) if rank == 0 else slice(5, 7)   # of different lengths
    for step in range(STEPS):
        x = torch.randn(7, 2, 4, 4, generator=torch.Generator().manual_seed(step)) + 30
        for m, rows, factor in ((alone, slice(0, 7), 1), (model, mine, size)):
            m.zero_grad()
            (m(x[rows]) ** 3).sum().mul(factor).backward()
        for p, q in zip(model.parameters(), alone.parameters(), strict=True):
            assert torch.allclose(p.grad, q.grad, atol=1e-2, rtol=1e-3), step
    for p, q in zip(model.module.buffers(), alone.buffers(), strict=True):
        assert torch.allclose(p, q, rtol=1e-4, atol=1e-5)
    assert torch.allclose(model.eval()(x), alone.eval()(x), atol=1e-4)


@check
def optimizer_state_in_parts():
    alone, model = net(5), DDP(net(5))
    whole = torch.optim.Adam(alone.parameters(), lr=0.01)
    parts = ZeroRedundancyOptimizer(model.parameters(), torch.optim.Adam, lr=0.01)
    schedules = [torch.optim.lr_scheduler.StepLR(o, 2, 0.5) for o in (whole, parts)]
    for step in range(STEPS):
        x, y = batch(step)
        for m, optimizer, schedule, (a, b) in zip(
                (alone, model), (whole, parts), schedules, ((x, y), part(x, y)), strict=True):
            optimizer.zero_grad()
            loss_of(m(a), b).backward()
            optimizer.step()
            schedule.step()
    assert close(model, alone) and equal_on_all(model)
    sizes = [None, None]
    dist.all_gather_object(sizes, len(parts.optim.state))
    assert sum(sizes) == 4 and all(sizes)
    parts.consolidate_state_dict(to=1)
    if dist.get_rank() == 0:
        assert refused(RuntimeError, parts.state_dict, "consolidate_state_dict(to=0)")
        state = None
    else:
        state = parts.state_dict()
        for key, saved in whole.state_dict()["state"].items():
            assert torch.allclose(state["state"][key]["exp_avg"], saved["exp_avg"], atol=1e-5)
    dist.broadcast_object_list(found := [state], src=1)
    other = ZeroRedundancyOptimizer(model.parameters(), torch.optim.Adam, lr=1.0)
    other.load_state_dict(found[0])
    assert other.param_groups[0]["lr"] == parts.param_groups[0]["lr"] == 0.01 / 8
    for p, saved in parts.optim.state.items():
        assert torch.equal(other.optim.state[p]["exp_avg_sq"], saved["exp_avg_sq"])
    other.add_param_group({"params": [nn.Parameter(torch.ones(3))], "lr": 0.5})
    assert len(other.param_groups) == len(other.optim.param_groups) == 2
    assert other.param_groups[1]["lr"] == 0.5


@check
def checkpoints():
    model = DDP(net(6, nn.BatchNorm1d(300)))
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    x, y = batch(0)
    loss_of(model(x), y).backward()
    optimizer.step()
    folder = [tempfile.mkdtemp() if dist.get_rank() == 0 else None]
    dist.broadcast_object_list(folder, src=0)
    parts = get_state_dict(model, optimizer)
    assert "0.weight" in parts[0] and parts[1]["param_groups"][0]["params"][0] == "0.weight"
    dcp.save({"model": parts[0], "optimizer": parts[1], "epoch": 7}, checkpoint_id=folder[0])
    other = DDP(net(7, nn.BatchNorm1d(300)))
    fresh = torch.optim.Adam(other.parameters(), lr=1.0)
    model_state, optimizer_state = get_state_dict(other, fresh)
    state = {"model": model_state, "optimizer": optimizer_state, "epoch": 0}
    dcp.load(state, checkpoint_id=folder[0])
    set_state_dict(other, fresh, model_state_dict=state["model"],
                   optim_state_dict=state["optimizer"])
    assert state["epoch"] == 7 and close(other, model, 0)
    assert fresh.param_groups[0]["lr"] == 0.01
    assert torch.equal(fresh.state[other.module[0].weight]["exp_avg"],
                       optimizer.state[model.module[0].weight]["exp_avg"])
    assert refused(RuntimeError, lambda: dcp.load({"no": 1}, checkpoint_id=folder[0]), "no")
    assert refused(dcp.CheckpointException, lambda: dcp.load({}, checkpoint_id=folder[0] + "x"))
    dist.barrier()
    if dist.get_rank() == 0:
        Path(folder[0], "state.pt").unlink()
        Path(folder[0]).rmdir()


@check
def uneven_inputs():
    rank = dist.get_rank()
    for by_all in (True, False):
        model, alone = DDP(net(8)), net(8)
        optimizers = [torch.optim.SGD(m.parameters(), lr=0.1) for m in (model, alone)]
        with model.join(divide_by_initial_world_size=by_all):
            for step in range(2 + 3 * rank):
                optimizers[0].zero_grad()
                loss_of(model(batch(step)[0] * (rank + 1)), batch(step)[1]).backward()
                optimizers[0].step()
        for step in range(5):
            optimizers[1].zero_grad()
            losses = [loss_of(alone(batch(step)[0] * (k + 1)), batch(step)[1])
                      for k in range(2) if step < 2 + 3 * k]
            (sum(losses) / (2 if by_all else len(losses))).backward()
            optimizers[1].step()
        assert close(model, alone) and equal_on_all(model)
        model.zero_grad()
        (model(batch(0)[0]).sum() * rank).backward()   # a mean over all again
        assert torch.equal(model.module[2].bias.grad, torch.full((2,), 8 / 2))
    parts = ZeroRedundancyOptimizer(model.parameters(), torch.optim.SGD, lr=0.1)
    with Join([model, parts]):
        for step in range(2 + rank):
            parts.zero_grad()
            loss_of(model(batch(step)[0]), batch(step)[1]).backward()
            parts.step()
    assert equal_on_all(model)

    def ends():
        with model.join(throw_on_early_termination=True):
            for step in range(2 + rank):
                loss_of(model(batch(step)[0]), batch(step)[1]).backward()
    assert refused(RuntimeError, ends, "xhaust")


@check
def sampler_without_arguments():
    data = range(11)
    sampler = DistributedSampler(data, seed=3)
    sampler.set_epoch(2)
    rows = [None, None]
    dist.all_gather_object(rows, list(sampler))
    assert len(rows[0]) == len(rows[1]) == 6 and set(rows[0]) | set(rows[1]) == set(data)
    given = DistributedSampler(data, num_replicas=2, rank=dist.get_rank(), seed=3)
    given.set_epoch(2)
    assert list(given) == list(sampler)


@check
def what_is_refused():
    linear = nn.Linear(2, 2)
    model = DDP(linear)
    assert refused(NotImplementedError, lambda: model.register_comm_hook(None, print), "print")
    assert refused(ValueError, lambda: DDP(linear, device_ids=[0]), "device_ids")
    assert refused(RuntimeError, lambda: DDP(nn.ReLU()), "not needed")
    assert refused(RuntimeError, lambda: DDP(nn.Linear(2, 2 + dist.get_rank())), "same model")
    assert refused(NotImplementedError, lambda: DDP(linear, mixed_precision=1), "mixed_precision")
    assert refused(NotImplementedError, lambda: DDP(nn.Embedding(4, 2, sparse=True)), "sparse")


@check
def a_step_is_one_program():
    model = DDP(net(9))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    x, y = batch(0)

    def step():
        optimizer.zero_grad()
        loss_of(model(x), y).backward()
        optimizer.step()
    for _ in range(STEPS):
        step()
    with torch.profile() as profile:
        for _ in range(4):
            step()
    walked = torch.config.tier == "eager"
    assert walked or [p.calls for p in profile.programs] == [4], profile


if __name__ == "__main__":
    run_checks()
