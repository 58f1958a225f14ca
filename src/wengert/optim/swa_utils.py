"""Averages of a model's parameters over a fit: stochastic weight averaging (Izmailov and others,
2018), and exponential moving averages.

Start with :class:`AveragedModel`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from copy import deepcopy
from itertools import chain
from typing import Any

from ..autograd.modes import no_grad
from ..engine.dtypes import int64
from ..functions.optim_updates import average_update
from ..names.missing import answer_missing_names
from ..nn.modules.batchnorm import _BatchNorm
from ..nn.modules.module import Module
from ..tensors.data import tensor
from ..tensors.operators import Tensor
from ..tensors.updates import number_of, set_number, update
from .lr_scheduler.base import LRScheduler, per_group
from .optimizer import is_far

Tensors = Sequence[Any]
AverageOne = Callable[[Any, Any, Any], Any]
AverageAll = Callable[[Tensors, Tensors, Any], None]


def _check_decay(decay: float) -> None:
    if decay < 0.0 or decay > 1.0:
        raise ValueError(f"Invalid decay value {decay} provided. Please provide a value in [0,1] "
                         "range.")


def _is_inexact(x: Any) -> bool:
    return bool(x.is_floating_point() or x.is_complex())


def get_ema_multi_avg_fn(decay: float = 0.999) -> AverageAll:
    """The function that moves lists of averages to ``decay * average + (1 - decay) * current``."""
    _check_decay(decay)

    @no_grad()
    def ema_update(ema_param_list: Tensors, current_param_list: Tensors, _: Any) -> None:
        if _is_inexact(ema_param_list[0]):
            update(average_update, current_param_list, [ema_param_list], 1 - decay,
                   is_far(1 - decay))
            return
        for average, current in zip(ema_param_list, current_param_list, strict=True):
            average.copy_(average * decay + current * (1 - decay))

    return ema_update


def get_swa_multi_avg_fn() -> AverageAll:
    """The function that takes lists of averages of n models to those of n + 1."""
    @no_grad()
    def swa_update(averaged_param_list: Tensors, current_param_list: Tensors,
                   num_averaged: Any) -> None:
        count = number_of(num_averaged) if isinstance(num_averaged, Tensor) else num_averaged
        if _is_inexact(averaged_param_list[0]):
            update(average_update, current_param_list, [averaged_param_list], 1 / (count + 1),
                   is_far(1 / (count + 1)))
            return
        for average, current in zip(averaged_param_list, current_param_list, strict=True):
            average.copy_(average + (current - average) / (count + 1))

    return swa_update


def get_ema_avg_fn(decay: float = 0.999) -> AverageOne:
    """The function of an average and the current value that gives the next average."""
    _check_decay(decay)

    @no_grad()
    def ema_update(ema_param: Any, current_param: Any, num_averaged: Any) -> Any:
        return decay * ema_param + (1 - decay) * current_param

    return ema_update


def get_swa_avg_fn() -> AverageOne:
    """The function of an average of n values and the next value that gives that of n + 1."""
    @no_grad()
    def swa_update(averaged_param: Any, current_param: Any, num_averaged: Any) -> Any:
        return averaged_param + (current_param - averaged_param) / (num_averaged + 1)

    return swa_update


class AveragedModel(Module):
    """A copy of a model whose parameters are averages: of equal weights, unless a function says
    otherwise.

    ``avg_fn(average, current, n)`` gives the next average of one parameter,
    ``multi_avg_fn(averages, currents, n)`` writes those of many; AssertionError for both. Buffers
    are copied, or averaged with ``use_buffers``. Call :meth:`update_parameters` after the
    optimiser's steps, and :func:`update_bn` at the end.

    >>> model = torch.nn.Linear(2, 1)
    >>> ema = torch.optim.swa_utils.AveragedModel(
    ...     model, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(0.9))
    >>> ema.update_parameters(model)
    >>> bool((ema.module.weight == model.weight).all())
    True
    """

    n_averaged: Any

    def __init__(self, model: Any, device: Any = None, avg_fn: AverageOne | None = None,
                 multi_avg_fn: AverageAll | None = None, use_buffers: bool = False) -> None:
        super().__init__()
        if avg_fn is not None and multi_avg_fn is not None:
            raise AssertionError("Only one of avg_fn and multi_avg_fn should be provided")
        self.module = deepcopy(model)
        if device is not None:
            self.module = self.module.to(device)
        self.register_buffer("n_averaged", tensor(0, dtype=int64))
        self.avg_fn = avg_fn
        self.multi_avg_fn = multi_avg_fn
        self.use_buffers = use_buffers

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """What the averaged model gives."""
        return self.module(*args, **kwargs)

    @no_grad()
    def update_parameters(self, model: Any) -> None:
        """Take the parameters of ``model`` into the averages; the first time, copy them."""
        averages, currents = self._averaged(self.module), self._averaged(model)
        count = number_of(self.n_averaged)
        if count == 0:
            for average, current in zip(averages, currents, strict=True):
                average.copy_(current)
        elif self.avg_fn is not None:
            for average, current in zip(averages, currents, strict=True):
                average.copy_(self.avg_fn(average, current, self.n_averaged))
        else:
            self._average(averages, currents)
        if not self.use_buffers:
            for mine, given in zip(self.module.buffers(), model.buffers(), strict=True):
                mine.copy_(given)
        set_number(int(count) + 1, self.n_averaged)

    def _averaged(self, model: Any) -> list[Any]:
        return list(chain(model.parameters(), model.buffers() if self.use_buffers else ()))

    def _average(self, averages: list[Any], currents: list[Any]) -> None:
        function = self.multi_avg_fn or get_swa_multi_avg_fn()
        by_dtype: dict[Any, tuple[list[Any], list[Any]]] = {}
        for average, current in zip(averages, currents, strict=True):
            mine, given = by_dtype.setdefault(average.dtype, ([], []))
            mine.append(average)
            given.append(current)
        for mine, given in by_dtype.values():
            function(mine, given, self.n_averaged)


@no_grad()
def update_bn(loader: Iterable[Any], model: Any, device: Any = None) -> None:
    """Compute the statistics of batch normalisation anew, as means over all that ``loader`` gives:
    inputs of the model, or tuples whose first elements these are."""
    momenta = {}
    for module in model.modules():
        if isinstance(module, _BatchNorm):
            module.reset_running_stats()
            momenta[module] = module.momentum
    if not momenta:
        return
    was_training = model.training
    model.train()
    for module in momenta:
        module.momentum = None
    for batch in loader:
        given = batch[0] if isinstance(batch, (list, tuple)) else batch
        model(given if device is None else given.to(device))
    for module, momentum in momenta.items():
        module.momentum = momentum
    model.train(was_training)


def _cosine(part: float) -> float:
    return (1 - math.cos(math.pi * part)) / 2


def _linear(part: float) -> float:
    return part


class SWALR(LRScheduler):
    """From what the learning rate is to ``swa_lr`` in ``anneal_epochs`` steps, along a cosine or a
    line; then it stays."""

    def __init__(self, optimizer: Any, swa_lr: Any, anneal_epochs: int = 10,
                 anneal_strategy: str = "cos", last_epoch: int = -1) -> None:
        if anneal_strategy not in ("cos", "linear"):
            raise ValueError("anneal_strategy must be one of 'cos' or 'linear', instead got "
                             f"{anneal_strategy}")
        if not isinstance(anneal_epochs, int) or anneal_epochs < 0:
            raise ValueError("anneal_epochs must be equal or greater than 0, got "
                             f"{anneal_epochs}")
        goals = per_group("swa_lr", optimizer, swa_lr)
        for goal, group in zip(goals, optimizer.param_groups, strict=True):
            group["swa_lr"] = goal
        self._set_anneal_func(anneal_strategy)
        self.anneal_epochs = anneal_epochs
        super().__init__(optimizer, last_epoch)

    def _set_anneal_func(self, anneal_strategy: str) -> None:
        self._anneal_strategy = anneal_strategy
        self.anneal_func = _cosine if anneal_strategy == "cos" else _linear

    def _part(self, step: float) -> float:
        return self.anneal_func(max(0, min(1, step / max(1, self.anneal_epochs))))

    def get_lr(self) -> list[Any]:
        self._asked()
        step = self._step_count - 1
        if self.anneal_epochs == 0:
            step = max(1, step)
        before, now = self._part(step - 1), self._part(step)
        lrs = []
        for group in self.optimizer.param_groups:
            lr, goal = group["lr"], group["swa_lr"]
            start = goal if before == 1 else (lr - before * goal) / (1 - before)
            lrs.append(goal * now + start * (1 - now))
        return lrs

    def state_dict(self) -> dict[str, Any]:
        """Everything but the optimiser."""
        state = super().state_dict()
        del state["anneal_func"]
        return state

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over what :meth:`state_dict` gave."""
        super().load_state_dict(state_dict)
        self._set_anneal_func(self._anneal_strategy)


__all__ = ["SWALR", "AveragedModel", "get_ema_avg_fn", "get_ema_multi_avg_fn", "get_swa_avg_fn",
           "get_swa_multi_avg_fn", "update_bn"]
answer_missing_names(__name__)
