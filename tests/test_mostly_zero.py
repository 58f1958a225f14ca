"""Dense Jacobians that are mostly zeros take few products, and have the same elements."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import wengert as torch
from wengert.autograd import mostly_zero
from wengert.config import config
from wengert.func import grad, hessian, jacfwd, vmap

pytest.importorskip("scipy", reason="patterns are scipy.sparse matrices")


@pytest.fixture(autouse=True)
def _double() -> Iterator[None]:
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(before)


@pytest.fixture
def products(monkeypatch: pytest.MonkeyPatch) -> list[int | None]:
    """How many products each Jacobian that was looked at takes."""
    counts: list[int | None] = []
    look = mostly_zero.looked_for

    def looked_for(*args: Any) -> Any:
        few = look(*args)
        counts.append(None if few is None else few.count)
        return few
    monkeypatch.setattr(mostly_zero, "looked_for", looked_for)
    return counts


def rosenbrock(x: Any) -> Any:
    return (100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2).sum()


def dense(monkeypatch: pytest.MonkeyPatch, transform: Any, f: Any, x: Any) -> Any:
    with monkeypatch.context() as patch:
        patch.setattr(mostly_zero, "LEAST", 1 << 40)
        return transform(f)(x)


def test_a_band(products: list[int | None], monkeypatch: pytest.MonkeyPatch) -> None:
    for n in (70, 70, 80, 70):
        x = torch.rand(n)
        found = hessian(rosenbrock)(x)
        wanted = dense(monkeypatch, hessian, rosenbrock, x)
        np.testing.assert_allclose(found.numpy(), wanted.numpy(), 1e-12, 1e-12)
    assert set(products) == {3} and (len(products) <= 3 or config.tier == "eager")


def test_numbers_of_the_path_count(products: list[int | None],
                                   monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a part begins is a number that a path is given: another one is another pattern."""
    x = torch.rand(70)
    for k in (1, 2, 1, 3):
        f = lambda x, k=k: (x[k:] * x[:-k].sin()).sum() + (x ** 3).sum()
        np.testing.assert_allclose(hessian(f)(x).numpy(),
                                   dense(monkeypatch, hessian, f, x).numpy(), 1e-12, 1e-12)
    assert products and set(products) <= {3, 4}


def test_what_is_full_is_left(products: list[int | None],
                              monkeypatch: pytest.MonkeyPatch) -> None:
    x = torch.rand(65)
    w = torch.rand(65, 65)
    for f in (lambda x: x.sum() ** 2, lambda x: (w @ x).tanh().sum(), lambda x: x.prod()):
        np.testing.assert_allclose(hessian(f)(x).numpy(),
                                   dense(monkeypatch, hessian, f, x).numpy(), 1e-9, 1e-9)
    assert set(products) <= {None}


def test_shapes_and_what_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    x = torch.rand(8, 9)
    f = lambda x: torch.cat([x.T.exp(), x.T[:, :2] ** 2], 1)
    found = jacfwd(f)(x)
    assert found.shape == (9, 10, 8, 9)
    np.testing.assert_allclose(found.numpy(), dense(monkeypatch, jacfwd, f, x).numpy())
    y = torch.rand(3, 66)
    for _ in range(2):
        whole = vmap(hessian(rosenbrock))(y)
        np.testing.assert_allclose(whole.numpy(),
                                   torch.stack([hessian(rosenbrock)(row) for row in y]).numpy())
        y = y + 0.1
    total = lambda x: hessian(rosenbrock)(x).square().sum()
    with monkeypatch.context() as patch:
        patch.setattr(mostly_zero, "LEAST", 1 << 40)
        wanted = grad(total)(y[0])
    np.testing.assert_allclose(grad(total)(y[0]).numpy(), wanted.numpy(), 1e-10)
    both = jacfwd(lambda a, b: a * b.flip(0), argnums=(0, 1))(y[0], y[1])
    np.testing.assert_allclose(both[0].numpy(), np.diag(y[1].numpy()[::-1]))
    np.testing.assert_allclose(both[1].numpy(), np.diag(y[0].numpy())[:, ::-1])
