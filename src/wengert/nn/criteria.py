"""Losses that are written with tensors: for several labels, triplets with any distance, and
connectionist temporal classification."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..engine.dtypes import int64
from ..functions import comparison, joins, neural, pointwise
from ..functions.choices import where
from ..tensors.creation import arange, tril_indices, zeros
from ..tensors.data import as_tensor
from ..tensors.operators import Tensor
from ..tensors.recorded import function

cat = function(joins.cat)
logaddexp = function(pointwise.logaddexp)
maximum = function(comparison.maximum)
minimum = function(comparison.minimum)
pairwise_distance = function(neural.pairwise_distance)

FAR = -1e30
"""The logarithm of a probability that is 0, finite so that differences exist."""


def reduction_of(size_average: bool | None, reduce: bool | None, reduction: str) -> str:
    """``reduction``, or what its older spelling says; ValueError for a name that is none."""
    if size_average is not None or reduce is not None:
        return "none" if reduce is False else "sum" if size_average is False else "mean"
    if reduction not in ("none", "mean", "sum"):
        raise ValueError(f"{reduction} is not a valid value for reduction")
    return reduction


def reduced(loss: Any, reduction: str) -> Any:
    """The losses, summed or averaged as ``reduction`` says."""
    return loss if reduction == "none" else loss.mean() if reduction == "mean" else loss.sum()


def multilabel_margin_loss(input: Any, target: Any, size_average: bool | None = None,
                           reduce: bool | None = None, reduction: str = "mean") -> Any:
    """The sum over labels y and other classes i of ``max(0, 1 - (x[y] - x[i]))``, over the number
    of classes.

    ``target``, of the shape of ``input`` ([N, C] or [C]), lists classes up to the first -1.
    """
    reduction = reduction_of(size_average, reduce, reduction)
    if not input.dim() and not target.dim():
        return multilabel_margin_loss(input.unsqueeze(0), target.unsqueeze(0), reduction=reduction)
    if not input.shape[-1]:
        raise RuntimeError("Expected non-empty vector or matrix with optional 0-dim batch size, "
                           f"but got: {list(input.shape)}")
    if input.dim() not in (1, 2) or input.shape != target.shape:
        raise RuntimeError(f"Expected target of the size of input, {list(input.shape)} in 1 or 2 "
                           f"dimensions, but got {list(target.shape)}")
    single = input.dim() <= 1
    x, y = (input.unsqueeze(0), target.unsqueeze(0)) if single else (input, target)
    classes = x.size(1)
    listed = (y >= 0).to(int64).cumprod(1)
    place = y * listed
    marked = zeros(x.shape, dtype=int64).scatter_add(1, place, listed) > 0
    gap = 1 - (x.gather(1, place).unsqueeze(2) - x.unsqueeze(1))
    counted = (listed > 0).unsqueeze(2) & ~marked.unsqueeze(1)
    loss = where(counted, gap.clamp(min=0), 0.0).sum((1, 2)) / classes
    return reduced(loss.squeeze(0) if single else loss, reduction)


def triplet_margin_with_distance_loss(
    anchor: Any, positive: Any, negative: Any, *,
    distance_function: Callable[[Any, Any], Any] | None = None, margin: float = 1.0,
    swap: bool = False, reduction: str = "mean",
) -> Any:
    """``max(0, d(anchor, positive) - d(anchor, negative) + margin)``; the distance is the Euclidean
    one by default. With ``swap`` the negative may be nearer to the positive than to the anchor."""
    reduction = reduction_of(None, None, reduction)
    if margin <= 0:
        raise ValueError(f"margin must be greater than 0, got {margin}")
    distance = distance_function or pairwise_distance
    dims = anchor.ndim
    if not (dims == positive.ndim == negative.ndim):
        raise RuntimeError("The anchor, positive, and negative tensors are expected to have the "
                           f"same number of dimensions, but got: anchor {dims}D, positive "
                           f"{positive.ndim}D, and negative {negative.ndim}D inputs")
    near, far = distance(anchor, positive), distance(anchor, negative)
    if swap:
        far = minimum(far, distance(positive, negative))
    return reduced((margin + near - far).clamp(min=0.0), reduction)


def ctc_loss(log_probs: Any, targets: Any, input_lengths: Any, target_lengths: Any,
             blank: int = 0, reduction: str = "mean", zero_infinity: bool = False) -> Any:
    """Minus the log-probability of ``targets``, summed over all alignments (Graves et al., 2006).

    ``log_probs`` is [T, N, C] or [T, C]; ``targets`` [N, S], or all in one row of [sum of the
    target lengths]. ``"mean"`` divides each loss by its target's length first. An impossible
    target costs inf, or 0 with ``zero_infinity``.
    """
    reduction = reduction_of(None, None, reduction)
    lone = log_probs.dim() == 2
    if lone:
        log_probs = log_probs.unsqueeze(1)
    steps, batch, classes = log_probs.shape
    if not 0 <= blank < classes:
        raise RuntimeError("blank must be in label range")
    lengths, sizes = _lengths(input_lengths, batch, "input"), _lengths(target_lengths, batch,
                                                                         "target")
    if targets.dim() == 1:
        targets = targets.unsqueeze(0) if lone else _in_rows(targets, target_lengths)
    loss = _alignments(log_probs, targets.to(int64), lengths, sizes, blank, steps)
    seen = (arange(steps).unsqueeze(1) < lengths).unsqueeze(2)
    mass = where(seen, log_probs.exp(), 0.0).sum((0, 2))
    loss = loss + (mass - mass.detach())  # PyTorch's gradient, that through a log-softmax
    loss = where(loss > -FAR / 2, 0.0 if zero_infinity else float("inf"), loss)
    if reduction == "mean":
        return (loss / sizes.clamp(min=1)).mean()
    if reduction == "sum":
        return loss.sum()
    return loss.squeeze(0) if lone else loss


def _lengths(lengths: Any, batch: int, what: str) -> Any:
    found = lengths if isinstance(lengths, Tensor) else as_tensor(lengths)
    found = found.reshape(-1).to(int64)
    if found.size(0) != batch:
        raise RuntimeError(f"{what}_lengths must be of size batch_size")
    return found


def _in_rows(targets: Any, lengths: Any) -> Any:
    """Targets that follow each other, as rows that are filled up with zeros."""
    sizes = lengths.tolist() if isinstance(lengths, Tensor) else list(lengths)
    longest = max(sizes, default=0)
    rows = [cat([part, part.new_zeros(longest - part.size(0))])
            for part in targets.split([*sizes, targets.size(0) - sum(sizes)])[:-1]]
    return cat([row.unsqueeze(0) for row in rows])


def _alignments(log_probs: Any, targets: Any, lengths: Any, sizes: Any, blank: int,
                steps: int) -> Any:
    """Minus the log of the sum over alignments, by the forward recursion over labels with blanks
    between them."""
    batch, longest = targets.shape
    states = 2 * longest + 1
    labels = targets.new_full((batch, states), blank)
    labels[:, 1::2] = targets
    emitted = log_probs.gather(2, labels.unsqueeze(0).expand(steps, batch, states))
    skips = labels.new_zeros((batch, states)).to(bool)
    if longest > 1:
        skips[:, 3::2] = labels[:, 3::2] != labels[:, 1:-2:2]
    column = emitted.new_full((batch, 1), FAR)
    two = emitted.new_full((batch, 2), FAR)
    first = arange(states) < 2
    alpha = where(first, emitted[0], FAR)
    for t in range(1, steps):
        one_back = cat([column, alpha[:, :-1]], 1)
        reached = logaddexp(alpha, one_back)
        if longest > 1:
            two_back = where(skips, cat([two, alpha[:, :-2]], 1), FAR)
            reached = logaddexp(reached, two_back)
        moved = maximum(reached + emitted[t], emitted.new_full((), FAR))
        alpha = where((t < lengths).unsqueeze(1), moved, alpha)
    end = (2 * sizes).unsqueeze(1)
    last = alpha.gather(1, end).squeeze(1)
    before = alpha.gather(1, (end - 1).clamp(min=0)).squeeze(1)
    before = where(sizes > 0, before, FAR)
    return -logaddexp(last, before)


def pdist(input: Any, p: float = 2.0) -> Any:
    """The p-norm distances of all pairs of rows of ``input``, [N, M] to [N (N - 1) / 2]."""
    if input.dim() != 2:
        raise RuntimeError(f"pdist only supports 2D tensors, got: {input.dim()}D")
    if p < 0:
        raise RuntimeError("pdist only supports non-negative p values")
    later, earlier = tril_indices(input.size(0), input.size(0), -1)
    order = (earlier * input.size(0) + later).argsort()
    return (input[earlier[order]] - input[later[order]]).norm(p, dim=1)


__all__ = ["ctc_loss", "multilabel_margin_loss", "pdist", "triplet_margin_with_distance_loss"]
