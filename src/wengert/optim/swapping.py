"""An optimiser on other parameters and other state, for the length of a ``with`` block."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ..tensors.operators import Tensor
from .optimizer import Group, Optimizer

_NAME = "swap_in_optimizer_params_and_state requires"


@contextmanager
def swap_in_optimizer_params_and_state(
        optimizer: Optimizer, swapin_parameters: dict[str, Any],
        swapin_optim_state: dict[str, Any]) -> Iterator[None]:
    """Inside the block ``optimizer`` has the parameters ``swapin_parameters``, in the order of its
    groups, and the state and options of ``swapin_optim_state``, a ``state_dict``.

    RuntimeError if these do not fit, or if the optimiser has no state yet; nothing has changed
    then.
    """
    states, groups = _checked(optimizer, swapin_optim_state)
    given = list(swapin_parameters.values())
    if len(given) < sum(len(group["params"]) for group in groups):
        raise RuntimeError(f"{_NAME} the explicit parameter state to match optimizer.param_groups "
                           "ordering.")
    before = optimizer.state, [dict(group) for group in optimizer.param_groups]
    try:
        optimizer.state = defaultdict(dict)
        for group, new in zip(optimizer.param_groups, groups, strict=True):
            params, given = given[:len(new["params"])], given[len(new["params"]):]
            group.update({**new, "params": params})
            for p, key in zip(params, new["params"], strict=True):
                optimizer.state[p] = dict(states.get(key, {}))
        yield
    finally:
        optimizer.state = before[0]
        for group, old in zip(optimizer.param_groups, before[1], strict=True):
            group.clear()
            group.update(old)


def _checked(optimizer: Optimizer, state_dict: Any) -> tuple[dict[Any, Any], list[Group]]:
    """The states and groups of a ``state_dict`` that fits the optimiser."""
    if not optimizer.state:
        raise RuntimeError(f"{_NAME} initialized optimizer state.")
    if not isinstance(state_dict, dict):
        raise RuntimeError(f"{_NAME} a DCP-style optimizer state_dict.")
    states, groups = state_dict.get("state"), state_dict.get("param_groups")
    if not isinstance(states, dict):
        raise RuntimeError(f"{_NAME} swapin_optim_state['state'] to be a dict mapping packed "
                           "parameter ids to per-param state dicts, got "
                           f"{type(states).__name__}.")
    if any(isinstance(key, Tensor) for key in states):
        raise RuntimeError(f"{_NAME} optimizer.state_dict()-style state keyed by packed parameter "
                           "ids.")
    if not all(isinstance(state, dict) for key, state in states.items() if isinstance(key, int)):
        raise RuntimeError(f"{_NAME} per-parameter optimizer state entries to be dictionaries.")
    if not isinstance(groups, list):
        raise RuntimeError(f"{_NAME} swapin_optim_state['param_groups'] to be a list of "
                           f"param-group dicts, got {type(groups).__name__}.")
    if len(groups) != len(optimizer.param_groups):
        raise RuntimeError("swapin_optim_state has a different number of parameter groups than the "
                           "live optimizer.")
    for i, (group, new) in enumerate(zip(optimizer.param_groups, groups, strict=True)):
        _check_group(i, group, new)
    more = states.keys() - {key for group in groups for key in group["params"]}
    if more:
        raise RuntimeError(f"{_NAME} swapin_optim_state['state'] to be keyed only by packed "
                           "parameter ids from param_groups[*]['params']; got extra keys "
                           f"{sorted(more, key=str)!r}.")
    return states, groups


def _check_group(i: int, group: Group, new: Any) -> None:
    if not isinstance(new, dict):
        raise RuntimeError(f"{_NAME} each optimizer param group to be a dictionary.")
    keys = new.get("params")
    if not isinstance(keys, list) or not all(isinstance(key, int) for key in keys):
        raise RuntimeError(f"{_NAME} optimizer.state_dict()-style param_groups[*]['params'] "
                           "entries keyed by packed parameter ids.")
    if len(keys) != len(group["params"]):
        raise RuntimeError(f"swapin_optim_state param group {i} has a different number of params "
                           "than the live optimizer param group.")
    if new.keys() != group.keys():
        raise RuntimeError(f"{_NAME} optimizer.state_dict()-style param group keys to exactly "
                           f"match the live optimizer group keys for group {i}. Keys only in "
                           f"swap-in: {[k for k in new if k not in group]}. Keys only in live: "
                           f"{[k for k in group if k not in new]}.")


__all__ = ["swap_in_optimizer_params_and_state"]
