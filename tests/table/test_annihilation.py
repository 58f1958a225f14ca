"""A zero cotangent annihilates a partial that is infinite or NaN, in both modes and every order."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pytest

from nodes import grads, second_grads, tangent
from wengert.config import config
from wengert.graph import Node, lift
from wengert.ops import elementwise as el
from wengert.ops import special

X = np.array([-1.0, 0.0, 2.0])


def guarded(f: Callable[[Node], Node]) -> Callable[[Node], Node]:
    """``f`` where its argument is above 0, and 0 elsewhere."""
    return lambda x: el.where(el.gt(x, lift(0)), f(x), lift(0.0))


CASES = {
    "log": (el.log, lambda x: 1 / x, lambda x: -1 / x**2),
    "sqrt": (el.sqrt, lambda x: 0.5 * x**-0.5, lambda x: -0.25 * x**-1.5),
    "reciprocal": (el.reciprocal, lambda x: -x**-2, lambda x: 2 * x**-3),
    "pow": (lambda x: el.pow_(x, lift(-1.5)), lambda x: -1.5 * x**-2.5, lambda x: 3.75 * x**-3.5),
    "exp": (lambda x: el.exp(el.reciprocal(x)), lambda x: -np.exp(1 / x) / x**2,
            lambda x: np.exp(1 / x) * (x**-4 + 2 * x**-3)),
}


@pytest.fixture
def strict() -> Iterator[None]:
    config.strict_nan = True
    yield
    config.strict_nan = False


@pytest.mark.parametrize("name", CASES)
def test_the_branch_that_is_not_taken(name: str) -> None:
    f, first, second = CASES[name]
    g, h = (np.array([0, 0, d(2.0)]) for d in (first, second))
    ones = np.ones(3)
    np.testing.assert_allclose(tangent(guarded(f), X, ts=[ones]), g)
    ct = grads(lambda x: x * 1, X)[0]
    np.testing.assert_allclose(grads(guarded(f), X)[0], ct * g)
    np.testing.assert_allclose(second_grads(guarded(f), X)[0], ct * ct * h)


@pytest.mark.usefixtures("strict")
def test_the_strict_mode_follows_ieee() -> None:
    assert np.isnan(grads(guarded(el.log), np.zeros(1))[0]).all()


def test_a_cotangent_that_is_not_zero_keeps_the_infinity() -> None:
    assert np.isposinf(grads(el.log, np.zeros(1))[0]).all()
    assert np.isposinf(grads(el.sqrt, np.zeros(1))[0]).all()


def test_it_is_counted() -> None:
    before = el.annihilated["count"]
    grads(guarded(el.log), X)
    assert el.annihilated["count"] == before + 1      # 1 / 0; 1 / -1 is finite


def test_powers_of_zero() -> None:
    zero = np.zeros(3)
    n = np.array([0.0, 1.0, 2.0])
    base, exponent = grads(el.pow_, zero, n)
    assert np.isfinite(base).all() and np.isfinite(exponent).all()
    assert all(np.isfinite(h).all() for h in second_grads(el.pow_, zero, n[2:]))
    assert all(np.isfinite(g).all() for g in grads(special.xlogy, zero, zero))


def test_the_mixed_derivative_of_a_power_to_zero() -> None:
    """d/dn of n x^(n - 1) at n = 0 is 1 / x."""
    x, n = np.array([2.0]), np.array([0.0])

    def slope(x: Node, n: Node) -> Node:
        return el.mul(n, el.pow_(x, n - 1))

    np.testing.assert_allclose(grads(slope, x, n)[1] / grads(lambda x: x * 1, x)[0], [0.5])
