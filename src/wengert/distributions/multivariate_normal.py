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


class MultivariateNormal(Distribution):
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
        given = {"covariance_matrix": covariance_matrix, "scale_tril": scale_tril,
                 "precision_matrix": precision_matrix}
        given = {name: matrix for name, matrix in given.items() if matrix is not None}
        if len(given) != 1:
            raise ValueError("Exactly one of covariance_matrix or precision_matrix or scale_tril "
                             "may be specified.")
        ((name, matrix),) = given.items()
        if matrix.dim() < 2:
            raise ValueError(f"{name} must be at least two-dimensional, with optional leading "
                             "batch dimensions")
        batch = tuple(broadcast_shapes(tuple(matrix.shape[:-2]), tuple(loc.shape[:-1])))
        setattr(self, name, matrix.expand((*batch, *matrix.shape[-2:])))
        self.loc = loc.expand((*batch, loc.shape[-1]))
        super().__init__(batch, loc.shape[-1:], validate_args=validate_args)
        if name == "scale_tril":
            self._unbroadcasted_scale_tril = scale_tril
        elif name == "covariance_matrix":
            self._unbroadcasted_scale_tril = cholesky(covariance_matrix)
        else:
            self._unbroadcasted_scale_tril = factor_of_inverse(precision_matrix)

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
        n = self._event_shape[0]
        return self._unbroadcasted_scale_tril.expand((*self._batch_shape, n, n))

    @lazy_property
    def covariance_matrix(self) -> Any:
        """The covariance."""
        factor, n = self._unbroadcasted_scale_tril, self._event_shape[0]
        return (factor @ factor.mT).expand((*self._batch_shape, n, n))

    @lazy_property
    def precision_matrix(self) -> Any:
        """The inverse of the covariance."""
        factor, n = self._unbroadcasted_scale_tril, self._event_shape[0]
        inverse = solve_triangular(factor, eye(n, dtype=factor.dtype), upper=False)
        return (inverse.mT @ inverse).expand((*self._batch_shape, n, n))

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
        distance = mahalanobis(self._unbroadcasted_scale_tril, value - self.loc)
        return (-0.5 * (self._event_shape[0] * math.log(2 * math.pi) + distance)
                - half_log_det(self._unbroadcasted_scale_tril))

    def entropy(self) -> Any:
        """The entropy in nats."""
        found = (0.5 * self._event_shape[0] * (1.0 + math.log(2 * math.pi))
                 + half_log_det(self._unbroadcasted_scale_tril))
        return found.expand(tuple(self._batch_shape)) if self._batch_shape else found


def half_log_det(factor: Any) -> Any:
    """Half the logarithm of the determinant of ``factor @ factor.mT``."""
    return factor.diagonal(0, -2, -1).log().sum(-1)


def mahalanobis(factor: Any, x: Any) -> Any:
    """``x^T (factor factor^T)^-1 x`` for vectors ``x`` (..., n)."""
    return solve_triangular(factor, x.unsqueeze(-1), upper=False).squeeze(-1).pow(2).sum(-1)


def factor_of_inverse(precision: Any) -> Any:
    """The Cholesky factor of the inverse of ``precision``."""
    flipped = cholesky(precision.flip((-2, -1)))
    upper = flipped.flip((-2, -1)).mT
    n = precision.shape[-1]
    return solve_triangular(upper, eye(n, dtype=precision.dtype), upper=False)


_precision_to_scale_tril = factor_of_inverse   # as packages look for it
__all__ = ["MultivariateNormal", "factor_of_inverse", "half_log_det", "mahalanobis"]
answer_missing_names(__name__)
