"""The programs that ``speed.py`` times: each task written for every peer.

A *program* is a function that runs some steps and returns the numbers of the last one, (value,
gradients), or the parameters after it; the peers' numbers are compared with each other. The
text for Wengert and PyTorch is the same. Under ``wengert.compile`` the whole step is compiled;
under ``torch.compile`` the forward pass is (and with it its backward), and ``backward()`` and the
update stay eager, because that is what it takes whole. JAX jits the whole step, its arrays stay on
the device, and every result is waited for. NumPy has its gradient by hand, writes into buffers
made before, and walks large arrays in blocks of 8,192 numbers. Start with ``TASKS``.
"""

from __future__ import annotations

import importlib
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from . import recording
from .peers import load
from .subjects import Torch

Program = Callable[[int], tuple[Any, ...]]
"""Runs so many steps, and returns the numbers of the last."""

BLOCK = 8192


@dataclass(frozen=True)
class Task:
    """A row of the table: ``size`` is given to the programs, ``per`` divides the time of a step."""

    title: str
    torch: Callable[[Torch, int], Program]
    jax: Callable[[int], Program]
    autograd: Callable[[int], Program]
    numpy: Callable[[int], Program]
    size: int
    quick: int
    rounds: int = 15
    per: int = 1


def repeated(step: Callable[[], tuple[Any, ...]]) -> Program:
    """The program that calls ``step``, which returns its numbers."""
    def run(count: int) -> tuple[Any, ...]:
        for _ in range(count):
            numbers = step()
        return numbers

    return run


def blocks(rows: int, length: int = 1) -> Iterator[slice]:
    """Slices of so many rows that a block holds about 8,192 numbers."""
    height = max(1, BLOCK // length)
    return (slice(low, min(low + height, rows)) for low in range(0, rows, height))


def normal(*shape: int, seed: int = 0) -> Any:
    return np.random.RandomState(seed).standard_normal(shape).astype(np.float32)


# ---- the polynomial program: 2,000 points, four parameters, a training step ----

RATE = 1e-6
START = (1.5409961, -0.2934289, -2.1787894, 0.5684313)
"""What ``torch.manual_seed(0)`` and four times ``torch.randn(())`` give."""


def points(size: int) -> tuple[Any, Any]:
    x = np.linspace(-math.pi, math.pi, size, dtype=np.float32)
    return x, np.sin(x)


def polynomial(peer: Torch, size: int) -> Program:
    torch = peer.module
    if peer == Torch(torch):
        return recording.polynomial(torch, size)
    torch.manual_seed(0)
    x = torch.linspace(-math.pi, math.pi, size)
    y = torch.sin(x)
    parameters = [torch.randn((), requires_grad=True) for _ in range(4)]
    a, b, c, d = parameters

    def forward() -> Any:
        y_pred = a + b * x + c * x ** 2 + d * x ** 3
        return (y_pred - y).pow(2).sum()

    return trained(peer, forward, parameters, RATE)


def trained(peer: Torch, forward: Callable[[], Any], parameters: list[Any], rate: float) -> Program:
    """Gradient descent, the step or the forward pass compiled."""
    torch, forward = peer.module, peer.forward(forward)

    @peer.step
    def step() -> None:
        forward().backward()
        with torch.no_grad():
            for parameter in parameters:
                parameter -= rate * parameter.grad
                parameter.grad = None

    def train(steps: int) -> tuple[Any, ...]:
        for _ in range(steps):
            step()
        return tuple(parameters)

    return train


def polynomial_with_jax(size: int) -> Program:
    jax = load("jax")
    x, y = (jax.numpy.asarray(each) for each in points(size))

    def loss(parameters: Any) -> Any:
        a, b, c, d = parameters
        return (((a + b * x + c * x ** 2 + d * x ** 3) - y) ** 2).sum()

    return trained_with_jax(jax, loss, tuple(jax.numpy.float32(p) for p in START), RATE)


def trained_with_jax(jax: Any, loss: Callable[..., Any], parameters: Any, rate: float) -> Program:
    """Gradient descent: one jitted function per step."""
    @jax.jit
    def step(parameters: Any) -> Any:
        return jax.tree.map(lambda p, g: p - rate * g, parameters, jax.grad(loss)(parameters))

    def train(steps: int) -> tuple[Any, ...]:
        nonlocal parameters
        for _ in range(steps):
            parameters = jax.block_until_ready(step(parameters))
        return tuple(parameters)

    return train


def polynomial_with_hips(size: int) -> Program:
    grad = load("autograd").grad
    anp = importlib.import_module("autograd.numpy")
    x, y = points(size)
    parameters = [np.float32(p) for p in START]

    def loss(parameters: Any) -> Any:
        a, b, c, d = parameters
        return anp.sum((a + b * x + c * x ** 2 + d * x ** 3 - y) ** 2)

    gradient = grad(loss)

    def train(steps: int) -> tuple[Any, ...]:
        nonlocal parameters
        for _ in range(steps):
            parameters = [p - np.float32(RATE) * g
                          for p, g in zip(parameters, gradient(parameters), strict=True)]
        return tuple(parameters)

    return train


def polynomial_by_hand(size: int) -> Program:
    x, y = points(size)
    g, x2, x3 = (np.empty_like(x) for _ in range(3))
    a, b, c, d = (float(p) for p in START)
    rate = 2.0 * RATE

    def train(steps: int) -> tuple[Any, ...]:
        nonlocal a, b, c, d
        for _ in range(steps):
            np.multiply(x, x, out=x2)
            np.multiply(x2, x, out=x3)
            np.multiply(x, d, out=g)   # Horner's scheme
            for coefficient in (c, b):
                np.add(g, coefficient, out=g)
                np.multiply(g, x, out=g)
            np.add(g, a, out=g)
            np.subtract(g, y, out=g)
            a -= rate * float(np.add.reduce(g))
            b -= rate * float(np.dot(g, x))
            c -= rate * float(np.dot(g, x2))
            d -= rate * float(np.dot(g, x3))
        return a, b, c, d

    return train


# ---- sum(tanh(x)*exp(-x*x)+sin(x)), value and gradient ----


def smooth_in(numpy: Any) -> Callable[[Any], Any]:
    """The function, with the module's sum, tanh, exp and sin."""
    def smooth(x: Any) -> Any:
        return numpy.sum(numpy.tanh(x) * numpy.exp(-x * x) + numpy.sin(x))

    return smooth


def smooth(peer: Torch, size: int) -> Program:
    function = smooth_in(peer.module)
    return differentiated(peer, function, [normal(size)])


def differentiated(peer: Torch, function: Callable[..., Any], arrays: list[Any],
                   *more: Any) -> Program:
    """Value and gradients with respect to ``arrays``; ``more`` are arguments without gradients."""
    inputs = [peer.module.tensor(array).requires_grad_() for array in arrays]
    function = peer.forward(function)

    @peer.step
    def step() -> tuple[Any, ...]:
        value = function(*inputs, *more)
        value.backward()
        gradients = [each.grad for each in inputs]
        for each in inputs:
            each.grad = None
        return value, *gradients

    return repeated(step)


def smooth_with_jax(size: int) -> Program:
    jax = load("jax")
    return differentiated_with_jax(jax, smooth_in(jax.numpy), [normal(size)])


def differentiated_with_jax(jax: Any, function: Callable[..., Any], arrays: list[Any],
                            *more: Any) -> Program:
    inputs = [jax.numpy.asarray(array) for array in arrays]
    jitted = jax.jit(jax.value_and_grad(function, argnums=tuple(range(len(inputs)))))

    def step() -> tuple[Any, ...]:
        value, gradients = jax.block_until_ready(jitted(*inputs, *more))
        return value, *gradients

    return repeated(step)


def smooth_with_hips(size: int) -> Program:
    return differentiated_with_hips(smooth_in(importlib.import_module("autograd.numpy")),
                                    [normal(size)])


def differentiated_with_hips(function: Callable[..., Any], arrays: list[Any]) -> Program:
    make_vjp = importlib.import_module("autograd.core").make_vjp
    inputs = tuple(arrays)

    def step() -> tuple[Any, ...]:
        vjp, value = make_vjp(lambda inputs: function(*inputs), inputs)
        return value, *vjp(value.dtype.type(1.0))

    return repeated(step)


def smooth_by_hand(size: int) -> Program:
    x = normal(size)
    gradient = np.empty_like(x)
    buffers = [np.empty(min(size, BLOCK), np.float32) for _ in range(3)]

    def step() -> tuple[Any, ...]:
        value = 0.0
        for where in blocks(size):
            part, g = x[where], gradient[where]
            t, e, s = (buffer[:len(part)] for buffer in buffers)
            np.tanh(part, out=t)
            np.multiply(part, part, out=s)
            np.negative(s, out=s)
            np.exp(s, out=e)
            np.sin(part, out=s)
            value += float(np.dot(t, e)) + float(np.add.reduce(s))
            np.multiply(t, t, out=g)    # (1 - t²) e - 2 x t e + cos x
            np.subtract(1.0, g, out=g)
            np.multiply(t, part, out=t)
            np.multiply(t, 2.0, out=t)
            np.subtract(g, t, out=g)
            np.multiply(g, e, out=g)
            np.cos(part, out=s)
            np.add(g, s, out=g)
        return value, gradient

    return repeated(step)


# ---- a multilayer perceptron, 784-128-10, an SGD step on a batch of 64 ----

WIDTHS = (784, 128, 10)
SLOW = 0.01


def perceptron_start(batch: int) -> tuple[list[Any], Any, Any]:
    """Parameters (weights as PyTorch has them, out x in), images and classes."""
    wide, middle, classes = WIDTHS
    parameters = [normal(middle, wide) * np.float32(wide ** -0.5), np.zeros(middle, np.float32),
                  normal(classes, middle) * np.float32(middle ** -0.5),
                  np.zeros(classes, np.float32)]
    return parameters, normal(batch, wide, seed=1), np.arange(batch) % classes


def perceptron(peer: Torch, batch: int) -> Program:
    torch = peer.module
    linear, relu = torch.nn.functional.linear, torch.relu
    cross_entropy = torch.nn.functional.cross_entropy
    arrays, images, classes = perceptron_start(batch)
    parameters = [torch.tensor(array).requires_grad_() for array in arrays]
    w1, b1, w2, b2 = parameters
    x, target = torch.tensor(images), torch.tensor(classes)

    def forward() -> Any:
        return cross_entropy(linear(relu(linear(x, w1, b1)), w2, b2), target)

    return trained(peer, forward, parameters, SLOW)


def perceptron_with_jax(batch: int) -> Program:
    jax = load("jax")
    arrays, images, classes = perceptron_start(batch)
    x, target = jax.numpy.asarray(images), jax.numpy.asarray(classes)

    def loss(parameters: Any) -> Any:
        w1, b1, w2, b2 = parameters
        logits = jax.numpy.maximum(x @ w1.T + b1, 0) @ w2.T + b2
        return entropy_with_jax(jax)(logits, target)

    return trained_with_jax(jax, loss, tuple(jax.numpy.asarray(a) for a in arrays), SLOW)


def perceptron_with_hips(batch: int) -> Program:
    grad = load("autograd").grad
    anp = importlib.import_module("autograd.numpy")
    parameters, x, classes = perceptron_start(batch)
    entropy = entropy_in_hips(classes)

    def loss(parameters: Any) -> Any:
        w1, b1, w2, b2 = parameters
        return entropy(anp.maximum(x @ w1.T + b1, 0.0) @ w2.T + b2)

    gradient = grad(loss)

    def train(steps: int) -> tuple[Any, ...]:
        nonlocal parameters
        for _ in range(steps):
            parameters = [p - np.float32(SLOW) * g
                          for p, g in zip(parameters, gradient(parameters), strict=True)]
        return tuple(parameters)

    return train


def perceptron_by_hand(batch: int) -> Program:
    """The rate is folded into the small cotangents, so that an update is one pass over a weight."""
    (w1, b1, w2, b2), x, classes = perceptron_start(batch)
    rows = np.arange(batch)
    hidden, into = np.empty((batch, len(w1)), np.float32), np.empty((batch, len(w1)), np.float32)
    logits = np.empty((batch, len(w2)), np.float32)
    column = np.empty((batch, 1), np.float32)
    d1, d2, active = np.empty_like(w1), np.empty_like(w2), np.empty(hidden.shape, bool)
    scale = np.float32(SLOW / batch)

    def step() -> tuple[Any, ...]:
        np.matmul(x, w1.T, out=hidden)
        np.add(hidden, b1, out=hidden)
        np.maximum(hidden, 0.0, out=hidden)
        np.matmul(hidden, w2.T, out=logits)
        np.add(logits, b2, out=logits)
        np.maximum.reduce(logits, axis=1, keepdims=True, out=column)
        np.subtract(logits, column, out=logits)
        np.exp(logits, out=logits)
        np.add.reduce(logits, axis=1, keepdims=True, out=column)
        np.divide(scale, column, out=column)
        np.multiply(logits, column, out=logits)
        logits[rows, classes] -= scale
        np.matmul(logits, w2, out=into)
        np.greater(hidden, 0.0, out=active)
        np.multiply(into, active, out=into)
        np.matmul(logits.T, hidden, out=d2)
        np.subtract(w2, d2, out=w2)
        np.subtract(b2, np.add.reduce(logits, axis=0), out=b2)
        np.matmul(into.T, x, out=d1)
        np.subtract(w1, d1, out=w1)
        np.subtract(b1, np.add.reduce(into, axis=0), out=b1)
        return w1, b1, w2, b2

    return repeated(step)


# ---- a chain of multiplications and additions on 0-dim tensors ----

GROWTH = 1.0001


def chain_of(length: int) -> Callable[[Any], Any]:
    def chain(x: Any) -> Any:
        z = x
        for _ in range(length // 2):
            z = z * GROWTH + x
        return z

    return chain


def chain(peer: Torch, length: int) -> Program:
    return differentiated(peer, chain_of(length), [np.float32(0.5)])


def chain_with_jax(length: int) -> Program:
    return differentiated_with_jax(load("jax"), chain_of(length), [np.float32(0.5)])


def chain_with_hips(length: int) -> Program:
    return differentiated_with_hips(chain_of(length), [np.float32(0.5)])


def chain_by_hand(length: int) -> Program:
    """In Python's own numbers, which are quicker than NumPy's."""
    forward = chain_of(length)

    def step() -> tuple[Any, ...]:
        ct, gradient = 1.0, 0.0
        for _ in range(length // 2):
            gradient += ct
            ct *= GROWTH
        return forward(0.5), gradient + ct

    return repeated(step)


# ---- softmax cross entropy, rows x 1,000 ----

CLASSES = 1000


def entropy_start(rows: int) -> tuple[Any, Any]:
    return normal(rows, CLASSES), np.arange(rows) * 7 % CLASSES


def entropy(peer: Torch, rows: int) -> Program:
    logits, target = entropy_start(rows)
    return differentiated(peer, peer.module.nn.functional.cross_entropy, [logits],
                          peer.module.tensor(target))


def entropy_with_jax(jax: Any) -> Callable[[Any, Any], Any]:
    def entropy(logits: Any, target: Any) -> Any:
        chosen = jax.numpy.take_along_axis(logits, target[:, None], axis=1)
        return (jax.nn.logsumexp(logits, axis=1, keepdims=True) - chosen).mean()

    return entropy


def entropy_in_jax(rows: int) -> Program:
    jax = load("jax")
    logits, target = entropy_start(rows)
    return differentiated_with_jax(jax, entropy_with_jax(jax), [logits], jax.numpy.asarray(target))


def entropy_in_hips(target: Any) -> Callable[[Any], Any]:
    anp = importlib.import_module("autograd.numpy")
    logsumexp = importlib.import_module("autograd.scipy.special").logsumexp
    rows = np.arange(len(target))
    return lambda logits: anp.mean(logsumexp(logits, axis=1) - logits[rows, target])


def entropy_with_hips(rows: int) -> Program:
    logits, target = entropy_start(rows)
    return differentiated_with_hips(entropy_in_hips(target), [logits])


def entropy_by_hand(rows: int) -> Program:
    logits, target = entropy_start(rows)
    gradient = np.empty_like(logits)
    column = np.empty((rows, 1), np.float32)
    each = np.arange(rows)
    scale = np.float32(1 / rows)

    def step() -> tuple[Any, ...]:
        value = 0.0
        for where in blocks(rows, CLASSES):
            x, g, c = logits[where], gradient[where], column[where]
            np.maximum.reduce(x, axis=1, keepdims=True, out=c)
            np.subtract(x, c, out=g)
            value -= float(np.add.reduce(g[each[:len(x)], target[where]]))
            np.exp(g, out=g)
            np.add.reduce(g, axis=1, keepdims=True, out=c)
            value += float(np.add.reduce(np.log(c), axis=None))
            np.divide(scale, c, out=c)
            np.multiply(g, c, out=g)
            g[each[:len(x)], target[where]] -= scale
        return value / rows, gradient

    return repeated(step)


# ---- layer norm, rows x 768, with weight and bias ----

FEATURES = 768
EPS = 1e-5


def norm_start(rows: int) -> tuple[list[Any], Any]:
    """Input, weight and bias, and the weights of the sum that makes a number of the result."""
    return [normal(rows, FEATURES), normal(FEATURES, seed=1), normal(FEATURES, seed=2)], \
        normal(rows, FEATURES, seed=3)


def norm(peer: Torch, rows: int) -> Program:
    arrays, cotangent = norm_start(rows)
    layer_norm = peer.module.nn.functional.layer_norm

    def function(x: Any, weight: Any, bias: Any, ct: Any) -> Any:
        return (layer_norm(x, (FEATURES,), weight, bias, EPS) * ct).sum()

    return differentiated(peer, function, arrays, peer.module.tensor(cotangent))


def norm_in(numpy: Any) -> Callable[..., Any]:
    def function(x: Any, weight: Any, bias: Any, ct: Any) -> Any:
        centred = x - numpy.mean(x, axis=1, keepdims=True)
        variance = numpy.mean(centred * centred, axis=1, keepdims=True)
        return numpy.sum((centred / numpy.sqrt(variance + EPS) * weight + bias) * ct)

    return function


def norm_with_jax(rows: int) -> Program:
    jax = load("jax")
    arrays, cotangent = norm_start(rows)
    return differentiated_with_jax(jax, norm_in(jax.numpy), arrays, jax.numpy.asarray(cotangent))


def norm_with_hips(rows: int) -> Program:
    arrays, cotangent = norm_start(rows)
    function = norm_in(importlib.import_module("autograd.numpy"))
    return differentiated_with_hips(lambda *inputs: function(*inputs, cotangent), arrays)


def norm_by_hand(rows: int) -> Program:
    (inputs, weight, bias), cotangent = norm_start(rows)
    gradient, column = np.empty_like(inputs), np.empty((rows, 1), np.float32)
    scratch = np.empty((max(1, BLOCK // FEATURES), FEATURES), np.float32)
    part = np.float32(1 / FEATURES)

    def step() -> tuple[Any, ...]:
        value, for_weight, for_bias = 0.0, np.zeros_like(weight), np.zeros_like(bias)
        for where in blocks(rows, FEATURES):
            x, g, ct, c = inputs[where], gradient[where], cotangent[where], column[where]
            t = scratch[:len(x)]
            np.add.reduce(x, axis=1, keepdims=True, out=c)
            np.multiply(c, part, out=c)
            np.subtract(x, c, out=g)
            spread = (np.vecdot(g, g)[:, None] * part + np.float32(EPS)) ** np.float32(-0.5)
            np.multiply(g, spread, out=g)            # g: the normalised input
            np.multiply(g, ct, out=t)
            weighted = np.add.reduce(t, axis=0)
            summed = np.add.reduce(ct, axis=0)
            for_weight += weighted
            for_bias += summed
            value += float(np.dot(weighted, weight)) + float(np.dot(summed, bias))
            np.multiply(ct, weight, out=t)           # t: the cotangent of the normalised input
            np.add.reduce(t, axis=1, keepdims=True, out=c)
            np.multiply(c, part, out=c)
            along = np.vecdot(g, t)[:, None] * part
            np.subtract(t, c, out=t)
            np.multiply(g, along, out=g)
            np.subtract(t, g, out=g)
            np.multiply(g, spread, out=g)
        return value, gradient, for_weight, for_bias

    return repeated(step)


def smooth_task(size: int, rounds: int) -> Task:
    return Task(f"tanh·exp+sin, 10^{round(math.log10(size))}, gradient", smooth, smooth_with_jax,
                smooth_with_hips, smooth_by_hand, size, min(size, 1000), rounds)


TASKS = {
    "polynomial": Task("polynomial, training step", polynomial, polynomial_with_jax,
                       polynomial_with_hips, polynomial_by_hand, 2000, 100),
    "smooth3": smooth_task(10**3, 15),
    "smooth5": smooth_task(10**5, 15),
    "smooth7": smooth_task(10**7, 7),
    "perceptron": Task("784-128-10, batch 64, SGD step", perceptron, perceptron_with_jax,
                       perceptron_with_hips, perceptron_by_hand, 64, 4),
    "chain": Task("chain, 1,000 operations, per op", chain, chain_with_jax, chain_with_hips,
                  chain_by_hand, 1000, 100, per=1000),
    "entropy": Task("cross entropy 4096x1000, gradient", entropy, entropy_in_jax,
                    entropy_with_hips, entropy_by_hand, 4096, 8, rounds=9),
    "norm": Task("layer norm 4096x768, gradients", norm, norm_with_jax, norm_with_hips,
                 norm_by_hand, 4096, 16, rounds=9),
}
