"""The gates around a module with full backward hooks; those of one call are in
:class:`~.calling.BackwardHooks`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ...autograd.function import Function


class Gate(Function):
    """The identity, at whose backward ``then`` is called with the gradients of some tensors, and
    gives what goes on."""

    @staticmethod
    def forward(ctx: Any, then: Callable[[Any], Any], *tensors: Any) -> Any:
        ctx.then = then
        ctx.set_materialize_grads(False)
        fixed = [t for t in tensors if not t.requires_grad]
        if fixed:
            ctx.mark_non_differentiable(*fixed)
        return tensors

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> Any:
        return (None, *ctx.then(grads))

    @staticmethod
    def jvp(ctx: Any, then: None, *ts: Any) -> Any:
        """The tangents, which no hook sees."""
        return ts


Gate.backward.looks = True  # type: ignore[attr-defined]  # hooks may look at values

Gate.context.__name__ = "BackwardHookFunctionBackward"  # what grad_fn prints

__all__ = ["Gate"]
