"""Hooks: the user's Python that runs when a backward passes, and how it is taken away again.

A hook of a leaf is kept on the leaf. One of a computed tensor is kept at its node, in the recording
or segment that the node belongs to, so that a hook never keeps a graph alive.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any
from weakref import ReferenceType, ref

from ..engine.graph import Node
from ..engine.locks import sharing
from ..engine.meta import MetaArray
from ..engine.recording.backward import Engine, NodeHooks
from ..engine.recording.custom import apart
from ..engine.recording.handle import Handle, buffer_of, extra, version_of
from ..engine.recording.origins import arrival
from ..engine.recording.recorder import record_fresh, wait
from ..engine.recording.recording import changing, dtype_of, here, history, shape_of
from ..engine.recording.replay import ALIAS
from ..engine.recording.wanted import met

_ids = itertools.count()
Hooks = dict[int, Any]


class RemovableHandle:
    """What registering a hook returns: ``remove()`` takes the hook away, as does leaving a
    ``with`` block."""

    def __init__(self, hooks: Hooks) -> None:
        self.id = next(_ids)
        self._hooks: Hooks | None = hooks

    def remove(self) -> None:
        """Take the hook away; nothing happens if it is gone."""
        if self._hooks is not None:
            self._hooks.pop(self.id, None)
            self._hooks = None

    def __enter__(self) -> RemovableHandle:
        return self

    def __exit__(self, *error: Any) -> None:
        self.remove()


def unserializable_hook(hook: Any) -> Any:
    """``hook``, marked as one that files do not keep."""
    hook.__torch_unserializable__ = True
    return hook


def warn_if_has_hooks(tensor: Any) -> None:
    """Nothing: files keep no hooks."""


def register(hooks: Hooks, call: Any) -> RemovableHandle:
    """Enter ``call`` among ``hooks``."""
    handle = RemovableHandle(hooks)
    hooks[handle.id] = call
    return handle


def hooks_at(unit: Any, node: Node) -> NodeHooks:
    """The hooks at ``node``, made if there are none."""
    with sharing.lock:
        found = unit.hooks.get(node)
        if found is None:
            unit.hooks = unit.hooks or {}
            found = unit.hooks[node] = NodeHooks()
    return found  # type: ignore[no-any-return]


def on_gradient(hook: Callable[[Any], Any]) -> Callable[[Handle, Any], Handle]:
    """A tensor's hook as the engine calls it: the gradient, or what the hook replaces it with."""
    def call(ct: Handle, engine: Any) -> Handle:
        given = fresh(ct)
        result = hook(given)
        return written_or(given, ct) if result is None else replaced(hook, ct, result)
    return call


def written_or(given: Handle, ct: Handle) -> Handle:
    """``given``, a copy of ``ct`` that a hook was called with, if the hook wrote to it; else
    ``ct``."""
    return given if version_of(given) else ct


def replaced(hook: Any, ct: Handle, result: Any) -> Handle:
    """What ``hook`` returned in the place of ``ct``; TypeError or RuntimeError if it cannot be."""
    if result is None:
        return ct
    name = getattr(hook, "__name__", "<unknown>")
    if not isinstance(result, Handle):
        raise TypeError(f"hook '{name}' has returned an incorrect type: expected a Tensor or None, "
                        f"got {type(result).__name__}")
    if shape_of(result) != shape_of(ct):
        raise RuntimeError(f"hook '{name}' has changed the size of value: from "
                           f"{list(shape_of(ct))} to {list(shape_of(result))}")
    if dtype_of(result) is not dtype_of(ct):
        raise RuntimeError(f"hook '{name}' has changed the type of value (was {dtype_of(ct)!r} got "
                           f"{dtype_of(result)!r})")
    return fresh(result)


def fresh(handle: Handle) -> Handle:
    """A new tensor with the value and history of ``handle``: writes to one do not reach the
    other."""
    new = None if isinstance(buffer_of(handle), MetaArray) else apart(handle)
    if new is not None:
        return new
    given: Any = handle
    sparse = isinstance(buffer_of(given), MetaArray) and given.is_sparse
    return given.clone() if sparse else record_fresh(handle)


def alone(handle: Handle) -> Handle:
    """The same; nothing depends on the new tensor but what is computed of that."""
    new: Any = fresh(handle)
    if history(handle) is None or new.is_sparse:
        return new  # type: ignore[no-any-return]
    rec = here.recording
    return wait(rec, rec.replayed((ALIAS, rec.enter(new)), ()))


def on_leaf(leaf: Handle, ct: Handle, engine: Engine | None = None) -> Handle:
    """``ct``, complete, after the hooks of the leaf that it has reached."""
    x = extra(leaf)
    if engine is not None and not engine.hooks:
        return ct
    for call in list((x.hooks or {}).values()):
        ct = call(ct, engine)
    return ct


def register_hook(handle: Any, hook: Callable[[Any], Any]) -> RemovableHandle:
    """Have ``hook`` called with the gradient of ``handle`` at each backward."""
    return register(hooks_of(handle), on_gradient(hook))


def hooks_of(handle: Any) -> Hooks:
    """What is called with the gradient of ``handle``; RuntimeError if it has none."""
    x = extra(handle)
    if x.leaf:
        changing(handle)
        met.hooks = True
        if x.hooks is None:
            x.hooks = {}
        return x.hooks
    found = arrival(handle)
    if found is None:
        raise RuntimeError("cannot register a hook on a tensor that doesn't require gradient")
    return hooks_at(*found).before


class GradientsTogether:
    """A hook on several tensors at once: sees their gradients when a backward has them all."""

    def __init__(self, fn: Callable[..., Any], count: int) -> None:
        self.fn = fn
        self.count = count
        self.handles: list[RemovableHandle] = []

    def watch(self, i: int, handle: Handle) -> None:
        """Have the gradient of ``handle`` be number ``i``."""
        hooks = hooks_of(handle)
        self.handles.append(register(hooks, lambda ct, engine: self.arrived(i, ct, engine)))

    def arrived(self, i: int, ct: Handle, engine: Engine) -> Handle:
        """Note a gradient; the last one calls the function, or else the end of the backward."""
        call = engine.after.setdefault(self, _Gathered(self.fn, self.count))
        call.grads[i] = fresh(ct)
        call.left -= 1
        if not call.left:
            del engine.after[self]
            call()
        return ct

    def remove(self) -> None:
        """Take the hook away."""
        for handle in self.handles:
            handle.remove()

    def __enter__(self) -> GradientsTogether:
        return self

    def __exit__(self, *error: Any) -> None:
        self.remove()


class _Gathered:
    """The gradients that one backward has brought so far."""

    def __init__(self, fn: Callable[..., Any], count: int) -> None:
        self.fn = fn
        self.grads: list[Any] = [None] * count
        self.left = count

    def __call__(self) -> None:
        self.fn(self.grads)


class FirstGradient(GradientsTogether):
    """A hook on several tensors that sees the first of their gradients in each backward."""

    def arrived(self, i: int, ct: Handle, engine: Engine) -> Handle:
        """Call the function, unless this backward has done so."""
        if self not in engine.after:
            engine.after[self] = lambda: None
            self.fn(fresh(ct))
        return ct


def retain(handle: Handle) -> None:
    """Have the gradient of a computed tensor kept in its ``grad``."""
    x = extra(handle)
    x.retains = _Keep(handle)
    x.retains.move(handle)


class _Keep:
    """Puts a gradient into the ``grad`` of a computed tensor, while that is there."""

    __slots__ = ("handle", "place")

    def __init__(self, handle: Handle) -> None:
        self.handle: ReferenceType[Handle] = ref(handle)
        self.place: RemovableHandle | None = None

    def move(self, handle: Handle) -> None:
        """Wait for the gradient of the present value of ``handle``, and of no earlier one."""
        found = arrival(handle)   # a view may come here again on the way
        assert found is not None
        if self.place is not None:
            self.place.remove()
        self.place = register(hooks_at(*found).keep, self)

    def __call__(self, ct: Handle, engine: Engine) -> None:
        handle, mapping = self.handle(), here.modes.lanes
        if handle is None or (
                mapping is not None and mapping.same([handle, ct]) == [True, False]):
            return   # a tensor that samples share has no place for the gradient of each
        deposit(handle, ct, engine.create_graph)


def deposit(handle: Handle, ct: Handle, create_graph: bool) -> None:
    """Add ``ct`` to ``handle.grad``: in place, unless the gradient is itself to be differentiated
    or that of a computed tensor."""
    x = extra(handle)
    with sharing.lock:   # one thread adds after the other
        if x.grad is None:
            first = alone(ct) if create_graph else fresh(ct)
            if x.grad is None:   # a backward along a known path takes no lock
                x.grad = first
                return
        grad: Any = x.grad
        new: Any = ct
        if create_graph or not x.leaf or (grad.is_sparse and not new.is_sparse):
            x.grad = grad + new if new.is_sparse else new + grad
        else:
            grad.add_(ct)


__all__ = ["FirstGradient", "GradientsTogether", "RemovableHandle", "deposit", "fresh", "hooks_at",
           "on_leaf", "register", "register_hook", "replaced", "retain",
           "written_or"]
