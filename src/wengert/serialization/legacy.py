"""The format of PyTorch before 1.6: pickles one after the other, then the bytes of the storages.

They are: a magic number, the version of the format, facts about the machine, the object, the keys
of the storages; then for each key the number of elements, as 8 bytes, and the elements.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..engine.dtypes import ALL, DType
from ..tensors.storage import UntypedStorage
from .machine import Machine, Named, Survey, refuse

MAGIC_NUMBER = 0x1950A86A20F9469CFC6C
VERSION = 1001
HEAD_BYTES = 256
"""The magic number, pickled, is shorter."""

_ITEMSIZE = {f"{dtype.legacy_name}Storage": dtype.itemsize for dtype in ALL}


@dataclass(frozen=True)
class Contents:
    """Where things are in a file."""

    program: bytes
    """The pickle of the object."""
    places: dict[str, tuple[int, int]]
    """By key where the elements of a storage begin, and how many bytes they are."""
    swapped: bool
    """Whether the machine that wrote it had the other order of bytes."""


def read_legacy(data: bytes) -> Contents:
    """The contents of a file; UnpicklingError if it is none of this format."""
    version = _next(data, check_magic(data))
    if version.found != VERSION:
        refuse(f"the version of the file's format is not {VERSION}")
    facts = _next(data, version.at)
    survey = Survey(data, facts.at)
    survey.run()
    keys = _next(data, survey.at)
    if not isinstance(keys.found, list) or not all(type(key) is str for key in keys.found):
        refuse("the keys of the file's storages are damaged")
    little = facts.found.get("little_endian", True) if isinstance(facts.found, dict) else True
    places = _places(data, keys.at, keys.found, _itemsizes(survey.outside))
    return Contents(data[facts.at:survey.at], places, little != (sys.byteorder == "little"))


def check_magic(data: bytes) -> int:
    """Where the magic number at the beginning of a file ends; UnpicklingError for none."""
    head = _next(data[:HEAD_BYTES], 0)
    if type(head.found) is not int or head.found != MAGIC_NUMBER:
        refuse("the file begins neither as an archive of PyTorch nor with its old magic number")
    return head.at


class _next:
    """The plain object of the pickle at ``at``, and where it ends."""

    def __init__(self, data: bytes, at: int) -> None:
        machine = Machine(data, at)
        self.found: Any = machine.run()
        self.at = machine.at


def _itemsizes(outside: list[Any]) -> dict[str, int]:
    """By key the size of the elements of each storage that the object refers to."""
    found = {}
    for name in outside:
        if isinstance(name, tuple) and len(name) >= 5 and isinstance(name[1], Named):
            size = _ITEMSIZE.get(name[1].name)
            if size is not None and type(name[2]) is str:
                found[name[2]] = size
    return found


def _places(data: bytes, at: int, keys: list[str], sizes: dict[str, int]
            ) -> dict[str, tuple[int, int]]:
    places = {}
    for key in keys:
        if key not in sizes or at + 8 > len(data):
            refuse(f"the storage {key!r} of the file is damaged, or of a dtype that is not here")
        length = int.from_bytes(data[at:at + 8], "little", signed=True) * sizes[key]
        at += 8
        if length < 0 or at + length > len(data):
            refuse(f"the storage {key!r} of the file is incomplete")
        places[key] = at, length
        at += length
    return places


class LegacyStorages:
    """The storages of such a file."""

    def __init__(self, data: bytes, contents: Contents) -> None:
        self.data, self.contents = data, contents

    def read(self, key: str, dtype: DType, numel: int) -> UntypedStorage:
        """The bytes of a storage; UnpicklingError if it is not there, or of another size."""
        at, length = self.contents.places.get(key, (0, -1))
        if length != numel * dtype.itemsize:
            refuse(f"the storage {key!r} is not in the file, or has another size")
        array = np.frombuffer(self.data, np.uint8, length, at) if length else np.empty(0, np.uint8)
        part = dtype.itemsize // 2 if dtype.is_complex else dtype.itemsize
        step = -1 if self.contents.swapped else 1
        return UntypedStorage.of_bytes(array.reshape(-1, part)[:, ::step].reshape(-1).copy())
