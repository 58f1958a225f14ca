"""A traced program as a list of nodes, and as Python code."""

from __future__ import annotations

import builtins
import contextlib
import keyword
import re
from collections.abc import Callable, Iterator
from typing import Any

from .code import PythonCode, written
from .node import Node, map_arg, name_of


class CodeGen:
    """How code is written; there is one way."""


class Graph:
    """The nodes of a program in the order in which they run.

    >>> graph = Graph()
    >>> x = graph.placeholder("x")
    >>> out = graph.output(graph.call_function(abs, (x,)))
    >>> print(graph)
    graph():
        %x : [num_users=1] = placeholder[target=x]
        %abs_1 : [num_users=1] = call_function[target=abs](args = (%x,), kwargs = {})
        return abs_1
    """

    def __init__(self, owning_module: Any = None, tracer_cls: Any = None,
                 tracer_extras: Any = None) -> None:
        self._root = Node(self, "", "placeholder", "root", (), {})
        self._insert: Callable[[Node], None] = self._root.prepend
        self._names: dict[str, int] = {}
        self.owning_module = owning_module
        self._tracer_cls = tracer_cls
        self._codegen = CodeGen()

    @property
    def nodes(self) -> _Nodes:
        """The nodes in order."""
        return _Nodes(self._root)

    def _name(self, candidate: str) -> str:
        base = re.sub(r"\W+", "_", candidate) or "_unnamed"
        if base[0].isdigit():
            base = f"_{base}"
        base = re.sub(r"_\d+$", "", base) if base in self._names else base
        if base not in self._names and not keyword.iskeyword(base) and base not in _TAKEN:
            self._names[base] = 0
            return base
        count = self._names.get(base, 0) + 1
        while f"{base}_{count}" in self._names:
            count += 1
        self._names[base] = count
        self._names[f"{base}_{count}"] = 0
        return f"{base}_{count}"

    def create_node(self, op: str, target: Any, args: Any = None, kwargs: Any = None,
                    name: str | None = None, type_expr: Any = None) -> Node:
        """Add a node at the place of insertion."""
        hint = name or str(target if isinstance(target, str) else
                           getattr(target, "__name__", type(target).__name__))
        node = Node(self, self._name(_snake(hint)), op, target, tuple(args or ()),
                    dict(kwargs or {}), type_expr)
        self._insert(node)
        return node

    def placeholder(self, name: str, type_expr: Any = None, default_value: Any = ...) -> Node:
        """An argument of the function."""
        args = () if default_value is ... else (default_value,)
        return self.create_node("placeholder", name, args, type_expr=type_expr)

    def get_attr(self, qualified_name: str, type_expr: Any = None) -> Node:
        """A parameter or another attribute of the module."""
        return self.create_node("get_attr", qualified_name, type_expr=type_expr)

    def call_module(self, module_name: str, args: Any = None, kwargs: Any = None,
                    type_expr: Any = None) -> Node:
        """The call of a submodule."""
        return self.create_node("call_module", module_name, args, kwargs, type_expr=type_expr)

    def call_method(self, method_name: str, args: Any = None, kwargs: Any = None,
                    type_expr: Any = None) -> Node:
        """The call of a method of the first argument."""
        return self.create_node("call_method", method_name, args, kwargs, type_expr=type_expr)

    def call_function(self, the_function: Any, args: Any = None, kwargs: Any = None,
                      type_expr: Any = None, name: str | None = None) -> Node:
        """The call of a function."""
        return self.create_node("call_function", the_function, args, kwargs, name, type_expr)

    def output(self, result: Any, type_expr: Any = None) -> Node:
        """What the function returns."""
        return self.create_node("output", "output", (result,), type_expr=type_expr)

    def output_node(self) -> Node:
        """The last node."""
        return self._root._prev

    def find_nodes(self, *, op: str, target: Any = None, sort: bool = True) -> list[Node]:
        """The nodes of a kind."""
        return [node for node in self.nodes
                if node.op == op and (target is None or node.target == target)]

    def node_copy(self, node: Node, arg_transform: Callable[[Node], Any] = lambda x: x) -> Node:
        """A copy of a node of another graph, whose arguments ``arg_transform`` gives."""
        copy = self.create_node(node.op, node.target, map_arg(node.args, arg_transform),
                                map_arg(node.kwargs, arg_transform), node.name, node.type)
        copy.meta = dict(node.meta)
        return copy

    def graph_copy(self, g: Graph, val_map: dict[Node, Node],
                   return_output_node: bool = False) -> Any:
        """Copies of all nodes of another graph; what it returns."""
        for node in g.nodes:
            if node in val_map:
                continue
            if node.op == "output":
                result = map_arg(node.args[0], lambda n: val_map[n])
                return (result, node) if return_output_node else result
            val_map[node] = self.node_copy(node, lambda n: val_map[n])
        return None

    def __deepcopy__(self, memo: Any) -> Graph:
        copy = Graph(tracer_cls=self._tracer_cls)
        known: dict[Node, Node] = {}
        result = copy.graph_copy(self, known)
        if self.nodes and self.output_node().op == "output":
            copy.output(result).meta = dict(self.output_node().meta)
        return copy

    def erase_node(self, to_erase: Node) -> None:
        """Take a node away; RuntimeError if it is read."""
        if to_erase.users:
            raise RuntimeError(f"Tried to erase Node {to_erase} but it still had "
                               f"{len(to_erase.users)} users in the graph: {to_erase.users}!")
        to_erase._unlink()
        to_erase._erased = True
        to_erase._set((), {})

    @contextlib.contextmanager
    def _inserting(self, insert: Callable[[Node], None]) -> Iterator[None]:
        before, self._insert = self._insert, insert
        try:
            yield
        finally:
            self._insert = before

    def inserting_before(self, n: Node | None = None) -> Any:
        """A block whose new nodes stand before ``n``; before all without it."""
        return self._inserting((n or self._root._next).prepend)

    def inserting_after(self, n: Node | None = None) -> Any:
        """A block whose new nodes stand after ``n``, in their order."""
        last = [n or self._root]

        def insert(node: Node) -> None:
            last[0].append(node)
            last[0] = node
        return self._inserting(insert)

    def eliminate_dead_code(self, is_impure_node: Callable[[Node], bool] | None = None) -> bool:
        """Take away what nobody reads; whether there was something."""
        changed = False
        impure = is_impure_node or (lambda node: node.is_impure())
        for node in reversed(self.nodes):
            if not node.users and not impure(node):
                self.erase_node(node)
                changed = True
        return changed

    def lint(self) -> None:
        """RuntimeError if a node reads one that does not come before it, or two have one name."""
        seen: set[Node] = set()
        names: set[str] = set()
        for node in self.nodes:
            for arg in node.all_input_nodes:
                if arg not in seen:
                    raise RuntimeError(f"Argument '{arg}' of Node '{node}' was used before it has "
                                       "been defined!")
            if node.name in names:
                raise RuntimeError(f"Node redefined name {node.name}!")
            names.add(node.name)
            seen.add(node)

    def __str__(self) -> str:
        return "\n    ".join(["graph():", *[node.format_node() for node in self.nodes]])

    def print_tabular(self) -> None:
        """Print the nodes as a table."""
        rows = [("opcode", "name", "target", "args", "kwargs")]
        rows += [(node.op, node.name, name_of(node.target), str(node.args), str(node.kwargs))
                 for node in self.nodes]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        for row in rows:
            print("  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)))

    def set_codegen(self, codegen: CodeGen) -> None:
        """Kept."""
        self._codegen = codegen

    def on_generate_code(self, make_transformer: Any) -> Any:
        """NotImplementedError."""
        raise NotImplementedError("torch.fx.Graph.on_generate_code is not in wengert")

    # ---- code ----

    def python_code(self, root_module: str, *, verbose: bool = False, **options: Any) -> PythonCode:
        """The source of a ``forward`` that does the same."""
        return written(self.nodes, root_module)


_TAKEN = frozenset(dir(builtins)) | {
    "self", "torch", "device", "inf", "nan"}


class _Nodes:
    """The nodes of a graph, in order or backward."""

    def __init__(self, root: Node, backward: bool = False) -> None:
        self.root, self.backward = root, backward

    def __iter__(self) -> Iterator[Node]:
        at = self.root._prev if self.backward else self.root._next
        while at is not self.root:
            after = at._prev if self.backward else at._next
            if not at._erased:
                yield at
            at = after if at._erased else (at._prev if self.backward else at._next)

    def __reversed__(self) -> _Nodes:
        return _Nodes(self.root, not self.backward)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __bool__(self) -> bool:
        return self.root._next is not self.root


def _snake(name: str) -> str:
    name = name.replace(".", "_")
    return re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", name).lower()
