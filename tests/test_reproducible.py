"""The same program gives the same bits: in each process, and each time in one where it was asked
for."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import wengert as torch
from wengert.config import config
from wengert.engine.recording.flushing import flush
from wengert.engine.recording.recording import here
from wengert.engine.recording.tree import tree

F = torch.nn.functional
TIERS = ["eager", "numpy", "llvm", "auto"]


@pytest.fixture(params=TIERS)
def tier(request: Any) -> Iterator[str]:
    """A tier in which no path is known."""
    flush()
    before = config.tier
    config.tier = request.param
    tree.clear()
    here.recording.set_grad(True)   # one that begins in this tier
    yield request.param
    flush()
    tree.clear()
    config.tier = before
    here.recording.set_grad(True)


@pytest.fixture
def deterministic() -> Iterator[None]:
    torch.use_deterministic_algorithms(True)
    yield
    torch.use_deterministic_algorithms(False)


def training() -> list[bytes]:
    """The parameters after each step of a training from a seed."""
    torch.manual_seed(3)
    model = torch.nn.Sequential(torch.nn.Linear(7, 33), torch.nn.GELU(), torch.nn.LayerNorm(33),
                                torch.nn.Dropout(0.2), torch.nn.Linear(33, 5))
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    x, y = torch.randn(19, 7), torch.randint(0, 5, (19,))
    seen = []
    for _ in range(6):
        loss = F.cross_entropy(model(x), y) + sum((p ** 3).mean() for p in model.parameters())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        seen.append(b"".join(p.detach().numpy().tobytes() for p in model.parameters()))
    return seen


def numbers_of(x: Any) -> Any:
    """A function that a compiler likes to write otherwise."""
    y = torch.softmax(x * 1.7, 0) * x.sigmoid() / 3 + (x ** 3 - x ** 2 * 0.3).tanh() * 0.1
    return (y - y.mean()) / (y.var() + 1e-5).sqrt() + x.cumsum(0).sin()


def numbers(shift: float = 0.0) -> bytes:
    """Values and gradients of one path, with much that a compiler likes to write otherwise."""
    x = (torch.linspace(-2, 3, 401) + shift).requires_grad_()
    y = numbers_of(x)
    z = y * 0.7 + F.gelu(x) @ y
    loss = z.logsumexp(0) + (x / 7 + x * x / 7).sum()
    loss.backward()
    return x.grad.numpy().tobytes() + z.detach().numpy().tobytes() + loss.detach().numpy().tobytes()


def test_the_same_bits_each_time_where_asked_for(tier: str, deterministic: None) -> None:
    first = numbers()
    for k in range(5):
        numbers(k / 7)   # other numbers in between
        assert numbers() == first
    assert training() == training() == training()


def test_compiled_functions_too(tier: str, deterministic: None) -> None:
    compiled = torch.compile(numbers_of)
    assert len({compiled(torch.linspace(-2, 3, 401)).numpy().tobytes() for _ in range(5)}) == 1


def test_a_path_that_is_known_already(tier: str) -> None:
    """What was interpreted before it was asked for is compiled from then on."""
    numbers()
    torch.use_deterministic_algorithms(True)
    try:
        assert numbers() == numbers() == numbers()
    finally:
        torch.use_deterministic_algorithms(False)


def test_sums_that_are_not_finite_leave_no_trace(tier: str, deterministic: None) -> None:
    """A program that kernels hand back time and again computes afterwards what it did before."""
    def step(top: float) -> bytes:
        x = torch.linspace(-1, 2, 5 * 37).reshape(5, 37)
        x[2, 3] = top
        x.requires_grad_()
        y = F.layer_norm(x * 1.3, (37,)).softmax(1)
        (y * torch.linspace(0, 1, 37)).sum().backward()
        return y.detach().numpy().tobytes() + x.grad.numpy().tobytes()
    first = step(0.5)
    for _ in range(12):
        step(np.inf)
    assert step(0.5) == first


@pytest.mark.parametrize("tier", ["llvm", "eager"], indirect=True)
def test_these_are_one_tier_anyway(tier: str) -> None:
    assert numbers() == numbers() == numbers()


def test_the_switch_counts_once() -> None:
    before = config.one_tier
    for mode in (True, True, False, False, True, False):
        torch.use_deterministic_algorithms(mode)
        assert torch.are_deterministic_algorithms_enabled() is mode
        assert config.one_tier == before + mode


@pytest.mark.long
def test_the_same_bits_in_each_process() -> None:
    """Whatever the order in which this process's sets and dictionaries go."""
    source = ("import hashlib, test_reproducible as t; print(hashlib.sha256("
              "b''.join(t.training()) + t.numbers() + t.numbers()).hexdigest())")
    found = set()
    for seed in ("1", "2"):
        env = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(
            [os.path.dirname(__file__), *filter(None, sys.path)])}
        found.add(subprocess.run([sys.executable, "-c", source], env=env, check=True,
                                 capture_output=True, text=True).stdout)
    assert len(found) == 1
