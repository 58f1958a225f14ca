"""Programs in which the user's Python takes part in a backward, four times along the same path."""

from __future__ import annotations

import warnings

import pytest

import wengert as torch
from interplay_programs import HERE_ALONE, PROGRAMS


@pytest.mark.parametrize("name", [*PROGRAMS, *HERE_ALONE])
def test_program(name: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for _ in range(4):
            {**PROGRAMS, **HERE_ALONE}[name](torch)
