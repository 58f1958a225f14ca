"""From a function to what is written: a graph of primitives, and names for what goes in and out.

Start with :func:`traced`.
"""

from __future__ import annotations

import ast
import inspect
import linecache
import re
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple, cast

import numpy as np

from .. import func
from ..engine.dtypes import DType, bool_, float32, float64, int32, int64
from ..engine.errors import Line, show_line
from ..engine.graph import Graph, Node, building, lift, reachable
from ..engine.locks import parsed
from ..engine.ops.elementwise import constant
from ..engine.ops.loop import loop_
from ..engine.ops.neural import pick_class, put_class
from ..engine.ops.reduce import log_softmax, logsumexp, softmax
from ..engine.ops.structural import number
from ..engine.passes.expand import can_be_written_out, expanded, for_kernels
from ..engine.passes.roll import rolled
from ..engine.passes.simplify import copied, simplified
from ..engine.recording.capture import capture
from ..engine.recording.flushing import value
from ..engine.recording.handle import Handle
from ..engine.recording.structures import mapped
from ..nn.modules.module import Module
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
OFTEN = 8
DIRECTION = "direction"
DERIVATIVE = "derivative"
"""Stands after the line of a node that only a derivative computes."""
OPERATORS = {
    ast.Add: ("add",), ast.Sub: ("sub", "rsub"), ast.Mult: ("mul",), ast.Div: ("div", "reciprocal"),
    ast.Pow: ("pow",), ast.MatMult: ("mm", "mv", "dot", "bmm", "matmul", "unsafeview"),
    ast.USub: ("neg",)}
"""What the operations are called that Python's operators make."""
RESERVED = frozenset([
    "auto", "bool", "break", "case", "char", "complex", "const", "continue", "default", "do",
    "double", "else", "enum", "extern", "float", "for", "goto", "if", "inline", "int", "long",
    "real", "register", "restrict", "return", "short", "signed", "sizeof", "static", "struct",
    "switch", "typedef", "union", "unsigned", "void", "volatile", "while", "and", "as",
    "assert", "async", "await", "class", "def", "del", "elif", "except", "finally", "from",
    "global", "import", "in", "is", "lambda", "nonlocal", "not", "or", "pass", "raise", "try",
    "with", "yield", "np", "math", "call", "end", "function", "integer", "logical", "module",
    "program", "subroutine", "use", "wp"])


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
    captured = capture(derived, *args, trusting=True)
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
    numbers = {node: lift(value) for node, value in zip(graph.inputs, given, strict=True)
               if node.prim is number}
    tensors = [node for node in graph.inputs if node.prim is not number]
    forward = set(reachable([node for node in graph.nodes() if node.call is not None]))
    before = building.line
    new: dict[Node, Node] = {**{node: node for node in tensors}, **numbers}
    for node in graph.nodes():
        if node not in new:
            args = tuple([new[arg] for arg in node.args])
            new[node] = copied(node, args)
            if node not in forward and node.line:
                new[node].line = cast(Line, (*node.line, DERIVATIVE))   # copies of it keep that too
    building.line = before
    count = len(graph.outputs)
    both = Graph(tensors, [new[node] for node in (*graph.outputs, *named)])
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
        if node.dtype not in WRITTEN:
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


# ---- names ----


def identifier(text: str) -> str:
    """``text`` as a name in any language: letters, digits, underscores; not a word of C."""
    found = re.sub(r"\W+", "_", text).strip("_") or "x"
    return f"{found}_" if found in RESERVED or found[0].isdigit() else found


def unused(name: str, taken: set[str]) -> str:
    """``name``, or with a number after it; taken from here on. Fortran's names have no case."""
    tried, count = name, 1
    lower = {each.lower() for each in taken}
    while tried.lower() in lower:
        count += 1
        tried = f"{name}_{count}"
    taken.add(tried)
    return tried


def argument_names(f: Callable[..., Any], args: tuple[Any, ...]) -> list[str]:
    """What ``f`` calls its arguments."""
    called = f.forward if isinstance(f, Module) else f
    try:
        names = [name for name, each in inspect.signature(called).parameters.items()
                 if each.kind in (each.POSITIONAL_ONLY, each.POSITIONAL_OR_KEYWORD)]
    except (TypeError, ValueError):
        names = []
    names += [f"x{i}" for i in range(len(names), len(args))]
    return [identifier(name) for name in names[:len(args)]]


def tensors_with_paths(value: Any, path: str) -> Iterator[tuple[str, Handle]]:
    """The tensors of a structure, each with a name for where it is."""
    if isinstance(value, Handle):
        yield identifier(path), value
    elif isinstance(value, (tuple, list, dict)):
        items = value.items() if isinstance(value, dict) else enumerate(value)
        for key, item in items:
            yield from tensors_with_paths(item, f"{path}_{key}" if path else str(key))


def nodes_in(value: Any) -> Iterator[Node]:
    """The nodes of a structure, in order."""
    if isinstance(value, Node):
        yield value
    elif isinstance(value, (tuple, list, dict)):
        for item in value.values() if isinstance(value, dict) else value:
            yield from nodes_in(item)


def nodes_with_paths(value: Any, path: str) -> Iterator[str]:
    """Names for where the nodes of a structure are."""
    if isinstance(value, Node):
        yield identifier(path)
    elif isinstance(value, (tuple, list, dict)):
        items = value.items() if isinstance(value, dict) else enumerate(value)
        for key, item in items:
            yield from nodes_with_paths(item, f"{path}_{key}" if path else str(key))


def output_names(result: Any, of: str, wrt: list[str]) -> list[str]:
    """What the results are called."""
    if of == "value":
        return list(nodes_with_paths(result, "out"))
    if of == "jvp":
        return [*nodes_with_paths(result[0], "out"), *nodes_with_paths(result[1], "d_out")]
    if of == "value_and_gradient":
        return ["value", *output_names(result[1], "gradient", wrt)]
    prefix = {"gradient": "grad", "hvp": "hvp"}[of]
    parts = result if isinstance(result, tuple) and len(result) == len(wrt) else (result,)
    return [name for label, part in zip(wrt, parts, strict=False)
            for name in nodes_with_paths(part, f"{prefix}_{label}" if label else prefix)]


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


def user_names(graph: Graph, taken: set[str]) -> dict[Node, str]:
    """The values that the user's program names, by the last operation of each line ``name = …``.
    What is named more than :data:`OFTEN` times is a loop's, whose turns share a name."""
    last: list[tuple[Node, str]] = []
    line = None
    for node in graph.nodes():
        if node.call is None or not node.line:
            continue
        if line == node.line and last:
            last.pop()
        line = node.line
        last.append((node, assigned(node.line, node.call.name.lower()) or ""))
    counts = Counter(name for _, name in last)
    taken = set(taken)
    return {node: unused(identifier(name), taken) for node, name in last
            if name and counts[name] <= OFTEN}


def assigned(line: Line, operation: str) -> str | None:
    """The one name that a line of a program assigns to, where the value is that operation's."""
    try:
        tree = parsed(linecache.getline(*line[:2]).strip())
    except (SyntaxError, ValueError):
        return None
    match tree.body:
        case [ast.Assign(targets=[ast.Name(name)], value=value)]:
            return name if any(operation.startswith(word) for word in words_of(value)) else None
        case [ast.AugAssign(target=ast.Name(name), op=op)]:
            return name if operation.startswith(OPERATORS.get(type(op), ())) else None
    return None


def words_of(value: ast.expr) -> tuple[str, ...]:
    """How the names of operations begin that an expression may be."""
    match value:
        case ast.BinOp(op=op) | ast.UnaryOp(op=op):
            return OPERATORS.get(type(op), ())
        case ast.Subscript():
            return ("slice", "select", "index", "alias", "unsqueeze")
        case ast.Call(func=ast.Attribute(attr=name)) | ast.Call(func=ast.Name(id=name)):
            plain_name = name.replace("_", "")
            return plain_name, f"linalg{plain_name}"
    return ()


__all__ = ["Argument", "Traced", "traced"]
