"""``torch.overrides``: classes that say what functions of torch do with their objects.

A class with a ``__torch_function__(cls, func, types, args, kwargs)`` is asked when one of its
objects is among the arguments of a function of torch; :class:`TorchFunctionMode` is asked about
every call in its block.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from types import FunctionType
from typing import Any

from .names.missing import answer_missing_names
from .tensors import overriding
from .tensors.operators import Tensor

_disabled_torch_function_impl = overriding.disabled


class _Disabled:
    """A block in which classes of tensors, or all, are not asked."""

    name = "disabled"

    def __enter__(self) -> None:
        self.before = getattr(overriding.here, self.name)
        setattr(overriding.here, self.name, True)

    def __exit__(self, *error: Any) -> None:
        setattr(overriding.here, self.name, self.before)


class DisableTorchFunctionSubclass(_Disabled):
    """A block in which subclasses of Tensor are not asked."""


class DisableTorchFunction(_Disabled):
    """A block in which nobody is asked."""

    name = "off"


def has_torch_function(relevant_args: Iterable[Any]) -> bool:
    """Whether one of the arguments is to be asked."""
    return bool(overriding.here.modes) or any(map(overriding.overrides, relevant_args))


def has_torch_function_unary(value: Any) -> bool:
    """Whether ``value`` is to be asked."""
    return has_torch_function((value,))


def has_torch_function_variadic(*values: Any) -> bool:
    """Whether one of the values is to be asked."""
    return has_torch_function(values)


def handle_torch_function(public_api: Callable[..., Any], relevant_args: Iterable[Any],
                          *args: Any, **kwargs: Any) -> Any:
    """What those of ``relevant_args`` that are asked say; TypeError if none has an answer."""
    overriding.begin()
    return overriding.ask(public_api, overriding.overriding(relevant_args), args, kwargs)


def wrap_torch_function(dispatcher: Callable[..., Iterable[Any]]) -> Any:
    """A decorator: a function of one's own that asks the arguments which ``dispatcher`` names."""
    def decorate(func: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(func)
        def wrapped(*args: Any, **kwargs: Any) -> Any:
            relevant = dispatcher(*args, **kwargs)
            if has_torch_function(relevant):
                return handle_torch_function(wrapped, relevant, *args, **kwargs)
            return func(*args, **kwargs)
        return wrapped
    return decorate


def is_tensor_like(inp: Any) -> bool:
    """Whether ``inp`` is a tensor or an object whose class is asked."""
    return isinstance(inp, Tensor) or hasattr(type(inp), "__torch_function__")


def is_tensor_method_or_property(func: Any) -> bool:
    """Whether ``func`` is a method of Tensor, or the getter of an attribute."""
    return getattr(func, "__name__", "") == "__get__" or (
        getattr(Tensor, getattr(func, "__name__", ""), None) is func)


def resolve_name(f: Any) -> str | None:
    """The name of a function of torch: ``torch.add``, ``torch.Tensor.add``."""
    name = getattr(f, "__name__", None)
    if name is None:
        return None
    if is_tensor_method_or_property(f):
        if name == "__get__":
            name = f"{getattr(getattr(f, '__self__', None), '__name__', '')}.__get__"
        return f"torch.Tensor.{name}"
    return f"{getattr(f, '__module__', 'torch')}.{name}".replace("wengert", "torch", 1)


def get_default_nowrap_functions() -> set[Callable[..., Any]]:
    """Functions whose results keep no class."""
    return overriding.plain_results()


def get_overridable_functions() -> dict[Any, list[Callable[..., Any]]]:
    """The methods of Tensor, of which a subclass is asked."""
    return {Tensor: [method for name in dir(Tensor) if isinstance(
        method := getattr(Tensor, name), FunctionType)]}


def get_ignored_functions() -> set[Callable[..., Any]]:
    """Functions that ask nobody."""
    return set()


class TorchFunctionMode:
    """A block in which ``__torch_function__`` of the mode is asked about every function of torch,
    operator and method of a tensor that is called, before its arguments are; not about
    attributes."""

    inner: Any = None

    def __torch_function__(self, func: Any, types: Any, args: Any = (),
                           kwargs: Any = None) -> Any:
        raise NotImplementedError

    def __enter__(self) -> Any:
        overriding.enter_mode(self)
        return self

    def __exit__(self, *error: Any) -> None:
        overriding.leave_mode(self)

    @classmethod
    def push(cls, *args: Any, **kwargs: Any) -> Any:
        """A mode of the class."""
        return cls(*args, **kwargs)


class BaseTorchFunctionMode(TorchFunctionMode):
    """A mode that runs what it is asked about."""

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return func(*args, **(kwargs or {}))


def enable_reentrant_dispatch() -> Any:
    """A block without effect."""
    return _Nothing()


class _Nothing:
    def __enter__(self) -> None:
        return None

    def __exit__(self, *error: Any) -> None:
        return None


def _get_current_function_mode() -> Any:
    """The innermost mode; None outside."""
    return overriding.here.modes[-1] if overriding.here.modes else None


def _get_current_function_mode_stack() -> list[Any]:
    """The modes, the outermost first."""
    return list(overriding.here.modes)


__all__ = ["BaseTorchFunctionMode", "DisableTorchFunctionSubclass", "TorchFunctionMode",
           "enable_reentrant_dispatch", "get_default_nowrap_functions", "get_ignored_functions",
           "get_overridable_functions", "handle_torch_function", "has_torch_function",
           "is_tensor_like", "is_tensor_method_or_property", "resolve_name", "wrap_torch_function"]
answer_missing_names(__name__)
