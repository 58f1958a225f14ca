"""Compiled graphs against the interpreter: random ones, directed cases, the table's samples.

``WENGERT_EXAMPLES`` sets how many random graphs are drawn (200 unless set).
"""

from __future__ import annotations

import gc
import importlib
import os
import random
import sys
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from drawn_graphs import Drawn, assert_right, graph_of_sums, graphs
from hypothesis import HealthCheck, given, settings

pytest.importorskip("llvmlite", reason="compiled code needs llvmlite")

from nodes import Traced
from wengert.config import config
from wengert.engine.backends.cpu import program as programs
from wengert.engine.backends.cpu.pipeline import for_kernels
from wengert.engine.backends.cpu.policy import CPU
from wengert.engine.backends.cpu.program import Compiled
from wengert.engine.backends.interpreter import Interpreter
from wengert.engine.dtypes import DType, bool_, float32, float64, from_numpy, int32, int64
from wengert.engine.graph import TABLE, Graph, Node, lift
from wengert.engine.loops.fuse import fused
from wengert.engine.loops.groups import Group
from wengert.engine.loops.places import fitted
from wengert.engine.ops import elementwise as el
from wengert.engine.ops import reduce as red
from wengert.engine.ops import structural as stru
from wengert.engine.text import print_graph

pytestmark = pytest.mark.once

if config.tier in ("eager", "numpy"):
    pytest.skip("tested in the tiers that compile", allow_module_level=True)

EXAMPLES = int(os.environ.get("WENGERT_EXAMPLES", "200"))


def check(drawn: Drawn) -> None:
    """Compile the graph, run it twice, and compare each run."""
    graph, values = drawn.graph, drawn.values
    before = [np.array(v) for v in values]
    run = Compiled(graph, values)
    first = run(values)
    try:
        assert_right(graph, values, first)
        kept = [np.array(v) for v in first]
        # Other values, and contiguous ones: the results of the first run stay as they are.
        others = [np.array(v[..., ::-1] if v.ndim else v, order="C")
                  if isinstance(v, np.ndarray) else v for v in values]
        assert_right(graph, others, run(others))
        assert_right(graph, values, run(values))
        for a, b in zip(first, kept, strict=True):
            np.testing.assert_array_equal(a, b, err_msg="a later run wrote to an earlier result")
        for a, b in zip(values, before, strict=True):
            np.testing.assert_array_equal(a, b, err_msg="a kernel wrote to an input")
    except AssertionError as error:
        raise AssertionError(f"{error}\n{print_graph(graph)}\n{values}\n{run.source}") from None


RANDOM = settings(max_examples=EXAMPLES, deadline=None, database=None, derandomize=EXAMPLES == 200,
                  suppress_health_check=list(HealthCheck))


@RANDOM
@given(graphs())
def test_groups_that_grew_have_the_places_of_their_nodes(drawn: Drawn) -> None:
    for item in fused(for_kernels(drawn.graph), CPU):
        if isinstance(item, Group) and not item.own:
            places = fitted(item.space, item.outer, item.nodes)
            assert places is not None
            assert all((places[node].kind, places[node].level)
                       == (item.places[node].kind, item.places[node].level)
                       for node in item.nodes)


@RANDOM
@given(graphs())
def test_random_graphs(drawn: Drawn) -> None:
    check(drawn)


@pytest.mark.parametrize("threads", [3, pytest.param(1, marks=pytest.mark.long)])
def test_graphs_of_sums_over_any_axes(threads: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Many kernels, some of which make again what others make, and share their loops."""
    monkeypatch.setattr(config, "threads", threads)
    monkeypatch.setattr(programs, "WORTH", 1)
    for seed in range(EXAMPLES // 2):
        graph = graph_of_sums(random.Random(seed))
        rng = np.random.default_rng(seed)
        values = [rng.normal(size=node.shape) for node in graph.inputs]
        for a, b in zip(Compiled(graph, values)(values), Interpreter(graph)(values), strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-7, atol=1e-9, err_msg=print_graph(graph))


# ---- directed cases ----

F, D, I, L, B = float32, float64, int32, int64, bool_


def run(build: Callable[..., Any], *inputs: Any) -> None:
    """Check the graph of ``build`` on arrays (inputs) and Python numbers (runtime numbers)."""
    nodes = [stru.free(x.shape, from_numpy(x.dtype)) if isinstance(x, np.ndarray) else
             Node(stru.number, (), {}, (), L if type(x) is int else F, weak=True) for x in inputs]
    out = build(*nodes)
    check(Drawn(Graph(nodes, list(out) if isinstance(out, tuple) else [out]), list(inputs)))


def normal(*shape: int, dtype: Any = np.float32, seed: int = 0) -> Any:
    return np.random.default_rng([seed, *shape]).normal(size=shape).astype(dtype)


SHAPES = [(), (1,), (3,), (16,), (17,), (33,), (4097,), (0,), (3, 0), (1, 17), (17, 1), (2, 3, 5),
          (4, 1, 33), (2, 1, 1, 17), (5, 4097)]


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_chains_and_reductions_of_each_shape(shape: tuple[int, ...], dtype: Any) -> None:
    def build(x: Node, y: Node, n: Node) -> Any:
        z = el.tanh(x * y + n) - el.exp(-el.square(x)) * 0.5
        every = tuple(range(x.ndim))
        outs = [z, red.sum_(z, axes=every, keepdims=False), stru.sum_to(z, shape=()) * z]
        for i in range(x.ndim):
            outs.append(red.sum_(z, axes=(i,), keepdims=bool(i % 2)))
            if x.shape[i]:
                outs.append(red.amax(z, axes=(i,), keepdims=False))
        return tuple(outs)
    run(build, normal(*shape, dtype=dtype), normal(*shape, dtype=dtype, seed=1), 0.25)


@pytest.mark.parametrize("n", [1, 2, 3, 16, 17, 33, 100, 4097])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_rows_walked_more_than_once(n: int, dtype: Any) -> None:
    def build(x: Node, w: Node, t: Node) -> Any:
        mean = red.sum_(x, axes=(1,), keepdims=True) / float(n)
        away = x - mean
        scale = el.reciprocal(el.sqrt(
            red.sum_(el.square(away), axes=(1,), keepdims=True) / float(n) + 1e-5))
        soft = red.softmax(x, axes=(1,))
        logs = red.log_softmax(x, axes=(1,))
        loss = stru.sum_to(TABLE["pick_class"](logs, t, axis=1, ignore=-100), shape=())
        return (away * scale * w, soft, logs, loss, red.logsumexp(x, axes=(1,), keepdims=False),
                red.sum_(soft * w, axes=(0,), keepdims=False))
    target = np.random.default_rng(0).integers(0, n, 5)
    target[1] = -100
    run(build, normal(5, n, dtype=dtype), normal(n, dtype=dtype, seed=1), target)


@pytest.mark.parametrize("axes", [(), (0,), (1,), (2,), (3,), (0, 1), (1, 2), (0, 2), (2, 3),
                                  (0, 3), (1, 2, 3), (0, 1, 2), (0, 1, 2, 3)])
@pytest.mark.parametrize("shape", [(2, 3, 4, 5), (1, 3, 1, 17), (3, 1, 2, 1), (4, 1, 1, 2)])
def test_reductions_over_axes(shape: tuple[int, ...], axes: tuple[int, ...]) -> None:
    for keep in (False, True):
        run(lambda x, keep=keep: tuple(f(el.square(x) - x, axes=axes, keepdims=keep) * 2
                                       for f in (red.sum_, red.amax, red.amin)), normal(*shape))


@pytest.mark.parametrize("name", ["sum", "amax", "amin", "sum_to"])
@pytest.mark.parametrize("axes", [(0, 2), (0, 2, 3), (0, 3), (1, 3)])
def test_axes_on_both_sides_of_those_kept_are_reduced_by_rows(name: str, axes: tuple[int, ...]
                                                               ) -> None:
    shape = (3, 4, 5, 60)
    kept = tuple(1 if i in axes else n for i, n in enumerate(shape))

    def build(x: Node) -> Node:
        y = el.exp(x)
        return stru.sum_to(y, shape=kept) if name == "sum_to" else TABLE[name](
            y, axes=axes, keepdims=False)

    x = stru.free(shape, F)
    value = np.random.default_rng(0).normal(size=shape).astype(np.float32)
    graph = Graph([x], [build(x)])
    program = Compiled(graph, [value])
    assert_right(graph, [value], program([value]))
    first = next(k for k in program.kernels if any(n.prim.name == "exp" for n in k.plan.nodes))
    if axes[-1] == 3:
        assert first.plan.nest.size == (300 if axes[-2] == 2 else 60)
        assert [n.prim.name for n in first.plan.stored] == ["sum" if name == "sum_to" else name]


def stored_whole(graph: Graph, values: list[Any]) -> list[str]:
    """The names of what kernels write that is as large as the first input."""
    program = Compiled(graph, values)
    assert_right(graph, values, program(values))
    return [node.prim.name for kernel in program.kernels for node in kernel.plan.stored
            if node.shape == graph.inputs[0].shape]


def channels(x: Node) -> Node:
    return red.sum_(x, axes=(0, 2), keepdims=True)


def test_cheap_values_are_made_anew_where_no_more_is_read() -> None:
    shape = (5, 6, 80)
    x, y = stru.free(shape, F), stru.free(shape, F)
    values = [np.random.default_rng(k).normal(size=shape).astype(np.float32) for k in range(2)]
    away = el.sub(x, channels(x) / 400.0)
    spread = channels(el.square(away))
    assert stored_whole(Graph([x, y], [el.mul(away, spread)]), values) == ["mul"]
    # two operations, of which the first is not in memory either
    assert stored_whole(Graph([x, y], [el.mul(el.neg(away * 2.0), spread)]), values) == ["mul"]
    # an expensive one is kept; so is one for which two values would be read
    assert stored_whole(Graph([x, y], [el.mul(el.exp(away), channels(el.exp(away)))]),
                        values) == ["exp", "mul"]
    both = el.mul(x, y)
    assert stored_whole(Graph([x, y], [el.add(both, channels(both))]), values) == ["mul", "add"]


def test_a_kernel_whose_values_another_makes_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(CPU, "most_nodes", 2)
    x = stru.free((50, 40), F)
    value = np.random.default_rng(0).normal(size=x.shape).astype(np.float32)
    graph = Graph([x], [el.exp(el.neg(el.abs_(el.square(x * 0.5))))])
    program = Compiled(graph, [value])
    assert_right(graph, [value], program([value]))
    assert [[n.prim.name for n in k.plan.nodes] for k in program.kernels] == [
        ["mul", "square"], ["abs", "neg", "exp"]]


def test_what_was_made_anew_is_gone_where_another_kernel_makes_it() -> None:
    shape = (5, 6, 80)
    x, y = stru.free(shape, F), stru.free((1, 6, 1), F)
    values = [np.random.default_rng(0).normal(size=n.shape).astype(np.float32) for n in (x, y)]
    away = el.sub(x, y)
    first = channels(el.square(away))
    turned = el.neg(away)                              # a second kernel makes it of x and y
    grown = el.exp(el.mul(x, first))
    rows = red.sum_(grown, axes=(2,), keepdims=True)
    scaled = el.mul(turned, rows)                      # a third one makes this, and turned
    last = red.sum_(rows, axes=(0,), keepdims=True)
    assert stored_whole(Graph([x, y], [el.mul(scaled, last)]), values) == ["mul"]


def test_no_loop_becomes_shorter_for_a_value_made_anew() -> None:
    for length, stored in (80, ["mul"]), (3, ["sub", "mul"]):
        x, y = stru.free((6, length), F), stru.free((6, 1), F)
        values = [np.random.default_rng(0).normal(size=n.shape).astype(np.float32) for n in (x, y)]
        away = el.sub(x, y)
        total = red.sum_(red.sum_(away, axes=(1,), keepdims=True), axes=(0, 1), keepdims=True)
        assert stored_whole(Graph([x, y], [el.mul(away, total)]), values) == stored


def test_what_is_compared_is_not_made_anew() -> None:
    """A fused multiply-add in one place and not in another would make it differ from itself."""
    shape = (5, 6, 40)
    x = stru.free(shape, F)
    value = np.random.default_rng(0).normal(size=shape).astype(np.float32)
    y = el.add(x * 0.7, lift(0.3))
    top = red.amax(red.amax(y, axes=(2,), keepdims=True), axes=(0,), keepdims=True)
    graph = Graph([x], [el.cast(el.eq(y, top), dtype=F)])
    assert stored_whole(graph, [value]) == ["add", "cast"]
    found, = Compiled(graph, [value])([value])
    np.testing.assert_array_equal(found.sum((0, 2)), np.ones(6))


def test_the_inner_loop_is_the_longest_that_fits() -> None:
    """One number per channel, and a total over everything."""
    x, scale = stru.free((3, 4, 5, 60), F), stru.free((1, 4, 1, 1), F)
    rng = np.random.default_rng(0)
    values = [rng.normal(size=n.shape).astype(np.float32) for n in (x, scale)]
    graph = Graph([x, scale], [red.sum_(el.exp(x * scale), axes=(0, 1, 2, 3), keepdims=False)])
    program = Compiled(graph, values)
    kernel, = program.kernels
    assert kernel.plan.nest.outer == [3, 4] and kernel.plan.nest.size == 300
    assert_right(graph, values, program(values))


@pytest.mark.parametrize("a, b", [
    ((3, 4), (4,)), ((3, 4), (3, 1)), ((3, 4), ()), ((3, 4), (1, 1)), ((3, 4), (1, 4)),
    ((3, 1), (1, 4)), ((3, 1), (4,)), ((2, 3, 4), (3, 1)), ((2, 1, 4), (3, 1)),
    ((2, 3, 17), (2, 1, 1)), ((2, 3, 17), (1, 3, 1)), ((5, 1, 1), (1, 1, 33)), ((0, 3), (3,)),
    ((1,), (33, 1)), ((1, 1), ()), ((1, 1), (1,))])
def test_broadcasts(a: tuple[int, ...], b: tuple[int, ...]) -> None:
    x, y = normal(*a), normal(*b, seed=1)
    run(lambda x, y: (x * y + x, y - x, el.where(el.gt(x, y), x, y)), x, y)
    run(lambda x, y: (stru.sum_to(x * y, shape=a), stru.sum_to(el.exp(x) * y, shape=b)), x, y)
    run(lambda x, y: (red.sum_(el.div(x, y), axes=(), keepdims=False),), x, y)


def test_special_values_go_through() -> None:
    x = np.array([0.0, -0.0, 1, -1, np.inf, -np.inf, np.nan, 1e-45, -1e-45, 1e-38, 3e38, -3e38] * 3,
                 np.float32)
    for dtype in (np.float32, np.float64):
        v = x.astype(dtype)
        for name in ("neg", "abs", "square", "sqrt", "reciprocal", "relu", "sign", "floor", "ceil",
                     "trunc", "isnan", "isinf", "isfinite", "copy", "sigmoid", "exp", "log", "tanh",
                     "sin", "cos", "log1p", "expm1", "softplus"):
            run(lambda x, name=name: TABLE[name](x), v)
        for name in ("add", "sub", "mul", "div", "maximum", "minimum", "clamp_min", "clamp_max",
                     "eq", "ne", "lt", "le", "gt", "ge", "annihilate", "pow", "atan2", "hypot"):
            run(lambda x, y, name=name: TABLE[name](x, y), v[:, None].copy(), v[:12].copy())
        for f in (red.sum_, red.amax, red.amin):
            run(lambda x, f=f: f(x, axes=(1,), keepdims=False), v.reshape(6, 6))


@pytest.mark.parametrize("source", [np.float32, np.float64, np.int32, np.int64, np.bool_])
@pytest.mark.parametrize("target", [F, D, I, L, B], ids=str)
def test_casts(source: Any, target: DType) -> None:
    x = np.asarray(np.array([0, 1, -1, 2.75, -2.75, 1000.5, -7] * 5)).astype(source)
    run(lambda x: (el.cast(x, dtype=target), el.cast(el.cast(x, dtype=F), dtype=target)), x)


def test_integers_wrap_and_count() -> None:
    for dtype in (np.int32, np.int64):
        top = np.iinfo(dtype).max
        x = np.array([0, 1, -1, top, -top - 1, 5] * 6, dtype)
        run(lambda x, n: (x + n, x * x, x - x * n, el.abs_(x), -x, el.maximum(x, n), el.relu(x),
                          el.clamp_min(x, n), el.eq(x, n), el.ge(n, x)), x, 3)
        run(lambda x: (red.sum_(x, axes=(0,), keepdims=False),
                       red.sum_(el.gt(x, el.lift(0)), axes=(0,), keepdims=False)), x)


def test_numbers_meet_what_they_meet() -> None:
    x, y = normal(17), normal(17, dtype=np.float64)
    for n in (3, 0, -1, 2.5, -0.0, float("inf"), float("nan"), 1e-50, 1e300, 2 ** 40):
        run(lambda x, n: (x * n, n - x, el.where(el.gt(x, n), x, n), el.maximum(x, n),
                          (n * 2 + 1) * x, x / n, stru.full(n, shape=(3,), dtype=F)), x, n)
        run(lambda x, n: (x * n, -n + x, el.le(n, x)), y, n)


def layouts(x: Any) -> list[Any]:
    wide = np.zeros((*x.shape[:-1], 2 * x.shape[-1]), x.dtype)
    wide[..., ::2] = x
    raw = np.zeros(x.nbytes + 1, np.uint8)[1:].view(x.dtype).reshape(x.shape)
    raw[...] = x
    frozen = x.copy()
    frozen.flags.writeable = False
    return [x, np.asfortranarray(x), wide[..., ::2], x[::-1].copy()[::-1], raw, frozen,
            np.broadcast_to(x[:1], x.shape)]


def test_layouts_may_change_from_run_to_run() -> None:
    x = normal(5, 17)
    node = stru.free((5, 17), F)
    graph = Graph([node], [el.exp(node) * 2, red.sum_(node, axes=(1,), keepdims=False)])
    for first in layouts(x):
        program = Compiled(graph, [first])
        for other in layouts(x):
            assert_right(graph, [other], program([other]))


def test_class_numbers_out_of_range_are_errors() -> None:
    x, t = stru.free((4, 3), F), stru.free((4,), L)
    graph = Graph([x, t], [TABLE["pick_class"](x, t, axis=1, ignore=-100)])
    good = np.array([0, 2, -100, 1])
    program = Compiled(graph, [normal(4, 3), good])
    for bad in (3, -1, -101, 1 << 40):
        with pytest.raises(IndexError, match="out of bounds"):
            program([normal(4, 3), np.array([0, bad, 1, 2])])
        assert_right(graph, [normal(4, 3), good], program([normal(4, 3), good]))


def test_kernels_go_with_their_program() -> None:
    """The garbage collector need not come for them."""
    x = stru.free((40, 64), F)
    graph = Graph([x], [red.sum_(el.exp(x), axes=(0,), keepdims=False)])
    program = Compiled(graph, [np.ones((40, 64), np.float32)])
    kernels = [weakref.ref(kernel) for kernel in program.kernels]
    gc.disable()
    try:
        del program
        assert kernels and all(kernel() is None for kernel in kernels)
    finally:
        gc.enable()


def test_results_are_the_users_to_keep() -> None:
    """No result shares memory with another, with a later one, or with the program's arena."""
    x = stru.free((300,), F)
    y = el.exp(x) * 2
    s = red.sum_(y, axes=(0,), keepdims=False)
    graph = Graph([x], [y, y + s, stru.reshape(y, shape=(3, 100)) * s])
    program = Compiled(graph, [normal(300)])
    results = [program([normal(300, seed=k)]) for k in range(4)]
    flat = [array for out in results for array in out]
    for i, a in enumerate(flat):
        assert not any(np.shares_memory(a, b) for b in flat[:i])
    for k, out in enumerate(results):
        assert_right(graph, [normal(300, seed=k)], out)


def test_a_maximum_is_equal_to_an_element() -> None:
    """Also where a fused multiply-add could compute the row otherwise the second time."""
    a, b, c = normal(50, 37), normal(50, 37, seed=1), normal(50, 37, seed=2)
    nodes = [stru.free((50, 37), F) for _ in range(3)]
    p = nodes[0] * nodes[1]
    for x in (p, p + nodes[2], el.cube(p), p * 3.7e9):
        top = red.amax(x, axes=(1,), keepdims=True)
        graph = Graph(nodes, [el.eq(x, top), red.softmax(x, axes=(1,)), p])
        equal, soft, _ = Compiled(graph, [a, b, c])([a, b, c])
        assert (equal.sum(1) >= 1).all()
        np.testing.assert_allclose(soft.sum(1), 1, rtol=1e-5)


# ---- the samples of the table ----

sys.path.insert(0, str(Path(__file__).parent.parent / "table"))
SAMPLES: dict[str, list[Any]] = {}
for _path in sorted((Path(__file__).parent.parent / "table").glob("samples*.py")):
    SAMPLES |= importlib.import_module(_path.stem).SAMPLES


@pytest.mark.parametrize("name", sorted(SAMPLES))
def test_samples_of_the_table(name: str) -> None:
    for sample in SAMPLES[name]:
        for dtype in [d for d in sample.dtypes if d in ("", "float32", "float64")][:2]:
            args = [arg.astype(dtype) if dtype and isinstance(arg, np.ndarray)
                    and arg.dtype.kind == "f" else arg for arg in sample.args]
            traced = Traced(lambda *nodes, p=sample.params: TABLE[name](*nodes, **p), args, {})
            graph = Graph(traced.inputs, traced.outputs)
            found = Compiled(graph, traced.values)(traced.values)
            right = Interpreter(graph)(traced.values)
            for a, b in zip(found, right, strict=True):
                a, b = np.asarray(a), np.asarray(b)
                assert a.shape == b.shape and a.dtype == b.dtype
                if b.dtype.kind in "fc":
                    np.testing.assert_allclose(a, b, rtol=64 * float(np.finfo(b.dtype).eps),
                                               atol=8 * float(np.finfo(b.dtype).eps))
                else:
                    np.testing.assert_array_equal(a, b)


# ---- the precision of sums ----

@pytest.mark.parametrize("kind", ["uniform", "normal", "ramp", "large and small"])
def test_a_long_sum_is_as_exact_as_a_pairwise_one(kind: str) -> None:
    n = 10_000_000 if EXAMPLES > 200 else 2_000_003
    rng = np.random.default_rng(1)
    x = {"uniform": lambda: rng.random(n, np.float32),
         "normal": lambda: rng.standard_normal(n, np.float32) + np.float32(0.1),
         "ramp": lambda: np.arange(n, dtype=np.float32),
         "large and small": lambda: np.where(np.arange(n) % 1000, np.float32(1e-3),
                                             np.float32(1e4))}[kind]()
    exact = float(np.sum(x, dtype=np.float64))
    for axes, shape in (((0,), (n,)), ((1,), (1, n)), ((0, 1), (n // 7, 7))):
        part = x[:n // 7 * 7] if shape[-1] == 7 else x
        wanted = exact if part is x else float(np.sum(part, dtype=np.float64))
        node = stru.free(shape, F)
        graph = Graph([node], [red.sum_(node, axes=axes, keepdims=False)])
        value = part.reshape(shape)
        found = float(np.asarray(Compiled(graph, [value])([value])[0]).item())
        assert abs(found - wanted) <= 8 * np.spacing(np.float32(abs(wanted)))


def test_equal_elements_are_added_up_as_exactly() -> None:
    """Their errors have one sign. A body with an exponential adds up in fewer accumulators."""
    value = np.round(np.random.default_rng(0).normal(size=4097)).astype(np.float32)
    x = stru.free(value.shape, F)
    for build, right in ((el.exp(x), np.exp(value.astype(np.float64)).sum()),
                         (x * 0.7, (value * np.float32(0.7)).sum(dtype=np.float64))):
        graph = Graph([x], [red.sum_(build, axes=(0,), keepdims=False)])
        found, = Compiled(graph, [value])([value])
        assert abs(float(found) - right) <= 4 * np.spacing(np.float32(np.abs(right)))


@pytest.mark.parametrize("shape", [(100_000, 3), (100_003, 17), (5_000, 200), (100, 33, 40)])
def test_a_long_sum_of_columns_is_as_exact(shape: tuple[int, ...]) -> None:
    x = np.full(shape, 0.34558418, np.float32)
    axes = tuple(range(len(shape) - 1))
    node = stru.free(x.shape, F)
    graph = Graph([node], [red.sum_(node, axes=axes, keepdims=False)])
    wanted = np.sum(x, axis=axes, dtype=np.float64)
    for found in (Compiled(graph, [x])([x])[0], Interpreter(graph)([x])[0]):
        assert (np.abs(found - wanted) <= 8 * np.spacing(wanted.astype(np.float32))).all()


def test_where_scalars_lie_is_little_of_the_text() -> None:
    inputs = [stru.free((), D) for _ in range(20)]
    outputs = [inputs[0]]
    for x in inputs[1:]:
        outputs.append(el.mul(outputs[-1], x))
    graph = Graph(inputs, outputs[1:])
    values = [np.array(0.5 + 0.1 * k) for k in range(20)]
    compiled = Compiled(graph, values)
    for k in range(2):
        given = [np.asarray(value + k) for value in values]
        assert_right(graph, given, compiled(given))
    (kernel,) = compiled.kernels
    assert kernel.straight
    lines = len(kernel.text.splitlines())
    assert lines <= 50 + 3 * 20 + 4 * 19, "of each value its place, of results a line more"
