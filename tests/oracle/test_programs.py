"""The users' programs print the same under PyTorch and `wengert run`, to four digits."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest
from printed import agree, differences, pair, under_pytorch

PROGRAMS = sorted((Path(__file__).parents[2] / "examples" / "programs").glob("*.py"))
DIGITS = 4
LEAST_NUMBERS = 15
TIERS = {"checkpoint_resume": "numpy"}   # it asks for equal bits, see docs/differences.md


@pytest.mark.skipif(importlib.util.find_spec("torch") is None,
                    reason="PyTorch is not installed: make oracle")
@pytest.mark.parametrize("program", PROGRAMS, ids=lambda path: path.stem)
def test_prints_the_same(program: Path) -> None:
    theirs, ours = pair(program, TIERS.get(program.stem))
    assert sum(character.isdigit() for line in theirs for character in line) >= 4 * LEAST_NUMBERS
    found = differences(theirs, ours, DIGITS)
    # Where rounding grows over a training, PyTorch's digits depend on its number of threads.
    if found and differences(under_pytorch(program, threads=2), ours, DIGITS):
        pytest.fail("\n".join(found), pytrace=False)


@pytest.mark.parametrize("line, expected", [
    ("loss 1.2346", "loss 1.2345"),         # a unit of the last place
    ("loss 12345.6", "loss 12346.0"),       # four digits
    ("loss  1.5  nan", "loss 1.5 nan"),     # columns are no words
    ("-0.0000", "0.0000"),
])
def test_agreement(line: str, expected: str) -> None:
    assert agree(line, expected, DIGITS)


@pytest.mark.parametrize("line, expected", [
    ("loss 1.2365", "loss 1.2345"),
    ("loss 12345.6", "loss 12356.0"),
    ("token 17", "token 18"),
    ("loss 1.2345", "lost 1.2345"),
    ("loss 1.2345", "loss 1.2345 1"),
    ("nan", "1.0"),
    ("", "1.0"),
])
def test_disagreement(line: str, expected: str) -> None:
    assert not agree(line, expected, DIGITS)
