"""The values of single nodes, computed when somebody asks: :class:`Known`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..graph import Node, operators, reachable
from ..quiet import quiet
from .numbers import implementation


class Known:
    """The values of the nodes that follow from ``given``; None for any other, which depends on an
    input that has no value.

    ``used`` are those of ``given`` whose values were asked for.
    """

    def __init__(self, given: Mapping[Node, Any]) -> None:
        self.given = given
        self.values: dict[Node, Any] = {}
        self.used: dict[Node, Any] = {}

    def __call__(self, node: Node) -> Any:
        if node not in self.values:
            self.compute(node)
        return self.values[node]

    def compute(self, node: Node) -> None:
        for each in reachable([node], stop=[*self.given, *self.values]):
            if each not in self.values:
                self.values[each] = self.value_of(each)
        if self.values[node] is not None:
            for each in reachable([node], stop=self.given):
                if each in self.given:
                    self.used[each] = self.given[each]

    def value_of(self, node: Node) -> Any:
        if node in self.given:
            return self.given[node]
        if not node.args and node.prim is not operators.constant:
            return None
        args = [self.values[arg] for arg in node.args]
        if any(arg is None for arg in args):
            return None
        with quiet():
            return implementation(node)(*args)


def with_values(out: Node, given: Mapping[Node, Any]) -> Any:
    """The value of ``out``, all of whose inputs are ``given``."""
    return Known(given)(out)
