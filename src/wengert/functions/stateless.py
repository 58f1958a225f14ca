"""Calling a module with other parameters than its own: ``torch.func.functional_call`` and
``stack_module_state``."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..engine.recording.handle import Handle
from ..functions.joins import stack
from ..tensors.recorded import function

_stack = function(stack)


def functional_call(module: Any, parameter_and_buffer_dicts: Any, args: Any = None,
                    kwargs: Mapping[str, Any] | None = None, *, tie_weights: bool = True,
                    strict: bool = False) -> Any:
    """``module(*args, **kwargs)`` with the tensors given by name in the place of its parameters and
    buffers.

    The names are those of ``state_dict``; several dicts are taken together. A parameter that stands
    in several places is replaced in all, unless ``tie_weights`` is False. ValueError for a name
    given twice; RuntimeError, if ``strict``, for names that are missing or not known. A buffer that
    the call writes to or replaces is new in the dict, not in the module.

    >>> model = torch.nn.Linear(2, 1, bias=False)
    >>> torch.func.functional_call(model, {"weight": torch.ones(1, 2)}, torch.ones(3, 2)).tolist()
    [[2.0], [2.0], [2.0]]
    """
    given = _one_dict(parameter_and_buffer_dicts)
    if args is None:
        args = ()
    elif not isinstance(args, tuple):
        args = (args,)
    with replaced(module, given, tie_weights=tie_weights, strict=strict):
        return module(*args, **(kwargs or {}))


def _one_dict(dicts: Any) -> Any:
    if isinstance(dicts, dict):
        return dicts
    if not isinstance(dicts, Sequence):
        raise ValueError("Expected parameter_and_buffer_dicts to be a dict, or a list/tuple of "
                         f"dicts, but got {type(dicts)}")
    if not all(isinstance(each, dict) for each in dicts):
        raise ValueError("Expected all elements of parameter_and_buffer_dicts to be dictionaries")
    found: dict[str, Any] = {}
    for each in dicts:
        twice = [name for name in each if name in found]
        if twice:
            raise ValueError(f"{twice} appeared in multiple dictionaries; behavior of functional "
                             "call is ambiguous")
        found.update(each)
    return found


Place = tuple[dict[str, Any], str]
"""A module's ``_parameters`` or ``_buffers``, and a name in it."""


@contextlib.contextmanager
def replaced(module: Any, given: dict[str, Any], *, tie_weights: bool = True,
             strict: bool = False) -> Iterator[None]:
    """The tensors in ``given`` stand in ``module``, for the length of the block."""
    own = dict(_members(module))
    tensors = _with_ties(own, given) if tie_weights else given
    if strict:
        _check_names(module, own, tensors)
    for value in tensors.values():
        if value is not None and not isinstance(value, Handle):
            raise TypeError(f"{value!r} is not an instance of torch.Tensor")
    places = {name: own[name] if name in own else _place(module, name) for name in tensors}
    missing = object()
    kept = {name: members.get(key, missing) for name, (members, key) in places.items()}
    for name, (members, key) in places.items():
        members[key] = tensors[name]
    try:
        yield
    finally:
        for name, (members, key) in places.items():
            now = members.get(key, missing)
            if name in given and now is not missing and now is not given[name]:
                given[name] = now
            if kept[name] is missing:
                members.pop(key, None)
            else:
                members[key] = kept[name]


def _members(module: Any) -> Iterator[tuple[str, Place]]:
    """The place of each parameter and buffer, by its full name."""
    for prefix, part in module.named_modules(remove_duplicate=False):
        for members in part._parameters, part._buffers:
            for key in members:
                yield f"{prefix}.{key}" if prefix else key, (members, key)


def _place(module: Any, name: str) -> Place:
    """The place for a name that the module does not have."""
    path, _, key = name.rpartition(".")
    part = module
    for each in path.split(".") if path else ():
        if each not in part._modules:
            raise AttributeError(f"{type(part).__name__} has no attribute `{each}`")
        part = part._modules[each]
    return part._buffers, key


def _with_ties(own: dict[str, Place], given: dict[str, Any]) -> dict[str, Any]:
    """``given`` with the other names of the same tensors; ValueError where two differ."""
    names: dict[int, list[str]] = {}
    for name, (members, key) in own.items():
        if members[key] is not None:
            names.setdefault(id(members[key]), []).append(name)
    found = dict(given)
    for tied in names.values():
        mine = [name for name in tied if name in given]
        if len({id(given[name]) for name in mine}) > 1:
            raise ValueError(f"functional_call got multiple values for keys {mine}, which are "
                             "tied. Consider using tie_weights=False")
        if mine:
            found.update(dict.fromkeys(tied, given[mine[0]]))
    return found


def _check_names(module: Any, own: dict[str, Place], given: dict[str, Any]) -> None:
    missing = [name for name, (members, key) in own.items()
               if name not in given and members[key] is not None]
    unexpected = [name for name in given if name not in own]
    if missing or unexpected:
        lines = [f"Error(s) in reparametrizing for {type(module).__name__}:"]
        for what, names in ("Unexpected", unexpected), ("Missing", missing):
            if names:
                lines.append(f"{what} key(s): {', '.join(map(repr, names))}.")
        raise RuntimeError("\n\t".join(lines))


def stack_module_state(models: Sequence[Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The parameters and the buffers of models of one class, each stacked along a new first
    dimension; the parameters are leaves.

    RuntimeError for no models, or for models that differ.
    """
    if not models:
        raise RuntimeError("stack_module_state: Expected at least one model, got 0.")
    if len({model.training for model in models}) > 1:
        raise RuntimeError("stack_module_state: Expected all models to have the same training/eval "
                           "mode.")
    if len({type(model) for model in models}) > 1:
        raise RuntimeError("stack_module_state: Expected all models to be of the same class.")
    return (_stacked([dict(model.named_parameters()) for model in models]),
            _stacked([dict(model.named_buffers()) for model in models]))


def _stacked(states: Sequence[dict[str, Any]]) -> dict[str, Any]:
    found = {}
    for name in states[0]:
        each = [state[name] for state in states]
        needs = {tensor.requires_grad for tensor in each}
        if len(needs) > 1:
            raise RuntimeError(f"Expected {name} from each model to have the same .requires_grad")
        found[name] = _stack(each).detach().requires_grad_(needs.pop())
    return found


def replace_all_batch_norm_modules_(root: Any) -> Any:
    """Have the batch norms of a module, itself included, keep no running statistics, which a mapped
    function could not write; it is returned.

    >>> model = torch.nn.Sequential(torch.nn.BatchNorm1d(2))
    >>> torch.func.replace_all_batch_norm_modules_(model)[0].running_mean is None
    True
    """
    for module in root.modules():
        if any(kind.__name__ == "_BatchNorm" for kind in type(module).__mro__):
            module.running_mean = module.running_var = module.num_batches_tracked = None
            module.track_running_stats = False
    return root


__all__ = ["functional_call", "replace_all_batch_norm_modules_", "replaced", "stack_module_state"]
