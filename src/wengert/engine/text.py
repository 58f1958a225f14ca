"""Graphs as text: what ``repr`` shows, what a test states, what a bug report carries.

::

    input %0, %1
    %0 = input float32[2000]
    %1 = input float32[] grad
    %2 = mul float32[2000] %0 %1 grad
    %3 = sum_to float32[] %2 {shape=()} grad    # train.py:31
    output %3

A line is a node: its number, its primitive, its dtype (after ``weak`` for a Python number) and
shape, its arguments, its static parameters, ``grad`` if a gradient flows through it, and the user's
line as a comment. :func:`print_graph` numbers the nodes from 0, inputs first; :func:`parse_graph`
takes the text as it stands, so that a test may write down a graph that is wrong on purpose
(``check.py`` finds it). The user's operations (``Node.call``) are not part of the text.
"""

from __future__ import annotations

import ast
import re
from typing import Any

from .devices import device_for
from .dtypes import ALL, DType, by_name
from .errors import show_line
from .graph import TABLE, Graph, Node
from .locks import parsed

_DTYPES = {dtype.name for dtype in ALL}
_NUMBERS = {"inf": float("inf"), "nan": float("nan")}
_NODE = re.compile(
    r"%(?P<id>\d+) = (?P<prim>\w+) (?P<weak>weak )?(?P<dtype>\w+)\[(?P<shape>[\d, ]*)\]"
    r"(?P<args>( %\d+)*)( \{(?P<params>.*)\})?(?P<grad> grad)?"
    r"(\s+# (?P<file>.+):(?P<line>\d+))?")
INPUT, OUTPUT = "input", "output"
_ENDS = re.compile(r"(input|output)((?: %\d+)(?:, %\d+)*)?")


# ---- printing ----


def print_graph(graph: Graph, *, lines: bool = True) -> str:
    """The text of ``graph``; without ``lines``, the user's lines are left out."""
    number = {node: i for i, node in enumerate(graph.inputs)}
    for node in graph.nodes():
        number.setdefault(node, len(number))
    given = set(graph.inputs)
    text = [_ends(INPUT, graph.inputs, number)]
    text += [print_node(_as_input(node) if node in given else node,
                        number, f"%{i}", lines=lines) for node, i in number.items()]
    text.append(_ends(OUTPUT, graph.outputs, number))
    return "\n".join(text) + "\n"


def print_node(node: Node, number: dict[Node, int] | None = None, name: str = "", *,
               lines: bool = True) -> str:
    """The line of one node; with no ``number`` given, nodes are called by their index."""
    def name_of(x: Node) -> str:
        return f"%{x.index if number is None else number[x]}"

    shape = ", ".join(map(str, node.shape))
    parts = [name or name_of(node), "=", node.prim.name, *["weak"] * node.weak,
             f"{node.dtype.name}[{shape}]", *map(name_of, node.args)]
    if node.params:
        params = ", ".join(f"{key}={print_value(value)}" for key, value in node.params.items())
        parts.append(f"{{{params}}}")
    if node.requires_grad:
        parts.append("grad")
    text = " ".join(parts)
    return f"{text}    # {show_line(node.line)}" if lines and node.line and node.line[1] else text


def _as_input(node: Node) -> Node:
    """``node`` without what it was made from: that is no part of a graph that it is an input of."""
    if not node.args:
        return node
    bare = Node(TABLE[INPUT], (), {}, node.shape, node.dtype, node.requires_grad, node.weak)
    bare.line = node.line
    return bare


def print_value(value: Any) -> str:
    """A static parameter as text: a Python literal, or the name of a dtype."""
    if isinstance(value, DType):
        return value.name
    if isinstance(value, tuple):
        inner = ", ".join(map(print_value, value))
        return f"({inner},)" if len(value) == 1 else f"({inner})"
    return repr(value)


def _ends(word: str, nodes: tuple[Node, ...], number: dict[Node, int]) -> str:
    return f"{word} {', '.join(f'%{number[node]}' for node in nodes)}".rstrip()


# ---- parsing ----


def parse_graph(text: str) -> Graph:
    """The graph that ``text`` describes, node by node; ValueError names a line that is no node.

    Nothing is inferred: shapes, dtypes and flags are those of the text.
    """
    nodes: dict[int, Node] = {}
    ends: dict[str, list[int]] = {}
    for number, line in enumerate(text.splitlines(), 1):
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        try:
            found = _ENDS.fullmatch(line)
            if found:
                ends[found[1]] = [int(i) for i in re.findall(r"\d+", found[2] or "")]
            else:
                key, node = _parse_node(line, nodes)
                nodes[key] = node
        except (ValueError, SyntaxError) as error:
            raise ValueError(f"line {number} of the graph: {error}: {line}") from None
    if set(ends) != {INPUT, OUTPUT}:
        raise ValueError("the text of a graph has a line `input …` and a line `output …`")
    unknown = [i for name in ends for i in ends[name] if i not in nodes]
    if unknown:
        raise ValueError(f"%{unknown[0]} is an input or an output, but no line defines it")
    return Graph([nodes[i] for i in ends[INPUT]], [nodes[i] for i in ends[OUTPUT]])


def _parse_node(line: str, nodes: dict[int, Node]) -> tuple[int, Node]:
    found = _NODE.fullmatch(line)
    if not found:
        raise ValueError("not a node")
    key = int(found["id"])
    if key in nodes:
        raise ValueError(f"%{key} is defined twice")
    if found["prim"] not in TABLE:
        raise ValueError(f"there is no primitive {found['prim']}")
    if found["dtype"] not in _DTYPES:
        raise ValueError(f"there is no dtype {found['dtype']}")
    args = [int(i) for i in re.findall(r"\d+", found["args"])]
    missing = [i for i in args if i not in nodes]
    if missing:
        raise ValueError(f"%{missing[0]} is used before a line defines it")
    node = Node(
        TABLE[found["prim"]], tuple(nodes[i] for i in args), _parse_params(found["params"] or ""),
        tuple(int(n) for n in re.findall(r"\d+", found["shape"])), by_name(found["dtype"]),
        requires_grad=bool(found["grad"]), weak=bool(found["weak"]))
    node.device = device_for(node.args, node.params)
    node.line = (found["file"], int(found["line"])) if found["file"] else None
    return key, node


def _parse_params(text: str) -> dict[str, Any]:
    only, = parsed(f"params({text})").body
    call = only.value if isinstance(only, ast.Expr) else None
    if not isinstance(call, ast.Call) or call.args:
        raise ValueError("parameters are written {name=value, …}")
    return {str(each.arg): _value(each.value) for each in call.keywords}


def _value(tree: ast.expr) -> Any:
    """What :func:`print_value` wrote."""
    match tree:
        case ast.Constant():
            return tree.value
        case ast.Tuple():
            return tuple(map(_value, tree.elts))
        case ast.Name() if tree.id in _DTYPES:
            return by_name(tree.id)
        case ast.Name() if tree.id in _NUMBERS:
            return _NUMBERS[tree.id]
        case ast.UnaryOp(ast.USub()):
            return -_value(tree.operand)
        case ast.BinOp(op=ast.Add()):
            return _value(tree.left) + _value(tree.right)
        case ast.BinOp(op=ast.Sub()):
            return _value(tree.left) - _value(tree.right)
    raise ValueError(f"{ast.unparse(tree)} is not a static parameter")
