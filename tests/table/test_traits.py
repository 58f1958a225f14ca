"""What the rows say to passes and backends, on the samples: traits are promises about values."""

from __future__ import annotations

import functools
import importlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from samples import Sample

from nodes import Traced
from wengert.engine.dtypes import float32, float64
from wengert.engine.graph import TABLE, Expansion, Graph, Node, Partial, Primitive, Unknown
from wengert.engine.ops import elementwise as el
from wengert.engine.ops import reduce as red
from wengert.engine.ops.structural import free
from wengert.engine.passes.expand import expanded

SAMPLES: dict[str, list[Sample]] = {}
for _path in sorted(Path(__file__).parent.glob("samples*.py")):
    SAMPLES |= importlib.import_module(_path.stem).SAMPLES

REDUCTIONS = sorted(prim.name for prim in TABLE.values() if prim.reduction)
EXPANSIONS = sorted(prim.name for prim in TABLE.values() if prim.expansion)


def traced(name: str, sample: Sample) -> Traced:
    return Traced(lambda *nodes: TABLE[name](*nodes, **sample.params), sample.args, {})


@pytest.mark.parametrize("name", REDUCTIONS)
def test_a_reduction_is_its_combine_from_its_identity(name: str) -> None:
    reduction = TABLE[name].reduction
    assert reduction is not None and reduction.combine.elementwise
    tested = 0
    for sample in SAMPLES[name]:
        run = traced(name, sample)
        x, out = np.asarray(sample.args[0]), run.outputs[0]
        axes = reduction.over(out)
        kept = [n for i, n in enumerate(x.shape) if i not in axes]
        parts = np.moveaxis(x, axes, range(len(axes))).reshape(-1, *kept)
        if x.dtype.kind == "c" or not x.size or (
                x.dtype.kind != "f" and abs(reduction.identity) == np.inf):
            continue
        found: Any = np.full(kept, reduction.identity).astype(out.dtype.numpy)
        found = functools.reduce(reduction.combine.impl, parts, found)
        np.testing.assert_allclose(np.reshape(found, out.shape), run.run(run.outputs)[0],
                                   rtol=1e-12)
        tested += 1
    assert tested


@pytest.mark.parametrize("name", REDUCTIONS)
def test_the_identity_changes_nothing(name: str) -> None:
    reduction = TABLE[name].reduction
    assert reduction is not None
    run = traced(name, SAMPLES[name][0])
    x = np.asarray(SAMPLES[name][0].args[0]).astype(run.outputs[0].dtype.numpy)
    neutral = np.asarray(reduction.identity, x.dtype)
    for both in ((x, neutral), (neutral, x)):
        np.testing.assert_array_equal(reduction.combine.impl(*both), x)


@pytest.mark.parametrize("name", EXPANSIONS)
def test_an_expansion_is_what_it_stands_for(name: str) -> None:
    prim = TABLE[name]
    written = 0
    for sample in SAMPLES[name]:
        run = traced(name, sample)
        out = run.outputs[0]
        graph = expanded(Graph(run.inputs, [out]))
        new = graph.outputs[0]
        assert new.shape == out.shape and new.dtype is out.dtype
        if any(node.prim is prim for node in graph.nodes()):
            continue
        written += 1
        np.testing.assert_allclose(*[run.run([y])[0] for y in (new, out)], rtol=1e-12, atol=1e-14)
    assert written or name == "pow"   # whose exponent has to be 0.5


def test_the_power_one_half_is_a_root() -> None:
    x = free((3,), float32)
    y, = expanded(Graph([x], [el.pow_(x, el.lift(0.5))])).outputs
    assert y.prim is el.sqrt


def test_an_expansion_of_an_expansion_is_written_out_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(el.exp, "expansion", Expansion(lambda x: el.tanh(x)))
    monkeypatch.setattr(el.tanh, "expansion", Expansion(lambda x: el.sin(x)))
    x = free((2, 3), float64)
    out = red.softmax(x, axes=(1,))
    names = {node.prim for node in expanded(Graph([x], [out])).nodes()}
    assert el.sin in names and not {el.tanh, el.exp, red.softmax} & names


@pytest.mark.parametrize("prim", [prim for prim in TABLE.values() if prim.same_as is not None],
                         ids=lambda prim: prim.name)
def test_what_is_the_same_as_an_argument(prim: Primitive) -> None:
    arrays = np.ones(3), np.zeros(3)
    assert prim.same_as is not None
    assert prim.impl(*arrays) is arrays[prim.same_as] and prim.aliases


def test_what_is_expensive_is_elementwise() -> None:
    assert [prim.name for prim in TABLE.values() if prim.expensive and not prim.elementwise] == []


def test_a_partial_is_of_an_elementwise_primitive() -> None:
    odd = [prim.name for prim in TABLE.values()
           if not callable(prim.derivatives) and not prim.elementwise
           and any(isinstance(kind, Partial) and not isinstance(kind, Unknown)
                   for kind in prim.derivatives)]
    assert odd == []


def test_one_that_gives_bools_takes_no_gradient() -> None:
    x: Node = free((3,), float64, requires_grad=True)
    assert not el.eq(x, x).requires_grad and el.eq.compares
