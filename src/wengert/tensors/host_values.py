"""Tensors as NumPy arrays and back, for whoever moves values out of the process and into it."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..autograd.modes import no_grad
from ..engine.recording.flushing import flush, host
from ..engine.recording.handle import Handle
from ..engine.recording.recorder import hold_beside
from ..engine.recording.recording import here
from .operators import Tensor

Array = np.ndarray[Any, np.dtype[Any]]


def value_of(tensor: Any, name: str) -> Array:
    """The present value of a tensor, which the caller must not write. TypeError for anything else,
    with the ``name`` of the argument."""
    check_tensor(tensor, name)
    return host(tensor)


def settle() -> None:
    """Run what was recorded so far."""
    flush()


def check_tensor(tensor: Any, name: str) -> None:
    """TypeError for what is no tensor, with the ``name`` of the argument."""
    if not isinstance(tensor, Tensor):
        raise TypeError(f"Invalid function argument. Expected parameter `{name}` of type "
                        f"torch.Tensor\n             but got {type(tensor)} instead.")


def check_recorded(tensor: Any, name: str) -> None:
    """The same, for what is recorded and runs once: NotImplementedError in a mapped function."""
    check_tensor(tensor, name)
    if here.modes.mappings:
        raise NotImplementedError("a collective between processes inside of vmap: call it outside, "
                                  "on all samples at once")


def put(tensor: Handle, value: Array) -> None:
    """Write ``value``, an array or number of NumPy's, which nobody may write from now on, into a
    tensor of its shape and dtype, without a history."""
    with no_grad():
        tensor.copy_(hold_beside(tensor, np.asarray(value)))  # type: ignore[attr-defined]
