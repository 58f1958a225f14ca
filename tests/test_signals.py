"""An error that a signal's handler raises in the middle of a computation reaches the user."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from types import FrameType
from typing import Any

import pytest

import wengert as torch
from wengert.config import config
from wengert.engine.backends import early
from wengert.engine.errors import is_ours
from wengert.engine.recording import tape

pytestmark = pytest.mark.skipif(not hasattr(signal, "SIGALRM"), reason="no such signal")


class Late(Exception):
    """What the handler raises."""


@pytest.fixture(autouse=True)
def _handler() -> Iterator[None]:
    def late(number: int, frame: FrameType | None) -> None:
        raise Late

    before = signal.signal(signal.SIGALRM, late)
    yield
    signal.signal(signal.SIGALRM, before)


def interrupted(step: Callable[[], Any], calls: int) -> Any:
    """What ``step`` gives where a signal comes after so many calls inside of it."""
    left = [calls]

    def look(frame: FrameType, event: str, arg: Any) -> None:
        code = frame.f_code   # Python itself ignores what is raised where a generator is closed
        if event == "call" and is_ours(code.co_filename) and code.co_name != "<genexpr>":
            left[0] -= 1
            if not left[0]:
                sys.setprofile(None)
                signal.raise_signal(signal.SIGALRM)

    sys.setprofile(look)
    try:
        found = step()
    finally:
        sys.setprofile(None)
    return found if left[0] > 0 else "nothing"


def training() -> Callable[[], Any]:
    w = torch.tensor([0.5, -0.3, 0.8], requires_grad=True)

    def step() -> Any:
        w.grad = None
        y = (w * 2).softmax(0)
        found = [y.sum().item()]
        (y * y.tanh()).sum().backward()
        return found + w.grad.tolist()

    return step


def searching() -> Callable[[], Any]:
    q = torch.tensor([0.5, -0.3, 0.8])
    return lambda: [(q.var(0) * 2).item(), q.softmax(0).max().item(), q.std().item()]


@pytest.mark.parametrize("program", [training, searching])
@pytest.mark.parametrize("after", [None, 2])
def test_a_timeout_is_never_lost(program: Callable[[], Any], after: int | None,
                                 monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(config, "compile_after", after)
    monkeypatch.setattr(tape, "MANY", 5)
    monkeypatch.setattr(early, "FEW", 5)
    step = program()
    right = step()
    for _ in range(40):
        step()
    for calls in range(1, 120):
        with suppress(Late):
            assert interrupted(step, calls) != "nothing", f"lost after {calls} calls"
        assert step() == pytest.approx(right, rel=1e-5)
