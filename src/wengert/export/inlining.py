"""Which values get a statement of their own, and which are written where they are read; what
there is before a loop."""

from __future__ import annotations

from collections.abc import Callable, Collection

from ..engine.graph import Graph, Node
from ..engine.ops.elementwise import cast, constant
from ..engine.ops.loop import CARRIED, Body, loop_, result
from ..engine.ops.structural import (
    broadcast_to,
    flip,
    full,
    input_,
    reshape,
    slice_,
    transpose,
    window,
)

VIEWS = frozenset([broadcast_to, flip, reshape, slice_, transpose, window, result])
"""What only says where an element is."""
PLAIN = frozenset([constant, full, input_])
LONG = 9
"""So many operations stand in one expression."""


def is_free(node: Node) -> bool:
    """Whether to write ``node`` again costs nothing."""
    return node.prim in VIEWS or node.prim in PLAIN


def is_inline(node: Node) -> bool:
    """Whether an element of ``node`` is an expression of elements."""
    return node.prim.elementwise or node.prim is cast or is_free(node)


def statements(graph: Graph, named: Collection[Node], whole: Callable[[Node], bool],
               enlarges: Callable[[Node, Node], bool]) -> set[Node]:
    """The nodes of ``graph`` that are statements: results, those ``named``, those that are
    ``whole`` (no expression), those read more than once, or by what ``enlarges`` an argument, and
    those whose expression would be long."""
    nodes = graph.nodes()
    own = set(graph.outputs)
    reads: dict[Node, int] = dict.fromkeys(nodes, 0)
    many: set[Node] = set()
    for node in reversed(nodes):
        if node.prim is input_:
            continue
        if node not in own and not is_free(node) and (
                node in named or whole(node) or reads[node] > 1 or node in many):
            own.add(node)
        for arg in node.args:
            reads[arg] += 1 if node in own or node.prim is loop_ else reads[node]
            if enlarges(node, arg) or (node in many and node not in own):
                many.add(arg)
    length: dict[Node, int] = {}
    for node in nodes:
        parts = [1 if arg in own else length[arg] for arg in node.args]
        length[node] = sum(parts) + (0 if is_free(node) else 1)
        if length[node] > LONG and not is_free(node) and node.prim is not loop_:
            own.add(node)
    return {node for node in own if node.prim is not input_ or node in graph.outputs}


def firsts(body: Body, output: int, far: int, args: tuple[Node, ...]) -> dict[int, Node]:
    """The values before the first turn of what is carried, by their place."""
    found: dict[int, Node] = {}
    for read in body.reads:
        if read.kind == CARRIED and read.output == output:
            for t in range(min(read.distance, body.turns)):
                at, first = far - read.distance + t, args[read.arg + t]
                if found.setdefault(at, first) is not first:
                    raise NotImplementedError("a loop whose first turns read one value as two")
    return found


__all__ = ["firsts", "is_free", "is_inline", "statements"]
