"""``OneHotCategorical``: categories as rows of zeros with a one."""

from __future__ import annotations

from typing import Any, ClassVar

from ..functions.neural import one_hot
from ..names.missing import answer_missing_names
from ..tensors.creation import eye
from . import constraints
from .categorical import Categorical
from .distribution import Distribution
from .utils import no_grad


class OneHotCategorical(Distribution):
    """Rows of zeros with a one at the category; the parameters are those of ``Categorical``."""

    arg_constraints: ClassVar[Any] = {
        "probs": constraints.simplex, "logits": constraints.real_vector}
    support = constraints.one_hot
    has_enumerate_support = True

    def __init__(self, probs: Any = None, logits: Any = None,
                 validate_args: bool | None = None) -> None:
        self._categorical = Categorical(probs, logits)
        shape = self._categorical.param_shape
        super().__init__(self._categorical.batch_shape, shape[-1:], validate_args=validate_args)

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
        """``probs``."""
        return self.probs

    @property
    def mode(self) -> Any:
        """The most probable row."""
        return one_hot(self._categorical.mode, self._event_shape[0]).to(self.probs.dtype)

    @property
    def variance(self) -> Any:
        """``probs * (1 - probs)``."""
        return self.probs * (1 - self.probs)

    def sample(self, sample_shape: Any = ()) -> Any:
        """Rows of zeros with a one, in the dtype of the parameters."""
        with no_grad():
            drawn = self._categorical.sample(sample_shape)
            return one_hot(drawn, self._event_shape[0]).to(self.probs.dtype)

    def log_prob(self, value: Any) -> Any:
        """The logarithm of the probability."""
        if self._validate_args:
            self._validate_sample(value)
        return self._categorical.log_prob(value.argmax(-1))

    def entropy(self) -> Any:
        """The entropy in nats."""
        return self._categorical.entropy()

    def enumerate_support(self, expand: bool = True) -> Any:
        """All rows."""
        n = self._event_shape[0]
        values = eye(n, dtype=self.probs.dtype).reshape((n,) + (1,) * len(self._batch_shape) + (n,))
        return values.expand((n, *self._batch_shape, n)) if expand else values

class OneHotCategoricalStraightThrough(OneHotCategorical):
    """:class:`OneHotCategorical` whose sample has the gradient of the probabilities (Bengio et al.,
    2013)."""

    has_rsample = True

    def rsample(self, sample_shape: Any = ()) -> Any:
        """Rows whose gradient is that of ``probs``."""
        return self.sample(sample_shape) + (self.probs - self.probs.detach())


__all__ = ["OneHotCategorical", "OneHotCategoricalStraightThrough"]
answer_missing_names(__name__)
