"""Programs with loops written out in Python, each a function of the library, of what draws its
values, and of a length: what a user gets of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

Draw = Callable[..., np.ndarray]
"""Draws values of a shape, around 0."""
LoopProgram = Callable[[Any, Draw, int], list[Any]]
PROGRAMS: dict[str, LoopProgram] = {}
BY_TURNS = {"cumulative", "solve", "table_filled"}
"""They call in each turn what no kernel computes."""


def program(function: LoopProgram) -> LoopProgram:
    PROGRAMS[function.__name__] = function
    return function


def leaf(torch: Any, value: np.ndarray, dtype: str = "float64") -> Any:
    return torch.tensor(value, dtype=getattr(torch, dtype), requires_grad=True)


def given(torch: Any, value: np.ndarray, dtype: str = "float64") -> Any:
    return torch.tensor(value, dtype=getattr(torch, dtype))


@program
def rnn(torch: Any, draw: Draw, T: int) -> list[Any]:
    W, U, x = leaf(torch, draw(5, 5)), leaf(torch, draw(3, 5)), given(torch, draw(T, 4, 3))
    h = torch.zeros(4, 5, dtype=torch.float64)
    for t in range(T):
        h = torch.tanh(x[t] @ U + h @ W)
    h.square().sum().backward()
    return [h, W.grad, U.grad]


@program
def rnn_of_vectors(torch: Any, draw: Draw, T: int) -> list[Any]:
    W, U, b = leaf(torch, draw(6, 6) / 3), leaf(torch, draw(6, 3)), leaf(torch, draw(6))
    x = given(torch, draw(T, 3))
    h = torch.zeros(6, dtype=torch.float64)
    states = []
    for t in range(T):
        h = torch.tanh(U @ x[t] + W @ h + b)
        states.append(h)
    y = torch.stack(states)
    (y * y).mean().backward()
    return [y, W.grad, U.grad, b.grad]


@program
def gru(torch: Any, draw: Draw, T: int) -> list[Any]:
    W, U, x = leaf(torch, draw(3, 12)), leaf(torch, draw(4, 12)), given(torch, draw(2, T, 3))
    h = given(torch, draw(2, 4))
    out = []
    for t in range(T):
        a, b = x[:, t] @ W, h @ U
        r, z = torch.sigmoid(a[:, :4] + b[:, :4]), torch.sigmoid(a[:, 4:8] + b[:, 4:8])
        n = torch.tanh(a[:, 8:] + r * b[:, 8:])
        h = (1 - z) * n + z * h
        out.append(h)
    y = torch.stack(out, dim=1)
    (y.sum() + h.sum()).backward()
    return [y, W.grad, U.grad]


@program
def power_iteration(torch: Any, draw: Draw, T: int) -> list[Any]:
    A = leaf(torch, draw(7, 7))
    M = A @ A.T + torch.eye(7, dtype=torch.float64)
    v = torch.ones(7, dtype=torch.float64)
    for _ in range(T):
        v = M @ v
        v = v / v.norm()
    value = v @ M @ v
    value.backward()
    return [value, v, A.grad]


@program
def ode(torch: Any, draw: Draw, T: int) -> list[Any]:
    k, y = leaf(torch, draw(3)), given(torch, draw(8, 3))
    dt = 0.02
    for i in range(T):
        t = i * dt
        a = torch.sin(y * k) - t * y
        b = torch.sin((y + dt * a) * k) - (t + dt) * (y + dt * a)
        y = y + dt / 2 * (a + b)
    y.sum().backward()
    return [y, k.grad]


@program
def ode_of_numbers(torch: Any, draw: Draw, T: int) -> list[Any]:
    a, b = leaf(torch, draw()), leaf(torch, draw())
    x, y = torch.tensor(1.0, dtype=torch.float64), torch.tensor(0.5, dtype=torch.float64)
    for i in range(T):
        x, y = x + 0.01 * (a * x - x * y + 0.1 * i), y + 0.01 * (x * y - b * y)
    (x * y).backward()
    return [x, y, a.grad, b.grad]


@program
def nested(torch: Any, draw: Draw, T: int) -> list[Any]:
    W, x = leaf(torch, draw(4, 4) / 2), given(torch, draw(T // 10, 4))
    total = torch.zeros((), dtype=torch.float64)
    for i in range(T // 10):
        h = x[i]
        for j in range(12):
            h = torch.tanh(h @ W + j * 0.1)
        total = total + (h * h).sum()
    total.backward()
    return [total, W.grad]


@program
def captured(torch: Any, draw: Draw, T: int) -> list[Any]:
    w, x = leaf(torch, draw(5)), given(torch, draw(6, 5))
    mask, scale = given(torch, (draw(6, 5) > 0).astype(float)), given(torch, draw(5))
    h = x
    for _ in range(T):
        h = torch.where(mask > 0, h * 0.9, torch.cos(h)) + scale * w
    h.mean().backward()
    return [h, w.grad]


@program
def both_ways(torch: Any, draw: Draw, T: int) -> list[Any]:
    w, x = leaf(torch, draw(4)), given(torch, draw(T, 3, 4))
    a = b = torch.zeros(3, 4, dtype=torch.float64)
    for t in range(T):
        a = torch.tanh(a * w + x[t])
        b = torch.tanh(b * w + x[T - 1 - t])
    (a * b).sum().backward()
    return [a, b, w.grad]


@program
def losses(torch: Any, draw: Draw, T: int) -> list[Any]:
    W, x, y = leaf(torch, draw(4, 3)), given(torch, draw(T, 4)), given(torch, draw(T, 3))
    h = torch.zeros(3, dtype=torch.float64)
    all_of_them = []
    for t in range(T):
        h = torch.tanh(x[t] @ W + h)
        all_of_them.append(((h - y[t]) ** 2).sum())
    loss = sum(all_of_them) / T
    loss.backward()
    return [loss, W.grad, all_of_them[0], all_of_them[T // 2], all_of_them[-1]]


@program
def fibonacci(torch: Any, draw: Draw, T: int) -> list[Any]:
    w, a, b = leaf(torch, draw(3) / 9), given(torch, draw(3)), given(torch, draw(3))
    for _ in range(T):
        a, b = b, torch.sin(a + b * w)
    (a + b).sum().backward()
    return [a, b, w.grad]


@program
def broken_off(torch: Any, draw: Draw, T: int) -> list[Any]:
    w, x = leaf(torch, draw(4)), given(torch, draw(4))
    for k in range(2 * T):
        x = torch.tanh(x * w + 0.1) + 0.01
        x = x - 0.5 * x.mean()
        if k > T:
            break
    x.square().sum().backward()
    return [x, w.grad]


@program
def every_so_often(torch: Any, draw: Draw, T: int) -> list[Any]:
    W, x = leaf(torch, draw(4, 4) / 2), given(torch, draw(5, 4))
    for t in range(2 * T):
        x = torch.sin(x @ W)
        if t % 5 == 4:
            x = x / (1 + x.square().sum(1, keepdim=True))
    x.sum().backward()
    return [x, W.grad]


@program
def rows_chosen(torch: Any, draw: Draw, T: int) -> list[Any]:
    table, w = leaf(torch, draw(9, 4)), leaf(torch, draw(4))
    words = torch.tensor((np.arange(T * 2) * 7 % 9).reshape(T, 2))
    h = torch.zeros(2, 4, dtype=torch.float64)
    for t in range(T):
        h = torch.tanh(table[words[t]] + h * w)
    h.sum().backward()
    return [h, table.grad, w.grad]


@program
def two_layers(torch: Any, draw: Draw, T: int) -> list[Any]:
    W, V, x = leaf(torch, draw(4, 4) / 2), leaf(torch, draw(4, 4) / 2), leaf(torch, draw(T, 2, 4))
    h, below = torch.zeros(2, 4, dtype=torch.float64), []
    for t in range(T):
        h = torch.tanh(x[t] + h @ W)
        below.append(h)
    y, h = torch.stack(below), torch.zeros(2, 4, dtype=torch.float64)
    for t in range(T):
        h = torch.tanh(y[t] + h @ V)
    h.square().sum().backward()
    return [h, W.grad, V.grad, x.grad]


@program
def from_a_list(torch: Any, draw: Draw, T: int) -> list[Any]:
    w, xs = leaf(torch, draw(3)), [given(torch, draw(2, 3)) for _ in range(T)]
    h = torch.zeros(2, 3, dtype=torch.float64)
    for x in xs:
        h = torch.tanh(h * w + x) + 0.5 * h
    h.sum().backward()
    return [h, w.grad]


@program
def layers(torch: Any, draw: Draw, T: int) -> list[Any]:
    weights = [leaf(torch, draw(6, 6) / 2) for _ in range(T)]
    h = given(torch, draw(3, 6))
    for W in weights:
        h = h + torch.relu(h @ W) / T
        h = h - h.mean(1, keepdim=True)
    h.square().sum().backward()
    return [h, weights[0].grad, weights[T // 2].grad, weights[-1].grad]


@program
def singles(torch: Any, draw: Draw, T: int) -> list[Any]:
    W = leaf(torch, draw(6, 6) / 3, "float32")
    h = given(torch, draw(4, 6), "float32")
    for t in range(T):
        h = torch.tanh(h @ W) + 1 / (t + 1)
    h.mean().backward()
    return [h, W.grad]


@program
def without_gradient(torch: Any, draw: Draw, T: int) -> list[Any]:
    x, v = given(torch, draw(10, 2)), given(torch, draw(10, 2))
    with torch.no_grad():
        for _ in range(T):
            pull = (x[:, None] - x[None]).tanh().sum(1)
            v = 0.99 * v - 0.01 * pull
            x = x + 0.01 * v
    return [x, v]


@program
def solve(torch: Any, draw: Draw, T: int) -> list[Any]:
    A = leaf(torch, draw(3, 3) / 9)
    M, x = A + torch.eye(3, dtype=torch.float64), given(torch, draw(3, 1))
    for _ in range(T):
        x = torch.linalg.solve(M, x)
        x = torch.tanh(x) + 0.1 * x
    x.sum().backward()
    return [x, A.grad]


@program
def cumulative(torch: Any, draw: Draw, T: int) -> list[Any]:
    w, x = leaf(torch, draw(5)), given(torch, draw(4, 5))
    for _ in range(T):
        x = torch.sin(x.cumprod(1) * w) + 0.1 * x.sort(1)[0]
    x.sum().backward()
    return [x, w.grad]


@program
def writes(torch: Any, draw: Draw, T: int) -> list[Any]:
    w = leaf(torch, draw(3))
    out = torch.zeros(T, 3, dtype=torch.float64)
    h = given(torch, draw(3))
    for t in range(T):
        h = torch.sin(h * w + 0.1)
        out[t] = h
    out.square().sum().backward()
    return [out, w.grad]


@program
def optimiser(torch: Any, draw: Draw, T: int) -> list[Any]:
    x, m = given(torch, draw(6)), torch.zeros(6, dtype=torch.float64)
    target = given(torch, draw(6))
    with torch.no_grad():
        for k in range(T):
            g = 2 * (x - target) + 0.1 * torch.cos(x)
            m = 0.9 * m + 0.1 * g
            x = x - 0.05 / (1 + k * 0.01) * m / (m.abs().max() + 1e-8)
    return [x, m]


@program
def crops(torch: Any, draw: Draw, T: int) -> list[Any]:
    """Each run reads another part of a series, and begins somewhere else in another."""
    W, x, y = leaf(torch, draw(3, 4)), leaf(torch, draw(300, 2, 3)), given(torch, draw(2, 300, 4))
    start, other = int(abs(draw()) * 20), int(abs(draw()) * 50)
    h = y[:, other]
    for t in range(T):
        h = torch.tanh(x[start + t] @ W + 0.5 * h) - y[:, other + 2 * t]
    (h * h).sum().backward()
    return [h, W.grad, x.grad]


@program
def one_chosen(torch: Any, draw: Draw, T: int) -> list[Any]:
    """Each run reads another row, in each turn."""
    w, x = leaf(torch, draw(4)), given(torch, draw(50, 4))
    k = int(abs(draw()) * 10)
    h = x[k]
    for _ in range(T):
        h = torch.sin(0.3 * h * w + x[k]) + 0.1 * x[3]
    (h * h).sum().backward()
    return [h, w.grad]


@program
def table_filled(torch: Any, draw: Draw, T: int) -> list[Any]:
    w = leaf(torch, draw(3))
    rows = torch.zeros(T + 2, 3, dtype=torch.float64)
    rows[0], rows[1] = given(torch, draw(3)), given(torch, draw(3))
    for t in range(2, T + 2):
        rows[t] = torch.tanh(rows[t - 1] * w + 0.3 * rows[t - 2])
    rows.sum().backward()
    return [rows, w.grad]
