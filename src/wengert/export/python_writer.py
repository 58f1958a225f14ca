"""Writes a traced function as Python with NumPy: a name for each value that is read more than once.

:class:`PythonWriter` makes statements and expressions; how a primitive is written that takes whole
arrays stands in ``python_rules.py``, elementwise ones in ``rows.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from ..engine.dtypes import DType, bool_
from ..engine.errors import show_line
from ..engine.graph import Graph, Node
from ..engine.ops.elementwise import constant
from ..engine.ops.loop import ALONG, CARRIED, EACH, FIXED, Body, Read, loop_
from .comments import Comments
from .helpers import HELPERS
from .inlining import firsts, statements
from .naming import Names
from .rows import ATOM, FACTOR, ROWS
from .traced import Traced

Text = tuple[str, int]


class PythonWriter:
    """Writes statements line by line; ``names`` are what values are called."""

    def __init__(self, traced: Traced, rules: Mapping[str, Rule],
                 blocks: Mapping[str, BlockRule]) -> None:
        self.traced, self.rules, self.blocks = traced, rules, blocks
        self.lines: list[str] = []
        self.indent = 1
        self.helpers: dict[str, str] = {}
        self.texts: dict[Node, Text] = {each.node: (each.name, ATOM) for each in traced.inputs}
        self.fresh = Names([*(each.name for each in (*traced.inputs, *traced.outputs)),
                            *traced.names.values()]).fresh
        self.comments = Comments()
        self.kept: dict[Node, list[tuple[str, int]]] = {}
        """By loop, what keeps each output, and how many values from before the loop are in front;
        -1 where it is a name with the latest value."""

    def source(self) -> str:
        """The whole module."""
        t = self.traced
        constants = []
        for node, value in t.constants.items():
            name = self.fresh("C")
            self.texts[node] = name, ATOM
            constants.append(f"{name} = {array_text(value)}")
        names = {**t.names, **{each.node: each.name for each in t.outputs}}
        self.body(t.graph, names)
        results = [(self.texts[each.node][0], each) for each in t.outputs]
        self.write("return " + ", ".join(text for text, _ in results))
        head = f'"""{t.about}, written by Wengert; needs NumPy alone."""'
        imports = (["import math", ""] if any("math." in h for h in self.helpers.values())
                   else []) + ["import numpy as np"]
        signature = f"def {t.name}({', '.join(each.name for each in t.inputs)}):"
        about = [f'    """{t.about}.', ""]
        about += [f"    {each.name}: {described(each.node)}" + (
            f", {each.about}" if each.about else "") for each in t.inputs]
        about += ["    Returns " + ", ".join(
            f"{each.name}: {described(each.node)}" for each in t.outputs) + ".", '    """']
        parts = ["\n".join([head, "", *imports]), *self.helpers.values(), "\n".join(constants),
                 "\n".join([signature, *about, *self.lines])]
        return "\n\n\n".join(part for part in parts if part) + "\n"

    # ---- statements ----

    def body(self, graph: Graph, names: dict[Node, str]) -> None:
        """The statements that compute the outputs of ``graph``."""
        own = statements(graph, names, lambda node: node.prim.name in self.blocks,
                         lambda node, arg: False)
        for node in graph.nodes():
            if node in self.texts and node not in own:
                continue
            if node.prim is loop_:
                self.loop(node)
            elif node in own:
                self.statement(node, names.get(node))

    def statement(self, node: Node, name: str | None) -> None:
        comment = self.comments.above(node)
        if comment:
            self.write(f"# {comment}")
        name = name or self.fresh("t")
        block = self.blocks.get(node.prim.name)
        if block is not None:
            for line in block(self, node, name):
                self.write(line)
        else:
            self.write(f"{name} = {self.expression(node)[0]}")
        self.texts[node] = name, ATOM

    def write(self, line: str) -> None:
        self.lines.append("    " * self.indent + line)

    # ---- expressions ----

    def text(self, node: Node, tightness: int = 0) -> str:
        """``node`` as an operand of something that tight."""
        found, tight = self.expression(node) if node not in self.texts else self.texts[node]
        return found if tight >= tightness else f"({found})"

    def expression(self, node: Node) -> Text:
        """``node`` written out."""
        if node in self.texts:
            return self.texts[node]
        if node.prim is constant:
            return number_text(node.params["value"])
        row = ROWS.get(node.prim.name)
        if row is not None:
            self.need(row.python)
            args = [self.operand(arg, node, row.needed(row.python, i))
                    for i, arg in enumerate(node.args)]
            return row.python.format(*args), row.tight(row.python)
        rule = self.rules.get(node.prim.name)
        if rule is None:
            raise NotImplementedError(
                f"{node.prim.name} is not written in Python yet; it is used at "
                f"{show_line(node.line)}")
        return rule(self, node)

    def operand(self, arg: Node, node: Node, tightness: int) -> str:
        """An argument of an elementwise operation: what NumPy broadcasts itself is not spread."""
        spread = arg.prim.name in ("full", "broadcast_to") and arg not in self.texts and any(
            other is not arg and other.shape == node.shape for other in node.args)
        if spread and (arg.prim.name == "full" or arg.args[0].ndim == 0 or arg.args[0].shape
                       == arg.shape[-arg.args[0].ndim:]):
            return self.text(arg.args[0], tightness)
        return self.text(arg, tightness)

    def need(self, text: str) -> None:
        """Bring the helper along that ``text`` calls."""
        name = text.split("(", 1)[0]
        helper = HELPERS.get(name)
        if helper is not None and helper.python:
            for other in helper.needs:
                self.need(other)
            self.helpers[name] = helper.python

    # ---- loops ----

    def loop(self, node: Node) -> None:
        """A loop of the recording as a loop. What is wanted of all turns, or carried over more than
        one, is kept in an array, after the values before the first turn; the rest in a name."""
        body: Body = node.params["body"]
        graph, turn = body.graph, self.fresh("turn")
        kept: list[tuple[str, int]] = []
        for output, out in enumerate(graph.outputs):
            far = body.furthest(output)
            before = firsts(body, output, far, node.args)
            if far <= 1 and body.keep[output] <= 1:
                name = self.fresh("state")
                if before:
                    self.write(f"{name} = {self.text(before[0])}")
                kept.append((name, -1))
                continue
            name = self.fresh("all_")
            kept.append((name, far))
            self.write(f"{name} = np.empty({(far + body.turns, *out.shape)}, {dtype_text(out)})")
            for t, first in before.items():
                self.write(f"{name}[{t}] = {self.text(first)}")
        outer = dict(self.texts)
        for x, read in zip(graph.inputs, body.reads, strict=True):
            self.texts[x] = self.read(x, read, node, turn, kept, body)
        self.write(f"for {turn} in range({body.turns}):")
        self.indent += 1
        self.body(graph, {})
        self.turn_ends(graph, turn, kept)
        self.indent -= 1
        self.texts = outer
        self.texts[node] = "", ATOM
        self.kept[node] = kept

    def turn_ends(self, graph: Graph, turn: str, kept: list[tuple[str, int]]) -> None:
        """Keep the outputs of a turn; states change together, after all is computed."""
        states = [(name, self.text(out)) for (name, far), out in zip(
            kept, graph.outputs, strict=True) if far < 0]
        for (name, far), out in zip(kept, graph.outputs, strict=True):
            if far >= 0:
                self.write(f"{name}[{f'{turn} + {far}' if far else turn}] = {self.text(out)}")
        if states:
            self.write(", ".join(name for name, _ in states) + " = " + ", ".join(
                text for _, text in states))

    def read(self, x: Node, read: Read, loop: Node, turn: str, kept: list[tuple[str, int]],
             body: Body) -> Text:
        """What an input of a body is in a turn."""
        if read.kind == FIXED:
            return self.text(loop.args[read.arg], ATOM), ATOM
        if read.kind == CARRIED:
            name, far = kept[read.output]
            if far < 0:
                return name, ATOM
            back = far - read.distance
            return f"{name}[{turn}{f' + {back}' if back else ''}]", ATOM
        if read.kind == EACH:
            args = loop.args[read.arg:read.arg + body.turns]
            name = self.fresh("each")
            self.write(f"{name} = np.stack([{', '.join(map(self.text, args))}])")
            return f"{name}[{turn}]", ATOM
        assert read.kind == ALONG
        array = loop.args[read.arg]
        row = array.size // array.shape[0] if array.ndim else 1
        if x.shape == array.shape[1:] and read.start % row == 0 == read.step % row:
            at = affine(read.start // row, read.step // row, turn)
            return f"{self.text(array, ATOM)}[{at}]", ATOM
        name = self.fresh("flat")
        self.write(f"{name} = np.ravel({self.text(array)})")
        start = affine(read.start, read.step, turn)
        if x.ndim == 0:
            return f"{name}[{start}]", ATOM
        part = f"{name}[{start}:][:{x.size}]"
        return (part if x.ndim == 1 else f"{part}.reshape{x.shape}"), ATOM


def affine(start: int, step: int, name: str) -> str:
    """``start + step * name``."""
    term = {1: name, -1: f"-{name}"}.get(step, f"{step} * {name}")
    if not start:
        return term
    if step == -1:
        return f"{start} - {name}"
    return f"{term} + {start}" if start > 0 else f"{term} - {-start}"


# ---- literals ----


def number_text(value: Any) -> Text:
    """A Python number as source."""
    if isinstance(value, float) and not np.isfinite(value):
        return ("np.nan" if value != value else "np.inf" if value > 0 else "(-np.inf)"), ATOM
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        value = float(value)
    return repr(value), ATOM if not isinstance(value, bool) and value >= 0 else FACTOR


def array_text(value: Any) -> str:
    """An array as source."""
    if value.ndim > 1 and value.shape == value.T.shape and np.array_equal(
            value, np.eye(len(value), dtype=value.dtype)):
        return f"np.eye({len(value)}, dtype=np.{value.dtype})"
    return f"np.array({value.tolist()!r}, dtype=np.{value.dtype})"


def dtype_text(node: Node) -> str:
    return dtype_name(node.dtype)


def dtype_name(dtype: DType) -> str:
    """A dtype as NumPy calls it."""
    return "bool" if dtype is bool_ else f"np.{dtype.name}"


def described(node: Node) -> str:
    """A shape and dtype for people."""
    return f"{node.dtype.name}[{', '.join(map(str, node.shape))}]" if node.ndim else (
        node.dtype.name)


Rule = Callable[[PythonWriter, Node], Text]
BlockRule = Callable[[PythonWriter, Node, str], list[str]]

__all__ = ["BlockRule", "PythonWriter", "Rule", "Text", "described", "dtype_text"]
