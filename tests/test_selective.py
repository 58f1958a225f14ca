"""Selective checkpoints: what is kept is not computed again, and gradients are the same.

The product in these functions is a primitive of the test's own, whose meaning counts its calls.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import wengert as torch
from wengert import primitives
from wengert.config import config
from wengert.engine.graph import TABLE
from wengert.engine.ops import structural as st
from wengert.engine.ops.contract import matmul
from wengert.primitives import Linear, Node
from wengert.utils.checkpoint import (
    CheckpointPolicy,
    SelectiveCheckpointContext,
    checkpoint,
    create_selective_checkpoint_contexts,
)

aten = torch.ops.aten
CALLS = [0]


def counted(x: Any, w: Any) -> Any:
    CALLS[0] += 1
    return np.matmul(x, w)


counting = primitives.Primitive(
    "counting_product", counted, lambda x, w: ((x.shape[0], w.shape[1]), x.dtype),
    (Linear(lambda ct, x, w: matmul(ct, st.transpose(w, perm=(1, 0)))),
     Linear(lambda ct, x, w: matmul(st.transpose(x, perm=(1, 0)), ct))))


def counting_product(input: Node, other: Node) -> Node:
    return counting(input, other)


product = primitives.function(counting_product)
del TABLE[counting.name]   # other tests go through the table; and it is not looked up by name


def layers(x: Any, *ws: Any) -> Any:
    for w in ws:
        x = product(x.sin(), w)
    return (x * x).sum(1)


def given() -> tuple[Any, ...]:
    torch.manual_seed(0)
    return (torch.randn(4, 5, dtype=torch.float64, requires_grad=True),
            *[torch.randn(5, 5, dtype=torch.float64, requires_grad=True) for _ in range(3)])


def gradients(context_fn: Any, inputs: tuple[Any, ...], f: Any = layers, **how: Any) -> list[Any]:
    y = checkpoint(f, *inputs, use_reentrant=False, **(
        {} if context_fn is None else {"context_fn": context_fn}), **how)
    return [g.numpy() for g in torch.autograd.grad(y.sum(), inputs)]


def by(policy: Any) -> Callable[[], Any]:
    return functools.partial(create_selective_checkpoint_contexts, policy)


def of_products(what: CheckpointPolicy) -> Callable[..., Any]:
    def policy(ctx: Any, op: Any, *args: Any, **kwargs: Any) -> CheckpointPolicy:
        assert isinstance(ctx, SelectiveCheckpointContext)
        return what if "counting_product" in str(op) else CheckpointPolicy.PREFER_RECOMPUTE
    return policy


@pytest.mark.parametrize("what", list(CheckpointPolicy)[:4])
def test_what_is_kept_is_not_computed_again(what: CheckpointPolicy) -> None:
    inputs = given()
    wanted = [g.numpy() for g in torch.autograd.grad(layers(*inputs).sum(), inputs)]
    for _ in range(4):
        CALLS[0] = 0
        found = gradients(by(of_products(what)), inputs)
        for a, b in zip(found, wanted, strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-12)
        if config.tier != "check":
            saved = what in (CheckpointPolicy.MUST_SAVE, CheckpointPolicy.PREFER_SAVE)
            assert CALLS[0] == (3 if saved else 6)


def test_lists_and_functions_of_operators() -> None:
    inputs = given()
    seen = []

    def f(x: Any, a: Any, b: Any, c: Any) -> Any:
        return torch.nn.functional.linear((x @ a).sin() @ b, c).relu().sum(1)

    def policy(ctx: Any, op: Any, *args: Any, **kwargs: Any) -> Any:
        seen.append((ctx.is_recompute, op))
        assert len(args) >= 1
        return op is aten.relu.default or op == aten.mm.default
    wanted = [g.numpy() for g in torch.autograd.grad(f(*inputs).sum(), inputs)]
    for context_fn in (by(policy), by([aten.mm.default]),
                       by([aten.sin.default, aten.addmm.default])):
        for a, b in zip(gradients(context_fn, inputs, f), wanted, strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-12)
    first = [op for again, op in seen if not again]
    assert first == [op for again, op in seen if again]
    assert first.count(aten.mm.default) == 3 and aten.sin.default in first


def test_random_numbers_second_derivatives_and_writes() -> None:
    x, w = given()[:2]

    def f(x: Any) -> Any:
        y = x @ w
        z = torch.nn.functional.dropout(y.exp(), 0.5)
        y.mul_(2)   # changes nothing that is kept
        return (z * y).sum()
    torch.manual_seed(3)
    plain = f(x)
    torch.manual_seed(3)
    kept = checkpoint(f, x, use_reentrant=False, context_fn=by([aten.mm.default]))
    assert kept.item() == plain.item()
    found, = torch.autograd.grad(kept, x, create_graph=True)
    wanted, = torch.autograd.grad(plain, x, create_graph=True)
    np.testing.assert_allclose(found.detach(), wanted.detach(), rtol=1e-12)
    a, b = (torch.autograd.grad((g * g).sum(), x)[0] for g in (found, wanted))
    np.testing.assert_allclose(a, b, rtol=1e-12)


def test_errors() -> None:
    with pytest.raises(TypeError, match="a function or a list of ops"):
        create_selective_checkpoint_contexts(3)
    with pytest.raises(ValueError, match="OpOverload"):
        create_selective_checkpoint_contexts([torch.mm])
    inputs = given()
    with pytest.raises(NotImplementedError, match="MUST_CPU_OFFLOAD"):
        gradients(by(of_products(CheckpointPolicy.MUST_CPU_OFFLOAD)), inputs)
    turns = [0]

    def changes(x: Any, *ws: Any) -> Any:
        turns[0] += 1
        return layers(x, *ws[:1 + turns[0]])
    with pytest.raises(RuntimeError, match="not found in storage"):
        gradients(by(of_products(CheckpointPolicy.MUST_SAVE)), inputs, changes,
                  determinism_check="none")
    np.testing.assert_allclose(gradients(None, inputs)[0], torch.autograd.grad(
        layers(*inputs).sum(), inputs)[0])   # nothing is left switched on
