"""Object code put into memory where it can run.

LLVM's own loader comes with all of LLVM, which takes longer to load than a kept program does to
run. Kernels are simple objects, so on Linux and x86-64 they are loaded here: the sections that a
process needs, side by side in memory; the addresses that the code names (:func:`load`); then that
memory is made executable and is never written again. The format is the System V ABI's: ELF-64,
relocatable, with absolute addresses of 64 bits alone, as the large code model has them.
"""

from __future__ import annotations

import ctypes
import functools
import mmap
import platform
import struct
import sys

from ...blas import blas
from ...locks import compiling

LIBRARIES = ("libmvec.so.1", "libm.so.6", "libc.so.6")
"""Where the functions are that kernels call."""
BLOCK = 1 << 18
"""Memory is asked for in pieces of so many bytes."""

READ, WRITE, EXECUTE = 1, 2, 4   # what may be done with memory

SECTION = struct.Struct("<IIQQQQIIQQ")
SYMBOL = struct.Struct("<IBBHQQ")
RELOCATION = struct.Struct("<QQq")
WORD = struct.Struct("<Q")
X86_64, RELOCATABLE = 62, 1
SYMBOLS, ADDRESSES, EMPTY = 2, 4, 8   # kinds of sections
ALLOCATED = 2                         # a section's flag
ABSOLUTE = 1                          # R_X86_64_64
UNWINDING = ".eh_frame"               # nothing is thrown through a kernel


class Section:
    """A section's header."""

    __slots__ = ("align", "flags", "info", "kind", "link", "name", "offset", "size")

    def __init__(self, code: bytes, place: int) -> None:
        (self.name, self.kind, self.flags, _, self.offset, self.size, self.link, self.info,
         self.align, _) = SECTION.unpack_from(code, place)


def loads_here() -> bool:
    """Whether objects for this platform are of the kind that :func:`load` knows."""
    return (sys.platform == "linux" and platform.machine() == "x86_64"
            and ctypes.sizeof(ctypes.c_void_p) == 8)


def load(code: bytes, name: str) -> int:
    """The address of the function ``name`` of an object. ValueError: this is no such object."""
    try:
        return _Object(code).loaded(name)
    except (struct.error, IndexError, KeyError) as error:
        raise ValueError(f"not an object with a function {name}") from error


class _Object:
    def __init__(self, code: bytes) -> None:
        kind, machine = struct.unpack_from("<HH", code, 16)
        if code[:6] != b"\x7fELF\x02\x01" or (kind, machine) != (RELOCATABLE, X86_64):
            raise ValueError("not an object for this machine")
        self.code = code
        offset, = struct.unpack_from("<Q", code, 40)
        size, count, names = struct.unpack_from("<HHH", code, 58)
        self.sections = [Section(code, offset + k * size) for k in range(count)]
        self.names = self.sections[names].offset

    def text(self, offset: int) -> str:
        return self.code[offset:self.code.index(b"\0", offset)].decode()

    def loaded(self, name: str) -> int:
        """Place the sections, write addresses into them, copy them to executable memory."""
        places: dict[int, int] = {}
        end = 0
        for k, section in enumerate(self.sections):
            if section.flags & ALLOCATED and section.size and (
                    self.text(self.names + section.name) != UNWINDING):
                align = max(1, section.align)
                places[k] = end = -(-end // align) * align
                end += section.size
        with compiling:
            base = _room(end)
            image = bytearray(end)
            for k, place in places.items():
                section = self.sections[k]
                if section.kind != EMPTY:
                    image[place:place + section.size] = self.code[
                        section.offset:section.offset + section.size]
            for section in self.sections:
                if section.kind == ADDRESSES and section.info in places:
                    self.relocate(image, places, section, base)
            addresses = dict(self.symbol(section, k, places, base)
                             for section in self.sections if section.kind == SYMBOLS
                             for k in range(section.size // SYMBOL.size))
            address = addresses[name]
            ctypes.memmove(base, bytes(image), end)
            _make_executable(base, end)
            live[address] = base, _whole_pages(end)
        return address

    def relocate(self, image: bytearray, places: dict[int, int], section: Section,
                 base: int) -> None:
        """Write the addresses that the section ``section.info`` names."""
        symbols, place = self.sections[section.link], places[section.info]
        for k in range(section.size // RELOCATION.size):
            offset, info, addend = RELOCATION.unpack_from(
                self.code, section.offset + k * RELOCATION.size)
            if info & 0xffffffff != ABSOLUTE:
                raise ValueError(f"a relocation of kind {info & 0xffffffff}")
            name, address = self.symbol(symbols, info >> 32, places, base)
            if address < 0:
                address = outside(name)
            WORD.pack_into(image, place + offset, address + addend)

    def symbol(self, symbols: Section, k: int, places: dict[int, int],
               base: int) -> tuple[str, int]:
        """The name and the address of a symbol; -1 if it is not in the object's memory."""
        name, _, _, section, value, _ = SYMBOL.unpack_from(
            self.code, symbols.offset + k * SYMBOL.size)
        place = places.get(section)
        return (self.text(self.sections[symbols.link].offset + name),
                -1 if place is None else base + place + value)


@functools.cache
def outside(name: str) -> int:
    """The address of a function of the platform."""
    own = blas()
    given = [own.library] if own is not None and name in own.products.values() else []
    for library in (*given, *LIBRARIES):
        try:
            opened = ctypes.CDLL(library) if isinstance(library, str) else library
            address = ctypes.cast(getattr(opened, name), ctypes.c_void_p).value
        except (OSError, AttributeError):
            continue
        if address:
            return address
    raise ValueError(f"no library has the function {name}")


# ---- memory ----

_block = [0, 0, 0]
"""The memory that was asked for last: where it begins, how long it is, how much of it is used."""
live: dict[int, tuple[int, int]] = {}
"""By the address of a function the pages of its object: where they begin, and how long they are."""


def _room(size: int) -> int:
    """The address of memory for ``size`` bytes that begins with a page.

    Pages are never shared: those with code in them cannot be written.
    """
    size = _whole_pages(size)
    if _block[2] + size > _block[1]:
        length = max(BLOCK, size)
        _give_back(_block[0] + _block[2], _block[1] - _block[2])
        _block[:] = _mapped(length), length, 0
    _block[2] += size
    return _block[0] + _block[2] - size


def free(address: int) -> None:
    """Give back the memory of an object, of which nothing runs any more and nothing will.

    It takes no lock: it is called whenever the last one that refers to the object lets it go.
    """
    base, size = live.pop(address)
    _give_back(base, size)


def _whole_pages(size: int) -> int:
    return -(-max(1, size) // mmap.PAGESIZE) * mmap.PAGESIZE


def _give_back(address: int, size: int) -> None:
    if size and ctypes.CDLL(None).munmap(ctypes.c_void_p(address), ctypes.c_size_t(size)):
        raise OSError("memory of machine code cannot be given back")


def _mapped(length: int) -> int:
    library = ctypes.CDLL(None, use_errno=True)
    library.mmap.restype = ctypes.c_void_p
    address = library.mmap(None, ctypes.c_size_t(length), READ | WRITE,
                           mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, -1, ctypes.c_long(0))
    if address in (None, ctypes.c_void_p(-1).value):
        raise OSError(ctypes.get_errno(), "no memory for machine code")
    return int(address)


def _make_executable(address: int, size: int) -> None:
    library = ctypes.CDLL(None, use_errno=True)
    if library.mprotect(ctypes.c_void_p(address), ctypes.c_size_t(size), READ | EXECUTE):
        raise OSError(ctypes.get_errno(), "memory for machine code cannot be made executable")
