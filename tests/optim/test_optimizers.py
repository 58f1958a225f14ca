"""Optimisers against their formulas in NumPy, and what a step costs: one path."""

from __future__ import annotations

import copy
import math
import pickle
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import wengert as torch
from wengert.engine.recording.flushing import flush
from wengert.engine.recording.tree import tree

Rule = Iterator[np.ndarray[Any, Any]]
STEPS = 8
START = np.array([[1.0, -2.0, 0.5], [0.1, 3.0, -0.7]])
GOAL = np.array([[0.0, 1.0, 0.4], [2.0, 0.0, -0.6]])


def gradient(p: Any, k: int) -> Any:
    return 2 * (k % 3 + 1) * (p - GOAL) + np.sign(p)


# Each yields the parameter after a step, and is sent the gradient.
def sgd(lr: float, momentum: float = 0, dampening: float = 0, decay: float = 0,
        nesterov: bool = False) -> Any:
    p, v = START, None
    while True:
        g = (yield p) + decay * p
        if momentum:
            v = g if v is None else momentum * v + (1 - dampening) * g
            g = g + momentum * v if nesterov else v
        p = p - lr * g


def adam(lr: float, b1: float = 0.9, b2: float = 0.999, eps: float = 1e-8, decay: float = 0,
         shrink: float = 0, amsgrad: bool = False) -> Any:
    p, m, v, top, t = START, 0 * START, 0 * START, 0 * START, 0
    while True:
        g = (yield p) + decay * p
        t += 1
        p = p * (1 - lr * shrink)
        m, v = b1 * m + (1 - b1) * g, b2 * v + (1 - b2) * g * g
        top = np.maximum(top, v)
        used = top if amsgrad else v
        p = p - lr * (m / (1 - b1 ** t)) / (np.sqrt(used / (1 - b2 ** t)) + eps)


def adamax(lr: float, b1: float = 0.9, b2: float = 0.999, eps: float = 1e-8) -> Any:
    p, m, u, t = START, 0 * START, 0 * START, 0
    while True:
        g = yield p
        t += 1
        m, u = b1 * m + (1 - b1) * g, np.maximum(b2 * u, np.abs(g) + eps)
        p = p - lr / (1 - b1 ** t) * m / u


def nadam(lr: float, b1: float = 0.9, b2: float = 0.999, eps: float = 1e-8) -> Any:
    p, m, v, t, product = START, 0 * START, 0 * START, 0, 1.0
    while True:
        g = yield p
        t += 1
        mu, after = (b1 * (1 - 0.5 * 0.96 ** (s * 0.004)) for s in (t, t + 1))
        product *= mu
        m, v = b1 * m + (1 - b1) * g, b2 * v + (1 - b2) * g * g
        hat = after * m / (1 - product * after) + (1 - mu) * g / (1 - product)
        p = p - lr * hat / (np.sqrt(v / (1 - b2 ** t)) + eps)


def radam(lr: float, b1: float = 0.9, b2: float = 0.999, eps: float = 1e-8) -> Any:
    p, m, v, t, limit = START, 0 * START, 0 * START, 0, 2 / (1 - b2) - 1
    while True:
        g = yield p
        t += 1
        m, v = b1 * m + (1 - b1) * g, b2 * v + (1 - b2) * g * g
        rho = limit - 2 * t * b2 ** t / (1 - b2 ** t)
        way = m / (1 - b1 ** t)
        if rho > 5:
            r = math.sqrt((rho - 4) * (rho - 2) * limit / ((limit - 4) * (limit - 2) * rho))
            way = way * r * math.sqrt(1 - b2 ** t) / (np.sqrt(v) + eps)
        p = p - lr * way


def adagrad(lr: float, lr_decay: float = 0.1, eps: float = 1e-10) -> Any:
    p, total, t = START, 0 * START, 0
    while True:
        g = yield p
        total = total + g * g
        p = p - lr / (1 + t * lr_decay) * g / (np.sqrt(total) + eps)
        t += 1


def adadelta(lr: float = 1.0, rho: float = 0.9, eps: float = 1e-6) -> Any:
    p, v, u = START, 0 * START, 0 * START
    while True:
        g = yield p
        v = rho * v + (1 - rho) * g * g
        step = np.sqrt(u + eps) / np.sqrt(v + eps) * g
        u = rho * u + (1 - rho) * step * step
        p = p - lr * step


def rmsprop(lr: float, alpha: float = 0.99, eps: float = 1e-8, momentum: float = 0,
            centered: bool = False) -> Any:
    p, v, mean, b = START, 0 * START, 0 * START, 0 * START
    while True:
        g = yield p
        v, mean = alpha * v + (1 - alpha) * g * g, alpha * mean + (1 - alpha) * g
        way = g / (np.sqrt(v - mean ** 2 * centered) + eps)
        b = momentum * b + way
        p = p - lr * (b if momentum else way)


def rprop(lr: float) -> Any:
    p, before, size = START, 0 * START, np.full_like(START, lr)
    while True:
        g = yield p
        agree = np.sign(g * before)
        size = np.clip(size * np.where(agree > 0, 1.2, np.where(agree < 0, 0.5, 1)), 1e-6, 50)
        before = np.where(agree < 0, 0, g)
        p = p - np.sign(before) * size


def asgd(lr: float, lambd: float, t0: int) -> Any:
    """The parameter; the average is tested by its own test."""
    p, t, eta = START, 0, lr
    while True:
        g = yield p
        t += 1
        p = p * (1 - lambd * eta) - eta * g
        eta = lr / (1 + lambd * lr * t) ** 0.75


def adafactor(lr: float, eps1: float = 2.0 ** -52, eps2: float = 1e-3, d: float = 1.0) -> Any:
    p, t = START, 0
    row, column = np.zeros((2, 1)), np.zeros((1, 3))
    while True:
        g = yield p
        t += 1
        weight, rho = t ** -0.8, min(lr, t ** -0.5)
        size = max(eps2, np.sqrt((p ** 2).mean())) * rho
        row = (1 - weight) * row + weight * (g ** 2).mean(1, keepdims=True)
        column = (1 - weight) * column + weight * (g ** 2).mean(0, keepdims=True)
        way = g / np.sqrt(np.maximum(row @ column / max(row.mean(), eps1), eps1 ** 2))
        p = p - size * way / max(1, np.sqrt((way ** 2).mean()) / d)


CASES: list[tuple[str, dict[str, Any], Any]] = [
    ("SGD", {"lr": 0.1}, sgd(0.1)),
    ("SGD", {"lr": 0.1, "momentum": 0.9, "dampening": 0.2, "weight_decay": 0.1},
     sgd(0.1, 0.9, 0.2, 0.1)),
    ("SGD", {"lr": 0.1, "momentum": 0.9, "nesterov": True}, sgd(0.1, 0.9, nesterov=True)),
    ("Adam", {"lr": 0.1}, adam(0.1)),
    ("Adam", {"lr": 0.1, "betas": (0.3, 0.6), "eps": 1e-3, "weight_decay": 0.1},
     adam(0.1, 0.3, 0.6, 1e-3, 0.1)),
    ("Adam", {"lr": 0.1, "amsgrad": True, "betas": (0.9, 0.5)},
     adam(0.1, b2=0.5, amsgrad=True)),
    ("AdamW", {"lr": 0.1, "weight_decay": 0.2}, adam(0.1, shrink=0.2)),
    ("Adamax", {"lr": 0.1}, adamax(0.1)),
    ("NAdam", {"lr": 0.1}, nadam(0.1)),
    ("RAdam", {"lr": 0.1}, radam(0.1)),
    ("Adagrad", {"lr": 0.1, "lr_decay": 0.1}, adagrad(0.1)),
    ("Adadelta", {}, adadelta()),
    ("RMSprop", {"lr": 0.1}, rmsprop(0.1)),
    ("RMSprop", {"lr": 0.1, "momentum": 0.5, "centered": True},
     rmsprop(0.1, momentum=0.5, centered=True)),
    ("Rprop", {"lr": 0.1}, rprop(0.1)),
    ("ASGD", {"lr": 0.1, "lambd": 0.1}, asgd(0.1, 0.1, 10)),
    ("Adafactor", {"lr": 0.1}, adafactor(0.1)),
]


def step(optimizer: Any, p: Any, k: int) -> None:
    p.grad = torch.tensor(gradient(p.detach().numpy(), k))
    optimizer.step()


@pytest.mark.parametrize(("name", "options", "rule"), CASES)
def test_formula(name: str, options: dict[str, Any], rule: Any) -> None:
    p = torch.tensor(START, requires_grad=True)
    optimizer = getattr(torch.optim, name)([p], **options)
    wanted = next(rule)
    for k in range(STEPS):
        wanted = rule.send(gradient(wanted, k))
        step(optimizer, p, k)
        # the state is float32 in places (mu_product, eta), as in PyTorch
        np.testing.assert_allclose(p.detach().numpy(), wanted, 1e-6, 1e-9)


def test_average_of_asgd() -> None:
    p = torch.tensor(START, requires_grad=True)
    optimizer = torch.optim.ASGD([p], lr=0.1, t0=2)
    seen = []
    for k in range(6):
        step(optimizer, p, k)
        seen.append(p.detach().clone().numpy())
    np.testing.assert_allclose(optimizer.state[p]["ax"].numpy(), np.mean(seen[3:], 0), 1e-6)


def test_muon_steps_are_nearly_orthogonal() -> None:
    pytest.importorskip("ml_dtypes")
    p = torch.zeros(6, 4, requires_grad=True)
    optimizer = torch.optim.Muon([p], lr=1.0, weight_decay=0.0)
    torch.manual_seed(0)
    p.grad = torch.randn(6, 4)
    optimizer.step()
    sizes = np.linalg.svd(p.detach().numpy() / math.sqrt(6 / 4), compute_uv=False)
    assert sizes.min() > 0.6 and sizes.max() < 1.3


def test_lbfgs_finds_the_minimum_of_rosenbrock() -> None:
    x = torch.tensor([-1.2, 1.0], dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.LBFGS([x], max_iter=100, line_search_fn="strong_wolfe")

    def closure() -> Any:
        optimizer.zero_grad()
        loss = (1 - x[0]) ** 2 + 100 * (x[1] - x[0] ** 2) ** 2
        loss.backward()
        return loss

    assert optimizer.step(closure).item() == pytest.approx(24.2)
    assert (x - 1).abs().max() < 1e-4
    assert optimizer.state[x]["func_evals"] < 100
    with pytest.raises(RuntimeError, match="only 'strong_wolfe' is supported"):
        torch.optim.LBFGS([x], line_search_fn="other").step(closure)


# ---- a step is one known path ----

FITS: list[tuple[str, dict[str, Any]]] = [
    ("SGD", {"lr": 0.1}), ("SGD", {"lr": 0.1, "momentum": 0.9}), ("Adam", {"lr": 0.1}),
    ("AdamW", {"lr": 0.1}), ("NAdam", {"lr": 0.1}), ("RAdam", {"lr": 0.1}),
    ("Adagrad", {"lr": 0.1, "lr_decay": 0.1}), ("RMSprop", {"lr": 0.1, "centered": True}),
    ("Adadelta", {}), ("Adamax", {}), ("Rprop", {}), ("ASGD", {"t0": 1}), ("Adafactor", {})]


@pytest.mark.skipif(torch.config.tier == "eager", reason="the eager tier keeps no paths")
@pytest.mark.parametrize(("name", "options"), FITS)
@pytest.mark.parametrize("tensor_lr", [False, True])
def test_a_fit_is_one_path(name: str, options: dict[str, Any], tensor_lr: bool) -> None:
    """The trace tree stays as it is while the learning rate and the step count change."""
    model = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.Tanh(), torch.nn.Linear(4, 1))
    if tensor_lr:
        options = {**options, "lr": torch.tensor(0.05)}
    optimizer = getattr(torch.optim, name)(model.parameters(), **options)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 100)
    x, y = torch.ones(5, 3), torch.zeros(5, 1)

    def turn() -> None:
        optimizer.zero_grad()
        ((model(x) - y) ** 2).mean().backward()
        optimizer.step()
        schedule.step()

    for _ in range(12):
        turn()
    before = tree.steps
    for _ in range(5):
        turn()
    assert tree.steps == before


@pytest.mark.skipif(torch.config.tier == "eager", reason="the eager tier runs at once")
def test_a_step_is_one_operation_and_runs_nothing() -> None:
    params = [torch.ones(3, requires_grad=True) for _ in range(10)]
    optimizer = torch.optim.Adam(params)
    for _ in range(3):
        for p in params:
            p.grad = torch.ones(3)
        optimizer.step()
        flush()
    for p in params:
        p.grad = torch.ones(3)
    flush()
    before = tree.steps
    optimizer.step()
    assert all(p._buf is None for p in params)   # recorded, and still to be computed
    assert tree.steps == before
    assert all(optimizer.state[p]["step"].item() == 4 for p in params)


# ---- groups, state, errors ----

def params_with_grad(n: int = 3) -> list[Any]:
    params = [torch.ones(2, requires_grad=True) for _ in range(n)]
    for p in params:
        p.grad = torch.ones(2)
    return params


def test_groups_have_their_own_options() -> None:
    a, b, c = params_with_grad()
    optimizer = torch.optim.SGD([{"params": a}, {"params": [b], "lr": 1.0}], lr=0.1)
    optimizer.add_param_group({"params": c, "lr": 10.0})
    optimizer.step()
    assert [p[0].item() for p in (a, b, c)] == pytest.approx([0.9, 0.0, -9.0])


def test_parameters_without_a_gradient_stay_behind() -> None:
    a, b, _ = params_with_grad()
    optimizer = torch.optim.Adam([a, b])
    b.grad = None
    optimizer.step()
    assert set(optimizer.state) == {a} and (b == 1).all()
    b.grad = torch.ones(2)
    optimizer.step()
    assert [optimizer.state[p]["step"].item() for p in (a, b)] == [2, 1]
    assert b[0].item() == pytest.approx(1 - 1e-3)


def test_counts_that_a_user_changes_are_used() -> None:
    a, _, _ = params_with_grad()
    optimizer = torch.optim.Adagrad([a], lr=1.0, lr_decay=1.0)
    optimizer.state[a]["step"] += 9
    optimizer.step()
    assert optimizer.state[a]["step"].item() == 10
    assert a[0].item() == pytest.approx(1 - 1.0 / 10)
    shared = optimizer.state[a]["step"].numpy()
    optimizer.step()
    assert shared == 11


def test_parameters_that_numpy_shares() -> None:
    arrays = [np.ones(2, "float32") for _ in range(3)]
    params = [torch.from_numpy(a).requires_grad_() for a in arrays]
    optimizer = torch.optim.SGD(params, lr=0.5, momentum=0.9)
    for _ in range(2):
        for p in params:
            p.grad = torch.ones(2)
        optimizer.step()
    assert [a.tolist() for a in arrays] == [[pytest.approx(1 - 0.5 - 0.95)] * 2] * 3


def test_views_of_a_parameter_see_the_step() -> None:
    base = torch.zeros(4)
    p = torch.nn.Parameter(base)
    row = p.data[1:3]
    p.grad = torch.ones(4)
    torch.optim.SGD([p], lr=1.0).step()
    assert row.tolist() == [-1, -1] and base.tolist() == [-1] * 4


def test_closure_and_zero_grad() -> None:
    a, _, _ = params_with_grad()
    optimizer = torch.optim.SGD([a], lr=0.1)

    def closure() -> Any:
        assert torch.is_grad_enabled()
        optimizer.zero_grad()
        loss = (a * 3).sum()
        loss.backward()
        return loss

    with torch.no_grad():
        assert optimizer.step(closure).item() == 6
    assert a[0].item() == pytest.approx(0.7)
    optimizer.zero_grad(set_to_none=False)
    assert a.grad.tolist() == [0, 0]
    optimizer.zero_grad()
    assert a.grad is None


def test_state_dict_goes_round() -> None:
    params = params_with_grad()
    optimizer = torch.optim.Adam(params, amsgrad=True)
    optimizer.step()
    state = optimizer.state_dict()
    assert list(state["state"]) == [0, 1, 2]
    assert state["param_groups"][0]["params"] == [0, 1, 2]
    others = [p.detach().clone().requires_grad_() for p in params]
    other = torch.optim.Adam(others)
    other.load_state_dict(copy.deepcopy(state))
    for one in (params, others):
        for p in one:
            p.grad = torch.full((2,), 2.0)
    optimizer.step()
    other.step()
    for p, q in zip(params, others, strict=True):
        assert (p == q).all()


def test_old_states_without_tensors() -> None:
    a, _, _ = params_with_grad()
    optimizer = torch.optim.Adam([a])
    optimizer.step()
    state = optimizer.state_dict()
    state["state"][0]["step"] = 1
    del state["param_groups"][0]["maximize"]
    optimizer.load_state_dict(state)
    optimizer.step()
    assert optimizer.state[a]["step"].item() == 2
    assert optimizer.param_groups[0]["maximize"] is False


@pytest.mark.parametrize("make", [copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))])
def test_copies(make: Callable[[Any], Any]) -> None:
    params = params_with_grad()
    optimizer = torch.optim.Adam(params, lr=0.1)
    optimizer.step()
    other = make(optimizer)
    mine = other.param_groups[0]["params"]
    assert not set(mine) & set(params) and set(other.state) == set(mine)
    for p in mine:
        p.grad = torch.ones(2)
    other.step()
    assert mine[0][0].item() == pytest.approx(0.8) and params[0][0].item() == pytest.approx(0.9)


def test_repr() -> None:
    optimizer = torch.optim.SGD(params_with_grad(), lr=0.1)
    assert repr(optimizer) == (
        "SGD (\nParameter Group 0\n    dampening: 0\n    differentiable: False\n    foreach: None\n"
        "    fused: None\n    lr: 0.1\n    maximize: False\n    momentum: 0\n    nesterov: False\n"
        "    weight_decay: 0\n)")


def test_a_users_optimizer() -> None:
    class Half(torch.optim.Optimizer):
        def __init__(self, params: Any) -> None:
            super().__init__(params, {"factor": 0.5})

        @torch.no_grad()
        def step(self, closure: Any = None) -> None:
            for group in self.param_groups:
                for p in group["params"]:
                    p.add_(p.grad, alpha=-group["factor"])

    a, _, _ = params_with_grad()
    optimizer = Half([a])
    notes: list[str] = []
    optimizer.register_step_post_hook(lambda *given: notes.append("stepped"))
    optimizer.step()
    assert a.tolist() == [0.5, 0.5] and notes == ["stepped"]


def test_hooks_change_arguments_and_go_away() -> None:
    a, _, _ = params_with_grad()
    optimizer = torch.optim.SGD([a], lr=0.1)
    with optimizer.register_step_pre_hook(lambda o, args, kwargs: ((o, lambda: 7), {})):
        assert optimizer.step() == 7
    assert optimizer.step() is None
    optimizer.register_step_pre_hook(lambda o, args, kwargs: 3)
    with pytest.raises(RuntimeError, match="must return None or a tuple"):
        optimizer.step()


def test_differentiable_steps() -> None:
    """d/dx of x after one step of size lr * m on x^2: (1 - 2 lr)."""
    x = torch.tensor([3.0], dtype=torch.float64, requires_grad=True)
    lr = torch.tensor(0.1, dtype=torch.float64, requires_grad=True)
    p = x * 1
    optimizer = torch.optim.SGD([p], lr=lr, differentiable=True)
    (p.grad,) = torch.autograd.grad((p ** 2).sum(), p, create_graph=True)
    optimizer.step()
    p.sum().backward()
    assert x.grad.item() == pytest.approx(0.8) and lr.grad.item() == pytest.approx(-6.0)


@pytest.mark.parametrize(("text", "error", "words"), [
    ("SGD(p, lr=-1)", ValueError, "Invalid learning rate: -1"),
    ("Adam(p, betas=(1.5, 0.9))", ValueError, "Invalid beta parameter at index 0: 1.5"),
    ("Adam([])", ValueError, "optimizer got an empty parameter list"),
    ("Adam(p[0])", TypeError, "params argument given to the optimizer should be an iterable"),
    ("Adam([p[0] * 2])", ValueError, "can't optimize a non-leaf Tensor"),
    ("Adam([3])", TypeError, "optimizer can only optimize Tensors"),
    ("SparseAdam(p).step()", RuntimeError, "SparseAdam does not support dense gradients"),
    ("LBFGS([{'params': p[:1]}, {'params': p[1:]}])", ValueError, "parameter groups"),
    ("Muon(p)", ValueError, "Muon only supports 2D parameters"),
])
def test_errors(text: str, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        eval(text, {**vars(torch.optim), "p": params_with_grad()})


def test_nothing_is_half_changed_by_an_error() -> None:
    a, b, _ = params_with_grad()
    optimizer = torch.optim.SGD([{"params": [a]}], lr=0.1)
    for group in ({"params": [b, 3]}, {"params": [a]}, {"params": {b}}, {"params": [("n", b)]}):
        with pytest.raises((TypeError, ValueError)):
            optimizer.add_param_group(group)
    assert len(optimizer.param_groups) == 1
    with pytest.raises(ValueError, match="doesn't match the size"):
        optimizer.load_state_dict({"state": {}, "param_groups": [{"params": [0, 1]}]})
    assert optimizer.param_groups[0]["lr"] == 0.1


def test_other_parameters_for_a_while() -> None:
    a, b, _ = params_with_grad()
    optimizer = torch.optim.SGD([a, b], lr=0.5, momentum=0.9)
    other = copy.deepcopy(optimizer.state_dict())
    swapped = torch.optim.swap_in_optimizer_params_and_state
    with pytest.raises(RuntimeError, match="initialized"), swapped(optimizer, {}, other):
        pass
    optimizer.step()
    c, d, _ = params_with_grad()
    other["param_groups"][0]["lr"] = 0.25
    with swapped(optimizer, {"c": c, "d": d}, other):
        optimizer.step()
    assert c.tolist() == [0.75, 0.75] and a.tolist() == [0.5, 0.5]
    assert optimizer.param_groups[0]["params"][0] is a and optimizer.param_groups[0]["lr"] == 0.5
    assert set(optimizer.state) == {a, b}
    with pytest.raises(RuntimeError, match="ordering"), swapped(optimizer, {"c": c}, other):
        pass
