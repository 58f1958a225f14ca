"""Elementwise primitives as LLVM IR, on scalars or on vectors of any width.

:class:`Code` collects the text of a function; :func:`compute` appends the instructions of one
primitive. A value is its name in the text; its type follows from a kernel dtype and a width.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

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
from ...passes.fuse import HALVES, SHORT
from . import functions
from .literals import literal

_RELEASE = [int(part) for part in llvmlite.__version__.split(".")[:2] if part.isdigit()]
SHORT_SPLATS = _RELEASE >= [0, 45]
"""Whether llvmlite's LLVM (from 20 on) reads a vector of one constant in its short form."""
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


Parts = dict[tuple[str, str], tuple[str, str, str]]


class Code:
    """The text of a function under construction.

    ``ahead`` are the lines that belong before the loop that is being written.
    """

    def __init__(self, counter: list[int] | None = None,
                 needs: dict[str, str] | None = None) -> None:
        self.lines: list[str] = []
        self.ahead: list[str] = []
        self.counter = counter if counter is not None else [0]
        self.needs = needs if needs is not None else {}
        """Declarations and definitions that the text needs, by name."""
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


# ---- one primitive ----

COMPARE = {"eq": ("oeq", "eq"), "ne": ("une", "ne"), "lt": ("olt", "slt"), "le": ("ole", "sle"),
           "gt": ("ogt", "sgt"), "ge": ("oge", "sge")}
ARITHMETIC = {"add": ("fadd contract", "add"), "sub": ("fsub contract", "sub"),
              "mul": ("fmul contract", "mul")}
LOGIC = {"logical_and": "and", "logical_or": "or", "logical_xor": "xor"}
ROUND = {"floor": "floor", "ceil": "ceil", "trunc": "trunc", "sqrt": "sqrt", "root": "sqrt"}
LARGER = {"maximum": True, "clamp_min": True, "minimum": False, "clamp_max": False}


def compute(code: Code, node: Node, args: Sequence[tuple[str, DType]], width: int) -> str:
    """The value of ``node`` for the values of its arguments."""
    name = node.prim.name
    if name in ("cast", "copy", "alias", "full", "broadcast_to"):
        return convert(code, args[0][0], args[0][1], kernel_dtype(node), width)
    if name in LOGIC or name == "logical_not":
        bools = [convert(code, v, d, bool_, width) for v, d in args]
        kind = typed("i1", width)
        if name == "logical_not":
            return code.op(f"xor {kind} {bools[0]}, {literal_of(code, 1, bool_, width)}")
        return code.op(f"{LOGIC[name]} {kind} {bools[0]}, {bools[1]}")
    dtype = operand_dtype(node)
    if name == "where":
        chosen = [convert(code, v, d, dtype, width) for v, d in args[1:]]
        condition = convert(code, args[0][0], args[0][1], bool_, width)
        kind = typed(BASE[dtype], width)
        return select(code, condition, chosen[0], chosen[1], kind, width)
    values = [convert(code, v, d, dtype, width) for v, d in args]
    partner = functions.PARTNERS.get(name)
    code.both = partner is not None and (partner, node.args[0]) in code.near
    return arithmetic(code, name, values, dtype, width)


def select(code: Code, condition: str, a: str, b: str, kind: str, width: int) -> str:
    return code.op(f"select {typed('i1', width)} {condition}, {kind} {a}, {kind} {b}")


def operand_dtype(node: Node) -> DType:
    """The dtype that the arguments of an elementwise node are computed in."""
    args = node.args[1:] if node.prim.name == "where" else node.args
    strong = [arg for arg in args if not arg.weak]
    if strong:
        return strong[0].dtype
    dtypes = [kernel_dtype(arg) for arg in args]
    if node.prim.name in ("div", "reciprocal") or node.dtype.category == FLOAT:
        return float64 if node.weak or node.dtype is bool_ else node.dtype
    return max(dtypes, key=lambda d: (d.category, d.itemsize))


def wanted(node: Node, i: int) -> DType | None:
    """The dtype in which an elementwise node takes its argument ``i``; None if it does not say."""
    name = node.prim.name
    if name in ("cast", "copy", "alias", "full", "broadcast_to", "position") or (
            name.startswith("logical")) or (name == "where" and i == 0):
        return None
    return operand_dtype(node)


def arithmetic(code: Code, name: str, v: list[str], dtype: DType, width: int) -> str:
    """A primitive on values of one dtype."""
    base = BASE[dtype]
    kind = typed(base, width)
    floating = dtype.category == FLOAT

    def const(value: complex) -> str:
        return literal_of(code, value, dtype, width)

    if name in ARITHMETIC:
        return code.op(f"{ARITHMETIC[name][not floating]} {kind} {v[0]}, {v[1]}")
    if name in COMPARE:
        test = f"fcmp {COMPARE[name][0]}" if floating else f"icmp {COMPARE[name][1]}"
        return code.op(f"{test} {kind} {v[0]}, {v[1]}")
    if name == "annihilate":
        product = code.op(f"fmul {kind} {v[0]}, {v[1]}")
        none = code.op(f"fcmp oeq {kind} {v[0]}, {const(0)}")
        return select(code, none, const(0), product, kind, width)
    if name == "neg":
        return code.op(f"fneg {kind} {v[0]}" if floating else f"sub {kind} {const(0)}, {v[0]}")
    if name == "div":
        return code.op(f"fdiv {kind} {v[0]}, {v[1]}")
    if name == "reciprocal":
        return code.op(f"fdiv {kind} {const(1)}, {v[0]}")
    if name in ("square", "cube"):
        times = "fmul contract" if floating else "mul"
        out = code.op(f"{times} {kind} {v[0]}, {v[0]}")
        return out if name == "square" else code.op(f"{times} {kind} {out}, {v[0]}")
    if name in LARGER:
        return extreme(code, LARGER[name], v[0], v[1], dtype, width)
    if name == "relu":
        test = "fcmp ole" if floating else "icmp sle"
        low = code.op(f"{test} {kind} {v[0]}, {const(0)}")
        return select(code, low, const(0), v[0], kind, width)
    if name == "sign":
        up = code.op(f"fcmp ogt {kind} {v[0]}, {const(0)}")
        down = code.op(f"fcmp olt {kind} {v[0]}, {const(0)}")
        out = select(code, down, const(-1), v[0], kind, width)
        return select(code, up, const(1), out, kind, width)
    if name == "abs":
        return (code.intrinsic("fabs", base, width, v[0]) if floating
                else code.intrinsic("abs", base, width, v[0], extra=", i1 false"))
    if name in ROUND:
        return code.intrinsic(ROUND[name], base, width, v[0])
    if name in TESTS:
        return TESTS[name](code, v[0], dtype, width)
    if name == "sigmoid" and not functions.has_inline("sigmoid", dtype, width):
        grown = functions.call(code, "exp", dtype, width,
                               [code.op(f"fneg {kind} {v[0]}")])
        return code.op(f"fdiv {kind} {const(1)}, "
                       + code.op(f"fadd {kind} {grown}, {const(1)}"))
    if name == "ndtr" and not functions.has_inline("ndtr", dtype, width):
        return _ndtr(code, v[0], dtype, width)
    return functions.call(code, name, dtype, width, v)


ROOT_HALF = {float64: (math.sqrt(0.5), -4.833646656726457e-17),
             float32: (0.70710676908493042, 1.2101617485882344e-08)}
"""The root of one half, and what is left of it."""


def _ndtr(code: Code, x: str, dtype: DType, width: int) -> str:
    """The normal distribution: by erfc at a rounded argument, and erfc's slope over its value there
    (Komatsu's bound) times what rounding lost."""
    base, kind = BASE[dtype], typed(BASE[dtype], width)
    root, rest = (literal_of(code, -part, dtype, width) for part in ROOT_HALF[dtype])
    z = code.op(f"fmul {kind} {x}, {root}")
    lost = code.intrinsic("fma", base, width, x, root, code.op(f"fneg {kind} {z}"))
    lost = code.intrinsic("fma", base, width, x, rest, lost)
    steep = code.intrinsic("fma", base, width, z, z, literal_of(code, 1.5, dtype, width))
    steep = code.op(f"fadd {kind} {z}, {code.intrinsic('sqrt', base, width, steep)}")
    lost = code.op(f"fmul {kind} {lost}, {steep}")
    size = code.intrinsic("fabs", base, width, x)
    near = code.op(f"fcmp olt {kind} {size}, {literal_of(code, 100, dtype, width)}")
    lost = select(code, near, lost, literal_of(code, 0, dtype, width), kind, width)
    half = code.op(f"fmul {kind} {functions.call(code, 'erfc', dtype, width, [z])}, "
                   f"{literal_of(code, 0.5, dtype, width)}")
    return code.op(f"fsub {kind} {half}, {code.op(f'fmul {kind} {half}, {lost}')}")


def extreme(code: Code, largest: bool, a: str, b: str, dtype: DType, width: int) -> str:
    """The larger or smaller of two values; NaN if either is."""
    base = BASE[dtype]
    kind = typed(base, width)
    if dtype.category != FLOAT:
        return code.intrinsic("smax" if largest else "smin", base, width, a, b)
    first = code.op(f"fcmp {'ugt' if largest else 'ult'} {kind} {a}, {b}")
    out = select(code, first, a, b, kind, width)
    lost = code.op(f"fcmp uno {kind} {b}, {b}")
    return select(code, lost, b, out, kind, width)


def _isnan(code: Code, x: str, dtype: DType, width: int) -> str:
    return code.op(f"fcmp uno {typed(BASE[dtype], width)} {x}, {x}")


def _against_infinity(test: str) -> Callable[[Code, str, DType, int], str]:
    def against(code: Code, x: str, dtype: DType, width: int) -> str:
        size = code.intrinsic("fabs", BASE[dtype], width, x)
        top = literal_of(code, math.inf, dtype, width)
        return code.op(f"fcmp {test} {typed(BASE[dtype], width)} {size}, {top}")
    return against


TESTS = {"isnan": _isnan, "isinf": _against_infinity("oeq"), "isfinite": _against_infinity("olt")}
