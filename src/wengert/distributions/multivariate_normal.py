"""``MultivariateNormal(loc, covariance_matrix)``."""

from __future__ import annotations

import math
from typing import Any, ClassVar

from ..linalg import cholesky, solve_triangular
from ..names.missing import answer_missing_names
from ..tensors.attributes import broadcast_shapes
from ..tensors.creation import eye
from ..tensors.random import randn
from . import constraints
from .distribution import Distribution
from .utils import lazy_property


class OfCovariance(Distribution):
    """A distribution with a matrix (n, n) that is given as a covariance, as its inverse or as its
    Cholesky factor, and has all three."""

    _unbroadcasted_scale_tril: Any

    @staticmethod
    def _given(error: type[Exception], **matrices: Any) -> tuple[str, Any]:
        """The name and the value of the one that is given; ``error`` unless it is one."""
        given = [(name, x) for name, x in matrices.items() if x is not None]
        if len(given) != 1:
            raise error("Exactly one of covariance_matrix or precision_matrix or scale_tril may be "
                        "specified.")
        ((name, matrix),) = given
        if matrix.dim() < 2:
            raise ValueError(f"{name} must be at least two-dimensional, with optional leading "
                             "batch dimensions")
        return name, matrix

    def _keep_matrix(self, name: str, matrix: Any, batch: tuple[int, ...]) -> None:
        """Keep it as it was given, expanded to the batch."""
        setattr(self, name, matrix.expand((*batch, *matrix.shape[-2:])))

    def _factor(self, name: str, matrix: Any) -> None:
        """Keep the Cholesky factor of the covariance."""
        make = {"scale_tril": lambda x: x, "covariance_matrix": cholesky,
                "precision_matrix": factor_of_inverse}[name]
        self._unbroadcasted_scale_tril = make(matrix)

    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        """The distribution with its parameters expanded to another batch shape."""
        factor = self.__dict__.pop("_unbroadcasted_scale_tril")
        try:
            new = super().expand(batch_shape, _instance)
        finally:
            self._unbroadcasted_scale_tril = factor
        new._unbroadcasted_scale_tril = factor
        return new

    @lazy_property
    def scale_tril(self) -> Any:
        """The Cholesky factor of the covariance."""
        n = self._event_shape[-1]
        return self._unbroadcasted_scale_tril.expand((*self._batch_shape, n, n))

    @lazy_property
    def covariance_matrix(self) -> Any:
        """The covariance."""
        factor, n = self._unbroadcasted_scale_tril, self._event_shape[-1]
        return (factor @ factor.mT).expand((*self._batch_shape, n, n))

    @lazy_property
    def precision_matrix(self) -> Any:
        """The inverse of the covariance."""
        factor, n = self._unbroadcasted_scale_tril, self._event_shape[-1]
        inverse = solve_triangular(factor, eye(n, dtype=factor.dtype), upper=False)
        return (inverse.mT @ inverse).expand((*self._batch_shape, n, n))


class MultivariateNormal(OfCovariance):
    """Normal vectors (n) of mean ``loc`` and of a covariance (n, n), given as
    ``covariance_matrix``, as its inverse ``precision_matrix``, or as its Cholesky factor
    ``scale_tril``."""

    arg_constraints: ClassVar[Any] = {
        "loc": constraints.real_vector, "covariance_matrix": constraints.positive_definite,
        "precision_matrix": constraints.positive_definite, "scale_tril": constraints.lower_cholesky}
    support = constraints.real_vector
    has_rsample = True

    def __init__(self, loc: Any, covariance_matrix: Any = None, precision_matrix: Any = None,
                 scale_tril: Any = None, validate_args: bool | None = None) -> None:
        if loc.dim() < 1:
            raise ValueError("loc must be at least one-dimensional.")
        name, matrix = self._given(ValueError, covariance_matrix=covariance_matrix,
                                   precision_matrix=precision_matrix, scale_tril=scale_tril)
        batch = tuple(broadcast_shapes(tuple(matrix.shape[:-2]), tuple(loc.shape[:-1])))
        self._keep_matrix(name, matrix, batch)
        self.loc = loc.expand((*batch, loc.shape[-1]))
        super().__init__(batch, loc.shape[-1:], validate_args=validate_args)
        self._factor(name, matrix)

    @property
    def mean(self) -> Any:
        """``loc``."""
        return self.loc

    @property
    def mode(self) -> Any:
        """``loc``."""
        return self.loc

    @property
    def variance(self) -> Any:
        """The diagonal of the covariance."""
        squares = self._unbroadcasted_scale_tril.pow(2).sum(-1)
        return squares.expand((*self._batch_shape, *self._event_shape))

    def rsample(self, sample_shape: Any = ()) -> Any:
        """``loc + scale_tril @ e``, e standard normal."""
        e = randn(self._extended_shape(sample_shape), dtype=self.loc.dtype)
        return self.loc + (self._unbroadcasted_scale_tril @ e.unsqueeze(-1)).squeeze(-1)

    def log_prob(self, value: Any) -> Any:
        """The logarithm of the density."""
        if self._validate_args:
            self._validate_sample(value)
        distance = self._distances((value - self.loc).unsqueeze(-1)).squeeze(-1)
        return -0.5 * (self._event_shape[0] * math.log(2 * math.pi) + self._log_det() + distance)

    def _log_det(self) -> Any:
        return 2 * half_log_det(self._unbroadcasted_scale_tril)

    def _distances(self, columns: Any) -> Any:
        """``x^T covariance^-1 x`` for each column x of a matrix (n, m)."""
        white = solve_triangular(self._unbroadcasted_scale_tril, columns, upper=False)
        return white.pow(2).sum(-2)

    def _roots(self) -> list[Any]:
        """Matrices S of which the covariance is the sum of ``S S^T``."""
        return [self._unbroadcasted_scale_tril]

    def entropy(self) -> Any:
        """The entropy in nats."""
        found = (0.5 * self._event_shape[0] * (1.0 + math.log(2 * math.pi))
                 + half_log_det(self._unbroadcasted_scale_tril))
        return found.expand(tuple(self._batch_shape)) if self._batch_shape else found


def half_log_det(factor: Any) -> Any:
    """Half the logarithm of the determinant of ``factor @ factor.mT``."""
    return factor.diagonal(0, -2, -1).log().sum(-1)


def factor_of_inverse(precision: Any) -> Any:
    """The Cholesky factor of the inverse of ``precision``."""
    flipped = cholesky(precision.flip((-2, -1)))
    upper = flipped.flip((-2, -1)).mT
    n = precision.shape[-1]
    return solve_triangular(upper, eye(n, dtype=precision.dtype), upper=False)


_precision_to_scale_tril = factor_of_inverse   # as packages look for it
__all__ = ["MultivariateNormal", "OfCovariance", "factor_of_inverse", "half_log_det"]
answer_missing_names(__name__)
