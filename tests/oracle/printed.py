"""Compares what a script prints under PyTorch with what it prints under ``wengert run``.

`pair` runs both at once, `differences` says on which lines they disagree. Words have to be equal,
and so do whole numbers; others have to agree to a number of significant digits, or to a unit of
the last place where fewer are printed.
"""

from __future__ import annotations

import math
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from itertools import zip_longest
from pathlib import Path

import pytest

NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?|[-+]?\b(?:inf|nan)\b")
THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")


def pair(script: Path, tier: str | None = None, timeout: float = 300
         ) -> tuple[list[str], list[str]]:
    """The lines that the script prints under PyTorch, and those under ``wengert run``."""
    started = [start(script), start("-m", "wengert", "run", script, tier=tier)]
    theirs, ours = (output(process, timeout) for process in started)
    return theirs, ours


def under_pytorch(script: Path, threads: int, timeout: float = 300) -> list[str]:
    """The lines that the script prints under PyTorch with so many threads."""
    return output(start(script, threads=threads), timeout)


def start(*arguments: object, tier: str | None = None, threads: int = 1) -> subprocess.Popen[str]:
    settings = {**os.environ, **dict.fromkeys(THREADS, str(threads)),
                **({} if tier is None else {"WENGERT_TIER": tier})}
    return subprocess.Popen(
        [sys.executable, *map(str, arguments)], env=settings,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def output(process: subprocess.Popen[str], timeout: float) -> list[str]:
    try:
        out, err = process.communicate(timeout=timeout)
    except subprocess.TimeoutExpired:
        process.kill()
        out, err = process.communicate()
        err += f"\nit did not end within {timeout} s"
    if process.returncode:
        pytest.fail(f"{process.args}\n{out}{err}", pytrace=False)
    return out.splitlines()


def differences(theirs: Sequence[str], ours: Sequence[str], digits: int) -> list[str]:
    """The lines that disagree, with their numbers."""
    return [f"line {number}\n  PyTorch: {wanted}\n  Wengert: {line}"
            for number, (line, wanted) in enumerate(zip_longest(ours, theirs, fillvalue=""), 1)
            if not agree(line, wanted, digits)]


def agree(line: str, expected: str, digits: int) -> bool:
    """Whether the words are equal, and the numbers are to ``digits`` significant digits."""
    numbers, wanted = NUMBER.findall(line), NUMBER.findall(expected)
    return words(line) == words(expected) and all(
        close(a, b, digits) for a, b in zip(numbers, wanted, strict=True))


def close(number: str, wanted: str, digits: int) -> bool:
    a, b = float(number), float(wanted)
    if math.isnan(a) or math.isnan(b):
        return math.isnan(a) and math.isnan(b)
    return math.isclose(a, b, rel_tol=10.0 ** -digits, abs_tol=1.01 * last_place(wanted))


def last_place(number: str) -> float:
    """The unit of the last printed digit; 0 for a whole number."""
    mantissa, _, exponent = number.lower().partition("e")
    decimals = len(mantissa.partition(".")[2])
    return 10.0 ** (int(exponent or 0) - decimals) if decimals else 0.0


def words(line: str) -> str:
    """The line with its numbers and its columns taken out."""
    return " ".join(NUMBER.sub(" # ", line).split())
