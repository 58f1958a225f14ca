"""What computes a node in NumPy, with Python's numbers among its arguments.

:func:`implementation` is a primitive's own ``impl``, and around it what NumPy does not do by
itself: a number takes the dtype of the array that it meets, arithmetic on numbers alone gives one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..dtypes import FLOAT, INT, bfloat16
from ..graph import Node
from ..ops.elementwise import where


def implementation(node: Node) -> Callable[..., Any]:
    """What computes ``node`` from the values of its arguments."""
    run = node.prim.bind(node.params)
    if node.weak and node.args:
        return _as_number(run, float if node.dtype.category == FLOAT else None)
    meets = node.prim.elementwise and any(arg.weak for arg in node.args)
    return _meeting(run, node) if meets else run


def _as_number(run: Callable[..., Any], kind: type | None) -> Callable[..., Any]:
    """``run`` on Python numbers (of a bool, NumPy would give a float16) with one as its result."""
    def number(*args: Any) -> Any:
        return np.asarray(run(*[np.asarray(arg, kind) for arg in args])).item()
    return number


def _meeting(run: Callable[..., Any], node: Node) -> Callable[..., Any]:
    """``run``, whose Python numbers take the dtype that they meet, where NumPy does not see to it:
    in arithmetic they wrap into a small integer, and they do not widen bfloat16."""
    met = [arg.dtype for arg in node.args if not arg.weak][-1]
    chosen = node.prim is where and all(arg.weak for arg in node.args[1:])
    if node.dtype is bfloat16 or chosen:
        return lambda *args: run(*args[:len(node.args)]).astype(node.dtype.numpy)
    if met.category != INT or met.itemsize == 8:
        return run
    top = np.iinfo(met.numpy).max

    def fitted(arg: Any) -> Any:
        if not isinstance(arg, int):
            return arg
        if arg > top and not node.prim.ufunc:
            raise RuntimeError(f"value cannot be converted to type {met.name} without overflow")
        return np.asarray(arg).astype(met.numpy)
    return lambda *args: run(*map(fitted, args))
