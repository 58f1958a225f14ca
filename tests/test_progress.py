"""Bars: on a terminal, once a second has gone by, with tqdm; nothing elsewhere."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pytest

import wengert as torch
from wengert.engine import progress
from wengert.engine.progress import counted

pytestmark = pytest.mark.once


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@contextmanager
def terminal(after: float = 0.0) -> Iterator[Terminal]:
    """A terminal, where so much time needs to go by. (pytest sets stderr before each test.)"""
    with pytest.MonkeyPatch.context() as patch:
        found = Terminal()
        patch.setattr(progress, "AFTER", after)
        patch.setattr(sys, "stderr", found)
        yield found


def check(forward: bool = False) -> None:
    x = torch.linspace(0, 1, 5, dtype=torch.float64).requires_grad_()
    assert torch.autograd.gradcheck(torch.sin, (x,), check_forward_ad=forward)


def sparse() -> None:
    x = torch.arange(4.0)
    plan = torch.sparse.jacobian(lambda x: x[1:] * x[:-1]).plan(x)
    assert plan.pattern.nnz == 6


def compiled() -> None:
    before, torch.config.compile_after = torch.config.compile_after, 0
    x = torch.linspace(0, 1, 1000, requires_grad=True)
    (torch.sin(x * 3.125) * x).sum().backward()
    torch.config.compile_after = before
    assert np.isfinite(x.grad.numpy()).all()


WORK = {"gradcheck: differences": check, "gradcheck: backward": check,
        "gradcheck: forward mode": lambda: check(forward=True),
        "finding what depends on what": sparse, "compiling": compiled}


@pytest.mark.parametrize("what", WORK)
def test_a_bar_on_a_terminal(what: str) -> None:
    pytest.importorskip("tqdm", reason="needs the package tqdm")
    if what == "compiling" and torch.config.tier not in ("auto", "llvm"):
        pytest.skip("nothing is compiled")
    with terminal() as screen:
        WORK[what]()
    shown = screen.getvalue()
    assert what in shown and "%|" in shown
    assert shown.endswith("\r")   # it goes away


def test_nothing_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "AFTER", 0.0)
    for stream in (io.StringIO(), None):
        monkeypatch.setattr(sys, "stderr", stream)
        things = [1, 2, 3]
        assert counted(things, "counting") is things
        check()
        assert stream is None or stream.getvalue() == ""


def test_nothing_within_a_second() -> None:
    with terminal(after=1.0) as screen:
        assert [*counted([1, 2, 3], "counting")] == [1, 2, 3]
    assert screen.getvalue() == ""


def test_without_tqdm(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tqdm", None)
    with terminal() as screen:
        assert [*counted([1, 2, 3], "counting")] == [1, 2, 3]
    assert screen.getvalue() == ""


def test_one_that_ends_early() -> None:
    pytest.importorskip("tqdm", reason="needs the package tqdm")
    with terminal() as screen, pytest.raises(ZeroDivisionError):
        for each in counted([1, 2, 0], "dividing"):
            1 / each
    assert "dividing" in screen.getvalue()
