"""``InverseGamma(concentration, rate)``."""

from __future__ import annotations

import math
from typing import Any, ClassVar

from ..names.missing import answer_missing_names
from . import constraints
from .gamma import Gamma
from .transformed_distribution import TransformedDistribution
from .transforms import PowerTransform


class InverseGamma(TransformedDistribution):
    """The distribution of ``1 / x``, x of ``Gamma(concentration, rate)``."""

    arg_constraints: ClassVar[Any] = {
        "concentration": constraints.positive, "rate": constraints.positive}
    support = constraints.positive
    has_rsample = True

    def __init__(self, concentration: Any, rate: Any, validate_args: bool | None = None) -> None:
        base = Gamma(concentration, rate, validate_args=validate_args)
        super().__init__(base, PowerTransform(-base.rate.new_ones(())),
                         validate_args=validate_args)

    @property
    def concentration(self) -> Any:
        """The shape of x."""
        return self.base_dist.concentration

    @property
    def rate(self) -> Any:
        """The rate of x."""
        return self.base_dist.rate

    @property
    def mean(self) -> Any:
        """``rate / (concentration - 1)``, infinite up to 1."""
        mean = self.rate / (self.concentration - 1)
        return mean.masked_fill(self.concentration <= 1, math.inf)

    @property
    def mode(self) -> Any:
        """``rate / (concentration + 1)``."""
        return self.rate / (self.concentration + 1)

    @property
    def variance(self) -> Any:
        """The variance, infinite up to concentration 2."""
        a = self.concentration
        variance = self.rate.square() / ((a - 1).square() * (a - 2))
        return variance.masked_fill(a <= 2, math.inf)

    def entropy(self) -> Any:
        """The entropy in nats."""
        a = self.concentration
        return a + self.rate.log() + a.lgamma() - (1 + a) * a.digamma()


__all__ = ["InverseGamma"]
answer_missing_names(__name__)
