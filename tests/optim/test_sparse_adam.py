"""SparseAdam: rows of a table, and which calls they take."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pytest

import wengert as torch
from wengert.engine.recording.templates import forget_templates, templates


def of_rows(table: Any, steps: Any, lr: float, betas: tuple[float, float]) -> Any:
    """What NumPy makes of a table, row by row."""
    table, mean, square = table.copy(), np.zeros_like(table), np.zeros_like(table)
    for k, (places, values) in enumerate(steps, 1):
        grad = np.zeros_like(table)
        np.add.at(grad, places, values)
        rows = np.unique(places)
        mean[rows] += (1 - betas[0]) * (grad[rows] - mean[rows])
        square[rows] += (1 - betas[1]) * (grad[rows] ** 2 - square[rows])
        size = lr * (1 - betas[1] ** k) ** 0.5 / (1 - betas[0] ** k)
        table[rows] -= size * mean[rows] / (np.sqrt(square[rows]) + 1e-8)
    return table


def test_rows_of_any_number_are_updated() -> None:
    rng = np.random.RandomState(0)
    start = rng.randn(9, 3)
    steps = [(rng.randint(0, 9, n), rng.randn(n, 3)) for n in (4, 6, 4, 5, 8, 1)]
    p = torch.nn.Parameter(torch.tensor(start))
    opt = torch.optim.SparseAdam([p], lr=0.1, betas=(0.8, 0.9))
    for places, values in steps:
        p.grad = torch.sparse_coo_tensor(torch.tensor(places)[None], torch.tensor(values), (9, 3))
        opt.step()
    assert np.allclose(p.tolist(), of_rows(start, steps, 0.1, (0.8, 0.9)), rtol=1e-10)
    p.grad = torch.sparse_coo_tensor(torch.zeros(1, 0, dtype=torch.long),
                                     torch.zeros(0, 3, dtype=torch.float64), (9, 3))
    before = p.tolist()
    opt.step()   # no rows, no step
    assert p.tolist() == before


@pytest.mark.skipif(torch.config.tier == "eager", reason="templates are of recordings")
def test_the_moments_of_rows_are_one_operation() -> None:
    p = torch.nn.Parameter(torch.zeros(7, 2))
    p.grad = torch.sparse_coo_tensor(torch.tensor([[1, 3, 4]]), torch.ones(3, 2), (7, 2)).coalesce()
    opt = torch.optim.SparseAdam([p])
    torch.cpu.synchronize()
    forget_templates()
    opt.step()
    torch.cpu.synchronize()
    found = Counter(template.op.name for template in templates.values())
    assert found["rows_of_adam"] == 1 and not found.keys() & {"sqrt", "sub", "mul", "div"}
    assert np.allclose(p[1].tolist(), -1e-3, rtol=1e-4) and p[0].tolist() == [0, 0]
