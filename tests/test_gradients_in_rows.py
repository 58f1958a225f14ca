"""Gradients lie in memory as what they are gradients of, so that a step that is compiled is the
step that was walked."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import wengert as torch
from wengert import nn
from wengert.config import config
from wengert.engine.recording import flushing
from wengert.engine.recording.tree import tree


@pytest.mark.skipif(config.tier == "eager", reason="other sizes may have told what runs")
@pytest.mark.parametrize("shape", [(4,), (3, 4), (2, 3, 4), (0, 4), (1, 4)])
def test_those_of_a_linear_layer(shape: tuple[int, ...]) -> None:
    torch.manual_seed(0)
    layer = nn.Linear(4, 5)
    for _ in range(3):
        layer.zero_grad()
        x = torch.randn(*shape)
        layer(x).square().sum().backward()
        torch.cpu.synchronize()
        rows, found = x.reshape(-1, 4).numpy(), layer.weight.grad
        out = rows @ layer.weight.detach().numpy().T + layer.bias.detach().numpy()
        assert found._buf.flags.c_contiguous
        np.testing.assert_allclose(found.numpy(), 2 * out.T @ rows, rtol=1e-4, atol=1e-5)


def test_a_product_that_others_read_too_stays() -> None:
    x = torch.arange(6.0).reshape(2, 3).requires_grad_()
    w = torch.ones(3, 2, requires_grad=True)
    y = x @ w
    z = y.t() * y   # both orders of one product
    z.sum().backward()
    product = x.detach().numpy() @ np.ones((3, 2), np.float32)
    given = 2 * product.T
    np.testing.assert_allclose(x.grad.numpy(), given @ np.ones((2, 3), np.float32))
    np.testing.assert_allclose(w.grad.numpy(), x.detach().numpy().T @ given)


@pytest.mark.skipif(config.tier != "auto", reason="other tiers compile at once, or never")
def test_one_program_is_planned_for_a_step(monkeypatch: pytest.MonkeyPatch) -> None:
    tree.clear()
    planned: list[Any] = []
    plan = flushing.plan_program
    monkeypatch.setattr(flushing, "plan_program",
                        lambda at, nodes: planned.append(at) or plan(at, nodes))
    torch.manual_seed(0)
    emb, cell, head = nn.Embedding(9, 5), nn.GRU(5, 6, 2, batch_first=True), nn.Linear(6, 9)
    model = nn.ModuleList([emb, cell, head])
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    tokens = torch.randint(0, 9, (4, 8))

    def step() -> float:
        out = head(cell(emb(tokens[:, :-1]))[0])
        loss = nn.functional.cross_entropy(out.reshape(-1, 9), tokens[:, 1:].reshape(-1))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return float(loss.item())

    first = step()
    for parameter in [*cell.parameters(), *head.parameters()]:
        assert parameter.grad._buf.flags.c_contiguous
    monkeypatch.setattr(config, "compile_after", 5)
    for _ in range(12):
        last = step()
    assert last < first
    assert len(planned) == 1   # the path that follows it is the one that went before
