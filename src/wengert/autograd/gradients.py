"""The part of Tensor that is about gradients: ``requires_grad``, ``grad``, ``backward``, hooks."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any
from weakref import ref

from ..engine.dtypes import DType
from ..engine.recording.handle import Handle, extra
from ..engine.recording.operation import OPERATIONS
from ..engine.recording.recorder import record
from ..engine.recording.recording import dtype_of, here, history, shape_of
from ..engine.recording.sharing import check_writable, store_of
from . import api
from .graph_node import GraphNode, grad_fn_of, output_number
from .hooks import RemovableHandle, register, register_hook, retain


class Gradients:
    """What a tensor knows about derivatives."""

    __slots__ = ()

    @property
    def requires_grad(self: Any) -> bool:
        """Whether gradients flow through this tensor; only a leaf's can be set."""
        x = self._x
        if x is not None and (x.leaf or x.origin is not None):
            return True
        if self._rec is here.recording:
            return bool(self._at.requires_grad)
        return history(self) is not None

    @requires_grad.setter
    def requires_grad(self: Any, on: bool) -> None:
        set_requires_grad(self, on)

    def requires_grad_(self: Any, requires_grad: bool = True) -> Any:
        """Have gradients flow to this leaf, or no longer; returns it."""
        set_requires_grad(self, requires_grad)
        return self

    @property
    def is_leaf(self: Any) -> bool:
        """Whether this tensor is no result of operations through which gradients flow."""
        return (self._x is not None and self._x.leaf) or history(self) is None

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
            extra(self).grad = grad
        elif self._x is not None:
            self._x.grad = None

    @grad.deleter
    def grad(self: Any) -> None:
        if self._x is not None:
            self._x.grad = None

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
        x = self._x
        if x is None:
            return 0
        version: int = x.version if x.store is None else x.store.version
        return version

    @property
    def data(self: Any) -> Any:
        """The tensor without its history, sharing its storage; assigning replaces the value."""
        return record(OPERATIONS["detach"], (self,))

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
        return self._x is not None and self._x.retains is not None

    def detach_(self: Any) -> Any:
        """Cut this tensor from its history; returns it."""
        x = extra(self)
        if x.store is not None and x.chain:
            raise RuntimeError("Can't detach views in-place. Use detach() instead.")
        if x.leaf:
            set_requires_grad(self, False)
        elif history(self) is not None:
            set_data(self, record(OPERATIONS["detach"], (self,)))
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
                api.again(self)):
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
        if x.post_hooks is None:
            x.post_hooks = {}
        return register(x.post_hooks, hook)

    @property
    def _backward_hooks(self: Any) -> Any:
        return self._x.hooks if self._x is not None else None

    def is_inference(self: Any) -> bool:
        """Whether the tensor was made in inference mode."""
        return self._x is not None and self._x.frozen


def set_requires_grad(handle: Any, on: bool) -> None:
    """Make a tensor a leaf that requires grad, or one that does not."""
    if not isinstance(on, bool):
        raise TypeError(f"requires_grad must be a bool, not {type(on).__name__}")
    x = handle._x
    if x is not None and x.leaf:
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


def become_leaf(handle: Any) -> None:
    x = extra(handle)
    if handle._buf is None and handle._rec is not None:
        rec = here.recording
        handle._at = rec.new_source(rec.enter(handle), ref(handle))
    else:
        handle._rec = None
    x.leaf = True
    if x.store is not None and not x.chain:
        x.store.leaf = ref(handle)
        if any(r() is not None and r() is not handle for r in x.store.members):
            x.store.invalidate()   # views that there are: gradients flow through them from now on


def forget_leaf(handle: Any) -> None:
    x = extra(handle)
    data = record(OPERATIONS["detach"], (handle,))
    if x.store is not None:
        x.store.leaf = None
    x.leaf = False
    set_data(handle, data)


def set_data(handle: Any, new: Any) -> None:
    """Give ``handle`` the storage of ``new``, without its history."""
    if not isinstance(new, Handle):
        raise TypeError(f"Variable data has to be a tensor, but got {type(new).__name__}")
    x = extra(handle)
    if new is handle or (_is_alias(new, handle) and (x.leaf or history(handle) is None)):
        return
    _leave(handle, x)
    if is_alone(new):
        own_storage(handle, new)
    else:
        alias = record(OPERATIONS["detach"], (new,))
        x.store, x.chain = store_of(alias), extra(alias).chain
        x.store.join(handle)
        handle._rec = handle._buf = None
    if x.leaf:
        store_of(handle).leaf = ref(handle)


def _is_alias(new: Any, handle: Any) -> bool:
    """Whether ``new`` is what ``handle.data`` gives: then it has what is written to it already."""
    a, x = new._x, handle._x
    return (a is not None and x is not None and a.store is not None and not a.chain
            and x.store is not None and not x.chain and a.store.parent is x.store
            and all(key[0].name == "detach" for key, _ in a.store.chain))


def _leave(handle: Any, x: Any) -> None:
    """Take ``handle`` out of the storage that it shares."""
    store = x.store
    if store is not None:
        store.members = [r for r in store.members if r() is not handle]
        if store.leaf_handle() is handle:
            store.leaf = None
    x.store, x.chain, x.live, x.origin, x.layout = None, (), None, None, None


def is_alone(handle: Any) -> bool:
    """Whether a tensor is computed data that shares storage with nobody so far."""
    x = handle._x
    return (x is None or (not x.leaf and x.store is None)) and history(handle) is None


def own_storage(handle: Any, data: Any) -> None:
    """Make ``handle`` the owner of the storage of ``data``, which shares it with nobody so far, and
    ``data`` its alias: writes to ``handle`` cost nothing more once ``data`` is gone."""
    if data._buf is None:
        rec = here.recording
        rec.give(handle, rec.enter(data))
    else:
        handle._rec, handle._buf = None, data._buf
    x = extra(handle)
    leaf, x.leaf = x.leaf, False
    alias = record(OPERATIONS["detach"], (handle,))
    store, x.leaf = store_of(handle), leaf
    y, child = extra(data), extra(alias).store
    assert child is not None
    store.members[-1] = ref(child, store.members.remove)  # type: ignore[arg-type]
    y.store, y.chain, y.origin, y.layout = child, (), None, None
    data._rec = data._buf = None
    child.join(data)
    if leaf:
        handle._rec = handle._buf = None


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


__all__ = ["Gradients", "check_differentiable", "check_writable", "set_requires_grad"]
