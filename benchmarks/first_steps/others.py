"""Some of the programs for JAX and for HIPS autograd; each makes its step as those for PyTorch do.

JAX jits what can be jitted: the chain, another at each step, runs operation by operation.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

import numpy as np

from ..peers import load
from .chains import OPERATIONS, POOL, WEIGHTS, WIDTH, Link, determinant
from .program import Step, normal

Maker = Callable[["Peer"], Step]


class Peer:
    """NumPy's functions as a peer has them, and its gradient: ``value_and_grad(f, places)`` of the
    arguments at ``places``, jitted where it is asked for and can be."""

    def __init__(self, name: str) -> None:
        if name == "jax":
            jax = self.jax = load("jax")
            self.np, self.special = jax.numpy, importlib.import_module("jax.scipy.special")
            self.compile: Callable[[Any], Any] = jax.jit
            self.value_and_grad: Callable[[Any, Any], Any] = jax.value_and_grad
        else:
            autograd = load("autograd")
            self.jax = None
            self.np = importlib.import_module("autograd.numpy")
            self.special = importlib.import_module("autograd.scipy.special")
            self.compile = lambda function: function
            self.value_and_grad = autograd.value_and_grad

    def loop(self, turn: Callable[[Any, Any], Any], state: Any, along: tuple[Any, ...]) -> Any:
        """The state after ``turn(state, items)`` for the items of the arrays."""
        if self.jax is not None:
            return self.jax.lax.scan(lambda state, items: (turn(state, items), None), state,
                                     along)[0]
        for items in zip(*along, strict=True):
            state = turn(state, items)
        return state

    def results(self, value: Any, grads: Any) -> tuple[Any, ...]:
        """What a step returns, when it is there."""
        if self.jax is not None:
            self.jax.block_until_ready(grads)
        return value, *grads


def sigmoid(np: Any, x: Any) -> Any:
    return 1 / (1 + np.exp(-x))


def softmax(np: Any, x: Any) -> Any:
    e = np.exp(x - np.max(x))
    return e / np.sum(e)


IN_NUMPY: tuple[Callable[[Peer, Any, Any], Any], ...] = (
    lambda p, x, y: p.np.tanh(x), lambda p, x, y: p.np.sin(x), lambda p, x, y: p.np.cos(x),
    lambda p, x, y: sigmoid(p.np, x), lambda p, x, y: -x, lambda p, x, y: p.np.abs(x),
    lambda p, x, y: p.np.maximum(x, 0), lambda p, x, y: p.np.clip(x, -0.5, 0.5),
    lambda p, x, y: p.np.square(x), lambda p, x, y: p.np.arctan(x),
    lambda p, x, y: p.special.erf(x), lambda p, x, y: softmax(p.np, x), lambda p, x, y: x[::-1],
    lambda p, x, y: x * y, lambda p, x, y: x * 0.9, lambda p, x, y: x / 1.1,
    lambda p, x, y: p.np.maximum(x, y), lambda p, x, y: p.np.minimum(x, y),
    lambda p, x, y: x + 0.3 * (y - x), lambda p, x, y: (x + y) * 0.5,
    lambda p, x, y: (x - y) * 0.5, lambda p, x, y: p.np.where(x > y, x, y),
    lambda p, x, y: 1 / (1 + p.np.exp(x)),
)
"""The operations of chains, in their order."""


def chain(peer: Peer) -> Step:
    table = dict(zip((function for function, _ in OPERATIONS), IN_NUMPY, strict=True))
    weights = [normal(np.random.RandomState(k), WIDTH) * np.float32(0.3) for k in range(WEIGHTS)]

    def step(links: list[Link], begin: list[Any]) -> tuple[Any, ...]:
        def loss(*weights: Any) -> Any:
            values = [*(each.astype(np.float32) for each in begin), *weights]
            for function, i, j, k in links:
                values[k] = table[function](peer, values[i], values[j])
            return sum(peer.np.mean(each) for each in values[:POOL + WEIGHTS])

        return peer.results(*peer.value_and_grad(loss, tuple(range(WEIGHTS)))(*weights))

    return step


def minors(peer: Peer) -> Step:
    def value(matrix: Any) -> Any:
        size = range(len(matrix))
        return determinant([[matrix[i, j] for j in size] for i in size])

    gradient = peer.compile(peer.value_and_grad(value, (0,)))
    return lambda matrix: peer.results(*gradient(matrix))


def written_lstm(peer: Peer) -> Step:
    np_, units = peer.np, 14

    def cell(weight: Any, bias: Any, hidden: Any, memory: Any, x: Any) -> Any:
        gates = np_.concatenate((x, hidden, x, hidden)) * weight + bias
        forget, enter = sigmoid(np_, gates[:units]), sigmoid(np_, gates[units:2 * units])
        leave, change = sigmoid(np_, gates[2 * units:3 * units]), np_.tanh(gates[3 * units:])
        memory = memory * forget + enter * change
        return leave * np_.tanh(memory), memory

    def loss(main: Any, extra: Any, sequence: Any) -> Any:
        def turn(state: Any, items: Any) -> Any:
            h1, c1, h2, c2, total = state
            now, following = items
            h1, c1 = cell(main[0], main[1], h1, c1, now * extra[0])
            h2, c2 = cell(main[2], main[3], h2, c2, h1)
            y = h2 * extra[1] + extra[2]
            y = y - np_.log(np_.sum(np_.exp(y)) + 2)
            return h1, c1, h2, c2, total + np_.sum(following * y)

        none = np.zeros(units, np.float32)
        state = peer.loop(turn, (none, none, none, none, np.float32(0)),
                          (sequence[:-1], sequence[1:]))
        return -state[4] / ((len(sequence) - 1) * units)

    random = np.random.RandomState(0)
    main = (0.5 * normal(random, 4, 4 * units)).astype(np.float32)
    extra = (0.5 * normal(random, 3, units)).astype(np.float32)
    gradient = peer.compile(peer.value_and_grad(loss, (0, 1)))
    return lambda sequence: peer.results(*gradient(main, extra, sequence))


OTHERS: dict[str, Maker] = {
    "chain": chain, "minors-6": minors, "lstm-128": written_lstm, "lstm-512": written_lstm,
    "lstm-1024": written_lstm,
}
"""By the name of the program."""
