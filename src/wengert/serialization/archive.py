"""The container of PyTorch's files: an uncompressed zip archive, each record aligned to 64 bytes.

:func:`write_archive` writes one from front to back. :class:`Archive` reads the directory of one and
then single records; nothing is believed that the size of the file does not bear out, so no record
takes more memory than the file has bytes.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable
from typing import IO, Any, NoReturn

from .replacing import write_whole

ALIGNMENT = 64
"""Where a record's bytes begin: at a multiple of this."""

LOCAL = struct.Struct("<4s5H3I2H")
CENTRAL = struct.Struct("<4s6H3I5H2I")
END = struct.Struct("<4s4H2IH")
END_64 = struct.Struct("<4sQ2H2I4Q")
LOCATOR_64 = struct.Struct("<4sIQI")
EXTRA = struct.Struct("<2H")

MAGIC = b"PK\x03\x04"
ENCRYPTED, UTF_8 = 1, 1 << 11
DATE = (1 << 5) | 1
"""The first of January 1980, the date of every record: equal contents make equal files."""
FULL, FULL_16 = 0xFFFFFFFF, 0xFFFF
"""Instead of a number that is in a 64-bit field elsewhere."""
ZIP_64, PADDING = 1, 0x4246
"""The tags of extra fields: numbers of 64 bits, and PyTorch's padding."""


# ---- writing ----


def write_archive(out: IO[bytes], records: Iterable[tuple[str, Any]]) -> None:
    """Write records, pairs of a name and bytes (or another buffer), and the directory."""
    at = 0
    directory = []
    for name, data in records:
        view = memoryview(data)
        encoded, crc = name.encode(), zlib.crc32(view)
        wide = struct.pack("<2H2Q", ZIP_64, 16, len(view), len(view)) if (
            len(view) >= FULL) else b""
        extra = wide + _padding(at + LOCAL.size + len(encoded) + len(wide))
        size = FULL if wide else len(view)
        write_whole(out, LOCAL.pack(MAGIC, 0, UTF_8, 0, 0, DATE, crc, size, size, len(encoded),
                                    len(extra)) + encoded + extra)
        write_whole(out, view)
        directory.append(_directory_entry(encoded, crc, len(view), at))
        at += LOCAL.size + len(encoded) + len(extra) + len(view)
    listed = b"".join(directory)
    write_whole(out, listed + _end(len(directory), len(listed), at))


def _padding(at: int) -> bytes:
    """An extra field after which the next byte is aligned, if it begins at ``at``."""
    length = -(at + EXTRA.size) % ALIGNMENT
    return EXTRA.pack(PADDING, length) + b"Z" * length


def _directory_entry(name: bytes, crc: int, size: int, at: int) -> bytes:
    wide = [n for n in (size, size, at) if n >= FULL]
    extra = EXTRA.pack(ZIP_64, 8 * len(wide)) + struct.pack(f"<{len(wide)}Q", *wide) if (
        wide) else b""
    short = min(size, FULL)
    return CENTRAL.pack(b"PK\x01\x02", 0, 0, UTF_8, 0, 0, DATE, crc, short, short, len(name),
                        len(extra), 0, 0, 0, 0, min(at, FULL)) + name + extra


def _end(count: int, size: int, at: int) -> bytes:
    wide = b""
    if count >= FULL_16 or at + size >= FULL:
        wide = END_64.pack(b"PK\x06\x06", END_64.size - 12, 45, 45, 0, 0, count, count, size, at)
        wide += LOCATOR_64.pack(b"PK\x06\x07", 0, at + size, 1)
    few = min(count, FULL_16)
    return wide + END.pack(b"PK\x05\x06", 0, 0, few, few, min(size, FULL), min(at, FULL), 0)


# ---- reading ----


def refuse(why: str) -> NoReturn:
    """RuntimeError: this archive is damaged, or none that PyTorch wrote."""
    raise RuntimeError(f"PytorchStreamReader failed reading zip archive: {why}. The file is "
                       "damaged or incomplete, or PyTorch did not write it")


class Source:
    """A file to read from, with its size."""

    def __init__(self, file: IO[bytes], memory: Any = None) -> None:
        self.file = file
        self.memory = memory
        """The file mapped into memory, if it is."""
        self.start, self.size = 0, len(memory or b"")
        if memory is None:
            self.start = file.tell()
            file.seek(0, 2)
            self.size = file.tell() - self.start

    def read(self, at: int, length: int) -> bytes:
        """``length`` bytes from ``at`` on; RuntimeError if they are not there."""
        if at < 0 or length < 0 or at + length > self.size:
            refuse(f"{length} bytes at {at} lie outside of its {self.size} bytes")
        if self.memory is not None:
            return bytes(self.memory[at:at + length])
        self.file.seek(self.start + at)
        found = self.file.read(length)
        if len(found) == length:
            return found
        parts, left = [], length   # a raw file may read less than it is asked for
        while found:
            parts.append(found)
            left -= len(found)
            found = self.file.read(left) if left > 0 else b""
        if left:
            refuse("it became shorter while it was read")
        return b"".join(parts)


class Archive:
    """The records of an archive: :attr:`names`, and :meth:`read` for the bytes of one."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self._records: dict[str, tuple[int, int, int, int]] = {}
        """By name: where its header is, its size, its checksum, where the next thing begins."""
        start, size, count = self._directory()
        entries = list(_entries(source.read(start, size), count))
        entries.sort(key=lambda entry: entry[1])
        ends = [*(entry[1] for entry in entries[1:]), start]
        for (name, at, length, crc), end in zip(entries, ends):
            if at + LOCAL.size + len(name.encode()) + length > end:
                refuse(f"the record {name!r} overlaps what follows it")
            if name in self._records:
                refuse(f"there are two records {name!r}")
            self._records[name] = (at, length, crc, end)
        self.prefix = self._prefix()

    def _prefix(self) -> str:
        """The folder in which all records lie."""
        for name in self._records:
            folder, slash, rest = name.partition("/")
            if slash and rest == "data.pkl":
                return folder + slash
        refuse("there is no record data.pkl")

    def __contains__(self, name: str) -> bool:
        return self.prefix + name in self._records

    def size(self, name: str) -> int:
        """The number of bytes of a record; RuntimeError if it is not there."""
        return self._record(name)[1]

    def place(self, name: str) -> tuple[int, int]:
        """Where the bytes of a record begin, and how many there are."""
        at, length, _, end = self._record(name)
        header = self.source.read(at, LOCAL.size)
        magic, _, flags, method, *_, named, extra = LOCAL.unpack(header)
        whole = (self.prefix + name).encode()
        if magic != MAGIC or method or flags & ENCRYPTED or (
                self.source.read(at + LOCAL.size, named) != whole):
            refuse(f"the header of the record {name!r} is not that of the directory")
        first = at + LOCAL.size + named + extra
        if first + length > end:
            refuse(f"the record {name!r} overlaps what follows it")
        return first, length

    def read(self, name: str) -> bytes:
        """The bytes of a record; RuntimeError if it is not there, or damaged."""
        data = self.source.read(*self.place(name))
        crc = self._record(name)[2]
        if crc and zlib.crc32(data) != crc:   # 0: PyTorch was told to write none
            refuse(f"the record {name!r} is damaged: its checksum is another")
        return data

    def _record(self, name: str) -> tuple[int, int, int, int]:
        found = self._records.get(self.prefix + name)
        if found is None:
            refuse(f"there is no record {name!r}")
        return found

    def _directory(self) -> tuple[int, int, int]:
        """Where the directory begins, how long it is, and how many records it lists."""
        tail = self.source.read(max(0, self.source.size - END.size - FULL_16),
                                min(self.source.size, END.size + FULL_16))
        at = tail.rfind(b"PK\x05\x06")
        if at < 0 or at + END.size > len(tail):
            refuse("failed finding central directory")
        _, disk, other, _, count, size, start, comment = END.unpack_from(tail, at)
        if disk or other or at + END.size + comment > len(tail):
            refuse("failed finding central directory")
        end = self.source.size - len(tail) + at
        wide = end - LOCATOR_64.size
        if wide >= 0 and self.source.read(wide, 4) == b"PK\x06\x07":
            _, _, end, _ = LOCATOR_64.unpack(self.source.read(wide, LOCATOR_64.size))
            magic, *_, count, size, start = END_64.unpack(self.source.read(end, END_64.size))
            if magic != b"PK\x06\x06":
                refuse("failed finding central directory")
        if start + size > end or count * CENTRAL.size > size:
            refuse("the central directory lies outside of the file")
        return start, size, count


def _entries(listed: bytes, count: int) -> Iterable[tuple[str, int, int, int]]:
    """For each record its name, where its header is, its size, and its checksum."""
    at = 0
    for _ in range(count):
        if at + CENTRAL.size > len(listed):
            refuse("the central directory is incomplete")
        (magic, _, _, flags, method, _, _, crc, packed, size, named, extra, comment, _, _, _,
         header) = CENTRAL.unpack_from(listed, at)
        at += CENTRAL.size
        if magic != b"PK\x01\x02" or at + named + extra + comment > len(listed):
            refuse("the central directory is damaged")
        name = _name(listed[at:at + named])
        size, packed, header = _wide(listed[at + named:at + named + extra], size, packed, header)
        at += named + extra + comment
        _check_that_it_is_no_program(name)
        if flags & ENCRYPTED:
            refuse(f"the record {name!r} is encrypted")
        if method or packed != size:
            refuse(f"the record {name!r} is compressed, and PyTorch writes none such")
        yield name, header, size, crc


def _check_that_it_is_no_program(name: str) -> None:
    """NotImplementedError if an archive with such a record holds a compiled program."""
    rest = name.partition("/")[2]
    kind = ("TorchScript archive" if rest.startswith("code/") or rest == "constants.pkl" else
            "torch.export archive" if rest in ("archive_format", "models/model.json") else "")
    if kind:
        raise NotImplementedError(
            f"the file is a {kind}: a program for PyTorch's own machine, which is not here. Build "
            "the module in Python and load its state_dict, which PyTorch saves with "
            + ("torch.save(torch.jit.load(f).state_dict(), g)" if kind[5] == "S" else
               "torch.save(torch.export.load(f).state_dict, g)"))


def _name(encoded: bytes) -> str:
    try:
        return encoded.decode()
    except UnicodeDecodeError:
        refuse("the name of a record is no text")


def _wide(extra: bytes, *numbers: int) -> list[int]:
    """The numbers of a directory entry, those that were too large taken from its extra field."""
    found = list(numbers)
    at = 0
    while at + EXTRA.size <= len(extra):
        tag, length = EXTRA.unpack_from(extra, at)
        field = extra[at + EXTRA.size:at + EXTRA.size + length]
        if tag == ZIP_64:
            for i, number in enumerate(found):
                if number == FULL and len(field) >= 8:
                    found[i] = int.from_bytes(field[:8], "little")
                    field = field[8:]
        at += EXTRA.size + length
    return found
