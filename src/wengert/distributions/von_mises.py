"""``VonMises(loc, concentration)``."""

from __future__ import annotations

import math
from typing import Any, ClassVar

from ..engine.dtypes import float64
from ..functions.choices import where
from ..names.missing import answer_missing_names
from ..special import i0e, i1e
from ..tensors.random import rand
from . import constraints
from .distribution import Distribution
from .utils import broadcast_all, lazy_property, no_grad


class VonMises(Distribution):
    """Angles in [-pi, pi) around ``loc``, with density ``exp(concentration * cos(x - loc))`` but
    for a factor. ``loc`` and values may be any real numbers, taken modulo 2 pi."""

    arg_constraints: ClassVar[Any] = {
        "loc": constraints.real, "concentration": constraints.positive}
    support = constraints.real
    has_rsample = False

    def __init__(self, loc: Any, concentration: Any, validate_args: bool | None = None) -> None:
        self.loc, self.concentration = broadcast_all(loc, concentration)
        super().__init__(self.loc.shape, validate_args=validate_args)

    @property
    def mean(self) -> Any:
        """The direction of the mean: ``loc``."""
        return self.loc

    @property
    def mode(self) -> Any:
        """``loc``."""
        return self.loc

    @lazy_property
    def variance(self) -> Any:
        """The circular variance, ``1 - I1(concentration) / I0(concentration)``."""
        return 1 - i1e(self.concentration) / i0e(self.concentration)

    @lazy_property
    def _proposal_r(self) -> Any:
        """The parameter of the wrapped Cauchy distribution whose angles are tried."""
        kappa = self.concentration.to(float64)
        tau = 1 + (1 + 4 * kappa.pow(2)).sqrt()
        rho = (tau - (2 * tau).sqrt()) / (2 * kappa)
        return where(kappa < 1e-5, 1 / kappa + kappa, (1 + rho.pow(2)) / (2 * rho))

    def sample(self, sample_shape: Any = ()) -> Any:
        """Angles, by rejection (Best and Fisher, 1979) in float64."""
        with no_grad():
            loc, kappa, r = self.loc.to(float64), self.concentration.to(float64), self._proposal_r
            angles = loc.new_zeros(self._extended_shape(sample_shape))
            accepted = angles != angles
            while not accepted.all():
                turn, level, side = rand((3, *angles.shape), dtype=float64).unbind()
                z = (math.pi * turn).cos()
                f = (1 + r * z) / (r + z)
                c = kappa * (r - f)
                accept = (c * (2 - c) - level > 0) | ((c / level).log() + 1 - c >= 0)
                angles = where(accept, (side - 0.5).sign() * f.acos(), angles)
                accepted = accepted | accept
            return ((angles + math.pi + loc) % (2 * math.pi) - math.pi).to(self.loc.dtype)

    def log_prob(self, value: Any) -> Any:
        """The logarithm of the density."""
        if self._validate_args:
            self._validate_sample(value)
        apart = -2 * self.concentration * ((value - self.loc) / 2).sin().pow(2)
        return apart - i0e(self.concentration).log() - math.log(2 * math.pi)


__all__ = ["VonMises"]
answer_missing_names(__name__)
