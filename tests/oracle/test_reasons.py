"""Each reason why programs may differ from PyTorch has a program that shows it and nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from property.reasons import REASONS, reason_of, rounding, zeros_for_none

PAGE = Path(__file__).parents[2] / "docs" / "conventions.md"


def differ(a: list[Any], b: list[Any]) -> bool:
    """Whether two lists of what was seen differ."""
    return len(a) != len(b) or any(
        not np.allclose(x, y, rtol=1e-9, atol=1e-12, equal_nan=True)
        for x, y in zip(a, b, strict=True))


def layout(T: Any) -> list[Any]:
    """A program that asks how a result lies in memory."""
    y = T.arange(6.0).reshape(2, 3).t() * 2
    if y.is_contiguous():
        y = y + 1
    return [y.tolist()]


def memory(T: Any) -> list[Any]:
    """A write through NumPy to what a derivative reads."""
    c = T.tensor([0.5, 2.0])
    x = T.tensor([1.0, 3.0], requires_grad=True)
    y = (x * c).sum()
    c.numpy()[0] = 7.0
    y.backward()
    return [x.grad.tolist(), c.tolist()]


def hooks(T: Any) -> list[Any]:
    """A hook that changes a gradient, where derivatives are written in other values."""
    x = T.tensor([0.5, 2.0], dtype=T.float64, requires_grad=True)
    y = x.reciprocal()
    y.register_hook(lambda ct: ct * 0.5)
    g, = T.autograd.grad((y * y * y).sum(), [x], create_graph=True)
    (g * g).sum().backward()
    return [x.grad.tolist()]


def nan(T: Any) -> list[Any]:
    """0 times infinity."""
    x = T.tensor([800.0, 0.5], dtype=T.float64, requires_grad=True)
    x.exp().clamp(max=4).sum().backward()
    return [x.grad.tolist()]


def on_the_way(T: Any) -> list[Any]:
    """A second derivative in a value that the first derivative may be written in, or not."""
    x = T.tensor([0.5, 2.0], dtype=T.float64, requires_grad=True)
    y = x.reciprocal()
    g, = T.autograd.grad(y.sum(), [x], create_graph=True)
    of_y, of_x = T.autograd.grad((g * g).sum(), [y, x], allow_unused=True)
    return [[0.0, 0.0] if of_y is None else of_y.tolist(), of_x.tolist()]


def layout_memory(T: Any) -> list[Any]:
    return layout(T) + memory(T)


def memory_hooks(T: Any) -> list[Any]:
    return memory(T) + hooks(T)


PROGRAMS = {"layout": layout, "memory": memory, "hooks": hooks, "nan": nan,
            "on the way": on_the_way,
            "layout, memory": layout_memory, "memory, hooks": memory_hooks}


def test_each_reason_has_a_program() -> None:
    assert set(PROGRAMS) == set(REASONS)


@pytest.mark.parametrize("name", PROGRAMS)
def test_the_reason_is_told(name: str) -> None:
    for _ in range(3):
        assert reason_of(PROGRAMS[name], differ) == name


def test_what_has_no_reason_is_a_fault() -> None:
    def wrong(T: Any) -> list[Any]:
        return [T.tensor([1.0]).exp().tolist() if T is torch else [2.7]]
    assert reason_of(wrong, differ) is None
    assert reason_of(lambda T: [T.tensor([3.0]).sqrt().tolist()], differ) == ""


def test_zeros_for_none() -> None:
    assert zeros_for_none(None, [0.0, 0.0])
    assert not zeros_for_none(None, [0.0, 1e-9]) and not zeros_for_none(None, None)
    assert not zeros_for_none([0.0], [0.0])


def test_rounding_next_to_a_comparison() -> None:
    def near(T: Any, move: float) -> list[Any]:
        x = T.tensor([0.1 + 0.2], dtype=T.float64) * (1 + move)
        return [(x > 0.3).tolist()]

    def far(T: Any, move: float) -> list[Any]:
        return [(T.tensor([0.31], dtype=T.float64) * (1 + move) > 0.3).tolist()]
    assert rounding(near, differ, 1e-15) and not rounding(far, differ, 1e-15)


def test_the_page_names_each_reason() -> None:
    text = PAGE.read_text()
    table = text[text.index("## Where programs differ"):]
    for name in REASONS:
        for part in name.split(", "):
            assert f"| {part} |" in table, part
    for name in ("zeros", "rounding", "refused", "missing"):
        assert f"| {name} |" in table, name
