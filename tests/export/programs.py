"""Functions as people write them, whose source is compared with what they compute."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import wengert as torch
from wengert import nn
from wengert.nn import functional as F


class Program(NamedTuple):
    """A function of a scalar value, and arguments for it; ``hessian`` says whether its second
    derivatives are tried too."""

    f: Callable[..., Any]
    args: Callable[[Callable[..., Any]], tuple[Any, ...]]
    hessian: bool = True


def polynomial(x):
    y = 3 * x**3 - 2 * x + 1
    return (y * y).sum()


def logistic(w, b, x, y):
    z = x @ w + b
    p = torch.sigmoid(z)
    return -(y * torch.log(p) + (1 - y) * torch.log1p(-p)).mean()


def lstm_step(w, u, b, x, h, c):
    gates = w @ x + u @ h + b
    i, f, g, o = gates.chunk(4)
    c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
    h = torch.sigmoid(o) * torch.tanh(c)
    return (h * h).sum() + c.sum()


def likelihood(theta, x, y):
    d = (x[:, None] - x[None, :]) ** 2
    k = torch.exp(theta[0]) * torch.exp(-d / 2) + torch.exp(theta[1]) * torch.eye(len(x))
    l = torch.linalg.cholesky(k)
    a = torch.cholesky_solve(y[:, None], l)[:, 0]
    return 0.5 * y @ a + torch.log(torch.diagonal(l)).sum()


def loop_with_if(x):
    h = x
    for t in range(40):
        h = torch.tanh(h * 0.5 + x)
        if t % 2:
            h = torch.where(h > 0.3, h * h, h)
    return h.sum()


def orbit(state, dt):
    for _ in range(30):
        r = (state[:2] ** 2).sum().sqrt()
        a = -state[:2] / r**3
        state = state + dt * torch.cat([state[2:], a])
    return (state ** 2).sum()


def rosenbrock(x):
    return (100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2).sum()


def network(w1, b1, w2, b2, x, target):
    h = F.gelu(x @ w1 + b1)
    return F.cross_entropy(h @ w2 + b2, target)


def system(a, b):
    x = torch.linalg.solve(a @ a.T + torch.eye(3), b)
    _, size = torch.linalg.slogdet(a)
    return (x * x).sum() + size + torch.linalg.inv(a).sum()


def series(x):
    s = torch.cumsum(x, 0)
    m = s.unfold(0, 3, 1).mean(-1)
    return (m * x[2:].flip(0)).sum() + torch.prod(x) + s.max()


def table(rows, places):
    picked = rows[places]
    return (picked.norm(dim=1) * torch.arange(1.0, 5.0)).sum() + F.softmax(picked, 1)[:, 0].sum()


def kinks(x, y):
    a = torch.maximum(x, y) + F.relu(x) - torch.abs(y) + torch.clamp(x, -0.5, 0.5)
    return (a * torch.sign(x)).sum() + torch.hypot(x, y).sum() + torch.atan2(x, y).sum()


def scalars(a, b):
    c = a * b + torch.sin(a)
    return c * c / (1 + b**2) + torch.exp(-c) * torch.sqrt(b)


def moments(x):
    z = (x - x.mean(0)) / x.std(0)
    return (z**3).mean(0).sum() + (torch.erf(x) * torch.expm1(x)).sum()


def attention(q, k, v):
    a = torch.softmax(q @ k.mT / q.shape[-1] ** 0.5, 0)
    y = a @ v
    y[0] *= 2
    return torch.logsumexp(y, 0).sum() + y.amax(1).sum()


def convolutions(x, w, v, u):
    h = F.conv2d(x, w, padding=(1, 0), stride=(2, 1))
    h = F.max_pool2d(torch.tanh(F.conv2d(h, v, groups=2, dilation=(1, 2))), 2, 1, padding=1)
    h = F.conv_transpose2d(h, u, stride=2, output_padding=1)
    return (F.avg_pool2d(h, 3, 2, padding=1) ** 2).sum()


def orders(x, y):
    places = torch.arange(1.0, 5.0)
    a = (torch.sort(x, 1)[0] * places).sum() + (torch.sort(x, 0, descending=True)[0][0] ** 2).sum()
    b = (x.topk(2, 1)[0] ** 3).sum() + x.kthvalue(2, 1)[0].square().sum()
    first = torch.argmax(y)
    c = x[-2:, -1].sum() * y[first] ** 2 + x[:, first].prod()
    return a + b + c + y[x.argmax(1)].sum() * x.max(1)[0].sum()


def _logistic(draw):
    return draw(3), draw(), draw(5, 3), (draw(5) > 0).double()


PROGRAMS = {
    "polynomial": Program(polynomial, lambda draw: (draw(4),)),
    "logistic": Program(logistic, _logistic),
    "lstm_step": Program(lstm_step, lambda draw: (
        draw(8, 3), draw(8, 2), draw(8), draw(3), draw(2), draw(2))),
    "likelihood": Program(likelihood, lambda draw: (draw(2) / 3, torch.linspace(0, 2, 5), draw(5))),
    "loop_with_if": Program(loop_with_if, lambda draw: (draw(3),)),
    "orbit": Program(orbit, lambda draw: (torch.tensor([1.0, 0.0, 0.1, 0.9]), torch.tensor(0.02))),
    "rosenbrock": Program(rosenbrock, lambda draw: (draw(6),)),
    "network": Program(network, lambda draw: (
        draw(3, 4), draw(4), draw(4, 2), draw(2), draw(5, 3), torch.tensor([0, 1, 1, 0, 1]))),
    "system": Program(system, lambda draw: (draw(3, 3), draw(3, 2))),
    "series": Program(series, lambda draw: (draw(7),)),
    "table": Program(table, lambda draw: (draw(5, 3), torch.tensor([0, 3, 3, -1]))),
    "kinks": Program(kinks, lambda draw: (draw(4), draw(4))),
    "scalars": Program(scalars, lambda draw: (draw(), draw().abs() + 0.5)),
    "attention": Program(attention, lambda draw: (draw(4, 3), draw(5, 3), draw(5, 2)),
                         hessian=False),
    "convolutions": Program(convolutions, lambda draw: (
        draw(2, 3, 5, 4), draw(4, 3, 2, 2), draw(2, 2, 2, 2), draw(2, 3, 2, 3)), hessian=False),
    "orders": Program(orders, lambda draw: (draw(3, 4), draw(4))),
    "moments": Program(moments, lambda draw: (draw(5, 2),), hessian=False),
}


class Net(nn.Module):
    """Two layers and a loss."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Linear(3, 4)
        self.norm = nn.BatchNorm1d(4).eval()
        self.last = nn.Linear(4, 1)

    def forward(self, x):
        h = self.norm(torch.tanh(self.first(x)))
        return self.last(h).square().mean()
