"""The product that the chain rule takes: a cotangent or a tangent times a partial.

A partial that chooses (a mask, or ``where`` with a number in one branch) multiplies nothing: the
cotangent passes where it is 1, and 0 where it is 0, whatever the cotangent is there. So the
infinite slope of a root at 0 does not reach what ``relu`` has cut off. Any other partial is
multiplied, and a zero cotangent annihilates what is infinite or NaN in it.
"""

from __future__ import annotations

from ..dtypes import bool_
from ..graph import Node
from .elementwise import annihilate, cast, conjugated, constant, mul, where, zeros_of


def times_partial(ct: Node, p: Node, conjugate: bool = False) -> Node:
    """``ct * p`` (``ct * conj(p)``), by selection where ``p`` selects."""
    if p.prim is constant:
        value = p.params["value"]
        if value == 0:
            return annihilate(p, ct)   # 0, whatever ct is; still linear in it
        return ct if value == 1 else mul(ct, conjugated(p) if conjugate else p)
    if p.form is not None:   # an operand of a call, which does not know what it was made of
        return annihilate(ct, conjugated(p) if conjugate else p)
    if p.prim is cast and p.args[0].dtype is bool_:
        return where(p.args[0], ct, zeros_of(ct))
    if p.prim is where and any(branch.prim is constant for branch in p.args[1:]):
        condition, *branches = p.args
        return where(condition, *[_branch(ct, branch, conjugate) for branch in branches])
    return annihilate(ct, conjugated(p) if conjugate else p)


def _branch(ct: Node, p: Node, conjugate: bool) -> Node:
    """What a branch of a selecting partial gives."""
    if p.prim is constant and p.params["value"] == 0:
        return zeros_of(ct)
    return times_partial(ct, p, conjugate)
