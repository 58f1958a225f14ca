"""Random programs with loops give in every tier what they give in eager, at each run, with other
values and lengths."""

from __future__ import annotations

import os
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

import wengert
from wengert.config import config
from wengert.engine.recording import cutting

from .loops import LoopPart, lengths, loops, run_loops

pytestmark = pytest.mark.once

EXAMPLES = int(os.environ.get("WENGERT_PROGRAMS", "40"))


@pytest.fixture(autouse=True)
def quickly(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    before = config.tier
    monkeypatch.setattr(config, "compile_after", 2)
    yield
    config.tier = before


@pytest.mark.long
@pytest.mark.parametrize("tier", ["auto", "numpy"])
@settings(max_examples=max(EXAMPLES // 10, 1), deadline=None, print_blob=True,
          suppress_health_check=list(HealthCheck))
@given(loops, lengths)
def test_loops_give_what_eager_gives(tier: str, program: list[LoopPart],
                                     lengths: list[int]) -> None:
    turns = [lengths[0]] * 3 + [lengths[-1]] * 3 + [lengths[0]]
    config.tier = "eager"
    expected = [run_loops(wengert, program, length, k) for k, length in enumerate(turns)]
    config.tier = tier
    for k, length in enumerate(turns):
        for x, y in zip(expected[k], run_loops(wengert, program, length, k), strict=True):
            assert x.shape == y.shape
            scale = float(np.abs(x).max(initial=1.0))
            np.testing.assert_allclose(y / scale, x / scale, rtol=1e-7, atol=1e-8)


@pytest.mark.long
@pytest.mark.parametrize("tier", ["auto", "llvm"])
@settings(max_examples=max(EXAMPLES // 20, 1), deadline=None, print_blob=True,
          suppress_health_check=list(HealthCheck))
@given(loops)
def test_loops_of_many_lengths_give_what_eager_gives(tier: str, program: list[LoopPart]) -> None:
    turns = [61, 73, 66, 90, 84, 70, 101, 64, 78, 95, 87, 62, 110, 99]
    program = [part._replace(over=0, stops=0, trains=0) for part in program]   # else it is not long
    cutting.forget()
    found = {}
    for each in ("eager", tier):
        config.tier = each
        found[each] = [run_loops(wengert, program, length, k) for k, length in enumerate(turns)]
    assert cutting.heads or cutting._never
    for before, after in zip(found["eager"], found[tier], strict=True):
        for x, y in zip(before, after, strict=True):
            scale = float(np.abs(x).max(initial=1.0))
            np.testing.assert_allclose(y / scale, x / scale, rtol=1e-7, atol=1e-8)
