"""Walks that come again, as flat lists of calls, and as text once that has come often."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import wengert as torch
from wengert.config import config
from wengert.engine.backends import closure
from wengert.engine.recording import novelty, tape
from wengert.engine.recording.recording import here

pytestmark = pytest.mark.skipif(torch.config.tier not in ("auto", "numpy"),
                                reason="the tier walks no path twice")


@pytest.fixture(autouse=True)
def walked(monkeypatch: pytest.MonkeyPatch) -> list[tape.Tape]:
    """All is walked, however often it comes; the tapes that are given their text."""
    found: list[tape.Tape] = []
    before = tape.Tape.in_text
    monkeypatch.setattr(config, "compile_after", None)
    monkeypatch.setattr(novelty, "allow", lambda modes, count: None)
    monkeypatch.setattr("wengert.engine.recording.worth.Estimate.pays", lambda *args: False)
    monkeypatch.setattr(tape, "MANY", 4)
    monkeypatch.setattr(tape.Tape, "in_text", lambda self, count: found.append(self) or before(
        self, count))
    here.modes.light = here.modes.novel = here.modes.at_once = 0
    return found


def pieces(x: Any, w: Any, k: float) -> Any:
    """Calls of one operand, of two, with a number, that give several, and that keep."""
    first, second = (x * w).tanh().split(len(x) // 2)
    top = torch.cat([first * k, second - k]).topk(2)
    return torch.stack([top[0].sum() * first, second.softmax(0)]), top[1]


def one_number(x: Any, w: Any, k: float) -> Any:
    return x[0] * k, x[1].exp() + w[0]


@pytest.mark.parametrize("flows", [False, True])
@pytest.mark.parametrize("function", [pieces, one_number])
def test_a_text_gives_what_the_list_of_calls_does(
        walked: list[tape.Tape], function: Callable[..., Any], flows: bool) -> None:
    def run(turn: int) -> list[Any]:
        random = np.random.RandomState(turn % 3)
        x, w = torch.tensor(random.rand(6)), torch.tensor(random.rand(6), requires_grad=flows)
        a, b = function(x, w, 0.5 + turn % 3)
        found = [a.tolist(), b.tolist()]
        if flows:
            (a.sum() + b.sum()).backward()
            found.append(w.grad.tolist())
        return found

    first = [run(turn) for turn in range(3)]
    for turn in range(3, 30):
        assert run(turn) == first[turn % 3]
    assert walked and all(each.written is not None for each in walked)
    assert len(walked) == len({*map(id, walked)})   # each once


def test_tapes_of_other_lengths_have_one_text(walked: list[tape.Tape]) -> None:
    def run(n: int) -> None:
        for _ in range(8):
            x = torch.arange(1.0, n + 1)
            (x / x.sum()).cumsum(0).flip(0).tolist()

    run(31)
    known, count = closure.code_of.cache_info().misses, len(walked)
    for n in range(32, 40):
        run(n)
    assert closure.code_of.cache_info().misses == known and len(walked) == count + 8


def test_what_fails_in_a_text_says_where(walked: list[tape.Tape]) -> None:
    def run(matrix: Any) -> Any:
        return torch.linalg.inv(torch.tensor(matrix) * 1.0).sum().item()

    for _ in range(10):
        assert run([[2.0, 0.0], [0.0, 4.0]]) == 0.75
    assert walked
    with pytest.raises(RuntimeError, match=r"(?s)singular.*test_tapes\.py"):
        run([[1.0, 1.0], [1.0, 1.0]])
