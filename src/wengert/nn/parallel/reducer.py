"""The gradients of a model, replaced by their means over all processes.

A :class:`Reducer` waits for a ``backward()`` to reach the model's parameters. What it records then
is part of the training step: forward, backward, the exchange and the update are one program.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from ...autograd.awaiting import wait_for_backward, wait_no_more
from ...functions.over_ranks import mean_over_ranks
from ...tensors.creation import zeros, zeros_like
from ...tensors.data import tensor
from ...tensors.updates import update


class Reducer:
    """Replaces the gradients of ``parameters`` by their means over the processes of ``group``.

    After :meth:`prepare` it waits until backwards have brought the gradients of all of them, or
    with ``find_unused`` for the first that reaches one.
    """

    def __init__(self, parameters: Sequence[Any], group: Any, find_unused: bool) -> None:
        self.parameters = list(parameters)
        self.group = group
        self.find_unused = find_unused
        self.count = group.size()
        """What sums are divided by: how many processes have a loss."""
        self._places = {id(p): i for i, p in enumerate(self.parameters)}
        self._all = frozenset(range(len(self.parameters)))
        self.missing: frozenset[int] = frozenset()
        """The parameters whose gradients are waited for."""

    def prepare(self) -> None:
        """Wait for the gradients of what was just computed."""
        self.missing = self._all
        wait_for_backward(self)

    def check_finished(self) -> None:
        """RuntimeError where a backward has brought some gradients and not all."""
        if self.find_unused or self.missing == self._all:
            return
        if self.missing:
            missing = " ".join(map(str, sorted(self.missing)))
            self.forget()
            raise RuntimeError(
                "Expected to have finished reduction in the prior iteration before starting a new "
                "one: some parameters of the module had no part in the loss, so the gradients of "
                "the others wait for theirs. Use all that forward returns in the loss, or pass "
                "find_unused_parameters=True to DistributedDataParallel.\nParameter indices which "
                f"did not receive grad for rank {self.group.rank()}: {missing}")

    def forget(self) -> None:
        """Wait for nothing."""
        self.missing = frozenset()
        wait_no_more(self)

    def reached(self, leaves: Iterable[Any]) -> None:
        """The gradients of ``leaves`` are there: exchange, if they are those that were missing."""
        places = self._places
        found = {places[key] for leaf in leaves if (key := id(leaf)) in places}
        if found.isdisjoint(self.missing):
            return
        self.missing -= found
        if not self.missing:
            wait_no_more(self)
        elif not self.find_unused:
            return
        self.exchange()

    def exchange(self) -> None:
        """Replace the gradients by their means. One that is missing counts as zeros; where it is
        missing on all processes it stays as it is."""
        grads = [zeros_like(p, requires_grad=False) if p.grad is None else p.grad
                 for p in self.parameters]
        if not self.find_unused:
            self._average(grads)
            return
        used = tensor([float(i not in self.missing) for i in range(len(grads))])
        self._average([*grads, used])
        wanted = used.tolist() if self.missing else ()
        for i in self.missing:
            if wanted[i]:
                self.parameters[i].grad = grads[i]

    def shadow(self) -> None:
        """Take part in an exchange with zeros for gradients; the means become the gradients."""
        grads = [zeros_like(p, requires_grad=False) for p in self.parameters]
        self._average([*grads, zeros(len(grads))] if self.find_unused else grads)
        for p, grad in zip(self.parameters, grads, strict=True):
            p.grad = grad

    def _average(self, grads: list[Any]) -> None:
        update(mean_over_ranks, (), [grads], self.group.processes, self.count)
