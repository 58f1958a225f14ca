"""Parts of values that are put into zeros: kernels write them where they belong.

The gradient of a function of slices adds up such values. Each is compared with what the same
function gives when it is not compiled, and what is still a library call is counted.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import wengert as torch
from wengert.config import config
from wengert.engine.graph import Graph, Node, lift
from wengert.engine.ops.elementwise import add, exp, mul
from wengert.engine.ops.structural import input_, number, place, slice_
from wengert.engine.passes.simplify import simplified
from wengert.engine.passes.starts import settled


def gradient(f: Callable[[Any], Any]) -> Callable[[Any], tuple[Any, ...]]:
    def step(x: Any) -> tuple[Any, ...]:
        value = f(x)
        return value, torch.func.grad(f)(x), torch.func.jvp(torch.func.grad(f), (x,), (x,))[1]
    return step


def calls(fast: Any) -> list[str]:
    """The primitives that are library calls in the program of a compiled function."""
    (_, replay), = fast.compiled.variants
    run = replay.__globals__["program"].run
    return [node.prim.name for node in run.nodes.values()]


FUNCTIONS: dict[str, tuple[tuple[int, ...], Callable[[Any], Any], list[str]]] = {
    "Rosenbrock": ((50,), lambda x: (100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2).sum(),
                   []),
    "three points": ((40,), lambda x: ((x[2:] - 2 * x[1:-1] + x[:-2]) ** 2).sum(), []),
    "five points": ((24, 30), lambda u: (
        (u[1:-1, 2:] + u[1:-1, :-2] + u[2:, 1:-1] + u[:-2, 1:-1] - 4 * u[1:-1, 1:-1]) ** 2).sum(),
        []),
    "rows": ((9, 5), lambda u: ((u[1:] - u[:-1]) ** 2 * u[1:].sin()).sum(), []),
    "short rows": ((9, 5), lambda u: ((u[:, 1:] - u[:, :-1]) ** 2).sum(), ["place"]),
    "a step": ((41,), lambda x: ((x[::2] * x[:-20]) ** 2).sum() + x[1::2].exp().sum(), ["place"]),
    "space": ((5, 6, 20), lambda u: ((u[1:, :-1, 2:] * u[:-1, 1:, :-2]) ** 2).sum(), []),
    "one element": ((20,), lambda x: x[3] ** 3 + (x[4:5] * x[:1]).sum(), ["place"]),
    "one row": ((1, 30), lambda x: (x[0, 1:] * x[0, :-1]).sum() ** 2, ["slice"]),
    "large": ((70_000,), lambda x: ((x[1:] - x[:-1]).sin() ** 2).sum(), []),
}


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_gradients_of_functions_of_slices(name: str, dtype: Any) -> None:
    shape, f, left = FUNCTIONS[name]
    step = gradient(f)
    fast = torch.compile(step)
    for k in range(4):
        x = torch.tensor(np.random.default_rng(k).normal(size=shape), dtype=dtype)
        for found, wanted in zip(fast(x), step(x), strict=True):
            scale = float(wanted.abs().max()) + 1
            np.testing.assert_allclose(found / scale, wanted / scale, rtol=0,
                                       atol=2e-6 if dtype is torch.float32 else 1e-13)
    if config.tier in ("auto", "llvm"):
        assert {name for name in calls(fast) if name in ("place", "slice")} <= set(left)


def test_a_value_that_is_needed_by_itself_too() -> None:
    def f(x: Any) -> Any:
        a = x[1:].exp() * 2
        padded = torch.nn.functional.pad(a, (1, 3))
        return a, padded, padded * 2 + torch.nn.functional.pad(a, (2, 2)), a.cumsum(0)

    def g(x: Any) -> Any:
        a = x.exp() * 2
        padded = torch.nn.functional.pad(a, (1, 3))
        return padded, (a * a).sum(), padded[2:] + padded[:-2]
    for each in (f, g):
        fast = torch.compile(each)
        for k in range(4):
            x = torch.linspace(0, k + 1, 12)
            for found, wanted in zip(fast(x), each(x), strict=True):
                np.testing.assert_allclose(found, wanted, rtol=1e-6)


def test_memory_that_was_used_before_is_filled() -> None:
    def f(x: Any) -> Any:
        for _ in range(6):   # each in memory that the one before has left
            x = torch.nn.functional.pad((x[2:-2] * 1.5).sin(), (2, 2)) * 2 + x * 0.25
        return x
    fast = torch.compile(f)
    for k in range(4):
        x = torch.linspace(1, 2 + k, 40)
        np.testing.assert_allclose(fast(x), f(x), rtol=1e-5)


def placed(x: Node, at: int, n: int) -> Node:
    return place(x, lift(at), shape=(n,), axes=(0,), lengths=x.shape, steps=(1,))


def test_what_goes_to_the_same_place_is_added_first() -> None:
    x, y = (Node(input_, (), {}, (5,), torch.float64) for _ in range(2))
    total = add(add(placed(exp(x), 1, 7), placed(y, 0, 7)), placed(mul(x, y), 1, 7))
    graph = simplified(Graph([x, y], [total]), by_blas=False)
    assert sum(node.prim is place for node in graph.nodes()) == 2
    doubled = add(placed(x, 1, 7), placed(x, 1, 7))
    graph = simplified(Graph([x], [doubled]), by_blas=False)
    assert [node.prim for node in graph.nodes() if node.prim in (place, add)] == [add, place]


def test_starts_that_are_known() -> None:
    x = Node(input_, (), {}, (9,), torch.float64)
    i, j = (Node(number, (), {}, (), torch.int64, weak=True) for _ in range(2))
    parts = [slice_(x, n, axes=(0,), lengths=(3,), steps=(1,)) for n in (i, j)]
    graph = Graph([x, i, j], [add(*parts), mul(i, parts[0])])
    known = settled(graph, {i: 2})
    starts = [node.args[1] for node in known.nodes() if node.prim is slice_]
    assert j in starts and {n.params.get("value") for n in starts} == {2, None}
    assert any(i in node.args for node in known.nodes() if node.prim is mul)
    assert settled(graph, {}) is graph
