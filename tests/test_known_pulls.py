"""Gradients with a history that come again: at one go, and the same."""

from __future__ import annotations

import sys
from typing import Any

import pytest

import wengert as torch
from wengert.config import config
from wengert.engine.recording.known_pulls import Way
from wengert.engine.recording.tree import tree

pytestmark = pytest.mark.skipif(config.tier not in ("auto", "numpy"), reason="nothing is walked")


@pytest.fixture(autouse=True)
def paths_are_walked_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(config, "compile_after", None)


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Whether each of the backwards that had come before was known."""
    known, gone = list[bool](), Way.gone

    def look(*args: Any) -> Any:
        found = gone(*args)
        known.append(found is not None)
        return found
    monkeypatch.setattr(Way, "gone", look)
    return known


def loss(x: Any, w: Any) -> Any:
    h = torch.nn.functional.gelu(x @ w)
    return torch.lerp(h, h * h.tanh(), 0.3).std() + (h * 2 + h).sin().sum()


def gradients(x: Any, w: Any) -> tuple[Any, ...]:
    """Those of a penalty, and what it is made of."""
    y = loss(x, w)
    first = torch.autograd.grad(y, [x, w], create_graph=True)
    total = sum(g.square().sum() for g in first)
    return *first, *torch.autograd.grad(total + y, [x, w])


def drawn(k: int, rows: int = 3) -> tuple[Any, Any]:
    torch.manual_seed(k)
    made = torch.randn(rows, 4, dtype=torch.float64), torch.randn(4, 5, dtype=torch.float64)
    return tuple(each.requires_grad_() for each in made)




def test_a_gradient_with_a_history_that_comes_again_is_known(counted: list[bool]) -> None:
    found = [gradients(*drawn(k)) for k in range(6)]
    assert counted.count(True) >= 3 and all(counted)
    for k, each in enumerate(found):
        x, w = drawn(k)
        with pytest.warns(UserWarning), torch.autograd.detect_anomaly():   # none is known
            again = gradients(x, w)
        for one, other in zip(each, again, strict=True):
            assert torch.allclose(one, other)


def test_other_sizes_and_other_questions_are_another_way(counted: list[bool]) -> None:
    for k, rows in enumerate([3, 3, 3, 2, 3, 2, 2, 5]):
        x, w = drawn(k, rows)
        y = loss(x, w)
        inputs = [[x, w], [w], [x]][k % 3]
        first = torch.autograd.grad(y, inputs, create_graph=True)
        second = torch.autograd.grad(first[0].square().sum(), inputs)
        whole = torch.func.grad(lambda x, w: loss(x, w), argnums=(0, 1))
        both = whole(x.detach(), w.detach())
        which = {0: (0, 1), 1: (1,), 2: (0,)}[k % 3]
        for i, g in zip(which, first, strict=True):
            assert torch.allclose(g, both[i])

        def square(x: Any, w: Any, first: int = which[0], whole: Any = whole) -> Any:
            return whole(x, w)[first].square().sum()
        again = torch.func.grad(square, argnums=(0, 1))(x.detach(), w.detach())
        for i, g in zip(which, second, strict=True):
            assert torch.allclose(g, again[i])


def test_what_is_freed_is_freed(counted: list[bool]) -> None:
    for k in range(6):
        x, w = drawn(k)
        y = loss(x, w)
        g, = torch.autograd.grad(y, x, create_graph=True, retain_graph=False)
        assert g.requires_grad
        with pytest.raises(RuntimeError, match="second time"):
            torch.autograd.grad(y, x)
    assert any(counted)


def test_a_path_that_the_tree_has_forgotten_is_noted_anew(counted: list[bool]) -> None:
    def once(k: int) -> None:
        x, w = drawn(k)
        for one, other in zip(gradients(x, w), gradients(*drawn(k)), strict=True):
            assert torch.allclose(one, other)
    for k in range(3):
        once(k)
    assert any(counted)
    tree.clear()
    counted.clear()
    once(3)
    assert len(counted) <= 1
    for k in range(3):
        once(k)
    assert any(counted)


@pytest.mark.parametrize("both", [True, False])
def test_a_known_gradient_takes_few_calls_however_long_the_way(both: bool) -> None:
    """Those of the forward, which is walked, and one for each value that is read."""
    def calls(length: int) -> int:
        count = [0]

        def look(frame: Any, event: str, arg: Any) -> None:
            count[0] += event == "call"
        least = []
        for k in range(5):
            x = torch.linspace(-1, 1, 5, dtype=torch.float64).requires_grad_()
            w = torch.linspace(0, 1, 5, dtype=torch.float64).requires_grad_()
            y = x * (1 + k)
            for _ in range(length):
                y = (y * w).tanh()
            total = y.sum()
            count[0] = 0
            sys.setprofile(look)
            try:
                grads = torch.autograd.grad(total, [x, w] if both else [x], create_graph=True)
            finally:
                sys.setprofile(None)
            grads[0].sum().backward()
            least.append(count[0])
        return min(least)
    assert calls(30) - calls(10) <= 20 * 4
