"""``GeneralizedPareto(loc, scale, concentration)``."""

from __future__ import annotations

import math
from typing import Any, ClassVar

from ..functions.choices import where
from ..names.missing import answer_missing_names
from ..tensors.limits import finfo
from ..tensors.random import rand
from . import constraints
from .distribution import Distribution
from .utils import broadcast_all


class GeneralizedPareto(Distribution):
    """Excesses over ``loc``: with ``z = (x - loc) / scale`` and the concentration c, a value is
    above x with the probability ``(1 + c z) ** (-1 / c)``, and ``exp(-z)`` for c = 0. Gradients by
    c are right at 0 too."""

    arg_constraints: ClassVar[Any] = {"loc": constraints.real, "scale": constraints.positive,
                                      "concentration": constraints.real}
    has_rsample = True

    def __init__(self, loc: Any, scale: Any, concentration: Any,
                 validate_args: bool | None = None) -> None:
        self.loc, self.scale, self.concentration = broadcast_all(loc, scale, concentration)
        super().__init__(self.loc.shape, validate_args=validate_args)

    @constraints.dependent_property(is_discrete=False, event_dim=0)
    def support(self) -> Any:
        """From ``loc`` on; up to ``loc - scale / concentration`` where that is negative."""
        c = self.concentration
        bound = self.loc - self.scale / where(c < 0, c, -1.0)
        return constraints.interval(self.loc, where(c < 0, bound, math.inf))

    @property
    def mean(self) -> Any:
        """``loc + scale / (1 - concentration)``, NaN from concentration 1 on."""
        c = self.concentration
        return (self.loc + self.scale / (1 - c)).masked_fill(c >= 1, math.nan)

    @property
    def mode(self) -> Any:
        """``loc``."""
        return self.loc

    @property
    def variance(self) -> Any:
        """The variance, NaN from concentration 1/2 on."""
        c = self.concentration
        found = self.scale.pow(2) / ((1 - c).pow(2) * (1 - 2 * c))
        return found.masked_fill(c >= 0.5, math.nan)

    def rsample(self, sample_shape: Any = ()) -> Any:
        """:meth:`icdf` of uniform numbers."""
        return self.icdf(rand(self._extended_shape(sample_shape), dtype=self.loc.dtype))

    def log_prob(self, value: Any) -> Any:
        """The logarithm of the density."""
        c = self.concentration
        excess = where(c == -1, 0.0, (1 + c) * -self.log_survival_function(value))
        return -self.scale.log() - excess

    def log_survival_function(self, value: Any) -> Any:
        """The logarithm of the probability of more than ``value``."""
        if self._validate_args:
            self._validate_sample(value)
        z, c = (value - self.loc) / self.scale, self.concentration
        near, cut = _near_zero(c * z), _off_zero(c)
        return -where(near, z * _series(c * z, (1, -1 / 2, 1 / 3, -1 / 4, 1 / 5)),
                      (cut * z).log1p() / cut)

    def log_cdf(self, value: Any) -> Any:
        """The logarithm of :meth:`cdf`."""
        above = self.log_survival_function(value)
        return where(above > -math.log(2), (-above.expm1()).log(), (-above.exp()).log1p())

    def cdf(self, value: Any) -> Any:
        """The probability of at most ``value``."""
        return -self.log_survival_function(value).expm1()

    def icdf(self, value: Any) -> Any:
        """The inverse of :meth:`cdf`."""
        w, c = -(-value).log1p(), self.concentration
        near, cut = _near_zero(c * w), _off_zero(c)
        return self.loc + self.scale * where(
            near, w * _series(c * w, (1, 1 / 2, 1 / 6, 1 / 24, 1 / 120)), (cut * w).expm1() / cut)

    def entropy(self) -> Any:
        """``log(scale) + concentration + 1``."""
        return self.scale.log() + self.concentration + 1


def _near_zero(x: Any) -> Any:
    """Where five terms of a series are as good as the dtype."""
    return x.detach().abs() < finfo(x.dtype).eps ** 0.2


def _off_zero(c: Any) -> Any:
    return where(c == 0, 1.0, c)


def _series(x: Any, coefficients: tuple[float, ...]) -> Any:
    found = x * 0
    for coefficient in reversed(coefficients):
        found = found * x + coefficient
    return found


__all__ = ["GeneralizedPareto"]
answer_missing_names(__name__)
