"""Machine code from LLVM IR: the target, the cache in memory, the cache on disk.

:func:`compiled` gives the address of a kernel for its text. Equal text is compiled once in a
process, and once on a machine: object code is kept on disk (``disk.py``), under a key that holds
the text, the processor and the versions; whatever does not fit is made anew. LLVM is loaded when
something has to be compiled: object code that was kept needs no compiler (``loader.py``).

Machine code is in memory as long as something refers to it: who runs an address holds the
:class:`Code` that it is. What was used last stays a while without.
"""

from __future__ import annotations

import contextlib
import ctypes
import functools
import hashlib
import time
from collections import OrderedDict
from collections.abc import Iterator
from typing import Any
from weakref import WeakValueDictionary, finalize

import llvmlite

from ...locks import compiling, uninterrupted
from .. import effort
from . import disk, functions, loader
from .host import host
from .objects import layout

FORMAT = 6

counters = {"compiled": 0, "from disk": 0, "from memory": 0, "seconds": 0.0}
"""How many kernels were compiled, loaded, and found; the seconds that compiling took."""


KEPT_BYTES = 16 << 20
"""Machine code and texts of this size stay though no program has them any more."""
OBJECTS = 32
"""So many objects share what LLVM loads them with: it goes when all of them are gone."""


class Memory:
    """Where machine code is; given back when nothing refers to this any more."""

    __slots__ = ("__weakref__", "address", "engine", "nbytes")

    def __init__(self, address: int, nbytes: int, engine: Any = None) -> None:
        self.address = address
        self.nbytes = nbytes
        self.engine = engine
        """What LLVM has loaded it with; None if ``loader.py`` has."""
        if engine is None:
            # Not at the end of the process: threads may run in it until then.
            finalize(self, loader.free, address).atexit = False


class Code(int):
    """The address of a function, whose memory is there as long as this is."""

    memory: Memory

    @classmethod
    def at(cls, memory: Memory) -> Code:
        code = cls(memory.address)
        code.memory = memory
        return code


class Compiler:
    """What was compiled in this process, and what compiles."""

    def __init__(self) -> None:
        self.known: WeakValueDictionary[str, Memory] = WeakValueDictionary()
        """What is in memory, by its text."""
        self.recent: OrderedDict[str, Memory] = OrderedDict()
        """What was used last of that, and is kept."""
        self.recent_bytes = 0
        self.helpers: list[Code] = []
        """What any program may run, and helping threads do: it is never given back."""
        self.version = f"{FORMAT} {llvmlite.__version__} {host().identity}"

    def address(self, text: str, quickly: bool = False, counted: bool = True) -> Code:
        """The address of the function ``kernel`` in ``text``; ``quickly`` for code that is not
        worth optimising, not ``counted`` for what no program is about."""
        with compiling:
            found = self.known.get(text)
            if found is not None:
                counters["from memory"] += 1
            else:
                effort.add(len(text) * (effort.LETTER if not quickly else effort.STRAIGHT
                                        if has_no_loop(text) else effort.QUICKLY))
                found = self.known[text] = uninterrupted(
                    lambda: self._make(text, quickly, counted)).memory
            self.keep(text, found)
            return Code.at(found)

    def kept(self, text: str) -> Code | None:
        """The address of the same, if it is in memory or on disk."""
        with compiling:
            found = self.known.get(text)
            if found is None:
                key, name = self.key(text)
                code = disk.read(key)
                if code is None:
                    return None
                counters["from disk"] += 1
                found = self.known[text] = uninterrupted(lambda: self.loaded(code, name)).memory
            self.keep(text, found)
            return Code.at(found)

    def key(self, text: str) -> tuple[str, str]:
        """What a text is kept under, and how its function is called there."""
        key = hashlib.sha256(f"{self.version}\n{text}".encode()).hexdigest()
        return key, f"wengert_{key[:32]}"

    def keep(self, text: str, memory: Memory) -> None:
        """Note that something was used, and let go of what was not for the longest time."""
        if text in self.recent:
            self.recent.move_to_end(text)
            return
        self.recent[text] = memory
        self.recent_bytes += memory.nbytes + len(text)
        while self.recent_bytes > KEPT_BYTES:
            text, memory = self.recent.popitem(last=False)
            self.recent_bytes -= memory.nbytes + len(text)

    def _make(self, text: str, quickly: bool, counted: bool) -> Code:
        key, name = self.key(text)
        code = disk.read(key)
        if code is None:
            with disk.making(key):
                code = disk.read(key)   # another process may have been quicker
                if code is None:
                    return self.loaded(self._new(key, name, text, quickly, counted), name)
        counters["from disk"] += counted
        return self.loaded(code, name)

    def _new(self, key: str, name: str, text: str, quickly: bool, counted: bool) -> bytes:
        """The object of ``text``, made and kept."""
        started = time.perf_counter()
        make = self.target.quick_code if quickly else self.object_code
        code = make(text.replace("@kernel(", f"@{name}("))
        counters["compiled"] += counted
        counters["seconds"] += time.perf_counter() - started
        disk.write(key, code)
        return code

    def loaded(self, code: bytes, name: str) -> Code:
        """The address of a function of an object."""
        if loader.loads_here():
            with contextlib.suppress(ValueError):   # another LLVM may make other objects
                return Code.at(Memory(loader.load(code, name), len(code)))
        return Code.at(Memory(*self.target.loaded(code, name)))

    @functools.cached_property
    def target(self) -> Target:
        """LLVM, loaded at the first use."""
        return Target()

    def object_code(self, text: str) -> bytes:
        """The object that LLVM makes of ``text``."""
        with compiling:
            return self.target.object_code(text)

    def assembly(self, text: str) -> str:
        """The machine code of ``text``, for people."""
        with compiling:
            return self.target.assembly(text)


class Target:
    """LLVM, for the machine that it runs on."""

    def __init__(self) -> None:
        try:
            import llvmlite.binding as llvm
        except OSError as error:   # its library is missing, or lacks another
            raise ImportError(str(error)) from error
        self.llvm = llvm
        with contextlib.suppress(RuntimeError):  # newer versions of LLVM need no initialisation
            llvm.initialize()
        llvm.initialize_native_target()
        llvm.initialize_native_asmprinter()
        self.triple = llvm.get_process_triple()
        self.machine, self.quick = self.machine_for(2), self.machine_for(0)
        self.engine: Any = None
        """What loads objects where ``loader.py`` does not."""
        self.objects = 0
        """How many it has loaded."""

    def machine_for(self, level: int) -> Any:
        """What makes code of this processor's, optimised at a level."""
        return self.llvm.Target.from_triple(self.triple).create_target_machine(
            cpu=self.llvm.get_host_cpu_name(),
            features=self.llvm.get_host_cpu_features().flatten(),
            opt=level, reloc="default", codemodel="jitdefault", jit=True)

    def module(self, text: str) -> Any:
        module = self.llvm.parse_assembly(text)
        module.verify()   # code that reads what was not computed is refused, not run
        module.triple = self.triple
        return module

    def object_code(self, text: str) -> bytes:
        with self.without_strength_reduction():
            return bytes(self.machine.emit_object(self.module(text)))

    def quick_code(self, text: str) -> bytes:
        return bytes(self.quick.emit_object(self.module(text)))

    def assembly(self, text: str) -> str:
        with self.without_strength_reduction():
            return str(self.machine.emit_assembly(self.module(text)))

    @contextlib.contextmanager
    def without_strength_reduction(self) -> Iterator[None]:
        """Within it, LLVM leaves the addresses in loops as they are: a base and a place, which an
        instruction takes. Looking for something better takes a third of its time.

        It is a switch of the process, and LLVM may have other users.
        """
        self.llvm.set_option("", "--disable-lsr=true")
        try:
            yield
        finally:
            self.llvm.set_option("", "--disable-lsr=false")

    def new_engine(self) -> Any:
        if functions.libmvec() is not None:
            self.llvm.load_library_permanently("libmvec.so.1")
        # llvmlite's memory manager puts the code and the constants of an object side by side;
        # LLVM's own may put them further apart than a relative address reaches. The machine is the
        # engine's own, and goes with it.
        return self.llvm.create_mcjit_compiler(self.llvm.parse_assembly(""), self.machine_for(2),
                                               use_lmm=True)

    def loaded(self, code: bytes, name: str) -> tuple[int, int, Any]:
        """The address of a function of an object, the size of the object, and the engine that has
        its memory: objects are given back together."""
        if self.engine is None or self.objects >= OBJECTS:
            self.engine, self.objects = self.new_engine(), 0
        self.objects += 1
        self.engine.add_object_file(self.llvm.ObjectFileRef.from_data(code))
        self.engine.finalize_object()
        return int(self.engine.get_function_address(name)), len(code), self.engine


_compiler: list[Compiler] = []


def compiler() -> Compiler:
    """The compiler of this process, made at the first use."""
    if not _compiler:
        with compiling:
            if not _compiler:
                _compiler.append(Compiler())
    return _compiler[0]


def compiled(text: str, quickly: bool = False) -> Code:
    """The address of the function ``kernel`` that ``text`` defines; ``quickly`` where it is not
    worth optimising."""
    return compiler().address(AS_IT_IS + text if quickly else text, quickly)


def kept(text: str) -> Code | None:
    """The same, if an earlier process has kept it, or it is in memory."""
    return compiler().kept(text)


FINDING = "finding"
"""The label of the loop in which a kernel finds where its values are."""


def has_no_loop(text: str) -> bool:
    """Whether a text has no loop but that."""
    return text.count("\n  br label") == text.count(f"\n  br label %{FINDING}")


AS_IT_IS = "; as it is\n"
"""What begins a text that is not optimised: a comment."""


def is_known(text: str, quickly: bool = False) -> bool:
    """Whether the machine code of a text is in memory."""
    return (AS_IT_IS + text if quickly else text) in compiler().known


def helper(text: str, counted: bool = False) -> int:
    """The address of a function that helps the kernels of any program; it stays."""
    code = compiler().address(text, quickly=True, counted=counted)
    compiler().helpers.append(code)
    return code


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
_drivers: dict[bool, Any] = {}


def driver(release: bool) -> Any:
    """The function that runs a table of kernels on a list; ``release`` lets other threads of Python
    run meanwhile."""
    found = _drivers.get(release)
    if found is None:
        at = layout()
        assert at is not None
        address = helper(DRIVER.format(items=at.items), counted=True)
        make = ctypes.CFUNCTYPE if release else ctypes.PYFUNCTYPE
        found = _drivers[release] = make(
            ctypes.c_int, ctypes.py_object, ctypes.c_void_p)(address)
    return found
