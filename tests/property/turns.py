"""What a turn of a random loop may do: each function of :data:`ACTS` makes a value of two others of
the turn, a number and the number of the turn, on any library with PyTorch's surface."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

ROWS, WIDTH = 3, 4
Act = Callable[[Any, Any, Any, int, int], Any]
ACTS: dict[str, Act] = {}


class Variables:
    """The variables of one run."""

    def __init__(self, torch: Any, length: int, seed: int, moved: float = 0.0) -> None:
        self.torch, self.length, self.moved = torch, length, moved
        draw = np.random.RandomState(seed)
        self.random = np.random.RandomState(seed + 1)

        def tensor(*shape: int, grad: bool = False) -> Any:
            value = draw.uniform(-1, 1, shape)
            if grad and moved:
                value = value * (1 + moved * self.random.uniform(-1, 1, shape))
            return torch.tensor(value, dtype=torch.float64, requires_grad=grad)
        self.params = [tensor(ROWS, WIDTH, grad=True), tensor(WIDTH, WIDTH, grad=True),
                       tensor(WIDTH, grad=True), tensor(WIDTH, WIDTH)]
        self.x = tensor(length, ROWS, WIDTH, grad=True)
        self.y = tensor(ROWS, length, WIDTH)
        self.state = [tensor(ROWS, WIDTH), tensor(ROWS, WIDTH)]
        self.out = torch.zeros(length, ROWS, WIDTH, dtype=torch.float64)
        self.columns = torch.zeros(ROWS, length, dtype=torch.float64)
        self.numbers = draw.uniform(-1, 1, (ROWS, WIDTH))
        self.shared = torch.from_numpy(self.numbers)
        self.places = torch.tensor(draw.randint(0, WIDTH, length + 1))
        self.kept: list[Any] = []
        self.seen: list[float] = []
        self.losses: list[float] = []
        self.total: Any = 0.0
        self.rows: Any = self.x
        self.noise = np.random.RandomState(seed + 2)
        self.shift = draw.uniform(-0.5, 0.5)
        self.random = np.random.RandomState(seed + 1)


def act(function: Act) -> Act:
    ACTS[function.__name__.rstrip("_")] = function
    return function


@act
def add(run: Any, a: Any, b: Any, k: int, t: int) -> Any:
    return a + b * 0.5


@act
def mul(run: Any, a: Any, b: Any, k: int, t: int) -> Any:
    return a * b


@act
def tanh(run: Any, a: Any, b: Any, k: int, t: int) -> Any:
    return run.torch.tanh(a)


@act
def sin(run: Any, a: Any, b: Any, k: int, t: int) -> Any:
    return run.torch.sin(a)


@act
def sigmoid(run: Any, a: Any, b: Any, k: int, t: int) -> Any:
    return run.torch.sigmoid(a)


@act
def matmul(run: Any, a: Any, b: Any, k: int, t: int) -> Any:
    return run.torch.tanh(a @ run.params[1 if k % 2 else 3])


@act
def param(run: Any, a: Any, b: Any, k: int, t: int) -> Any:
    return a * run.params[0 if k % 2 else 2]


@act
def read(run: Any, a: Any, b: Any, k: int, t: int) -> Any:
    return run.rows[t] + (a if k % 2 else 0.1)


@act
def read_back(run: Any, a: Any, b: Any, k: int, t: int) -> Any:
    return run.y[:, run.length - 1 - t] * a


@act
def number(run: Any, a: Any, b: Any, k: int, t: int) -> Any:
    return a * (0.5 + run.shift) + k * 0.1


@act
def clock(run: Any, a: Any, b: Any, k: int, t: int) -> Any:
    return a + 0.001 * t - t / (t + 1)


@act
def mean(run: Any, a: Any, b: Any, k: int, t: int) -> Any:
    return a - a.mean(k % 2, keepdim=True)


@act
def row(run: Any, a: Any, b: Any, k: int, t: int) -> Any:
    return a + a[k % ROWS] * 0.5 - b[:, k % WIDTH:k % WIDTH + 1]


@act
def where(run: Any, a: Any, b: Any, k: int, t: int) -> Any:
    return run.torch.where(b > 0, a, a * 0.25)


@act
def softmax(run: Any, a: Any, b: Any, k: int, t: int) -> Any:
    return run.torch.softmax(a, 1) + b * 0.1


@act
def cat(run: Any, a: Any, b: Any, k: int, t: int) -> Any:
    return run.torch.cat([a[:, :2], b[:, 2:]], 1)


@act
def write(run: Any, a: Any, b: Any, k: int, t: int) -> Any:
    run.out[t] = run.torch.tanh(a)
    return a * 0.5


@act
def fetch(run: Any, a: Any, b: Any, k: int, t: int) -> Any:
    return run.out[t - 1 if t and k % 2 else t] + a * 0.5


@act
def norm(run: Any, a: Any, b: Any, k: int, t: int) -> Any:
    return a / (1 + a.square().sum().sqrt())


@act
def vector(run: Any, a: Any, b: Any, k: int, t: int) -> Any:
    return a + run.torch.mv(a, run.params[2])[:, None] * 0.2


@act
def stack(run: Any, a: Any, b: Any, k: int, t: int) -> Any:
    return run.torch.stack([a, b]).sum(0) * 0.4


@act
def detach(run: Any, a: Any, b: Any, k: int, t: int) -> Any:
    return a.detach() * 0.5 + b


@act
def before(run: Any, a: Any, b: Any, k: int, t: int) -> Any:
    return a + run.kept[-1] * 0.1 if run.kept else a


PLAIN = list(ACTS)
"""What leaves the loop's path alone."""


# ---- values that are looked at, branches ----

@act
def item(run: Any, a: Any, b: Any, k: int, t: int) -> Any:
    return b + a[k % ROWS, t % WIDTH].item() * 0.1


@act
def look(run: Any, a: Any, b: Any, k: int, t: int) -> Any:
    if t % (k + 1) == 0:
        run.seen.append(sum(a.sum(0).tolist()))
    return a


@act
def on_value(run: Any, a: Any, b: Any, k: int, t: int) -> Any:
    if a.sum() > 0.3 * (k - 5):
        return a * 0.5 + b
    return run.torch.cos(a)


@act
def now_and_then(run: Any, a: Any, b: Any, k: int, t: int) -> Any:
    if run.random.uniform() < 0.05 * (k + 1):
        return run.torch.exp(-a * a) + b * 0.2
    return a


@act
def one_of(run: Any, a: Any, b: Any, k: int, t: int) -> Any:
    which = run.random.randint(3)
    return a + b if which == 0 else a * 0.3 if which == 1 else a @ run.params[3] * 0.4


@act
def fails(run: Any, a: Any, b: Any, k: int, t: int) -> Any:
    try:
        return a @ b
    except (RuntimeError, ValueError):
        return a @ b.transpose(0, 1) @ b * 0.3


@act
def prints(run: Any, a: Any, b: Any, k: int, t: int) -> Any:
    if t % 5 == k % 5:
        run.seen.append(float(len(repr(a.detach()[0])) > 3))
    return a - b * 0.1


# ---- memory ----

@act
def column(run: Any, a: Any, b: Any, k: int, t: int) -> Any:
    run.columns[:, t] = b.detach().mean(1) if k % 2 else b.detach()[:, k % WIDTH]
    return a + run.columns[:, t - 1:t] * 0.1 if t else a


@act
def in_place(run: Any, a: Any, b: Any, k: int, t: int) -> Any:
    c = a * 0.9
    if k % 3 == 0:
        c.add_(b, alpha=0.5)
    elif k % 3 == 1:
        c[k % ROWS] = b[t % ROWS] * 0.5
    else:
        c[:, t % WIDTH] += 0.2
    return c


@act
def part_of_out(run: Any, a: Any, b: Any, k: int, t: int) -> Any:
    part = run.out[t]
    part[k % ROWS] = a.mean(0)
    part += 0.1 * b
    return a + part


@act
def copied(run: Any, a: Any, b: Any, k: int, t: int) -> Any:
    c = run.torch.zeros_like(a)
    c.copy_(b)
    c[:, 1:] *= 0.5
    return c + a * 0.2


@act
def moving(run: Any, a: Any, b: Any, k: int, t: int) -> Any:
    part = run.x[max(0, t - k % 3):t + 1] if k % 2 else run.y[:, t:t + 2].transpose(0, 1)
    return a + part.sum(0) * 0.1


@act
def prefix(run: Any, a: Any, b: Any, k: int, t: int) -> Any:
    part = run.x[:t + 1] if k % 2 else run.x[t:]
    return a * 0.5 + part.mean(0)


@act
def history(run: Any, a: Any, b: Any, k: int, t: int) -> Any:
    run.kept.append(a if not run.kept or run.kept[0].dim() else a.sum())
    if t % (1 + k % 3):
        return a
    recent = run.torch.stack(run.kept if k % 2 else run.kept[-3:])
    return b + recent.mean(0) * 0.2


@act
def numpys(run: Any, a: Any, b: Any, k: int, t: int) -> Any:
    run.numbers[t % ROWS, k % WIDTH] += 0.25 if t % 3 else -0.4
    return a + run.shared * 0.1


@act
def gathered(run: Any, a: Any, b: Any, k: int, t: int) -> Any:
    if k % 2:
        return a + run.params[1][run.places[t]] * 0.2
    return a[:, run.places[t:t + 2]].sum(1, keepdim=True) * 0.2 + b


@act
def int_index(run: Any, a: Any, b: Any, k: int, t: int) -> Any:
    return a + b[:, int(run.places[t])][:, None] * 0.3


@act
def split(run: Any, a: Any, b: Any, k: int, t: int) -> Any:
    first, second = a.chunk(2, 1) if k % 2 else a.split([1, 3], 1)
    return run.torch.cat([second, first], 1) + b * 0.1


@act
def reduced(run: Any, a: Any, b: Any, k: int, t: int) -> Any:
    return b * 0.5 + [lambda: a.max(1, keepdim=True)[0], lambda: a.cumsum(0) * 0.3,
                      lambda: a.sort(1)[0], lambda: a.logsumexp(0)][k % 4]() * 0.3


@act
def outer(run: Any, a: Any, b: Any, k: int, t: int) -> Any:
    return run.torch.einsum("ij,kj->ik", a, b) @ b * 0.2 if k % 2 else (
        a.t() @ b).mean(0) * 0.5 + a


@act
def low(run: Any, a: Any, b: Any, k: int, t: int) -> Any:
    return (a.to(run.torch.float32) * 2).to(run.torch.float64).detach().round() * 0.1 + b


# ---- gradients ----

@act
def summed(run: Any, a: Any, b: Any, k: int, t: int) -> Any:
    run.total = run.total + (a - b).square().mean() * 0.1
    return a


@act
def hook(run: Any, a: Any, b: Any, k: int, t: int) -> Any:
    c = a * 1.1
    if c.requires_grad:
        c.register_hook((lambda g: g * 0.9) if k % 2 else lambda g: g + 0.01 * t)
    return c


@act
def custom(run: Any, a: Any, b: Any, k: int, t: int) -> Any:
    return function(run.torch).apply(a, b, 0.1 * k)


_functions: dict[Any, Any] = {}


def function(torch: Any) -> Any:
    """A custom function of two tensors and a number."""
    if torch not in _functions:
        class Mixed(torch.autograd.Function):  # type: ignore[misc, name-defined]
            @staticmethod
            def forward(ctx: Any, a: Any, b: Any, n: float) -> Any:
                ctx.save_for_backward(a, b)
                ctx.n = n
                return a * b.sin() * 0.5 + n * a

            @staticmethod
            def backward(ctx: Any, ct: Any) -> Any:
                a, b = ctx.saved_tensors
                return ct * (b.sin() * 0.5 + ctx.n), ct * a * b.cos() * 0.5, None
        _functions[torch] = Mixed
    return _functions[torch]


@act
def no_grad(run: Any, a: Any, b: Any, k: int, t: int) -> Any:
    with run.torch.no_grad():
        c = (a @ run.params[3] if k % 2 else a * b).tanh()
    return b + c * 0.3


@act
def inner_grad(run: Any, a: Any, b: Any, k: int, t: int) -> Any:
    p = run.params[0]
    with run.torch.enable_grad():
        energy = (a.detach() * p).tanh().sum()
        found, = run.torch.autograd.grad(energy, p, create_graph=bool(k % 2))
    return b + found * 0.1


@act
def penalty(run: Any, a: Any, b: Any, k: int, t: int) -> Any:
    # Once in a loop: each time the graph becomes some times as large.
    if t != k or not a.requires_grad:
        return a
    found, = run.torch.autograd.grad(a.tanh().sum(), run.params[2], create_graph=True,
                                     allow_unused=True)
    return a if found is None else a + found * 0.05


@act
def fresh(run: Any, a: Any, b: Any, k: int, t: int) -> Any:
    leaf = run.torch.full((WIDTH,), 0.1 * k, dtype=run.torch.float64, requires_grad=True)
    with run.torch.enable_grad():
        (leaf * b.detach()).sum().backward()
    return a + leaf.grad * 0.1


@act
def drawn(run: Any, a: Any, b: Any, k: int, t: int) -> Any:
    torch = run.torch
    if k % 3 == 0:
        return a + torch.rand(ROWS, WIDTH, dtype=torch.float64) * 0.1
    if k % 3 == 1:
        place = torch.multinomial(torch.softmax(a.detach(), 1), 1)
        return b + a.gather(1, place) * 0.2
    return torch.nn.functional.dropout(a, 0.3) * 0.5 + b


@act
def transformed(run: Any, a: Any, b: Any, k: int, t: int) -> Any:
    func, p = run.torch.func, run.params[2]
    if k % 2:
        return a + func.grad(lambda q: (q * b).sin().sum())(p) * 0.1
    return func.vmap(lambda r: r * r.sum() * 0.2)(a) + b
