"""Every primitive on a device beside the CPU, pretended (``strict.py``): on it, or by way of the
CPU where the library does not compute it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from samples import Sample
from test_table import CASES

import strict
from strict import DEVICE, LACKING, StrictArray, counts, pretended
from wengert.engine.backends.interpreter import interpret
from wengert.engine.devices import CPU, check_device
from wengert.engine.dtypes import category_of, from_numpy, of_category
from wengert.engine.graph import TABLE, Graph, Node
from wengert.engine.ops import structural


def on(where: Any, name: str, sample: Sample) -> tuple[Node, Any]:
    """The node of a call whose arrays lie on ``where``, and its value."""
    nodes, values = [], []
    for arg in sample.args:
        if isinstance(arg, (np.ndarray, np.generic)):
            array = np.asarray(arg)
            nodes.append(Node(structural.input_, (), {}, array.shape, from_numpy(array.dtype),
                              device=where))
            values.append(array if where is CPU else StrictArray(array.copy()))
        else:
            nodes.append(Node(structural.number, (), {}, (), of_category(category_of(arg)),
                              weak=True))
            values.append(arg)
    out = TABLE[name](*nodes, **sample.params)
    return out, interpret(Graph(nodes, [out]))(values)[0]


def same_there(name: str, sample: Sample) -> bool:
    """Whether a call on the device gives what it gives on the CPU, there; True for what has no
    array on the device."""
    where = check_device(DEVICE)
    _, right = on(CPU, name, sample)
    node, found = on(where, name, sample)
    if node.device is not where:
        return True
    assert isinstance(found, StrictArray)
    assert found.dtype == node.dtype.numpy and found.shape == node.shape
    np.testing.assert_allclose(found._memory, np.asarray(right, found.dtype), rtol=1e-6, atol=1e-7)
    return True


@pytest.mark.parametrize("name, sample", CASES)
def test_what_a_primitive_gives(name: str, sample: Sample) -> None:
    with pretended():
        assert same_there(name, sample)
        native = name not in LACKING and name not in strict.FLOATS_ONLY
        # some look at where they start, or at what they check
        copies = name in ("slice", "place", "update", "to_device", "covered")
        assert not native or copies or counts == {"to host": 0, "to device": 0}


def test_what_is_said_to_be_lacking_is(monkeypatch: pytest.MonkeyPatch) -> None:
    cases: dict[str, list[Sample]] = {}
    for case in CASES:
        cases.setdefault(case.values[0], []).append(case.values[1])
    monkeypatch.setattr(strict, "LACKING", frozenset())
    monkeypatch.setattr(strict, "FLOATS_ONLY", frozenset())
    with pretended():
        for name in sorted(LACKING & set(cases)):   # some values are drawn
            with pytest.raises((RuntimeError, ValueError, IndexError, AssertionError)):
                for sample in cases[name]:
                    same_there(name, sample)
                print(f"the library computes {name}")
    assert len(LACKING) <= 107
