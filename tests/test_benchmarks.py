"""Each benchmark runs and prints its rows; how fast anything is, is not tested here."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

ROWS = {
    "imports": ["python alone", "import numpy", "import wengert", "import torch",
                "bound: import wengert, more than import numpy"],
    "recording": ["wengert", "torch, eager", "HIPS autograd", "numpy, gradient by hand",
                  "forward: wengert", "forward: torch, eager", "forward and backward: wengert",
                  "forward and backward: HIPS autograd", "wengert's trace tree",
                  "bound: a step, to PyTorch's", "bound: a known recorded step"],
    "memory": ["peak, MiB: wengert", "peak, MiB: torch", "peak above import, MiB: wengert",
               "time, s: wengert", "bound: peak"],
    "steady": ["wengert, after 20 steps", "wengert, after 60 steps", "torch, after 60 steps",
               "bound: growth of the resident size", "bound: growth of the trace tree"],
    "programs": ["perceptron: wengert", "perceptron: torch", "lenet: wengert", "lstm: wengert",
                 "transformer: wengert", "vae: wengert", "maml: wengert", "maml: torch",
                 "bound: the slowest to torch's", "bound: geometric mean to torch's"],
}
PEERS = {"torch": "torch", "HIPS": "autograd"}


def benchmarks(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "benchmarks", *arguments], cwd=ROOT, timeout=300,
                          stdin=subprocess.DEVNULL, capture_output=True, text=True)


def is_expected(row: str) -> bool:
    """Whether what the row is about is installed here."""
    return all(importlib.util.find_spec(package) is not None
               for word, package in PEERS.items() if re.search(rf"\b{word}\b", row))


@pytest.mark.parametrize("question", ROWS)
def test_a_question_is_answered(question: str) -> None:
    result = benchmarks("--quick", question)
    assert result.returncode == 0, result.stderr
    lines = result.stdout.splitlines()
    assert "Python" in lines[0]
    for row in filter(is_expected, ROWS[question]):
        assert any(line.startswith(row) for line in lines), f"{row!r} in\n{result.stdout}"
    for package in set(PEERS.values()):
        if importlib.util.find_spec(package) is None and question != "memory":
            assert package in result.stdout


def test_an_unknown_question() -> None:
    result = benchmarks("speed")
    assert result.returncode == 2
    assert "no such question: speed" in result.stderr
