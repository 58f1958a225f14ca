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
        listed = name in accuracy.LISTED and dtype in ROUGH.get(name, ())
        assert listed or found.error <= bound, f"{name} in {dtype}: {found}"


ROUGH = {"gelu": ("float32",), "gelu_tanh": ("float64", "float32"),
         "silu": ("float64", "float32"), "mish": ("float64", "float32"),
         **dict.fromkeys(("airy_ai", "d erf", "d erfc", "d i0e", "d bessel_j1", "d logaddexp",
                          "d gammainc", "d zeta"), tuple(accuracy.DTYPES)),
         **dict.fromkeys(("polygamma2", "gammainc", "gammaincc"), ("float64",))}
"""The dtypes in which the limit does not hold."""


def test_the_page_has_every_function() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert all(f"| `{name}` |" in text for name in accuracy.FUNCTIONS)
    assert all(f"- `{name}`: {why}." in text for name, why in accuracy.LISTED.items())
    bold = [line.split("`")[1] for line in text.splitlines() if "| **" in line]
    assert set(bold) <= set(accuracy.LISTED)


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
