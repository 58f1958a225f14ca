"""``torch.library``: operators of one's own, as the functions that they are.

There is no dispatcher: :func:`custom_op` gives back a callable that runs the function on tensors
without a history; what is registered beside it is used through :class:`torch.autograd.Function`
(``autograd/custom_ops.py``).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .autograd.custom_ops import CustomOpDef, checked
from .names.missing import answer_missing_names
from .operators import found as ops

Call = Callable[..., Any]


def custom_op(name: str, fn: Call | None = None, /, *, mutates_args: Any = (),
              device_types: Any = None, schema: str | None = None, tags: Any = None) -> Any:
    """A function as an operator ``namespace::name``, also under ``torch.ops.namespace.name``.

    Autograd does not look into it: the function gets tensors without a history. Its derivative is
    what ``register_autograd(backward, setup_context=)`` says of the result, ``register_vmap`` says
    what it is for many samples, ``register_fake`` what it is on shapes alone. ValueError for a name
    without a namespace.

    >>> import numpy as np
    >>> @torch.library.custom_op("docs::sine", mutates_args=())
    ... def sine(x: torch.Tensor) -> torch.Tensor:
    ...     return torch.from_numpy(np.sin(x.numpy()))
    >>> sine.register_autograd(lambda ctx, g: g * ctx.saved_tensors[0].cos(),
    ...                        setup_context=lambda ctx, inputs, output:
    ...                        ctx.save_for_backward(*inputs),
    ...                        check=(torch.ones(3, dtype=torch.float64),))
    >>> torch.func.grad(torch.ops.docs.sine)(torch.tensor(0.0))
    tensor(1.)
    """
    if not isinstance(name, str) or name.count("::") != 1:
        raise ValueError(f"custom_op(name): expected the name to be namespace::name, got {name!r}")

    def make(fn: Call) -> CustomOpDef:
        op = CustomOpDef(name, fn)
        ops.define(name, op)
        return op
    return make if fn is None else make(fn)


def triton_op(name: str, fn: Call | None = None, /, **kwargs: Any) -> Any:
    """:func:`custom_op`."""
    return custom_op(name, fn)


def register_fake(op: Any, func: Call | None = None, /, *, lib: Any = None,
                  allow_override: bool = False) -> Any:
    """What an operator is on shapes alone, for tensors of the device ``meta``. Of an operator that
    is not here, as where a package's compiled part is missing, it is given back."""
    try:
        found = ops.of(op)
    except AttributeError:
        return (lambda fn: fn) if func is None else func
    return found.register_fake(*([func] if func else []))


impl_abstract = register_fake


def register_vmap(op: Any, func: Call | None = None, /, *, lib: Any = None) -> Any:
    """What an operator is for all samples of ``torch.vmap``."""
    return ops.of(op).register_vmap(func)


def register_kernel(op: Any, device_types: Any, func: Call | None = None, /, *,
                    lib: Any = None) -> Any:
    """For the CPU, have an operator run another function."""
    return ops.of(op).register_kernel(device_types, *([func] if func else []))


def register_autograd(op: Any, backward: Call, /, *, setup_context: Call | None = None,
                      lib: Any = None, check: tuple[Any, ...] | None = None) -> None:
    """The derivative of an operator."""
    ops.of(op).register_autograd(backward, setup_context=setup_context, check=check)


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
        """What an operator is on shapes alone."""
        ops.of(f"{self.ns}::{op_name.rpartition('::')[2]}").register_fake(fn)

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


def opcheck(op: Any, args: Any, kwargs: Any = None, *, test_utils: Any = None,
            raise_exception: bool = True, **options: Any) -> dict[str, Any]:
    """Compare an operator's derivative with differences, and the shapes of its fake function with
    those of its results; an error that says what differs, or for ``raise_exception=False`` that
    error in the result."""
    try:
        return checked(ops.of(op), tuple(args), dict(kwargs or {}))
    except RuntimeError as error:
        if raise_exception:
            raise
        return {"test_autograd_registration": error}


__all__ = ["CustomOpDef", "Library", "custom_op", "define", "get_ctx", "impl", "impl_abstract",
           "opcheck", "register_autograd", "register_fake", "register_kernel",
           "register_torch_dispatch", "register_vmap", "triton_op", "wrap_triton"]
answer_missing_names(__name__)
