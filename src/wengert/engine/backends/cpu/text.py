"""The text of an LLVM function under construction: values, their types, conversions, memory.

:class:`Code` collects instructions. A value is its name in the text; its type follows from a dtype
and a width: how many values of a vector there are, 1 for a scalar.
"""

from __future__ import annotations

from collections.abc import Callable

import llvmlite

from ...dtypes import (
    FLOAT,
    INT,
    DType,
    bfloat16,
    bool_,
    float16,
    float32,
    float64,
    int8,
    int16,
    int32,
    int64,
    uint8,
)
from ...graph import Node
from .literals import literal

_RELEASE = [int(part) for part in llvmlite.__version__.split(".")[:2] if part.isdigit()]
SHORT_SPLATS = _RELEASE >= [0, 45]
"""Whether llvmlite's LLVM (from 20 on) reads a vector of one constant in its short form."""
HALVES = frozenset([float16, bfloat16])
"""``widen.py`` has these computed in float32."""
SHORT = HALVES | {uint8, int8, int16}
"""Dtypes that kernels read, write and convert, and do not compute in."""
DTYPES = frozenset([bool_, int32, int64, float32, float64]) | SHORT
BASE = {bool_: "i1", int32: "i32", int64: "i64", float32: "float", float64: "double",
        float16: "float", bfloat16: "float", uint8: "i32", int8: "i32", int16: "i32"}
MEMORY = {**BASE, bool_: "i8", float16: "i16", bfloat16: "i16", uint8: "i8", int8: "i8",
          int16: "i16"}
"""How a dtype is kept in memory."""


def typed(base: str, width: int) -> str:
    """The type of ``width`` values of a base type; a scalar for 1."""
    return base if width == 1 else f"<{width} x {base}>"


def suffix(base: str, width: int) -> str:
    """How an intrinsic's name spells a type: ``v16f32``."""
    short = {"float": "f32", "double": "f64"}.get(base, base)
    return short if width == 1 else f"v{width}{short}"


def kernel_dtype(node: Node) -> DType:
    """The dtype in which a kernel computes ``node``: Python numbers have 64 bits."""
    if not node.weak:
        return node.dtype
    category = node.dtype.category
    return float64 if category == FLOAT else int64 if category == INT else bool_


def lanes(base: str, width: int) -> str:
    """The constant vector 0, 1, 2, ..."""
    return f"<{', '.join(f'{base} {k}' for k in range(width))}>"


Parts = dict[tuple[str, str], tuple[str, ...]]


class Code:
    """The text of a function under construction.

    ``ahead`` are the lines that belong before the loop that is being written. ``integer`` names a
    number that the text does not tell.
    """

    def __init__(self, counter: list[int] | None = None, needs: dict[str, str] | None = None,
                 integer: Callable[[int], str] = str) -> None:
        self.lines: list[str] = []
        self.ahead: list[str] = []
        self.counter = counter if counter is not None else [0]
        self.needs = needs if needs is not None else {}
        """Declarations and definitions that the text needs, by name."""
        self.integer = integer
        self.splats: dict[tuple[str, str, int], str] = {}
        self.shared: Parts = {}
        """Parts that two functions of one value have in common."""
        self.limited: dict[tuple[str, str], str] = {}
        """The values of functions with a limit, by name and argument."""
        self.near: set[tuple[str, Node]] = set()
        """What is computed in the same block: names of functions, and their arguments."""
        self.both = False
        """Whether the partner of the function that comes next is one of those."""
        self.block = "entry"
        """The label of the block that is being written."""
        self.place: str | None = None
        """Where in the row the vector begins that is being computed."""

    def in_loop(self) -> tuple[Parts, dict[tuple[str, str], str]]:
        """Begin the body of a loop; what is to be given to :meth:`after_loop`."""
        return self.shared.copy(), self.limited.copy()

    def after_loop(self, before: tuple[Parts, dict[tuple[str, str], str]]) -> None:
        """Forget the values of functions that only the body of the loop has: what comes after it,
        another loop, may not read them."""
        self.shared, self.limited = before

    def name(self) -> str:
        self.counter[0] += 1
        return f"%v{self.counter[0]}"

    def op(self, text: str) -> str:
        """Append an instruction and name its result."""
        name = self.name()
        self.lines.append(f"  {name} = {text}")
        return name

    def do(self, text: str) -> None:
        """Append an instruction without a result."""
        self.lines.append(f"  {text}")

    def label(self, name: str) -> None:
        self.block = name
        self.lines.append(f"{name}:")

    def splat(self, value: str, base: str, width: int) -> str:
        """A vector of one scalar, made ahead of the loop."""
        if width == 1:
            return value
        key = (value, base, width)
        if key not in self.splats:
            if not value.startswith("%"):
                self.splats[key] = (f"splat ({base} {value})" if SHORT_SPLATS else
                                    f"<{', '.join([f'{base} {value}'] * width)}>")
            else:
                self.splats[key] = self.spread(value, base, width, self.ahead)
        return self.splats[key]

    def spread(self, value: str, base: str, width: int, lines: list[str] | None = None) -> str:
        """A vector of one scalar, made here (or at the end of ``lines``)."""
        vector, (one, whole) = typed(base, width), (self.name(), self.name())
        (self.lines if lines is None else lines).extend([
            f"  {one} = insertelement {vector} poison, {base} {value}, i32 0",
            f"  {whole} = shufflevector {vector} {one}, {vector} poison, "
            f"<{width} x i32> zeroinitializer"])
        return whole

    def intrinsic(self, name: str, base: str, width: int, *args: str, extra: str = "") -> str:
        """Call an LLVM intrinsic on arguments of one type."""
        kind = typed(base, width)
        full = f"@llvm.{name}.{suffix(base, width)}"
        params = ", ".join([kind] * len(args)) + (", i1" if extra else "")
        self.needs[full] = f"declare {kind} {full}({params})"
        given = ", ".join(f"{kind} {arg}" for arg in args) + extra
        return self.op(f"call {kind} {full}({given})")


def convert(code: Code, value: str, source: DType, target: DType, width: int) -> str:
    """``value`` in another dtype."""
    if source is target:
        return value
    a, b = BASE[source], BASE[target]
    old, new = typed(a, width), typed(b, width)
    if target is bool_:
        zero = literal_of(code, 0, source, width)
        test = "fcmp une" if source.category == FLOAT else "icmp ne"
        return code.op(f"{test} {old} {value}, {zero}")
    if target in SHORT:
        whole = convert(code, value, source, float32 if target in HALVES else int32, width)
        return unpacked(code, packed(code, whole, target, width), target, width)
    if a == b:   # in which it was read
        return value
    if source.category == FLOAT:
        if target.category == FLOAT:
            how = "fpext" if target is float64 else "fptrunc"
        else:
            how = "fptosi"
    elif target.category == FLOAT:
        how = "uitofp" if source is bool_ else "sitofp"
    elif source is bool_:
        how = "zext"
    else:
        how = "sext" if target is int64 else "trunc"
    return code.op(f"{how} {old} {value} to {new}")


def packed(code: Code, value: str, dtype: DType, width: int) -> str:
    """A value as it is kept in memory."""
    base, kept = typed(BASE[dtype], width), typed(MEMORY[dtype], width)
    if dtype is bool_:
        return code.op(f"zext {base} {value} to {kept}")
    if dtype is float16:
        half = code.op(f"fptrunc {base} {value} to {typed('half', width)}")
        return code.op(f"bitcast {typed('half', width)} {half} to {kept}")
    if dtype is bfloat16:   # the upper half of a float32, to the nearest, to an even one of two
        whole = typed("i32", width)
        bits = code.op(f"bitcast {base} {value} to {whole}")
        upper = code.op(f"lshr {whole} {bits}, {code.splat('16', 'i32', width)}")
        odd = code.op(f"and {whole} {upper}, {code.splat('1', 'i32', width)}")
        more = code.op(f"add {whole} {odd}, {code.splat('32767', 'i32', width)}")
        near = code.op(f"lshr {whole} {code.op(f'add {whole} {bits}, {more}')}, "
                       f"{code.splat('16', 'i32', width)}")
        nan = code.op(f"or {whole} {upper}, {code.splat('64', 'i32', width)}")
        lost = code.op(f"fcmp uno {base} {value}, {value}")
        return code.op(f"trunc {whole} {select(code, lost, nan, near, whole, width)} to {kept}")
    if dtype in SHORT:
        return code.op(f"trunc {base} {value} to {kept}")
    return value


def unpacked(code: Code, value: str, dtype: DType, width: int) -> str:
    """A value from how it is kept in memory."""
    base, kept = typed(BASE[dtype], width), typed(MEMORY[dtype], width)
    if dtype is bool_:
        return code.op(f"icmp ne {kept} {value}, {code.splat('0', MEMORY[dtype], width)}")
    if dtype is float16:
        half = code.op(f"bitcast {kept} {value} to {typed('half', width)}")
        return code.op(f"fpext {typed('half', width)} {half} to {base}")
    if dtype is bfloat16:
        whole = typed("i32", width)
        bits = code.op(f"shl {whole} {code.op(f'zext {kept} {value} to {whole}')}, "
                       f"{code.splat('16', 'i32', width)}")
        return code.op(f"bitcast {whole} {bits} to {base}")
    if dtype in SHORT:
        return code.op(f"{'zext' if dtype is uint8 else 'sext'} {kept} {value} to {base}")
    return value


def literal_of(code: Code, value: complex, dtype: DType, width: int) -> str:
    """A number as a vector constant."""
    return code.splat(literal(value, dtype), BASE[dtype], width)


def select(code: Code, condition: str, a: str, b: str, kind: str, width: int) -> str:
    return code.op(f"select {typed('i1', width)} {condition}, {kind} {a}, {kind} {b}")


def fail(code: Code, bad: str, width: int) -> None:
    """Note that the program has to be interpreted, where ``bad`` is True."""
    if width > 1:
        name = f"@llvm.vector.reduce.or.v{width}i1"
        code.needs[name] = f"declare i1 {name}({typed('i1', width)})"
        bad = code.op(f"call i1 {name}({typed('i1', width)} {bad})")
    old = code.op("load i1, ptr %failed")
    code.do(f"store i1 {code.op(f'or i1 {old}, {bad}')}, ptr %failed")


# ---- memory ----


def load_scalar(code: Code, dtype: DType, pointer: str) -> str:
    """The element at ``pointer``."""
    value = code.op(f"load {MEMORY[dtype]}, ptr {pointer}")
    return unpacked(code, value, dtype, 1)


def store_scalar(code: Code, value: str, dtype: DType, pointer: str) -> None:
    """Write one element to ``pointer``."""
    value = packed(code, value, dtype, 1)
    code.do(f"store {MEMORY[dtype]} {value}, ptr {pointer}")


def masked_lanes(code: Code, place: str, last: str, width: int) -> str:
    """Which lanes of a vector at ``place`` are before ``last``."""
    left = code.op(f"sub i64 {last}, {place}")
    short = code.spread(code.op(f"trunc i64 {left} to i32"), "i32", width)
    return code.op(f"icmp slt <{width} x i32> {lanes('i32', width)}, {short}")


def load_vector(code: Code, pointer: str, dtype: DType, width: int, mask: str | None) -> str:
    """The elements at ``pointer``; 0 where a mask is False."""
    base = MEMORY[dtype]
    kind = typed(base, width)
    if mask is None:
        value = code.op(f"load {kind}, ptr {pointer}, align {dtype.itemsize}")
    else:
        name = f"@llvm.masked.load.{suffix(base, width)}.p0"
        code.needs[name] = f"declare {kind} {name}(ptr, i32 immarg, <{width} x i1>, {kind})"
        value = code.op(f"call {kind} {name}(ptr {pointer}, i32 {dtype.itemsize}, "
                        f"<{width} x i1> {mask}, {kind} zeroinitializer)")
    return unpacked(code, value, dtype, width)


def store_vector(code: Code, value: str, pointer: str, dtype: DType, width: int,
                 mask: str | None) -> None:
    """Write elements to ``pointer``, where a mask is True."""
    base = MEMORY[dtype]
    kind = typed(base, width)
    value = packed(code, value, dtype, width)
    if mask is None:
        code.do(f"store {kind} {value}, ptr {pointer}, align {dtype.itemsize}")
        return
    name = f"@llvm.masked.store.{suffix(base, width)}.p0"
    code.needs[name] = f"declare void {name}({kind}, ptr, i32 immarg, <{width} x i1>)"
    code.do(f"call void {name}({kind} {value}, ptr {pointer}, i32 {dtype.itemsize}, "
            f"<{width} x i1> {mask})")
