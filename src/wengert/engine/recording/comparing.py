"""What two templates have in common: the same nodes, where sizes differ alone.

:class:`Comparison` goes through them node by node. A size that differs follows from one of the
operands', or there is nothing in common (:class:`Differs`). ``families.py`` starts here.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from math import prod
from typing import Any

from ..graph import Node, Shape
from .forms import Form


class Differs(Exception):
    """Two templates are not the same but for sizes."""


class Unclear(Differs):
    """Their sizes do not tell which follows from which; others may."""


class Of:
    """A size that follows from one of the operands': ``times`` it, and ``more``."""

    __slots__ = ("more", "place", "times")

    def __init__(self, place: int, times: int, more: int) -> None:
        self.place, self.times, self.more = place, times, more


class Comparison:
    """What two templates have in common, as far as it was compared. ``pairs`` has the sizes of the
    operands that differ, each in the first and in the second."""

    def __init__(self, pairs: Sequence[tuple[int, int]]) -> None:
        self.pairs = pairs
        self.same: dict[Node, Node] = {}
        """For nodes of the first those of the second that stand where they stand."""

    def size(self, a: int, b: int) -> int | Of:
        """A size that is ``a`` in the first and ``b`` in the second."""
        if a == b:
            return a
        # Of several sizes, what is not one of them may be a product of two, by chance the same.
        for find in (_equal, _more, _times) if len(self.pairs) == 1 else (_equal,):
            found = [each for k, (m, n) in enumerate(self.pairs) if (each := find(k, m, n, a, b))]
            if len(found) == 1:
                return found[0]
        raise Differs

    def shape(self, a: Node, b: Node) -> Any:
        """The shape of two nodes."""
        return tuple(map(self.size, a.shape, b.shape))

    def strides(self, a: Form, b: Form) -> Any:
        """The strides of what has these forms; None where its elements follow each other."""
        if (a.strides is None) is not (b.strides is None):
            raise Differs
        return None if a.strides is None else self.param(a.strides, b.strides)

    def param(self, a: Any, b: Any) -> Any:
        """A parameter, with sizes in the place of numbers that differ."""
        kind = a.__class__
        if a is b:
            return a
        if kind is not b.__class__:
            raise Differs
        if kind is int:
            return self.size(a, b)
        if kind is tuple or kind is list:
            if len(a) != len(b):
                raise Differs
            return kind(map(self.param, a, b))
        if kind is dict:
            if a.keys() != b.keys():
                raise Differs
            return {name: self.param(a[name], b[name]) for name in a}
        if kind not in (float, complex, bool, str) or a != b:
            raise Differs
        return a

    def params(self, a: Node, b: Node) -> dict[str, Any]:
        """The parameters of two nodes that do the same."""
        if a.prim is not b.prim or a.dtype is not b.dtype or a.weak is not b.weak or (
                a.requires_grad is not b.requires_grad or a.device is not b.device
                or len(a.args) != len(b.args) or a.ndim != b.ndim):
            raise Differs
        for x, y in zip(a.args, b.args, strict=True):
            if self.same.get(x) is not y:
                raise Differs
        self.same[a] = b
        found: dict[str, Any] = self.param(a.params, b.params)
        return found

    def given(self, a: Sequence[Node], b: Sequence[Node]) -> None:
        """Take the nodes of both for the same, one by one."""
        for x, y in zip(a, b, strict=True):
            self.same.setdefault(x, y)
        self.found(a, b)

    def found(self, a: Sequence[Node], b: Sequence[Node]) -> None:
        """See to it that the nodes of both are the same, one by one."""
        if len(a) != len(b) or any(self.same.get(x) is not y for x, y in zip(a, b, strict=True)):
            raise Differs


def apart(pairs: Sequence[tuple[int, int]]) -> bool:
    """Whether no product, sum or difference of several of the sizes is the same in both templates,
    or one of the sizes: it could not be told from that."""
    known = {*pairs}
    for count in range(2, len(pairs) + 1):
        for some in combinations(pairs, count):
            first, second = zip(*some, strict=True)
            for of_several in (prod, sum):
                a, b = of_several(first), of_several(second)
                if a == b or (a, b) in known:
                    return False
            if count == 2 and first[0] - first[1] == second[0] - second[1]:
                return False
    return True


def _equal(k: int, m: int, n: int, a: int, b: int) -> Of | None:
    return Of(k, 1, 0) if a == m and b == n else None


def _more(k: int, m: int, n: int, a: int, b: int) -> Of | None:
    return Of(k, 1, a - m) if a - m == b - n else None


def _times(k: int, m: int, n: int, a: int, b: int) -> Of | None:
    return Of(k, a // m, 0) if not a % m and a // m * n == b else None


def resolved(what: Any, sizes: Shape) -> Any:
    """``what`` with numbers in the place of the sizes in it."""
    kind = what.__class__
    if kind is Of:
        return what.times * sizes[what.place] + what.more
    if kind is tuple:
        return tuple([each if (kind := each.__class__) is int else
                      each.times * sizes[each.place] + each.more if kind is Of else
                      resolved(each, sizes) for each in what])
    if kind is list:
        return [resolved(each, sizes) for each in what]
    if kind is dict:
        return {name: resolved(each, sizes) for name, each in what.items()}
    return what


def follows(what: Any) -> bool:
    """Whether there are sizes in ``what``."""
    kind = what.__class__
    if kind is tuple or kind is list:
        return any(map(follows, what))
    return kind is Of or (kind is dict and any(map(follows, what.values())))
