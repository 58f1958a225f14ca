"""Functions of ``torch`` that take other arguments than their namesakes in ``torch.nn.functional``:
``torch.embedding(weight, indices)``, ``torch.dropout(input, p, train)``, losses with a number for
the reduction, ...
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..tensors.recorded import function
from . import dropout as dropouts
from . import losses, neural, sampled

_rows = function(neural.embedding)
_by_group, _by_layer = function(neural.group_norm), function(neural.layer_norm)


def _dropout(plain: Callable[..., Any]) -> Callable[..., Any]:
    def drop(input: Any, p: float, train: bool) -> Any:
        return plain(input, p, train)

    drop.__name__ = drop.__qualname__ = plain.__name__
    drop.__doc__ = plain.__doc__
    return drop


dropout, feature_dropout, alpha_dropout, feature_alpha_dropout = map(
    _dropout, (dropouts.dropout, dropouts.feature_dropout, dropouts.alpha_dropout,
               dropouts.feature_alpha_dropout))


def rrelu(input: Any, lower: float = 1.0 / 8, upper: float = 1.0 / 3, training: bool = False,
          generator: Any = None) -> Any:
    """:func:`torch.nn.functional.rrelu`, with numbers of ``generator``."""
    return sampled.rrelu(input, lower, upper, training, generator=generator)


def rrelu_(input: Any, lower: float = 1.0 / 8, upper: float = 1.0 / 3, training: bool = False,
           generator: Any = None) -> Any:
    """In-place :func:`rrelu`."""
    return sampled.rrelu(input, lower, upper, training, True, generator)


def _dropout_(plain: Callable[..., Any]) -> Callable[..., Any]:
    def drop(input: Any, p: float, train: bool) -> Any:
        return plain(input, p, train, True)

    drop.__name__ = drop.__qualname__ = f"{plain.__name__}_"
    drop.__doc__ = f"In-place :func:`{plain.__name__}`."
    return drop


dropout_, feature_dropout_, alpha_dropout_, feature_alpha_dropout_ = map(
    _dropout_, (dropouts.dropout, dropouts.feature_dropout, dropouts.alpha_dropout,
                dropouts.feature_alpha_dropout))


def embedding(weight: Any, indices: Any, padding_idx: int = -1, scale_grad_by_freq: bool = False,
              sparse: bool = False) -> Any:
    """The rows of ``weight`` at ``indices``; the row ``padding_idx``, if it is not negative,
    receives no gradient."""
    return _rows(indices, weight, None if padding_idx < 0 else padding_idx,
                scale_grad_by_freq=scale_grad_by_freq, sparse=sparse)


def group_norm(input: Any, num_groups: int, weight: Any = None, bias: Any = None,
               eps: float = 1e-5, cudnn_enabled: bool = True) -> Any:
    """``input`` (N, C, ...) normalised in each of ``num_groups`` groups of channels."""
    return _by_group(input, num_groups, weight, bias, eps)


def layer_norm(input: Any, normalized_shape: Any, weight: Any = None, bias: Any = None,
               eps: float = 1e-5, cudnn_enable: bool = True) -> Any:
    """``input`` normalised over its last dimensions, which are ``normalized_shape``."""
    return _by_layer(input, tuple(normalized_shape), weight, bias, eps)


# Losses: ``reduction`` is a number, 0 for none (the default), 1 for the mean, 2 for the sum.
_REDUCTIONS = ("none", "mean", "sum")


def _reduction(number: int) -> str:
    if number not in (0, 1, 2):
        raise ValueError(f"reduction is 0 (none), 1 (mean) or 2 (sum), not {number!r}; "
                         "torch.nn.functional takes it as a word")
    return _REDUCTIONS[number]


def binary_cross_entropy_with_logits(input: Any, target: Any, weight: Any = None,
                                     pos_weight: Any = None, reduction: int = 0) -> Any:
    """:func:`torch.nn.functional.binary_cross_entropy_with_logits`."""
    return function(losses.binary_cross_entropy_with_logits)(
        input, target, weight, pos_weight=pos_weight, reduction=_reduction(reduction))


def cosine_embedding_loss(input1: Any, input2: Any, target: Any, margin: float = 0.0,
                          reduction: int = 0) -> Any:
    """:func:`torch.nn.functional.cosine_embedding_loss`."""
    return function(losses.cosine_embedding_loss)(input1, input2, target, margin,
                                             reduction=_reduction(reduction))


def hinge_embedding_loss(input: Any, target: Any, margin: float = 1.0, reduction: int = 0) -> Any:
    """:func:`torch.nn.functional.hinge_embedding_loss`."""
    return function(losses.hinge_embedding_loss)(input, target, margin,
                                            reduction=_reduction(reduction))


def kl_div(input: Any, target: Any, reduction: int = 0, *, log_target: bool = False) -> Any:
    """:func:`torch.nn.functional.kl_div`."""
    return function(losses.kl_div)(input, target, reduction=_reduction(reduction),
                              log_target=log_target)


def margin_ranking_loss(input1: Any, input2: Any, target: Any, margin: float = 0.0,
                        reduction: int = 0) -> Any:
    """:func:`torch.nn.functional.margin_ranking_loss`."""
    return function(losses.margin_ranking_loss)(input1, input2, target, margin,
                                           reduction=_reduction(reduction))


def poisson_nll_loss(input: Any, target: Any, log_input: bool, full: bool, eps: float,
                     reduction: int) -> Any:
    """:func:`torch.nn.functional.poisson_nll_loss`."""
    return function(losses.poisson_nll_loss)(input, target, log_input, full, eps=eps,
                                        reduction=_reduction(reduction))


def triplet_margin_loss(anchor: Any, positive: Any, negative: Any, margin: float = 1.0,
                        p: float = 2, eps: float = 1e-6, swap: bool = False,
                        reduction: int = 0) -> Any:
    """:func:`torch.nn.functional.triplet_margin_loss`."""
    return function(losses.triplet_margin_loss)(anchor, positive, negative, margin, p, eps, swap,
                                           reduction=_reduction(reduction))


__all__ = ["alpha_dropout", "alpha_dropout_", "binary_cross_entropy_with_logits",
           "cosine_embedding_loss", "dropout", "dropout_", "embedding", "feature_alpha_dropout",
           "feature_alpha_dropout_", "feature_dropout", "feature_dropout_", "group_norm",
           "hinge_embedding_loss", "kl_div", "layer_norm", "margin_ranking_loss",
           "poisson_nll_loss", "rrelu", "rrelu_", "triplet_margin_loss"]
