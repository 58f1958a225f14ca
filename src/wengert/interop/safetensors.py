"""Files of the safetensors format, through the package ``safetensors``: tensors by name, no code.

The functions are those of ``safetensors.torch``: :func:`save_file` and :func:`load_file` for a dict
of tensors, :func:`save` and :func:`load` for bytes, :func:`save_model` and :func:`load_model` for a
module.
"""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from ..engine.arrays import contiguous
from ..engine.devices import check_device
from ..engine.dtypes import ALL, DType
from ..engine.recording.flushing import left
from ..engine.recording.recorder import hold
from ..serialization.replacing import replacing
from ..tensors.operators import Tensor

try:
    import safetensors.numpy as package  # type: ignore[import-not-found,unused-ignore]
    from safetensors import (  # type: ignore[import-not-found,unused-ignore]
        SafetensorError,
        deserialize,
    )
except ImportError as error:
    raise ImportError("wengert.interop.safetensors needs the package safetensors: "
                      "pip install safetensors", name="safetensors") from error

_CODES = {"bool": "BOOL", "uint8": "U8", "int8": "I8", "int16": "I16", "int32": "I32",
          "int64": "I64", "float16": "F16", "bfloat16": "BF16", "float32": "F32",
          "float64": "F64", "complex64": "C64"}
_DTYPES: dict[str, DType] = {_CODES[d.name]: d for d in ALL if d.name in _CODES}


def save(tensors: dict[str, Any], metadata: dict[str, str] | None = None) -> bytes:
    """The bytes of a file with these tensors; ``metadata`` is text that goes with them.

    ValueError for what is no dict of tensors, and for tensors that are not contiguous; RuntimeError
    for tensors that share memory: clone() all but one.
    """
    _check(tensors)
    arrays = {name: contiguous(left(tensor)) for name, tensor in tensors.items()}
    found: bytes = package.save(arrays, metadata=metadata)
    return found


def load(data: bytes) -> dict[str, Any]:
    """The tensors in the bytes of a file; SafetensorError if it is damaged."""
    views: Any = deserialize(data)  # type: ignore[no-untyped-call,unused-ignore]
    return {name: _tensor(name, view) for name, view in views}


def save_file(tensors: dict[str, Any], filename: str | os.PathLike[str],
              metadata: dict[str, str] | None = None) -> None:
    """Write tensors to a file as :func:`save` does; an old file is replaced in one step."""
    data = save(tensors, metadata)
    with replacing(os.fspath(filename)) as file:
        file.write(data)


def load_file(filename: str | os.PathLike[str], device: Any = "cpu") -> dict[str, Any]:
    """The tensors of a file; SafetensorError if it is damaged."""
    check_device(device)
    with open(filename, "rb") as file:
        return load(file.read())


def save_model(model: Any, filename: str, metadata: dict[str, str] | None = None,
               force_contiguous: bool = True) -> None:
    """Write the state dict of a module; of tensors that are one and the same, one is written."""
    state = model.state_dict()
    names = dict(metadata or {})
    for same in _shared(state):
        whole = max(same, key=lambda name: state[name].numel())
        for name in same:
            if name != whole:
                del state[name]
                names[name] = whole
    if force_contiguous:
        state = {name: tensor.contiguous() for name, tensor in state.items()}
    save_file(dict(state), filename, names or None)


def load_model(model: Any, filename: str | os.PathLike[str], strict: bool = True,
               device: Any = "cpu") -> tuple[list[str], list[str]]:
    """Load a file into a module: the names that the file lacks, and those that it has too many.

    What shares memory in the module need be in the file once. RuntimeError if ``strict`` and there
    are any.
    """
    state = load_file(filename, device)
    result = model.load_state_dict(state, strict=False)
    unexpected = list(result.unexpected_keys)
    sets = _shared(model.state_dict())
    missing = [name for name in result.missing_keys
               if not any(name in same and any(other in state for other in same)
                          for same in sets)]
    if strict and (missing or unexpected):
        raise RuntimeError(f"Error(s) in loading state_dict for {type(model).__name__}:"
                           f"\n    Missing key(s) in state_dict: {missing}"
                           f"\n    Unexpected key(s) in state_dict: {unexpected}")
    return missing, unexpected


def _tensor(name: str, view: dict[str, Any]) -> Any:
    dtype = _DTYPES.get(view["dtype"])
    if dtype is None:
        raise NotImplementedError(f"the tensor {name!r} has the dtype {view['dtype']}, which no "
                                  "tensor here can have")
    array = np.frombuffer(view["data"], np.dtype(dtype.numpy).newbyteorder("<"))
    return hold(array.astype(dtype.numpy).reshape(view["shape"]))


def _check(tensors: Any) -> None:
    if not isinstance(tensors, dict):
        raise ValueError(f"Expected a dict of [str, torch.Tensor] but received {type(tensors)}")
    for name, tensor in tensors.items():
        if not isinstance(tensor, Tensor):
            raise ValueError(
                f"Key `{name}` is invalid, expected torch.Tensor but received {type(tensor)}")
        if tensor.dtype.name not in _CODES:
            raise ValueError(f"`{name}` has the dtype {tensor.dtype}, which the format lacks")
    shared = _shared(tensors)
    if shared:
        raise RuntimeError(
            "Some tensors share memory, this will lead to duplicate memory on disk and potential "
            f"differences when loading them again: {shared}. A potential way to correctly save "
            "your model is to use `save_model`, or to clone() all but one.")
    for name, tensor in tensors.items():
        if not tensor.is_contiguous():
            raise ValueError(
                f"You are trying to save a non contiguous tensor: `{name}` which is not allowed: "
                "call `.contiguous()` on it before saving.")


def _shared(tensors: dict[str, Any]) -> list[set[str]]:
    """The sets of names whose tensors have elements in common."""
    places: dict[int, list[tuple[int, int, str]]] = {}
    roots = []
    for name, tensor in tensors.items():
        if not tensor.numel():
            continue
        root = tensor.untyped_storage().root
        roots.append(root)   # alive, so that no other gets its id
        first = tensor.storage_offset() * tensor.itemsize
        span = 1 + sum((n - 1) * s for n, s in zip(tensor.shape, tensor.stride()))
        places.setdefault(id(root), []).append((first, first + span * tensor.itemsize, name))
    found = []
    for place in places.values():
        place.sort()
        end, group = -1, set[str]()
        for first, last, name in place:
            if first >= end:
                found.append(group)
                group = set()
            group.add(name)
            end = max(end, last)
        found.append(group)
    return [group for group in found if len(group) > 1]


__all__ = ["SafetensorError", "load", "load_file", "load_model", "save", "save_file", "save_model"]
