"""``batch_norm`` and ``instance_norm``, which write running statistics too.

The average over time is recorded like any write, so a training step reads no value.
"""

from __future__ import annotations

import math
from typing import Any

from ..engine.recording.handle import Handle
from ..engine.recording.operation import OPERATIONS
from ..engine.recording.recording import shape_of
from ..tensors.recorded import function, recorded_write

by_batch = function("native_batch_norm")
by_instance = function("native_instance_norm")
by_running = function("fixed_norm")
by_window = function("window_norm")
average = recorded_write(OPERATIONS["moving_average"])


def batch_norm(input: Any, running_mean: Any, running_var: Any, weight: Any = None,
               bias: Any = None, training: bool = False, momentum: Any = 0.1,
               eps: float = 1e-5) -> Any:
    """``(input - mean) / sqrt(var + eps) * weight + bias``, per channel (dimension 1).

    While ``training``, mean and variance are those of the batch, and the running ones move towards
    them by ``momentum`` (a number or a 0-dim tensor); the running variance is the unbiased one.
    Otherwise they are the running ones. ValueError for a batch of one value per channel.
    """
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
