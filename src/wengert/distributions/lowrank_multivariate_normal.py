"""``LowRankMultivariateNormal(loc, cov_factor, cov_diag)``."""

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


class LowRankMultivariateNormal(Distribution):
    """Normal vectors (n) of mean ``loc`` and covariance ``W W^T + D``: ``cov_factor`` W (n, k) of
    few columns, ``cov_diag`` (n) the diagonal of D. The cost grows with k, not with n, squared."""

    arg_constraints: ClassVar[Any] = {
        "loc": constraints.real_vector, "cov_factor": constraints.independent(constraints.real, 2),
        "cov_diag": constraints.independent(constraints.positive, 1)}
    support = constraints.real_vector
    has_rsample = True

    def __init__(self, loc: Any, cov_factor: Any, cov_diag: Any,
                 validate_args: bool | None = None) -> None:
        if loc.dim() < 1:
            raise ValueError("loc must be at least one-dimensional.")
        if cov_factor.dim() < 2:
            raise ValueError("cov_factor must be at least two-dimensional, with optional leading "
                             "batch dimensions")
        n = loc.shape[-1]
        if cov_factor.shape[-2] != n:
            raise ValueError(f"cov_factor must be a batch of matrices with shape {n} x m")
        if cov_diag.shape[-1] != n:
            raise ValueError(f"cov_diag must be a batch of vectors with shape {n}")
        batch = tuple(broadcast_shapes(tuple(loc.shape[:-1]), tuple(cov_factor.shape[:-2]),
                                       tuple(cov_diag.shape[:-1])))
        self.loc, self.cov_diag = loc.expand((*batch, n)), cov_diag.expand((*batch, n))
        self.cov_factor = cov_factor.expand((*batch, *cov_factor.shape[-2:]))
        super().__init__(batch, (n,), validate_args=validate_args)

    @lazy_property
    def _capacitance_tril(self) -> Any:
        """The Cholesky factor of ``1 + W^T D^-1 W`` (k, k)."""
        scaled = self.cov_factor.mT / self.cov_diag.unsqueeze(-2)
        k = self.cov_factor.shape[-1]
        return cholesky(scaled @ self.cov_factor + eye(k, dtype=self.loc.dtype))

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
        return self.cov_factor.pow(2).sum(-1) + self.cov_diag

    @property
    def covariance_matrix(self) -> Any:
        """The covariance (n, n)."""
        return self.cov_factor @ self.cov_factor.mT + self.cov_diag.diag_embed()

    @property
    def scale_tril(self) -> Any:
        """The Cholesky factor of the covariance."""
        return cholesky(self.covariance_matrix)

    @property
    def precision_matrix(self) -> Any:
        """The inverse of the covariance, by Woodbury's identity."""
        scaled = self.cov_factor.mT / self.cov_diag.unsqueeze(-2)
        half = solve_triangular(self._capacitance_tril, scaled, upper=False)
        return self.cov_diag.reciprocal().diag_embed() - half.mT @ half

    def rsample(self, sample_shape: Any = ()) -> Any:
        """``loc + W e + sqrt(D) f``, e and f standard normal."""
        shape = self._extended_shape(sample_shape)
        e = randn((*shape[:-1], self.cov_factor.shape[-1]), dtype=self.loc.dtype)
        f = randn(shape, dtype=self.loc.dtype)
        turned = (self.cov_factor @ e.unsqueeze(-1)).squeeze(-1)
        return self.loc + turned + self.cov_diag.sqrt() * f

    def log_prob(self, value: Any) -> Any:
        """The logarithm of the density."""
        if self._validate_args:
            self._validate_sample(value)
        x = value - self.loc
        distance = self._distances(x.unsqueeze(-1)).squeeze(-1)
        return -0.5 * (self._event_shape[0] * math.log(2 * math.pi) + self._log_det() + distance)

    def _distances(self, columns: Any) -> Any:
        """``x^T (W W^T + D)^-1 x`` for each column x of a matrix (n, m), by Woodbury's identity."""
        inner = self.cov_factor.mT @ (columns / self.cov_diag.unsqueeze(-1))
        shared = solve_triangular(self._capacitance_tril, inner, upper=False)
        return ((columns.pow(2) / self.cov_diag.unsqueeze(-1)).sum(-2) - shared.pow(2).sum(-2))

    def _roots(self) -> list[Any]:
        """Matrices S of which the covariance is the sum of ``S S^T``."""
        return [self.cov_factor, self.cov_diag.sqrt().diag_embed()]

    def _log_det(self) -> Any:
        small = self._capacitance_tril.diagonal(0, -2, -1).log().sum(-1)
        return 2 * small + self.cov_diag.log().sum(-1)

    def entropy(self) -> Any:
        """The entropy in nats."""
        found = 0.5 * (self._event_shape[0] * (1.0 + math.log(2 * math.pi)) + self._log_det())
        return found.expand(tuple(self._batch_shape)) if self._batch_shape else found


__all__ = ["LowRankMultivariateNormal"]
answer_missing_names(__name__)
