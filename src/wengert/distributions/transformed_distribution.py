"""``TransformedDistribution``: a distribution of mapped values."""

from __future__ import annotations

from typing import Any, ClassVar

from ..autograd.modes import no_grad
from ..names.missing import answer_missing_names
from ..tensors.size import Size
from . import constraints
from .distribution import Distribution
from .independent import Independent
from .transforms import ComposeTransform, Transform
from .utils import sum_last


class TransformedDistribution(Distribution):
    """The distribution of ``transforms`` (one or a list, the first applied first) of values of
    ``base_distribution``."""

    arg_constraints: ClassVar[Any] = {}

    def __init__(self, base_distribution: Any, transforms: Any,
                 validate_args: bool | None = None) -> None:
        if isinstance(transforms, Transform):
            self.transforms = [transforms]
        elif isinstance(transforms, list):
            if not all(isinstance(t, Transform) for t in transforms):
                raise ValueError("transforms must be a Transform or a list of Transforms")
            self.transforms = transforms
        else:
            raise ValueError(
                f"transforms must be a Transform or list, but was {transforms}")
        transform = ComposeTransform(self.transforms)
        base_shape = (*base_distribution.batch_shape, *base_distribution.event_shape)
        needed = transform.domain.event_dim
        if len(base_shape) < needed:
            raise ValueError(
                f"base_distribution needs to have shape with size at least {needed}, but got "
                f"{Size(base_shape)}.")
        shape = tuple(transform.forward_shape(base_shape))
        wide = tuple(transform.inverse_shape(shape))
        if wide != base_shape:
            lead = wide[:len(wide) - len(base_distribution.event_shape)]
            base_distribution = base_distribution.expand(lead)
        more = needed - len(base_distribution.event_shape)
        self.base_dist: Any = (
            Independent(base_distribution, more) if more > 0 else base_distribution)
        event_dim = transform.codomain.event_dim + max(
            len(base_distribution.event_shape) - needed, 0)
        cut = len(shape) - event_dim
        super().__init__(shape[:cut], shape[cut:], validate_args=validate_args)

    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        """The distribution with its parameters expanded to another batch shape."""
        new = type(self).__new__(type(self)) if _instance is None else _instance
        new.__dict__.update(self.__dict__)
        shape = (*batch_shape, *self._event_shape)
        for transform in reversed(self.transforms):
            shape = tuple(transform.inverse_shape(shape))
        new.base_dist = self.base_dist.expand(
            shape[:len(shape) - len(self.base_dist.event_shape)])
        new._batch_shape = Size(batch_shape)
        return new

    @property
    def has_rsample(self) -> bool:
        """That of the base."""
        return bool(self.base_dist.has_rsample)

    @constraints.dependent_property(is_discrete=False)
    def support(self) -> Any:
        """The codomain of the last transform."""
        if not self.transforms:
            return self.base_dist.support
        found = self.transforms[-1].codomain
        more = len(self._event_shape) - found.event_dim
        return constraints.independent(found, more) if more > 0 else found

    def sample(self, sample_shape: Any = ()) -> Any:
        """Mapped values of the base, without gradients."""
        with no_grad():
            return self._mapped(self.base_dist.sample(sample_shape))

    def rsample(self, sample_shape: Any = ()) -> Any:
        """Mapped values of the base, with gradients."""
        return self._mapped(self.base_dist.rsample(sample_shape))

    def _mapped(self, x: Any) -> Any:
        for transform in self.transforms:
            x = transform(x)
        return x

    def log_prob(self, value: Any) -> Any:
        """The base's at the inverse image, and the logarithms of the Jacobians."""
        if self._validate_args:
            self._validate_sample(value)
        event_dim, total, y = len(self._event_shape), 0.0, value
        for transform in reversed(self.transforms):
            x = transform.inv(y)
            event_dim += transform.domain.event_dim - transform.codomain.event_dim
            total = total - sum_last(transform.log_abs_det_jacobian(x, y),
                                     event_dim - transform.domain.event_dim)
            y = x
        return total + sum_last(self.base_dist.log_prob(y),
                                event_dim - len(self.base_dist.event_shape))

    def _turned(self, value: Any) -> Any:
        """``value``, or ``1 - value`` if the transforms decrease."""
        sign = 1
        for transform in self.transforms:
            sign = sign * transform.sign
        if isinstance(sign, int) and sign == 1:
            return value
        return sign * (value - 0.5) + 0.5

    def cdf(self, value: Any) -> Any:
        """The base's at the inverse image."""
        for transform in reversed(self.transforms):
            value = transform.inv(value)
        if self._validate_args:
            self.base_dist._validate_sample(value)
        return self._turned(self.base_dist.cdf(value))

    def icdf(self, value: Any) -> Any:
        """The image of the base's."""
        return self._mapped(self.base_dist.icdf(self._turned(value)))


__all__ = ["TransformedDistribution"]
answer_missing_names(__name__)
