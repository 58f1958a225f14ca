"""``linear_cross_entropy``: the cross entropy of a linear function, and its options."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any

from ..functions import linear as linears
from ..functions import losses
from ..tensors.recorded import function

_linear, _cross_entropy = function(linears.linear), function(losses.cross_entropy)


class LinearCrossEntropyOptions(SimpleNamespace):
    """In which chunks PyTorch computes :func:`linear_cross_entropy`; accepted, and of no effect on
    values or gradients: all logits are computed at once."""

    def __init__(self, allow_retain_graph: bool = False, batch_chunk_size: int | None = None,
                 chunking_method: str | None = "auto", acc_policy: str | None = "auto",
                 acc_dtype: Any = None) -> None:
        super().__init__(allow_retain_graph=allow_retain_graph, batch_chunk_size=batch_chunk_size,
                         chunking_method=chunking_method, acc_policy=acc_policy,
                         acc_dtype=acc_dtype)


def linear_cross_entropy(input: Any, linear_weight: Any, target: Any, *, linear_bias: Any = None,
                         weight: Any = None, reduction: str = "mean",
                         ignore_index: int | None = None, label_smoothing: float = 0.0,
                         options: Any = None) -> Any:
    """``cross_entropy(linear(input, linear_weight, linear_bias), target)``.

    ``input`` is of shape [N, in] or [in], ``linear_weight`` of shape [C, *, in] for C classes at
    each of the places ``*``, ``target`` and the rest as for :func:`cross_entropy`. RuntimeError
    where shapes do not fit, and for an ``ignore_index`` of targets that are probabilities.

    >>> F = torch.nn.functional
    >>> F.linear_cross_entropy(torch.zeros(3, 4), torch.ones(2, 4), torch.tensor([0, 1, 1]))
    tensor(0.6931)
    """
    if not 1 <= input.dim() <= 2:
        raise RuntimeError(f"expected input with dimensionality 1 or 2, got {input.dim()}")
    if linear_weight.dim() < 2:
        raise RuntimeError("expected linear_weight with dimensionality at least 2, got "
                           f"{linear_weight.dim()}")
    *batch, width = input.shape
    classes, *places, given = linear_weight.shape
    if width != given:
        raise RuntimeError("expected equal input and linear_weight last dimensions (in_features), "
                           f"got {width} and {given}, respectively")
    if linear_bias is not None and tuple(linear_bias.shape) != (classes, *places):
        raise RuntimeError(f"expected linear_bias shape {(classes, *places)}, got "
                           f"{tuple(linear_bias.shape)}")
    if places and not batch:
        raise RuntimeError(f"K-dimensional loss defined by linear_weight shape "
                           f"{tuple(linear_weight.shape)} requires batched input, (N, {width}), "
                           f"got unbatched input with shape {tuple(input.shape)}")
    shape = (*batch, classes, *places)
    if ignore_index is not None and tuple(target.shape) == shape:
        raise RuntimeError("ignore_index cannot be specified when target contains probabilities")
    flat = None if linear_bias is None else linear_bias.reshape(-1)
    rows = linear_weight.reshape(classes * math.prod(places), width)
    logits = _linear(input, rows, flat).reshape(shape)
    return _cross_entropy(logits, target, weight, reduction=reduction,
                          ignore_index=-100 if ignore_index is None else ignore_index,
                          label_smoothing=label_smoothing)


__all__ = ["LinearCrossEntropyOptions", "linear_cross_entropy"]
