"""Products that are multiplied by a number, as products of a factor that is.

``(a @ b) * s`` goes over the product once more. Where that is a result of a program, and nobody
else reads the product, :func:`scaled_factors` makes ``(a * s) @ b`` of it, or ``a @ (b * s)``, if
the factor is small. The share of one process in a mean over many is such a multiple.
"""

from __future__ import annotations

from collections import Counter

from ..graph import Graph, Node
from ..ops.contract import matmul, swap_last_axes
from ..ops.elementwise import constant, mul
from ..ops.structural import reshape
from .rebuild import rebuilt
from .transposes import is_product, is_transpose

SMALLER = 4
"""The factor has so many times fewer elements than the product."""
LEAST, MOST = 2.0 ** -20, 1.0
"""Between these a number makes nothing infinite of a factor, and no zeros but of what is next to
nothing."""


def scaled_factors(graph: Graph) -> Graph:
    """``graph`` with the number in a factor where a result is a product times a number."""
    nodes = graph.nodes()
    readers = Counter(arg for node in nodes for arg in set(node.args))
    readers.update(graph.outputs)
    scaled = {node for node in map(of_other_shape, graph.outputs)
              if (product := multiple(node)) is not None and readers[product] == 1}
    return rebuilt(graph, lambda node, args: in_factor(*args) if node in scaled else None) if (
        scaled) else graph


def of_other_shape(node: Node) -> Node:
    """What ``node`` is another shape of."""
    while node.prim is reshape:
        node, = node.args
    return node


def multiple(node: Node) -> Node | None:
    """The product of which ``node`` is a multiple that may as well be made of a factor."""
    if node.prim is not mul:
        return None
    product, number = by_number(*node.args)
    if not is_product(product) or number.prim is not constant or number.shape or (
            product.shape != node.shape or product.dtype is not node.dtype):
        return None
    value = number.params["value"]
    small = min(arg.size for arg in product.args) * SMALLER <= product.size
    return product if small and LEAST <= abs(value) <= MOST else None


def by_number(a: Node, b: Node) -> tuple[Node, Node]:
    """A product and a number, in this order, where they are that."""
    return (b, a) if b.prim is matmul else (a, b)


def in_factor(a: Node, b: Node) -> Node:
    """Their product, with the number in the smaller factor: below its transpose, where it is one,
    which BLAS does without."""
    product, number = by_number(a, b)
    factors = list(product.args)
    k = factors.index(min(factors, key=lambda factor: factor.size))
    factor = factors[k]
    factors[k] = (swap_last_axes(mul(factor.args[0], number)) if is_transpose(factor)
                  else mul(factor, number))
    return matmul(*factors)
