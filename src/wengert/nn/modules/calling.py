"""Calling a module: ``forward`` between the hooks.

:func:`call` is what ``module(...)`` does where there are hooks. Full backward hooks stand between
two gates, identities whose backward calls them: :class:`BackwardHooks` has the gates of one call.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import Any

from ...autograd.modes import is_grad_enabled
from ...engine.lazy import lazy
from ...tensors.creation import zeros
from ...tensors.operators import Tensor
from .hooking import everywhere

Grads = tuple[Any, ...]


def call(module: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """``module.forward(*args, **kwargs)`` with all hooks that there are."""
    if not (everywhere.forward_always or module._forward_hooks_always_called):
        return _Call(module).run(args, kwargs)
    this = _Call(module)
    try:
        return this.run(args, kwargs)
    except Exception:
        this.run_the_rest(args, kwargs)
        raise


class _Call:
    """One call of a module with hooks."""

    def __init__(self, module: Any) -> None:
        self.module = module
        self.ran: set[int] = set()
        self.result: Any = None
        own = [*module._backward_hooks.values()]
        shared = [*everywhere.backward.values()]
        full = [*(shared if everywhere.backward_is_full is True else []),
                *(own if module._is_full_backward_hook is True else [])]
        self.older = [*(shared if everywhere.backward_is_full is False else []),
                      *(own if module._is_full_backward_hook is False else [])]
        before = [*everywhere.backward_pre.values(), *module._backward_pre_hooks.values()]
        self.gates = BackwardHooks(module, full, before) if full or before else None

    def run(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        args, kwargs = self.prepared(args, kwargs)
        if self.gates is not None:
            args = self.gates.enter(args)
        self.result = self.module.forward(*args, **kwargs)
        self.after(args, kwargs, always_only=False)
        if self.gates is not None:
            self.result = self.gates.leave(self.result)
        if self.older:
            self.attach_older()
        return self.result

    def prepared(self, args: tuple[Any, ...], kwargs: dict[str, Any]
                 ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """The arguments after the hooks before forward."""
        module = self.module
        hooks = [*everywhere.forward_pre.items(), *module._forward_pre_hooks.items()]
        for key, hook in hooks:
            if key in module._forward_pre_hooks_with_kwargs:
                answer = hook(module, args, kwargs)
                if answer is None:
                    continue
                if not (isinstance(answer, tuple) and len(answer) == 2):
                    raise RuntimeError("forward pre-hook must return None or a tuple of "
                                       f"(new_args, new_kwargs), but got {answer}.")
                args, kwargs = answer
            else:
                answer = hook(module, args)
                if answer is not None:
                    args = answer if isinstance(answer, tuple) else (answer,)
        return args, kwargs

    def after(self, args: tuple[Any, ...], kwargs: dict[str, Any], always_only: bool) -> None:
        """Run the hooks after forward that have not run yet."""
        module = self.module
        for hooks, with_kwargs, always in (
                (everywhere.forward, everywhere.forward_with_kwargs, everywhere.forward_always),
                (module._forward_hooks, module._forward_hooks_with_kwargs,
                 module._forward_hooks_always_called)):
            for key, hook in list(hooks.items()):
                if key in self.ran or (always_only and key not in always):
                    continue
                if key in always:
                    self.ran.add(key)
                answer = (hook(module, args, kwargs, self.result) if key in with_kwargs
                          else hook(module, args, self.result))
                if answer is not None:
                    self.result = answer

    def run_the_rest(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """After an error: run the hooks that are always called; their errors are warnings."""
        try:
            self.after(args, kwargs, always_only=True)
        except Exception as error:
            warnings.warn(f"module forward hook with ``always_call=True`` raised an exception that "
                          f"was silenced as another error was raised in forward: {error}",
                          stacklevel=5)

    def attach_older(self) -> None:
        """Have the older kind of backward hooks called by what made the first tensor."""
        found = self.result
        while not isinstance(found, Tensor):
            if isinstance(found, dict):
                found = next((v for v in found.values() if isinstance(v, Tensor)), None)
            elif isinstance(found, (tuple, list)) and found:
                found = found[0]
            else:
                return
        fn = found.grad_fn
        if fn is None:
            return
        for hook in self.older:
            fn.register_hook(_older(self.module, hook))


def _older(module: Any, hook: Callable[..., Any]) -> Callable[..., Any]:
    return lambda grad_input, grad_output: hook(module, grad_input, grad_output)


class BackwardHooks:
    """The full backward hooks around one call of a module."""

    def __init__(self, module: Any, hooks: list[Any], before: list[Any]) -> None:
        self.module = module
        self.hooks = hooks
        self.before = before
        self.places: list[int] | None = None
        """Which arguments are tensors whose gradients are seen; None if there are none."""
        self.kinds: list[Any] = []
        """The shapes and dtypes of these tensors."""
        self.count = 0
        self.grad_output: Any = None

    def enter(self, args: tuple[Any, ...]) -> tuple[Any, ...]:
        """The arguments behind the gate at which the gradients of the inputs leave."""
        self.count = len(args)
        self.places, args = through(args, lambda grads, places: self.left(grads))
        self.kinds = [(args[i].shape, args[i].dtype) for i in self.places or ()]
        return args

    def leave(self, result: Any) -> Any:
        """The result behind the gate at which the gradients of the outputs arrive."""
        if not isinstance(result, (Tensor, tuple, list)):
            return result
        single = isinstance(result, Tensor)
        parts = (result,) if single else tuple(result)
        count = len(parts)
        _, parts = through(parts, lambda grads, places: self.arrived(grads, places, count))
        return parts[0] if single else type(result)(parts) if not hasattr(
            result, "_fields") else type(result)(*parts)

    def arrived(self, grads: Grads, places: list[int], count: int) -> Grads:
        """The gradients of the outputs, after the hooks before backward."""
        self.grad_output = spread(grads, places, count)
        for hook in self.before:
            answer = hook(self.module, self.grad_output)
            if answer is not None:
                self.grad_output = fitting(answer, count, "Backward pre hook", "grad_output")
        found = self.grad_output
        if self.places is None:
            self.call_without_inputs()
        return tuple(found[i] for i in places)

    def call_without_inputs(self) -> None:
        """Call the hooks where no input requires grad."""
        if self.hooks:
            warnings.warn("Full backward hook is firing when gradients are computed with respect "
                          "to module outputs since no inputs require gradients.", stacklevel=2)
        nothing = (None,) * self.count
        for hook in self.hooks:
            answer = hook(self.module, nothing, self.grad_output)
            if answer is not None and any(g is not None for g in fitting(
                    answer, self.count, "Backward hook", "grad_input")):
                raise RuntimeError("Backward hook for Modules where no input requires gradient "
                                   "should always return None or None for all gradients.")
        self.grad_output = None

    def left(self, grads: Grads) -> Grads:
        """The gradients of the inputs, after the hooks; as they are where they come from elsewhere
        than the outputs, as in a second derivative."""
        if self.grad_output is None:
            return grads
        places = self.places or []
        full = [zeros(shape, dtype=dtype) if grad is None else grad
                for grad, (shape, dtype) in zip(grads, self.kinds, strict=True)]
        grad_input = spread(full, places, self.count)
        for hook in self.hooks:
            answer = hook(self.module, grad_input, self.grad_output)
            if answer is not None:
                grad_input = fitting(answer, self.count, "Backward hook", "grad_input")
        self.grad_output = None
        return tuple(grad_input[i] for i in places)


def through(values: tuple[Any, ...], then: Callable[[Grads, list[int]], Grads]
            ) -> tuple[list[int] | None, tuple[Any, ...]]:
    """The places of the tensors among ``values``, and the values with these behind a gate, where
    ``then`` is called with their gradients and places; None and the values themselves where no
    gradient will flow."""
    places = [i for i, value in enumerate(values) if isinstance(value, Tensor)]
    if not is_grad_enabled() or not any(values[i].requires_grad for i in places):
        return None, values
    new = list(values)
    passed = lazy("nn.modules.gates").Gate.apply(
        lambda grads: then(grads, places), *[values[i] for i in places])
    for i, tensor in zip(places, passed, strict=True):
        new[i] = tensor
    return places, tuple(new)


def spread(grads: Sequence[Any], places: list[int], count: int) -> Grads:
    """``grads`` at their ``places`` among ``count``, None elsewhere."""
    out: list[Any] = [None] * count
    for i, grad in zip(places, grads, strict=True):
        out[i] = grad
    return tuple(out)


def fitting(answer: Any, count: int, what: str, name: str) -> Grads:
    """What a hook returned, as ``count`` gradients; RuntimeError for another number."""
    found: Grads = answer if isinstance(answer, tuple) else (answer,)
    if len(found) != count:
        raise RuntimeError(f"{what} returned an invalid number of {name}, got {len(found)}, but "
                           f"expected {count}")
    return found


__all__ = ["call"]
