"""A module made of a graph: its ``forward`` is code that is written from the nodes."""

from __future__ import annotations

import copy
from typing import Any

from ..nn.modules.module import Module
from ..nn.parameter import Parameter
from ..tensors.operators import Tensor
from .graph import Graph
from .tracing import Tracer


class GraphModule(Module):
    """A module whose ``forward`` does what a graph says.

    ``root`` is the module whose parts the graph names, or a dict of them by name. After the graph
    was changed, :meth:`recompile` writes ``forward`` anew; ``code`` is its text.
    """

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        """An object of a class of its own, which has a ``forward`` of its own."""
        for base in cls.__mro__:
            if base is GraphModule or "_of_a_graph" not in vars(base):
                return super().__new__(type(base.__name__, (base,), {
                    "_of_a_graph": True, "__module__": base.__module__}))
        return super().__new__(cls)

    def __init__(self, root: Any, graph: Graph, class_name: str = "GraphModule") -> None:
        super().__init__()
        type(self).__name__ = type(self).__qualname__ = class_name
        if isinstance(root, Module):
            self.training = root.training
        for node in graph.nodes:
            if node.op in ("get_attr", "call_module"):
                _take(self, root, node.target)
        self.graph = graph

    @property
    def graph(self) -> Graph:
        """The graph; setting it writes ``forward``."""
        found: Graph = self._graph
        return found

    @graph.setter
    def graph(self, graph: Graph) -> None:
        self._graph = graph
        graph.owning_module = self
        self.recompile()

    @property
    def code(self) -> str:
        """The text of ``forward``."""
        return str(self._code)

    def recompile(self) -> Any:
        """Write ``forward`` from the graph as it is now."""
        made = self._graph.python_code("self")
        self._code = made.src
        scope = dict(made.globals)
        exec(compile(made.src, "<torch.fx>", "exec"), scope)
        type.__setattr__(type(self), "forward", scope["forward"])
        return made

    def add_submodule(self, target: str, m: Module) -> bool:
        """Put a module at a path, with empty ones above it; whether that could be done."""
        *path, last = target.split(".")
        at: Module = self
        for name in path:
            if not hasattr(at, name):
                setattr(at, name, Module())
            below = getattr(at, name)
            if not isinstance(below, Module):
                return False
            at = below
        at.add_module(last, m)
        return True

    def delete_submodule(self, target: str) -> bool:
        """Take a module away; whether it was there."""
        path, _, last = target.rpartition(".")
        try:
            at = self.get_submodule(path)
        except AttributeError:
            return False
        if not isinstance(getattr(at, last, None), Module):
            return False
        delattr(at, last)
        return True

    def delete_all_unused_submodules(self) -> None:
        """Take away the modules that the graph does not call."""
        used = {".".join(node.target.split(".")[:i + 1]) for node in self.graph.nodes
                if node.op in ("call_module", "get_attr")
                for i in range(len(node.target.split(".")))}
        inside = {node.target for node in self.graph.nodes if node.op == "call_module"}
        for name, _ in list(self.named_modules()):
            if name and name not in used and not any(
                    name.startswith(f"{each}.") for each in inside):
                self.delete_submodule(name)

    def print_readable(self, print_output: bool = True, **options: Any) -> str:
        """The code, printed."""
        if print_output:
            print(self.code)
        return self.code

    def __deepcopy__(self, memo: Any) -> GraphModule:
        parts = Module()
        for name, value in vars(self).items():
            if name not in ("_graph", "_code"):
                vars(parts)[name] = copy.deepcopy(value, memo)
        made = GraphModule(parts, copy.deepcopy(self._graph, memo), type(self).__name__)
        made.training = self.training
        return made

    def __copy__(self) -> GraphModule:
        return GraphModule(self, copy.deepcopy(self._graph), type(self).__name__)

    def __reduce__(self) -> Any:
        raise NotImplementedError("pickles of torch.fx.GraphModule are not in wengert: save the "
                                  "state_dict")

    def __str__(self) -> str:
        return f"{super().__str__()}\n{self._code}\n# To see more debug info, please use " \
               "`graph_module.print_readable()`"


def _take(made: Module, root: Any, target: str) -> None:
    """Give ``made`` what stands at a path of ``root``."""
    *path, last = target.split(".")
    at: Any = made
    source: Any = root if isinstance(root, Module) else None
    for name in path:
        if source is not None:
            source = getattr(source, name)
        if not hasattr(at, name):
            if source is not None and not isinstance(source, Module):
                return
            at.add_module(name, Module())
        at = getattr(at, name)
    value = getattr(source, last) if source is not None else root[target]
    if isinstance(value, Tensor) and not isinstance(value, Parameter):
        at.register_buffer(last, value)
    else:
        setattr(at, last, value)


def symbolic_trace(root: Any, concrete_args: dict[str, Any] | None = None) -> GraphModule:
    """A module or a function as a :class:`GraphModule`.

    >>> traced = symbolic_trace(torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.ReLU()))
    >>> [node.op for node in traced.graph.nodes]
    ['placeholder', 'call_module', 'call_module', 'output']
    """
    tracer = Tracer()
    graph = tracer.trace(root, concrete_args)
    name = type(root).__name__ if isinstance(root, Module) else root.__name__
    return GraphModule(tracer.root, graph, name)
