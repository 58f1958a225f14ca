"""Plain products for annihilating ones, with a check of the results.

``annihilate(ct, p)`` differs from ``ct * p`` only where the product is not finite, and what is not
finite stays so through the arithmetic that follows. So a program may multiply plainly and look at
its results: if those that depend on an annihilating product are finite, they are the right ones;
if not, the program runs again, exactly.
"""

from __future__ import annotations

import cmath
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from ..graph import Graph, Node, reachable
from ..ops.elementwise import annihilate, mul


def plain_products(graph: Graph) -> tuple[Graph, tuple[int, ...]]:
    """``graph`` with plain products, and the places of the outputs to check.

    A graph in which a product is compared, or turned into an integer, is returned as it is: there
    a NaN could be lost on the way.
    """
    given = set(graph.inputs)
    # Of a node in ``given``, the value is there, whatever made it.
    found = plainly([node for node in reachable(graph.outputs, stop=given) if node not in given])
    if found is None:
        return graph, ()
    _, new = found
    places = tuple([k for k, node in enumerate(graph.outputs) if node in new])
    return Graph(graph.inputs, [new.get(node, node) for node in graph.outputs]), places


def plainly(nodes: Iterable[Node]) -> tuple[list[Node], dict[Node, Node]] | None:
    """The same of ``nodes``, each behind its arguments: those with plain products, and what is in
    the place of which; None where a NaN could be lost on the way."""
    found: list[Node] = []
    new: dict[Node, Node] = {}
    for node in nodes:
        prim, args = node.prim, node.args
        if prim is not annihilate and new.keys().isdisjoint(args):
            found.append(node)
            continue
        if not node.dtype.is_differentiable:
            return None
        made = new[node] = Node(mul if prim is annihilate else prim,
                                tuple([new.get(arg, arg) for arg in args]), node.params,
                                node.shape, node.dtype, weak=node.weak)
        made.line = node.line
        found.append(made)
    return found, new


def all_finite(values: Sequence[Any], places: tuple[int, ...]) -> bool:
    """Whether the values at ``places`` are finite."""
    for k in places:
        value = values[k]
        if not getattr(value, "shape", ()):
            if not cmath.isfinite(value):
                return False
        elif not np.isfinite(value).all():
            return False
    return True
