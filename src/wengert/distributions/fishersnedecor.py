"""``FisherSnedecor(df1, df2)``."""

from __future__ import annotations

from typing import Any, ClassVar

from ..names.missing import answer_missing_names
from ..tensors.limits import finfo
from . import constraints
from .distribution import Distribution
from .gamma import Gamma
from .utils import broadcast_all


class FisherSnedecor(Distribution):
    """The ratio of two chi-squared numbers, each divided by its degrees of freedom."""

    arg_constraints: ClassVar[Any] = {"df1": constraints.positive, "df2": constraints.positive}
    support = constraints.positive
    has_rsample = True

    def __init__(self, df1: Any, df2: Any, validate_args: bool | None = None) -> None:
        self.df1, self.df2 = broadcast_all(df1, df2)
        self._gamma1 = Gamma(self.df1 * 0.5, self.df1)
        self._gamma2 = Gamma(self.df2 * 0.5, self.df2)
        super().__init__(self.df1.shape, validate_args=validate_args)

    @property
    def mean(self) -> Any:
        """``df2 / (df2 - 2)``, NaN up to 2."""
        return (self.df2 / (self.df2 - 2)).masked_fill(self.df2 <= 2, float("nan"))

    @property
    def mode(self) -> Any:
        """The most probable value, NaN up to ``df1`` 2."""
        mode = (self.df1 - 2) / self.df1 * self.df2 / (self.df2 + 2)
        return mode.masked_fill(self.df1 <= 2, float("nan"))

    @property
    def variance(self) -> Any:
        """The variance, NaN up to ``df2`` 4."""
        d1, d2 = self.df1, self.df2
        variance = 2 * d2.pow(2) * (d1 + d2 - 2) / (d1 * (d2 - 2).pow(2) * (d2 - 4))
        return variance.masked_fill(d2 <= 4, float("nan"))

    def rsample(self, sample_shape: Any = ()) -> Any:
        """Ratios with implicit gradients."""
        above, below = self._gamma1.rsample(sample_shape), self._gamma2.rsample(sample_shape)
        return (above / below.clamp(min=finfo(below.dtype).tiny)).clamp(
            min=finfo(below.dtype).tiny)

    def log_prob(self, value: Any) -> Any:
        """The logarithm of the density."""
        if self._validate_args:
            self._validate_sample(value)
        c1, c2, ratio = self.df1 * 0.5, self.df2 * 0.5, self.df1 / self.df2
        return ((c1 + c2).lgamma() - c1.lgamma() - c2.lgamma() + c1 * ratio.log()
                + (c1 - 1) * value.log() - (c1 + c2) * (ratio * value).log1p())


__all__ = ["FisherSnedecor"]
answer_missing_names(__name__)
