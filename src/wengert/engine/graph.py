"""A program as a graph: nodes that apply primitives to nodes.

A :class:`Node` is immutable: a primitive, its arguments, its static ``params``, and what follows
from them (shape, dtype, whether a gradient flows through it). Nodes are numbered as they are made,
so sorting by ``index`` is a topological order. A :class:`Graph` is what some output nodes can reach
from some input nodes. Arithmetic on nodes makes nodes: ``1 - out * out`` is an expression.

A :class:`Primitive` is a name, a meaning in NumPy, a shape rule, and a derivative per argument,
which is one of four kinds; every transform follows from the kind:

- :class:`Partial`: elementwise; the local partial as an expression of the value and the arguments.
- :class:`Linear`: linear in this argument; its transpose.
- :class:`Jvp`: the rest; a tangent rule in primitives, transposed mechanically.
- ``None``: no derivative.

Broadcasting, conjugation, zeros and casts are handled once, in ``transforms/``, never in a rule.
What passes and backends must know of it are its traits, in its row too; none asks for its name.

Start with :class:`Node`, then read ``ops/elementwise.py``.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any, NamedTuple

from .devices import device, device_for
from .dtypes import DType, category_of, of_category
from .errors import Line, show_line

Shape = tuple[int, ...]
ROOM = 1 << 20
"""Between the numbers of two nodes: those of the nodes that a template makes on the way."""
_count = itertools.count(0, ROOM)


class _Building(threading.local):
    line: Line | None = None
    again = asked = warned = False


building = _Building()
"""``building.line`` is the line of the user's that nodes made by this thread belong to; ``again``
tells that the derivatives made now will be differentiated, ``asked`` that one of them has looked at
that, and ``warned`` that what was called has warned its user."""


class Node:
    """A primitive applied to nodes: one value of a program.

    ``weak`` marks a Python number, which takes the dtype of whatever it meets; ``call`` is the
    user's operation whose result this is, if any; ``residuals``, once asked for, are the values
    that its derivatives read; ``device`` is None where it follows from who uses the value. One that
    a ``template`` made may be ``Late`` (``templates.py``).
    """

    __slots__ = ("args", "beside", "call", "code", "device", "dtype", "form", "index",
                 "instruction", "line", "numbers", "operands", "params", "prim", "requires_grad",
                 "residuals", "shape", "template", "weak", "within")
    template: Any
    operands: tuple[Node, ...]
    numbers: tuple[Node, ...]
    beside: tuple[Node, ...]

    def __init__(self, prim: Primitive, args: tuple[Node, ...], params: dict[str, Any],
                 shape: Shape, dtype: DType, requires_grad: bool = False,
                 weak: bool = False, device: device | None = None) -> None:
        self.prim = prim
        self.args = args
        self.params = params
        self.shape = shape
        self.dtype = dtype
        self.requires_grad = requires_grad
        self.weak = weak
        self.device = device
        self.index = next(_count)
        self.line = building.line
        self.call: Call | None = None
        self.residuals: tuple[Node, ...] | None = None
        self.form: Any = None

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
        return operators.add(self, lift(other))

    def __radd__(self, other: complex) -> Node:
        return operators.add(lift(other), self)

    def __sub__(self, other: Node | complex) -> Node:
        return operators.sub(self, lift(other))

    def __rsub__(self, other: complex) -> Node:
        return operators.sub(lift(other), self)

    def __mul__(self, other: Node | complex) -> Node:
        return operators.mul(self, lift(other))

    def __rmul__(self, other: complex) -> Node:
        return operators.mul(lift(other), self)

    def __truediv__(self, other: Node | complex) -> Node:
        return operators.div(self, lift(other))

    def __rtruediv__(self, other: complex) -> Node:
        return operators.div(lift(other), self)

    def __neg__(self) -> Node:
        return operators.neg(self)


class Call(NamedTuple):
    """What the user called: its name, the operands, and the arguments (see ``template_of``)."""

    name: str
    operands: tuple[Node, ...]
    output: int = 0
    given: tuple[Sequence[Any], ...] = ((), (), (), ())


# ---- primitives ----


class Partial:
    """``p(out, *args)`` is the elementwise partial derivative.

    Where it is infinite or NaN, a zero cotangent annihilates it.
    """

    __slots__ = __match_args__ = ("p",)

    def __init__(self, p: Callable[..., Node]) -> None:
        self.p = p


class Unknown(Partial):
    """There is a derivative, and no formula for it here: who asks for it is told so."""

    __slots__ = ()

    def __init__(self, of: str) -> None:
        def p(out: Node, *args: Node, **params: object) -> Node:
            raise NotImplementedError(
                f"the derivative of {of} is not implemented; the call is at "
                f"{show_line(out.line)}. detach() this argument if its gradient is not needed")
        super().__init__(p)


class Linear:
    """``T(ct, *args, **params)`` is the transpose in this argument.

    ``jointly`` says that the primitive is linear in all the arguments so marked together
    (``concatenate``, ``add``), not in each with the others fixed (``matmul``).
    """

    __slots__ = __match_args__ = ("T", "jointly")

    def __init__(self, T: Callable[..., Node], jointly: bool = False) -> None:
        self.T, self.jointly = T, jointly


class Jvp:
    """``r(t, out, *args, **params)`` is the tangent of the result for the tangent ``t``."""

    __slots__ = __match_args__ = ("r",)

    def __init__(self, r: Callable[..., Node]) -> None:
        self.r = r


Derivative = Partial | Linear | Jvp | None
Infer = Callable[..., tuple[Shape, DType]]


class Reduction(NamedTuple):
    """The trait of a primitive that is ``combine`` (elementwise, of two values) over some axes,
    from ``identity``: its parameters are ``axes`` and ``keepdims``, or ``over`` tells the axes."""

    combine: Primitive
    identity: complex
    over: Callable[[Node], Shape] = lambda node: node.params["axes"]


class Expansion(NamedTuple):
    """The trait of a primitive that is others together: ``rule(*args, **params)`` writes it out
    for backends that fuse those, where ``applies(node)``."""

    rule: Callable[..., Node]
    applies: Callable[[Node], bool] = lambda node: True


TABLE: dict[str, Primitive] = {}
"""Every primitive by name."""


class Primitive:
    """An entry of the table; called with nodes it makes a node.

    ``impl(*arrays, **params)`` is its meaning in NumPy; ``infer(*nodes, **params)`` its shape and
    dtype; ``derivatives`` one kind per argument (the last repeats; a function of the argument's
    position for a variadic primitive); ``text`` its formula for people, with ``{0}`` for the first
    argument. The rest are traits: ``elementwise`` says that arguments broadcast and meet element by
    element; ``ufunc`` that ``impl`` takes a result array as a last argument; ``aliases`` that the
    result may share memory with the first argument; ``same_as`` which argument's value the result
    has; ``expensive`` that a kernel rather keeps a value than makes it again; ``compares`` that
    what it is given must be the same number wherever it is read, to the last bit; ``checks`` that
    it may end the program. ``batch`` (``ops/batching.py``) says how it takes one axis more, where
    ``elementwise`` and the names of parameters do not; ``divides`` is the position of an ``a`` such
    that ``a y = b``, for a product and another argument ``b``; ``pattern`` (``ops/patterns.py``)
    what each element depends on, where the derivatives do not tell; ``products`` how many products
    it adds up for these shapes, where ``backends/convolutions.py`` computes it.
    """

    __slots__ = ("aliases", "batch", "checks", "compares", "derivatives", "divides", "elementwise",
                 "expansion", "expensive", "impl", "infer", "name", "pattern", "products",
                 "reduction", "same_as", "text", "ufunc")

    def __init__(self, name: str, impl: Callable[..., Any], infer: Infer,
                 derivatives: tuple[Derivative, ...] | Callable[[int], Derivative],
                 text: str = "", *, elementwise: bool = False, ufunc: bool = False,
                 aliases: bool = False, same_as: int | None = None, expensive: bool = False,
                 compares: bool = False, checks: bool = False, reduction: Reduction | None = None,
                 expansion: Expansion | None = None, batch: Callable[..., Any] | None = None,
                 divides: int | None = None, pattern: Callable[..., Any] | None = None,
                 products: Callable[..., int] | None = None) -> None:
        if name in TABLE:
            raise ValueError(f"the table has a primitive {name!r} already")
        self.name = name
        self.impl = impl
        self.infer = infer
        self.derivatives = derivatives
        self.text = text
        self.elementwise = elementwise
        self.ufunc = ufunc
        self.aliases, self.same_as = aliases, same_as
        self.expensive = expensive
        self.compares = compares
        self.checks = checks
        self.reduction, self.expansion = reduction, expansion
        self.batch, self.divides, self.pattern, self.products = batch, divides, pattern, products
        TABLE[name] = self

    def __call__(self, *args: Node, **params: Any) -> Node:
        shape, dtype = self.infer(*args, **params)
        flows, weak = False, self.elementwise
        for i, arg in enumerate(args):
            weak = weak and arg.weak
            flows = flows or (arg.requires_grad and self.derivative(i) is not None)
        return Node(self, args, params, shape, dtype, flows and dtype.is_differentiable, weak,
                    device_for(args, params))

    def derivative(self, i: int) -> Derivative:
        """The kind of derivative in argument ``i``."""
        kinds = self.derivatives
        if callable(kinds):
            return kinds(i)
        return kinds[i] if i < len(kinds) else kinds[-1] if kinds else None

    def bind(self, params: dict[str, Any]) -> Callable[..., Any]:
        """``impl`` with its static arguments filled in."""
        return partial(self.impl, **params) if params else self.impl

    def __repr__(self) -> str:
        return f"<primitive {self.name}>"


class Operators:
    """The primitives behind numbers and ``+ - * /`` on nodes, entered by ``ops/elementwise.py``."""

    add: Primitive
    sub: Primitive
    mul: Primitive
    div: Primitive
    neg: Primitive
    constant: Primitive


operators = Operators()


def lift(value: Node | complex) -> Node:
    """``value`` as a node: a Python number becomes a weak constant."""
    if isinstance(value, Node):
        return value
    dtype = of_category(category_of(value))
    return Node(operators.constant, (), {"value": value}, (), dtype, weak=True)


def is_constant(node: Node, value: complex) -> bool:
    """Whether ``node`` is the Python number ``value``."""
    return node.prim is operators.constant and bool(node.params["value"] == value)


# ---- graphs ----


class Graph:
    """What ``outputs`` can reach from ``inputs``; a node outside both is an error of the maker."""

    __slots__ = ("_nodes", "inputs", "outputs")

    def __init__(self, inputs: Iterable[Node], outputs: Iterable[Node]) -> None:
        self.inputs, self.outputs = tuple(inputs), tuple(outputs)
        self._nodes: tuple[Node, ...] = ()

    def nodes(self) -> tuple[Node, ...]:
        """The nodes in topological order, inputs included if they are used; found once."""
        self._nodes = self._nodes or tuple(reachable(self.outputs, stop=self.inputs))
        return self._nodes


def reachable(outputs: Iterable[Node], stop: Iterable[Node] = (), floor: int = -1) -> list[Node]:
    """The nodes that ``outputs`` depend on, themselves included, in topological order. The walk
    ends at the nodes in ``stop`` and at those whose index is below ``floor``."""
    seen: set[Node] = set()
    ends, stack = set(stop), list(outputs)
    while stack:
        node = stack.pop()
        if node not in seen:
            seen.add(node)
            if node.index >= floor and node not in ends:
                stack += node.args
    return sorted(seen, key=lambda node: node.index)
