"""``MixtureSameFamily``: a mixture of distributions of one kind."""

from __future__ import annotations

from typing import Any, ClassVar

from ..names.missing import answer_missing_names
from . import constraints
from .categorical import Categorical
from .distribution import Distribution
from .utils import no_grad


class MixtureSameFamily(Distribution):
    """The last batch dimension of ``component_distribution``, mixed with the probabilities of
    ``mixture_distribution``, a ``Categorical``."""

    arg_constraints: ClassVar[Any] = {}
    has_rsample = False

    def __init__(self, mixture_distribution: Any, component_distribution: Any,
                 validate_args: bool | None = None) -> None:
        self._mixture_distribution = mixture_distribution
        self._component_distribution = component_distribution
        if not isinstance(mixture_distribution, Categorical):
            raise ValueError("The Mixture distribution needs to be an instance of "
                             "torch.distributions.Categorical")
        if not isinstance(component_distribution, Distribution):
            raise ValueError("The Component distribution need to be an instance of "
                             "torch.distributions.Distribution")
        mixed = tuple(mixture_distribution.batch_shape)
        batch = tuple(component_distribution.batch_shape)[:-1]
        for a, b in zip(reversed(mixed), reversed(batch)):
            if a != 1 and b != 1 and a != b:
                raise ValueError(f"`mixture_distribution.batch_shape` ({mixed}) is not compatible "
                                 "with `component_distribution.batch_shape`"
                                 f"({batch})")
        km = mixture_distribution.logits.shape[-1]
        kc = component_distribution.batch_shape[-1]
        if km != kc:
            raise ValueError(f"`mixture_distribution component` ({km}) does not equal "
                             f"`component_distribution.batch_shape[-1]` ({kc})")
        self._num_component = km
        event = component_distribution.event_shape
        self._event_ndims = len(event)
        super().__init__(batch, event, validate_args=validate_args)

    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        """The distribution with its parameters expanded to another batch shape."""
        return type(self)(self._mixture_distribution.expand(batch_shape),
                          self._component_distribution.expand((*batch_shape, self._num_component)),
                          validate_args=False)

    @constraints.dependent_property
    def support(self) -> Any:
        """That of the components."""
        return constraints.MixtureSameFamilyConstraint(self._component_distribution.support)

    @property
    def mixture_distribution(self) -> Any:
        """The probabilities of the components."""
        return self._mixture_distribution

    @property
    def component_distribution(self) -> Any:
        """The components."""
        return self._component_distribution

    @property
    def mean(self) -> Any:
        """The mean of the components' means."""
        probs = self._pad_mixture_dimensions(self.mixture_distribution.probs)
        return (probs * self.component_distribution.mean).sum(-1 - self._event_ndims)

    @property
    def variance(self) -> Any:
        """By the law of total variance."""
        probs = self._pad_mixture_dimensions(self.mixture_distribution.probs)
        parts, dim = self.component_distribution, -1 - self._event_ndims
        within = (probs * parts.variance).sum(dim)
        return within + (probs * (parts.mean - self._pad(self.mean)).pow(2.0)).sum(dim)

    def cdf(self, x: Any) -> Any:
        """The mean of the components'."""
        return (self.component_distribution.cdf(self._pad(x))
                * self.mixture_distribution.probs).sum(-1)

    def log_prob(self, x: Any) -> Any:
        """``logsumexp`` of the components' and the logarithms of their probabilities."""
        if self._validate_args:
            self._validate_sample(x)
        found = self.component_distribution.log_prob(self._pad(x))
        return (found + self.mixture_distribution.logits.log_softmax(-1)).logsumexp(-1)

    def sample(self, sample_shape: Any = ()) -> Any:
        """Values of the components that are drawn."""
        with no_grad():
            lead = len(sample_shape) + len(self._batch_shape)
            drawn = self.mixture_distribution.sample(sample_shape)
            values = self.component_distribution.sample(sample_shape)
            event = tuple(self._event_shape)
            places = drawn.reshape(tuple(drawn.shape) + (1,) * (len(event) + 1))
            places = places.expand((*drawn.shape, 1, *event))
            return values.gather(lead, places).squeeze(lead)

    def _pad(self, x: Any) -> Any:
        return x.unsqueeze(-1 - self._event_ndims)

    def _pad_mixture_dimensions(self, x: Any) -> Any:
        return x.reshape(tuple(x.shape) + (1,) * self._event_ndims)

    def __repr__(self) -> str:
        return (f"MixtureSameFamily(\n  {self.mixture_distribution},\n  "
                f"{self.component_distribution})")


__all__ = ["MixtureSameFamily"]
answer_missing_names(__name__)
