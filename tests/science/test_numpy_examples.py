"""The examples of plain NumPy functions, small: estimates, errors and derivatives are right."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.optimize import minimize

EXAMPLES = Path(__file__).parents[2] / "examples" / "science"


def example(name: str) -> Any:
    spec = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_maximum_likelihood() -> None:
    program = example("maximum_likelihood")
    X, y = program.simulated(150)
    result = program.fit(X, y)
    alone = minimize(program.negative_log_likelihood, np.zeros(4), (X, y), method="BFGS")
    assert result.success and result.nfev < 12 < alone.nfev
    np.testing.assert_allclose(result.x, alone.x, atol=1e-4)
    found = program.standard_errors(result.x, X, y)
    h = 1e-4

    def second(i: int, j: int) -> Any:
        f = lambda p, q: program.negative_log_likelihood(
            result.x + h * (p * np.eye(4)[i] + q * np.eye(4)[j]), X, y)
        return (f(1, 1) - f(1, -1) - f(-1, 1) + f(-1, -1)) / (4 * h * h)
    information = np.array([[second(i, j) for j in range(4)] for i in range(4)])
    np.testing.assert_allclose(found, np.sqrt(np.diag(np.linalg.inv(information))), rtol=1e-4)
    moved = program.influences(X, y)
    weights = np.ones(150)
    weights[7] = 1.01
    other = program.fit(X, y, weights).x[1] - result.x[1]
    assert moved[7] == pytest.approx(other / 0.01, rel=0.05)


@pytest.mark.long
def test_predator_prey() -> None:
    program = example("predator_prey")
    times, counts = program.counted(8, noise=0.01)
    result = program.fit(times, counts, program.TRUTH * 1.1)
    np.testing.assert_allclose(np.exp(result.x), program.TRUTH, rtol=0.1)
    residuals = lambda x: np.ravel(np.log(program.populations(np.exp(x), times)))
    for k, d in enumerate(np.eye(6) * 1e-3):
        quotient = (residuals(result.x + d) - residuals(result.x - d)) / 2e-3
        np.testing.assert_allclose(result.jac[:, k], quotient, rtol=1e-2, atol=1e-2)
