"""Run compositions on arrays, without tensors: values, gradients, tangents.

:func:`evaluate` gives what a function of nodes computes, :func:`grads` its reverse mode,
:func:`tangent` its forward mode. Arrays become inputs; Python numbers become runtime numbers where
the function's signature says so.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from wengert.engine.backends.interpreter import interpret
from wengert.engine.dtypes import category_of, from_numpy, of_category
from wengert.engine.graph import Graph, Node, reachable
from wengert.engine.ops import structural
from wengert.engine.recording import operation as op
from wengert.engine.transforms.jvp import jvp
from wengert.engine.transforms.vjp import vjp

Function = Callable[..., Any]


class Traced:
    """A function of nodes applied to ``args``: its inputs with their values, and its outputs."""

    def __init__(self, fn: Function, args: Sequence[Any], static: dict[str, Any]) -> None:
        self.inputs: list[Node] = []
        self.values: list[Any] = []
        known = isinstance(fn, op.Operation)
        kinds = fn.kinds if known else ()
        names = fn.names if known else ()
        variadic = known and fn.variadic
        given = [self.enter(arg, op.DIMS if variadic and i and op.DIMS in kinds else kinds[i]
                            if i < len(kinds) else None) for i, arg in enumerate(args)]
        named = {name: self.enter(arg, kinds[names.index(name)] if name in names else None)
                 for name, arg in static.items()}
        result = fn(*given, **named)
        self.tuple = isinstance(result, tuple)
        self.outputs: list[Node] = list(result) if self.tuple else [result]

    def enter(self, value: Any, kind: int | None) -> Any:
        """``value`` as the function receives it."""
        if isinstance(value, np.ndarray | np.generic):
            dtype = from_numpy(value.dtype)
            node = structural.free(value.shape, dtype, dtype.is_differentiable)
        elif isinstance(value, list | tuple):
            inner = op.OPERAND if kind == op.OPERANDS else kind
            return tuple(self.enter(v, inner) for v in value)
        elif isinstance(value, int | float | complex) and (
                kind in (None, op.OPERAND, op.NUMBER)
                or (kind == op.STRUCTURAL and value not in op.SPECIAL)):
            node = Node(structural.number, (), {}, (), of_category(category_of(value)), weak=True)
        else:
            return value
        self.inputs.append(node)
        self.values.append(value)
        return node

    def run(self, outputs: Sequence[Node]) -> list[Any]:
        """The values of ``outputs``, each checked against its node's shape and dtype."""
        found = [np.asarray(v) for v in interpret(Graph(self.inputs, outputs))(self.values)]
        for node, value in zip(outputs, found, strict=True):
            assert value.shape == node.shape, f"{node} has the value's shape {value.shape}"
            assert value.dtype == node.dtype.numpy or node.weak, f"{node} has {value.dtype}"
        return found

    def leaves(self) -> list[Node]:
        """The inputs that can have a gradient."""
        return [node for node in self.inputs if node.requires_grad]


def weights(shape: tuple[int, ...], dtype: Any) -> Any:
    """The cotangent that :func:`grads` sends to a result of this shape and dtype."""
    rng = np.random.default_rng(len(shape) + 7)
    value = rng.uniform(0.5, 1.5, shape) + 0j
    if np.dtype(dtype).kind == "c":
        value = value + 1j * rng.uniform(-1, 1, shape)
        return np.asarray(value, dtype)
    return np.asarray(np.real(value), dtype)


def evaluate(fn: Function, *args: Any, **static: Any) -> Any:
    """The value (or tuple of values) of ``fn`` on arrays."""
    traced = Traced(fn, args, static)
    found = traced.run(traced.outputs)
    return tuple(found) if traced.tuple else found[0]


def gradient_nodes(outputs: Sequence[Node], leaves: Sequence[Node],
                   cts: Sequence[Node]) -> list[Node]:
    """The gradients with respect to ``leaves``, zeros where nothing arrives."""
    seeds: dict[Node, Node] = {}
    for node, ct in zip(outputs, cts, strict=True):
        if node.requires_grad:
            seeds[node] = seeds[node] + ct if node in seeds else ct
    found = vjp(seeds)
    return [found[x] if x in found else structural.zeros(x.shape, x.dtype) for x in leaves]


def grads(fn: Function, *args: Any, **static: Any) -> list[Any]:
    """The gradients of ``fn`` in its floating and complex arrays, for cotangents ``weights``."""
    traced = Traced(fn, args, static)
    return traced.run(_pulled(traced))


def second_grads(fn: Function, *args: Any, **static: Any) -> list[Any]:
    """The gradients of ``grads(fn, ...)``, each of its results with cotangent ``weights``."""
    traced = Traced(fn, args, static)
    first = _pulled(traced)
    return traced.run(_pulled(traced, first))


def _pulled(traced: Traced, outputs: Sequence[Node] | None = None) -> list[Node]:
    outputs = traced.outputs if outputs is None else outputs
    leaves = traced.leaves()
    cts = []
    for node in outputs:
        ct = structural.free(node.shape, node.dtype)
        if node.dtype.is_differentiable:
            traced.inputs.append(ct)
            traced.values.append(weights(node.shape, node.dtype.numpy))
        cts.append(ct)
    return gradient_nodes(outputs, leaves, cts)


def tangent(fn: Function, *args: Any, ts: Sequence[Any], **static: Any) -> Any:
    """The tangent of ``fn`` for the tangents ``ts`` of its floating and complex arrays."""
    traced = Traced(fn, args, static)
    given = {}
    for leaf, t in zip(traced.leaves(), ts, strict=True):
        given[leaf] = structural.free(leaf.shape, leaf.dtype)
        traced.inputs.append(given[leaf])
        traced.values.append(t)
    found = jvp(reachable(traced.outputs), given)
    pushed = [found[node] if node in found else structural.zeros(node.shape, node.dtype)
              for node in traced.outputs]
    values = traced.run(pushed)
    return tuple(values) if traced.tuple else values[0]
