"""Batch normalisation over the batches of several processes."""

from __future__ import annotations

from typing import Any

from ...autograd.modes import no_grad
from ...engine.dtypes import float64
from ...functions import collectives, joins, pointwise
from ...tensors.creation import full
from ...tensors.operators import Tensor
from ...tensors.recorded import function

all_gather_rows = function(collectives.all_gather_rows)


def synced_batch_norm(input: Tensor, running_mean: Any, running_var: Any, weight: Any, bias: Any,
                      momentum: Any, eps: float, group: Any) -> Tensor:
    """``input`` of shape [N, C, ...], normalised by the means and variances per channel over the
    inputs of all processes of ``group``, which may be of different lengths.

    Each process gives its count, means and sums of squares about them, which are put together as in
    Chan, Golub and LeVeque (1983): one exchange, and one of as many numbers in the backward.
    """
    x = input if input.dtype is float64 else input.float()
    c = x.shape[1]
    dims = [0, *range(2, x.dim())]
    shape = [1, c] + [1] * (x.dim() - 2)
    count = x.numel() // c
    means = x.sum(dims) / max(count, 1)
    squares = ((x - means.reshape(shape)) ** 2).sum(dims)
    mine = full((1,), float(count), dtype=x.dtype, device=x.device)
    rows = all_gather_rows(function(joins.cat)([mine, means, squares]), group.processes)
    counts, means, squares = rows[:, :1], rows[:, 1:c + 1], rows[:, c + 1:]
    total = counts.sum()
    mean = (counts * means).sum(0) / total
    square = (squares + counts * (means - mean) ** 2).sum(0)
    if running_mean is not None:
        with no_grad():
            running_mean.lerp_(mean.to(running_mean.dtype), momentum)
            running_var.lerp_((square / (total - 1)).to(running_var.dtype), momentum)
    scale = function(pointwise.rsqrt)(square / total + eps)
    if weight is not None:
        scale = scale * weight
    out: Tensor = (x - mean.reshape(shape)) * scale.reshape(shape)
    if bias is not None:
        out = out + bias.reshape(shape)
    return out.to(input.dtype)
