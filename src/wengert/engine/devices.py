"""Where a tensor lives, and how: ``torch.device``, layouts and memory formats as values.

A device has a *library*, which makes arrays in its memory: that of the CPU is NumPy, another is a
:class:`Library` under the name of its type (:func:`register`). Today there is that of ``meta``,
whose arrays have no elements, and no other; :func:`check_device` refuses devices without one. The
arrays of a library are the buffers of tensors: they have ``shape``, ``dtype``, ``strides``,
``nbytes``, ``flags.c_contiguous`` and ``item()``, compute by NumPy's own functions (NEP 13,
NEP 18), and are never converted unasked.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from typing import Any, Protocol

from .lazy import lazy

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


class NotCompiledError(AssertionError, RuntimeError):
    """A device is not there: an AssertionError, as PyTorch's without CUDA is, and a RuntimeError.
    """


def check_device(where: device | str | int | None) -> device:
    """The device that ``where`` names, always the same object; the CPU for None.

    NotCompiledError for a device that is not there.
    """
    if where is None:
        return CPU
    found = device(where)
    if found.type == "cpu":
        return CPU
    if found.type == "meta":
        if "meta" not in libraries:
            made = lazy("engine.meta")
            libraries["meta"] = of_class[made.MetaArray] = made.MetaLibrary(META)
        return META
    if found.type in libraries:
        return known(found)
    name = {"cuda": "CUDA"}.get(found.type, found.type.upper())
    hint = "; torch.cuda.is_available() is False" if found.type == "cuda" else ""
    raise NotCompiledError(
        f"device '{found}': Torch not compiled with {name} enabled: Wengert has no "
        f"{name} backend yet{hint}. Use torch.device('cpu')")


CPU = device("cpu")
META = device("meta")
"""Where tensors have a shape and a dtype and no values."""


class _Here(threading.local):
    def __init__(self) -> None:
        self.defaults = [CPU]


_here = _Here()


def get_default_device() -> device:
    """The device of new tensors."""
    return _here.defaults[-1]


def chosen(where: device | str | int | None) -> device:
    """The device of a new tensor for which the user said ``where``."""
    if where is None and not libraries:
        return CPU
    return check_device(get_default_device() if where is None else where)


_Device = device


def set_default_device(device: _Device | str | int | None) -> None:
    """Set the device of new tensors; RuntimeError for one that is not there."""
    check_device(device)
    _here.defaults[0] = CPU if device is None else _Device(device)


# ---- the memory of devices ----


class Library(Protocol):
    """What makes arrays in the memory of the devices of one type, of the class ``array``."""

    array: type[Any]

    def device_of(self, array: Any) -> _Device:
        """Where an array lies."""

    def from_host(self, array: Any, where: _Device) -> Any:
        """A NumPy array's copy on a device."""

    def to_host(self, array: Any) -> Any:
        """The copy in NumPy."""

    def computes(self, node: Any) -> bool:
        """Whether the primitive of a node runs on arrays of the library; else it runs on the CPU.
        """

    def full(self, shape: tuple[int, ...], value: Any, dtype: Any, where: _Device) -> Any:
        """An array of one value, made on the device."""


libraries: dict[str, Library] = {}
"""By the type of their devices, those beside NumPy."""
of_class: dict[type[Any], Library] = {}
_known: dict[_Device, _Device] = {}


def register(type: str, library: Library) -> None:
    """Have tensors on devices of a ``type`` that PyTorch knows (``"privateuseone"`` is for others).
    """
    if type not in _TYPES or type in ("cpu", "meta"):
        raise ValueError(f"{type!r} is no type of device that can have a library")
    libraries[type] = library
    of_class[library.array] = library


def unregister(type: str) -> None:
    """Take a library away; tensors on its devices can be used no more."""
    library = libraries.pop(type)
    of_class.pop(library.array)


def known(where: _Device) -> _Device:
    """The one object for a device; its number is 0 if it has none."""
    if where.type == "meta":
        return META
    found = where if where.index is not None else device(where.type, 0)
    return _known.setdefault(found, found)


def computing() -> bool:
    """Whether there is a device beside the CPU that computes values."""
    return len(libraries) > ("meta" in libraries)


# ---- which device ----

def device_for(args: Iterable[Any], params: dict[str, Any]) -> _Device | None:
    """The device of the result of an operation on nodes: theirs, or what ``params`` says; None for
    nodes that have none."""
    if "device" in params:
        return check_device(params["device"])
    where = None
    for arg in args:
        if arg.device is not where and arg.device is not None:
            where = arg.device if where is None else meeting(args)
    return where


def meeting(args: Iterable[Any]) -> _Device:
    """The device on which nodes of several devices meet: 0-dim ones come from the CPU to where the
    others are; RuntimeError where two others are apart."""
    found = list(dict.fromkeys(arg.device for arg in args if arg.device is not None and (
        arg.shape or arg.device is not CPU)))
    if len(found) > 1:
        raise RuntimeError("Expected all tensors to be on the same device, but found at least two "
                           f"devices, {found[0]} and {found[1]}!")
    return found[0] if found else CPU


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
sparse_coo, sparse_csr, sparse_csc, sparse_bsr, sparse_bsc, jagged = (
    layout(f"torch.{_name}") for _name in (
        "sparse_coo", "sparse_csr", "sparse_csc", "sparse_bsr", "sparse_bsc", "jagged"))


def check_layout(kind: layout | None) -> None:
    """NotImplementedError for a layout that is not the dense one."""
    if kind is not None and kind is not strided:
        raise NotImplementedError(f"layout={kind} is not supported: every tensor is "
                                  "torch.strided, dense")
