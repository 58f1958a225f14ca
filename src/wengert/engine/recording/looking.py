"""Values that are looked at while a recording goes on, as in forward mode.

The first looks run a program each, from the beginning. Who looks again and again (a loop that goes
on until something is small) would run all that came before each time; so later looks compute what
is new, from the values that handles held at the look before.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..arrays import as_buffer
from ..backends.interpreter import Interpreter
from ..graph import Graph, Node, reachable
from .handle import Handle
from .recording import Recording
from .tree import Step

FEW = 3
"""How many looks run from the beginning."""


class Looks:
    """What is ``known`` at a look: inputs, by their nodes, and the values of those nodes that were
    waited for (``held``), up to the step ``at``."""

    def __init__(self) -> None:
        self.count = 0
        self.at: Step | None = None
        self.known: dict[Node, Any] = {}
        self.held: set[Node] = set()
        self.places = (0, 0)

    def value(self, rec: Recording, node: Node, held: Iterable[Handle]) -> Any:
        """The value of ``node``; those of the handles that are ``held`` are kept for later."""
        self.enter(rec)
        known = self.known
        wanted = dict.fromkeys([node, *[handle._at for handle in held]])
        new = {each: None for each in wanted if each not in known}
        read = [each for each in reachable(new, stop=known) if each in known]
        graph = Graph(read, new)
        found = Interpreter(graph)([known[each] for each in read])
        for each, value in zip(new, found, strict=True):
            known[each] = as_buffer(value, each.dtype.numpy)
        result = known[node]
        held_now = {each for each in wanted if each in self.held or each in new}
        for each in self.held - held_now:
            del known[each]
        self.held = held_now
        return result

    def enter(self, rec: Recording) -> None:
        """Note the inputs of the steps that were taken since."""
        steps, step = [], rec.at
        while step is not None and step is not self.at:
            steps.append(step)
            step = step.parent   # type: ignore[assignment]
        if step is None:
            self.known, self.held, self.places = {}, set(), (0, 0)
        inputs, numbers = self.places
        for each in reversed(steps):
            for node in each.inputs:
                self.known[node] = rec.inputs[inputs]
                inputs += 1
            for node in each.numbers:
                self.known[node] = rec.numbers[numbers]
                numbers += 1
        self.at, self.places = rec.at, (inputs, numbers)


__all__ = ["FEW", "Looks"]
