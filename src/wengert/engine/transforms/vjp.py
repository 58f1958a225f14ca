"""Reverse mode: from cotangents of some nodes to cotangents of what they depend on.

:func:`vjp` is the loop; :func:`pull` is one step of it, a ``match`` over the four kinds of
derivative. Sums over broadcast dimensions, conjugation and real parts are handled here and nowhere
else; what a partial does to a cotangent is in ``ops/chain.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping

from ..graph import Jvp, Linear, Node, Partial, Unknown, building, is_constant, reachable
from ..ops.chain import times_partial
from ..ops.elementwise import add, real
from ..ops.structural import broadcast_to, free, full, source, sum_to, tether, zeros


def vjp(seeds: Mapping[Node, Node], useful: Collection[Node] | None = None,
        floor: int = -1, keep: Collection[Node] = (),
        given_out: Callable[[Node, Node], Node] | None = None) -> dict[Node, Node]:
    """The cotangents that ``seeds`` (node to cotangent) send to the ends of the graph.

    The ends are the inputs and sources through which a gradient flows, and the nodes whose index
    is below ``floor``; the cotangents of nodes to ``keep`` are there too, and what goes on behind
    such a node depends on what ``given_out`` makes of the node and its cotangent. With ``useful``,
    only cotangents of those nodes are made.
    """
    cts = dict(seeds)
    line = building.line
    for node in reversed(flow(seeds, floor)):
        if node not in cts or node.index < floor or not node.args or node.prim is source:
            continue
        ct = cts[node] if node in keep else cts.pop(node)
        building.line = node.line
        if given_out is not None and node in keep:
            ct = cts[node] = given_out(node, ct)
        for i, arg in enumerate(node.args):
            if arg.requires_grad and (useful is None or arg in useful) and (
                    node.prim.derivative(i) is not None):
                accumulate(cts, arg, zeros(arg.shape, arg.dtype) if is_zeros(ct) else
                           pull(node, i, ct))
    building.line = line
    return cts


def flow(outputs: Iterable[Node], floor: int = -1) -> list[Node]:
    """The nodes that gradients of ``outputs`` flow through, in topological order; those below a
    custom function included."""
    seen: set[Node] = set()
    stack = [node for node in outputs if node.requires_grad]
    while stack:
        node = stack.pop()
        if node not in seen:
            seen.add(node)
            if node.index >= floor:
                stack += [arg for i, arg in enumerate(node.args) if arg.requires_grad
                          and (node.prim is source or node.prim.derivative(i) is not None)]
    return sorted(seen, key=lambda node: node.index)


def accumulate(cts: dict[Node, Node], node: Node, ct: Node) -> None:
    """Add ``ct`` to what ``node`` has received over other paths."""
    known = cts.get(node)
    if known is None or is_zeros(known):
        cts[node] = ct
    elif not is_zeros(ct):
        cts[node] = add(known, ct)


def is_zeros(ct: Node) -> bool:
    """Whether ``ct`` is zeros whatever the values are."""
    while ct.prim is tether:
        ct = ct.args[0]
    return ct.prim is full and is_constant(ct.args[0], 0)


def pull(node: Node, i: int, ct: Node) -> Node:
    """What the cotangent ``ct`` of ``node`` contributes to argument ``i``."""
    arg = node.args[i]
    match node.prim.derivative(i):
        case Partial(p):
            ct = times_partial(ct, p(node, *node.args, **node.params), conjugate=True)
        case Linear(T):
            ct = T(ct, *node.args, **node.params)
        case Jvp(r):
            ct = transpose(r, arg, node, ct)
        case None:
            raise AssertionError(f"{node.prim.name} has no derivative in argument {i}")
    if ct.dtype.is_complex and not arg.dtype.is_complex:
        ct = real(ct)
    return sum_to(ct, shape=arg.shape) if ct.shape != arg.shape else ct


def transpose(r: Callable[..., Node], arg: Node, node: Node, ct: Node) -> Node:
    """The transpose of a tangent rule: reverse mode through the linear graph that it makes."""
    t = free(arg.shape, arg.dtype, requires_grad=True)
    tangent = r(t, node, *node.args, **node.params)
    found = vjp({tangent: ct}, leading_to(reachable([tangent], floor=t.index), {t}), t.index)
    return found[t] if t in found else broadcast_to(ct * 0, shape=arg.shape)


def leading_to(order: Iterable[Node], ends: Collection[Node]) -> set[Node]:
    """The nodes of ``order`` (topological) that depend on one of ``ends``, ends included."""
    useful = set(ends)
    for node in order:
        if node not in useful and any(
                arg in useful and node.prim.derivative(i) is not None
                for i, arg in enumerate(node.args)):
            useful.add(node)
    return useful


def residuals_of(node: Node) -> tuple[Node, ...]:
    """The values that the derivatives of ``node`` read: arguments, or ``node`` itself."""
    if node.residuals is None:
        ct = free(node.shape, node.dtype)
        pulled = [pull(node, i, ct) for i, arg in enumerate(node.args)
                  if arg.requires_grad
                  and not isinstance(node.prim.derivative(i), Unknown | None)]
        node.residuals = tuple(found for found in reachable(pulled, floor=ct.index)
                               if found.index < ct.index)
    return node.residuals
