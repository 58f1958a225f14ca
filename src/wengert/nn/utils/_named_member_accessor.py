"""Members of modules by name, as packages take and put them."""

from __future__ import annotations

from typing import Any

from ...names.missing import answer_missing_names
from ...tensors.operators import Tensor
from ..modules.module import Module

_MISSING = object()


def swap_tensor(module: Any, name: str, tensor: Any, allow_missing: bool = False) -> Any:
    """Put a tensor in the place of a parameter, a buffer or an attribute; what was there.

    TypeError for what is no module or no tensor, KeyError for a name with a dot or none,
    AttributeError if there is no such member, unless ``allow_missing``.
    """
    if not isinstance(module, Module):
        raise TypeError(f"{module} is not an instance of torch.nn.Module")
    if tensor is not None and not isinstance(tensor, Tensor):
        raise TypeError(f"{tensor} is not an instance of torch.Tensor")
    if not name or "." in name:
        raise KeyError('tensor name can\'t contain "."' if name
                       else 'tensor name can\'t be empty string ""')
    for members in (module._parameters, module._buffers):
        if name in members:
            before, members[name] = members[name], tensor
            return before
    before = getattr(module, name, _MISSING)
    if before is _MISSING and not allow_missing:
        raise AttributeError(f"{module._get_name()} has no attribute `{name}`")
    if before is not _MISSING and before is not None and not isinstance(before, Tensor):
        raise TypeError(f"attribute `{name}`: {before} is not an instance of torch.Tensor")
    setattr(module, name, tensor)
    return None if before is _MISSING else before


__all__ = ["swap_tensor"]
answer_missing_names(__name__)
