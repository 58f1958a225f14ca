"""Random programs give in every tier what they give in eager, and with torch what PyTorch gives."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings

import wengert
from wengert.config import config
from wengert.recording.flushing import flush

from .programs import Instruction, programs, run, same

try:
    import torch
except ImportError:
    torch = None

EXAMPLES = int(os.environ.get("WENGERT_PROGRAMS", "150"))
thorough = settings(max_examples=EXAMPLES, deadline=None, print_blob=True,
                    suppress_health_check=list(HealthCheck))


@contextmanager
def tier(name: str) -> Iterator[None]:
    old = config.tier
    flush()
    config.tier = name
    try:
        yield
    finally:
        flush()
        config.tier = old


def observed(name: str, program: list[Instruction]) -> list[Any]:
    with tier(name):
        return run(wengert, program)


@thorough
@given(programs)
def test_numpy_gives_what_eager_gives(program: list[Instruction]) -> None:
    expected = observed("eager", program)
    for _ in range(3):  # explored, interpreted again on the known path, compiled
        same(observed("numpy", program), expected)


@thorough
@given(programs)
def test_auto_gives_what_eager_gives(program: list[Instruction]) -> None:
    expected = observed("eager", program)
    for _ in range(3):
        same(observed("auto", program), expected)


@pytest.mark.skipif(torch is None, reason="torch is not installed")
@thorough
@given(programs)
def test_wengert_gives_what_pytorch_gives(program: list[Instruction]) -> None:
    try:
        expected = run(torch, program)
    except RuntimeError as error:
        # PyTorch refuses where a saved value was overwritten; here the gradient is right.
        assume("inplace" not in str(error) and "single memory location" not in str(error))
        raise
    same(run(wengert, program), expected)
