"""``Wishart(df, covariance_matrix)``."""

from __future__ import annotations

import math
import warnings
from typing import Any

from ..functions import special
from ..linalg import slogdet, solve_triangular
from ..names.missing import answer_missing_names
from ..tensors.attributes import broadcast_shapes
from ..tensors.creation import arange
from ..tensors.data import as_tensor
from ..tensors.limits import finfo
from ..tensors.operators import Tensor
from ..tensors.random import randn
from ..tensors.recorded import function
from . import constraints
from .chi2 import Chi2
from .exp_family import ExponentialFamily
from .multivariate_normal import OfCovariance, half_log_det
from .utils import vec_to_tril_matrix

mvlgamma = function(special.mvlgamma)


class Wishart(OfCovariance, ExponentialFamily):
    """The sum of ``df`` squares ``x x^T`` of normal vectors (n) with a covariance (n, n), given as
    ``covariance_matrix``, ``precision_matrix`` or ``scale_tril``; ``df`` is any number above
    ``n - 1``."""

    support = constraints.positive_definite
    has_rsample = True

    def __init__(self, df: Any, covariance_matrix: Any = None, precision_matrix: Any = None,
                 scale_tril: Any = None, validate_args: bool | None = None) -> None:
        name, matrix = self._given(AssertionError, covariance_matrix=covariance_matrix,
                                   precision_matrix=precision_matrix, scale_tril=scale_tril)
        n = matrix.shape[-1]
        shape = tuple(df.shape) if isinstance(df, Tensor) else ()
        batch = tuple(broadcast_shapes(tuple(matrix.shape[:-2]), shape))
        self.df = (df.expand(batch) if isinstance(df, Tensor)
                   else as_tensor(df, dtype=matrix.dtype))
        if (self.df <= n - 1).any():
            raise ValueError(f"Value of df={df} expected to be greater than ndim - 1 = {n - 1}.")
        if (self.df < n).any():
            warnings.warn("Low df values detected. Singular samples are highly likely to occur for "
                          "ndim - 1 < df < ndim.", stacklevel=2)
        self._keep_matrix(name, matrix, batch)
        super().__init__(batch, (n, n), validate_args=validate_args)
        self._factor(name, matrix)

    @property
    def arg_constraints(self) -> Any:
        """``df`` lies above n - 1."""
        return {"covariance_matrix": constraints.positive_definite,
                "precision_matrix": constraints.positive_definite,
                "scale_tril": constraints.lower_cholesky,
                "df": constraints.greater_than(self.event_shape[-1] - 1)}

    @property
    def mean(self) -> Any:
        """``df * covariance_matrix``."""
        return self.df[..., None, None] * self.covariance_matrix

    @property
    def mode(self) -> Any:
        """``(df - n - 1) * covariance_matrix``, NaN where that is none."""
        factor = self.df - self._event_shape[0] - 1
        factor = factor.masked_fill(factor <= 0, math.nan)
        return factor[..., None, None] * self.covariance_matrix

    @property
    def variance(self) -> Any:
        """The variance of each element."""
        v = self.covariance_matrix
        squares = v.diagonal(0, -2, -1)
        return self.df[..., None, None] * (
            v.pow(2) + squares.unsqueeze(-1) * squares.unsqueeze(-2))

    def rsample(self, sample_shape: Any = (), max_try_correction: int | None = None) -> Any:
        """``(L A) (L A)^T``, A of Bartlett's decomposition. What comes out singular is drawn again,
        ``max_try_correction`` times (10) at most."""
        found = self._bartlett(sample_shape)
        again = self._regular(found)   # so PyTorch draws: once more what was regular
        for _ in range(1 + (10 if max_try_correction is None else max_try_correction)):
            if not again.any():
                break
            found[again] = self._bartlett(again[again].shape)
            again = ~self._regular(found)
        else:
            warnings.warn("Singular sample detected.", stacklevel=2)
        return found

    def _bartlett(self, sample_shape: Any) -> Any:
        """Draws without a look at what came out."""
        n, factor = self._event_shape[0], self._unbroadcasted_scale_tril
        freedom = (self.df.expand(self._batch_shape).unsqueeze(-1)
                   - arange(n, dtype=factor.dtype))
        diagonal = Chi2(freedom).rsample(sample_shape).sqrt()
        below = randn((*sample_shape, *self._batch_shape, n * (n - 1) // 2), dtype=diagonal.dtype)
        a = (diagonal.clamp(min=finfo(diagonal.dtype).eps).diag_embed()
             + vec_to_tril_matrix(below, -1))
        return (factor @ a) @ (factor @ a).mT

    def _regular(self, samples: Any) -> Any:
        """Which draws have a positive definite matrix; of a batch, if one of its has."""
        found = self.support.check(samples)
        return found.amax(tuple(range(-len(self._batch_shape), 0))) if self._batch_shape else found

    def log_prob(self, value: Any) -> Any:
        """The logarithm of the density."""
        if self._validate_args:
            self._validate_sample(value)
        df, n, factor = self.df, self._event_shape[0], self._unbroadcasted_scale_tril
        white = solve_triangular(factor, value, upper=False)
        trace = solve_triangular(factor, white.mT, upper=False).diagonal(0, -2, -1).sum(-1)
        return (-df * (n * math.log(2) / 2 + half_log_det(factor)) - mvlgamma(df / 2, n)
                + (df - n - 1) / 2 * slogdet(value).logabsdet - trace / 2)

    def entropy(self) -> Any:
        """The entropy in nats."""
        df, n = self.df, self._event_shape[0]
        digammas = ((df / 2).unsqueeze(-1) - arange(n, dtype=df.dtype) / 2).digamma().sum(-1)
        return ((n + 1) * (n * math.log(2) / 2 + half_log_det(self._unbroadcasted_scale_tril))
                + mvlgamma(df / 2, n) - (df - n - 1) / 2 * digammas + df * n / 2)

    @property
    def _natural_params(self) -> Any:
        return -self.precision_matrix / 2, (self.df - self._event_shape[0] - 1) / 2

    def _log_normalizer(self, x: Any, y: Any) -> Any:
        n = self._event_shape[0]
        half = y + (n + 1) / 2
        return half * (n * math.log(2) - slogdet(-2 * x).logabsdet) + mvlgamma(half, n)

    @property
    def _mean_carrier_measure(self) -> Any:
        return self.df * 0


__all__ = ["Wishart"]
answer_missing_names(__name__)
