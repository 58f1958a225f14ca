"""What the names in PyTorch's files stand for: :data:`CALLED` and :data:`VALUES`.

A name in CALLED may be called by a file; what stands there is a function of ours that takes any
arguments and checks them, after ``spend``, with which it pays for what it makes. A name in VALUES
may only stand in a file: a dtype, the class of a storage.
"""

from __future__ import annotations

import collections
import sys
from collections.abc import Callable
from typing import Any

from ..engine.devices import contiguous_format, device, preserve_format, strided
from ..engine.dtypes import ALL, DType
from ..nn import everything  # noqa: F401, a file may hold modules of any class
from ..nn.parameter import Parameter
from ..tensors.operators import Tensor
from ..tensors.size import Size
from ..tensors.storage import STORAGE_TYPES, TypedStorage, UntypedStorage, on_storage
from .machine import ENTRY, FIRST_KEY, SET, Spend, checked_key, refuse

_ROOT = __name__.partition(".")[0]
MAX_ELEMENTS = 2**60
"""More than any memory holds: sizes whose product is larger are no sizes."""
TENSOR, VIEW, SMALL = 640, 1536, 128
"""What a tensor takes without its elements, in bytes; one whose storage another has too, which is
a view; and other things."""
ORDERED, ORDERED_ENTRY = 144, 128
"""What an OrderedDict takes, and each of its entries."""


def is_size(size: Any) -> bool:
    """Whether ``size`` is a tuple of sensible lengths, of which the product is sensible too."""
    if not isinstance(size, tuple) or len(size) > 64:
        return False
    product = 1
    for length in size:
        if type(length) is not int or not 0 <= length < MAX_ELEMENTS:
            return False
        product *= max(length, 1)
    return product < MAX_ELEMENTS


def rebuild_tensor(spend: Spend, storage: Any, offset: Any, size: Any, stride: Any,
                   requires_grad: Any = False, hooks: Any = None, metadata: Any = None) -> Any:
    """A tensor on a storage of the file."""
    if not isinstance(storage, TypedStorage) or type(offset) is not int:
        refuse("a tensor of the file has no storage, or no place in it")
    spend(TENSOR if storage.untyped()._base is None else VIEW)
    if not is_size(size) or not is_size(stride):
        refuse("a tensor of the file has no sensible size or strides")
    if type(requires_grad) is not bool:
        refuse("a tensor of the file is damaged: requires_grad is no bool")
    try:
        found = on_storage(storage, offset, tuple(size), tuple(stride))
    except RuntimeError as error:
        refuse(f"a tensor of the file does not lie in its storage: {error}")
    for name in metadata if isinstance(metadata, dict) else ():
        if type(name) is not str or name not in ("conj", "neg"):
            refuse(f"a tensor of the file is marked with the unknown {name!r}")
        spend(TENSOR + found.numel() * found.itemsize)   # here, such a tensor is a copy
        found = found.conj() if name == "conj" else -found
    return marked(found, requires_grad)


def rebuild_tensor_of(spend: Spend, storage: Any, offset: Any, size: Any, stride: Any,
                      requires_grad: Any, hooks: Any, dtype: Any, metadata: Any = None) -> Any:
    """A tensor on the bytes of a storage of the file, of a dtype that is given."""
    if not isinstance(dtype, DType) or not isinstance(storage, TypedStorage):
        refuse("a tensor of the file has no dtype or storage")
    if storage.nbytes() % dtype.itemsize:
        refuse("a storage of the file does not hold whole elements")
    typed = TypedStorage(wrap_storage=storage.untyped(), dtype=dtype)
    return rebuild_tensor(spend, typed, offset, size, stride, requires_grad, hooks, metadata)


def rebuild_parameter(spend: Spend, data: Any, requires_grad: Any, hooks: Any,
                      state: Any = None) -> Any:
    """A parameter with the values of a tensor of the file, and with attributes."""
    spend(SMALL)
    if not isinstance(data, Tensor) or type(requires_grad) is not bool:
        refuse("a parameter of the file has no tensor")
    if requires_grad and not data.dtype.is_differentiable:
        refuse(f"a parameter of the file requires grad, and has dtype {data.dtype}")
    return with_attributes(spend, Parameter(data, requires_grad), state)


def rebuild_from_type(spend: Spend, function: Any, kind: Any, args: Any, state: Any) -> Any:
    """A tensor of a class, with attributes."""
    if not any(function is known for known in _TENSOR_MAKERS) or not isinstance(args, tuple):
        refuse("a tensor of the file is made by something else than tensors are")
    found = function(spend, *args)
    if kind is not type(found):
        if not isinstance(kind, type) or not issubclass(kind, Tensor):
            refuse("a tensor of the file has a class that is none of tensors")
        found.__class__ = kind
    return with_attributes(spend, found, state)


def with_attributes(spend: Spend, target: Any, state: Any) -> Any:
    """``target`` with the attributes of ``state`` in its ``__dict__``; the class's own stay."""
    if isinstance(state, tuple) and len(state) == 2 and not state[1]:
        state = state[0]
    if state is None:
        return target
    if not isinstance(state, dict):
        refuse(f"the state of a {type(target).__name__} is no dict")
    for name in state:
        if type(name) is not str or name.startswith("__") or hasattr(type(target), name):
            refuse(f"a file may not set the attribute {name!r} of a {type(target).__name__}")
    spend(FIRST_KEY + ENTRY * len(state))
    vars(target).update(state)
    return target


def marked(tensor: Any, requires_grad: bool) -> Any:
    """``tensor``, requiring grad or not."""
    if not requires_grad:
        return tensor
    if not tensor.dtype.is_differentiable:
        refuse(f"a tensor of the file requires grad, and has dtype {tensor.dtype}")
    return tensor.requires_grad_()


def text_as_bytes(spend: Spend, text: Any, encoding: Any = None) -> bytes:
    """Bytes, which old pickles hold as text of one character each."""
    if type(text) is not str or encoding not in ("latin1", "latin-1"):
        refuse("bytes of the file are damaged")
    spend(SMALL + len(text))
    return text.encode("latin1")


def _bytearray(spend: Spend, *args: Any) -> bytearray:
    if len(args) == 1 and isinstance(args[0], bytes):
        spend(SMALL + len(args[0]))
        return bytearray(args[0])
    return bytearray(text_as_bytes(spend, *args) if args else b"")


def _no_bytes(spend: Spend) -> bytes:
    return b""


def _complex(spend: Spend, real: Any, imag: Any) -> complex:
    if type(real) is not float or type(imag) is not float:
        refuse("a complex number of the file is damaged")
    return complex(real, imag)


def _set(spend: Spend, items: Any = ()) -> set[Any]:
    return set(_elements(spend, items))


def _frozenset(spend: Spend, items: Any = ()) -> frozenset[Any]:
    return frozenset(_elements(spend, items))


def _elements(spend: Spend, items: Any) -> list[Any]:
    if not isinstance(items, (list, tuple)):
        refuse("a set of the file is made of something else than a list")
    spend(SET + ENTRY * len(items))
    return [checked_key(item, spend) for item in items]


def _ordered(spend: Spend, pairs: Any = ()) -> collections.OrderedDict[Any, Any]:
    if not isinstance(pairs, (list, tuple)) and type(pairs) is not dict:
        refuse("an OrderedDict of the file is made of something else than a list")
    spend(ORDERED + ORDERED_ENTRY * len(pairs))
    found: collections.OrderedDict[Any, Any] = collections.OrderedDict()
    for pair in pairs.items() if type(pairs) is dict else pairs:
        if not isinstance(pair, (list, tuple)) or len(pair) != 2:
            refuse("an OrderedDict of the file is made of something else than pairs")
        found[checked_key(pair[0], spend)] = pair[1]
    return found


def _counter(spend: Spend, counts: Any = None) -> collections.Counter[Any]:
    spend(SET)
    found: collections.Counter[Any] = collections.Counter()
    if counts is not None:
        if type(counts) is not dict:
            refuse("a Counter of the file is made of something else than a dict")
        spend(ENTRY * len(counts))
        for key in counts:
            checked_key(key, spend)
        dict.update(found, counts)
    return found


def _size(spend: Spend, size: Any = ()) -> Size:
    if not is_size(size):
        refuse("a Size of the file is none")
    spend(SMALL + 8 * len(size))
    return Size(size)


def _device(spend: Spend, kind: Any, index: Any = None) -> device:
    if type(kind) is not str or (index is not None and type(index) is not int):
        refuse("a device of the file is none")
    spend(SMALL)
    try:
        return device(kind, index)
    except RuntimeError as error:
        refuse(f"a device of the file is none: {error}")


def _layout(spend: Spend, name: Any) -> Any:
    if name != "torch.strided":
        raise NotImplementedError(f"the layout {name!r} of the file is not supported: every tensor "
                                  "is torch.strided, dense")
    return strided


CALLED: dict[str, Callable[..., Any]] = {
    "collections.OrderedDict": _ordered,
    "collections.Counter": _counter,
    "builtins.set": _set,
    "builtins.frozenset": _frozenset,
    "builtins.bytearray": _bytearray,
    "builtins.bytes": _no_bytes,
    "builtins.complex": _complex,
    "_codecs.encode": text_as_bytes,
    "torch.Size": _size,
    "torch.device": _device,
    "torch.serialization._get_layout": _layout,
    "torch._utils._rebuild_tensor": rebuild_tensor,
    "torch._utils._rebuild_tensor_v2": rebuild_tensor,
    "torch._utils._rebuild_tensor_v3": rebuild_tensor_of,
    "torch._utils._rebuild_parameter": rebuild_parameter,
    "torch._utils._rebuild_parameter_with_state": rebuild_parameter,
    "torch._tensor._rebuild_from_type_v2": rebuild_from_type,
}
"""By full name what a file may call."""

_TENSOR_MAKERS = (rebuild_tensor, rebuild_tensor_of, rebuild_parameter)

VALUES: dict[str, Any] = {
    **{f"torch.{dtype.name}": dtype for dtype in ALL},
    **{f"torch.{kind.__name__}": kind for kind in STORAGE_TYPES.values()},
    **{f"torch.cuda.{kind.__name__}": kind for kind in STORAGE_TYPES.values()},
    "torch.storage.UntypedStorage": UntypedStorage,
    "torch.UntypedStorage": UntypedStorage,
    "torch.Tensor": Tensor,
    "torch.nn.parameter.Parameter": Parameter,
    "torch.contiguous_format": contiguous_format,
    "torch.preserve_format": preserve_format,
}
"""By full name what a file may name, but not call."""

NOT_HERE = frozenset(
    [f"torch._utils.{name}" for name in (
        "_rebuild_sparse_tensor", "_rebuild_qtensor", "_rebuild_nested_tensor",
        "_rebuild_meta_tensor_no_storage", "_rebuild_wrapper_subclass",
        "_rebuild_device_tensor_from_numpy", "_rebuild_device_tensor_from_cpu_tensor")])
"""Harmless, but there is no such tensor here."""


def module_class(module: str, name: str) -> type | None:
    """The class of modules (``nn.Module``) of that name that the program has loaded already."""
    ours = f"{_ROOT}.{module.partition('.')[2]}"
    places = [ours, f"{_ROOT}.nn"] if module.partition(".")[0] == "torch" else [module]
    base = getattr(sys.modules.get(f"{_ROOT}.nn"), "Module", ())
    for place in places:
        found: Any = sys.modules.get(place)
        for part in name.split("."):
            found = vars(found).get(part) if hasattr(found, "__dict__") else None
        if isinstance(found, type) and issubclass(found, base):
            return found
    return None


def neural_function(module: str, name: str) -> Any:
    """The function of ``torch.nn.functional`` of that name, as a module keeps its activation; None
    if there is none. It may stand in a file, not be called by it."""
    known = sys.modules[f"{_ROOT}.nn.functional"]
    if module != "torch.nn.functional" or name not in getattr(known, "__all__", ()):
        return None
    return getattr(known, name)
