"""The older form of weight normalisation: a hook sets the weight before each call.

:func:`torch.nn.utils.parametrizations.weight_norm` is the newer.
"""

from __future__ import annotations

import warnings
from typing import Any

from ...functions import clipping
from ...tensors.recorded import function
from ..parameter import Parameter

_weight_norm, _norm_except_dim = function(clipping.weight_norm), function(clipping.norm_except_dim)


class WeightNorm:
    """The hook: ``module.name`` from ``name_g``, its length, and ``name_v``, its direction."""

    def __init__(self, name: str, dim: int | None) -> None:
        self.name = name
        self.dim = -1 if dim is None else dim

    def compute_weight(self, module: Any) -> Any:
        """``g v / |v|``."""
        return _weight_norm(getattr(module, f"{self.name}_v"), getattr(module, f"{self.name}_g"),
                            self.dim)

    @staticmethod
    def apply(module: Any, name: str, dim: int | None) -> WeightNorm:
        """Register the hook on ``module``."""
        if hook_of(module, WeightNorm, name) is not None:
            raise RuntimeError("Cannot register two weight_norm hooks on the same parameter "
                               f"{name}")
        hook = WeightNorm(name, dim)
        weight = getattr(module, name)
        del module._parameters[name]
        length = _norm_except_dim(weight, 2, hook.dim).data
        module.register_parameter(f"{name}_g", Parameter(length))
        module.register_parameter(f"{name}_v", Parameter(weight.data))
        setattr(module, name, hook.compute_weight(module))
        module.register_forward_pre_hook(hook)
        return hook

    def remove(self, module: Any) -> None:
        """Make the weight a parameter again."""
        weight = self.compute_weight(module)
        delattr(module, self.name)
        del module._parameters[f"{self.name}_g"]
        del module._parameters[f"{self.name}_v"]
        setattr(module, self.name, Parameter(weight.data))

    def __call__(self, module: Any, inputs: Any) -> None:
        setattr(module, self.name, self.compute_weight(module))


def hook_of(module: Any, kind: type, name: str) -> int | None:
    """The key of the forward pre-hook of a ``kind`` that is for ``name``."""
    for key, hook in module._forward_pre_hooks.items():
        if isinstance(hook, kind) and hook.name == name:  # type: ignore[attr-defined]
            return int(key)
    return None


def weight_norm(module: Any, name: str = "weight", dim: int | None = 0) -> Any:
    """Let ``module.name`` be ``g v / |v|`` with the parameters ``name_g`` and ``name_v``, computed
    before each call (Salimans and Kingma, 2016); returns the module.

    The norm is over all dimensions but ``dim``. RuntimeError for a second one on a parameter.
    """
    warnings.warn("`torch.nn.utils.weight_norm` is deprecated in favor of "
                  "`torch.nn.utils.parametrizations.weight_norm`.", FutureWarning, stacklevel=2)
    WeightNorm.apply(module, name, dim)
    return module


def remove_weight_norm(module: Any, name: str = "weight") -> Any:
    """Undo :func:`weight_norm`; ValueError where it was not done. Returns the module."""
    key = hook_of(module, WeightNorm, name)
    if key is None:
        raise ValueError(f"weight_norm of '{name}' not found in {module}")
    module._forward_pre_hooks[key].remove(module)
    del module._forward_pre_hooks[key]
    return module


__all__ = ["WeightNorm", "remove_weight_norm", "weight_norm"]
