"""The older place of :func:`torch.func.functional_call`."""

from __future__ import annotations

import warnings
from typing import Any

from ...functions import stateless


def functional_call(module: Any, parameters_and_buffers: dict[str, Any], args: Any = None,
                    kwargs: dict[str, Any] | None = None, *, tie_weights: bool = True,
                    strict: bool = False) -> Any:
    """:func:`torch.func.functional_call`, with a FutureWarning."""
    warnings.warn(
        "This API is deprecated as of PyTorch 2.0 and will be removed in a future version of "
        "PyTorch. Please use torch.func.functional_call instead which is a drop-in replacement.",
        FutureWarning, stacklevel=2)
    return stateless.functional_call(module, parameters_and_buffers, args, kwargs,
                                     tie_weights=tie_weights, strict=strict)


__all__ = ["functional_call"]
