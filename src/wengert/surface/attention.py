"""Attention as functions of tensors: ``scaled_dot_product_attention`` and
``multi_head_attention_forward``.

The formulas are in ``functions/attention.py``; here arguments are checked and dropout is drawn.
"""

from __future__ import annotations

from typing import Any

from ..engine.dtypes import bool_
from ..functions.dropout import dropout
from ..tensors.recorded import function

_attention = function("scaled_dot_product_attention")
_weights = function("attention_weights")
_values = function("attention_values")
_projections = function("attention_projections")
_head_weights = function("multi_head_weights")
_head_output = function("multi_head_output")
_mean_of_heads = function("mean_of_heads")


def scaled_dot_product_attention(query: Any, key: Any, value: Any, attn_mask: Any = None,
                                 dropout_p: float = 0.0, is_causal: bool = False,
                                 scale: float | None = None, enable_gqa: bool = False) -> Any:
    """``softmax(scale query key^T + mask) value`` (Vaswani et al., 2017).

    query (..., L, E), key (..., S, E), value (..., S, Ev) give (..., L, Ev); ``scale`` is
    ``1 / sqrt(E)`` by default. ``attn_mask``, which broadcasts to (..., L, S), is added if it is
    floating, and where it is bool True takes part; ``is_causal`` lets a query see the keys up to
    its own place. A query that sees none gets 0. ``dropout_p`` is applied to the weights, always;
    with ``enable_gqa``, the heads (dimension -3) of key and value are shared by several of the
    query.

    RuntimeError for differing dtypes, fewer than two dimensions, or both kinds of mask.

    >>> q = torch.ones(1, 2, 3, 4)
    >>> torch.nn.functional.scaled_dot_product_attention(q, q, q, is_causal=True).shape
    torch.Size([1, 2, 3, 4])
    """
    if not 0 <= dropout_p <= 1:
        raise RuntimeError(f"dropout probability has to be between 0 and 1, but got {dropout_p}")
    if not dropout_p:
        return _attention(query, key, value, attn_mask, 0.0, is_causal, scale, enable_gqa)
    weights = _weights(query, key, value, attn_mask, is_causal, scale, enable_gqa)
    return _values(dropout(weights, dropout_p, True), value, enable_gqa)


def multi_head_attention_forward(
        query: Any, key: Any, value: Any, embed_dim_to_check: int, num_heads: int,
        in_proj_weight: Any, in_proj_bias: Any, bias_k: Any, bias_v: Any, add_zero_attn: bool,
        dropout_p: float, out_proj_weight: Any, out_proj_bias: Any, training: bool = True,
        key_padding_mask: Any = None, need_weights: bool = True, attn_mask: Any = None,
        use_separate_proj_weight: bool = False, q_proj_weight: Any = None,
        k_proj_weight: Any = None, v_proj_weight: Any = None, static_k: Any = None,
        static_v: Any = None, average_attn_weights: bool = True,
        is_causal: bool = False) -> tuple[Any, Any]:
    """What ``nn.MultiheadAttention`` computes, of its parameters: the output (L, N, E), and the
    weights (N, L, S), or (N, heads, L, S) without ``average_attn_weights``, or None.

    query (L, N, E), key and value (S, N, E), or all without N. Masks are added, and where they are
    bool True is left out. AssertionError or RuntimeError where shapes do not fit.
    """
    batched = _is_batched(query, key, value, key_padding_mask, attn_mask, num_heads)
    if not batched:
        query, key, value = _with_batch(query, key, value)
        if key_padding_mask is not None:
            key_padding_mask = key_padding_mask.unsqueeze(0)
    _check_sizes(query, key, value, embed_dim_to_check, num_heads, use_separate_proj_weight)
    if is_causal and attn_mask is None:
        raise RuntimeError("Need attn_mask if specifying the is_causal hint.")
    hinted = is_causal and key_padding_mask is None and not need_weights
    mask = None if hinted else _fitting_mask(attn_mask, query, key, num_heads)
    _check_padding(key_padding_mask, key if static_k is None else static_k.transpose(0, 1))
    if use_separate_proj_weight:
        for name, weight in ("q", q_proj_weight), ("k", k_proj_weight), ("v", v_proj_weight):
            if weight is None:
                raise AssertionError(f"use_separate_proj_weight is True but {name}_proj_weight is "
                                     "None")
        in_proj_weight = None
    elif in_proj_weight is None:
        raise AssertionError("use_separate_proj_weight is False but in_proj_weight is None")
    else:
        q_proj_weight = k_proj_weight = v_proj_weight = None
    if (bias_k is None) != (bias_v is None):
        raise AssertionError("bias_k and bias_v are given together, or neither is")
    q, k, v = _projections(query, key, value, in_proj_weight, in_proj_bias, q_proj_weight,
                           k_proj_weight, v_proj_weight, bias_k, bias_v, static_k, static_v,
                           num_heads, add_zero_attn)
    weights = _head_weights(q, k, key_padding_mask, mask, hinted, not need_weights)
    if training and dropout_p > 0:
        weights = dropout(weights, dropout_p, True)
    out = _head_output(weights, v, out_proj_weight, out_proj_bias)
    if need_weights and average_attn_weights:
        weights = _mean_of_heads(weights)
    if not batched:
        return out.squeeze(1), weights.squeeze(0) if need_weights else None
    return out, weights if need_weights else None


def _with_batch(query: Any, key: Any, value: Any) -> tuple[Any, Any, Any]:
    """The inputs with a batch of one, those that are one tensor still one."""
    q = query.unsqueeze(1)
    k = q if key is query else key.unsqueeze(1)
    return q, k, k if value is key else q if value is query else value.unsqueeze(1)


def _is_batched(query: Any, key: Any, value: Any, padding: Any, mask: Any, heads: int) -> bool:
    n = query.dim()
    if n not in (2, 3):
        raise AssertionError("query should be unbatched 2D or batched 3D tensor but received "
                             f"{n}-D query tensor")
    what = "batched (3-D)" if n == 3 else "unbatched (2-D)"
    if key.dim() != n or value.dim() != n:
        raise AssertionError(
            f"For {what} `query`, expected `key` and `value` to be {n}-D but found {key.dim()}-D "
            f"and {value.dim()}-D tensors respectively")
    if padding is not None and padding.dim() != n - 1:
        raise AssertionError(f"For {what} `query`, expected `key_padding_mask` to be `None` or "
                             f"{n - 1}-D but found {padding.dim()}-D tensor instead")
    if mask is not None:
        if mask.dim() not in (2, 3):
            raise AssertionError(f"For {what} `query`, expected `attn_mask` to be `None`, 2-D or "
                                 f"3-D but found {mask.dim()}-D tensor instead")
        wanted = (heads, query.shape[0], key.shape[0])
        if n == 2 and mask.dim() == 3 and tuple(mask.shape) != wanted:
            raise AssertionError(f"Expected `attn_mask` shape to be {wanted} but got {mask.shape}")
    return bool(n == 3)


def _check_sizes(query: Any, key: Any, value: Any, embed_dim: int, heads: int,
                 separate: bool) -> None:
    size = query.shape[2]
    if size != embed_dim:
        raise AssertionError(f"was expecting embedding dimension of {embed_dim}, but got {size}")
    if size % heads:
        raise AssertionError(f"embed_dim {size} not divisible by num_heads {heads}")
    if separate:
        if key.shape[:2] != value.shape[:2]:
            raise AssertionError(f"key's sequence and batch dims {key.shape[:2]} do not match "
                                 f"value's {value.shape[:2]}")
    elif key.shape != value.shape:
        raise AssertionError(f"key shape {key.shape} does not match value shape {value.shape}")


def _check_kind(name: str, mask: Any) -> None:
    if mask.dtype is not bool_ and not mask.is_floating_point():
        raise AssertionError(f"only bool and floating types of {name} are supported")


def _fitting_mask(mask: Any, query: Any, key: Any, heads: int) -> Any:
    """``mask``; RuntimeError if it does not fit the scores."""
    if mask is None:
        return None
    _check_kind("attn_mask", mask)
    rows, batch, columns = query.shape[0], query.shape[1], key.shape[0]
    wanted = (rows, columns) if mask.dim() == 2 else (batch * heads, rows, columns)
    if tuple(mask.shape) != wanted:
        raise RuntimeError(f"The shape of the {mask.dim()}D attn_mask is {mask.shape}, but should "
                           f"be {wanted}.")
    return mask


def _check_padding(padding: Any, key: Any) -> None:
    if padding is None:
        return
    _check_kind("key_padding_mask", padding)
    wanted = (key.shape[1], key.shape[0])
    if padding.shape[1] != wanted[1] or padding.shape[0] != wanted[0]:
        raise AssertionError(f"expecting key_padding_mask shape of {wanted}, but got "
                             f"{padding.shape}")


__all__ = ["multi_head_attention_forward", "scaled_dot_product_attention"]
