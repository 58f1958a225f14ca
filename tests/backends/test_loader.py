"""Objects that are put into memory without LLVM, and what names the processor."""

from __future__ import annotations

import ctypes
import struct
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("llvmlite", reason="compiled code needs llvmlite")

from wengert.engine.backends.cpu import host as machines
from wengert.engine.backends.cpu import loader
from wengert.engine.backends.cpu.compiler import Compiler, compiler

here = pytest.mark.skipif(not loader.loads_here(), reason="LLVM loads the objects of this platform")

TEXT = """
declare double @cos(double)
@table = internal constant [4 x double] [double 1.5, double -2.0, double 0.25, double 8.0]
define double @NAME(double %x, i64 %k) {
  %y = call double @cos(double %x)
  %at = getelementptr double, ptr @table, i64 %k
  %z = load double, ptr %at
  %s = fadd double %y, %z
  %t = fmul double %s, 3.125
  ret double %t
}
"""
WRITABLE = """
@count = internal global i64 40
@zeros = internal global [3 x i64] zeroinitializer
define i64 @NAME(i64 %x) {
  %old = load i64, ptr @count
  %at = getelementptr i64, ptr @zeros, i64 %x
  %more = load i64, ptr %at
  %new = add i64 %old, %x
  %all = add i64 %new, %more
  ret i64 %all
}
"""


def made(text: str, name: str) -> bytes:
    return compiler().object_code(text.replace("NAME", name))


@here
def test_code_constants_and_functions_of_the_platform() -> None:
    kind = ctypes.CFUNCTYPE(ctypes.c_double, ctypes.c_double, ctypes.c_int64)
    for name in ("one", "two"):
        function = kind(loader.load(made(TEXT, name), name))
        for k, value in enumerate((1.5, -2.0, 0.25, 8.0)):
            assert function(0.0, k) == (1.0 + value) * 3.125


@here
def test_data_and_zeros_are_there() -> None:
    function = ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_int64)(
        loader.load(made(WRITABLE, "data"), "data"))
    assert [function(k) for k in range(3)] == [40, 41, 42]


@here
def test_many_objects_fill_several_blocks() -> None:
    kind = ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_int64)
    code = made(WRITABLE, "many")
    functions = [kind(loader.load(code, "many")) for _ in range(200)]
    places = [loader.live[ctypes.cast(function, ctypes.c_void_p).value] for function in functions]
    assert sum(size for _, size in places) > loader.BLOCK
    assert {function(2) for function in functions} == {42}


@here
@pytest.mark.parametrize("damage", [
    lambda code: b"", lambda code: b"text", lambda code: code[:70], lambda code: code[:300],
    lambda code: b"\x7fELF\x02\x01" + bytes(200),
    lambda code: code[:18] + struct.pack("<H", 183) + code[20:],   # for another processor
])
def test_what_is_no_object_is_refused(damage: Any) -> None:
    with pytest.raises(ValueError, match="object"):
        loader.load(damage(made(TEXT, "damaged")), "damaged")


@here
def test_missing_functions_and_symbols_are_refused() -> None:
    with pytest.raises(ValueError, match="no_such_function"):
        loader.load(made(TEXT.replace("@cos", "@no_such_function"), "lost"), "lost")
    with pytest.raises(ValueError, match="other"):
        loader.load(made(TEXT, "known"), "other")


@here
def test_an_object_of_another_kind_goes_to_llvm(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuses(code: bytes, name: str) -> int:
        raise ValueError("a relocation of kind 9")
    monkeypatch.setattr(loader, "load", refuses)
    function = ctypes.CFUNCTYPE(ctypes.c_double, ctypes.c_double, ctypes.c_int64)(
        compiler().loaded(made(TEXT, "by_llvm"), "by_llvm"))
    assert function(0.0, 2) == 1.25 * 3.125


# ---- the processor ----

CPU = """processor\t: 0
vendor_id\t: GenuineIntel
cpu family\t: 6
model\t\t: 85
stepping\t: 7
cpu MHz\t\t: {mhz}
flags\t\t: fpu sse2 {flags}

processor\t: 1
flags\t\t: other
"""


def described(tmp_path: Path, text: str) -> machines.Host | None:
    path = tmp_path / "cpuinfo"
    path.write_text(text)
    return machines.described(str(path))


def test_what_linux_says_of_a_processor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machines.platform, "machine", lambda: "x86_64")
    found = {flags: described(tmp_path, CPU.format(flags=flags, mhz=3000))
             for flags in ("", "avx avx2", "avx avx2 avx512f", "avx avx2 avx512vl")}
    assert [each.bits for each in found.values() if each] == [128, 256, 512, 256]
    assert len({each.identity for each in found.values() if each}) == 4
    # its clock changes all the time, and is no part of it
    assert described(tmp_path, CPU.format(flags="avx", mhz=1)) == described(
        tmp_path, CPU.format(flags="avx", mhz=2))
    assert "other" not in str(found[""])
    for text in ("", "processor : 0\n", CPU.format(flags="", mhz=1).split("\n\n")[0]):
        assert described(tmp_path, text) is None
    assert machines.described(str(tmp_path / "missing")) is None
    monkeypatch.setattr(machines.platform, "machine", lambda: "aarch64")
    assert described(tmp_path, CPU.format(flags="avx2", mhz=1)) is None


def test_narrower_vectors_than_the_processor_has(monkeypatch: pytest.MonkeyPatch) -> None:
    own = machines.host()
    monkeypatch.setattr(machines, "described", lambda: own._replace(bits=512))
    for said, bits in (("256", 256), ("128", 128), ("64", 128), ("1024", 512), ("", 512),
                       ("wide", 512)):
        monkeypatch.setenv("WENGERT_VECTOR_BITS", said)
        assert machines.host.__wrapped__().bits == bits


def test_llvm_knows_the_same_width() -> None:
    assert machines.asked().bits == machines.host().bits
    assert machines.host().identity in Compiler().version
