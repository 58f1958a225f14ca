"""Primitives of your own: declared like those of the table, compiled and differentiated like them.

:func:`elementwise`, :func:`reduction` and :func:`composite` enter a primitive in the table;
:func:`function` makes a function of tensors of it, or of any composition of primitives on nodes.
``docs/own_primitives.md`` has an example of each.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .autograd.rule_checks import check_rules
from .engine.backends.interpreter import interpret
from .engine.dtypes import DType, from_numpy
from .engine.graph import (
    TABLE,
    Derivative,
    Expansion,
    Graph,
    Jvp,
    Linear,
    Node,
    Partial,
    Primitive,
    Reduction,
    Shape,
    Unknown,
    lift,
    reachable,
)
from .engine.ops import meeting
from .engine.ops.elementwise import elementwise
from .engine.ops.reduce import reduced_shape
from .engine.ops.structural import free
from .engine.recording.operation import Operation, normal_dims, promoted
from .engine.transforms.batch import batch
from .tensors.recorded import recorded

Function = Callable[..., Any]


def reduction(name: str, combine: Primitive, identity: float, *derivatives: Derivative,
              impl: Callable[..., Any] | None = None, text: str = "",
              expansion: Expansion | None = None) -> Primitive:
    """Declare a reduction: ``combine``, an elementwise primitive of two values, over axes.

    ``combine`` is associative and commutative, and ``identity`` changes nothing. The primitive has
    the parameters ``axes`` (sorted, counted from the front) and ``keepdims``. ``impl(x, axes,
    keepdims)`` is its meaning in NumPy; without it, elements are combined pair by pair.
    """
    def infer(x: Node, axes: Shape, keepdims: bool) -> tuple[Shape, DType]:
        return reduced_shape(x.shape, axes, keepdims), x.dtype

    def pairwise(x: Any, axes: Shape, keepdims: bool) -> Any:
        x = np.asarray(x)
        shape = reduced_shape(x.shape, axes, keepdims)
        kept = [n for i, n in enumerate(x.shape) if i not in axes]
        x = np.moveaxis(x, axes, range(len(axes))).reshape(-1, *kept)
        out = np.full(kept, identity, x.dtype)
        while len(x):
            if len(x) % 2:
                out = combine.impl(out, x[-1])
            half = len(x) // 2
            x = combine.impl(x[:half], x[half:2 * half]) if half else x[:0]
        return np.asarray(out).reshape(shape)

    return Primitive(name, impl or pairwise, infer, derivatives or (None,),
                     text or f"{name}({{0}}, {{axes}})", reduction=Reduction(combine, identity),
                     expansion=expansion)


def composite(name: str, rule: Callable[..., Node], *derivatives: Derivative,
              text: str = "") -> Primitive:
    """Declare a primitive whose value is that of ``rule``, with derivatives of its own.

    ``rule(*nodes, **params)`` is written in primitives. Shape and dtype follow from it, and kernels
    compute what it is made of. The parameters are hashable. With partial derivatives alone it is
    elementwise.
    """
    def infer(*args: Node, **params: Any) -> tuple[Shape, DType]:
        out = rule(*args, **params)
        return out.shape, out.dtype

    def impl(*values: Any, **params: Any) -> Any:
        kinds = tuple((v.shape, from_numpy(v.dtype)) if hasattr(v, "dtype") else v for v in values)
        run = compiled(kinds, tuple(params.items()))
        return run([v for v in values if hasattr(v, "dtype")])[0]

    @functools.lru_cache(64)
    def compiled(kinds: tuple[Any, ...], params: tuple[Any, ...]) -> Callable[[Sequence[Any]], Any]:
        args = [free(*kind) if isinstance(kind, tuple) else lift(kind) for kind in kinds]
        inputs = [arg for arg, kind in zip(args, kinds, strict=True) if isinstance(kind, tuple)]
        return interpret(Graph(inputs, [rule(*args, **dict(params))]))

    def mapped(prim: Primitive, n: int, differ: Sequence[bool], args: Sequence[Node],
               params: dict[str, Any]) -> Node:
        """What the rule is for samples."""
        one = [free(arg.shape[far:], arg.dtype, arg.requires_grad) if not arg.weak else arg
               for arg, far in zip(args, differ, strict=True)]
        pairs = list(zip(one, args, differ, strict=True))
        out = rule(*one, **params)
        many, _ = batch(reachable([out]), {x: y for x, y, far in pairs if far},
                        {x: y for x, y, far in pairs if not far}, n)
        return many[out]

    elementwise = bool(derivatives) and all(isinstance(kind, Partial) for kind in derivatives)
    return Primitive(name, impl, infer, derivatives or (None,), text, elementwise=elementwise,
                     expansion=Expansion(rule), batch=None if elementwise else mapped)


def function(of: Primitive | Callable[..., Node], grad_name: str = "",
             check: tuple[Any, ...] | None = None) -> Function:
    """A function of tensors: of an elementwise primitive, of a reduction, or of a composition.

    A function of an elementwise primitive takes a tensor for each of its derivatives, of any
    floating dtype, and numbers beside them; that of a reduction takes ``dim`` (all if it is None)
    and ``keepdim``. The signature of a composition is the function's; the annotation of a parameter
    says how an argument enters: ``Node`` for a tensor or a number, ``Node | None`` for one that may
    be missing; anything else is part of the program, which is recorded for each value of it anew.
    ``grad_name`` is what ``grad_fn`` shows. ``check`` are arguments at which derivatives in both
    modes, of second order and of samples are compared with differences
    (:func:`torch.func.check_rules`, which says what is wrong).
    """
    lower = composition(of) if isinstance(of, Primitive) else of
    shown = grad_name or "".join(map(str.title, lower.__name__.split("_"))) + "Backward0"
    made = recorded(Operation(lower, shown))
    if check is not None:
        check_rules(made, *check)
    return made


def composition(prim: Primitive) -> Callable[..., Node]:
    """How a function of ``prim`` alone is written on nodes."""
    to_float = prim.infer is not meeting.infer
    if prim.reduction is not None:
        def lower(input: Node, dim: Any = None, keepdim: bool = False) -> Node:
            return prim(input, axes=normal_dims(dim, input.ndim), keepdims=keepdim)
    elif prim.elementwise and not callable(prim.derivatives) and len(prim.derivatives) == 1:
        def lower(input: Node) -> Node:   # type: ignore[misc]
            return prim(*promoted(input, to_float=to_float))
    elif prim.elementwise and not callable(prim.derivatives) and len(prim.derivatives) == 2:
        def lower(input: Node, other: Node) -> Node:   # type: ignore[misc]
            return prim(*promoted(input, other, to_float=to_float))
    else:
        raise TypeError(f"how tensors enter {prim.name} is not known: give function() a function "
                        "of nodes, with annotations, that calls it")
    lower.__name__ = lower.__qualname__ = prim.name
    return lower


__all__ = ["TABLE", "Derivative", "Expansion", "Jvp", "Linear", "Node", "Partial", "Primitive",
           "Reduction", "Unknown", "composite", "elementwise", "function", "reduction"]
