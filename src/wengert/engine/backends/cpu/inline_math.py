"""Functions of float32 vectors that are written into a kernel's loop.

There their constants stay in registers and nothing is called, so that what is around them stays in
registers too; on their own they take about as long as glibc's vector functions. Each takes the
argument apart (exponent, multiple of pi / 2), evaluates a polynomial on the rest, and puts the
result together again; the coefficients are those of Moshier's Cephes library, but for
:func:`ndtr`. ``tests/backends/test_vector_math.py`` measures their errors.
"""

from __future__ import annotations

import platform
from collections.abc import Callable

from ...dtypes import float32
from .text import Code

MAGIC = 12582912.0
"""1.5 * 2^23: adding it leaves the nearest integer in the low bits."""
MAGIC_BITS = 0x4B400000
FAR = 71476.0
"""Beyond this, pi / 2 in three parts is not enough, and the platform's sine is called."""


class Writer:
    """Writes float32 vector arithmetic into a kernel."""

    def __init__(self, code: Code, width: int, literal: Callable[..., str]) -> None:
        self.code = code
        self.width = width
        self.literal = literal
        self.floats = f"<{width} x float>"
        self.ints = f"<{width} x i32>"
        self.bools = f"<{width} x i1>"
        self.scales = width == 16 and platform.machine() in ("x86_64", "AMD64")
        """Whether there is an instruction for y * 2^n: vectors of 512 bits are AVX-512's."""

    def f(self, value: float) -> str:
        return self.code.splat(self.literal(value, float32), "float", self.width)

    def i(self, value: int) -> str:
        return self.code.splat(str(value), "i32", self.width)

    def fma(self, a: str, b: str, c: str) -> str:
        return self.code.intrinsic("fma", "float", self.width, a, b, c)

    def op(self, name: str, a: str, b: str) -> str:
        return self.code.op(f"{name} {self.floats} {a}, {b}")

    def iop(self, name: str, a: str, b: str) -> str:
        return self.code.op(f"{name} {self.ints} {a}, {b}")

    def select(self, test: str, a: str, b: str) -> str:
        return self.code.op(f"select {self.bools} {test}, {self.floats} {a}, {self.floats} {b}")

    def test(self, how: str, a: str, b: str) -> str:
        return self.code.op(f"fcmp {how} {self.floats} {a}, {b}")

    def bits(self, x: str) -> str:
        return self.code.op(f"bitcast {self.floats} {x} to {self.ints}")

    def from_bits(self, x: str) -> str:
        return self.code.op(f"bitcast {self.ints} {x} to {self.floats}")

    def scaled(self, y: str, n: str) -> str:
        """y * 2^n for integers ``n``, rounded once, to subnormal numbers too."""
        name = "@llvm.x86.avx512.mask.scalef.ps.512"
        self.code.needs[name] = (f"declare {self.floats} {name}({self.floats}, {self.floats}, "
                                 f"{self.floats}, i16, i32)")
        return self.code.op(f"call {self.floats} {name}({self.floats} {y}, {self.floats} {n}, "
                            f"{self.floats} {y}, i16 -1, i32 4)")

    def polynomial(self, x: str, *coefficients: float) -> str:
        """Horner's rule, the highest power first."""
        out = self.f(coefficients[0])
        for c in coefficients[1:]:
            out = self.fma(out, x, self.f(c))
        return out

    def nearest(self, x: str, scale: float) -> tuple[str, str]:
        """The integer nearest to ``x * scale``, as a float and as an integer."""
        z = self.fma(x, self.f(scale), self.f(MAGIC))
        return (self.op("fsub", z, self.f(MAGIC)),
                self.iop("sub", self.bits(z), self.i(MAGIC_BITS)))


def exp(w: Writer, x: str) -> str:
    """2^k * e^r, |r| <= log(2) / 2; the power of two in two factors, as it may be subnormal."""
    x = w.select(w.test("olt", x, w.f(-104.0)), w.f(-104.0), x)
    x = w.select(w.test("ogt", x, w.f(89.0)), w.f(89.0), x)
    n, k = w.nearest(x, 1.44269504088896341)
    r = w.fma(n, w.f(-0.693359375), x)
    r = w.fma(n, w.f(2.12194440e-4), r)
    p = w.polynomial(r, 1.9875691500e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2,
                     1.6666665459e-1, 5.0000001201e-1)
    y = w.op("fadd", w.fma(p, w.op("fmul", r, r), r), w.f(1.0))
    if w.scales:
        return w.scaled(y, n)
    half = w.iop("ashr", k, w.i(1))
    for part in (half, w.iop("sub", k, half)):
        power = w.iop("shl", w.iop("add", part, w.i(127)), w.i(23))
        y = w.op("fmul", y, w.from_bits(power))
    return y


def log(w: Writer, x: str) -> str:
    """k log(2) + log(m), m between sqrt(1/2) and sqrt(2)."""
    tiny = w.test("olt", x, w.f(1.17549435e-38))
    scaled = w.select(tiny, w.op("fmul", x, w.f(8388608.0)), x)
    shifted = w.iop("sub", w.bits(scaled), w.i(0x3F3504F3))
    k = w.iop("ashr", shifted, w.i(23))
    m = w.from_bits(w.iop("add", w.iop("and", shifted, w.i(0x7FFFFF)), w.i(0x3F3504F3)))
    n = w.code.op(f"sitofp {w.ints} {k} to {w.floats}")
    n = w.select(tiny, w.op("fsub", n, w.f(23.0)), n)
    f = w.op("fsub", m, w.f(1.0))
    square = w.op("fmul", f, f)
    p = w.polynomial(f, 7.0376836292e-2, -1.1514610310e-1, 1.1676998740e-1, -1.2420140846e-1,
                     1.4249322787e-1, -1.6668057665e-1, 2.0000714765e-1, -2.4999993993e-1,
                     3.3333331174e-1)
    y = w.op("fmul", w.op("fmul", p, f), square)
    y = w.fma(n, w.f(-2.12194440e-4), y)
    y = w.fma(square, w.f(-0.5), y)
    y = w.fma(n, w.f(0.693359375), w.op("fadd", f, y))
    y = w.select(w.test("oeq", x, w.f(float("inf"))), x, y)
    y = w.select(w.test("oeq", x, w.f(0.0)), w.f(float("-inf")), y)
    return w.select(w.test("ult", x, w.f(0.0)), w.f(float("nan")), y)


def tanh(w: Writer, x: str) -> str:
    """A polynomial near 0, else 1 - 2 / (e^2|x| + 1) with the sign of x."""
    size = w.code.intrinsic("fabs", "float", w.width, x)
    grown = exp(w, w.op("fadd", size, size))
    far = w.op("fsub", w.f(1.0), w.op("fdiv", w.f(2.0), w.op("fadd", grown, w.f(1.0))))
    square = w.op("fmul", x, x)
    p = w.polynomial(square, -5.70498872745e-3, 2.06390887954e-2, -5.37397155531e-2,
                     1.33314422036e-1, -3.33332819422e-1)
    near = w.fma(w.op("fmul", p, square), x, x)   # of -0 this is +0
    y = w.select(w.test("ogt", size, w.f(0.625)), far, near)
    return w.code.intrinsic("copysign", "float", w.width, y, x)


def sigmoid(w: Writer, x: str) -> str:
    """1 / (1 + e^-x), with e^-|x|, which does not overflow: small results are not lost."""
    size = w.code.intrinsic("fabs", "float", w.width, x)
    shrunk = exp(w, w.code.op(f"fneg {w.floats} {size}"))
    top = w.select(w.test("olt", x, w.f(0.0)), shrunk, w.f(1.0))
    return w.op("fdiv", top, w.op("fadd", shrunk, w.f(1.0)))


def squared(w: Writer, x: str, name: str, times: float) -> tuple[str, ...]:
    """e^(times x^2) with what the square has lost, and the size of x, at most 15."""
    known = w.code.shared.get((name, x))
    if known is None:
        size = w.code.intrinsic("fabs", "float", w.width, x)
        size = w.select(w.test("ogt", size, w.f(15.0)), w.f(15.0), size)
        square = w.op("fmul", size, size)
        lost = w.fma(size, size, w.code.op(f"fneg {w.floats} {square}"))
        y = exp(w, w.op("fmul", square, w.f(times)))
        y = w.fma(y, w.op("fmul", lost, w.f(times)), y)
        known = w.code.shared[name, x] = y, size
    return known


def gauss(w: Writer, x: str) -> str:
    return squared(w, x, "gauss", -1.0)[0]


def bell(w: Writer, x: str) -> str:
    return squared(w, x, "bell", -0.5)[0]


def ndtr(w: Writer, x: str) -> str:
    """The normal distribution: below 0 e^(-x^2 / 2) t p(t), t = 1 / (1 + 0.44 |x|); p is fitted."""
    top, size = squared(w, x, "bell", -0.5)
    d = w.fma(size, w.f(0.44), w.f(1.0))
    t = w.op("fdiv", w.f(1.0), d)
    p = w.op("fmul", t, w.polynomial(
        t, -0.039933166909, 0.25005526306, -0.65666478289, 0.89926289225, -0.62266213279,
        0.16431838493, -0.070331438498, 0.084471870786, 0.14033913469, 0.17561148134,
        0.17553249186))
    # what rounding lost in d and t, and how much steeper than t the product is
    lost = w.fma(size, w.f(0.44), w.op("fsub", w.f(1.0), d))
    lost = w.op("fsub", w.fma(d, w.code.op(f"fneg {w.floats} {t}"), w.f(1.0)),
                w.op("fmul", lost, t))
    p = w.fma(w.op("fmul", p, w.f(1.4)), lost, p)
    tail = w.op("fmul", top, p)
    y = w.select(w.test("olt", x, w.f(0.0)), tail, w.op("fsub", w.f(1.0), tail))
    return w.select(w.test("uno", x, x), x, y)


def quarter(w: Writer, x: str) -> tuple[str, str, str]:
    """Sine and cosine of ``x`` less k pi / 2, and k."""
    known = w.code.shared.get(("quarter", x))
    if known is None:
        n, k = w.nearest(x, 0.63661977236758134)
        r = w.fma(n, w.f(-1.57079637050628662), x)
        r = w.fma(n, w.f(4.37113900018624283e-8), r)
        r = w.fma(n, w.f(1.71512449e-15), r)
        square = w.op("fmul", r, r)
        s = w.polynomial(square, -1.9515295891e-4, 8.3321608736e-3, -1.6666654611e-1)
        s = w.fma(w.op("fmul", s, square), r, r)
        c = w.polynomial(square, 2.443315711809948e-5, -1.388731625493765e-3,
                         4.166664568298827e-2)
        c = w.fma(w.op("fmul", c, square), square, w.fma(square, w.f(-0.5), w.f(1.0)))
        known = w.code.shared["quarter", x] = s, c, k
    s, c, k = known
    return s, c, k


def turn(w: Writer, x: str, ahead: int) -> str:
    """The sine of ``x + ahead * pi / 2``."""
    s, c, k = quarter(w, x)
    if ahead:
        k = w.iop("add", k, w.i(ahead))
    odd = w.code.op(f"icmp ne {w.ints} {w.iop('and', k, w.i(1))}, zeroinitializer")
    y = w.select(odd, c, s)
    sign = w.iop("shl", w.iop("and", k, w.i(2)), w.i(30))
    return w.from_bits(w.iop("xor", w.bits(y), sign))


def sin(w: Writer, x: str) -> str:
    return turn(w, x, 0)


def cos(w: Writer, x: str) -> str:
    return turn(w, x, 1)


INLINE = {"exp": exp, "log": log, "tanh": tanh, "sigmoid": sigmoid, "sin": sin, "cos": cos,
          "ndtr": ndtr, "bell": bell, "gauss": gauss}
"""The functions that have a form of this kind."""
LIMITED = {"sin": FAR, "cos": FAR}
"""How large an argument a form is right for."""
