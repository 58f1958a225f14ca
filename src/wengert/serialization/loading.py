"""``torch.load``: from a file to the object that was saved, without running code of the file.

:func:`load` opens the file and finds out its format; :class:`Loader` is the machine of
``machine.py`` with the names of ``rebuilding.py``; a :class:`ZipStorages` or ``LegacyStorages``
(``legacy.py``) has the bytes.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import sys
from collections.abc import Iterator
from mmap import ACCESS_READ, mmap
from pickle import UnpicklingError
from typing import Any, Protocol

import numpy as np

from ..engine.devices import device
from ..engine.dtypes import DType, uint8
from ..engine.lazy import lazy
from ..nn.modules.module import Module
from ..tensors.storage import STORAGE_TYPES, TypedStorage, UntypedStorage
from .allowed import safe_names
from .archive import MAGIC, Archive, Source
from .arrays import ARRAYS, set_state
from .machine import ENTRY, FIRST_KEY, Machine, Survey, refuse
from .plain import PLAIN, is_settings
from .rebuilding import (
    CALLED,
    NOT_HERE,
    VALUES,
    module_class,
    neural_function,
    with_attributes,
)

OLD_NAMES = {"__builtin__": "builtins", "copy_reg": "copyreg"}
"""Modules of Python 2, by which protocol 2 calls them still."""
OBJECT = 256
"""What an object takes without what it holds, in bytes."""
COPIES = 2
"""So many copies of the bytes of a storage may a file make (conjugated, negated)."""


class Storages(Protocol):
    """Where the bytes of storages are."""

    def read(self, key: str, dtype: DType, numel: int) -> UntypedStorage:
        """The bytes of the storage ``key``; an error if there are not ``numel`` elements."""


def load(f: Any, map_location: Any = None, pickle_module: Any = None, *,
         weights_only: bool | None = None, mmap: bool | None = None,
         **pickle_load_args: Any) -> Any:
    """See :func:`wengert.serialization.load`."""
    check_pickle_module(pickle_module)
    with opened(f, bool(mmap)) as source:
        loader = _machine(source, map_location, weights_only is not False)
        return loader.run()


def get_unsafe_globals_in_checkpoint(f: Any) -> list[str]:
    """The full names of what a file names and :func:`load` would refuse."""
    with opened(f, False) as source:
        if source.size >= 4 and source.read(0, 4) == MAGIC:
            survey = Survey(Archive(source).read("data.pkl"))
        else:
            legacy = lazy("serialization.legacy")
            legacy.check_magic(source.read(0, min(source.size, legacy.HEAD_BYTES)))
            data = source.read(0, source.size)
            survey = Survey(legacy.read_legacy(data).program)
        survey.run()
    known = CALLED.keys() | VALUES.keys() | safe_names().keys()
    names = [_full_name(*each) for each in survey.globals]
    return [name for name in names if name not in known]


def check_pickle_module(module: Any) -> None:
    """NotImplementedError for another pickler than Python's."""
    if module is not None and module is not pickle:
        raise NotImplementedError("pickle_module is not supported: files are read and written by "
                                  "the library itself, which never runs code of a file")


@contextlib.contextmanager
def opened(f: Any, mapped: bool) -> Iterator[Source]:
    """A file by name, or one that is open already."""
    if isinstance(f, (str, os.PathLike)):
        with open(f, "rb") as file:
            if mapped and os.fstat(file.fileno()).st_size:
                yield Source(file, mmap(file.fileno(), 0, access=ACCESS_READ))
            else:
                yield Source(file)
        return
    if mapped:
        raise ValueError("f must be a file path in order to use the mmap argument")
    if not (hasattr(f, "read") and hasattr(f, "seek") and hasattr(f, "tell")):
        raise AttributeError(
            f"'{type(f).__name__}' object has no attribute 'read', 'seek' or 'tell'. You can only "
            "torch.load from a file that is seekable. Please pre-load the data into a buffer like "
            "io.BytesIO and try to load from it instead.")
    yield Source(f)


def _machine(source: Source, map_location: Any, weights_only: bool) -> Loader:
    if not source.size:
        raise EOFError("Ran out of input: the file is empty")
    if source.size >= 4 and source.read(0, 4) == MAGIC:
        archive = Archive(source)
        return Loader(archive.read("data.pkl"), ZipStorages(archive), map_location, weights_only)
    legacy = lazy("serialization.legacy")
    # Before all else is read:
    legacy.check_magic(source.read(0, min(source.size, legacy.HEAD_BYTES)))
    data = source.read(0, source.size)
    contents = legacy.read_legacy(data)
    storages = legacy.LegacyStorages(data, contents)
    return Loader(contents.program, storages, map_location, weights_only)


class ZipStorages:
    """The storages of an archive: a record each."""

    def __init__(self, archive: Archive) -> None:
        self.archive = archive
        order = archive.read("byteorder") if "byteorder" in archive else b"little"
        if order not in (b"little", b"big"):
            raise ValueError(f"Unknown endianness type: {order!r}")
        self.swapped = order.decode() != sys.byteorder

    def read(self, key: str, dtype: DType, numel: int) -> UntypedStorage:
        """The bytes of a record; UnpicklingError if it is not there, or of another size."""
        name = f"data/{key}"
        if name not in self.archive:
            refuse(f"the storage {key!r} is not in the file")
        there = self.archive.size(name)
        if there != numel * dtype.itemsize:
            refuse(f"the storage {key!r} has {there} bytes, and {numel} elements of {dtype} are "
                   f"{numel * dtype.itemsize}")
        return UntypedStorage.of_bytes(as_bytes(self._data(name, dtype), dtype, self.swapped))

    def _data(self, name: str, dtype: DType) -> Any:
        memory = self.archive.source.memory
        if memory is None:
            return self.archive.read(name)
        first, length = self.archive.place(name)
        if first % dtype.itemsize:
            return bytes(memory[first:first + length])
        return memoryview(memory)[first:first + length]


def as_bytes(data: Any, dtype: DType, swapped: bool) -> Any:
    """The uint8 array of a buffer that holds elements of ``dtype``, in this machine's order."""
    array = np.frombuffer(data, np.uint8)
    if not swapped:
        return array
    part = dtype.itemsize // 2 if dtype.is_complex else dtype.itemsize
    return np.ascontiguousarray(array.reshape(-1, part)[:, ::-1]).reshape(-1)


class Loader(Machine):
    """Runs the pickle of a file that holds tensors."""

    def __init__(self, data: bytes, storages: Storages, map_location: Any,
                 weights_only: bool) -> None:
        super().__init__(data)
        self.storages = storages
        self.map_location = map_location
        self.weights_only = weights_only
        self.safe = safe_names()
        self.trusted = set(map(id, self.safe.values()))
        self.callable = set(map(id, [*CALLED.values(), *ARRAYS.values(), *PLAIN.values()]))
        self.modules: set[type] = set()
        self.loaded: dict[str, TypedStorage] = {}

    def run(self) -> Any:
        """The object of the file; what a damaged file leads to is an UnpicklingError."""
        try:
            return super().run()
        except UnpicklingError as error:
            raise UnpicklingError(f"Weights only load failed. {error}") from error.__cause__
        except (TypeError, ValueError, OverflowError, AttributeError) as error:
            raise UnpicklingError("Weights only load failed. The file is damaged, or a class of "
                                  f"add_safe_globals failed: {type(error).__name__}: {error}"
                                  ) from error

    def find(self, module: str, name: str) -> Any:
        full = _full_name(module, name)
        if full in self.safe:
            return self.safe[full]
        for known in (CALLED, VALUES):
            if full in known:
                return known[full]
        if full in NOT_HERE:
            raise NotImplementedError(f"{full}: the file holds a tensor of a kind that is not "
                                      "supported; see docs/differences.md")
        if not self.weights_only:
            for known in (ARRAYS, PLAIN):
                if full in known:
                    return known[full]
            kind = module_class(module, name)
            if kind is not None:
                self.modules.add(kind)
            found = kind or neural_function(module, name)
            if found is not None:
                return found
        refuse(_unsupported(full, name, self.weights_only))

    def call(self, function: Any, args: tuple[Any, ...]) -> Any:
        if id(function) in self.trusted:
            self.spend_for(args)
            return function(*args)
        if id(function) in self.callable:
            return function(self.spend, *args)
        refuse(f"Calling {_described(function)} is not allowed")

    def new(self, kind: Any, args: tuple[Any, ...], named: dict[str, Any]) -> Any:
        if isinstance(kind, type) and id(kind) in self.trusted:
            self.spend_for((*args, *named.values()))
            return kind.__new__(kind, *args, **named)
        if isinstance(kind, type) and kind in self.modules and not args and not named:
            self.spend(OBJECT)
            return object.__new__(kind)
        if isinstance(kind, type) or id(kind) not in self.callable or named:
            refuse(f"An object of {_described(kind)} is not allowed")
        return kind(self.spend, *args)

    def spend_for(self, args: tuple[Any, ...]) -> None:
        """Pay for what a function of the user's may make of ``args``: an object, or copies."""
        self.spend(OBJECT + sum(8 * len(arg) for arg in args if isinstance(
            arg, (list, tuple, dict, set, frozenset))) + sum(
                len(arg) for arg in args if isinstance(arg, (str, bytes, bytearray))))

    def build(self, target: Any, state: Any) -> Any:
        kind: Any = type(target)
        if id(kind) in self.trusted:
            self.spend_for((state, *state) if isinstance(state, tuple) else (state,))
            return _restored(target, state)
        if kind in self.modules:
            if not isinstance(state, dict) or not all(type(name) is str for name in state):
                refuse(f"the state of a {kind.__name__} is no dict of names")
            self.spend(FIRST_KEY + ENTRY * len(state))
            Module.__setstate__(target, state)   # with what files of older versions have not
            return target
        if is_settings(kind):
            return with_attributes(self.spend, target, state)
        if kind is np.ndarray or isinstance(target, np.dtype):
            set_state(self.spend, target, state)
            return target
        if kind.__name__ in ("OrderedDict", "Counter") and kind.__module__ == "collections":
            return with_attributes(self.spend, target, state)
        refuse(f"Can only set the state of dicts and of classes in add_safe_globals, not of "
               f"{_described(kind)}")

    def persistent(self, name: Any) -> Any:
        if isinstance(name, tuple) and name[:1] == ("module",) and len(name) == 4 and (
                name[1] in self.modules):
            return name[1]   # beside it is its source, of which nothing is read
        if not isinstance(name, tuple) or not name or name[0] != "storage":
            refuse(f"Only storages may lie outside of the pickle, not {_kind_of(name)!r}")
        if len(name) not in (5, 6):
            refuse("a storage of the file is damaged")
        kind, key, location, numel = name[1:5]
        if len(name) == 6 and name[5] is not None:
            raise NotImplementedError("the file is of a PyTorch before 0.4, with views of storages")
        if not isinstance(kind, type) or not issubclass(kind, (TypedStorage, UntypedStorage)):
            refuse("a storage of the file has no type")
        if type(key) is not str or type(location) is not str or type(numel) is not int:
            refuse("a storage of the file is damaged")
        dtype = uint8 if issubclass(kind, UntypedStorage) else getattr(kind, "of_dtype", None)
        if dtype is None or numel < 0:
            refuse("a storage of the file has no dtype, or a negative length")
        found = self.loaded.get(key)
        if found is None:
            untyped = placed(self.storages.read(key, dtype, numel), location, self.map_location)
            self.worth += COPIES * untyped.nbytes()
            found = self.loaded[key] = STORAGE_TYPES[dtype](wrap_storage=untyped, dtype=dtype)
        elif found.dtype is not dtype or found.size() != numel:
            refuse(f"the storage {key!r} is told to be of two kinds")
        return found


def _restored(target: Any, state: Any) -> Any:
    """An object of a class that the user has added, with its state as pickle sets it."""
    if hasattr(target, "__setstate__"):
        target.__setstate__(state)
        return target
    slots = None
    if isinstance(state, tuple) and len(state) == 2:
        state, slots = state
    for name, value in (state or {}).items():
        vars(target)[name] = value
    for name, value in (slots or {}).items():
        setattr(target, name, value)
    return target


def placed(storage: UntypedStorage, location: str, map_location: Any) -> UntypedStorage:
    """A storage that was saved at ``location``, where ``map_location`` wants it: on the CPU."""
    if callable(map_location):
        found = map_location(storage, location)
        if found is not None:
            if isinstance(found, TypedStorage):
                return found.untyped()
            if not isinstance(found, UntypedStorage):
                raise TypeError("map_location must return a storage or None, not "
                                f"{type(found).__name__}")
            return found
    elif isinstance(map_location, dict):
        location = str(map_location.get(location, location))
    elif map_location is not None:
        location = str(device(map_location))
    if location.partition(":")[0] == "cpu":
        return storage
    name = location.partition(":")[0].upper()
    raise RuntimeError(
        f"Attempting to deserialize object on a {name} device but torch.{name.lower()}.is_available"
        "() is False. If you are running on a CPU-only machine, please use torch.load with "
        "map_location=torch.device('cpu') to map your storages to the CPU.")


def _full_name(module: str, name: str) -> str:
    return f"{OLD_NAMES.get(module, module)}.{name}"


def _unsupported(full: str, name: str, weights_only: bool) -> str:
    text = (f"Unsupported global: GLOBAL {full} was not an allowed global by default. A file never "
            f"runs code here. If {full} may be called with whatever a file says, use "
            f"`torch.serialization.add_safe_globals([{name}])` or the "
            f"`torch.serialization.safe_globals([{name}])` context manager")
    more = "" if weights_only else (
        "; weights_only=False adds only the classes of modules that the program has loaded")
    return f"{text}{more}."


def _described(kind: Any) -> str:
    return f"{getattr(kind, '__module__', '?')}.{getattr(kind, '__qualname__', repr(type(kind)))}"


def _kind_of(name: Any) -> str:
    first = name[0] if isinstance(name, tuple) and name else name
    return first if type(first) is str else type(first).__name__
