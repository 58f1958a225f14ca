"""Rewrites keep the values and the dtypes of a graph."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from wengert.engine.backends.interpreter import Interpreter
from wengert.engine.dtypes import DType, float32, int64
from wengert.engine.graph import Graph, Node, lift
from wengert.engine.ops import elementwise as el
from wengert.engine.ops import reduce as red
from wengert.engine.ops import structural as stru
from wengert.engine.passes.simplify import simplified

BUILDS: dict[str, tuple[DType, Callable[[Node], Node]]] = {
    "an integer made of 2.5": (
        int64, lambda x: el.add(x, stru.full(lift(2.5), shape=x.shape, dtype=int64))),
    "a float made of 2": (
        float32, lambda x: el.mul(x, stru.full(lift(2), shape=x.shape, dtype=float32))),
    "a number in one place": (
        float32, lambda x: el.sub(x, stru.broadcast_to(red.amax(x, axes=(0, 1, 2), keepdims=False),
                                                       shape=x.shape))),
    "sums on both sides": (
        float32, lambda x: red.sum_(x, axes=(0, 2), keepdims=False)),
    "extremes on both sides": (
        float32, lambda x: red.amax(x, axes=(0, 2), keepdims=True)),
    "a sum to a shape": (float32, lambda x: stru.sum_to(x, shape=(4, 1))),
}


@pytest.mark.parametrize("by_blas", [True, False])
@pytest.mark.parametrize("name", BUILDS)
def test_values_and_dtypes_stay(name: str, by_blas: bool) -> None:
    dtype, build = BUILDS[name]
    x = stru.free((3, 4, 5), dtype)
    graph = Graph([x], [build(x)])
    value = (np.random.default_rng(0).normal(size=x.shape) * 10).astype(dtype.numpy)
    (right,), (found,) = (Interpreter(g)([value]) for g in (graph, simplified(graph, by_blas)))
    assert found.dtype == right.dtype and found.shape == right.shape
    np.testing.assert_allclose(found, right, rtol=1e-6)


def test_axes_on_both_sides_of_what_is_kept_are_two_sums() -> None:
    x = stru.free((3, 4, 5), float32)
    graph = simplified(Graph([x], [red.sum_(x, axes=(0, 2), keepdims=False)]), by_blas=False)
    assert [(n.params["axes"], n.shape) for n in graph.nodes() if n.prim.name == "sum"] == [
        ((2,), (3, 4, 1)), ((0, 2), (4,))]
