"""All parameters as one vector, and back."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ...functions.joins import cat
from ...tensors.operators import Tensor
from ...tensors.recorded import function

_cat = function(cat)


def parameters_to_vector(parameters: Iterable[Any]) -> Any:
    """The elements of all parameters, one after the other, in one vector."""
    return _cat([parameter.reshape(-1) for parameter in parameters])


def vector_to_parameters(vec: Any, parameters: Iterable[Any]) -> None:
    """Give the parameters the values in ``vec``, with which they share memory from then on.

    TypeError for what is no tensor, RuntimeError for too few elements; nothing is written then.
    """
    if not isinstance(vec, Tensor):
        raise TypeError(f"expected torch.Tensor, but got: {type(vec).__name__}")
    targets = list(parameters)
    start, pieces = 0, []
    for target in targets:
        piece = vec[start:start + target.numel()]
        if piece.numel() < target.numel():
            raise RuntimeError(f"shape '{list(target.shape)}' is invalid for input of size "
                               f"{piece.numel()}: vec has {vec.numel()} elements")
        pieces.append(piece.view(target.shape).data)
        start += target.numel()
    for target, piece in zip(targets, pieces, strict=True):
        target.data = piece


__all__ = ["parameters_to_vector", "vector_to_parameters"]
