"""The row of a primitive, for people: its value, its derivatives, its kinks, and where that is
written.

:func:`derivative` finds it; ``docs/derivatives.md`` has all of them. A formula is that of
``formula.py`` for what is elementwise; of the others it is the expression in the row itself.
"""

from __future__ import annotations

import ast
import difflib
import importlib
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from html import escape
from pathlib import Path
from typing import Any, NamedTuple

from ..engine import locks, ops
from ..engine.dtypes import float64
from ..engine.graph import TABLE, Jvp, Linear, Node, Partial, Primitive, Unknown
from ..engine.ops.structural import free, input_
from . import kinks
from .formula import Formulas

ROOT = Path(__file__).parents[1]
KINDS = {Partial: "partial", Linear: "linear", Jvp: "tangent rule", Unknown: "unknown",
         type(None): "none"}


class Argument(NamedTuple):
    """The derivative in one argument: ``kind`` is that of the table, ``formula`` is for reading,
    ``written`` the expression in the source, at ``place``."""

    name: str
    kind: str
    formula: str
    written: str
    place: str


@dataclass(frozen=True)
class Derivation:
    """A row of the table."""

    name: str
    value: str
    arguments: tuple[Argument, ...]
    kinks: tuple[str, ...]
    place: str
    elementwise: bool

    def __str__(self) -> str:
        text = [f"y = {self.value}" + f"    ({self.name}, {self.place})"]
        for each in self.arguments:
            text.append(f"  d y / d {each.name} = {each.formula}    ({each.kind})"
                        if each.kind == "partial" else f"  in {each.name}: {each.formula}")
            if each.written and each.written not in each.formula:
                text.append(f"    written {each.written}    ({each.place})")
        return "\n".join(text + [f"  {line}" for line in self.kinks])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return f"<pre>{escape(str(self))}</pre>"


def derivative(name: str) -> Derivation:
    """The row of the primitive ``name``, or of that which the function of this name is."""
    everything()
    prim = TABLE.get(name) or TABLE.get(ALSO.get(name, ""))
    if prim is None:
        near = difflib.get_close_matches(name, [*TABLE, *ALSO], 4, 0.5)
        hint = f"; near it: {', '.join(near)}" if near else ""
        raise KeyError(f"there is no primitive {name!r}: a function that is not in the table is "
                       f"made of those that are, and explain(f)(x) shows which{hint}")
    return row(prim)


ALSO = {"arccos": "acos", "arcsin": "asin", "arctan": "atan", "arctan2": "atan2", "absolute": "abs",
        "multiply": "mul", "divide": "div", "true_divide": "div", "subtract": "sub",
        "negative": "neg", "max": "amax", "min": "amin", "mm": "matmul", "bmm": "matmul",
        "clamp": "clamp_min", "digamma": "polygamma", "cat": "concatenate", "permute": "transpose",
        "expit": "sigmoid", "arccosh": "acosh", "arcsinh": "asinh", "arctanh": "atanh",
        "fix": "trunc", "gather": "take_along", "view": "reshape", "conv2d": "conv"}
"""Names of functions that are a primitive of another name."""


@cache
def everything() -> dict[str, Primitive]:
    """The whole table: the rarer rows are loaded when they are first used."""
    for module in pkgutil.iter_modules(ops.__path__):
        importlib.import_module(f"{ops.__name__}.{module.name}")
    return dict(TABLE)


@cache
def row(prim: Primitive) -> Derivation:
    """What there is to say of a primitive."""
    kinds = prim.derivatives
    variadic = callable(kinds) or not kinds
    example = scalars(prim)
    names = letters(prim, 1 if callable(kinds) else max(len(kinds), arity(prim)))
    arguments = []
    for i, name in enumerate(names):
        kind = prim.derivative(i)
        said = KINDS[type(kind)]
        written, place = source_of(function_of(kind))
        formula = written
        if example is not None and isinstance(kind, Partial) and not isinstance(kind, Unknown):
            formula = as_formula(example, i) or written
        if isinstance(kind, Linear):
            formula = f"linear: ct ↦ {mapped(example, i) or written}"
        elif isinstance(kind, Jvp):
            formula = f"t ↦ {written}"
        elif kind is None:
            formula = "no derivative"
        arguments.append(Argument(name if not variadic else f"{name}, …", said,
                                  formula, written, place))
    return Derivation(prim.name, value_of(prim, names, example), tuple(arguments),
                      tuple(kinks.lines(prim.name)), place_of(prim), prim.elementwise)


def letters(prim: Primitive, count: int) -> list[str]:
    """What the arguments are called."""
    return ["x"] if count < 2 else [chr(97 + i) for i in range(count)]


def scalars(prim: Primitive) -> Node | None:
    """An elementwise primitive on numbers; None where it takes more than that."""
    kinds = prim.derivatives
    if not prim.elementwise or callable(kinds):
        return None
    try:
        return prim(*[Node(input_, (), {}, (), float64, True)
                      for _ in range(max(len(kinds), arity(prim)))])
    except Exception:   # it takes integers, or static arguments
        return None


def arity(prim: Primitive) -> int:
    """How many arguments its text speaks of."""
    return max((int(part[0]) + 1 for part in prim.text.split("{")[1:] if part[0].isdigit()),
               default=1)


def names_of(node: Node) -> Formulas:
    letters_ = letters(node.prim, len(node.args))
    formulas = Formulas({node: "y", **dict(zip(node.args, letters_, strict=True))}, {}, set())
    formulas.long = 10_000
    return formulas


def as_formula(node: Node, i: int) -> str:
    """The partial of a node in an argument."""
    kind = node.prim.derivative(i)
    assert isinstance(kind, Partial)
    try:
        text = names_of(node).simplified(kind.p(node, *node.args, **node.params))
    except Exception:
        return ""
    return text if len(text) <= 200 else ""


def mapped(node: Node | None, i: int) -> str:
    """What the transpose does."""
    if node is None:
        return ""
    kind = node.prim.derivative(i)
    assert isinstance(kind, Linear)
    ct = free(node.shape, node.dtype)
    formulas = names_of(node)
    formulas.names[ct] = "ct"
    try:
        return formulas.simplified(kind.T(ct, *node.args, **node.params))
    except Exception:
        return ""


def value_of(prim: Primitive, names: list[str], example: Node | None) -> str:
    """The value as a formula."""
    if example is not None:
        formulas = names_of(example)
        return formulas.formula(example)
    text = prim.text or f"{prim.name}({{0}})"
    for i, name in enumerate(names):
        text = text.replace(f"{{{i}}}", name)
    return text if "{" not in text else text.replace("{", "").replace("}", "")


# ---- where it is written ----


def function_of(kind: Any) -> Callable[..., Any] | None:
    match kind:
        case Partial(function) | Linear(function) | Jvp(function):
            return function
    return None


def source_of(function: Callable[..., Any] | None) -> tuple[str, str]:
    """The expression of a derivative as it is written, and its file and line."""
    code = getattr(function, "__code__", None)
    if code is None:
        return "", ""
    place = f"{relative(code.co_filename)}:{code.co_firstlineno}"
    spots = [(line, column) for line, last, column, end in code.co_positions()
             if line is not None and column is not None and (line, column) != (last, end)]
    best: ast.Lambda | ast.FunctionDef | None = None
    for node in functions(code.co_filename):
        if node.lineno <= code.co_firstlineno <= (node.end_lineno or 0) and (
                [arg.arg for arg in node.args.posonlyargs + node.args.args]
                == list(code.co_varnames[:code.co_argcount])) and all(
                inside(node, spot) for spot in spots):
            best = node
    if isinstance(best, ast.Lambda):
        return ast.unparse(best.body), place
    name = getattr(function, "__name__", "")
    return (f"{name}({ast.unparse(best.args)})" if best is not None else name), place


def inside(node: ast.expr | ast.stmt, spot: tuple[int, int]) -> bool:
    """Whether a line and column are in a piece of source."""
    return (node.lineno, node.col_offset) <= spot <= (node.end_lineno or 0,
                                                      node.end_col_offset or 0)


@cache
def parsed(file: str) -> ast.Module:
    try:
        return locks.parsed(Path(file).read_text(encoding="utf-8"))
    except (OSError, SyntaxError):
        return ast.Module([], [])


@cache
def functions(file: str) -> list[ast.Lambda | ast.FunctionDef]:
    return [node for node in ast.walk(parsed(file)) if isinstance(node, ast.Lambda
                                                                  | ast.FunctionDef)]


@cache
def rows_in_source() -> dict[str, str]:
    """Where each primitive is declared, by its name as the first argument of a call."""
    found: dict[str, str] = {}
    for file in sorted(Path(ops.__path__[0]).glob("*.py")):
        for node in ast.walk(parsed(str(file))):
            if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
                name = node.args[0].value
                if isinstance(name, str) and name in TABLE and declares(node):
                    found.setdefault(name, f"{relative(str(file))}:{node.lineno}")
    return found


def declares(call: ast.Call) -> bool:
    """Whether a call makes a primitive: it has an implementation too."""
    return len(call.args) + len(call.keywords) > 1


def place_of(prim: Primitive) -> str:
    """The file and line of a row."""
    known = rows_in_source().get(prim.name)
    if known:
        return known
    for function in places(prim):
        code = getattr(function, "__code__", None)
        if code is not None:
            return f"{relative(code.co_filename)}:{code.co_firstlineno}"
    return "a row that is made by a function"


def places(prim: Primitive) -> Iterator[Any]:
    yield function_of(prim.derivative(0))
    yield prim.infer
    yield prim.impl


def relative(file: str) -> str:
    """A file of this package from its root; another by its name."""
    path = Path(file)
    return f"wengert/{path.relative_to(ROOT).as_posix()}" if path.is_relative_to(ROOT) else (
        path.name)


__all__ = ["Argument", "Derivation", "derivative", "everything", "row"]
