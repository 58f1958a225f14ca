"""Sixteen-bit floats and small integers in kernels: every value is read and rounded right, and
operations agree with the interpreter's."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

pytest.importorskip("llvmlite", reason="compiled code needs llvmlite")

from drawn_graphs import BINARY, COMPARE, UNARY

from wengert.config import config
from wengert.engine.backends.cpu import program as programs
from wengert.engine.backends.cpu.host import Host, host
from wengert.engine.backends.cpu.program import Compiled
from wengert.engine.backends.interpreter import Interpreter
from wengert.engine.dtypes import (
    DType,
    bfloat16,
    bool_,
    float16,
    float32,
    float64,
    int8,
    int16,
    int32,
    int64,
    uint8,
)
from wengert.engine.graph import TABLE, Graph, Node, lift
from wengert.engine.ops import elementwise as el
from wengert.engine.ops import reduce as red
from wengert.engine.ops import structural as stru
from wengert.engine.ops.contract import matmul

if config.tier in ("eager", "numpy"):
    pytest.skip("tested in the tiers that compile", allow_module_level=True)

rng = np.random.default_rng(0)


@pytest.fixture(params=[float16, bfloat16], ids=lambda dtype: dtype.name)
def half(request: pytest.FixtureRequest) -> DType:
    if request.param is bfloat16:
        pytest.importorskip("ml_dtypes", reason="bfloat16 needs ml_dtypes")
    found: DType = request.param
    return found


def every(half: DType) -> Any:
    """Every number of 16 bits."""
    return np.arange(1 << 16, dtype=np.uint16).view(half.numpy)


def both(graph: Graph, values: list[Any]) -> list[tuple[Any, Any, Compiled]]:
    program = Compiled(graph, values)
    return [(np.asarray(a), np.asarray(b), program) for a, b in zip(
        program(values), Interpreter(graph)(values), strict=True)]


def bits(x: Any) -> Any:
    """The bits of an array, the same for every NaN."""
    return np.where(np.isnan(x.astype(np.float32)), np.uint16(0xffff), x.view(np.uint16))


def test_every_number_is_read_and_written(half: DType) -> None:
    x = stru.free((1 << 16,), half)
    graph = Graph([x], [el.cast(x, dtype=float32), el.neg(x), el.cast(x, dtype=float64)])
    (wide, right, program), (back, negative, _), (double, exact, _) = both(graph, [every(half)])
    assert not program.nodes, "a library call"
    np.testing.assert_array_equal(wide, right)
    np.testing.assert_array_equal(double, exact)
    np.testing.assert_array_equal(bits(back), bits(negative))


def test_numbers_are_rounded_to_the_nearest(half: DType) -> None:
    """Also those in the middle between two, too large and too small."""
    near = every(half).astype(np.float32)
    near = near[np.isfinite(near)]
    with np.errstate(all="ignore"):
        up = np.nextafter(near.astype(half.numpy), half.numpy.type(np.inf)).astype(np.float32)
        middle = near + (up - near) / 2
    values = np.concatenate([near, middle, np.nextafter(middle, np.float32(np.inf)),
                             np.nextafter(middle, np.float32(-np.inf)),
                             np.float32([np.inf, -np.inf, np.nan, 3.4e38, 1e-45, 65519, 65520])])
    x = stru.free(values.shape, float32)
    (found, right, _), = both(Graph([x], [el.cast(x, dtype=half)]), [values])
    np.testing.assert_array_equal(bits(found), bits(right))


@pytest.mark.parametrize("name", [*UNARY, *BINARY, *COMPARE])
def test_operations_agree_to_a_unit_in_the_last_place(name: str, half: DType) -> None:
    shape = (3, 37)
    x, y = stru.free(shape, half), stru.free((37,), half)
    a, b = ((rng.normal(size=n.shape) * 2).astype(half.numpy) for n in (x, y))
    a[0, :6] = [0, -0.0, 1, np.inf, -np.inf, np.nan]
    args = (x,) if name in UNARY else (x, y)
    graph = Graph([x, y], [TABLE[name](*args), el.add(x, y)])
    (found, right, program), _ = both(graph, [a, b])
    assert not program.nodes, "a library call"
    assert found.dtype == right.dtype
    if found.dtype == bool:
        np.testing.assert_array_equal(found, right)
        return
    unit = 2.0 ** (-10 if half is float16 else -7)
    np.testing.assert_allclose(found.astype(np.float64), right.astype(np.float64), rtol=unit,
                               atol=unit * 2.0 ** (-14 if half is float16 else -126))


def test_numbers_of_python_and_reductions(half: DType) -> None:
    x = stru.free((40, 300), half)
    number = Node(stru.number, (), {}, (), float32, weak=True)
    y = el.mul(el.add(x, lift(0.125)), number)
    outputs = [y, red.sum_(y, axes=(1,), keepdims=False), red.sum_(y, axes=(0, 1), keepdims=False),
               red.sum_(y, axes=(0,), keepdims=False), red.amax(y, axes=(1,), keepdims=True),
               red.softmax(x, axes=(1,)), el.where(el.gt(x, lift(0)), x, y),
               el.cast(el.mul(x, lift(50.0)), dtype=int32), matmul(x, el.exp(stru.transpose(
                   x, perm=(1, 0))))]
    value = rng.normal(size=x.shape).astype(half.numpy)
    for found, right, _ in both(Graph([x, number], outputs), [value, 0.75]):
        assert found.dtype == right.dtype
        unit = 2.0 ** (-10 if half is float16 else -7)
        np.testing.assert_allclose(found.astype(np.float64), right.astype(np.float64), rtol=unit,
                                   atol=0.05 * unit)


def test_numbers_of_python_are_not_rounded_to_16_bits(half: DType) -> None:
    x = stru.free((1000,), half)
    value = rng.normal(size=x.shape).astype(half.numpy)
    found, = Compiled(Graph([x], [el.mul(x, lift(0.3))]), [value])([value])
    right = (value.astype(np.float32) * np.float32(0.3)).astype(half.numpy)
    np.testing.assert_array_equal(bits(found), bits(right))


def test_without_instructions_for_float16_numpy_converts(monkeypatch: pytest.MonkeyPatch) -> None:
    old = host()
    monkeypatch.setattr(programs, "host", lambda: Host(old.identity, old.bits, False))
    x = stru.free((4, 5), float16)
    value = rng.normal(size=x.shape).astype(np.float16)
    (found, right, program), = both(Graph([x], [el.exp(x)]), [value])
    assert not program.kernels or all(
        n.dtype is not float16 for k in program.kernels for n in k.plan.nodes)
    np.testing.assert_allclose(found, right, rtol=1e-3)


@pytest.mark.parametrize("small", [uint8, int8, int16], ids=lambda dtype: dtype.name)
def test_small_integers_are_read_and_written(small: DType) -> None:
    """Conversions wrap as NumPy's do."""
    shape = (7, 37)
    x, y, z = stru.free(shape, small), stru.free(shape, float32), stru.free(shape, int64)
    least, most = np.iinfo(small.numpy).min, np.iinfo(small.numpy).max
    values = [rng.integers(least, most, shape, endpoint=True).astype(small.numpy),
              (rng.random(shape) * most).astype(np.float32), rng.integers(-70000, 70000, shape)]
    outputs = [el.cast(x, dtype=float32) / 255.0, el.cast(x, dtype=int64), el.cast(x, dtype=bool_),
               el.cast(x, dtype=float64), el.cast(y, dtype=small), el.cast(z, dtype=small),
               el.cast(el.gt(y, lift(3)), dtype=small),
               red.sum_(x, axes=(1,), keepdims=False), red.sum_(x, axes=(0, 1), keepdims=False)]
    for k, (found, right, program) in enumerate(both(Graph([x, y, z], outputs), values)):
        assert found.dtype == right.dtype and not program.nodes
        np.testing.assert_array_equal(found, right, err_msg=str(outputs[k]))
