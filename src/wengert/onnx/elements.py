"""How each elementwise primitive is written in ONNX: one row each.

A row is the name of ONNX's operator, or a function of an :class:`Element` (with which it makes
nodes and numbers of the dtype) and the names of the arguments.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ..engine.dtypes import DType, bool_, int32
from ..engine.graph import Node
from ..engine.ops.elementwise import constant
from .writer import Rule, Writer


class Element:
    """Makes the nodes of an elementwise primitive on arguments of ``dtype``."""

    def __init__(self, writer: Writer, dtype: DType) -> None:
        self.writer, self.dtype = writer, dtype

    def __call__(self, kind: str, *inputs: str, **attributes: Any) -> str:
        return self.writer.op(kind, *inputs, **attributes)

    def n(self, value: float) -> str:
        """A number."""
        return self.writer.tensor(np.asarray(value, self.dtype.numpy))

    def truth(self, x: str) -> str:
        """Whether ``x`` is not 0."""
        return x if self.dtype is bool_ else self("Cast", x, to=self.writer.kind(bool_))

    @property
    def whole(self) -> bool:
        """Whether it is of whole numbers."""
        return not self.dtype.is_floating_point


COMPARISONS = ("lt", "le", "gt", "ge")
Row = str | Callable[..., str]


OF_TRUTH = frozenset([
    "eq", "ne", "logical_and", "logical_or", "logical_xor", "logical_not", "bitwise_and",
    "bitwise_or", "bitwise_xor", "bitwise_not"])
"""What ONNX computes of truth values; the others compute with 0 and 1."""


def rule_of(name: str, row: Row) -> Rule:
    """A row as a rule: arguments that are Python numbers take the dtype of the others."""
    def rule(w: Writer, node: Node) -> str:
        dtypes = {arg.dtype for arg in node.args if not arg.weak}
        dtype = dtypes.pop() if len(dtypes) == 1 else next(iter(dtypes - {bool_}), node.dtype)
        args = [w.value(arg, dtype) for arg in node.args]
        as_numbers = dtype is bool_ and name not in OF_TRUTH
        if as_numbers:
            dtype, args = int32, [w.op("Cast", x, to=w.kind(int32)) for x in args]
        found = w.op(row, *args) if isinstance(row, str) else row(Element(w, dtype), *args)
        again = as_numbers and node.dtype is bool_ and name not in COMPARISONS
        return w.op("Cast", found, to=w.kind(bool_)) if again else found
    return rule


def where(w: Writer, node: Node) -> str:
    """The one that does not have its arguments in one dtype."""
    condition, a, b = node.args
    return chosen(w, w.value(condition, bool_), w.value(a, node.dtype), w.value(b, node.dtype),
                  node.dtype)


def chosen(w: Writer, condition: str, a: str, b: str, dtype: DType) -> str:
    """``a`` where the condition holds, ``b`` elsewhere; runtimes do not have it of truth values."""
    if dtype is bool_:
        return w.op("Or", w.op("And", condition, a), w.op("And", w.op("Not", condition), b))
    return w.op("Where", condition, a, b)


def same(w: Writer, node: Node) -> str:
    """The first argument as it is."""
    x = node.args[0]
    return w.value(x, node.dtype) if x.prim is constant else w.names[x]


def not_(kind: str) -> Row:
    return lambda e, *xs: e("Not", e(kind, *xs))


def logical(kind: str) -> Row:
    return lambda e, *xs: e(kind, *map(e.truth, xs))


def bitwise(kind: str, of_bools: str) -> Row:
    return lambda e, *xs: e(of_bools if e.dtype is bool_ else kind, *xs)


def trunc(e: Element, x: str) -> str:
    return e("Mul", e("Sign", x), e("Floor", e("Abs", x)))


def floored(e: Element, a: str, b: str) -> str:
    """The quotient, rounded down; ONNX's of whole numbers is rounded towards 0."""
    return e("Div", e("Sub", a, e("Mod", a, b)), b) if e.whole else e("Floor", e("Div", a, b))


def remainder(e: Element, a: str, b: str) -> str:
    return e("Mod", a, b) if e.whole else e("Sub", a, e("Mul", e("Floor", e("Div", a, b)), b))


def logaddexp(e: Element, a: str, b: str) -> str:
    """The larger one, and what the other adds."""
    less = e("Neg", e("Abs", e("Sub", a, b)))
    return e("Add", e("Max", a, b), e("Log", e("Add", e("Exp", less), e.n(1))))


def normal_cdf(e: Element, x: str) -> str:
    return e("Mul", e.n(0.5), e("Add", e.n(1), e("Erf", e("Mul", x, e.n(math.sqrt(0.5))))))


def xlogy(e: Element, x: str, y: str) -> str:
    return e("Where", e("Equal", x, e.n(0)), e.n(0), e("Mul", x, e("Log", y)))


def tail(e: Element, x: str) -> str:
    """erfc, by 1 - erf: exact to the rounding of 1."""
    return e("Sub", e.n(1), e("Erf", x))


def over(kind: str, base: float) -> Row:
    """A logarithm to another base."""
    return lambda e, x: e("Mul", e(kind, x), e.n(1 / math.log(base)))


ROWS: dict[str, Row] = {
    "add": "Add", "sub": "Sub", "mul": "Mul", "div": "Div", "neg": "Neg",
    "annihilate": lambda e, ct, p: e("Where", e("Equal", ct, e.n(0)), e.n(0), e("Mul", ct, p)),
    "eq": "Equal", "ne": not_("Equal"), "lt": "Less", "le": "LessOrEqual", "gt": "Greater",
    "ge": "GreaterOrEqual",
    "logical_and": logical("And"), "logical_or": logical("Or"), "logical_xor": logical("Xor"),
    "logical_not": logical("Not"),
    "bitwise_and": bitwise("BitwiseAnd", "And"), "bitwise_or": bitwise("BitwiseOr", "Or"),
    "bitwise_xor": bitwise("BitwiseXor", "Xor"), "bitwise_not": bitwise("BitwiseNot", "Not"),
    "isnan": "IsNaN", "isinf": "IsInf",
    "isfinite": lambda e, x: e("Not", e("Or", e("IsNaN", x), e("IsInf", x))),
    "maximum": "Max", "minimum": "Min", "clamp_min": "Max", "clamp_max": "Min",
    "relu": "Relu", "sign": "Sign", "abs": "Abs",
    "square": lambda e, x: e("Mul", x, x),
    "cube": lambda e, x: e("Mul", e("Mul", x, x), x),
    "sqrt": "Sqrt", "root": "Sqrt", "reciprocal": "Reciprocal", "pow": "Pow",
    "exp": "Exp", "exp2": lambda e, x: e("Pow", e.n(2), x),
    "expm1": lambda e, x: e("Sub", e("Exp", x), e.n(1)),
    "log": "Log", "log2": over("Log", 2), "log10": over("Log", 10),
    "log1p": lambda e, x: e("Log", e("Add", x, e.n(1))),
    "sigmoid": "Sigmoid", "softplus": "Softplus", "logaddexp": logaddexp,
    "logit": lambda e, x: e("Log", e("Div", x, e("Sub", e.n(1), x))),
    "tanhshrink": lambda e, x: e("Sub", x, e("Tanh", x)),
    "sin": "Sin", "cos": "Cos", "tan": "Tan", "asin": "Asin", "acos": "Acos", "atan": "Atan",
    "sinh": "Sinh", "cosh": "Cosh", "tanh": "Tanh", "asinh": "Asinh", "acosh": "Acosh",
    "atanh": "Atanh",
    "hypot": lambda e, a, b: e("Sqrt", e("Add", e("Mul", a, a), e("Mul", b, b))),
    "erf": "Erf", "erfc": tail, "ndtr": normal_cdf, "xlogy": xlogy,
    "gauss": lambda e, x: e("Exp", e("Neg", e("Mul", x, x))),
    "bell": lambda e, x: e("Exp", e("Mul", e.n(-0.5), e("Mul", x, x))),
    "share": lambda e, a, b: e("Sigmoid", e("Sub", a, b)),
    "floor": "Floor", "ceil": "Ceil", "round": "Round", "trunc": trunc,
    "floor_divide": floored, "remainder": remainder,
    "trunc_divide": lambda e, a, b: e("Div", a, b) if e.whole else trunc(e, e("Div", a, b)),
    "fmod": lambda e, a, b: e("Mod", a, b, fmod=1),
}
"""By the name of the primitive."""

ELEMENTWISE: dict[str, Rule] = {
    **{name: rule_of(name, row) for name, row in ROWS.items()}, "where": where,
    **dict.fromkeys(["surely_finite", "class_place", "source", "stop", "alias", "settle",
                     "piecewise", "tether", "copy", "to_device", "conj", "real", "bounded"], same)}
"""Their rules, and those of what only says something of a value."""

__all__ = ["ELEMENTWISE", "chosen"]
