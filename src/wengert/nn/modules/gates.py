"""The gates around a module with full backward hooks; those of one call are in
:class:`~.calling.BackwardHooks`."""

from __future__ import annotations

from typing import Any

from ...autograd.function import Function


def _views(ctx: Any, tensors: tuple[Any, ...]) -> tuple[Any, ...]:
    """A view of each tensor, that of one without a gradient marked so."""
    views = tuple(t.view_as(t) for t in tensors)
    ctx.mark_non_differentiable(
        *[view for view, t in zip(views, tensors, strict=True) if not t.requires_grad])
    return views


class InputGate(Function):
    """The identity, at whose backward the gradients of a module's inputs are known."""

    @staticmethod
    def forward(ctx: Any, hooks: Any, places: list[int], *tensors: Any) -> Any:
        ctx.hooks = hooks
        ctx.set_materialize_grads(False)
        return _views(ctx, tensors)

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> Any:
        return (None, None, *ctx.hooks.left(grads))

    @staticmethod
    def jvp(ctx: Any, hooks: None, places: None, *ts: Any) -> Any:
        """The tangents, which no hook sees."""
        return ts


class OutputGate(Function):
    """The identity, at whose backward the gradients of a module's outputs are known."""

    @staticmethod
    def forward(ctx: Any, hooks: Any, places: list[int], count: int,
                *tensors: Any) -> Any:
        ctx.hooks, ctx.places, ctx.count = hooks, places, count
        ctx.set_materialize_grads(False)
        return _views(ctx, tensors)

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> Any:
        return (None, None, None, *ctx.hooks.arrived(grads, ctx.places, ctx.count))

    @staticmethod
    def jvp(ctx: Any, hooks: None, places: None, count: None, *ts: Any) -> Any:
        """The tangents, which no hook sees."""
        return ts


for _gate in InputGate, OutputGate:
    _gate.context.__name__ = "BackwardHookFunctionBackward"  # what grad_fn prints

__all__ = ["InputGate", "OutputGate"]
