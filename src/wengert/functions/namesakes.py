"""Functions of ``torch`` that take other arguments than their namesakes in ``torch.nn.functional``:
``torch.embedding(weight, indices)``, ``torch.dropout(input, p, train)``, ...
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from . import dropout as dropouts
from .by_name import embedding as rows
from .by_name import group_norm as by_group
from .by_name import layer_norm as by_layer


def _dropout(name: str) -> Callable[..., Any]:
    function: Callable[..., Any] = getattr(dropouts, name)

    def drop(input: Any, p: float, train: bool) -> Any:
        return function(input, p, train)

    drop.__name__ = drop.__qualname__ = name
    drop.__doc__ = function.__doc__
    return drop


dropout, feature_dropout, alpha_dropout, feature_alpha_dropout = map(
    _dropout, ("dropout", "feature_dropout", "alpha_dropout", "feature_alpha_dropout"))


def embedding(weight: Any, indices: Any, padding_idx: int = -1, scale_grad_by_freq: bool = False,
              sparse: bool = False) -> Any:
    """The rows of ``weight`` at ``indices``; the row ``padding_idx``, if it is not negative,
    receives no gradient."""
    return rows(indices, weight, None if padding_idx < 0 else padding_idx,
                scale_grad_by_freq=scale_grad_by_freq, sparse=sparse)


def group_norm(input: Any, num_groups: int, weight: Any = None, bias: Any = None,
               eps: float = 1e-5, cudnn_enabled: bool = True) -> Any:
    """``input`` (N, C, ...) normalised in each of ``num_groups`` groups of channels."""
    return by_group(input, num_groups, weight, bias, eps)


def layer_norm(input: Any, normalized_shape: Any, weight: Any = None, bias: Any = None,
               eps: float = 1e-5, cudnn_enable: bool = True) -> Any:
    """``input`` normalised over its last dimensions, which are ``normalized_shape``."""
    return by_layer(input, tuple(normalized_shape), weight, bias, eps)


__all__ = ["alpha_dropout", "dropout", "embedding", "feature_alpha_dropout", "feature_dropout",
           "group_norm", "layer_norm"]
