"""A profile says what ran, how often and for which lines; the kernels of a computation are shown.

How long it took is never tested.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import wengert as torch
from wengert.config import config
from wengert.engine.backends.choice import machine_code
from wengert.engine.backends.interpreter import Interpreter
from wengert.engine.recording import observers
from wengert.engine.recording.flushing import flush
from wengert.engine.recording.program import Program
from wengert.engine.recording.recording import here
from wengert.engine.text import parse_graph
from wengert.profiling import hooks

compiles = pytest.mark.skipif(machine_code() is None, reason="needs llvmlite")
HERE = __file__


@pytest.fixture(autouse=True)
def nothing_is_left_behind() -> Iterator[None]:
    before = Program.__call__, Interpreter.__call__
    yield
    assert (Program.__call__, Interpreter.__call__) == before and not hooks._twins
    assert not observers.everywhere and not here.modes.at_programs


TIERS = ["eager", "numpy", "auto", "llvm"]


@pytest.fixture(params=TIERS)
def tier(request: Any) -> Iterator[str]:
    if request.param == "llvm" and machine_code() is None:
        pytest.skip("needs llvmlite")
    with in_tier(request.param):
        yield request.param


class in_tier:
    """A block that runs in a tier."""

    def __init__(self, tier: str) -> None:
        self.tier = tier

    def __enter__(self) -> None:
        flush()
        self.before, config.tier = config.tier, self.tier
        flush()

    def __exit__(self, *error: object) -> None:
        config.tier = self.before
        flush()


@pytest.fixture
def llvm() -> Iterator[None]:
    with in_tier("llvm"):
        yield


def line_of(text: str) -> int:
    """The number of the line of this file that ends with the comment ``text``."""
    lines = Path(HERE).read_text(encoding="utf-8").splitlines()
    return next(k for k, line in enumerate(lines, 1) if line.endswith(f"  # {text}"))


def test_calls_tiers_and_lines(tier: str) -> None:
    size = 1003 + TIERS.index(tier)   # a program of another tier would be found again
    x = torch.linspace(0, 1, size)
    with torch.profile() as p:
        for _ in range(5):
            y = (x * x).sin()  # first
            y.sum().item()  # second
    expected = [(HERE, line_of("first")), (HERE, line_of("second"))]
    assert sorted({line for row in p.programs for line in row.lines}) == expected
    if tier == "eager":
        assert [row.calls for row in p.programs] == [5, 5, 5]
        assert [row.operations[0].name for row in p.programs] == ["mul", "sin", "sum"]
        return
    (row,) = p.programs
    assert row.calls == 5 and row.lines == tuple(expected)
    again = "straight line" if tier == "numpy" or machine_code() is None else "compiled"
    first, later = again if tier == "llvm" else "interpreted", again
    assert row.tiers == ({first: 1, later: 4} if first != later else {first: 5})
    for name, count in row.tiers.items():
        assert {part.calls for part in row.parts.values() if part.tier == name} == {count}
    if "compiled" in row.tiers:
        (kernel,) = row.kernels
        assert kernel.lines == row.lines
        assert kernel.bytes_per_call == 8 * size + 4   # y stays alive, so it is written
        assert row.compiled + row.from_disk + row.from_memory >= 1
    if "straight line" in row.tiers:
        names = [part.name for part in row.operations if part.tier == "straight line"]
        assert names == ["square", "sin", "sum"] or names == ["mul", "sin", "sum"]


def test_results_are_the_same(tier: str) -> None:
    def step() -> list[float]:
        x = torch.linspace(-1, 1, 60).reshape(12, 5).requires_grad_()
        y = torch.softmax(x @ x.T, 1).log().sum()
        y.backward()
        assert x.grad is not None
        return [y.item(), *x.grad.flatten().tolist()]

    for _ in range(2):
        plain = step()
    with torch.profile():
        assert step() == plain
    assert step() == plain


@pytest.mark.parametrize("function", [
    lambda x: torch.softmax(x, 1), lambda x: torch.softmax(x, 0), lambda x: x.log_softmax(1),
    lambda x: x[0].logsumexp(0), lambda x: x.sum(), lambda x: x.sum(1), lambda x: x.sum(0),
    lambda x: x.mean(1, keepdim=True), lambda x: x @ x.T, lambda x: x.cumsum(1),
    lambda x: torch.nn.functional.gelu(x), lambda x: torch.logaddexp(x, x.flip(1))])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_values_are_the_same_to_the_last_digit(function: Any, dtype: Any) -> None:
    """What is walked without a profile is interpreted with one. (A sum of products is one step of a
    walk, and two of the interpreter.)"""
    x = torch.tensor(np.random.RandomState(0).randn(7, 9), dtype=dtype)
    with in_tier("eager"):
        plain = function(x).tolist()
        with torch.profile() as p:
            assert function(x).tolist() == plain
        assert p.programs
        assert function(x).tolist() == plain


@compiles
def test_kernels_and_library_calls(llvm: None) -> None:
    x, w = torch.rand(40, 30), torch.rand(30, 20)
    with torch.profile() as p:
        for _ in range(3):
            torch.softmax(x.exp() @ w, 1).tolist()
    (row,) = p.programs
    assert [(part.kind, part.calls) for part in row.parts.values()] == [
        ("kernel", 3), ("library call", 3), ("kernel", 3)]
    (product,) = row.library_calls
    assert product.name == "matmul" and product.bytes_per_call == 4 * (1200 + 600 + 800)
    first, second = row.kernels
    assert first.bytes_per_call == 4 * 2400
    assert second.bytes_per_call == 4 * 3 * 800   # two walks read, one writes


@compiles
def test_kernels_of_one_launch_are_told_apart(llvm: None) -> None:
    x, y = torch.rand(33), torch.rand(7, 5)
    with torch.profile() as p:
        a, b = x.sin(), y.cos()
        flush()
    assert a.shape == (33,) and b.shape == (7, 5)
    assert [(part.name, part.bytes_per_call) for part in p.programs[0].kernels] == [
        ("sin", 8 * 33), ("cos", 8 * 35)]


@compiles
def test_a_copy_of_an_input(llvm: None) -> None:
    x = torch.from_numpy(np.ones((8, 6), np.float32).T)
    with torch.profile() as p:
        assert (x + 1).sum().item() == 96
    kinds = [part.kind for part in p.programs[0].parts.values()]
    assert kinds[-1] == "kernel" and set(kinds) <= {"kernel", "copy of an input", "library call"}


@compiles
def test_the_same_kernel_is_not_compiled_again(llvm: None) -> None:
    with torch.profile() as p:
        for size in (11, 12, 13):
            torch.rand(size).tanh().tolist()
    made = [(row.compiled + row.from_disk, row.from_memory) for row in p.programs]
    assert made[1:] == [(0, 1), (0, 1)]
    assert all(row.compile_seconds > 0 for row in p.programs)


@compiles
def test_a_large_loop(llvm: None) -> None:
    x = torch.ones(1 << 18)
    with torch.profile() as p:
        assert (x * 3).tolist()[-1] == 3
    assert [part.calls for part in p.programs[0].kernels] == [1]


@compiles
def test_a_compiled_step_is_seen(llvm: None) -> None:
    @torch.compile
    def step(x: torch.Tensor) -> torch.Tensor:
        return (x * 2).exp().sum()

    x = torch.zeros(50)
    for _ in range(4):
        step(x)
    with torch.profile() as p:
        for _ in range(7):
            total = step(x)
        assert total.item() == 50
    assert sum(row.calls for row in p.programs) == 7
    assert sum(part.calls for row in p.programs for part in row.kernels) == 7
    step(x)
    assert sum(row.calls for row in p.programs) == 7


def test_two_profiles_at_a_time(tier: str) -> None:
    def run() -> None:
        (torch.ones(3) + 1).tolist()

    with torch.profile() as outer:
        run()
        with torch.profile() as inner:
            run()
        run()
    assert outer.programs[0].calls == 3 and inner.programs[0].calls == 1


def test_what_is_pending_at_the_end_counts_and_what_was_before_does_not() -> None:
    x = torch.ones(3)
    with in_tier("numpy"):
        before = x + 1
        with torch.profile() as p:
            after = x.sin()
    assert [part.name for row in p.programs for part in row.parts.values()] == ["sin"]
    assert before.tolist() == [2, 2, 2] and after.shape == (3,)


def test_errors_pass_through(tier: str) -> None:
    with pytest.raises(RuntimeError, match=r"singular.*recorded at test_profile\.py"), \
            torch.profile() as p:
        for _ in range(3):
            torch.linalg.inv(torch.eye(7)).tolist()   # a path names who was first on it
        torch.linalg.inv(torch.zeros(7, 7)).tolist()
    assert sum(row.calls for row in p.programs) >= 4


def test_an_error_in_the_block() -> None:
    with pytest.raises(ZeroDivisionError), torch.profile() as p:
        1 / 0  # noqa: B018
    assert p.programs == [] and not hooks._listeners
    with pytest.raises(RuntimeError, match="one block"), p:
        pass


def test_trace(tmp_path: Path, tier: str) -> None:
    x = torch.ones(100)
    with torch.profile() as p:
        for _ in range(3):
            (x * 2).exp().tolist()  # traced
    p.save(tmp_path / "trace.json")
    whole = json.loads((tmp_path / "trace.json").read_text(encoding="utf-8"))
    assert whole["otherData"]["events left out"] == 0
    head, *events = whole["traceEvents"]
    assert head["ph"] == "M" and head["args"]["name"] == "wengert"
    assert {event["ph"] for event in events} == {"X"}
    programs = [event for event in events if event["cat"] == "program"]
    parts = [event for event in events if event["cat"] in ("kernel", "operation")]
    assert len(programs) == sum(row.calls for row in p.programs)
    assert len(parts) == sum(part.calls for row in p.programs for part in row.parts.values())
    assert all(event["ts"] >= 0 and event["dur"] >= 0 for event in events)
    for part in parts:
        assert part["args"]["lines"] == [f"{HERE}:{line_of('traced')}"]
        assert part["args"]["bytes"] >= 800
        assert any(whole["ts"] <= part["ts"] and part["ts"] + part["dur"] <= whole["ts"]
                   + whole["dur"] + 1e-3 for whole in programs)


def test_a_trace_is_bounded(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("wengert.profiling.session.MOST_EVENTS", 3)
    with torch.profile() as p:
        for k in range(5):
            (torch.ones(3) * k).tolist()
    p.save(tmp_path / "trace.json")
    whole = json.loads((tmp_path / "trace.json").read_text(encoding="utf-8"))
    assert len(whole["traceEvents"]) == 4 and whole["otherData"]["events left out"] == p.dropped > 0


def test_table(tier: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wengert.profiling.table.MOST_PARTS", 2)
    x = torch.ones(100)
    with torch.profile() as p:
        for _ in range(3):
            (x.sin() @ x.cos()).item()  # in the table
    first, head, *rows = str(p).splitlines()
    assert re.match(r"\d programs?, \d+ runs: .* of .*; compiling .*; a copy moves .* GB/s", first)
    assert head.split()[:5] == ["lines", "tier", "calls", "time", "each"]
    assert any(re.match(r"program 1 .*test_profile\.py:\d+ .* 3 ", row) for row in rows)
    assert any(re.match(r"  (operation|kernel) \w+", row) for row in rows)
    if tier == "numpy":
        assert any(re.match(r"  and \d+ more: ", row) for row in rows)
    assert repr(p).startswith(f"<profile of {len(p.programs)} programs")


# explain_kernel

@compiles
def test_explain_a_function(tier: str) -> None:
    def f(x: torch.Tensor, *, by: float) -> torch.Tensor:
        return torch.softmax(x * by, 1) @ torch.ones(30, 2)

    kernels = torch.explain_kernel(f, torch.rand(40, 30), by=2.0)
    assert len(kernels) == 1 and config.tier == tier
    kernel = kernels[0]
    graph = parse_graph(kernel.graph)
    assert next(node.prim.name for node in graph.nodes() if node not in graph.inputs) == "mul"
    assert [len(graph.inputs), len(graph.outputs)] == [2, 1]
    loops = kernel.loops.splitlines()
    assert loops[0] == "for i in range(40):"
    assert "        read %1    # one value" in loops
    walks = [line.strip() for line in loops if "walk" in line and "range" in line]
    assert [re.sub(r"\d+ at a time", "", walk) for walk in walks] == [
        f"for j in range(30):    # walk {k}, " for k in (1, 2, 3)]
    assert sum("write %" in line for line in loops) == 1
    assert "define i32 @kernel(" in kernel.ir
    assert "kernel" in kernel.assembly and "ret" in kernel.assembly
    assert kernels.outline.splitlines()[-1].strip().startswith("library call: matmul")
    assert kernel.loops in str(kernels) and kernel.assembly in str(kernels)


@compiles
def test_loops_of_reductions() -> None:
    x = torch.rand(6, 5)
    kernel, = torch.explain_kernel(lambda: (x * x.amax(1, keepdim=True)).sum(0))
    text = re.sub(r"\d+ at a time", "", kernel.loops)
    assert text == textwrap.dedent("""\
        %3 = 0    # per column
        for i in range(6):
            %1 = -inf
            for j in range(5):    # walk 1,\x20
                read %0
                %1 = max(%1, %0)
            for j in range(5):    # walk 2,\x20
                read %0
                %2 = mul(%0, %1)
                %3 += %2    # per column
        # %3 is a result, one value per column
        """)


@compiles
def test_explain_a_tensor() -> None:
    x = torch.ones(10)
    with in_tier("auto"):
        y = (x.exp() + 1).sum()
        kernels = torch.explain_kernel(y)
        assert [kernel.name for kernel in kernels] == ["exp, add, sum"]
        with pytest.raises(RuntimeError, match="known already"):
            torch.explain_kernel(y)
    assert y.item() == pytest.approx(10 * (1 + np.e))


@compiles
def test_explain_a_profile(llvm: None) -> None:
    with torch.profile() as p:
        torch.rand(5).sin().tolist()
    kernels = torch.explain_kernel(p)
    assert repr(kernels) == "<1 kernels: sin>" and kernels[:1] == [kernels[0]]
    assert repr(kernels[0]) == "<kernel sin>"


@compiles
def test_nothing_to_explain() -> None:
    with pytest.raises(TypeError, match="not int"):
        torch.explain_kernel(3)
    with pytest.raises(TypeError, match="arguments are for a function"):
        torch.explain_kernel(torch.profile(), 3)
    with pytest.raises(RuntimeError, match="computed nothing"):
        torch.explain_kernel(lambda: None)
    with torch.profile() as p:
        pass
    with pytest.raises(RuntimeError, match="no compiled program"):
        torch.explain_kernel(p)


def test_without_a_compiler(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wengert.profiling.explaining.machine_code", lambda: None)
    with pytest.raises(RuntimeError, match="llvmlite"):
        torch.explain_kernel(torch.sin, torch.ones(2))


# the command line

def test_run_with_profile(tmp_path: Path) -> None:
    path = tmp_path / "script.py"
    path.write_text("import torch\nfor _ in range(3):\n    torch.ones(4).sin().tolist()\n"
                    "print('done')\nraise SystemExit(3)\n", encoding="utf-8")
    done = subprocess.run([sys.executable, "-m", "wengert", "run", "--profile", str(path)],
                          capture_output=True, text=True, check=False)
    assert done.returncode == 3 and done.stderr == ""
    out = done.stdout.splitlines()
    assert out[0] == "done" and "runs: " in out[2]
    assert any(re.match(r"program \d+ +script\.py:3 ", line) for line in out)
