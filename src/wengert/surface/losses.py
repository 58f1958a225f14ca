"""The losses that ``torch`` itself has: those of ``torch.nn.functional`` with a number for the
reduction, 0 for none (the default), 1 for the mean, 2 for the sum."""

from __future__ import annotations

from typing import Any

from ..tensors.recorded import function

_NAMES = ("none", "mean", "sum")


def _reduction(number: int) -> str:
    if number not in (0, 1, 2):
        raise ValueError(f"reduction is 0 (none), 1 (mean) or 2 (sum), not {number!r}; "
                         "torch.nn.functional takes it as a word")
    return _NAMES[number]


def binary_cross_entropy_with_logits(input: Any, target: Any, weight: Any = None,
                                     pos_weight: Any = None, reduction: int = 0) -> Any:
    """:func:`torch.nn.functional.binary_cross_entropy_with_logits`."""
    return function("binary_cross_entropy_with_logits")(
        input, target, weight, pos_weight=pos_weight, reduction=_reduction(reduction))


def cosine_embedding_loss(input1: Any, input2: Any, target: Any, margin: float = 0.0,
                          reduction: int = 0) -> Any:
    """:func:`torch.nn.functional.cosine_embedding_loss`."""
    return function("cosine_embedding_loss")(input1, input2, target, margin,
                                             reduction=_reduction(reduction))


def hinge_embedding_loss(input: Any, target: Any, margin: float = 1.0, reduction: int = 0) -> Any:
    """:func:`torch.nn.functional.hinge_embedding_loss`."""
    return function("hinge_embedding_loss")(input, target, margin,
                                            reduction=_reduction(reduction))


def kl_div(input: Any, target: Any, reduction: int = 0, *, log_target: bool = False) -> Any:
    """:func:`torch.nn.functional.kl_div`."""
    return function("kl_div")(input, target, reduction=_reduction(reduction),
                              log_target=log_target)


def margin_ranking_loss(input1: Any, input2: Any, target: Any, margin: float = 0.0,
                        reduction: int = 0) -> Any:
    """:func:`torch.nn.functional.margin_ranking_loss`."""
    return function("margin_ranking_loss")(input1, input2, target, margin,
                                           reduction=_reduction(reduction))


def poisson_nll_loss(input: Any, target: Any, log_input: bool, full: bool, eps: float,
                     reduction: int) -> Any:
    """:func:`torch.nn.functional.poisson_nll_loss`."""
    return function("poisson_nll_loss")(input, target, log_input, full, eps=eps,
                                        reduction=_reduction(reduction))


def triplet_margin_loss(anchor: Any, positive: Any, negative: Any, margin: float = 1.0,
                        p: float = 2, eps: float = 1e-6, swap: bool = False,
                        reduction: int = 0) -> Any:
    """:func:`torch.nn.functional.triplet_margin_loss`."""
    return function("triplet_margin_loss")(anchor, positive, negative, margin, p, eps, swap,
                                           reduction=_reduction(reduction))
