"""The batching transform (``vmap``): from nodes of one sample to nodes of all samples at once.

A value that differs between samples becomes one with the samples as its first axis; any other stays
as it is. How a primitive takes the axis follows from what it is (elementwise) or from the names of
its parameters, or its row says it: the rules are in ``ops/batching.py``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from ..errors import show_line
from ..graph import Node, building
from ..ops.batching import by_names, meeting
from ..ops.structural import source, stop

CHECKPOINT = "checkpoint"
"""The reason of the stop behind which a backward would run a call again."""


def batch(order: Iterable[Node], differing: Mapping[Node, Node], same: Mapping[Node, Node],
          n: int) -> tuple[dict[Node, Node], dict[Node, Node]]:
    """What the nodes of ``order`` (topological) are for ``n`` samples: those that differ between
    samples, and those that do not and are new.

    ``differing`` says it of inputs that differ, with the samples as first axis; ``same`` says what
    stands for other inputs.
    """
    many, one = dict(differing), dict(same)
    extend(order, many, one, n)
    return many, one


def extend(order: Iterable[Node], many: dict[Node, Node], one: dict[Node, Node], n: int) -> None:
    """Enter what the nodes of ``order`` are for ``n`` samples into ``many`` and ``one``."""
    line = building.line
    try:
        for node in order:
            if node in many or node in one or not node.args:
                continue
            building.line = node.line
            given = node.args[:1] if node.prim is source else node.args
            differ = [arg in many for arg in given]
            args = [many[arg] if far else one.get(arg, arg)
                    for arg, far in zip(given, differ, strict=True)]
            if any(differ):
                many[node] = for_samples(node, args, differ, n)
            elif any(arg is not old for arg, old in zip(args, given, strict=True)):
                one[node] = node.prim(*args, **node.params)
    finally:
        building.line = line


def for_samples(node: Node, args: Sequence[Node], differ: Sequence[bool], n: int) -> Node:
    """``node`` for ``n`` samples, on its arguments for them."""
    prim = node.prim
    if prim is source and node.args[0].params.get("reason") == CHECKPOINT:
        return args[0]   # nothing is computed again
    if prim is source:   # a gradient of the samples' own ends here; tangents pass
        return stop(args[0], reason="no_grad")
    if prim is stop and node.params.get("reason") == CHECKPOINT:
        return args[0]
    rule = prim.batch or (meeting if prim.elementwise else by_names)
    try:
        out = rule(prim, n, differ, args, node.params)
    except NotImplementedError:
        raise
    except Exception as error:
        raise unmapped(node) from error
    if out.shape != (n, *node.shape) or out.dtype is not node.dtype:
        raise unmapped(node)
    return out


def unmapped(node: Node) -> NotImplementedError:
    """The error for a primitive that no rule fits."""
    return NotImplementedError(
        f"vmap: there is no batching rule for the primitive {node.prim.name}, at "
        f"{show_line(node.line)}. A primitive of your own says it by `batch=` "
        "(docs/own_primitives.md)")


__all__ = ["batch", "extend"]
