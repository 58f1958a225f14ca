"""``state_dict`` and ``load_state_dict``: what a module knows, as a flat dict of tensors.

:class:`State` is the part of a module for it. Each module enters and loads its own tensors
(``_save_to_state_dict``, ``_load_from_state_dict``, which a module may override); the public
methods go through the submodules, and run the hooks.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from typing import Any, NamedTuple

from ...autograd.modes import no_grad
from ...tensors.operators import Tensor
from ..parameter import Parameter, is_lazy

EXTRA = "_extra_state"


class _Keys(NamedTuple):
    missing_keys: list[str]
    unexpected_keys: list[str]


class _IncompatibleKeys(_Keys):
    """The keys that a state dict lacked, and those that the module did not know."""

    __slots__ = ()

    def __repr__(self) -> str:
        if not self.missing_keys and not self.unexpected_keys:
            return "<All keys matched successfully>"
        return (f"_IncompatibleKeys(missing_keys={self.missing_keys}, "
                f"unexpected_keys={self.unexpected_keys})")

    __str__ = __repr__


IncompatibleKeys = _IncompatibleKeys


class StateDict(OrderedDict[str, Any]):
    """An ordered dict that carries the modules' versions in ``_metadata``."""

    _metadata: Any


class State:
    """The part of a module that gives its state and takes it."""

    _version: int = 1
    _parameters: dict[str, Any]
    _buffers: dict[str, Any]
    _modules: dict[str, Any]
    _non_persistent_buffers_set: set[str]
    _state_dict_hooks: Any
    _state_dict_pre_hooks: Any
    _load_state_dict_pre_hooks: Any
    _load_state_dict_post_hooks: Any

    def get_extra_state(self) -> Any:
        """What a subclass wants to have in its state beside tensors; to be written by it."""
        raise RuntimeError("get_extra_state is to be written by the module")

    def set_extra_state(self, state: Any) -> None:
        """Take what :meth:`get_extra_state` gave; to be written by the subclass."""
        raise RuntimeError("set_extra_state is to be written by the module")

    def _has_extra(self, method: str) -> bool:
        return getattr(type(self), method, None) is not getattr(State, method)

    # Giving
    def state_dict(self, *args: Any, destination: Any = None, prefix: str = "",
                   keep_vars: bool = False) -> Any:
        """The parameters and persistent buffers by name, after ``prefix``.

        They share storage with the module's. ``keep_vars`` gives the parameters themselves,
        otherwise they are detached. ``destination`` is the dict to enter them in.

        >>> list(torch.nn.Linear(2, 1).state_dict())
        ['weight', 'bias']
        """
        given = dict(zip(("destination", "prefix", "keep_vars"), args, strict=False))
        destination = given.get("destination", destination)
        prefix, keep_vars = given.get("prefix", prefix), given.get("keep_vars", keep_vars)
        if destination is None:
            destination = OrderedDict()
            destination._metadata = OrderedDict()
        local = {"version": self._version}
        if hasattr(destination, "_metadata"):
            destination._metadata[prefix[:-1]] = local
        for hook in self._state_dict_pre_hooks.values():
            hook(self, prefix, keep_vars)
        self._save_to_state_dict(destination, prefix, keep_vars)
        for name, module in self._modules.items():
            if module is not None:
                module.state_dict(destination=destination, prefix=f"{prefix}{name}.",
                                  keep_vars=keep_vars)
        for hook in self._state_dict_hooks.values():
            answer = hook(self, destination, prefix, local)
            if getattr(hook, "_from_public_api", False):
                if answer is not None:
                    raise RuntimeError("state_dict post-hook must return None")
            elif answer is not None:
                destination = answer
        return destination

    def _save_to_state_dict(self, destination: Any, prefix: str, keep_vars: bool) -> None:
        """Enter this module's own tensors."""
        for name, tensor in self._own_state().items():
            if tensor is not None:
                destination[prefix + name] = tensor if keep_vars else tensor.detach()
        if self._has_extra("get_extra_state"):
            destination[prefix + EXTRA] = self.get_extra_state()

    def _own_state(self) -> dict[str, Any]:
        kept = {name: buffer for name, buffer in self._buffers.items()
                if name not in self._non_persistent_buffers_set}
        return {**self._parameters, **kept}

    # Taking
    def load_state_dict(self, state_dict: Mapping[str, Any], strict: bool = True,
                        assign: bool = False) -> IncompatibleKeys:
        """Copy the tensors of ``state_dict`` to the parameters and buffers of these names.

        ``strict`` demands that the names be the same. ``assign`` puts the tensors themselves in
        place, with the ``requires_grad`` of those that they replace. RuntimeError with a list of
        all that does not fit. The result names the missing and unexpected keys.
        """
        if not isinstance(state_dict, Mapping):
            raise TypeError(f"Expected state_dict to be dict-like, got {type(state_dict)}.")
        loading = Loading(state_dict, assign)
        loading.load(self, loading.state, "", strict)
        errors = loading.errors
        if strict:
            errors = [*listed("Missing", loading.missing),
                      *listed("Unexpected", loading.unexpected), *errors]
        if errors:
            raise RuntimeError("Error(s) in loading state_dict for "
                               f"{type(self).__name__}:\n\t" + "\n\t".join(errors))
        return IncompatibleKeys(loading.missing, loading.unexpected)

    def _load_from_state_dict(self, state_dict: Any, prefix: str, local_metadata: Any,
                              strict: bool, missing_keys: list[str], unexpected_keys: list[str],
                              error_msgs: list[str]) -> None:
        """Load this module's own tensors; what does not fit is added to the lists."""
        for hook in self._load_state_dict_pre_hooks.values():
            hook(state_dict, prefix, local_metadata, strict, missing_keys, unexpected_keys,
                 error_msgs)
        assign = bool(local_metadata.get("assign_to_params_buffers", False))
        for name, tensor in self._own_state().items():
            key = prefix + name
            if tensor is None:
                continue
            if key not in state_dict:
                if strict:
                    missing_keys.append(key)
                continue
            error = self._load_one(name, tensor, key, state_dict[key], assign)
            if error is not None:
                error_msgs.append(error)
        self._load_extra(state_dict, prefix, strict, missing_keys, unexpected_keys)
        if strict:
            unexpected_keys += [key for key in state_dict if self._is_unexpected(key, prefix)]

    def _load_extra(self, state_dict: Any, prefix: str, strict: bool, missing: list[str],
                    unexpected: list[str]) -> None:
        key = prefix + EXTRA
        if self._has_extra("set_extra_state"):
            if key in state_dict:
                self.set_extra_state(state_dict[key])
            elif strict:
                missing.append(key)
        elif strict and key in state_dict:
            unexpected.append(key)

    def _is_unexpected(self, key: str, prefix: str) -> bool:
        if not key.startswith(prefix) or key == prefix + EXTRA:
            return False
        name, dot, _ = key[len(prefix):].partition(".")
        if dot:
            return name not in self._modules
        return name not in self._own_state()

    def _load_one(self, name: str, own: Any, key: str, given: Any, assign: bool) -> str | None:
        """Load one tensor; what is wrong with it, if anything."""
        if not isinstance(given, Tensor):
            return (f'While copying the parameter named "{key}", expected torch.Tensor or '
                    f"Tensor-like object from checkpoint but received {type(given)}")
        if not is_lazy(own):
            if not is_lazy(given) and tuple(own.shape) == () and tuple(given.shape) == (1,):
                given = given[0]
            if is_lazy(given) or given.shape != own.shape:
                return (f"size mismatch for {key}: copying a param with shape {given.shape} from "
                        f"checkpoint, the shape in current model is {own.shape}.")
        elif is_lazy(given):
            return None
        try:
            with no_grad():
                if assign:
                    self._assign(name, own, given)
                else:
                    own.copy_(given)
        except Exception as error:
            shape = "not known yet" if is_lazy(own) else own.size()
            return (f'While copying the parameter named "{key}", whose dimensions in the model are '
                    f"{shape} and whose dimensions in the checkpoint are {given.size()}, an "
                    f"exception occurred : {error.args}.")
        return None

    def _assign(self, name: str, own: Any, given: Any) -> None:
        if isinstance(own, Parameter) and not isinstance(given, Parameter):
            given = Parameter(given, requires_grad=own.requires_grad)
        elif isinstance(own, Parameter):
            given.requires_grad_(own.requires_grad)
        setattr(self, name, given)


class Loading:
    """One call of ``load_state_dict``: the copy of the dict, and what did not fit."""

    def __init__(self, state_dict: Mapping[str, Any], assign: bool) -> None:
        metadata = getattr(state_dict, "_metadata", None)
        self.state: Any = StateDict(state_dict)
        self.metadata = metadata
        if metadata is not None:
            self.state._metadata = metadata
        self.assign = assign
        self.missing: list[str] = []
        self.unexpected: list[str] = []
        self.errors: list[str] = []

    def load(self, module: Any, state: Any, prefix: str, strict: bool) -> None:
        """Load ``module`` and all that is in it."""
        local = {} if self.metadata is None else self.metadata.get(prefix[:-1], {})
        if self.assign:
            local = {**local, "assign_to_params_buffers": True}
        module._load_from_state_dict(state, prefix, local, True, self.missing, self.unexpected,
                                     self.errors)
        for name, child in module._modules.items():
            if child is not None:
                below = f"{prefix}{name}."
                part = {key: value for key, value in state.items() if key.startswith(below)}
                self.load(child, part, below, strict)
        keys = IncompatibleKeys(self.missing, self.unexpected)
        for hook in module._load_state_dict_post_hooks.values():
            if hook(module, keys) is not None:
                raise AssertionError(
                    "Hooks registered with ``register_load_state_dict_post_hook`` are not expected "
                    "to return new values, if incompatible_keys need to be modified, it should be "
                    "done inplace.")


def listed(what: str, keys: list[str]) -> list[str]:
    """The line of an error about ``keys``, if there are any."""
    if not keys:
        return []
    names = ", ".join(f'"{key}"' for key in keys)
    return [f"{what} key(s) in state_dict: {names}. "]


__all__ = ["IncompatibleKeys", "State"]
