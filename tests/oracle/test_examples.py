"""The examples print the same numbers under PyTorch and under `wengert run`."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest
from printed import differences, pair

if importlib.util.find_spec("torch") is None:
    pytest.skip("PyTorch is not installed: make oracle", allow_module_level=True)

EXAMPLES = sorted((Path(__file__).parents[2] / "examples").glob("*.py"))
DIGITS = 5


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_same_numbers(example: Path) -> None:
    found = differences(*pair(example), DIGITS)
    if found:
        pytest.fail("\n".join(found), pytrace=False)
