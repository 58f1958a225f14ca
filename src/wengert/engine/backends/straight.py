"""Straight-line NumPy: a graph as the source of one Python function, compiled once.

The function does what the interpreter does, without its loop: a local variable per value, `del`
by reassignment after the last use, arithmetic on 0-dim values by Python operators, results written
over dead arguments. :func:`source_of` gives the text, which is readable; :func:`straight` the
callable.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..dtypes import float32, float64
from ..errors import explained
from ..graph import Graph, Node
from ..ops.elementwise import add, constant, cube, div, mul, neg, square, sub
from ..ops.reduce import sum_
from ..ops.structural import place, reshape, slice_, sum_to, transpose
from ..quiet import quiet
from .interpreter import Instruction, plan
from .numbers import implementation, met

OPERATORS = {add: "{0} + {1}", sub: "{0} - {1}", mul: "{0} * {1}", div: "{0} / {1}",
             neg: "-{0}", square: "{0} * {0}", cube: "{0} * {0} * {0}"}
_FILE = "<wengert program>"


class Straight:
    """A graph as a compiled Python function of its inputs."""

    __slots__ = ("function", "nodes", "source")

    def __init__(self, graph: Graph) -> None:
        self.source, names, self.nodes = source_of(graph)
        exec(compile(self.source, _FILE, "exec"), names)
        self.function: Callable[[Sequence[Any]], list[Any]] = names["program"]

    def __call__(self, values: Sequence[Any]) -> list[Any]:
        """The values of the outputs; a NumPy scalar may stand for a 0-dim array."""
        try:
            with quiet():
                return self.function(values)
        except Exception as error:
            node = self.nodes.get(failed_line(error, _FILE))
            if node is None:
                raise
            raise explained(error, node) from error


def straight(graph: Graph) -> Callable[[Sequence[Any]], list[Any]]:
    """``graph`` as a compiled function from input values to output values."""
    return Straight(graph)


def source_of(graph: Graph) -> tuple[str, dict[str, Any], dict[int, Node]]:
    """The text of the function, the names that it uses, and the node of each of its lines."""
    nodes = graph.nodes()
    register = {node: i for i, node in enumerate(graph.inputs)}
    for node in nodes:
        register.setdefault(node, len(register))
    given = set(graph.inputs)
    outputs = [register[node] for node in graph.outputs]
    code = plan([node for node in nodes if node not in given], register, outputs,
                len(graph.inputs))
    names: dict[str, Any] = {}
    scalars = {register[node] for node in nodes if is_scalar(node) and node not in given}
    used = {node for node in nodes if node in given}
    lines = ["def program(values):"]
    for node in graph.inputs:
        if node in used:
            i = register[node]
            unpack = "[()]" if is_scalar(node) else ""
            lines.append(f"    v{i} = values[{i}]{unpack}")
            if unpack:
                scalars.add(i)
    where: dict[int, Node] = {}
    constants = {register[node] for node in nodes if literal(node)} - set(outputs)
    for instruction in code:
        if instruction[2] in constants:
            continue
        lines.append(f"    {statement(instruction, names, scalars)}")
        where[len(lines)] = instruction[4]
    lines.append(f"    return [{', '.join(f'v{i}' for i in outputs)}]")
    return "\n".join(lines) + "\n", names, where


def is_scalar(node: Node) -> bool:
    """Whether Python operators may compute with the value: 0-dim float32 or float64."""
    return not node.shape and node.dtype in (float32, float64) and not node.weak


def statement(instruction: Instruction, names: dict[str, Any], scalars: set[int]) -> str:
    """The line of one instruction."""
    run, sources, target, dead, node = instruction
    args = [f"v{i}" for i in sources]
    for k, arg in enumerate(node.args):
        text = literal(arg)
        if text is not None:
            args[k] = text
    form = OPERATORS.get(node.prim)
    text = literal(node)
    if text is not None:
        return f"v{target} = {text}"
    if form is not None and is_scalar(node) and all(
            i in scalars or arg.weak for i, arg in zip(sources, node.args, strict=False)):
        text = form.format(*args)
    else:
        text = call(run, in_arrays(args, run, node, names), node, names)
        scalars.discard(target)
        if is_scalar(node) and (node.prim.ufunc or node.prim in (sum_to, sum_)):
            scalars.add(target)
    free = [i for k, i in enumerate(sources) if i in dead and args[k][0] == "v"]
    names_freed = " = ".join(dict.fromkeys(f"v{i}" for i in free))
    return f"v{target} = {text}" + (f"; {names_freed} = None" if free else "")


def in_arrays(args: list[str], run: Any, node: Node, names: dict[str, Any]) -> list[str]:
    """The texts of ``args``, with arrays for Python's numbers, where NumPy may be given such."""
    dtype = met(node) if run is node.prim.impl else None
    if dtype is None:
        return args
    found = args.copy()
    for k, arg in enumerate(node.args):
        if not arg.weak:
            continue
        if literal(arg) is None:
            names["array"], names[dtype.name] = np.array, dtype.numpy
            found[k] = f"array({args[k]}, {dtype.name})"
        else:
            value = np.array(number_of(arg), dtype.numpy)
            value.flags.writeable = False
            found[k] = f"c{len(names)}"
            names[found[k]] = value
    return found


def number_of(node: Node) -> Any:
    """The number that a weak node is which depends on constants alone; None for another node."""
    if node.prim is constant:
        return node.params["value"]
    if not (node.weak and node.args):
        return None
    args = [number_of(arg) for arg in node.args]
    if None in args:
        return None
    with quiet():
        return implementation(node)(*args)


def literal(node: Node) -> str | None:
    """The text of a constant, or of what follows from such alone; None for other nodes."""
    value = number_of(node)
    if value.__class__ in (int, bool) or (value.__class__ is float and np.isfinite(value)):
        return f"({value!r})"
    return None


def call(run: Any, args: list[str], node: Node, names: dict[str, Any]) -> str:
    """The call of a primitive's implementation."""
    prim = node.prim
    if prim in (sum_to, sum_) and is_scalar(node):
        names["add_reduce"] = np.add.reduce
        return f"add_reduce({args[0]}, None)"
    if prim is reshape:
        return f"{args[0]}.reshape({node.params['shape']})"
    if prim is transpose:
        perm = node.params["perm"]
        return f"{args[0]}.T" if perm == tuple(range(node.ndim))[::-1] else (
            f"{args[0]}.transpose({perm})")
    if prim is slice_:
        index = plain_index(node)
        if index is not None:
            return f"{args[0]}[{index}]"
    if prim.ufunc and run is prim.impl:
        names[f"np_{prim.name}"] = run
        return f"np_{prim.name}({', '.join(args)})"
    label = f"{prim.name}_{len(names)}"
    names[label] = run
    return f"{label}({', '.join(args)})"


def plain_starts(node: Node) -> list[int] | None:
    """Where a slice that begins at constants and stays inside its argument begins, counted from the
    front, for each of its axes; None for another slice. Of a ``place``, where it puts its
    argument."""
    params, shape = node.params, (node if node.prim is place else node.args[0]).shape
    starts = []
    for axis, start, length, step in zip(
            params["axes"], node.args[1:], params["lengths"], params["steps"], strict=True):
        if start.prim is not constant or step < 1:
            return None
        first = int(start.params["value"])
        first += shape[axis] if first < 0 else 0
        if first < 0 or length < 1 or first + (length - 1) * step >= shape[axis]:
            return None
        starts.append(first)
    return starts


def plain_index(node: Node) -> str | None:
    """The text between the brackets of a slice that has :func:`plain_starts`; None for another."""
    starts, params = plain_starts(node), node.params
    if starts is None:
        return None
    items = [":"] * node.ndim
    for axis, first, length, step in zip(
            params["axes"], starts, params["lengths"], params["steps"], strict=True):
        items[axis] = f"{first}:{first + (length - 1) * step + 1}:{step}"
    return ", ".join(items)


def failed_line(error: BaseException, file: str) -> int:
    """The line of a program's text, compiled as ``file``, that raised ``error``."""
    trace = error.__traceback__
    found = 0
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == file:
            found = trace.tb_lineno
        trace = trace.tb_next
    return found


__all__ = ["Straight", "failed_line", "plain_starts", "source_of", "straight"]
