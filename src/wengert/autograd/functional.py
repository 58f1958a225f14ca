"""``torch.autograd.functional``: Jacobians, Hessians and their products with vectors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..missing import answer_missing_names
from ..recording.handle import Handle
from ..recording.recorder import hold
from ..recording.recording import dtype_of, shape_of
from .api import as_tuple, grad, requires_grad, stacked
from .hooks import fresh
from .modes import enable_grad
from .structures import mapped

Func = Callable[..., Any]


def inputs_of(inputs: Any, create_graph: bool) -> list[Any]:
    """Tensors to differentiate in; with ``create_graph`` those given stay part of the graph."""
    made: list[Any] = []
    for x in as_tuple(inputs):
        if not isinstance(x, Handle):
            raise TypeError(f"The inputs given must be Tensors, not {type(x).__name__}")
        own: Any = x
        made.append(fresh(x) if create_graph and requires_grad(x)
                    else own.detach().clone().requires_grad_())
    return made


def outputs_of(func: Func, xs: Sequence[Any]) -> tuple[Any, tuple[Any, ...]]:
    """The result of ``func``, and as a tuple."""
    with enable_grad():
        out = func(*xs)
    outs = as_tuple(out)
    for o in outs:
        if not isinstance(o, Handle):
            raise TypeError("The outputs of the user-provided function must be Tensors, not "
                            f"{type(o).__name__}")
    return out, outs


def pulled(outs: Sequence[Any], xs: Sequence[Any], cts: Sequence[Any], create_graph: bool,
           retain: bool = True) -> list[Any]:
    """Gradients, zeros where nothing arrives."""
    flows = [(o, c) for o, c in zip(outs, cts, strict=True) if requires_grad(o)]
    if not flows:
        return [zeros(x) for x in xs]
    with enable_grad():
        return list(grad([o for o, _ in flows], xs, [c for _, c in flows], retain, create_graph,
                         materialize_grads=True))


def zeros(x: Handle) -> Any:
    return hold(np.zeros(shape_of(x), dtype_of(x).numpy))


def shaped(parts: Sequence[Any], like: Any) -> Any:
    """One tensor, or a tuple, as ``like`` is."""
    return parts[0] if isinstance(like, Handle) else tuple(parts)


def detached(value: Any, create_graph: bool) -> Any:
    return value if create_graph else mapped(value, lambda h: h.detach())


def jacobian(func: Func, inputs: Any, create_graph: bool = False, strict: bool = False,
             vectorize: bool = False, strategy: str = "reverse-mode") -> Any:
    """The Jacobian of ``func`` at ``inputs``: for each result and each input a tensor of the
    result's shape followed by the input's."""
    xs = inputs_of(inputs, create_graph)
    out, outs = outputs_of(func, xs)
    rows = []
    for o in outs:
        each = []
        for at in np.ndindex(*shape_of(o)):
            unit = np.zeros(shape_of(o), dtype_of(o).numpy)
            unit[at] = 1
            each.append(pulled([o], xs, [hold(unit)], create_graph))
        row = [stacked(column).reshape((*shape_of(o), *shape_of(x)))
               for x, column in zip(xs, zip(*each), strict=True)]
        rows.append(shaped(row, inputs))
    return shaped(rows, out)


def hessian(func: Func, inputs: Any, create_graph: bool = False, strict: bool = False,
            vectorize: bool = False, outer_jacobian_strategy: str = "reverse-mode") -> Any:
    """The Hessian of ``func``, whose result has one element, at ``inputs``."""
    single = isinstance(inputs, Handle)

    def gradient(*xs: Any) -> Any:
        given: Any = xs[0] if single else xs
        found = jacobian(func, given, create_graph=True)
        parts = [found] if single else found
        return tuple(p.reshape(shape_of(x)) for p, x in zip(parts, xs, strict=True))

    found = jacobian(gradient, inputs, create_graph=create_graph)
    return found[0] if single else found


def vjp(func: Func, inputs: Any, v: Any = None, create_graph: bool = False,
        strict: bool = False) -> tuple[Any, Any]:
    """``func(*inputs)``, and the product of ``v`` with its Jacobian."""
    xs = inputs_of(inputs, create_graph)
    out, outs = outputs_of(func, xs)
    cts = [None] * len(outs) if v is None else list(as_tuple(v))
    found = pulled(outs, xs, cts, create_graph)
    return detached(out, create_graph), shaped(found, inputs)


def jvp(func: Func, inputs: Any, v: Any = None, create_graph: bool = False,
        strict: bool = False) -> tuple[Any, Any]:
    """``func(*inputs)``, and the product of its Jacobian with ``v``."""
    xs = inputs_of(inputs, create_graph)
    out, outs = outputs_of(func, xs)
    ts = [hold(np.ones(shape_of(x), dtype_of(x).numpy)) for x in xs] if v is None else as_tuple(v)
    us = [zeros(o).requires_grad_() for o in outs]
    gs = pulled(outs, xs, us, True)
    return detached(out, create_graph), shaped(pulled(gs, us, ts, create_graph), out)


def vhp(func: Func, inputs: Any, v: Any = None, create_graph: bool = False,
        strict: bool = False) -> tuple[Any, Any]:
    """``func(*inputs)``, and the product of ``v`` with its Hessian."""
    xs = inputs_of(inputs, create_graph)
    out, outs = outputs_of(func, xs)
    gs = pulled(outs, xs, [None], True)
    ts = [hold(np.ones(shape_of(x), dtype_of(x).numpy)) for x in xs] if v is None else as_tuple(v)
    return detached(out, create_graph), shaped(pulled(gs, xs, ts, create_graph), inputs)


def hvp(func: Func, inputs: Any, v: Any = None, create_graph: bool = False,
        strict: bool = False) -> tuple[Any, Any]:
    """``func(*inputs)``, and the product of its Hessian with ``v``; the same as :func:`vhp`, the
    Hessian being symmetric."""
    return vhp(func, inputs, v, create_graph, strict)


__all__ = ["hessian", "hvp", "jacobian", "jvp", "vhp", "vjp"]

answer_missing_names(__name__)
