"""The examples print the same numbers under PyTorch and under `wengert run`."""

from __future__ import annotations

import importlib.util
import math
import re
import subprocess
import sys
from itertools import zip_longest
from pathlib import Path

import pytest

if importlib.util.find_spec("torch") is None:
    pytest.skip("PyTorch is not installed: make oracle", allow_module_level=True)

EXAMPLES = sorted((Path(__file__).parents[2] / "examples").glob("*.py"))
DIGITS = 5
NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?|[-+]?\b(?:inf|nan)\b")


def output(*arguments: object) -> str:
    result = subprocess.run(
        [sys.executable, *map(str, arguments)],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300)
    assert result.returncode == 0, result.stderr
    return result.stdout


def agree(line: str, expected: str) -> bool:
    """Whether the words are equal and the numbers are, to five significant digits."""
    numbers, wanted = NUMBER.findall(line), NUMBER.findall(expected)
    return words(line) == words(expected) and all(
        math.isclose(float(a), float(b), rel_tol=10.0 ** -DIGITS)
        or (math.isnan(float(a)) and math.isnan(float(b)))
        for a, b in zip(numbers, wanted, strict=True))


def words(line: str) -> str:
    """The line with its numbers and its columns taken out."""
    return " ".join(NUMBER.sub(" # ", line).split())


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_same_numbers(example: Path) -> None:
    expected = output(example).splitlines()
    actual = output("-m", "wengert", "run", example).splitlines()
    differences = [
        f"line {number}\n  PyTorch: {wanted}\n  Wengert: {line}"
        for number, (line, wanted) in enumerate(zip_longest(actual, expected, fillvalue=""), 1)
        if not agree(line, wanted)
    ]
    if differences:
        pytest.fail("\n".join(differences), pytrace=False)
