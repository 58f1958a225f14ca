"""Calling an operation from its step: the arguments that a key stands for, and views of memory."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..backends.interpreter import Interpreter
from ..dtypes import from_numpy
from ..functions.operation import NUMBER, OPERAND, OPERANDS, STRUCTURAL
from ..graph import Graph, Node, lift
from ..ops.structural import free
from .handle import Array, Handle


def arguments(key: tuple[Any, ...], node_of: Callable[[Any], Any]) -> list[Any]:
    """One argument per parameter of the operation ``key[0]``; ``node_of`` turns an element (a node,
    the type of a runtime number, None) into what the composition receives."""
    args: list[Any] = []
    for kind, element in zip(key[0].kinds, key[1:], strict=True):
        if kind == OPERAND or kind == NUMBER:
            args.append(node_of(element))
        elif kind == OPERANDS:
            args.append(tuple(map(node_of, element)))
        elif kind == STRUCTURAL:
            args.append(element[1] if isinstance(element, tuple) else node_of(element))
        else:
            args.append(element)
    return args


def live_view(handle: Handle) -> Array:
    """The memory that ``handle`` stands for, as a view of its exposed storage."""
    x = handle._x
    assert x is not None and x.store is not None and x.store.exposed is not None
    if x.live is None:
        memory = x.store.exposed
        base = node = free(memory.shape, from_numpy(memory.dtype))
        for key, numbers in x.chain:
            given = iter(numbers)
            node = key[0].apply(arguments((key[0], node, *key[1:]), lambda element, given=given: (
                element if isinstance(element, Node) or element is None else lift(next(given)))))
        x.live = Interpreter(Graph([base], [node]))([memory])[0]
    array: Array = x.live
    return array
