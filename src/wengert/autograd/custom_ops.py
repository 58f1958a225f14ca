"""Operators of one's own that autograd does not look into: what ``torch.library.custom_op`` makes.

The function of an operator gets tensors without a history and may do anything with them, NumPy
included. Its derivative, what it is for many samples and what it is on shapes alone are registered
beside it; each registration makes the custom ``Function`` behind the operator anew.
"""

from __future__ import annotations

import functools
import inspect
import warnings
from collections.abc import Callable
from typing import Any

from ..engine.errors import show_line, user_line
from ..engine.lazy import lazy
from ..engine.recording.handle import Handle
from ..engine.recording.recording import device_of, dtype_of, shape_of
from ..engine.recording.structures import leaves_of, mapped, tensors_in
from ..functions.joins import stack
from ..tensors.recorded import function
from .function import Function

Call = Callable[..., Any]
_stack = function(stack)


class CustomOpDef:
    """An operator that ``torch.library.custom_op`` made: called, it runs its function."""

    def __init__(self, name: str, function: Call) -> None:
        self._name = self._qualname = name
        self._function = function
        self._fake: Call | None = None
        self._rule: Call | None = None
        self._derivative: tuple[Call, Call | None] | None = None
        self._made: type[Function] | None = None
        functools.update_wrapper(self, function)

    def __repr__(self) -> str:
        return f"<CustomOpDef({self._name})>"

    @property
    def default(self) -> CustomOpDef:
        """The only overload: the operator itself."""
        return self

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        args = self._bound(args, kwargs)
        if self._fake is not None and any(
                str(device_of(h)) == "meta" for h in tensors_in(args)):
            return self._fake(*args)
        return self._behind().apply(*args)

    def _bound(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, ...]:
        """All arguments in their order; an error for those that do not fit."""
        try:
            signature = inspect.signature(self._function)
            bound = signature.bind(*args, **kwargs)
        except TypeError as error:
            raise RuntimeError(f"{self._name}() {error}, at {show_line(user_line())}") from None
        except ValueError:   # a function that has none
            return args
        bound.apply_defaults()
        for name, value in bound.arguments.items():
            kind = signature.parameters[name].annotation
            kind = getattr(kind, "__name__", kind)
            if kind in ("Tensor", "torch.Tensor") and not isinstance(value, Handle):
                raise RuntimeError(
                    f"{self._name}() Expected a value of type 'Tensor' for argument '{name}' but "
                    f"instead found type '{type(value).__name__}', at {show_line(user_line())}")
        return (*bound.args, *bound.kwargs.values())

    def _behind(self) -> type[Function]:
        """The custom function of the operator as it is registered now."""
        if self._made is None:
            self._made = behind(self)
        return self._made

    # ---- registrations ----

    def register_autograd(self, backward: Call, /, *, setup_context: Call | None = None,
                          check: tuple[Any, ...] | None = None) -> None:
        """Have ``backward(ctx, *grads)`` be the derivative, and ``setup_context(ctx, inputs,
        output)`` what it keeps for it. ``check`` are arguments at which it is compared with
        differences (:func:`torch.func.check_rules`).
        """
        before = self._derivative
        self._derivative, self._made = (backward, setup_context), None
        if check is not None:
            try:
                lazy("autograd.rule_checks").check_rules(self, *check)
            except BaseException:
                self._derivative, self._made = before, None
                raise

    def register_vmap(self, func: Call | None = None) -> Any:
        """Have ``func(info, in_dims, *args)`` be the operator for all samples of ``torch.vmap``: it
        returns the result and where the samples' axis is in it. Without it samples are taken one
        by one, with a warning."""
        def register(func: Call) -> Call:
            self._rule, self._made = func, None
            return func
        return register if func is None else register(func)

    def register_fake(self, fn: Call | None = None, /) -> Any:
        """Have ``fn`` be the operator on tensors of the device ``meta``, which have no elements: it
        returns tensors of the right shapes and dtypes."""
        def register(fn: Call) -> Call:
            self._fake = fn
            return fn
        return register if fn is None else register(fn)

    def register_kernel(self, device_types: Any, fn: Call | None = None, /) -> Any:
        """For the CPU, run ``fn`` from now on; other devices are not there."""
        def register(fn: Call) -> Call:
            if device_types is None or "cpu" in (
                    [device_types] if isinstance(device_types, str) else device_types):
                self._function, self._made = fn, None
            return fn
        return register if fn is None else register(fn)

    def register_torch_dispatch(self, torch_dispatch_class: Any, fn: Call | None = None, /) -> Any:
        """Kept."""
        return (lambda fn: fn) if fn is None else fn


def behind(op: CustomOpDef) -> type[Function]:
    """The custom function of an operator."""
    def forward(*args: Any) -> Any:
        out = op._function(*mapped(args, lambda h: h.detach()))
        return list_as_tuple(out)

    def setup_context(ctx: Any, inputs: Any, output: Any) -> None:
        keep = op._derivative[1] if op._derivative is not None else None
        if keep is not None:
            keep(ctx, inputs, output)

    def backward(ctx: Any, *grads: Any) -> Any:
        if op._derivative is None:
            raise RuntimeError(
                f"Trying to backward through {op._name} but no autograd formula was registered. "
                "Please use register_autograd to add one.")
        return op._derivative[0](ctx, *grads)

    def vmap(info: Any, in_dims: Any, *args: Any) -> Any:
        if op._rule is not None:
            return op._rule(info, in_dims, *args)
        warnings.warn(f"{op._name} has no rule for torch.vmap, and is called for each sample: "
                      "register one by register_vmap", UserWarning, stacklevel=2)
        return one_by_one(op, info.batch_size, in_dims, args)

    made: type[Function] = type(op._name.replace("::", "_"), (Function,), {
        name: staticmethod(each) for name, each in (
            ("forward", forward), ("setup_context", setup_context), ("backward", backward),
            ("vmap", vmap))})
    return made


def list_as_tuple(out: Any) -> Any:
    return tuple(out) if isinstance(out, list) else out


def one_by_one(op: CustomOpDef, count: int, in_dims: Any, args: tuple[Any, ...]) -> Any:
    """The results for each sample, stacked."""
    dims = [dim for arg, part in zip(args, in_dims, strict=True)
            for dim in ([part] if isinstance(arg, Handle) else
                        [d for leaf, d in zip(leaves_of(arg), leaves_of(part), strict=False)
                         if isinstance(leaf, Handle)])]

    def sample(k: int) -> tuple[Any, ...]:
        it = iter(dims)
        new: tuple[Any, ...] = mapped(
            args, lambda h: h if (dim := next(it)) is None else h.select(dim, k))
        return new
    rows = [op(*sample(k)) for k in range(count)]
    columns = zip(*map(tensors_in, rows), strict=True)
    joined = iter([_stack(column) for column in columns])
    out = mapped(rows[0], lambda _: next(joined))
    return out, mapped(rows[0], lambda _: 0)


def checked(op: CustomOpDef, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, str]:
    """What ``torch.library.opcheck`` gives: the derivative is compared with differences, the fake
    function's shapes with those of the results."""
    args = op._bound(args, kwargs)
    found = {"test_schema": "SUCCESS", "test_autograd_registration": "SUCCESS",
             "test_faketensor": "SUCCESS", "test_aot_dispatch_dynamic": "SUCCESS"}
    out = op(*args)
    if op._fake is not None:
        fake = op._fake(*mapped(args, lambda h: h.detach().to("meta")))
        for real, other in zip(tensors_in(out), tensors_in(fake), strict=True):
            if shape_of(real) != shape_of(other) or dtype_of(real) is not dtype_of(other):
                raise RuntimeError(
                    f"opcheck({op._name}): test_faketensor: the fake function gives "
                    f"{dtype_of(other)!r} of {list(shape_of(other))}, the operator "
                    f"{dtype_of(real)!r} of {list(shape_of(real))}")
    if op._derivative is not None and any(h.requires_grad for h in tensors_in(args)):  # type: ignore[attr-defined]
        lazy("autograd.rule_checks").check_rules(
            op, *args, order=1, forward=False, batched=False)
    return found


__all__ = ["CustomOpDef", "checked"]
