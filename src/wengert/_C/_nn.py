"""``torch._C._nn``: the arguments of ``to``, and functions of ``torch.nn.functional``."""

from __future__ import annotations

from typing import Any

from ..engine.devices import check_device
from ..nn import functional
from ..tensors.conversion import target_of

gelu, linear, softplus = functional.gelu, functional.linear, functional.softplus
scaled_dot_product_attention = functional.scaled_dot_product_attention


def _parse_to(*args: Any, **kwargs: Any) -> tuple[Any, Any, bool, Any]:
    """What ``to`` was given: device, dtype, ``non_blocking``, memory format."""
    memory_format = kwargs.pop("memory_format", None)
    non_blocking = bool(kwargs.get("non_blocking", False))
    dtype, device, _ = target_of(args, kwargs)
    where = None if device is None else check_device(device)
    return where, dtype, non_blocking, memory_format


__all__ = ["gelu", "linear", "scaled_dot_product_attention", "softplus"]
