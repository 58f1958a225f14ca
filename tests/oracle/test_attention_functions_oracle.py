"""Attention as functions against PyTorch: every argument, gradients, second derivatives, errors.

The modules are in ``test_attention_oracle.py``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from against_torch import agree, numbers

import wengert

torch = pytest.importorskip("torch", reason="torch is not installed")
F = torch.nn.functional

Q, K, V = numbers(2, 4, 3, 5), numbers(2, 4, 6, 5), numbers(2, 4, 6, 7)
MASK = np.random.default_rng(0).random((2, 1, 3, 6)) > 0.4
MASK[0, 0, 1] = False   # a query that sees nothing
FLOATING = np.where(MASK, numbers(2, 1, 3, 6), -np.inf)


@pytest.mark.parametrize("options", [
    {}, {"is_causal": True}, {"scale": 0.3}, {"attn_mask": MASK}, {"attn_mask": MASK[0, 0]}],
    ids=lambda o: ", ".join(o))
def test_scaled_dot_product(options: dict[str, Any]) -> None:
    with torch.nn.attention.sdpa_kernel(torch.nn.attention.SDPBackend.MATH):
        agree("scaled_dot_product_attention", Q, K, V, torch_fn=F.scaled_dot_product_attention,
              fixed=True, **options)


def test_a_mask_has_a_gradient() -> None:
    agree("scaled_dot_product_attention", Q, K, V, FLOATING, order=1,
          torch_fn=F.scaled_dot_product_attention)
    with torch.nn.attention.sdpa_kernel(torch.nn.attention.SDPBackend.MATH):
        agree("scaled_dot_product_attention", Q, K, V, numbers(3, 6),
              torch_fn=F.scaled_dot_product_attention)


def test_groups_of_heads_and_matrices() -> None:
    agree("scaled_dot_product_attention", Q, K[:, :2], V[:, :2], enable_gqa=True, order=1,
          torch_fn=F.scaled_dot_product_attention)
    agree("scaled_dot_product_attention", Q[0, 0], K[0, 0], V[0, 0], order=1,
          torch_fn=F.scaled_dot_product_attention)


def both(run: Callable[[Any], Any]) -> None:
    """``run`` gives the same arrays with both libraries, from the same seed."""
    found = []
    for side in (torch, wengert):
        side.manual_seed(0)
        found.append([x.detach().numpy() for x in run(side) if x is not None])
    assert len(found[0]) == len(found[1])
    for a, b in zip(*found, strict=True):
        np.testing.assert_allclose(b, a, 1e-9, 1e-9)


def test_dropout() -> None:
    def run(side: Any) -> Any:
        q, k, v = (side.from_numpy(np.array(x)).requires_grad_() for x in (Q, K, V))
        out = side.nn.functional.scaled_dot_product_attention(q, k, v, dropout_p=0.3)
        return [out, *side.autograd.grad(out.sin().sum(), [q, k, v])]
    both(run)


def heads(side: Any, size: int, batch: tuple[int, ...] = (3,), **options: Any) -> Any:
    """The outputs and gradients of ``multi_head_attention_forward`` with all that it takes."""
    def tensor(*shape: int, seed: int = 0) -> Any:
        return side.from_numpy(numbers(*shape, seed=seed)).requires_grad_()

    static = options.pop("static", False)
    bias = options.pop("bias", True)
    q, k, v = tensor(4, *batch, size), tensor(5, *batch, size, seed=1), tensor(5, *batch, size)
    given = [q, k, v]
    weights = [tensor(3 * size, size), tensor(3 * size), tensor(size, size, seed=5), tensor(size)]
    extra = [tensor(1, 1, size, seed=7), tensor(1, 1, size, seed=8)] if bias else [None, None]
    named = {name: side.from_numpy(np.array(value)) if isinstance(value, np.ndarray) else value
             for name, value in options.items()}
    if static:
        named["static_k"] = tensor(6, 5, size // 2, seed=9)
        named["static_v"] = tensor(6, 5, size // 2, seed=10)
    zero = named.pop("add_zero_attn", False)
    p = named.pop("dropout_p", 0.0)
    out, w = side.nn.functional.multi_head_attention_forward(
        *given, size, 2, *weights[:2], *extra, zero, p, *weights[2:], **named)
    total = out.sin().sum() + (0 if w is None else w.cos().sum())
    leaves = [x for x in [*given, *weights, *extra] if x is not None]
    return [out, w, *side.autograd.grad(total, leaves, allow_unused=True)]


PADDING = np.array([[False, False, True, True, True], [True, False, False, False, False],
                    [False] * 5])
HIDDEN = np.triu(np.ones((4, 5), bool), 1)


@pytest.mark.parametrize("options", [
    {}, {"need_weights": False}, {"average_attn_weights": False}, {"add_zero_attn": True},
    {"bias": False, "static": True}, {"bias": False},
    {"key_padding_mask": PADDING}, {"key_padding_mask": PADDING, "need_weights": False},
    {"attn_mask": HIDDEN, "key_padding_mask": PADDING, "add_zero_attn": True},
    {"attn_mask": numbers(6, 4, 5)}, {"attn_mask": HIDDEN, "is_causal": True},
    {"attn_mask": HIDDEN, "is_causal": True, "need_weights": False, "bias": False},
    {"dropout_p": 0.4}, {"dropout_p": 0.4, "training": False},
    {"dropout_p": 0.4, "need_weights": False, "bias": False}], ids=lambda o: ", ".join(o))
def test_many_heads(options: dict[str, Any]) -> None:
    both(lambda side: heads(side, 4, **options))


def test_without_a_batch() -> None:
    both(lambda side: heads(side, 4, (), bias=False))
    both(lambda side: heads(side, 4, (), bias=False, key_padding_mask=PADDING[0],
                            average_attn_weights=False))


def test_one_tensor_for_all_inputs() -> None:
    def run(side: Any) -> Any:
        layer = side.nn.MultiheadAttention(4, 2, batch_first=True).double()
        x = side.from_numpy(numbers(2, 3, 4)).requires_grad_()
        y = side.from_numpy(numbers(2, 5, 4)).requires_grad_()
        out = layer(x, x, x)[0].sin().sum() + layer(x, y, y)[0].cos().sum()
        return side.autograd.grad(out, [x, y, *layer.parameters()])
    both(run)


SDPA = "F.scaled_dot_product_attention"
REFUSED = [
    f"{SDPA}(x, x, x.double())", f"{SDPA}(x[0, 0], x, x)",
    f"{SDPA}(x, x, x, attn_mask=torch.ones(3, 3, dtype=torch.int64))",
    f"{SDPA}(x, x, x, dropout_p=2.0)",
    "m(x[0, 0], x[0, 0], x[0, 0])", "m(x, x[0], x[0])",
    "m(x, x, x, key_padding_mask=torch.zeros(3))", "m(x, x, x, attn_mask=torch.zeros(3))",
    "m(x, x, x, attn_mask=torch.zeros(2, 2))", "m(x, x, x, attn_mask=torch.zeros(3, 3, 3))",
    "m(x[0], x[0], x[0], attn_mask=torch.zeros(1, 3, 3))",
    "m(x, x, x, attn_mask=torch.zeros(3, 3, dtype=torch.int64))",
    "m(x, x, x, is_causal=True)", "m(x[..., :2], x, x)", "m(x, x[..., :2], x)",
    "nn.MultiheadAttention(4, 3)", "nn.MultiheadAttention(0, 3)",
]


@pytest.mark.parametrize("text", REFUSED)
def test_errors(text: str) -> None:
    def run(side: Any) -> Any:
        return eval(text, {"torch": side, "nn": side.nn, "F": side.nn.functional,
                           "x": side.zeros(3, 3, 4), "m": side.nn.MultiheadAttention(4, 2)})
    with pytest.raises(Exception) as wanted:
        run(torch)
    with pytest.raises(type(wanted.value)) as found:
        run(wengert)
    assert str(found.value)[:30] == str(wanted.value)[:30], (str(found.value), str(wanted.value))
