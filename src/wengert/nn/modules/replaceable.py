"""What a module calls: the function that stands in ``nn.functional`` when it is called."""

from __future__ import annotations

from collections.abc import Callable

from ...tensors.operators import Tensor
from .. import functional as F


def functional(name: str) -> Callable[..., Tensor]:
    """``torch.nn.functional.NAME``, which a program may have replaced."""
    found: Callable[..., Tensor] = getattr(F, name)
    return found
