"""The numbers of a way: the value of each node, and the cotangent that arrives there.

:class:`Flow` is the chain rule on a way, as nodes (``cts``, and the ``parts`` that flow through
each edge), and computes those whose operands are known. What a backward has freed is made again
from what is left of it, if that is enough.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from ..engine.arrays import to_host
from ..engine.backends.numbers import implementation
from ..engine.dtypes import from_numpy
from ..engine.graph import Node, Partial, lift
from ..engine.ops.elementwise import constant, neg
from ..engine.ops.structural import full
from ..engine.quiet import quiet
from ..engine.transforms.vjp import accumulate, pull
from .literals import guesses
from .way import Way, back

MOST_WORK = 20_000_000
"""Values are computed while they have no more elements than this together."""
FEW = 6
"""So many elements are shown as they are."""


class Flow:
    """The chain rule along a way, and its numbers."""

    def __init__(self, way: Way, held: Mapping[Node, Any] | None = None,
                 numbers: Mapping[str, complex] | None = None) -> None:
        self.way = way
        self.known: dict[Node, Any] = dict(way.values)
        self.unknown: set[Node] = set()
        self.work = 0
        self.cts: dict[Node, Node | None] = {}
        """The cotangent of each node; None where a custom function's backward makes it."""
        self.parts: dict[tuple[Node, int], Node | None] = {}
        """What flows through an edge: through a node into one of its arguments."""
        if held:
            self._assume(held, numbers or {})
        self._pull()

    def _assume(self, held: Mapping[Node, Any], numbers: Mapping[str, complex]) -> None:
        """Take what tensors hold now for what they were, and numbers in the source for what was
        given, unless that gives another result."""
        end = self.way.end
        result = self.known.pop(end, held.get(end))
        known = self.known
        here = {**{node: each for node, each in held.items() if node is not end}, **known}
        for guess in itertools.chain([{}], guesses(end, here, numbers)):
            self.known = {**here, **guess}
            self.unknown, self.work = set(), 0
            self.compute([end])
            found = self.known.get(end)
            if found is not None and (result is None or np.allclose(
                    to_host(found), to_host(result), rtol=1e-3, equal_nan=True)):
                break
            self.known = here if found is None else dict(known)   # a leaf was updated meanwhile
            if found is not None and not guess:
                break
        self.unknown, self.work = set(), 0
        if result is not None:
            self.known[end] = result

    def _pull(self) -> None:
        found: dict[Node, Node] = {self.way.end: ones(self.way.end)}
        lost: set[Node] = set()
        for node in reversed(self.way.nodes):
            ct = None if node in lost else found.get(node)
            self.cts[node] = ct
            if node in self.way.starts:
                continue
            for i, arg in self.way.before[node]:
                part = None
                if ct is not None and node not in self.way.customs:
                    part = pull(node, i, ct)
                self.parts[node, i] = part
                if part is None:
                    lost.add(arg)
                else:
                    accumulate(found, arg, part)

    def value(self, node: Node | None) -> Any:
        """The value of a node as an array; None where it is not known."""
        if node is None:
            return None
        if node not in self.known and node not in self.unknown:
            self.compute([node])
        found = self.known.get(node)
        return None if found is None else np.asarray(to_host(found))

    def compute(self, nodes: Iterable[Node]) -> None:
        """Compute what can be computed of ``nodes`` and what they are made from."""
        with quiet():
            for node in back(nodes, lambda node: node in self.known or node in self.unknown):
                if node in self.known or node in self.unknown:
                    continue
                if node.prim is constant:
                    self.known[node] = node.params["value"]
                    continue
                self.work += node.size
                given = [self.known.get(arg) for arg in node.args]
                if (not node.args and node.prim is not full) or self.work > MOST_WORK or any(
                        each is None for each in given):
                    self.unknown.add(node)
                    continue
                try:
                    self.known[node] = implementation(node)(*given)
                except Exception:   # a singular matrix: what depends on it is not known
                    self.unknown.add(node)

    def partial(self, node: Node, i: int) -> Node | None:
        """The local partial of an elementwise node."""
        kind = node.prim.derivative(i)
        return kind.p(node, *node.args, **node.params) if isinstance(kind, Partial) else None


def ones(node: Node) -> Node:
    return full(lift(1), shape=node.shape, dtype=node.dtype)


def is_constant_number(node: Node) -> bool:
    """Whether a node is written as a number already."""
    return node.prim is constant or (node.prim is neg and node.args[0].prim is constant)


def summary(value: Any) -> str:
    """A number, a small array as it is, else what there is to say of a large one."""
    if value is None:
        return ""
    value = np.asarray(value)
    if value.size == 0:
        return "no elements"
    if value.size <= FEW:
        return written(value)
    if not from_numpy(value.dtype).is_differentiable:
        return f"{written(value.ravel()[:3])[:-1]}, …]"
    wide = value.astype(np.complex128 if value.dtype.kind == "c" else np.float64).ravel()
    bad = wide.size - int(np.count_nonzero(np.isfinite(wide)))
    if bad:
        kinds = [f"{n} {word}" for n, word in ((int(np.isnan(wide).sum()), "NaN"),
                                               (int(np.isinf(wide).sum()), "infinite")) if n]
        return f"{' and '.join(kinds)} of {wide.size}"
    if (wide == wide[0]).all():
        return f"{number(wide[0])} everywhere"
    if wide.dtype.kind == "c":
        return f"norm {np.linalg.norm(wide):.4g}"
    return f"{wide.min():.4g} to {wide.max():.4g}, norm {np.linalg.norm(wide):.4g}"


def written(value: Any) -> str:
    """An array of a few elements."""
    if not value.shape:
        return number(value.item() if value.dtype.kind in "biufc" else float(value))
    return f"[{', '.join(map(written, value))}]"


def number(value: Any) -> str:
    """A Python number with six digits."""
    if isinstance(value, bool | int):
        return str(value)
    if isinstance(value, complex):
        return f"{value:.4g}"
    return f"{float(value):.6g}"
