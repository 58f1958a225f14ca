"""The report on a gradient: every recorded operation on the way, with its local derivative.

:func:`gradient` finds the way (``way.py``) and asks each primitive's declaration for the derivative
in the arguments on it: a ``Partial`` is written as a formula (``formula.py``), a ``Linear`` as what
its transpose does to a cotangent ``g``, a ``Jvp`` as what it does to a tangent ``t``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..engine.backends.interpreter import interpret
from ..engine.errors import show_line
from ..engine.graph import Graph, Jvp, Linear, Node, Partial, is_constant, lift, reachable
from ..engine.ops.elementwise import constant, neg
from ..engine.ops.structural import alias, free, full
from ..engine.recording.handle import Handle, buffer_of, is_leaf, last_node
from ..engine.recording.recording import history
from ..engine.transforms.vjp import accumulate, pull
from .formula import Formulas
from .way import Edge, Moment, Place, Unit, Way, find_way

MOST_ROWS = 40
MOST_PATHS = 6
MOST_NAMES = 12
MOST_NODES = 200
"""The whole gradient is written out if no more nodes than this are on the way."""
LONGEST = 200
"""A formula with more characters is not printed."""
MOST_WORK = 20_000_000
"""Values are computed while the nodes that it takes have no more elements than this together."""


@dataclass(frozen=True)
class Factor:
    """The derivative of a row's operation in one argument."""

    argument: str
    text: str
    value: str = ""


@dataclass(frozen=True)
class Row:
    """A recorded operation on the way."""

    line: str
    name: str
    formula: str
    shape: tuple[int, ...]
    operation: str
    factors: tuple[Factor, ...]


@dataclass
class Explanation:
    """How a gradient came about; ``str`` is the text for people.

    ``rows`` are the recorded operations from ``leaf`` to ``output``, ``paths`` what each path
    between them contributes (if there are few), ``total`` the whole gradient as a formula,
    ``where`` what the other names stand for.
    """

    leaf: str
    output: str
    rows: list[Row] = field(default_factory=list)
    path_count: int = 0
    paths: list[Factor] = field(default_factory=list)
    total: Factor | None = None
    where: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return "\n".join(lines_of(self)) + "\n"


def gradient(output: Handle, leaf: Handle, names: Mapping[str, object] | None = None
             ) -> Explanation:
    """Explain the gradient of ``output`` with respect to ``leaf``.

    ``names`` gives tensors the names under which the report speaks of them (``globals()``, say).
    It works before and after ``output.backward()``; values are shown while they are there, that is
    before, or after a ``backward(retain_graph=True)``.

    >>> x = torch.tensor(3.0, requires_grad=True)
    >>> y = x * x
    >>> print(explain.gradient(y, x, {"x": x, "y": y}))   # doctest: +SKIP
    """
    names = names or {}
    found = history(output)
    if found is None:
        raise RuntimeError("explain.gradient: the output has no history: it does not require grad, "
                           "or it is a leaf")
    return explain(Place(*found), leaf, Names(names), called(leaf, names, "leaf"),
                   called(output, names, "output"), {})


class Names:
    """Where the tensors of a namespace stand: a leaf is known by itself, a result by its place, any
    other (data) by its buffer, and by the node at which it entered the recording of its last use.
    """

    def __init__(self, names: Mapping[str, object]) -> None:
        self.leaves: dict[int, str] = {}
        self.places: dict[Place, str] = {}
        self.data: dict[Node, str] = {}
        self.buffers: dict[int, str] = {}
        for name, tensor in names.items():
            if isinstance(tensor, Handle) and not name.startswith("_"):
                self.add(name, tensor)

    def add(self, name: str, tensor: Handle) -> None:
        """Enter one tensor; the first of its names counts."""
        found = history(tensor)
        node = last_node(tensor)
        if is_leaf(tensor):
            self.leaves.setdefault(id(tensor), name)
        elif found is not None:
            self.places.setdefault(Place(*found), name)
        else:
            if node is not None and not node.requires_grad:
                self.data.setdefault(node, name)
            buf = buffer_of(tensor)
            if buf is not None:
                self.buffers.setdefault(id(buf), name)

    def everything(self) -> set[str]:
        """All names."""
        return {*self.leaves.values(), *self.places.values(), *self.data.values(),
                *self.buffers.values()}


def called(tensor: Handle, names: Mapping[str, object], otherwise: str) -> str:
    """The name of a tensor."""
    return next((name for name, each in names.items() if each is tensor), otherwise)


def explain(end: Place, leaf: Handle, names: Names, leaf_name: str, output_name: str,
            moments: dict[Unit, Moment]) -> Explanation:
    """The report for a result at ``end``; ``moments`` are what is known of its units."""
    goal = None if is_leaf(leaf) else history(leaf)
    way = find_way(end, leaf, Place(*goal) if goal else None, moments)
    result = Explanation(leaf_name, output_name)
    if way is not None:
        Writer(way, names, result).write()
    return result


class Writer:
    """Writes a way down as a report."""

    def __init__(self, way: Way, names: Names, result: Explanation) -> None:
        self.way = way
        self.result = result
        known: dict[Node, str] = {}
        for place, node in way.places.items():
            if place in names.places or (place.node in names.data and not node.requires_grad):
                known.setdefault(node, names.places.get(place) or names.data[place.node])
        for node, value in way.values.items():
            if id(value) in names.buffers:
                known.setdefault(node, names.buffers[id(value)])
        known.update({node: names.leaves[id(leaf)] for node, leaf in way.leaves.items()
                      if id(leaf) in names.leaves})
        known.update({way.start: result.leaf, way.end: result.output})
        self.formulas = Formulas(known, way.values, {*known.values(), *names.everything()})
        for node in way.nodes:
            if node not in known and node.prim is not alias:
                self.formulas.names[node] = self.formulas.fresh("t")

    def write(self) -> None:
        """Fill the result: the rows, the paths and the whole."""
        way, result = self.way, self.result
        result.path_count = way.paths()
        for node in way.nodes:
            if node is not way.start and node in self.formulas.names:
                result.rows.append(self.row(node, way.before[node]))
        if way.customs.keys().isdisjoint(way.nodes) and len(way.nodes) <= MOST_NODES:
            if 1 < result.path_count <= MOST_PATHS:
                result.paths = [self.path(steps) for steps in way.each_path()]
            result.total = self.total()
        result.where = self.formulas.stands_for

    def row(self, node: Node, before: Sequence[Edge]) -> Row:
        """What was recorded at ``node``, and its derivative in the arguments on the way."""
        name = self.formulas.names[node]
        if node in self.way.customs:
            custom = self.way.customs[node]
            args = [self.formulas.short(arg) for _, arg in before]
            return Row(show_line(node.line or node.args[0].line), name,
                       f"{custom.function.__name__}({', '.join(args)})", node.shape, custom.name(),
                       tuple(Factor(arg, "by its own backward") for arg in args))
        line = show_line(node.line)
        factors = [self.factor(node, i, arg) for i, arg in before]
        return Row(line, name, self.formulas.formula(node), node.shape,
                   node.call.name if node.call else "", tuple(factors))

    def factor(self, node: Node, i: int, arg: Node) -> Factor:
        """The derivative of ``node`` in argument ``i``."""
        name = self.formulas.short(arg)
        match node.prim.derivative(i):
            case Partial(p):
                partial = p(node, *node.args, **node.params)
                text, value = self.formulas.simplified(partial), self.value(partial)
                text = text if len(text) <= LONGEST else f"the partial of {node.prim.name}"
                shape = node.shape if not node.weak else ()
                if shape != arg.shape:
                    text += f", summed from {list(shape)} to {list(arg.shape)}"
                return Factor(name, text, value)
            case Linear(T):
                g = free(node.shape, node.dtype)
                return Factor(name, self.linear(g, T(g, *node.args, **node.params), arg))
            case Jvp(r):
                t = free(arg.shape, arg.dtype)
                text = self.mapped("t", t, r(t, node, *node.args, **node.params))
                return Factor(name, text or f"the tangent rule of {node.prim.name}")
        raise AssertionError(f"{node.prim.name} has no derivative in argument {i}")

    def linear(self, g: Node, ct: Node, arg: Node) -> str:
        """What a transpose does to the cotangent ``g``."""
        summed = ("" if ct.shape == arg.shape else
                  f", summed from {list(ct.shape)} to {list(arg.shape)}")
        if ct is g:
            return f"1{summed}"
        if ct.prim is neg and ct.args[0] is g:
            return f"-1{summed}"
        return (self.mapped("g", g, ct) or f"the transpose of {ct.prim.name}") + summed

    def mapped(self, letter: str, of: Node, to: Node) -> str:
        """A linear map as a formula; empty if that is too long."""
        self.formulas.names[of] = letter
        text = self.formulas.simplified(to)
        del self.formulas.names[of]
        return f"{letter} -> {text}" if len(text) <= LONGEST // 2 else ""

    def path(self, steps: Sequence[Edge]) -> Factor:
        """What one path contributes to the gradient."""
        node = self.way.end
        ct = ones(node)
        names = [self.result.output]
        for i, arg in steps:
            ct = pull(node, i, ct)
            node = arg
            name = self.formulas.short(node)
            if name != names[-1]:
                names.append(name)
        return self.contribution(" -> ".join(names[::-1]), ct)

    def total(self) -> Factor:
        """The whole gradient."""
        cts = {self.way.end: ones(self.way.end)}
        for node in reversed(self.way.nodes):
            if node is not self.way.start:
                ct = cts.pop(node)
                for i, arg in self.way.before[node]:
                    accumulate(cts, arg, pull(node, i, ct))
        return self.contribution("", cts[self.way.start])

    def contribution(self, name: str, ct: Node) -> Factor:
        text = self.formulas.simplified(ct)
        return Factor(name, text if len(text) <= LONGEST else "", self.value(ct))

    def value(self, node: Node) -> str:
        """A node's value in short, where what it takes is known and little."""
        if is_constant_number(node):
            return ""
        known = self.way.values
        needed = reachable([node], stop=known)
        given = [n for n in needed if n in known]
        if any(not n.args and n not in known and n.prim is not constant for n in needed) or (
                sum(n.size for n in needed) > MOST_WORK):
            return ""
        found, = interpret(Graph(given, [node]))([known[n] for n in given])
        return summary(np.asarray(found))


def ones(node: Node) -> Node:
    return full(lift(1), shape=node.shape, dtype=node.dtype)


def is_constant_number(node: Node) -> bool:
    return node.prim is constant or (
        node.prim is neg and is_constant(node.args[0], 1))


def summary(value: Any) -> str:
    """A number, or the norm of an array."""
    if not value.shape:
        return f"{value.item():.6g}"
    wide = value.astype(np.complex128 if value.dtype.kind == "c" else np.float64)
    return f"norm {np.linalg.norm(wide.ravel()):.6g}"


# ---- the text ----


def lines_of(found: Explanation) -> list[str]:
    """The report, line by line."""
    head = f"{found.leaf}.grad, the derivative of {found.output} with respect to {found.leaf}"
    if not found.path_count:
        return [head, f"  no recorded operation leads from {found.leaf} to {found.output}: its "
                "part is none"]
    if not found.rows:
        return [head, f"  {found.leaf} is {found.output}: 1"]
    rows = found.rows
    text = [f"{head}:",
            f"  {count(len(rows), 'recorded operation')} on {count(found.path_count, 'path')}"]
    hidden = max(0, len(rows) - MOST_ROWS)
    if hidden:
        half = MOST_ROWS // 2
        text += aligned(rows[:half])
        text.append(f"  ... {hidden} more ...")
        text += aligned(rows[-half:])[1:]
    else:
        text += aligned(rows)
    if found.paths:
        text.append("the paths, each with its part of the gradient:")
        text += [f"  {path.argument}: {equals(path)}" for path in found.paths]
    if found.total is not None and (found.total.text or found.total.value):
        text.append(f"together: {found.leaf}.grad = {equals(found.total)}")
    return text + where_lines(found.where)


def where_lines(where: Mapping[str, str]) -> list[str]:
    """What the names stand for; those that stand for the like of each other share a line."""
    alike: dict[str, list[str]] = {}
    for name, what in where.items():
        alike.setdefault(what, []).append(name)
    lines = [f"  {', '.join(names[:3])}{', ...' * (len(names) > 3)} = {what}"
             for what, names in alike.items()]
    more = [f"  ... {len(lines) - MOST_NAMES} more"] if len(lines) > MOST_NAMES else []
    return ["where", *lines[:MOST_NAMES], *more] if lines else []


def count(n: int, what: str) -> str:
    return f"{n} {what}{'s' * (n != 1)}"


def equals(factor: Factor) -> str:
    return " = ".join(each for each in (factor.text, factor.value) if each)


def aligned(rows: Sequence[Row]) -> list[str]:
    """The rows as a table: a line per derivative."""
    cells = [("line", "recorded", "shape", "as", "local derivative", "value")]
    for row in rows:
        first = (row.line, f"{row.name} = {row.formula}", str(list(row.shape)), row.operation)
        for factor in row.factors:
            cells.append((*first, f"d {row.name} / d {factor.argument} = {factor.text}",
                          factor.value))
            first = ("", "", "", "")
    widths = [max(len(cell[i]) for cell in cells) for i in range(len(cells[0]))]
    return ["  " + "  ".join(cell.ljust(width) for cell, width in zip(each, widths, strict=True)
                             ).rstrip() for each in cells]
