"""States of models and optimizers by the names of the parameters, without a wrapper's ``module.``.

So a checkpoint of a model under ``DistributedDataParallel`` is one of the model itself, and fits
whatever number of processes. Start with :func:`get_state_dict`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from ...autograd.modes import no_grad
from ...names.missing import answer_missing_names
from ...tensors.creation import zeros_like
from ...tensors.operators import Tensor

_WRAPPERS = ("DistributedDataParallel", "DataParallel")


@dataclass
class StateDictOptions:
    """What is saved: with ``ignore_frozen_params`` no parameter that needs no gradient; with
    ``cpu_offload`` tensors on the CPU; loading is ``strict`` about names. Every state is full and
    each process has it, whatever the other options say."""

    full_state_dict: bool = False
    cpu_offload: bool = False
    ignore_frozen_params: bool = False
    keep_submodule_prefixes: bool = True
    strict: bool = True
    broadcast_from_rank0: bool = False
    flatten_optimizer_state_dict: bool = False
    dsd_fqn_modifiers: str = "_fqn_modifiers"


def get_model_state_dict(model: Any, *, submodules: Any = None, options: Any = None
                         ) -> dict[str, Any]:
    """The parameters and buffers of ``model`` by their names in the module that is wrapped."""
    options = _checked(submodules, options)
    short = _names(model)
    frozen = {name for name, p in model.named_parameters() if not p.requires_grad}
    return {short(name): _placed(value, options) for name, value in model.state_dict().items()
            if not (options.ignore_frozen_params and name in frozen)}


def set_model_state_dict(model: Any, model_state_dict: dict[str, Any], *, options: Any = None
                         ) -> Any:
    """Load what :func:`get_model_state_dict` gave; the names that were missing and unexpected."""
    options = _checked(None, options)
    short = _names(model)
    long = {short(name): name for name in model.state_dict()}
    return model.load_state_dict({long.get(name, name): value
                                  for name, value in model_state_dict.items()},
                                 strict=options.strict)


def get_optimizer_state_dict(model: Any, optimizers: Any, *, submodules: Any = None,
                             options: Any = None) -> dict[str, Any]:
    """The state of ``optimizers`` (one, or several) by the names of the parameters in ``model``. An
    optimizer that has made no step is given the state of its first one."""
    options = _checked(submodules, options)
    names = _parameters(model)
    state: dict[str, Any] = {}
    groups: list[dict[str, Any]] = []
    for optimizer in _all(optimizers):
        _begun(optimizer)
        found = optimizer.state_dict()
        keys: dict[Any, str] = {}
        for group, saved in zip(optimizer.param_groups, found["param_groups"], strict=True):
            own = [names[id(p)] for p in group["params"]]
            keys.update(zip(saved["params"], own, strict=True))
            groups.append({**saved, "params": own})
        state.update({keys[key]: _placed(value, options)
                      for key, value in found["state"].items()})
    return {"state": state, "param_groups": groups}


def set_optimizer_state_dict(model: Any, optimizers: Any, optim_state_dict: dict[str, Any], *,
                             options: Any = None) -> None:
    """Load what :func:`get_optimizer_state_dict` gave. KeyError for a parameter that has no group
    in it."""
    _checked(None, options)
    names = _parameters(model)
    saved_of = {name: group for group in optim_state_dict["param_groups"]
                for name in group["params"]}
    for optimizer in _all(optimizers):
        keys = optimizer.state_dict()["param_groups"]
        state, groups = {}, []
        for group, own in zip(optimizer.param_groups, keys, strict=True):
            for p, key in zip(group["params"], own["params"], strict=True):
                if names[id(p)] in optim_state_dict["state"]:
                    state[key] = optim_state_dict["state"][names[id(p)]]
            first = saved_of[names[id(group["params"][0])]] if group["params"] else own
            groups.append({**first, "params": own["params"]})
        optimizer.load_state_dict({"state": state, "param_groups": groups})


def get_state_dict(model: Any, optimizers: Any, *, submodules: Any = None, options: Any = None
                   ) -> tuple[dict[str, Any], dict[str, Any]]:
    """The states of ``model`` and of ``optimizers``."""
    return (get_model_state_dict(model, submodules=submodules, options=options),
            get_optimizer_state_dict(model, optimizers, submodules=submodules, options=options))


def set_state_dict(model: Any, optimizers: Any, *, model_state_dict: dict[str, Any],
                   optim_state_dict: dict[str, Any], options: Any = None) -> Any:
    """Load what :func:`get_state_dict` gave; the names that were missing and unexpected."""
    result = set_model_state_dict(model, model_state_dict, options=options)
    set_optimizer_state_dict(model, optimizers, optim_state_dict, options=options)
    return result


def _checked(submodules: Any, options: Any) -> Any:
    if submodules is not None:
        raise NotImplementedError("torch.distributed.checkpoint.state_dict: submodules=... is not "
                                  "in wengert: give the submodule as the model")
    options = options or StateDictOptions()
    if options.flatten_optimizer_state_dict:
        raise NotImplementedError("StateDictOptions(flatten_optimizer_state_dict=True) is not in "
                                  "wengert: leave it out")
    return options


def _names(model: Any) -> Any:
    """The function from a name in ``model`` to that without wrappers."""
    wrappers = sorted([name for name, module in model.named_modules()
                       if type(module).__name__ in _WRAPPERS], key=len, reverse=True)

    def short(name: str) -> str:
        for wrapper in wrappers:
            start = f"{wrapper}." if wrapper else ""
            if name.startswith(f"{start}module."):
                name = start + name[len(start) + len("module."):]
        return name

    return short


def _parameters(model: Any) -> dict[int, str]:
    short = _names(model)
    return {id(p): short(name) for name, p in model.named_parameters()}


def _all(optimizers: Any) -> list[Any]:
    return list(optimizers) if isinstance(optimizers, Iterable) else [optimizers]


def _begun(optimizer: Any) -> None:
    """Have ``optimizer`` make the state of its first step, in which no parameter moves."""
    groups = optimizer.param_groups
    params = [p for group in groups for p in group["params"] if p.requires_grad]
    if optimizer.state or any(p.grad is not None for p in params):
        return
    rates = [group["lr"] for group in groups if "lr" in group]
    values = [p.detach().clone() for p in params]
    for p in params:
        p.grad = zeros_like(p, requires_grad=False)
    for group in groups:
        if "lr" in group:
            group["lr"] = group["lr"] * 0
    optimizer.step()
    optimizer.zero_grad()
    with no_grad():
        for p, value in zip(params, values, strict=True):
            p.copy_(value)
    for group, rate in zip([g for g in groups if "lr" in g], rates, strict=True):
        group["lr"] = rate


def _placed(value: Any, options: Any) -> Any:
    if isinstance(value, Tensor):
        return value.cpu() if options.cpu_offload else value
    if isinstance(value, dict):
        return {key: _placed(each, options) for key, each in value.items()}
    return value


__all__ = ["StateDictOptions", "get_model_state_dict", "get_optimizer_state_dict",
           "get_state_dict", "set_model_state_dict", "set_optimizer_state_dict", "set_state_dict"]
answer_missing_names(__name__)
