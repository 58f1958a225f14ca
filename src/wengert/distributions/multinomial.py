"""``Multinomial(total_count, probs)``."""

from __future__ import annotations

from typing import Any, ClassVar

from ..names.missing import answer_missing_names
from . import constraints
from .binomial import Binomial
from .categorical import Categorical
from .distribution import Distribution, _sizes
from .utils import broadcast_all, no_grad


class Multinomial(Distribution):
    """How often each category comes up in ``total_count`` (an int) draws."""

    arg_constraints: ClassVar[Any] = {
        "probs": constraints.simplex, "logits": constraints.real_vector}

    def __init__(self, total_count: int = 1, probs: Any = None, logits: Any = None,
                 validate_args: bool | None = None) -> None:
        if not isinstance(total_count, int):
            raise NotImplementedError("inhomogeneous total_count is not supported")
        self.total_count = total_count
        self._categorical = Categorical(probs=probs, logits=logits)
        shape = self._categorical.param_shape
        super().__init__(self._categorical.batch_shape, shape[-1:], validate_args=validate_args)

    @constraints.dependent_property(is_discrete=True, event_dim=1)
    def support(self) -> Any:
        """Counts that sum up to ``total_count``."""
        return constraints.multinomial(self.total_count)

    @property
    def probs(self) -> Any:
        """The probabilities."""
        return self._categorical.probs

    @property
    def logits(self) -> Any:
        """Their logarithms."""
        return self._categorical.logits

    @property
    def param_shape(self) -> Any:
        """The shape of the parameters."""
        return self._categorical.param_shape

    @property
    def mean(self) -> Any:
        """``total_count * probs``."""
        return self.probs * self.total_count

    @property
    def variance(self) -> Any:
        """``total_count * probs * (1 - probs)``."""
        return self.total_count * self.probs * (1 - self.probs)

    def sample(self, sample_shape: Any = ()) -> Any:
        """Counts."""
        with no_grad():
            drawn = self._categorical.sample((self.total_count, *_sizes(sample_shape)))
            drawn = drawn.movedim(0, -1)
            counts = drawn.new_zeros(self._extended_shape(sample_shape))
            counts = counts.scatter_add(-1, drawn, drawn.new_ones(tuple(drawn.shape)))
            return counts.type_as(self.probs)

    def log_prob(self, value: Any) -> Any:
        """The logarithm of the probability."""
        if self._validate_args:
            self._validate_sample(value)
        logits, value = broadcast_all(self.logits, value)
        logits = logits.masked_fill((value == 0) & (logits == -float("inf")), 0)
        ways = (value.sum(-1) + 1).lgamma() - (value + 1).lgamma().sum(-1)
        return ways + (logits * value).sum(-1)

    def entropy(self) -> Any:
        """The entropy in nats."""
        n = self._categorical.probs.new_tensor(self.total_count)
        support = Binomial(self.total_count, probs=self.probs).enumerate_support(expand=False)[1:]
        weights = Binomial(self.total_count, probs=self.probs).log_prob(support).exp()
        return (self.total_count * self._categorical.entropy() - (n + 1).lgamma()
                + (weights * (support + 1).lgamma()).sum((0, -1)))


__all__ = ["Multinomial"]
answer_missing_names(__name__)
