"""Custom functions: a forward and a backward written by the user.

>>> class Double(torch.autograd.Function):
...     @staticmethod
...     def forward(ctx, x):
...         return 2 * x
...     @staticmethod
...     def backward(ctx, grad):
...         return 2 * grad
>>> x = torch.ones(2, requires_grad=True)
>>> Double.apply(x).sum().backward()
>>> x.grad
tensor([2., 2.])

How a call becomes part of the graph is in ``custom.py``.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from ..config import config
from ..engine.graph import Node
from ..engine.recording.custom import looked_at
from ..engine.recording.handle import Handle
from ..engine.recording.observers import pause
from ..engine.recording.recorder import hold_like, tell_again
from ..engine.recording.recording import dtype_of, here, put_back, set_mode
from ..engine.recording.structures import mapped
from ..names.missing import answer_missing_names
from . import forward_ad
from .custom import CustomCall
from .kept import Kept, among
from .mapped_custom import by_rule, mapped_results
from .modes import hide, within

_new = object.__new__


class FunctionCtx:
    """What a custom function's forward hands to its backward; any attribute can be set on it."""

    __slots__ = ("__dict__", "__weakref__", "_asked", "_dirty", "_fixed", "_forward", "_kept",
                 "_materialize", "needs_input_grad")
    # So that ``vars`` has nothing but what its user sets.

    needs_input_grad: tuple[bool, ...]
    _asked: tuple[Any, ...]
    _kept: Kept
    _forward: tuple[Any, ...]
    _dirty: tuple[Any, ...]
    _fixed: tuple[Any, ...]
    _materialize: bool

    def __init__(self) -> None:
        self.needs_input_grad = ()
        self._asked = self._forward = self._dirty = self._fixed = ()
        self._materialize = True
        self._kept = Kept(self.__class__.__name__)

    def save_for_backward(self, *tensors: Any) -> None:
        """Keep tensors for backward, which finds them in ``saved_tensors``; None stays None."""
        for i, tensor in enumerate(tensors):
            if tensor is not None and not isinstance(tensor, Handle):
                raise TypeError("save_for_backward can only save variables, but argument "
                                f"{i} is of type {type(tensor).__name__}")
        self._asked = tensors

    def save_for_forward(self, *tensors: Any) -> None:
        """Keep tensors for ``jvp``, which finds them in ``saved_tensors``."""
        self._forward = tensors

    @property
    def saved_tensors(self) -> tuple[Any, ...]:
        """What :meth:`save_for_backward` was given."""
        if self._asked or self._forward:
            return self._forward or self._asked
        kept = self._kept
        return kept.tensors(kept.unit)

    def mark_dirty(self, *args: Any) -> None:
        """Say which inputs forward has written; they must be among its results."""
        self._dirty = args

    def mark_non_differentiable(self, *args: Any) -> None:
        """Say through which results no gradient flows."""
        self._fixed = args

    def set_materialize_grads(self, value: bool) -> None:
        """Whether backward gets zeros (True, the default) or None for a result that was not used.
        """
        self._materialize = value

    def __getattr__(self, name: str) -> Any:
        kept = None if name == "_kept" else self._kept
        if kept is None or name not in kept.named:
            raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'",
                                 name=name)
        kept.check()
        return kept.named[name].get(kept, kept.unit)


class Function:
    """A function with a derivative of one's own: subclass it, with static methods ``forward`` and
    ``backward``, and call ``apply``.

    ``forward(ctx, *args)``, or ``forward(*args)`` with ``setup_context(ctx, inputs, output)``;
    ``backward(ctx, *grads)`` gets one gradient per result and returns one per argument, None where
    there is none. ``jvp(ctx, *tangents)`` is for forward mode. Tensors inside tuples, lists and
    dicts are tracked, in arguments and in results; their gradients have the same structure.
    """

    context: type[FunctionCtx]

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls.context = type(f"{cls.__name__}Backward", (FunctionCtx,), {})

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        raise RuntimeError(
            "Legacy autograd function with non-static forward method is deprecated. Please use "
            "new-style autograd function with static forward method: "
            f"{type(self).__name__}.apply(...)")

    @staticmethod
    def forward(*args: Any, **kwargs: Any) -> Any:
        """The function; to be written by the subclass."""
        raise NotImplementedError(
            "You must implement the forward function for custom autograd.Function.")

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Any) -> Any:
        """What to keep for backward, where ``forward`` does not take the context."""
        raise NotImplementedError("setup_context is not implemented.")

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Any) -> Any:
        """The gradients of the arguments; to be written by the subclass."""
        raise NotImplementedError(
            "You must implement either the backward or vjp method for your custom "
            "autograd.Function to use it with backward mode AD.")

    @staticmethod
    def jvp(ctx: Any, *grad_inputs: Any) -> Any:
        """The tangents of the results; to be written by the subclass for forward mode."""
        raise NotImplementedError(
            "You must implement the jvp function for custom autograd.Function to use it with "
            "forward mode AD.")

    generate_vmap_rule: bool = False

    @staticmethod
    def vmap(info: Any, in_dims: tuple[Any, ...], *args: Any) -> Any:
        """How ``torch.vmap`` calls the function, if the subclass writes it: with the tensors of all
        samples and their axes; returns the results and theirs. Without it the forward is recorded
        for one sample, and the backward is mapped."""
        raise NotImplementedError(
            "To use autograd.Function with vmap, you must either override the vmap static method "
            "or set generate_vmap_rule=True.")

    @classmethod
    def has_rule(cls) -> bool:
        """Whether the function is mapped by its own rule; RuntimeError if it asks for both ways."""
        own = cls.vmap is not Function.vmap
        if own and cls.generate_vmap_rule:
            raise RuntimeError(
                f"You tried to vmap over {cls.__name__}, but it has both generate_vmap_rule=True "
                "and an overridden vmap staticmethod. Please set generate_vmap_rule=False or "
                "delete the overridden vmap staticmethod to avoid ambiguity.")
        if own and cls.setup_context is Function.setup_context:
            raise RuntimeError(
                f"You tried to vmap over {cls.__name__}, whose forward takes the context: write "
                "forward(*args) and setup_context(ctx, inputs, output) for a vmap staticmethod.")
        return own

    @classmethod
    def derivative(cls) -> Any:
        """The subclass's ``backward``, or its ``vjp``."""
        own = cls.backward
        return own if own is not Function.backward else getattr(cls, "vjp", None) or own

    @classmethod
    def apply(cls, *args: Any) -> Any:
        """Call the function."""
        modes = here.modes
        ctx: FunctionCtx = _new(cls.context)
        ctx._asked = ctx._forward = ctx._dirty = ctx._fixed = ()
        ctx._materialize = True
        kept = ctx._kept = _new(Kept)
        given: list[Handle] = []
        earlier: list[Handle] = []
        needs, tensors = looked_at(args, given, earlier)
        ctx.needs_input_grad = tuple(needs)
        tangents = forward_ad.tangents_of(args) if forward_ad.here_level.token else None
        mode, inference = modes.grad, modes.inference
        tracked = mode and True in needs
        ruled = modes.lanes is not None and cls.has_rule()
        try:
            if ruled:
                output = by_rule(cls, args)
                within(False, cls.setup_context, ctx, args, output)
            elif modes.open is None and not modes.at_steps:   # nobody is to be told
                if mode:
                    modes.grad = False
                    here.recording.set_grad(False)
                if cls.setup_context is Function.setup_context:
                    output = cls.forward(ctx, *args)
                else:
                    output = cls.called(ctx, args)
            else:
                output = cls.run_forward(ctx, args, tracked)
            if tracked:
                call: MappedCall = _new(MappedCall)
                call.function, call.ctx, call.kept = cls, ctx, kept
                kept.name = cls.context.__name__
                if ruled:
                    call.by_rule = True
                output = call.finish(args, given, output, earlier, tensors)
            elif modes.grad is not mode:
                set_mode(mode)
        except BaseException:
            put_back(mode, inference)
            raise
        if not tracked:
            if tangents is None:
                ctx._asked = ()
            output = mapped(output, lambda h: h if not among(h, given) or among(h, ctx._dirty)
                            else h.detach())
        if tangents is not None:
            forward_ad.give_tangents(output, cls.pushed(ctx, tangents))
        if tracked and config.tier == "eager":
            CustomCall.end()
        return output

    @classmethod
    def run_forward(cls, ctx: FunctionCtx, args: tuple[Any, ...], tracked: bool = True) -> Any:
        """The result of forward, which autograd does not see, and observers are not told of; what
        forward mode makes of the result is the custom function's matter where gradients are
        ``tracked``."""
        modes = here.modes
        mode, opened = modes.grad, modes.open
        outer = hide(opened, tracked)
        hide(opened, tracked or outer)   # it may be called in the forward of another one
        set_mode(False)
        paused = pause(modes)
        try:
            return cls.called(ctx, args)
        finally:
            hide(opened, outer)
            set_mode(mode)
            tell_again(paused)

    @classmethod
    def called(cls, ctx: FunctionCtx, args: tuple[Any, ...]) -> Any:
        """What forward returns."""
        if cls.setup_context is Function.setup_context:
            return cls.forward(ctx, *args)
        output = cls.forward(*args)
        cls.setup_context(ctx, args, output)
        return output

    @classmethod
    def pushed(cls, ctx: FunctionCtx, tangents: tuple[Any, ...]) -> Any:
        """What ``jvp`` returns."""
        kept, before = ctx._kept, ctx._forward
        unit = kept.unit = here.recording
        if kept.forward:
            ctx._forward = tuple(None if s is None else s.get(kept, unit) for s in kept.forward)
        try:
            return cls.jvp(ctx, *tangents)
        finally:
            kept.unit, ctx._forward = None, before


class MappedCall(CustomCall):
    """A call that may be one of a mapped function, and one through which tangents are pushed."""

    @property
    def has_jvp(self) -> bool:
        """Whether the user wrote how tangents go on."""
        return self.function.jvp is not Function.jvp

    def pushed(self, ts: dict[Node, Any]) -> list[Any]:
        """The tangents of the results by the user's ``jvp``, for those of the inputs, None for
        zeros."""
        each = iter(self.inputs)

        def tangent(like: Any) -> Any:
            t = ts.get(next(each))
            zeros = t is None and self.ctx._materialize and dtype_of(like).is_differentiable
            return hold_like(like, 0) if zeros else t
        given = [mapped(arg, tangent) for arg in self.like]
        found = self.function.pushed(self.ctx, tuple(
            [t if isinstance(t, Handle) else None for t in given]))
        return [t for result, t in forward_ad.of_results(self.shapes, found)
                if isinstance(result, Handle)]

    def mapped(self, mapping: Any, values: dict[int, Node]) -> list[Any]:
        """The results for all samples, by their numbers and nodes for one sample."""
        if self.by_rule:
            return [mapping.whole(self.values[i]) for i in values]
        return mapped_results(self, mapping, values, Function)


def once_differentiable(fn: Callable[..., Any]) -> Callable[..., Any]:
    """Mark a ``backward`` that cannot be differentiated: a second derivative raises."""
    @functools.wraps(fn)
    def backward(ctx: Any, *args: Any) -> Any:
        return fn(ctx, *args)
    backward.once_differentiable = True  # type: ignore[attr-defined]
    return backward


__all__ = ["Function", "FunctionCtx", "once_differentiable"]
answer_missing_names(__name__)
