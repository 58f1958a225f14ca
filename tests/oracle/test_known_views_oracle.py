"""Views and writes along known paths, beside PyTorch."""

from __future__ import annotations

import pytest

import wengert
from known_views import PROGRAMS, alike, plain

torch = pytest.importorskip("torch")


@pytest.mark.parametrize("name", PROGRAMS)
def test_program(name: str) -> None:
    for _ in range(4):
        for k in (1, 0, 3, 2):
            ours, theirs = plain(PROGRAMS[name](wengert, k)), plain(PROGRAMS[name](torch, k))
            assert alike(ours, theirs), (k, ours, theirs)
