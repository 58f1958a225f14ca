"""Substitution: a graph with other nodes in the place of some of its own."""

from __future__ import annotations

from collections.abc import Iterable

from ..graph import Node, reachable


def substitute(outputs: Iterable[Node], mapping: dict[Node, Node], floor: int) -> list[Node]:
    """``outputs`` with nodes replaced as ``mapping`` says; nodes below ``floor`` are left alone."""
    new = dict(mapping)
    wanted = list(outputs)
    for node in reachable(wanted, stop=mapping, floor=floor):
        if node not in new and node.index >= floor and node.args:
            args = tuple(new.get(arg, arg) for arg in node.args)
            new[node] = node if args == node.args else node.prim(*args, **node.params)
    return [new.get(node, node) for node in wanted]
