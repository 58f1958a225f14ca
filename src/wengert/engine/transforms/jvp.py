"""Forward mode: from tangents of some nodes to tangents of what is computed from them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from ..graph import Jvp, Linear, Node, Partial, lift
from ..ops.chain import times_partial
from ..ops.elementwise import add, cast
from ..ops.structural import broadcast_to, source, stop, tether, zeros


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
    if node.prim is stop or node.prim is source:
        return past_end(node, ts.get(node.args[0]))
    total: Node | None = None
    joint = False
    for i, arg in enumerate(node.args):
        t = ts.get(arg)
        if t is None or (node.prim is tether and i):
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


def past_end(node: Node, t: Node | None) -> Node | None:
    """The tangent ``t`` behind an end of reverse mode: ``no_grad`` and a leaf that was written are
    none to forward mode, ``detach`` is."""
    reason = node.params.get("reason")
    if t is None or reason == CHECKPOINT:
        return t
    if node.prim is source:
        return t if len(node.args) == 1 or node.args[0].params.get("reason") == CHECKPOINT else None
    return stop(t, reason=reason) if reason == "no_grad" else None


CHECKPOINT = "checkpoint"
"""The reason of the stop that makes a checkpointed call's results: a backward runs the call
again."""


def opaque(node: Node, ts: Collection[Node]) -> bool:
    """Whether ``node`` is the result of a custom function of something that has a tangent: what is
    recorded of its forward need not have its derivative."""
    return (node.prim is source and any(arg in ts for arg in node.args[1:])
            and node.args[0].params.get("reason") != CHECKPOINT)


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
