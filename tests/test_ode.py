"""``wengert.ode``: values, gradients by both ways, events, what is refused."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import wengert as torch
from wengert.func import grad, hessian, jacrev, jvp, vmap
from wengert.ode import odeint, odeint_adjoint, odeint_event

f64 = torch.float64
P = torch.tensor([1.5, 0.8], dtype=f64)
Y0 = torch.tensor([0.1, 0.3], dtype=f64)
T = torch.tensor([0.0, 0.4, 1.0], dtype=f64)
WAYS = [odeint, odeint_adjoint]


def logistic(p: Any) -> Any:
    return lambda t, y: p[0] * y * (p[1] - y)


def exact(p: Any, y0: Any, t: Any) -> Any:
    """The states of the logistic equation."""
    e = (p[0] * p[1] * (t - t[0]))[:, None].exp()
    return p[1] * y0 * e / (p[1] + y0 * (e - 1))


def total(way: Any) -> Any:
    return lambda p, y0, t: (way(logistic(p), y0, t, rtol=1e-5, atol=1e-7) ** 2).sum()


def exact_total(p: Any, y0: Any, t: Any) -> Any:
    return (exact(p, y0, t) ** 2).sum()


@pytest.mark.parametrize("way", WAYS)
def test_values_and_gradients(way: Any) -> None:
    for k in range(2):
        p, y0, t = P + 0.1 * k, Y0 * (1 + k), T * (1 + 0.2 * k)
        assert torch.allclose(way(logistic(p), y0, t), exact(p, y0, t), rtol=1e-6)
        found = grad(total(way), (0, 1, 2))(p, y0, t)
        for x, y in zip(found, grad(exact_total, (0, 1, 2))(p, y0, t), strict=True):
            assert torch.allclose(x, y, rtol=1e-4, atol=1e-5)


def test_second_derivatives_and_tangents() -> None:
    short = T[:2]
    of_p = lambda f: lambda p: f(p, Y0, short)
    other = hessian(of_p(exact_total))(P)
    assert torch.allclose(hessian(of_p(total(odeint)))(P), other, rtol=1e-3)
    for way in WAYS:
        _, t = jvp(total(way), (P, Y0, short), (P, Y0, short))
        assert float(t) == pytest.approx(float(jvp(
            exact_total, (P, Y0, short), (P, Y0, short))[1]), rel=1e-4)


@pytest.mark.long
def test_second_derivatives_by_the_adjoint() -> None:
    of_p = lambda f: lambda p: f(p, Y0, T[:2])
    found = jacrev(grad(of_p(total(odeint_adjoint))))(P)
    assert torch.allclose(found, hessian(of_p(exact_total))(P), rtol=1e-3)


def test_samples_share_their_steps() -> None:
    starts = torch.stack([Y0, 2 * Y0])
    states = vmap(lambda y0: odeint(logistic(P), y0, T, rtol=1e-6))(starts)
    assert torch.allclose(states[1], exact(P, 2 * Y0, T), rtol=1e-5)
    each = vmap(grad(lambda y0, p: total(odeint)(p, y0, T)), in_dims=(0, None))(starts, P)
    assert torch.allclose(each[1], grad(exact_total, 1)(P, 2 * Y0, T), rtol=1e-4)


def test_a_module_and_tuples_of_states() -> None:
    torch.manual_seed(0)
    net = torch.nn.Linear(2, 2)
    found = []
    for way in WAYS:
        net.zero_grad()
        a, b = way(lambda t, y: (net(y[0]).tanh(), y[1] * t), (torch.ones(2), torch.ones(3)),
                   torch.linspace(0, 1, 3), rtol=1e-6)
        assert a.shape == (3, 2) and torch.allclose(b[2], torch.tensor(math.exp(0.5)))
        a.sum().backward()
        found.append([a.detach(), net.weight.grad, net.bias.grad])
    for x, y in zip(*found, strict=True):
        assert torch.allclose(x, y, rtol=1e-4, atol=1e-5)


def test_a_function_that_looks_at_values() -> None:
    net = torch.nn.Linear(2, 2, dtype=f64)

    class Switched(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.net = net

        def forward(self, t: Any, y: Any) -> Any:
            return self.net(y) if t < 0.5 else -y
    found = []
    for way in WAYS:
        net.zero_grad()
        y = way(Switched(), torch.ones(2, dtype=f64), torch.linspace(0, 1, 2, dtype=f64),
                rtol=1e-6, atol=1e-8, options={"jump_t": torch.tensor([0.5])})
        y[-1].sum().backward()
        found.append(net.weight.grad)
    assert torch.allclose(*found, rtol=1e-5)


@pytest.mark.parametrize("method", ["bosh3", "adaptive_heun", "euler", "midpoint", "rk4"])
def test_methods_backwards_in_time(method: str) -> None:
    fixed = method in ("euler", "midpoint", "rk4")
    y = odeint(lambda t, y: -y * t, torch.ones(2, dtype=f64), torch.tensor([1.0, 0.5, 0.0]),
               method=method, rtol=1e-4, atol=1e-6,
               options={"step_size": 0.05} if fixed else {"max_step": 0.5})
    right = [1, math.exp(0.375), math.exp(0.5)]
    assert np.allclose(y[:, 0].numpy(), right, rtol=0.05 if method == "euler" else 2e-3)


def hit(h: Any, g: Any, start: Any) -> Any:
    """When something that falls from the height ``h`` is at 0, and how fast."""
    time, (_, v) = odeint_event(
        lambda t, y: (y[1], -g + 0 * y[1]), (h, torch.zeros((), dtype=f64)), start,
        event_fn=lambda t, y: y[0])
    return torch.stack([time, v[-1]])


def test_events_have_derivatives() -> None:
    args = tuple(torch.tensor(x, dtype=f64) for x in (20.0, 10.0, 0.5))
    other = lambda h, g, start: torch.stack([start + (2 * h / g).sqrt(), -(2 * h * g).sqrt()])
    assert torch.allclose(hit(*args), other(*args))
    for x, y in zip(jacrev(hit, (0, 1, 2))(*args), jacrev(other, (0, 1, 2))(*args), strict=True):
        assert torch.allclose(x, y)
    assert float(hessian(lambda h: hit(h, *args[1:])[0])(args[0])) == pytest.approx(
        -0.25 * 0.2 ** 0.5 * 20 ** -1.5)
    back, _ = odeint_event(lambda t, y: -y, torch.ones(1, dtype=f64), args[2], reverse_time=True,
                           event_fn=lambda t, y: y.sum() - 2)
    assert float(back) == pytest.approx(0.5 - math.log(2))
    with pytest.raises(RuntimeError, match="no event happens"):
        odeint(lambda t, y: -y, torch.ones(1), torch.tensor([0.0, 1.0]),
               event_fn=lambda t, y: y - 0.1)


def test_what_is_refused() -> None:
    f, y0, t = (lambda t, y: y ** 2), torch.ones(1, dtype=f64), torch.tensor([0.0, 2.0])
    for error, text, call in [
            (TypeError, "y0 must be", lambda: odeint(f, 1.0, t)),
            (TypeError, "t must be", lambda: odeint(f, y0, torch.tensor(1.0))),
            (ValueError, "strictly", lambda: odeint(f, y0, torch.tensor([0.0, 1.0, 1.0]))),
            (ValueError, "Invalid method", lambda: odeint(f, y0, t, method="rk5")),
            (RuntimeError, "underflow", lambda: odeint(f, y0, t, rtol=1e-4)),
            (RuntimeError, "max_num_steps", lambda: odeint(f, y0, t, options={
                "max_num_steps": 2}))]:
        with pytest.raises(error, match=text):
            call()
    with pytest.warns(UserWarning, match="Unexpected arguments"):
        odeint(f, y0, t / 10, options={"what": 1})
    assert odeint(f, torch.ones(0), t).shape == (2, 0)
    assert odeint(lambda t, y: 1j * y, torch.ones((), dtype=torch.complex64), t)[1].item() == (
        pytest.approx(complex(math.cos(2), math.sin(2)), abs=1e-5))
