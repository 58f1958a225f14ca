"""``NegativeBinomial(total_count, probs)``."""

from __future__ import annotations

from typing import Any, ClassVar

from ..functions import activations
from ..names.missing import answer_missing_names
from ..tensors.random import poisson
from ..tensors.recorded import function
from . import constraints
from .distribution import Distribution
from .gamma import Gamma
from .utils import broadcast_all, either, lazy_property, logits_to_probs, no_grad, probs_to_logits

logsigmoid = function(activations.logsigmoid)


class NegativeBinomial(Distribution):
    """The successes, of probability ``probs``, before ``total_count`` failures."""

    arg_constraints: ClassVar[Any] = {
        "total_count": constraints.greater_than_eq(0),
        "probs": constraints.half_open_interval(0.0, 1.0), "logits": constraints.real}
    support = constraints.nonnegative_integer

    def __init__(self, total_count: Any, probs: Any = None, logits: Any = None,
                 validate_args: bool | None = None) -> None:
        name = either(probs, logits)
        count, value = broadcast_all(total_count, logits if probs is None else probs)
        self.total_count = count.type_as(value)
        setattr(self, name, value)
        super().__init__(value.shape, validate_args=validate_args)

    @lazy_property
    def logits(self) -> Any:
        """The log-odds of a success."""
        return probs_to_logits(self.probs, is_binary=True)

    @lazy_property
    def probs(self) -> Any:
        """The probability of a success."""
        return logits_to_probs(self.logits, is_binary=True)

    @property
    def mean(self) -> Any:
        """``total_count * exp(logits)``."""
        return self.total_count * self.logits.exp()

    @property
    def mode(self) -> Any:
        """The most probable number."""
        return ((self.total_count - 1) * self.logits.exp()).floor().clamp(min=0.0)

    @property
    def variance(self) -> Any:
        """``mean / (1 - probs)``."""
        return self.mean / (-self.logits).sigmoid()

    def sample(self, sample_shape: Any = ()) -> Any:
        """Poisson numbers of gamma rates."""
        with no_grad():
            rates = Gamma(self.total_count, (-self.logits).exp(), validate_args=False)
            return poisson(rates.sample(sample_shape))

    def log_prob(self, value: Any) -> Any:
        """The logarithm of the probability."""
        if self._validate_args:
            self._validate_sample(value)
        n = self.total_count
        found = n * logsigmoid(-self.logits) + value * logsigmoid(self.logits)
        ways = -(n + value).lgamma() + (1.0 + value).lgamma() + n.lgamma()
        return found - ways.masked_fill(n + value == 0.0, 0.0)


__all__ = ["NegativeBinomial"]
answer_missing_names(__name__)
