"""What the tests of the surface expect is what PyTorch gives: expressions, programs with views, and
random programs of views and writes."""

from __future__ import annotations

import random
import warnings
from typing import Any

import numpy as np
import pytest

import test_attributes
import test_choices
import test_indexing
import test_views
import view_programs
import wengert
from expressions import agree, outcome

torch = pytest.importorskip("torch")

EXPRESSIONS = {**test_attributes.EXPECTED, **test_choices.EXPECTED, **test_indexing.EXPECTED}
KNOWN = ("modified by an inplace", "is being modified inplace", "has been modified inplace",
         "refer to a single memory", "refers to a single memory")
"""What PyTorch refuses and Wengert computes."""


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_expression(expression):
    found = outcome(torch, expression)
    assert agree(found, EXPRESSIONS[expression]), found


@pytest.mark.parametrize("name", view_programs.PROGRAMS)
def test_view_program(name):
    found = view_programs.plain(view_programs.PROGRAMS[name](torch))
    assert found == test_views.EXPECTED[name]


class Program:
    """A random program: a pool of tensors, to which it adds views, and which it writes.

    The choices depend on the seed and on shapes only, so that both libraries make the same ones.
    Views that come several at a time are left out: PyTorch lets nobody write them.
    """

    def __init__(self, torch: Any, seed: int) -> None:
        self.torch = torch
        self.rnd = random.Random(seed)
        grad = self.rnd.random() < 0.6
        self.leaves = [torch.arange(24.0).reshape(2, 3, 4).div(7 + i).requires_grad_(grad)
                       for i in range(self.rnd.choice([1, 2]))]
        self.weight = torch.tensor([1.5], requires_grad=grad)
        self.pool = [leaf * 1.0 for leaf in self.leaves]
        if self.rnd.random() < 0.5:
            self.pool += self.leaves
        self.seen: list[Any] = []

    def run(self) -> list[Any]:
        """What can be observed: values read on the way, all aliases, their layout, gradients."""
        for _ in range(self.rnd.randrange(3, 12)):
            x = self.rnd.choice(self.pool)
            step = self.rnd.choices([self.view, self.write, self.read, self.write_unseen,
                                     self.compute], [45, 35, 10, 5, 5])[0]
            self.rnd, kept = random.Random(self.rnd.random()), self.rnd
            try:
                step(x)
            except RuntimeError as error:
                if "leaf Variable" not in str(error) and "view size" not in str(error):
                    raise
                self.seen.append("refused")
            self.rnd = kept
        return [self.seen, [p.detach().tolist() for p in self.pool],
                [self.layout(p) for p in self.pool], self.gradients()]

    def layout(self, x: Any) -> list[Any]:
        strides = [s for s, n in zip(x.stride(), x.shape, strict=True) if n != 1]
        return [list(x.shape), *([strides, x.storage_offset()] if x.numel() else []),
                x.requires_grad, x._version]

    def gradients(self) -> list[Any]:
        loss = self.weight.sum() * 0
        for i, x in enumerate(self.pool):
            loss = loss + (x * x * (i + 1)).sum()
        if loss.requires_grad:
            loss.backward()
        return [None if leaf.grad is None else leaf.grad.tolist()
                for leaf in [*self.leaves, self.weight]]

    def read(self, x: Any) -> None:
        self.seen.append(x.sum().item())

    def compute(self, x: Any) -> None:
        self.pool.append((x * 2).clone(memory_format=self.torch.contiguous_format))

    def write_unseen(self, x: Any) -> None:
        with self.torch.no_grad():
            x.mul_(1.25)

    def view(self, x: Any) -> None:
        rnd, n = self.rnd, x.dim()
        fit = self.factors(x.numel())
        d = rnd.randrange(n) if n else 0
        length = x.shape[d] if n else 0
        start = rnd.randrange(length + 1)
        index = (slice(None),) * d + (slice(start, None, rnd.choice([1, 1, 2])),)
        views = [lambda: x[...], lambda: x.unsqueeze(rnd.randrange(n + 1)), x.detach,
                 lambda: x.view(fit), lambda: x.reshape(fit), lambda: x.expand(2, *x.shape),
                 lambda: x.unsqueeze_(rnd.randrange(n + 1))]
        if n:
            views += [lambda: x[index], lambda: x.transpose(d, rnd.randrange(n)),
                      lambda: x.narrow(d, 0, start), lambda: x.transpose_(0, -1)]
        if length:
            views.append(lambda: x.select(d, rnd.randrange(length)))
        if n > 1:
            views += [x.diagonal, lambda: x.permute(rnd.sample(range(n), n)), x.flatten]
        if 1 in x.shape:
            views.append(lambda: x.squeeze(list(x.shape).index(1)))
        self.pool.append(rnd.choice(views)())

    def factors(self, n: int) -> list[int]:
        found = []
        for p in (2, 3, 2):
            if n and n % p == 0:
                found.append(p)
                n //= p
        found.append(n)
        self.rnd.shuffle(found)
        return found

    def write(self, x: Any) -> None:
        rnd, w, other = self.rnd, self.weight, self.rnd.choice(self.pool)
        writes = [lambda: x.mul_(0.5), lambda: x.add_(w), lambda: x.neg_(), lambda: x.add_(1),
                  lambda: x.__setitem__(..., w * 0.5), lambda: x.__setitem__(x > 1, 0.25)]
        if other.numel() == x.numel():
            writes.append(lambda: x.copy_(other.reshape(x.shape).clone()))
        if other.shape == x.shape:
            writes.append(lambda: x.add_(other.clone()))
        if x.dim() and len(x):
            i = rnd.randrange(len(x))
            writes += [lambda: x.__setitem__(i, w.squeeze() * 3), lambda: x[i:].mul_(-2)]
        rnd.choice(writes)()


def close(found: Any, expected: Any) -> bool:
    if isinstance(found, list) and isinstance(expected, list):
        return len(found) == len(expected) and all(map(close, found, expected))
    if isinstance(found, float) and isinstance(expected, float):
        return bool(np.isclose(found, expected, 1e-3, 1e-4))
    return bool(found == expected)


@pytest.mark.parametrize("block", range(20))
def test_random_views_and_writes(block):
    compared = 0
    for seed in range(block * 25, block * 25 + 25):
        results = []
        for module in (torch, wengert):
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    results.append(Program(module, seed).run())
            except RuntimeError as error:
                if not any(words in str(error) for words in KNOWN):
                    raise
                break
        if len(results) == 2:
            assert close(*results), f"seed {seed}"
            compared += 1
    assert compared > 10
