"""Where slices begin, once that is known: numbers of a program as constants.

A slice's start is a number that each run may be given anew (``x[i:i + 3]`` in a loop is one
program). Of a program for which it is settled (``x[1:]``, ``x[:-1]``), :func:`settled` makes one in
which kernels know where the parts lie.
"""

from __future__ import annotations

from collections.abc import Mapping

from ..graph import Graph, Node, lift
from ..ops.structural import place, slice_, update
from .rebuild import Args, on, rebuilt

FIRST_START = {slice_: 1, place: 1, update: 2}
"""The place of the first start among the arguments."""


def settled(graph: Graph, numbers: Mapping[Node, int]) -> Graph:
    """``graph`` in which starts that are among ``numbers`` have those values."""
    if not any(start in numbers for node in graph.nodes() for start in starts_of(node)):
        return graph
    def change(node: Node, args: Args) -> Node | None:
        starts = starts_of(node)
        if not starts:
            return None
        return on(node, (*args[:-len(starts)], *[
            lift(numbers[start]) if start in numbers else start for start in starts]))
    return rebuilt(graph, change)


def starts_of(node: Node) -> tuple[Node, ...]:
    """The arguments that say where a part begins."""
    first = FIRST_START.get(node.prim)
    return () if first is None else node.args[first:]


__all__ = ["settled", "starts_of"]
