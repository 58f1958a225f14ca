"""Machine code from LLVM IR: the target, the cache in memory, the cache on disk.

:func:`compiled` gives the address of a kernel for its text. Equal text is compiled once in a
process, and once on a machine: object code is kept in a directory (``WENGERT_CACHE_DIR``), under a
key that holds the text, the processor and the versions, with a checksum; whatever does not fit is
made anew.
"""

from __future__ import annotations

import contextlib
import ctypes
import functools
import hashlib
import os
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import llvmlite
import llvmlite.binding as llvm

from ...config import config
from . import functions
from .objects import layout

FORMAT = 2
MAGIC = b"wengert-object\n"
KEPT_BYTES = 256 << 20
"""The cache on disk forgets its oldest entries beyond this size."""

counters = {"compiled": 0, "from disk": 0, "from memory": 0, "seconds": 0.0}
"""How many kernels were compiled, loaded, and found; the seconds that compiling took."""


class Compiler:
    """The target machine and what was compiled for it."""

    def __init__(self) -> None:
        with contextlib.suppress(RuntimeError):  # newer versions of LLVM need no initialisation
            llvm.initialize()
        llvm.initialize_native_target()
        llvm.initialize_native_asmprinter()
        if functions.libmvec() is not None:
            llvm.load_library_permanently("libmvec.so.1")
        self.cpu = llvm.get_host_cpu_name()
        self.features = llvm.get_host_cpu_features().flatten()
        self.triple = llvm.get_process_triple()
        self.machine = llvm.Target.from_triple(self.triple).create_target_machine(
            cpu=self.cpu, features=self.features, opt=2, reloc="default", codemodel="jitdefault",
            jit=True)
        # llvmlite's memory manager puts the code and the constants of an object side by side;
        # LLVM's own may put them further apart than a relative address reaches.
        self.engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), self.machine,
                                                 use_lmm=True)
        self.known: dict[str, int] = {}
        self.lock = threading.Lock()
        self.version = f"{FORMAT} {llvmlite.__version__} {self.cpu} {self.features} {sys.byteorder}"

    def vector_bits(self) -> int:
        """The width of the machine's vectors."""
        given = f",{self.features},"
        return 512 if ",+avx512f," in given else 256 if ",+avx2," in given else 128

    def address(self, text: str) -> int:
        """The address of the function ``kernel`` in ``text``."""
        found = self.known.get(text)
        if found is not None:
            counters["from memory"] += 1
            return found
        with self.lock:
            if text not in self.known:
                self.known[text] = self._make(text)
            return self.known[text]

    def _make(self, text: str) -> int:
        key = hashlib.sha256(f"{self.version}\n{text}".encode()).hexdigest()
        name = f"wengert_{key[:32]}"
        code = read_object(key)
        if code is None:
            started = time.perf_counter()
            code = self.object_code(text.replace("@kernel(", f"@{name}("))
            counters["compiled"] += 1
            counters["seconds"] += time.perf_counter() - started
            write_object(key, code)
        else:
            counters["from disk"] += 1
        self.engine.add_object_file(llvm.ObjectFileRef.from_data(code))
        self.engine.finalize_object()
        return int(self.engine.get_function_address(name))

    def object_code(self, text: str) -> bytes:
        module = llvm.parse_assembly(text)
        module.triple = self.triple
        return bytes(self.machine.emit_object(module))

    def assembly(self, text: str) -> str:
        """The machine code of ``text``, for people."""
        module = llvm.parse_assembly(text)
        module.triple = self.triple
        return str(self.machine.emit_assembly(module))


_compiler: list[Compiler] = []
_making = threading.Lock()


def compiler() -> Compiler:
    """The compiler of this process, made at the first use."""
    if not _compiler:
        with _making:
            if not _compiler:
                _compiler.append(Compiler())
    return _compiler[0]


def compiled(text: str) -> int:
    """The address of the function ``kernel`` that ``text`` defines."""
    return compiler().address(text)


# ---- the cache on disk ----

def cache_directory() -> Path | None:
    """Where object code is kept; None where it is not (``WENGERT_CACHE_DIR`` is empty)."""
    named = os.environ.get("WENGERT_CACHE_DIR")
    if named is not None:
        return Path(named) if named else None
    base = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    return Path(base) / "wengert"


def read_object(key: str) -> bytes | None:
    """The object code kept under ``key``; None if there is none that is whole."""
    directory = cache_directory() if config.disk_cache else None
    if directory is None:
        return None
    try:
        data = (directory / f"{key}.o").read_bytes()
    except OSError:
        return None
    head = len(MAGIC) + 32
    if data[:len(MAGIC)] != MAGIC or digest(key, data[head:]) != data[len(MAGIC):head]:
        return None
    return data[head:]


def digest(key: str, code: bytes) -> bytes:
    """The checksum of an entry; it holds the key, so that a renamed entry is foreign."""
    return hashlib.sha256(key.encode() + code).digest()


def write_object(key: str, code: bytes) -> None:
    """Keep object code; a reader sees all of it or nothing."""
    directory = cache_directory() if config.disk_cache else None
    if directory is None:
        return
    try:
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, path = tempfile.mkstemp(dir=directory, prefix=".new-")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(MAGIC + digest(key, code) + code)
            os.replace(path, directory / f"{key}.o")
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(path)
            raise
        if key.startswith("00"):   # now and then
            prune(directory)
    except OSError:
        return


def prune(directory: Path, limit: int = KEPT_BYTES) -> None:
    """Forget the oldest entries beyond ``limit`` bytes."""
    entries = []
    for path in directory.glob("*.o"):
        with contextlib.suppress(OSError):
            stat = path.stat()
            entries.append((stat.st_mtime, stat.st_size, path))
    total = sum(size for _, size, _ in entries)
    for _, size, path in sorted(entries):
        if total <= limit:
            return
        with contextlib.suppress(OSError):
            path.unlink()
        total -= size


# ---- running several kernels at one call ----

DRIVER = """
define i32 @kernel(ptr %list, ptr %table) {{
entry:
  %at = getelementptr i8, ptr %list, i64 {items}
  %items = load ptr, ptr %at
  %count = load i64, ptr %table
  %first = getelementptr i64, ptr %table, i64 1
  br label %head
head:
  %i = phi i64 [ 0, %entry ], [ %next, %body ]
  %more = icmp slt i64 %i, %count
  br i1 %more, label %body, label %done
body:
  %twice = shl i64 %i, 1
  %entry.at = getelementptr i64, ptr %first, i64 %twice
  %run = load ptr, ptr %entry.at
  %consts.at = getelementptr i64, ptr %entry.at, i64 1
  %consts = load ptr, ptr %consts.at
  %end = load i64, ptr %consts
  %failed = call i32 %run(ptr %items, ptr %consts, i64 0, i64 %end)
  %next = add i64 %i, 1
  %bad = icmp ne i32 %failed, 0
  br i1 %bad, label %stop, label %head
stop:
  ret i32 %failed
done:
  ret i32 0
}}
"""
PART = """
define i32 @kernel(ptr %list, ptr %run, ptr %consts, i64 %begin, i64 %end) {{
entry:
  %at = getelementptr i8, ptr %list, i64 {items}
  %items = load ptr, ptr %at
  %failed = call i32 %run(ptr %items, ptr %consts, i64 %begin, i64 %end)
  ret i32 %failed
}}
"""
_drivers: dict[bool, Any] = {}


@functools.cache
def part_driver() -> Any:
    """The function that runs a part of one kernel's outermost loop, while Python runs elsewhere."""
    at = layout()
    assert at is not None
    return ctypes.CFUNCTYPE(
        ctypes.c_int, ctypes.py_object, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64,
        ctypes.c_int64)(compiled(PART.format(items=at.items)))


def driver(release: bool) -> Any:
    """The function that runs a table of kernels on a list; ``release`` lets other threads of Python
    run meanwhile."""
    found = _drivers.get(release)
    if found is None:
        at = layout()
        assert at is not None
        address = compiled(DRIVER.format(items=at.items))
        make = ctypes.CFUNCTYPE if release else ctypes.PYFUNCTYPE
        found = _drivers[release] = make(
            ctypes.c_int, ctypes.py_object, ctypes.c_void_p)(address)
    return found
