"""The older place of :func:`torch.func.functional_call`."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Iterator
from typing import Any

from ...functions import stateless
from ...names.missing import answer_missing_names


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


@contextlib.contextmanager
def _reparametrize_module(module: Any, parameters_and_buffers: dict[str, Any], *,
                          tie_weights: bool = False, strict: bool = False,
                          stack_weights: bool = False) -> Iterator[None]:
    """A block in which ``module`` has other parameters and buffers."""
    with stateless.replaced(module, parameters_and_buffers, tie_weights=tie_weights,
                            strict=strict):
        yield


__all__ = ["functional_call"]
answer_missing_names(__name__)
