"""``torch.distributions.constraints``: the sets that parameters and values lie in.

A constraint's ``check(value)`` gives a bool for each event, True where it lies in the set;
``event_dim`` is the number of dimensions of an event, ``is_discrete`` whether the set is one of
integers. A capital name is a class (``interval(0, 1)`` makes one); a name such as ``positive`` is
a constraint itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..engine.lazy import lazy
from ..functions import joins, reduce
from ..functions.selection import all_true
from ..names.missing import answer_missing_names
from ..tensors.recorded import function

all_ = function(reduce.all_)
concatenated = function(joins.cat)
stacked = function(joins.stack)


class Constraint:
    """A set of values."""

    is_discrete: Any = False
    event_dim: Any = 0

    def check(self, value: Any) -> Any:
        """A bool tensor of ``sample_shape + batch_shape``: whether each event lies in the set."""
        raise NotImplementedError

    def __repr__(self) -> str:
        return f"{type(self).__name__.lstrip('_').strip('_')}()"


class _Named(Constraint):
    """A constraint that is printed under a name, with its bounds."""

    label = ""

    def __init__(self, **bounds: Any) -> None:
        self.__dict__.update(bounds)

    def __repr__(self) -> str:
        bounds = ", ".join(f"{name}={value}" for name, value in vars(self).items())
        return f"{self.label}({bounds})"


class _Dependent(Constraint):
    """A constraint that is known only of an instance of the distribution."""

    def __init__(self, *, is_discrete: Any = NotImplemented, event_dim: Any = NotImplemented,
                 ) -> None:
        self._is_discrete, self._event_dim = is_discrete, event_dim

    @property
    def is_discrete(self) -> bool:
        """Whether the set is one of integers; NotImplementedError if that is not known."""
        return bool(self._known(self._is_discrete, ".is_discrete"))

    @property
    def event_dim(self) -> int:
        """The dimensions of an event; NotImplementedError if that is not known."""
        return int(self._known(self._event_dim, ".event_dim"))

    @staticmethod
    def _known(value: Any, what: str) -> Any:
        if value is NotImplemented:
            raise NotImplementedError(f"{what} cannot be determined statically")
        return value

    def __call__(self, *, is_discrete: Any = NotImplemented, event_dim: Any = NotImplemented,
                 ) -> _Dependent:
        return _Dependent(
            is_discrete=self._is_discrete if is_discrete is NotImplemented else is_discrete,
            event_dim=self._event_dim if event_dim is NotImplemented else event_dim)

    def check(self, value: Any) -> Any:
        raise ValueError("Cannot determine validity of dependent constraint")


class _DependentProperty(property, _Dependent):
    """A property that is a constraint of each instance."""

    def __init__(self, fget: Callable[[Any], Constraint] | None = None, *,
                 is_discrete: Any = NotImplemented, event_dim: Any = NotImplemented) -> None:
        property.__init__(self, fget)
        self._is_discrete, self._event_dim = is_discrete, event_dim

    def __call__(self, fget: Callable[[Any], Constraint]) -> _DependentProperty:  # type: ignore[override]
        return _DependentProperty(fget, is_discrete=self._is_discrete, event_dim=self._event_dim)


def is_dependent(constraint: Any) -> bool:
    """Whether the constraint depends on the instance."""
    return isinstance(constraint, _Dependent)


class _IndependentConstraint(Constraint):
    """A constraint whose last batch dimensions belong to the event."""

    def __init__(self, base_constraint: Constraint, reinterpreted_batch_ndims: int) -> None:
        self.base_constraint = base_constraint
        self.reinterpreted_batch_ndims = reinterpreted_batch_ndims

    @property
    def is_discrete(self) -> bool:
        """That of the base."""
        return bool(self.base_constraint.is_discrete)

    @property
    def event_dim(self) -> int:
        """That of the base, and the dimensions that were added."""
        return int(self.base_constraint.event_dim + self.reinterpreted_batch_ndims)

    def check(self, value: Any) -> Any:
        found = self.base_constraint.check(value)
        if found.dim() < self.reinterpreted_batch_ndims:
            expected = self.base_constraint.event_dim + self.reinterpreted_batch_ndims
            raise ValueError(f"Expected value.dim() >= {expected} but got {value.dim()}")
        return all_last(found, self.reinterpreted_batch_ndims)

    def __repr__(self) -> str:
        return f"IndependentConstraint({self.base_constraint!r}, {self.reinterpreted_batch_ndims})"


def all_last(x: Any, dims: int) -> Any:
    """Whether all of the last ``dims`` dimensions hold."""
    return x.reshape(tuple(x.shape[:x.dim() - dims]) + (-1,)).all(-1) if dims else x


class MixtureSameFamilyConstraint(Constraint):
    """That of the components of a mixture, which have one more dimension than its values."""

    def __init__(self, base_constraint: Constraint) -> None:
        if not isinstance(base_constraint, Constraint):
            raise AssertionError("base_constraint must be a Constraint, got "
                                 f"{type(base_constraint).__name__}")
        self.base_constraint = base_constraint

    @property
    def is_discrete(self) -> bool:
        """That of the components."""
        return bool(self.base_constraint.is_discrete)

    @property
    def event_dim(self) -> int:
        """That of the components."""
        return int(self.base_constraint.event_dim)

    def check(self, value: Any) -> Any:
        if value.dim() < self.event_dim:
            raise ValueError(f"Expected value.dim() >= {self.event_dim} but got {value.dim()}")
        found = self.base_constraint.check(value.unsqueeze(-1 - self.event_dim))
        return all_last(found, found.dim() - value.dim() + self.event_dim)

    def __repr__(self) -> str:
        return f"MixtureSameFamilyConstraint({self.base_constraint!r})"


class _Boolean(Constraint):
    is_discrete = True

    def check(self, value: Any) -> Any:
        return (value == 0) | (value == 1)


class _OneHot(Constraint):
    is_discrete = True
    event_dim = 1

    def check(self, value: Any) -> Any:
        return ((value == 0) | (value == 1)).all(-1) & value.sum(-1).eq(1)


class _IntegerInterval(_Named):
    is_discrete = True
    label = "IntegerInterval"

    def __init__(self, lower_bound: Any, upper_bound: Any) -> None:
        super().__init__(lower_bound=lower_bound, upper_bound=upper_bound)

    def check(self, value: Any) -> Any:
        return ((value % 1 == 0) & (value >= self.lower_bound)  # type: ignore[attr-defined]
                & (value <= self.upper_bound))  # type: ignore[attr-defined]


class _IntegerGreaterThan(_Named):
    is_discrete = True
    label = "IntegerGreaterThan"

    def __init__(self, lower_bound: Any) -> None:
        super().__init__(lower_bound=lower_bound)

    def check(self, value: Any) -> Any:
        return (value % 1 == 0) & (value >= self.lower_bound)  # type: ignore[attr-defined]


class _Real(Constraint):
    def check(self, value: Any) -> Any:
        return value == value  # not NaN


class _GreaterThan(_Named):
    label = "GreaterThan"

    def __init__(self, lower_bound: Any) -> None:
        super().__init__(lower_bound=lower_bound)

    def check(self, value: Any) -> Any:
        return value > self.lower_bound  # type: ignore[attr-defined]


class _GreaterThanEq(_Named):
    label = "GreaterThanEq"

    def __init__(self, lower_bound: Any) -> None:
        super().__init__(lower_bound=lower_bound)

    def check(self, value: Any) -> Any:
        return value >= self.lower_bound  # type: ignore[attr-defined]


class _LessThan(_Named):
    label = "LessThan"

    def __init__(self, upper_bound: Any) -> None:
        super().__init__(upper_bound=upper_bound)

    def check(self, value: Any) -> Any:
        return value < self.upper_bound  # type: ignore[attr-defined]


class _Interval(_Named):
    label = "Interval"

    def __init__(self, lower_bound: Any, upper_bound: Any) -> None:
        super().__init__(lower_bound=lower_bound, upper_bound=upper_bound)

    def check(self, value: Any) -> Any:
        return ((value >= self.lower_bound)  # type: ignore[attr-defined]
                & (value <= self.upper_bound))  # type: ignore[attr-defined]


class _HalfOpenInterval(_Interval):
    label = "HalfOpenInterval"

    def check(self, value: Any) -> Any:
        return ((value >= self.lower_bound)  # type: ignore[attr-defined]
                & (value < self.upper_bound))  # type: ignore[attr-defined]


def compares(constraint: Any) -> bool:
    """Whether its ``check`` does no more than compare elements with numbers, as arrays do, too."""
    return type(constraint) in _COMPARING and all(
        bound.__class__ in (int, float) for bound in vars(constraint).values())


_COMPARING = frozenset([_Boolean, _IntegerInterval, _IntegerGreaterThan, _Real, _GreaterThan,
                        _GreaterThanEq, _LessThan, _Interval, _HalfOpenInterval])


class _Simplex(Constraint):
    event_dim = 1

    def check(self, value: Any) -> Any:
        return all_(value >= 0, -1) & ((value.sum(-1) - 1).abs() < 1e-6)


class _Multinomial(Constraint):
    is_discrete = True
    event_dim = 1

    def __init__(self, upper_bound: Any) -> None:
        self.upper_bound = upper_bound

    def check(self, value: Any) -> Any:
        return (value >= 0).all(-1) & (value.sum(-1) <= self.upper_bound)


class _LowerTriangular(Constraint):
    event_dim = 2

    def check(self, value: Any) -> Any:
        return all_last(value.tril() == value, 2)


class _LowerCholesky(Constraint):
    event_dim = 2

    def check(self, value: Any) -> Any:
        return all_last(value.tril() == value, 2) & (value.diagonal(0, -2, -1) > 0).all(-1)


class _CorrCholesky(Constraint):
    event_dim = 2

    def check(self, value: Any) -> Any:
        tolerance = 10 * value.shape[-1] * 1.1920929e-07
        unit = ((value.square().sum(-1) - 1).abs() <= tolerance).all(-1)
        return _LowerCholesky().check(value) & unit


class _Square(Constraint):
    event_dim = 2

    def check(self, value: Any) -> Any:
        square = value.shape[-2] == value.shape[-1]
        return value.new_full(tuple(value.shape[:-2]), square).bool()


class _Symmetric(_Square):
    def check(self, value: Any) -> Any:
        square = super().check(value)
        if value.shape[-2] != value.shape[-1]:
            return square
        return square & all_last((value - value.mT).abs() <= 1e-6 + 1e-5 * value.mT.abs(), 2)


class _PositiveSemidefinite(_Symmetric):
    least = -1e-6

    def check(self, value: Any) -> Any:
        symmetric = super().check(value)
        if not all_true(symmetric):
            return symmetric
        return symmetric & (lazy("linalg").eigvalsh(value.detach()) > self.least).all(-1)


class _PositiveDefinite(_Symmetric):
    def check(self, value: Any) -> Any:
        symmetric = super().check(value)
        if not all_true(symmetric):
            return symmetric
        return lazy("linalg").cholesky_ex(value.detach()).info.eq(0)


class _Cat(Constraint):
    """Constraints of parts along ``dim``, of lengths ``lengths``."""

    def __init__(self, cseq: Sequence[Constraint], dim: int = 0,
                 lengths: Sequence[int] | None = None) -> None:
        self.cseq = list(cseq)
        self.lengths = list(lengths) if lengths is not None else [1] * len(self.cseq)
        self.dim = dim

    @property
    def is_discrete(self) -> bool:
        """Whether one of the parts is."""
        return any(c.is_discrete for c in self.cseq)

    @property
    def event_dim(self) -> int:
        """The largest of the parts'."""
        return max(int(c.event_dim) for c in self.cseq)

    def check(self, value: Any) -> Any:
        checks, start = [], 0
        for constraint, length in zip(self.cseq, self.lengths, strict=True):
            checks.append(constraint.check(value.narrow(self.dim, start, length)))
            start += length
        return concatenated(checks, self.dim)


class _Stack(Constraint):
    """Constraints of slices along ``dim``."""

    def __init__(self, cseq: Sequence[Constraint], dim: int = 0) -> None:
        self.cseq, self.dim = list(cseq), dim

    @property
    def is_discrete(self) -> bool:
        """Whether one of the parts is."""
        return any(c.is_discrete for c in self.cseq)

    @property
    def event_dim(self) -> int:
        """The largest of the parts', and the dimension of the stack."""
        dim = max(int(c.event_dim) for c in self.cseq)
        return dim + 1 if self.dim + dim < 0 else dim

    def check(self, value: Any) -> Any:
        slices = [value.select(self.dim, i) for i in range(value.shape[self.dim])]
        return stacked([c.check(v) for v, c in zip(slices, self.cseq, strict=True)], self.dim)


dependent = _Dependent()
dependent_property = _DependentProperty
independent = _IndependentConstraint
boolean = _Boolean()
one_hot = _OneHot()
integer_interval = _IntegerInterval
nonnegative_integer = _IntegerGreaterThan(0)
positive_integer = _IntegerGreaterThan(1)
real = _Real()
real_vector = independent(real, 1)
positive = _GreaterThan(0.0)
nonnegative = _GreaterThanEq(0.0)
greater_than = _GreaterThan
greater_than_eq = _GreaterThanEq
less_than = _LessThan
unit_interval = _Interval(0.0, 1.0)
interval = _Interval
half_open_interval = _HalfOpenInterval
simplex = _Simplex()
multinomial = _Multinomial
lower_triangular = _LowerTriangular()
lower_cholesky = _LowerCholesky()
corr_cholesky = _CorrCholesky()
square = _Square()
symmetric = _Symmetric()
positive_semidefinite = _PositiveSemidefinite()
positive_definite = _PositiveDefinite()
cat = _Cat
stack = _Stack

__all__ = [
    "Constraint", "MixtureSameFamilyConstraint", "boolean", "cat", "corr_cholesky", "dependent",
    "dependent_property", "greater_than", "greater_than_eq", "half_open_interval",
    "independent", "integer_interval", "interval", "is_dependent", "less_than",
    "lower_cholesky", "lower_triangular", "multinomial", "nonnegative", "nonnegative_integer",
    "one_hot", "positive", "positive_definite", "positive_integer", "positive_semidefinite",
    "real", "real_vector", "simplex", "square", "stack", "symmetric", "unit_interval",
]
answer_missing_names(__name__)
