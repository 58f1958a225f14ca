"""Modules without first values."""

from __future__ import annotations

import inspect
from typing import Any

from ...tensors.random import fork_rng
from ..modules.module import Module


def skip_init(module_cls: Any, *args: Any, **kwargs: Any) -> Any:
    """A module of the class with arbitrary values, drawing no random numbers from the stream.

    RuntimeError if the class is no module, or takes no ``device``.

    >>> torch.nn.utils.skip_init(torch.nn.Linear, 5, 1).weight.shape
    torch.Size([1, 5])
    """
    if not issubclass(module_cls, Module):
        raise RuntimeError(f"Expected a Module; got {module_cls}")
    if "device" not in inspect.signature(module_cls).parameters:
        raise RuntimeError("Module must support a 'device' arg to skip initialization")
    with fork_rng():
        return module_cls(*args, **kwargs)


__all__ = ["skip_init"]
