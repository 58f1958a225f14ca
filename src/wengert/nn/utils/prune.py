"""``torch.nn.utils.prune`` is not here; its names raise NotImplementedError."""

from __future__ import annotations

from typing import Any


def __getattr__(name: str) -> Any:
    if name.startswith("__"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}", name=name)
    raise NotImplementedError(
        f"torch.nn.utils.prune.{name} is not in wengert: keep a mask beside the weight, and "
        "multiply with it in a module for torch.nn.utils.parametrize.register_parametrization")
