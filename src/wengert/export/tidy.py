"""Rewrites that only make a source easier to read, with their identities; values are the same up to
rounding. Products that annihilate stay so where the partial may be infinite.

Start with :func:`tidied`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..engine.graph import Graph, Node, building, lift
from ..engine.ops.contract import matmul
from ..engine.ops.elementwise import (
    add,
    annihilate,
    cast,
    constant,
    div,
    mul,
    neg,
    sub,
)
from ..engine.ops.structural import broadcast_to, full, reshape, transpose
from ..engine.passes.rebuild import Args, on

TAME = frozenset([
    "add", "sub", "mul", "neg", "square", "cube", "abs", "relu", "sin", "cos", "tanh",
    "sigmoid", "where", "maximum", "minimum", "clamp_min", "clamp_max", "sign", "exp", "cast",
    "constant", "full", "input", "broadcast_to", "reshape", "transpose", "slice", "eq", "ne",
    "lt", "le", "gt", "ge", "logical_and", "logical_or", "logical_not", "atan", "erf",
    "gauss", "bell", "softplus", "lower", "upper", "flip", "concatenate", "matmul", "sum",
    "sum_to", "cumsum", "index", "take_along", "window", "gather_numbers"])
"""What is finite where it is given finite values, short of overflow."""


def tidied(graph: Graph) -> Graph:
    """``graph`` after all rewrites."""
    new: dict[Node, Node] = {node: node for node in graph.inputs}
    tame: dict[Node, bool] = {}
    before = building.line
    for node in graph.nodes():
        if node not in new:
            building.line = node.line
            args = tuple([new[arg] for arg in node.args])
            new[node] = rewritten(node, args, tame)
        found = new[node]
        if found not in tame:
            tame[found] = (found.prim.name in TAME or (
                found.prim is div and number_of(found.args[1]) not in (None, 0))) and all(
                    tame.get(a, True) for a in found.args)
    building.line = before
    return Graph(graph.inputs, [new[node] for node in graph.outputs])


def rewritten(node: Node, args: Args, tame: dict[Node, bool]) -> Node:
    """``node`` on ``args``, or what stands for it."""
    if node.prim.elementwise and args and not node.weak:
        values = [number_of(arg) for arg in args]
        if None not in values:
            return folded(node, values)
    if node.prim in (reshape, broadcast_to) and (value := number_of(args[0])) is not None:
        return filled(value, node)
    if node.prim is annihilate and (
            tame.get(args[1], False) or number_of(args[0]) not in (None, 0)):
        return rule_of_product(node, args)
    rule = RULES.get(node.prim)
    found = None if rule is None else rule(node, args)
    if found is not None and (found.shape, found.dtype) == (node.shape, node.dtype):
        return found
    return on(node, args)


def number_of(node: Node) -> Any:
    """The number that all elements of ``node`` are, None where they are not one."""
    while node.prim in (full, cast, reshape, broadcast_to):
        node = node.args[0]
    return node.params["value"] if node.prim is constant else None


def filled(value: Any, like: Node) -> Node:
    return full(lift(value), shape=like.shape, dtype=like.dtype)


def folded(node: Node, values: list[Any]) -> Node:
    """Arithmetic on numbers."""
    with np.errstate(all="ignore"):
        found = node.prim.impl(*[np.asarray(v, arg.dtype.numpy)
                                 for v, arg in zip(values, node.args, strict=True)], **node.params)
    return filled(np.asarray(found).item(), node)


def as_weak(value: Any, node: Node) -> Node:
    """A number for ``node``'s arithmetic: 2 rather than 2.0."""
    whole = isinstance(value, float) and value.is_integer() and abs(value) < 1e6
    return lift(int(value) if whole else value)


def rule_of_product(node: Node, args: Args) -> Node:
    """x * 1 -> x; x * -1 -> -x; (-a) * b -> -(a * b); a number stands in front."""
    a, b = args
    if number_of(b) is not None and number_of(a) is None:
        a, b = b, a
    value = number_of(a)
    if value is not None and b.shape == node.shape and b.dtype is node.dtype:
        if value == 1:
            return b
        if value == -1:
            return neg(b)
        if value < 0:
            return neg(mul(as_weak(-value, node), b))
        return mul(as_weak(value, node), b)
    for x, y in ((a, b), (b, a)):
        if x.prim is neg:
            return neg(mul(x.args[0], y))
    return mul(a, b)


def rule_of_sum(node: Node, args: Args) -> Node | None:
    """a + -b -> a - b; -a + b -> b - a; x + 0 -> x."""
    a, b = args
    for x, y in ((a, b), (b, a)):
        if number_of(y) == 0:
            return x
        if y.prim is neg:
            return sub(x, y.args[0])
    return None


def rule_of_difference(node: Node, args: Args) -> Node | None:
    """a - -b -> a + b; x - 0 -> x."""
    a, b = args
    if number_of(b) == 0:
        return a
    return add(a, b.args[0]) if b.prim is neg else None


def rule_of_sign(node: Node, args: Args) -> Node | None:
    """-(-x) -> x; -(a - b) -> b - a."""
    x = args[0]
    if x.prim is neg:
        return x.args[0]
    return sub(x.args[1], x.args[0]) if x.prim is sub else None


def rule_of_quotient(node: Node, args: Args) -> Node | None:
    """x / 1 -> x; x / c -> x / c with a plain number."""
    a, b = args
    value = number_of(b)
    if value == 1:
        return a
    return div(a, as_weak(value, node)) if value is not None and b.prim is not constant else None


def rule_of_matmul(node: Node, args: Args) -> Node | None:
    """a @ [[c]] -> c * a, where nothing is summed."""
    a, b = args
    for x, y in ((a, b), (b, a)):
        value = number_of(y)
        if value is not None and a.shape[-1] == 1 and x.shape == node.shape:
            return rule_of_product(node, (lift(value), x))
    return None


def rule_of_reshape(node: Node, args: Args) -> Node | None:
    """reshape(reshape(x)) -> reshape(x); reshape(x, x.shape) -> x; reshape(row.T) -> reshape."""
    x = args[0]
    if x.prim is reshape or (x.prim is transpose and x.size == max(x.shape, default=1)):
        x = x.args[0]
        return x if x.shape == node.shape else reshape(x, shape=node.shape)
    return None


def rule_of_transpose(node: Node, args: Args) -> Node | None:
    """reshape(x).T -> reshape(x), where all elements are along one axis."""
    x = args[0]
    if x.prim is reshape and x.size == max(x.shape, default=1):
        return rule_of_reshape(node, (x,)) and reshape(x.args[0], shape=node.shape)
    return None


RULES: dict[Any, Callable[[Node, Args], Node | None]] = {
    mul: rule_of_product, add: rule_of_sum, sub: rule_of_difference, neg: rule_of_sign,
    div: rule_of_quotient, matmul: rule_of_matmul, reshape: rule_of_reshape,
    transpose: rule_of_transpose}

__all__ = ["number_of", "tidied"]
