"""A traced function as C: :func:`c_source`."""

from __future__ import annotations

import math
from typing import Any, ClassVar

import numpy as np

from ..engine.dtypes import DType, bool_, float32, float64, int32, int64, uint8
from .code import Comment, Expression, For, If, Ref, Set, Statement
from .helpers import HELPERS, Helper
from .printing import STACK, Printer, described, dtype_of, set_once
from .rows import Row
from .traced import Argument, Traced


class CPrinter(Printer):
    """C99, with ``<tgmath.h>``, so that one text serves double and float."""

    TYPES: ClassVar[dict[DType, str]] = {
        float64: "real", float32: "real", int64: "int64_t", int32: "int32_t", bool_: "bool",
        uint8: "int32_t"}   # which element of its window is the largest

    def text_of(self, row: Row | Helper) -> str:
        return row.c

    def literal(self, value: Any, dtype: DType) -> str:
        if dtype is bool_:
            return "true" if value else "false"
        if not dtype.is_floating_point:
            return str(int(value))
        value = float(value)
        if value != value or value in (math.inf, -math.inf):
            return "NAN" if value != value else "INFINITY" if value > 0 else "-INFINITY"
        text = repr(value)
        return text if self.real is float64 else f"{np.float32(value)!s}f"

    def element(self, name: str, index: list[str]) -> str:
        if not index:
            return f"*{name}" if self.is_output(name) else name
        return name + "".join(f"[{at}]" for at in index)

    def cast(self, text: str, old: str, new: DType) -> str:
        return f"({self.TYPES[new]})({text})"

    def remainder(self, text: str, n: int) -> str:
        return f"(({text}) % {n})"

    def statements(self, statements: list[Statement]) -> None:
        for each in statements:
            match each:
                case Comment(text=text):
                    self.write(f"/* {text.replace('*/', '* /')} */")
                case Set(target=target, value=value, op=op):
                    self.set_(target, value, op)
                case If(condition=condition, body=body):
                    self.write(f"if ({self.text(condition)}) {{")
                    self.inside(body)
                case For(variable=v, start=start, stop=stop, body=body, down=down):
                    first, last = self.place(start), self.place(stop)
                    self.write(f"for (int {v} = {self.place(stop + -1)}; {v} >= {first}; {v}--) {{"
                               if down else
                               f"for (int {v} = {first}; {v} < {last}; {v}++) {{")
                    self.inside(body)

    def inside(self, body: list[Statement]) -> None:
        self.indent += 1
        self.statements(body)
        self.indent -= 1
        self.write("}")

    def set_(self, target: Ref, value: Expression, op: str) -> None:
        found = self.text(value)
        name = target.name
        if not op and not target.index and name in self.once:
            self.write(f"const {self.TYPES[self.block.variables[name][1]]} {name} = {found};")
            return
        self.write(f"{self.text(target)} {op}= {found};")

    def source(self) -> str:
        """The whole file."""
        t, variables = self.traced, self.block.variables
        self.once = set_once(self.block)
        large = self.shape_bytes() > STACK
        freed = []
        for name, (shape, dtype) in variables.items():
            kind = self.TYPES[dtype]
            if shape and large:
                self.write(f"{kind} (*{name}){extents(shape[1:])} = malloc({shape[0]} * "
                           f"sizeof *{name});" if shape[1:] else
                           f"{kind} *{name} = malloc({shape[0]} * sizeof *{name});")
                freed.append(name)
            elif shape:
                self.write(f"{kind} {name}{extents(shape)};")
            elif name not in self.once:
                self.write(f"{kind} {name};")
        if freed:
            self.write(f"if (!({' && '.join(freed)})) {{ fprintf(stderr, \"{t.name}: "
                       "out of memory\\n\"); exit(1); }")
        self.statements(self.block.body)
        for name in freed:
            self.write(f"free({name});")
        arguments = [self.argument(each, "const ") for each in t.inputs]
        arguments += [self.argument(each, "") if each.shape else
                      f"{self.TYPES[each.node.dtype]} *{each.name}" for each in t.outputs]
        constants = [self.constant(name, value) for name, value in self.constants.items()]
        helpers = [HELPERS[name].c for name in self.helpers]
        library = ["math", "stdbool", "stdint", *(["stdio", "stdlib"] if freed else []), "tgmath"]
        head = [f"/* {t.about}, written by Wengert; C99, needs libm alone.", " *",
                *(f" * {each.name}: {described(each)}" for each in t.inputs),
                " * Results:", *(f" * {each.name}: {described(each)}" for each in t.outputs),
                *(f" * {remark}" for remark in self.remarks()), " */",
                *(f"#include <{name}.h>" for name in library), "",
                f"typedef {'double' if self.real is float64 else 'float'} real;"]
        body = [f"void {t.name}({', '.join(arguments)})", "{", *self.lines, "}"]
        parts = ["\n".join(head), *helpers, "\n".join(constants), "\n".join(body)]
        return "\n\n".join(part for part in parts if part) + "\n"

    def argument(self, each: Argument, const: str) -> str:
        kind = self.TYPES[each.node.dtype]
        if not each.shape:
            return f"{kind} {each.name}"
        return f"{const}{kind} {each.name}{extents(each.shape)}"

    def constant(self, name: str, value: Any) -> str:
        dtype = dtype_of(value)
        return f"static const {self.TYPES[dtype]} {name}{extents(value.shape)} = " + (
            self.braces(value.tolist(), dtype)) + ";"

    def braces(self, value: Any, dtype: DType) -> str:
        if isinstance(value, list):
            return "{" + ", ".join(self.braces(v, dtype) for v in value) + "}"
        return self.literal(value, dtype)


def extents(shape: tuple[int, ...]) -> str:
    return "".join(f"[{n}]" for n in shape)


def c_hessian(hvp: Traced, name: str) -> str:
    """A function that makes the Hessian of the products with a vector, one for each row."""
    *inputs, direction = hvp.inputs
    printer = CPrinter(hvp)
    shape = direction.shape
    letters = [f"i{d}" for d in range(len(shape))]
    at = "".join(f"[{letter}]" for letter in letters)
    given = [each.name for each in inputs]
    arguments = [printer.argument(each, "const ") for each in inputs]
    arguments.append(f"real hessian{extents(shape + shape)}" if shape else "real *hessian")
    lines = ["", f"void {name}({', '.join(arguments)})", "{"]
    if not shape:
        called = f"    {hvp.name}({', '.join([*given, '1', 'hessian'])});"
        return "\n".join([*lines, called, "}", ""])
    zeros = "{" * len(shape) + "0" + "}" * len(shape)
    lines.append(f"    real {direction.name}{extents(shape)} = {zeros};")
    for d, (letter, n) in enumerate(zip(letters, shape, strict=True)):
        lines.append("    " * (d + 1) + f"for (int {letter} = 0; {letter} < {n}; {letter}++) {{")
    inner = "    " * (len(shape) + 1)
    lines += [f"{inner}{direction.name}{at} = 1;",
              f"{inner}{hvp.name}({', '.join([*given, direction.name, 'hessian' + at])});",
              f"{inner}{direction.name}{at} = 0;"]
    lines += ["    " * (d + 1) + "}" for d in reversed(range(len(shape)))]
    return "\n".join([*lines, "}", ""])


def c_source(traced: Traced) -> str:
    """A file with one function, C99."""
    return CPrinter(traced).source()


__all__ = ["c_hessian", "c_source"]
