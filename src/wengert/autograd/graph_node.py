"""``grad_fn``: the graph of derivatives, to look at and to hook into.

A :class:`GradFn` stands for a node of a recording or of a segment, an :class:`AccumulateGrad` for
the leaf at the end of a path. They are made when asked for.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any
from weakref import WeakValueDictionary, ref

from ..engine.graph import Node
from ..engine.lazy import lazy
from ..engine.ops.contract import matmul
from ..engine.ops.elementwise import annihilate, cast, cube, square
from ..engine.ops.structural import (
    alias,
    broadcast_to,
    concatenate,
    graft,
    reshape,
    settle,
    stop,
    sum_to,
    transpose,
)
from ..engine.recording.backward import Engine
from ..engine.recording.handle import Handle, extra, is_leaf
from ..engine.recording.origins import origin_of
from ..engine.recording.recording import Recording, history
from ..engine.recording.segment import CustomOutput
from ..engine.recording.wanted import met
from .hooks import RemovableHandle, fresh, hooks_at, register, replaced, written_or

Edge = tuple["GraphNode | None", int]


class GraphNode:
    """What ``grad_fn`` objects have in common; ``torch.autograd.graph.Node``."""

    def name(self) -> str:
        """The name, such as ``MulBackward0``."""
        raise NotImplementedError

    @property
    def next_functions(self) -> tuple[Edge, ...]:
        """For each tensor that the operation was given: where its gradient goes (None if nowhere)
        and as which of the results there."""
        return ()

    @property
    def metadata(self) -> dict[Any, Any]:
        """A dict for whatever one wants to note."""
        found: dict[Any, Any] = self.__dict__.setdefault("_metadata", {})
        return found

    def register_hook(self, fn: Callable[[Any, Any], Any]) -> RemovableHandle:
        """Have ``fn(grad_inputs, grad_outputs)`` called after this step of a backward; a tuple that
        it returns replaces ``grad_inputs``."""
        raise NotImplementedError(f"a hook of {self.name()}: use Tensor.register_hook")

    def register_prehook(self, fn: Callable[[Any], Any]) -> RemovableHandle:
        """Have ``fn(grad_outputs)`` called before this step of a backward; a tuple that it returns
        replaces ``grad_outputs``."""
        raise NotImplementedError(f"a hook of {self.name()}: use Tensor.register_hook")

    def __repr__(self) -> str:
        return f"<{self.name()} object at {id(self):#x}>"


TWO_OPERANDS = frozenset(["AddBackward0", "DivBackward0", "MulBackward0", "SubBackward0"])
"""The operations whose number, if they were given one, counts as a tensor."""
_known: WeakValueDictionary[tuple[int, Any], GraphNode] = WeakValueDictionary()


class GradFn(GraphNode):
    """The derivative of one operation of the user."""

    def __init__(self, unit: Any, node: Node) -> None:
        self.unit = unit
        self.node = node
        if isinstance(unit, Recording):
            unit.functions.append(ref(self))

    def name(self) -> str:
        call = self.node.call
        if call is not None and call.name:
            return call.name
        prim = self.node.prim
        name = SHOWN.get(prim) or "".join(map(str.title, prim.name.split("_")))
        return f"{name}Backward0"

    @property
    def next_functions(self) -> tuple[Edge, ...]:
        call = self.node.call
        operands = call.operands if call is not None else tuple(
            arg for arg in self.node.args if not arg.weak)
        edges = [edge_of(self.unit, node) for node in operands]
        if len(edges) == 1 and self.name() in TWO_OPERANDS:
            edges.append((None, 0))
        return tuple(edges)

    def register_hook(self, fn: Callable[[Any, Any], Any]) -> RemovableHandle:
        return register(hooks_at(self.unit, self.node).post, after(fn))

    def register_prehook(self, fn: Callable[[Any], Any]) -> RemovableHandle:
        return register(hooks_at(self.unit, self.node).pre, before(fn))

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *lazy("autograd.saved_values").saved_names(self.name())})

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_saved_"):
            saved = lazy("autograd.saved_values")
            if name in saved.saved_names(self.name()):
                return saved.saved_value(self.unit, self.node, name)
        raise AttributeError(f"'{self.name()}' object has no attribute '{name}'", name=name)


class AccumulateGrad(GraphNode):
    """The end of a path: adds what arrives to the gradient of a leaf."""

    def __init__(self, leaf: Handle) -> None:
        self._leaf = ref(leaf)
        self.pre: dict[int, Any] = {}
        self.post: dict[int, Any] = {}

    @property
    def variable(self) -> Any:
        """The leaf."""
        return self._leaf()

    def name(self) -> str:
        return "torch::autograd::AccumulateGrad"

    def register_hook(self, fn: Callable[[Any, Any], Any]) -> RemovableHandle:
        return register(self.post, after(fn))

    def register_prehook(self, fn: Callable[[Any], Any]) -> RemovableHandle:
        return register(self.pre, before(fn))

    def __repr__(self) -> str:
        return f"<AccumulateGrad object at {id(self):#x}>"


def after(fn: Callable[[Any, Any], Any]) -> Callable[..., Any]:
    """A hook of ``grad_fn`` as the engine calls it."""
    def call(grads: tuple[Any, ...], cts: tuple[Any, ...], engine: Engine) -> tuple[Any, ...]:
        given = shown(grads)
        return answered(fn, grads, fn(given, shown(cts)), given)
    return call


def before(fn: Callable[[Any], Any]) -> Callable[..., Any]:
    """A prehook of ``grad_fn`` as the engine calls it."""
    def call(cts: tuple[Any, ...], engine: Engine) -> tuple[Any, ...]:
        given = shown(cts)
        return answered(fn, cts, fn(given), given)
    return call


def shown(cts: tuple[Any, ...]) -> tuple[Any, ...]:
    """Cotangents for the user's eyes."""
    return tuple(None if ct is None else fresh(ct) for ct in cts)


def answered(fn: Any, old: tuple[Any, ...], result: Any,
             given: tuple[Any, ...]) -> tuple[Any, ...]:
    """What a hook of ``grad_fn``, called with ``given``, returned in the place of ``old``, or wrote
    into it."""
    if result is None:
        return tuple(ct if ct is None else written_or(copy, ct)
                     for copy, ct in zip(given, old, strict=True))
    result = (result,) if isinstance(result, Handle) else tuple(result)
    if len(result) != len(old):
        name = getattr(fn, "__name__", "<unknown>")
        raise RuntimeError(f"hook '{name}' has returned an incorrect number of values (got "
                           f"{len(result)}, but expected {len(old)})")
    return tuple(new if was is None or new is None else replaced(fn, was, new)
                 for was, new in zip(old, result, strict=True))


def accumulator(leaf: Handle) -> AccumulateGrad:
    """The end of the paths to ``leaf``."""
    x = extra(leaf)
    if x.grad_fn is None:
        x.grad_fn = AccumulateGrad(leaf)
        met.hooks = True
    found: AccumulateGrad = x.grad_fn
    return found


def grad_fn_of(handle: Handle) -> GraphNode | None:
    """The step that a backward from ``handle`` starts with; None for a leaf."""
    if is_leaf(handle):
        return None
    found = history(handle)
    return None if found is None else edge_of(*found)[0]


def output_number(handle: Handle) -> int:
    """Which of the results of its operation ``handle`` is."""
    if is_leaf(handle):
        return 0
    found = history(handle)
    return 0 if found is None else edge_of(*found)[1]


def edge_of(unit: Any, node: Node) -> Edge:
    """Where a gradient that reaches ``node`` goes."""
    while True:
        if not node.requires_grad:
            return None, 0
        origin = origin_of(unit, node)
        if type(origin) is tuple:
            unit, node = origin
            continue
        if type(origin) is CustomOutput:
            return custom_at(unit, origin.custom), origin.i
        if origin is not None:
            leaf = origin()
            return (None if leaf is None else accumulator(leaf)), 0
        if node.prim in PASSING and node.args and not (node.call and node.call.name):
            node = node.args[0]
            continue
        return function_at(unit, node), node.call.output if node.call is not None else 0


PASSING = frozenset([alias, graft, cast, settle, stop])
"""The primitives that no ``grad_fn`` shows unless the user called for them."""


SHOWN = {annihilate: "Mul", broadcast_to: "Expand", concatenate: "Cat", cube: "Pow", matmul: "Mm",
         reshape: "View", square: "Pow", sum_to: "Sum", transpose: "T"}
"""What ``grad_fn`` calls primitives that no user called for."""


def function_at(unit: Any, node: Node) -> GraphNode:
    """The one :class:`GradFn` of a node."""
    key = (unit.token, node)
    found = _known.get(key)
    if found is None:
        found = GradFn(unit, node)
        found.__class__ = class_called(found.name())
        _known[key] = found
    return found


@cache
def class_called(name: str) -> type[GradFn]:
    """The class of the derivatives of that name: programs that draw a graph ask for its name."""
    return type(name, (GradFn,), {})


def custom_at(unit: Any, custom: Any) -> GraphNode:
    """The one ``grad_fn`` of a custom function's call."""
    key = (unit.token, custom)
    found = _known.get(key)
    if found is None:
        found = _known[key] = custom.grad_fn(unit)
    return found





__all__ = ["AccumulateGrad", "GradFn", "GraphNode", "accumulator", "edge_of", "grad_fn_of",
           "output_number"]
