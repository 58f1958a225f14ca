"""``DataParallel`` on one device: the module itself, under the name ``module``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..modules.module import Module


class DataParallel(Module):
    """``module`` on the one device of this process, as PyTorch runs it where there is no other.

    NotImplementedError for several ``device_ids``. The names of parameters begin with ``module.``.
    """

    def __init__(self, module: Any, device_ids: Sequence[Any] | None = None,
                 output_device: Any = None, dim: int = 0) -> None:
        super().__init__()
        _one(device_ids)
        self.module = module
        self.dim = dim
        self.device_ids = list(device_ids or ())
        self.output_device = output_device

    def forward(self, *inputs: Any, **kwargs: Any) -> Any:
        """What the module makes of them."""
        return self.module(*inputs, **kwargs)


def data_parallel(module: Any, inputs: Any, device_ids: Sequence[Any] | None = None,
                  output_device: Any = None, dim: int = 0, module_kwargs: Any = None) -> Any:
    """``module(*inputs)`` on the one device of this process."""
    _one(device_ids)
    given = inputs if isinstance(inputs, tuple) else (inputs,)
    return module(*given, **(module_kwargs or {}))


def _one(device_ids: Sequence[Any] | None) -> None:
    if device_ids is not None and len(device_ids) > 1:
        raise NotImplementedError(
            "DataParallel over several devices is not in wengert: there is one device in a "
            "process. Use DistributedDataParallel with a process for each")


__all__ = ["DataParallel", "data_parallel"]
