"""NumPy's functions called with tensors: ``np.sin(t)``, ``np.concatenate([t, u])``.

:class:`NumPyProtocol` is the part of Tensor that NumPy asks. What it answers is in
``interop/numpy/``, which is loaded when it is asked first.
"""

from __future__ import annotations

import importlib
from typing import Any

from ..engine.recording.handle import Array
from ..engine.recording.recording import here

_ROOT = __name__.partition(".")[0]


class NumPyProtocol:
    """The part of Tensor that NumPy asks what its functions do with tensors."""

    __slots__ = ()

    def __array_ufunc__(self: Any, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        return _answers().array_ufunc(self, ufunc, method, inputs, kwargs)

    def __array_function__(self: Any, func: Any, types: Any, args: Any, kwargs: Any) -> Any:
        return _answers().array_function(self, func, types, args, kwargs)

    def __array_namespace__(self: Any, *, api_version: str | None = None) -> Any:
        """The namespace of the array API standard, ``wengert.interop.array_api``."""
        found = importlib.import_module(f"{_ROOT}.interop.array_api")
        return found.namespace(api_version)


def elements(handle: Any) -> Array | None:
    """The elements of a tensor in a transform, as an array of objects; None where NumPy may have
    the values."""
    modes = here.modes
    if (modes.inside and modes.grad and handle.requires_grad) or (
            modes.lanes is not None and not all(modes.lanes.same([handle]))):
        arrays = importlib.import_module(f"{_ROOT}.interop.numpy.arrays")
        found: Array = arrays.elements(handle)
        return found
    return None


def _answers() -> Any:
    return importlib.import_module(f"{_ROOT}.interop.numpy.protocol")


__all__ = ["NumPyProtocol", "elements"]
