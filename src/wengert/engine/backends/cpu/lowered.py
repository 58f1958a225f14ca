"""What kernels of this backend compute: which primitives, of which dtypes.

:func:`in_kernels` is what fusion asks of a node: whether its primitive is registered in
``elementwise.py``, or reduces with something that is. What is not is a library call: its ``impl``
is called.
"""

from __future__ import annotations

from ...dtypes import DType, bool_, float32, float64, int32, int64
from ...graph import Graph, Node, Primitive, operators
from ...ops import elementwise as el
from ...ops.reduce import prod
from ...ops.structural import alias, broadcast_to, copy, free, full, reshape
from ...passes.expand import expanded
from .elementwise import ALL, FLOATS, LOWERINGS
from .text import DTYPES, SHORT

MOVED = frozenset([reshape, broadcast_to, full])
"""What changes a shape alone."""
CONVERTED = frozenset([el.cast, copy, alias])
"""What is done to short dtypes, too."""
COMBINED = frozenset([el.add, el.maximum, el.minimum])
"""What reductions combine with by an instruction."""
BY_NUMPY = frozenset([prod])
"""Reductions that are left to NumPy, in whose order they round."""


def computed(prim: Primitive) -> bool:
    """Whether kernels compute with the elements that ``prim`` is given."""
    return prim in LOWERINGS or (prim.reduction is not None and prim not in BY_NUMPY
                                 and combining(prim.reduction.combine, float32) is not None)


def in_kernels(node: Node) -> bool:
    """Whether a kernel can compute ``node``."""
    prim = node.prim
    if node.dtype not in DTYPES or (not node.size and prim is not operators.constant):
        return False
    if any(arg.dtype not in DTYPES or not arg.size for arg in node.args):
        return False
    if prim in LOWERINGS:
        return computes(node, LOWERINGS[prim].on)
    if prim.reduction is not None:
        return reduces(node)
    return prim in MOVED


def computes(node: Node, on: int) -> bool:
    """Whether a kernel takes the dtypes of an elementwise node."""
    prim = node.prim
    if not node.args or (prim not in CONVERTED
                         and any(x.dtype in SHORT for x in (node, *node.args))):
        return False
    kinds = [arg.dtype for arg in node.args if not arg.weak] or [a.dtype for a in node.args]
    if prim is el.where:
        kinds = kinds[1:] or kinds
    if on == FLOATS:
        return all(d in (float32, float64) for d in kinds)
    if bool_ in kinds:
        return on == ALL
    return not (prim is el.cast and node.dtype in (int32, int64)
                and kinds[0] in (float32, float64) and node.weak)


def reduces(node: Node) -> bool:
    """Whether a kernel reduces with this combine, in these dtypes."""
    assert node.prim.reduction is not None
    combine = node.prim.reduction.combine
    if combine is el.add and node.dtype is int64:
        return not node.weak   # of bools and integers
    return (node.dtype is node.args[0].dtype and node.dtype in (float32, float64)
            and node.prim not in BY_NUMPY and combining(combine, node.dtype) is not None)


def combining(combine: Primitive, dtype: DType) -> Graph | None:
    """What kernels compute to make two values of a floating ``dtype`` one; None if they cannot."""
    a, b = free((), dtype), free((), dtype)
    graph = Graph((a, b), [combine(a, b)])
    if combine not in LOWERINGS:
        graph = expanded(graph)
    computed = all(node in graph.inputs or node.prim is operators.constant or in_kernels(node)
                   for node in graph.nodes())
    return graph if computed else None
