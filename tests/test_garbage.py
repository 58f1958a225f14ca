"""Python looks for garbage less often while paths are new, or long, and again as often as before.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator

import numpy as np
import pytest

import wengert as torch
from wengert.engine import garbage
from wengert.engine.garbage import DEFAULTS, EACH, LONG, PATIENCE, SELDOM, seldom


@pytest.fixture(autouse=True)
def thresholds() -> Iterator[None]:
    before, state = gc.get_threshold(), garbage._State.before
    garbage._State.before = garbage._State.far = 0
    gc.set_threshold(DEFAULTS[0], 10, 10)
    yield
    gc.set_threshold(*before)
    garbage._State.before = state


def search(times: int) -> None:
    for _ in range(times):
        gc.collect(0)


def test_it_looks_less_often_until_nothing_is_new() -> None:
    seldom()
    assert gc.get_threshold() == (SELDOM, 10, 10)
    search(PATIENCE)
    seldom()
    search(PATIENCE)
    assert gc.get_threshold() == (SELDOM, 10, 10)
    search(1)
    assert gc.get_threshold() == (DEFAULTS[0], 10, 10)
    seldom()
    assert gc.get_threshold() == (SELDOM, 10, 10)
    assert gc.callbacks.count(garbage._searched) == 1


def test_what_the_user_has_said_stays() -> None:
    for said in (0, 300, 50_000):
        gc.set_threshold(said, 10, 10)
        seldom()
        assert gc.get_threshold() == (said, 10, 10)
    gc.set_threshold(DEFAULTS[0], 10, 10)
    seldom()
    gc.set_threshold(300, 5, 5)
    search(PATIENCE + 1)
    assert gc.get_threshold() == (300, 5, 5)


@pytest.mark.skipif(torch.config.tier == "eager", reason="keeps no path")
def test_new_paths_have_it_look_less_often() -> None:
    x = torch.ones(3)
    for k in np.random.default_rng(0).integers(0, 3, 600).tolist():
        x = (x.sin(), x + 1, x * 0.5)[k]
    assert gc.get_threshold()[0] == SELDOM
    x.tolist()


@pytest.mark.skipif(torch.config.tier == "eager", reason="records nothing")
def test_it_looks_ever_less_often_inside_a_long_recording_and_as_before_after_it() -> None:
    seldom()
    search(PATIENCE + 1)
    for said in (DEFAULTS[0], SELDOM):
        gc.set_threshold(said, 10, 10)
        x = torch.ones(3)
        for _ in range(LONG + 10):
            x = x + 1
        search(1)
        assert gc.get_threshold()[0] > EACH * LONG
        for _ in range(LONG):
            x = x + 1
        search(1)
        assert gc.get_threshold()[0] > EACH * 2 * LONG
        assert x.tolist() == [2 * LONG + 11.0] * 3
        assert gc.get_threshold()[0] in (said, SELDOM)   # the path was new
        search(PATIENCE + 1)
        assert gc.get_threshold() == (said, 10, 10)


@pytest.mark.skipif(torch.config.tier == "eager", reason="records nothing")
def test_in_a_long_recording_what_the_user_says_stays() -> None:
    seldom()
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
