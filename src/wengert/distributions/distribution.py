"""``torch.distributions.distribution``: what every distribution is.

A distribution has parameters of ``batch_shape``, and its values are events of ``event_shape``:
``sample(sample_shape)`` has the shape ``sample_shape + batch_shape + event_shape``, and
``log_prob`` of it ``sample_shape + batch_shape``. ``rsample`` is a sample through which gradients
flow to the parameters. A subclass names its parameters in ``arg_constraints``.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any, ClassVar

from ..autograd.modes import no_grad
from ..functions.selection import all_true, holds
from ..names.missing import answer_missing_names
from ..tensors.operators import Tensor
from ..tensors.size import Size
from . import constraints
from .utils import lazy_property


class Distribution:
    """The base of all distributions."""

    has_rsample: Any = False
    has_enumerate_support = False
    arg_constraints: ClassVar[Any] = NotImplemented
    _validate_args = __debug__

    @staticmethod
    def set_default_validate_args(value: bool) -> None:
        """Whether distributions check their parameters and values where ``validate_args`` is not
        given; ValueError for anything but True and False."""
        if value not in [True, False]:
            raise ValueError("set_default_validate_args expects True or False")
        Distribution._validate_args = value

    def __init__(self, batch_shape: Any = (), event_shape: Any = (),
                 validate_args: bool | None = None) -> None:
        self._batch_shape = Size(batch_shape)
        self._event_shape = Size(event_shape)
        if validate_args is not None:
            self._validate_args = validate_args
        if self._validate_args:
            self._check_parameters()

    def _check_parameters(self) -> None:
        """ValueError if a parameter that was given lies outside its constraint."""
        if self.arg_constraints is NotImplemented:
            warnings.warn(f"{type(self)} does not define `arg_constraints`. Please set "
                          "`arg_constraints = {}` or initialize the distribution with "
                          "`validate_args=False` to turn off validation.", stacklevel=4)
            return
        checks = []
        for name, constraint in self.arg_constraints.items():
            lazy = isinstance(getattr(type(self), name, None), lazy_property)
            if constraints.is_dependent(constraint) or (lazy and name not in self.__dict__):
                continue
            given = getattr(self, name)
            known = holds(constraint.check, given) if constraints.compares(constraint) else None
            checks.append((name, constraint,
                           constraint.check(given).all() if known is None else known))
        for name, constraint, valid in checks:   # all recorded before the first value is needed
            if not (valid if valid.__class__ is bool else all_true(valid)):
                value = getattr(self, name)
                raise ValueError(
                    f"Expected parameter {name} ({type(value).__name__} of shape "
                    f"{tuple(value.shape)}) of distribution {self!r} to satisfy the constraint "
                    f"{constraint!r}, but found invalid values:\n{value}")

    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        """The distribution with its parameters expanded to another batch shape.

        Every tensor that an instance keeps begins with the batch shape, so all are expanded.
        """
        shape = Size(batch_shape)
        new = type(self).__new__(type(self)) if _instance is None else _instance
        lead = len(self._batch_shape)
        for name, value in vars(self).items():
            if isinstance(value, Tensor):
                value = value.expand(tuple(shape) + tuple(value.shape[lead:]))
            elif isinstance(value, Distribution):
                value = value.expand(shape)
            new.__dict__[name] = value
        new._batch_shape = shape
        return new

    def _get_checked_instance(self, cls: type[Distribution], _instance: Any = None) -> Any:
        """What ``expand`` of ``cls`` fills in: ``_instance``, or a new distribution of this one's
        class. NotImplementedError for a class that is made otherwise and has no ``expand``."""
        if _instance is not None:
            return _instance
        if type(self).__init__ != cls.__init__:
            raise NotImplementedError(
                f"Subclass {type(self).__name__} of {cls.__name__} that defines a custom __init__ "
                "method must also define a custom .expand() method.")
        return type(self).__new__(type(self))

    @property
    def batch_shape(self) -> Size:
        """The shape of the parameters."""
        return self._batch_shape

    @property
    def event_shape(self) -> Size:
        """The shape of one event."""
        return self._event_shape

    @property
    def support(self) -> Any:
        """The constraint that values satisfy."""
        raise NotImplementedError

    @property
    def mean(self) -> Any:
        """The mean."""
        raise NotImplementedError

    @property
    def mode(self) -> Any:
        """The most probable value."""
        raise NotImplementedError(f"{type(self)} does not implement mode")

    @property
    def variance(self) -> Any:
        """The variance."""
        raise NotImplementedError

    @property
    def stddev(self) -> Any:
        """The standard deviation."""
        return self.variance.sqrt()

    def sample(self, sample_shape: Any = ()) -> Any:
        """Values drawn without gradients, of shape ``sample_shape + batch_shape + event_shape``."""
        with no_grad():
            return self.rsample(sample_shape)

    def rsample(self, sample_shape: Any = ()) -> Any:
        """Values through which gradients flow to the parameters; NotImplementedError where the
        distribution has no such sample."""
        raise NotImplementedError(f"{type(self).__name__}.rsample: this distribution has no "
                                  "reparameterized sample (has_rsample is False); use sample()")

    def sample_n(self, n: int) -> Any:
        """``sample((n,))``."""
        warnings.warn("sample_n will be deprecated. Use .sample((n,)) instead", UserWarning,
                      stacklevel=2)
        return self.sample((n,))

    def log_prob(self, value: Any) -> Any:
        """The logarithm of the density, or of the probability, of ``value``."""
        raise NotImplementedError

    def cdf(self, value: Any) -> Any:
        """The probability of at most ``value``."""
        raise NotImplementedError

    def icdf(self, value: Any) -> Any:
        """The inverse of :meth:`cdf`."""
        raise NotImplementedError

    def enumerate_support(self, expand: bool = True) -> Any:
        """All values of a discrete distribution, along a new first dimension."""
        raise NotImplementedError

    def entropy(self) -> Any:
        """The entropy in nats, of shape ``batch_shape``."""
        raise NotImplementedError

    def perplexity(self) -> Any:
        """``exp(entropy)``."""
        return self.entropy().exp()

    def _extended_shape(self, sample_shape: Any = ()) -> tuple[int, ...]:
        return (*_sizes(sample_shape), *self._batch_shape, *self._event_shape)

    def _enumerated(self, values: Any, expand: bool) -> Any:
        values = values.reshape((-1,) + (1,) * len(self._batch_shape))
        return values.expand((-1, *self._batch_shape)) if expand else values

    def _validate_sample(self, value: Any) -> None:
        """ValueError unless ``value`` has a fitting shape and lies in the support."""
        if not isinstance(value, Tensor):
            raise ValueError("The value argument to log_prob must be a Tensor")
        shape: tuple[int, ...] = tuple(value.shape)
        start = len(shape) - len(self._event_shape)
        if shape[max(start, 0):] != tuple(self._event_shape):
            raise ValueError("The right-most size of value must match event_shape: "
                             f"{value.shape} vs {self._event_shape}.")
        wanted = (*self._batch_shape, *self._event_shape)
        for i, j in zip(reversed(shape), reversed(wanted)):
            if i != 1 and j != 1 and i != j:
                raise ValueError("Value is not broadcastable with batch_shape+event_shape: "
                                 f"{value.shape} vs {Size(wanted)}.")
        try:
            support = self.support
        except NotImplementedError:
            warnings.warn(f"{type(self)} does not define `support` to enable sample validation. "
                          "Please initialize the distribution with `validate_args=False` to turn "
                          "off validation.", stacklevel=3)
            return
        known = holds(support.check, value) if constraints.compares(support) else None
        if not (all_true(support.check(value)) if known is None else known):
            raise ValueError(
                f"Expected value argument ({type(value).__name__} of shape {shape}) to be within "
                f"the support ({support!r}) of the distribution {self!r}, but found invalid "
                f"values:\n{value}")

    def __repr__(self) -> str:
        names = [name for name in self.arg_constraints if name in self.__dict__]
        shown = ", ".join(f"{name}: {_shown(self.__dict__[name])}" for name in names)
        return f"{type(self).__name__}({shown})"


def _shown(value: Any) -> Any:
    if not isinstance(value, Tensor):
        return value
    return value if value.numel() == 1 else value.size()


def _sizes(shape: int | Sequence[int]) -> tuple[int, ...]:
    return tuple(shape) if not isinstance(shape, int) else (shape,)


__all__ = ["Distribution"]
answer_missing_names(__name__)
