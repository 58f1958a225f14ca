"""Hooks of modules: the user's functions that run around ``forward`` and backward.

:class:`Hooking` is the part of a module that registers them; the ``register_module_*`` functions
register one for every module. How a call goes through them is in ``calling.py``.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from ...autograd.hooks import RemovableHandle

Hooks = OrderedDict[int, Any]
Hook = Callable[..., Any]


class ModuleHandle(RemovableHandle):
    """What registering a module's hook returns: ``remove()`` takes the hook away, with the flags
    that were set for it."""

    def __init__(self, hooks: Any, *flags: dict[int, bool]) -> None:
        super().__init__(hooks)
        self.flags = flags

    def remove(self) -> None:
        """Take the hook away; nothing happens if it is gone."""
        super().remove()
        for flag in self.flags:
            flag.pop(self.id, None)


class Everywhere:
    """The hooks that every module runs."""

    def __init__(self) -> None:
        self.forward_pre: Hooks = OrderedDict()
        self.forward: Hooks = OrderedDict()
        self.forward_with_kwargs: dict[int, bool] = {}
        self.forward_always: dict[int, bool] = {}
        self.backward_pre: Hooks = OrderedDict()
        self.backward: Hooks = OrderedDict()
        self.backward_is_full: bool | None = None
        self.parameter: Hooks = OrderedDict()
        self.buffer: Hooks = OrderedDict()
        self.module: Hooks = OrderedDict()
        self.around_calls: dict[int, bool] = {}
        """The hooks that run around calls, of whatever kind."""


everywhere = Everywhere()
_global_parameter_registration_hooks = everywhere.parameter   # as packages look for them
_global_buffer_registration_hooks = everywhere.buffer
_global_module_registration_hooks = everywhere.module


def enter(hooks: Any, hook: Any, *flags: dict[int, bool], prepend: bool = False) -> ModuleHandle:
    """Enter ``hook`` among ``hooks`` and set its ``flags``."""
    handle = ModuleHandle(hooks, *flags)
    hooks[handle.id] = hook
    for flag in flags:
        flag[handle.id] = True
    if prepend:
        hooks.move_to_end(handle.id, last=False)
    return handle


def after_registering(hooks: Hooks, module: Any, name: str, value: Any) -> Any:
    """What is registered after all: what a hook returned in the place of ``value``."""
    for hook in hooks.values():
        answer = hook(module, name, value)
        if answer is not None:
            value = answer
    return value


class Hooking:
    """The part of a module that registers hooks."""

    _forward_pre_hooks: Hooks
    _forward_pre_hooks_with_kwargs: OrderedDict[int, bool]
    _forward_hooks: Hooks
    _forward_hooks_with_kwargs: OrderedDict[int, bool]
    _forward_hooks_always_called: OrderedDict[int, bool]
    _backward_pre_hooks: Hooks
    _backward_hooks: Hooks
    _is_full_backward_hook: bool | None
    _state_dict_hooks: Hooks
    _state_dict_pre_hooks: Hooks
    _load_state_dict_pre_hooks: Hooks
    _load_state_dict_post_hooks: Hooks

    def register_forward_pre_hook(self, hook: Hook, *, prepend: bool = False,
                                  with_kwargs: bool = False) -> RemovableHandle:
        """Have ``hook(module, args)`` called before each forward; what it returns replaces the
        arguments.

        With ``with_kwargs`` it is ``hook(module, args, kwargs)``, returning both or None.
        """
        flags = (self._forward_pre_hooks_with_kwargs,) if with_kwargs else ()
        return enter(self._forward_pre_hooks, hook, *flags, prepend=prepend)

    def register_forward_hook(self, hook: Hook, *, prepend: bool = False,
                              with_kwargs: bool = False,
                              always_call: bool = False) -> RemovableHandle:
        """Have ``hook(module, args, output)`` called after each forward; what it returns replaces
        the output.

        With ``with_kwargs`` it is ``hook(module, args, kwargs, output)``; with ``always_call`` it
        runs after a forward that raised, too.
        """
        flags = [*([self._forward_hooks_with_kwargs] if with_kwargs else []),
                 *([self._forward_hooks_always_called] if always_call else [])]
        return enter(self._forward_hooks, hook, *flags, prepend=prepend)

    def register_full_backward_pre_hook(self, hook: Hook, prepend: bool = False
                                        ) -> RemovableHandle:
        """Have ``hook(module, grad_output)`` called before the gradients go through the module; a
        tuple that it returns replaces those of the outputs."""
        return enter(self._backward_pre_hooks, hook, prepend=prepend)

    def register_full_backward_hook(self, hook: Hook, prepend: bool = False) -> RemovableHandle:
        """Have ``hook(module, grad_input, grad_output)`` called when the gradients of the module's
        positional inputs are known; a tuple that it returns replaces them."""
        self._use_backward_hooks(full=True)
        return enter(self._backward_hooks, hook, prepend=prepend)

    def register_backward_hook(self, hook: Hook) -> RemovableHandle:
        """The older form of :meth:`register_full_backward_hook`: ``grad_input`` is that of the
        operation that made the output."""
        self._use_backward_hooks(full=False)
        return enter(self._backward_hooks, hook)

    def _use_backward_hooks(self, full: bool) -> None:
        if self._is_full_backward_hook is (not full):
            raise RuntimeError("Cannot use both regular backward hooks and full backward hooks on "
                               "a single Module. Please use only one of them.")
        self._is_full_backward_hook = full

    def register_state_dict_post_hook(self, hook: Hook) -> RemovableHandle:
        """Have ``hook(module, state_dict, prefix, local_metadata)`` called after the module has
        entered its state."""
        mark(hook, "_from_public_api", True)
        return enter(self._state_dict_hooks, hook)

    def register_state_dict_pre_hook(self, hook: Hook) -> RemovableHandle:
        """Have ``hook(module, prefix, keep_vars)`` called before the module enters its state."""
        return enter(self._state_dict_pre_hooks, hook)

    def register_load_state_dict_pre_hook(self, hook: Hook) -> RemovableHandle:
        """Have ``hook(module, state_dict, prefix, local_metadata, strict, missing_keys,
        unexpected_keys, error_msgs)`` called before the module loads its state."""
        return self._register_load_state_dict_pre_hook(hook, with_module=True)

    def register_load_state_dict_post_hook(self, hook: Hook) -> RemovableHandle:
        """Have ``hook(module, incompatible_keys)`` called after the module has loaded its state;
        it may change the lists of ``incompatible_keys``."""
        return enter(self._load_state_dict_post_hooks, hook)

    def _register_state_dict_hook(self, hook: Hook) -> RemovableHandle:
        """A hook whose result, if not None, replaces the state dict."""
        return enter(self._state_dict_hooks, hook)

    def _register_load_state_dict_pre_hook(self, hook: Hook, with_module: bool = False
                                           ) -> RemovableHandle:
        return enter(self._load_state_dict_pre_hooks, LoadHook(hook, self if with_module else None))


class LoadHook:
    """A hook before loading, with the module that it is given, if any."""

    def __init__(self, hook: Hook, module: Any) -> None:
        self.hook = hook
        self.module = module

    def __call__(self, *args: Any) -> Any:
        return self.hook(*args) if self.module is None else self.hook(self.module, *args)


def mark(hook: Any, name: str, value: bool) -> None:
    """Set an attribute of a hook, where it can have one."""
    setattr(getattr(hook, "__func__", hook), name, value)


# For every module
def register_module_forward_pre_hook(hook: Hook) -> RemovableHandle:
    """Have ``hook(module, args)`` called before the forward of every module."""
    return enter(everywhere.forward_pre, hook, everywhere.around_calls)


def register_module_forward_hook(hook: Hook, *, with_kwargs: bool = False,
                                 always_call: bool = False) -> RemovableHandle:
    """Have ``hook(module, args, output)`` called after the forward of every module."""
    flags = [everywhere.around_calls,
             *([everywhere.forward_with_kwargs] if with_kwargs else []),
             *([everywhere.forward_always] if always_call else [])]
    return enter(everywhere.forward, hook, *flags)


def register_module_full_backward_pre_hook(hook: Hook) -> RemovableHandle:
    """Have ``hook(module, grad_output)`` called before gradients go through any module."""
    return enter(everywhere.backward_pre, hook, everywhere.around_calls)


def register_module_full_backward_hook(hook: Hook) -> RemovableHandle:
    """Have ``hook(module, grad_input, grad_output)`` called for every module."""
    _use_backward_hooks_everywhere(full=True)
    return enter(everywhere.backward, hook, everywhere.around_calls)


def register_module_backward_hook(hook: Hook) -> RemovableHandle:
    """The older form of :func:`register_module_full_backward_hook`."""
    _use_backward_hooks_everywhere(full=False)
    return enter(everywhere.backward, hook, everywhere.around_calls)


def _use_backward_hooks_everywhere(full: bool) -> None:
    if everywhere.backward and everywhere.backward_is_full is (not full):
        raise RuntimeError("Cannot use both regular backward hooks and full backward hooks as a "
                           "global Module hook. Please use only one of them.")
    everywhere.backward_is_full = full


def register_module_buffer_registration_hook(hook: Hook) -> RemovableHandle:
    """Have ``hook(module, name, buffer)`` called when a buffer is registered; what it returns is
    registered in its place."""
    return enter(everywhere.buffer, hook)


def register_module_module_registration_hook(hook: Hook) -> RemovableHandle:
    """Have ``hook(module, name, submodule)`` called when a module is registered; what it returns
    is registered in its place."""
    return enter(everywhere.module, hook)


def register_module_parameter_registration_hook(hook: Hook) -> RemovableHandle:
    """Have ``hook(module, name, parameter)`` called when a parameter is registered; what it
    returns is registered in its place."""
    return enter(everywhere.parameter, hook)


__all__ = [
    "Hooking", "ModuleHandle", "register_module_backward_hook",
    "register_module_buffer_registration_hook", "register_module_forward_hook",
    "register_module_forward_pre_hook", "register_module_full_backward_hook",
    "register_module_full_backward_pre_hook", "register_module_module_registration_hook",
    "register_module_parameter_registration_hook",
]
