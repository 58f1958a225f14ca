"""Checkpoints that keep some of what they compute.

In the first run of a checkpointed function :class:`Keeping` looks at each operation, and keeps the
results that a policy says; in a later run :class:`Kept` has the same operations recorded, for their
derivatives, and gives their results the kept values (``graft``). So nothing computes them again,
unless a derivative is written in terms of the result (``exp``, ``tanh``).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any

from ..engine.recording.flushing import flush
from ..engine.recording.handle import Handle, extra_of
from ..engine.recording.observers import Observer, leave, observe
from ..engine.recording.rebinding import detached_value
from ..engine.recording.recording import dtype_of, here, shape_of
from ..engine.recording.replay import GRAFT
from ..engine.recording.structures import tensors_in
from .rerun import CheckpointError
from .saved import restart

Policy = Callable[[str, bool, Any], bool]
"""Whether results are kept: of the operation of a name, in a later run or not, with arguments."""


class Selecting(Observer):
    """A block in which a policy is asked about each operation."""

    steps = True

    def __init__(self, policy: Policy, kept: dict[str, list[list[Any]]]) -> None:
        self.policy, self.kept = policy, kept

    def __enter__(self) -> None:
        flush()
        observe(here.modes, self)
        restart()

    def __exit__(self, *error: Any) -> None:
        flush()
        leave(here.modes, self)
        restart()

    def step_taken(self, rec: Any, key: tuple[Any, ...], out: Any, result: Any, args: Any) -> None:
        name = key[0].name
        own = [h for h in tensors_in(result) if (x := extra_of(h)) is None or x.store is None]
        if own:   # and no views, which share what is there
            self.seen(name, own, args)

    def seen(self, name: str, results: list[Handle], args: Any) -> None:
        """An operation was recorded that computes ``results``."""
        raise NotImplementedError


class Keeping(Selecting):
    """The first run: results are kept as the policy says."""

    def seen(self, name: str, results: list[Handle], args: Any) -> None:
        if self.policy(name, False, args):
            self.kept[name].append(list(map(detached_value, results)))


class Kept(Selecting):
    """A later run: what was kept is what those operations give."""

    def __enter__(self) -> None:
        self.left: dict[str, Iterator[list[Any]]] = {
            name: iter(values) for name, values in self.kept.items()}
        super().__enter__()

    def seen(self, name: str, results: list[Handle], args: Any) -> None:
        if not self.policy(name, True, args):
            return
        values = next(self.left.get(name, iter(())), None)
        if values is None:
            raise CheckpointError(
                f"{name} encountered during backward but not found in storage: the policy or the "
                "function is not the same in both runs")
        rec = here.recording
        for h, value in zip(results, values, strict=True):
            if (shape_of(h), dtype_of(h)) != (shape_of(value), dtype_of(value)):
                raise CheckpointError(
                    f"a kept result of {name} is {dtype_of(value).name}{list(shape_of(value))} and "
                    f"is now {dtype_of(h).name}{list(shape_of(h))}: the function depends on "
                    "something that has changed since")
            rec.give(h, rec.replayed((GRAFT, rec.enter(h), rec.enter(value)), ()))
        rec.at.walks = False   # step by step, all of them would be computed


def contexts(policy: Policy) -> tuple[Selecting, Selecting]:
    """The blocks for the two runs of a checkpointed function."""
    kept: dict[str, list[list[Any]]] = defaultdict(list)
    return Keeping(policy, kept), Kept(policy, kept)


__all__ = ["contexts"]
