"""``Cauchy(loc, scale)``."""

from __future__ import annotations

import math
from typing import Any, ClassVar

from ..names.missing import answer_missing_names
from . import constraints
from .distribution import Distribution
from .utils import broadcast_all


class Cauchy(Distribution):
    """The Cauchy (Lorentz) distribution of median ``loc`` and half-width ``scale``."""

    arg_constraints: ClassVar[Any] = {"loc": constraints.real, "scale": constraints.positive}
    support = constraints.real
    has_rsample = True

    def __init__(self, loc: Any, scale: Any, validate_args: bool | None = None) -> None:
        self.loc, self.scale = broadcast_all(loc, scale)
        super().__init__(self.loc.shape, validate_args=validate_args)

    @property
    def mean(self) -> Any:
        """NaN: it has none."""
        return self.loc.new_full(tuple(self._batch_shape), math.nan)

    @property
    def mode(self) -> Any:
        """``loc``."""
        return self.loc

    @property
    def variance(self) -> Any:
        """Infinity."""
        return self.loc.new_full(tuple(self._batch_shape), math.inf)

    def rsample(self, sample_shape: Any = ()) -> Any:
        """``loc + scale * e``, e standard Cauchy."""
        shape = self._extended_shape(sample_shape)
        return self.loc + self.loc.detach().new_empty(shape).cauchy_() * self.scale

    def log_prob(self, value: Any) -> Any:
        """The logarithm of the density."""
        if self._validate_args:
            self._validate_sample(value)
        return (-math.log(math.pi) - self.scale.log()
                - ((value - self.loc) / self.scale).pow(2).log1p())

    def cdf(self, value: Any) -> Any:
        """The probability of at most ``value``."""
        if self._validate_args:
            self._validate_sample(value)
        return ((value - self.loc) / self.scale).atan() / math.pi + 0.5

    def icdf(self, value: Any) -> Any:
        """The inverse of :meth:`cdf`."""
        return (math.pi * (value - 0.5)).tan() * self.scale + self.loc

    def entropy(self) -> Any:
        """``log(4 pi scale)``."""
        return math.log(4 * math.pi) + self.scale.log()


__all__ = ["Cauchy"]
answer_missing_names(__name__)
