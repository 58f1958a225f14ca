"""Random programs, drawn as lists of instructions and run on any library with PyTorch's surface.

An instruction is a name and a few integers; what it does is decided by shapes and flags alone, so
the same list is the same program on every library. A :class:`Variant` says with which values,
Python numbers and memory layouts it runs: all of them go along one path. :func:`run` gives what a
user could observe: values, gradients, flags and version counters.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from hypothesis import strategies as st

SHAPES = [(3, 4), (4,), (3, 1), (), (2, 3, 4), (4, 3)]
Instruction = tuple[str, int, int, int]


@dataclass(frozen=True)
class Variant:
    """With what a program runs: the seed of its values, what its Python numbers are moved by, and
    how its leaves lie in memory."""

    values: int = 7
    shift: float = 0.0
    layout: int = 0


PLAIN = Variant()
VARIANTS = [PLAIN, Variant(8, 0.25), Variant(9, -0.5, 1), Variant(7, 0.0, 2), Variant(8, 1.0, 3)]


@dataclass
class State:
    """The variables of a running program."""

    torch: Any
    variant: Variant = PLAIN
    tensors: list[Any] = field(default_factory=list)
    leaves: list[Any] = field(default_factory=list)
    seen: list[Any] = field(default_factory=list)
    directions: list[Any] = field(default_factory=list)
    along: float = 0.0
    """How far the leaves that require grad are moved along their directions."""

    def __post_init__(self) -> None:
        self.draw = np.random.RandomState(self.variant.values)
        self.sideways = np.random.RandomState(99)

    def pick(self, i: int) -> Any:
        return self.tensors[i % len(self.tensors)]

    def add(self, tensor: Any) -> None:
        self.tensors.append(tensor)
        if len(self.tensors) > 12:
            del self.tensors[3]

    def observe(self, tensor: Any) -> None:
        self.seen.append(np.array(tensor.detach().tolist(), dtype=np.float64))


Action = Callable[[State, int, int, int], None]
ACTIONS: dict[str, Action] = {}


def action(function: Action) -> Action:
    ACTIONS[function.__name__] = function
    return function


def broadcasts(a: Any, b: Any) -> bool:
    try:
        np.broadcast_shapes(tuple(a.shape), tuple(b.shape))
    except ValueError:
        return False
    return True


@action
def leaf(state: State, i: int, j: int, k: int) -> None:
    shape = SHAPES[i % len(SHAPES)]
    direction = np.asarray(state.sideways.uniform(-1, 1, shape))
    value = np.asarray(state.draw.uniform(-2, 2, shape))
    if j % 3:
        value = np.asarray(value + state.along * direction)
    x = laid_out(state.torch, value, (state.variant.layout + k) % 4 if state.variant.layout else 0)
    if j % 3:
        x.requires_grad_()
    state.directions.append(direction)
    state.leaves.append(x)
    state.add(x)


def laid_out(torch: Any, value: Any, layout: int) -> Any:
    """A tensor of ``value``: row by row, column by column, with gaps, or in NumPy's memory."""
    if layout == 1:
        return torch.tensor(value.T.copy()).permute(*range(value.ndim)[::-1]).detach()
    if layout == 2 and value.ndim:
        return torch.tensor(np.repeat(value, 2, 0))[::2].detach()
    if layout == 3:
        return torch.from_numpy(value.copy())
    return torch.tensor(value, dtype=torch.float64)


@action
def unary(state: State, i: int, j: int, k: int) -> None:
    x = state.pick(i)
    torch = state.torch
    names = ["sin", "tanh", "exp", "neg", "square", "sigmoid", "abs", "cos", "relu"]
    y = getattr(torch, names[j % len(names)])(x)
    state.add(y * 0.5 if names[j % len(names)] == "exp" else y)


@action
def binary(state: State, i: int, j: int, k: int) -> None:
    a, b = state.pick(i), state.pick(j)
    if not broadcasts(a, b):
        b = b.sum()
    state.add([a + b, a - b, a * b, state.torch.maximum(a, b), a / (b * b + 1)][k % 5])


@action
def number(state: State, i: int, j: int, k: int) -> None:
    x = state.pick(i)
    n = (j % 7 - 3) / 2 + state.variant.shift
    state.add([x + n, x * n, n - x, x ** 2, x ** 3, x / 3, 2 * x][k % 7])


@action
def reduce(state: State, i: int, j: int, k: int) -> None:
    x = state.pick(i)
    if x.dim() == 0:
        state.add(x.sum())
        return
    dim = j % x.dim()
    state.add([x.sum(), x.mean(dim), x.sum(dim, keepdim=True), x.amax(dim), x.logsumexp(dim),
               x.cumsum(dim), x.prod(dim)][k % 7])


@action
def shape(state: State, i: int, j: int, k: int) -> None:
    x = state.pick(i)
    if x.dim() < 2:
        state.add([x.reshape(-1), x.unsqueeze(0), x.expand(2, *x.shape)][k % 3])
        return
    state.add([x.transpose(0, 1), x.reshape(-1), x.flatten(), x[0], x[:, 1:], x[..., -1],
               x.unsqueeze(1), x.permute(*range(x.dim())[::-1]), x.diagonal()][k % 9])


@action
def index(state: State, i: int, j: int, k: int) -> None:
    x = state.pick(i)
    torch = state.torch
    if x.dim() == 0:
        return
    n = x.shape[0]
    if n == 0:
        return
    idx = torch.tensor([j % n, k % n, (j + k) % n])
    state.add([x[idx], x[j % n], x.index_select(0, idx), x[x.detach() > 0].sum(),
               torch.cat([x, x]), torch.where(x > 0, x, x * 0.5)][k % 6])


@action
def write(state: State, i: int, j: int, k: int) -> None:
    x, y = state.pick(i), state.pick(j)
    if x.dim() and 0 in x.stride():
        return
    if not broadcasts(x, y) or np.broadcast_shapes(tuple(x.shape), tuple(y.shape)) != x.shape:
        y = y.detach().sum()
    try:
        store(x, y, j, k % 6)
    except RuntimeError as error:
        if "leaf" not in str(error):
            raise
        state.seen.append("a leaf cannot be written here")


def store(x: Any, y: Any, j: int, form: int) -> None:
    """One of the ways to write to ``x``."""
    if form == 0:
        x.add_(y)
    elif form == 1:
        x.mul_(0.5)
    elif form == 2 and x.dim():
        x[j % x.shape[0] if x.shape[0] else 0] = 0.25
    elif form == 3 and x.dim() and x.shape[-1] > 1:
        x[..., 1:] = y.detach().mean()
    elif form == 4:
        x.copy_(y)
    else:
        x.sub_(y * 0.1)


@action
def several(state: State, i: int, j: int, k: int) -> None:
    """An operation with several results, of which one is kept."""
    x, torch = state.pick(i), state.torch
    if x.dim() == 0 or 0 in x.shape:
        return
    dim = j % x.dim()
    results = [x.unbind(dim), x.sort(dim), x.max(dim), torch.var_mean(x, dim, correction=0),
               x.split(2, dim), two_of(torch).apply(x), torch.linalg.qr(square(torch, x))][k % 7]
    kept = [y for y in results if y.is_floating_point()]
    state.add(kept[j % len(kept)])


def square(torch: Any, x: Any) -> Any:
    """A matrix of full rank that depends on ``x``."""
    return torch.tanh(x.reshape(-1)[0]) * torch.ones(2, 2, dtype=x.dtype) + 3 * torch.eye(
        2, dtype=x.dtype)


def two_of(torch: Any) -> Any:
    """A custom function with two results."""
    class Two(torch.autograd.Function):  # type: ignore[misc, name-defined]
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            ctx.save_for_backward(x)
            return x * 2, x.sin()

        @staticmethod
        def backward(ctx: Any, a: Any, b: Any) -> Any:
            x, = ctx.saved_tensors
            return a * 2 + b * x.cos()
    return Two


@action
def transform(state: State, i: int, j: int, k: int) -> None:
    """A transform, or one of another, of a function with a captured tensor."""
    func = state.torch.func
    x, c = state.pick(i).reshape(-1)[:3], state.pick(j)
    if x.numel() == 0 or c.numel() == 0:
        return
    c = c.tanh().mean()
    n = 0.5 + state.variant.shift

    def f(a: Any) -> Any:
        return (a.sin() * c * n).sum() + (a * a * c).sum()

    def g(a: Any) -> Any:
        return a.cos() * c + a * n

    ones = state.torch.ones_like(x)
    inner = [func.grad(f), lambda a: func.jvp(g, (a,), (ones * c,))[1],
             lambda a: func.vjp(g, a)[1](ones * c)[0], lambda a: func.jacrev(g)(a).sum(0),
             lambda a: func.jacfwd(g)(a).sum(0)][k % 5]
    outer = [lambda: inner(x), lambda: func.grad(lambda a: (inner(a) * c).sum())(x),
             lambda: func.jvp(inner, (x,), (ones,))[1], lambda: func.vjp(inner, x)[1](ones)[0],
             lambda: func.jacrev(inner)(x), lambda: func.jacfwd(inner)(x)][k // 5 % 6]
    state.add(outer())


@action
def detach(state: State, i: int, j: int, k: int) -> None:
    x = state.pick(i).detach()
    state.add(x if k % 2 else x.clone())


@action
def no_grad(state: State, i: int, j: int, k: int) -> None:
    with state.torch.no_grad():
        [unary, binary, write, number][k % 4](state, i, j, k // 4)


@action
def look(state: State, i: int, j: int, k: int) -> None:
    state.observe(state.pick(i))


@action
def forget(state: State, i: int, j: int, k: int) -> None:
    if len(state.tensors) > 2:
        del state.tensors[i % len(state.tensors)]


@action
def backward(state: State, i: int, j: int, k: int) -> None:
    x = state.pick(i)
    if not x.requires_grad:
        return
    loss = (x * x).sum() if k % 2 else x.sum()
    loss.backward(retain_graph=True)


@action
def grad(state: State, i: int, j: int, k: int) -> None:
    x = state.pick(i)
    inputs = [leaf for leaf in state.leaves if leaf.requires_grad]
    if not x.requires_grad or not inputs:
        return
    found = state.torch.autograd.grad((x * x).sum(), inputs, allow_unused=True,
                                      retain_graph=True, create_graph=bool(k % 2))
    for g in found:
        if g is not None:
            state.observe(g)
            # A gradient that is 0 whatever the values are may or may not require grad.
            if k % 2 and g.requires_grad and bool((g.detach() != 0).any()):
                state.add(g.clone())


@action
def clear(state: State, i: int, j: int, k: int) -> None:
    for x in state.leaves:
        if k % 2:
            x.grad = None
        elif x.grad is not None:
            x.grad.zero_()


def loss_of(state: State, program: list[Instruction]) -> Any:
    """Run ``program``: the sum of the squares of its variables."""
    leaf(state, 0, 1, 0)
    leaf(state, 1, 1, 0)
    for name, i, j, k in program:
        ACTIONS[name](state, i, j, k)
    return sum((x * x).sum() for x in state.tensors)


def run(torch: Any, program: list[Instruction], variant: Variant = PLAIN) -> list[Any]:
    """What a user sees of ``program`` on the library ``torch``."""
    state = State(torch, variant)
    total = loss_of(state, program)
    if total.requires_grad:
        total.backward()
    for x in [*state.tensors, *state.leaves]:
        state.observe(x)
        state.seen.append((tuple(x.shape), x.requires_grad))
    for x in state.leaves:
        if x.grad is not None:
            state.observe(x.grad)
        else:
            state.seen.append(None)
    return state.seen


SMOOTH = ["leaf", "unary", "binary", "number", "reduce", "shape", "index", "several", "transform",
          "forget"]
"""What neither writes nor hides anything from gradients."""


def smooth_of(program: list[Instruction]) -> list[Instruction]:
    """What is smooth of a program."""
    return [instruction for instruction in program if instruction[0] in SMOOTH]


def slopes(torch: Any, program: list[Instruction], eps: float) -> tuple[float, float, float]:
    """The derivative of the loss along a direction: by backward, by differences of step ``eps``,
    and by those of half the step."""
    state = State(torch)
    total = loss_of(state, program)
    total.backward()
    found = sum(float((x.grad * torch.tensor(d)).sum())
                for x, d in zip(state.leaves, state.directions, strict=True)
                if x.requires_grad and x.grad is not None)

    def at(along: float) -> float:
        return float(loss_of(moved(torch, along), program).detach())

    def difference(step: float) -> float:
        return (at(step) - at(-step)) / (2 * step)
    return found, difference(eps), difference(eps / 2)


def moved(torch: Any, along: float) -> State:
    """A state whose leaves that require grad are moved along their directions."""
    state = State(torch)
    state.along = along
    return state


def same(a: list[Any], b: list[Any]) -> None:
    """AssertionError unless two runs saw the same."""
    assert len(a) == len(b)
    for x, y in zip(a, b, strict=True):
        if isinstance(x, np.ndarray):
            assert x.shape == y.shape
            np.testing.assert_allclose(x, y, rtol=1e-9, atol=1e-11)
        else:
            assert x == y


names = st.sampled_from(sorted(set(ACTIONS) - {"leaf"}) + ["leaf", "binary", "unary", "write"])
small = st.integers(0, 29)
instructions = st.tuples(names, small, small, small)
programs = st.lists(instructions, min_size=3, max_size=25)
endings = st.lists(instructions, min_size=1, max_size=6)
smooth = st.lists(st.tuples(st.sampled_from(SMOOTH), small, small, small), min_size=2, max_size=12)
variants = st.lists(st.sampled_from(VARIANTS), min_size=1, max_size=3)


def drawn(seed: int) -> tuple[list[Instruction], list[Instruction], list[Variant]]:
    """A program, another ending of it, and the variants to run it with, without a search."""
    r = random.Random(seed)
    kinds = sorted(ACTIONS) + ["leaf", "binary", "unary", "write"]

    def some(low: int, high: int) -> list[Instruction]:
        return [(r.choice(kinds), *(r.randrange(30) for _ in range(3)))
                for _ in range(r.randint(low, high))]
    return some(3, 25), some(1, 6), r.sample(VARIANTS, 2)
