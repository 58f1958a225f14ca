"""``Poisson(rate)``."""

from __future__ import annotations

from typing import Any, ClassVar

from ..functions import pointwise
from ..names.missing import answer_missing_names
from ..tensors.random import poisson
from ..tensors.recorded import function
from . import constraints
from .exp_family import ExponentialFamily
from .utils import broadcast_all, no_grad

xlogy = function(pointwise.xlogy)


class Poisson(ExponentialFamily):
    """The number of events of mean ``rate``."""

    arg_constraints: ClassVar[Any] = {"rate": constraints.nonnegative}
    support = constraints.nonnegative_integer

    def __init__(self, rate: Any, validate_args: bool | None = None) -> None:
        (self.rate,) = broadcast_all(rate)
        super().__init__(self.rate.shape, validate_args=validate_args)

    @property
    def mean(self) -> Any:
        """``rate``."""
        return self.rate

    @property
    def mode(self) -> Any:
        """``floor(rate)``."""
        return self.rate.floor()

    @property
    def variance(self) -> Any:
        """``rate``."""
        return self.rate

    def sample(self, sample_shape: Any = ()) -> Any:
        """Numbers of events."""
        with no_grad():
            return poisson(self.rate.expand(self._extended_shape(sample_shape)))

    def log_prob(self, value: Any) -> Any:
        """The logarithm of the probability."""
        if self._validate_args:
            self._validate_sample(value)
        rate, value = broadcast_all(self.rate, value)
        return xlogy(value, rate) - rate - (value + 1).lgamma()

    @property
    def _natural_params(self) -> Any:
        return (self.rate.log(),)

    def _log_normalizer(self, x: Any) -> Any:
        return x.exp()


__all__ = ["Poisson"]
answer_missing_names(__name__)
