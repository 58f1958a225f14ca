"""``ReduceOp``: the ways in which the tensors of several processes become one."""

from __future__ import annotations

import enum
from typing import Any


class RedOpType(enum.Enum):
    """The ways to reduce. Of booleans a sum is "or", a product is "and"."""

    SUM = 0
    AVG = 1
    PRODUCT = 2
    MIN = 3
    MAX = 4
    BAND = 5
    BOR = 6
    BXOR = 7
    PREMUL_SUM = 8

    def __repr__(self) -> str:
        return f"<RedOpType.{self.name}: {self.value}>"


class ReduceOp:
    """The ways to reduce: ``ReduceOp.SUM``, ``AVG``, ``PRODUCT``, ``MIN``, ``MAX``, and ``BAND``,
    ``BOR``, ``BXOR`` of integers. NotImplementedError for ``PREMUL_SUM`` where it is used.

    >>> ReduceOp.SUM
    <RedOpType.SUM: 0>
    """

    RedOpType = RedOpType
    SUM, AVG, PRODUCT, MIN, MAX, BAND, BOR, BXOR, PREMUL_SUM = RedOpType

    def __new__(cls, op: Any) -> Any:
        return RedOpType(op)


class reduce_op:
    """The same names, as PyTorch had them before."""

    SUM, PRODUCT, MIN, MAX = RedOpType.SUM, RedOpType.PRODUCT, RedOpType.MIN, RedOpType.MAX


def op_name(op: Any) -> str:
    """The name of a way to reduce. TypeError for anything else."""
    if not isinstance(op, RedOpType):
        raise TypeError(f"op is a ReduceOp, got {type(op).__name__}")
    if op is RedOpType.PREMUL_SUM:
        raise NotImplementedError("ReduceOp.PREMUL_SUM is not in wengert: multiply first")
    return op.name
