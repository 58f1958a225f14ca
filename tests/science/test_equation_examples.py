"""The examples of implicit functions and differential equations, small."""

from __future__ import annotations

import pytest
from test_sparse_examples import example

import wengert as torch
from wengert.func import grad, jacrev


@pytest.mark.long
def test_pendulum() -> None:
    pendulum = example("pendulum")
    times, found = pendulum.measured(6, noise=1e-4, until=1)
    guess = pendulum.TRUTH * torch.tensor([1.05, 0.9, 0.9, 0.98], dtype=torch.float64)
    parameters, rounds = pendulum.fit(times, found, guess, rounds=5)
    errors = pendulum.standard_errors(parameters, times, found)
    assert rounds <= 5
    assert ((parameters - pendulum.TRUTH).abs() < 5 * errors).all()
    assert (errors < 0.1).all()
    truth, h = pendulum.TRUTH, 1e-4
    slopes = jacrev(pendulum.hangs_straight)(truth)
    for k in (0, 3):
        e = torch.zeros(4, dtype=torch.float64)
        e[k] = h
        difference = pendulum.hangs_straight(truth + e) - pendulum.hangs_straight(truth - e)
        assert torch.allclose(slopes[k], difference / (2 * h), rtol=1e-3)


def test_hyperparameters() -> None:
    hyper = example("hyperparameters")
    x, y = hyper.data(60, 6, 2)
    train, validation = (x[::2], y[::2]), (x[1::2], y[1::2])
    target = lambda p: hyper.loss(hyper.fitted(p, *train), *validation)
    p, h = torch.full((6,), -3.0, dtype=torch.float64), 1e-4
    slope = grad(target)(p)
    e = torch.zeros(6, dtype=torch.float64)
    e[1] = h
    assert torch.allclose(slope[1], (target(p + e) - target(p - e)) / (2 * h), rtol=1e-4)
    _, losses = hyper.learnt(train, validation, 4, rate=0.5)
    assert losses[-1] < losses[0]
