"""Where a tensor lives, and how: ``torch.device``, layouts and memory formats as values.

Everything is on the CPU; :func:`check_device` accepts its names and refuses the others.
"""

from __future__ import annotations

import threading
from typing import Any

_TYPES = ("cpu", "cuda", "ipu", "xpu", "mkldnn", "opengl", "opencl", "ideep", "hip", "ve", "fpga",
          "maia", "xla", "lazy", "vulkan", "mps", "meta", "hpu", "mtia", "privateuseone")


class device:
    """A device by name: ``torch.device("cpu")``, ``torch.device("cuda", 0)``.

    It is a value that compares and prints; only the CPU holds tensors. As a context manager it
    makes the device the default one of its block.

    >>> device("cpu:0")
    device(type='cpu', index=0)
    """

    __slots__ = ("index", "type")
    type: str
    index: int | None

    def __new__(cls, type: device | str | int, index: int | None = None) -> device:
        """RuntimeError for a name that PyTorch does not know."""
        if isinstance(type, device):
            return type
        if isinstance(type, int) and not isinstance(type, bool):
            raise RuntimeError("Cannot access accelerator device when none is available. Say "
                               "torch.device('cpu')")
        if not isinstance(type, str):
            raise TypeError("device(): argument 'type' (position 1) must be str, not "
                            f"{type.__class__.__name__}")
        name, colon, number = type.partition(":")
        if colon:
            if index is not None:
                raise RuntimeError("type (string) must not include an index because index was "
                                   f"passed explicitly: {type}")
            if not number.isdigit():
                raise RuntimeError(f"Invalid device string: '{type}'")
            index = int(number)
        if name not in _TYPES:
            if not name.isalpha():
                raise RuntimeError(f"Invalid device string: '{type}'")
            raise RuntimeError(f"Expected one of {', '.join(_TYPES)} device type at start of "
                               f"device string: {name}")
        self = object.__new__(cls)
        object.__setattr__(self, "type", name)
        object.__setattr__(self, "index", index)
        return self

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"attribute '{name}' of 'torch.device' objects is not writable")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, device) and (
            self.type, self.index) == (other.type, other.index)

    def __hash__(self) -> int:
        return hash((self.type, self.index))

    def __repr__(self) -> str:
        index = "" if self.index is None else f", index={self.index}"
        return f"device(type='{self.type}'{index})"

    def __str__(self) -> str:
        return self.type if self.index is None else f"{self.type}:{self.index}"

    def __reduce__(self) -> tuple[Any, ...]:
        return (device, (self.type, self.index))

    def __enter__(self) -> device:
        check_device(self)
        _here.defaults.append(self)
        return self

    def __exit__(self, *error: object) -> None:
        _here.defaults.pop()


def check_device(where: device | str | int | None) -> device:
    """The CPU, if that is what ``where`` names.

    RuntimeError for another device, NotImplementedError for ``"meta"``.
    """
    if where is None:
        return CPU
    found = device(where)
    if found.type == "cpu":
        return CPU
    if found.type == "meta":
        raise NotImplementedError("the device 'meta' is not supported: Wengert has no tensors "
                                  "without values")
    name = {"cuda": "CUDA"}.get(found.type, found.type.upper())
    hint = "; torch.cuda.is_available() is False" if found.type == "cuda" else ""
    raise RuntimeError(f"device '{found}': Torch not compiled with {name} enabled: Wengert has no "
                       f"{name} backend yet{hint}. Use torch.device('cpu')")


CPU = device("cpu")


class _Here(threading.local):
    def __init__(self) -> None:
        self.defaults = [CPU]


_here = _Here()


def get_default_device() -> device:
    """The device of new tensors: the CPU."""
    return _here.defaults[-1]


_Device = device


def set_default_device(device: _Device | str | int | None) -> None:
    """Set the device of new tensors; RuntimeError for one that is not the CPU."""
    check_device(device)
    _here.defaults[0] = CPU if device is None else _Device(device)


class _Named:
    """A constant that prints as its name in PyTorch."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return self.name

    def __reduce__(self) -> str:
        return self.name.removeprefix("torch.")


class memory_format(_Named):
    """How the dimensions of a tensor lie in memory: ``torch.contiguous_format``, ..."""

    __slots__ = ()


class layout(_Named):
    """How a tensor is stored: ``torch.strided``, the dense one, ..."""

    __slots__ = ()


contiguous_format = memory_format("torch.contiguous_format")
preserve_format = memory_format("torch.preserve_format")
channels_last = memory_format("torch.channels_last")
channels_last_3d = memory_format("torch.channels_last_3d")
strided = layout("torch.strided")
sparse_coo = layout("torch.sparse_coo")


def check_layout(kind: layout | None) -> None:
    """NotImplementedError for a layout that is not the dense one."""
    if kind is not None and kind is not strided:
        raise NotImplementedError(f"layout={kind} is not supported: every tensor is "
                                  "torch.strided, dense")
