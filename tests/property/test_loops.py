"""Random programs with loops give in every tier what they give in eager, at each run, with other
values and lengths."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings

import wengert
from wengert.config import config
from wengert.engine.recording import cutting

from .loops import LoopPart, lengths, loops, run_loops
from .many_loops import ROUNDING, Seen, compared

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
    found = {each: outcomes(each, program, turns) for each in ("eager", tier)}
    assert compared(found["eager"], found[tier], program, turns, False) in (None, ROUNDING)


@pytest.mark.long
@pytest.mark.parametrize("tier", ["auto", "llvm"])
@settings(max_examples=max(EXAMPLES // 20, 1), deadline=None, print_blob=True,
          suppress_health_check=list(HealthCheck))
@given(loops)
def test_loops_of_many_lengths_give_what_eager_gives(tier: str, program: list[LoopPart]) -> None:
    turns = [61, 73, 66, 90, 84, 70, 101, 64, 78, 95, 87, 62, 110, 99]
    program = [part._replace(over=0, stops=0, trains=0) for part in program]   # else it is not long
    cutting.forget()
    found = {each: outcomes(each, program, turns) for each in ("eager", tier)}
    assert cutting.heads or cutting._never
    assert compared(found["eager"], found[tier], program, turns, False) in (None, ROUNDING)


def outcomes(tier: str, program: list[LoopPart], turns: list[int]) -> list[Seen | Exception]:
    """What the runs of a program give, one after the other."""
    config.tier = tier
    return [run_loops(wengert, program, length, k) for k, length in enumerate(turns)]
