"""From a function to what is written: a graph of primitives, and names for what goes in and out.

Start with :func:`traced`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, NamedTuple, cast

import numpy as np

from .. import func
from ..engine.dtypes import DType, bool_, float32, float64, int32, int64
from ..engine.errors import Line, show_line
from ..engine.graph import Graph, Node, reachable
from ..engine.locks import exclusively
from ..engine.ops.elementwise import constant
from ..engine.ops.loop import loop_
from ..engine.ops.neural import pick_class, put_class
from ..engine.ops.pool import window_tap
from ..engine.ops.reduce import log_softmax, logsumexp, softmax
from ..engine.passes.expand import can_be_written_out, expanded, for_kernels
from ..engine.passes.rebuild import Args, copied, with_numbers
from ..engine.passes.roll import rolled
from ..engine.passes.simplify import simplified
from ..engine.recording.capture import capture
from ..engine.recording.flushing import value
from ..engine.recording.handle import Handle
from ..engine.recording.structures import mapped
from ..nn.modules.module import Module
from .naming import (
    argument_names,
    identifier,
    nodes_in,
    output_names,
    tensors_with_paths,
    unused,
    user_names,
)
from .tidy import tidied

Argnums = int | tuple[int, ...]
ABOUT = {
    "value": "The value",
    "gradient": "The gradient",
    "value_and_gradient": "The value and the gradient",
    "jvp": "The value, and the derivative along a direction",
    "hvp": "The Hessian times a vector",
}
WRITTEN = (float64, float32, int64, int32, bool_)
WRITTEN_OUT = (softmax, log_softmax, logsumexp, pick_class, put_class)
LARGEST_CONSTANT = 1000
"""So many elements of a tensor that a function closes over are written into the source; a larger
one becomes an argument."""
DIRECTION = "direction"
DERIVATIVE = "derivative"
"""Stands after the line of a node that only a derivative computes."""
class Argument(NamedTuple):
    """What goes in or comes out: the name, the node, and what is said of it."""

    name: str
    node: Node
    about: str

    @property
    def shape(self) -> tuple[int, ...]:
        return self.node.shape


class Traced(NamedTuple):
    """A function as a graph. ``names`` are those that the user's program has for its values,
    ``constants`` what the function closes over."""

    name: str
    about: str
    graph: Graph
    inputs: list[Argument]
    outputs: list[Argument]
    constants: dict[Node, Any]
    names: dict[Node, str]
    real: DType


def traced(f: Callable[..., Any], args: tuple[Any, ...], of: str, argnums: Argnums,
           name: str | None) -> Traced:
    """``f`` at ``args``, or its derivative ``of`` :data:`ABOUT`, as a graph without Python numbers
    among its inputs.

    NotImplementedError for what is not written, and what ``capture`` raises where the function asks
    for a value.
    """
    plain_name = identifier(getattr(f, "__name__", type(f).__name__.lower()))
    called = f"{name or plain_name}{'' if of == 'value' else '_' + of}"
    labels = argument_names(f, args)
    if isinstance(f, Module):
        f, args, labels = of_its_state(f, args, labels)
    wrt = argnums if isinstance(argnums, tuple) else (argnums,)
    derived, args, labels = derivative(f, args, labels, of, argnums, wrt)
    args = mapped(args, lambda tensor: tensor.detach().clone())
    captured = exclusively(partial(capture, derived, *args, trusting=True))
    if captured.writes:
        raise NotImplementedError(f"{called} writes to a tensor from outside: the arguments of "
                                  "what is exported stay as they are")
    paths = {id(tensor): path for label, arg in zip(labels, args, strict=True)
             for path, tensor in tensors_with_paths(arg, label)}
    count = len(list(nodes_in(captured.result)))
    whole = Graph(captured.graph.inputs, captured.graph.outputs[:count])
    named = user_names(whole, set(paths.values()))
    graph, names = plain(whole, captured.inputs, named)
    directions = len(wrt) if of in ("jvp", "hvp") else 0
    along = {path for arg, label in zip(args[len(args) - directions:],
                                        labels[len(args) - directions:], strict=True)
             for path, _ in tensors_with_paths(arg, label)}
    inputs, constants = sorted_inputs(graph, whole, captured.inputs, paths, along)
    taken = {each.name for each in inputs} | set(names.values())
    outputs = [Argument(unused(label, taken), node, "") for label, node in zip(
        output_names(captured.result, of, [labels[i] for i in wrt]), graph.outputs, strict=True)]
    return Traced(called, f"{ABOUT[of]} of {plain_name}", graph, inputs, outputs, constants, names,
                  real_dtype(graph))


def derivative(f: Callable[..., Any], args: tuple[Any, ...], labels: list[str], of: str,
               argnums: Argnums, wrt: tuple[int, ...]
               ) -> tuple[Callable[..., Any], tuple[Any, ...], list[str]]:
    """The function that is asked for, its arguments and their names: those of ``f``, then
    directions."""
    if of == "value":
        return f, args, labels
    if of == "gradient":
        return func.grad(f, argnums), args, labels
    if of == "value_and_gradient":
        return lambda *xs: func.grad_and_value(f, argnums)(*xs)[::-1], args, labels
    inner = f if of == "jvp" else func.grad(f, argnums)

    def along(*given: Any) -> Any:
        at, directions = given[:len(args)], given[len(args):]
        of_some = partly(inner, at, wrt)
        found = func.jvp(of_some, tuple(at[i] for i in wrt), directions)
        return found if of == "jvp" else found[1]
    return along, (*args, *(args[i] for i in wrt)), [*labels, *(f"d_{labels[i]}" for i in wrt)]


def partly(f: Callable[..., Any], args: tuple[Any, ...], wrt: tuple[int, ...]
           ) -> Callable[..., Any]:
    """``f`` as a function of the arguments ``wrt``."""
    def call(*some: Any) -> Any:
        every = list(args)
        for i, x in zip(wrt, some, strict=True):
            every[i] = x
        return f(*every)
    return call


def of_its_state(module: Module, args: tuple[Any, ...], labels: list[str]
                 ) -> tuple[Callable[..., Any], tuple[Any, ...], list[str]]:
    """A module as a function of its parameters, and its buffers if it has any, before its
    arguments."""
    parameters, buffers = dict(module.named_parameters()), dict(module.named_buffers())
    if not buffers:
        return (lambda p, *xs: func.functional_call(module, p, xs)), (parameters, *args), [
            "", *labels]
    return (lambda p, b, *xs: func.functional_call(module, (p, b), xs)), (
        parameters, buffers, *args), ["", "", *labels]


# ---- the graph ----


def plain(graph: Graph, given: tuple[Any, ...], named: dict[Node, str]
          ) -> tuple[Graph, dict[Node, str]]:
    """``graph`` with its Python numbers as constants, after the rewrites that any backend makes,
    its composite primitives written out and its loops as loops; and the names of its nodes."""
    forward = set(reachable([node for node in graph.nodes() if node.call is not None]))

    def marked(node: Node, args: Args) -> Node:
        new = copied(node, args)
        if node not in forward and node.line:
            new.line = cast(Line, (*node.line, DERIVATIVE))   # copies of it keep that too
        return new

    count = len(graph.outputs)
    both = with_numbers(Graph(graph.inputs, [*graph.outputs, *named]), given, marked)
    tensors = both.inputs
    both = tidied(narrowed(expanded(narrowed(both), is_written_out)))
    names: dict[Node, str] = {}
    for node, name in zip(both.outputs[count:], named.values(), strict=True):
        if node.prim is not constant and node not in tensors:
            names.setdefault(node, name)
    result = Graph(tensors, both.outputs[:count])
    found = rolled(result, {})
    if found is not None:
        result = found.graph
    check_written(result)
    return result, names


def is_written_out(node: Node) -> bool:
    """Whether a composite primitive stands in simpler ones."""
    return for_kernels(node) or (node.prim in WRITTEN_OUT and can_be_written_out(node))


def narrowed(graph: Graph) -> Graph:
    """The simplified graph; sums of products stay what they are."""
    return simplified(graph, by_blas=False)


def check_written(graph: Graph) -> None:
    """NotImplementedError for a dtype that is not written."""
    for node in graph.nodes():
        if node.dtype not in WRITTEN and node.prim is not window_tap:
            raise NotImplementedError(f"{node.dtype.name} is not written yet ({node.prim.name} at "
                                      f"{show_line(node.line)})")


def real_dtype(graph: Graph) -> DType:
    """The one dtype of real numbers in ``graph``."""
    found = {node.dtype for node in every_node(graph)
             if node.dtype.is_floating_point and not node.weak}
    if len(found) > 1:
        raise NotImplementedError("the program mixes float32 and float64; what is exported "
                                  "computes in one of them")
    return found.pop() if found else float64


def every_node(graph: Graph) -> Iterator[Node]:
    """The nodes of ``graph`` and of the bodies of its loops."""
    for node in graph.nodes():
        yield node
        if node.prim is loop_:
            yield from every_node(node.params["body"].graph)


def sorted_inputs(graph: Graph, whole: Graph, given: tuple[Any, ...], paths: dict[int, str],
                  directions: set[str]) -> tuple[list[Argument], dict[Node, Any]]:
    """The inputs of ``graph`` as arguments, in the order of the user's, directions last, and those
    that are constants, with their values."""
    labels = {node: paths.get(id(value)) for node, value in zip(whole.inputs, given, strict=True)}
    values = dict(zip(whole.inputs, given, strict=True))
    used = set(graph.nodes())
    order = list(paths.values())
    taken = set(order)
    inputs, constants = [], {}
    for node in graph.inputs:
        label = labels[node]
        if label is not None:
            inputs.append(Argument(label, node, DIRECTION if label in directions else ""))
        elif node not in used:
            continue
        elif node.size <= LARGEST_CONSTANT:
            known = values[node]
            constants[node] = np.asarray(value(known) if isinstance(known, Handle) else known)
        else:
            inputs.append(Argument(unused("captured", taken), node, "closed over"))
    place = {name: i for i, name in enumerate(order)}
    inputs.sort(key=lambda each: (each.about == DIRECTION, place.get(each.name, len(place))))
    return inputs, constants


__all__ = ["Argument", "Traced", "every_node", "traced"]
