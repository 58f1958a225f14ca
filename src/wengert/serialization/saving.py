"""``torch.save``: an object with tensors in it as a file that PyTorch reads.

:class:`Pickler` writes the names that PyTorch has for things, and puts the memory of tensors aside;
``replacing.py`` makes sure that a file is either the old one or the new one, whole.
"""

from __future__ import annotations

import os
import pickle
import sys
import zlib
from collections import OrderedDict
from collections.abc import Iterator
from io import BytesIO
from types import FunctionType
from typing import IO, Any

from ..engine.devices import device, layout
from ..engine.dtypes import DType
from ..engine.random_stream import Generator
from ..nn import functional
from ..nn.parameter import Parameter
from ..tensors.operators import Tensor
from ..tensors.size import Size
from ..tensors.storage import STORAGE_TYPES, TypedStorage, UntypedStorage
from .archive import ALIGNMENT, write_archive
from .loading import check_pickle_module
from .replacing import replacing

OURS = f"{__name__.partition('.')[0]}."
VERSION = b"3\n"


def save(obj: Any, f: Any, pickle_module: Any = None, pickle_protocol: int = 2,
         _use_new_zipfile_serialization: bool = True,
         _disable_byteorder_record: bool = False) -> None:
    """See :func:`wengert.serialization.save`."""
    check_pickle_module(pickle_module)
    if not _use_new_zipfile_serialization:
        raise NotImplementedError("the format of PyTorch before 1.6 is read, but not written")
    buffer = BytesIO()
    pickler = Pickler(buffer, pickle_protocol)
    pickler.dump(obj)
    records = _records(buffer.getvalue(), pickler.storages, not _disable_byteorder_record)
    if isinstance(f, (str, os.PathLike)):
        name = os.path.splitext(os.path.basename(os.fspath(f)))[0]
        with replacing(os.fspath(f)) as file:
            write_archive(file, _in_folder(name if isinstance(name, str) else "archive", records))
    elif hasattr(f, "write"):
        write_archive(f, _in_folder("archive", records))
    else:
        raise AttributeError(f"expected 'f' to be string, path, or a file-like object with a "
                             f"'write' attribute, got {type(f).__name__}")


def _records(program: bytes, storages: list[UntypedStorage],
             with_order: bool) -> Iterator[tuple[str, Any]]:
    yield "data.pkl", program
    yield ".format_version", b"1"
    yield ".storage_alignment", str(ALIGNMENT).encode()
    if with_order:
        yield "byteorder", sys.byteorder.encode()
    crc = zlib.crc32(program)
    for key, storage in enumerate(storages):
        memory = storage.memory()
        crc = zlib.crc32(memory.data, crc)
        yield f"data/{key}", memory.data
    yield "version", VERSION
    yield ".data/serialization_id", f"{zlib.crc32(program):020d}{crc:020d}".encode()


def _in_folder(folder: str, records: Iterator[tuple[str, Any]]) -> Iterator[tuple[str, Any]]:
    for name, data in records:
        yield f"{folder or 'archive'}/{name}", data


# ---- the pickle ----


class Name:
    """A function of PyTorch's by name: it is written, and never called."""

    def __init__(self, module: str, name: str) -> None:
        self.module, self.name = module, name

    def __call__(self, *args: Any) -> Any:
        raise AssertionError(f"{self.module}.{self.name} is a name")


REBUILD_TENSOR = Name("torch._utils", "_rebuild_tensor_v2")
REBUILD_PARAMETER = Name("torch._utils", "_rebuild_parameter")
REBUILD_PARAMETER_WITH_STATE = Name("torch._utils", "_rebuild_parameter_with_state")
REBUILD_FROM_TYPE = Name("torch._tensor", "_rebuild_from_type_v2")
GET_LAYOUT = Name("torch.serialization", "_get_layout")

NAMES: dict[Any, tuple[str, str]] = {
    Tensor: ("torch", "Tensor"),
    Size: ("torch", "Size"),
    device: ("torch", "device"),
    Parameter: ("torch.nn.parameter", "Parameter"),
    UntypedStorage: ("torch.storage", "UntypedStorage"),
    **{kind: ("torch", kind.__name__) for kind in STORAGE_TYPES.values()},
}


class Aside:
    """Memory that is not in the pickle: elements of a dtype, of which it has the key."""

    def __init__(self, key: str, dtype: DType, numel: int) -> None:
        self.name = ("storage", STORAGE_TYPES[dtype], key, "cpu", numel)


_Base: Any = vars(pickle)["_Pickler"]
"""Python's pickler in Python: unlike the one in C, it can be told to write other names."""


class Pickler(_Base):  # type: ignore[misc]
    """Writes a pickle in which things have PyTorch's names."""

    dispatch = _Base.dispatch.copy()

    def __init__(self, file: IO[bytes], protocol: int) -> None:
        super().__init__(file, protocol)
        self.storages: list[UntypedStorage] = []
        self._keys: dict[int, tuple[str, DType, int]] = {}
        self._alive: list[Any] = []

    def persistent_id(self, obj: Any) -> Any:
        if isinstance(obj, Aside):
            return obj.name
        if isinstance(obj, TypedStorage):
            return self._aside(obj.untyped(), obj.dtype).name
        if isinstance(obj, UntypedStorage):
            return "storage", UntypedStorage, self._aside(obj, None).name[2], "cpu", obj.nbytes()
        return None

    def reducer_override(self, obj: Any) -> Any:
        if isinstance(obj, Tensor):
            return self._tensor(obj)
        if isinstance(obj, DType):
            return obj.name
        if isinstance(obj, layout):
            return GET_LAYOUT, (obj.name,)
        if isinstance(obj, Generator):
            raise pickle.PicklingError("cannot pickle a torch.Generator: save its get_state()")
        return NotImplemented

    def _tensor(self, tensor: Any) -> Any:
        kind, state = type(tensor), dict(tensor.__dict__) or None
        make, args = self._maker(tensor)
        if kind is Parameter and state:
            return REBUILD_PARAMETER_WITH_STATE, (*args, state)
        if kind in (Tensor, Parameter) and not state:
            return make, args
        return REBUILD_FROM_TYPE, (make, kind, args, state or {})

    def _maker(self, tensor: Any) -> tuple[Name, tuple[Any, ...]]:
        """What rebuilds a tensor without its attributes, and the arguments."""
        hooks: OrderedDict[int, Any] = OrderedDict()
        if issubclass(type(tensor), Parameter):
            return REBUILD_PARAMETER, (tensor.detach(), tensor.requires_grad, hooks)
        aside = self._aside(tensor.untyped_storage(), tensor.dtype)
        return REBUILD_TENSOR, (aside, tensor.storage_offset(), tuple(tensor.shape),
                                tuple(tensor.stride()), tensor.requires_grad, hooks)

    def _aside(self, storage: UntypedStorage, dtype: DType | None) -> Aside:
        """Memory put aside, once however many tensors share it."""
        root = storage.root
        if id(root) not in self._keys:
            if dtype is None:
                raise NotImplementedError("an UntypedStorage is saved only together with a tensor "
                                          "on it; save a uint8 tensor")
            numel = storage.nbytes() // dtype.itemsize
            self._keys[id(root)] = str(len(self.storages)), dtype, numel
            self._alive.append(root)
            self.storages.append(storage)
        key, known, numel = self._keys[id(root)]
        if dtype is not None and known is not dtype:
            raise RuntimeError(
                "Cannot save multiple tensors or storages that view the same data as different "
                f"types ({known} and {dtype}): clone() one of them")
        return Aside(key, known, numel)

    def save_global(self, obj: Any, name: str | None = None) -> None:
        found = _torch_name(obj, name)
        if found is None:
            super().save_global(obj, name)
            return
        if self.proto >= 4:
            self.save(found[0])
            self.save(found[1])
            self.write(pickle.STACK_GLOBAL)
        else:
            self.write(pickle.GLOBAL + "{}\n{}\n".format(*found).encode())
        self.memoize(obj)

    def save_name(self, obj: Name) -> None:
        """Write a name of PyTorch's."""
        self.save_global(obj)

    dispatch[Name] = save_name
    dispatch[FunctionType] = save_global


def _torch_name(obj: Any, name: str | None) -> tuple[str, str] | None:
    """The module and name that PyTorch has for something of ours; None for all else."""
    if isinstance(obj, Name):
        return obj.module, obj.name
    if isinstance(obj, DType):
        return "torch", obj.name
    if isinstance(obj, type) and obj in NAMES:
        return NAMES[obj]
    own_name = getattr(obj, "__name__", None)
    if isinstance(own_name, str) and vars(functional).get(own_name) is obj:
        return "torch.nn.functional", own_name
    module = getattr(obj, "__module__", None)
    if isinstance(module, str) and module.startswith(OURS):
        return f"torch.{module[len(OURS):]}", name or obj.__qualname__
    return None
