"""Python looks for garbage less often while paths are new, or long, or none is found, and again as
often as before.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator

import numpy as np
import pytest

import wengert as torch
from wengert.config import config
from wengert.engine import garbage
from wengert.engine.garbage import (
    DEFAULTS,
    EACH,
    GROWTH,
    IN_VAIN,
    LONG,
    PATIENCE,
    SELDOM,
    STEP,
    seldom,
)
from wengert.engine.recording.flushing import flush
from wengert.engine.recording.recording import here


@pytest.fixture(autouse=True)
def thresholds() -> Iterator[None]:
    flush()   # whatever ran before
    here.modes.at_once = here.modes.novel = 0
    before, state = gc.get_threshold(), garbage._State.before
    garbage._State.before = garbage._State.far = 0
    garbage._State.steps = None
    garbage._State.in_vain = garbage._State.beside = 0
    gc.set_threshold(DEFAULTS[0], 10, 10)
    yield
    gc.set_threshold(*before)
    garbage._State.before = state


def search(times: int, found: bool = True) -> None:
    """Look so often, each time with garbage to be ``found``, or none."""
    if not found:
        gc.collect()   # what was there before
    for _ in range(times):
        if found:
            ring: list[object] = []
            ring.append(ring)
            del ring
        gc.collect(0)


def test_it_looks_less_often_until_nothing_is_new_and_there_is_garbage() -> None:
    seldom(0)
    assert gc.get_threshold() == (SELDOM, 10, 10)
    search(PATIENCE)
    seldom(0)
    search(PATIENCE)
    assert gc.get_threshold() == (SELDOM, 10, 10)
    search(1)
    assert gc.get_threshold() == (DEFAULTS[0], 10, 10)
    seldom(0)
    search(2 * PATIENCE, found=False)
    assert gc.get_threshold() == (SELDOM, 10, 10)
    search(1)
    assert gc.get_threshold() == (DEFAULTS[0], 10, 10)
    seldom(0)
    assert gc.get_threshold() == (SELDOM, 10, 10)
    assert gc.callbacks.count(garbage._searched) == 1


def test_it_looks_less_often_where_it_has_found_nothing() -> None:
    seldom(0)
    search(PATIENCE + 1)
    assert gc.get_threshold() == (DEFAULTS[0], 10, 10)
    search(IN_VAIN // 2, found=False)
    search(1)
    search(IN_VAIN // 2, found=False)
    assert gc.get_threshold() == (DEFAULTS[0], 10, 10)
    search(IN_VAIN, found=False)
    assert gc.get_threshold() == (SELDOM, 10, 10)
    search(PATIENCE + 1)
    assert gc.get_threshold() == (DEFAULTS[0], 10, 10)
    gc.set_threshold(300, 10, 10)
    search(IN_VAIN, found=False)
    assert gc.get_threshold() == (300, 10, 10)


@pytest.mark.skipif(torch.config.tier == "eager", reason="records nothing")
def test_it_seldom_looks_in_recordings_that_come_again() -> None:
    def step() -> torch.Tensor:
        x = torch.ones(3)
        for _ in range(600):
            x = x + 1
        return x
    seldom(0)
    step().tolist()
    search(PATIENCE + 1)
    for _ in range(IN_VAIN):
        step().tolist()
    with Searches() as searches:
        for _ in range(20):
            step().tolist()
    assert searches.count <= 1


def test_what_the_user_has_said_stays() -> None:
    for said in (0, 300, 50_000):
        gc.set_threshold(said, 10, 10)
        seldom(0)
        assert gc.get_threshold() == (said, 10, 10)
    gc.set_threshold(DEFAULTS[0], 10, 10)
    seldom(0)
    gc.set_threshold(300, 5, 5)
    search(PATIENCE + 1)
    assert gc.get_threshold() == (300, 5, 5)


@pytest.mark.skipif(torch.config.tier == "eager", reason="keeps no path")
def test_new_paths_have_it_look_less_often() -> None:
    # Of a length of no other test, and what the templates of its few operations are made of.
    end = chain(0, 600, 47)
    assert SELDOM < gc.get_threshold()[0] <= SELDOM + STEP * 2 * 600
    end.tolist()


def chain(seed: int, length: int, size: int = 3) -> torch.Tensor:
    x = torch.ones(size)
    for k in np.random.default_rng(seed).integers(0, 3, length).tolist():
        x = x.sin() if k == 0 else x + 1 if k == 1 else x * 0.5
    return x


class Searches:
    """How often Python has looked since."""

    def __enter__(self) -> Searches:
        self.count = 0
        gc.callbacks.append(self.note)
        return self

    def note(self, phase: str, info: dict[str, int]) -> None:
        self.count += phase == "stop"

    def __exit__(self, *error: object) -> None:
        gc.callbacks.remove(self.note)


@pytest.mark.skipif(torch.config.tier not in ("auto", "numpy"), reason="plans each new path")
def test_what_new_paths_leave_is_not_looked_at_and_what_else_is_new_is(
        monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(config, "compile_after", 1000)   # all is recorded
    chain(1, 600).tolist()
    gc.collect()
    with Searches() as searches:
        for seed in range(2, 2 + 4 * SELDOM // (STEP * 500)):
            chain(seed, 500).tolist()
    assert searches.count <= 1
    others: list[list[object]] = []
    with Searches() as searches:
        for _ in range(gc.get_threshold()[0] + 1):
            others.append([])
    assert searches.count >= 1


def test_the_growth_of_the_tree_is_counted_out_and_no_more() -> None:
    seldom(1000)
    seldom(1500)
    assert gc.get_threshold()[0] == SELDOM + 500 * STEP
    seldom(200)   # paths were forgotten
    assert gc.get_threshold()[0] == SELDOM
    seldom(300)
    assert gc.get_threshold()[0] == SELDOM + 100 * STEP
    seldom(10 * GROWTH)
    assert gc.get_threshold()[0] == SELDOM + GROWTH * STEP
    search(1)
    assert gc.get_threshold()[0] == SELDOM
    seldom(10 * GROWTH)
    assert gc.get_threshold()[0] == SELDOM
    seldom(10 * GROWTH, 50)   # and what has come beside it
    seldom(10 * GROWTH + 10, 20)
    assert gc.get_threshold()[0] == SELDOM + 80 * STEP
    search(1)
    seldom(10 * GROWTH)
    assert gc.get_threshold()[0] == SELDOM


@pytest.mark.skipif(torch.config.tier == "eager", reason="records nothing")
def test_it_looks_ever_less_often_inside_a_long_recording_and_as_before_after_it() -> None:
    seldom(0)
    search(PATIENCE + 1)
    for said in (DEFAULTS[0], SELDOM):
        gc.set_threshold(said, 10, 10)
        x = torch.ones(43)   # of a length of no other test
        for _ in range(LONG + 10):
            x = x + 1
        search(1)
        assert gc.get_threshold()[0] > EACH * LONG
        for _ in range(LONG):
            x = x + 1
        search(1)
        assert gc.get_threshold()[0] > EACH * 2 * LONG
        assert x.tolist() == [2 * LONG + 11.0] * 43
        assert gc.get_threshold()[0] in (said, SELDOM), "the path was new"
        search(PATIENCE + 1)
        assert gc.get_threshold() == (said, 10, 10)


@pytest.mark.skipif(torch.config.tier == "eager", reason="records nothing")
def test_in_a_long_recording_what_the_user_says_stays() -> None:
    seldom(0)
    x = torch.ones(3)
    for said in (300, 77_777):
        gc.set_threshold(said, 10, 10)
        for _ in range(LONG + 10):
            x = x + 1
        search(1)
        assert gc.get_threshold()[0] == said
        x.tolist()
    gc.set_threshold(DEFAULTS[0], 10, 10)
    for _ in range(LONG + 10):
        x = x + 1
    search(1)
    gc.set_threshold(300, 5, 5)
    x.tolist()
    assert gc.get_threshold() == (300, 5, 5)


def test_calls_that_are_new_have_it_look_less_often() -> None:
    """What is made of a call's first run stays, long before many steps are new."""
    for n in range(8):
        torch.ones(n + 211).cos()
    assert gc.get_threshold()[0] >= SELDOM
