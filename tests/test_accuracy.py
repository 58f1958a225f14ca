"""A part of the table of docs/accuracy.md: no function is farther off than its limit, but those
listed there. Sums, means and norms against sums that are exact."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("mpmath", reason="it says what is right")
pytest.importorskip("scipy", reason="special functions are SciPy's")

import accuracy
import wengert as torch
from wengert.config import config

pytestmark = pytest.mark.long

PAGE = Path(__file__).parent.parent / "docs" / "accuracy.md"


@pytest.mark.parametrize("name", accuracy.FUNCTIONS)
def test_a_function_is_within_its_limit(name: str) -> None:
    for dtype in accuracy.DTYPES:
        bound = accuracy.limit(name, dtype)
        found = accuracy.worst(name, dtype, config.tier, 2)
        assert found.error <= bound, f"{name} in {dtype}: {found}"


def test_what_is_out_of_reach_is_listed() -> None:
    plain = accuracy.Function(len, len).plus
    assert {name for name, f in accuracy.FUNCTIONS.items() if f.back or f.plus is not plain} == set(
        accuracy.LISTED)


def test_an_error_is_found() -> None:
    function = accuracy.FUNCTIONS["exp"]
    accuracy.FUNCTIONS["exp"] = function._replace(run=lambda x: torch.exp(x) * (1 + 2.0**-49))
    try:
        assert accuracy.worst("exp", "float64", config.tier, 1).error > 4
    finally:
        accuracy.FUNCTIONS["exp"] = function


def test_the_page_has_every_function() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert all(f"| `{name}` |" in text for name in accuracy.FUNCTIONS)
    assert all(accuracy.reason(name) in text for name in accuracy.LISTED)
    assert not [line for line in text.splitlines() if "| **" in line]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("kind", ["uniform", "constant", "spread"])
def test_sums_means_and_norms(dtype: str, kind: str) -> None:
    rng, n = np.random.default_rng(0), 120_000
    x = {"uniform": rng.random(n), "constant": np.full(n, 0.1),
         "spread": np.exp(3 * rng.normal(size=n))}[kind].astype(dtype)
    t, bound = torch.from_numpy(x), 8 if (kind, dtype) == ("constant", "float32") else 4
    for shape, axes in [((n,), (0,)), ((n // 10, 10), (0,)), ((10, n // 10), (1,)),
                        ((n // 100, 100), (0,)), ((10, n // 100, 10), (1,)),
                        ((4, n // 80, 20), (0, 1)), ((20, n // 400, 20), (0, 2))]:
        for layout in (lambda x: x, lambda x: x.swapaxes(0, -1)):
            table: Any = layout(x.reshape(shape))
            kept = np.moveaxis(table, axes, range(len(axes)))
            some = kept.reshape(math.prod(kept.shape[:len(axes)]), -1)[:, 0]
            exact = math.fsum(some.astype(float))
            square = math.fsum((some.astype(np.longdouble) ** 2).astype(float))
            y = layout(t.reshape(shape))
            for f, wanted in ((y.sum(axes), exact), (y.mean(axes), exact / len(some)),
                              (torch.linalg.vector_norm(y, dim=axes), math.sqrt(square))):
                got = float(f.reshape(-1)[0])
                assert abs(got - wanted) <= bound * np.spacing(np.asarray(wanted, dtype)), (
                    shape, axes, got, wanted)
