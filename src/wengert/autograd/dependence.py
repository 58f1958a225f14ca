"""The sparsity pattern of a function's Jacobian: which results depend on which arguments.

:func:`global_pattern` takes the function's graph (``engine/recording/capture.py``), in which no
value is known that depends on the arguments; so it holds for every input. :func:`local_pattern`
runs the function and takes the values that it met: a branch that was taken, a slope that is 0.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from ..engine.backends.known import Known, with_values
from ..engine.errors import show_line
from ..engine.graph import Graph, Node, reachable
from ..engine.locks import exclusively
from ..engine.ops.patterns import Rows, identity
from ..engine.progress import counted
from ..engine.recording.capture import CannotCapture, ValueNeeded, capture
from ..engine.recording.flushing import value
from ..engine.recording.handle import Handle
from ..engine.recording.lanes import Mapping
from ..engine.recording.program import path_nodes
from ..engine.recording.recording import here
from ..engine.transforms.sparsity import pattern
from ..functions import shape
from ..tensors.recorded import function
from .api import requires_grad
from .captured import close, own
from .modes import differentiating
from .pushforward import whole_recording
from .trees import leaves_of, mapped, tensors_in

WAYS = ("Choose between values with torch.where and look at values outside; or give "
        "pattern='local', the pattern at one input alone, or a pattern of your own (a scipy.sparse "
        "matrix)")


class Found(NamedTuple):
    """A pattern, a row for each element of the results and a column for each element of the
    arguments; ``graph`` is what it was found in, ``used`` the values from outside by which."""

    rows: Rows
    graph: Graph | None
    used: dict[Node, Any]

    def holds(self, graph: Graph, given: dict[Node, Any]) -> bool:
        """Whether it is that of a ``graph`` too, which is ``given`` values from outside."""
        return graph is self.graph and all(
            node in given and (given[node] is old or np.array_equal(given[node], old))
            for node, old in self.used.items())


def global_pattern(func: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any],
                   xs: Sequence[Handle], known: Sequence[Found] = ()) -> Found:
    """The pattern of ``func(*args, **kwargs)`` in the tensors ``xs`` among the arguments, whatever
    their values are; one of those ``known`` if it is the same.

    What the function reads besides its arguments is taken as it is now, but for tensors that
    require grad. RuntimeError, with the line, where the function looks at a value that depends on
    its arguments.
    """
    def whole(*args: Any, **kwargs: Any) -> Any:
        with whole_recording(), differentiating():   # so that gradients inside keep their history
            return func(*args, **kwargs)
    try:
        captured = exclusively(partial(capture, whole, *args, **kwargs))
    except CannotCapture as error:   # custom functions, factorisations, another transform around
        return sampled_pattern(func, args, kwargs, xs, error)
    graph = captured.graph
    free = {id(h) for h in tensors_in([args, kwargs])}
    given = {node: value(each) if isinstance(each, Handle) else each
             for node, each in zip(graph.inputs, captured.inputs, strict=True)
             if id(each) not in free and not (isinstance(each, Handle) and requires_grad(each))}
    for found in known:
        if found.holds(graph, given):
            return found
    nodes = {id(each): node for node, each in zip(graph.inputs, captured.inputs, strict=True)}
    outs = nodes_of(list(leaves_of(captured.result)))
    values = Known(given)
    return Found(found_in(outs, [nodes[id(x)] for x in xs], values), graph, values.used)


def nodes_of(outs: list[Any]) -> list[Node]:
    """The results, which are all tensors."""
    for out in outs:
        if not isinstance(out, Node):
            raise RuntimeError("a sparse derivative is that of a function which returns tensors, "
                               f"and it returned {type(out)}")
    return outs


_one = function(shape.unsqueeze)


def sampled_pattern(func: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any],
                    xs: Sequence[Handle], reason: CannotCapture) -> Found:
    """The pattern of ``func(*args, **kwargs)`` in ``xs``, whatever their values are, from what is
    recorded of it for a sample that has none (``engine/recording/lanes.py``): where it cannot be
    captured, for a ``reason``. A custom function may link any of its arguments to any of its
    results."""
    try:
        with Mapping(1, "same") as mapping:
            lanes = {id(x): mapping.lane(_one(x, 0), 0) for x in xs}
            args = mapped(args, lambda h: lanes.get(id(h), h))
            return recorded(func, args, kwargs, list(lanes.values()), mapping)
    except RuntimeError as error:
        if not isinstance(reason, ValueNeeded) or not str(error).startswith("vmap: the value"):
            raise
        raise RuntimeError(
            "a sparsity pattern is to hold for every input, and the function looks at a value that "
            f"depends on its input (item(), bool(), an if, numpy()), at {show_line(reason.line)}. "
            f"{WAYS}") from None


def local_pattern(func: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any],
                  xs: Sequence[Handle]) -> Found:
    """The pattern of ``func(*args, **kwargs)`` in ``xs`` at their values."""
    with whole_recording():
        new = {id(x): own(x) for x in xs}
        args = mapped(args, lambda h: new.get(id(h), h))
        found = recorded(func, args, kwargs, list(new.values()))
        close(new.values())
        return found


def recorded(func: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any],
             xs: Sequence[Any], mapping: Mapping | None = None) -> Found:
    """The pattern by what is recorded of a call; what is ``mapping`` has no value."""
    rec = here.recording
    ins = [rec.enter(x) for x in xs]
    with differentiating():
        out = func(*args, **kwargs)
    if here.recording is not rec:
        raise NotImplementedError(
            "the sparsity pattern is found in what is recorded of the function, and the recording "
            "had to end in it: call numpy(), use saved_tensors_hooks and the like outside, or give "
            "a pattern (a scipy.sparse matrix)")
    outs = nodes_of([rec.enter(o) if isinstance(o, Handle) else o for o in leaves_of(out)])
    inputs, numbers, _, _ = path_nodes(rec.at)
    given = dict(zip([*inputs, *numbers], [*rec.inputs, *rec.numbers], strict=True))
    for level in mapping.levels() if mapping is not None else ():
        given |= dict.fromkeys(level.lanes)
    return Found(found_in(outs, ins, Known(given)), None, {})


def found_in(outs: list[Node], ins: list[Node], known: Known) -> Rows:
    """The rows of all results, one below the other."""
    from scipy.sparse import csr_array, vstack
    sizes = [x.size for x in ins]
    total, starts = sum(sizes), np.cumsum([0, *sizes])
    every = identity(total)
    seeds = {x: every[start:start + x.size] for x, start in zip(ins, starts, strict=False)}
    order = counted(reachable(outs, stop=ins), "finding what depends on what")
    found = pattern(order, seeds, known, with_values)
    parts = [found[out] if out in found else csr_array((out.size, total), dtype=bool)
             for out in outs]
    rows = vstack(parts, "csr", dtype=bool) if parts else csr_array((0, total), dtype=bool)
    rows.sort_indices()
    return rows


__all__ = ["Found", "global_pattern", "local_pattern"]
