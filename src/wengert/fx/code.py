"""A graph as Python code: a line for each node, which sets a name to None after its last use.

The text is PyTorch's. Functions of torch are written by their paths, what else the code needs is
handed over under names of its own (:attr:`PythonCode.globals`).
"""

from __future__ import annotations

import builtins
import keyword
import math
import re
import sys
import types
import typing
from collections.abc import Iterable
from typing import Any

from ..engine.devices import device
from .node import Node, name_of

_BINARY = {
    "add": "+", "sub": "-", "mul": "*", "floordiv": "//", "truediv": "/", "mod": "%", "pow": "**",
    "lshift": "<<", "rshift": ">>", "and_": "&", "or_": "|", "xor": "^", "matmul": "@", "eq": "==",
    "ne": "!=", "lt": "<", "gt": ">", "le": "<=", "ge": ">="}
_UNARY = {"pos": "+", "neg": "-", "invert": "~"}
_ROOT = __name__.partition(".")[0]


class PythonCode:
    """The source of ``forward``, and the names that it uses."""

    def __init__(self, src: str, names: dict[str, Any]) -> None:
        self.src, self.globals = src, names


def written(nodes: Iterable[Node], root: str) -> PythonCode:
    """The source of a ``forward`` that does what the nodes say; ``root`` is the module's name."""
    return _Writer(list(nodes), root).code()


class _Writer:
    def __init__(self, nodes: list[Node], root: str) -> None:
        self.nodes, self.root = nodes, root
        self.names: dict[str, Any] = {
            "inf": math.inf, "nan": math.nan, "NoneType": type(None), "device": device,
            "torch": sys.modules[_ROOT]}

    def code(self) -> PythonCode:
        params, lines, result = ["self"], [], ""
        last = self._last_uses()
        for node in self.nodes:
            kind = "" if node.type is None else f" : {self._type(node.type)}"
            if node.op == "placeholder":
                default = f" = {self._text(node.args[0])}" if node.args else ""
                params.append(f"{node.target}{kind}{default}")
                raw = node.target.replace("*", "")
                lines += [f"{node.name} = {raw}"] if raw != node.name else []
            elif node.op == "output":
                result = f" -> {self._type(node.type)}" if node.type is not None else ""
                lines.append(f"return {self._text(node.args[0])}")
            else:
                freed = [*last.get(node, ()), *([] if node.users else [node])]
                done = f";  {' = '.join([each.name for each in freed])} = None" if freed else ""
                lines.append(f"{node.name}{kind} = {self._call(node)}{done}")
        body = "\n    ".join([*(lines or ["pass"]), ""])
        return PythonCode(f"\n\n\ndef forward({', '.join(params)}){result}:\n    {body}",
                          self.names)

    def _last_uses(self) -> dict[Node, list[Node]]:
        """The nodes that nothing reads after a node."""
        known: set[Node] = set()
        last: dict[Node, list[Node]] = {}
        for node in reversed(self.nodes):
            for arg in node.all_input_nodes:
                if arg not in known:
                    known.add(arg)
                    last.setdefault(node, []).append(arg)
        return last

    # ---- calls ----

    def _call(self, node: Node) -> str:
        if node.op == "get_attr":
            return _path(self.root, node.target)
        args = [self._text(each) for each in node.args]
        given = ", ".join([*args, *(f"{key} = {self._text(each)}"
                                    for key, each in node.kwargs.items())])
        if node.op == "call_method":
            rest = given.removeprefix(args[0]).removeprefix(", ")
            return f"{_path(args[0], node.target)}({rest})"
        if node.op == "call_module":
            return f"{_path(self.root, node.target)}({given})"
        if node.target is getattr and len(args) == 2 and str(node.args[1]).isidentifier():
            return f"{args[0]}.{node.args[1]}"
        return self._operator(node, args) or f"{self._global(node.target)}({given})"

    def _operator(self, node: Node, args: list[str]) -> str:
        if getattr(node.target, "__module__", "") != "_operator" or node.kwargs:
            return ""
        name = node.target.__name__
        if name in _UNARY and len(args) == 1:
            return f"{_UNARY[name]}{args[0]}"
        if name in _BINARY and len(args) == 2:
            # a number with a sign binds less than the power
            left = f"({args[0]})" if name == "pow" and args[0].startswith("-") else args[0]
            return f"{left} {_BINARY[name]} {args[1]}"
        return f"{args[0]}[{args[1]}]" if name == "getitem" and len(args) == 2 else ""

    # ---- arguments ----

    def _text(self, value: Any) -> str:
        """An argument as code."""
        if isinstance(value, Node):
            return value.name
        if isinstance(value, tuple):
            parts = [self._text(each) for each in value]
            whole = f"({', '.join(parts)}{',' if len(parts) == 1 else ''})"
            if hasattr(value, "_fields"):
                return f"{self._global(type(value))}{whole}"
            return whole if type(value).__name__ in ("tuple", "Size") else (
                f"{self._global(type(value))}({whole})")
        if isinstance(value, list):
            return f"[{', '.join(self._text(each) for each in value)}]"
        if isinstance(value, dict):
            return "{" + ", ".join(f"{key!r}: {self._text(each)}"
                                   for key, each in value.items()) + "}"
        if isinstance(value, slice):
            parts = [self._text(each) for each in (value.start, value.stop, value.step)]
            return f"slice({', '.join(parts)})"
        if type(value) in (str, bool, int, float, complex) or value is None or value is ... or (
                isinstance(value, device) or self._found(repr(value)) is value):
            return repr(value)
        return self._global(value)

    def _global(self, value: Any) -> str:
        """An expression by which code finds ``value``."""
        path = name_of(value)
        if self._found(path) is value or getattr(builtins, path, None) is value:
            return path
        base = re.sub(r"\W", "_", path)
        name, count = base, 0
        while name in self.names and self.names[name] is not value:
            count += 1
            name = f"{base}_{count}"
        self.names[name] = value
        return name

    def _found(self, path: str) -> Any:
        """What stands at a path of torch."""
        first, *parts = path.split(".")
        if first != "torch" or not parts:
            return None
        at: Any = self.names["torch"]
        for part in parts:
            at = getattr(at, part, None)
        return at

    def _type(self, kind: Any) -> str:
        """A type of an annotation as code."""
        if isinstance(kind, types.UnionType):
            return "|".join(self._type(each) for each in typing.get_args(kind))
        origin = getattr(kind, "__origin__", None)
        if origin is None:
            return kind.__qualname__ if getattr(kind, "__module__", "") == "builtins" else (
                self._global(kind))
        given = ",".join(self._type(each) for each in typing.get_args(kind))
        return f"{self._global(origin)}[{given}]" if given else self._global(origin)


def _path(root: str, target: str) -> str:
    text = root
    for part in target.split("."):
        text = f"{text}.{part}" if part.isidentifier() and not keyword.iskeyword(part) else (
            f'getattr({text}, "{part}")')
    return text
