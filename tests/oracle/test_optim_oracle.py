"""Optimisers, schedules and averages against PyTorch: the same program with both, from the same
values."""

from __future__ import annotations

import copy
import pickle
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import wengert

torch = pytest.importorskip("torch")
SHAPES = [(4, 3), (3,), (), (2, 2, 2)]
Make = Callable[[Any, list[Any]], Any]
BOTH = (torch, wengert)


def params_of(lib: Any, dtype: str = "float32", shapes: Any = SHAPES) -> tuple[Any, Any]:
    """Parameters and targets."""
    rng = np.random.default_rng(0)

    def draw(shape: tuple[int, ...]) -> Any:
        value = rng.normal(size=shape)
        if dtype == "complex64":
            value = value + 1j * rng.normal(size=shape)
        return np.asarray(value, dtype)

    params = [lib.tensor(draw(s), requires_grad=True) for s in shapes]
    return params, [lib.tensor(draw(s)) for s in shapes]


def fit(lib: Any, make: Make, steps: int = 20, dtype: str = "float32", shapes: Any = SHAPES,
        each: Callable[[int, Any], None] | None = None) -> tuple[list[Any], Any]:
    """The parameters and the optimiser after some steps on a loss that changes."""
    params, targets = params_of(lib, dtype, shapes)
    optimizer = make(lib, params)
    for i in range(steps):
        optimizer.zero_grad()
        losses = [((p - t).abs() ** 2 * (1 + i % 3) + (p * t).abs()).sum()
                  for p, t in zip(params, targets, strict=True)]
        sum(losses[1:], losses[0]).backward()
        optimizer.step()
        if each is not None:
            each(i, optimizer)
    return params, optimizer


def close(found: Any, wanted: Any, limit: float) -> None:
    found, wanted = found.detach().numpy(), wanted.detach().numpy()
    assert found.dtype == wanted.dtype and found.shape == wanted.shape
    np.testing.assert_allclose(found, wanted, limit, limit)


def same_state(ours: Any, theirs: Any, limit: float) -> None:
    """Two state dicts hold the same, in the same types and dtypes."""
    if isinstance(theirs, torch.Tensor):
        close(ours, theirs, limit)
    elif isinstance(theirs, dict):
        assert list(ours) == list(theirs)
        for key in theirs:
            same_state(ours[key], theirs[key], limit)
    elif isinstance(theirs, (list, tuple)):
        assert type(ours) is type(theirs) and len(ours) == len(theirs)
        for a, b in zip(ours, theirs, strict=True):
            same_state(a, b, limit)
    elif isinstance(theirs, float):
        assert type(ours) is float and ours == pytest.approx(theirs, rel=1e-5, abs=1e-6)
    else:
        assert ours == theirs and type(ours) is type(theirs)


OPTIONS = """
SGD(p, lr=0.01)
SGD(p, lr=0.01, momentum=0.9)
SGD(p, lr=0.01, momentum=0.9, dampening=0.3, weight_decay=0.1)
SGD(p, lr=0.01, momentum=0.9, nesterov=True, maximize=True)
SGD(p, lr=0.01, momentum=1, foreach=True)
SGD(p, lr=lib.tensor(0.01), weight_decay=0.1)
SGD(p, lr=lib.tensor([0.01]), momentum=0.5, fused=True)
Adam(p, lr=0.05)
Adam(p, lr=0.05, betas=(0.3, 0.7), eps=1e-4)
Adam(p, lr=0.05, weight_decay=0.1)
Adam(p, lr=0.05, weight_decay=0.1, decoupled_weight_decay=True)
Adam(p, lr=0.05, amsgrad=True)
Adam(p, lr=0.05, maximize=True, foreach=True)
Adam(p, lr=lib.tensor(0.05))
Adam(p, lr=0.05, betas=(lib.tensor(0.8), lib.tensor(0.9)))
Adam(p, lr=0.05, fused=True, amsgrad=True)
AdamW(p, lr=0.05)
AdamW(p, lr=0.05, weight_decay=0.3, amsgrad=True, maximize=True)
AdamW(p, lr=lib.tensor(0.05), foreach=False)
Adamax(p)
Adamax(p, lr=0.05, betas=(0.4, 0.5), eps=1e-3, weight_decay=0.1, maximize=True)
NAdam(p)
NAdam(p, lr=0.05, weight_decay=0.1, momentum_decay=0.1)
NAdam(p, lr=0.05, weight_decay=0.1, decoupled_weight_decay=True, maximize=True)
RAdam(p)
RAdam(p, lr=0.05, weight_decay=0.1, betas=(0.4, 0.9))
RAdam(p, lr=0.05, weight_decay=0.1, decoupled_weight_decay=True, maximize=True)
Adagrad(p)
Adagrad(p, lr=0.1, lr_decay=0.1, weight_decay=0.1, initial_accumulator_value=0.3, maximize=True)
Adadelta(p)
Adadelta(p, lr=0.5, rho=0.5, eps=1e-3, weight_decay=0.1, maximize=True)
RMSprop(p)
RMSprop(p, momentum=0.9, weight_decay=0.1)
RMSprop(p, centered=True, alpha=0.9, maximize=True)
RMSprop(p, centered=True, momentum=0.5, alpha=0.3)
Rprop(p)
Rprop(p, lr=0.1, etas=(0.3, 1.5), step_sizes=(1e-3, 0.2), maximize=True)
ASGD(p)
ASGD(p, lr=0.05, lambd=0.1, alpha=0.5, t0=3, weight_decay=0.1)
""".strip().splitlines()


def maker(text: str) -> Make:
    code = compile(text, text, "eval")
    return lambda lib, params: eval(code, vars(lib.optim) | {"p": params, "lib": lib})


@pytest.mark.parametrize("text", OPTIONS)
def test_options(text: str) -> None:
    dtypes = ["float32", "float64", *["complex64"] * ("tensor" not in text
                                                      and "fused" not in text)]
    for dtype in dtypes:
        limit = 1e-9 if dtype == "float64" and "tensor" not in text else 2e-5
        (theirs, a), (ours, b) = (fit(lib, maker(text), dtype=dtype) for lib in BOTH)
        for found, wanted in zip(ours, theirs, strict=True):
            close(found, wanted, limit)
        same_state(b.state_dict(), a.state_dict(), 10 * limit)
        assert repr(b) == repr(a)


REAL = """
Adafactor(p)
Adafactor(p, lr=0.5, beta2_decay=-0.5, eps=(1e-3, 1e-2), d=2.0, weight_decay=0.1, maximize=True)
Adafactor(p, lr=lib.tensor(0.05))
""".strip().splitlines()


@pytest.mark.parametrize("text", REAL)
def test_real_parameters_only(text: str) -> None:
    for dtype, limit in (("float32", 2e-5), ("float64", 1e-9)):
        (theirs, a), (ours, b) = (fit(lib, maker(text), dtype=dtype) for lib in BOTH)
        for found, wanted in zip(ours, theirs, strict=True):
            close(found, wanted, limit if "tensor" not in text else 2e-5)
        same_state(b.state_dict(), a.state_dict(), 1e-4)
    for lib in BOTH:
        with pytest.raises(RuntimeError, match="Adafactor does not support complex parameters"):
            fit(lib, maker(text), dtype="complex64")


@pytest.mark.parametrize("text", [
    "Muon(p)", "Muon(p, lr=0.1, momentum=0.3, nesterov=False, weight_decay=0)",
    "Muon(p, adjust_lr_fn='match_rms_adamw', ns_steps=3, eps=1e-3)"])
def test_muon(text: str) -> None:
    pytest.importorskip("ml_dtypes")
    shapes = [(6, 3), (3, 6), (4, 4)]
    (theirs, _), (ours, _) = (fit(lib, maker(text), steps=6, shapes=shapes) for lib in BOTH)
    for found, wanted in zip(ours, theirs, strict=True):
        close(found, wanted, 4e-3)   # the iteration rounds to bfloat16


@pytest.mark.parametrize("text", [
    "SGD(p, lr=0.05)", "SGD(p, lr=0.05, momentum=0.5, weight_decay=0.1)", "Adam(p, lr=0.05)",
    "AdamW(p, lr=0.05)", "NAdam(p)", "RAdam(p)", "Adagrad(p)", "Adadelta(p)",
    "RMSprop(p, momentum=0.5)", "ASGD(p)"])
def test_differentiable(text: str) -> None:
    """The gradient of a result of several steps with respect to where they began."""
    def run(lib: Any) -> Any:
        start = lib.tensor([1.0, -2.0, 0.5], dtype=lib.float64, requires_grad=True)
        p = start * 1
        optimizer = maker(text.replace("(p", "([p]").replace(")", ", differentiable=True)"))(
            lib, p)
        for i in range(7):
            (p.grad,) = lib.autograd.grad(((p - i) ** 4).sum(), p, create_graph=True)
            optimizer.step()
        (p ** 2).sum().backward()
        return start.grad

    close(run(wengert), run(torch), 1e-5)   # PyTorch's step count is float32


def test_gradient_of_the_learning_rate() -> None:
    def run(lib: Any, name: str) -> Any:
        lr = lib.tensor(0.1, dtype=lib.float64, requires_grad=True)
        p = lib.tensor([1.0, -2.0], dtype=lib.float64, requires_grad=True).clone()
        optimizer = getattr(lib.optim, name)([p], lr=lr, differentiable=True)
        for _ in range(3):
            (p.grad,) = lib.autograd.grad(((p - 3) ** 4).sum(), p, create_graph=True)
            optimizer.step()
        (p ** 2).sum().backward()
        return lr.grad

    for name in ("SGD", "Adam"):
        close(run(wengert, name), run(torch, name), 1e-5)


@pytest.mark.parametrize("text", ["SGD(p, momentum=0.9)", "Adam(p, amsgrad=True)", "ASGD(p)",
                                  "NAdam(p)", "Adagrad(p)", "Rprop(p)", "Adafactor(p)"])
def test_state_of_the_other(text: str) -> None:
    """A fit goes on from PyTorch's state dict as PyTorch does."""
    params, optimizer = fit(torch, maker(text), steps=4)
    ours = [wengert.tensor(p.detach().numpy().copy(), requires_grad=True) for p in params]
    other = maker(text)(wengert, ours)
    state = copy.deepcopy(optimizer.state_dict())
    for values in state["state"].values():
        values.update({k: wengert.tensor(v.numpy()) for k, v in values.items()
                       if isinstance(v, torch.Tensor)})
    other.load_state_dict(state)
    for p, q in zip(params, ours, strict=True):
        p.grad, q.grad = torch.ones_like(p), wengert.ones_like(q)
    for _ in range(3):
        optimizer.step()
        other.step()
    for p, q in zip(params, ours, strict=True):
        close(q, p, 1e-5)
    same_state(other.state_dict(), optimizer.state_dict(), 1e-5)


@pytest.mark.parametrize("options", [
    {}, {"lr": 0.3}, {"line_search_fn": "strong_wolfe"},
    {"line_search_fn": "strong_wolfe", "history_size": 2, "max_iter": 5},
    {"line_search_fn": "strong_wolfe", "lr": 4.0, "max_eval": 6},
    {"lr": 0.02, "max_iter": 3, "tolerance_grad": 1.0}, {"tolerance_change": 0.1}])
def test_lbfgs(options: dict[str, Any]) -> None:
    def run(lib: Any) -> tuple[Any, ...]:
        x = lib.tensor([-1.2, 1.0], dtype=lib.float64, requires_grad=True)
        y = lib.tensor([[0.3]], dtype=lib.float64, requires_grad=True)
        z = lib.tensor(1.0 + 2.0j, dtype=lib.complex128, requires_grad=True)
        optimizer = lib.optim.LBFGS([x, y, z], **options)
        losses = []

        def closure() -> Any:
            optimizer.zero_grad()
            loss = ((1 - x[0]) ** 2 + 5 * (x[1] - x[0] ** 2) ** 2 + (x * y).exp().sum()
                    + (y ** 2).sum() + (z.abs() ** 2))
            loss.backward()
            losses.append(loss.item())
            return loss

        for _ in range(3):
            optimizer.step(closure)
        state = optimizer.state_dict()["state"][0]
        return losses, x, y, z, {k: state[k] for k in ("func_evals", "n_iter")}, set(state)

    found, wanted = run(wengert), run(torch)
    np.testing.assert_allclose(found[0], wanted[0], 1e-6)
    for a, b in zip(found[1:4], wanted[1:4], strict=True):
        close(a, b, 1e-6)
    assert found[4:] == wanted[4:]


SCHEDULES = """
LambdaLR(o, lambda i: 0.9 ** i)
LambdaLR(o, [lambda i: 0.9 ** i, lambda i: 1 / (1 + i)])
MultiplicativeLR(o, lambda i: 0.95)
StepLR(o, 3)
StepLR(o, 4, gamma=0.5)
MultiStepLR(o, [2, 5, 5, 9], gamma=0.5)
ConstantLR(o, factor=0.5, total_iters=4)
LinearLR(o, start_factor=0.2, end_factor=0.8, total_iters=6)
ExponentialLR(o, 0.9)
PolynomialLR(o, total_iters=8, power=2)
CosineAnnealingLR(o, T_max=5, eta_min=0.01)
CosineAnnealingLR(o, 20)
CosineAnnealingWarmRestarts(o, 3)
CosineAnnealingWarmRestarts(o, 2, T_mult=2, eta_min=0.01)
CyclicLR(o, 0.01, 0.5, step_size_up=3)
CyclicLR(o, 0.01, 0.5, step_size_up=3, step_size_down=5, mode='triangular2')
CyclicLR(o, [0.01, 0.02], [0.5, 0.4], step_size_up=4, mode='exp_range', gamma=0.9)
CyclicLR(o, 0.01, 0.5, step_size_up=3, scale_fn=lambda x: 0.5 ** x, scale_mode='iterations')
CyclicLR(o, 0.01, 0.5, step_size_up=3, cycle_momentum=False)
OneCycleLR(o, max_lr=0.5, total_steps=20)
OneCycleLR(o, max_lr=[0.5, 0.4], epochs=4, steps_per_epoch=5, anneal_strategy='linear')
OneCycleLR(o, max_lr=0.5, total_steps=20, three_phase=True, pct_start=0.4)
SequentialLR(o, [ConstantLR(o, 0.1, 3), ExponentialLR(o, 0.9)], [4])
SequentialLR(o, [LinearLR(o, 0.1, 1.0, 3), CosineAnnealingLR(o, 9), StepLR(o, 2)], [3, 12])
ChainedScheduler([ConstantLR(o, 0.1, 3), ExponentialLR(o, 0.9)])
SWALR(o, 0.05, anneal_epochs=5)
SWALR(o, 0.05, anneal_epochs=4, anneal_strategy='linear')
SWALR(o, [0.05, 0.01], anneal_epochs=0)
""".strip().splitlines()


def scheduled(lib: Any, text: str, tensor: bool, name: str) -> list[Any]:
    """The learning rates and momenta that a schedule sets, with a save and a load on the way."""
    params, _ = params_of(lib)
    lr = lib.tensor(0.1, dtype=lib.float64) if tensor else 0.1
    lr2 = lib.tensor(0.3, dtype=lib.float64) if tensor else 0.3
    options = {"momentum": 0.9} if name == "SGD" else {}
    optimizer = getattr(lib.optim, name)(
        [{"params": params[:2]}, {"params": params[2:], "lr": lr2}], lr=lr, **options)
    places = vars(lib.optim.lr_scheduler) | vars(lib.optim.swa_utils) | {"o": optimizer}
    schedule = eval(text, places)
    seen = []
    for i in range(18):
        groups = optimizer.param_groups
        seen.append([float(g["lr"]) for g in groups])
        seen.append([float(x) for x in schedule.get_last_lr()])
        seen.append([g.get("momentum", g.get("betas")) for g in groups])
        optimizer.step()
        schedule.step()
        if i == 7:
            schedule.load_state_dict(copy.deepcopy(schedule.state_dict()))
    return seen


@pytest.mark.parametrize("text", SCHEDULES)
def test_schedules(text: str) -> None:
    for tensor, name in ((False, "SGD"), (False, "AdamW"), (True, "SGD")):
        if tensor and ("Cycl" in text or "lambda" in text or "Cycle" in text):
            continue
        theirs, ours = (scheduled(lib, text, tensor, name) for lib in BOTH)
        for a, b in zip(ours, theirs, strict=True):
            np.testing.assert_allclose(a, b, 1e-6 if tensor else 1e-12)


def test_state_of_schedules() -> None:
    for text in SCHEDULES:
        states = []
        for lib in BOTH:
            params, _ = params_of(lib)
            optimizer = lib.optim.SGD([{"params": params[:2]}, {"params": params[2:]}], lr=0.1,
                                      momentum=0.9)
            places = vars(lib.optim.lr_scheduler) | vars(lib.optim.swa_utils)
            schedule = eval(text, places | {"o": optimizer})
            optimizer.step()
            schedule.step()
            states.append(schedule.state_dict())
        assert set(states[1]) == set(states[0]), text
        for key, value in states[0].items():
            if isinstance(value, (int, float, str)):
                assert states[1][key] == pytest.approx(value), (text, key)


@pytest.mark.filterwarnings("ignore:The epoch parameter")
def test_closed_forms() -> None:
    """``step(epoch)`` jumps."""
    for text in SCHEDULES[3:14]:
        seen = []
        for lib in BOTH:
            params, _ = params_of(lib)
            optimizer = lib.optim.SGD([{"params": params[:2]}, {"params": params[2:]}], lr=0.1)
            schedule = eval(text, vars(lib.optim.lr_scheduler) | {"o": optimizer})
            optimizer.step()
            for epoch in (4, 1, 7, 30):
                schedule.step(epoch)
                seen.append([g["lr"] for g in optimizer.param_groups])
        half = len(seen) // 2
        np.testing.assert_allclose(seen[half:], seen[:half], 1e-12)


@pytest.mark.parametrize("options", [
    {}, {"mode": "max", "patience": 1}, {"patience": 0, "cooldown": 2, "min_lr": 0.01},
    {"threshold_mode": "abs", "threshold": 0.3, "patience": 1, "factor": 0.5},
    {"mode": "max", "threshold_mode": "abs", "patience": 0, "min_lr": [0.0, 0.05]}])
def test_plateau(options: dict[str, Any]) -> None:
    metrics = [5, 4, 4.1, 4.2, 3.9, 3.95, 3.9, 3.9, 3.9, 2, 2.5, 2.4, 2.3, 7, 1, 1, 1, 1, 1, 1]
    seen = []
    for lib in BOTH:
        params, _ = params_of(lib)
        optimizer = lib.optim.SGD([{"params": params[:2]}, {"params": params[2:]}], lr=0.1)
        schedule = lib.optim.lr_scheduler.ReduceLROnPlateau(optimizer, **options)
        for m in metrics:
            schedule.step(lib.tensor(float(m)))
            seen.append([*[g["lr"] for g in optimizer.param_groups], schedule.num_bad_epochs,
                         schedule.best, *schedule.get_last_lr()])
        seen.append(sorted(schedule.state_dict()))
    half = len(seen) // 2
    assert seen[half:] == seen[:half]


ERRORS = """
SGD(p, lr=-1)
SGD(p, momentum=-1)
SGD(p, weight_decay=-1)
SGD(p, nesterov=True)
SGD(p, lr=lib.ones(2))
SGD(p, fused=True, foreach=True)
SGD(p, fused=True, differentiable=True)
SGD(p[0])
SGD([])
SGD([p[0], 3])
SGD([{'params': {p[0]}}])
SGD([p[0] * 2])
SGD([{'params': [p[0]]}, {'params': [p[0]]}])
SGD([{'params': p[0]}, 3])
SGD([('a', p[0]), p[1]])
SGD([{'params': [('a', p[0])]}, {'params': [p[1]]}])
Adam(p, lr=-1)
Adam(p, eps=-1)
Adam(p, betas=(1.0, 0.9))
Adam(p, betas=(0.9, -0.1))
Adam(p, betas=(0, 0.9))
Adam(p, weight_decay=-1)
Adam(p, lr=lib.tensor(0.1), foreach=True)
Adam(p, betas=(0.9, lib.tensor(0.9)))
Adam(p, fused=True, foreach=True)
Adamax(p, eps=-1)
NAdam(p, momentum_decay=-1)
Adagrad(p, lr_decay=-1)
Adagrad(p, initial_accumulator_value=-1)
Adadelta(p, rho=2)
RMSprop(p, alpha=-1)
RMSprop(p, momentum=-1)
Rprop(p, etas=(2, 3))
ASGD(p, weight_decay=-1)
Adafactor(p, lr=-1)
Adafactor(p, beta2_decay=1)
Adafactor(p, eps=(-1, 1))
Adafactor(p, eps=(None, -1))
Adafactor(p, d=0.5)
Muon(p)
Muon(p[:1], adjust_lr_fn='other')
Muon(p[:1], momentum=-1)
LBFGS([{'params': p[:1]}, {'params': p[1:]}])
LBFGS(p, lr=-1)
Optimizer(p, {}).step()
SGD(p).add_param_group([p[0]])
SGD(p).load_state_dict({'state': {}, 'param_groups': []})
SGD(p).load_state_dict({'state': {}, 'param_groups': [{'params': [0]}]})
lr_scheduler.StepLR(3, 1)
lr_scheduler.StepLR(SGD(p), 1, last_epoch=2)
lr_scheduler.LambdaLR(SGD(p), [len, len])
lr_scheduler.MultiplicativeLR(SGD(p), 3)
lr_scheduler.ConstantLR(SGD(p), 2)
lr_scheduler.LinearLR(SGD(p), 0)
lr_scheduler.LinearLR(SGD(p), 1, 2)
lr_scheduler.CosineAnnealingWarmRestarts(SGD(p), 0)
lr_scheduler.CosineAnnealingWarmRestarts(SGD(p), 1, 0)
lr_scheduler.CosineAnnealingWarmRestarts(SGD(p), 1, eta_min='a')
lr_scheduler.CosineAnnealingWarmRestarts(SGD(p), 1).step(-2)
lr_scheduler.CyclicLR(Adagrad(p), 0.1, 0.2)
lr_scheduler.CyclicLR(SGD(p), [0.1, 0.1], 0.2)
lr_scheduler.CyclicLR(SGD(p), 0.1, 0.2, mode='no')
lr_scheduler.OneCycleLR(SGD(p), 0.1)
lr_scheduler.OneCycleLR(SGD(p), 0.1, total_steps=-1)
lr_scheduler.OneCycleLR(SGD(p), 0.1, epochs=0, steps_per_epoch=1)
lr_scheduler.OneCycleLR(SGD(p), 0.1, epochs=1, steps_per_epoch=0.5)
lr_scheduler.OneCycleLR(SGD(p), 0.1, total_steps=5, pct_start=2.0)
lr_scheduler.OneCycleLR(SGD(p), 0.1, total_steps=5, anneal_strategy='no')
lr_scheduler.OneCycleLR(Adagrad(p), 0.1, total_steps=5)
lr_scheduler.ReduceLROnPlateau(SGD(p), factor=2)
lr_scheduler.ReduceLROnPlateau(SGD(p), mode='no')
lr_scheduler.ReduceLROnPlateau(SGD(p), threshold_mode='no')
lr_scheduler.ReduceLROnPlateau(SGD(p), min_lr=[1, 2])
lr_scheduler.ReduceLROnPlateau(3)
lr_scheduler.SequentialLR(SGD(p), [], [])
lr_scheduler.SequentialLR(SGD(p), [3], [])
lr_scheduler.ChainedScheduler([])
swa_utils.SWALR(SGD(p), 0.1, anneal_strategy='no')
swa_utils.SWALR(SGD(p), 0.1, anneal_epochs=-1)
swa_utils.get_ema_avg_fn(2)
swa_utils.get_ema_multi_avg_fn(-1)
""".strip().splitlines()


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("text", ERRORS)
def test_errors(text: str) -> None:
    raised: list[Any] = []
    for lib in BOTH:
        params, _ = params_of(lib)
        with pytest.raises(Exception) as info:
            eval(text, vars(lib.optim) | {"p": params, "lib": lib})
        raised.append(info.value)
    wanted, found = raised
    assert type(found) is type(wanted), f"{found!r}, PyTorch {wanted!r}"
    words = str(wanted).split("\n")[0][:60].rstrip(".'\" ")
    assert words.replace("torch", "") in str(found).replace("wengert", ""), f"{found}, {wanted}"


def test_names_and_groups() -> None:
    seen = []
    for lib in BOTH:
        params, _ = params_of(lib)
        optimizer = lib.optim.Adam([("a", params[0]), ("b", params[1])], lr=0.1)
        optimizer.add_param_group({"params": [("c", params[2])], "lr": 0.3})
        state = optimizer.state_dict()
        seen.append((repr(optimizer), state))
        other = lib.optim.Adam([{"params": params[:2]}, {"params": params[2:3]}])
        other.load_state_dict(state)
        seen.append((repr(other), other.state_dict()))
    assert seen[2:] == seen[:2]


def test_hooks() -> None:
    def run(lib: Any) -> list[Any]:
        notes: list[Any] = []
        params, _ = params_of(lib)
        optimizer = lib.optim.SGD(params, lr=0.1, momentum=0.9)
        place = __import__(f"{lib.__name__}.optim.optimizer", fromlist=["x"])
        handles = [
            place.register_optimizer_step_pre_hook(lambda o, a, k: notes.append("all pre")),
            place.register_optimizer_step_post_hook(lambda o, a, k: notes.append("all post")),
            optimizer.register_step_pre_hook(lambda o, a, k: notes.append([len(a), list(k)])),
            optimizer.register_step_post_hook(lambda o, a, k: notes.append([len(a), list(k)])),
            optimizer.register_state_dict_pre_hook(lambda o: notes.append("state pre")),
            optimizer.register_state_dict_post_hook(
                lambda o, s: notes.append("state post") or {**s, "more": 1}),
            optimizer.register_state_dict_post_hook(lambda o, s: notes.append("first"),
                                                    prepend=True),
            optimizer.register_load_state_dict_pre_hook(
                lambda o, s: notes.append(sorted(s)) or None),
            optimizer.register_load_state_dict_post_hook(lambda o: notes.append("loaded"))]
        optimizer.step(closure=lambda: notes.append("closure") or 3)
        state = optimizer.state_dict()
        optimizer.load_state_dict(state)
        for handle in handles:
            handle.remove()
        optimizer.step()
        notes.append(sorted(optimizer.state_dict()))
        return notes

    assert run(wengert) == run(torch)


def test_averaged_models() -> None:
    def run(lib: Any, **options: Any) -> list[Any]:
        lib.manual_seed(0)
        utils = lib.optim.swa_utils
        functions = {"ema": {"multi_avg_fn": utils.get_ema_multi_avg_fn(0.9)},
                     "ema_one": {"avg_fn": utils.get_ema_avg_fn(0.4)},
                     "swa_one": {"avg_fn": utils.get_swa_avg_fn()}, "swa": {}}
        model = lib.nn.Sequential(lib.nn.Linear(3, 4, bias=False), lib.nn.BatchNorm1d(4))
        averaged = {name: utils.AveragedModel(model, **given, **options)
                    for name, given in functions.items()}
        optimizer = lib.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
        batches = [lib.randn(8, 3) for _ in range(4)]
        for batch in batches:
            optimizer.zero_grad()
            ((model(batch) - batch[:, :1]) ** 2).mean().backward()
            optimizer.step()
            for each in averaged.values():
                each.update_parameters(model)
        for each in averaged.values():
            utils.update_bn([(b, 0) for b in batches], each)
        return [each.state_dict() for each in averaged.values()]

    for options in ({}, {"use_buffers": True}):
        for ours, theirs in zip(run(wengert, **options), run(torch, **options), strict=True):
            assert list(ours) == list(theirs)
            for key in theirs:
                close(ours[key], theirs[key], 1e-4)


def test_copies_of_optimizers_go_on_alike() -> None:
    params, optimizer = fit(wengert, maker("Adam(p)"), steps=3)
    other = copy.deepcopy(optimizer)
    third = pickle.loads(pickle.dumps(optimizer))
    for one in (optimizer, other, third):
        for group in one.param_groups:
            for p in group["params"]:
                p.grad = wengert.ones_like(p)
        one.step()
    for i, p in enumerate(params):
        for one in (other, third):
            q = one.param_groups[0]["params"][i]
            assert q is not p
            assert (q == p).all() and one.state[q]["step"] == 4


@pytest.mark.filterwarnings("error")
def test_order_of_steps() -> None:
    """A schedule that steps before the optimiser warns; one that steps after it does not."""
    for lib in BOTH:
        params, _ = params_of(lib)
        optimizer = lib.optim.SGD(params, lr=0.1)
        schedule = lib.optim.lr_scheduler.StepLR(optimizer, 2)
        with pytest.warns(UserWarning, match=r"before `optimizer.step\(\)`"):
            schedule.step()
        optimizer = lib.optim.SGD(params, lr=0.1)
        schedule = lib.optim.lr_scheduler.StepLR(optimizer, 2)
        optimizer.step()
        schedule.step()
        with pytest.warns(UserWarning, match="get_last_lr"):
            schedule.get_lr()
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            assert schedule.get_last_lr() == [0.1]
