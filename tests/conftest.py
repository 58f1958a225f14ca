"""The modules beside this file (``nodes``) can be imported from every folder of tests."""

import gc
from collections.abc import Iterator

import pytest

from wengert.engine.backends import faults


@pytest.fixture(autouse=True)
def nothing_is_left_to_a_slower_backend() -> Iterator[None]:
    """A program goes on where a kernel cannot be made, or compiled code fails; a test does not."""
    faults.found.clear()
    yield
    assert not faults.found, "\n".join(faults.found)


def pytest_collection_finish() -> None:
    """A search for garbage goes through what a test has made, and not through all tests."""
    gc.freeze()
