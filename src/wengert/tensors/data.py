"""Tensors from data the user has: ``tensor``, ``as_tensor``, ``from_numpy``, ``from_dlpack``, ...

:func:`array_of` turns nested sequences, numbers, arrays and tensors into a fresh array, with the
dtype that PyTorch infers. :func:`from_numpy` shares memory with an array instead.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..engine.arrays import moved
from ..engine.devices import check_device, chosen, libraries
from ..engine.dtypes import (
    FLOAT,
    DType,
    bool_,
    complex128,
    float64,
    get_default_dtype,
    int64,
    promote,
    uint8,
)
from ..engine.dtypes import from_numpy as dtype_of_array
from ..engine.ops.elementwise import part
from ..engine.recording.exposure import adopt
from ..engine.recording.flushing import host
from ..engine.recording.handle import Array, Handle
from ..engine.recording.recorder import hold, record
from ..engine.recording.recording import dtype_of, here, shape_of
from ..functions.copies import to_dtype
from .creation import as_dtype, check_options, leaf, rounded

_SCALARS = (bool, int, float, complex, np.generic)
_REAL = frozenset([bool, int, float])
_LISTS = frozenset([list, tuple])


def tensor(data: Any, *, dtype: DType | None = None, device: Any = None,
           requires_grad: bool = False, pin_memory: bool = False) -> Any:
    """A new tensor with a copy of ``data``: a number, nested sequences, an array, a tensor.

    The dtype is that of an array's or tensor's elements; Python numbers give bool, int64, the
    default dtype or its complex form. ValueError for sequences of unequal lengths, RuntimeError for
    what is no data, or for a value that the dtype cannot hold.

    >>> tensor([[1, 2.5]]).dtype
    torch.float32
    """
    if device is not None or pin_memory:
        check_options("tensor", {"device": device, "pin_memory": pin_memory})
    if isinstance(data, Handle):
        warnings.warn(
            "To copy construct from a tensor, it is recommended to use sourceTensor.detach()."
            "clone() or sourceTensor.detach().clone().requires_grad_(True), rather than "
            "torch.tensor(sourceTensor).", UserWarning, stacklevel=2)
    array = array_of(data, None if dtype is None else as_dtype("tensor", dtype))
    if libraries:
        array = moved(array, chosen(device))
    return leaf(hold(array)) if requires_grad else hold(array)


def as_tensor(data: Any, dtype: DType | None = None, device: Any = None) -> Any:
    """``data`` as a tensor, without a copy where none is needed: a tensor of this dtype is returned
    itself, an array shares its memory."""
    check_device(device)
    kind = None if dtype is None else as_dtype("as_tensor", dtype)
    if isinstance(data, Handle):
        return data if kind in (None, dtype_of(data)) else record(
            to_dtype, (data, kind))
    if isinstance(data, np.ndarray):
        check_array(data)
        if kind in (None, dtype_of_array(data.dtype)):
            return from_numpy(data)
    return hold(array_of(data, kind))


def asarray(obj: Any, *, dtype: DType | None = None, device: Any = None,
            copy: bool | None = None, requires_grad: bool = False) -> Any:
    """``obj`` as a tensor: shared memory if possible and ``copy`` is not True; ``copy=False``
    raises ValueError where a copy is needed.

    A tensor stays as it is, with its history; with ``requires_grad`` the result requires grad.
    """
    check_device(device)
    kind = None if dtype is None else as_dtype("asarray", dtype)
    if hasattr(obj, "untyped"):   # a storage
        obj = hold(obj.untyped().memory()).view(kind or uint8)  # type: ignore[attr-defined]
    own = dtype_of(obj) if isinstance(obj, Handle) else None
    if isinstance(obj, np.ndarray):
        check_array(obj)
        own = dtype_of_array(obj.dtype)
    shares = own is not None and kind in (None, own)
    if copy is False and not shares:
        raise ValueError("can't alias" + (
            " arbitrary sequence into a tensor." if own is None else
            f" tensor with dtype '{own}' into dtype '{kind}'."))
    if copy or not shares:
        out: Any = hold(array_of(obj, kind))
    elif isinstance(obj, Handle):
        out = obj
    else:
        out = from_numpy(obj)
    return out.requires_grad_() if requires_grad else out


def from_numpy(ndarray: Any) -> Any:
    """A tensor that shares the memory of a NumPy array: each sees what the other writes.

    An operation uses the values at the time of its call. TypeError for another type or an element
    type that tensors lack, ValueError for negative strides or a foreign byte order.
    """
    if not isinstance(ndarray, np.ndarray):
        kind = type(ndarray)
        name = f"numpy.{kind.__name__}" if kind.__module__ == "numpy" else kind.__name__
        raise TypeError(f"expected np.ndarray (got {name})")
    check_array(ndarray)
    if not ndarray.flags.writeable:
        warnings.warn(
            "The given NumPy array is not writable: writing to this tensor raises an error. Copy "
            "the array, or make it writable, before converting it to a tensor.",
            UserWarning, stacklevel=2)
    return adopt(ndarray)


def check_array(array: np.ndarray[Any, Any]) -> None:
    """ValueError or TypeError for an array whose memory a tensor cannot be."""
    if not array.dtype.isnative:
        raise ValueError("given numpy array has byte order different from the native byte order. "
                         "Conversion between byte orders is currently not supported. Use "
                         "array.astype(array.dtype.newbyteorder('='))")
    if min(array.strides, default=0) < 0:
        raise ValueError(
            "At least one stride in the given numpy array is negative, and tensors with negative "
            "strides are not currently supported. (You can probably work around this by making a "
            "copy of your array with array.copy().)")
    dtype_of_array(array.dtype)


def frombuffer(buffer: Any, *, dtype: DType, count: int = -1, offset: int = 0,
               requires_grad: bool = False) -> Any:
    """A 1-dim tensor that shares the memory of a buffer (``bytearray``, ``memoryview``, ...).

    ``count`` elements from byte ``offset`` on; -1 means all. ValueError if they are not there.
    """
    kind = as_dtype("frombuffer", dtype)
    width, size = kind.itemsize, memoryview(buffer).nbytes
    if size == 0 or count == 0:
        raise ValueError(f"both buffer length ({size}) and count ({count}) must not be 0")
    if not 0 <= offset < size:
        raise ValueError(f"offset ({offset} bytes) must be non-negative and no greater than "
                         f"buffer length ({size} bytes) minus 1")
    if count > 0 and offset + count * width > size:
        raise ValueError(f"requested buffer length ({count} * {width} bytes) after offset "
                         f"({offset} bytes) must not be greater than actual buffer length ({size} "
                         "bytes)")
    if count < 0 and (size - offset) % width:
        raise ValueError(f"buffer length ({size - offset} bytes) after offset ({offset} bytes) "
                         f"must be a multiple of element size ({width})")
    out = from_numpy(np.frombuffer(buffer, kind.numpy, count, offset))
    return out.requires_grad_() if requires_grad else out


class _Capsule:
    """A capsule of DLPack as an object that has it to give."""

    def __init__(self, capsule: Any) -> None:
        self.capsule = capsule

    def __dlpack__(self, **options: Any) -> Any:
        return self.capsule

    def __dlpack_device__(self) -> tuple[int, int]:
        return (1, 0)


class _Writable:
    """The memory of an array that does not know that it can be written to."""

    def __init__(self, array: Array) -> None:
        self.array = array
        self.__array_interface__ = {**array.__array_interface__,
                                    "data": (array.__array_interface__["data"][0], False)}


def _from_capsule(capsule: Any) -> Array:
    named = repr(capsule)
    if '"dltensor"' not in named and '"dltensor_versioned"' not in named:
        raise RuntimeError("from_dlpack received an invalid capsule. Note that DLTensor capsules "
                           "can be consumed only once, so you might have already constructed a "
                           "tensor from it once.")
    array = np.from_dlpack(_Capsule(capsule))
    return np.asarray(_Writable(array)) if '"dltensor"' in named else array


def from_dlpack(ext_tensor: Any, *, device: Any = None, copy: bool | None = None) -> Any:
    """A tensor that shares memory with an object that has ``__dlpack__``, or with the capsule that
    such a method gives, which can be taken once; a copy if ``copy``."""
    check_device(device)
    array = np.from_dlpack(ext_tensor) if hasattr(ext_tensor, "__dlpack__") else (
        _from_capsule(ext_tensor))
    if copy:
        return hold(array.copy())
    check_array(array)
    return adopt(array)


def to_dlpack(tensor: Any) -> Any:
    """A capsule of DLPack with the memory of a tensor, for :func:`from_dlpack` of any library."""
    return tensor.__dlpack__()


# Nested sequences
def array_of(data: Any, dtype: DType | None = None) -> Array:
    """A fresh array with the values of ``data``, in the dtype that PyTorch infers or in ``dtype``.
    """
    if data.__class__ in _LISTS:
        kinds: set[type] = {*map(type, data)}
        if kinds and kinds <= _REAL:   # the most frequent
            return _from_numbers(data, (len(data),), kinds, dtype)
    if isinstance(data, Handle):
        here.modes.exits += 1
        return cast_copy(host(data), dtype or dtype_of(data))
    if isinstance(data, np.ndarray):
        check_array(data)
        return cast_copy(data, dtype or dtype_of_array(data.dtype))
    if isinstance(data, _SCALARS):
        return _from_numbers([data], (), {type(data)}, dtype)
    if isinstance(data, (str, bytes)):
        raise TypeError(f"new(): invalid data type '{type(data).__name__}'")
    if hasattr(data, "__array__") or hasattr(data, "__array_interface__"):
        return array_of(np.asarray(data), dtype)
    if not is_sequence(data):
        raise _no_dtype(data)
    shape = _shape_of(data)
    numbers: list[Any] = []
    kinds = set()
    _flatten(data, shape, 0, numbers, kinds)
    return _from_numbers(numbers, shape, kinds, dtype)


def cast_copy(array: Array, dtype: DType) -> Array:
    """A fresh array of ``dtype``; complex numbers lose their imaginary part."""
    if array.dtype.kind in "cW" and not dtype.is_complex and dtype is not bool_:
        array = part(array, 0)
    out = rounded(array, dtype)
    return out if out is not array and out.base is None else out.copy()


def is_sequence(data: Any) -> bool:
    """Whether ``data`` has elements by number, as lists, tuples and ranges do."""
    return isinstance(data, Sequence) or (
        hasattr(data, "__len__") and hasattr(data, "__getitem__") and not hasattr(data, "keys"))


def _no_dtype(data: Any) -> Exception:
    if isinstance(data, (str, bytes)):
        return ValueError(f"too many dimensions '{type(data).__name__}'")
    return RuntimeError(f"Could not infer dtype of {type(data).__name__}")


def _shape_of(data: Any) -> tuple[int, ...]:
    """The shape that the first elements tell."""
    shape: list[int] = []
    while data.__class__ in _LISTS or not isinstance(data, (*_SCALARS, Handle)):
        if isinstance(data, np.ndarray):
            return (*shape, *data.shape)
        if data.__class__ not in _LISTS and (
                isinstance(data, (str, bytes)) or not is_sequence(data)):
            raise _no_dtype(data)
        shape.append(len(data))
        if not shape[-1]:
            break
        data = data[0]
    return tuple(shape)


def _flatten(data: Any, shape: tuple[int, ...], depth: int, numbers: list[Any],
             kinds: set[type]) -> None:
    """Append the numbers of ``data`` and note their types; ValueError if lengths differ."""
    if isinstance(data, np.ndarray) and data.shape == shape[depth:]:
        numbers.extend(data.reshape(-1))
        kinds.add(data.dtype.type)
        return
    if data.__class__ not in _LISTS and (
            isinstance(data, (str, bytes, Handle)) or not is_sequence(data)):
        raise TypeError("not a sequence")
    if len(data) != shape[depth]:
        raise ValueError(f"expected sequence of length {shape[depth]} at dim {depth} (got "
                         f"{len(data)})")
    if depth + 1 < len(shape):
        for part in data:
            _flatten(part, shape, depth + 1, numbers, kinds)
    else:
        numbers.extend(data)
        kinds.update(map(type, data))


def _from_numbers(numbers: Sequence[Any], shape: tuple[int, ...], kinds: set[type],
                  dtype: DType | None) -> Array:
    """The array of numbers of these types."""
    inferred = None
    if kinds <= _REAL:
        inferred = (get_default_dtype() if float in kinds else int64 if int in kinds else
                    bool_ if kinds else None)
    else:
        if any(issubclass(kind, (Handle, np.ndarray)) for kind in kinds):
            numbers = list(map(_single, numbers))
            kinds = set(map(type, numbers))
        for kind in kinds:
            own = _dtype_of_kind(kind)
            inferred = own if inferred is None else promote(inferred, own)
    dtype = dtype or inferred or get_default_dtype()
    if not numbers:
        return np.zeros(shape, dtype.numpy)
    return _converted(numbers, dtype, inferred or dtype).reshape(shape)


def _single(element: Any) -> Any:
    """The NumPy scalar in a tensor or array that stands among numbers."""
    if isinstance(element, Handle):
        if shape_of(element) != () and host(element).size != 1:
            raise ValueError("only one element tensors can be converted to Python scalars. Use "
                             "torch.stack to join tensors")
        here.modes.exits += 1
        return host(element).reshape(-1)[0]
    return element[()] if isinstance(element, np.ndarray) and not element.shape else element


def _dtype_of_kind(kind: type) -> DType:
    if issubclass(kind, np.generic):
        return dtype_of_array(np.dtype(kind))
    for base, dtype in ((bool, bool_), (int, int64), (float, get_default_dtype()),
                        (complex, get_default_dtype().to_complex())):
        if issubclass(kind, base):
            return dtype
    if kind.__name__ == "bfloat16":
        return dtype_of_array(np.dtype(kind))
    if issubclass(kind, (list, tuple)):
        raise TypeError(f"'{kind.__name__}' object cannot be interpreted as an integer; the "
                        "sequences differ in depth")
    if issubclass(kind, (str, bytes)):
        raise TypeError(f"new(): invalid data type '{kind.__name__}'")
    raise RuntimeError(f"Could not infer dtype of {kind.__name__}")


def _converted(numbers: Sequence[Any], dtype: DType, inferred: DType) -> Array:
    """A flat array of Python and NumPy numbers."""
    if inferred.is_complex and not dtype.is_complex:
        if dtype is bool_:
            return np.array(list(map(bool, numbers)))
        raise TypeError("must be real number, not complex" if dtype.is_floating_point else
                        "'complex' object cannot be interpreted as an integer")
    if dtype.is_complex:
        return np.array(numbers, complex128.numpy).astype(dtype.numpy)
    if dtype.category == FLOAT:
        return rounded(np.array(numbers, float64.numpy), dtype)
    if dtype is bool_:
        return np.array(list(map(bool, numbers)))
    return _integers(numbers, dtype, inferred)


def _integers(numbers: Sequence[Any], dtype: DType, inferred: DType) -> Array:
    """A flat array of an integer dtype; RuntimeError for a number that it cannot hold."""
    info, whole = np.iinfo(dtype.numpy), numbers
    if inferred.category >= FLOAT:
        # the bound of int64 is rounded up, as PyTorch's is
        if not all(info.min <= number <= float(info.max) for number in numbers):
            raise RuntimeError(f"value cannot be converted to type {dtype.name} without overflow")
        whole = list(map(int, numbers))
    try:
        wide = np.array(whole, np.int64)
    except OverflowError:
        raise ValueError("Overflow when unpacking long long") from None
    if dtype is not int64:
        least = info.min if dtype.is_signed else -int(info.max)
        if wide.max() > info.max or wide.min() < least:
            raise RuntimeError(f"value cannot be converted to type {dtype.name} without overflow")
    return wide.astype(dtype.numpy)


__all__ = ["array_of", "as_tensor", "asarray", "cast_copy", "check_array", "from_dlpack",
           "from_numpy", "frombuffer", "is_sequence", "tensor"]
