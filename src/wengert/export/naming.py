"""What is called how in a source: names that are words of no language, those of arguments and
results, and those that a program gives its values."""

from __future__ import annotations

import ast
import inspect
import linecache
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from ..engine.errors import Line
from ..engine.graph import Graph, Node
from ..engine.locks import parsed
from ..engine.recording.handle import Handle
from ..nn.modules.module import Module

OFTEN = 8
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


class Names:
    """The names that are taken, whatever their case; and new ones."""

    def __init__(self, taken: Iterable[str]) -> None:
        self.taken = {name.lower() for name in taken}
        self.count = 0

    def fresh(self, letter: str) -> str:
        """``letter`` with a number after it."""
        while True:
            self.count += 1
            name = f"{letter}{self.count}"
            if name.lower() not in self.taken:
                self.taken.add(name.lower())
                return name


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


__all__ = ["Names", "argument_names", "identifier", "nodes_in", "nodes_with_paths", "output_names",
           "tensors_with_paths", "unused", "user_names"]
