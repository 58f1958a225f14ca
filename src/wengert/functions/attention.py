"""Attention: the weights that queries give to keys, and the values they add up.

:func:`scaled_dot_product_attention` is one operation, unless dropout is drawn in between; then, and
in :func:`multi_head_attention_forward`, weights and values are operations of their own.
"""

from __future__ import annotations

import math
from typing import Any

from ..engine.dtypes import DType, bool_
from ..engine.graph import Node, Shape, lift
from ..engine.ops import contract as ct
from ..engine.ops import elementwise as el
from ..engine.ops import reduce as red
from ..engine.ops import structural as st
from ..engine.recording.operation import as_dtype, operation
from ..tensors.recorded import function
from .dropout import dropout
from .linear import linear, matmul
from .reduce import mean_over
from .shape import cut, reshaped

QKV = tuple[Node, Node, Node]


# Scaled dot product
def _check(query: Node, key: Node, value: Node, mask: Node | None) -> None:
    names = ("query", "key", "value")
    if not query.dtype is key.dtype is value.dtype:
        found = " ".join(f"{n}.dtype: {_c_name(x.dtype)}" + ("," if n == "query" else "")
                         for n, x in zip(names, (query, key, value), strict=True))
        raise RuntimeError("Expected query, key, and value to have the same dtype, but got "
                           + found.replace(" value", ", and value").replace(",,", ","))
    if min(query.ndim, key.ndim, value.ndim) < 2:
        raise RuntimeError(
            "Expected query, key, and value to all be  at least 2 dimensional, but got "
            f"query.dim: {query.ndim}, key.dim: {key.ndim} and value.dim: {value.ndim} instead.")
    if mask is not None and mask.dtype is not bool_ and mask.dtype is not query.dtype and (
            not mask.dtype.is_floating_point):
        raise RuntimeError("Expected attn_mask dtype to be bool or float or to match query dtype, "
                           f"but got attn_mask.dtype: {_c_name(mask.dtype)} and  query.dtype: "
                           f"{_c_name(query.dtype)} instead.")


def _c_name(dtype: DType) -> str:
    return {"float32": "float", "float64": "double", "int64": "long int"}.get(dtype.name,
                                                                             dtype.name)


def additive(mask: Node, dtype: DType, *, keep: bool) -> Node:
    """A mask to add to the scores; of a bool mask, the places where it is ``keep`` get 0 and the
    others minus infinity."""
    if mask.dtype is not bool_:
        return as_dtype(mask, dtype)
    out, off = lift(0.0), lift(-math.inf)
    return as_dtype(el.where(mask, *((out, off) if keep else (off, out))), dtype)


def _causal(scores: Node) -> Node:
    """``scores`` with minus infinity where a key comes after its query."""
    rows, columns = scores.shape[-2:]
    seen = st.lower(st.full(lift(True), shape=(rows, columns), dtype=bool_), k=0)
    return el.where(seen, scores, lift(-math.inf))


def _softmax(scores: Node, axes: Shape) -> Node:
    """Softmax that is 0 where all scores are minus infinity."""
    top = red.amax(st.stop(scores, reason="softmax"), axes=axes, keepdims=True)
    dead = el.eq(top, lift(-math.inf))
    found = red.softmax(el.where(dead, lift(0.0), scores), axes=axes)
    return el.where(dead, lift(0.0), found)


def _shared_heads(x: Node, heads: int) -> Node:
    """``x`` with each of its heads repeated, until there are as many as the query has."""
    own = x.shape[-3]
    if own == heads:
        return x
    if heads % own:
        raise RuntimeError("Number of heads in key and value must divide the number of heads in "
                           f"query: got {own} and {heads}")
    lead, rest, times = x.shape[:-3], x.shape[-2:], heads // own
    x = st.reshape(x, shape=(*lead, own, 1, *rest))
    x = st.broadcast_to(x, shape=(*lead, own, times, *rest))
    return st.reshape(x, shape=(*lead, heads, *rest))


def _scores(query: Node, key: Node, scale: float | None) -> Node:
    if scale is None:
        scale = 1 / math.sqrt(query.shape[-1]) if query.shape[-1] else 1.0
    return matmul(query * scale, ct.swap_last_axes(key))


@operation("SoftmaxBackward0", methods=())
def attention_weights(query: Node, key: Node, value: Node, attn_mask: Node | None = None,
                      is_causal: bool = False, scale: float | None = None,
                      enable_gqa: bool = False) -> Node:
    """How much of each value every query takes: (..., L, E) and (..., S, E) to (..., L, S).

    ``softmax(scale query key^T + mask)``, 0 for a query whose mask leaves no key.
    """
    _check(query, key, value, attn_mask)
    if attn_mask is not None and is_causal:
        raise RuntimeError("_scaled_dot_product_attention: Explicit attn_mask should not be set "
                           "when is_causal=True")
    if enable_gqa:
        key = _shared_heads(key, query.shape[-3])
    scores = _scores(query, key, scale)
    axes = (scores.ndim - 1,)
    if is_causal:
        scores = _causal(scores)
    if attn_mask is None:
        return red.softmax(scores, axes=axes)
    return _softmax(el.add(scores, additive(attn_mask, scores.dtype, keep=True)), axes)


@operation("UnsafeViewBackward0", methods=())
def attention_values(weights: Node, value: Node, enable_gqa: bool = False) -> Node:
    """``weights`` (..., L, S) times ``value`` (..., S, E)."""
    return matmul(weights, _shared_heads(value, weights.shape[-3]) if enable_gqa else value)


@operation("ScaledDotProductFlashAttentionForCpuBackward0", methods=())
def _scaled_dot_product_attention(
        query: Node, key: Node, value: Node, attn_mask: Node | None = None,
        dropout_p: float = 0.0, is_causal: bool = False, scale: float | None = None,
        enable_gqa: bool = False) -> Node:
    """``softmax(scale query key^T + mask) value``, the mask as in :func:`attention_weights`."""
    if dropout_p:
        raise ValueError("dropout needs random numbers, which a composition does not draw")
    weights = attention_weights(query, key, value, attn_mask, is_causal, scale, enable_gqa)
    return attention_values(weights, value, enable_gqa)


# Many heads
def _projected(query: Node, key: Node, value: Node, weight: Node, bias: Node | None) -> QKV:
    """The three projections by the rows of one weight (3E, E): one product for what is equal."""
    size = query.shape[-1]
    if query is key and key is value:
        return _thirds(linear(query, weight, bias), [size] * 3)
    parts = _rows(weight, [size, 2 * size] if key is value else [size] * 3)
    biases: list[Node | None] = [None] * len(parts)
    if bias is not None:
        biases = [*_rows(bias, [part.shape[0] for part in parts])]
    if key is value:
        both = _cut_last(linear(key, parts[1], biases[1]), [size, size])
        return linear(query, parts[0], biases[0]), both[0], both[1]
    q, k, v = (linear(x, w, b) for x, w, b in zip((query, key, value), parts, biases, strict=True))
    return q, k, v


def _rows(x: Node, sizes: list[int]) -> list[Node]:
    return [cut(x, 0, sum(sizes[:i]), n) for i, n in enumerate(sizes)]


def _cut_last(x: Node, sizes: list[int]) -> list[Node]:
    return [cut(x, x.ndim - 1, sum(sizes[:i]), n) for i, n in enumerate(sizes)]


def _thirds(x: Node, sizes: list[int]) -> QKV:
    q, k, v = _cut_last(x, sizes)
    return q, k, v


@operation("ViewBackward0", methods=())
def attention_projections(
        query: Node, key: Node, value: Node, in_weight: Node | None, in_bias: Node | None,
        q_weight: Node | None, k_weight: Node | None, v_weight: Node | None,
        bias_k: Node | None, bias_v: Node | None, static_k: Node | None, static_v: Node | None,
        heads: int, add_zero_attn: bool) -> QKV:
    """The queries (N, heads, L, d), keys and values (N, heads, S, d) of inputs (L or S, N, E).

    The projection is by ``in_weight`` (3E, E), or by one weight each; ``bias_k`` and ``bias_v``
    are one more key and value, and so are the zeros of ``add_zero_attn``.
    """
    if in_weight is not None:
        q, k, v = _projected(query, key, value, in_weight, in_bias)
    else:
        assert q_weight is not None and k_weight is not None and v_weight is not None
        biases: list[Node | None] = [None] * 3
        if in_bias is not None:
            biases = [*_rows(in_bias, [q_weight.shape[0]] * 3)]
        q = linear(query, q_weight, biases[0])
        k = linear(key, k_weight, biases[1])
        v = linear(value, v_weight, biases[2])
    q = _heads(q, heads)
    k = _keys(k, bias_k, static_k, heads, q, add_zero_attn, "static_k")
    v = _keys(v, bias_v, static_v, heads, q, add_zero_attn, "static_v")
    return q, k, v


def _heads(x: Node, heads: int) -> Node:
    length, batch, size = x.shape
    return st.transpose(st.reshape(x, shape=(length, batch, heads, size // heads)),
                        perm=(1, 2, 0, 3))


def _keys(x: Node, bias: Node | None, static: Node | None, heads: int, q: Node, add_zero: bool,
          name: str) -> Node:
    batch, _, _, size = q.shape
    if bias is not None:
        if static is not None:
            raise AssertionError(f"bias cannot be added to {name}.")
        more = st.broadcast_to(bias, shape=(1, batch, x.shape[-1]))
        x = st.concatenate(x, more, axis=0)
    if static is None:
        x = _heads(x, heads)
    else:
        for axis, wanted in (0, batch * heads), (2, size):
            if static.shape[axis] != wanted:
                raise AssertionError(f"expecting {name}.size({axis}) of {wanted}, but got "
                                     f"{static.shape[axis]}")
        x = st.reshape(static, shape=(batch, heads, *static.shape[1:]))
    if add_zero:
        x = st.concatenate(x, st.zeros((batch, heads, 1, size), x.dtype), axis=2)
    return x


def _wide(mask: Node, length: int) -> Node:
    """``mask`` with zeros for the keys that were added, ``length`` in all."""
    missing = length - mask.shape[-1]
    if missing <= 0:
        return mask
    return st.concatenate(mask, st.zeros((*mask.shape[:-1], missing), mask.dtype),
                          axis=mask.ndim - 1)


@operation("SoftmaxBackward0", methods=())
def multi_head_weights(query: Node, key: Node, padding: Node | None, attn_mask: Node | None,
                       is_causal: bool, safe: bool) -> Node:
    """The weights (N, heads, L, S) for masks ``padding`` (N, S) and ``attn_mask`` (L, S) or
    (N heads, L, S); bool masks say what to leave out.

    ``safe`` says that a query without any key gets zeros instead of NaN.
    """
    batch, heads, rows, _ = query.shape
    scores = _scores(query, key, None)
    columns, axes = scores.shape[-1], (3,)
    if is_causal:
        scores = _causal(scores)
    masks = []
    if attn_mask is not None:
        mask = _wide(additive(attn_mask, scores.dtype, keep=False), columns)
        many = attn_mask.ndim == 3 and attn_mask.shape[0] != 1
        masks.append(st.reshape(mask, shape=(batch if many else 1, heads if many else 1, rows,
                                             columns)))
    if padding is not None:
        mask = _wide(additive(padding, scores.dtype, keep=False), columns)
        masks.append(st.reshape(mask, shape=(batch, 1, 1, columns)))
    if not masks:
        return red.softmax(scores, axes=axes)
    scores = el.add(scores, masks[0] if len(masks) == 1 else el.add(*masks))
    return _softmax(scores, axes) if safe else red.softmax(scores, axes=axes)


@operation("ViewBackward0", methods=())
def multi_head_output(weights: Node, value: Node, out_weight: Node,
                      out_bias: Node | None) -> Node:
    """The values that the weights choose, heads beside each other, projected: (L, N, E)."""
    batch, heads, rows, _ = weights.shape
    out = st.transpose(ct.matmul(weights, value), perm=(2, 0, 1, 3))
    out = st.reshape(out, shape=(rows * batch, heads * value.shape[-1]))
    out = linear(out, out_weight, out_bias)
    return reshaped(out, (rows, batch, out.shape[-1]))


@operation("MeanBackward1", methods=())
def mean_of_heads(weights: Node) -> Node:
    """(N, heads, L, S) to (N, L, S)."""
    return mean_over(weights, (1,), False)


# ---- decided at the call ----


_attention = function(_scaled_dot_product_attention)
_weights, _values = function(attention_weights), function(attention_values)
_projections = function(attention_projections)
_head_weights, _head_output = function(multi_head_weights), function(multi_head_output)
_mean_of_heads = function(mean_of_heads)


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
                           num_heads, bool(add_zero_attn))
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
