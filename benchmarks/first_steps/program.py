"""What a program of the table is: a function that makes its step, and one that draws its data."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

Random = np.random.RandomState
Step = Callable[..., tuple[Any, ...]]
"""From the data of a step to its loss, and further tensors, such as gradients, which are compared
too."""


@dataclass(frozen=True)
class Program:
    """A row of the table. ``make`` is given Wengert or PyTorch; ``data`` draws what a step is
    given, arrays and numbers, for both alike."""

    title: str
    make: Callable[[Any], Step]
    data: Callable[[Random], tuple[Any, ...]]


def normal(random: Random, *shape: int) -> Any:
    """Numbers of float32."""
    return random.standard_normal(shape).astype(np.float32)
