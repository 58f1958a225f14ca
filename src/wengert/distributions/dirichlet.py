"""``Dirichlet(concentration)``."""

from __future__ import annotations

from typing import Any, ClassVar

from ..functions import pointwise
from ..functions.pathwise import sample_dirichlet
from ..names.missing import answer_missing_names
from ..tensors.recorded import function
from . import constraints
from .exp_family import ExponentialFamily

xlogy = function(pointwise.xlogy)


class Dirichlet(ExponentialFamily):
    """Probabilities of n categories, with density ``prod x_i ** (concentration_i - 1)`` but for a
    factor."""

    arg_constraints: ClassVar[Any] = {
        "concentration": constraints.independent(constraints.positive, 1)}
    support = constraints.simplex
    has_rsample = True

    def __init__(self, concentration: Any, validate_args: bool | None = None) -> None:
        if concentration.dim() < 1:
            raise ValueError("`concentration` parameter must be at least one-dimensional.")
        self.concentration = concentration
        shape = concentration.shape
        super().__init__(shape[:-1], shape[-1:], validate_args=validate_args)

    @property
    def mean(self) -> Any:
        """``concentration``, normalised."""
        return self.concentration / self.concentration.sum(-1, True)

    @property
    def mode(self) -> Any:
        """The most probable point."""
        above = (self.concentration - 1).clamp(min=0.0)
        mode = above / above.sum(-1, True)
        corner = (self.concentration < 1).all(-1, True)
        first = mode.new_zeros(tuple(mode.shape)).scatter(
            -1, above.argmax(-1, True), mode.new_ones(tuple(mode.shape)))
        return first.where(corner, mode)

    @property
    def variance(self) -> Any:
        """The variance of each component."""
        total = self.concentration.sum(-1, True)
        return self.concentration * (total - self.concentration) / (total.pow(2) * (total + 1))

    def rsample(self, sample_shape: Any = ()) -> Any:
        """Probabilities with implicit gradients."""
        return sample_dirichlet(self.concentration.expand(self._extended_shape(sample_shape)))

    def log_prob(self, value: Any) -> Any:
        """The logarithm of the density."""
        if self._validate_args:
            self._validate_sample(value)
        return (xlogy(self.concentration - 1.0, value).sum(-1)
                + self.concentration.sum(-1).lgamma() - self.concentration.lgamma().sum(-1))

    def entropy(self) -> Any:
        """The entropy in nats."""
        a, k = self.concentration, self.concentration.size(-1)
        total = a.sum(-1)
        return (a.lgamma().sum(-1) - total.lgamma() - (k - total) * total.digamma()
                - ((a - 1.0) * a.digamma()).sum(-1))

    @property
    def _natural_params(self) -> Any:
        return (self.concentration,)

    def _log_normalizer(self, x: Any) -> Any:
        return x.lgamma().sum(-1) - x.sum(-1).lgamma()

    @property
    def _mean_carrier_measure(self) -> Any:
        return -self._mean_log().sum(-1)

    def _mean_log(self) -> Any:
        """The expectation of the logarithm of each component."""
        return self.concentration.digamma() - self.concentration.sum(-1, True).digamma()


__all__ = ["Dirichlet"]
answer_missing_names(__name__)
