"""Attention and transformers against PyTorch: numbers, gradients, names, text, first values."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import wengert

torch = pytest.importorskip("torch", reason="torch is not installed")

KINDS: list[dict[str, Any]] = [
    {}, {"batch_first": True}, {"add_bias_kv": True, "add_zero_attn": True},
    {"kdim": 6, "vdim": 4}, {"bias": False}]


def ours(x: Any) -> Any:
    return wengert.tensor(x.detach().numpy().copy())


def near(a: Any, b: Any) -> None:
    np.testing.assert_allclose(b.detach().numpy(), a.detach().numpy(), rtol=1e-5, atol=2e-5)


def alike(make: Any) -> tuple[Any, Any]:
    """The same module of both libraries, from the same seed."""
    torch.manual_seed(0)
    wengert.manual_seed(0)
    theirs, mine = make(torch.nn), make(wengert.nn)
    assert repr(theirs) == repr(mine)
    mine_state = mine.state_dict()
    for name, value in theirs.state_dict().items():
        np.testing.assert_array_equal(mine_state[name].numpy(), value.numpy(), err_msg=name)
    assert list(mine_state) == list(theirs.state_dict())
    return theirs, mine


@pytest.mark.parametrize("options", KINDS, ids=str)
def test_multihead_attention(options: dict[str, Any]) -> None:
    theirs, mine = alike(lambda nn: nn.MultiheadAttention(8, 2, **options))
    q = torch.randn(5, 3, 8, requires_grad=True)
    k = torch.randn(5, 3, options.get("kdim", 8))
    v = torch.randn(5, 3, options.get("vdim", 8))
    q2 = ours(q).requires_grad_()
    out, weights = theirs(q, k, v)
    out2, weights2 = mine(q2, ours(k), ours(v))
    near(out, out2)
    near(weights, weights2)
    out.pow(2).sum().backward()
    out2.pow(2).sum().backward()
    near(q.grad, q2.grad)
    for p, p2 in zip(theirs.parameters(), mine.parameters(), strict=True):
        near(p.grad, p2.grad)


@pytest.mark.parametrize("need_weights", [True, False])
def test_masks(need_weights: bool) -> None:
    theirs, mine = alike(lambda nn: nn.MultiheadAttention(8, 2))
    x = torch.randn(5, 3, 8)
    hidden = torch.ones(5, 5).triu(1).bool()
    padding = torch.zeros(3, 5, dtype=torch.bool)
    padding[1, 3:] = True
    out, _ = theirs(x, x, x, attn_mask=hidden, key_padding_mask=padding,
                    need_weights=need_weights)
    y = ours(x)
    out2, _ = mine(y, y, y, attn_mask=ours(hidden), key_padding_mask=ours(padding),
                   need_weights=need_weights)
    near(out, out2)


@pytest.mark.parametrize("options", [
    {"is_causal": True}, {"scale": 0.3}, {"enable_gqa": True}], ids=str)
def test_scaled_dot_product_attention(options: dict[str, Any]) -> None:
    torch.manual_seed(0)
    heads = 4 if "enable_gqa" in options else 2
    q, k, v = torch.randn(2, heads, 5, 4), torch.randn(2, 2, 6, 4), torch.randn(2, 2, 6, 3)
    near(torch.nn.functional.scaled_dot_product_attention(q, k, v, **options),
         wengert.nn.functional.scaled_dot_product_attention(ours(q), ours(k), ours(v), **options))


@pytest.mark.parametrize("options", [
    {}, {"norm_first": True, "activation": "gelu", "batch_first": True}, {"bias": False}], ids=str)
@pytest.mark.filterwarnings("ignore:enable_nested_tensor")
def test_transformer(options: dict[str, Any]) -> None:
    theirs, mine = alike(lambda nn: nn.Transformer(8, 2, 2, 2, 16, dropout=0.0, **options))
    s, t = torch.randn(5, 5, 8), torch.randn(5, 5, 8)
    mask = torch.nn.Transformer.generate_square_subsequent_mask(5)
    near(mask, wengert.nn.Transformer.generate_square_subsequent_mask(5))
    out, out2 = theirs(s, t, tgt_mask=mask), mine(ours(s), ours(t), tgt_mask=ours(mask))
    near(out, out2)
    out.sum().backward()
    out2.sum().backward()
    for p, p2 in zip(theirs.parameters(), mine.parameters(), strict=True):
        near(p.grad, p2.grad)
