"""Diagonals of Jacobians and Hessians, in about one tangent for each element of the input.

The diagonal of a Jacobian meets in the middle: the end of the graph that is linear in one node
``z`` is walked backwards from each unit vector, the rest forwards, and the two are multiplied at
``z``. The diagonal of a Hessian needs no second derivative to be carried forwards: the second
derivative of a number along ``v`` is the sum over all nodes of the node's cotangent times its own
second derivative along its tangent (the part of edge pushing, Gower and Mello 2012, that is on the
diagonal). Both are made for one direction and batched.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..graph import Linear, Node, building, lift, reachable
from ..ops.elementwise import add, mul
from ..ops.reduce import sum_
from ..ops.structural import free, full, reshape, source, stop
from .batch import batch, extend
from .jvp import jvp
from .laplacian import pointwise
from .taylor import Series, scaled
from .vjp import pull, vjp


def jacobian_diagonal(order: Sequence[Node], out: Node, x: Node, units: Node) -> Node | None:
    """The derivative of each element of ``out`` in that of ``x`` at its place; ``units`` are the
    unit vectors of their shape along a first axis. None where ``out`` does not depend on ``x``."""
    n = units.shape[0]
    t, ct = free(x.shape, x.dtype), free(out.shape, out.dtype)
    ts = jvp(order, {x: t})
    if out not in ts:
        return None
    pulled, z = ct, out
    while True:
        way = linear_in(z, ts)
        if way is None:
            break
        pulled, z = pull(z, way, pulled), z.args[way]
    order = [node for node in reachable([ts[z], pulled], floor=t.index) if node.index >= t.index]
    many, _ = batch(order, {t: units, ct: units}, {}, n)
    product = mul(many[ts[z]], many[pulled])
    total = sum_(product, axes=tuple(range(1, product.ndim)), keepdims=False)
    return reshape(total, shape=x.shape)


def linear_in(node: Node, ts: Mapping[Node, Node]) -> int | None:
    """The position of the argument in which ``node`` is linear, if it alone has a tangent."""
    moving = [i for i, arg in enumerate(node.args) if arg in ts]
    if len(moving) != 1 or node.prim is stop or node.prim is source:
        return None
    return moving[0] if isinstance(node.prim.derivative(moving[0]), Linear) else None


def hessian_diagonal(order: Sequence[Node], out: Node, units: Mapping[Node, Node],
                     n: int) -> Node | None:
    """The second derivatives of the number ``out`` along ``n`` directions; ``units`` has those of
    each input along a first axis. None where cotangents do not go the way of tangents."""
    lanes = {x: free(x.shape, x.dtype) for x in units}
    floor = min(t.index for t in lanes.values())
    many = {lanes[x]: each for x, each in units.items()}
    one: dict[Node, Node] = {}
    ts = jvp(order, lanes)
    if any(node.dtype.is_complex or (node.prim in (stop, source) and node not in units)
           for node in ts):
        return None
    cts = vjp({out: full(lift(1), shape=(), dtype=out.dtype)}, keep=order)
    total: Node | None = None
    line = building.line
    try:
        for node in order:
            moving = [arg for arg in node.args if arg in ts]
            if node not in cts or node in lanes or not moving:
                continue
            building.line = node.line
            found = weighted(node, moving, cts[node], ts, many, one, n, floor)
            if found is not None:
                total = found if total is None else add(total, found)
    finally:
        building.line = line
    return full(lift(0), shape=(n,), dtype=out.dtype) if total is None else total


def weighted(node: Node, moving: list[Node], ct: Node, ts: Mapping[Node, Node],
             many: dict[Node, Node], one: dict[Node, Node], n: int, floor: int) -> Node | None:
    """The second derivatives of ``node`` along its arguments' tangents, times its cotangent ``ct``,
    summed for each direction."""
    x = moving[0]
    alone = pointwise(node, moving) and x.shape == node.shape
    series = Series({x: [full(lift(1), shape=x.shape, dtype=x.dtype)]} if alone else
                    {arg: [ts[arg]] for arg in moving})
    bend = series.term(node, 2)
    if bend is None:
        return None
    if alone:
        extend(reachable([ts[x]], floor=floor), many, one, n)
        t = many[ts[x]]
        product = mul(mul(t, t), mul(scaled(bend, 2) or bend, ct))
    else:
        extend(reachable([bend], floor=floor), many, one, n)
        product = mul(many[bend], mul(ct, lift(2.0)))
    axes = tuple(range(1, product.ndim))
    return sum_(product, axes=axes, keepdims=False) if axes else product


__all__ = ["hessian_diagonal", "jacobian_diagonal"]
