"""Chains of small operations that are drawn anew for each step: no path comes twice."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .program import Program, Random, Step, normal

WIDTH = 10
POOL, WEIGHTS = 4, 5
"""A chain works on so many values, and reads so many parameters."""

Operation = Callable[[Any, Any, Any], Any]
Link = tuple[Operation, int, int, int]
"""An operation, the places of its two operands, and the place where its result goes."""

OPERATIONS: tuple[tuple[Operation, int], ...] = (
    (lambda torch, x, y: x.tanh(), 1),
    (lambda torch, x, y: torch.sin(x), 1),
    (lambda torch, x, y: x.cos(), 1),
    (lambda torch, x, y: torch.sigmoid(x), 1),
    (lambda torch, x, y: -x, 1),
    (lambda torch, x, y: abs(x), 1),
    (lambda torch, x, y: torch.relu(x), 1),
    (lambda torch, x, y: x.clamp(-0.5, 0.5), 1),
    (lambda torch, x, y: x.square(), 1),
    (lambda torch, x, y: x.atan(), 1),
    (lambda torch, x, y: torch.erf(x), 1),
    (lambda torch, x, y: torch.softmax(x, 0), 1),
    (lambda torch, x, y: x.flip(0), 1),
    (lambda torch, x, y: x * y, 1),
    (lambda torch, x, y: x * 0.9, 1),
    (lambda torch, x, y: x / 1.1, 1),
    (lambda torch, x, y: torch.maximum(x, y), 1),
    (lambda torch, x, y: torch.minimum(x, y), 1),
    (lambda torch, x, y: torch.lerp(x, y, 0.3), 1),
    (lambda torch, x, y: (x + y) * 0.5, 2),
    (lambda torch, x, y: (x - y) * 0.5, 2),
    (lambda torch, x, y: torch.where(x > y, x, y), 2),
    (lambda torch, x, y: 1 / (1 + x.exp()), 3),
)
"""Each with the number of operations that it is; they keep numbers between -1 and 1, so that what
rounding has changed does not grow."""


def drawn(random: Random, length: int) -> list[Link]:
    """A chain of so many operations."""
    links: list[Link] = []
    while length > 0:
        function, count = OPERATIONS[random.randint(len(OPERATIONS))]
        if count <= length:
            i, j, k = random.randint([POOL, POOL + WEIGHTS, POOL])
            links.append((function, int(i), int(j), int(k)))
            length -= count
    return links


def walk(torch: Any, links: list[Link], values: list[Any]) -> Any:
    """The sum of what a chain leaves, and of the parameters, which it may not have read."""
    for function, i, j, k in links:
        values[k] = function(torch, values[i], values[j])
    return torch.stack(values).mean(1).sum()


def start(random: Random) -> list[Any]:
    """The values that a chain begins with."""
    return [normal(random, WIDTH) * 0.3 for _ in range(POOL)]


def weights(torch: Any, flows: bool = True) -> list[Any]:
    """The parameters that chains read."""
    return [torch.tensor(normal(np.random.RandomState(k), WIDTH) * 0.3, requires_grad=flows)
            for k in range(WEIGHTS)]


def chain(length: int) -> Program:
    """A chain with its gradient."""
    def make(torch: Any) -> Step:
        parameters = weights(torch)

        def step(links: list[Link], begin: list[Any]) -> tuple[Any, ...]:
            for each in parameters:
                each.grad = None
            loss = walk(torch, links, [*map(torch.tensor, begin), *parameters])
            loss.backward()
            return loss, *(each.grad for each in parameters)

        return step

    return Program(f"chain of {length:,}", make,
                   lambda random: (drawn(random, length), start(random)))


# ---- other ways to go along a new path ----


def second_derivatives() -> Program:
    """A chain whose gradient is part of the loss."""
    def make(torch: Any) -> Step:
        parameters = weights(torch)

        def step(links: list[Link], begin: list[Any]) -> tuple[Any, ...]:
            for each in parameters:
                each.grad = None
            loss = walk(torch, links, [*map(torch.tensor, begin), *parameters])
            loss = loss + 0.1 * sum((each ** 2).sum() for each in parameters)
            grads = torch.autograd.grad(loss, parameters, create_graph=True)
            total = loss + 0.1 * sum(g.square().sum() for g in grads)
            total.backward()
            return total, *(each.grad for each in parameters)

        return step

    return Program("second derivatives, chain of 60", make,
                   lambda random: (drawn(random, 60), start(random)))


def functions(torch: Any) -> list[Operation]:
    """Functions with derivatives of their own."""
    function = torch.autograd.Function

    class Exp(function):  # type: ignore[misc, valid-type]
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            out = torch.exp(-x * x)
            ctx.save_for_backward(x, out)
            return out

        @staticmethod
        def backward(ctx: Any, grad: Any) -> Any:
            x, out = ctx.saved_tensors
            return grad * out * -2 * x

    class Through(function):  # type: ignore[misc, valid-type]
        """Bounded, with the derivative of what is not."""

        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            return x.clamp(-0.3, 0.3)

        @staticmethod
        def backward(ctx: Any, grad: Any) -> Any:
            return grad

    class Scaled(function):  # type: ignore[misc, valid-type]
        @staticmethod
        def forward(ctx: Any, x: Any, y: Any, factor: float) -> Any:
            ctx.save_for_backward(x, y)
            ctx.factor = factor
            return x * y * factor

        @staticmethod
        def backward(ctx: Any, grad: Any) -> Any:
            x, y = ctx.saved_tensors
            return grad * y * ctx.factor, grad * x * ctx.factor, None

    return [lambda torch, x, y: Exp.apply(x), lambda torch, x, y: Through.apply(x),
            lambda torch, x, y: Scaled.apply(x, y, 0.7)]


def custom_functions() -> Program:
    """A chain of which each fifth operation is a function with a derivative of its own."""
    def make(torch: Any) -> Step:
        parameters, own = weights(torch), functions(torch)

        def step(links: list[Link], begin: list[Any], which: list[int]) -> tuple[Any, ...]:
            for each in parameters:
                each.grad = None
            mixed = [(own[w], *link[1:]) if w < len(own) else link
                     for w, link in zip(which, links, strict=False)]
            loss = walk(torch, mixed, [*map(torch.tensor, begin), *parameters])
            loss.backward()
            return loss, *(each.grad for each in parameters)

        return step

    return Program("custom Functions in a chain of 100", make,
                   lambda random: (drawn(random, 100), start(random),
                                   random.randint(0, 15, 100).tolist()))


def hooks() -> Program:
    """A chain with hooks on some of its values."""
    def make(torch: Any) -> Step:
        parameters = weights(torch)

        def step(links: list[Link], begin: list[Any], where: set[int]) -> tuple[Any, ...]:
            for each in parameters:
                each.grad = None
            values = [*map(torch.tensor, begin), *parameters]
            seen = []
            for n, (function, i, j, k) in enumerate(links):
                values[k] = function(torch, values[i], values[j])
                if n in where and values[k].requires_grad:
                    values[k].register_hook(lambda grad, n=n: seen.append(n) or grad * 0.5)
            loss = torch.stack(values).mean(1).sum()
            loss.backward()
            return loss, torch.tensor(float(len(seen))), *(each.grad for each in parameters)

        return step

    return Program("hooks in a chain of 100", make,
                   lambda random: (drawn(random, 100), start(random),
                                   set(random.randint(0, 100, 10).tolist())))


# ---- scalars ----


def determinant(rows: list[list[Any]]) -> Any:
    """That of a matrix of numbers or of 0-dim tensors, by the minors of its first row."""
    first, *others = rows
    total = first[0]
    for k, x in enumerate(first):
        if others:
            term = x * determinant([[*row[:k], *row[k + 1:]] for row in others])
            total = term if k == 0 else total - term if k % 2 else total + term
    return total


def minors(size: int) -> Program:
    """The determinant by minors, a 0-dim tensor each, with its gradient."""
    def make(torch: Any) -> Step:
        def step(matrix: Any) -> tuple[Any, ...]:
            m = torch.tensor(matrix, requires_grad=True)
            value = determinant([list(row) for row in m])
            value.backward()
            return value, m.grad

        return step

    return Program(f"minors of {size} x {size}", make, lambda random: (
        np.eye(size, dtype=np.float32) + 0.2 * normal(random, size, size),))


def soft_alignment() -> Program:
    """The soft cost of aligning two series of drawn lengths, a cell of the table at a time."""
    def make(torch: Any) -> Step:
        scale = torch.ones(3, requires_grad=True)

        def step(a: Any, b: Any) -> tuple[Any, ...]:
            scale.grad = None
            a, b = torch.tensor(a) * scale, torch.tensor(b)
            cost = (a[:, None] - b[None]).square().sum(-1)
            far = torch.tensor(1e4)
            above = [torch.tensor(0.0)] + [far] * len(b)
            for i in range(len(a)):
                row = [far]
                for j in range(len(b)):
                    ways = torch.stack([above[j], above[j + 1], row[j]])
                    row.append(cost[i, j] - torch.logsumexp(-ways, 0))
                above = row
            above[-1].backward()
            return above[-1], scale.grad

        return step

    return Program("soft alignment of two series", make, lambda random: (
        normal(random, random.randint(3, 13), 3), normal(random, random.randint(3, 13), 3)))


PROGRAMS = {
    "chain": chain(1000), "chain-10000": chain(10_000), "minors-6": minors(6),
    "minors-7": minors(7), "alignment": soft_alignment(), "second": second_derivatives(),
    "functions": custom_functions(), "hooks": hooks(),
}
