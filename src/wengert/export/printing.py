"""What C and Fortran share of writing down the small language of ``code.py``."""

from __future__ import annotations

import math
from typing import Any

from ..engine.dtypes import DType, bool_, float32, float64, int32, int64
from .code import (
    Apply,
    Block,
    Compared,
    Counted,
    Expression,
    For,
    If,
    Literal,
    Ref,
    Set,
    Statement,
    references,
)
from .factorisations import FACTORISATIONS
from .helpers import HELPERS, Helper
from .index import QUOTIENT, Part, Place
from .loops import lowered
from .rows import ATOM, COMPARISON, FACTOR, ROWS, TERM, Row
from .traced import Argument, Traced, every_node

STACK = 1 << 15
"""So many bytes of a function's arrays are on the stack; with more, they are allocated."""


class Printer:
    """What both languages share: expressions and places."""

    def __init__(self, traced: Traced) -> None:
        self.traced = traced
        self.real = traced.real
        self.block, constants = lowered(traced)
        self.constants = {name: traced.constants[node] for node, name in constants.items()}
        self.scalars = {each.name for each in traced.inputs if not each.shape} | {
            name for name, (shape, _) in self.block.variables.items() if not shape}
        self.helpers: dict[str, None] = {}
        self.lines: list[str] = []
        self.indent = 1
        for each in (*traced.inputs, *traced.outputs):
            if 0 in each.shape:
                raise NotImplementedError(f"{each.name} has no elements")

    # the parts that differ
    def text_of(self, row: Row | Helper) -> str:
        raise NotImplementedError

    def literal(self, value: Any, dtype: DType) -> str:
        raise NotImplementedError

    def element(self, name: str, index: list[str]) -> str:
        raise NotImplementedError

    def cast(self, text: str, old: str, new: DType) -> str:
        raise NotImplementedError

    def remainder(self, text: str, n: int) -> str:
        raise NotImplementedError

    def write(self, line: str) -> None:
        self.lines.append("    " * self.indent + line)

    def text(self, x: Expression, tight: int = 0) -> str:
        """An expression, in parentheses if it holds together less than that."""
        found, tightness = self.of(x)
        return found if tightness >= tight else f"({found})"

    def of(self, x: Expression) -> tuple[str, int]:
        """An expression, and how tightly it holds together."""
        match x:
            case Literal(value=value, dtype=dtype):
                return self.literal(value, dtype), (
                    TERM if not isinstance(value, bool) and value < 0 else ATOM)
            case Ref(name=name, index=index):
                return self.element(name, [self.place(at) for at in index]), ATOM
            case Counted(at=at):
                return self.place(at), TERM if len(at.terms) + bool(at.const) > 1 else FACTOR
            case Compared(left=left, right=right):
                return f"{self.place(left)} <= {self.place(right)}", COMPARISON
        if x.op.startswith("cast "):
            return self.cast(self.text(x.args[0]), x.op[5:], x.dtype), ATOM
        return self.applied(x)

    def applied(self, x: Apply) -> tuple[str, int]:
        """An elementwise primitive, by its row."""
        row = ROWS[x.op]
        text = self.text_of(row)
        self.need(text.split("(", 1)[0])
        args = [self.text(arg, row.needed(text, i)) for i, arg in enumerate(x.args)]
        return text.replace("{d}", "wp").format(*args), row.tight(text)

    def need(self, name: str) -> None:
        """Bring a helper along, after those that it calls."""
        helper = HELPERS.get(name)
        if helper is not None and self.text_of(helper):
            for other in helper.needs:
                self.need(other)
            self.helpers[name] = None

    def place(self, x: Place) -> str:
        """A place as an expression of whole numbers."""
        found = ""
        for atom, count in sorted(x.terms, key=lambda term: term[1] < 0):
            text = self.atom(atom, abs(count) != 1)
            text = text if abs(count) == 1 else f"{abs(count)} * {text}"
            sign = "-" if count < 0 else "+"
            found = f"{found} {sign} {text}" if found else (f"-{text}" if count < 0 else text)
        if not found:
            return str(x.const)
        return f"{found} {'+' if x.const > 0 else '-'} {abs(x.const)}" if x.const else found

    def atom(self, atom: Any, tight: bool) -> str:
        """A part of a place."""
        if isinstance(atom, str):
            return atom
        if isinstance(atom, Part):
            inner = self.place(atom.of)
            if atom.what == QUOTIENT:
                return f"(({inner}) / {atom.n})"
            return self.remainder(inner, atom.n)
        return self.text(atom, ATOM)

    def shape_bytes(self) -> int:
        """The bytes of the function's own arrays."""
        return sum(math.prod(shape) * dtype.itemsize
                   for shape, dtype in self.block.variables.values() if shape)

    def remarks(self) -> list[str]:
        """What a caller has to know of the results."""
        factored = any(node.prim.name in FACTORISATIONS for node in every_node(self.traced.graph))
        return ["A matrix without a factorisation gives NaN or infinities: look at the results."
                ] if factored else []

    def is_output(self, name: str) -> bool:
        return any(each.name == name for each in self.traced.outputs)


def dtype_of(value: Any) -> DType:
    """The dtype of an array that is a constant."""
    return {"d": float64, "f": float32, "l": int64, "q": int64, "i": int32, "?": bool_}[
        value.dtype.char]


def set_once(block: Block) -> set[str]:
    """The variables that one statement sets, outside of which nothing inside its turns reads them:
    a constant of those turns."""
    homes: dict[str, list[tuple[int, ...]]] = {}
    reads: dict[str, list[tuple[int, ...]]] = {}

    def visit(statements: list[Statement], path: tuple[int, ...]) -> None:
        for each in statements:
            if isinstance(each, For | If):
                for ref in references(each.condition if isinstance(each, If) else
                                      (each.start, each.stop)):
                    reads.setdefault(ref.name, []).append(path)
                visit(each.body, (*path, id(each)))
            elif isinstance(each, Set):
                for ref in references((each.value, each.target.index)):
                    reads.setdefault(ref.name, []).append(
                        path if ref.name in homes else (-1,))   # read before it is set
                homes.setdefault(each.target.name, []).append((-1,) if each.op else path)

    visit(block.body, ())
    return {name for name, (shape, _) in block.variables.items()
            if not shape and len(homes.get(name, ())) == 1 and homes[name][0] != (-1,)
            and all(path[:len(homes[name][0])] == homes[name][0] for path in reads.get(name, ()))}


def described(each: Argument) -> str:
    """A shape and dtype for people."""
    node = each.node
    text = node.dtype.name + (f"[{', '.join(map(str, node.shape))}]" if node.ndim else "")
    return f"{text}, {each.about}" if each.about else text


__all__ = ["STACK", "Printer", "described", "dtype_of", "set_once"]
