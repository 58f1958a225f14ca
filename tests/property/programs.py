"""Random programs, drawn as lists of instructions and run on any library with PyTorch's surface.

An instruction is a name and a few integers; what it does is decided by shapes and flags alone, so
the same list is the same program on every library. :func:`run` gives what a user could observe:
values, gradients, flags and version counters.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from hypothesis import strategies as st

SHAPES = [(3, 4), (4,), (3, 1), (), (2, 3, 4), (4, 3)]
Instruction = tuple[str, int, int, int]


@dataclass
class State:
    """The variables of a running program."""

    torch: Any
    tensors: list[Any] = field(default_factory=list)
    leaves: list[Any] = field(default_factory=list)
    seen: list[Any] = field(default_factory=list)
    draw: np.random.RandomState = field(default_factory=lambda: np.random.RandomState(7))

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
    value = state.draw.uniform(-2, 2, shape)
    x = state.torch.tensor(value, dtype=state.torch.float64, requires_grad=bool(j % 3))
    state.leaves.append(x)
    state.add(x)


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
    n = (j % 7 - 3) / 2
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


def run(torch: Any, program: list[Instruction]) -> list[Any]:
    """What a user sees of ``program`` on the library ``torch``."""
    state = State(torch)
    leaf(state, 0, 1, 0)
    leaf(state, 1, 1, 0)
    for name, i, j, k in program:
        ACTIONS[name](state, i, j, k)
    total = sum((x * x).sum() for x in state.tensors)
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
