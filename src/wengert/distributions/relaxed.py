"""What the softened distributions have in common: the parameters of their base."""

from __future__ import annotations

from typing import Any

from ..names.missing import answer_missing_names
from .transformed_distribution import TransformedDistribution


class Relaxed(TransformedDistribution):
    """A transformed distribution whose base has a temperature and probabilities."""

    has_rsample = True

    @property
    def temperature(self) -> Any:
        """How soft."""
        return self.base_dist.temperature

    @property
    def logits(self) -> Any:
        """The probabilities as log-odds or logarithms, as the base has them."""
        return self.base_dist.logits

    @property
    def probs(self) -> Any:
        """The probabilities."""
        return self.base_dist.probs


__all__ = ["Relaxed"]
answer_missing_names(__name__)
