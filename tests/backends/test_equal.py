"""Paths that come to the same graph have one program; what is compiled leaves the paths as they
were."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import wengert as torch
from wengert.config import config
from wengert.engine.backends import choice
from wengert.engine.backends.closure import closure
from wengert.engine.backends.equal import key_of
from wengert.engine.dtypes import float32
from wengert.engine.graph import Graph, lift
from wengert.engine.ops import elementwise as el
from wengert.engine.ops.contract import matmul
from wengert.engine.ops.structural import free, transpose

compiled_only = pytest.mark.skipif(torch.config.tier not in ("auto", "llvm"),
                                   reason="nothing is compiled")


@pytest.fixture(autouse=True)
def compiled_at_the_second_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(config, "compile_after", 2)


def programs() -> int:
    return int(choice.counters["programs"])


def score(x: Any, first: bool, number: float = 0.5) -> Any:
    if first:
        x.sin()   # nobody waits for it, but the path is another
    return ((x * number).exp() - x.tanh()).sum()


@compiled_only
def test_paths_that_come_to_the_same_graph_are_compiled_once():
    x = torch.linspace(-1, 1, 23)
    wanted = [score(x, first=False).item() for _ in range(4)]
    before = programs()
    found = [score(x, first=True).item() for _ in range(4)]
    assert programs() == before
    assert found == pytest.approx(wanted)


@compiled_only
@pytest.mark.parametrize("change", [lambda x: x.double(), lambda x: x[:22],
                                    lambda x: torch.linspace(0, 1, 46)[::2]])
def test_what_differs_in_kind_or_memory_is_compiled_by_itself(change):
    x = torch.linspace(-1, 1, 23)
    score(x, first=False).item(), score(x, first=False).item()
    y = change(x)
    y.tolist()
    before = programs()
    found = [score(y, first=True).item() for _ in range(3)]
    assert programs() == before + 1
    assert found == pytest.approx([float((y * 0.5).exp().sum() - y.tanh().sum())] * 3, rel=1e-5)


def test_zeros_of_other_signs_are_other_programs():
    x = free((3,), float32)
    keys = {key_of(Graph([x], [el.mul(x, lift(zero))]), [np.zeros(3, np.float32)])
            for zero in (0.0, -0.0, 0, False)}
    assert len(keys) == 4


def inverse(m: Any, first: bool) -> Any:
    if first:
        m.cos()
        return torch.linalg.inv(m * 2).sum()   # its line
    return torch.linalg.inv(m * 2).sum()


@compiled_only
def test_an_error_names_the_lines_of_its_own_path():
    good, bad = torch.eye(3) + 1, torch.zeros(3, 3)
    for first in (False, True):
        for _ in range(3):
            inverse(good, first).item()
    begin = inverse.__code__.co_firstlineno
    with pytest.raises(RuntimeError, match=f"test_equal.py:{begin + 3}"):
        inverse(bad, True).item()
    with pytest.raises(RuntimeError, match=f"test_equal.py:{begin + 4}"):
        inverse(bad, False).item()


def test_the_transpose_of_a_product_with_a_transpose_that_is_given():
    # Of what it is a transpose, nothing is known where it is given.
    x, ct = free((20, 12), float32), free((20, 32), float32)
    given = transpose(x, perm=(1, 0))
    product = matmul(given, ct)
    found = closure([given, ct], [transpose(product, perm=(1, 0))])
    a, b = np.ones((12, 20), np.float32), np.ones((20, 32), np.float32)
    for _ in range(60):   # node by node, then as a text
        assert np.array_equal(found(a, b), np.full((32, 12), 20.0))
