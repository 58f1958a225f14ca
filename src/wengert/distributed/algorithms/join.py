"""``Join``: a loop whose inputs end sooner on some processes than on others.

A process whose inputs have ended stays in the context: at each step of the others it takes part in
their collectives with nothing, by the hooks of what is joined, until all have ended. Each step of a
process that goes on begins with :meth:`Join.notify_join_context`, by which everybody learns how
many still do.
"""

from __future__ import annotations

from collections.abc import Sequence
from types import TracebackType
from typing import Any, NamedTuple

from ...names.missing import answer_missing_names
from ...tensors.creation import ones, zeros
from ..collectives import all_reduce
from ..group import get_rank


class JoinHook:
    """What a :class:`Joinable` does for the others; nothing, unless a subclass says it."""

    def main_hook(self) -> None:
        """Take part in the collectives of one step."""

    def post_hook(self, is_last_joiner: bool) -> None:
        """All processes have ended; those of ``is_last_joiner`` made the last step."""


class _JoinConfig(NamedTuple):
    enable: bool = False
    throw_on_early_termination: bool = False
    is_first_joinable: bool = False


class Joinable:
    """What can be given to :class:`Join`; a subclass calls this constructor."""

    def __init__(self) -> None:
        self._join_config = _JoinConfig()

    def join_hook(self, **kwargs: Any) -> JoinHook:
        """What is done while the others go on; the arguments are those of :class:`Join`."""
        raise NotImplementedError

    @property
    def join_device(self) -> Any:
        """Where its tensors are."""
        raise NotImplementedError

    @property
    def join_process_group(self) -> Any:
        """The processes that take part."""
        raise NotImplementedError


class Join:
    """A block in which the processes have different numbers of inputs for the ``joinables``.

    ``throw_on_early_termination`` ends the block on all with RuntimeError once the first inputs
    end; ``kwargs`` go to the hooks. ValueError without joinables, or with some of two groups.

    >>> # with Join([model]):
    >>> #     for x, y in parts[rank]:
    >>> #         loss(model(x), y).backward()
    """

    def __init__(self, joinables: Sequence[Any], enable: bool = True,
                 throw_on_early_termination: bool = False, **kwargs: Any) -> None:
        if not joinables:
            raise ValueError("The join context manager requires at least one joinable")
        self._hooks = [each.join_hook(**kwargs) for each in joinables]
        self._enable = enable
        self._throws = throw_on_early_termination
        for i, each in enumerate(joinables):
            each._join_config = _JoinConfig(enable, throw_on_early_termination, i == 0)
        self._joinables = list(joinables)
        self._group = joinables[0].join_process_group
        if any(each.join_process_group is not self._group for each in joinables):
            raise ValueError("Using join context manager with multiple process groups")

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 traceback: TracebackType | None) -> None:
        try:
            if self._enable and kind is None:
                self._accompany()
        finally:
            for each in self._joinables:
                each._join_config = _JoinConfig()

    def _accompany(self) -> None:
        """Take part in the steps of the others until all have ended."""
        last = True
        while _count(0, self._group):
            if self._throws:
                _count(1, self._group)
                raise RuntimeError(f"Rank {get_rank(self._group)} exhausted all inputs.")
            for hook in self._hooks:
                hook.main_hook()
            last = False
        for hook in self._hooks:
            hook.post_hook(last)

    @staticmethod
    def notify_join_context(joinable: Any) -> Any:
        """Tell the others that this process goes on: a ``Work`` whose result is the number of those
        that do. None outside of a :class:`Join`, and for all joinables but its first. RuntimeError
        where one has ended that throws."""
        config = joinable._join_config
        if not (config.enable and config.is_first_joinable):
            return None
        group = joinable.join_process_group
        work = all_reduce(ones(1), group=group, async_op=True)
        if config.throw_on_early_termination and _count(0, group):
            raise RuntimeError("Detected at least one rank that exhausted inputs. Throwing across "
                               "all ranks.")
        return work


def _count(one: int, group: Any) -> int:
    """The sum of the ``one`` of each process."""
    total = zeros(1) + one
    all_reduce(total, group=group)
    return int(total.item())


__all__ = ["Join", "JoinHook", "Joinable"]
answer_missing_names(__name__)
