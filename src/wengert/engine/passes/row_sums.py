"""Sums over rows that are known a walk earlier when they are taken apart.

A kernel walks a row once for each sum over it that others wait for: ``sum(p * r)`` needs a walk of
its own where the number ``r`` is made of a sum over the same row, and ``sum(p) * r`` does not.
:func:`early_sums` takes such sums apart by two identities:

- ``sum(r * x) = r * sum(x)`` for one number ``r`` per row,
- ``sum(a + b) = sum(a) + sum(b)`` where ``b`` is a multiple of ``x - mean(x)``. Its own sum is a
  rounding error, so that nothing large cancels. (The gradient of a variance is such a ``b``.)

Both hold for finite numbers. Each result is therefore given to ``surely_finite``, with which a
kernel hands the program back to the interpreter if it is not. What a finite result is made of by
sums and products is finite too, so ``annihilate`` by that is an ordinary product.
"""

from __future__ import annotations

from ..dtypes import float32, float64
from ..graph import Graph, Node, Shape
from ..ops import elementwise as el
from ..ops.fused import surely_finite
from ..ops.reduce import amax, amin, sum_
from ..ops.structural import sum_to
from .rebuild import copied, on
from .simplify import reduced_axes

Dims = tuple[int, ...]
PRODUCTS = (el.mul, el.annihilate)
SUMS = (sum_, sum_to)
EXTREMES = (amax, amin)
DEEPEST = 16
"""A sum is not taken apart through more operations than this, one on the other."""


def early_sums(graph: Graph) -> Graph:
    """``graph`` with the sums taken apart that are known earlier so."""
    nodes = graph.nodes()
    rows: dict[tuple[Shape, Dims], Row] = {}
    early: dict[Node, Row] = {}
    finite: set[Node] = set()
    for node in nodes:
        if node.prim in SUMS and node.dtype in (float32, float64):
            space, dims = node.args[0].shape, reduced_axes(node)
            row = rows.setdefault((space, dims), Row(space, dims))
            if row.is_early(node):
                early[node] = row
                finite.update(row.finite(node.args[0]))
    if not early:
        return graph
    new: dict[Node, Node] = {node: node for node in graph.inputs}
    for node in nodes:
        if node in new:
            continue
        args = tuple([new[arg] for arg in node.args])
        if node in early:
            new[node] = surely_finite(early[node].apart(node, node.args[0], new))
        elif node.prim is el.annihilate and node.args[1] in finite and all(
                arg.dtype is node.dtype and not arg.weak for arg in args):
            new[node] = el.mul(*args)
        else:
            new[node] = on(node, args)
    return Graph(graph.inputs, [new[node] for node in graph.outputs])


class Row:
    """The values along the last dimensions ``dims`` of a space."""

    def __init__(self, space: Shape, dims: Dims) -> None:
        self.space = space
        self.dims = dims
        self.depths: dict[Node, int] = {}

    def is_early(self, total: Node) -> bool:
        """Whether ``total``, a sum over ``dims``, is known earlier if it is taken apart."""
        x = total.args[0]
        longer = [i for i, n in enumerate(self.space) if n != 1]
        return (bool(self.dims) and self.dims == tuple(longer[-len(self.dims):])
                and total.ndim == x.ndim and x.dtype is total.dtype and not x.weak
                and bool(self.parts(x)))

    def depth(self, node: Node) -> int:
        """So many sums over a row have to be known, one after the other, before ``node`` is: among
        the values along the rows and the numbers per row, which a kernel computes together."""
        stack = [node]
        while stack:
            top = stack[-1]
            args = [arg for arg in top.args if arg.shape == self.space or self.is_number(arg)]
            waiting = [arg for arg in args if arg not in self.depths]
            if waiting:
                stack += waiting
                continue
            stack.pop()
            of = max((self.depths[arg] for arg in args), default=0)
            self.depths[top] = of + self.is_over_rows(top)
        return self.depths[node]

    def is_over_rows(self, node: Node) -> bool:
        """Whether ``node`` is a reduction over the same rows."""
        return (node.prim in (*SUMS, *EXTREMES) and node.args[0].shape == self.space
                and reduced_axes(node) == self.dims)

    def factors(self, node: Node) -> tuple[Node, Node] | None:
        """What ``node`` is a multiple of, and the number per row that it is multiplied by."""
        if node.prim in PRODUCTS:
            a, b = node.args
            if self.is_number(b):
                a, b = b, a
            if self.is_number(a) and b.shape == self.space and b.dtype is node.dtype:
                return b, a
        return None

    def is_number(self, node: Node) -> bool:
        """Whether ``node`` is the same along each row."""
        lead = len(self.space) - node.ndim
        return all(i < lead or node.shape[i - lead] == 1 for i in self.dims)

    def is_centred(self, node: Node) -> bool:
        """Whether ``node`` is a multiple of ``x - mean(x)``."""
        while node.prim is el.neg or self.factors(node):
            found = self.factors(node)
            node = found[0] if found else node.args[0]
        if node.prim is not el.sub or node.args[0].shape != self.space:
            return False
        x, mean = node.args
        if mean.prim is not el.div or mean.args[1].prim is not el.constant:
            return False
        total, count = mean.args
        return (self.is_over_rows(total) and total.prim in SUMS and total.args[0] is x
                and count.params["value"] * total.size == x.size)

    def terms(self, node: Node) -> tuple[Node, ...]:
        """What the sum of ``node`` is made of the sums of: its terms, or itself."""
        found = self.factors(node)
        if found:
            return found[:1]
        if node.prim is el.neg:
            return node.args
        if node.prim in (el.add, el.sub) and any(map(self.is_centred, node.args)) and all(
                arg.shape == self.space and arg.dtype is node.dtype for arg in node.args):
            return node.args
        return ()

    def first(self, node: Node, left: int) -> int:
        """The least depth of what the sum of ``node`` can be made of, ``left`` operations deep."""
        terms = self.terms(node) if left else ()
        known = [self.first(term, left - 1) for term in terms]
        return min(self.depth(node), max(known)) if known else self.depth(node)

    def parts(self, node: Node, left: int = DEEPEST) -> tuple[Node, ...]:
        """The terms of ``node``, if its sum is known earlier by theirs."""
        terms = self.terms(node)
        return terms if terms and self.first(node, left) < self.depth(node) else ()

    def finite(self, node: Node, left: int = DEEPEST) -> list[Node]:
        """What is finite if the sum of ``node``, taken apart, is."""
        parts, found = self.parts(node, left), self.factors(node)
        if not parts:
            return factors_of(node)
        return [*(factors_of(found[1]) if found else ()),
                *[each for part in parts for each in self.finite(part, left - 1)]]

    def apart(self, total: Node, node: Node, new: dict[Node, Node], left: int = DEEPEST) -> Node:
        """What ``total`` is of its argument for ``node``, as early as it can be known, made of
        ``new`` nodes."""
        parts, found = self.parts(node, left), self.factors(node)
        if not parts:
            return copied(total, (new[node],))
        sums = [self.apart(total, part, new, left - 1) for part in parts]
        return el.mul(sums[0], new[found[1]]) if found else node.prim(*sums, **node.params)


def factors_of(node: Node) -> list[Node]:
    """``node`` and what it is a product of: finite, if it is."""
    found = [node]
    for known in found:
        if known.prim is el.mul:
            found += known.args
    return found
