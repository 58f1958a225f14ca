"""``torch.nn.utils.prune`` is not here; its names raise NotImplementedError when they are used."""

from __future__ import annotations

from typing import Any

from ...names.missing import answer_missing_names

NAMES = frozenset([
    "BasePruningMethod", "CustomFromMask", "Identity", "L1Unstructured", "LnStructured",
    "PruningContainer", "RandomStructured", "RandomUnstructured", "custom_from_mask",
    "global_unstructured", "identity", "is_pruned", "l1_unstructured", "ln_structured",
    "random_structured", "random_unstructured", "remove"])


def __getattr__(name: str) -> Any:
    if name not in NAMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}", name=name)
    raise NotImplementedError(
        f"torch.nn.utils.prune.{name} is not in wengert: keep a mask beside the weight, and "
        "multiply with it in a module for torch.nn.utils.parametrize.register_parametrization")


answer_missing_names(__name__)
