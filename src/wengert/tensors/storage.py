"""Storages: the memory that a tensor and its views share, as bytes or as elements.

:class:`UntypedStorage` is the bytes of a tensor's memory as they are now, :class:`TypedStorage` the
same as elements of a dtype. Values are never written in place here, so a storage is for looking:
to see what shares memory, and to save and load. :func:`on_storage` makes the tensors of a file.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Sequence
from typing import Any, Self

import numpy as np

from ..engine.devices import CPU, device
from ..engine.dtypes import ALL, DType
from ..engine.recording.flushing import host
from ..engine.recording.handle import Array, Handle, Store, shared_store
from ..engine.recording.operation import detach
from ..engine.recording.recorder import hold, record
from ..engine.recording.recording import here
from ..engine.recording.strides import is_contiguous

_BYTE = np.dtype(np.uint8)


class _OnCpu:
    """What every storage says of where it is."""

    __slots__ = ()

    def cpu(self) -> Self:
        """The storage itself."""
        return self

    @property
    def device(self) -> device:
        """``device(type='cpu')``."""
        return CPU

    @property
    def is_cuda(self) -> bool:
        """False."""
        return False

    def is_shared(self) -> bool:
        """False: memory is not shared between processes."""
        return False


class UntypedStorage(_OnCpu):
    """The bytes of a tensor's memory, or bytes of its own.

    ``UntypedStorage(n)`` has n zeros, ``UntypedStorage([1, 2])`` those bytes. What lies under a
    tensor can be read, not written: write to the tensor.

    >>> import wengert as torch
    >>> x = torch.arange(4.0)
    >>> x[1:].untyped_storage().data_ptr() == x.untyped_storage().data_ptr()
    True
    """

    __slots__ = ("_base", "_bytes", "_owner")

    def __init__(self, source: int | Sequence[int] = 0) -> None:
        self._owner: Handle | None = None
        self._base: Handle | None = None
        self._bytes: Array | None = np.array(
            np.zeros(source) if isinstance(source, int) else source, _BYTE)

    @classmethod
    def of_bytes(cls, array: Array) -> UntypedStorage:
        """A storage whose bytes are those of a 1-dim uint8 array, not a copy."""
        storage = cls.__new__(cls)
        storage._owner = storage._base = None
        storage._bytes = array
        return storage

    @classmethod
    def from_file(cls, filename: Any, shared: bool = False, nbytes: int = 0) -> UntypedStorage:
        """The bytes of a file, read when they are used; with ``shared`` writes go to the file.

        RuntimeError if the file has fewer than ``nbytes``.
        """
        if not nbytes:
            return cls(0)
        size = os.path.getsize(filename)
        if size < nbytes and not shared:
            raise RuntimeError(f"file size ({size}) is smaller than the {nbytes} bytes asked for: "
                               f"{os.fspath(filename)!r}")
        if shared and size < nbytes:
            with open(filename, "r+b") as file:
                file.truncate(nbytes)
        mode: Any = "r+" if shared else "c"
        return cls.of_bytes(np.memmap(filename, np.uint8, mode, shape=(nbytes,)))

    @property
    def root(self) -> object:
        """What two storages of the same memory have in common."""
        return self._owner if self._owner is not None else self

    def memory(self) -> Array:
        """The bytes, a 1-dim array that nobody writes."""
        if self._bytes is not None:
            return self._bytes
        here.modes.exits += 1
        assert self._owner is not None
        return _bytes_of(self._owner)

    def __sizeof__(self) -> int:
        return object.__sizeof__(self) + self.nbytes()

    def untyped(self) -> UntypedStorage:
        """Itself."""
        return self

    def nbytes(self) -> int:
        """The number of bytes."""
        return int(self.memory().size)

    size = nbytes
    __len__ = nbytes

    def element_size(self) -> int:
        """1: the elements are bytes."""
        return 1

    def data_ptr(self) -> int:
        """The address of the first byte, the same for all that share the memory."""
        memory = self.memory() if self._owner is None else _array_under(self._owner)
        return int(memory.__array_interface__["data"][0]) if memory.size else 0

    def tolist(self) -> list[int]:
        """The bytes as numbers."""
        return [int(byte) for byte in self.memory()]

    def __getitem__(self, index: Any) -> Any:
        found = self.memory()[index]
        return type(self).of_bytes(found.copy()) if isinstance(index, slice) else int(found)

    def __setitem__(self, index: Any, new: Any) -> None:
        if self._owner is not None:
            raise NotImplementedError("the storage of a tensor cannot be written; write to the "
                                      "tensor")
        self.memory()[index] = new

    def __iter__(self) -> Iterator[int]:
        return iter(self.tolist())

    def clone(self) -> UntypedStorage:
        """A copy of the bytes."""
        return type(self).of_bytes(self.memory().copy())

    def __repr__(self) -> str:
        lines = [f" {byte}" for byte in self.tolist()]
        return "\n".join([*lines, f"[torch.storage.UntypedStorage(device=cpu) of size {len(self)}]"
                          ])


class TypedStorage(_OnCpu):
    """The memory of a tensor as elements of ``dtype``, or elements of its own.

    >>> import wengert as torch
    >>> torch.arange(4)[1:].storage().tolist()
    [0, 1, 2, 3]
    """

    __slots__ = ("_untyped", "dtype")

    def __init__(self, *args: Any, wrap_storage: UntypedStorage | None = None,
                 dtype: DType | None = None) -> None:
        own = dtype or getattr(type(self), "of_dtype", None)
        if own is None:
            raise TypeError("TypedStorage needs a dtype")
        self.dtype: DType = own
        if wrap_storage is None:
            source = args[0] if args else 0
            array = np.array(np.zeros(source) if isinstance(source, int) else source, own.numpy)
            wrap_storage = UntypedStorage.of_bytes(array.view(_BYTE))
        self._untyped = wrap_storage

    def untyped(self) -> UntypedStorage:
        """The same memory as bytes."""
        return self._untyped

    def elements(self) -> Array:
        """The elements, a 1-dim array that nobody writes; ValueError if the bytes are not whole
        elements."""
        return self._untyped.memory().view(self.dtype.numpy)

    def size(self) -> int:
        """The number of elements."""
        return self._untyped.nbytes() // self.dtype.itemsize

    __len__ = size

    def nbytes(self) -> int:
        """The number of bytes."""
        return self._untyped.nbytes()

    def element_size(self) -> int:
        """The number of bytes of an element."""
        return self.dtype.itemsize

    def data_ptr(self) -> int:
        """The address of the first element."""
        return self._untyped.data_ptr()

    def tolist(self) -> list[Any]:
        """The elements as Python numbers."""
        wide: Any = hold(self.elements())
        found: list[Any] = wide.tolist()
        return found

    def __getitem__(self, index: Any) -> Any:
        return self.tolist()[index]

    def __setitem__(self, index: Any, new: Any) -> None:
        if self._untyped._owner is not None:
            raise NotImplementedError("the storage of a tensor cannot be written; write to the "
                                      "tensor")
        self.elements()[index] = new

    def __iter__(self) -> Iterator[Any]:
        return iter(self.tolist())

    def clone(self) -> TypedStorage:
        """A copy of the elements."""
        return type(self)(wrap_storage=self._untyped.clone(), dtype=self.dtype)

    def __repr__(self) -> str:
        lines = [f" {element}" for element in self.tolist()]
        return "\n".join([*lines, f"[torch.storage.TypedStorage(dtype={self.dtype}, device=cpu) of "
                                  f"size {len(self)}]"])


def _storage_type(dtype: DType) -> type[TypedStorage]:
    name = f"{dtype.legacy_name}Storage"
    doc = f"``torch.{name}``: elements of dtype {dtype}."
    return type(name, (TypedStorage,), {"of_dtype": dtype, "__module__": "torch", "__doc__": doc,
                                        "__slots__": ()})


STORAGE_TYPES = {dtype: _storage_type(dtype) for dtype in ALL}
"""``torch.FloatStorage`` and its like, by dtype."""
(BoolStorage, ByteStorage, CharStorage, ShortStorage, IntStorage, LongStorage, HalfStorage,
 BFloat16Storage, FloatStorage, DoubleStorage, ComplexFloatStorage, ComplexDoubleStorage) = (
    STORAGE_TYPES.values())


def storage_of(handle: Handle) -> UntypedStorage:
    """The memory under a tensor."""
    storage = UntypedStorage.of_bytes(np.empty(0, _BYTE))
    store = shared_store(handle)
    storage._bytes = None
    storage._owner = handle if store is None else store.root
    return storage


def _bytes_of(owner: Handle) -> Array:
    """The bytes under a tensor that shares with none, or of the root of shared storage."""
    if isinstance(owner, Store) and owner.is_exposed() and owner.exposed is not None:
        return _span(owner.exposed).copy()
    return np.ascontiguousarray(_array_under(owner)).reshape(-1).view(_BYTE)


def _array_under(owner: Handle) -> Array:
    """The array that holds the elements, in whatever order they lie."""
    if isinstance(owner, Store):
        if owner.is_exposed() and owner.exposed is not None:
            return owner.exposed
        leaf = owner.leaf_handle()
        owner = owner if leaf is None else leaf
    return host(owner)


def _span(memory: Array) -> Array:
    """The bytes from the first to the last element of an array, those between them too."""
    if memory.flags.c_contiguous or 0 in memory.shape:
        return np.ascontiguousarray(memory).reshape(-1).view(_BYTE)
    length = 1 + sum((n - 1) * s for n, s in zip(memory.shape, memory.strides)) // memory.itemsize
    flat = np.lib.stride_tricks.as_strided(np.asarray(memory), (length,), (memory.itemsize,))
    return np.ascontiguousarray(flat).view(_BYTE)


# Tensors on a storage
def on_storage(storage: TypedStorage, offset: int, size: tuple[int, ...],
               stride: tuple[int, ...]) -> Any:
    """The tensor of the elements ``offset + i * stride[0] + ...`` of a storage.

    It shares memory with the others that were made on it, unless it has an element twice (an
    expanded tensor, overlapping windows). No memory is taken but the storage's, whatever the sizes.
    RuntimeError for what does not lie in the storage.
    """
    flat = storage.elements()
    if len(size) != len(stride):
        raise RuntimeError(f"sizes {size} and strides {stride} differ in length")
    if min((offset, *size, *stride), default=0) < 0:
        raise RuntimeError(f"negative numbers in sizes {size}, strides {stride}, offset {offset}")
    if 0 in size:
        return hold(np.empty(size, flat.dtype))
    last = offset + sum((n - 1) * s for n, s in zip(size, stride))
    if last >= flat.size:
        raise RuntimeError(f"sizes {size}, strides {stride}, storage offset {offset} are out of "
                           f"bounds for a storage of {flat.size} elements")
    steps = _nested(flat.size, offset, size, stride)
    if steps is None:
        strides = tuple(s * flat.itemsize for s in stride)
        return hold(np.lib.stride_tricks.as_strided(flat[offset:], size, strides, writeable=False))
    untyped = storage.untyped()
    whole = math.prod(size) == flat.size and is_contiguous(size, stride)
    if untyped._base is None:
        first: Any = hold(flat.reshape(size) if whole else flat)
        untyped._base = first
        return first if whole else _view(first, steps, size, stride)
    base = record(detach, (untyped._base,))
    return base.view(size) if whole else _view(base.view(-1), steps, size, stride)


Steps = list[tuple[int, int, int]]
"""For each dimension of a view, from the largest stride to the smallest: where a slice of the last
dimension begins, into how many parts it is cut, and how long a part is."""


def _nested(length: int, offset: int, size: tuple[int, ...],
            stride: tuple[int, ...]) -> Steps | None:
    """How slicing and reshaping ``length`` elements gives a view; None if its strides do not nest.
    """
    steps: Steps = []
    order = _order(size, stride)
    for level, i in enumerate(order):
        n, s = size[i], stride[i]
        inner = 1 + sum((size[j] - 1) * stride[j] for j in order[level + 1:])
        shift = max(0, offset + n * s - length) if level + 1 < len(order) else 0
        if offset < shift or shift + inner > s:
            return None
        steps.append((offset - shift, n, s))
        offset, length = shift, s
    if any(n > 1 and s == 0 for n, s in zip(size, stride)):
        return None
    return steps or [(offset, 1, 1)]


def _order(size: tuple[int, ...], stride: tuple[int, ...]) -> list[int]:
    """The dimensions with more than one element, from the largest stride to the smallest."""
    return sorted((i for i, n in enumerate(size) if n > 1), key=lambda i: -stride[i])


def _view(base: Any, steps: Steps, size: tuple[int, ...], stride: tuple[int, ...]) -> Any:
    """The view of a 1-dim tensor that the steps lead to."""
    order = _order(size, stride)
    *outer, (start, n, s) = steps
    view = base
    for at, parts, length in outer:
        view = view[..., at:at + parts * length].unflatten(-1, (parts, length))
    view = view[..., start:start + (n - 1) * s + 1:s] if order else view[start]
    view = view.permute([order.index(i) for i in sorted(order)])
    for i, length in enumerate(size):
        if length == 1:
            view = view.unsqueeze(i)
    return view


__all__ = ["STORAGE_TYPES", "BFloat16Storage", "BoolStorage", "ByteStorage", "CharStorage",
           "ComplexDoubleStorage", "ComplexFloatStorage", "DoubleStorage", "FloatStorage",
           "HalfStorage", "IntStorage", "LongStorage", "ShortStorage", "TypedStorage",
           "UntypedStorage", "on_storage", "storage_of"]
