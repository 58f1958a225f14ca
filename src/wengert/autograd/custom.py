"""A call of a custom function as the engine sees it: sources in the recording, one per result,
whose cotangents are handed to the user's ``backward``.

What the context saves is kept as values and places in the graph (:class:`Saved`), never as tensors
with a history: so no cycle keeps the graph alive. Start with :meth:`CustomCall.finish`, then
:meth:`CustomCall.backward`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cache, lru_cache
from typing import Any
from weakref import ref

import numpy as np

from ..config import config
from ..engine.errors import NOWHERE, Line, second_backward, show_line, user_line
from ..engine.graph import Node
from ..engine.recording.backward import Engine
from ..engine.recording.flushing import flush, host, value
from ..engine.recording.handle import (
    Handle,
    bind,
    extra,
    extra_of,
    is_leaf,
    is_pending,
    shared_store,
    version_of,
)
from ..engine.recording.rebinding import detached_value
from ..engine.recording.recorder import hold, hold_like, record_fresh, wait, wait_too
from ..engine.recording.recording import ALIAS, CUT, Recording, dtype_of, here, set_mode, shape_of
from ..engine.recording.segment import CustomOutput
from ..engine.recording.sharing import check_writable, write
from ..engine.recording.structures import leaves_like, mapped, tensors_in, tensors_on
from . import anomaly, forward_ad, saved
from .api import requires_grad
from .graph_node import Edge, GraphNode, after, before, edge_of
from .hooks import RemovableHandle, register


class Kept:
    """What the context of a call keeps: saved tensors, attributes that are inputs or results, and
    the nodes of the inputs and results. ``unit`` is where they are, while a backward runs."""

    __slots__ = ("forward", "freed", "inputs", "name", "named", "results", "saved", "unit")

    def __init__(self, name: str) -> None:
        self.name = name
        self.saved: list[Saved | None] = []
        self.named: dict[str, Saved] = {}
        self.forward: list[Saved | None] = []
        """What was saved for ``jvp``, while forward mode is on."""
        self.inputs: tuple[Node, ...] = ()
        self.results: list[Node | None] = []
        self.unit: Any = None
        self.freed: Line | None = None

    def each(self) -> list[Saved]:
        """Everything that is kept."""
        return [s for s in (*self.saved, *self.named.values()) if s is not None]

    def tensors(self, unit: Any) -> tuple[Any, ...]:
        """The saved tensors, with their histories in ``unit``."""
        self.check()
        return tuple(None if s is None else s.get(self, unit) for s in self.saved)

    def free(self) -> None:
        """Let go of the saved values; attributes stay."""
        self.freed = user_line()
        for kept in self.saved:
            if kept is not None:
                kept.handle = kept.packed = kept.original = None

    def check(self) -> None:
        """RuntimeError if a backward has freed the values."""
        if self.freed is not None and self.saved:
            raise second_backward(f"The tensors that {self.name} saved were freed by the backward "
                                  f"at {show_line(self.freed)}.")


class Saved:
    """A tensor that a context keeps: its value, and which input or result of the call it is.

    ``original`` is the tensor itself where it is an input that was not computed: it is given back
    while nobody has written to it.
    """

    __slots__ = ("handle", "input", "original", "output", "packed", "version")

    def __init__(self, handle: Handle, input: int = -1, output: int = -1,
                 hooks: saved.Hooks | None = None) -> None:
        self.input = input
        self.output = output
        self.packed = hooks.keep(handle) if hooks is not None else None
        self.handle = None if self.packed else detached_value(handle)
        itself = self.packed is None and input >= 0 and (
            is_leaf(handle) or not requires_grad(handle))
        self.original = handle if itself else None
        self.version = writes_outside(handle)

    def get(self, kept: Kept, unit: Any) -> Any:
        """The tensor, with the history that it had."""
        if self.packed is not None:
            packed, unpack = self.packed
            return unpack(packed)
        if self.original is not None and writes_outside(self.original) == self.version:
            return self.original
        handle = self.handle
        assert handle is not None
        node = None
        if self.input >= 0:
            node = kept.inputs[self.input]
        elif self.output >= 0:
            node = kept.results[self.output]
        if node is None or not node.requires_grad:
            return handle
        return tracked(handle, unit, node)


class Held:
    """Results that wait for their values, held until the recording has run: what a context keeps of
    a call can then be differentiated, whatever the caller drops."""

    __slots__ = ("__weakref__", "handles")

    def __init__(self, rec: Recording, nodes: Iterable[Node]) -> None:
        self.handles = [wait_too(rec, node) for node in nodes]
        if self.handles:
            rec.functions.append(ref(self))

    @property
    def unit(self) -> None:
        """Set to the segment that the recording has left."""

    @unit.setter
    def unit(self, segment: Any) -> None:
        self.handles = []


def writes_outside(handle: Handle) -> int:
    """How often the storage of ``handle`` was written, but by the backward of a custom function
    that keeps it: one that collects there what it meets."""
    x = extra_of(handle)
    return version_of(handle) - (0 if x is None else x.excused)


def excuse(before: list[tuple[Handle, int]]) -> None:
    """What a backward itself has written to tensors on its context is meant so."""
    for handle, count in before:
        written = version_of(handle) - count
        if written:
            extra(handle).excused += written


def tracked(handle: Handle, unit: Any, node: Node) -> Handle:
    """A tensor with the value of ``handle`` and the history of ``node`` in ``unit``."""
    if isinstance(unit, Recording):
        return wait(unit, unit.replayed((ALIAS, node), ()))
    if is_pending(handle):
        flush()
    new = hold(value(handle))
    bind(new, unit, node)
    return new


class CustomCall:
    """A call of a custom function: where the gradients of its results go."""

    behind: tuple[Any, ...] = ()

    def __init__(self, function: Any, ctx: Any) -> None:
        self.function = function
        self.ctx = ctx
        self.kept: Kept = ctx._kept
        self.pre: dict[int, Any] = {}
        self.post: dict[int, Any] = {}
        self.like: tuple[Any, ...] = ()
        self.values: list[Node] = []
        """The nodes of the results as forward has made them."""
        self.by_rule = False
        """Whether a rule of the function's own has made them for all samples of a mapping."""
        self.shapes: Any = None
        self.held: Held | None = None
        self.watched: list[tuple[Handle, int]] = []
        """The other tensors on the context, and how often they had been written."""

    @property
    def inputs(self) -> tuple[Node, ...]:
        """The nodes of the tensors among the arguments."""
        return self.kept.inputs

    def name(self) -> str:
        """The name that ``grad_fn`` shows."""
        return self.kept.name

    def grad_fn(self, unit: Any) -> GraphNode:
        """The ``grad_fn`` of this call's results."""
        kind: type[CustomGradFn] = custom_class(self.name())
        return kind(unit, self)

    # After forward
    @staticmethod
    def end() -> None:
        """The results have all that they are to have."""
        if config.tier == "eager" and not here.modes.mappings and here.modes.open is None:
            flush()

    def finish(self, args: tuple[Any, ...], output: Any, earlier: Sequence[Handle]) -> Any:
        """Enter the results of the call in the recording; what ``apply`` returns.

        ``earlier`` stand for the tensors in ``args`` as they were before forward.
        """
        rec = here.recording
        given = list(tensors_in(args))
        self.kept.inputs = tuple(rec.enter(h) for h in earlier)
        flowing = tuple(dict.fromkeys(n for n in self.inputs if n.requires_grad))
        self.like = args_without_values(args)
        self.shapes = mapped(output, shape_only)
        results = list(tensors_in(output))
        self.check_dirty(results)
        ends: list[Node | None] = []
        for i, result in enumerate(results):
            node = rec.enter(result)
            self.values.append(node)
            if node.requires_grad:
                node = rec.replayed((CUT, node), ())
            flows = dtype_of(result).is_differentiable and not among(result, self.ctx._fixed)
            ends.append(rec.new_custom(node, flowing, CustomOutput(self, i)) if flows else None)
        self.kept.results = [None if end is None else rec.replayed((ALIAS, end), ())
                             for end in ends]
        new = [self.entered(result, node, given)
               for result, node in zip(results, self.kept.results, strict=True)]
        self.keep(given, results, new)
        it = iter(new)
        out = mapped(output, lambda _: next(it))
        return out

    def check_dirty(self, results: list[Handle]) -> None:
        for handle in self.ctx._dirty:
            if not among(handle, results):
                raise RuntimeError(
                    "Some elements marked as dirty during the forward method were not returned as "
                    "output. The inputs that are modified inplace must all be outputs of the "
                    "Function.")
            check_writable(handle, self.function.__name__)

    def entered(self, result: Handle, node: Node | None, given: list[Handle]) -> Handle:
        """``result`` with the history ``node``; a new tensor if it is an input or a view."""
        rec = here.recording
        if among(result, self.ctx._dirty):
            if node is not None:
                while write(result, node, rec.enter(result)):
                    pass   # another thread came before
                extra(result).version -= 1
            return result
        shared = is_leaf(result) or shared_store(result) is not None
        if node is None:
            return detached_value(result) if shared or among(result, given) else result
        if shared or among(result, given):
            return wait_too(rec, node)
        rec.give(result, node)
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
        ctx = self.ctx
        self.kept.saved = [None if h is None else
                           Saved(h, *places.get(id(h), (-1, -1)), hooks=hooks)
                           for h in ctx._asked]
        if here.modes.open is not None or forward_ad.in_level():
            self.kept.forward = [None if h is None else Saved(h, *places.get(id(h), (-1, -1)))
                                 for h in ctx._forward]
        ctx._asked = ctx._forward = ctx._dirty = ctx._fixed = ()
        for name, item in list(vars(ctx).items()):
            if isinstance(item, Handle) and id(item) in places:
                del vars(ctx)[name]
                self.kept.named[name] = Saved(item, *places[id(item)])
        found = {node for s in self.kept.each() if s.output >= 0
                 and (node := self.kept.results[s.output]) is not None}
        if found:
            self.held = Held(here.recording, found)
        self.watched = [(h, writes_outside(h)) for h in tensors_on(ctx)]

    def check_written(self) -> None:
        """RuntimeError if a tensor on the context was written since forward."""
        for handle, count in self.watched:
            if writes_outside(handle) != count:
                raise RuntimeError(
                    "one of the variables needed for gradient computation has been modified by an "
                    f"inplace operation: a tensor of shape {list(shape_of(handle))} on the context "
                    f"of {self.name()} was written after its forward. Keep it with "
                    "ctx.save_for_backward, or put a clone() on the context")

    def on_context(self) -> list[tuple[Handle, int]]:
        """The tensors on the context that are the user's own, and how often they were written."""
        found = [*[h for h, _ in self.watched],
                 *[s.original for s in self.kept.each() if s.original is not None]]
        return [(h, version_of(h)) for h in found]

    # In a backward
    def backward(self, arrived: dict[int, Handle], unit: Any,
                 engine: Engine) -> Iterable[tuple[Node, Handle]]:
        """The cotangents of the inputs for those of the results that have ``arrived``."""
        self.kept.check()
        self.check_written()
        cts = self.given(arrived)
        for hook in list(self.pre.values()):
            cts = hook(cts, engine)
        mode, exits = here.modes.grad, here.modes.exits
        function = self.function.derivative()
        once = getattr(function, "once_differentiable", False)
        self.kept.unit = unit
        set_mode(engine.create_graph and not once)
        collecting = self.on_context()
        try:
            answer = function(self.ctx, *self.structured(cts))
            excuse(collecting)
            set_mode(engine.create_graph)
            grads = self.checked(answer)
            if engine.create_graph and (once or (
                    here.modes.exits != exits and not getattr(function, "looks", False))):
                grads = self.barred(grads, cts, unit, once)
        finally:
            self.kept.unit = None
            set_mode(mode)
        return self.passed_on(grads, cts, engine)

    def passed_on(self, grads: list[Any], cts: tuple[Any, ...],
                  engine: Engine) -> list[tuple[Node, Handle]]:
        """``grads`` at the inputs that they belong to, after the hooks and checks."""
        for hook in list(self.post.values()):
            grads = list(hook(tuple(grads), cts, engine))
        if engine.check:   # anomaly mode
            for i, ct in enumerate(grads):
                if ct is not None and np.isnan(host(ct)).any():
                    anomaly.raise_at(self.name(), i, "It is a custom function.")
        if not engine.retain_graph:
            self.kept.free()
        return [(node, ct) for node, ct in zip(self.inputs, grads, strict=True)
                if ct is not None and node.requires_grad]

    def given(self, arrived: dict[int, Handle]) -> tuple[Any, ...]:
        """The cotangent of each result: None, or zeros, for one that was not used."""
        cts: list[Any] = []
        for i, like in enumerate(tensors_in(self.shapes)):
            ct: Any = arrived.get(i)
            if ct is not None:
                ct = record_fresh(ct)
            elif self.ctx._materialize:
                ct = hold_like(like, 0)
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
                               f"(expected {n}, got {len(grads)})\nIts backward, at "
                               f"{show_line(self.backward_line())}, is to return one for each "
                               "argument of forward: None for those that have no gradient.")
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
        if ct is None or (node is not None and not node.requires_grad):
            return None
        if not isinstance(ct, Handle):
            raise RuntimeError(f"expected Variable or None (got {type(ct).__name__})\n"
                               f"as gradient {i} that {self.name()} returned")
        assert node is not None
        shape = shape_of(ct)
        if not expandable(node.shape, shape):
            raise RuntimeError(
                f"Function {self.name()} returned an invalid gradient at index {i} - got "
                f"{list(shape)} but expected shape compatible with {list(node.shape)}\n"
                f"Its backward is at {show_line(self.backward_line())}.")
        if dtype_of(ct).is_complex and not node.dtype.is_complex:
            raise RuntimeError(
                f"Function {self.name()} returned an invalid gradient at index {i} - expected type "
                f"{node.dtype!r} but got {dtype_of(ct)!r}\n"
                f"Its backward is at {show_line(self.backward_line())}: return the real part.")
        if shape == node.shape and dtype_of(ct) is node.dtype:
            return ct
        return reduced(ct, node)

    def backward_line(self) -> Line:
        """Where the user wrote backward."""
        code = getattr(self.function.derivative(), "__code__", None)
        return (code.co_filename, code.co_firstlineno) if code is not None else NOWHERE

    def barred(self, grads: list[Any], cts: tuple[Any, ...], unit: Any, once: bool) -> list[Any]:
        """``grads``, which raise where they are differentiated."""
        rec = here.recording
        seen = [*cts, *(s.get(self.kept, unit) for s in self.kept.each())]
        nodes = [rec.enter(h) for h in seen if h is not None and requires_grad(h)]
        if not nodes:
            return grads
        barrier = Barrier(self.name(), None if once else self.backward_line())
        barrier.inputs = tuple(dict.fromkeys(nodes))
        return [None if ct is None else barrier.guarding(ct, i) for i, ct in enumerate(grads)]


class Barrier:
    """A place that a second derivative cannot pass."""

    behind: tuple[Any, ...] = ()

    def __init__(self, name: str, line: tuple[str, int] | None) -> None:
        self.name = name
        self.line = line
        self.inputs: tuple[Node | None, ...] = ()

    def guarding(self, ct: Handle, i: int) -> Handle:
        """``ct``, which raises where it is differentiated."""
        rec = here.recording
        inputs = tuple(n for n in self.inputs if n is not None)
        node = rec.new_custom(rec.enter(detached_value(ct)), inputs, CustomOutput(self, i))
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

    def __init__(self, unit: Any, call: CustomCall) -> None:
        self.unit = unit
        self.call = call
        if isinstance(unit, Recording):
            unit.functions.append(ref(self))

    def name(self) -> str:
        return self.call.name()

    @property
    def next_functions(self) -> tuple[Edge, ...]:
        return tuple(edge_of(self.unit, node) for node in self.call.inputs)

    @property
    def saved_tensors(self) -> tuple[Any, ...]:
        """What forward saved."""
        return self.call.kept.tensors(self.unit)

    def register_hook(self, fn: Callable[[Any, Any], Any]) -> RemovableHandle:
        return register(self.call.post, after(fn))

    def register_prehook(self, fn: Callable[[Any], Any]) -> RemovableHandle:
        return register(self.call.pre, before(fn))

    def __getattr__(self, name: str) -> Any:
        return getattr(self.__dict__["call"].ctx, name)


@cache
def custom_class(name: str) -> type[CustomGradFn]:
    """The class of the ``grad_fn`` of a custom function's results."""
    return type(name, (CustomGradFn,), {})


def among(handle: Handle, others: Iterable[Any]) -> bool:
    """Whether ``handle`` is one of ``others``."""
    return any(handle is other for other in others)


def shape_only(handle: Handle) -> Handle:
    """A tensor of the shape and dtype of ``handle`` that holds one element."""
    return hold(one_element(shape_of(handle), dtype_of(handle)))


@lru_cache(1024)
def one_element(shape: tuple[int, ...], dtype: Any) -> Any:
    """An array of this shape that holds one element."""
    return np.broadcast_to(np.zeros((), dtype.numpy), shape)


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


__all__ = ["CustomCall", "Kept", "among", "tracked"]
