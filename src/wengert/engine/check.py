"""What a graph may be: :func:`check` raises :class:`IllegalGraph` for one that is not legal.

Each rule is a function with its law as docstring; it yields what is wrong with one node. Transforms
and passes are tested with it; nothing calls it while a program runs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from .dtypes import DType
from .graph import TABLE, Graph, Node, Shape, operators
from .ops.structural import input_, number, source
from .text import print_node

Rule = Callable[[Node], Iterator[str]]
ENDS = (input_, number)
"""The primitives whose value comes from outside."""


class IllegalGraph(ValueError):
    """A graph breaks a rule; the text names the node and the rule."""


def is_in_the_table(node: Node) -> Iterator[str]:
    """A node applies a primitive of the table."""
    if TABLE.get(node.prim.name) is not node.prim:
        yield f"{node.prim.name} is not in the table of primitives"


def comes_after_its_arguments(node: Node) -> Iterator[str]:
    """An argument was made before the node, so a graph has no cycle."""
    for arg in node.args:
        if arg.index >= node.index:
            yield f"its argument %{arg.index} is not older than it is"


def is_what_the_primitive_infers(node: Node) -> Iterator[str]:
    """Shape and dtype are those that the primitive infers from the arguments."""
    if node.prim in ENDS or node.prim is operators.constant:
        return
    try:
        inferred: tuple[Shape, DType] = node.prim.infer(*node.args, **node.params)
    except Exception as error:
        yield f"the primitive does not take these arguments: {type(error).__name__}: {error}"
        return
    shape, dtype = inferred
    if tuple(shape) != node.shape:
        yield f"its shape should be {list(shape)}"
    if dtype is not node.dtype:
        yield f"its dtype should be {dtype.name}"


def has_static_parameters(node: Node) -> Iterator[str]:
    """Parameters are hashable values, not nodes or arrays."""
    for name, value in node.params.items():
        if not is_static(value):
            yield f"its parameter {name} is not static: {type(value).__name__}"


def is_static(value: Any) -> bool:
    """Whether ``value`` may be a parameter."""
    if isinstance(value, tuple):
        return all(map(is_static, value))
    return not isinstance(value, Node) and getattr(type(value), "__hash__", None) is not None


def is_weak_as_a_number(node: Node) -> Iterator[str]:
    """Only 0-dim values are weak, and what has an argument is weak only by weak arguments."""
    if node.weak and node.shape:
        yield "it is weak and not 0-dim"
    if node.weak and not all(arg.weak for arg in node.args):
        yield "it is weak and has an argument that is not"
    if node.prim is number and not node.weak:
        yield "a number is weak"


def lets_a_gradient_through(node: Node) -> Iterator[str]:
    """A gradient flows only through differentiable dtypes, and in from some argument."""
    if not node.requires_grad:
        return
    if not node.dtype.is_differentiable:
        yield f"a gradient flows through {node.dtype.name}"
    if node.args and node.prim is not source and not any(
            arg.requires_grad and node.prim.derivative(i) is not None
            for i, arg in enumerate(node.args)):
        yield "a gradient flows through it and none through its arguments"


RULES: tuple[Rule, ...] = (
    is_in_the_table, comes_after_its_arguments, is_what_the_primitive_infers,
    has_static_parameters, is_weak_as_a_number, lets_a_gradient_through,
)


def faults(graph: Graph) -> Iterator[str]:
    """What is wrong with ``graph``, a text per fault."""
    given = set(graph.inputs)
    if len(given) < len(graph.inputs):
        yield "an input is listed twice"
    for node in graph.nodes():
        if node in given:
            continue   # what an input was made from is no part of the graph
        if node.prim in ENDS:
            yield f"{print_node(node)}: it has no arguments, and is not an input"
        for rule in RULES:
            for fault in rule(node):
                yield f"{print_node(node)}: {fault}"


def check(graph: Graph) -> Graph:
    """``graph`` itself, if it is legal; else :class:`IllegalGraph` with every fault."""
    found = list(faults(graph))
    if found:
        raise IllegalGraph("\n".join(found))
    return graph
