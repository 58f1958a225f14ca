"""Dropout modules: they make elements or channels 0 while training, and do nothing in eval mode."""

from __future__ import annotations

from ...tensors.operators import Tensor
from .. import functional as F
from .module import Module


class _DropoutNd(Module):
    __constants__ = ("inplace", "p")

    def __init__(self, p: float = 0.5, inplace: bool = False) -> None:
        super().__init__()
        if not 0 <= p <= 1:
            raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")
        self.p = p
        self.inplace = inplace

    def extra_repr(self) -> str:
        """The arguments."""
        return f"p={self.p}, inplace={self.inplace}"


class Dropout(_DropoutNd):
    """Makes each element 0 with probability ``p``, and divides the others by ``1 - p``."""

    def forward(self, input: Tensor) -> Tensor:
        """A tensor of the shape of ``input``."""
        return F.dropout(input, self.p, self.training, self.inplace)


class Dropout1d(_DropoutNd):
    """Makes whole channels of [N, C, L] or [C, L] 0."""

    def forward(self, input: Tensor) -> Tensor:
        """A tensor of the shape of ``input``."""
        return F.dropout1d(input, self.p, self.training, self.inplace)


class Dropout2d(_DropoutNd):
    """Makes whole channels of [N, C, H, W] 0."""

    def forward(self, input: Tensor) -> Tensor:
        """A tensor of the shape of ``input``."""
        return F.dropout2d(input, self.p, self.training, self.inplace)


class Dropout3d(_DropoutNd):
    """Makes whole channels of [N, C, D, H, W] or [C, D, H, W] 0."""

    def forward(self, input: Tensor) -> Tensor:
        """A tensor of the shape of ``input``."""
        return F.dropout3d(input, self.p, self.training, self.inplace)


class AlphaDropout(_DropoutNd):
    """Dropout that keeps mean and variance after ``SELU`` (Klambauer et al., 2017)."""

    def forward(self, input: Tensor) -> Tensor:
        """A tensor of the shape of ``input``."""
        return F.alpha_dropout(input, self.p, self.training)


class FeatureAlphaDropout(_DropoutNd):
    """``AlphaDropout`` of whole channels."""

    def forward(self, input: Tensor) -> Tensor:
        """A tensor of the shape of ``input``."""
        return F.feature_alpha_dropout(input, self.p, self.training)


__all__ = ["AlphaDropout", "Dropout", "Dropout1d", "Dropout2d", "Dropout3d", "FeatureAlphaDropout"]
