"""Plain products for annihilating ones, with a check of the results.

``annihilate(ct, p)`` differs from ``ct * p`` only where the product is not finite, and what is not
finite stays so through the arithmetic that follows. So a program may multiply plainly and look at
its results: if those that depend on an annihilating product are finite, they are the right ones;
if not, the program runs again, exactly.
"""

from __future__ import annotations

import cmath
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..graph import Graph, Node, reachable
from ..ops.elementwise import annihilate, mul


def plain_products(graph: Graph) -> tuple[Graph, tuple[int, ...]]:
    """``graph`` with plain products, and the places of the outputs to check.

    A graph in which a product is compared, or turned into an integer, is returned as it is: there
    a NaN could be lost on the way.
    """
    marked: set[Node] = set()
    new: dict[Node, Node] = {}
    given = set(graph.inputs)
    for node in reachable(graph.outputs, stop=given):
        if node in given:
            continue   # a value that there is, whatever made it
        if node.prim is not annihilate and marked.isdisjoint(node.args):
            continue
        marked.add(node)
        if not node.dtype.is_differentiable:
            return graph, ()
        args = tuple([new.get(arg, arg) for arg in node.args])
        prim = mul if node.prim is annihilate else node.prim
        new[node] = Node(prim, args, node.params, node.shape, node.dtype, weak=node.weak)
        new[node].line = node.line
    places = tuple(k for k, node in enumerate(graph.outputs) if node in marked)
    return Graph(graph.inputs, [new.get(node, node) for node in graph.outputs]), places


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
