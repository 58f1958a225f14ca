"""Converting the weights of convolutions to another memory format."""

from __future__ import annotations

from typing import Any

from ...engine.devices import contiguous_format, preserve_format


def _converted(name: str, module: Any, memory_format: Any) -> Any:
    if memory_format not in (contiguous_format, preserve_format):
        raise NotImplementedError(
            f"{name} with memory_format={memory_format}: tensors are row by row in wengert")
    return module


def convert_conv2d_weight_memory_format(module: Any, memory_format: Any) -> Any:
    """The module itself, for ``torch.contiguous_format``; NotImplementedError for any other."""
    return _converted("convert_conv2d_weight_memory_format", module, memory_format)


def convert_conv3d_weight_memory_format(module: Any, memory_format: Any) -> Any:
    """The module itself, for ``torch.contiguous_format``; NotImplementedError for any other."""
    return _converted("convert_conv3d_weight_memory_format", module, memory_format)


__all__ = ["convert_conv2d_weight_memory_format", "convert_conv3d_weight_memory_format"]
