"""How each elementwise primitive is written in Python, C and Fortran: one row each.

``{0}``, ``{1}`` stand for the arguments; ``{d}`` for the dtype of the result as the language writes
it. A text is as tight as its operator says (:data:`TERM` and its like); any other is closed by its
brackets. A name in :data:`HELPERS` is a function that the source brings along, where it is called.
"""

from __future__ import annotations

import re
from typing import NamedTuple

ATOM, POWER, FACTOR, TERM, COMPARISON, REST = 9, 5, 4, 3, 2, 0


class Row(NamedTuple):
    """An elementwise primitive in each language, and how tightly the texts hold together."""

    python: str
    c: str
    fortran: str
    tightness: int = ATOM
    inner: tuple[int, ...] = ()
    """How tightly each argument has to hold together, to stand without parentheses."""

    def needed(self, text: str, i: int) -> int:
        """How tight argument ``i`` has to be in a text of this row: nothing, in a call's brackets.
        """
        alone = re.search(rf"[(,] ?\{{{i}\}}[,)]", text)
        return 0 if alone or i >= len(self.inner) else self.inner[i]

    def tight(self, text: str) -> int:
        """How tight the text is."""
        return ATOM if text.endswith(")") and not text.startswith("{") else self.tightness


def _operator(text: str, tightness: int, *inner: int, c: str = "", fortran: str = "") -> Row:
    return Row(text, c or text, fortran or text, tightness, inner)


def _function(name: str, python: str = "", c: str = "", fortran: str = "") -> Row:
    return Row(f"{python or 'np.' + name}({{0}})", f"{c or name}({{0}})",
               f"{fortran or name}({{0}})")


def _pair(name: str, python: str = "", c: str = "", fortran: str = "") -> Row:
    return Row(f"{python or 'np.' + name}({{0}}, {{1}})", f"{c or name}({{0}}, {{1}})",
               f"{fortran or name}({{0}}, {{1}})")


def _compared(text: str, fortran: str = "") -> Row:
    return _operator(text, COMPARISON, TERM, TERM, fortran=fortran)


ROWS = {
    "add": _operator("{0} + {1}", TERM, TERM, TERM),
    "sub": _operator("{0} - {1}", TERM, TERM, FACTOR),
    "mul": _operator("{0} * {1}", FACTOR, FACTOR, POWER),
    "div": _operator("{0} / {1}", FACTOR, FACTOR, POWER),
    "neg": _operator("-{0}", TERM, FACTOR),
    "annihilate": _pair("cut", "cut"),
    "eq": _compared("{0} == {1}"), "ne": _compared("{0} != {1}", fortran="{0} /= {1}"),
    "lt": _compared("{0} < {1}"), "le": _compared("{0} <= {1}"),
    "gt": _compared("{0} > {1}"), "ge": _compared("{0} >= {1}"),
    "logical_and": Row("np.logical_and({0}, {1})", "({0} && {1})", "({0} .and. {1})"),
    "logical_or": Row("np.logical_or({0}, {1})", "({0} || {1})", "({0} .or. {1})"),
    "logical_xor": Row("np.logical_xor({0}, {1})", "(!({0}) != !({1}))", "({0} .neqv. {1})"),
    "logical_not": Row("np.logical_not({0})", "!({0})", "(.not. ({0}))"),
    "isnan": Row("np.isnan({0})", "isnan({0})", "({0} /= {0})", inner=(TERM,)),
    "isinf": Row("np.isinf({0})", "isinf({0})", "(abs({0}) > huge({0}))"),
    "isfinite": Row("np.isfinite({0})", "isfinite({0})", "(abs({0}) <= huge({0}))"),
    "where": Row("np.where({0}, {1}, {2})", "({0} ? {1} : {2})", "merge({1}, {2}, {0})"),
    "maximum": _pair("maximum"), "minimum": _pair("minimum"),
    "clamp_min": _pair("maximum"), "clamp_max": _pair("minimum"),
    "relu": Row("np.maximum({0}, 0)", "maximum({0}, 0)", "maximum({0}, 0.0_{d})"),
    "sign": _function("sign", c="sign_of", fortran="sign_of"),
    "abs": _function("abs", c="fabs"),
    "square": Row("{0}**2", "square({0})", "{0}**2", POWER, (ATOM,)),
    "cube": Row("{0}**3", "cube({0})", "{0}**3", POWER, (ATOM,)),
    "sqrt": _function("sqrt"), "root": _function("sqrt"),
    "reciprocal": _operator("1 / {0}", FACTOR, POWER),
    "pow": Row("np.power({0}, {1})", "pow({0}, {1})", "{0}**{1}", POWER, (ATOM, ATOM)),
    "exp": _function("exp"), "expm1": _function("expm1"), "exp2": _function("exp2"),
    "log": _function("log"), "log2": _function("log2"), "log10": _function("log10"),
    "log1p": _function("log1p"),
    "sigmoid": _function("sigmoid", "sigmoid"), "softplus": _function("softplus", "softplus"),
    "logaddexp": _pair("logaddexp"),
    "sin": _function("sin"), "cos": _function("cos"), "tan": _function("tan"),
    "asin": _function("arcsin", c="asin", fortran="asin"),
    "acos": _function("arccos", c="acos", fortran="acos"),
    "atan": _function("arctan", c="atan", fortran="atan"),
    "sinh": _function("sinh"), "cosh": _function("cosh"), "tanh": _function("tanh"),
    "asinh": _function("arcsinh", c="asinh", fortran="asinh"),
    "acosh": _function("arccosh", c="acosh", fortran="acosh"),
    "atanh": _function("arctanh", c="atanh", fortran="atanh"),
    "atan2": _pair("arctan2", c="atan2", fortran="atan2"), "hypot": _pair("hypot"),
    "erf": _function("erf", "erf"), "erfc": _function("erfc", "erfc"),
    "ndtr": _function("ndtr", "ndtr"),
    "lgamma": _function("lgamma", "lgamma", fortran="log_gamma"),
    "xlogy": _pair("xlogy", "xlogy"),
    "floor": _function("floor", fortran="floor_of"),
    "ceil": _function("ceil", fortran="ceiling_of"),
    "trunc": _function("trunc", fortran="aint"),
    "round": _function("rint", fortran="rint"),
    "remainder": _pair("remainder", c="remainder_of", fortran="modulo"),
    "fmod": _pair("fmod", fortran="mod"),
    "copysign": _pair("copysign", fortran="sign"),
    "surely_finite": _operator("{0}", ATOM, ATOM),
}
"""By the name of the primitive. Where a language has no such function, a helper below is it."""


class Helper(NamedTuple):
    """A function that a source brings along: its text in each language, empty where the language
    has it. In C it is for ``real``, in Fortran elemental for both kinds."""

    python: str = ""
    c: str = ""
    fortran: str = ""
    needs: tuple[str, ...] = ()


def _both(arguments: str, body: str) -> str:
    """A Fortran function as elemental: arguments, and the statements that set ``y``."""
    return f"{arguments}\n{body}"


HELPERS = {
    "cut": Helper(
        'def cut(ct, p):\n    """ct * p, and 0 where ct is 0, whatever p is."""\n'
        "    with np.errstate(invalid=\"ignore\"):\n"
        "        return np.where(np.equal(ct, 0), 0, np.multiply(ct, p))",
        "/* ct * p, and 0 where ct is 0, whatever p is. */\n"
        "static inline real cut(real ct, real p) { return ct == 0 ? 0 : ct * p; }",
        _both("ct, p", "y = merge(0.0_{d}, ct * p, ct == 0)")),
    "maximum": Helper(
        c="/* NaN where either is. */\nstatic inline real maximum(real a, real b) "
          "{ return a >= b || isnan(a) ? a : b; }",
        fortran=_both("a, b", "y = merge(a, b, a >= b .or. a /= a)")),
    "minimum": Helper(
        c="/* NaN where either is. */\nstatic inline real minimum(real a, real b) "
          "{ return a <= b || isnan(a) ? a : b; }",
        fortran=_both("a, b", "y = merge(a, b, a <= b .or. a /= a)")),
    "sign_of": Helper(
        c="static inline real sign_of(real x) { return isnan(x) ? x : (x > 0) - (x < 0); }",
        fortran=_both("x", "y = merge(x, merge(sign(1.0_{d}, x), 0.0_{d}, x /= 0), x /= x)")),
    "square": Helper(c="static inline real square(real x) { return x * x; }"),
    "cube": Helper(c="static inline real cube(real x) { return x * x * x; }"),
    "sigmoid": Helper(
        "def sigmoid(x):\n    small = np.exp(-np.abs(x))\n"
        "    return np.where(np.less(x, 0), small, 1) / (1 + small)",
        "static inline real sigmoid(real x)\n{\n    const real small = exp(-fabs(x));\n"
        "    return (x < 0 ? small : 1) / (1 + small);\n}",
        _both("x", "y = merge(exp(-abs(x)), 1.0_{d}, x < 0) / (1 + exp(-abs(x)))")),
    "softplus": Helper(
        "def softplus(x):\n    return np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))",
        "static inline real softplus(real x) { return maximum(x, 0) + log1p(exp(-fabs(x))); }",
        _both("x", "y = maximum(x, 0.0_{d}) + log1p(exp(-abs(x)))"), ("maximum", "log1p")),
    "logaddexp": Helper(
        c="static inline real logaddexp(real a, real b)\n"
          "{ return a == b ? a + log(2.0) : maximum(a, b) + log1p(exp(-fabs(a - b))); }",
        fortran=_both("a, b", "y = merge(a + log(2.0_{d}), maximum(a, b) + log1p(exp(-abs(a - b))),"
                      " a == b)"), needs=("maximum", "log1p")),
    "xlogy": Helper(
        "def xlogy(x, y):\n    with np.errstate(divide=\"ignore\", invalid=\"ignore\"):\n"
        "        return np.where(np.equal(x, 0) & ~np.isnan(y), 0, x * np.log(y))",
        "static inline real xlogy(real x, real y) "
        "{ return x == 0 && !isnan(y) ? 0 : x * log(y); }",
        _both("x, z", "y = merge(0.0_{d}, x * log(z), x == 0 .and. z == z)")),
    "erf": Helper("erf = np.vectorize(math.erf, otypes=[float])"),
    "erfc": Helper("erfc = np.vectorize(math.erfc, otypes=[float])"),
    "ndtr": Helper(
        "def ndtr(x):\n    return 0.5 * erfc(-x / 2**0.5)",
        "static inline real ndtr(real x) { return 0.5 * erfc(-x / sqrt(2.0)); }",
        _both("x", "y = 0.5_{d} * erfc(-x / sqrt(2.0_{d}))"), ("erfc",)),
    "lgamma": Helper("lgamma = np.vectorize(math.lgamma, otypes=[float])"),
    "remainder_of": Helper(
        c="static inline real remainder_of(real a, real b)\n{\n    const real r = fmod(a, b);\n"
          "    return r != 0 && (r < 0) != (b < 0) ? r + b : r;\n}"),
    "floor_of": Helper(fortran=_both("x", "y = aint(x) - merge(1.0_{d}, 0.0_{d}, aint(x) > x)")),
    "ceiling_of": Helper(
        fortran=_both("x", "y = aint(x) + merge(1.0_{d}, 0.0_{d}, aint(x) < x)")),
    "triangle_solve": Helper(
        'def triangle_solve(a, b, upper, unit):\n'
        '    """The x for which the triangle of a, times x, is b."""\n'
        "    a = np.triu(a, int(unit)) if upper else np.tril(a, -int(unit))\n"
        "    return np.linalg.solve(a + unit * np.eye(a.shape[-1], dtype=a.dtype), b)"),
    **{name: Helper(fortran="libm") for name in ("expm1", "exp2", "log2", "log1p", "rint")},
}
"""Those of Fortran that say ``libm`` are the C library's."""

__all__ = ["ATOM", "COMPARISON", "FACTOR", "HELPERS", "POWER", "REST", "ROWS", "TERM", "Helper",
           "Row"]
