"""Elementwise primitives as LLVM IR, on scalars or on vectors of any width.

:func:`lowers` registers how a primitive is written; what is registered is what kernels fuse, and
every other primitive is a library call. :func:`compute` appends the instructions of a node to a
:class:`~.text.Code`. A primitive of a user's own may be registered, too::

    @lowers(softsign)
    def write(code, values, dtype, width): ...
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

from ...dtypes import FLOAT, DType, bool_, float32, float64, int64
from ...graph import Node, Primitive
from ...ops import elementwise as el
from ...ops import fused, rounding, special
from ...ops.bessel import ndtr
from ...ops.reduce import root
from ...ops.structural import alias, broadcast_to, copy, full
from . import functions
from .text import BASE, Code, convert, fail, kernel_dtype, lanes, literal_of, select, typed

FLOATS, NUMBERS, ALL = range(3)
"""What a primitive is computed on: float32 and float64; integers too; bools too."""
Write = Callable[[Code, Sequence[str], DType, int], str]
"""Appends the instructions of a primitive for values of one dtype; the name of the result."""
Operands = Sequence[tuple[str, DType]]
WriteNode = Callable[[Code, Node, Operands, int], str]


class Lowering(NamedTuple):
    """How a primitive is written, and the dtypes that it is computed on; ``alike`` says that its
    operands are brought to one dtype before (:func:`operand_dtype`)."""

    write: WriteNode
    on: int
    alike: bool


LOWERINGS: dict[Primitive, Lowering] = {}
"""What kernels compute element by element."""


def lowers(*prims: Primitive, on: int = FLOATS) -> Callable[[Write], Write]:
    """Register how ``prims`` are written for operands of one dtype, which is among those ``on``."""
    def register(write: Write) -> Write:
        def write_node(code: Code, node: Node, args: Operands, width: int) -> str:
            return write(code, [value for value, _ in args], args[0][1], width)

        LOWERINGS.update(dict.fromkeys(prims, Lowering(write_node, on, True)))
        return write
    return register


def lowers_node(*prims: Primitive, on: int,
                alike: bool = False) -> Callable[[WriteNode], WriteNode]:
    """Register how nodes of ``prims`` are written whose parameters, or whose operands' dtypes,
    matter."""
    def register(write: WriteNode) -> WriteNode:
        LOWERINGS.update(dict.fromkeys(prims, Lowering(write, on, alike)))
        return write
    return register


def compute(code: Code, node: Node, args: Operands, width: int) -> str:
    """The value of ``node`` for the values of its arguments."""
    if node.prim in RESHAPED:
        return converted(code, node, args, width)
    write, _, alike = LOWERINGS[node.prim]
    if alike:
        dtype = operand_dtype(node)
        args = [(convert(code, v, d, dtype, width), dtype) for v, d in args]
        partner = functions.PARTNERS.get(FUNCTIONS.get(node.prim, ""))
        code.both = partner is not None and (partner, node.args[0]) in code.near
    return write(code, node, args, width)


RESHAPED = frozenset([full, broadcast_to])
"""What changes the shape, and perhaps the dtype."""


def operand_dtype(node: Node) -> DType:
    """The dtype that the arguments of an elementwise node are computed in."""
    args = node.args[1:] if node.prim is el.where else node.args
    strong = [arg for arg in args if not arg.weak]
    if strong:
        return strong[0].dtype
    dtypes = [kernel_dtype(arg) for arg in args]
    if node.prim in (el.div, el.reciprocal) or node.dtype.category == FLOAT:
        return float64 if node.weak or node.dtype is bool_ else node.dtype
    return max(dtypes, key=lambda d: (d.category, d.itemsize))


def operands(node: Node) -> tuple[Node, ...]:
    """The arguments that are read."""
    return () if node.prim is fused.position else node.args


def wanted(node: Node, i: int) -> DType | None:
    """The dtype in which an elementwise node takes its argument ``i``; None if it does not say."""
    if node.prim is el.where:
        return operand_dtype(node) if i else None
    lowering = LOWERINGS.get(node.prim)
    return operand_dtype(node) if lowering is not None and lowering.alike else None


# ---- what takes operands as they are ----


@lowers_node(el.cast, copy, alias, on=ALL)
def converted(code: Code, node: Node, args: Operands, width: int) -> str:
    return convert(code, *args[0], kernel_dtype(node), width)


def logical(how: str) -> WriteNode:
    """Two bools as one."""
    def write(code: Code, node: Node, args: Operands, width: int) -> str:
        a, b = (convert(code, v, d, bool_, width) for v, d in args)
        return code.op(f"{how} {typed('i1', width)} {a}, {b}")
    return write


for _prim, _how in ((el.logical_and, "and"), (el.logical_or, "or"), (el.logical_xor, "xor")):
    lowers_node(_prim, on=ALL)(logical(_how))


@lowers_node(el.logical_not, on=ALL)
def inverted(code: Code, node: Node, args: Operands, width: int) -> str:
    value = convert(code, *args[0], bool_, width)
    return code.op(f"xor {typed('i1', width)} {value}, {literal_of(code, 1, bool_, width)}")


@lowers_node(el.where, on=ALL)
def chosen(code: Code, node: Node, args: Operands, width: int) -> str:
    dtype = operand_dtype(node)
    a, b = (convert(code, v, d, dtype, width) for v, d in args[1:])
    condition = convert(code, *args[0], bool_, width)
    return select(code, condition, a, b, typed(BASE[dtype], width), width)


@lowers_node(fused.position, on=NUMBERS)
def position(code: Code, node: Node, args: Operands, width: int) -> str:
    """Where in the row the elements are; 0 in an array of one."""
    if code.place is None:
        return "0"
    first = code.spread(code.place, "i64", width)
    return code.op(f"add <{width} x i64> {first}, {lanes('i64', width)}")


@lowers_node(fused.class_place, on=NUMBERS, alike=True)
def class_place(code: Code, node: Node, args: Operands, width: int) -> str:
    """Class numbers; -1 for one to ignore; a failure noted for one out of range."""
    value = convert(code, *args[0], int64, width)
    kind, test = typed("i64", width), typed("i1", width)
    classes = code.splat(code.integer(node.params["classes"]), "i64", width)
    ignore = code.splat(code.integer(node.params["ignore"]), "i64", width)
    # As an unsigned number, a negative one is too large as well.
    out = code.op(f"icmp uge {kind} {value}, {classes}")
    skip = code.op(f"icmp eq {kind} {value}, {ignore}")
    keep = code.op(f"xor {test} {skip}, {code.splat('true', 'i1', width)}")
    fail(code, code.op(f"and {test} {out}, {keep}"), width)
    return code.op(f"select {test} {skip}, {kind} {code.splat('-1', 'i64', width)}, "
                   f"{kind} {value}")


# ---- instructions ----


def instruction(floats: str, integers: str | None = None) -> Write:
    """One instruction for floats, and perhaps another for integers."""
    def write(code: Code, v: Sequence[str], dtype: DType, width: int) -> str:
        how = floats if integers is None or dtype.category == FLOAT else integers
        return code.op(f"{how} {typed(BASE[dtype], width)} {', '.join(v)}")
    return write


for _prim, _floats, _integers in (
        (el.add, "fadd contract", "add"), (el.sub, "fsub contract", "sub"),
        (el.mul, "fmul contract", "mul"), (el.lt, "fcmp olt", "icmp slt"),
        (el.le, "fcmp ole", "icmp sle"), (el.gt, "fcmp ogt", "icmp sgt"),
        (el.ge, "fcmp oge", "icmp sge")):
    lowers(_prim, on=NUMBERS)(instruction(_floats, _integers))
lowers(el.eq, on=ALL)(instruction("fcmp oeq", "icmp eq"))
lowers(el.ne, on=ALL)(instruction("fcmp une", "icmp ne"))
lowers(el.div)(instruction("fdiv"))


@lowers(el.neg, on=NUMBERS)
def negative(code: Code, v: Sequence[str], dtype: DType, width: int) -> str:
    kind = typed(BASE[dtype], width)
    return code.op(f"fneg {kind} {v[0]}" if dtype.category == FLOAT else
                   f"sub {kind} {literal_of(code, 0, dtype, width)}, {v[0]}")


@lowers(el.annihilate)
def annihilating(code: Code, v: Sequence[str], dtype: DType, width: int) -> str:
    kind, zero = typed(BASE[dtype], width), literal_of(code, 0, dtype, width)
    product = code.op(f"fmul {kind} {v[0]}, {v[1]}")
    none = code.op(f"fcmp oeq {kind} {v[0]}, {zero}")
    return select(code, none, zero, product, kind, width)


@lowers(el.reciprocal)
def reciprocal(code: Code, v: Sequence[str], dtype: DType, width: int) -> str:
    one = literal_of(code, 1, dtype, width)
    return code.op(f"fdiv {typed(BASE[dtype], width)} {one}, {v[0]}")


def times(code: Code, a: str, b: str, dtype: DType, width: int) -> str:
    how = "fmul contract" if dtype.category == FLOAT else "mul"
    return code.op(f"{how} {typed(BASE[dtype], width)} {a}, {b}")


@lowers(el.square, on=NUMBERS)
def square(code: Code, v: Sequence[str], dtype: DType, width: int) -> str:
    return times(code, v[0], v[0], dtype, width)


@lowers(el.cube, on=NUMBERS)
def cube(code: Code, v: Sequence[str], dtype: DType, width: int) -> str:
    return times(code, square(code, v, dtype, width), v[0], dtype, width)


@lowers(el.maximum, el.clamp_min, on=NUMBERS)
def larger(code: Code, v: Sequence[str], dtype: DType, width: int) -> str:
    return extreme(code, True, v[0], v[1], dtype, width)


@lowers(el.minimum, el.clamp_max, on=NUMBERS)
def smaller(code: Code, v: Sequence[str], dtype: DType, width: int) -> str:
    return extreme(code, False, v[0], v[1], dtype, width)


@lowers(el.relu, on=NUMBERS)
def relu(code: Code, v: Sequence[str], dtype: DType, width: int) -> str:
    kind, zero = typed(BASE[dtype], width), literal_of(code, 0, dtype, width)
    test = "fcmp ole" if dtype.category == FLOAT else "icmp sle"
    low = code.op(f"{test} {kind} {v[0]}, {zero}")
    return select(code, low, zero, v[0], kind, width)


@lowers(el.sign)
def sign(code: Code, v: Sequence[str], dtype: DType, width: int) -> str:
    kind = typed(BASE[dtype], width)
    none, less, more = (literal_of(code, value, dtype, width) for value in (0, -1, 1))
    up = code.op(f"fcmp ogt {kind} {v[0]}, {none}")
    down = code.op(f"fcmp olt {kind} {v[0]}, {none}")
    return select(code, up, more, select(code, down, less, v[0], kind, width), kind, width)


@lowers(el.abs_, on=NUMBERS)
def size(code: Code, v: Sequence[str], dtype: DType, width: int) -> str:
    base = BASE[dtype]
    return (code.intrinsic("fabs", base, width, v[0]) if dtype.category == FLOAT
            else code.intrinsic("abs", base, width, v[0], extra=", i1 false"))


def rounded(name: str) -> Write:
    """An intrinsic of one argument."""
    return lambda code, v, dtype, width: code.intrinsic(name, BASE[dtype], width, v[0])


for _prim, _how in ((rounding.floor, "floor"), (rounding.ceil, "ceil"),
                    (rounding.trunc, "trunc"), (el.sqrt, "sqrt"), (root, "sqrt")):
    lowers(_prim)(rounded(_how))


@lowers(el.isnan)
def is_nan(code: Code, v: Sequence[str], dtype: DType, width: int) -> str:
    return code.op(f"fcmp uno {typed(BASE[dtype], width)} {v[0]}, {v[0]}")


def against_infinity(test: str) -> Write:
    """How large a value is beside infinity."""
    def against(code: Code, v: Sequence[str], dtype: DType, width: int) -> str:
        magnitude = code.intrinsic("fabs", BASE[dtype], width, v[0])
        top = literal_of(code, math.inf, dtype, width)
        return code.op(f"fcmp {test} {typed(BASE[dtype], width)} {magnitude}, {top}")
    return against


is_finite = against_infinity("olt")
lowers(el.isinf)(against_infinity("oeq"))
lowers(el.isfinite)(is_finite)


@lowers(fused.surely_finite)
def surely_finite(code: Code, v: Sequence[str], dtype: DType, width: int) -> str:
    """The value; a failure noted where it is not finite."""
    finite = is_finite(code, v, dtype, width)
    fail(code, code.op(f"xor {typed('i1', width)} {finite}, {code.splat('true', 'i1', width)}"),
         width)
    return v[0]


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


# ---- functions ----

FUNCTIONS: dict[Primitive, str] = {
    el.exp: "exp", el.exp2: "exp2", el.expm1: "expm1", el.log: "log", el.log2: "log2",
    el.log10: "log10", el.log1p: "log1p", el.sin: "sin", el.cos: "cos", el.tan: "tan",
    el.asin: "asin", el.acos: "acos", el.atan: "atan", el.sinh: "sinh", el.cosh: "cosh",
    el.tanh: "tanh", el.asinh: "asinh", el.acosh: "acosh", el.atanh: "atanh",
    special.erf: "erf", special.erfc: "erfc", el.pow_: "pow", el.atan2: "atan2",
    el.hypot: "hypot"}
"""What the math library calls the functions that it has."""


def function(name: str) -> Write:
    """A function of the math library."""
    return lambda code, v, dtype, width: functions.call(code, name, dtype, width, list(v))


for _prim, _how in FUNCTIONS.items():
    lowers(_prim)(function(_how))


@lowers(el.sigmoid)
def sigmoid(code: Code, v: Sequence[str], dtype: DType, width: int) -> str:
    if functions.has_inline("sigmoid", dtype, width):
        return functions.call(code, "sigmoid", dtype, width, list(v))
    kind, one = typed(BASE[dtype], width), literal_of(code, 1, dtype, width)
    grown = functions.call(code, "exp", dtype, width, [code.op(f"fneg {kind} {v[0]}")])
    return code.op(f"fdiv {kind} {one}, {code.op(f'fadd {kind} {grown}, {one}')}")


ROOT_HALF = {float64: (math.sqrt(0.5), -4.833646656726457e-17),
             float32: (0.70710676908493042, 1.2101617485882344e-08)}
"""The root of one half, and what is left of it."""


def bell(name: str, times: float) -> Write:
    """e^(times x^2), with what the square has lost."""
    def write(code: Code, v: Sequence[str], dtype: DType, width: int) -> str:
        if functions.has_inline(name, dtype, width):
            return functions.call(code, name, dtype, width, list(v))
        base, kind = BASE[dtype], typed(BASE[dtype], width)
        factor, top = (literal_of(code, value, dtype, width) for value in (times, 40))
        size = code.intrinsic("fabs", base, width, v[0])
        size = select(code, code.op(f"fcmp ogt {kind} {size}, {top}"), top, size, kind, width)
        square = code.op(f"fmul {kind} {size}, {size}")
        lost = code.intrinsic("fma", base, width, size, size, code.op(f"fneg {kind} {square}"))
        y = functions.call(code, "exp", dtype, width, [code.op(f"fmul {kind} {square}, {factor}")])
        return code.intrinsic("fma", base, width, y, code.op(f"fmul {kind} {lost}, {factor}"), y)
    return write


lowers(special.gauss)(bell("gauss", -1.0))
lowers(special.bell)(bell("bell", -0.5))


@lowers(ndtr)
def normal(code: Code, v: Sequence[str], dtype: DType, width: int) -> str:
    """The normal distribution: by erfc at a rounded argument, and erfc's slope over its value there
    (Komatsu's bound) times what rounding lost."""
    if functions.has_inline("ndtr", dtype, width):
        return functions.call(code, "ndtr", dtype, width, list(v))
    x, = v
    base, kind = BASE[dtype], typed(BASE[dtype], width)
    root, rest = (literal_of(code, -part, dtype, width) for part in ROOT_HALF[dtype])
    z = code.op(f"fmul {kind} {x}, {root}")
    lost = code.intrinsic("fma", base, width, x, root, code.op(f"fneg {kind} {z}"))
    lost = code.intrinsic("fma", base, width, x, rest, lost)
    steep = code.intrinsic("fma", base, width, z, z, literal_of(code, 1.5, dtype, width))
    steep = code.op(f"fadd {kind} {z}, {code.intrinsic('sqrt', base, width, steep)}")
    lost = code.op(f"fmul {kind} {lost}, {steep}")
    far = code.intrinsic("fabs", base, width, x)
    near = code.op(f"fcmp olt {kind} {far}, {literal_of(code, 100, dtype, width)}")
    lost = select(code, near, lost, literal_of(code, 0, dtype, width), kind, width)
    half = code.op(f"fmul {kind} {functions.call(code, 'erfc', dtype, width, [z])}, "
                   f"{literal_of(code, 0.5, dtype, width)}")
    return code.op(f"fsub {kind} {half}, {code.op(f'fmul {kind} {half}, {lost}')}")
