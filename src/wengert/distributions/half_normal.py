"""``HalfNormal(scale)``."""

from __future__ import annotations

import math
from typing import Any

from ..names.missing import answer_missing_names
from .half import Half
from .normal import Normal


class HalfNormal(Half):
    """The distribution of ``|x|``, x normal of mean 0 and standard deviation ``scale``."""

    def __init__(self, scale: Any, validate_args: bool | None = None) -> None:
        super().__init__(Normal(0, scale, validate_args=False), validate_args)

    @property
    def mean(self) -> Any:
        """``scale * sqrt(2 / pi)``."""
        return self.scale * math.sqrt(2 / math.pi)

    @property
    def variance(self) -> Any:
        """``scale ** 2 * (1 - 2 / pi)``."""
        return self.scale.pow(2) * (1 - 2 / math.pi)


__all__ = ["HalfNormal"]
answer_missing_names(__name__)
