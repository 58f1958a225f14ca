"""The part of Tensor that is about gradients: ``requires_grad``, ``grad``, ``backward``, hooks."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

from ..engine.dtypes import DType
from ..engine.recording.handle import Handle, extra, extra_of, is_leaf, version_of
from ..engine.recording.modes import captures
from ..engine.recording.rebinding import (
    become_leaf,
    detached_alias,
    forget_leaf,
    take_data,
    take_storage,
)
from ..engine.recording.recording import (
    changing,
    dtype_of,
    flows_through,
    here,
    history,
    shape_of,
)
from ..engine.recording.sharing import check_writable
from ..engine.recording.steps import again
from ..engine.recording.wanted import met
from . import api
from .graph_node import GraphNode, grad_fn_of, output_number
from .hooks import RemovableHandle, deposit, register, register_hook, retain


class Gradients:
    """What a tensor knows about derivatives."""

    __slots__ = ()

    @property
    def requires_grad(self: Any) -> bool:
        """Whether gradients flow through this tensor; only a leaf's can be set."""
        return flows_through(self)

    @requires_grad.setter
    def requires_grad(self: Any, on: bool) -> None:
        if not isinstance(on, bool):
            raise RuntimeError(f"requires_grad must be a bool, not {type(on).__name__}")
        if on is True and history(self) is not None and not is_leaf(self):
            raise RuntimeError("you can only change requires_grad flags of leaf variables.")
        set_requires_grad(self, on)

    def requires_grad_(self: Any, requires_grad: bool = True) -> Any:
        """Have gradients flow to this leaf, or no longer; returns it."""
        set_requires_grad(self, requires_grad)
        return self

    @property
    def is_leaf(self: Any) -> bool:
        """Whether this tensor is no result of operations through which gradients flow."""
        return is_leaf(self) or history(self) is None

    @property
    def grad(self: Any) -> Any:
        """The gradient that backward passes have added up; None before the first."""
        x = self._x
        if x is not None:
            grad = x.grad
            if grad is not None or x.leaf:
                return grad
        if history(self) is not None and not self.retains_grad:
            warnings.warn(
                "The .grad attribute of a Tensor that is not a leaf Tensor is being accessed. Its "
                ".grad attribute won't be populated during autograd.backward(). If you indeed want "
                "the .grad field to be populated for a non-leaf Tensor, use .retain_grad() on the "
                "non-leaf Tensor.", UserWarning, stacklevel=2)
        return None

    @grad.setter
    def grad(self: Any, grad: Any) -> None:
        if grad is not None:
            check_grad(self, grad)
            if captures.open:
                here.recording.note_grad(self, grad)
            extra(self).grad = grad
        elif (x := self._x) is not None:
            if captures.open:
                here.recording.note_grad(self, None)
            x.grad = None

    @grad.deleter
    def grad(self: Any) -> None:
        self.grad = None

    @property
    def grad_fn(self: Any) -> GraphNode | None:
        """The derivative of the operation that made this tensor; None for a leaf."""
        return grad_fn_of(self)

    @property
    def output_nr(self: Any) -> int:
        """Which of the results of its operation this tensor is."""
        return output_number(self)

    @property
    def _version(self: Any) -> int:
        """How often this tensor's storage has been written."""
        return version_of(self)

    @property
    def data(self: Any) -> Any:
        """The tensor without its history, sharing its storage; assigning replaces the value."""
        return detached_alias(self)

    @data.setter
    def data(self: Any, new: Any) -> None:
        set_data(self, new)

    def retain_grad(self: Any) -> None:
        """Have the gradient of a computed tensor kept in ``grad``."""
        if not self.requires_grad:
            raise RuntimeError("can't retain_grad on Tensor that has requires_grad=False")
        if not self.is_leaf and not self.retains_grad:
            retain(self)

    @property
    def retains_grad(self: Any) -> bool:
        """Whether :meth:`retain_grad` was called on this computed tensor."""
        x = extra_of(self)
        return x is not None and x.retains is not None

    def detach(self: Any) -> Any:
        """The tensor as seen by autograd from outside: it shares storage, and no gradient flows
        through it."""
        return detached_alias(self)

    def detach_(self: Any) -> Any:
        """Cut this tensor from its history; returns it."""
        x = extra(self)
        if x.store is not None and x.chain and not x.turned:
            raise RuntimeError("Can't detach views in-place. Use detach() instead.")
        if x.leaf:
            set_requires_grad(self, False)
        elif history(self) is not None:
            take_storage(self, detached_alias(self))
        return self

    def backward(self: Any, gradient: Any = None, retain_graph: bool | None = None,
                 create_graph: bool = False, inputs: Any = None) -> None:
        """Add the gradients of this tensor to the ``grad`` of the leaves; see
        :func:`torch.autograd.backward`.

        >>> x = torch.tensor([1.0, 2.0], requires_grad=True)
        >>> (x * x).sum().backward()
        >>> x.grad
        tensor([2., 4.])
        """
        if gradient is None and inputs is None and not create_graph and not retain_graph and (
                again(self, deposit)):
            return
        api.backward(self, gradient, retain_graph, create_graph, inputs=inputs)

    def register_hook(self: Any, hook: Callable[[Any], Any]) -> RemovableHandle:
        """Have ``hook(grad)`` called at each backward with this tensor's gradient; a tensor that it
        returns replaces the gradient."""
        if not self.requires_grad:
            raise RuntimeError("cannot register a hook on a tensor that doesn't require gradient")
        return register_hook(self, hook)

    def register_post_accumulate_grad_hook(self: Any, hook: Callable[[Any], None]
                                           ) -> RemovableHandle:
        """Have ``hook(tensor)`` called after a backward has added to this leaf's ``grad``."""
        if not self.requires_grad:
            raise RuntimeError("cannot register a hook on a tensor that doesn't require gradient")
        if not self.is_leaf:
            raise RuntimeError(
                "post accumulate grad hooks cannot be registered on non-leaf tensors")
        x = extra(self)
        met.hooks = True
        changing(self)
        if x.post_hooks is None:   # since the look no call: no other thread comes between
            x.post_hooks = {}
        return register(x.post_hooks, hook)

    @property
    def _backward_hooks(self: Any) -> Any:
        x = extra_of(self)
        return x.hooks if x is not None else None

    def is_inference(self: Any) -> bool:
        """Whether the tensor was made in inference mode."""
        x = extra_of(self)
        return x is not None and x.frozen


def set_requires_grad(handle: Any, on: bool) -> None:
    """Make a tensor a leaf that requires grad, or one that does not."""
    if not isinstance(on, bool):
        raise TypeError(f"requires_grad must be a bool, not {type(on).__name__}")
    if is_leaf(handle):
        if not on:
            forget_leaf(handle)
        return
    if history(handle) is not None:
        if not on:
            raise RuntimeError(
                "you can only change requires_grad flags of leaf variables. If you want to use a "
                "computed variable in a subgraph that doesn't require differentiation use "
                "var_no_grad = var.detach().")
        return
    if on:
        check_differentiable(dtype_of(handle))
        become_leaf(handle)


def check_differentiable(dtype: DType) -> None:
    """RuntimeError if no gradient can flow through tensors of this dtype."""
    if not dtype.is_differentiable:
        raise RuntimeError("only Tensors of floating point dtype can require gradients\n"
                           f"This one has dtype {dtype!r}: convert it first, with .float(), or "
                           "make it with another dtype=.")


def set_data(handle: Any, new: Any) -> None:
    """Give ``handle`` the storage of ``new``, without the history of that; its own it keeps."""
    if not isinstance(new, Handle):
        raise TypeError(f"Variable data has to be a tensor, but got {type(new).__name__}")
    keeps = not is_leaf(handle) and flows_through(handle) and shape_of(handle) == shape_of(new)
    (take_data if keeps else take_storage)(handle, new)


def check_grad(handle: Any, grad: Any) -> None:
    """An error in PyTorch's words if ``grad`` cannot be the gradient of ``handle``."""
    if not isinstance(grad, Handle):
        raise TypeError("assigned grad expected to be a Tensor or None but got grad of type "
                        f"{type(grad).__name__}")
    if grad is handle:
        raise RuntimeError("can't assign Variable as its own grad")
    if dtype_of(grad) is not dtype_of(handle):
        raise RuntimeError("attempting to assign a gradient with dtype "
                           f"'{dtype_of(grad)!r}' to a tensor with dtype '{dtype_of(handle)!r}'. "
                           "Please ensure that the gradient and the tensor have the same dtype")
    if shape_of(grad) != shape_of(handle):
        raise RuntimeError(
            f"attempting to assign a gradient of size '{list(shape_of(grad))}' to a tensor of size "
            f"'{list(shape_of(handle))}'. Please ensure that the gradient and the tensor are the "
            "same size")


def add_sparse(handle: Any, ct: Any) -> None:
    """Add a sparse gradient to what the backward that runs now brings a leaf."""
    apart = api.collecting.apart
    assert apart is not None
    known = apart.get(id(handle))
    apart[id(handle)] = handle, ct if known is None else known[1] + ct


__all__ = ["Gradients", "add_sparse", "check_differentiable", "check_writable", "set_requires_grad"]
