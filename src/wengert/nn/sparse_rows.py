"""Rows of a table whose gradient is sparse: ``embedding(sparse=True)``."""

from __future__ import annotations

from typing import Any

from ..autograd.function import Function
from ..autograd.gradients import add_sparse
from ..tensors.sparse.construction import sparse_coo_tensor


class SparseRows(Function):
    """The rows of ``weight``, a leaf, at ``input``. A backward adds a sparse gradient, with a value
    for each row that was read, to ``weight.grad``."""

    @staticmethod
    def forward(ctx: Any, weight: Any, input: Any, padding_idx: int | None,
                by_frequency: bool) -> Any:
        ctx.weight, ctx.padding_idx, ctx.by_frequency = weight, padding_idx, by_frequency
        ctx.save_for_backward(input)
        ctx.save_for_forward(input)
        return weight[input]

    @staticmethod
    def backward(ctx: Any, ct: Any) -> Any:
        weight, place = ctx.weight, ctx.saved_tensors[0].reshape(-1).long()
        values = ct.reshape(-1, weight.size(1))
        if ctx.by_frequency:
            raise RuntimeError("embedding_backward: scale_grad_by_freq not supported with sparse "
                               "gradients")
        if ctx.padding_idx is not None:
            kept = place != ctx.padding_idx % weight.size(0)
            place, values = place[kept], values[kept]
        add_sparse(weight, sparse_coo_tensor(place.unsqueeze(0), values, weight.shape))
        return None, None, None, None

    @staticmethod
    def jvp(ctx: Any, t: Any, *others: None) -> Any:
        return t[ctx.saved_tensors[0]]


def sparse_rows(input: Any, weight: Any, padding_idx: int | None, by_frequency: bool) -> Any:
    """The rows of ``weight`` at ``input``."""
    return SparseRows.apply(weight, input, padding_idx, by_frequency)
