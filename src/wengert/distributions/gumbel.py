"""``Gumbel(loc, scale)``."""

from __future__ import annotations

import math
from typing import Any, ClassVar

from ..names.missing import answer_missing_names
from ..tensors.limits import finfo
from . import constraints
from .transformed_distribution import TransformedDistribution
from .transforms import AffineTransform, ExpTransform
from .uniform import Uniform
from .utils import broadcast_all, euler_constant


class Gumbel(TransformedDistribution):
    """The distribution of ``loc - scale log(-log(u))``, u uniform."""

    arg_constraints: ClassVar[Any] = {"loc": constraints.real, "scale": constraints.positive}
    support = constraints.real

    def __init__(self, loc: Any, scale: Any, validate_args: bool | None = None) -> None:
        self.loc, self.scale = broadcast_all(loc, scale)
        limits = finfo(self.loc.dtype)
        if hasattr(loc, "dim") or hasattr(scale, "dim"):
            low, high = self.loc.detach() * 0 + limits.tiny, self.loc.detach() * 0 + 1 - limits.eps
        else:
            low, high = limits.tiny, 1 - limits.eps
        maps = [ExpTransform().inv, AffineTransform(0, -1), ExpTransform().inv,
                AffineTransform(self.loc, -self.scale)]
        super().__init__(Uniform(low, high, validate_args=False), maps,
                         validate_args=validate_args)

    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        """The distribution with its parameters expanded to another batch shape."""
        return type(self)(self.loc.expand(batch_shape), self.scale.expand(batch_shape),
                          validate_args=False)

    @property
    def mean(self) -> Any:
        """``loc + scale * 0.5772…``."""
        return self.loc + self.scale * euler_constant

    @property
    def mode(self) -> Any:
        """``loc``."""
        return self.loc

    @property
    def stddev(self) -> Any:
        """``scale * pi / sqrt(6)``."""
        return (math.pi / math.sqrt(6)) * self.scale

    @property
    def variance(self) -> Any:
        """The variance."""
        return self.stddev.pow(2)

    def log_prob(self, value: Any) -> Any:
        """The logarithm of the density."""
        if self._validate_args:
            self._validate_sample(value)
        y = (self.loc - value) / self.scale
        return (y - y.exp()) - self.scale.log()

    def entropy(self) -> Any:
        """The entropy in nats."""
        return self.scale.log() + (1 + euler_constant)


__all__ = ["Gumbel"]
answer_missing_names(__name__)
