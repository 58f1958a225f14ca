"""``Bernoulli(probs)`` or ``Bernoulli(logits=…)``."""

from __future__ import annotations

from typing import Any, ClassVar

from ..functions import activations, losses
from ..names.missing import answer_missing_names
from ..tensors.creation import arange
from ..tensors.random import bernoulli
from ..tensors.recorded import function
from . import constraints
from .exp_family import ExponentialFamily
from .utils import broadcast_all, either, lazy_property, logits_to_probs, no_grad, probs_to_logits

softplus = function(activations.softplus)
binary_cross_entropy_with_logits = function(losses.binary_cross_entropy_with_logits)


class Bernoulli(ExponentialFamily):
    """1 with probability ``probs`` (log-odds ``logits``), else 0."""

    arg_constraints: ClassVar[Any] = {
        "probs": constraints.unit_interval, "logits": constraints.real}
    support = constraints.boolean
    has_enumerate_support = True

    def __init__(self, probs: Any = None, logits: Any = None,
                 validate_args: bool | None = None) -> None:
        name, (value,) = either(probs, logits), broadcast_all(logits if probs is None else probs)
        setattr(self, name, value)
        super().__init__(value.shape, validate_args=validate_args)

    @lazy_property
    def logits(self) -> Any:
        """The log-odds."""
        return probs_to_logits(self.probs, is_binary=True)

    @lazy_property
    def probs(self) -> Any:
        """The probability of 1."""
        return logits_to_probs(self.logits, is_binary=True)

    @property
    def param_shape(self) -> Any:
        """The shape of the parameters."""
        return self._batch_shape

    @property
    def mean(self) -> Any:
        """``probs``."""
        return self.probs

    @property
    def mode(self) -> Any:
        """1 where it is more probable, NaN in a tie."""
        mode = (self.probs >= 0.5).to(self.probs.dtype)
        return mode.masked_fill(self.probs == 0.5, float("nan"))

    @property
    def variance(self) -> Any:
        """``probs * (1 - probs)``."""
        return self.probs * (1 - self.probs)

    def sample(self, sample_shape: Any = ()) -> Any:
        """Zeros and ones."""
        with no_grad():
            return bernoulli(self.probs.expand(self._extended_shape(sample_shape)))

    def log_prob(self, value: Any) -> Any:
        """The logarithm of the probability."""
        if self._validate_args:
            self._validate_sample(value)
        logits, value = broadcast_all(self.logits, value)
        return -binary_cross_entropy_with_logits(logits, value, reduction="none")

    def entropy(self) -> Any:
        """The entropy in nats."""
        return binary_cross_entropy_with_logits(self.logits, self.probs, reduction="none")

    def enumerate_support(self, expand: bool = True) -> Any:
        """0 and 1."""
        name = "probs" if "probs" in self.__dict__ else "logits"
        return self._enumerated(arange(2, dtype=self.__dict__[name].dtype), expand)

    @property
    def _natural_params(self) -> Any:
        return (self.logits,)

    def _log_normalizer(self, x: Any) -> Any:
        return softplus(x)

    @property
    def _mean_carrier_measure(self) -> Any:
        return self.probs * 0


__all__ = ["Bernoulli"]
answer_missing_names(__name__)
