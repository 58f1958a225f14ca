"""``Categorical(probs)`` or ``Categorical(logits=…)``."""

from __future__ import annotations

from typing import Any, ClassVar

from ..functions.choices import broadcast_tensors
from ..names.missing import answer_missing_names
from ..tensors.creation import arange
from ..tensors.limits import finfo
from ..tensors.random import multinomial
from . import constraints
from .distribution import Distribution, _sizes
from .utils import either, lazy_property, logits_to_probs, no_grad, probs_to_logits


class Categorical(Distribution):
    """The integers 0 to n - 1 with probabilities ``probs[..., n]``, which are normalised, or
    ``softmax(logits)``."""

    arg_constraints: ClassVar[Any] = {
        "probs": constraints.simplex, "logits": constraints.real_vector}
    has_enumerate_support = True

    def __init__(self, probs: Any = None, logits: Any = None,
                 validate_args: bool | None = None) -> None:
        name = either(probs, logits)
        value = logits if probs is None else probs
        if value.dim() < 1:
            raise ValueError(f"`{name}` parameter must be at least one-dimensional.")
        if name == "probs":
            self.probs = value / value.sum(-1, keepdim=True)
        else:
            self.logits = value - value.logsumexp(-1, keepdim=True)
        self._num_events = value.shape[-1]
        super().__init__(value.shape[:-1], validate_args=validate_args)

    @constraints.dependent_property(is_discrete=True, event_dim=0)
    def support(self) -> Any:
        """0 to n - 1."""
        return constraints.integer_interval(0, self._num_events - 1)

    @lazy_property
    def logits(self) -> Any:
        """The logarithms of the probabilities."""
        return probs_to_logits(self.probs)

    @lazy_property
    def probs(self) -> Any:
        """The probabilities."""
        return logits_to_probs(self.logits)

    @property
    def _param(self) -> Any:
        return self.__dict__["probs" if "probs" in self.__dict__ else "logits"]

    @property
    def param_shape(self) -> Any:
        """The shape of the parameters."""
        return self._param.shape

    @property
    def mean(self) -> Any:
        """NaN: categories have no mean."""
        return self.probs.new_full(tuple(self._batch_shape), float("nan"))

    @property
    def mode(self) -> Any:
        """The most probable category."""
        return self.probs.argmax(-1)

    @property
    def variance(self) -> Any:
        """NaN: categories have no variance."""
        return self.mean

    def sample(self, sample_shape: Any = ()) -> Any:
        """Categories, int64."""
        sizes = _sizes(sample_shape)
        count = 1
        for size in sizes:
            count *= size
        with no_grad():
            if not self._batch_shape:   # then nothing is to be moved
                drawn = multinomial(self.probs, count, True)
                return drawn[0] if not sizes else drawn if len(sizes) == 1 else drawn.reshape(sizes)
            rows = self.probs.reshape(-1, self._num_events)
            return multinomial(rows, count, True).T.reshape(self._extended_shape(sizes))

    def log_prob(self, value: Any) -> Any:
        """The logarithm of the probability."""
        if self._validate_args:
            self._validate_sample(value)
        value, log_pmf = broadcast_tensors(value.long().unsqueeze(-1), self.logits)
        return log_pmf.gather(-1, value[..., :1]).squeeze(-1)

    def entropy(self) -> Any:
        """The entropy in nats."""
        logits = self.logits.clamp(min=finfo(self.logits.dtype).min)
        return -(logits * self.probs).sum(-1)

    def enumerate_support(self, expand: bool = True) -> Any:
        """0 to n - 1."""
        return self._enumerated(arange(self._num_events), expand)


__all__ = ["Categorical"]
answer_missing_names(__name__)
