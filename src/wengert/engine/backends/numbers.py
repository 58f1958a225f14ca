"""What computes a node in NumPy, with Python's numbers among its arguments.

:func:`implementation` is a primitive's own ``impl``, and around it what NumPy does not do by
itself: a number takes the dtype of the array that it meets, arithmetic on numbers alone gives one.
:func:`met` says which arrays numbers may be given as, which NumPy takes sooner than numbers.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from ..dtypes import FLOAT, INT, DType, bfloat16, float16, float32, float64
from ..graph import Node, Primitive
from ..lazy import lazy
from ..ops.elementwise import (
    abs_,
    add,
    clamp_max,
    clamp_min,
    eq,
    ge,
    gt,
    le,
    lt,
    mul,
    ne,
    neg,
    pow_,
    sub,
    where,
)

_PLAIN: dict[Primitive, Callable[..., Any]] = {
    abs_: abs, add: operator.add, eq: operator.eq, ge: operator.ge, gt: operator.gt,
    le: operator.le, lt: operator.lt, mul: operator.mul, ne: operator.ne, neg: operator.neg,
    sub: operator.sub, where: lambda condition, a, b: a if condition else b}
"""What gives of floating numbers in Python what NumPy gives."""


def implementation(node: Node) -> Callable[..., Any]:
    """What computes ``node`` from the values of its arguments."""
    if node.prim.products is not None:
        found: Callable[..., Any] = lazy("engine.backends.convolutions").Convolution(node)
        return found
    run = node.prim.bind(node.params)
    if node.weak and node.args:
        plain = _PLAIN.get(node.prim)
        if plain is not None and FLOAT in (node.dtype.category, node.args[-1].dtype.category):
            return lambda *args: plain(*map(float, args))
        return _as_number(run, float if node.dtype.category == FLOAT else None)
    meets = node.prim.elementwise and True in [arg.weak for arg in node.args]
    return _meeting(run, node) if meets else run


def met(node: Node) -> DType | None:
    """The dtype of the arrays in which Python's numbers among the arguments of ``node`` change
    nothing; None where there are none, or they count as numbers."""
    dtypes = [arg.dtype for arg in node.args[node.prim is where:] if not arg.weak]
    if not dtypes or len(dtypes) == len(node.args) or dtypes[-1] not in (float32, float64) or not (
            node.prim in (where, clamp_min, clamp_max) or isinstance(node.prim.impl, np.ufunc)):
        return None
    numbers = [arg for arg in node.args if arg.weak]
    return dtypes[-1] if numbers and all(
        arg.dtype.category <= FLOAT for arg in numbers) else None


def _as_number(run: Callable[..., Any], kind: type | None) -> Callable[..., Any]:
    """``run`` on Python numbers (of a bool, NumPy would give a float16) with one as its result."""
    def number(*args: Any) -> Any:
        return np.asarray(run(*[np.asarray(arg, kind) for arg in args])).item()
    return number


def may_write_over(node: Node, kept: bool, register: Mapping[Node, int], inputs: int) -> bool:
    """Whether the result of ``node`` may be written over an argument that dies; ``register`` says
    where values are, ``inputs`` how many are inputs. What is ``kept``, and is an input with
    something added to it, lies in memory as that input does: a parameter that is updated with a
    gradient that lies otherwise."""
    if not (node.prim.ufunc and node.shape):
        return False
    first = node.args[0]
    while first.prim.same_as is not None and register[first] >= inputs:
        first = first.args[first.prim.same_as]
    return not (kept and register[first] < inputs and first.shape == node.shape
                and any(register[arg] >= inputs for arg in node.args))


def _meeting(run: Callable[..., Any], node: Node) -> Callable[..., Any]:
    """``run``, whose Python numbers take the dtype that they meet, where NumPy does not see to it:
    in arithmetic they wrap into a small integer, but as a bound, an exponent or a choice, which has
    to fit; and they do not widen bfloat16. With those of float16 it is done in float32."""
    met = [arg.dtype for arg in node.args if not arg.weak][-1]
    chosen = node.prim is where and all(arg.weak for arg in node.args[1:])
    if node.dtype is bfloat16 or chosen:
        return lambda *args: run(*args[:len(node.args)]).astype(node.dtype.numpy)
    if met is float16 is node.dtype and node.prim.ufunc:   # a number may be none of its own
        return lambda *args: run(*[np.asarray(arg, np.float32)
                                   for arg in args[:len(node.args)]]).astype(np.float16)
    if met.category != INT or met.itemsize == 8:
        return run

    def fitted(arg: Any) -> Any:
        return np.asarray(arg).astype(met.numpy) if isinstance(arg, int) else arg

    def checked(arg: Any) -> Any:
        if isinstance(arg, int) and not (
                (least if least < 0 else -most) <= arg <= most or (arg < 0 and node.prim is pow_)):
            raise RuntimeError(
                f"value cannot be converted to type {met.name}_t without overflow: {arg}")
        return arg if node.prim is pow_ and isinstance(arg, int) and arg < 0 else fitted(arg)
    if node.prim in (pow_, clamp_min, clamp_max, where):   # an exponent below 0 is refused as it is
        least, most = int(np.iinfo(met.numpy).min), int(np.iinfo(met.numpy).max)
        return lambda a, *rest: run(fitted(a), *map(checked, rest))
    return lambda *args: run(*map(fitted, args))
