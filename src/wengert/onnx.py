"""``torch.onnx``: export to ONNX, which is not here."""

from __future__ import annotations

from typing import Any, NoReturn

from .names.missing import answer_missing_names


def export(model: Any, *args: Any, **kwargs: Any) -> NoReturn:
    """NotImplementedError."""
    raise NotImplementedError("torch.onnx.export is not in wengert. Save the state_dict with "
                              "torch.save and export it with PyTorch, which reads it")


def is_in_onnx_export() -> bool:
    """False."""
    return False


__all__ = ["export", "is_in_onnx_export"]
answer_missing_names(__name__)
