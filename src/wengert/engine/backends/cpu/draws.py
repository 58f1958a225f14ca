"""What the stream of random numbers does one by one, as machine code (``engine/native.py``).

Normal numbers of float32 are those of ``random_stream/box_muller.py``, in the same steps; a fused
multiply-add is one instruction here. They take eight radii and eight angles to 16 numbers.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .compiler import compiled, kept
from .inline_math import Writer
from .literals import literal
from .objects import layout
from .text import Code
from .waiting import exponential_text, poisson_text

EXCHANGE = """\
define void @kernel(ptr %words.of, i64 %start, ptr %order.of, i64 %size) {{
entry:
{arrays}
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
  %word.at = getelementptr i64, ptr %words, i64 %i
  %word.long = load i64, ptr %word.at
  %word = trunc i64 %word.long to i32
  %left.less = sub i64 %size, %i
  %left.long = add i64 %left.less, 1
  %left = trunc i64 %left.long to i32
  %step.short = urem i32 %word, %left
  %step = zext i32 %step.short to i64
  %j = add i64 %i, %step
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
}}
"""
"""Exchange each place with one of those from it on, which a word chooses."""
NORMAL = """\
define void @kernel(ptr %words.of, i64 %start, ptr %out.of, i64 %size, float %mean, float %std) {{
entry:
{arrays}
{ahead}
  %last = sub i64 %size, 16
  br label %head
head:
  %i = phi i64 [ 0, %entry ], [ %i.next, %body ]
  %more = icmp slt i64 %i, %size
  br i1 %more, label %body, label %done
body:
  %i.next = add i64 %i, 16
  %over = icmp sgt i64 %i.next, %size
  %from = select i1 %over, i64 %size, i64 %i
  %to = select i1 %over, i64 %last, i64 %i
  %from.half = add i64 %from, 8
  %to.half = add i64 %to, 8
  %near.at = getelementptr i64, ptr %words, i64 %from
  %far.at = getelementptr i64, ptr %words, i64 %from.half
  %near.words = load <8 x i64>, ptr %near.at, align 8
  %far.words = load <8 x i64>, ptr %far.at, align 8
{body}
  %cosines.at = getelementptr float, ptr %out, i64 %to
  %sines.at = getelementptr float, ptr %out, i64 %to.half
  store <8 x float> {cosines}, ptr %cosines.at, align 4
  store <8 x float> {sines}, ptr %sines.at, align 4
  br label %head
done:
  ret void
}}
"""
"""What is left over of blocks of 16 has 16 new ones end the array, of the words behind as many as
there are numbers."""
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


def _unit(w: Writer, words: str) -> str:
    """Numbers k/2**24 of words."""
    code = w.code
    low = w.iop("and", code.op(f"trunc <8 x i64> {words} to {w.ints}"), w.i(2**24 - 1))
    return w.op("fmul", code.op(f"sitofp {w.ints} {low} to {w.floats}"), w.f(2.0**-24))


def arrays(**elements: str) -> str:
    """The lines that find where arrays of such elements begin, ``words`` from a place on."""
    at = layout()
    if at is None:
        raise ImportError("arrays are not where they are known to be")
    lines = []
    for name, element in elements.items():
        whole = f"%{name}.all" if name == "words" else f"%{name}"
        lines += [f"  %{name}.place = getelementptr i8, ptr %{name}.of, i64 {at.data}",
                  f"  {whole} = load ptr, ptr %{name}.place"]
        if name == "words":
            lines.append(f"  %words = getelementptr {element}, ptr {whole}, i64 %start")
    return "\n".join(lines)


def normal_text() -> str:
    """The text that turns words into normal numbers, 16 at a time."""
    code = Code()
    w = Writer(code, 8, literal)
    mean, std = code.splat("%mean", "float", 8), code.splat("%std", "float", 8)
    radius = _radius(w, _unit(w, "%near.words"))
    cosine, sine = _cosine_sine(w, _unit(w, "%far.words"))
    cosines = w.fma(w.op("fmul", cosine, radius), std, mean)
    sines = w.fma(w.op("fmul", sine, radius), std, mean)
    text = NORMAL.format(arrays=arrays(words="i64", out="float"), ahead="\n".join(code.ahead),
                         body="\n".join(code.lines), cosines=cosines, sines=sines)
    return "\n".join([*[code.needs[name] for name in sorted(code.needs)], text])


def exchange_text() -> str:
    """The text that makes a permutation of words."""
    return EXCHANGE.format(arrays=arrays(words="i64", order="i64"))


_OBJECT, _COUNT, _FLOAT = ctypes.py_object, ctypes.c_int64, ctypes.c_float
_MADE: dict[str, tuple[Callable[[], str], Any, Sequence[Any]]] = {
    "normal": (normal_text, None, (_OBJECT, _COUNT, _OBJECT, _COUNT, _FLOAT, _FLOAT)),
    "exchange": (exchange_text, None, (_OBJECT, _COUNT, _OBJECT, _COUNT)),
    "poisson": (lambda: poisson_text(arrays(
        words="i64", rates="double", out="double", used="i64")), _COUNT, (
        _OBJECT, _COUNT, _COUNT, _OBJECT, _OBJECT, _OBJECT, _COUNT, _COUNT)),
    "exponential": (lambda: exponential_text(arrays(words="i64", out="double")), None, (
        _OBJECT, _COUNT, _OBJECT, _COUNT, ctypes.c_double)),
}
"""By name the text of a function, what it returns, and what it is given."""
_kept: list[Any] = []
"""The machine code, which is there as long as something refers to it."""


def made(name: str, only_kept: bool = False) -> Callable[..., Any] | None:
    """The function of a name; None if it is to be one that was kept, and there is none. It is given
    arrays without gaps, which it does not look at."""
    text, result, arguments = _MADE[name]
    code = (kept if only_kept else compiled)(text())
    if code is None:
        return None
    _kept.append(code)
    return ctypes.PYFUNCTYPE(result, *arguments)(code)


__all__ = ["made", "normal_text"]
