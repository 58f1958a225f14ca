"""Attention: what it may see, its shapes, its errors."""

from __future__ import annotations

import pytest

import wengert as torch


def test_a_causal_position_sees_nothing_ahead() -> None:
    torch.manual_seed(0)
    q, k, v = (torch.randn(1, 4, 3) for _ in range(3))
    attend = torch.nn.functional.scaled_dot_product_attention
    before = attend(q, k, v, is_causal=True)
    k[0, 3] = 100.0
    v[0, 3] = 100.0
    after = attend(q, k, v, is_causal=True)
    assert torch.equal(before[0, :3], after[0, :3])
    assert not torch.equal(before[0, 3], after[0, 3])


def test_a_row_that_may_see_nothing_gives_zeros() -> None:
    x = torch.ones(2, 3)
    mask = torch.tensor([[True, True], [False, False]])
    out = torch.nn.functional.scaled_dot_product_attention(x, x, x, attn_mask=mask)
    assert out[1].tolist() == [0.0, 0.0, 0.0] and out[0].tolist() == [1.0, 1.0, 1.0]


def test_shapes_and_weights_that_sum_to_one() -> None:
    layer = torch.nn.MultiheadAttention(8, 2)
    x = torch.randn(5, 8)
    out, weights = layer(x, x, x)
    assert out.shape == (5, 8) and weights.shape == (5, 5)
    assert torch.allclose(weights.sum(-1), torch.ones(5))
    _, heads = layer(x, x, x, average_attn_weights=False)
    assert heads.shape == (2, 5, 5)
    assert layer(x, x, x, need_weights=False)[1] is None


def test_errors() -> None:
    with pytest.raises(AssertionError, match="embed_dim must be divisible by num_heads"):
        torch.nn.MultiheadAttention(8, 3)
    layer, x = torch.nn.MultiheadAttention(8, 2), torch.zeros(5, 8)
    with pytest.raises(RuntimeError, match="should be"):
        layer(x, x, x, attn_mask=torch.zeros(4, 4))
    with pytest.raises(RuntimeError, match="activation should be relu/gelu"):
        torch.nn.TransformerEncoderLayer(8, 2, activation="tanh")
    with pytest.raises(RuntimeError, match="is_causal=True"):
        torch.nn.functional.scaled_dot_product_attention(
            x, x, x, attn_mask=torch.zeros(5, 5), is_causal=True)
