"""Closures: a small graph as a function of its inputs, one argument for each.

What a straight line (``straight.py``) does for a program, :func:`closure` does for what a single
call computes: no list of values, no look at each one's last use. Texts that are equal are compiled
once; the whole numbers in them are names, so that other lengths have the same text.
"""

from __future__ import annotations

import functools
import operator
import re
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from types import CodeType
from typing import Any

import numpy as np

from ..graph import Graph, Node, Primitive
from ..ops.elementwise import add, div, mul, neg, sub
from ..ops.structural import place, reshape, slice_
from .interpreter import plan
from .numbers import implementation, met
from .straight import is_scalar, literal, statement

_OPERATORS: dict[Primitive, Callable[..., Any]] = {
    add: operator.add, sub: operator.sub, mul: operator.mul, div: operator.truediv,
    neg: operator.neg}


def closure(inputs: Sequence[Node], outputs: Sequence[Node], together: bool = False, *,
            read: Sequence[Node] | None = None, keep: Sequence[Node] | None = None,
            ) -> Callable[..., Any]:
    """The function from the values of ``inputs`` to that of the only output, or to a tuple of
    several; with ``together`` to a tuple always. NumPy's warnings are left to the caller. Its last
    argument has those of the nodes to be ``read``, and what it returns comes with those of the
    nodes to ``keep``, where such are named; both are tuples."""
    if len(outputs) == 1 and not together and read is None and keep is None:
        node = outputs[0]
        single = _single(node) if node.args == tuple(inputs) else None
        if single is not None:
            return single
    text, names = _source(inputs, outputs, together, read, keep)
    exec(_compiled(_without_numbers(text, names)), names)
    function: Callable[..., Any] = names["closure"]
    return function


def _single(node: Node) -> Callable[..., Any] | None:
    """What computes a node from the values of its arguments, without a function of its own; None
    where that is sooner with one."""
    if node.prim in _OPERATORS and is_scalar(node) and all(
            is_scalar(arg) or arg.weak for arg in node.args):
        return _OPERATORS[node.prim]
    run = implementation(node)
    return None if run is node.prim.impl and met(node) else run


_NUMBER = re.compile(r"(?<=[(\[:, ])\d+(?=[)\]:,])")


def _without_numbers(text: str, names: dict[str, Any]) -> str:
    """``text`` with a name in the place of each whole number that stands by itself."""
    def named(number: re.Match[str]) -> str:
        name = f"n{len(names)}"
        names[name] = int(number[0])
        return name

    return _NUMBER.sub(named, text)


@functools.lru_cache(4096)
def _compiled(text: str) -> CodeType:
    return compile(text, "<wengert closure>", "exec")


def _source(inputs: Sequence[Node], outputs: Sequence[Node], together: bool,
            read: Sequence[Node] | None, keep: Sequence[Node] | None,
            ) -> tuple[str, dict[str, Any]]:
    """The text of the function, and the names that it uses."""
    first, inputs = len(inputs), [*inputs, *(read or ())]
    register = {node: i for i, node in enumerate(inputs)}   # an input may come twice
    nodes = [node for node in Graph(inputs, [*outputs, *(keep or ())]).nodes()
             if node not in register]
    register.update((node, i) for i, node in enumerate(nodes, len(inputs)))
    results = [register[node] for node in (*outputs, *(keep or ()))]
    scalars = {i for node, i in register.items() if is_scalar(node)}
    names: dict[str, Any] = {}
    parameters = [f"v{i}" for i in range(first)]
    lines = [f"def closure({', '.join(parameters if read is None else [*parameters, 'read'])}):"]
    if read:
        lines.append(f"    {''.join(f'v{i}, ' for i in range(first, len(inputs)))}= read")
    unread = {register[node] for node in nodes if literal(node)} - set(results)
    elements = _elements(nodes, {*outputs, *(keep or ())})
    unread.update(register[node.args[0]] for node in elements)
    for run, sources, target, _, node in plan(nodes, register, results, len(inputs)):
        if node in elements:
            lines.append(f"    v{target} = {_element(node, elements[node], register, names)}")
        elif target not in unread:
            lines.append(f"    {statement((run, sources, target, (), node), names, scalars)}")
    shown = ", ".join(f"v{i}" for i in results[:len(outputs)])
    shown = f"({shown},)" if together or len(outputs) != 1 else shown
    if keep is not None:
        shown += f", ({''.join(f'v{i}, ' for i in results[len(outputs):])})"
    lines.append(f"    return {shown}")
    return "\n".join(lines) + "\n", names


def _elements(nodes: Sequence[Node], results: Collection[Node]) -> dict[Node, Node]:
    """The nodes that read one element (or row) of an array, or put one into zeros, each in two
    steps of which only the second has a use; with each, the node that says where."""
    uses = Counter(arg for node in nodes for arg in node.args)
    found = {}
    for node in nodes:
        first = node.args[0] if node.prim in (reshape, place) else None
        if first is None or uses[first] != 1 or first in results:
            continue
        if node.prim is reshape and first.prim is slice_:
            at, whole, part = first, first.args[0].shape, node.shape
        elif node.prim is place and first.prim is reshape:
            at, whole, part = node, node.shape, first.args[0].shape
        else:
            continue
        axes = at.params["axes"]
        if axes == tuple(range(len(axes))) and part == whole[len(axes):] and (
                set(at.params["lengths"]) == {1}):
            found[node] = at
    return found


def _element(node: Node, at: Node, register: dict[Node, int], names: dict[str, Any]) -> str:
    """The text of such a node. An index that is none is found out where the path is planned."""
    index = ", ".join([literal(start) or f"v{register[start]}" for start in at.args[1:]])
    value = f"v{register[node.args[0].args[0]]}"
    if at is not node:
        return f"{value}[{index}]"

    def put(value: Any, *index: int) -> Any:
        out = zeros(shape, value.dtype)
        out[index] = value
        return out

    zeros, shape, label = np.zeros, node.shape, f"put_{len(names)}"
    names[label] = put
    return f"{label}({value}, {index})"
