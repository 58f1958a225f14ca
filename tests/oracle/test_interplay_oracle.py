"""The programs in which the user's Python takes part in a backward hold in PyTorch."""

from __future__ import annotations

import warnings

import pytest

from interplay_programs import ORDERED, PROGRAMS

torch = pytest.importorskip("torch")
pytest.importorskip("torch.utils.checkpoint")


@pytest.mark.parametrize("name", [*PROGRAMS, *ORDERED])
def test_program(name: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        {**PROGRAMS, **ORDERED}[name](torch)
