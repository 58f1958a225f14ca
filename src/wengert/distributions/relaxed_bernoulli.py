"""``RelaxedBernoulli``: numbers in (0, 1) near 0 and 1."""

from __future__ import annotations

from typing import Any, ClassVar

from ..names.missing import answer_missing_names
from ..tensors.random import rand
from . import constraints
from .distribution import Distribution
from .relaxed import Relaxed
from .transforms import SigmoidTransform
from .utils import (
    broadcast_all,
    clamp_probs,
    either,
    lazy_property,
    logits_to_probs,
    probs_to_logits,
)


class LogitRelaxedBernoulli(Distribution):
    """The log-odds of :class:`RelaxedBernoulli`."""

    arg_constraints: ClassVar[Any] = {
        "probs": constraints.unit_interval, "logits": constraints.real}
    support = constraints.real

    def __init__(self, temperature: Any, probs: Any = None, logits: Any = None,
                 validate_args: bool | None = None) -> None:
        self.temperature = temperature
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

    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        """The distribution with its parameters expanded to another batch shape."""
        temperature = self.temperature
        new = super().expand(batch_shape, _instance)
        new.temperature = temperature
        return new

    def rsample(self, sample_shape: Any = ()) -> Any:
        """Logistic numbers, moved by ``logits`` and divided by ``temperature``."""
        shape = self._extended_shape(sample_shape)
        probs = clamp_probs(self.probs.expand(shape))
        u = clamp_probs(rand(shape, dtype=probs.dtype))
        return (u.log() - (-u).log1p() + probs.log() - (-probs).log1p()) / self.temperature

    def log_prob(self, value: Any) -> Any:
        """The logarithm of the density."""
        if self._validate_args:
            self._validate_sample(value)
        logits, value = broadcast_all(self.logits, value)
        gap = logits - value * self.temperature
        temperature, _ = broadcast_all(self.temperature, gap)
        return temperature.log() + gap - 2 * gap.exp().log1p()


class RelaxedBernoulli(Relaxed):
    """A Bernoulli number softened by ``temperature`` (Maddison et al., 2016)."""

    arg_constraints: ClassVar[Any] = {
        "probs": constraints.unit_interval, "logits": constraints.real}
    support = constraints.unit_interval

    def __init__(self, temperature: Any, probs: Any = None, logits: Any = None,
                 validate_args: bool | None = None) -> None:
        base = LogitRelaxedBernoulli(temperature, probs, logits)
        super().__init__(base, SigmoidTransform(), validate_args=validate_args)


__all__ = ["LogitRelaxedBernoulli", "RelaxedBernoulli"]
answer_missing_names(__name__)
