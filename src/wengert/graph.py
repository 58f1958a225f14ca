"""A program as a graph: nodes that apply primitives to nodes.

A :class:`Node` is immutable: a primitive, its arguments, its static ``params``, and what follows
from them (shape, dtype, whether a gradient flows through it). Nodes are numbered as they are made,
so sorting by ``index`` is a topological order. A :class:`Graph` is what some output nodes can reach
from some input nodes. Arithmetic on nodes makes nodes: ``1 - out * out`` is an expression.

Start with :class:`Node`, then read ``primitive.py``.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from .dtypes import DType, category_of, of_category
from .errors import Line

if TYPE_CHECKING:
    from .primitive import Primitive

Shape = tuple[int, ...]
_count = itertools.count()


class _Here(threading.local):
    line: Line | None = None
    again = False


here = _Here()
"""``here.line`` is the user's line that nodes made by this thread belong to; ``here.again`` says
that the derivatives made now will be differentiated."""


class Node:
    """A primitive applied to nodes: one value of a program.

    ``weak`` marks a Python number, which takes the dtype of whatever it meets; ``call`` is the
    user's operation whose result this is, if it is one; ``residuals``, once asked for, are the
    values that its derivatives read.
    """

    __slots__ = ("args", "call", "dtype", "index", "line", "params", "prim", "requires_grad",
                 "residuals", "shape", "weak")

    def __init__(self, prim: Primitive, args: tuple[Node, ...], params: dict[str, Any],
                 shape: Shape, dtype: DType, requires_grad: bool = False,
                 weak: bool = False) -> None:
        self.prim = prim
        self.args = args
        self.params = params
        self.shape = shape
        self.dtype = dtype
        self.requires_grad = requires_grad
        self.weak = weak
        self.index = next(_count)
        self.line = here.line
        self.call: Call | None = None
        self.residuals: tuple[Node, ...] | None = None

    @property
    def ndim(self) -> int:
        return len(self.shape)

    @property
    def size(self) -> int:
        """How many elements the value has."""
        n = 1
        for length in self.shape:
            n *= length
        return n

    def __repr__(self) -> str:
        return f"<%{self.index} = {self.prim.name} {self.dtype.name}{list(self.shape)}>"

    def __add__(self, other: Node | complex) -> Node:
        return operators["add"](self, lift(other))

    def __radd__(self, other: complex) -> Node:
        return operators["add"](lift(other), self)

    def __sub__(self, other: Node | complex) -> Node:
        return operators["sub"](self, lift(other))

    def __rsub__(self, other: complex) -> Node:
        return operators["sub"](lift(other), self)

    def __mul__(self, other: Node | complex) -> Node:
        return operators["mul"](self, lift(other))

    def __rmul__(self, other: complex) -> Node:
        return operators["mul"](lift(other), self)

    def __truediv__(self, other: Node | complex) -> Node:
        return operators["div"](self, lift(other))

    def __rtruediv__(self, other: complex) -> Node:
        return operators["div"](lift(other), self)

    def __neg__(self) -> Node:
        return operators["neg"](self)


class Call:
    """The user's operation that a node is the result of: its name and the nodes it was given."""

    __slots__ = ("name", "operands", "output")

    def __init__(self, name: str, operands: tuple[Node, ...], output: int = 0) -> None:
        self.name = name
        self.operands = operands
        self.output = output


operators: dict[str, Primitive] = {}
"""The primitives behind ``+ - * /`` on nodes, entered by ``ops/elementwise.py``."""


def lift(value: Node | complex) -> Node:
    """``value`` as a node: a Python number becomes a weak constant."""
    if isinstance(value, Node):
        return value
    dtype = of_category(category_of(value))
    return Node(operators["constant"], (), {"value": value}, (), dtype, weak=True)


def is_constant(node: Node, value: complex) -> bool:
    """Whether ``node`` is the Python number ``value``."""
    return node.prim.name == "constant" and bool(node.params["value"] == value)


class Graph:
    """What ``outputs`` can reach from ``inputs``; a node outside both is an error of the maker."""

    __slots__ = ("inputs", "outputs")

    def __init__(self, inputs: Iterable[Node], outputs: Iterable[Node]) -> None:
        self.inputs = tuple(inputs)
        self.outputs = tuple(outputs)

    def nodes(self) -> list[Node]:
        """The nodes in topological order, inputs included if they are used."""
        return reachable(self.outputs, stop=self.inputs)


def reachable(outputs: Iterable[Node], stop: Iterable[Node] = (), floor: int = -1) -> list[Node]:
    """The nodes that ``outputs`` depend on, themselves included, in topological order.

    The walk ends at the nodes in ``stop`` and at those whose index is below ``floor``.
    """
    seen: set[Node] = set()
    ends = set(stop)
    stack = list(outputs)
    while stack:
        node = stack.pop()
        if node not in seen:
            seen.add(node)
            if node.index >= floor and node not in ends:
                stack.extend(node.args)
    return sorted(seen, key=_index)


def _index(node: Node) -> int:
    return node.index


def substitute(outputs: Iterable[Node], mapping: dict[Node, Node], floor: int) -> list[Node]:
    """``outputs`` with nodes replaced as ``mapping`` says; nodes below ``floor`` are left alone."""
    new = dict(mapping)
    wanted = list(outputs)
    for node in reachable(wanted, stop=mapping, floor=floor):
        if node not in new and node.index >= floor and node.args:
            args = tuple(new.get(arg, arg) for arg in node.args)
            new[node] = node if args == node.args else node.prim(*args, **node.params)
    return [new.get(node, node) for node in wanted]
