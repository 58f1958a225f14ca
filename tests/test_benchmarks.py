"""Each benchmark runs and prints its rows; how fast anything is, is not tested here."""

from __future__ import annotations

import importlib.util
import math
import re
import subprocess
import sys
from pathlib import Path

import pytest
from benchmarks import first_steps
from benchmarks.first_steps.measuring import Steps
from benchmarks.first_steps.others import OTHERS, Peer
from benchmarks.first_steps.rows import Found, differing

import wengert

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
    "new_paths": ["100 operations, without gradient: wengert",
                  "1,000 operations, with gradient: torch", "tier eager, with gradient",
                  "tier auto, without gradient", "wengert, after 30", "torch, after 90",
                  "bound: a new path of 100 operations, with gradient",
                  "bound: 1,000 operations, tier llvm, with gradient",
                  "bound: an operation that has not run", "bound: growth of the resident size",
                  "bound: a step at the end"],
    "loops": ["20 steps: wengert", "20 steps: wengert.compile", "20 steps: torch",
              "20 steps: jax.jit", "15 steps after 12: wengert", "bound: 20 steps, to torch's",
              "bound: 20 steps, wengert.compile to jax", "bound: kernels compiled"],
    "convolutions": ["64 x 1 x 28², 5x5 to 6", "64 x 6 x 14²", "bound: geometric mean"],
    "transforms": ["jacobian: wengert", "jacobian: torch", "forward jacobian: wengert",
                   "hessian: torch", "per-sample gradients: wengert", "ensemble: torch",
                   "laplacian: wengert", "bound: jacobian", "bound: per-sample gradients",
                   "hvp of a perceptron", "bound: jvp of Rosenbrock's function", "divergence",
                   "bound: laplacian, to its base"],
    "speed": ["polynomial, training step", "tanh·exp+sin, 10^3", "tanh·exp+sin, 10^7",
              "784-128-10", "chain", "cross entropy", "layer norm", "copy bandwidth", "limits of",
              "wengert, cold cache", "wengert, disk cache", "jax.jit, cold cache",
              "wengert, tier auto", "bound: one thread: polynomial: wengert, to torch",
              "bound: one thread: chain: wengert", "bound: one thread: smooth7: wengert, to the",
              "bound: a longer loop at every step"],
    "distributed": ["distributed: a training step in two processes"],
}
PEERS = {"torch": "torch", "HIPS": "autograd", "jax": "jax"}


def benchmarks(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "benchmarks", *arguments], cwd=ROOT, timeout=300,
                          stdin=subprocess.DEVNULL, capture_output=True, text=True)


def is_expected(row: str) -> bool:
    """Whether what the row is about is installed here."""
    return all(importlib.util.find_spec(package) is not None
               for word, package in PEERS.items() if re.search(rf"\b{word}\b", row))


FIRST_STEPS = ["beam search", "hooks in a chain of 100", "a network over random trees"]


def test_first_steps_beside_torch() -> None:
    result = benchmarks("--quick", "first_steps", "--only", "beams", "--only", "hooks", "--only",
                        "trees")
    assert result.returncode == 0, result.stderr
    assert "error" not in result.stdout.lower()
    bounds = re.findall(r"^bound: ([^:]*)", result.stdout, re.MULTILINE)
    if importlib.util.find_spec("torch") is not None:
        assert bounds == ["first steps", "first steps, geometric mean", "a step after them",
                          "compiling, part of the time"]
        assert result.stdout.count(f"of {len(FIRST_STEPS)} rows keep it)") == 3
    for title in FIRST_STEPS:
        (row,) = re.findall(rf"^{title}  .*", result.stdout, re.MULTILINE)
        assert len(re.split("  +", row)) == 14, row


def programs_of_first_steps() -> list[str]:
    """All but those that only repeat another with larger numbers."""
    return [name for name in first_steps.PROGRAMS
            if name not in ("chain-10000", "minors-7", "lstm-512", "lstm-1024")]


@pytest.mark.parametrize("name", programs_of_first_steps())
def test_a_program_of_first_steps_computes_what_torch_does(name: str) -> None:
    oracle = pytest.importorskip("torch")
    numbers = []
    for torch in (wengert, oracle):
        torch.manual_seed(0)
        program = first_steps.PROGRAMS[name]
        steps = Steps(program, program.make(torch), torch.cpu.synchronize, seconds=60)
        answer = steps.until(2)
        assert "error" not in answer, answer["error"]
        assert len(answer["ms"]) == len(answer["numbers"]) == 2
        numbers.append(answer["numbers"])
    for ours, theirs in zip(*numbers, strict=True):
        assert ours == pytest.approx(theirs, rel=1e-4, abs=1e-6)


@pytest.mark.parametrize("peer", ["autograd", "jax"])
@pytest.mark.parametrize("name", ["chain", "minors-6", "lstm-128"])
def test_another_library_computes_what_wengert_does(name: str, peer: str) -> None:
    pytest.importorskip(peer)
    program = first_steps.PROGRAMS[name]
    seconds = 60
    ours = Steps(program, program.make(wengert), wengert.cpu.synchronize, seconds).until(1)
    theirs = Steps(program, OTHERS[name](Peer(peer)), lambda: None, seconds).until(1)
    assert ours["numbers"][0] == pytest.approx(theirs["numbers"][0], rel=1e-4, abs=1e-6)


def test_steps_that_differ_are_an_error() -> None:
    right = Found(numbers=[[1.0], [2.0]])
    assert differing({"wengert": Found(numbers=[[1.0], [2.00001]]), "torch": right}) == ""
    assert "step 1 of wengert computes" in differing({"wengert": Found(numbers=[[1.0], [2.1]]),
                                           "torch": right})
    assert "step 0 of wengert computes nan" in differing({"wengert": Found(numbers=[[math.nan]]),
                                               "torch": right})


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
