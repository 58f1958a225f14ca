"""The page of derivatives is that of the table, and its rows are what the engine computes."""

from __future__ import annotations

import numpy as np
import pytest

import derivatives
import wengert as torch
from nodes import Traced
from wengert.config import config
from wengert.engine.graph import TABLE
from wengert.engine.transforms.vjp import pull
from wengert.explain.derivations import everything, row
from wengert.explain.kinks import KINKS, TIES
from wengert.explain.plots import plot, values

pytestmark = pytest.mark.skipif(config.tier != "auto", reason="the table is the same in each tier")


def test_the_page_is_current() -> None:
    written = derivatives.PAGE.read_text(encoding="utf-8")
    assert derivatives.without_lines(written) == derivatives.without_lines(derivatives.page()), (
        "run python -m tests.derivatives")
    names = {prim.name for prim in everything().values() if plot(prim)}
    assert {path.stem for path in derivatives.PLOTS.glob("*.svg")} == names
    assert sum(path.stat().st_size for path in derivatives.PLOTS.glob("*")) < 400_000


def test_every_row_says_where_it_is() -> None:
    for prim in everything().values():
        found = row(prim)
        file, _, line = found.place.partition(":")
        assert file.startswith("wengert/engine/ops/") and line.isdigit(), found
        assert found.arguments and str(found)


@pytest.mark.parametrize("name", sorted(KINKS))
def test_kinks_are_what_is_computed(name: str) -> None:
    everything()
    for point, partials in KINKS[name]:
        traced = Traced(lambda *xs: TABLE[name](*xs), [np.float64(x) for x in point], {})
        one = el_one(traced)
        for i, wanted in enumerate(partials):
            if TABLE[name].derivative(i) is None:
                continue
            found, = traced.run([pull(traced.outputs[0], i, one)])
            assert np.asarray(found) == pytest.approx(wanted, nan_ok=True), (name, point, i)
    assert set(KINKS) >= TIES


def el_one(traced: Traced):
    from wengert.engine.dtypes import float64
    from wengert.engine.graph import lift
    from wengert.engine.ops.structural import full
    return full(lift(1.0), shape=traced.outputs[0].shape, dtype=float64)


def test_plots_are_of_the_function() -> None:
    points, f, d = values(TABLE["sin"])
    assert np.allclose(f, np.sin(points)) and np.allclose(d, np.cos(points))
    assert plot(TABLE["log"]).startswith("<svg")
    assert not plot(TABLE["mul"]) and not plot(TABLE["eq"])


def test_derivative() -> None:
    assert [each.formula for each in torch.derivative("mul").arguments] == ["b", "a"]
    assert torch.derivative("arccos").name == "acos"
    assert torch.derivative("matmul").arguments[0].kind == "linear"
    with pytest.raises(KeyError, match="near it: log"):
        torch.derivative("lgo")
