"""Random programs of nested transforms: in every tier, and each time, what eager gives; and the
gradients of what was captured are the derivatives of the loss."""

from __future__ import annotations

import os

import numpy as np
import pytest

import wengert
from transform_programs import TRANSFORMS, Program, same

from .test_programs import tier

PROGRAMS = int(os.environ.get("WENGERT_PROGRAMS", "12"))
PAIRS = [(outer, inner) for outer in TRANSFORMS[:5] for inner in TRANSFORMS[:5]]


@pytest.mark.parametrize("seed", range(PROGRAMS))
def test_every_run_gives_what_eager_gives(seed: int) -> None:
    program = Program(seed)
    for k in range(4):  # explored, known, compiled
        with tier("eager"):
            expected = program.run(wengert, k)
        for name in ("numpy", "auto"):
            with tier(name):
                same(program.run(wengert, k), expected)


@pytest.mark.parametrize(("outer", "inner"), PAIRS)
def test_what_is_captured_gets_the_derivative_of_the_loss(outer: str, inner: str) -> None:
    program = Program(len(outer) * 100 + len(inner), outer, inner)
    program.cut = program.around = None
    program.kinked = False
    for k in range(2):
        found = program.run(wengert, k)
        for i in range(3):
            h = np.eye(3)[i] * 1e-5
            up, down = (program.run(wengert, k, by)[2] for by in (h, -h))
            assert (up - down) / 2e-5 == pytest.approx(found[3][i], rel=1e-5, abs=1e-5)
