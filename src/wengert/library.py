"""``torch.library``: operators of one's own, as the functions that they are.

There is no dispatcher: :func:`custom_op` gives back a callable that runs the function, and a
registered derivative is used through :class:`torch.autograd.Function`.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from .autograd.function import Function
from .names.missing import answer_missing_names
from .operators import found as ops

Call = Callable[..., Any]


class CustomOpDef:
    """An operator that :func:`custom_op` made: called, it runs its function."""

    def __init__(self, name: str, function: Call) -> None:
        self._name, self._qualname, self._function = name, name, function
        self._call = function
        functools.update_wrapper(self, function)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._call(*args, **kwargs)

    def __repr__(self) -> str:
        return f"<CustomOpDef({self._name})>"

    def register_fake(self, fn: Call, /) -> Call:
        """Kept: what is only shapes is found by running the function."""
        return fn

    def register_kernel(self, device_types: Any, fn: Call | None = None, /) -> Any:
        """For the CPU, run ``fn`` from now on; other devices are not there."""
        def register(fn: Call) -> Call:
            if device_types is None or "cpu" in (
                    [device_types] if isinstance(device_types, str) else device_types):
                self._function = self._call = fn
            return fn
        return register if fn is None else register(fn)

    def register_vmap(self, func: Call | None = None) -> Any:
        """Kept."""
        return (lambda fn: fn) if func is None else func

    def register_torch_dispatch(self, torch_dispatch_class: Any, fn: Call | None = None, /) -> Any:
        """Kept."""
        return (lambda fn: fn) if fn is None else fn

    def register_autograd(self, backward: Call, /, *, setup_context: Call | None = None) -> None:
        """Have ``backward(ctx, *grads)`` be the derivative, and ``setup_context(ctx, inputs,
        output)`` what it keeps for it."""
        def forward(*args: Any) -> Any:
            return self._function(*args)

        def setup(ctx: Any, inputs: Any, output: Any) -> None:
            if setup_context is not None:
                setup_context(ctx, inputs, output)

        kind: Any = type(f"{self._name.replace('::', '_')}", (Function,), {
            "forward": staticmethod(forward), "setup_context": staticmethod(setup),
            "backward": staticmethod(backward)})
        self._call = kind.apply


def custom_op(name: str, fn: Call | None = None, /, *, mutates_args: Any = (),
              device_types: Any = None, schema: str | None = None, tags: Any = None) -> Any:
    """A function as an operator ``namespace::name``, also under ``torch.ops.namespace.name``."""
    def make(fn: Call) -> CustomOpDef:
        op = CustomOpDef(name, fn)
        ops.define(name, op)
        return op
    return make if fn is None else make(fn)


def triton_op(name: str, fn: Call | None = None, /, **kwargs: Any) -> Any:
    """:func:`custom_op`."""
    return custom_op(name, fn)


def _keeps(*args: Any, **kwargs: Any) -> Any:
    """A decorator that gives back the function, or the function that it is given."""
    given = [each for each in args if callable(each)]
    return given[-1] if given else lambda fn: fn


def register_fake(op: Any, func: Call | None = None, /, *, lib: Any = None,
                  allow_override: bool = False) -> Any:
    """Kept: what is only shapes is found by running the function."""
    return (lambda fn: fn) if func is None else func


impl_abstract = register_vmap = register_fake


def register_kernel(op: Any, device_types: Any, func: Call | None = None, /, *,
                    lib: Any = None) -> Any:
    """For the CPU, have an operator run another function."""
    return ops.of(op).register_kernel(device_types, *([func] if func else []))


def register_autograd(op: Any, backward: Call, /, *, setup_context: Call | None = None,
                      lib: Any = None) -> None:
    """The derivative of an operator."""
    ops.of(op).register_autograd(backward, setup_context=setup_context)


def register_torch_dispatch(op: Any, torch_dispatch_class: Any, func: Call | None = None, /, *,
                            lib: Any = None) -> Any:
    """Kept."""
    return (lambda fn: fn) if func is None else func


class Library:
    """The operators of a namespace that a program defines."""

    def __init__(self, ns: str, kind: str, dispatch_key: str = "") -> None:
        self.ns, self.kind, self.dispatch_key = ns, kind, dispatch_key

    def define(self, schema: str, alias_analysis: str = "", *, tags: Any = ()) -> str:
        """Enter an operator by its schema; its function comes with :meth:`impl`."""
        name = schema.partition("(")[0].strip()
        full = f"{self.ns}::{name}"

        def absent(*args: Any, **kwargs: Any) -> Any:
            raise NotImplementedError(f"torch.ops.{self.ns}.{name} has no function on the CPU")
        ops.define(full, CustomOpDef(full, absent))
        return name

    def impl(self, op_name: Any, fn: Call, dispatch_key: str = "", **kwargs: Any) -> None:
        """The function of an operator; those for other devices than the CPU are ignored."""
        key = dispatch_key or self.dispatch_key
        if key in ("", "CPU", "CompositeExplicitAutograd", "CompositeImplicitAutograd"):
            name = str(op_name).rpartition("::")[2]
            ops.of(f"{self.ns}::{name}").register_kernel("cpu", fn)

    def _register_fake(self, op_name: str, fn: Call, **kwargs: Any) -> None:
        """Kept."""

    def fallback(self, fn: Call, dispatch_key: str = "", **kwargs: Any) -> None:
        """Kept."""


def define(qualname: str, schema: str, *, lib: Any = None, tags: Any = ()) -> None:
    """Enter an operator ``namespace::name`` by its schema."""
    space, _, name = qualname.partition("::")
    Library(space, "FRAGMENT").define(f"{name}{schema}")


def impl(qualname: str, types: Any, func: Call | None = None, *, lib: Any = None) -> Any:
    """The function of an operator for the devices ``types``."""
    space, _, name = qualname.partition("::")
    devices = [types] if isinstance(types, str) else list(types)

    def register(fn: Call) -> Call:
        if {"cpu", "default"} & {each.lower() for each in devices}:
            Library(space, "IMPL").impl(name, fn)
        return fn
    return register if func is None else register(func)


def wrap_triton(kernel: Any, /) -> Any:
    """``kernel`` itself."""
    return kernel


def get_ctx() -> Any:
    """NotImplementedError: there are no shapes without values while a function is registered."""
    raise NotImplementedError("torch.library.get_ctx is not in wengert")


def opcheck(op: Any, args: Any, kwargs: Any = None, **options: Any) -> Any:
    """NotImplementedError: use torch.autograd.gradcheck."""
    raise NotImplementedError("torch.library.opcheck is not in wengert: use "
                              "torch.autograd.gradcheck")


__all__ = ["CustomOpDef", "Library", "custom_op", "define", "get_ctx", "impl", "impl_abstract",
           "opcheck", "register_autograd", "register_fake", "register_kernel",
           "register_torch_dispatch", "register_vmap", "triton_op", "wrap_triton"]
answer_missing_names(__name__)
