"""Programs about gradients, in each tier, three times over (the slow path, the known path, the
optimised program)."""

from __future__ import annotations

import warnings
from collections.abc import Iterator

import pytest

import wengert as torch
from autograd_expected import EXPECTED
from autograd_programs import PROGRAMS, agree, plain
from wengert.config import config
from wengert.engine.recording.flushing import flush
from wengert.engine.recording.recording import here


@pytest.fixture(params=["eager", "numpy"])
def tier(request: pytest.FixtureRequest) -> Iterator[str]:
    flush()
    before, config.tier = config.tier, request.param
    here.recording.set_grad(True)
    yield request.param
    flush()
    config.tier = before
    here.recording.set_grad(True)


@pytest.mark.parametrize("name", PROGRAMS)
def test_program(name: str, tier: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for _ in range(3):
            found = plain(PROGRAMS[name](torch))
            assert agree(found, EXPECTED[name]), f"{found}\nis not\n{EXPECTED[name]}"
