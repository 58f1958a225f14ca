"""Nested transforms of functions with captured tensors give what PyTorch gives, each time."""

from __future__ import annotations

import os

import pytest

import wengert
from transform_errors import OTHER_WORDS, VALUES, WRONG
from transform_programs import TRANSFORMS, Program, same

torch = pytest.importorskip("torch")
pytest.importorskip("torch.func")
pytest.importorskip("torch.utils.checkpoint")

PROGRAMS = int(os.environ.get("WENGERT_PROGRAMS", "40"))


def check(program: Program) -> None:
    """The program four times along the same path, with other values each time."""
    for k in range(4):
        # PyTorch checkpoints in forward mode only; it computes the same without.
        checkpointed, program.checkpointed = program.checkpointed, False
        expected = program.run(torch, k)
        program.checkpointed = checkpointed
        same(program.run(wengert, k), expected)


@pytest.mark.parametrize("outer", TRANSFORMS)
@pytest.mark.parametrize("inner", TRANSFORMS)
def test_pair(outer: str, inner: str) -> None:
    program = Program(len(outer) * 10 + len(inner), outer, inner)
    program.around = None
    check(program)


@pytest.mark.parametrize("seed", range(PROGRAMS))
def test_program(seed: int) -> None:
    check(Program(seed))


@pytest.mark.parametrize("name", [*WRONG, *VALUES])
def test_wrong_uses_are_errors_of_the_same_type(name: str) -> None:
    call, error, text = WRONG.get(name) or (VALUES[name], RuntimeError, "")
    with pytest.raises(error) as raised:
        call(torch)
    assert raised.type is error and (name in OTHER_WORDS or text in str(raised.value))
