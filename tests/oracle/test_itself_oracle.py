"""What gives back the tensor itself, what a copy or a view of it, as in PyTorch; and what takes no
dimensions one by one, and no index that is no integer."""

from __future__ import annotations

from typing import Any

import pytest
import torch

import wengert

ONES = [
    "+x", "x.positive()", "x.conj()", "x.resolve_conj()", "x.resolve_neg()", "x.real",
    "T.real(x)", "T.conj(x)", "T.positive(x)", "T.conj_physical(x)", "x.conj_physical()",
    "T.resolve_conj(c)", "T.resolve_neg(c)", "T.conj_physical(c)", "T.broadcast_tensors(x)[0]",
    "T.broadcast_tensors(x, x)[1]", "T.broadcast_tensors(x, T.ones(3))[0]",
    "T.broadcast_tensors(x, T.ones(4, 2, 3))[0]",
    "T.atleast_1d(x)", "T.atleast_2d(x)", "T.atleast_3d(x)", "T.atleast_2d([x, x])[0]",
    "T.atleast_1d(x, x)[1]", "x.sum_to_size(2, 3)", "x.sum_to_size(1, 3)", "x.contiguous()",
    "x.expand(2, 3)", "x.view(2, 3)", "x.reshape(2, 3)", "x.detach()", "x.clone()",
    "x.to(T.float32)", "-(-x)", "T.permute(x, (0, 1))", "T.squeeze(x)"]
CALLS = [
    "T.permute(x, (1, 0))", "T.permute(x, [-1, 0])", "x.permute(1, 0)", "x.permute((1, 0))",
    "T.permute(x, dims=(1, 0))", "x.permute(dims=(1, 0))", "x.select(0, 1)", "x.select(1, -1)",
    "x.select(0, T.tensor(1))", "T.select(x, 1, 0)"]
REFUSED = [
    "T.permute(x, 1, 0)", "T.permute(x, 1)", "T.permute(x, (1,))", "T.permute(x, (1, 1))",
    "T.permute(x)", "x.permute(1., 0)", "x.select(0, 0.)", "T.select(x, 0, 0.)",
    "x.select(0, True)", "x.select(0, T.tensor(1.))", "x.select(0, None)",
    "T.positive(T.tensor([True]))", "+T.tensor([True])", "T.conj(3)", "T.real([1.])"]


def run(program: str, module: Any) -> tuple[Any, Any]:
    given = {"T": module, "x": module.arange(6.0).reshape(2, 3).requires_grad_(),
             "c": module.ones(2, dtype=module.complex64)}
    return given, eval(program, given)


@pytest.mark.parametrize("program", ONES)
def test_the_tensor_itself(program: str) -> None:
    found = []
    for module in (wengert, torch):
        given, out = run(program, module)
        found.append([out is given["x"], out is given["c"], tuple(out.shape), out.tolist()])
    assert found[0] == found[1]


@pytest.mark.parametrize("program", CALLS)
def test_values_and_gradients(program: str) -> None:
    for _ in range(3):
        found = []
        for module in (wengert, torch):
            given, out = run(program, module)
            (out * out).sum().backward()
            found.append([out.tolist(), given["x"].grad.tolist()])
        assert found[0] == found[1]


@pytest.mark.parametrize("program", REFUSED)
def test_errors(program: str) -> None:
    with pytest.raises(Exception) as wanted:
        run(program, torch)
    with pytest.raises(type(wanted.value)):
        run(program, wengert)
