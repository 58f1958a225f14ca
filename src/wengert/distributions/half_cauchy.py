"""``HalfCauchy(scale)``."""

from __future__ import annotations

import math
from typing import Any

from ..names.missing import answer_missing_names
from .cauchy import Cauchy
from .half import Half


class HalfCauchy(Half):
    """The distribution of ``|x|``, x Cauchy of median 0 and half-width ``scale``."""

    def __init__(self, scale: Any, validate_args: bool | None = None) -> None:
        super().__init__(Cauchy(0, scale, validate_args=False), validate_args)

    @property
    def mean(self) -> Any:
        """Infinity."""
        return self.scale.new_full(tuple(self._batch_shape), math.inf)

    @property
    def variance(self) -> Any:
        """Infinity."""
        return self.base_dist.variance


__all__ = ["HalfCauchy"]
answer_missing_names(__name__)
