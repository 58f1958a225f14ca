"""The report on a gradient says what was recorded, and its formulas give the gradient's value."""

from __future__ import annotations

import re
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

import wengert as torch
from wengert import explain
from wengert.config import config

ROOT = Path(__file__).parent.parent
recorded = pytest.mark.skipif(
    config.tier == "eager", reason="what was not recorded with the rest is no formula of the rest")


def squares() -> tuple[torch.Tensor, torch.Tensor, dict[str, object]]:
    x = torch.linspace(-1, 1, 200)
    slope = torch.tensor(0.5, requires_grad=True)
    loss = (slope * x ** 3 - 1.0).pow(2).sum()
    return loss, slope, {"x": x, "slope": slope, "loss": loss}


@recorded
def test_rows_and_formulas() -> None:
    loss, slope, names = squares()
    report = explain.gradient(loss, slope, names)
    assert [(row.operation, row.shape) for row in report.rows] == [
        ("MulBackward0", (200,)), ("SubBackward0", (200,)), ("PowBackward0", (200,)),
        ("SumBackward0", ())]
    assert [row.factors[0].text for row in report.rows] == [
        "x^3, summed from [200] to []", "1", "2 * t2", "g -> broadcast(g, (200,))"]
    assert all(re.fullmatch(r"test_explain\.py:\d+", row.line) for row in report.rows)
    assert report.rows[0].formula == "slope * x^3"
    assert report.rows[-1].name == "loss"
    assert report.total.text == "sum(2 * t2 * x^3)"


def test_the_whole_has_the_gradients_value() -> None:
    loss, slope, names = squares()
    report = explain.gradient(loss, slope, names)
    loss.backward()
    assert float(report.total.value) == pytest.approx(slope.grad.item(), rel=1e-4)


@recorded
@pytest.mark.parametrize("flushed", [False, True])
def test_before_and_after_backward(flushed: bool) -> None:
    loss, slope, names = squares()
    if flushed:
        loss.item()
    before = explain.gradient(loss, slope, names)
    loss.backward()
    after = explain.gradient(loss, slope, names)
    assert before.rows[0].factors[0].value
    assert [(row.name, row.operation) for row in after.rows] == [
        (row.name, row.operation) for row in before.rows]
    assert after.total.text == before.total.text
    # the values are freed: they follow from what the tensors hold, and the numbers in the source
    assert float(after.total.value) == pytest.approx(slope.grad.item(), rel=1e-4)
    assert after.where == {}


def test_each_path() -> None:
    x = torch.tensor(3.0, requires_grad=True)
    y = torch.exp(x) * x + x
    report = explain.gradient(y, x, {"x": x, "y": y})
    assert report.path_count == 3 == len(report.paths)
    parts = [float(path.value) for path in report.paths]
    y.backward()
    assert sum(parts) == pytest.approx(x.grad.item(), rel=1e-5)
    assert float(report.total.value) == pytest.approx(x.grad.item(), rel=1e-5)
    assert "x -> t1 -> t2 -> y" in str(report)


def test_a_computed_tensor_and_a_longer_history() -> None:
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    middle = x.sin()
    middle.tolist()   # ends a recording: the way leads over two
    y = (middle * 2).sum()
    names = {"x": x, "middle": middle, "y": y}
    assert [row.operation for row in explain.gradient(y, x, names).rows] == [
        "SinBackward0", "MulBackward0", "SumBackward0"]
    assert [row.operation for row in explain.gradient(y, middle, names).rows] == [
        "MulBackward0", "SumBackward0"]


def test_a_long_chain_is_cut_short() -> None:
    x = torch.tensor(1.0, requires_grad=True)
    y = x
    for _ in range(300):
        y = y * 1.0001
    report = explain.gradient(y, x, {"x": x, "y": y})
    row, = report.rows   # a loop, which opens
    assert (row.kind, row.title, len(row.inside)) == ("loop", "300 turns of mul", 300)
    assert len(str(report).splitlines()) < 10
    assert "261 more" in report.text(depth=1)
    assert len(report.text(depth=1).splitlines()) < 80


def test_a_diamond_of_diamonds() -> None:
    x = torch.tensor(1.0, requires_grad=True)
    y = x
    for _ in range(200):
        y = y * y
    report = explain.gradient(y, x)
    assert report.path_count == 2 ** 200
    assert report.paths == []


def test_a_custom_function() -> None:
    class Double(torch.autograd.Function):
        @staticmethod
        def forward(ctx, a):
            return 2 * a

        @staticmethod
        def backward(ctx, grad):
            return 2 * grad

    x = torch.tensor(1.0, requires_grad=True)
    y = Double.apply(x) + 1
    row, _ = explain.gradient(y, x, {"x": x, "y": y}).rows
    assert (row.formula, row.operation) == ("Double(x)", "DoubleBackward")
    assert row.factors[0].text == "by its own backward"


def test_no_way() -> None:
    x, z = (torch.tensor(1.0, requires_grad=True) for _ in range(2))
    y = 2 * x
    assert "no recorded operation leads from z to y" in str(
        explain.gradient(y, z, {"y": y, "z": z}))
    with pytest.raises(RuntimeError, match="no history"):
        explain.gradient(torch.tensor(1.0), x)


def test_a_matrix_and_a_general_rule() -> None:
    a = torch.tensor([[2.0, 0.0], [1.0, 3.0]], requires_grad=True)
    x = torch.tensor([[1.0], [2.0]])
    y = (a @ x).amax()
    report = explain.gradient(y, a, {"a": a, "x": x, "y": y})
    assert report.rows[0].factors[0].text == "g -> g @ x.T"
    assert any(factor.text.startswith("t -> ") or "tangent rule" in factor.text
               for row in report.rows for factor in row.factors)


# ---- the command line ----


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "wengert", "run", *map(str, arguments)],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120)


@pytest.fixture
def script(tmp_path: Path):
    def write(source: str) -> Path:
        path = tmp_path / "script.py"
        path.write_text(textwrap.dedent(source))
        return path
    return write


TRAINING = """
    import torch

    def train(weight):
        inputs = torch.linspace(0, 1, 10)
        for step in range(5):
            loss = ((weight * inputs).tanh() ** 2).sum()
            loss.backward()
            with torch.no_grad():
                weight -= 0.1 * weight.grad
                weight.grad = None

    w = torch.tensor(2.0, requires_grad=True)
    train(w)
    print("trained")
    """


@pytest.mark.parametrize("name", ["w", "weight"])
def test_explain_and_progress(script, name: str) -> None:
    result = run("--progress", "--explain", name, script(TRAINING))
    assert result.returncode == 0, result.stderr
    assert result.stdout.startswith("trained\n")
    assert re.search(r"^5 steps \(backward passes\) in .* per second", result.stderr, re.MULTILINE)
    assert f"{name}.grad, the derivative of loss with respect to {name}" in result.stdout
    assert re.search(r"script\.py:7 +t2 = tanh\(t1\) +\[10\] +TanhBackward0 +(\S.* )?"
                     r"d t2 / d t1 = 1 - t2\^2", result.stdout)


TWO_FUNCTIONS = """
    import torch

    x = torch.tensor([1.0, 2.0, 4.0], requires_grad=True)

    def first():
        return (torch.log(x) * x).sum()

    def second():
        a = torch.log(x)
        b = a * x
        return b.sum()

    for function in (first, second) * 4:
        function().backward()
    """


def test_the_lines_are_those_of_the_function_that_ran(script) -> None:
    result = run("--explain", "x", script(TWO_FUNCTIONS))
    assert result.returncode == 0, result.stderr
    assert re.findall(r"script\.py:(\d+)", result.stdout) == ["10", "11", "12"], result.stdout


def test_a_script_that_exits(script) -> None:
    path = script(textwrap.dedent(TRAINING) + "raise SystemExit(3)\n")
    result = run("--explain", "w", path)
    assert result.returncode == 3
    assert "w.grad" in result.stdout


@pytest.mark.parametrize(("tensor", "error"), [
    ("nothing", "name 'nothing' is not defined"), ("inputs.shape", "is no tensor")])
def test_what_cannot_be_explained(script, tensor: str, error: str) -> None:
    result = run("--explain", tensor, script(TRAINING))
    assert result.returncode == 1
    assert result.stderr.startswith(f"wengert: --explain {tensor}: ")
    assert error in result.stderr


def test_a_script_without_backward(script) -> None:
    result = run("--progress", "--explain", "w", script("w = 1"))
    assert result.returncode == 1
    assert "the script ran no backward" in result.stderr
    assert "0 steps" in result.stderr


def test_an_error_of_the_script_comes_through(script) -> None:
    path = script("import torch\n1 / 0\n")
    result, plain = run("--progress", path), run(path)
    assert result.returncode == plain.returncode == 1
    assert result.stderr == plain.stderr


@recorded
def test_make_run_explains_the_polynomial() -> None:
    result = run("--progress", "--explain", "d", ROOT / "examples" / "polynomial.py")
    assert result.returncode == 0, result.stderr
    assert "d.grad = sum(2 * " in result.stdout
    assert "y_pred" in result.stdout
    assert "2000 steps (backward passes)" in result.stderr
