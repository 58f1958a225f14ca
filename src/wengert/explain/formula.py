"""Nodes as formulas, put together from the ``text`` of the primitives.

:class:`Formulas` writes out what has no name until the formula grows long; then it gives the part a
name of its own, and remembers to say what that name stands for.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ..engine.graph import Graph, Node
from ..engine.ops.elementwise import annihilate, constant, mul
from ..engine.ops.indexing import index
from ..engine.ops.structural import (
    alias,
    broadcast_to,
    full,
    input_,
    number,
    place,
    reshape,
    settle,
    slice_,
    source,
    update,
)
from ..engine.passes.simplify import simplified
from .way import back

LONG = 48
"""A formula with more characters gets a name where it is part of another."""
ATOM, POWER, FACTOR, TERM, REST = 9, 4, 2, 1, 0
FORMS = {"{0} + {1}": (TERM, (TERM, TERM)), "{0} - {1}": (TERM, (TERM, FACTOR)),
         "-{0}": (TERM, (FACTOR,)), "{0} * {1}": (FACTOR, (FACTOR, FACTOR)),
         "{0} / {1}": (FACTOR, (FACTOR, POWER)), "1 / {0}": (FACTOR, (POWER,)),
         "{0} @ {1}": (FACTOR, (FACTOR, POWER)), "{0}^2": (POWER, (ATOM,)),
         "{0}^3": (POWER, (ATOM,)), "{0}^{1}": (POWER, (ATOM, ATOM)),
         "sum({0} * {1})": (ATOM, (FACTOR, FACTOR))}
"""For the texts of primitives that are arithmetic: how tightly they hold together, and how tightly
each argument has to, to stand without parentheses. The others are told by their brackets."""
_ARGUMENT = re.compile(r"\{(\d+)\}")
_CLOSED = re.compile(r"[\w.]+\(.*\)|\|[^|]*\||\{0\}(\[.*\]|\.T)")


class Formulas:
    """Writes nodes as formulas in ``names``; ``numbers`` are the values of runtime numbers, and new
    names are not among those ``taken``."""

    def __init__(self, names: Mapping[Node, str], numbers: Mapping[Node, Any],
                 taken: set[str]) -> None:
        self.names = dict(names)
        self.numbers = numbers
        self.long = LONG
        self.stands_for: dict[str, str] = {}
        """What the names stand for that were given on the way."""
        self._written: dict[Node, tuple[str, int]] = {}
        self._taken = taken
        self._counts: dict[str, int] = {}
        taken.update(self.names.values())

    def of(self, node: Node) -> str:
        """``node`` by its name, or as a formula."""
        return self._term(node)[0]

    def short(self, node: Node) -> str:
        """``node`` by its name, or as a formula that is not long."""
        return self._part(node)[0]

    def formula(self, node: Node) -> str:
        """``node`` as a formula of its arguments, even if it has a name."""
        self._write(list(node.args))
        return self._compose(node)[0]

    def simplified(self, node: Node) -> str:
        """``node``, made by a transform, as a formula after the passes."""
        if node in self.names:
            return self.names[node]
        ends = [n for n in back([node], lambda node: node in self.names)
                if n.prim in OUTSIDE or n in self.names]
        graph = simplified(Graph(ends, [node]))
        return self.of(graph.outputs[0])

    def forget(self, kept: Mapping[str, str]) -> None:
        """Take back the names that stand for something since ``stands_for`` was ``kept``."""
        gone = self.stands_for.keys() - kept.keys()
        if not gone:
            return
        self._counts.clear()
        self.names = {node: name for node, name in self.names.items() if name not in gone}
        self._written = {node: text for node, text in self._written.items() if node in self.names}
        self.stands_for = dict(kept)
        self._taken -= gone

    def fresh(self, letter: str) -> str:
        """A name that nothing has."""
        count = self._counts.get(letter, 1)
        while f"{letter}{count}" in self._taken:
            count += 1
        name = f"{letter}{count}"
        self._counts[letter] = count
        self._taken.add(name)
        return name

    def _term(self, node: Node) -> tuple[str, int]:
        self._write([node])
        return self._written[node]

    def _write(self, nodes: list[Node]) -> None:
        """Write ``nodes`` and what they are made from, the oldest first."""
        for each in back(nodes, lambda node: node in self.names or node in self._written):
            if each in self._written:
                continue
            if each in self.names:
                self._written[each] = self.names[each], ATOM
            elif each.prim is alias or each.prim is settle:
                self._written[each] = self._written[each.args[0]]
            else:
                self._written[each] = self._compose(each)

    def _part(self, node: Node) -> tuple[str, int]:
        """``node`` as part of a formula: if it is long, by a new name."""
        text, level = self._term(node)
        if len(text) > self.long and node not in self.names:
            name = self.names[node] = self.fresh("u")
            self.stands_for[name] = text
            self._written[node] = text, level = name, ATOM
        return text, level

    def _compose(self, node: Node) -> tuple[str, int]:
        """The formula of ``node`` and how tightly it holds together."""
        prim = node.prim
        if prim is constant:
            return literal(node.params["value"])
        if prim in OUTSIDE:
            if node in self.numbers and not node.shape:
                return literal(self.numbers[node])
            name = self.names[node] = self.fresh("n" if prim is number else "p")
            self.stands_for[name] = ("a number given at run time" if prim is number else
                                     f"{node.dtype.name}{list(node.shape)}, an input")
            return name, ATOM
        if prim is full:
            return self._part(node.args[0])
        if prim in PARTS or (prim is reshape and picks(node) and node.args[0] not in self.names):
            return self._element(node)
        text = template(node)
        args = [self._bare(arg) if node.prim.elementwise or prim is broadcast_to else
                self._unshaped(arg) if prim is reshape else arg for arg in node.args]
        if prim is reshape and args[0].shape == node.shape:
            return self._part(args[0])
        parts = [self._part(arg) for arg in args]
        if prim in (mul, annihilate) and ("1", ATOM) in parts:
            return parts[1 - parts.index(("1", ATOM))]
        if prim in (mul, annihilate) and inverse(parts[0][0], parts[1][0]):
            return "1", ATOM
        level, needs = FORMS.get(prim.text, (None, None))
        if alone := re.fullmatch(r"\{(\d+)\}", text):
            return parts[int(alone[1])]

        def argument(found: re.Match[str]) -> str:
            i = int(found[1])
            part, tight = parts[i]
            if needs is not None:
                need = needs[min(i, len(needs) - 1)]
            else:
                need = REST if enclosed(text, found) else ATOM
            return part if tight >= need else f"({part})"

        return _ARGUMENT.sub(argument, text), level_of(text) if level is None else level

    def _unshaped(self, node: Node) -> Node:
        """``node`` before its reshapes; what has a name keeps it."""
        while node not in self.names and node.prim is reshape:
            node = node.args[0]
        return node

    def _bare(self, node: Node) -> Node:
        """``node`` without the broadcasts around it, which an elementwise operation does by itself;
        what has a name keeps it."""
        while node not in self.names and (node.prim is broadcast_to or (
                node.prim is reshape and lengths(node) == lengths(node.args[0]))):
            node = node.args[0]
        return node

    def _element(self, node: Node) -> tuple[str, int]:
        """A part of an array, or an array with a part that is another, with its bounds."""
        alone = node.prim is reshape
        part = node.args[0] if alone else node
        skip = PARTS[part.prim]
        given = part.args[:skip]
        value = given[-1]
        if part.prim is not slice_ and value not in self.names and (
                value.prim is reshape and alone_in(part, value.args[0])):
            given, alone = (*given[:-1], value.args[0]), True
        whole, *rest = [self._part(arg)[0] for arg in given]
        shape = part.params.get("shape", part.args[0].shape)
        dims = [":"] * len(shape)
        for arg, axis, length, step in zip(part.args[skip:], *[
                part.params[name] for name in ("axes", "lengths", "steps")], strict=False):
            dims[axis] = bounds(self._part(arg)[0], shape[axis], length, step, alone)
        while dims and dims[-1] == ":":
            dims.pop()
        where = f"[{', '.join(dims) or ':'}]"
        if part.prim is place:
            return f"{whole} into zeros({shape}) at {where}", REST
        if part.prim is update:
            return f"{whole} with {where} = {rest[0]}", REST
        return f"{whole if ATOMIC.fullmatch(whole) else f'({whole})'}{where}", ATOM


OUTSIDE = (input_, number, source)
"""The primitives whose value comes from outside."""
PARTS = {slice_: 1, place: 1, update: 2}
"""The primitives that name a part of an array by where it begins: their arguments before that."""
ATOMIC = re.compile(r"[\w.]+(\[[^\[\]]*\])*")


def picks(node: Node) -> bool:
    """Whether a reshape takes away the one element that a slice has along its dimensions."""
    part = node.args[0]
    if part.prim is not slice_ or any(n != 1 for n in part.params["lengths"]):
        return False
    axes = part.params["axes"]
    return node.shape == tuple(n for i, n in enumerate(part.shape) if i not in axes)


def alone_in(part: Node, value: Node) -> bool:
    """Whether a value goes where one element is along each dimension that a part names."""
    axes = part.params["axes"]
    return all(n == 1 for n in part.params["lengths"]) and value.shape == tuple(
        n for i, n in enumerate(part.shape) if i not in axes)


def bounds(start: str, size: int, length: int, step: int, alone: bool) -> str:
    """``2``, ``1:3`` or ``::2``: which elements along a dimension."""
    if not re.fullmatch(r"-?\d+", start):
        return start if alone else f"{start}:{start} + {length}" + f":{step}" * (step != 1)
    first = int(start) + size * (int(start) < 0)
    if alone:
        return str(first)
    last = first + (length - 1) * step + 1
    if (first, last, step) == (0, size, 1):
        return ":"
    return f"{first}:{last}" + f":{step}" * (step != 1)


def inverse(a: str, b: str) -> bool:
    """Whether one of two factors is written as 1 over the other."""
    return a == f"1 / {b}" or b == f"1 / {a}"


def lengths(node: Node) -> tuple[int, ...]:
    """The shape from its first length that is not 1."""
    first = next((i for i, n in enumerate(node.shape) if n != 1), node.ndim)
    return node.shape[first:]


def template(node: Node) -> str:
    """The primitive's text with the static parameters filled in."""
    text = node.prim.text
    params = dict(node.params)
    if params.get("perm") == (1, 0):
        return "{0}.T"
    if node.prim is index and params["dims"] == tuple(range(len(node.args) - 1)):
        return f"{{0}}[{', '.join(f'{{{i}}}' for i in range(1, len(node.args)))}]"
    if not _ARGUMENT.search(text):
        text = f"{node.prim.name}({', '.join(f'{{{i}}}' for i in range(len(node.args)))})"
    elif params.get("axes") == tuple(range(node.args[0].ndim)):
        text = text.replace(", {axes}", "")   # all of them
    elif params.get("shape") == ():
        text = text.replace(", to={shape}", "")
    for name, value in params.items():
        text = text.replace(f"{{{name}}}", str(value))
    return text


def literal(value: complex) -> tuple[str, int]:
    """A Python number as text."""
    if isinstance(value, bool):
        return str(value), ATOM
    if isinstance(value, complex) and value.imag:
        return str(value), ATOM
    text = f"{value.real:.6g}"
    return text, TERM if value.real < 0 else ATOM


def enclosed(text: str, found: re.Match[str]) -> bool:
    """Whether the argument stands between brackets or commas."""
    before = text[:found.start()].rstrip()[-1:]
    after = text[found.end():].lstrip()[:1]
    return before in set("(,[|") and after in set("),]|")


def level_of(text: str) -> int:
    """How tightly a formula holds together, by its form."""
    return ATOM if _CLOSED.fullmatch(text) else REST
