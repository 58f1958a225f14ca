"""What kernels of this backend compute: which primitives, of which dtypes.

:data:`LOWERED` has a row for each primitive; :func:`in_kernels` is what fusion asks of a node. What
is not here is a library call: its ``impl`` is called.
"""

from __future__ import annotations

from ...dtypes import bool_, float32, float64, int32, int64
from ...graph import Node, Primitive, operators
from ...ops import elementwise as el
from ...ops import fused, rounding, special
from ...ops.bessel import ndtr
from ...ops.reduce import root
from ...ops.structural import alias, broadcast_to, copy, full, reshape
from ...passes.fuse import DTYPES, SHORT

FLOATS, NUMBERS, ALL = range(3)
"""What a primitive is computed on: float32 and float64; integers too; bools too."""

LOWERED: dict[Primitive, int] = {
    **dict.fromkeys((
        el.div, el.annihilate, el.isnan, el.isinf, el.isfinite, el.sign, el.sqrt, root,
        el.reciprocal, el.pow_, el.exp, el.exp2, el.expm1, el.log, el.log2, el.log10, el.log1p,
        el.sigmoid, el.sin, el.cos, el.tan, el.asin, el.acos, el.atan, el.sinh, el.cosh, el.tanh,
        el.asinh, el.acosh, el.atanh, special.erf, special.erfc, ndtr, el.atan2, el.hypot,
        rounding.floor, rounding.ceil, rounding.trunc, fused.surely_finite), FLOATS),
    **dict.fromkeys((
        el.add, el.sub, el.mul, el.neg, el.lt, el.le, el.gt, el.ge, el.maximum, el.minimum,
        el.clamp_min, el.clamp_max, el.relu, el.abs_, el.square, el.cube, fused.class_place,
        fused.position), NUMBERS),
    **dict.fromkeys((
        el.eq, el.ne, el.logical_and, el.logical_or, el.logical_xor, el.logical_not, el.where,
        el.cast, copy, alias), ALL),
}
MOVED = frozenset([reshape, broadcast_to, full])
"""What changes a shape alone."""
CONVERTED = frozenset([el.cast, copy, alias])
"""What is done to short dtypes, too."""
COMBINED = frozenset([el.add, el.maximum, el.minimum])
"""What reductions combine with."""


def computed(prim: Primitive) -> bool:
    """Whether kernels compute with the elements that ``prim`` is given."""
    return prim in LOWERED or (prim.reduction is not None and prim.reduction.combine in COMBINED)


def in_kernels(node: Node) -> bool:
    """Whether a kernel can compute ``node``."""
    prim = node.prim
    if node.dtype not in DTYPES or (not node.size and prim is not operators.constant):
        return False
    if any(arg.dtype not in DTYPES or not arg.size for arg in node.args):
        return False
    if prim in LOWERED:
        return computes(node, LOWERED[prim])
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
    if combine not in COMBINED:
        return False
    if combine is el.add and node.dtype is int64:
        return not node.weak   # of bools and integers
    return node.dtype is node.args[0].dtype and node.dtype in (float32, float64)
