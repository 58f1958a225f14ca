"""Functions of ``torch`` that take their arguments as PyTorch's kernels do: numbers for modes,
running statistics behind the parameters, and the statistics among the results."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..tensors.recorded import function, with_out
from . import batch, joins, neural, resampling

_by_layer, _by_group = function(neural.layer_norm), function(neural.group_norm)
_padded = function(joins.pad)
_MODES, _PADDINGS = ("bilinear", "nearest", "bicubic"), ("zeros", "border", "reflection")


def batch_norm(input: Any, weight: Any, bias: Any, running_mean: Any, running_var: Any,
               training: bool, momentum: float, eps: float, cudnn_enabled: bool = True) -> Any:
    """:func:`torch.nn.functional.batch_norm`."""
    return batch.batch_norm(input, running_mean, running_var, weight, bias, training, momentum,
                            eps)


def instance_norm(input: Any, weight: Any, bias: Any, running_mean: Any, running_var: Any,
                  use_input_stats: bool, momentum: float, eps: float,
                  cudnn_enabled: bool = True) -> Any:
    """:func:`torch.nn.functional.instance_norm`."""
    return batch.instance_norm(input, running_mean, running_var, weight, bias, use_input_stats,
                               momentum, eps)


@with_out
def native_batch_norm(input: Any, weight: Any, bias: Any, running_mean: Any, running_var: Any,
                      training: bool, momentum: float, eps: float) -> tuple[Any, ...]:
    """``batch_norm``, and of the batch the means (C) and the reciprocals of the deviations (C);
    both without elements unless ``training``."""
    out = batch_norm(input, weight, bias, running_mean, running_var, training, momentum, eps)
    if not training:
        none = input.new_empty((0,))
        return out, none, none
    x, axes = input.detach(), [d for d in range(input.dim()) if d != 1]
    return out, x.mean(axes), (x.var(axes, correction=0) + eps).rsqrt()


def native_layer_norm(input: Any, normalized_shape: Sequence[int], weight: Any, bias: Any,
                      eps: float) -> tuple[Any, ...]:
    """``layer_norm``, and the means and reciprocals of the deviations, with lengths of 1 in the
    dimensions that are normalised."""
    out = _by_layer(input, tuple(normalized_shape), weight, bias, eps)
    axes = list(range(input.dim() - len(tuple(normalized_shape)), input.dim()))
    x = input.detach()
    return (out, x.mean(axes, keepdim=True),
            (x.var(axes, correction=0, keepdim=True) + eps).rsqrt())


def native_group_norm(input: Any, weight: Any, bias: Any, N: int, C: int, HxW: int, group: int,
                      eps: float) -> tuple[Any, ...]:
    """``group_norm`` of ``input`` (N, C, ...) with ``HxW`` elements a channel, and the means and
    reciprocals of the deviations (N, group)."""
    if input.numel() != N * C * HxW:
        raise RuntimeError(f"native_group_norm: expected {N} x {C} x {HxW} elements, but got an "
                           f"input of shape {list(input.shape)}")
    out = _by_group(input, group, weight, bias, eps)
    x = input.reshape(N, group, -1)
    return out, x.mean(-1), (x.var(-1, correction=0) + eps).rsqrt()


def constant_pad_nd(input: Any, pad: Sequence[int], value: Any = 0) -> Any:
    """``input`` with ``value`` added at both ends of its last dimensions: two lengths for each, the
    last dimension first; a negative one cuts off."""
    return _padded(input, tuple(pad), "constant", value)


def grid_sampler(input: Any, grid: Any, interpolation_mode: int, padding_mode: int,
                 align_corners: bool) -> Any:
    """:func:`torch.nn.functional.grid_sample`, with numbers for its modes: 0 bilinear, 1 nearest, 2
    bicubic; outside are 0 zeros, 1 the border, 2 a reflection."""
    if interpolation_mode not in (0, 1, 2) or padding_mode not in (0, 1, 2):
        raise RuntimeError("grid_sampler: interpolation_mode and padding_mode are 0, 1 or 2, not "
                           f"{interpolation_mode} and {padding_mode}")
    return resampling.grid_sample(input, grid, _MODES[interpolation_mode],
                                  _PADDINGS[padding_mode], align_corners)


def grid_sampler_2d(input: Any, grid: Any, interpolation_mode: int, padding_mode: int,
                    align_corners: bool) -> Any:
    """:func:`grid_sampler` of images."""
    _of_dims("grid_sampler_2d", input, 4)
    return grid_sampler(input, grid, interpolation_mode, padding_mode, align_corners)


def grid_sampler_3d(input: Any, grid: Any, interpolation_mode: int, padding_mode: int,
                    align_corners: bool) -> Any:
    """:func:`grid_sampler` of volumes."""
    _of_dims("grid_sampler_3d", input, 5)
    return grid_sampler(input, grid, interpolation_mode, padding_mode, align_corners)


def _of_dims(name: str, input: Any, n: int) -> None:
    if input.dim() != n:
        raise RuntimeError(f"{name}(): expected a {n}D input but got sizes {list(input.shape)}")


def affine_grid_generator(theta: Any, size: Sequence[int], align_corners: bool) -> Any:
    """:func:`torch.nn.functional.affine_grid`."""
    return resampling.affine_grid(theta, list(size), align_corners)


__all__ = ["affine_grid_generator", "batch_norm", "constant_pad_nd", "grid_sampler",
           "grid_sampler_2d", "grid_sampler_3d", "instance_norm", "native_batch_norm",
           "native_group_norm", "native_layer_norm"]
