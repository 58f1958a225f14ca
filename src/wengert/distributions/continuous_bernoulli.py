"""``ContinuousBernoulli(probs)``."""

from __future__ import annotations

import math
from typing import Any, ClassVar

from ..functions import losses
from ..functions.choices import where
from ..names.missing import answer_missing_names
from ..tensors.random import rand
from ..tensors.recorded import function
from . import constraints
from .exp_family import ExponentialFamily
from .utils import (
    broadcast_all,
    clamp_probs,
    either,
    lazy_property,
    logits_to_probs,
    probs_to_logits,
)

binary_cross_entropy_with_logits = function(losses.binary_cross_entropy_with_logits)


class ContinuousBernoulli(ExponentialFamily):
    """The distribution on [0, 1] with density proportional to ``p ** x * (1 - p) ** (1 - x)``
    (Loaiza-Ganem and Cunningham, 2019). For ``probs`` between ``lims``, near 1/2, the factor is
    computed by a series."""

    arg_constraints: ClassVar[Any] = {
        "probs": constraints.unit_interval, "logits": constraints.real}
    support = constraints.unit_interval
    has_rsample = True

    def __init__(self, probs: Any = None, logits: Any = None,
                 lims: tuple[float, float] = (0.499, 0.501),
                 validate_args: bool | None = None) -> None:
        name, (value,) = either(probs, logits), broadcast_all(logits if probs is None else probs)
        self._lims = lims
        setattr(self, name, clamp_probs(value) if name == "probs" else value)
        super().__init__(value.shape, validate_args=validate_args)

    @lazy_property
    def logits(self) -> Any:
        """The log-odds."""
        return probs_to_logits(self.probs, is_binary=True)

    @lazy_property
    def probs(self) -> Any:
        """The parameter in (0, 1); not the mean."""
        return clamp_probs(logits_to_probs(self.logits, is_binary=True))

    @property
    def param_shape(self) -> Any:
        """The shape of the parameters."""
        return self._batch_shape

    def _outside(self) -> Any:
        """Where ``probs`` is far enough from 1/2 for the closed form."""
        return (self.probs <= self._lims[0]) | (self.probs > self._lims[1])

    def _cut_probs(self) -> Any:
        """``probs``, and a number that does no harm where it is near 1/2."""
        return where(self._outside(), self.probs, self._lims[0])

    def _log_norm(self) -> Any:
        cut = self._cut_probs()
        below = where(cut <= 0.5, cut, 0.0)
        above = where(cut >= 0.5, cut, 1.0)
        size = where(cut <= 0.5, (-2.0 * below).log1p(), (2.0 * above - 1.0).log())
        far = ((-cut).log1p() - cut.log()).abs().log() - size
        x = (self.probs - 0.5).pow(2)
        near = math.log(2.0) + (4.0 / 3.0 + 104.0 / 45.0 * x) * x
        return where(self._outside(), far, near)

    @property
    def mean(self) -> Any:
        """The mean."""
        cut = self._cut_probs()
        far = cut / (2.0 * cut - 1.0) + 1.0 / ((-cut).log1p() - cut.log())
        x = self.probs - 0.5
        near = 0.5 + (1.0 / 3.0 + 16.0 / 45.0 * x.pow(2)) * x
        return where(self._outside(), far, near)

    @property
    def stddev(self) -> Any:
        """The standard deviation."""
        return self.variance.sqrt()

    @property
    def variance(self) -> Any:
        """The variance."""
        cut = self._cut_probs()
        far = cut * (cut - 1.0) / (1.0 - 2.0 * cut).pow(2) + 1.0 / (
            (-cut).log1p() - cut.log()).pow(2)
        x = (self.probs - 0.5).pow(2)
        near = 1.0 / 12.0 - (1.0 / 15.0 - 128.0 / 945.0 * x) * x
        return where(self._outside(), far, near)

    def rsample(self, sample_shape: Any = ()) -> Any:
        """:meth:`icdf` of uniform numbers."""
        return self.icdf(rand(self._extended_shape(sample_shape), dtype=self.probs.dtype))

    def log_prob(self, value: Any) -> Any:
        """The logarithm of the density."""
        if self._validate_args:
            self._validate_sample(value)
        logits, value = broadcast_all(self.logits, value)
        return (-binary_cross_entropy_with_logits(logits, value, reduction="none")
                + self._log_norm())

    def cdf(self, value: Any) -> Any:
        """The probability of at most ``value``."""
        if self._validate_args:
            self._validate_sample(value)
        cut = self._cut_probs()
        found = (cut.pow(value) * (1.0 - cut).pow(1.0 - value) + cut - 1.0) / (2.0 * cut - 1.0)
        inside = where(self._outside(), found, value)
        return where(value <= 0.0, 0.0, where(value >= 1.0, 1.0, inside))

    def icdf(self, value: Any) -> Any:
        """The inverse of :meth:`cdf`."""
        cut = self._cut_probs()
        found = ((-cut + value * (2.0 * cut - 1.0)).log1p() - (-cut).log1p()) / (
            cut.log() - (-cut).log1p())
        return where(self._outside(), found, value)

    def entropy(self) -> Any:
        """The entropy in nats."""
        down, up = (-self.probs).log1p(), self.probs.log()
        return self.mean * (down - up) - self._log_norm() - down

    def _cross_entropy(self, mean: Any) -> Any:
        """The expectation of ``-log_prob`` where values in [0, 1] have that mean."""
        return -(mean * self.logits + (-self.probs).log1p() + self._log_norm())

    @property
    def _natural_params(self) -> Any:
        return (self.logits,)

    def _log_normalizer(self, x: Any) -> Any:
        near = (self._lims[0] - 0.5 < x) & (x <= self._lims[1] - 0.5)
        far = where(near, 1.0, x)
        found = far.expm1().abs().log() - far.abs().log()
        return where(near, x / 2 + x.pow(2) / 24 - x.pow(4) / 2880, found)

    @property
    def _mean_carrier_measure(self) -> Any:
        return self.probs * 0


__all__ = ["ContinuousBernoulli"]
answer_missing_names(__name__)
