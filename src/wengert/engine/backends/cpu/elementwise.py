"""Elementwise primitives as LLVM IR, on scalars or on vectors of any width.

:func:`compute` appends the instructions of one primitive to a :class:`~.text.Code`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from ...dtypes import FLOAT, DType, bool_, float32, float64
from ...graph import Node
from . import functions
from .text import BASE, Code, convert, kernel_dtype, literal_of, select, typed

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
