"""Sparsity on the samples of the table: the pattern has every nonzero of the dense Jacobian,
whether it is that for every input, or that at the sample's values."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from samples import Sample
from test_batching import entered
from test_table import CASES

import wengert.engine.ops  # noqa: F401  it fills the table
from wengert.engine.backends.interpreter import interpret
from wengert.engine.backends.known import Known, with_values
from wengert.engine.graph import TABLE, Graph, Node, Primitive, Unknown, reachable
from wengert.engine.ops.patterns import identity
from wengert.engine.ops.structural import free
from wengert.engine.transforms.jvp import jvp
from wengert.engine.transforms.sparsity import pattern

TRIED = 5
"""Of how many columns of a Jacobian the nonzeros are looked up."""
TABLED = [case if str(case.id).endswith("-0") else
          pytest.param(*case.values, id=case.id, marks=pytest.mark.long) for case in CASES]


def differentiable(prim: Primitive, node: Node, i: int) -> bool:
    kind = prim.derivative(i)
    return (kind is not None and not isinstance(kind, Unknown) and node.dtype.is_differentiable
            and not node.weak)


def rows_of(out: Node, x: Node, values: dict[Node, Any]) -> Any:
    """The pattern of ``out`` in ``x``, as an array of bools, where some ``values`` are known."""
    found = pattern(reachable([out]), {x: identity(x.size)}, Known(values), with_values).get(out)
    return np.zeros((out.size, x.size), bool) if found is None else found.toarray()


def columns(out: Node, x: Node, places: Any, values: dict[Node, Any]) -> Any:
    """The derivatives of ``out`` in some elements of ``x``, one after the other; None where there
    is no formula for them."""
    t = free(x.shape, x.dtype)
    try:
        pushed = jvp(reachable([out]), {x: t}).get(out)
    except (NotImplementedError, RuntimeError):
        return None
    if pushed is None:
        return np.zeros((len(places), out.size))
    run = interpret(Graph([*values, t], [pushed]))
    units = np.eye(x.size, dtype=x.dtype.numpy)[places].reshape(-1, *x.shape)
    return np.stack([np.ravel(run([*values.values(), unit])[0]) for unit in units])


@pytest.mark.parametrize("name, sample", TABLED)
def test_a_pattern_has_every_nonzero(name: str, sample: Sample) -> None:
    prim = TABLE[name]
    nodes = [entered(a) for a in sample.args]
    out = prim(*nodes, **sample.params)
    if not out.dtype.is_differentiable:
        return
    values = dict(zip(nodes, sample.args, strict=True))
    rng = np.random.default_rng(0)
    for i, x in enumerate(nodes):
        tried = rng.permutation(x.size)[:TRIED]
        if not differentiable(prim, x, i) or not tried.size:
            continue
        found = columns(out, x, tried, values)
        if found is None:
            continue
        nonzero = (found != 0) & ~np.isnan(found)
        places = {y: v for y, v in values.items() if not y.dtype.is_differentiable}
        for known in ({}, values, *([places] if places else [])):
            missed = nonzero & ~rows_of(out, x, known).T[tried]
            assert not missed.any(), f"{name} argument {i}, given {len(known)} values"
