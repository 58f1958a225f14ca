"""The package onnx, which is loaded when a program exports."""

from __future__ import annotations

from typing import Any


def onnx_package() -> Any:
    """The package; ImportError says how it is installed."""
    try:
        import onnx
        import onnx.helper
        import onnx.numpy_helper
    except ImportError:
        raise ImportError("torch.onnx.export writes with the package onnx: "
                          'pip install "wengert[onnx]", or pip install onnx') from None
    return onnx


__all__ = ["onnx_package"]
