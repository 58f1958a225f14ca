"""``torch.autograd.functional``: Jacobians, Hessians and their products with vectors."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..compiler.known import known_at_once
from ..engine.devices import CPU
from ..engine.graph import Node
from ..engine.ops import fused
from ..engine.ops.structural import reshape
from ..engine.recording.handle import Handle
from ..engine.recording.lanes import for_each
from ..engine.recording.operation import Operation
from ..engine.recording.rebinding import detached_value
from ..engine.recording.recorder import hold_beside, hold_like, record
from ..engine.recording.recording import device_of, dtype_of, shape_of
from ..names.missing import answer_missing_names
from .api import as_tuple, grad, requires_grad
from .hooks import alone
from .modes import enable_grad
from .trees import mapped

Func = Callable[..., Any]


def given(value: Any, what: str) -> tuple[Any, ...]:
    """One tensor, or several, as a tuple; TypeError for anything else."""
    found = as_tuple(value) if isinstance(value, (Handle, tuple)) else (value,)
    for item in found:
        if not isinstance(item, Handle):
            raise TypeError(f"The {what} must be either a Tensor or a tuple of Tensors but the "
                            f"given {what.split(' given to ')[0]} has type {type(item)}.")
    return found


def inputs_of(inputs: Any, create_graph: bool, name: str) -> list[Any]:
    """Tensors to differentiate in; with ``create_graph`` those given stay part of the graph."""
    made: list[Any] = []
    for x in given(inputs, f"inputs given to {name}"):
        own: Any = x
        made.append(alone(x) if create_graph and requires_grad(x)
                    else own.detach().clone().requires_grad_())
    return made


def outputs_of(func: Func, xs: Sequence[Any], name: str, strict: bool) -> tuple[
        Any, tuple[Any, ...]]:
    """The result of ``func``, and as a tuple."""
    with enable_grad():
        out = func(*xs)
    outs = given(out, f"outputs of the user-provided function given to {name}")
    for i, o in enumerate(outs):
        if strict and not requires_grad(o):
            raise RuntimeError(
                f"Output {i} of the user-provided function does not require gradients. The outputs "
                "must be computed in a differentiable manner from the input when running in strict "
                "mode.")
    return out, outs


def scalar_of(func: Func, xs: Sequence[Any], name: str, strict: bool) -> Any:
    """The result of ``func``, which is to have one element."""
    out, outs = outputs_of(func, xs, name, strict)
    if out is not outs[0]:
        raise RuntimeError(f"The function given to {name} should return a single Tensor")
    if np.prod(shape_of(out), dtype=int) != 1:
        raise RuntimeError(f"The Tensor returned by the function given to {name} should contain a "
                           "single element")
    return out


def vectors(v: Any, like: Sequence[Any], name: str, whose: str) -> list[Any]:
    """``v``, checked; ones where it is None and ``like`` is one tensor of one element."""
    if v is None:
        if len(like) != 1 or np.prod(shape_of(like[0]), dtype=int) != 1:
            raise RuntimeError(f"The vector v can only be None if {whose} a single Tensor with a "
                               "single element.")
        return [hold_like(like[0], 1)]
    found = given(v, f"v given to {name}")
    if len(found) != len(like):
        count = "a single Tensor" if len(like) == 1 else f"{len(like)} Tensors"
        raise RuntimeError(f"The given v should contain {count}.")
    for one, x in zip(found, like, strict=True):
        if shape_of(one) != shape_of(x):
            raise RuntimeError(f"v has invalid size: should be torch.Size({list(shape_of(x))}) but "
                               f"got torch.Size({list(shape_of(one))}).")
    return list(found)


INPUT, OUTPUT = "the input to the user-provided function is", "the user-provided function returns"
JACOBIAN = ("The jacobian of the user-provided function is independent of input {i}. This is not "
            "allowed in strict mode when create_graph=True.")
HESSIAN = ("While computing the hessian, found that the jacobian of the user-provided function "
           "with respect to input {i} is independent of the input. This is not allowed in strict "
           "mode. You should ensure that your function is twice differentiable and that the "
           "jacobian depends on the input.")
FIRST = ("The output of the user-provided function is independent of input {i}. This is not "
         "allowed in strict mode.")


def pulled(outs: Sequence[Any], xs: Sequence[Any], cts: Sequence[Any], create_graph: bool,
           strict: str = "", again: str = "") -> list[Any]:
    """Gradients, zeros where nothing arrives. If ``strict`` is not empty, it is the error for an
    input at which nothing arrives; ``again`` is that for a gradient that cannot be differentiated.
    """
    flows = [(o, c) for o, c in zip(outs, cts, strict=True) if requires_grad(o)]
    found: Sequence[Any] = [None] * len(xs)
    if flows:
        with enable_grad():
            found = grad([o for o, _ in flows], xs, [c for _, c in flows], True, create_graph,
                         allow_unused=True)
    for i, ct in enumerate(found):
        if strict and ct is None:
            raise RuntimeError(strict.format(i=i))
        if again and not requires_grad(ct):
            raise RuntimeError(again.format(i=i))
    return [zeros(x) if ct is None else ct for x, ct in zip(xs, found, strict=True)]


def units(x: Handle) -> Any:
    """For each element of ``x`` a tensor of its shape that is one there, along a first axis."""
    if device_of(x) is not CPU:
        n = math.prod(shape_of(x))
        return hold_beside(x, np.eye(n, dtype=dtype_of(x).numpy).reshape(n, *shape_of(x)))
    return record(UNITS, (x,))


def _units(input: Node) -> Node:
    return reshape(fused.units(input.size, input.dtype), shape=(input.size, *input.shape))


UNITS = Operation(_units, "", methods=())


def zeros(x: Handle) -> Any:
    return hold_like(x, 0)


def shaped(parts: Sequence[Any], like: Any) -> Any:
    """One tensor, or a tuple, as ``like`` is."""
    return parts[0] if isinstance(like, Handle) else tuple(parts)


def detached(value: Any, create_graph: bool) -> Any:
    return value if create_graph else mapped(value, detached_value)


def check_strategy(name: str, strategy: str, vectorize: bool, strict: bool) -> None:
    """An error for settings that do not go together; the result is the same for all others."""
    if strategy not in ("forward-mode", "reverse-mode"):
        raise AssertionError('Expected strategy to be either "forward-mode" or "reverse-mode"')
    if strategy == "forward-mode" and strict:
        raise RuntimeError(f'torch.autograd.functional.{name}: `strict=True` and `strategy='
                           '"forward-mode"` are not supported together (yet). Please either set '
                           '`strict=False` or `strategy="reverse-mode"`.')
    if strategy == "forward-mode" and not vectorize:
        raise NotImplementedError("Computing Jacobian using forward-AD or forward-over-reverse "
                                  "Hessian is only implemented for `vectorize=True`.")
    if vectorize and strict:
        raise RuntimeError(f"torch.autograd.functional.{name}: `strict=True` and `vectorized=True` "
                           "are not supported together. Please either set `strict=False` or "
                           "`vectorize=False`.")


@known_at_once
def jacobian(func: Func, inputs: Any, create_graph: bool = False, strict: bool = False,
             vectorize: bool = False, strategy: str = "reverse-mode") -> Any:
    """The Jacobian of ``func`` at ``inputs``: for each result and each input a tensor of the
    result's shape followed by the input's. With ``strict``, a result that does not depend on an
    input is an error."""
    check_strategy("jacobian", strategy, vectorize, strict)
    xs = inputs_of(inputs, create_graph, "jacobian")
    out, outs = outputs_of(func, xs, "jacobian", strict)
    rows = []
    for k, o in enumerate(outs):
        first = (f"Output {k} of the user-provided function is independent of input {{i}}. This is "
                 "not allowed in strict mode.") if strict else ""
        row = rows_of(o, xs, create_graph, first, JACOBIAN if strict and create_graph else "")
        rows.append(shaped(row, inputs))
    return shaped(rows, out)


def rows_of(out: Any, xs: Sequence[Any], create_graph: bool, strict: str = "",
            again: str = "") -> list[Any]:
    """The Jacobian of one result in each of ``xs``."""
    shape = shape_of(out)
    if 0 in shape:
        return [hold_like(x, 0, (*shape, *shape_of(x))) for x in xs]
    found = for_each(lambda unit: pulled([out], xs, [unit], create_graph, strict, again),
                     [units(out)])
    return [rows.reshape((*shape, *shape_of(x))) for x, rows in zip(xs, found, strict=True)]


@known_at_once
def hessian(func: Func, inputs: Any, create_graph: bool = False, strict: bool = False,
            vectorize: bool = False, outer_jacobian_strategy: str = "reverse-mode") -> Any:
    """The Hessian of ``func``, whose result has one element, at ``inputs``. With ``strict``, a
    gradient that does not depend on the inputs is an error."""
    check_strategy("jacobian", outer_jacobian_strategy, vectorize, strict)
    xs = inputs_of(inputs, create_graph, "hessian")
    out = scalar_of(func, xs, "hessian", strict)
    grads = pulled([out], xs, [None], True, HESSIAN if strict else "", HESSIAN if strict else "")
    rows = [shaped(rows_of(g, xs, create_graph), inputs) for g in grads]
    return shaped(rows, inputs)


@known_at_once
def vjp(func: Func, inputs: Any, v: Any = None, create_graph: bool = False,
        strict: bool = False) -> tuple[Any, Any]:
    """``func(*inputs)``, and the product of ``v`` with its Jacobian."""
    xs = inputs_of(inputs, create_graph, "vjp")
    out, outs = outputs_of(func, xs, "vjp", strict)
    cts = vectors(v, outs, "vjp", OUTPUT)
    found = pulled(outs, xs, cts, create_graph, FIRST if strict else "",
                   JACOBIAN if strict and create_graph else "")
    return detached(out, create_graph), shaped(found, inputs)


@known_at_once
def jvp(func: Func, inputs: Any, v: Any = None, create_graph: bool = False,
        strict: bool = False) -> tuple[Any, Any]:
    """``func(*inputs)``, and the product of its Jacobian with ``v``."""
    xs = inputs_of(inputs, create_graph, "jvp")
    ts = vectors(v, xs, "jvp", INPUT)
    out, outs = outputs_of(func, xs, "jvp", strict)
    us = [zeros(o).requires_grad_() for o in outs]
    gs = pulled(outs, xs, us, True, FIRST if strict else "")
    found = pulled(gs, us, ts, create_graph, "", JACOBIAN if strict and create_graph else "")
    return detached(out, create_graph), shaped(found, out)


@known_at_once
def vhp(func: Func, inputs: Any, v: Any = None, create_graph: bool = False,
        strict: bool = False) -> tuple[Any, Any]:
    """``func(*inputs)``, and the product of ``v`` with its Hessian."""
    return product(func, inputs, v, create_graph, strict, "vhp")


@known_at_once
def hvp(func: Func, inputs: Any, v: Any = None, create_graph: bool = False,
        strict: bool = False) -> tuple[Any, Any]:
    """``func(*inputs)``, and the product of its Hessian with ``v``; the same as :func:`vhp`, the
    Hessian being symmetric."""
    return product(func, inputs, v, create_graph, strict, "hvp")


def product(func: Func, inputs: Any, v: Any, create_graph: bool, strict: bool,
            name: str) -> tuple[Any, Any]:
    """The value of ``func``, and its Hessian's product with ``v``."""
    xs = inputs_of(inputs, create_graph, name)
    ts = vectors(v, xs, name, INPUT)
    out = scalar_of(func, xs, name, strict)
    gs = pulled([out], xs, [None], True, FIRST if strict else "", HESSIAN if strict else "")
    found = pulled(gs, xs, ts, create_graph)
    return detached(out, create_graph), shaped(found, inputs)


__all__ = ["hessian", "hvp", "jacobian", "jvp", "vhp", "vjp"]

answer_missing_names(__name__)
