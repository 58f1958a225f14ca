"""Composite primitives in terms of simpler ones, for backends that fuse those into one loop.

The softmax family, reading by class and the logistic functions are primitives because their
derivatives are better so; their values are ordinary arithmetic, which a kernel computes row by row
while the row is in cache. Each rule is a function with its identity as docstring.
"""

from __future__ import annotations

from collections.abc import Callable

from ..dtypes import float32, float64
from ..graph import Graph, Node, here, is_constant, lift
from ..ops import elementwise as el
from ..ops import fused
from ..ops import reduce as red
from ..ops.structural import reshape
from .simplify import copied

Args = tuple[Node, ...]


def softmax(x: Node, axes: tuple[int, ...]) -> Node:
    """softmax(x) -> e * (1 / sum(e)), e = exp(x - max(x))."""
    e = el.exp(el.sub(x, red.amax(x, axes=axes, keepdims=True)))
    return el.mul(e, el.reciprocal(red.sum_(e, axes=axes, keepdims=True)))


def log_softmax(x: Node, axes: tuple[int, ...]) -> Node:
    """log_softmax(x) -> y - log(sum(exp(y))), y = x - max(x)."""
    y = el.sub(x, red.amax(x, axes=axes, keepdims=True))
    return el.sub(y, el.log(red.sum_(el.exp(y), axes=axes, keepdims=True)))


def logsumexp(x: Node, axes: tuple[int, ...], keepdims: bool) -> Node:
    """logsumexp(x) -> log(sum(exp(x - top))) + top, top = max(x) or 0 where that is infinite."""
    top = red.amax(x, axes=axes, keepdims=True)
    top = el.where(el.isfinite(top), top, lift(0.0))
    y = el.add(el.log(red.sum_(el.exp(el.sub(x, top)), axes=axes, keepdims=True)), top)
    shape = red.reduced_shape(x.shape, axes, keepdims)
    return y if y.shape == shape else reshape(y, shape=shape)


def pick_class(x: Node, target: Node, axis: int, ignore: int) -> Node:
    """pick_class(x, target) -> sum(where(position == target, x, 0)) along the axis."""
    n = x.shape[axis]
    place = fused.class_place(target, classes=n, ignore=ignore)
    row = reshape(place, shape=(*place.shape, 1))
    here_ = el.eq(fused.position(lift(0), shape=x.shape, axis=axis), row)
    chosen = el.where(here_, x, el.zeros_of(x))
    return red.sum_(chosen, axes=(axis,), keepdims=False)


def put_class(v: Node, target: Node, shape: tuple[int, ...], axis: int, ignore: int) -> Node:
    """put_class(v, target) -> where(position == target, v, 0)."""
    place = fused.class_place(target, classes=shape[axis], ignore=ignore)
    row = reshape(place, shape=(*place.shape, 1))
    value = reshape(v, shape=(*v.shape, 1))
    where = fused.position(lift(0), shape=shape, axis=axis)
    return el.where(el.eq(where, row), value, el.zeros_of(value))


def softplus(x: Node) -> Node:
    """softplus(x) -> log1p(exp(-|x|)) + max(x, 0)."""
    return el.add(el.log1p(el.exp(-el.abs_(x))), el.relu(x))


def _last(node: Node, axis: int) -> bool:
    return axis == len(node.params.get("shape", node.args[0].shape)) - 1


def _trailing(node: Node) -> bool:
    axes, ndim = node.params["axes"], node.args[0].ndim
    return bool(axes) and tuple(axes) == tuple(range(ndim - len(axes), ndim))


RULES: dict[str, tuple[Callable[..., Node], Callable[[Node], bool]]] = {
    "softmax": (softmax, _trailing), "log_softmax": (log_softmax, _trailing),
    "logsumexp": (logsumexp, _trailing),
    "pick_class": (pick_class, lambda node: _last(node, node.params["axis"])),
    "put_class": (put_class, lambda node: _last(node, node.params["axis"])),
    "softplus": (softplus, lambda node: True),
    "root": (lambda x: el.sqrt(x), lambda node: True),
    "pow": (lambda x, n: el.sqrt(x), lambda node: (
        is_constant(node.args[1], 0.5) and node.args[0].dtype is node.dtype)),
    "gated": (lambda x, keep: x, lambda node: True),
}


def expanded(graph: Graph) -> Graph:
    """``graph`` with composite primitives of float32 and float64 written out."""
    new: dict[Node, Node] = {node: node for node in graph.inputs}
    line = here.line
    for node in graph.nodes():
        if node in new:
            continue
        args = tuple([new[arg] for arg in node.args])
        rule = RULES.get(node.prim.name)
        here.line = node.line
        if (rule is not None and rule[1](node) and node.dtype in (float32, float64)
                and not node.weak and all(arg.size for arg in args)):
            new[node] = rule[0](*args, **node.params)
        else:
            new[node] = node if args == node.args else copied(node, args)
    here.line = line
    return Graph(graph.inputs, [new[node] for node in graph.outputs])


__all__ = ["RULES", "expanded"]
