"""Sparsity: which inputs each element of a result depends on, without computing a derivative.

:func:`pattern` is the loop. Each node's *rows* (``ops/patterns.py``) follow from those of its
arguments by the kind of derivative: a :class:`Partial` and what is elementwise link element to
element, a :class:`Jvp` links as the linear graph of its tangent does, a :class:`Linear` by the rule
that its row names, or by what it makes of unit vectors. No value that depends on the inputs is
looked at, so the pattern holds for every input; given the values of the inputs too, it holds there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from ..graph import Linear, Node, Partial, is_constant, reachable
from ..ops.patterns import Rows, anything, links, taken, tangents, united
from ..ops.structural import free, source, stop
from .batch import for_samples
from .jvp import past_end

CHUNK = 1 << 22
"""How many elements the results for unit vectors have at a time."""
Value = Callable[[Node], Any]


def pattern(order: Iterable[Node], seeds: Mapping[Node, Rows], known: Value,
            run: Callable[..., Any]) -> dict[Node, Rows]:
    """The rows of the nodes of ``order`` (topological) that depend on inputs; ``seeds`` are those
    of the inputs.

    ``known(node)`` is the value of a node where there is one, ``run(node, values)`` the value for
    those of its inputs.
    """
    rows = dict(seeds)
    way = Way(known, run)
    for node in order:
        if node not in rows and node.args and node.dtype.is_differentiable:
            found = way.step(node, rows)
            if found is not None:
                rows[node] = found
    return rows


class Way:
    """What rules may ask for on the way through a graph."""

    def __init__(self, known: Value, run: Callable[..., Any]) -> None:
        self.known, self.run = known, run

    free = staticmethod(free)

    def through(self, out: Node, x: Node, rows: Rows) -> Rows | None:
        """The rows of ``out``, which is linear in ``x``."""
        order = reachable([out], floor=x.index)
        return pattern(order, {x: rows}, self.known, self.run).get(out)

    def step(self, node: Node, rows: Mapping[Node, Rows]) -> Rows | None:
        """The rows of ``node``, from those of its arguments."""
        prim = node.prim
        given = {i: rows[arg] for i, arg in enumerate(node.args) if arg in rows}
        if not given:
            return None
        if prim is source and any(i for i in given):   # a custom function: it may do anything
            return anything(node, {i: each for i, each in given.items() if i}, self)
        if prim is source or prim is stop:
            t = free(node.shape, node.dtype)
            return None if past_end(node, t) is None else given[0]
        given = {i: each for i, each in given.items() if prim.derivative(i) is not None}
        if not given:
            return None
        if prim.pattern is not None:
            return prim.pattern(node, given, self)
        if prim.elementwise:
            return self.elementwise(node, given)
        linear = {i: each for i, each in given.items() if isinstance(prim.derivative(i), Linear)}
        found = tangents(node, given, self) if len(linear) < len(given) else None
        for i, each in linear.items():
            found = united(found, self.linear(node, i, each))
        return found

    def elementwise(self, node: Node, rows: Mapping[int, Rows]) -> Rows | None:
        """Element meets element, except where a partial is known to be 0."""
        found = None
        for i, each in rows.items():
            arg = node.args[i]
            places = np.arange(arg.size).reshape(arg.shape)
            places = np.broadcast_to(places, node.shape)
            keep = self.nonzero(node, i)
            if keep is False:
                continue
            if keep is not True:
                places = np.where(keep, places, -1)
            found = united(found, taken(each, places))
        return found

    def nonzero(self, node: Node, i: int) -> Any:
        """Where the derivative of an elementwise ``node`` in argument ``i`` may be other than 0."""
        kind = node.prim.derivative(i)
        if not isinstance(kind, Partial):
            return True
        p = kind.p(node, *node.args, **node.params)
        if is_constant(p, 0):
            return False
        value = self.known(p)
        return True if value is None else np.not_equal(value, 0)

    def linear(self, node: Node, i: int, rows: Rows) -> Rows:
        """Of a primitive that is linear in argument ``i``: what it makes of unit vectors."""
        x = node.args[i]
        others = {k: self.other(arg) for k, arg in enumerate(node.args) if k != i}
        if any(value is None for value in others.values()):
            return anything(node, {i: rows}, self)
        step = max(1, CHUNK // max(1, node.size, x.size))
        places: list[Any] = []
        for start in range(0, x.size, step):
            count = min(step, x.size - start)
            units = np.zeros((count, x.size), x.dtype.numpy)
            units[np.arange(count), start + np.arange(count)] = 1
            lane = free((count, *x.shape), x.dtype)
            args = [lane if k == i else arg for k, arg in enumerate(node.args)]
            out = for_samples(node, args, [k == i for k in range(len(args))], count)
            values = {node.args[k]: value for k, value in others.items()}
            made = self.run(out, {**values, lane: units.reshape(lane.shape)})
            unit, element = np.nonzero(np.reshape(made, (count, node.size)))
            places.append((element, unit + start))
        if not places:
            return links((), (), (node.size, 0)) @ rows
        to, at = (np.concatenate(each) for each in zip(*places, strict=True))
        return (links(to, at, (node.size, x.size)) @ rows).tocsr()

    def other(self, node: Node) -> Any:
        """A value for a node: its own; else random numbers; None for unknown places."""
        value = self.known(node)
        if value is not None:
            return value
        if not node.dtype.is_differentiable:
            return None
        return np.asarray(np.random.default_rng(0).uniform(0.5, 1.5, node.shape)).astype(
            node.dtype.numpy)


__all__ = ["pattern"]
