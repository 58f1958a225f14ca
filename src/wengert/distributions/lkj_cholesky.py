"""``LKJCholesky(dim, concentration)``."""

from __future__ import annotations

import math
from typing import Any, ClassVar

from ..functions import joins, pointwise, special
from ..names.missing import answer_missing_names
from ..tensors.creation import arange, zeros
from ..tensors.data import as_tensor
from ..tensors.limits import finfo
from ..tensors.random import randn
from ..tensors.recorded import function
from . import constraints
from .beta import Beta
from .distribution import Distribution

cat, diag_embed = function(joins.cat), function(joins.diag_embed)
lgamma, mvlgamma = function(pointwise.lgamma), function(special.mvlgamma)


class LKJCholesky(Distribution):
    """The distribution of the Cholesky factors of correlation matrices whose density is
    ``det(matrix) ** (concentration - 1)`` but for a factor (Lewandowski, Kurowicka, Joe, 2009).

    Samples are made row by row, the onion method of that paper.
    """

    arg_constraints: ClassVar[Any] = {"concentration": constraints.positive}
    support = constraints.corr_cholesky

    def __init__(self, dim: int, concentration: Any = 1.0,
                 validate_args: bool | None = None) -> None:
        if dim < 2:
            raise ValueError("Expected dim to be an integer greater than or equal to 2. Found dim="
                             f"{dim}.")
        self.dim = dim
        self.concentration = as_tensor(concentration)
        if not self.concentration.is_floating_point():
            self.concentration = self.concentration.float()
        dtype = self.concentration.dtype
        offset = cat([zeros(1, dtype=dtype), arange(dim - 1).to(dtype)])
        marginal = self.concentration + 0.5 * (dim - 2)
        self._beta = Beta(offset + 0.5, marginal.unsqueeze(-1) - 0.5 * offset)
        super().__init__(self.concentration.size(), (dim, dim), validate_args)

    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        """The same with other batch dimensions."""
        return type(self)(self.dim, self.concentration.expand(batch_shape), validate_args=False)

    def sample(self, sample_shape: Any = ()) -> Any:
        """Lower triangular matrices whose rows have length 1."""
        squares = self._beta.sample(sample_shape).unsqueeze(-1)
        normal = randn(self._extended_shape(sample_shape), dtype=squares.dtype).tril(-1)
        length = normal.norm(dim=-1, keepdim=True)
        direction = normal / length.where(length > 0, 1.0)
        below = squares.sqrt() * direction
        tiny = finfo(below.dtype).tiny
        rest = (1 - below.pow(2).sum(-1)).clamp(min=tiny).sqrt()
        return below + diag_embed(rest)

    def log_prob(self, value: Any) -> Any:
        """The logarithm of the density at factors."""
        if self._validate_args:
            self._validate_sample(value)
        diagonal = value.diagonal(dim1=-1, dim2=-2)[..., 1:]
        n = self.dim - 1
        order = 2 * (self.concentration - 1).unsqueeze(-1) + self.dim - arange(2, self.dim + 1)
        alpha = self.concentration + 0.5 * n
        normalization = (0.5 * n * math.log(math.pi) + mvlgamma(alpha - 0.5, n)
                         - lgamma(alpha) * n)
        return (order * diagonal.log()).sum(-1) - normalization


__all__ = ["LKJCholesky"]
answer_missing_names(__name__)
