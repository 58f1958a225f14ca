"""Forward mode: from tangents of some nodes to tangents of what is computed from them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ..graph import Node, lift
from ..ops.chain import times_partial
from ..ops.elementwise import add, cast
from ..ops.structural import broadcast_to, zeros
from ..primitive import Jvp, Linear, Partial


def jvp(order: Iterable[Node], tangents: Mapping[Node, Node]) -> dict[Node, Node]:
    """The tangents of the nodes of ``order`` (topological), where they are not zero.

    ``tangents`` gives those of the inputs.
    """
    ts = dict(tangents)
    for node in order:
        if node not in ts and node.dtype.is_differentiable:
            t = push(node, ts)
            if t is not None:
                ts[node] = t
    return ts


def push(node: Node, ts: Mapping[Node, Node]) -> Node | None:
    """The tangent of ``node`` for the tangents ``ts`` of its arguments; None where it is zero."""
    total: Node | None = None
    joint = False
    for i, arg in enumerate(node.args):
        t = ts.get(arg)
        if t is None:
            continue
        match node.prim.derivative(i):
            case Partial(p):
                t = times_partial(t, p(node, *node.args, **node.params))
            case Linear(_, jointly):
                if jointly and joint:
                    continue
                joint |= jointly
                t = node.prim(*_arguments(node, i, t, ts, jointly), **node.params)
            case Jvp(r):
                t = r(t, node, *node.args, **node.params)
            case None:
                continue
        if t.dtype is not node.dtype and not t.weak:
            t = cast(t, dtype=node.dtype)
        total = t if total is None else add(total, t)
    if total is not None and total.shape != node.shape:
        total = broadcast_to(total, shape=node.shape)
    return total


def _arguments(node: Node, i: int, t: Node, ts: Mapping[Node, Node], jointly: bool) -> list[Node]:
    """The arguments on which a linear primitive gives its tangent."""
    if not jointly:
        return [t if k == i else arg for k, arg in enumerate(node.args)]
    args = []
    for k, arg in enumerate(node.args):
        kind = node.prim.derivative(k)
        if not (isinstance(kind, Linear) and kind.jointly):
            args.append(arg)
        elif arg in ts:
            args.append(ts[arg])
        else:
            args.append(lift(0.0) if arg.weak else zeros(arg.shape, arg.dtype))
    return args
