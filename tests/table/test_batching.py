"""The batching transform on every sample of the table: each argument mapped or not, and twice
nested, equal to a loop."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest
from samples import Sample
from test_table import CASES

import wengert.engine.ops  # noqa: F401  it fills the table
from wengert.engine.backends.interpreter import interpret
from wengert.engine.dtypes import category_of, from_numpy, of_category
from wengert.engine.graph import TABLE, Graph, Node, reachable
from wengert.engine.ops import structural
from wengert.engine.transforms.batch import batch

N = 3
RANDOMLY = {"float64", "complex128"}


def entered(value: Any) -> Node:
    if isinstance(value, np.ndarray):
        return structural.free(value.shape, from_numpy(value.dtype), True)
    return Node(structural.number, (), {}, (), of_category(category_of(value)), weak=True)


def varied(name: str, position: int, value: Any, n: int) -> Any:
    """``n`` values that an argument may have: its own, turned and moved a little."""
    rows = [value]
    rng = np.random.default_rng(position)
    for k in range(1, n):
        if value.dtype.name in RANDOMLY and name not in KEPT:
            rows.append(value * (1 + 0.01 * k) + 0 * rng.normal())
        elif value.ndim and value.dtype.kind in "biu" and name not in KEPT:
            rows.append(np.roll(value, k))
        else:
            rows.append(value)
    return np.stack(rows)


KEPT = {"permutation"}
"""Whose arguments cannot be others: pivots."""


def run(inputs: list[Node], outputs: list[Node], values: list[Any]) -> list[Any]:
    return [np.asarray(v) for v in interpret(Graph(inputs, outputs))(values)]


@pytest.mark.parametrize("name, sample", CASES)
def test_a_mapped_primitive_is_a_loop(name: str, sample: Sample) -> None:
    prim = TABLE[name]
    for which in product([False, True], repeat=len(sample.args)):
        arrays = [isinstance(a, np.ndarray) for a in sample.args]
        if not any(which) or any(m and not a for m, a in zip(which, arrays, strict=True)):
            continue
        nodes = [entered(a) for a in sample.args]
        out = prim(*nodes, **sample.params)
        values = [varied(name, k, a, N) if m else a
                  for k, (a, m) in enumerate(zip(sample.args, which, strict=True))]
        loop = np.stack([run(nodes, [out], [v[i] if m else v for v, m in
                                            zip(values, which, strict=True)])[0]
                         for i in range(N)])
        inputs = [entered(v) for v in values]
        many, _ = batch(reachable([out]),
                        {x: y for x, y, m in zip(nodes, inputs, which, strict=True) if m},
                        {x: y for x, y, m in zip(nodes, inputs, which, strict=True) if not m}, N)
        found = run(inputs, [many[out]], values)[0]
        assert many[out].shape == found.shape == loop.shape
        assert many[out].requires_grad == out.requires_grad or not out.requires_grad
        np.testing.assert_allclose(found, loop, 1e-9, 1e-9, err_msg=f"{name} {which}")


@pytest.mark.long
@pytest.mark.parametrize("name, sample", CASES)
def test_nested(name: str, sample: Sample) -> None:
    prim = TABLE[name]
    arrays = [k for k, a in enumerate(sample.args) if isinstance(a, np.ndarray)]
    if not arrays:
        return   # of numbers alone
    first, last = arrays[0], arrays[-1]
    nodes = [entered(a) for a in sample.args]
    out = prim(*nodes, **sample.params)
    inner = {first: N}
    outer = {first: 2, last: 2}
    values = [varied(name, k, a, N) if k in inner else a for k, a in enumerate(sample.args)]
    values = [np.stack([v, v[::-1] if v.ndim and k in inner else v]) if k in outer else v
              for k, v in enumerate(values)]
    middle = [entered(np.asarray(v[0]) if k in outer else v) for k, v in enumerate(values)]
    many, _ = batch(reachable([out]), {nodes[first]: middle[first]},
                    {x: y for k, (x, y) in enumerate(zip(nodes, middle, strict=True))
                     if k != first}, N)
    inputs = [entered(v) for v in values]
    twice, _ = batch(reachable([many[out]]), {middle[k]: inputs[k] for k in outer},
                     {middle[k]: inputs[k] for k in range(len(inputs)) if k not in outer}, 2)
    found = run(inputs, [twice[many[out]]], values)[0]
    loop = np.stack([np.stack([
        run(nodes, [out], [v[i][j] if k in inner else v[i] if k in outer else v
                           for k, v in enumerate(values)])[0] for j in range(N)])
        for i in range(2)])
    np.testing.assert_allclose(found, loop, 1e-9, 1e-9, err_msg=name)
