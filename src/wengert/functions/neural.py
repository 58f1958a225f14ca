"""Softmax, normalisation layers, similarities, and reading rows: ``torch.nn.functional`` without
the activations and the losses."""

from __future__ import annotations

import math
from typing import Any

from ..engine.dtypes import FLOAT, DType, bfloat16, float16, float32, int32, int64, uint8
from ..engine.graph import Node, Primitive, Shape, lift
from ..engine.ops import elementwise as el
from ..engine.ops import neural
from ..engine.ops import reduce as red
from ..engine.ops.indexing import put_add
from ..engine.ops.structural import broadcast_to, copy, full, graft, reshape, stop
from ..engine.recording.calls import call
from ..engine.recording.flushing import host
from ..engine.recording.operation import (
    Number,
    as_dtype,
    normal_dim,
    normal_dims,
    operation,
    promoted,
    single,
)
from ..engine.recording.recording import dtype_of, shape_of
from .arithmetic import not_implemented
from .reduce import mean_over, norm_over, squared
from .selection import tensor_argument

EPSILON = {"float16": 9.765625e-04, "bfloat16": 7.8125e-03, "float32": 1.1920928955078125e-07,
           "float64": 2.220446049250313e-16}
"""The distance from 1 to the next number, by dtype."""


# Softmax
def implied_dim(dim: int | None, ndim: int) -> int:
    """``dim``, or the dimension that PyTorch takes where none is given."""
    return dim if dim is not None else 0 if ndim in (0, 1, 3) else 1


def _along(name: str, primitive: Primitive, input: Node, dim: int,
           dtype: DType | None) -> Node:
    x = input if dtype is None else as_dtype(input, dtype)
    axes = normal_dims(dim, x.ndim)
    if x.dtype.category != FLOAT:
        if not x.size:
            return copy(x)
        last = "" if axes and axes[0] < x.ndim - 1 else "lastdim_"
        raise not_implemented(f"{name}_{last}kernel_impl", x)
    return primitive(x, axes=axes)


@operation("SoftmaxBackward0")
def softmax(input: Node, dim: int, dtype: DType | None = None) -> Node:
    """``exp(input) / sum(exp(input))`` along ``dim``, without overflow."""
    return _along("softmax", red.softmax, input, dim, dtype)


@operation("LogSoftmaxBackward0")
def log_softmax(input: Node, dim: int, dtype: DType | None = None) -> Node:
    """``input - log(sum(exp(input)))`` along ``dim``, without overflow."""
    return _along("log_softmax", red.log_softmax, input, dim, dtype)


@operation("SoftmaxBackward0", methods=())
def softmin(input: Node, dim: int, dtype: DType | None = None) -> Node:
    """``softmax(-input)`` along ``dim``."""
    return softmax(-input, dim, dtype)


# Normalisation layers. Half precision is computed in float32.
def _last_axes(name: str, input: Node, normalized_shape: Shape, star: str) -> Shape:
    if isinstance(normalized_shape, int):
        normalized_shape = (normalized_shape,)
    n = len(normalized_shape)
    if n == 0:
        raise RuntimeError("Expected normalized_shape to be at least 1-dimensional, i.e., "
                           "containing at least one element, but got normalized_shape = []")
    if input.shape[-n:] != tuple(normalized_shape):
        wanted = ", ".join(map(str, normalized_shape))
        raise RuntimeError(
            f"Given normalized_shape={list(normalized_shape)}, expected input with shape "
            f"[*{star}{wanted}], but got input of size{list(input.shape)}")
    if not input.dtype.is_differentiable:
        raise not_implemented(name, input)
    return tuple(range(input.ndim - n, input.ndim))


def _fits(what: str, parameter: Node | None, shape: Shape, dtype: DType) -> None:
    if parameter is None:
        return
    if parameter.shape != shape:
        raise RuntimeError(
            f"Expected {what} to be of same shape as normalized_shape, but got {what} of shape "
            f"{list(parameter.shape)} and normalized_shape = {list(shape)}")
    if parameter.dtype is not dtype and not (
            parameter.dtype is float32 and dtype in (bfloat16, float16)):
        raise RuntimeError(f"expected scalar type {dtype.legacy_name} but found "
                           f"{parameter.dtype.legacy_name}: {what} and input differ in dtype")


def _scaled(x: Node, weight: Node | None, bias: Node | None, dtype: DType) -> Node:
    """``x * weight + bias``, in ``dtype``."""
    if weight is not None:
        x = el.mul(x, single(weight))
    if bias is not None:
        x = el.add(x, single(bias))
    return as_dtype(x, dtype)


def standardized(x: Node, axes: Shape, eps: float) -> Node:
    """``x`` less its mean, over its standard deviation, in at least float32."""
    x = single(x)
    centred = el.sub(x, mean_over(x, axes, True))
    variance = mean_over(squared(centred), axes, True)
    return el.mul(centred, el.reciprocal(el.sqrt(variance + eps)))


@operation("NativeLayerNormBackward0", methods=())
def layer_norm(input: Node, normalized_shape: Shape, weight: Node | None = None,
               bias: Node | None = None, eps: float = 1e-5) -> Node:
    """Standardise over the last dimensions, ``normalized_shape``, then scale and shift.

    ``(x - mean) / sqrt(var + eps) * weight + bias``, with the biased variance.
    """
    axes = _last_axes("LayerNormKernelImpl", input, normalized_shape, ", ")
    shape = input.shape[axes[0]:]
    _fits("weight", weight, shape, input.dtype)
    _fits("bias", bias, shape, input.dtype)
    return _scaled(standardized(input, axes, eps), weight, bias, input.dtype)


@operation("MulBackward0", methods=())
def rms_norm(input: Node, normalized_shape: Shape, weight: Node | None = None,
             eps: float | None = None) -> Node:
    """``x / sqrt(mean(x^2) + eps) * weight`` over the last dimensions, ``normalized_shape``.

    ``eps`` is the precision of the dtype by default.
    """
    axes = _last_axes("RMSNormKernelImpl", input, normalized_shape, "")
    _fits("weight", weight, input.shape[axes[0]:], weight.dtype if weight is not None else
          input.dtype)
    x = single(input)
    if eps is None:
        eps = EPSILON[x.dtype.to_real().name]
    square = el.mul(x, x) if x.dtype.is_complex else el.square(x)
    x = el.mul(x, el.reciprocal(el.sqrt(mean_over(square, axes, True) + eps)))
    if weight is not None:
        x = el.mul(*promoted(x, single(weight)))
    discarded = x.dtype.is_complex and not input.dtype.is_complex
    return as_dtype(el.real(x) if discarded else x, input.dtype)


@operation("NativeGroupNormBackward0", methods=())
def group_norm(input: Node, num_groups: int, weight: Node | None = None, bias: Node | None = None,
               eps: float = 1e-5) -> Node:
    """Standardise each of ``num_groups`` groups of channels (dimension 1), then scale and shift
    each channel."""
    if input.ndim < 2:
        raise RuntimeError("Expected at least 2 dimensions for input tensor but received "
                           f"{input.ndim}")
    n, channels = input.shape[:2]
    if num_groups < 1 or channels % num_groups:
        raise RuntimeError(
            "Expected number of channels in input to be divisible by num_groups, but got input of "
            f"shape {list(input.shape)} and num_groups={num_groups}")
    for what, parameter in ("weight", weight), ("bias", bias):
        if parameter is not None and parameter.shape != (channels,):
            raise RuntimeError(
                f"Expected {what} to be a vector of size equal to the number of channels in input, "
                f"but got {what} of shape {list(parameter.shape)} and input of shape "
                f"{list(input.shape)}")
    size = channels // num_groups * math.prod(input.shape[2:])
    groups = reshape(input, shape=(n, num_groups, size))
    found = reshape(standardized(groups, (2,), eps), shape=input.shape)
    column = (channels,) + (1,) * (input.ndim - 2)
    weight, bias = (None if p is None else reshape(p, shape=column) for p in (weight, bias))
    return _scaled(found, weight, bias, input.dtype)


# Lengths and similarities
def at_least(x: Node, low: float) -> Node:
    """``max(x, low)`` with the derivative of ``x``."""
    return graft(x, el.clamp_min(stop(x, reason="at_least"), lift(low)))


@operation("DivBackward0", methods=())
def normalize(input: Node, p: float = 2.0, dim: int | Shape = 1, eps: float = 1e-12) -> Node:
    """``input / max(norm, eps)``, with the p-norm over ``dim``."""
    if not input.dtype.is_differentiable:
        raise RuntimeError("linalg.vector_norm: Expected a floating point or complex tensor as "
                           f"input. Got {input.dtype.legacy_name}")
    size = norm_over(input, p, normal_dims(dim, input.ndim), True)
    return el.div(input, as_dtype(el.clamp_min(size, lift(eps)), input.dtype))


@operation("SumBackward1", methods=())
def cosine_similarity(x1: Node, x2: Node, dim: int = 1, eps: float = 1e-8) -> Node:
    """``sum(x1 * x2) / (max(|x1|, eps) * max(|x2|, eps))`` along ``dim``, with broadcasting."""
    a, b = promoted(x1, x2)
    if not a.dtype.is_floating_point:
        raise RuntimeError("expected common dtype to be floating point, yet common dtype is "
                           f"{a.dtype.legacy_name}")
    shape = el.broadcast_shape(a.shape, b.shape)
    axes = (normal_dim(dim, len(shape)),) if shape else ()
    a, b = (x if x.shape == shape else broadcast_to(x, shape=shape) for x in (a, b))
    a, b = (el.div(x, at_least(norm_over(x, 2, axes, True), eps)) for x in (a, b))
    return red.sum_(el.mul(a, b), axes=axes, keepdims=False)


def distance(x1: Node, x2: Node, p: float, eps: float, keepdim: bool = False) -> Node:
    """The p-norm of ``x1 - x2 + eps`` over the last dimension."""
    a, b = promoted(x1, x2, to_float=True)
    gap = el.sub(a, b) + eps
    return norm_over(gap, p, (gap.ndim - 1,) if gap.ndim else (), keepdim)


@operation("NormBackward1", methods=())
def pairwise_distance(x1: Node, x2: Node, p: float = 2.0, eps: float = 1e-6,
                      keepdim: bool = False) -> Node:
    """The p-norm of ``x1 - x2 + eps`` over the last dimension, with broadcasting."""
    return distance(x1, x2, p, eps, keepdim)


# Masks and rows
@operation("MulBackward0", methods=())
def masked_scale(input: Node, mask: Node, scale: Number) -> Node:
    """``input * scale`` where the bool ``mask`` holds, and 0 elsewhere: dropout with its mask."""
    return el.where(mask, input if scale is None else el.mul(input, scale), lift(0.0))


@operation(methods=())
def _one_hot(tensor: Node, num_classes: int = -1) -> Node:
    """For each class number a row of ``num_classes`` with a 1 at its place; int64."""
    if tensor.dtype is not int64:
        raise RuntimeError("one_hot is only applicable to index tensor of type LongTensor.")
    if num_classes < 0:
        raise RuntimeError("one_hot: num_classes depends on the values; give it as a number")
    return neural.one_hot(tensor, classes=num_classes)


@operation("EmbeddingBackward0", methods=())
def embedding(input: Node, weight: Node, padding_idx: int | None = None,
              max_norm: float | None = None, norm_type: float = 2.0,
              scale_grad_by_freq: bool = False, sparse: bool = False) -> Node:
    """The rows of ``weight`` at ``input``; the row ``padding_idx`` receives no gradient."""
    if max_norm is not None:
        raise NotImplementedError(
            "embedding(): max_norm writes to the weight; torch.nn.functional.embedding does it")
    if input.dtype not in (int64, int32, uint8):
        raise RuntimeError(
            "Expected tensor for argument #1 'indices' to have one of the following scalar types: "
            f"Long, Int; but got torch.{input.dtype.legacy_name}Tensor instead (while checking "
            "arguments for embedding)")
    if weight.ndim != 2:
        raise RuntimeError("'weight' must be 2-D")
    found = neural.rows(weight, input)
    n = weight.shape[0]
    if scale_grad_by_freq:
        counts = put_add(full(lift(1.0), shape=input.shape, dtype=weight.dtype), input,
                         shape=(n,), dims=(0,))
        share = el.reciprocal(neural.rows(counts, input))
        found = neural.gated(found, reshape(share, shape=(*input.shape, 1)))
    if padding_idx is None:
        return found
    if not -n <= padding_idx < n:
        raise AssertionError("Padding_idx must be within num_embeddings")
    keep = el.ne(input, lift(padding_idx % n))
    keep = reshape(keep, shape=(*input.shape, 1))
    return neural.gated(found, el.cast(keep, dtype=weight.dtype))


# ---- decided at the call ----


def one_hot(input: Any, num_classes: int = -1) -> Any:
    """Rows of zeros with a one at the class: int64, of shape ``(*input.shape, num_classes)``.

    Without ``num_classes`` it is one more than the largest class, which must be computed first.
    """
    if dtype_of(tensor_argument("one_hot", input)) is not int64:
        raise RuntimeError("one_hot is only applicable to index tensor of type LongTensor.")
    if num_classes == -1:
        classes = host(input)
        if not classes.size:
            raise RuntimeError("Can not infer total number of classes from empty tensor.")
        if classes.min() < 0:
            raise RuntimeError("Class values must be non-negative.")
        num_classes = int(classes.max()) + 1
    elif num_classes < 1:
        raise RuntimeError("Class values must be smaller than num_classes." if all(shape_of(input))
                           else "Can not infer total number of classes from empty tensor.")
    return call(_one_hot, (input, num_classes))
