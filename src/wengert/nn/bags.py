"""Look-ups that renormalise their table, and sums, means and maxima of rows in bags."""

from __future__ import annotations

from typing import Any

from ..autograd.modes import is_grad_enabled, no_grad
from ..engine.dtypes import int32, int64
from ..engine.lazy import lazy
from ..functions import neural, order
from ..tensors.creation import arange, ones_like, zeros
from ..tensors.operators import Tensor
from ..tensors.recorded import function

searchsorted = function(order.searchsorted)

_embedding = function(neural.embedding)
_INF = float("inf")


def embedding(input: Any, weight: Any, padding_idx: int | None = None,
              max_norm: float | None = None, norm_type: float = 2.0,
              scale_grad_by_freq: bool = False, sparse: bool = False) -> Any:
    """The rows of ``weight`` at ``input``, [*] to [*, columns].

    The row ``padding_idx`` receives no gradient. With ``max_norm`` the rows that are read are first
    scaled in place to at most that ``norm_type``-norm. ``scale_grad_by_freq`` divides gradients by
    how often their row occurs. With ``sparse`` the gradient of ``weight``, if that is a leaf, is a
    sparse tensor of the rows that were read.
    """
    if max_norm is not None:
        renorm_rows(weight, input, max_norm, norm_type)
    if sparse and weight.requires_grad and weight.is_leaf and is_grad_enabled():
        return lazy("nn.sparse_rows").sparse_rows(input, weight, padding_idx, scale_grad_by_freq)
    return _embedding(input, weight, padding_idx, None, norm_type, scale_grad_by_freq, sparse)


def renorm_rows(weight: Any, input: Any, max_norm: float, norm_type: float) -> None:
    """Scale the rows of ``weight`` at ``input`` to at most ``max_norm``, in place."""
    with no_grad():
        table, index = weight.detach(), input.reshape(-1)
        rows = table[index]
        norms = rows.norm(norm_type, dim=1, keepdim=True)
        scale = (max_norm / (norms + 1e-7)).where(norms > max_norm, ones_like(norms))
        table[index] = rows * scale


def embedding_renorm_(input: Any, indices: Any, max_norm: float, norm_type: float) -> Any:
    """``input``, whose rows at ``indices`` are scaled to at most ``max_norm``, in place."""
    renorm_rows(input, indices, max_norm, norm_type)
    return input


def embedding_bag(input: Any, weight: Any, offsets: Any = None, max_norm: float | None = None,
                  norm_type: float = 2, scale_grad_by_freq: bool = False, mode: str = "mean",
                  sparse: bool = False, per_sample_weights: Any = None,
                  include_last_offset: bool = False, padding_idx: int | None = None) -> Any:
    """The sum, mean or maximum (``mode``) of the rows of ``weight`` in each bag of ``input``.

    The bags are the rows of a 2-dim ``input``, or the parts of a 1-dim one that begin at
    ``offsets``. ``per_sample_weights`` scale the rows, for ``"sum"`` alone. The row ``padding_idx``
    counts in no bag. An empty bag gives zeros.
    """
    if weight.dtype in (int64, int32) and isinstance(input, Tensor) and (
            input.dtype.is_floating_point):
        input, weight = weight, input
    if per_sample_weights is not None and input.size() != per_sample_weights.size():
        raise ValueError(
            f"embedding_bag: If per_sample_weights ({list(per_sample_weights.shape)}) is not None, "
            f"then it must have the same shape as the input ({list(input.shape)})")
    input, bag, bags = _bags(input, offsets, include_last_offset)
    if mode not in ("sum", "mean", "max"):
        raise ValueError("mode has to be one of sum, mean or max")
    if mode == "max" and (scale_grad_by_freq or sparse):
        raise ValueError("max mode does not support "
                         + ("sparse weights" if sparse else "scaling the gradient by the "
                            "frequency"))
    if per_sample_weights is not None and mode != "sum":
        raise NotImplementedError(
            "embedding_bag: per_sample_weights was not None. per_sample_weights is only supported "
            f"for mode='sum' (got mode='{mode}'). Please open a feature request on GitHub.")
    if padding_idx is not None:
        padding_idx %= weight.size(0)
    rows = embedding(input, weight, padding_idx, max_norm, norm_type, scale_grad_by_freq, sparse)
    counted = None if padding_idx is None else input != padding_idx
    if per_sample_weights is not None:
        rows = rows * per_sample_weights.reshape(-1, 1)
    if mode == "max":
        return _maximum(rows, bag, bags, counted)
    if counted is not None:
        rows = rows * counted.unsqueeze(-1)
    total = zeros((bags, weight.size(1)), dtype=rows.dtype).index_add(0, bag, rows)
    if mode == "sum":
        return total
    ones = ones_like(input, dtype=rows.dtype) if counted is None else counted.to(rows.dtype)
    counts = zeros(bags, dtype=rows.dtype).index_add(0, bag, ones)
    return total / counts.clamp(min=1).unsqueeze(-1)


def _bags(input: Any, offsets: Any, include_last: bool) -> tuple[Any, Any, int]:
    """The indices in one row, the bag of each, and the number of bags."""
    if input.dim() == 2:
        if offsets is not None:
            raise ValueError("if input is 2D, then offsets has to be None, as input is treated is "
                             "a mini-batch of fixed length sequences. However, found offsets of "
                             f"type {type(offsets)}")
        bags, size = input.shape
        return input.reshape(-1), arange(bags).repeat_interleave(size), bags
    if input.dim() != 1:
        raise ValueError(f"input has to be 1D or 2D Tensor, but got Tensor of dimension "
                         f"{input.dim()}")
    if offsets is None:
        raise ValueError("offsets has to be a 1D Tensor but got None")
    if offsets.dim() != 1:
        raise ValueError("offsets has to be a 1D Tensor")
    bag = searchsorted(offsets.to(int64), arange(input.size(0)), right=True) - 1
    return input, bag, offsets.size(0) - bool(include_last)


def _maximum(rows: Any, bag: Any, bags: int, counted: Any) -> Any:
    place = bag.unsqueeze(-1).expand(rows.shape)
    if counted is not None:
        rows = rows.masked_fill(~counted.unsqueeze(-1), -_INF)
    start = rows.new_zeros((bags, rows.size(1)))
    found = start.scatter_reduce(0, place, rows, "amax", include_self=False)
    return found.masked_fill(found == -_INF, 0.0)


__all__ = ["embedding", "embedding_bag", "embedding_renorm_", "renorm_rows"]
