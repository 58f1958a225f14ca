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

A call enters the recording as sources, one per result, whose gradients the engine hands to
:meth:`FunctionCtx.backward`. What a context saves is kept as values and places in the graph, never
as tensors with a history: so no cycle keeps the graph alive.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Sequence
from typing import Any
from weakref import ref

import numpy as np

from ..config import config
from ..errors import NOWHERE, Line, show_line, user_line
from ..graph import Node
from ..recording.backward import Engine
from ..recording.handle import Handle, extra
from ..recording.recorder import (
    ALIAS,
    DETACH,
    CustomOutput,
    Recording,
    check_writable,
    dtype_of,
    flush,
    here,
    hold,
    record_fresh,
    shape_of,
    value,
    wait,
    write,
)
from . import anomaly, forward_ad, saved
from .api import requires_grad
from .graph_node import Edge, GraphNode, after, before, edge_of
from .hooks import RemovableHandle, register
from .modes import set_mode
from .structures import leaves_like, mapped, tensors_in

DETACHED = DETACH[0][0]


class Saved:
    """A tensor that a context keeps: its value, and which input or result of the call it is."""

    __slots__ = ("flows", "handle", "input", "output", "packed")

    def __init__(self, handle: Handle, input: int = -1, output: int = -1,
                 hooks: saved.Hooks | None = None) -> None:
        self.input = input
        self.output = output
        self.packed = hooks.keep(handle) if hooks is not None else None
        self.handle = None if self.packed else detached(handle)

    def get(self, ctx: FunctionCtx, unit: Any) -> Any:
        """The tensor, with the history that it had."""
        if self.packed is not None:
            kept, unpack = self.packed
            return unpack(kept)
        handle = self.handle
        assert handle is not None
        node = None
        if self.input >= 0:
            node = ctx.inputs[self.input]
        elif self.output >= 0:
            node = ctx.results[self.output]
        if node is None or not node.requires_grad:
            return handle
        return tracked(handle, unit, node)


def detached(handle: Handle) -> Handle:
    """The value of ``handle``, present or to come, without history or storage of its own."""
    x = handle._x
    if handle._buf is not None and (x is None or x.store is None or x.store.exposed is None):
        return hold(handle._buf)
    rec = here.recording
    return wait(rec, rec.replayed((DETACHED, rec.enter(handle)), ()))


def tracked(handle: Handle, unit: Any, node: Node) -> Handle:
    """A tensor with the value of ``handle`` and the history of ``node`` in ``unit``."""
    if type(unit) is Recording:
        return wait(unit, node)
    if handle._buf is None:
        flush()
    assert handle._buf is not None
    new = hold(handle._buf)
    new._rec, new._at = unit, node
    return new


class FunctionCtx:
    """What a custom function's forward hands to its backward; any attribute can be set on it."""

    function: type[Function]
    needs_input_grad: tuple[bool, ...] = ()
    opaque = False

    def __init__(self) -> None:
        self._saved: list[Saved | None] = []
        self._asked: tuple[Any, ...] = ()
        self._forward: tuple[Any, ...] = ()
        self._dirty: tuple[Any, ...] = ()
        self._fixed: tuple[Any, ...] = ()
        self._materialize = True
        self._unit: Any = None
        self._freed: Line | None = None
        self._kept: dict[str, Saved] = {}
        self._pre: dict[int, Any] = {}
        self._post: dict[int, Any] = {}
        self.inputs: tuple[Node | None, ...] = ()
        self.results: list[Node | None] = []

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
        return self.saved_in(self._unit)

    def saved_in(self, unit: Any) -> tuple[Any, ...]:
        """The saved tensors, with their histories in ``unit``."""
        self.check_not_freed()
        return tuple(None if s is None else s.get(self, unit) for s in self._saved)

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
        kept = self.__dict__.get("_kept", {}).get(name)
        if kept is None:
            raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'",
                                 name=name)
        return kept.get(self, self._unit) if self._unit is not None else kept.handle

    def name(self) -> str:
        """The name that ``grad_fn`` shows."""
        return f"{self.function.__name__}Backward"

    def grad_fn(self, unit: Any) -> GraphNode:
        """The ``grad_fn`` of this call's results."""
        return CustomGradFn(unit, self)

    # After forward
    def finish(self, args: tuple[Any, ...], output: Any, before: Sequence[Handle]) -> Any:
        """Enter the results of the call in the recording; what ``apply`` returns.

        ``before`` stand for the tensors in ``args`` as they were before forward.
        """
        rec = here.recording
        given = list(tensors_in(args))
        self.inputs = tuple(rec.enter(h) for h in before)
        flowing = tuple(dict.fromkeys(n for n in self.inputs if n is not None and n.requires_grad))
        self.like = args_without_values(args)
        self.shapes = mapped(output, shape_only)
        results = list(tensors_in(output))
        self.check_dirty(results)
        ends: list[Node | None] = []
        for i, result in enumerate(results):
            node = rec.enter(result)
            if node.requires_grad:
                node = rec.replayed((DETACHED, node), ())
            flows = dtype_of(result).is_differentiable and not among(result, self._fixed)
            ends.append(rec.new_custom(node, flowing, CustomOutput(self, i)) if flows else None)
        self.results = [None if end is None else rec.replayed((ALIAS, end), ()) for end in ends]
        new = [self.entered(result, node, given)
               for result, node in zip(results, self.results, strict=True)]
        self.keep(given, results, new)
        it = iter(new)
        out = mapped(output, lambda _: next(it))
        if config.tier == "eager":
            flush()
        return out

    def check_dirty(self, results: list[Handle]) -> None:
        for handle in self._dirty:
            if not among(handle, results):
                raise RuntimeError(
                    "Some elements marked as dirty during the forward method were not returned as "
                    "output. The inputs that are modified inplace must all be outputs of the "
                    "Function.")
            check_writable(handle, self.function.__name__)

    def entered(self, result: Handle, node: Node | None, given: list[Handle]) -> Handle:
        """``result`` with the history ``node``; a new tensor if it is an input or a view."""
        rec = here.recording
        x = result._x
        if among(result, self._dirty):
            if node is not None:
                write(result, node, rec.enter(result))
                extra(result).version -= 1
            return result
        shared = x is not None and (x.leaf or x.store is not None)
        if node is None:
            return detached(result) if shared or among(result, given) else result
        if shared or among(result, given):
            return wait(rec, node)
        if x is not None:
            x.origin = None
        result._rec, result._at, result._buf = rec, node, None
        rec.refs.append(ref(result))
        return result

    def keep(self, given: list[Handle], results: list[Handle], new: list[Handle]) -> None:
        """Keep what forward saved as values and places."""
        places: dict[int, tuple[int, int]] = {}
        for k, handle in enumerate(given):
            places.setdefault(id(handle), (k, -1))
        for k, (handle, other) in enumerate(zip(results, new, strict=True)):
            if id(handle) not in places or handle is other:
                places[id(handle)] = (-1, k)
        hooks = saved.current()
        self._saved = [None if h is None else Saved(h, *places.get(id(h), (-1, -1)), hooks=hooks)
                       for h in self._asked]
        self._asked = self._forward = self._dirty = self._fixed = ()
        for name, item in list(self.__dict__.items()):
            if isinstance(item, Handle) and id(item) in places:
                del self.__dict__[name]
                self._kept[name] = Saved(item, *places[id(item)])

    # In a backward
    def backward(self, arrived: dict[int, Handle], unit: Any,
                 engine: Engine) -> Iterable[tuple[Node, Handle]]:
        """The cotangents of the inputs for those of the results that have ``arrived``."""
        self.check_not_freed()
        cts = self.given(arrived)
        for hook in list(self._pre.values()):
            cts = hook(cts, engine)
        mode, exits = here.grad, here.exits
        function = self.function.derivative()
        once = getattr(function, "once_differentiable", False)
        self._unit = unit
        set_mode(engine.create_graph and not once)
        try:
            answer = function(self, *self.structured(cts))
            set_mode(engine.create_graph)
            grads = self.checked(answer)
            if engine.create_graph and (once or here.exits != exits):
                grads = self.barred(grads, cts, unit, once)
        finally:
            self._unit = None
            set_mode(mode)
        return self.passed_on(grads, cts, engine)

    def passed_on(self, grads: list[Any], cts: tuple[Any, ...],
                  engine: Engine) -> list[tuple[Node, Handle]]:
        """``grads`` at the inputs that they belong to, after the hooks and checks."""
        for hook in list(self._post.values()):
            grads = list(hook(tuple(grads), cts, engine))
        if engine.check is not None:
            for i, ct in enumerate(grads):
                if ct is not None and np.isnan(value(ct)).any():
                    anomaly.raise_at(self.name(), i, "It is a custom function.")
        if not engine.retain_graph:
            self.free()
        return [(node, ct) for node, ct in zip(self.inputs, grads, strict=True)
                if ct is not None and node is not None and node.requires_grad]

    def free(self) -> None:
        """Let go of the saved values."""
        self._freed = user_line()
        for kept in (*self._saved, *self._kept.values()):
            if kept is not None:
                kept.handle = kept.packed = None

    def check_not_freed(self) -> None:
        """RuntimeError if a backward has freed the saved values."""
        if self._freed is not None and (self._saved or self._kept):
            raise RuntimeError(
                "Trying to backward through the graph a second time (or directly access saved "
                "tensors after they have already been freed). Saved intermediate values of the "
                "graph are freed when you call .backward() or autograd.grad(). Specify "
                "retain_graph=True if you need to backward through the graph a second time or if "
                "you need to access saved tensors after calling backward.\n"
                f"The tensors that {self.name()} saved were freed by the backward at "
                f"{show_line(self._freed)}.")

    def given(self, arrived: dict[int, Handle]) -> tuple[Any, ...]:
        """The cotangent of each result: None, or zeros, for one that was not used."""
        cts: list[Any] = []
        for i, like in enumerate(tensors_in(self.shapes)):
            ct: Any = arrived.get(i)
            if ct is not None:
                ct = record_fresh(ct)
            elif self._materialize:
                ct = hold(np.zeros(shape_of(like), dtype_of(like).numpy))
            cts.append(ct)
        return tuple(cts)

    def structured(self, cts: tuple[Any, ...]) -> tuple[Any, ...]:
        """``cts`` as the arguments of backward: one per result of forward."""
        it = iter(cts)
        results = self.shapes if isinstance(self.shapes, tuple) else (self.shapes,)
        return tuple(mapped(result, lambda _: next(it)) if next(tensors_in(result), None)
                     is not None else None for result in results)

    def checked(self, answer: Any) -> list[Any]:
        """The gradients that backward returned, one per tensor among the arguments."""
        grads = answer if isinstance(answer, tuple) else (answer,)
        n = len(self.like)
        if len(grads) > n and all(g is None for g in grads[n:]):
            grads = grads[:n]
        if len(grads) != n:
            raise RuntimeError(f"function {self.name()} returned an incorrect number of gradients "
                               f"(expected {n}, got {len(grads)})")
        found: list[Any] = []
        for i, (arg, ct) in enumerate(zip(self.like, grads, strict=True)):
            if next(tensors_in(arg), None) is None:
                if ct is not None and not isinstance(arg, (tuple, list, dict)):
                    raise RuntimeError(
                        f"function {self.name()} returned a gradient different than None at "
                        f"position {i + 1}, but the corresponding forward input was not a Variable")
                continue
            found += [self.fitted(part, self.inputs[len(found) + k], i)
                      for k, part in enumerate(leaves_like(arg, ct))]
        return found

    def fitted(self, ct: Any, node: Node | None, i: int) -> Any:
        """``ct`` in the shape and dtype of the input ``node``; an error if it does not fit."""
        if ct is None:
            return None
        if not isinstance(ct, Handle):
            raise RuntimeError(f"expected Variable or None (got {type(ct).__name__})\n"
                               f"as gradient {i} that {self.name()} returned")
        assert node is not None
        shape = shape_of(ct)
        if not expandable(node.shape, shape):
            raise RuntimeError(
                f"Function {self.name()} returned an invalid gradient at index {i} - got "
                f"{list(shape)} but expected shape compatible with {list(node.shape)}")
        if shape == node.shape and dtype_of(ct) is node.dtype:
            return ct
        return reduced(ct, node)

    def barred(self, grads: list[Any], cts: tuple[Any, ...], unit: Any, once: bool) -> list[Any]:
        """``grads``, which raise where they are differentiated."""
        rec = here.recording
        seen = [*cts, *(s.get(self, unit) for s in (*self._saved, *self._kept.values()) if s)]
        nodes = [rec.enter(h) for h in seen if h is not None and requires_grad(h)]
        if not nodes:
            return grads
        code = getattr(self.function.derivative(), "__code__", None)
        line = (code.co_filename, code.co_firstlineno) if code is not None else NOWHERE
        barrier = Barrier(self.name(), None if once else line)
        barrier.inputs = tuple(dict.fromkeys(nodes))
        return [None if ct is None else barrier.behind(ct, i) for i, ct in enumerate(grads)]


class Barrier:
    """A place that a second derivative cannot pass."""

    opaque = False

    def __init__(self, name: str, line: tuple[str, int] | None) -> None:
        self.name = name
        self.line = line
        self.inputs: tuple[Node | None, ...] = ()

    def behind(self, ct: Handle, i: int) -> Handle:
        """``ct``, which raises where it is differentiated."""
        rec = here.recording
        inputs = tuple(n for n in self.inputs if n is not None)
        node = rec.new_custom(rec.enter(detached(ct)), inputs, CustomOutput(self, i))
        return wait(rec, rec.replayed((ALIAS, node), ()))

    def grad_fn(self, unit: Any) -> GraphNode:
        """What ``grad_fn`` shows."""
        return BarrierNode()

    def backward(self, arrived: Any, unit: Any, engine: Any) -> Any:
        """Raise: the derivative of what lies behind is not known."""
        if self.line is None:
            raise RuntimeError("trying to differentiate twice a function that was marked with "
                               f"@once_differentiable: {self.name}")
        raise RuntimeError(
            f"The backward of {self.name} left the recorded world at {show_line(self.line)}: it "
            "used the values of tensors outside of torch operations (NumPy, item(), ...), so its "
            "own derivative is not known. Mark it with @once_differentiable, or write it with "
            "torch operations.")


class BarrierNode(GraphNode):
    """The ``grad_fn`` of a gradient that cannot be differentiated again."""

    def name(self) -> str:
        return "Error"


class CustomGradFn(GraphNode):
    """The ``grad_fn`` of a custom function's results; it has the attributes of the context."""

    def __init__(self, unit: Any, ctx: FunctionCtx) -> None:
        self.unit = unit
        self.ctx = ctx
        if type(unit) is Recording:
            unit.functions.append(ref(self))

    def name(self) -> str:
        return self.ctx.name()

    @property
    def next_functions(self) -> tuple[Edge, ...]:
        return tuple((None, 0) if n is None else edge_of(self.unit, n) for n in self.ctx.inputs)

    @property
    def saved_tensors(self) -> tuple[Any, ...]:
        """What forward saved."""
        return self.ctx.saved_in(self.unit)

    def register_hook(self, fn: Callable[[Any, Any], Any]) -> RemovableHandle:
        return register(self.ctx._post, after(fn))

    def register_prehook(self, fn: Callable[[Any], Any]) -> RemovableHandle:
        return register(self.ctx._pre, before(fn))

    def __getattr__(self, name: str) -> Any:
        return getattr(self.__dict__["ctx"], name)


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
        cls.context = type(f"{cls.__name__}Backward", (FunctionCtx,), {"function": cls})

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

    @classmethod
    def derivative(cls) -> Any:
        """The subclass's ``backward``, or its ``vjp``."""
        if "vjp" in dir(cls) and cls.backward is Function.backward:
            return cls.vjp  # type: ignore[attr-defined]
        return cls.backward

    @classmethod
    def apply(cls, *args: Any) -> Any:
        """Call the function."""
        ctx = cls.context()
        given = list(tensors_in(args))
        flows = [requires_grad(h) for h in given]
        ctx.needs_input_grad = tuple(any(map(requires_grad, tensors_in(arg))) for arg in args)
        before = [record_fresh(h) if flow and not leaf(h) else h
                  for h, flow in zip(given, flows, strict=True)]
        tangents = forward_ad.tangents_of(args)
        output = cls.run_forward(ctx, args)
        if here.grad and any(flows):
            output = ctx.finish(args, output, before)
        else:
            if tangents is None:
                ctx._asked = ()
            output = mapped(output, lambda h: h if not among(h, given) or among(h, ctx._dirty)
                            else h.detach())
        if tangents is not None:
            output = forward_ad.give_tangents(output, cls.pushed(ctx, tangents))
        return output

    @classmethod
    def run_forward(cls, ctx: FunctionCtx, args: tuple[Any, ...]) -> Any:
        """The result of forward, which autograd does not see."""
        mode, watch = here.grad, here.watch
        set_mode(False)
        here.watch = None
        try:
            if cls.setup_context is Function.setup_context:
                return cls.forward(ctx, *args)
            output = cls.forward(*args)
            cls.setup_context(ctx, args, output)
            return output
        finally:
            here.watch = watch
            set_mode(mode)

    @classmethod
    def pushed(cls, ctx: FunctionCtx, tangents: tuple[Any, ...]) -> Any:
        """What ``jvp`` returns."""
        ctx._unit = here.recording
        try:
            return cls.jvp(ctx, *tangents)
        finally:
            ctx._unit = None


def once_differentiable(fn: Callable[..., Any]) -> Callable[..., Any]:
    """Mark a ``backward`` that cannot be differentiated: a second derivative raises."""
    @functools.wraps(fn)
    def backward(ctx: Any, *args: Any) -> Any:
        return fn(ctx, *args)
    backward.once_differentiable = True  # type: ignore[attr-defined]
    return backward


def leaf(handle: Handle) -> bool:
    return handle._x is not None and handle._x.leaf


def among(handle: Handle, others: Iterable[Any]) -> bool:
    """Whether ``handle`` is one of ``others``."""
    return any(handle is other for other in others)


def shape_only(handle: Handle) -> Handle:
    """A tensor of the shape and dtype of ``handle`` that holds one element."""
    return hold(np.broadcast_to(np.zeros((), dtype_of(handle).numpy), shape_of(handle)))


def args_without_values(args: Any) -> tuple[Any, ...]:
    """The structure of the arguments, with tensors that hold no values."""
    return tuple(mapped(arg, shape_only) if next(tensors_in(arg), None) is not None else
                 () if isinstance(arg, (tuple, list, dict)) else None for arg in args)


def expandable(shape: tuple[int, ...], to: tuple[int, ...]) -> bool:
    """Whether ``shape`` broadcasts to the shape ``to``."""
    if len(shape) > len(to):
        return False
    return all(a in (1, b) for a, b in zip(reversed(shape), reversed(to)))


def reduced(ct: Any, node: Node) -> Any:
    """``ct`` summed to the shape of ``node``, in its dtype."""
    lead = ct.dim() - len(node.shape)
    dims = [i for i in range(ct.dim()) if i < lead
            or (node.shape[i - lead] == 1 and ct.shape[i] != 1)]
    if dims:
        ct = ct.sum(dims, keepdim=True)
    if shape_of(ct) != node.shape:
        ct = ct.reshape(node.shape)
    return ct if dtype_of(ct) is node.dtype else ct.to(node.dtype)


__all__ = ["Function", "FunctionCtx", "once_differentiable"]
