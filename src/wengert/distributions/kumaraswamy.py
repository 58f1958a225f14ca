"""``Kumaraswamy(concentration1, concentration0)``."""

from __future__ import annotations

import math
from typing import Any, ClassVar

from ..names.missing import answer_missing_names
from . import constraints
from .transformed_distribution import TransformedDistribution
from .transforms import AffineTransform, PowerTransform
from .uniform import Uniform
from .utils import broadcast_all, euler_constant


class Kumaraswamy(TransformedDistribution):
    """The distribution on (0, 1) with ``cdf(x) = 1 - (1 - x ** a) ** b``, a ``concentration1`` and
    b ``concentration0``."""

    arg_constraints: ClassVar[Any] = {
        "concentration1": constraints.positive, "concentration0": constraints.positive}
    support = constraints.unit_interval
    has_rsample = True

    def __init__(self, concentration1: Any, concentration0: Any,
                 validate_args: bool | None = None) -> None:
        self.concentration1, self.concentration0 = broadcast_all(concentration1, concentration0)
        zero = self.concentration0.detach() * 0
        maps = [PowerTransform(exponent=self.concentration0.reciprocal()),
                AffineTransform(loc=1.0, scale=-1.0),
                PowerTransform(exponent=self.concentration1.reciprocal())]
        super().__init__(Uniform(zero, zero + 1, validate_args=validate_args), maps,
                         validate_args=validate_args)

    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        """The distribution with its parameters expanded to another batch shape."""
        return type(self)(self.concentration1.expand(batch_shape),
                          self.concentration0.expand(batch_shape), validate_args=False)

    def _moment(self, n: int) -> Any:
        a, b = self.concentration1, self.concentration0
        arg = 1 + n / a
        return (b.log() + b.lgamma() + arg.lgamma() - (arg + b).lgamma()).exp()

    @property
    def mean(self) -> Any:
        """The mean."""
        return self._moment(1)

    @property
    def mode(self) -> Any:
        """The most probable value, NaN if a concentration is below 1."""
        a, b = self.concentration1, self.concentration0
        log_mode = b.reciprocal() * (-b).log1p() - (-b * a).log1p()
        return log_mode.masked_fill((b < 1) | (a < 1), math.nan).exp()

    @property
    def variance(self) -> Any:
        """The variance."""
        return self._moment(2) - self._moment(1).pow(2)

    def entropy(self) -> Any:
        """The entropy in nats."""
        a, b = self.concentration1, self.concentration0
        harmonic = (b + 1).digamma() + euler_constant
        return (1 - b.reciprocal()) + (1 - a.reciprocal()) * harmonic - a.log() - b.log()


__all__ = ["Kumaraswamy"]
answer_missing_names(__name__)
