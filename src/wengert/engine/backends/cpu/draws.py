"""What the stream of random numbers does one by one, as machine code (``random_stream/native.py``).

Normal numbers of float32 are those of ``random_stream/box_muller.py``, in the same steps; a fused
multiply-add is one instruction here. They take eight radii and eight angles to 16 numbers.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import Any

import numpy as np

from ...dtypes import float32
from .compiler import compiled
from .inline_math import Writer
from .literals import literal
from .text import Code

EXCHANGE = """\
define void @kernel(ptr noalias %others, ptr noalias %order, i64 %size) {
entry:
  br label %fill
fill:
  %k = phi i64 [ 0, %entry ], [ %k.next, %fill ]
  %k.at = getelementptr i64, ptr %order, i64 %k
  store i64 %k, ptr %k.at
  %k.next = add i64 %k, 1
  %k.more = icmp sle i64 %k.next, %size
  br i1 %k.more, label %fill, label %head
head:
  %i = phi i64 [ 0, %fill ], [ %i.next, %body ]
  %more = icmp slt i64 %i, %size
  br i1 %more, label %body, label %done
body:
  %j.at = getelementptr i64, ptr %others, i64 %i
  %j = load i64, ptr %j.at
  %one.at = getelementptr i64, ptr %order, i64 %i
  %other.at = getelementptr i64, ptr %order, i64 %j
  %one = load i64, ptr %one.at
  %other = load i64, ptr %other.at
  store i64 %other, ptr %one.at
  store i64 %one, ptr %other.at
  %i.next = add i64 %i, 1
  br label %head
done:
  ret void
}
"""
NORMAL = """\
define void @kernel(ptr noalias %unit, ptr noalias %out, i64 %size, float %mean, float %std) {{
entry:
{ahead}
  br label %head
head:
  %i = phi i64 [ 0, %entry ], [ %i.next, %body ]
  %more = icmp slt i64 %i, %size
  br i1 %more, label %body, label %done
body:
  %half = add i64 %i, 8
  %near.at = getelementptr float, ptr %unit, i64 %i
  %far.at = getelementptr float, ptr %unit, i64 %half
  %near = load <8 x float>, ptr %near.at, align 4
  %far = load <8 x float>, ptr %far.at, align 4
{body}
  %cosines.at = getelementptr float, ptr %out, i64 %i
  %sines.at = getelementptr float, ptr %out, i64 %half
  store <8 x float> {cosines}, ptr %cosines.at, align 4
  store <8 x float> {sines}, ptr %sines.at, align 4
  %i.next = add i64 %i, 16
  br label %head
done:
  ret void
}}
"""
# Cephes' polynomials, as in box_muller.py
LOG = (7.0376836292e-2, -1.1514610310e-1, 1.1676998740e-1, -1.2420140846e-1, 1.4249322787e-1,
       -1.6668057665e-1, 2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1)
SINE = (-1.9515295891e-4, 8.3321608736e-3, -1.6666654611e-1)
COSINE = (2.443315711809948e-5, -1.388731625493765e-3, 4.166664568298827e-2)


def _radius(w: Writer, unit: str) -> str:
    code, x = w.code, w.op("fsub", w.f(1.0), unit)
    bits = w.bits(x)
    exponent = w.iop("ashr", w.iop("sub", bits, w.i(0x3F3504F3)), w.i(23))
    f = w.op("fsub", w.from_bits(w.iop("sub", bits, w.iop("shl", exponent, w.i(23)))), w.f(1.0))
    power = code.op(f"sitofp {w.ints} {exponent} to {w.floats}")
    square = w.op("fmul", f, f)
    tail = w.op("fmul", w.polynomial(f, *LOG), f)
    tail = w.fma(tail, square, w.op("fmul", power, w.f(-2.12194440e-4)))
    tail = w.op("fadd", w.op("fsub", tail, w.op("fmul", square, w.f(0.5))), f)
    logarithm = w.op("fadd", tail, w.op("fmul", power, w.f(0.693359375)))
    return code.intrinsic("sqrt", "float", w.width, w.op("fmul", logarithm, w.f(-2.0)))


def _cosine_sine(w: Writer, unit: str) -> tuple[str, str]:
    code, x = w.code, w.op("fmul", unit, w.f(float(np.float32(2 * np.pi))))
    octant = code.op(f"fptosi {w.floats} {w.op('fmul', x, w.f(float(np.float32(4 / np.pi))))} "
                     f"to {w.ints}")
    octant = w.iop("and", w.iop("add", octant, w.i(1)), w.i(-2))
    steps = code.op(f"sitofp {w.ints} {octant} to {w.floats}")
    near = w.op("fsub", w.op("fsub", x, w.op("fmul", steps, w.f(0.78515625))),
                w.op("fmul", steps, w.f(2.4187564849853515625e-4)))
    near = w.fma(steps, w.f(-3.77489497744594108e-8), near)
    square = w.op("fmul", near, near)
    cosine = w.op("fmul", w.polynomial(square, *COSINE), square)
    sine = w.op("fmul", w.polynomial(square, *SINE), square)
    cosine = w.op("fadd", w.fma(cosine, square, w.op("fmul", square, w.f(-0.5))), w.f(1.0))
    one, other = w.bits(cosine), w.bits(w.fma(sine, near, near))
    odd = w.iop("ashr", w.iop("shl", octant, w.i(30)), w.i(31))
    swapped = w.iop("and", w.iop("xor", one, other), odd)
    turned = w.iop("and", w.iop("add", octant, w.i(2)), w.i(4))
    one = w.iop("xor", w.iop("xor", one, swapped), w.iop("shl", turned, w.i(29)))
    other = w.iop("xor", w.iop("xor", other, swapped),
                  w.iop("shl", w.iop("and", octant, w.i(4)), w.i(29)))
    return w.from_bits(one), w.from_bits(other)


def normal_text() -> str:
    """The text that turns numbers in [0, 1) into normal ones, 16 at a time."""
    code = Code()
    w = Writer(code, 8, literal)
    mean, std = code.splat("%mean", "float", 8), code.splat("%std", "float", 8)
    radius = _radius(w, "%near")
    cosine, sine = _cosine_sine(w, "%far")
    cosines = w.fma(w.op("fmul", cosine, radius), std, mean)
    sines = w.fma(w.op("fmul", sine, radius), std, mean)
    text = NORMAL.format(ahead="\n".join(code.ahead), body="\n".join(code.lines),
                         cosines=cosines, sines=sines)
    return "\n".join([*[code.needs[name] for name in sorted(code.needs)], text])


def _address(x: Any) -> int:
    found: int = x.__array_interface__["data"][0]
    return found


def _box_muller() -> Callable[..., Any]:
    code = compiled(normal_text())
    _kept.append(code)
    call = ctypes.PYFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64,
                             ctypes.c_float, ctypes.c_float)(code)

    def transform(unit: Any, mean: float, std: float) -> Any:
        out = np.empty(unit.size, float32.numpy)
        call(_address(unit), _address(out), unit.size, mean, std)
        return out
    return transform


def _exchange() -> Callable[..., Any]:
    code = compiled(EXCHANGE)
    _kept.append(code)
    call = ctypes.PYFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64)(
        code)

    def exchange(others: Any) -> Any:
        order = np.empty(others.size + 1, np.int64)
        call(_address(others), _address(order), others.size)
        return order
    return exchange


_MADE = {"box_muller": _box_muller, "exchange": _exchange}


_kept: list[Any] = []
"""The machine code, which is there as long as something refers to it."""


def made(name: str) -> Callable[..., Any]:
    """The function of a name: of arrays row by row."""
    return _MADE[name]()


__all__ = ["made", "normal_text"]
