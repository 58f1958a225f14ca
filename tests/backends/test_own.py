"""Kernels of one node: transposes, and products whose smaller factor is turned; concatenations;
sliding windows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

pytest.importorskip("llvmlite", reason="compiled code needs llvmlite")

import wengert as torch
from alive import alive
from wengert.config import config
from wengert.engine.backends.cpu import program as programs
from wengert.engine.backends.cpu.axes import Between, Flip, Running
from wengert.engine.backends.cpu.loader import loads_here
from wengert.engine.backends.cpu.moves import Join, PutAdd, Take, Transpose
from wengert.engine.backends.cpu.pipeline import for_kernels
from wengert.engine.backends.cpu.policy import CPU, TRANSPOSES
from wengert.engine.backends.cpu.products import Gemm
from wengert.engine.backends.cpu.program import Compiled
from wengert.engine.backends.cpu.windows import TapPut, WindowMax, WindowTap
from wengert.engine.backends.interpreter import Interpreter
from wengert.engine.blas import SMALL, blas, scipy_linalg, threads
from wengert.engine.dtypes import DType, bool_, float32, float64, int32, int64
from wengert.engine.graph import TABLE, Graph, Node
from wengert.engine.loops.fuse import fused
from wengert.engine.ops import elementwise as el
from wengert.engine.ops import pool
from wengert.engine.ops import reduce as red
from wengert.engine.ops import structural as stru
from wengert.engine.ops.contract import matmul, swap_last_axes
from wengert.engine.ops.indexing import index, put_add
from wengert.engine.ops.neural import rows as embedded
from wengert.engine.ops.scan import cumsum
from wengert.engine.passes.transposes import swapped_products

pytestmark = pytest.mark.once

if config.tier in ("eager", "numpy"):
    pytest.skip("tested in the tiers that compile", allow_module_level=True)

rng = np.random.default_rng(0)


def turns(program: Compiled) -> int:
    return sum(isinstance(kernel, Transpose) for kernel in program.kernels)


def drawn(shape: tuple[int, ...], dtype: DType) -> Any:
    return rng.integers(-100, 100, shape).astype(dtype.numpy)


@pytest.mark.parametrize("dtype", [float32, float64])
@pytest.mark.parametrize("name", ["cumsum", "flip"])
@pytest.mark.parametrize("shape, axis", [
    ((9,), 0), ((50,), 0), ((3, 40), 1), ((4, 33), 1), ((11, 16), 1), ((6, 1), 1), ((40, 17), 0),
    ((2, 7, 3), 1), ((3, 5, 64), 1), ((3, 5, 2, 9), 2), ((1, 4, 100), 0)])
def test_along_an_axis(shape: tuple[int, ...], axis: int, name: str, dtype: DType) -> None:
    x = stru.free(shape, dtype)
    y = cumsum(x, axis=axis) if name == "cumsum" else stru.flip(x, axes=(axis,))
    value = rng.normal(size=shape).astype(dtype.numpy)
    graph = Graph([x], [y])
    program = Compiled(graph, [value])
    assert [type(kernel) for kernel in program.kernels] == [
        Running if name == "cumsum" else Flip]
    if name == "flip":
        np.testing.assert_array_equal(program([value])[0], np.flip(value, axis))
    else:
        right = np.cumsum(value, axis, dtype=np.float64).astype(dtype.numpy)
        np.testing.assert_allclose(program([value])[0], right, rtol=1e-14)
    if value.size > 2:
        value.flat[2] = np.nan
        np.testing.assert_allclose(program([value])[0], Interpreter(graph)([value])[0],
                                   rtol=1e-4 if dtype is float32 else 1e-12, atol=1e-5)


ROWS = [((7, 5), (4,)), ((7, 40), (3, 6)), ((9, 2, 20), (100,)), ((4, 17), ()), ((5, 16), (1,))]


@pytest.mark.parametrize("places", [int32, int64])
@pytest.mark.parametrize("dtype", [float32, float64])
@pytest.mark.parametrize("shape, count", ROWS)
def test_rows_are_read_and_added(shape: tuple[int, ...], count: tuple[int, ...], dtype: DType,
                                 places: DType) -> None:
    x, at = stru.free(shape, dtype), stru.free(count, places)
    v = stru.free(count + shape[1:], dtype)
    given = rng.normal(size=shape).astype(dtype.numpy)
    added = rng.normal(size=v.shape).astype(dtype.numpy)
    where = np.asarray(rng.integers(0, shape[0], count), places.numpy)
    for low in (0, -shape[0]):
        chosen = np.asarray(where + low, places.numpy)
        outputs = [put_add(v, at, shape=shape, dims=(0,)), index(x, at, dims=(0,))]
        outputs += [embedded(x, at)] if low == 0 else []
        graph = Graph([x, at, v], outputs)
        program = Compiled(graph, [given, chosen, added])
        assert {type(kernel) for kernel in program.kernels} == {PutAdd, Take}
        for a, b in zip(program([given, chosen, added]), Interpreter(graph)([given, chosen, added]),
                        strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-5 if dtype is float32 else 1e-12, atol=1e-6)


@pytest.mark.parametrize("beyond", [7, -8, 1 << 40, -(1 << 40)])
@pytest.mark.parametrize("build", [
    lambda x, at, v: put_add(v, at, shape=x.shape, dims=(0,)),
    lambda x, at, v: index(x, at, dims=(0,)), lambda x, at, v: embedded(x, at)])
def test_a_row_beyond_is_an_error(build: Callable[..., Node], beyond: int) -> None:
    x, at, v = stru.free((7, 8), float32), stru.free((3,), int64), stru.free((3, 8), float32)
    graph = Graph([x, at, v], [build(x, at, v)])
    values = [np.ones(n.shape, n.dtype.numpy) for n in (x, at, v)]
    program = Compiled(graph, values)
    program(values)
    values[1][1] = beyond
    with pytest.raises(IndexError) as found:
        program(values)
    with pytest.raises(IndexError) as right:
        Interpreter(graph)(values)
    assert str(found.value) == str(right.value)


def test_rows_that_meet_are_added_by_one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(config, "threads", 4)
    monkeypatch.setattr(programs, "WORTH", 1)
    v, at = stru.free((5000, 8), float32), stru.free((5000,), int64)
    graph = Graph([v, at], [put_add(v, at, shape=(2, 8), dims=(0,))])
    values = [np.ones(v.shape, np.float32), np.arange(5000) % 2]
    program = Compiled(graph, values)
    np.testing.assert_array_equal(program(values)[0], np.full((2, 8), 2500, np.float32))


BETWEEN = [((3, 40, 5), (1,)), ((3, 40, 64), (1,)), ((2, 7, 3, 100), (1, 2)), ((40, 17), (0,)),
           ((3, 1, 9, 1, 33), (2,)), ((2, 5, 6, 7), (1,)), ((5, 300, 1, 3), (1,))]


@pytest.mark.parametrize("dtype", [float32, float64])
@pytest.mark.parametrize("name", ["sum", "amax", "amin", "sum_to"])
@pytest.mark.parametrize("shape, axes", BETWEEN)
def test_axes_in_the_middle_are_reduced(shape: tuple[int, ...], axes: tuple[int, ...], name: str,
                                        dtype: DType) -> None:
    x = stru.free(shape, dtype)
    y = stru.sum_to(x, shape=tuple(1 if i in axes else n for i, n in enumerate(shape))) \
        if name == "sum_to" else TABLE[name](x, axes=axes, keepdims=False)
    value = rng.normal(size=shape).astype(dtype.numpy)
    if name in ("amax", "amin"):
        value.flat[2], value.flat[-3] = np.nan, np.inf
    graph = Graph([x], [y])
    program = Compiled(graph, [value])
    if name in ("amax", "amin") or axes[0]:   # a kernel of another kind adds up whole columns
        assert [type(kernel) for kernel in program.kernels] == [Between]
    np.testing.assert_allclose(program([value])[0], Interpreter(graph)([value])[0],
                               rtol=1e-5 if dtype is float32 else 1e-13,
                               atol=1e-5 if dtype is float32 else 1e-12)


def test_a_long_sum_in_the_middle_is_exact() -> None:
    x = stru.free((2, 100_000, 3), float32)
    value = rng.random(x.shape).astype(np.float32)
    program = Compiled(Graph([x], [red.sum_(x, axes=(1,), keepdims=False)]), [value])
    right = value.sum(1, dtype=np.float64)
    np.testing.assert_array_equal(program([value])[0], right.astype(np.float32))


@pytest.mark.parametrize("dtype", [float32, float64, int32, int64])
@pytest.mark.parametrize("shape", [
    (4, 4), (5, 7), (16, 16), (17, 16), (16, 17), (15, 33), (64, 50), (784, 10), (3, 20, 36),
    (2, 3, 9, 5), (1, 40, 40), (40, 1, 8, 8)])
def test_every_size_is_turned(shape: tuple[int, ...], dtype: DType) -> None:
    x = stru.free(shape, dtype)
    y = el.add(swap_last_axes(el.add(x, x)), swap_last_axes(x))
    value = drawn(shape, dtype)
    program = Compiled(Graph([x], [y]), [value])
    assert turns(program) == 2
    found, = program([value])
    np.testing.assert_array_equal(found, 3 * np.swapaxes(value, -1, -2))
    assert found.flags.c_contiguous


def test_few_rows_and_other_dtypes_are_left_to_numpy() -> None:
    for shape, dtype in (((3, 50), float32), ((50, 3), float32), ((8, 8), bool_)):
        x = stru.free(shape, dtype)
        y = el.logical_not(swap_last_axes(x)) if dtype is bool_ else el.square(swap_last_axes(x))
        value = drawn(shape, dtype)
        program = Compiled(Graph([x], [y]), [value])
        assert not turns(program)
        right = ~value.T if dtype is bool_ else np.square(value.T)
        np.testing.assert_allclose(program([value])[0], right, rtol=1e-5)


def test_views_and_other_layouts() -> None:
    x = stru.free((40, 30), float32)
    y = el.exp(swap_last_axes(stru.slice_(x, stru.lift(8), axes=(0,), lengths=(16,), steps=(2,))))
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
    return Graph([a, w], [then(matmul(a, swap_last_axes(w)))]), values


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
        y = el.tanh(matmul(y, swap_last_axes(w)))
    values = [rng.standard_normal(node.shape).astype(np.float32) * 0.1 for node in (h, w)]
    program = Compiled(Graph([h, w], [y]), values)
    right = values[0]
    for _ in range(8):
        right = np.tanh(right @ values[1].T)
    np.testing.assert_allclose(program(values)[0], right, rtol=1e-4, atol=1e-6)
    assert turns(program) == 1


def test_a_product_that_is_a_result_is_not_turned() -> None:
    graph, values = product(64, 784, 128, lambda y: y)
    assert swapped_products(graph, TRANSPOSES).outputs[0].prim is matmul
    found, = Compiled(graph, values)(values)
    assert found.flags.c_contiguous and found.base is None
    np.testing.assert_allclose(found, values[0] @ values[1].T, rtol=1e-4, atol=1e-3)


def test_what_the_pass_writes() -> None:
    graph, _ = product(64, 784, 128, el.relu)
    names = [node.prim.name for node in swapped_products(graph, TRANSPOSES).nodes()]
    assert names.count("transpose") == 2 and names[-3:] == ["matmul", "transpose", "relu"]
    items = fused(for_kernels(graph), CPU)
    assert sum(not isinstance(item, Node) and item.own for item in items) == 2


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


# ---- concatenations ----


@pytest.mark.parametrize("dtype", [float32, float64, int32, int64])
@pytest.mark.parametrize(("shapes", "axis"), [
    ([(3, 8), (5, 8)], 0), ([(4, 5), (4, 7), (4, 64)], 1), ([(2, 3, 4), (2, 9, 4)], 1),
    ([(16,), (4,), (7,)], 0), ([(1, 6, 4)] * 40, 0), ([(7, 1, 33), (7, 2, 33)], 1)])
def test_concatenations(shapes: list[tuple[int, ...]], axis: int, dtype: DType) -> None:
    nodes = [stru.free(shape, dtype) for shape in shapes]
    values = [drawn(shape, dtype) for shape in shapes]
    made = [el.add(node, node) if k % 2 else node for k, node in enumerate(nodes)]
    joined = stru.concatenate(*made, axis=axis)
    graph = Graph(nodes, [joined, el.add(joined, joined)])
    program = Compiled(graph, values)
    assert sum(isinstance(kernel, Join) for kernel in program.kernels) == 1
    right = np.concatenate([2 * v if k % 2 else v for k, v in enumerate(values)], axis)
    for given in (values, [np.asfortranarray(v) for v in values]):   # the second: interpreted
        found = program(given)
        np.testing.assert_array_equal(found[0], right)
        np.testing.assert_array_equal(found[1], 2 * right)


def test_a_value_twice_and_short_pieces() -> None:
    x = stru.free((6, 8), float32)
    value = drawn((6, 8), float32)
    graph = Graph([x], [stru.concatenate(x, x, axis=1),
                        stru.concatenate(*[swap_last_axes(stru.slice_(
                            x, stru.lift(k), axes=(1,), lengths=(1,), steps=(1,)))
                            for k in range(3)], axis=0)])
    program = Compiled(graph, [value])
    np.testing.assert_array_equal(program([value])[0], np.concatenate([value, value], 1))
    np.testing.assert_array_equal(program([value])[1], value[:, :3].T)


# ---- windows ----


def windows(x: Any, size: tuple[int, ...], kernel: tuple[int, ...], stride: tuple[int, ...],
            dilation: tuple[int, ...]) -> dict[str, Any]:
    out = tuple((n - d * (k - 1) - 1) // s + 1
                for n, k, s, d in zip(size, kernel, stride, dilation, strict=True))
    return {"kernel": kernel, "out": out, "stride": stride, "padding": (0,) * len(size),
            "dilation": dilation}


@pytest.mark.parametrize("dtype", [float32, float64])
@pytest.mark.parametrize(("size", "kernel", "stride", "dilation"), [
    ((8, 8), (2, 2), (2, 2), (1, 1)), ((9, 7), (2, 3), (2, 3), (1, 1)),
    ((9, 9), (3, 3), (2, 2), (1, 1)), ((11, 10), (2, 2), (3, 4), (1, 1)),
    ((12, 9), (2, 3), (1, 2), (2, 3)), ((17,), (3,), (3,), (1,)), ((17,), (4,), (1,), (2,)),
    ((5, 5), (1, 1), (1, 1), (1, 1))])
def test_windows_against_numpy(size: tuple[int, ...], kernel: tuple[int, ...],
                               stride: tuple[int, ...], dilation: tuple[int, ...],
                               dtype: DType) -> None:
    x = stru.free((3, 2, *size), dtype)
    how = windows(x, size, kernel, stride, dilation)
    best = pool.window_max(x, **how)
    tap = pool.window_tap(x, best, **how)
    v = stru.free(best.shape, dtype)
    back = pool.tap_put(v, tap, size=size, **how)
    graph = Graph([x, v], [best, tap, back])
    value = rng.integers(-3, 4, x.shape).astype(dtype.numpy)   # with ties
    odd = value.copy()
    odd.reshape(-1)[rng.integers(0, odd.size, odd.size // 4)] = np.nan
    odd.reshape(-1)[rng.integers(0, odd.size, odd.size // 8)] = -np.inf
    cotangent = rng.standard_normal(best.shape).astype(dtype.numpy)
    program = Compiled(graph, [value, cotangent])
    assert [type(kernel) for kernel in program.kernels] == [WindowMax, WindowTap, TapPut]
    for given in (value, odd, -np.abs(value)):
        right = Interpreter(graph)([given, cotangent])
        for a, b in zip(program([given, cotangent]), right, strict=True):
            assert a.dtype == b.dtype
            np.testing.assert_allclose(a, b, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("change", [
    {"padding": (1, 1), "out": (5, 5)}, {"kernel": (5, 5), "out": (4, 4), "stride": (1, 1)}])
def test_other_windows_are_left_to_numpy(change: dict[str, Any]) -> None:
    x = stru.free((2, 2, 8, 8), float32)
    how = {**windows(x, (8, 8), (2, 2), (2, 2), (1, 1)), **change}
    graph = Graph([x], [pool.window_max(x, **how)])
    value = rng.standard_normal(x.shape).astype(np.float32)
    program = Compiled(graph, [value])
    assert not program.kernels
    np.testing.assert_array_equal(program([value])[0], Interpreter(graph)([value])[0])


def test_split_over_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(config, "threads", 3)
    x = stru.free((20, 10, 30, 30), float32)
    how = windows(x, (30, 30), (2, 2), (2, 2), (1, 1))
    best = pool.window_max(x, **how)
    back = pool.tap_put(best, pool.window_tap(x, best, **how), size=(30, 30), **how)
    joined = stru.concatenate(back, x, axis=1)
    graph = Graph([x], [swap_last_axes(joined), joined])
    value = rng.standard_normal(x.shape).astype(np.float32)
    for a, b in zip(Compiled(graph, [value])([value]), Interpreter(graph)([value]), strict=True):
        np.testing.assert_array_equal(a, b)


# ---- products ----


def gemms(program: Compiled) -> int:
    return sum(isinstance(kernel, Gemm) for kernel in program.kernels)


with_blas = pytest.mark.skipif(blas() is None or not loads_here(),
                               reason="NumPy's BLAS cannot be called from here")


def test_small_matrices_wake_no_threads_of_scipy(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[int] = []
    module = scipy_linalg(SMALL)
    monkeypatch.setattr("wengert.engine.blas._scipy", lambda: (module, told.append))
    a = torch.eye(3, dtype=torch.float64)
    assert torch.matrix_exp(a).diagonal().tolist() == [pytest.approx(np.e)] * 3
    before = len(told)
    torch.linalg.ldl_factor(9 * torch.eye(SMALL - 1)).LD.tolist()
    assert set(told) == {1} and len(told) > before
    assert scipy_linalg(SMALL) is module and told[-1] == (threads() or 1)


@with_blas
@pytest.mark.parametrize("dtype", [float32, float64])
@pytest.mark.parametrize("left", [False, True])
@pytest.mark.parametrize("right", [False, True])
@pytest.mark.parametrize(("m", "k", "n", "batch"), [
    *[(*sizes, batch) for sizes in ((5, 7, 6), (2, 2, 2), (16, 40, 24))
      for batch in ((), (3,), (2, 3))],
    *[(*sizes, ()) for sizes in ((1, 9, 5), (9, 1, 5), (4, 9, 1), (1, 4, 1), (1, 1, 1))]])
def test_products_by_blas(m: int, k: int, n: int, batch: tuple[int, ...], left: bool, right: bool,
                          dtype: DType) -> None:
    a = stru.free((*batch, *((k, m) if left else (m, k))), dtype)
    b = stru.free((*batch, *((n, k) if right else (k, n))), dtype)
    y = matmul(swap_last_axes(a) if left else a, swap_last_axes(el.neg(b)) if right else el.neg(b))
    values = [rng.standard_normal(node.shape).astype(dtype.numpy) for node in (a, b)]
    graph = Graph([a, b], [y, el.relu(y)])
    program = Compiled(graph, values)
    assert gemms(program) == 1 and not program.nodes
    x, z = (np.swapaxes(v, -1, -2) if t else v for v, t in zip(values, (left, right), strict=True))
    right_one = np.matmul(x, -z)
    found = program(values)
    np.testing.assert_allclose(found[0], right_one, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(found[1], np.maximum(right_one, 0), rtol=1e-4, atol=1e-5)
    assert found[0].flags.c_contiguous and found[0].base is None
    others = [np.asfortranarray(v) for v in values]   # another layout than it was made for
    np.testing.assert_allclose(program(others)[0], right_one, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("shapes", [
    ((1, 900), (900, 5)), ((90, 1), (1, 50)), ((40, 900), (900, 1)), ((2, 4, 9), (9, 5)),
    ((4, 0), (0, 5))])
def test_other_products_are_left_to_numpy(shapes: tuple[tuple[int, ...], ...]) -> None:
    a, b = (stru.free(shape, float32) for shape in shapes)
    graph = Graph([a, b], [el.exp(matmul(a, b))])
    values = [rng.standard_normal(shape).astype(np.float32) for shape in shapes]
    program = Compiled(graph, values)
    assert not gemms(program)
    np.testing.assert_allclose(program(values)[0], np.exp(values[0] @ values[1]), rtol=1e-4)


def test_what_no_kernel_computes_takes_few_calls_where_it_is_small() -> None:
    x, places = stru.free((9,), float32), stru.free((9,), int64)
    put = put_add(el.exp(x), places, shape=(9,), dims=(0,))
    graph = Graph([x, places], [el.exp(put), red.argmax(x, axis=0, keepdims=False)])
    values = [rng.standard_normal(9).astype(np.float32), rng.permutation(9)]
    program = Compiled(graph, values)
    called = [each for name, each in program.written().__globals__.items() if "argmax" in name]
    assert [run.__module__ for run in called] == ["wengert.engine.backends.small"]
    for found, right in zip(program(values), Interpreter(graph)(values), strict=True):
        np.testing.assert_allclose(found, right, rtol=1e-6)


def test_factors_in_other_layouts_are_read_where_they_are() -> None:
    """NumPy hands strided factors to BLAS: a copy by rows would cost more."""
    x, w = stru.free((4, 6, 8), float32), stru.free((8, 5), float32)
    moved = stru.transpose(x, perm=(1, 0, 2))
    w3 = stru.broadcast_to(stru.reshape(w, shape=(1, 8, 5)), shape=(6, 8, 5))
    graph = Graph([x, w], [matmul(moved, w3)])
    values = [rng.standard_normal(node.shape).astype(np.float32) for node in (x, w)]
    program = Compiled(graph, values)
    assert not gemms(program)
    np.testing.assert_allclose(program(values)[0], values[0].transpose(1, 0, 2) @ values[1],
                               rtol=1e-4, atol=1e-5)
    turned_input = np.asfortranarray(values[1])
    graph = Graph([w], [matmul(swap_last_axes(w), el.exp(w))])
    assert not gemms(Compiled(graph, [turned_input]))


def test_products_without_blas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(programs, "blas", lambda: None)
    a, b = stru.free((5, 7), float32), stru.free((6, 7), float32)
    graph = Graph([a, b], [el.relu(matmul(el.neg(a), swap_last_axes(b)))])
    values = [rng.standard_normal(node.shape).astype(np.float32) for node in (a, b)]
    program = Compiled(graph, values)
    assert not gemms(program) and program.nodes
    np.testing.assert_allclose(program(values)[0], np.maximum(-values[0] @ values[1].T, 0),
                               rtol=1e-4, atol=1e-5)


@with_blas
def test_a_training_step_is_one_call() -> None:
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Linear(48, 32), torch.nn.ReLU(), torch.nn.Linear(32, 8))
    x, target = torch.randn(64, 48), torch.arange(64) % 8
    before = set(alive(Compiled))
    for _ in range(30):
        torch.nn.functional.cross_entropy(model(x), target).backward()
        with torch.no_grad():
            for parameter in model.parameters():
                parameter -= 0.1 * parameter.grad
                parameter.grad = None
    made = [(gemms(p), p.source.count("run(s") + p.source.count("run_large(s"), len(p.nodes))
            for p in set(alive(Compiled)) - before]
    assert (5, 1, 0) in made


@with_blas
def test_threads_of_blas() -> None:
    count = threads()
    if count is None:
        pytest.skip("this BLAS does not say")
    config_threads = config.threads
    try:
        torch.set_num_threads(1)
        assert threads() == 1
    finally:
        torch.set_num_threads(count)
        config.threads = config_threads
    assert threads() == count
