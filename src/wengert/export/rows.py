"""How each elementwise primitive is written in Python, C and Fortran: one row each.

``{0}``, ``{1}`` stand for the arguments; ``{d}`` for the dtype of the result as the language writes
it. A text is as tight as its operator says (:data:`TERM` and its like); any other is closed by its
brackets. The functions that a source brings along are in ``helpers.py``.
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
    "gauss": _function("gauss", "gauss"), "bell": _function("bell", "bell"),
    "share": _pair("share", "share"),
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
"""By the name of the primitive. Where a language has no such function, a helper is it."""


__all__ = ["ATOM", "COMPARISON", "FACTOR", "POWER", "REST", "ROWS", "TERM", "Row"]
