"""Functions of integers: common divisors and multiples."""

from __future__ import annotations

from ..engine.dtypes import FLOAT, bool_
from ..engine.graph import Node
from ..engine.ops import whole
from ..engine.recording.operation import operation, promoted
from .arithmetic import not_implemented


def _integers(name: str, input: Node, other: Node) -> tuple[Node, ...]:
    pair = promoted(input, other)
    if pair[0].dtype.category >= FLOAT or pair[0].dtype is bool_:
        raise not_implemented(f"{name}_cpu", pair[0])
    return pair


@operation(inplace=True)
def gcd(input: Node, other: Node) -> Node:
    """The greatest common divisor of integers, not negative."""
    return whole.gcd(*_integers("gcd", input, other))


@operation(inplace=True)
def lcm(input: Node, other: Node) -> Node:
    """The least common multiple of integers."""
    return whole.lcm(*_integers("lcm", input, other))
