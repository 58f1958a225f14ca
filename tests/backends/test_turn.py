"""Transposes as kernels, and products whose smaller factor is turned."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

pytest.importorskip("llvmlite", reason="compiled code needs llvmlite")

import wengert as torch
from wengert.backends.llvm.program import Compiled
from wengert.backends.llvm.turn import Turn
from wengert.config import config
from wengert.dtypes import DType, bool_, float32, float64, int32, int64
from wengert.graph import Graph, Node
from wengert.ops import elementwise as el
from wengert.ops import structural as stru
from wengert.ops.contract import matmul, turned
from wengert.passes.fuse import fused
from wengert.passes.pipeline import for_kernels
from wengert.passes.turn import turned_products

if config.tier in ("eager", "numpy"):
    pytest.skip("tested in the tiers that compile", allow_module_level=True)

rng = np.random.default_rng(0)


def turns(program: Compiled) -> int:
    return sum(isinstance(kernel, Turn) for kernel in program.kernels)


def drawn(shape: tuple[int, ...], dtype: DType) -> Any:
    return rng.integers(-100, 100, shape).astype(dtype.numpy)


@pytest.mark.parametrize("dtype", [float32, float64, int32, int64])
@pytest.mark.parametrize("shape", [
    (4, 4), (5, 7), (16, 16), (17, 16), (16, 17), (15, 33), (64, 50), (784, 10), (3, 20, 36),
    (2, 3, 9, 5), (1, 40, 40), (40, 1, 8, 8)])
def test_every_size_is_turned(shape: tuple[int, ...], dtype: DType) -> None:
    x = stru.free(shape, dtype)
    y = el.add(turned(el.add(x, x)), turned(x))
    value = drawn(shape, dtype)
    program = Compiled(Graph([x], [y]), [value])
    assert turns(program) == 2
    found, = program([value])
    np.testing.assert_array_equal(found, 3 * np.swapaxes(value, -1, -2))
    assert found.flags.c_contiguous


def test_few_rows_and_other_dtypes_are_left_to_numpy() -> None:
    for shape, dtype in (((3, 50), float32), ((50, 3), float32), ((8, 8), bool_)):
        x = stru.free(shape, dtype)
        y = el.logical_not(turned(x)) if dtype is bool_ else el.square(turned(x))
        value = drawn(shape, dtype)
        program = Compiled(Graph([x], [y]), [value])
        assert not turns(program)
        right = ~value.T if dtype is bool_ else np.square(value.T)
        np.testing.assert_allclose(program([value])[0], right, rtol=1e-5)


def test_views_and_other_layouts() -> None:
    x = stru.free((40, 30), float32)
    y = el.exp(turned(stru.slice_(x, stru.lift(8), axes=(0,), lengths=(16,), steps=(2,))))
    value = rng.standard_normal((40, 30)).astype(np.float32)
    graph = Graph([x], [y])
    for given in (value, np.asfortranarray(value), np.ascontiguousarray(value[::-1])[::-1]):
        np.testing.assert_allclose(Compiled(graph, [given])([given])[0],
                                   np.exp(given[8:40:2].T), rtol=1e-6)
    program = Compiled(graph, [value])
    other = np.asfortranarray(value)   # another layout than the one that it was made for
    np.testing.assert_allclose(program([other])[0], np.exp(value[8:40:2].T), rtol=1e-6)


def product(m: int, k: int, n: int, then: Callable[[Node], Node]) -> tuple[Graph, list[Any]]:
    a, w = stru.free((m, k), float32), stru.free((n, k), float32)
    values = [rng.standard_normal(node.shape).astype(np.float32) for node in (a, w)]
    return Graph([a, w], [then(matmul(a, turned(w)))]), values


@pytest.mark.parametrize(("m", "k", "n", "kernels"), [
    (64, 784, 128, 2),    # x.T and the result
    (256, 784, 128, 1),   # w.T
    (64, 128, 10, 0),     # too small
    (1, 784, 128, 0),     # a vector
    (32, 64, 256, 2)])
def test_the_cheaper_factor_is_turned(m: int, k: int, n: int, kernels: int) -> None:
    graph, values = product(m, k, n, el.relu)
    program = Compiled(graph, values)
    right = np.maximum(values[0] @ values[1].T, 0)
    np.testing.assert_allclose(program(values)[0], right, rtol=1e-4, atol=1e-3)
    assert turns(program) == kernels


def test_a_factor_of_many_products_is_turned_once() -> None:
    h, w = stru.free((32, 64), float32), stru.free((64, 64), float32)
    y = h
    for _ in range(8):
        y = el.tanh(matmul(y, turned(w)))
    values = [rng.standard_normal(node.shape).astype(np.float32) * 0.1 for node in (h, w)]
    program = Compiled(Graph([h, w], [y]), values)
    right = values[0]
    for _ in range(8):
        right = np.tanh(right @ values[1].T)
    np.testing.assert_allclose(program(values)[0], right, rtol=1e-4, atol=1e-6)
    assert turns(program) == 1


def test_a_product_that_is_a_result_is_not_turned() -> None:
    graph, values = product(64, 784, 128, lambda y: y)
    assert turned_products(graph).outputs[0].prim is matmul
    found, = Compiled(graph, values)(values)
    assert found.flags.c_contiguous and found.base is None
    np.testing.assert_allclose(found, values[0] @ values[1].T, rtol=1e-4, atol=1e-3)


def test_what_the_pass_writes() -> None:
    graph, _ = product(64, 784, 128, el.relu)
    names = [node.prim.name for node in turned_products(graph).nodes()]
    assert names.count("transpose") == 2 and names[-3:] == ["matmul", "transpose", "relu"]
    items = fused(for_kernels(graph))
    assert sum(not isinstance(item, Node) and item.turns() for item in items) == 2


def test_steps_that_run_again_keep_their_values() -> None:
    """What a program lends itself from run to run never is what a user holds."""
    torch.manual_seed(0)
    layer = torch.nn.Linear(48, 64)
    outputs, grads = [], []
    x = torch.randn(32, 48, requires_grad=True)
    for scale in (1.0, 2.0, 3.0, 4.0, 5.0, 6.0):
        y = torch.relu(layer(x * scale))
        hidden = y.T.reshape(64, 32)
        (y @ layer.weight).square().sum().backward()
        outputs.append((scale, y, hidden))
        grads.append(x.grad)
        x.grad = None
        layer.zero_grad()
    for (scale, y, hidden), grad in zip(outputs, grads, strict=True):
        right = torch.relu(layer(x.detach() * scale))
        torch.testing.assert_close(y, right, rtol=1e-4, atol=1e-4)
        torch.testing.assert_close(hidden, right.T, rtol=1e-4, atol=1e-4)
        assert torch.isfinite(grad).all()
