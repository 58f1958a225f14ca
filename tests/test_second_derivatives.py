"""Derivatives of derivatives: zeros where PyTorch gives zeros, histories that outlive a flush, and
gradient penalties against central differences, each several times."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import wengert as torch
from second_derivatives import NETS, PIECEWISE, leaf, network, penalized, penalty, twice
from wengert.config import config
from wengert.engine.recording.templates import Template
from wengert.nn import functional as F


@pytest.mark.parametrize("look", [False, True])
@pytest.mark.parametrize("form", PIECEWISE.values(), ids=PIECEWISE)
def test_the_second_derivative_of_what_is_piecewise_linear_is_zeros(form: str, look: bool) -> None:
    for seed in range(4):
        _, in_x, in_c, _, again = twice(torch, form, seed, look)
        assert in_x.shape == again.shape == (2, 2, 4)
        assert not in_x.any() and not again.any() and in_c is not None and in_c.any()


@pytest.mark.parametrize("name", NETS)
def test_a_gradient_penalty_has_the_gradient_of_its_differences(name: str) -> None:
    net = network(torch, name)
    weight = net[0].weight
    for seed in range(4):
        for looks in range(3):
            found = penalized(torch, net, seed, looks, False)[0]
            x, h = leaf(torch, seed, 3, 1, 6, 6), 1e-6
            sides = []
            for sign in (1, -1):
                with torch.no_grad():
                    weight[1, 0, 1, 1] += sign * h
                sides.append(penalty(torch, net, x, looks).item())
                with torch.no_grad():
                    weight[1, 0, 1, 1] -= sign * h
            assert found[1, 0, 1, 1] == pytest.approx((sides[0] - sides[1]) / (2 * h), abs=1e-6)


@pytest.fixture(params=["walked", "planned"])
def way(request: pytest.FixtureRequest) -> Iterator[str]:
    if request.param == "walked":
        yield request.param
        return
    with config.in_one_tier():
        yield request.param


def wrt(g: Any, x: Any) -> list[float] | None:
    """The gradient of the sum of ``g`` with respect to ``x``, None if it does not depend on it."""
    (found,) = torch.autograd.grad(g.sum(), x, retain_graph=True, allow_unused=True)
    return None if found is None else found.flatten().tolist()


@pytest.mark.parametrize("is_leaf", [False, True])
@pytest.mark.parametrize("looks", range(3))
def test_a_gradient_depends_on_one_given_out_on_its_way(way: str, looks: int,
                                                        is_leaf: bool) -> None:
    for k in range(4):
        x = torch.tensor([0.3, 0.2 + k], requires_grad=True)
        v = torch.tensor([0.5, 0.7 + k], requires_grad=True)
        w = torch.tensor([0.1, 0.7], requires_grad=True)
        u = v if is_leaf else v * v
        y = x.sin()
        if looks > 0:
            y.tolist()
        z = y + w
        if looks > 1:
            z.tolist()
        *passing, last = torch.autograd.grad(z, [z, y, w, x], u, create_graph=True)
        slope = x.cos().tolist()
        for g in (*passing, u):
            assert wrt(last, g) == pytest.approx(slope)
        for a in passing:
            for b in (*passing, u):
                assert wrt(a, b) == [1, 1]


def test_what_is_computed_of_a_gradient_given_out_lies_as_that_or_not(way: str) -> None:
    for k in range(4):
        x = torch.full((2, 3), 0.3 + k, requires_grad=True)
        w = torch.full((3, 2), 2.0, requires_grad=True)
        y = x.sin()
        z = y.T * w
        gz, gy, gx = torch.autograd.grad(z, [z, y, x], w * 1, create_graph=True)
        assert wrt(gx, gy) == pytest.approx(x.cos().flatten().tolist())
        assert wrt(gx, gz) == pytest.approx((2 * x.cos()).flatten().tolist())


def test_what_backward_adds_to_is_another_tensor_than_what_goes_on(way: str) -> None:
    for k in range(4):
        x = torch.tensor([0.3, 0.2 + k], requires_grad=True)
        w = torch.tensor([0.1, 0.7], requires_grad=True)
        v = torch.tensor([0.5, 0.7 + k], requires_grad=True)
        y = x.sin()
        y.retain_grad()
        (y + w).backward(v, create_graph=True)
        assert wrt(x.grad, v) == pytest.approx(x.cos().tolist())
        assert wrt(w.grad, v) == wrt(y.grad, v) == [1, 1]
        assert wrt(x.grad, y.grad) is wrt(x.grad, w.grad) is wrt(w.grad, y.grad) is None
        w.grad.data.zero_()
        assert y.grad.tolist() == v.tolist() != [0, 0]


WAYS = {
    "add": "x + 5", "expand": "x.expand(2)", "reshape": "x.reshape(2)", "clone": "x.clone()",
    "view": "x[:]", "identity": "Same.apply(x)", "alias": "x.view_as(x)", "sum": "x.sum_to_size(2)",
}


class Same(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x.clone()

    @staticmethod
    def backward(ctx, ct):
        return ct


@pytest.mark.parametrize("form", WAYS.values(), ids=WAYS)
def test_a_gradient_that_is_the_cotangent_keeps_its_history(form: str) -> None:
    for k in range(4):
        x = torch.tensor([1.0, 2.0 + k], requires_grad=True)
        c = torch.tensor([3.0, 4.0 + k], requires_grad=True)
        y = eval(form, {"x": x, "Same": Same})
        (g,) = torch.autograd.grad(y, x, c, create_graph=True)
        x.sum().item()
        assert g.requires_grad and g.tolist() == c.tolist()
        seen = []
        g.register_hook(lambda ct, seen=seen: seen.append(ct.tolist()))
        ((g * g).sum() + c.sum()).backward()
        assert c.grad.tolist() == [7.0, 9.0 + 2 * k] and seen == [[6.0, 8.0 + 2 * k]]
        eval(form, {"x": x, "Same": Same}).backward(c, create_graph=True)
        x.sum().item()
        assert x.grad.requires_grad


def test_a_leaf_captured_by_a_hook_keeps_its_history() -> None:
    for k in range(4):
        x = torch.tensor([1.0, 2.0], requires_grad=True)
        w = torch.tensor([3.0 + k, 4.0], requires_grad=True)
        y = x * 2
        y.register_hook(lambda ct, w=w: w)
        (g,) = torch.autograd.grad(y.sum(), x, create_graph=True)
        g.sum().item()
        (g * g).sum().backward()
        assert w.grad.tolist() == [8 * (3.0 + k), 32.0]


def test_scatter_reduce_prod_at_zeros_is_differentiable_three_times() -> None:
    index = torch.tensor([0, 0, 1, 1, 0])
    for k in range(4):
        s = torch.tensor([0.0, 0.0, 0.0, 3.0 + k, 5.0], dtype=torch.float64, requires_grad=True)
        x = torch.ones(2, dtype=torch.float64)
        p = x.scatter_reduce(0, index, s, "prod").sum()
        (g,) = torch.autograd.grad(p, s, create_graph=True)
        (h,) = torch.autograd.grad(g[0], s, create_graph=True)
        assert h.tolist() == [0.0, 5.0, 0.0, 0.0, 0.0]
        (third,) = torch.autograd.grad(h[1], s, retain_graph=True)
        assert third.tolist() == [0.0, 0.0, 0.0, 0.0, 1.0]
        assert torch.autograd.grad(g[2], s)[0].tolist() == [0.0, 0.0, 0.0, 1.0, 0.0]


def test_complex_softsign_against_differences() -> None:
    draw = np.random.RandomState(0)
    for _ in range(4):
        z = draw.randn(3) + 1j * draw.randn(3)

        def loss(z: np.ndarray) -> float:
            return float((np.abs(z / (1 + np.abs(z))) ** 2).sum())
        x = torch.tensor(z, requires_grad=True)
        (torch.nn.functional.softsign(x).abs() ** 2).sum().backward()
        for i in range(3):
            for part in (1, 1j):
                h = np.eye(3)[i] * 1e-6 * part
                slope = (loss(z + h) - loss(z - h)) / 2e-6
                found = x.grad[i].item()
                assert (found.real if part == 1 else found.imag) == pytest.approx(slope, abs=1e-6)


@pytest.mark.parametrize("way", ["backward", "twice", "graph"])
@pytest.mark.parametrize("freed", [False, True])
def test_a_transform_finds_its_way_past_a_gradient_whose_derivative_is_zeros(freed: bool,
                                                                             way: str) -> None:
    w, s = torch.tensor([3., -2., 5.]).requires_grad_(), torch.tensor(2., requires_grad=True)
    part = (w * 2).exp().sum()
    a, = torch.autograd.grad((w.relu() + w).sum(), w, create_graph=True)
    if freed:
        part.backward()
        w.grad = None
    b = torch.func.grad(lambda x: (x * s).sum())(w)
    loss = (a * w * b).sum()
    if way == "graph":
        in_w, in_s = torch.autograd.grad(loss, [w, s], create_graph=True)
        (in_w.sum() * in_s).backward()
        assert in_w.tolist() == [4, 2, 4] and in_s.tolist() == 14
        assert w.grad.tolist() == [20, 10, 20] and s.grad.tolist() == 70
        return
    if way == "twice":
        loss.backward(retain_graph=True)
    loss.backward()
    times = 2 if way == "twice" else 1
    assert w.grad.tolist() == [4 * times, 2 * times, 4 * times] and s.grad.tolist() == 14 * times


def positive(x: Any) -> Any:
    return x @ x.mT + 3 * torch.eye(3, dtype=x.dtype)


PUSHED = {
    "layer_norm": lambda x: F.layer_norm(x, (3,)),
    "batch_norm": lambda x: F.batch_norm(x, None, None, training=True),
    "instance_norm": lambda x: F.instance_norm(x[None]),
    "group_norm": lambda x: F.group_norm(x[None].reshape(1, 3, 3), 1),
    "solve": lambda x: torch.linalg.solve(positive(x), x),
    "det": lambda x: torch.linalg.det(positive(x)),
    "slogdet": lambda x: torch.linalg.slogdet(positive(x))[1],
    "householder_product": lambda x: torch.linalg.householder_product(x, x[0])}


@pytest.mark.parametrize("name", PUSHED)
def test_a_derivative_of_jvp_is_that_of_its_differences(name: str) -> None:
    f, step = PUSHED[name], 1e-5
    for seed in range(4):
        x = torch.tensor(np.random.RandomState(seed).randn(3, 3))
        d = x.sin()

        def pushed(x: Any) -> Any:
            return torch.func.jvp(f, (x,), (x.cos(),))[1]

        def weighed(x: Any) -> Any:
            y = pushed(x).flatten()
            return (y * torch.arange(1.0, 1 + len(y), dtype=y.dtype)).sum()
        _, again = torch.func.jvp(pushed, (x,), (d,))
        wanted = (pushed(x + step * d) - pushed(x - step * d)) / (2 * step)
        assert torch.allclose(again, wanted, rtol=1e-4, atol=1e-5)
        along = (torch.func.grad(weighed)(x) * d).sum()
        wanted = (weighed(x + step * d) - weighed(x - step * d)) / (2 * step)
        assert torch.allclose(along, wanted, rtol=1e-4, atol=1e-5)


COMPOSITES: list[Any] = [
    lambda x: torch.lerp(x, x * x, 0.3), F.gelu, torch.nn.functional.mish,
    lambda x: F.layer_norm(x, x.shape[-1:]), lambda x: x.std(-1, keepdim=True),
    lambda x: F.cross_entropy(x, torch.tensor([1, 0, 2]))]


@pytest.mark.skipif(config.tier not in ("auto", "numpy"), reason="nothing is walked")
@pytest.mark.parametrize("function", COMPOSITES)
def test_what_a_pullback_reads_inside_of_a_call_needs_no_nodes_of_it(
        function: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether the nodes are made later or never, derivatives are the same."""
    made = []
    expand = Template.expand
    monkeypatch.setattr(Template, "expand", lambda self, node: (
        made.append(node), expand(self, node))[1])
    found = []
    for late in (False, True):
        x = torch.linspace(-1, 1, 12).reshape(3, 4).requires_grad_()
        before = x.sin() if late else -(-x).sin()   # a path of its own
        y = function(before * 1.5).square().sum()
        made.clear()
        first, = torch.autograd.grad(y, x, create_graph=True)
        assert not made
        if late:   # it looks at each operation
            with pytest.warns(UserWarning), torch.autograd.detect_anomaly():
                second, = torch.autograd.grad((first * before).sum(), x, create_graph=True)
            assert made
        else:
            second, = torch.autograd.grad((first * before).sum(), x, create_graph=True)
        third, = torch.autograd.grad(second.square().sum(), x)
        found.append((first, second, third))
    for one, other in zip(*found, strict=True):
        assert torch.allclose(one, other, rtol=1e-4, atol=1e-5)
