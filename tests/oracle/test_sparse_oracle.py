"""Programs with sparse tensors print the same under PyTorch and under Wengert, and are refused by
both."""

from __future__ import annotations

import sys
import warnings
from pathlib import Path

import pytest

import wengert

torch = pytest.importorskip("torch", reason="PyTorch is not installed: make oracle")
sys.path.insert(0, str(Path(__file__).parents[1]))
from sparse_programs import PROGRAMS, REFUSED  # noqa: E402


@pytest.mark.parametrize("name", PROGRAMS)
def test_same_text(name: str) -> None:
    program = PROGRAMS[name]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        wanted = str(program(torch))
    for _ in range(3):
        assert str(program(wengert)) == wanted


@pytest.mark.parametrize("name", REFUSED)
def test_same_errors(name: str) -> None:
    program = REFUSED[name]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with pytest.raises(Exception) as wanted:
            program(torch)
    with pytest.raises(type(wanted.value)):
        program(wengert)
