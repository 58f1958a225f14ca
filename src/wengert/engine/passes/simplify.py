"""Rewrites that keep a program's values: each rule is a function with its identity as docstring.

:func:`simplified` applies them bottom-up in one walk, merging equal nodes on the way.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..dtypes import float32, float64
from ..graph import Graph, Node, Primitive, building, is_constant, lift
from ..ops.contract import matmul
from ..ops.elementwise import (
    add,
    annihilate,
    cast,
    constant,
    exp,
    log,
    mul,
    neg,
    reciprocal,
    square,
    sub,
    where,
)
from ..ops.fused import inner
from ..ops.reduce import amax, amin, sum_
from ..ops.structural import (
    broadcast_to,
    concatenate,
    full,
    graft,
    place,
    reshape,
    sum_to,
    transpose,
)
from .rebuild import Args, Rule, copied, on, rebuilt


def no_broadcast(node: Node, args: Args) -> Node | None:
    """broadcast_to(x, x.shape) -> x; sum_to(x, x.shape) -> x; reshape(x, x.shape) -> x."""
    return args[0] if args[0].shape == node.shape else None


def filled(node: Node, args: Args) -> Node | None:
    """reshape(full(c)), broadcast_to(full(c)) -> full(c); reshape(x, x.shape) -> x."""
    x = args[0]
    if x.prim is full and x.args[0].prim is constant:
        return full(x.args[0], shape=node.shape, dtype=node.dtype)
    return no_broadcast(node, args)


def no_cast(node: Node, args: Args) -> Node | None:
    """cast(x, x.dtype) -> x."""
    return args[0] if args[0].dtype is node.dtype and not args[0].weak else None


def times_one(node: Node, args: Args) -> Node | None:
    """x * 1 -> x."""
    a, b = args
    if is_constant(b, 1) and _stands_for(a, node):
        return a
    if is_constant(a, 1) and _stands_for(b, node):
        return b
    return None


def total(node: Node, args: Args) -> Node | None:
    """sum_to(x, x.shape) -> x, or a sum of products."""
    return no_broadcast(node, args) or sum_of_products(node, args)


def permuted_twice(node: Node, args: Args) -> Node | None:
    """transpose(transpose(x)) -> x; (a @ b).T -> b.T @ a.T, so that the result lies row by row."""
    x, perm = args[0], node.params["perm"]
    if x.prim is transpose:
        both = tuple(x.params["perm"][i] for i in perm)
        straight = both == tuple(range(len(both)))
        return x.args[0] if straight else transpose(x.args[0], perm=both)
    n = len(perm)
    swapped = (*range(n - 2), n - 1, n - 2)
    if x.prim is not matmul or perm != swapped or any(a.ndim != n for a in x.args):
        return None
    a, b = x.args
    return x.prim(*[permuted(arg, swapped) for arg in (b, a)], **x.params)


def permuted(x: Node, perm: tuple[int, ...]) -> Node:
    """``x`` with its axes permuted; nothing to do twice."""
    if x.prim is transpose and x.params["perm"] == perm:   # a swap is its own inverse
        return x.args[0]
    return transpose(x, perm=perm)


def times_minus_one(node: Node, args: Args) -> Node | None:
    """-(-x) -> x."""
    inner = args[0]
    return inner.args[0] if inner.prim is neg else None


def plus_zero(node: Node, args: Args) -> Node | None:
    """x + 0 -> x, for the zeros that transforms write."""
    a, b = args
    if is_constant(b, 0) and _stands_for(a, node):
        return a
    if is_constant(a, 0) and _stands_for(b, node):
        return b
    return None


def _stands_for(x: Node, node: Node) -> bool:
    return x.shape == node.shape and x.dtype is node.dtype and not x.weak


def sum_of_products(node: Node, args: Args) -> Node | None:
    """sum(a * b) -> inner(a, b), while BLAS adds up few enough terms to be as exact."""
    product = args[0]
    if product.prim not in (mul, square) or node.shape or not product.shape or (
            product.size > MAX_INNER):
        return None
    a, b = (*product.args, *product.args)[:2]
    if a.shape != b.shape or a.dtype is not b.dtype or node.dtype not in (float32, float64):
        return None
    return inner(a, b)


MAX_INNER = 1 << 16
RULES: dict[Primitive, Rule] = {
    broadcast_to: filled, sum_to: total, sum_: sum_of_products, reshape: filled,
    cast: no_cast, mul: times_one, annihilate: times_one, transpose: permuted_twice,
    neg: times_minus_one, add: plus_zero,
}


def of_length_one(node: Node, args: Args) -> Node | None:
    """sum(x), max(x), min(x) over axes of length 1 -> reshape(x)."""
    x = args[0]
    if x.dtype is not node.dtype or x.size != node.size or x.weak:
        return None
    return x if x.shape == node.shape else reshape(x, shape=node.shape)


def reduced_axes(node: Node) -> tuple[int, ...]:
    """The axes of length above 1 that a reduction goes over."""
    shape, reduction = node.args[0].shape, node.prim.reduction
    assert reduction is not None
    return tuple([i for i in reduction.over(node) if shape[i] != 1])


def by_rows(node: Node, args: Args) -> Node | None:
    """sum(x) -> sum(sum(x, its last axes), the others), where axes between them are kept: a kernel
    adds up rows. The largest and the smallest likewise."""
    x = args[0]
    axes = reduced_axes(node)
    longer = [i for i, n in enumerate(x.shape) if n != 1]
    last = [i for k, i in enumerate(longer) if set(longer[k:]) <= set(axes)]
    if not last or len(last) == len(axes) or not x.size or x.weak:
        return None
    prim = sum_ if node.prim is sum_to else node.prim
    return copied(node, (prim(x, axes=tuple(last), keepdims=True),))


def fewer(node: Node, args: Args) -> Node | None:
    """A reduction in a simpler form."""
    return of_length_one(node, args) or by_rows(node, args)


def share_of_sum(node: Node, args: Args) -> Node | None:
    """exp(a - log(sum(exp(a)))) -> exp(a) * (1 / sum(exp(a))): softmax from log_softmax, which may
    choose between that logarithm and a better one."""
    x = args[0]
    if x.prim is not sub:
        return None
    taken = x.args[1].args[2] if x.args[1].prim is where else x.args[1]
    if taken.prim is not log:
        return None
    total = taken.args[0]
    grown = total.args[0] if total.prim is sum_ else None
    if grown is None or grown.prim is not node.prim or grown.args[0] is not x.args[0]:
        return None
    return mul(grown, reciprocal(total))


def tiled(node: Node, args: Args) -> Node | None:
    """place(a, 0) + place(b, len(a)) + ... -> cat(a, b, ...), where the parts fill the whole."""
    pieces = placed_pieces(node, args)
    if pieces is None:
        return plus_zero(node, args) or put_together(node, args)
    axis, parts = pieces
    parts.sort(key=lambda part: part[0])
    end = 0
    for start, length, _ in parts:
        if start != end:
            return put_together(node, args)
        end += length
    if end != node.shape[axis]:
        return put_together(node, args)
    flat: list[Node] = []
    for _, _, x in parts:
        same = x.prim is concatenate and x.params["axis"] == axis
        flat += x.args if same else (x,)
    return concatenate(*flat, axis=axis)


MOST_PIECES = 64


def placed_pieces(node: Node, args: Args) -> tuple[int, list[tuple[int, int, Node]]] | None:
    """The axis, and the start, length and value of each part, of a sum of placed values."""
    found: list[tuple[int, int, Node]] = []
    axis: int | None = None
    stack = list(args)
    while stack:
        x = stack.pop()
        if x.prim is add and x.shape == node.shape:
            stack += x.args
            continue
        if (x.prim is not place or x.shape != node.shape or x.dtype is not node.dtype
                or len(x.params["axes"]) != 1 or x.params["steps"] != (1,)
                or x.args[1].prim is not constant or len(found) == MOST_PIECES):
            return None
        if axis is not None and axis != x.params["axes"][0]:
            return None
        axis = x.params["axes"][0]
        start = int(x.args[1].params["value"])
        found.append((start + (x.shape[axis] if start < 0 else 0), x.params["lengths"][0],
                      x.args[0]))
    return None if axis is None else (axis, found)


def put_together(node: Node, args: Args) -> Node | None:
    """place(a, i) + b + place(c, i) -> place(a + c, i) + b."""
    if not any(arg.prim is place for arg in args):
        return None
    terms: list[Node] = []
    stack = list(args[::-1])
    while stack:
        x = stack.pop()
        if x.shape != node.shape or x.dtype is not node.dtype or x.weak or (
                len(terms) + len(stack) > MOST_PIECES):
            return None
        if x.prim is add:
            stack += x.args[::-1]
        else:
            terms.append(x)
    merged: dict[Any, Node] = {}
    for x in terms:
        key: Any = x
        if x.prim is place:
            starts = tuple([start.params["value"] if start.prim is constant else start
                            for start in x.args[1:]])
            key = starts, frozen(x.params), x.args[0].shape
        before = merged.get(key)
        if before is None:
            merged[key] = x
        elif x.prim is not place:
            return None
        else:
            merged[key] = place(add(before.args[0], x.args[0]), *x.args[1:], **x.params)
    if len(merged) == len(terms):
        return None
    total, *others = merged.values()
    for x in others:
        total = add(total, x)
    return total


FOR_KERNELS: dict[Primitive, Rule] = {
    **RULES, exp: share_of_sum, add: tiled, sum_: fewer, sum_to: fewer, amax: fewer, amin: fewer}


def bare(args: Args, node: Node) -> Args:
    """The arguments of an elementwise primitive without the broadcasts that it does itself."""
    new = list(args)
    for i in range(len(new)):
        others = new[:i] + new[i + 1:]
        arg = new[i]
        if arg.prim is broadcast_to and _spans(others, arg.args[0], node):
            arg = new[i] = arg.args[0]
        if (arg.prim is full and arg.args[0].prim is constant
                and arg.args[0].dtype.category <= arg.dtype.category   # not 2.5 as an integer
                and _spans(others, arg.args[0], node)
                and any(a.dtype is arg.dtype and not a.weak for a in others)):
            new[i] = arg.args[0]
    return tuple(new)


def _spans(others: Sequence[Node], bare_arg: Node, node: Node) -> bool:
    """Whether ``others`` with ``bare_arg`` still broadcast to the shape of ``node``."""
    return any(a.shape == node.shape for a in others) and bare_arg.ndim <= node.ndim


def simplified(graph: Graph, by_blas: bool = True) -> Graph:
    """``graph`` after all rewrites, equal nodes merged; ``by_blas`` says whether sums of products
    become calls of BLAS."""
    rules = RULES if by_blas else FOR_KERNELS
    new: dict[Node, Node] = {node: node for node in graph.inputs}
    seen: dict[Any, Node] = {}
    results = set(graph.outputs)
    before = building.line
    for node in graph.nodes():
        if node in new:
            continue
        building.line = node.line
        args = tuple([new[arg] for arg in node.args])
        if node.prim.elementwise and len(args) > 1:
            args = bare(args, node)
        if node.weak and args and all(arg.prim is constant for arg in args):
            new[node] = folded(node, args)
        elif node in results and node.prim in (cast, broadcast_to):
            new[node] = copied(node, args)   # a copy has memory of its own, a view has its strides
        else:
            new[node] = rewritten(node, args, seen, rules)
    building.line = before
    return Graph(graph.inputs, [new[node] for node in graph.outputs])


def folded(node: Node, args: Args) -> Node:
    """Arithmetic on constants -> a constant."""
    with np.errstate(all="ignore"):
        value = node.prim.impl(*[arg.params["value"] for arg in args], **node.params)
    return lift(np.asarray(value).item())


def rewritten(node: Node, args: Args, seen: dict[Any, Node], rules: dict[Primitive, Rule]) -> Node:
    """``node`` on ``args``: the argument that it is the same as (``stop``, ``source`` and their
    kin mean something to gradients only), by a rule, an equal node, or a copy."""
    if node.prim.same_as is not None:
        return args[node.prim.same_as]
    rule = rules.get(node.prim)
    if rule is not None:
        found = rule(node, args)
        if found is not None:
            return found
    key = (node.prim, args, frozen(node.params))
    known = seen.get(key)
    if known is None:
        known = seen[key] = on(node, args)
    return known


def without_grafts(graph: Graph) -> Graph:
    """``graph`` without what ``graft`` takes the derivative of, and no value."""
    if not any(node.prim is graft for node in graph.nodes()):
        return graph
    return rebuilt(graph, lambda node, args: args[1] if node.prim is graft else None)


def frozen(params: dict[str, Any]) -> Any:
    """``params`` as a key; numbers of different types differ."""
    return tuple([(name, value.__class__, value) for name, value in params.items()])


__all__ = ["RULES", "simplified", "without_grafts"]
