"""The questions that a learner asks, each with the one call that answers it."""

from __future__ import annotations

import inspect
from pathlib import Path

import pytest

import wengert as torch
from wengert.config import config

recorded = pytest.mark.skipif(
    config.tier == "eager", reason="each operation is a recording of its own")


@recorded
def test_how_does_it_track_operations(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(config, "lines_in_steps", True)   # another test may record log and mul too
    torch.cpu.synchronize()   # from the next recording on
    x = torch.tensor(2.0, requires_grad=True)
    y = torch.log(x)
    z = y * x
    report = torch.explain(z)
    here = Path(__file__).name
    line = inspect.currentframe().f_lineno
    assert [(row.formula, row.operation, row.line, row.value) for row in report.rows] == [
        ("log(x)", "LogBackward0", f"{here}:{line - 4}", "0.693147"),
        ("y * x", "MulBackward0", f"{here}:{line - 3}", "1.38629")]
    assert f"{here}:{line - 4}" in str(report)


def test_is_the_derivative_of_log_written_down_somewhere() -> None:
    row = torch.derivative("log")
    assert [each.formula for each in row.arguments] == ["1 / x"]
    file, line = row.place.split(":")
    source = Path(torch.__file__).parents[1] / file
    written = source.read_text().splitlines()[int(line) - 1]
    assert '"log"' in written and "1 / x" in written
    assert row.place in str(row) and "at x = 0: ∞" in str(row)


@recorded
def test_in_what_order_is_it_put_together() -> None:
    x = torch.tensor(2.0, requires_grad=True)
    a = torch.log(x)
    b = torch.sin(a)
    z = b * 3.0
    report = torch.explain(z)
    assert [row.name for row in report.rows] == ["a", "b", "z"]   # forward; backward: from the end
    dz_db, db_da, da_dx = (row.factors[0] for row in reversed(report.rows))
    assert (dz_db.text, db_da.text, da_dx.text) == ("3", "cos(a)", "1 / x")
    parts = [float(factor.part) for factor in (dz_db, db_da, da_dx)]
    product = 1.0
    for factor, part in zip((dz_db, db_da, da_dx), parts, strict=True):
        product *= float(factor.value or factor.text)
        assert part == pytest.approx(product, rel=1e-4)
    z.backward()
    assert parts[-1] == pytest.approx(x.grad.item(), rel=1e-4)


@recorded
def test_what_if_there_are_two_paths_from_x_to_z() -> None:
    x = torch.tensor(3.0, requires_grad=True)
    y = torch.log(x)
    z = y * x
    report = torch.explain(z, x)
    assert report.path_count == 2
    assert {path.argument: path.text for path in report.paths} == {
        "x -> y -> z": "1", "x -> z": "y"}
    z.backward()
    assert sum(float(path.value or path.text) for path in report.paths) == pytest.approx(
        x.grad.item(), rel=1e-5)
    assert float(report.total.value) == pytest.approx(x.grad.item(), rel=1e-5)
    assert "the paths, each with its part of the gradient" in str(report)
