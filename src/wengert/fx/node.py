"""A node of a traced graph: what is called, with which arguments, and who reads the result."""

from __future__ import annotations

import builtins
import sys
from collections.abc import Callable
from typing import Any

Target = Any
Argument = Any
OPCODES = ("placeholder", "get_attr", "call_function", "call_method", "call_module", "output")


class Node:
    """A step of a :class:`~.graph.Graph`.

    ``op`` is ``placeholder`` (an argument of the function), ``get_attr`` (a parameter),
    ``call_function``, ``call_module``, ``call_method`` or ``output``; ``target`` is the function,
    or the name of what is called; ``args`` and ``kwargs`` hold nodes and constants.
    """

    def __init__(self, graph: Any, name: str, op: str, target: Target, args: tuple[Any, ...],
                 kwargs: dict[str, Any], return_type: Any = None) -> None:
        if op not in OPCODES:
            raise AssertionError(f"{op} is no operation of a node")
        self.graph, self.name, self.op, self.target = graph, name, op, target
        self.type = return_type
        self.users: dict[Node, None] = {}
        self.meta: dict[str, Any] = {}
        self._prev = self._next = self
        self._erased = False
        self._input_nodes: dict[Node, None] = {}
        self._set(args, kwargs)

    def _set(self, args: Any, kwargs: Any) -> None:
        for node in self._input_nodes:
            node.users.pop(self, None)
        self._args = map_aggregate(args, lambda x: x)
        self._kwargs = map_aggregate(dict(kwargs), lambda x: x)
        self._input_nodes = {}
        map_arg((self._args, self._kwargs), lambda node: self._input_nodes.setdefault(node))
        for node in self._input_nodes:
            node.users.setdefault(self)

    @property
    def args(self) -> tuple[Any, ...]:
        """The arguments by place."""
        found: tuple[Any, ...] = self._args
        return found

    @args.setter
    def args(self, args: tuple[Any, ...]) -> None:
        self._set(args, self._kwargs)

    @property
    def kwargs(self) -> dict[str, Any]:
        """The arguments by name."""
        found: dict[str, Any] = self._kwargs
        return found

    @kwargs.setter
    def kwargs(self, kwargs: dict[str, Any]) -> None:
        self._set(self._args, kwargs)

    @property
    def all_input_nodes(self) -> list[Node]:
        """The nodes among the arguments."""
        return list(self._input_nodes)

    @property
    def next(self) -> Node:
        """The node after this one."""
        return self._next

    @property
    def prev(self) -> Node:
        """The node before this one."""
        return self._prev

    def prepend(self, x: Node) -> None:
        """Move ``x`` to before this node."""
        if x is self:
            return
        x._unlink()
        before = self._prev
        before._next, x._prev, x._next, self._prev = x, before, self, x

    def append(self, x: Node) -> None:
        """Move ``x`` to after this node."""
        if x is not self:
            self._next.prepend(x)

    def _unlink(self) -> None:
        self._prev._next, self._next._prev = self._next, self._prev

    def update_arg(self, idx: int, arg: Any) -> None:
        """Set an argument by place."""
        args = list(self.args)
        args[idx] = arg
        self.args = tuple(args)

    def insert_arg(self, idx: int, arg: Any) -> None:
        """Put an argument before that of a place."""
        self.args = (*self.args[:idx], arg, *self.args[idx:])

    def update_kwarg(self, key: str, arg: Any) -> None:
        """Set an argument by name."""
        self.kwargs = {**self.kwargs, key: arg}

    def replace_input_with(self, old_input: Node, new_input: Node) -> None:
        """Read ``new_input`` in the place of ``old_input``."""
        def other(node: Node) -> Any:
            return new_input if node is old_input else node
        self._set(map_arg(self._args, other), map_arg(self._kwargs, other))

    def replace_all_uses_with(self, replace_with: Node,
                              delete_user_cb: Callable[[Node], bool] = lambda user: True,
                              *, propagate_meta: bool = False) -> list[Node]:
        """Have those who read this node read another; the nodes that were changed."""
        if propagate_meta:
            replace_with.meta.update(self.meta)
        changed = [user for user in self.users if delete_user_cb(user)]
        for user in changed:
            user.replace_input_with(self, replace_with)
        return changed

    def is_impure(self, impure_random: bool = True) -> bool:
        """Whether it must stay though nobody reads it."""
        return self.op in ("placeholder", "output")

    def format_node(self, *args: Any, **kwargs: Any) -> str:
        """The node as a line of text."""
        kind = f"{_type_text(self.type)} " if self.type else ""
        start = f"%{self.name} : {kind}[num_users={len(self.users)}] = {self.op}"
        if self.op == "placeholder":
            return f"{start}[target={self.target}]" + (
                f"(default={self.args[0]})" if self.args else "")
        if self.op == "output":
            return f"return {self.args[0]}"
        if self.op == "get_attr":
            return f"{start}[target={self.target}]"
        module = getattr(self.target, "__module__", None)
        target = f"builtins.{self.target.__name__}" if module == "builtins" else (
            name_of(self.target))
        return (f"{start}[target={target}](args = {_argument_text(self.args)}, "
                f"kwargs = {_argument_text(self.kwargs)})")

    def __repr__(self) -> str:
        return self.name

    def __deepcopy__(self, memo: Any) -> Node:
        raise NotImplementedError("copy the graph of a node, not the node")


def _type_text(kind: Any) -> str:
    if not isinstance(kind, type) or hasattr(kind, "__origin__"):
        return repr(kind)
    return kind.__qualname__ if kind.__module__ == "builtins" else name_of(kind)


def _argument_text(arg: Any) -> str:
    if isinstance(arg, list):
        return f"[{', '.join(map(_argument_text, arg))}]"
    if isinstance(arg, tuple):
        return f"({', '.join(map(_argument_text, arg))}{',' if len(arg) == 1 else ''})"
    if isinstance(arg, dict):
        return f"{{{', '.join(f'{k}: {_argument_text(v)}' for k, v in arg.items())}}}"
    return f"%{arg}" if isinstance(arg, Node) else str(arg)


_ROOT = __name__.partition(".")[0]
_OF_C = frozenset(["gelu", "linear", "scaled_dot_product_attention", "softplus"])
_FUNCTIONAL = frozenset([
    "atleast_1d", "atleast_2d", "atleast_3d", "block_diag", "broadcast_shapes",
    "broadcast_tensors", "cartesian_prod", "cdist", "chain_matmul", "einsum", "istft", "lu",
    "meshgrid", "norm", "split", "stft", "tensordot", "unique", "unique_consecutive",
    "unravel_index"])


_ELSEWHERE = {
    "torch.private._assert": "torch._assert",
    "torch.fx.tracing._assert_is_none": "torch.fx._symbolic_trace._assert_is_none"}


def _torchs(target: Any, name: str, path: str) -> str:
    """The path that PyTorch writes for a function or class of torch: that of where it is defined.
    """
    for place in ("", ".nn.functional", ".linalg", ".fft", ".special"):
        if vars(sys.modules.get(_ROOT + place, object)).get(name) is target:
            path = f"torch{place}.{name}"
            break
    if path == f"torch.nn.functional.{name}" and name in _OF_C:
        return f"torch._C._nn.{name}"
    if path == f"torch.{name}" and name in _FUNCTIONAL:
        return f"torch.functional.{name}"
    return _ELSEWHERE.get(path, path)


def name_of(target: Any) -> str:
    """A target as text that code can use: ``torch.relu``, ``operator.add``, ``layer1.conv``."""
    if isinstance(target, str):
        return target
    name = getattr(target, "__name__", type(target).__name__)
    if getattr(builtins, name, None) is target:
        return str(name)
    module = getattr(target, "__module__", "") or ""
    module = module.replace("_operator", "operator")
    if module.partition(".")[0] in (_ROOT, "torch"):
        rest = module.partition(".")[2]
        return _torchs(target, name, f"torch.{rest}.{name}" if rest else f"torch.{name}")
    return f"{module}.{name}" if module else str(name)


def map_aggregate(a: Any, fn: Callable[[Any], Any]) -> Any:
    """``a`` with ``fn`` of what stands in its tuples, lists, dicts and slices."""
    if isinstance(a, tuple):
        parts = [map_aggregate(each, fn) for each in a]
        return type(a)(*parts) if hasattr(a, "_fields") else tuple(parts)
    if isinstance(a, list):
        return [map_aggregate(each, fn) for each in a]
    if isinstance(a, dict):
        return {key: map_aggregate(value, fn) for key, value in a.items()}
    if isinstance(a, slice):
        return slice(*[map_aggregate(each, fn) for each in (a.start, a.stop, a.step)])
    return fn(a)


def map_arg(a: Any, fn: Callable[[Node], Any]) -> Any:
    """``a`` with ``fn`` of the nodes in it."""
    return map_aggregate(a, lambda x: fn(x) if isinstance(x, Node) else x)


def has_side_effect(fn: Any) -> Any:
    """``fn`` itself."""
    return fn
