"""The examples with sparse derivatives, small: they solve what they say, and their plans are the
dense derivatives."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.optimize import fsolve

import wengert as torch
from wengert.func import hessian, jacfwd

EXAMPLES = Path(__file__).parents[2] / "examples" / "science"


def example(name: str) -> Any:
    spec = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_sparse_newton() -> None:
    bratu = example("sparse_newton")
    u, plan, history = bratu.solve(7)
    dense = jacfwd(bratu.residual)(u, 6.0).numpy()
    np.testing.assert_allclose(plan(u, 6.0).toarray(), dense, atol=1e-9)
    np.testing.assert_array_equal(plan.pattern.toarray(), dense != 0)

    def plain(u: Any) -> Any:   # the same equation in NumPy
        v = np.pad(u.reshape(7, 7), 1)
        return ((v[2:, 1:-1] + v[:-2, 1:-1] + v[1:-1, 2:] + v[1:-1, :-2] - 4 * v[1:-1, 1:-1]) * 64
                + 6 * np.exp(v[1:-1, 1:-1])).ravel()
    np.testing.assert_allclose(u.numpy(), fsolve(plain, np.zeros(49), xtol=1e-12), rtol=1e-8)
    last = np.log(history[-3:])
    assert last[2] - last[1] < 1.7 * (last[1] - last[0])   # quadratic


def test_optimal_control() -> None:
    control = example("optimal_control")
    result, (constraint, curvature, cost) = control.swing_up(10)
    assert result.constr_violation < 1e-8 and result.optimality < 1e-5
    angle = result.x.reshape(3, -1)[0]
    assert angle[0] == pytest.approx(0, abs=1e-8) and angle[-1] == pytest.approx(np.pi)
    z, v = torch.from_numpy(result.x), torch.from_numpy(result.v[0])
    np.testing.assert_allclose(constraint(z).toarray(), jacfwd(control.defects)(z).numpy(),
                               atol=1e-12)
    np.testing.assert_allclose(cost(z).toarray(), hessian(control.effort)(z).numpy(), atol=1e-12)
    of_constraints = hessian(lambda z: (v * control.defects(z)).sum())(z)
    np.testing.assert_allclose(curvature(z, v).toarray(), of_constraints.numpy(), atol=1e-12)
    assert constraint.pattern.nnz < 0.2 * np.prod(constraint.pattern.shape)
