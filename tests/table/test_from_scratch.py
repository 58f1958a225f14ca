"""The last engine of ``docs/from_scratch.md`` beside the real one: value, gradient, tangent and
second derivative of ten primitives, on the table's own samples."""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from samples import SAMPLES

import wengert as torch

pytestmark = pytest.mark.once
PAGE = Path(__file__).parents[2] / "docs" / "from_scratch.md"
BLOCKS = re.findall(r"^```python\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.M | re.S)
NAMES = ["add", "sub", "mul", "div", "exp", "log", "sin", "cos", "tanh", "sqrt"]


@pytest.fixture(scope="module")
def page() -> Any:
    """What the page's code defines."""
    namespace: dict[str, Any] = {"__name__": "page"}
    exec("\n".join(BLOCKS), namespace)
    return SimpleNamespace(**namespace)


def samples(name: str) -> list[tuple[Any, ...]]:
    """The samples of a primitive whose arguments are real arrays."""
    return [sample.args for sample in SAMPLES[name]
            if all(isinstance(a, np.ndarray) and a.dtype == np.float64 for a in sample.args)]


@pytest.mark.parametrize("name", NAMES)
def test_a_primitive_is_that_of_the_real_table(page: Any, name: str) -> None:
    rng = np.random.default_rng(0)
    assert samples(name)
    for args in samples(name):
        ours = [page.Tensor(a, requires_grad=True) for a in args]
        real = [torch.tensor(a, requires_grad=True) for a in args]
        y, want = page.apply(getattr(page, name), *ours), getattr(torch, name)(*real)
        close(y, want)
        ct = rng.normal(size=y.value.shape)
        grads = page.grad(y, ours, page.Tensor(ct))
        wanted = torch.autograd.grad(want, real, torch.tensor(ct), create_graph=True)
        for g, w in zip(grads, wanted, strict=True):
            close(g, w)
        rest = [page.Tensor(a) for a in args[1:]]
        direction = rng.normal(size=args[0].shape)
        _, tangent = page.jvp(lambda x, name=name, rest=rest: page.apply(
            getattr(page, name), x, *rest), args[0], direction)
        close(tangent, torch.func.jvp(
            lambda x, name=name, real=real: getattr(torch, name)(x, *real[1:]),
            (real[0],), (torch.tensor(direction),))[1])
        twice(page, grads, wanted, ours, real)


def twice(page: Any, grads: list[Any], wanted: tuple[Any, ...], ours: list[Any],
          real: list[Any]) -> None:
    """The gradients of the gradients' sums, where there are any."""
    for g, w in zip(grads, wanted, strict=True):
        if not g.requires_grad:
            assert not w.requires_grad or all(x is None or not x.any() for x in torch.autograd.grad(
                w.sum(), real, retain_graph=True, allow_unused=True))
            continue
        second = page.grad(page.apply(page.back(()), g), ours)
        real_second = torch.autograd.grad(w.sum(), real, retain_graph=True, allow_unused=True)
        for a, b in zip(second, real_second, strict=True):
            if a is None:
                assert b is None or not b.any()
            else:
                close(a, b)


def close(ours: Any, real: Any) -> None:
    assert ours.value.shape == tuple(real.shape)
    np.testing.assert_allclose(ours.value, real.detach().numpy(), 1e-10, 1e-10)


def test_it_is_short() -> None:
    assert len([line for block in BLOCKS for line in block.splitlines() if line.strip()]) <= 450
