"""Mathematical functions in a kernel: which implementation a platform has.

On x86-64 with glibc the vector functions of libmvec are called; a width or a function that they
lack is computed lane by lane with the scalar math library. Functions with an inline form
(``inline_math.py``) are written into the loop instead, where constants stay in registers.
"""

from __future__ import annotations

import ctypes
import functools
import platform

from ...dtypes import DType, float32
from .host import host
from .inline_math import INLINE, LIMITED, Writer
from .literals import literal
from .text import Code

SCALAR = {"exp": 1, "exp2": 1, "expm1": 1, "log": 1, "log2": 1, "log10": 1, "log1p": 1, "sin": 1,
          "cos": 1, "tan": 1, "asin": 1, "acos": 1, "atan": 1, "sinh": 1, "cosh": 1, "tanh": 1,
          "asinh": 1, "acosh": 1, "atanh": 1, "erf": 1, "erfc": 1, "pow": 2, "atan2": 2,
          "hypot": 2}
"""The functions of the math library, with their number of arguments."""

PARTNERS = {"sin": "cos", "cos": "sin"}
"""Functions that are cheap beside each other."""

LETTER = {128: "b", 256: "d", 512: "e"}
"""How libmvec's names spell the width of a vector in bits."""


@functools.cache
def libmvec() -> ctypes.CDLL | None:
    """glibc's vector functions, where the platform has them."""
    if platform.machine() not in ("x86_64", "AMD64"):
        return None
    try:
        return ctypes.CDLL("libmvec.so.1")
    except OSError:
        return None


@functools.cache
def vector_symbol(name: str, bits: int, width: int) -> str | None:
    """The name of libmvec's function for ``width`` floats of ``bits`` bits, if it is there."""
    library, letter = libmvec(), LETTER.get(width * bits)
    if library is None or letter is None or width * bits > host().bits:
        return None   # libmvec has the wider ones too, for processors that are not this one
    args = "v" * SCALAR[name]
    symbol = f"_ZGV{letter}N{width}{args}_{name}{'f' if bits == 32 else ''}"
    return symbol if hasattr(library, symbol) else None


def has_inline(name: str, dtype: DType, width: int) -> bool:
    """Whether ``name`` has a form that is written into the loop."""
    return dtype is float32 and width > 1 and name in INLINE


def call(code: Code, name: str, dtype: DType, width: int, args: list[str]) -> str:
    """The value of a function on vectors (or scalars) of a floating dtype."""
    if not has_inline(name, dtype, width):
        return library_call(code, name, dtype, width, args)
    writer = Writer(code, width, literal)
    if name not in LIMITED:
        return INLINE[name](writer, args[0])
    if (name, args[0]) not in code.limited:
        names = [name, *([PARTNERS[name]] if code.both else [])]
        limited(code, writer, names, dtype, width, args)
    return code.limited[name, args[0]]


def limited(code: Code, writer: Writer, names: list[str], dtype: DType, width: int,
            args: list[str]) -> None:
    """Functions of one argument whose forms are right up to a limit: one test for them all, and
    the platform's functions beyond."""
    nears = [INLINE[name](writer, args[0]) for name in names]
    size = code.intrinsic("fabs", "float", width, args[0])
    far = writer.test("ogt", size, writer.f(LIMITED[names[0]]))
    reduce = f"@llvm.vector.reduce.or.v{width}i1"
    code.needs[reduce] = f"declare i1 {reduce}({writer.bools})"
    any_far = code.op(f"call i1 {reduce}({writer.bools} {far})")
    code.needs["!0"] = '!0 = !{!"branch_weights", i32 1, i32 1000000}'
    before, mark = code.block, code.name()[1:]
    code.do(f"br i1 {any_far}, label %{mark}.far, label %{mark}.near, !prof !0")
    code.label(f"{mark}.far")
    exacts = [library_call(code, name, dtype, width, args) for name in names]
    code.do(f"br label %{mark}.near")
    code.label(f"{mark}.near")
    for name, near, exact in zip(names, nears, exacts, strict=True):
        code.limited[name, args[0]] = code.op(
            f"phi {writer.floats} [ {near}, %{before} ], [ {exact}, %{mark}.far ]")


def library_call(code: Code, name: str, dtype: DType, width: int, args: list[str]) -> str:
    """A call of the platform's function."""
    bits = 32 if dtype is float32 else 64
    base = "float" if bits == 32 else "double"
    if width > 1:
        symbol = vector_symbol(name, bits, width)
        if symbol is None and width * bits > host().bits:
            return in_halves(code, name, dtype, width, args)
        if symbol is None:
            return lane_by_lane(code, name, dtype, width, args)
        kind = f"<{width} x {base}>"
    else:
        symbol = f"{name}{'f' if bits == 32 else ''}"
        kind = base
    params = ", ".join([kind] * len(args))
    code.needs[f"@{symbol}"] = f"declare {kind} @{symbol}({params}) nounwind memory(none)"
    given = ", ".join(f"{kind} {arg}" for arg in args)
    return code.op(f"call {kind} @{symbol}({given})")


def in_halves(code: Code, name: str, dtype: DType, width: int, args: list[str]) -> str:
    """A function applied to each half of vectors that are wider than the processor's."""
    base = "float" if dtype is float32 else "double"
    halves = []
    for first in (0, width // 2):
        lanes = ", ".join(f"i32 {lane}" for lane in range(first, first + width // 2))
        parts = [code.op(f"shufflevector <{width} x {base}> {arg}, <{width} x {base}> poison, "
                         f"<{width // 2} x i32> <{lanes}>") for arg in args]
        halves.append(library_call(code, name, dtype, width // 2, parts))
    lanes = ", ".join(f"i32 {lane}" for lane in range(width))
    return code.op(f"shufflevector <{width // 2} x {base}> {halves[0]}, "
                   f"<{width // 2} x {base}> {halves[1]}, <{width} x i32> <{lanes}>")


def lane_by_lane(code: Code, name: str, dtype: DType, width: int, args: list[str]) -> str:
    """A function applied to each lane by itself."""
    base = "float" if dtype is float32 else "double"
    kind = f"<{width} x {base}>"
    out = "poison"
    for lane in range(width):
        parts = [code.op(f"extractelement {kind} {arg}, i32 {lane}") for arg in args]
        value = library_call(code, name, dtype, 1, parts)
        out = code.op(f"insertelement {kind} {out}, {base} {value}, i32 {lane}")
    return out
