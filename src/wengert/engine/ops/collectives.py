"""Primitives between processes: each is linear, and they are each other's transposes.

They are *effects*: the other processes wait for them, so they run once, in the order in which they
were recorded, whether or not anybody reads the value (``backends/stages.py`` runs them between the
parts of a program). ``group`` is who takes part: anything with ``rank``, ``size`` and a ``begin``
as :class:`Alone` has, hashable. How bytes move is not known here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from ..dtypes import DType
from ..errors import Line
from ..graph import Linear, Node, Primitive, Shape
from .batching import moved

Array = np.ndarray[Any, np.dtype[Any]]


class Effect(Primitive):
    """A primitive that does something beside having a value."""

    __slots__ = ()

    def begin(self, node: Node, x: Array, own: bool) -> Any:
        """Start ``node`` on the value of its argument: what has a ``wait()``, which gives the
        result. That may be written over the argument if it is its ``own``: nobody else reads it."""
        params = dict(node.params)
        return params.pop("group").begin(self.name, x, node.line, own, **params)


def effects_of(nodes: Iterable[Node]) -> list[Node]:
    """The effects among ``nodes``, in their order."""
    return sorted((node for node in nodes if isinstance(node.prim, Effect)),
                  key=lambda node: node.index)


class Alone:
    """A group of one process."""

    rank, size = 0, 1

    def begin(self, call: str, x: Array, line: Line | None, own: bool, **params: Any) -> Any:
        """Start the primitive ``call`` with its other parameters, for the user's ``line``."""
        if call in ("all_gather", "gather"):
            return Done(x.reshape(1, *x.shape).copy())
        if call in ("reduce_scatter", "scatter"):
            x = x.reshape(x.shape[1:])
        return Done(x.copy())


class Done:
    """What has ended."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def wait(self) -> Any:
        """The value."""
        return self.value


def _effect(name: str, infer: Any, transpose: Any, text: str, batch: Any) -> Effect:
    def impl(x: Array, group: Any, **params: Any) -> Array:
        found: Array = group.begin(name, x, None, False, **params).wait()
        return found

    return Effect(name, impl, infer, (Linear(transpose),), text, batch=batch)


# ---- shapes ----


def _same(x: Node, group: Any, **params: Any) -> tuple[Shape, DType]:
    return x.shape, x.dtype


def _rows(x: Node, group: Any, **params: Any) -> tuple[Shape, DType]:
    return (group.size, *x.shape), x.dtype


def _row(x: Node, group: Any, **params: Any) -> tuple[Shape, DType]:
    return x.shape[1:], x.dtype


def _taken(x: Node, group: Any, given: Shape, taken: Shape) -> tuple[Shape, DType]:
    return (sum(taken), *x.shape[1:]), x.dtype


# ---- one axis more ----


def _elementwise(prim: Primitive, n: int, mapped: Sequence[bool], args: Sequence[Node],
                 params: dict[str, Any]) -> Node:
    return prim(*args, **params)


def _new_first(prim: Primitive, n: int, mapped: Sequence[bool], args: Sequence[Node],
               params: dict[str, Any]) -> Node:
    return moved(prim(*args, **params), 1, 0)


def _by_first(prim: Primitive, n: int, mapped: Sequence[bool], args: Sequence[Node],
              params: dict[str, Any]) -> Node:
    return prim(moved(args[0], 0, 1), **params)


def _by_rows(prim: Primitive, n: int, mapped: Sequence[bool], args: Sequence[Node],
             params: dict[str, Any]) -> Node:
    return moved(prim(moved(args[0], 0, 1), **params), 1, 0)


# ---- the table ----

all_reduce: Effect = _effect(
    "all_reduce", _same, lambda ct, x, group, op: all_reduce(ct, group=group, op=op),
    "all_reduce({0})", _elementwise)
"""``op``, "SUM" or "AVG", over the values of all processes."""
all_gather: Effect = _effect(
    "all_gather", _rows, lambda ct, x, group: reduce_scatter(ct, group=group, op="SUM"),
    "all_gather({0})", _new_first)
"""The values of all processes, in a new first dimension."""
reduce_scatter: Effect = _effect(
    "reduce_scatter", _row, lambda ct, x, group, op: _spread(ct, group, op),
    "reduce_scatter({0})", _by_first)
"""Of rows that are reduced over all processes, the own one."""
broadcast: Effect = _effect(
    "broadcast", _same, lambda ct, x, group, root: reduce(ct, group=group, root=root),
    "broadcast({0})", _elementwise)
"""The value of process ``root``."""
reduce: Effect = _effect(
    "reduce", _same, lambda ct, x, group, root: broadcast(ct, group=group, root=root),
    "reduce({0})", _elementwise)
"""The sum over all processes, on process ``root``; zeros on the others."""
gather: Effect = _effect(
    "gather", _rows, lambda ct, x, group, root: scatter(ct, group=group, root=root),
    "gather({0})", _new_first)
"""The values of all processes as rows, on process ``root``; zeros on the others."""
scatter: Effect = _effect(
    "scatter", _row, lambda ct, x, group, root: gather(ct, group=group, root=root),
    "scatter({0})", _by_first)
"""Of the rows that process ``root`` has, the own one."""
all_to_all: Effect = _effect(
    "all_to_all", _taken, lambda ct, x, group, given, taken: all_to_all(
        ct, group=group, given=taken, taken=given), "all_to_all({0})", _by_rows)
"""Parts of ``given`` rows to the processes, and from them parts of ``taken`` rows."""


def _spread(ct: Node, group: Any, op: str) -> Node:
    out = all_gather(ct, group=group)
    return out if op == "SUM" else out / group.size
