"""The modules beside this file (``nodes``) can be imported from every folder of tests."""

import gc
import os
from collections.abc import Iterator

import pytest
from hypothesis import settings

from wengert.config import config
from wengert.engine.backends import early, faults
from wengert.engine.recording import cutting
from wengert.engine.recording.recording import here
from wengert.explain.derivations import everything

# The same examples each time, so that what fails is what was changed; others are drawn where more
# are asked for (WENGERT_PROGRAMS, WENGERT_EXAMPLES), and by `python -m tests.property`.
settings.register_profile("same", derandomize=True)
if not {"WENGERT_PROGRAMS", "WENGERT_EXAMPLES"} & os.environ.keys():
    settings.load_profile("same")

everything()   # tests go through the table of primitives
early.FEW = 2   # few calls of a closure reach both its first ones and those of its text


@pytest.fixture(autouse=True)
def nothing_is_left_to_a_slower_backend() -> Iterator[None]:
    """A program goes on where a kernel cannot be made, or compiled code fails; a test does not."""
    faults.found.clear()
    yield
    assert not faults.found, "\n".join(faults.found)


def pytest_collection_finish() -> None:
    """A search for garbage goes through what a test has made, and not through all tests."""
    gc.freeze()


@pytest.fixture(autouse=True)
def programs_are_compiled_when_they_come_again() -> Iterator[None]:
    """Each program is walked once and compiled at its second run, so that few runs reach both."""
    before, config.compile_after = config.compile_after, 2
    yield
    config.compile_after = before


@pytest.fixture(autouse=True)
def no_loops_are_known() -> None:
    """What was learned of the lengths of loops in one test is nothing to the next."""
    cutting.forget()


@pytest.fixture(autouse=True)
def all_is_recorded_at_first() -> None:
    """What one test has done in vain is nothing to the next."""
    modes = here.modes
    modes.at_once = modes.light = modes.novel = 0
