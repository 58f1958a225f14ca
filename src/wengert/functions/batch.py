"""Normalisation by the statistics of a batch or of an instance, and over neighbouring channels.

``native_batch_norm`` and ``native_instance_norm`` also give the statistics that the layers average
over time; no gradient flows through those. :func:`batch_norm` and :func:`instance_norm` write the
average like any other value, so a training step reads none.
"""

from __future__ import annotations

import math
from typing import Any

from ..engine.dtypes import DType
from ..engine.graph import Node, Shape, lift
from ..engine.ops import elementwise as el
from ..engine.ops.structural import concatenate, reshape, slice_, stop, zeros
from ..engine.recording.handle import Handle
from ..engine.recording.operation import Number, as_dtype, normal_dim, operation, single
from ..engine.recording.recording import shape_of
from ..tensors.recorded import function, recorded_write
from .arithmetic import not_implemented
from .arithmetic import pow as power
from .reduce import mean_over, squared

Statistics = tuple[Node, Node, Node]


def _column(parameter: Node | None, ndim: int) -> Node | None:
    """A value per channel, in the shape that broadcasts along dimension 1."""
    if parameter is None:
        return None
    return reshape(parameter, shape=(parameter.shape[0],) + (1,) * (ndim - 2))


def _check(input: Node, weight: Node | None, bias: Node | None) -> None:
    if input.ndim < 2:
        raise RuntimeError("Expected at least 2 dimensions for input tensor but received "
                           f"{input.ndim}")
    if not input.dtype.is_differentiable:
        raise not_implemented("batch_norm", input)
    channels = input.shape[1]
    for what, parameter in ("weight", weight), ("bias", bias):
        if parameter is not None and parameter.shape != (channels,):
            raise RuntimeError(f"{what} should contain {channels} elements not "
                               f"{math.prod(parameter.shape)}")


def _affine(x: Node, weight: Node | None, bias: Node | None, dtype: DType) -> Node:
    weight, bias = _column(weight, x.ndim), _column(bias, x.ndim)
    if weight is not None:
        x = el.mul(x, single(weight))
    if bias is not None:
        x = el.add(x, single(bias))
    return as_dtype(x, dtype)


def _standardised(input: Node, axes: Shape, eps: float) -> Statistics:
    """``input`` with mean 0 and variance 1 over ``axes``; the mean, and the unbiased variance."""
    x = single(input)
    count = math.prod(x.shape[axis] for axis in axes)
    mean = mean_over(x, axes, True)
    centred = el.sub(x, mean)
    variance = mean_over(squared(centred), axes, True)
    out = el.mul(centred, el.reciprocal(el.sqrt(variance + eps)))
    unbiased = stop(variance, reason="batch_norm") * (count / max(count - 1, 1))
    return out, stop(mean, reason="batch_norm"), unbiased


@operation("NativeBatchNormBackward0", methods=())
def native_batch_norm(input: Node, weight: Node | None, bias: Node | None,
                      eps: float) -> Statistics:
    """``input`` standardised per channel (dimension 1), scaled and shifted; the channels' means,
    and their unbiased variances."""
    _check(input, weight, bias)
    axes = (0, *range(2, input.ndim))
    out, mean, variance = _standardised(input, axes, eps)
    channels = (input.shape[1],)
    return (_affine(out, weight, bias, input.dtype), reshape(mean, shape=channels),
            reshape(variance, shape=channels))


@operation("NativeBatchNormBackward0", methods=())
def native_instance_norm(input: Node, weight: Node | None, bias: Node | None,
                         eps: float) -> Statistics:
    """``input`` standardised per sample and channel, scaled and shifted; the channels' means and
    unbiased variances, averaged over the samples."""
    _check(input, weight, bias)
    out, mean, variance = _standardised(input, tuple(range(2, input.ndim)), eps)
    mean, variance = (mean_over(reshape(x, shape=input.shape[:2]), (0,), False)
                      for x in (mean, variance))
    return _affine(out, weight, bias, input.dtype), mean, variance


@operation("NativeBatchNormBackward0", methods=())
def fixed_norm(input: Node, mean: Node, variance: Node, weight: Node | None, bias: Node | None,
               eps: float) -> Node:
    """``(input - mean) / sqrt(variance + eps) * weight + bias``, with a value per channel each."""
    _check(input, weight, bias)
    for what, value in ("running_mean", mean), ("running_var", variance):
        if value.shape != (input.shape[1],):
            raise RuntimeError(f"{what} should contain {input.shape[1]} elements not "
                               f"{math.prod(value.shape)}")
    x = single(input)
    scale = el.reciprocal(el.sqrt(single(variance) + eps))
    if weight is not None:
        scale = el.mul(scale, single(weight))
    shift = el.neg(el.mul(single(mean), scale))
    if bias is not None:
        shift = el.add(shift, single(bias))
    column = (input.shape[1],) + (1,) * (input.ndim - 2)
    out = el.add(el.mul(x, reshape(scale, shape=column)), reshape(shift, shape=column))
    return as_dtype(out, input.dtype)


@operation("MovingAverage", methods=())
def moving_average(running: Node, new: Node, momentum: Number) -> Node:
    """``(1 - momentum) * running + momentum * new``; its in-place form is what layers use."""
    assert momentum is not None
    new = as_dtype(new, running.dtype)
    share = momentum if momentum.weak else as_dtype(momentum, running.dtype)
    return el.add(el.mul(running, 1 - share), el.mul(new, share))


@operation("DivBackward0", methods=())
def window_norm(input: Node, before: int, after: int, alpha: float, beta: float,
                k: float) -> Node:
    """``input / (k + alpha * s)^beta``, where ``s`` is the sum of the squares over the channels
    (dimension 1) from ``before`` the present one to ``after`` it."""
    squares = el.square(input)
    n = input.shape[1]
    total = squares
    for offset in range(-before, after + 1):
        if offset and abs(offset) < n:
            total = el.add(total, _shifted(squares, offset))
    base = total * alpha + k
    return el.div(input, power(base, beta))


def _shifted(x: Node, offset: int) -> Node:
    """The values ``offset`` channels further on; 0 outside."""
    n = x.shape[1]
    gap = zeros((x.shape[0], abs(offset), *x.shape[2:]), x.dtype)
    start = max(offset, 0)
    part = slice_(x, lift(start), axes=(1,), lengths=(n - abs(offset),), steps=(1,))
    return concatenate(*((part, gap) if offset > 0 else (gap, part)), axis=1)


@operation("GluBackward0", methods=())
def glu(input: Node, dim: int = -1) -> Node:
    """``a * sigmoid(b)``, with ``a`` and ``b`` the halves of ``input`` along ``dim``."""
    if not input.shape:
        raise RuntimeError("glu does not support 0-dimensional tensors")
    axis = normal_dim(dim, input.ndim)
    size = input.shape[axis]
    if size % 2:
        raise RuntimeError(
            f"Halving dimension must be even, but dimension {axis} is size {size}")
    half = size // 2
    a, b = (slice_(input, lift(start), axes=(axis,), lengths=(half,), steps=(1,))
            for start in (0, half))
    return el.mul(a, el.sigmoid(b))


# ---- decided at the call ----


by_batch, by_instance = function(native_batch_norm), function(native_instance_norm)
by_running, by_window = function(fixed_norm), function(window_norm)
average = recorded_write(moving_average)


def batch_norm(input: Any, running_mean: Any, running_var: Any, weight: Any = None,
               bias: Any = None, training: bool = False, momentum: Any = 0.1,
               eps: float = 1e-5) -> Any:
    """``(input - mean) / sqrt(var + eps) * weight + bias``, per channel (dimension 1).

    While ``training``, mean and variance are those of the batch, and the running ones move towards
    them by ``momentum`` (a number or a 0-dim tensor); the running variance is the unbiased one.
    Otherwise they are the running ones. ValueError for a batch of one value per channel.
    """
    if shape_of(input) == (0,):
        return input.clone()
    if not training:
        if running_mean is None or running_var is None:
            raise RuntimeError("Expected running_mean and running_var to be defined when "
                               "training=False")
        return by_running(input, running_mean, running_var, weight, bias, eps)
    shape = shape_of(input)
    if len(shape) > 1 and math.prod(shape) == shape[1]:
        raise ValueError(f"Expected more than 1 value per channel when training, got input size "
                         f"torch.Size({list(shape)})")
    check_statistics(shape, running_mean, running_var)
    out, mean, variance = by_batch(input, weight, bias, eps)
    move(running_mean, mean, momentum)
    move(running_var, variance, momentum)
    return out


def instance_norm(input: Any, running_mean: Any = None, running_var: Any = None,
                  weight: Any = None, bias: Any = None, use_input_stats: bool = True,
                  momentum: float = 0.1, eps: float = 1e-5) -> Any:
    """``(input - mean) / sqrt(var + eps) * weight + bias``, per sample and channel.

    With ``use_input_stats`` mean and variance are those of each sample's channel, and the running
    ones move towards their average over the batch by ``momentum``; otherwise they are the running
    ones. ValueError for a single value per sample and channel.
    """
    shape = shape_of(input)
    if not use_input_stats:
        if running_mean is None or running_var is None:
            raise RuntimeError("Expected running_mean and running_var to be defined when "
                               "use_input_stats is false")
        return by_running(input, running_mean, running_var, weight, bias, eps)
    if len(shape) > 2 and math.prod(shape[2:]) == 1:
        raise ValueError("Expected more than 1 spatial element when training, got input size "
                         f"torch.Size({list(shape)})")
    check_statistics(shape, running_mean, running_var)
    out, mean, variance = by_instance(input, weight, bias, eps)
    move(running_mean, mean, momentum)
    move(running_var, variance, momentum)
    return out


def check_statistics(shape: tuple[int, ...], mean: Any, variance: Any) -> None:
    """RuntimeError for running statistics that do not have a value per channel."""
    for what, value in ("running_mean", mean), ("running_var", variance):
        if value is not None and len(shape) > 1 and shape_of(value) != (shape[1],):
            raise RuntimeError(f"{what} should contain {shape[1]} elements not "
                               f"{math.prod(shape_of(value))}")


def move(running: Handle | None, new: Any, momentum: Any) -> None:
    """Write ``(1 - momentum) * running + momentum * new`` to ``running``."""
    if running is not None:
        average(running, new, momentum)


def local_response_norm(input: Any, size: int, alpha: float = 1e-4, beta: float = 0.75,
                        k: float = 1.0) -> Any:
    """``input / (k + alpha * m)^beta``, where m is the mean of the squares of ``size``
    neighbouring channels (Krizhevsky et al., 2012)."""
    if len(shape_of(input)) < 3:
        raise ValueError("Expected 3D or higher dimensionality input "
                         f"(got {len(shape_of(input))} dimensions)")
    return by_window(input, size // 2, (size - 1) // 2, alpha / size, beta, k)


def cross_map_norm(input: Any, size: int, alpha: float, beta: float, k: float) -> Any:
    """The form of :func:`local_response_norm` that ``CrossMapLRN2d`` computes: its window is the
    next odd number of channels."""
    if len(shape_of(input)) != 4:
        raise ValueError(
            f"CrossMapLRN2d: Expected input to be 4D, got {len(shape_of(input))}D instead.")
    side = (size - 1) // 2
    return by_window(input, side, side, alpha / size, beta, k)


__all__ = ["batch_norm", "cross_map_norm", "instance_norm", "local_response_norm"]
