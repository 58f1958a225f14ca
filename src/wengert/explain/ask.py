"""What ``wengert.explain`` was given: a result, a leaf or its gradient, a function or a module.

:func:`explained` tells them apart. The result behind a gradient is looked for in the caller's
variables (:func:`backward_to`), or is that of a watch.
"""

from __future__ import annotations

import functools
import inspect
import sys
from collections.abc import Callable, Mapping
from types import FrameType
from typing import Any, NamedTuple

from ..autograd.modes import enable_grad
from ..engine.errors import is_ours
from ..engine.graph import Node
from ..engine.recording.handle import Handle, extra_of, is_leaf
from ..engine.recording.recording import dtype_of, history
from ..tensors import data
from .names import Names, called, scope_of, users_frame
from .notebook import shown
from .report import Explanation
from .watch import Backward, Watch, recent
from .way import Place, Way, find_way
from .writer import explain


def explained(what: Any, leaves: tuple[Any, ...], names: Mapping[str, object] | None) -> Any:
    """What ``wengert.explain`` gives."""
    for leaf in leaves:
        if not isinstance(leaf, Handle):
            raise TypeError(f"explain: a leaf is a tensor, not {type(leaf).__name__}")
    scope = scope_of(users_frame()) if names is None else dict(names)
    if isinstance(what, Handle):
        if history(what) is not None and not is_leaf(what):
            return of_result(what, leaves, scope)
        return of_gradient(what, scope)
    if callable(what):
        return of_function(what, scope)
    if what is None:
        raise TypeError("explain: got None; if that was x.grad, wengert.why(x) says why it is None")
    raise TypeError(f"explain: a tensor or a function, not {type(what).__name__}")


def gradient(output: Handle, leaf: Handle, names: Mapping[str, object] | None) -> Explanation:
    """The report on the gradient of ``output`` in ``leaf``."""
    scope = names or {}
    found = history(output)
    if found is None:
        raise RuntimeError("explain.gradient: the output has no history: it does not require grad, "
                           "or it is a leaf")
    return explain(Place(*found), [leaf], Names(scope), called(leaf, scope, "leaf"),
                   called(output, scope, "output"), {})


def of_result(output: Handle, leaves: tuple[Handle, ...], scope: Mapping[str, object]
              ) -> Explanation:
    """The report on a result."""
    found = history(output)
    assert found is not None
    names = Names(scope)
    first = name_of(leaves[0], names, "leaf") if len(leaves) == 1 else ""
    result = explain(Place(*found), leaves or None, names, first,
                     called(output, scope, "output"), {})
    result.several = len(leaves) != 1
    return result


def name_of(tensor: Handle, names: Names, otherwise: str) -> str:
    """What the caller calls a tensor."""
    return next((name for name, each in names.tensors.items() if each is tensor), otherwise)


def of_gradient(what: Handle, scope: Mapping[str, object]) -> Explanation:
    """The report on how a gradient came about, of a leaf or of its ``.grad``."""
    found = backward_to(what, scope)
    if isinstance(found, Backward):
        leaf = or_else(leaf_of(what, found.every_name()), what)
        return found.explain_to(leaf, name_of(leaf, found.names, "leaf"))
    if found is None:
        raise RuntimeError(
            "explain: no tensor among the variables here has a history that leads to this one: "
            "give the result itself, explain(loss), or run the backward inside "
            "`with wengert.explain.watching() as watch:`")
    leaf = found.leaf
    return explain(found.end, [leaf], found.names, name_of(leaf, found.names, "leaf"),
                   found.names.places.get(found.end, "output"), {})


def rank(way: Way) -> tuple[bool, int]:
    """Which of several results is the loss, more likely: a number, and the last."""
    return way.end.size == 1, len(way.nodes)


class Root(NamedTuple):
    """A result among the caller's variables from which a backward comes to ``leaf``."""

    end: Place
    leaf: Handle
    names: Names
    way: Way


def or_else(found: Handle | None, otherwise: Handle) -> Handle:
    return otherwise if found is None else found


def leaf_of(what: Handle, names: Names) -> Handle | None:
    """The tensor that is ``what`` or whose gradient it is."""
    for tensor in names.tensors.values():
        x = extra_of(tensor)
        if tensor is what or (x is not None and x.grad is what):
            return tensor
    return None


def backward_to(what: Handle, scope: Mapping[str, object]) -> Root | Backward | None:
    """The backward that made a gradient: the last one that was watched, or from the result among
    the caller's variables that comes last and leads there."""
    names = Names(scope)
    leaf = or_else(leaf_of(what, names), what)
    watch = recent.get("watch")
    last = None if watch is None else watch.last
    if last is not None and (leaf_of(what, last.every_name()) is not None or find_way(
            last.end, [leaf], last.moments())):
        return last
    best: Root | None = None
    for end, tensor in names.results.items():
        if tensor is leaf or tensor is what:
            continue
        way = find_way(end, [leaf], {})
        if way is not None and (best is None or rank(way) >= rank(best.way)):
            best = Root(end, leaf, names, way)
    return best


def shown_grad_fn(function: Any) -> str | None:
    """What a notebook shows of ``grad_fn``: the graph behind it; None where that is one leaf."""
    unit, node = getattr(function, "unit", None), getattr(function, "node", None)
    if unit is None or not isinstance(node, Node):
        return None
    scope = scope_of(users_frame())
    names = Names(scope)
    place = Place(unit, node)
    tensor = names.results.get(place)
    name = "output" if tensor is None else called(tensor, scope, "output")
    return shown(explain(place, None, names, "", name, {}))


def of_function(function: Callable[..., Any], scope: Mapping[str, object]) -> Callable[..., Any]:
    """A function that calls ``function`` and explains what it returns."""
    title = next((name for name, each in scope.items() if each is function),
                 getattr(function, "__name__", type(function).__name__))

    @functools.wraps(function, updated=())
    def call(*args: Any, **kwargs: Any) -> Explanation:
        target = getattr(function, "forward", function)
        bound = inspect.signature(target).bind(*args, **kwargs)
        leaves = {}
        for name, value in bound.arguments.items():
            leaf = leaf_for(value)
            if leaf is not None:
                bound.arguments[name] = leaves[name] = leaf
        watch = Watch(remember=True, modules=True)
        with watch, enable_grad():
            returned, local = with_locals(function, target, bound)
            output = first_tensor(returned)
            if output is None:
                raise TypeError(f"explain: {title} returned no tensor")
            found = history(output)
            names = Names({title: function, **scope, **local, **leaves})
            if found is None or is_leaf(output):
                raise RuntimeError(f"explain: what {title} returned has no history: nothing in it "
                                   "requires grad")
            stacks = {node: tuple(names.modules[k] for k in stack if k in names.modules)
                      for node, stack in watch.stacks.items()}
            shown = f"{title}({', '.join(bound.arguments)})" if title.isidentifier() else "output"
            result = explain(Place(*found), None, names, "", called(output, local, shown), {},
                             stacks)
        order = {name: k for k, name in enumerate([*leaves, *names.tensors])}
        result.leaves.sort(key=lambda leaf: order.get(leaf.name, len(order)))
        return result
    return call


def leaf_for(value: Any) -> Handle | None:
    """An argument as a leaf of its own; None for what has no gradient."""
    if isinstance(value, float):
        value = data.tensor(value)
    if not isinstance(value, Handle) or not dtype_of(value).is_differentiable:
        return None
    given: Any = value
    leaf: Handle = given.detach().clone().requires_grad_()
    return leaf


def with_locals(function: Callable[..., Any], target: Any, bound: inspect.BoundArguments
                ) -> tuple[Any, dict[str, Any]]:
    """What a call returns, and the variables that it ended with."""
    local: dict[str, Any] = {}
    code = getattr(inspect.unwrap(target), "__code__", None)
    if code is not None and is_ours(code.co_filename):
        code = None   # the variables of a module of the library tell nobody anything

    def ended(frame: FrameType, event: str, argument: Any) -> None:
        if event == "return" and frame.f_code is code:
            local.clear()
            local.update(frame.f_locals)
            local.pop("self", None)

    before = sys.getprofile()
    if before is None:
        sys.setprofile(ended)
    try:
        returned = function(*bound.args, **bound.kwargs)
    finally:
        if before is None:
            sys.setprofile(None)
    return returned, local


def first_tensor(returned: Any) -> Handle | None:
    """The first tensor in what a function returned."""
    if isinstance(returned, Handle):
        return returned
    parts = returned.values() if isinstance(returned, dict) else returned
    if isinstance(returned, dict | list | tuple):
        return next((found for each in parts if (found := first_tensor(each)) is not None), None)
    return None
