"""A module's forward as a graph, once for each setting of the lengths of its dynamic axes.

Start with :func:`traced`; the graphs are equal but for the numbers in them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

from ..autograd.modes import no_grad
from ..engine.errors import show_line
from ..engine.graph import Graph, Node
from ..engine.locks import exclusively
from ..engine.ops.structural import number
from ..engine.passes.rebuild import with_numbers
from ..engine.passes.simplify import simplified
from ..engine.recording.capture import Captured, capture
from ..engine.recording.flushing import value
from ..engine.recording.handle import Handle, shared_store
from ..engine.recording.structures import mapped, tensors_in
from ..export.naming import argument_names, nodes_in, nodes_with_paths, tensors_with_paths
from ..nn.modules.module import Module
from ..tensors.creation import zeros
from ..tensors.random import Draws
from .errors import OnnxExporterError
from .sizes import Setting

Axes = dict[str, dict[int, str]]
"""By the name of an input or output, and the axis: what its length is called."""


Array = tuple[str, list[Any], Node]
"""What a graph reads beside its inputs: its name, its value at each setting, its node."""


class Traced(NamedTuple):
    """``graphs`` at ``settings``; what the inputs of each are: a name, where a user gives it; an
    array else, under its name, for each graph. ``calls`` are the operations of each line."""

    graphs: list[Graph]
    settings: list[Setting]
    inputs: dict[str, Node]
    arrays: list[Array]
    outputs: list[str]
    calls: dict[Any, list[str]]


class Arguments(NamedTuple):
    """What a module is called with: positions and keywords, what it calls each, and the names of
    the tensors."""

    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    labels: list[str]
    names: dict[int, str]

    def labelled(self) -> list[tuple[str, Any]]:
        """The arguments, each with what the module calls it."""
        return list(zip(self.labels, (*self.args, *self.kwargs.values()), strict=True))

    def tensors(self) -> list[tuple[str, Any]]:
        """The tensors among them, each once, with its name."""
        found = {id(x): x for x in tensors_in((self.args, self.kwargs))}
        return [(self.names[key], x) for key, x in found.items()]

    def at(self, axes: Axes, setting: Setting) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """The arguments, their dynamic axes as long as ``setting`` says."""
        def resized(tensor: Any) -> Any:
            dynamic = axes.get(self.names[id(tensor)], {})
            if not dynamic:
                return tensor.detach()
            shape = [setting[dynamic[i]] if i in dynamic else n for i, n in enumerate(tensor.shape)]
            return zeros(*shape, dtype=tensor.dtype)
        changed: tuple[tuple[Any, ...], dict[str, Any]] = mapped((self.args, self.kwargs), resized)
        return changed


def arguments(f: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any],
              names: Sequence[str]) -> Arguments:
    """The arguments, the tensors among them called ``names`` in order, and what ``f`` calls them
    after those."""
    labels = [*argument_names(f, args), *kwargs]
    found: dict[int, str] = {}
    for label, arg in zip(labels, (*args, *kwargs.values()), strict=True):
        for path, tensor in tensors_with_paths(arg, label):
            found.setdefault(id(tensor), path)
    given = list(names)
    if len(given) > len(found):
        raise ValueError(f"{len(given)} input_names, and {len(found)} tensors among the arguments")
    renamed = dict(zip(found, given, strict=False))
    return Arguments(args, kwargs, labels, {**found, **renamed})


def traced(f: Callable[..., Any], given: Arguments, axes: Axes, ways: Sequence[list[Setting]],
           output_names: Sequence[str]) -> Traced:
    """``f`` at each setting of the first of the ``ways`` at which it runs."""
    first: Exception | None = None
    for at in ways:
        try:
            return together(f, given, axes, at, output_names)
        except NotImplementedError:
            raise
        except Exception as error:
            if first is not None or len(ways) == 1:
                raise first or error from None
            first = error
    raise AssertionError


def together(f: Callable[..., Any], given: Arguments, axes: Axes, at: list[Setting],
             output_names: Sequence[str]) -> Traced:
    """``f`` at each setting; OnnxExporterError where it takes another way at one of them."""
    called: list[dict[int, str]] = []
    captures = []
    for setting in at:
        args, kwargs = given.at(axes, setting)
        called.append({id(new): given.names[id(old)] for old, new in zip(
            tensors_in((given.args, given.kwargs)), tensors_in((args, kwargs)), strict=True)})
        captures.append(captured(f, args, kwargs))
    graphs = [plain(each.graph, each.inputs, len(list(nodes_in(each.result))))
              for each in captures]
    check_alike(graphs, at)
    inputs, arrays = sorted_inputs(captures, called[0], places_of(f))
    outputs = list(nodes_with_paths(captures[0].result, "output"))
    outputs[:len(output_names)] = output_names[:len(outputs)]
    calls: dict[Any, list[str]] = {}
    for node in captures[0].graph.nodes():
        if node.call is not None:
            calls.setdefault(node.line, []).append(node.call.name)
    return Traced(graphs, list(at), inputs, arrays, outputs, calls)


def captured(f: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Captured:
    """What ``f`` does; NotImplementedError where a graph cannot do it each time that it runs."""
    draws = Draws()
    with no_grad():
        found: Captured = exclusively(partial(draws.during, partial(
            capture, f, *args, trusting=True, **kwargs)))
    if draws.found:
        raise NotImplementedError("random numbers are drawn on the way: they would be the same in "
                                  "each run of what is exported")
    if found.writes:
        raise NotImplementedError("a tensor from outside is written to, at "
                                  f"{show_line(found.writes[0].node.line)}: a graph cannot do that")
    return found


def places_of(f: Callable[..., Any]) -> dict[int, str]:
    """The names of a module's parameters and buffers, by the identity of each, and of the storage
    that it lies in: either may be what a graph reads."""
    found: dict[int, str] = {}
    for name, tensor in f.state_dict(keep_vars=True).items() if isinstance(f, Module) else ():
        found[id(tensor)] = name
        store = shared_store(tensor)
        if store is not None:
            found[id(store)] = name
    return found


def sorted_inputs(captures: Sequence[Captured], called: dict[int, str], places: dict[int, str]
                  ) -> tuple[dict[str, Node], list[Array]]:
    """The inputs that a user gives, by name, in order; and what else is read."""
    found: dict[str, Node] = {}
    arrays: list[Array] = []
    tensors = [[(node, x) for node, x in zip(each.graph.inputs, each.inputs, strict=True)
                if node.prim is not number] for each in captures]
    for same in zip(*tensors, strict=True):
        node, x = same[0]
        if id(x) in called:
            found[called[id(x)]] = node
        else:
            name = places.get(id(x), f"constant_{len(arrays)}")
            values = [value(y) if isinstance(y, Handle) else y for _, y in same]
            arrays.append((name, values, node))
    return {name: found[name] for name in called.values() if name in found}, arrays


def plain(graph: Graph, given: tuple[Any, ...], count: int) -> Graph:
    """The first ``count`` outputs with Python numbers as constants, simplified."""
    return simplified(with_numbers(Graph(graph.inputs, graph.outputs[:count]), given),
                      by_blas=False)


def check_alike(graphs: Sequence[Graph], at: Sequence[Setting]) -> None:
    """OnnxExporterError where the graphs differ in more than numbers."""
    lists = [graph.nodes() for graph in graphs]
    numbers: list[dict[Node, int]] = [
        {node: i for i, node in enumerate([*graph.inputs, *nodes])}
        for graph, nodes in zip(graphs, lists, strict=True)]
    for nodes in zip(*lists, strict=False):
        same = {(node.prim.name, node.ndim, node.dtype, tuple(known[arg] for arg in node.args))
                for node, known in zip(nodes, numbers, strict=True)}
        if len(same) > 1:
            raise OnnxExporterError(
                f"the program takes another way at {at[0]} than at {at[-1]}, at "
                f"{show_line(nodes[0].line)}: let that axis have one length")
    if len({len(nodes) for nodes in lists}) > 1:
        raise OnnxExporterError(f"the program takes another way at {at[0]} than at {at[-1]}: let "
                                "that axis have one length")


__all__ = ["Arguments", "Axes", "Traced", "arguments", "traced"]
