"""What a primitive is: a name, a meaning in NumPy, a shape rule, and a derivative per argument.

The derivative in an argument is one of four kinds, and every transform follows from the kind:

- :class:`Partial`: elementwise; the local partial as an expression of the value and the arguments.
- :class:`Linear`: linear in this argument; its transpose.
- :class:`Jvp`: the rest; a tangent rule in primitives, transposed mechanically.
- ``None``: no derivative.

Broadcasting, conjugation, zeros and casts are handled once, in ``transforms/``, never in a rule.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from .dtypes import DType
from .errors import show_line
from .graph import Node, Shape


class Partial:
    """``p(out, *args)`` is the elementwise partial derivative.

    Where it is infinite or NaN, a zero cotangent annihilates it.
    """

    __slots__ = ("p",)
    __match_args__ = ("p",)

    def __init__(self, p: Callable[..., Node]) -> None:
        self.p = p


class Unknown(Partial):
    """There is a derivative, and no formula for it here: who asks for it is told so."""

    __slots__ = ()

    def __init__(self, of: str) -> None:
        def p(out: Node, *args: Node) -> Node:
            raise NotImplementedError(
                f"the derivative of {of} is not implemented; the call is at "
                f"{show_line(out.line)}. detach() this argument if its gradient is not needed")
        super().__init__(p)


class Linear:
    """``T(ct, *args, **params)`` is the transpose in this argument.

    ``jointly`` says that the primitive is linear in all the arguments so marked together
    (``concatenate``, ``add``), not in each with the others fixed (``matmul``).
    """

    __slots__ = ("T", "jointly")
    __match_args__ = ("T", "jointly")

    def __init__(self, T: Callable[..., Node], jointly: bool = False) -> None:
        self.T = T
        self.jointly = jointly


class Jvp:
    """``r(t, out, *args, **params)`` is the tangent of the result for the tangent ``t``."""

    __slots__ = ("r",)
    __match_args__ = ("r",)

    def __init__(self, r: Callable[..., Node]) -> None:
        self.r = r


Derivative = Partial | Linear | Jvp | None
Infer = Callable[..., tuple[Shape, DType]]

TABLE: dict[str, Primitive] = {}
"""Every primitive by name."""


class Primitive:
    """An entry of the table; called with nodes it makes a node.

    ``impl(*arrays, **params)`` is its meaning in NumPy; ``infer(*nodes, **params)`` its shape and
    dtype; ``derivatives`` one kind per argument (the last repeats; a function of the argument's
    position for a variadic primitive); ``text`` its formula for people, with ``{0}`` for the first
    argument.

    ``elementwise`` says that arguments broadcast and meet element by element; ``ufunc`` that
    ``impl`` takes a result array as a last argument; ``aliases`` that the result may share memory
    with the first argument.
    """

    __slots__ = ("aliases", "derivatives", "elementwise", "impl", "infer", "name", "text",
                 "ufunc")

    def __init__(self, name: str, impl: Callable[..., Any], infer: Infer,
                 derivatives: tuple[Derivative, ...] | Callable[[int], Derivative],
                 text: str = "", *, elementwise: bool = False, ufunc: bool = False,
                 aliases: bool = False) -> None:
        if name in TABLE:
            raise ValueError(f"the table has a primitive {name!r} already")
        self.name = name
        self.impl = impl
        self.infer = infer
        self.derivatives = derivatives
        self.text = text
        self.elementwise = elementwise
        self.ufunc = ufunc
        self.aliases = aliases
        TABLE[name] = self

    def __call__(self, *args: Node, **params: Any) -> Node:
        shape, dtype = self.infer(*args, **params)
        flows = dtype.is_differentiable and any(
            arg.requires_grad and self.derivative(i) is not None for i, arg in enumerate(args))
        weak = self.elementwise and all(arg.weak for arg in args)
        return Node(self, args, params, shape, dtype, flows, weak)

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
