"""Kernels of few elements are optimised once their program has run often enough."""

from __future__ import annotations

import gc
from collections.abc import Callable
from typing import Any
from weakref import ref

import numpy as np
import pytest

import wengert as torch
from wengert.engine.backends.cpu import later
from wengert.engine.backends.cpu.program import Compiled
from wengert.engine.dtypes import float32
from wengert.engine.graph import Graph, Node
from wengert.engine.ops import elementwise as el
from wengert.engine.ops.reduce import sum_
from wengert.engine.ops.structural import input_

pytestmark = pytest.mark.skipif(torch.config.tier != "auto", reason="other tiers optimise at once")


def program(size: int, function: Any = el.exp) -> tuple[Compiled, Any]:
    x: Any = Node(input_, (), {}, (size,), float32)
    y: Any = el.tanh(x) * x + function(x)
    values = np.linspace(-1, 1, size, dtype=np.float32)
    return Compiled(Graph([x], [y, sum_(y * x, axes=(0,), keepdims=False)]), [values]), values


def test_code_is_put_in_its_place() -> None:
    compiled, values = program(50)
    first = [np.asarray(v).copy() for v in compiled([values])]
    (kernel,) = compiled.kernels
    before = kernel.code
    assert kernel.quick and isinstance(compiled.function, later.Later)
    compiled.function.left = 1
    compiled([values])
    assert isinstance(compiled.function, later.Later) and kernel.code == before
    second = compiled([values])
    assert not kernel.quick and kernel.code != before and before in compiled.code
    assert not isinstance(compiled.function, later.Later)
    assert [later.addresses(table).tolist() for table in compiled.tables] == [[kernel.code]]
    for a, b, c in zip(first, second, compiled([values]), strict=True):
        assert np.allclose(a, b, rtol=1e-5) and np.array_equal(b, c)


def test_more_elements_are_worth_optimising_at_once() -> None:
    compiled, _ = program(50_000, el.sin)
    assert not compiled.kernels[0].quick and not isinstance(compiled.function, later.Later)
    few, many = program(50, el.cos)[0].function, program(2000, el.cos)[0].function
    assert isinstance(few, later.Later) and isinstance(many, later.Later)
    assert few.left > 2 * many.left > 1000


def test_another_size_runs_the_code_that_is_there() -> None:
    for first, second in ((50, 20_000), (20_000, 50)):
        function = el.sinh if first == 50 else el.cosh
        one, _ = program(first, function)
        other, _ = program(second, function)
        assert one.kernels[0].code == other.kernels[0].code
        assert one.kernels[0].quick is other.kernels[0].quick is (first == 50)


def test_a_program_that_is_gone_is_not_kept() -> None:
    compiled, values = program(40)
    compiled([values])
    gone = ref(compiled)
    del compiled
    assert gone() is None


def loop(turns: int) -> Callable[[], Any]:
    w = torch.linspace(0, 1, 8, requires_grad=True)

    def step() -> Any:
        w.grad = None
        y = torch.ones(8)
        for _ in range(turns):
            y = torch.tanh(y * w) + 0.1
        y.sum().backward()
        return w.grad

    return step


def test_turns_of_loops_get_other_code_too() -> None:
    found = []
    step = loop(64)
    optimise = later.optimise
    for k in range(8):
        found.append(step().tolist())
        if k == 5:
            for each in all_compiled():
                if isinstance(each.function, later.Later):
                    each.function = each.function.function
                    optimise(each)
    assert np.allclose(found[0], found[5], rtol=1e-5) and np.allclose(found[5], found[7], rtol=1e-5)
    assert all(not kernel.quick for each in all_compiled() for kernel in each.kernels)


def all_compiled() -> list[Compiled]:
    """The programs that there are."""
    return [each for each in gc.get_objects() if isinstance(each, Compiled)]
