"""Taylor mode: from the coefficients of curves through some nodes to those of what is computed.

A curve is ``x(s) = x_0 + x_1 s + x_2 s^2 + ...``; :class:`Series` finds the ``y_k`` of a node from
those of its arguments. What is linear does to each coefficient what it does to a value, a product
is a convolution, and anything else is the solution of the equation that its derivative states:

    ``y'(s) = tangent(x'(s), y(s), x(s))``, so ``y_k = [tangent]_{k-1} / k``

The tangent is a graph of primitives, of the node itself and of the rates ``x'``, so that its
coefficients are found in the same way; those of order ``k - 1`` ask for lower ones only. The known
recurrences of ``exp``, ``log``, ``sin`` and the like (Griewank and Walther, *Evaluating
Derivatives*, chapter 13) are what comes of it, since equal nodes are one node.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from ..graph import Jvp, Linear, Node, Partial, building, lift, operators
from ..ops.chain import times_partial
from ..ops.elementwise import add, mul
from ..ops.structural import broadcast_to, free, source, stop, tether, zeros
from .jvp import past_end, push

Terms = Sequence[Node | None]


def taylor(order: Iterable[Node], curves: Mapping[Node, Terms], degree: int) -> Series:
    """The series of the nodes of ``order`` (topological) up to ``degree``.

    ``curves`` gives the coefficients of the inputs from the first on, None for one that is zero.
    """
    series = Series(curves)
    line = building.line
    try:
        for node in order:
            if node.args and node not in curves and series.moves(node):
                building.line = node.line
                series.enter(node)
                series.term(node, degree)
    finally:
        building.line = line
    return series


class Series:
    """The coefficients of nodes, found when asked for. None is a coefficient that is zero."""

    def __init__(self, curves: Mapping[Node, Terms]) -> None:
        self.floor = free((), next(iter(curves)).dtype).index
        self.terms: dict[Node, list[Node | None]] = {
            x: [x, *terms] for x, terms in curves.items()}
        self.moving: dict[Node, bool] = dict.fromkeys(curves, True)
        self.ends = set(curves)
        self.rates: dict[Node, Node] = {}
        self.rate_of: dict[Node, Node] = {}
        self.tangents: dict[Node, Node | None] = {}
        self.alike: dict[object, Node] = {}
        self.same: dict[Node, Node] = {}

    def term(self, node: Node, k: int) -> Node | None:
        """The coefficient ``k`` of ``node``."""
        node = self.found(node)
        if node in self.rate_of:
            return scaled(self.term(self.rate_of[node], k + 1), k + 1)
        if not self.moves(node):
            return None if k else node
        terms = self.terms.setdefault(node, [])
        if node in self.ends:
            return terms[k] if k < len(terms) else None
        while len(terms) <= k:
            terms.append(self.next_term(node, len(terms)))
        return terms[k]

    def moves(self, node: Node) -> bool:
        """Whether a coefficient of ``node`` beside the first may differ from zero, or the first is
        not ``node`` itself, since it depends on a rate."""
        known = self.moving.get(node)
        if known is None:
            known = self.moving[node] = bool(self.moving_args(node))
        return known

    def moving_args(self, node: Node) -> list[int]:
        """The positions of the arguments with which ``node`` moves."""
        if not node.dtype.is_differentiable:
            return []
        if node.prim is stop or node.prim is source or node.prim is tether:
            return [0] if self.moves(self.found(node.args[0])) else []
        return [i for i, arg in enumerate(node.args) if self.moves(self.found(arg))
                and node.prim.derivative(i) is not None]

    # ---- which nodes are the same ----

    def enter(self, node: Node) -> None:
        """Have nodes that are made on the way and are equal to ``node`` be it."""
        self.same[node] = self.alike.setdefault(self.key(node, node.args), node)

    def found(self, node: Node) -> Node:
        """The node that stands for ``node``: an equal one, if there is one."""
        same = self.same.get(node)
        if same is None:
            if node.index < self.floor or not node.args:
                same = node
            else:
                key = self.key(node, [self.found(arg) for arg in node.args])
                same = self.alike.setdefault(key, node)
            self.same[node] = same
        return same

    def key(self, node: Node, args: Sequence[Node]) -> object:
        """What is equal of equal nodes."""
        key = (node.prim, tuple(map(identity, args)), tuple(node.params.items()), node.dtype)
        try:
            hash(key)
        except TypeError:
            return node
        return key

    # ---- how they move ----

    def next_term(self, node: Node, k: int) -> Node | None:
        """The coefficient ``k`` of a node whose lower ones are known."""
        moving = self.moving_args(node)
        if k == 0:
            return self.value(node, moving)
        if node.prim is stop or node.prim is source or node.prim is tether:
            t = self.term(node.args[0], k)
            return t if node.prim is tether else past_end(node, t)
        if node.prim.divides is not None and node.prim.divides in moving:
            return self.quotient(node, moving, k)
        if self.linear(node, moving):
            return push(node, self.those(node, moving, k))
        if self.product(node, moving):
            return self.convolved(node, moving, k)
        return self.integrated(self.tangent(node, moving), k)

    def value(self, node: Node, moving: Sequence[int]) -> Node | None:
        """The first coefficient: ``node``, for the rates that it depends on."""
        if node.index < self.floor:
            return node
        args = [self.term(arg, 0) for arg in node.args]
        if all(x is arg for x, arg in zip(args, node.args, strict=True)):
            return node
        gone = [i for i in moving if args[i] is None]
        if gone and (len(gone) == len(moving) or self.product(node, moving)):
            return None
        given = [zeros(arg.shape, arg.dtype) if x is None else x
                 for x, arg in zip(args, node.args, strict=True)]
        return node.prim(*given, **node.params)

    def those(self, node: Node, moving: Sequence[int], k: int) -> dict[Node, Node]:
        """The coefficients ``k`` of the arguments that have one."""
        found = {node.args[i]: self.term(node.args[i], k) for i in moving}
        return {arg: t for arg, t in found.items() if t is not None}

    def linear(self, node: Node, moving: Sequence[int]) -> bool:
        """Whether ``node`` is linear in all that moves together."""
        kinds = [node.prim.derivative(i) for i in moving]
        return all(isinstance(kind, Linear) and (kind.jointly or len(moving) == 1)
                   for kind in kinds)

    def product(self, node: Node, moving: Sequence[int]) -> bool:
        """Whether ``node`` is linear in each of two arguments that move: its derivatives say so, or
        the partial in each is the other."""
        if len(moving) != 2:
            return False
        kinds = [node.prim.derivative(i) for i in moving]
        if all(isinstance(kind, Linear) and not kind.jointly for kind in kinds):
            return True
        a, b = node.args[0], node.args[-1]
        return len(node.args) == 2 and all(
            isinstance(kind, Partial) and kind.p(node, a, b, **node.params) is other
            for kind, other in zip(kinds, (b, a), strict=True))

    def convolved(self, node: Node, moving: Sequence[int], k: int) -> Node | None:
        """The coefficient ``k`` of a product."""
        total: Node | None = None
        for j in range(k + 1):
            parts = self.term(node.args[moving[0]], j), self.term(node.args[moving[1]], k - j)
            total = plus(total, with_parts(node, moving, parts))
        return fitted(total, node)

    def integrated_product(self, node: Node, moving: Sequence[int], k: int,
                           rate: int) -> Node | None:
        """The coefficient ``k`` of the integral of a product with the rate of something, at the
        position ``rate``."""
        x, other = self.rate_of[self.found(node.args[rate])], node.args[sum(moving) - rate]
        total: Node | None = None
        for j in range(1, k + 1):
            parts = self.term(x, j), self.term(other, k - j)
            t = with_parts(node, moving, parts if rate == moving[0] else parts[::-1])
            total = plus(total, scaled(t, j / k))
        return fitted(total, node)

    def quotient(self, node: Node, moving: Sequence[int], k: int) -> Node | None:
        """The coefficient ``k`` of ``y``, where ``a y = b``: ``a_0 y_k = b_k - sum a_j y_(k-j)``.
        """
        by = node.prim.divides
        assert by is not None
        args = [self.term(arg, 0) or zeros(arg.shape, arg.dtype) for arg in node.args]
        beside = [i for i in moving if i != by]
        total: Node | None = None
        for i in beside:
            b = self.term(node.args[i], k)
            if b is not None:
                given = [b if n == i else arg for n, arg in enumerate(args)]
                total = plus(total, node.prim(*given, **node.params))
        for j in range(1, k + 1):
            a, y = self.term(node.args[by], j), self.term(node, k - j)
            if a is None or y is None:
                continue
            match node.prim.derivative(by):
                case Partial(p):
                    t = times_partial(a, p(y, *args, **node.params))
                case Jvp(r):
                    t = r(a, y, *args, **node.params)
                case _:
                    raise AssertionError(f"{node.prim.name} does not divide")
            total = plus(total, t)
        return fitted(total, node)

    def tangent(self, node: Node, moving: Sequence[int]) -> Node | None:
        """The tangent of ``node`` for the rates of its arguments."""
        if node not in self.tangents:
            self.tangents[node] = push(node, {node.args[i]: self.rate(node.args[i])
                                              for i in moving})
        return self.tangents[node]

    def rate(self, arg: Node) -> Node:
        """What stands for the derivative of ``arg`` along the curve."""
        arg = self.found(arg)
        if arg not in self.rates:
            t = self.rates[arg] = free(arg.shape, arg.dtype)
            self.rate_of[t] = arg
            self.moving[t] = True
        return self.rates[arg]

    def integrated(self, node: Node | None, k: int) -> Node | None:
        """The coefficient ``k`` of what has the derivative ``node``."""
        if node is None:
            return None
        node = self.found(node)
        if node in self.rate_of:
            return self.term(self.rate_of[node], k)
        moving = self.moving_args(node)
        if moving and node.prim not in (stop, source, tether):
            if self.linear(node, moving):
                parts = {node.args[i]: self.integrated(node.args[i], k) for i in moving}
                return push(node, {x: t for x, t in parts.items() if t is not None})
            rates = [i for i in moving if self.found(node.args[i]) in self.rate_of]
            if self.product(node, moving) and len(rates) == 1:
                return self.integrated_product(node, moving, k, rates[0])
        return scaled(self.term(node, k - 1), 1 / k)


def identity(node: Node) -> object:
    """What is equal of equal arguments: the number, or the node."""
    if node.prim is operators.constant and node.weak:
        value = node.params["value"]
        return type(value), repr(value)
    return node


def scaled(t: Node | None, by: float) -> Node | None:
    """``t``, so many times."""
    return t if t is None or by == 1 else mul(t, lift(float(by)))


def plus(total: Node | None, t: Node | None) -> Node | None:
    """The sum of two coefficients."""
    if total is None or t is None:
        return t if total is None else total
    return add(total, t)


def with_parts(node: Node, moving: Sequence[int],
               parts: tuple[Node | None, ...]) -> Node | None:
    """``node`` on other arguments; None if one of them is zero."""
    args = list(node.args)
    for i, t in zip(moving, parts, strict=True):
        if t is None:
            return None
        args[i] = t
    return node.prim(*args, **node.params)


def fitted(t: Node | None, node: Node) -> Node | None:
    """``t`` in the shape of ``node``."""
    return t if t is None or t.shape == node.shape else broadcast_to(t, shape=node.shape)


__all__ = ["Series", "taylor"]
