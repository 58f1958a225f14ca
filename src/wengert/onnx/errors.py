"""What is raised where a program cannot be exported."""

from __future__ import annotations


class OnnxExporterError(RuntimeError):
    """A program that cannot be exported."""


class UnsupportedOperatorError(OnnxExporterError, NotImplementedError):
    """It computes what is not written in ONNX; the text names the operation and the line."""


__all__ = ["OnnxExporterError", "UnsupportedOperatorError"]
