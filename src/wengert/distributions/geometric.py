"""``Geometric(probs)``: failures before the first success."""

from __future__ import annotations

from typing import Any, ClassVar

from ..functions import losses
from ..functions.selection import all_true
from ..names.missing import answer_missing_names
from ..tensors.limits import finfo
from ..tensors.random import rand
from ..tensors.recorded import function
from . import constraints
from .distribution import Distribution
from .utils import broadcast_all, either, lazy_property, logits_to_probs, no_grad, probs_to_logits

binary_cross_entropy_with_logits = function(losses.binary_cross_entropy_with_logits)


class Geometric(Distribution):
    """The number of failures before the first success, of probability ``probs``."""

    arg_constraints: ClassVar[Any] = {
        "probs": constraints.unit_interval, "logits": constraints.real}
    support = constraints.nonnegative_integer

    def __init__(self, probs: Any = None, logits: Any = None,
                 validate_args: bool | None = None) -> None:
        name, (value,) = either(probs, logits), broadcast_all(logits if probs is None else probs)
        setattr(self, name, value)
        super().__init__(value.shape, validate_args=validate_args)
        if self._validate_args and probs is not None and not all_true(value > 0):
            raise ValueError(f"Expected parameter probs ({type(value).__name__} of shape "
                             f"{tuple(value.shape)}) of distribution {self!r} to be positive but "
                             f"found invalid values:\n{value}")

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
        """``1 / probs - 1``."""
        return 1 / self.probs - 1

    @property
    def mode(self) -> Any:
        """0."""
        return self.probs * 0

    @property
    def variance(self) -> Any:
        """``(1 / probs - 1) / probs``."""
        return (1 / self.probs - 1) / self.probs

    def sample(self, sample_shape: Any = ()) -> Any:
        """Numbers of failures."""
        dtype = self.probs.dtype
        with no_grad():
            u = rand(self._extended_shape(sample_shape), dtype=dtype).clamp(min=finfo(dtype).tiny)
            return (u.log() / (-self.probs).log1p()).floor()

    def log_prob(self, value: Any) -> Any:
        """The logarithm of the probability."""
        if self._validate_args:
            self._validate_sample(value)
        value, probs = broadcast_all(value, self.probs)
        probs = probs.masked_fill((probs == 1) & (value == 0), 0)
        return value * (-probs).log1p() + self.probs.log()

    def entropy(self) -> Any:
        """The entropy in nats."""
        return binary_cross_entropy_with_logits(
            self.logits, self.probs, reduction="none") / self.probs


__all__ = ["Geometric"]
answer_missing_names(__name__)
