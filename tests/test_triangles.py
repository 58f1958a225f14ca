"""Triangular systems: by the BLAS that NumPy has loaded, however the matrix lies in memory, else by
SciPy's."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from wengert.engine import blas
from wengert.engine.blas import triangle_solver
from wengert.engine.ops import decompositions

LAYOUTS: dict[str, Callable[[Any], Any]] = {
    "by rows": lambda a: a,
    "by columns": np.asfortranarray,
    "every other": lambda a: np.repeat(np.repeat(a, 2, 0), 2, 1)[::2, ::2],
    "parts of rows": lambda a: np.concatenate([a, a], 1)[:, :len(a)],
    "backwards": lambda a: a[::-1, ::-1].copy()[::-1, ::-1],
    "one row": lambda a: np.broadcast_to(a[:1], a.shape),
}


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("kind", ["f", "d", "F", "D"])
@pytest.mark.parametrize("by_scipy", [False, True])
def test_solutions(layout: str, kind: str, by_scipy: bool, monkeypatch: Any) -> None:
    if by_scipy:
        monkeypatch.setattr(blas, "triangle_solver", lambda kind: None)
    elif triangle_solver(kind) is None:
        pytest.skip("NumPy's BLAS is another")
    random = np.random.RandomState(0)
    for n, columns in ((1, 1), (2, 3), (7, 1), (70, 5)):
        a = LAYOUTS[layout](((random.rand(n, n) - 0.5) / n + np.eye(n)).astype(kind))
        b = random.randn(n, columns).astype(kind)
        for upper in (False, True):
            for unit in (False, True):
                if layout == "one row" and not upper and not unit and n > 1:
                    continue   # its diagonal is nearly zero
                triangle = np.triu(a) if upper else np.tril(a)
                if unit:
                    np.fill_diagonal(triangle, 1)
                found = decompositions._solve_triangular(a, b, upper, unit)
                assert found.dtype == b.dtype and found.flags.c_contiguous
                error = np.abs(triangle @ found - b).max()
                assert error <= (1e-4 if kind in "fF" else 1e-11) * np.abs(found).max()


PROCESS = """
import sys
import wengert as torch
x = torch.linspace(0, 1, 20, dtype=torch.float64)[:, None]
scale = torch.zeros((), dtype=torch.float64, requires_grad=True)
k = torch.exp(-((x - x.T) / scale.exp()) ** 2) + 0.1 * torch.eye(20, dtype=torch.float64)
factor = torch.linalg.cholesky(k)
loss = (torch.cholesky_solve(x, factor) * x).sum() + factor.diagonal().log().sum()
loss.backward()
print(loss.item(), scale.grad.item(), "scipy.linalg" in sys.modules)
"""


@pytest.mark.skipif(triangle_solver("d") is None, reason="NumPy's BLAS is another")
def test_scipy_is_not_loaded_for_them() -> None:
    found = subprocess.run([sys.executable, "-c", PROCESS], check=True, capture_output=True,
                           text=True).stdout
    assert found.split()[-1] == "False"
