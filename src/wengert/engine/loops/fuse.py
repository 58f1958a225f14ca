"""Fusion: a graph as groups of nodes that share a loop, and single nodes, in order.

:func:`fused` has a :class:`~.groups.Fusion` partition the graph, finds the single nodes that have
kernels of their own, has cheap values made anew where they are read (``recompute.py``), and puts
the kernels next to each other.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection

from ..graph import Graph, Node
from ..ops.structural import reshape
from ..passes.transposes import is_transpose
from .groups import Fusion, Group, Item, Target, needs, users_of
from .places import FULL, Place, is_leaf
from .recompute import recompute


def fused(graph: Graph, target: Target,
          by_rows: Collection[Node] | None = None) -> list[Item]:
    """``graph`` as groups and single nodes, in an order in which they can run, for kernels of
    ``target``. Where those can call BLAS, ``by_rows`` are the inputs that lie in memory row by
    row."""
    fusion = Fusion(graph, target)
    kept = set(graph.outputs)
    own_kernels(fusion)
    if by_rows is not None:
        products(fusion, by_rows)
        drop_transposes(fusion, kept)
    recompute(fusion, kept)
    users = users_of(fusion)
    for i, item in enumerate(fusion.items):
        if isinstance(item, Group) and item.own:
            item.stored = item.nodes
        elif isinstance(item, Group):
            inside = set(item.nodes)
            used = {arg for node in item.nodes for arg in node.args}
            item.nodes = sorted((node for node in item.nodes if node in used or not is_leaf(node)),
                                key=lambda node: node.index)
            item.stored = [node for node in item.nodes if not is_leaf(node)
                           and (node in kept or users.get(node, set()) - {i})]
            item.inputs = list(dict.fromkeys(
                arg for node in item.nodes for arg in node.args if arg not in inside))
    return ordered(fusion)


def own_kernels(fusion: Fusion) -> None:
    """Make groups of the single nodes that have kernels of their own, products apart."""
    users = users_of(fusion)
    has_kernel = fusion.target.single_kernels(fusion.of)
    for node, i in list(fusion.of.items()):
        if fusion.items[i] is node and has_kernel(
                node, any(isinstance(fusion.items[j], Group) for j in users.get(node, ()))):
            fusion.items[i] = Group(i, node.shape, 0, [node], {node: Place(FULL)}, own=True,
                                    inputs=node.args)


def products(fusion: Fusion, by_rows: Collection[Node]) -> None:
    """Make groups of the products whose factors lie in memory row by row, or are transposes of
    what does."""
    def lies(node: Node) -> bool:
        i = fusion.of.get(node)
        if i is None:
            return node in by_rows
        item = fusion.items[i]
        if isinstance(item, Node) and item.prim is reshape:
            return lies(item.args[0])
        return not isinstance(item, Node) or not item.prim.aliases

    for node, i in fusion.of.items():
        if fusion.items[i] is node and fusion.target.is_product(node):
            inputs = [arg.args[0] if is_transpose(arg) and not lies(arg) else arg
                      for arg in node.args]
            if all(map(lies, inputs)):
                fusion.items[i] = Group(i, node.shape, 0, [node], {node: Place(FULL)}, own=True,
                                        inputs=inputs)


def drop_transposes(fusion: Fusion, kept: set[Node]) -> None:
    """Forget the transposes that BLAS alone would read: it reads what they are made of."""
    users = users_of(fusion)
    for i, item in enumerate(fusion.items):
        if isinstance(item, Node) and is_transpose(item) and item not in users and (
                item not in kept):
            fusion.items[i] = None
            del fusion.of[item]


def ordered(fusion: Fusion) -> list[Item]:
    """The items in topological order, kernels as soon as they can run, so that they run
    together; changes of shape, which cost nothing, count as kernels."""
    waits: dict[int, int] = {}
    after: dict[int, set[int]] = {}
    for i, item in enumerate(fusion.items):
        if item is None:
            continue
        before = {fusion.of[arg] for arg in needs(item) if arg in fusion.of} - {i}
        waits[i] = len(before)
        for j in before:
            after.setdefault(j, set()).add(i)

    def quick(i: int) -> bool:
        item = fusion.items[i]
        return isinstance(item, Group) or (isinstance(item, Node) and item.prim is reshape)

    kernels = deque([i for i, n in waits.items() if not n and quick(i)])
    calls = deque([i for i, n in waits.items() if not n and not quick(i)])
    done: list[Item] = []
    while kernels or calls:
        i = kernels.popleft() if kernels else calls.popleft()
        item = fusion.items[i]
        assert item is not None
        done.append(item)
        for j in sorted(after.get(i, ())):
            waits[j] -= 1
            if not waits[j]:
                (kernels if quick(j) else calls).append(j)
    assert len(done) == len(waits), "a cycle among kernels"
    return done
