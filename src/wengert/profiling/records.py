"""What a profile keeps: programs, their parts, how often each ran and how long; and the speed of a
plain copy, with which they are compared.
"""

from __future__ import annotations

import functools
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..engine.errors import NOWHERE, Line, show_line
from ..engine.graph import Graph, Node
from ..engine.ops.elementwise import constant

KERNEL, LIBRARY_CALL, OPERATION, COPY = "kernel", "library call", "operation", "copy of an input"
COMPILED, STRAIGHT, INTERPRETED = "compiled", "straight line", "interpreted"
COPIED = 1 << 26
"""The speed of a copy is measured on so many bytes."""
MOST_NAMES = 4


@dataclass(eq=False, frozen=True)
class Part:
    """What a program runs at a time. ``kind`` is ``kernel``; ``library call`` (NumPy, BLAS, LAPACK)
    between kernels; ``operation``, one primitive where nothing is compiled; or ``copy of an
    input`` that does not lie in memory as kernels need it. ``nbytes`` are the bytes that it reads
    and writes, ``kernel`` the compiled kernel, ``parts`` those of one turn of a loop."""

    graph: Graph
    kind: str
    name: str
    tier: str
    nodes: tuple[Node, ...]
    nbytes: int
    kernel: Any = None
    parts: tuple[Part, ...] = ()

    @functools.cached_property
    def lines(self) -> tuple[Line, ...]:
        """The user's lines that it covers."""
        return lines_of(self.nodes)


@dataclass(eq=False)
class PartRow:
    """How often a part ran, and how long."""

    part: Part
    calls: int = 0
    seconds: float = 0.0

    @property
    def kind(self) -> str:
        return self.part.kind

    @property
    def name(self) -> str:
        return self.part.name

    @property
    def tier(self) -> str:
        return self.part.tier

    @property
    def lines(self) -> tuple[Line, ...]:
        return self.part.lines

    @property
    def bytes_per_call(self) -> int:
        return self.part.nbytes

    @property
    def bandwidth(self) -> float:
        """Bytes per second."""
        return self.part.nbytes * self.calls / self.seconds if self.seconds else 0.0

    @property
    def fraction_of_copy(self) -> float:
        """The bandwidth as a fraction of that of a large copy; above 1 if all is in cache."""
        return self.bandwidth / copy_bandwidth()


@dataclass(eq=False)
class ProgramRow:
    """A program: how often it ran in which tier, how long (compiling apart), and its parts."""

    number: int
    graph: Graph
    calls: int = 0
    seconds: float = 0.0
    tiers: dict[str, int] = field(default_factory=dict)
    compile_seconds: float = 0.0
    compiled: int = 0
    from_disk: int = 0
    from_memory: int = 0
    parts: dict[Part, PartRow] = field(default_factory=dict)

    @functools.cached_property
    def lines(self) -> tuple[Line, ...]:
        """The user's lines that it covers."""
        given = set(self.graph.inputs)
        return lines_of(node for node in self.graph.nodes() if node not in given)

    @property
    def kernels(self) -> list[PartRow]:
        return [row for row in self.parts.values() if row.kind == KERNEL]

    @property
    def library_calls(self) -> list[PartRow]:
        return [row for row in self.parts.values() if row.kind == LIBRARY_CALL]

    @property
    def operations(self) -> list[PartRow]:
        return [row for row in self.parts.values() if row.kind == OPERATION]

    @property
    def tier(self) -> str:
        """The tiers in which it ran, with the number of runs if there are several."""
        if len(self.tiers) == 1:
            return next(iter(self.tiers))
        return ", ".join(f"{count} {tier}" for tier, count in self.tiers.items())


def lines_of(nodes: Iterable[Node]) -> tuple[Line, ...]:
    """The user's lines of ``nodes``, each once, sorted; a node that a pass made has those of its
    arguments."""
    found = {each.line for node in nodes for each in ((node,) if node.line else node.args)}
    return tuple(sorted(line for line in found if line and line != NOWHERE))


def lines_text(lines: Iterable[Line]) -> str:
    """Lines as text, such as ``train.py:19-21, 24``."""
    files: dict[str, list[int]] = {}
    for name, number in lines:
        files.setdefault(name, []).append(number)
    texts = []
    for name, numbers in files.items():
        runs: list[list[int]] = []
        for number in numbers:
            if runs and number == runs[-1][1] + 1:
                runs[-1][1] = number
            else:
                runs.append([number, number])
        first = show_line((name, numbers[0])).rpartition(":")[0]
        texts.append(f"{first}:" + ", ".join(
            f"{a}" if a == b else f"{a}-{b}" for a, b in runs))
    return "; ".join(texts)


def names_text(nodes: Iterable[Node]) -> str:
    """The primitives of ``nodes``, a few of them."""
    names = list(dict.fromkeys(node.prim.name for node in nodes))
    return ", ".join(names[:MOST_NAMES] + ["…"] * (len(names) > MOST_NAMES))


def nbytes(node: Node) -> int:
    """The bytes of a value."""
    return 0 if node.prim is constant else node.size * node.dtype.itemsize


def bytes_of_call(node: Node) -> int:
    """The bytes of a primitive's arguments and of its result; none if it is a view."""
    if node.prim.aliases:
        return 0
    return sum(map(nbytes, dict.fromkeys(node.args))) + nbytes(node)


@functools.cache
def copy_bandwidth() -> float:
    """The bytes per second that a copy of a large array reads and writes, measured once."""
    source = np.ones(COPIED // 8)
    target = np.zeros_like(source)
    best = float("inf")
    for _ in range(7):
        start = time.perf_counter()
        np.copyto(target, source)
        best = min(best, time.perf_counter() - start)
    return 2 * source.nbytes / best
