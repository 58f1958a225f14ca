"""A zero cotangent annihilates a partial that is infinite or NaN, in both modes and every order."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pytest

from nodes import grads, second_grads, tangent
from wengert.config import config
from wengert.engine.dtypes import float64
from wengert.engine.graph import Graph, Node, lift
from wengert.engine.ops import elementwise as el
from wengert.engine.ops import reduce, rounding, special
from wengert.engine.ops.structural import free
from wengert.engine.passes.products import plain_products

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


SELECTIONS: dict[str, Callable[[Node], Node]] = {
    "relu": el.relu,
    "clamp_min": lambda x: el.clamp_min(x, lift(0.0)),
    "clamp_max": lambda x: -el.clamp_max(-x, lift(0.0)),
    "maximum": lambda x: el.maximum(x, x * 0),
    "minimum": lambda x: -el.minimum(-x, x * 0),
    "fmax": lambda x: rounding.fmax(x, lift(0.0)),
    "fmin": lambda x: -rounding.fmin(-x, lift(0.0)),
    "where": lambda x: el.where(el.gt(x, lift(0)), x, lift(0.0)),
}
CONSTANT: dict[str, Callable[[Node], Node]] = {
    "floor": lambda x: rounding.floor(x * 0.25) * 0,
    "trunc": lambda x: rounding.trunc(x * 0.25),
    "sign": lambda x: el.sign(x * 0),
    "heaviside": lambda x: rounding.heaviside(x * 0, lift(0.0)),
}
ROOTS = {"sqrt": (el.sqrt, lambda x: 0.5 * x**-0.5, lambda x: -0.25 * x**-1.5),
         "log": (el.log, lambda x: 1 / x, lambda x: -1 / x**2),
         "reciprocal": (el.reciprocal, lambda x: -x**-2, lambda x: 2 * x**-3)}


@pytest.mark.parametrize("chosen", SELECTIONS)
@pytest.mark.parametrize("root", ROOTS)
def test_an_infinite_cotangent_meets_a_partial_that_selects(root: str, chosen: str) -> None:
    f, first, second = ROOTS[root]
    x = np.array([-1.5, -1.0, 2.0])

    def both(x: Node) -> Node:
        return f(SELECTIONS[chosen](x))

    g, h = (np.array([0, 0, d(2.0)]) for d in (first, second))
    np.testing.assert_allclose(tangent(both, x, ts=[np.ones(3)]), g)
    ct = grads(lambda x: x * 1, x)[0]
    np.testing.assert_allclose(grads(both, x)[0], ct * g)
    np.testing.assert_allclose(second_grads(both, x)[0], ct * ct * h)


@pytest.mark.parametrize("name", CONSTANT)
def test_an_infinite_cotangent_meets_a_partial_of_zero(name: str) -> None:
    x = np.array([1.0, 2.0])

    def both(x: Node) -> Node:
        return el.sqrt(CONSTANT[name](x))

    np.testing.assert_array_equal(grads(both, x)[0], [0, 0])
    np.testing.assert_array_equal(tangent(both, x, ts=[np.ones(2)]), [0, 0])


@pytest.mark.parametrize("name", ["amax", "amin"])
def test_an_infinite_cotangent_goes_to_the_extreme_alone(name: str) -> None:
    x = np.array([[0.0, -1.0, 0.0], [4.0, 2.0, 1.0]])
    x = x if name == "amax" else -x

    def root(x: Node) -> Node:
        y = getattr(reduce, name)(x, axes=(1,), keepdims=False)
        return el.sqrt(y if name == "amax" else -y)

    ct = grads(lambda x: x * 1, x[:, 0])[0]
    sign = 1 if name == "amax" else -1
    np.testing.assert_allclose(grads(root, x)[0], sign * np.array(
        [[np.inf, 0, np.inf], [ct[1] * 0.25, 0, 0]]))


def test_an_infinite_cotangent_and_a_product_with_zero_are_nan() -> None:
    """|x| and x^2 at 0 multiply by what happens to be 0; they select nothing."""
    for f in (el.abs_, el.square):
        assert np.isnan(grads(lambda x, f=f: el.sqrt(f(x)), np.zeros(1))[0]).all()


def test_a_product_that_is_given_stays_what_it_is():
    x = free((3,), float64)
    product = el.annihilate(x, x)
    again = el.annihilate(product, product)
    plain, places = plain_products(Graph([product], [again, el.sin(product)]))
    assert list(plain.inputs) == [product] and places == (0,)
    assert [node.args for node in plain.outputs] == [(product, product), (product,)]
