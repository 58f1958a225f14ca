"""Random programs of nested transforms, drawn from a seed and run on any library with PyTorch's
surface.

A program differentiates a function of two vectors, the inner in one, the outer in both, by two
transforms one inside the other; the function captures tensors that are differentiated outside.
:func:`run` gives what a user could observe: the result, whether it has a history, and the gradients
of what was captured.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import numpy as np

TRANSFORMS = ["grad", "jvp", "vjp", "jacrev", "vmap", "jacfwd", "hessian", "grad_and_value"]
Body = Callable[[Any], Any]
N = 3


def transformed(torch: Any, name: str, f: Body, x: Any, t: Any) -> Any:
    """The derivative of ``f``, from vectors to vectors, at ``x`` by the transform ``name``."""
    func = torch.func
    total = lambda x: f(x).sum()
    if name == "grad":
        return func.grad(total)(x)
    if name == "grad_and_value":
        grad, value = func.grad_and_value(total)(x)
        return grad * value
    if name == "jvp":
        value, tangent = func.jvp(f, (x,), (t,))
        return tangent + value
    if name == "vjp":
        value, pull = func.vjp(f, x)
        return pull(t)[0] * value
    if name == "vmap":
        rows = torch.stack([x, t, x * t])
        return (torch.vmap(f, in_dims=1, out_dims=1)(rows.T) * rows.T).sum(1)
    if name == "hessian":
        return func.hessian(total)(x)
    return getattr(func, name)(f)(x)


class Program:
    """A drawn program: what its function is made of, and the transforms around it."""

    def __init__(self, seed: int, outer: str | None = None, inner: str | None = None) -> None:
        draw = random.Random(seed)
        self.outer = outer or draw.choice(TRANSFORMS)
        self.inner = inner or draw.choice(TRANSFORMS)
        self.steps = [(draw.randrange(20), draw.randrange(20), draw.randrange(20))
                      for _ in range(draw.randint(2, 6))]
        self.looks = draw.random() < 0.3 and "vmap" not in (self.outer, self.inner)
        self.cut = draw.choice([None, None, None, "no_grad", "detach"])
        self.checkpointed = draw.random() < 0.2 and (
            self.cut != "no_grad" or {self.outer, self.inner} <= {"jvp", "jacfwd"})
        self.around = draw.choice([None, None, None, None, "no_grad", "inference_mode"])
        self.flushed = draw.random() < 0.5
        self.written = draw.random() < 0.5
        self.kinked = draw.random() < 0.4

    def body(self, torch: Any, x: Any, y: Any, captured: list[Any]) -> Any:
        """The function of ``x`` and ``y``, from vectors to a vector."""
        values = [x, y, *captured]
        smooth = [torch.sin, torch.tanh, lambda a: a * a, lambda a: torch.exp(a * 0.3),
                  lambda a: 1 / (a * a + 1), lambda a: a.cumsum(0) * 0.5]
        kinked = [torch.relu, torch.abs, lambda a: a.clamp(-0.5, 0.7),
                  lambda a: torch.nn.functional.leaky_relu(a, 0.2)]
        unary = smooth + (kinked if self.kinked else [])
        for i, j, k in self.steps:
            a, b = values[-1 - i % len(values)], values[j % len(values)]
            kind = k % 5
            if kind < 2:
                made = unary[k % len(unary)](a) + b * 0.1
            elif kind == 2:
                made = a * b
            elif kind == 3:
                made = torch.stack([a, b]).mean(0) - b.roll(1) * a
            else:
                made = (a.outer(b) @ a) * 0.3
            values.append(made)
        out = values[-1] * y + x * values[-2]
        if self.looks and out.sum().item() > 1e9:
            return out * 2
        if self.cut == "no_grad":
            with torch.no_grad():
                shift = x * y + values[-1]
            out = out - shift * x
        elif self.cut == "detach":
            out = out + (x * y).detach() * x
        return out

    def function(self, torch: Any, captured: list[Any]) -> Callable[[Any, Any], Any]:
        """The function, checkpointed or not."""
        def f(x: Any, y: Any) -> Any:
            if self.checkpointed:
                return torch.utils.checkpoint.checkpoint(
                    lambda x, y: self.body(torch, x, y, captured), x, y, use_reentrant=False)
            return self.body(torch, x, y, captured)
        return f

    def run(self, torch: Any, seed: int, shift: Any = 0.0) -> list[Any]:
        """What is seen of the program with the values that ``seed`` gives: the result, whether it
        has a history, a loss of it, and the loss's gradients in what was captured, the first of
        which is moved by ``shift``."""
        draw = np.random.RandomState(seed)
        vector = lambda grad=False, by=0.0: torch.tensor(
            draw.uniform(-1, 1, N) + by, dtype=torch.float64, requires_grad=grad)
        w, v, x0, y0, t, s = (vector(True, shift), vector(True), vector(), vector(), vector(),
                              vector())
        history = v * 2
        if self.written:
            history = history.clone()
            history.mul_(w)
            history[0] = history[1] * 0.5
        if self.flushed:
            history.sum().item()
        captured = [w, history]
        f = self.function(torch, captured)

        def outer(x: Any) -> Any:
            inside = transformed(torch, self.inner, lambda y: f(x, y), y0 * x + w, t)
            return inside.reshape(-1)[:N] + inside.sum() * x

        def whole() -> Any:
            return transformed(torch, self.outer, outer, x0, s)
        with getattr(torch, self.around or "enable_grad")():
            found = whole()
        seen = [np.array(found.tolist()), bool(found.requires_grad)]
        loss = (w * v).sum() + (found * found).sum()
        loss.backward()
        seen.append(np.array(loss.item()))
        for leaf in (w, v):
            seen.append(np.array(leaf.grad.tolist()))
        return seen


def same(found: list[Any], expected: list[Any]) -> None:
    """AssertionError unless two runs saw the same."""
    for a, b in zip(found, expected, strict=True):
        if isinstance(b, np.ndarray):
            assert a.shape == b.shape
            np.testing.assert_allclose(a, b, rtol=1e-8, atol=1e-10)
        else:  # a result whose derivative is 0 whatever the values are need not have a history
            assert b or not a
