"""The older form of spectral normalisation: a hook sets the weight before each call.

:func:`torch.nn.utils.parametrizations.spectral_norm` is the newer.
"""

from __future__ import annotations

from typing import Any

from ...autograd.modes import no_grad
from ...functions.linear import dot, mv
from ...tensors.recorded import function
from .. import functional as F
from ..modules.conv import ConvTranspose1d, ConvTranspose2d, ConvTranspose3d
from ..parameter import Parameter
from .weight_norm import hook_of

_mv, _dot = function(mv), function(dot)


class SpectralNorm:
    """The hook: ``module.name`` is ``name_orig`` over its largest singular value, for which the
    buffers ``name_u`` and ``name_v`` have the singular vectors."""

    _version = 1

    def __init__(self, name: str = "weight", n_power_iterations: int = 1, dim: int = 0,
                 eps: float = 1e-12) -> None:
        if n_power_iterations <= 0:
            raise ValueError("Expected n_power_iterations to be positive, but got "
                             f"n_power_iterations={n_power_iterations}")
        self.name = name
        self.dim = dim
        self.n_power_iterations = n_power_iterations
        self.eps = eps

    def reshape_weight_to_matrix(self, weight: Any) -> Any:
        """The weight as a matrix whose rows are those of ``dim``."""
        if self.dim != 0:
            weight = weight.permute(self.dim, *(d for d in range(weight.dim()) if d != self.dim))
        return weight.reshape(weight.size(0), -1)

    def compute_weight(self, module: Any, do_power_iteration: bool) -> Any:
        """The weight, after power iterations if asked for."""
        weight, u, v = (getattr(module, f"{self.name}_{part}") for part in ("orig", "u", "v"))
        matrix = self.reshape_weight_to_matrix(weight)
        if do_power_iteration:
            with no_grad():
                right, left = v, u
                for _ in range(self.n_power_iterations):
                    right = F.normalize(_mv(matrix.t(), left), dim=0, eps=self.eps)
                    left = F.normalize(_mv(matrix, right), dim=0, eps=self.eps)
                v.copy_(right)
                u.copy_(left)
            u, v = u.clone(), v.clone()
        return weight / _dot(u, _mv(matrix, v))

    def remove(self, module: Any) -> None:
        """Make the weight a parameter again."""
        with no_grad():
            weight = self.compute_weight(module, do_power_iteration=False)
        delattr(module, self.name)
        for part in "u", "v", "orig":
            delattr(module, f"{self.name}_{part}")
        module.register_parameter(self.name, Parameter(weight.detach()))

    def __call__(self, module: Any, inputs: Any) -> None:
        weight = self.compute_weight(module, do_power_iteration=module.training)
        setattr(module, self.name, weight)

    @staticmethod
    def apply(module: Any, name: str, n_power_iterations: int, dim: int,
              eps: float) -> SpectralNorm:
        """Register the hook on ``module``."""
        if hook_of(module, SpectralNorm, name) is not None:
            raise RuntimeError("Cannot register two spectral_norm hooks on the same parameter "
                               f"{name}")
        hook = SpectralNorm(name, n_power_iterations, dim, eps)
        weight = module._parameters[name]
        if weight is None:
            raise ValueError(f"`SpectralNorm` cannot be applied as parameter `{name}` is None")
        with no_grad():
            rows, columns = hook.reshape_weight_to_matrix(weight).shape
            u, v = (F.normalize(weight.new_empty(size).normal_(0, 1), dim=0, eps=eps)
                    for size in (rows, columns))
        del module._parameters[name]
        module.register_parameter(f"{name}_orig", weight)
        # A tensor that is no parameter, for code that looks before the first call.
        setattr(module, name, weight.data)
        module.register_buffer(f"{name}_u", u)
        module.register_buffer(f"{name}_v", v)
        module.register_forward_pre_hook(hook)
        module._register_state_dict_hook(_Version(hook))
        return hook


class _Version:
    """Enters the version in the metadata of a state dict, where PyTorch looks for it."""

    def __init__(self, hook: SpectralNorm) -> None:
        self.hook = hook

    def __call__(self, module: Any, state_dict: Any, prefix: str, local_metadata: Any) -> None:
        versions = local_metadata.setdefault("spectral_norm", {})
        versions[f"{self.hook.name}.version"] = self.hook._version


def spectral_norm(module: Any, name: str = "weight", n_power_iterations: int = 1,
                  eps: float = 1e-12, dim: int | None = None) -> Any:
    """Let ``module.name`` be divided by its largest singular value, as a matrix with the rows of
    ``dim``, before each call (Miyato et al., 2018); returns the module.

    The value is followed by power iterations in training mode.
    """
    if dim is None:
        dim = int(isinstance(module, (ConvTranspose1d, ConvTranspose2d, ConvTranspose3d)))
    SpectralNorm.apply(module, name, n_power_iterations, dim, eps)
    return module


def remove_spectral_norm(module: Any, name: str = "weight") -> Any:
    """Undo :func:`spectral_norm`; ValueError where it was not done. Returns the module."""
    key = hook_of(module, SpectralNorm, name)
    if key is None:
        raise ValueError(f"spectral_norm of '{name}' not found in {module}")
    module._forward_pre_hooks[key].remove(module)
    del module._forward_pre_hooks[key]
    for number, hook in module._state_dict_hooks.items():
        if isinstance(hook, _Version) and hook.hook.name == name:
            del module._state_dict_hooks[number]
            break
    return module


__all__ = ["SpectralNorm", "remove_spectral_norm", "spectral_norm"]
