"""The forward Laplacian: value, Jacobian and Laplacian of each node in one pass.

For a node ``y`` of the inputs ``x_1 ... x_n`` the pass knows ``J``, the tangents along all unit
vectors, and ``L``, the sum of the second derivatives along them. The tangents are those of one
direction, batched; and

    ``L(y) = push(L(arguments)) + sum over directions of the second derivative along J(arguments)``

where the last is twice the second Taylor coefficient. So the part that is linear in ``L`` is
computed once, and not for each direction (Li et al., *A computational framework for neural
network-based variational Monte Carlo with Forward Laplacian*, 2023; Dangel et al., *Collapsing
Taylor mode automatic differentiation*, 2025).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from ..graph import Node, Partial, building, lift, reachable
from ..ops.elementwise import mul
from ..ops.reduce import sum_
from ..ops.structural import free, full
from .batch import extend
from .jvp import push
from .taylor import Series, fitted, plus, scaled


class Forward(NamedTuple):
    """What the pass knows of nodes: ``jacobians`` with the directions as first axis, and
    ``laplacians``; what has none is not there."""

    jacobians: dict[Node, Node]
    laplacians: dict[Node, Node]


def forward_laplacian(order: Iterable[Node], jacobians: Mapping[Node, Node], n: int) -> Forward:
    """The Jacobians and Laplacians of the nodes of ``order`` (topological) in ``n`` directions.

    ``jacobians`` gives those of the inputs, whose Laplacians are zero.
    """
    ts = {x: free(x.shape, x.dtype) for x in jacobians}
    many = {ts[x]: j for x, j in jacobians.items()}
    one: dict[Node, Node] = {}
    laplacians: dict[Node, Node] = {}
    line = building.line
    try:
        for node in order:
            moving = [arg for arg in node.args if arg in ts]
            if node in ts or not moving:
                continue
            building.line = node.line
            found = through(node, moving[0], ts, many, one, n) if pointwise(node, moving) else (
                across(node, moving, ts, many, one, n))
            pushed = push(node, laplacians) if node in ts else None
            found = plus(pushed, fitted(found, node))
            if found is not None:
                laplacians[node] = found
    finally:
        building.line = line
    return Forward({x: many[t] for x, t in ts.items()}, laplacians)


def pointwise(node: Node, moving: list[Node]) -> bool:
    """Whether ``node`` is a function of the elements of one node."""
    return node.prim.elementwise and len(set(moving)) == 1 and all(
        isinstance(node.prim.derivative(i), Partial | None) for i, arg in enumerate(node.args)
        if arg is moving[0])


def through(node: Node, x: Node, ts: dict[Node, Node], many: dict[Node, Node],
            one: dict[Node, Node], n: int) -> Node | None:
    """The second derivatives of a function of the elements of ``x``, ``f''(x)`` times the sum of
    the squares of the tangents; its own tangents are entered."""
    ones = full(lift(1), shape=x.shape, dtype=x.dtype)
    bend = Series({x: [ones]}).term(node, 2)
    enter(node, push(node, {x: ts[x]}), ones.index, ts, many, one, n)
    if bend is None:
        return None
    t = many[ts[x]]
    return mul(scaled(bend, 2) or bend, sum_(mul(t, t), axes=(0,), keepdims=False))


def across(node: Node, moving: list[Node], ts: dict[Node, Node], many: dict[Node, Node],
           one: dict[Node, Node], n: int) -> Node | None:
    """The sum of the second derivatives of ``node`` along the tangents of what moves; its own
    tangents are entered."""
    series = Series({arg: [ts[arg]] for arg in moving})
    t, bend = series.term(node, 1), series.term(node, 2)
    enter(node, t, series.floor, ts, many, one, n)
    if t is None or bend is None:
        return None
    extend(reachable([bend], floor=series.floor), many, one, n)
    return scaled(sum_(many[bend], axes=(0,), keepdims=False), 2)


def enter(node: Node, t: Node | None, floor: int, ts: dict[Node, Node], many: dict[Node, Node],
          one: dict[Node, Node], n: int) -> None:
    """Have ``t``, made of nodes from ``floor`` on, be the tangent of ``node`` in each of ``n``
    directions."""
    if t is not None:
        extend(reachable([t], floor=floor), many, one, n)
        ts[node] = t


__all__ = ["Forward", "forward_laplacian"]
