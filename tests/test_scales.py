"""A product times a number goes over a factor, where that is right and saves something."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from wengert.engine.backends.interpreter import Interpreter
from wengert.engine.dtypes import float32
from wengert.engine.graph import Graph, Node, lift
from wengert.engine.ops import elementwise as el
from wengert.engine.ops.contract import matmul, swap_last_axes
from wengert.engine.ops.structural import free, reshape
from wengert.engine.passes.scales import scaled_factors

Build = Callable[[Node, Node], list[Node]]


def graph_of(build: Build, shape: tuple[int, int, int] = (40, 3, 30)
             ) -> tuple[Graph, list[np.ndarray]]:
    n, k, m = shape
    a, b = free((k, n), float32), free((k, m), float32)
    rng = np.random.default_rng(0)
    return Graph([a, b], build(a, b)), [
        rng.standard_normal(node.shape).astype(np.float32) for node in (a, b)]


def product(a: Node, b: Node) -> Node:
    return matmul(swap_last_axes(a), b)


MOVED: dict[str, Build] = {
    "a result": lambda a, b: [el.mul(product(a, b), lift(0.5))],
    "in another shape": lambda a, b: [reshape(el.mul(lift(0.3), product(a, b)), shape=(1200,))],
    "read again": lambda a, b: [y := el.mul(product(a, b), lift(0.5)), el.exp(y)],
}
LEFT: dict[str, Build] = {
    "the product is a result too": lambda a, b: [y := product(a, b), el.mul(y, lift(0.5))],
    "the product is read again": lambda a, b: [
        el.mul(y := product(a, b), lift(0.5)), el.exp(y)],
    "too large a number": lambda a, b: [el.mul(product(a, b), lift(2.0))],
    "infinity": lambda a, b: [el.mul(product(a, b), lift(float("inf")))],
    "zero": lambda a, b: [el.mul(product(a, b), lift(0.0))],
    "only a loop reads it": lambda a, b: [el.exp(el.mul(product(a, b), lift(0.5)))],
}


@pytest.mark.parametrize("name", MOVED)
def test_the_number_is_in_a_factor(name: str) -> None:
    graph, values = graph_of(MOVED[name])
    new = scaled_factors(graph)
    muls = [node for node in new.nodes() if node.prim is el.mul]
    assert [node.size for node in muls] == [90]   # b: it is smaller, and no transpose
    for right, found in zip(Interpreter(graph)(values), Interpreter(new)(values), strict=True):
        np.testing.assert_allclose(found, right, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", LEFT)
def test_the_product_stays(name: str) -> None:
    graph, _ = graph_of(LEFT[name])
    assert scaled_factors(graph) is graph


def test_a_factor_as_large_as_the_product() -> None:
    graph, _ = graph_of(MOVED["a result"], (8, 8, 8))
    assert scaled_factors(graph) is graph


def test_below_a_transpose() -> None:
    graph, values = graph_of(MOVED["a result"], (30, 3, 40))
    new = scaled_factors(graph)
    scaled, = [node for node in new.nodes() if node.prim is el.mul]
    assert scaled.args[0] in new.inputs and scaled.shape == (3, 30)
    np.testing.assert_allclose(Interpreter(new)(values)[0], Interpreter(graph)(values)[0],
                               rtol=1e-5, atol=1e-6)
