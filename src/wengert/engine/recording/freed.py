"""What backwards free of the values that a segment keeps, and the errors of going there again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ..errors import second_backward, show_line
from ..graph import Node, reachable
from ..locks import sharing
from ..ops.structural import tether
from ..transforms.vjp import flow, residuals_of
from .program import Freed, SegmentPlan, Stage
from .segment import Segment
from .templates import positions


def let_go(unit: Segment, stages: Sequence[Stage]) -> None:
    """Free the residuals of ``unit`` that nothing needs but what ``stages`` have gone through."""
    if not stages:
        return
    with sharing.lock:
        alone = len(stages) == 1 and len(unit.freed) == len(stages[0].freed)
        drop = stages[0].drop if alone else unneeded(
            unit, unit.freed, [node for stage in stages for node in stage.freed])
        unit.let_go(drop)
        if unit.packed:
            unit.packed = {n: kept for n, kept in unit.packed.items() if n not in drop}


def check_kept(outs: Sequence[Node], missing: set[Node], start: int) -> None:
    """AssertionError if the value of a node is ``missing`` that is read from ``start`` on, and not
    its history alone."""
    for node in reachable(outs, floor=start) if missing else ():
        if node.index >= start:
            read = node.args[:1] if node.prim is tether else node.args
            assert missing.isdisjoint(read), f"nothing was kept of what {node} reads"


def unneeded(unit: Segment, freed: Freed, newly: Iterable[Node]) -> tuple[Node, ...]:
    """The residuals of ``unit`` that only ``freed`` nodes read, among what those that are so
    ``newly`` read; and those that nobody does."""
    readers, unread = readers_of(unit.plan)
    read = dict.fromkeys([each for node in newly for each in residuals_of(node) if each in readers])
    return (*unread, *[node for node in read if all(each in freed for each in readers[node])])


def readers_of(plan: SegmentPlan) -> tuple[dict[Node, list[Node]], tuple[Node, ...]]:
    """For each residual that may be let go of, the nodes that read it, those first that a backward
    comes to last; and the residuals that nobody reads."""
    if plan.readers is None:
        found: dict[Node, list[Node]] = {node: [] for node in plan.residuals}
        stay: set[Node] = set()
        for node in flow(plan.outputs):
            if node.args:
                stay.update(positions(node))
                for each in residuals_of(node):
                    if each in found:
                        found[each].append(node)
        readers = {node: nodes for node, nodes in found.items() if nodes and node not in stay}
        unread = tuple([node for node, nodes in found.items() if not nodes and node not in stay])
        plan.readers = readers, unread
    return plan.readers


def check_freed(visited: Freed, freed: Freed) -> None:
    """RuntimeError if a node to go through has lost its values to an earlier backward."""
    for node in visited:
        if node in freed:
            name = node.call.name if node.call else node.prim.name
            raise second_backward(
                f"The values of {name}, a tensor of shape {list(node.shape)} first recorded "
                f"at {show_line(node.line)}, were freed by the backward that first ran at "
                f"{show_line(freed[node])}.")


__all__ = ["check_freed", "check_kept", "let_go", "unneeded"]
