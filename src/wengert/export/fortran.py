"""A traced function as Fortran: :func:`fortran_source`."""

from __future__ import annotations

import math
import re
from typing import Any, ClassVar

import numpy as np

from ..engine.dtypes import DType, bool_, float32, float64, int32, int64, uint8
from .code import Apply, Comment, Expression, For, If, Literal, Ref, Set, Statement
from .helpers import HELPERS, Helper
from .index import Part
from .printing import STACK, Printer, described, dtype_of
from .rows import ATOM, FACTOR, TERM, Row
from .traced import Traced


class FortranPrinter(Printer):
    """Fortran 2008, with the bounds of C, so that an index is the same in both."""

    TYPES: ClassVar[dict[DType, str]] = {
        float64: "real(wp)", float32: "real(wp)", int64: "integer(c_int64_t)",
        int32: "integer(c_int32_t)", bool_: "logical(c_bool)",
        uint8: "integer(c_int32_t)"}   # which element of its window is the largest

    def text_of(self, row: Row | Helper) -> str:
        return row.fortran

    def literal(self, value: Any, dtype: DType) -> str:
        if dtype is bool_:
            return ".true._c_bool" if value else ".false._c_bool"
        if not dtype.is_floating_point:
            return f"{int(value)}_{'c_int64_t' if dtype is int64 else 'c_int32_t'}"
        value = float(value)
        if value != value:
            return "ieee_value(1.0_wp, ieee_quiet_nan)"
        if value in (math.inf, -math.inf):
            return f"ieee_value(1.0_wp, ieee_{'positive' if value > 0 else 'negative'}_inf)"
        text = repr(value) if self.real is float64 else str(np.float32(value))
        if "e" in text and "." not in text:
            text = text.replace("e", ".0e")
        return f"{text}_wp"

    def element(self, name: str, index: list[str]) -> str:
        return f"{name}({', '.join(index)})" if index else name

    def cast(self, text: str, old: str, new: DType) -> str:
        if new.is_floating_point:
            return f"merge(1.0_wp, 0.0_wp, {text})" if old == "bool" else f"real({text}, wp)"
        if new is bool_:
            return f"logical({text} /= 0, c_bool)"
        kind = "c_int64_t" if new is int64 else "c_int32_t"
        return (f"merge(1_{kind}, 0_{kind}, {text})" if old == "bool" else f"int({text}, {kind})")

    def remainder(self, text: str, n: int) -> str:
        return f"modulo({text}, {n})"

    def atom(self, atom: Any, tight: bool) -> str:
        text = super().atom(atom, tight)
        return text if isinstance(atom, str | Part) else f"int({text})"   # of the default kind

    def applied(self, x: Apply) -> tuple[str, int]:
        if x.op in ("eq", "ne") and x.dtype is bool_ and self.is_logical(x.args[0]):
            word = ".eqv." if x.op == "eq" else ".neqv."
            return f"({self.text(x.args[0])} {word} {self.text(x.args[1])})", ATOM
        if x.op == "where":   # of one kind, so that merge takes them
            c, a, b = x.args
            return f"merge({self.text(a)}, {self.text(b)}, {self.text(c)})", ATOM
        return super().applied(x)

    def is_logical(self, x: Expression) -> bool:
        return (isinstance(x, Literal | Apply) and x.dtype is bool_) or (
            isinstance(x, Ref) and self.block.variables.get(x.name, ((), float64))[1] is bool_)

    def statements(self, statements: list[Statement]) -> None:
        for each in statements:
            match each:
                case Comment(text=text):
                    self.write(f"! {text}"[:120])
                case Set(target=target, value=value, op=op):
                    old = self.text(target)
                    found = self.text(value, FACTOR + 1 if op == "/" else TERM + 1 if op else 0)
                    if self.is_kind(target, bool_) and not isinstance(value, Literal):
                        found = f"logical({found}, c_bool)"
                    self.write(f"{old} = {old} {op} {found}" if op else f"{old} = {found}")
                case If(condition=condition, body=body):
                    self.write(f"if ({self.text(condition)}) then")
                    self.inside(body, "end if")
                case For(variable=v, start=start, stop=stop, body=body, down=down):
                    first, last = self.place(start), self.place(stop + -1)
                    self.write(f"do {v} = {last}, {first}, -1" if down else
                               f"do {v} = {first}, {last}")
                    self.variables[v] = None
                    self.inside(body, "end do")

    def is_kind(self, target: Ref, dtype: DType) -> bool:
        known = {each.name: each.node.dtype for each in self.traced.outputs}
        return (known.get(target.name) or self.block.variables[target.name][1]) is dtype

    def inside(self, body: list[Statement], end: str) -> None:
        self.indent += 1
        self.statements(body)
        self.indent -= 1
        self.write(end)

    def source(self) -> str:
        """The whole file: a module with one subroutine, which C can call too."""
        t = self.traced
        self.variables: dict[str, None] = {}
        self.indent = 2
        large = self.shape_bytes() > STACK
        names = [each.name for each in (*t.inputs, *t.outputs)]
        declared = [f"{self.TYPES[each.node.dtype]}, intent(in)"
                    f"{'' if each.shape else ', value'} :: {each.name}{bounds(each.shape)}"
                    for each in t.inputs]
        declared += [f"{self.TYPES[each.node.dtype]}, intent(out) :: {each.name}"
                     f"{bounds(each.shape)}" for each in t.outputs]
        allocated = []
        for name, (shape, dtype) in self.block.variables.items():
            if shape and large:
                declared.append(f"{self.TYPES[dtype]}, allocatable :: {name}"
                                f"({', '.join(':' for _ in shape)})")
                allocated.append(f"allocate({name}{bounds(shape)})")
            else:
                declared.append(f"{self.TYPES[dtype]} :: {name}{bounds(shape)}")
        declared += [self.constant(name, value) for name, value in self.constants.items()]
        for line in allocated:
            self.write(line)
        self.statements(self.block.body)
        if self.variables:
            declared.append(f"integer :: {', '.join(self.variables)}")
        kind = "c_double" if self.real is float64 else "c_float"
        doc = [f"! {t.about}, written by Wengert; Fortran 2008.", "!",
               *(f"! {each.name}: {described(each)}" for each in t.inputs), "! Results:",
               *(f"! {each.name}: {described(each)}" for each in t.outputs),
               *(f"! {remark}" for remark in self.remarks())]
        head = [f"module {t.name}_module", "    use, intrinsic :: iso_c_binding",
                "    use, intrinsic :: ieee_arithmetic", "    implicit none", "    private",
                f"    public :: {t.name}", f"    integer, parameter :: wp = {kind}",
                *self.interfaces(kind), "contains", "",
                f"    subroutine {t.name}({', '.join(names)}) bind(c)",
                *(f"        {line}" for line in declared), ""]
        tail = [f"    end subroutine {t.name}", *self.functions(), f"end module {t.name}_module"]
        return "\n".join([*doc, *map(continued, (*head, *self.lines, *tail))]) + "\n"

    def interfaces(self, kind: str) -> list[str]:
        """The functions of the C library that are called."""
        wanted = [name for name in self.helpers if HELPERS[name].fortran == "libm"]
        if not wanted:
            return []
        tail = "" if kind == "c_double" else "f"
        lines = ["    interface"]
        for name in wanted:
            lines += [f"        pure function {name}(x) bind(c, name='{name}{tail}') result(y)",
                      f"            import :: {kind}", f"            real({kind}), value :: x",
                      f"            real({kind}) :: y", f"        end function {name}"]
        return [*lines, "    end interface"]

    def functions(self) -> list[str]:
        """The helpers."""
        lines: list[str] = []
        for name in self.helpers:
            text = HELPERS[name].fortran
            if text == "libm":
                continue
            arguments, body = text.split("\n", 1)
            lines += ["", f"    pure function {name}({arguments}) result(y)",
                      f"        real(wp), intent(in) :: {arguments}", "        real(wp) :: y",
                      f"        {body.replace('{d}', 'wp')}", f"    end function {name}"]
        return lines

    def constant(self, name: str, value: Any) -> str:
        dtype = dtype_of(value)
        flat = ", ".join(self.literal(v, dtype) for v in value.ravel(order="F").tolist())
        if not value.shape:
            return f"{self.TYPES[dtype]}, parameter :: {name} = {flat}"
        shape = ", ".join(map(str, value.shape))
        whole = f"[{flat}]" if value.ndim == 1 else f"reshape([{flat}], [{shape}])"
        return f"{self.TYPES[dtype]}, parameter :: {name}{bounds(value.shape)} = {whole}"


def bounds(shape: tuple[int, ...]) -> str:
    return f"({', '.join(f'0:{n - 1}' for n in shape)})" if shape else ""


def continued(line: str) -> str:
    """A line of Fortran, in parts of at most 120 characters."""
    if len(line) <= 120 or line.lstrip().startswith("!"):
        return line
    indent = re.match(" *", line)[0] + "    "   # type: ignore[index]
    parts, rest = [], line
    while len(rest) > 116:
        cut = rest.rfind(" ", len(indent) + 4, 116)
        if cut < 0:
            break
        parts.append(rest[:cut] + " &")
        rest = indent + "& " + rest[cut + 1:]
    return "\n".join([*parts, rest])


def fortran_hessian(hvp: Traced, name: str) -> str:
    """A module that makes the Hessian of the products with a vector, one for each row."""
    *inputs, direction = hvp.inputs
    shape = direction.shape
    types = FortranPrinter.TYPES
    letters = [f"i{d}" for d in range(len(shape))]
    given = [each.name for each in inputs]
    lines = ["", f"module {name}_module", "    use, intrinsic :: iso_c_binding",
             f"    use {hvp.name}_module", "    implicit none", "    private",
             f"    public :: {name}",
             f"    integer, parameter :: wp = {'c_double' if hvp.real is float64 else 'c_float'}",
             "contains", "", f"    subroutine {name}({', '.join([*given, 'hessian'])}) bind(c)"]
    lines += [f"        {types[each.node.dtype]}, intent(in){'' if each.shape else ', value'} :: "
              f"{each.name}{bounds(each.shape)}" for each in inputs]
    lines.append(f"        real(wp), intent(out) :: hessian{bounds(shape + shape)}")
    if not shape:
        lines.append(f"        call {hvp.name}({', '.join([*given, '1.0_wp', 'hessian'])})")
    else:
        at, rest = ", ".join(letters), ", ".join(":" for _ in shape)
        lines += [f"        real(wp) :: {direction.name}{bounds(shape)}, row{bounds(shape)}",
                  f"        integer :: {at}", "", f"        {direction.name} = 0"]
        lines += ["    " * (d + 2) + f"do {letter} = 0, {n - 1}"
                  for d, (letter, n) in enumerate(zip(letters, shape, strict=True))]
        inner = "    " * (len(shape) + 2)
        lines += [f"{inner}{direction.name}({at}) = 1",
                  f"{inner}call {hvp.name}({', '.join([*given, direction.name, 'row'])})",
                  f"{inner}hessian({at}, {rest}) = row", f"{inner}{direction.name}({at}) = 0"]
        lines += ["    " * (d + 2) + "end do" for d in reversed(range(len(shape)))]
    return "\n".join(map(continued, [
        *lines, f"    end subroutine {name}", f"end module {name}_module", ""]))


def fortran_source(traced: Traced) -> str:
    """A file with a module of one subroutine, Fortran 2008."""
    return FortranPrinter(traced).source()


__all__ = ["fortran_hessian", "fortran_source"]
