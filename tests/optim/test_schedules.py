"""Schedules of the learning rate against closed forms; averages of models."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import wengert as torch

schedules = torch.optim.lr_scheduler
swa = torch.optim.swa_utils
Form = Callable[[int], float]


def optimizer_of(lr: Any = 1.0, **options: Any) -> Any:
    return torch.optim.SGD([torch.zeros(2, requires_grad=True)], lr=lr, **options)


def triangle(k: int) -> float:
    at = k % 6
    return 0.1 + 0.9 * (at / 2 if at <= 2 else (6 - at) / 4)


FORMS: list[tuple[str, Form]] = [
    ("LambdaLR(o, lambda k: 1 / (k + 1))", lambda k: 1 / (k + 1)),
    ("MultiplicativeLR(o, lambda k: 0.5)", lambda k: 0.5 ** k),
    ("StepLR(o, 3, gamma=0.5)", lambda k: 0.5 ** (k // 3)),
    ("MultiStepLR(o, [2, 7], gamma=0.5)", lambda k: 0.5 ** ((k >= 2) + (k >= 7))),
    ("ConstantLR(o, 0.5, 4)", lambda k: 0.5 if k < 4 else 1.0),
    ("LinearLR(o, 0.5, 1.0, 4)", lambda k: 0.5 + 0.5 * min(k, 4) / 4),
    ("ExponentialLR(o, 0.9)", lambda k: 0.9 ** k),
    ("PolynomialLR(o, 10, power=2)", lambda k: max(0, 1 - k / 10) ** 2),
    ("CosineAnnealingLR(o, 10, eta_min=0.2)",
     lambda k: 0.2 + 0.8 * (1 + math.cos(math.pi * k / 10)) / 2),
    ("CosineAnnealingWarmRestarts(o, 4)", lambda k: (1 + math.cos(math.pi * (k % 4) / 4)) / 2),
    ("CyclicLR(o, 0.1, 1.0, 2, 4, cycle_momentum=False)", triangle),
    ("SequentialLR(o, [ConstantLR(o, 0.5, 9), ExponentialLR(o, 0.9)], [3])",
     lambda k: 0.5 if k < 3 else 0.9 ** (k - 3)),
    ("ChainedScheduler([ConstantLR(o, 0.5, 4), ExponentialLR(o, 0.9)])",
     lambda k: (0.5 if k < 4 else 1.0) * 0.9 ** k),
    ("SWALR(o, 0.5, anneal_epochs=4, anneal_strategy='linear')",
     lambda k: 1 - 0.5 * min(k, 4) / 4),
]


@pytest.mark.parametrize(("text", "form"), FORMS)
@pytest.mark.parametrize("tensor", [False, True])
def test_closed_form(text: str, form: Form, tensor: bool) -> None:
    lr = torch.tensor(1.0, dtype=torch.float64) if tensor else 1.0
    o = optimizer_of(lr)
    schedule = eval(text, {**vars(schedules), "SWALR": swa.SWALR, "o": o})
    for k in range(12):
        assert float(o.param_groups[0]["lr"]) == pytest.approx(form(k), abs=1e-12)
        assert float(schedule.get_last_lr()[0]) == pytest.approx(form(k), abs=1e-12)
        o.step()
        schedule.step()
    if tensor:
        assert o.param_groups[0]["lr"] is lr   # written in place


def test_one_cycle() -> None:
    o = optimizer_of(momentum=0.9)
    schedule = schedules.OneCycleLR(o, max_lr=1.0, total_steps=11, pct_start=0.5, div_factor=10,
                                    final_div_factor=100, anneal_strategy="linear")
    seen = []
    for _ in range(11):
        seen.append((o.param_groups[0]["lr"], o.param_groups[0]["momentum"]))
        o.step()
        schedule.step()
    lrs, momenta = zip(*seen, strict=True)
    assert lrs[0] == pytest.approx(0.1) and lrs[-1] == pytest.approx(0.001)
    assert max(lrs) == pytest.approx(0.9, abs=0.1) and max(momenta) == pytest.approx(0.95)
    with pytest.raises(ValueError, match="Tried to step 12 times"):
        schedule.step()


def test_plateau() -> None:
    o = optimizer_of()
    schedule = schedules.ReduceLROnPlateau(o, factor=0.5, patience=1, cooldown=1)
    seen = []
    for metric in (3.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 1.0):
        schedule.step(torch.tensor(metric))
        seen.append(o.param_groups[0]["lr"])
    assert seen == [1, 1, 1, 0.5, 0.5, 0.5, 0.25, 0.25]


def test_state_dict_goes_round() -> None:
    a, b = optimizer_of(), optimizer_of()
    first, second = schedules.CosineAnnealingLR(a, 10), schedules.CosineAnnealingLR(b, 10)
    for _ in range(3):
        a.step()
        first.step()
    second.load_state_dict(first.state_dict())
    b.load_state_dict(a.state_dict())
    for o, schedule in ((a, first), (b, second)):
        o.step()
        schedule.step()
    assert first.get_last_lr() == second.get_last_lr() and second.last_epoch == 4


def test_resuming_needs_the_initial_rate() -> None:
    with pytest.raises(KeyError, match="param 'initial_lr' is not specified"):
        schedules.StepLR(optimizer_of(), 2, last_epoch=3)


def test_order_of_steps() -> None:
    o = optimizer_of()
    schedule = schedules.StepLR(o, 2)
    with pytest.warns(UserWarning, match=r"before `optimizer.step\(\)`"):
        schedule.step()


# ---- averages ----

def test_averages_of_models() -> None:
    model = torch.nn.Linear(2, 2)
    equal = swa.AveragedModel(model)
    moving = swa.AveragedModel(model, multi_avg_fn=swa.get_ema_multi_avg_fn(0.75))
    seen = []
    for k in range(4):
        with torch.no_grad():
            model.weight.fill_(float(k * k))
        for each in (equal, moving):
            each.update_parameters(model)
        seen.append(float(k * k))
    wanted = seen[0]
    for x in seen[1:]:
        wanted = 0.75 * wanted + 0.25 * x
    np.testing.assert_allclose(equal.module.weight.detach().numpy(), np.mean(seen), 1e-6)
    np.testing.assert_allclose(moving.module.weight.detach().numpy(), wanted, 1e-6)
    assert equal.n_averaged.item() == 4 and equal.n_averaged.dtype is torch.int64
    assert (model.weight == 9).all()
    with pytest.raises(AssertionError, match="Only one of"):
        swa.AveragedModel(model, avg_fn=swa.get_swa_avg_fn(), multi_avg_fn=lambda *a: None)


def test_update_bn() -> None:
    torch.manual_seed(0)
    model = torch.nn.BatchNorm1d(3)
    batches = [torch.randn(6, 3) for _ in range(3)]
    model(batches[0] * 100)
    swa.update_bn([(b, 0) for b in batches], model)
    wanted = np.mean([b.numpy().mean(0) for b in batches], 0)
    np.testing.assert_allclose(model.running_mean.numpy(), wanted, 1e-5, 1e-6)
    assert model.momentum == 0.1 and model.training
