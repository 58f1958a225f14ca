"""Each benchmark runs and prints its rows; how fast anything is, is not tested here."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.long

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
    "planning": ["planning: LSTM, with its gradient", "bound: walk", "bound: fusion",
                 "bound: compiled", "bound: LLVM"],
    "programs": ["perceptron: wengert", "perceptron: torch", "lenet: wengert", "lstm: wengert",
                 "transformer: wengert", "vae: wengert", "maml: wengert", "maml: torch",
                 "bound: the slowest to torch's", "bound: geometric mean to torch's"],
    "speed": ["polynomial, training step", "tanh·exp+sin, 10^3", "tanh·exp+sin, 10^7",
              "784-128-10", "chain", "cross entropy", "layer norm", "copy bandwidth", "limits of",
              "wengert, cold cache", "wengert, disk cache", "jax.jit, cold cache",
              "wengert, tier auto", "bound: one thread: polynomial: wengert, to torch",
              "bound: one thread: chain: wengert", "bound: one thread: smooth7: wengert, to the",
              "bound: a longer loop at every step"],
}
PEERS = {"torch": "torch", "HIPS": "autograd", "jax": "jax"}


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
    assert " computes " not in result.stdout, "the peers' numbers differ"
    for row in filter(is_expected, ROWS[question]):
        assert any(line.startswith(row) for line in lines), f"{row!r} in\n{result.stdout}"
    for package in {"torch", "autograd"}:
        if importlib.util.find_spec(package) is None and question != "memory":
            assert package in result.stdout


def test_one_task_without_a_peer() -> None:
    result = benchmarks("--quick", "speed", "--only", "polynomial", "--without", "jax.jit")
    assert result.returncode == 0, result.stderr
    assert "polynomial, training step" in result.stdout
    assert "layer norm" not in result.stdout
    assert "jax.jit" not in result.stdout.partition("bound:")[0]


def test_an_unknown_question() -> None:
    result = benchmarks("haste")
    assert result.returncode == 2
    assert "no such question: haste" in result.stderr


def test_a_page_has_what_was_printed(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    result = benchmarks("--quick", "imports", "--page", str(page))
    assert result.returncode == 0, result.stderr
    text = page.read_text(encoding="utf-8")
    assert "## imports\n\n`python -m benchmarks --quick imports`\n\n```text\n" in text
    assert all(line in text for line in result.stdout.splitlines())
