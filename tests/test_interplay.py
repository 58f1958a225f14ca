"""Programs in which the user's Python takes part in a backward, four times along the same path."""

from __future__ import annotations

import threading
import warnings

import pytest

import wengert as torch
from interplay_programs import HERE_ALONE, ORDERED, PROGRAMS
from wengert.config import config
from wengert.engine.recording.modes import Modes
from wengert.engine.recording.recording import here
from wengert.engine.recording.scopes import Attentive, AttentiveModes
from wengert.engine.recording.tree import tree


@pytest.mark.parametrize("name", [*PROGRAMS, *HERE_ALONE])
def test_program(name: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for _ in range(4):
            {**PROGRAMS, **HERE_ALONE}[name](torch)


@pytest.mark.skipif(config.tier == "eager", reason="records nothing together")
@pytest.mark.parametrize("name", ORDERED)
def test_order(name: str) -> None:
    for _ in range(4):
        ORDERED[name](torch)


def test_a_thread_without_scopes_pays_for_none() -> None:
    def gen():
        with torch.no_grad():
            yield 1
    g = gen()
    next(g)
    assert type(here.modes) is AttentiveModes
    (torch.ones(2) * 2).tolist()
    g.close()
    assert type(here.modes) is Modes and here.modes.scopes is None
    (torch.ones(2) * 2).tolist()
    assert type(here.recording.at.next) is not Attentive


def test_known_paths_in_a_scope() -> None:
    def gen():
        x = torch.ones(3, requires_grad=True)
        with torch.no_grad():
            for _ in range(6):
                yield (x * 2 + 1).sum().item()
    counts = []
    for _ in gen():
        counts.append(tree.made)
        (torch.ones(3) * 3).tolist()
    assert counts[-1] == counts[-2] or config.tier == "eager"


@pytest.fixture
def without_grad():
    with torch.no_grad():
        yield


def test_a_mode_in_a_fixture_holds_in_the_test(without_grad: None) -> None:
    assert not torch.is_grad_enabled()
    assert not (torch.ones(2, requires_grad=True) * 2).requires_grad


def test_a_generator_that_another_thread_runs() -> None:
    def gen():
        with torch.no_grad():
            yield torch.is_grad_enabled()
            inside.set()
            assert seen.wait(10)
            yield 2
    inside, seen = threading.Event(), threading.Event()
    g = gen()
    assert next(g) is False
    thread = threading.Thread(target=next, args=(g,))
    thread.start()
    assert inside.wait(10)
    flows = torch.is_grad_enabled() and (torch.ones(2, requires_grad=True) * 2).requires_grad
    seen.set()
    thread.join()
    assert flows
    g.close()
    assert torch.is_grad_enabled()
