"""Attention as functions: :func:`scaled_dot_product_attention`, and the whole of
``MultiheadAttention`` as :func:`multi_head_attention_forward`."""

from __future__ import annotations

import math
from typing import Any

from ..surface.creation import full, zeros
from ..surface.dropout import dropout
from ..surface.recorded import function

_linear, _softmax, _matmul, _cat = map(function, ("linear", "softmax", "matmul", "cat"))
_masked_fill = function("masked_fill")


def scaled_dot_product_attention(query: Any, key: Any, value: Any, attn_mask: Any = None,
                                 dropout_p: float = 0.0, is_causal: bool = False,
                                 scale: float | None = None, enable_gqa: bool = False) -> Any:
    """``softmax(query @ key.T * scale + mask) @ value`` (Vaswani et al., 2017).

    ``query`` is [*, L, E], ``key`` [*, S, E], ``value`` [*, S, V]; the result [*, L, V]. ``scale``
    is ``1 / sqrt(E)`` if not given. A boolean ``attn_mask`` says what may be seen; a floating one is
    added. ``is_causal`` lets position i see the positions up to i. With ``enable_gqa`` several heads
    of ``query`` share one of ``key`` and ``value``. A row that may see nothing gives zeros.
    """
    if is_causal and attn_mask is not None:
        raise RuntimeError("scaled_dot_product_attention: Explicit attn_mask should not be set when "
                           "is_causal=True")
    if query.dim() < 2 or key.dim() < 2 or value.dim() < 2:
        raise RuntimeError("scaled_dot_product_attention: query, key and value need at least two "
                           "dimensions")
    if query.dtype is not key.dtype or query.dtype is not value.dtype:
        raise RuntimeError("Expected query, key, and value to have the same dtype, but got "
                           f"query.dtype: {query.dtype} key.dtype: {key.dtype} and value.dtype: "
                           f"{value.dtype} instead.")
    if enable_gqa:
        groups = query.size(-3) // key.size(-3)
        key = key.repeat_interleave(groups, -3)
        value = value.repeat_interleave(query.size(-3) // value.size(-3), -3)
    factor = 1 / math.sqrt(query.size(-1)) if scale is None else scale
    scores = _matmul(query * factor, key.transpose(-2, -1))
    hidden = None
    if is_causal:
        length, size = query.size(-2), key.size(-2)
        scores = scores + causal_mask(length, size, query.dtype)
    elif attn_mask is not None:
        if "bool" in str(attn_mask.dtype):
            hidden = ~attn_mask
            scores = _masked_fill(scores, hidden, float("-inf"))
        else:
            scores = scores + attn_mask
    weights = _softmax(scores, -1)
    if hidden is not None:
        weights = _masked_fill(weights, hidden.all(-1, True), 0.0)
    if dropout_p > 0:
        weights = dropout(weights, dropout_p, True)
    return _matmul(weights, value)


def causal_mask(length: int, size: int, dtype: Any = None) -> Any:
    """0 where position i may see position j <= i, -inf elsewhere: [length, size]."""
    return full((length, size), float("-inf"), dtype=dtype).triu(1)


def as_bias(mask: Any, name: str, dtype: Any) -> Any:
    """A mask as what is added to scores: True becomes -inf."""
    if mask is None:
        return None
    if "bool" in str(mask.dtype):
        return _masked_fill(zeros(mask.shape, dtype=dtype), mask, float("-inf"))
    if not mask.is_floating_point():
        raise AssertionError(f"only bool and floating types of {name} are supported")
    return mask


def projected(query: Any, key: Any, value: Any, weights: Any, bias: Any) -> tuple[Any, Any, Any]:
    """The three inputs through their projections; one product where they are the same tensor."""
    if not isinstance(weights, tuple):
        size = query.size(-1)
        if query is key and key is value:
            out = _linear(query, weights, bias)
            return tuple(out.chunk(3, -1))  # type: ignore[return-value]
        weights = tuple(weights.split(size))
    biases = (None, None, None) if bias is None else bias.chunk(3)
    q, k, v = (_linear(x, w, b) for x, w, b in zip((query, key, value), weights, biases,
                                                    strict=True))
    return q, k, v


def check_shapes(query: Any, key: Any, value: Any, key_padding_mask: Any, attn_mask: Any,
                 heads: int) -> bool:
    """Whether the inputs are batched; AssertionError where their dimensions do not fit."""
    if query.dim() not in (2, 3):
        raise AssertionError(f"query should be unbatched 2D or batched 3D tensor but received "
                             f"{query.dim()}-D query tensor")
    batched = query.dim() == 3
    what, n = ("batched", 3) if batched else ("unbatched", 2)
    if key.dim() != n or value.dim() != n:
        raise AssertionError(
            f"For {what} ({n}-D) `query`, expected `key` and `value` to be {n}-D but found "
            f"{key.dim()}-D and {value.dim()}-D tensors respectively")
    if key_padding_mask is not None and key_padding_mask.dim() != n - 1:
        raise AssertionError(
            f"For {what} ({n}-D) `query`, expected `key_padding_mask` to be `None` or {n - 1}-D but "
            f"found {key_padding_mask.dim()}-D tensor instead")
    if attn_mask is not None and attn_mask.dim() not in (2, 3):
        raise AssertionError(
            f"For {what} ({n}-D) `query`, expected `attn_mask` to be `None`, 2-D or 3-D but found "
            f"{attn_mask.dim()}-D tensor instead")
    if not batched and attn_mask is not None and attn_mask.dim() == 3 and (
            attn_mask.size(0) != heads):
        raise AssertionError(f"Expected `attn_mask` shape to be ({heads}, {query.size(0)}, "
                             f"{key.size(0)}) but got {tuple(attn_mask.shape)}")
    return batched


def multi_head_attention_forward(
        query: Any, key: Any, value: Any, embed_dim_to_check: int, num_heads: int,
        in_proj_weight: Any, in_proj_bias: Any, bias_k: Any, bias_v: Any, add_zero_attn: bool,
        dropout_p: float, out_proj_weight: Any, out_proj_bias: Any, training: bool = True,
        key_padding_mask: Any = None, need_weights: bool = True, attn_mask: Any = None,
        use_separate_proj_weight: bool = False, q_proj_weight: Any = None, k_proj_weight: Any = None,
        v_proj_weight: Any = None, static_k: Any = None, static_v: Any = None,
        average_attn_weights: bool = True, is_causal: bool = False) -> tuple[Any, Any]:
    """Attention in several heads, between projections: the result and the weights (or None).

    ``query`` is [L, N, E], ``key`` and ``value`` [S, N, E] (without N if not batched). The weights
    are [N, L, S], averaged over the heads, or [N, heads, L, S].
    """
    batched = check_shapes(query, key, value, key_padding_mask, attn_mask, num_heads)
    same = query is key, key is value
    if not batched:
        query = query.unsqueeze(1)
        key = query if same[0] else key.unsqueeze(1)
        value = key if same[1] else value.unsqueeze(1)
        key_padding_mask = None if key_padding_mask is None else key_padding_mask.unsqueeze(0)
    length, batch, width = query.shape
    if width != embed_dim_to_check:
        raise AssertionError(f"was expecting embedding dimension of {embed_dim_to_check}, but got "
                             f"{width}")
    if width % num_heads:
        raise AssertionError(f"embed_dim {width} not divisible by num_heads {num_heads}")
    if not use_separate_proj_weight and key.shape != value.shape:
        raise AssertionError(f"key shape {key.shape} does not match value shape {value.shape}")
    if is_causal and attn_mask is None:
        raise RuntimeError("Need attn_mask if specifying the is_causal hint.")
    only_causal = is_causal and key_padding_mask is None and not need_weights
    mask = None if only_causal else as_bias(attn_mask, "attn_mask", query.dtype)
    padding = as_bias(key_padding_mask, "key_padding_mask", query.dtype)
    q, k, v = projected(
        query, key, value, (q_proj_weight, k_proj_weight, v_proj_weight)
        if use_separate_proj_weight else in_proj_weight, in_proj_bias)
    mask = checked_mask(mask, length, key.size(0), batch, num_heads)
    if bias_k is not None and bias_v is not None:
        k = _cat([k, bias_k.expand(1, batch, width)])
        v = _cat([v, bias_v.expand(1, batch, width)])
        mask, padding = widened(mask), widened(padding)

    def split(x: Any) -> Any:   # [S, N, E] to [N, heads, S, E / heads]
        return x.reshape(x.size(0), batch, num_heads, width // num_heads).permute(1, 2, 0, 3)

    q = split(q)
    k = split(k) if static_k is None else static_k.unflatten(0, (batch, num_heads))
    v = split(v) if static_v is None else static_v.unflatten(0, (batch, num_heads))
    if add_zero_attn:
        empty = zeros((batch, num_heads, 1, width // num_heads), dtype=k.dtype)
        k, v = _cat([k, empty], 2), _cat([v, empty], 2)
        mask, padding = widened(mask), widened(padding)
    if mask is not None and mask.dim() == 3:
        mask = mask.unflatten(0, (batch, num_heads))
    if padding is not None:
        if padding.size(1) != k.size(2):
            raise AssertionError(f"expecting key_padding_mask shape of {(batch, k.size(2))}, but "
                                 f"got {tuple(padding.shape)}")
        padding = padding.reshape(batch, 1, 1, k.size(2))
        mask = padding if mask is None else mask + padding
    p = dropout_p if training else 0.0
    if not need_weights:
        out, weights = scaled_dot_product_attention(q, k, v, mask, p, only_causal), None
    else:
        scores = _matmul(q * math.sqrt(num_heads / width), k.transpose(-2, -1))
        weights = _softmax(scores if mask is None else scores + mask, -1)
        if p > 0:
            weights = dropout(weights, p, True)
        out = _matmul(weights, v)
    out = out.permute(2, 0, 1, 3).reshape(length * batch, width)
    out = _linear(out, out_proj_weight, out_proj_bias).reshape(length, batch, -1)
    if weights is not None and average_attn_weights:
        weights = weights.mean(1)
    if not batched:
        return out.squeeze(1), None if weights is None else weights.squeeze(0)
    return out, weights


def checked_mask(mask: Any, length: int, size: int, batch: int, heads: int) -> Any:
    """``mask``; RuntimeError if its shape is not that of the scores."""
    if mask is None:
        return None
    right = (length, size) if mask.dim() == 2 else (batch * heads, length, size)
    if tuple(mask.shape) != right:
        raise RuntimeError(f"The shape of the {mask.dim()}D attn_mask is {tuple(mask.shape)}, but "
                           f"should be {right}.")
    return mask


def widened(mask: Any) -> Any:
    """A mask with one more position, which may be seen."""
    if mask is None:
        return None
    return _cat([mask, zeros((*mask.shape[:-1], 1), dtype=mask.dtype)], -1)


__all__ = ["causal_mask", "multi_head_attention_forward",
           "scaled_dot_product_attention"]
