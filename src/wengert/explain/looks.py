"""Looking at the numbers of a way: where they stop being finite, where they become zero, where
they grow.

:class:`Look` says so in sentences, with the user's names, lines and formulas.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ..engine.errors import show_line
from ..engine.graph import Node, reachable
from ..engine.ops.elementwise import constant
from . import kinks
from .flow import summary
from .formula import ATOMIC, OUTSIDE, Formulas
from .writer import MOST_PATHS, Writer

MOST_SAID = 4
SHORT = 40
"""Letters of a formula that stands in a sentence."""
LARGE = 10.0
"""A gradient that grows by so much at an operation is worth a line."""


class Look:
    """A way with its numbers, to be asked what is odd about them."""

    def __init__(self, writer: Writer) -> None:
        self.writer = writer
        self.way, self.flow = writer.way, writer.flow
        self.flow.compute(self.way.nodes)
        self.plain = Formulas(writer.users, self.flow.known, set(writer.outer.names.values()))
        """Formulas in the user's names alone."""

    def reasons(self, kind: str) -> list[str]:
        """What explains a gradient of that kind."""
        found = self.found(kind)
        return found if found or kind == "finite" else list(self.candidates())[:MOST_SAID]

    def candidates(self) -> Iterator[str]:
        """Where the values are gone: the operations that have a singular point or a kink."""
        for node in self.way.nodes:
            at = kinks.lines(node.prim.name)
            if at and node not in self.way.starts and self.flow.value(node) is None:
                yield f"it may be {self.said(node)}, whose derivative is, {'; '.join(at)}"

    def found(self, kind: str) -> list[str]:
        """What the numbers that are known explain."""
        if kind in ("nan", "infinite"):
            return [*self.forward(), *self.backward()][:MOST_SAID]
        if kind == "zero":
            return [*self.zeros(), *self.annihilated(), *self.kinks()][:MOST_SAID]
        return [*self.largest(), *self.growth(), *self.annihilated(), *self.kinks()][:2 * MOST_SAID]

    def unknown(self) -> bool:
        """Whether some values are not known."""
        return any(self.flow.value(node) is None for node in self.way.nodes)

    # ---- what is not finite ----

    def forward(self) -> list[str]:
        """The first value that is not finite, though what it was made from is."""
        for node in reachable([self.way.end]):
            value = self.flow.value(node)
            if node.prim is constant or not bad(value):
                continue
            given = [self.flow.value(arg) for arg in node.args]
            if not any(bad(each) for each in given):
                what = ("it came in so" if node.prim in OUTSIDE or node in self.way.starts
                        else f"made from {self.arguments(node, self.place(value, given))}")
                return [f"the first value that is not finite: {self.said(node)}: "
                        f"{summary(value)}, {what}"]
        return []

    def backward(self) -> list[str]:
        """The operation at which the gradient stops being finite on its way back."""
        for node in reversed(self.way.nodes):
            ct = self.flow.value(self.flow.cts[node])
            if ct is None or bad(ct) or node in self.way.starts:
                continue
            for i, arg in self.way.before[node]:
                part = self.flow.value(self.flow.parts[node, i])
                if not bad(part):
                    continue
                partial = self.flow.partial(node, i)
                local = self.flow.value(partial)
                name = self.name(arg)
                text = (f"going back, the gradient stops being finite at {self.said(node)}: what "
                        f"{name} receives is {summary(part)}")
                if partial is not None and bad(local):
                    values = [self.flow.value(each) for each in node.args]
                    text += (f", because {self.d(node, arg)} = "
                             f"{self.partial(partial)} is {self.worst(local)} "
                             f"where {self.arguments(node, self.place(local, values))}")
                    at = kinks.lines(node.prim.name)
                    text += f" (the convention of {node.prim.name}: {'; '.join(at)})" if at else ""
                return [text]
        return list(self.meeting())

    def meeting(self) -> Iterator[str]:
        """Where parts that are finite, or infinite of both signs, add up to what is not a number.
        """
        for node in reversed(self.way.nodes):
            ct = self.flow.value(self.flow.cts[node])
            if bad(ct):
                yield (f"going back, the gradient that arrives at {self.said(node)} is "
                       f"{summary(ct)}")
                return

    # ---- zeros ----

    def zeros(self) -> list[str]:
        """The operations at which a gradient that is not zero becomes so."""
        found: list[str] = []
        for node in reversed(self.way.nodes):
            ct = self.flow.value(self.flow.cts[node])
            if ct is None or not np.any(ct) or node in self.way.starts:
                continue
            if len(found) == MOST_SAID:
                break
            for i, arg in self.way.before[node]:
                part = self.flow.value(self.flow.parts[node, i])
                if part is None or np.any(part):
                    continue
                partial = self.flow.partial(node, i)
                name = self.name(arg)
                text = f"{self.said(node)} passes nothing on to {name}"
                if partial is not None:
                    text += (f": {self.d(node, arg)} = "
                             f"{self.partial(partial)} is 0 where "
                             f"{self.arguments(node, None)}")
                found.append(text)
        return found or list(self.cancelled())

    def cancelled(self) -> Iterator[str]:
        """Parts that add up to zero."""
        for node in reversed(self.way.nodes):
            ct = self.flow.value(self.flow.cts[node])
            parts = [(user, self.flow.value(part)) for (user, i), part in self.flow.parts.items()
                     if user.args[i] is node]
            if ct is not None and not np.any(ct) and any(
                    part is not None and np.any(part) for _, part in parts):
                each = ", ".join(f"{summary(part)} through {self.name(user)}"
                                 for user, part in parts)
                yield f"the parts that arrive at {self.name(node)} cancel: {each}"
                return

    def annihilated(self) -> Iterator[str]:
        """Where a cotangent that is zero met a partial that is not finite."""
        for node in self.way.nodes:
            if node in self.way.starts:
                continue
            ct = self.flow.value(self.flow.cts[node])
            for i, arg in self.way.before[node]:
                local = self.flow.value(self.flow.partial(node, i))
                if ct is None or local is None or not bad(local):
                    continue
                count = int(np.count_nonzero(~np.isfinite(local) & (ct == 0)))
                if count:
                    yield (f"the annihilation rule acted at {self.said(node)}: 0 times an "
                           f"infinite derivative in {self.name(arg)} is 0, in "
                           f"{count} of {np.size(ct)} elements (PyTorch gives NaN)")

    def kinks(self) -> Iterator[str]:
        """The kinks and ties that were hit."""
        for node in self.way.nodes:
            values = [self.flow.value(arg) for arg in node.args]
            if node in self.way.starts or any(value is None for value in values):
                continue
            count, convention = kinks.hit(node.prim.name, values)
            if count:
                yield (f"{self.said(node)} is at a kink in {count} of {node.size} elements; the "
                       f"derivative taken {convention}")

    # ---- what is large ----

    def largest(self) -> list[str]:
        """The largest contributions, by path if there are few, else by the operation that they
        come through."""
        found: list[tuple[float, str]] = []
        through: list[tuple[float, Node, Any]] = []
        ways = self.writer.ways
        if ways.count() <= MOST_PATHS and self.way.customs.keys().isdisjoint(self.way.nodes):
            for steps in ways.each():
                value = self.flow.value(ways.along(steps))
                if value is not None:
                    names = [self.name(self.way.end), *(self.name(step.to) for step in steps)]
                    found.append((size(value), f"by {' -> '.join(names[::-1])}: "
                                               f"{summary(value)}"))
        else:
            for (node, i), part in self.flow.parts.items():
                value = self.flow.value(part)
                if node.args[i] in self.way.starts and value is not None:
                    through.append((size(value), node, value))
            through.sort(key=lambda each: -each[0])
            return [f"through {self.said(node)}: {summary(value)}"
                    for _, node, value in through[:MOST_SAID]]
        found.sort(key=lambda pair: -pair[0])
        return [text for _, text in found[:MOST_SAID]]

    def growth(self) -> list[str]:
        """The operations at which the gradient grows most."""
        found: list[tuple[float, Node, Node]] = []
        for node in self.way.nodes:
            if node in self.way.starts:
                continue
            before = size(self.flow.value(self.flow.cts[node]))
            for i, arg in self.way.before[node]:
                after = size(self.flow.value(self.flow.parts[node, i]))
                if before and after > LARGE * before:
                    found.append((after / before, node, arg))
        found.sort(key=lambda each: -each[0])
        return [f"{self.said(node)} makes it {times:.3g} times as large on the way to "
                f"{self.name(arg)}" for times, node, arg in found[:2]]

    # ---- words ----

    def name(self, node: Node) -> str:
        """A node by the user's name for it, or as a formula that is not long."""
        if node not in self.plain.names:
            if not self.is_short(node):
                return self.writer.inner.short(node)
            text = self.plain.of(node)
            if len(text) <= SHORT and not self.plain.stands_for:
                return text
            self.plain = Formulas(self.writer.users, self.flow.known,
                                  set(self.writer.outer.names.values()))
            return self.writer.inner.short(node)
        return self.plain.names[node]

    def is_short(self, node: Node) -> bool:
        """Whether a node is made of few others, back to the user's names."""
        seen = 0
        todo = [node]
        while todo and seen <= SHORT:
            each = todo.pop()
            seen += 1
            if each not in self.plain.names:
                todo += each.args
        return seen <= SHORT

    def d(self, node: Node, arg: Node) -> str:
        """The derivative of a node in an argument, as one writes it."""
        of, in_ = (name if ATOMIC.fullmatch(name) else f"({name})"
                   for name in (self.name(node), self.name(arg)))
        return f"d {of} / d {in_}"

    def partial(self, node: Node) -> str:
        """A local partial as a formula."""
        if not self.is_short(node):
            return self.writer.inner.simplified(node)
        text = self.plain.simplified(node)
        if len(text) <= 2 * SHORT and not self.plain.stands_for:
            return text
        self.plain = Formulas(self.writer.users, self.flow.known,
                              set(self.writer.outer.names.values()))
        return self.writer.inner.simplified(node)

    def said(self, node: Node) -> str:
        """A node by its name, formula and line."""
        name = self.name(node)
        if node in self.way.starts or node.prim in OUTSIDE:
            return name
        line = f" at {show_line(node.line)}" if node.line else ""
        if node in self.plain.names:
            made = self.plain.formula(node) if all(map(self.is_short, node.args)) else ""
            if made and len(made) <= SHORT and not self.plain.stands_for:
                return f"{name} = {made}{line}"
            made = self.writer.inner.formula(node)
            return f"{name} = {made}{line}"
        if name == self.writer.inner.names.get(node):
            return f"{name} = {self.writer.inner.formula(node)}{line}"
        return f"{name}{line}"

    def place(self, value: Any, given: list[Any]) -> tuple[int, ...] | None:
        """The first element that is not finite, if the arguments have the same shape."""
        if any(each is None or np.shape(each) not in (np.shape(value), ()) for each in given):
            return None
        places = np.argwhere(~np.isfinite(value))
        return tuple(int(k) for k in places[0]) if len(places) else None

    def arguments(self, node: Node, place: tuple[int, ...] | None) -> str:
        """What an operation was given, at one place."""
        said = []
        for arg in node.args:
            if arg.prim is constant:
                continue
            value = self.flow.value(arg)
            if value is not None and place and np.shape(value):
                name = self.name(arg)
                name = name if ATOMIC.fullmatch(name) else f"({name})"
                said.append(f"{name}{list(place)} = {summary(value[place])}")
            else:
                said.append(f"{self.name(arg)} = {summary(value) or 'a value that is not known'}")
        return ", ".join(said) or "nothing"

    def worst(self, local: Any) -> str:
        """NaN or infinite."""
        return "NaN" if np.isnan(local).any() else "infinite"


def bad(value: Any) -> bool:
    """Whether a value is known and somewhere not finite."""
    return value is not None and np.asarray(value).dtype.kind in "fc" and not bool(
        np.isfinite(value).all())


def size(value: Any) -> float:
    return 0.0 if value is None else float(np.linalg.norm(np.ravel(value).astype(np.complex128)))
