"""What schedules have in common: :class:`LRScheduler`, for a user's own schedules too.

A schedule says in ``get_lr`` what the learning rates are at ``last_epoch``;
:meth:`LRScheduler.step` goes on by one and sets them. A learning rate that is a tensor is written
in place.
"""

from __future__ import annotations

import functools
import types
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from weakref import ref

from ...tensors.operators import Tensor
from ..optimizer import Optimizer, scalar

EPOCH_DEPRECATION_WARNING = (
    "The epoch parameter in `scheduler.step()` was not necessary and is being deprecated where "
    "possible. Please use `scheduler.step()` to step the scheduler: with an epoch, the closed form "
    "of the schedule is used where it has one, not the recursive one.")
_ORDER = ("Detected call of `lr_scheduler.step()` before `optimizer.step()`. You should call them "
          "in the opposite order: `optimizer.step()` before `lr_scheduler.step()`. Failure to do "
          "this will result in skipping the first value of the learning rate schedule.")
_OVERRIDDEN = ("Seems like `optimizer.step()` has been overridden after learning rate scheduler "
               "initialization. Please, make sure to call `optimizer.step()` before "
               "`lr_scheduler.step()`.")


def values_of(optimizer: Any, key: str) -> list[Any]:
    """The option ``key`` of each parameter group; copies of tensors."""
    return [copied(group[key]) for group in optimizer.param_groups]


def copied(value: Any) -> Any:
    """``value``, or a copy of a tensor."""
    return value.clone() if isinstance(value, Tensor) else value


def per_group(name: str, optimizer: Any, value: Any) -> list[Any]:
    """One value for each parameter group; ValueError for a list of another length."""
    groups = len(optimizer.param_groups)
    if not isinstance(value, (list, tuple)):
        return [copied(value) for _ in range(groups)]
    if len(value) != groups:
        raise ValueError(f"{name} must have the same length as optimizer.param_groups. {name} has "
                         f"{len(value)} values, param_groups has {groups}.")
    return [copied(each) for each in value]


def set_value(group: dict[str, Any], key: str, value: Any) -> None:
    """Set an option; one that is a tensor is written in place."""
    if isinstance(group[key], Tensor):
        group[key].fill_(scalar(value))
    else:
        group[key] = value


def check_optimizer(optimizer: Any) -> None:
    """TypeError for what is no optimiser."""
    if not isinstance(optimizer, Optimizer):
        raise TypeError(f"{type(optimizer).__name__} is not an Optimizer")


class LRScheduler:
    """The base class of schedules.

    A subclass defines :meth:`get_lr`. ``last_epoch`` is the number of the step that was made last,
    -1 for a new schedule; KeyError if a schedule that is resumed finds no "initial_lr" in a group.
    """

    optimizer: Any
    last_epoch: int
    _get_lr_called_within_step = False
    _is_initial = False

    def __init__(self, optimizer: Any, last_epoch: int = -1) -> None:
        check_optimizer(optimizer)
        self.optimizer = optimizer
        for i, group in enumerate(optimizer.param_groups):
            if last_epoch == -1:
                group.setdefault("initial_lr", copied(group["lr"]))
            elif "initial_lr" not in group:
                raise KeyError(f"param 'initial_lr' is not specified in param_groups[{i}] when "
                               "resuming scheduler with last_epoch >= 0: load the optimizer's "
                               "state first, or start with last_epoch=-1")
        self.base_lrs: list[Any] = values_of(optimizer, "initial_lr")
        self.last_epoch = last_epoch
        _watch_steps(optimizer)
        self._initial_step()

    def _initial_step(self) -> None:
        self._step_count = 0
        self._is_initial = True
        try:
            self.step()
        finally:
            self._is_initial = False

    def state_dict(self) -> dict[str, Any]:
        """Everything but the optimiser."""
        return {key: value for key, value in self.__dict__.items() if key != "optimizer"}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over what :meth:`state_dict` gave."""
        self.__dict__.update(state_dict)

    def get_last_lr(self) -> list[Any]:
        """The learning rates, one for each group, that the last step set."""
        return self._last_lr

    def get_lr(self) -> list[Any]:
        """The learning rates at ``last_epoch``, one for each group."""
        raise NotImplementedError

    def step(self, epoch: int | None = None) -> None:
        """Go on by one step, after the optimiser's."""
        if self._step_count == 1:
            if not hasattr(self.optimizer.step, "_wrapped_by_lr_sched"):
                warnings.warn(_OVERRIDDEN, UserWarning, stacklevel=2)
            elif not getattr(self.optimizer, "_opt_called", False):
                warnings.warn(_ORDER, UserWarning, stacklevel=2)
        self._step_count += 1
        if epoch is not None:
            warnings.warn(EPOCH_DEPRECATION_WARNING, UserWarning, stacklevel=2)
        self._update_lr(epoch)

    def _update_lr(self, epoch: int | None = None) -> None:
        self.last_epoch = self.last_epoch + 1 if epoch is None else epoch
        closed = getattr(self, "_get_closed_form_lr", None)
        with self._asking():
            values = self.get_lr() if epoch is None or closed is None else closed()
        self._set(values)

    def _set(self, values: Sequence[Any]) -> None:
        for group, lr in zip(self.optimizer.param_groups, values, strict=True):
            set_value(group, "lr", lr)
        self._last_lr: list[Any] = values_of(self.optimizer, "lr")

    @contextmanager
    def _asking(self) -> Iterator[None]:
        self._get_lr_called_within_step = True
        try:
            yield
        finally:
            self._get_lr_called_within_step = False

    def _asked(self) -> None:
        """Warn a user who calls ``get_lr``."""
        if not self._get_lr_called_within_step:
            warnings.warn("To get the last learning rate computed by the scheduler, please use "
                          "`get_last_lr()`.", UserWarning, stacklevel=3)

    def _present(self) -> list[Any]:
        return values_of(self.optimizer, "lr")

    def _times(self, factor: float) -> list[Any]:
        return [group["lr"] * factor for group in self.optimizer.param_groups]


class _LRScheduler(LRScheduler):
    """The former name of :class:`LRScheduler`."""


def _watch_steps(optimizer: Any) -> None:
    """Note on the optimiser that a step was made."""
    if hasattr(optimizer.step, "_wrapped_by_lr_sched"):
        return
    owner: Any = ref(optimizer)
    function = optimizer.step.__func__

    @functools.wraps(function)
    def step(*args: Any, **kwargs: Any) -> Any:
        own = owner()
        own._opt_called = True
        return function(own, *args, **kwargs)

    step._wrapped_by_lr_sched = True  # type: ignore[attr-defined]
    optimizer.step = step


# ---- functions of the user's in a schedule ----

def functions_of(optimizer: Any, given: Any) -> list[Callable[[int], float]]:
    """One function for each group; ValueError for a list of another length."""
    groups = len(optimizer.param_groups)
    if not isinstance(given, (list, tuple)):
        return [given] * groups
    if len(given) != groups:
        raise ValueError(f"Expected {groups} lr_lambdas, but got {len(given)}")
    return list(given)


def state_of(function: Any) -> Any:
    """What is saved of a callable: the attributes of an object, nothing of a function."""
    if function is None or isinstance(function, types.FunctionType):
        return None
    return function.__dict__.copy()


__all__ = ["LRScheduler"]
