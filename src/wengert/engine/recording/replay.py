"""Calling an operation from its step: the arguments that a key stands for, and views of memory."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..backends.interpreter import Interpreter
from ..dtypes import from_numpy
from ..graph import Graph, Node, Shape, lift
from ..ops.elementwise import cast
from ..ops.structural import alias, free, graft, settle, stop
from .handle import Array, Handle, Link, Seen, Store
from .keys import Key
from .operation import NUMBER, OPERAND, OPERANDS, STRUCTURAL, Nodes, Operation
from .strides import strides_of
from .write import write_back


def arguments(key: tuple[Any, ...], node_of: Callable[[Any], Any]) -> list[Any]:
    """One argument per parameter of the operation ``key[0]``; ``node_of`` turns an element (a node,
    the type of a runtime number, None) into what the composition receives."""
    args: list[Any] = []
    for kind, element in zip(key[0].kinds, key[1:], strict=True):
        if kind in (OPERAND, NUMBER):
            args.append(node_of(element))
        elif kind == OPERANDS:
            args.append(tuple(map(node_of, element)))
        elif kind == STRUCTURAL:
            args.append(element[1] if isinstance(element, tuple) else node_of(element))
        else:
            args.append(element)
    return args


def changed(key: tuple[Any, ...], change: Callable[[Any], Any]) -> tuple[Any, ...]:
    """``key`` with ``change`` applied to each element that is a node or stands for a number."""
    elements: list[Any] = [key[0]]
    for kind, element in zip(key[0].kinds, key[1:], strict=True):
        if kind in (OPERAND, NUMBER) or (kind == STRUCTURAL and not isinstance(element, tuple)):
            elements.append(change(element))
        elif kind == OPERANDS:
            elements.append(tuple(map(change, element)))
        else:
            elements.append(element)
    return tuple(elements)


def plain(given: Sequence[Any]) -> tuple[complex, ...]:
    """The runtime numbers among the numbers of a chain."""
    return tuple([number for number in given if not isinstance(number, Handle)])


def snapshot(memory: Array) -> Array:
    """A copy of memory that may change at any time."""
    return np.array(memory, subok=False)


def live_view(handle: Handle) -> Array:
    """The memory that ``handle`` stands for, as a view of its exposed storage."""
    if isinstance(handle, Store):
        assert handle.exposed is not None
        return handle.exposed
    x = handle._x
    assert x is not None and x.store is not None and x.store.exposed is not None
    if x.live is None:
        x.live = view_of(x.store.exposed, x.chain)
    return x.live


def view_of(memory: Array, chain: Sequence[Link]) -> Array:
    """The view of ``memory`` at the end of a chain of view operations."""
    if not chain:
        return memory
    key = (memory.shape, memory.strides, memory.dtype, chain)
    place = _places.get(key)
    if place is not None and memory.flags.c_contiguous:
        offset, shape, strides, dtype = place
        found: Array = memory.__class__(shape, dtype, memory, offset, strides)
        return found
    base = place_of(memory)
    array: Array = Interpreter(Graph([base], [follow(base, chain)]))([memory])[0]
    if memory.flags.writeable and not array.flags.writeable:   # it was expanded on the way
        array = _writeable(memory, array)
    if array.size and memory.flags.c_contiguous and memory.dtype.isbuiltin and not any(
            isinstance(number, Handle) for _, numbers in chain for number in numbers):
        if len(_places) >= MOST_PLACES:
            _places.clear()
        offset = array.ctypes.data - memory.ctypes.data
        _places[key] = offset, array.shape, array.strides, array.dtype
    return array


def _writeable(memory: Array, array: Array) -> Array:
    """``array``, a view of ``memory`` that NumPy keeps from being written."""
    whole: Any = memory
    while not whole.flags.c_contiguous and isinstance(whole.base, np.ndarray):
        whole = whole.base
    if not array.size or not whole.flags.c_contiguous or not whole.dtype.isbuiltin:
        array.flags.writeable = True
        return array
    offset = array.ctypes.data - whole.ctypes.data
    found: Array = whole.__class__(array.shape, array.dtype, whole, offset, array.strides)
    return found


_places: dict[Any, tuple[int, Shape, Shape, np.dtype[Any]]] = {}
"""Where in contiguous memory of a shape, strides and a dtype the view at the end of a chain lies:
its offset in bytes, shape, strides and dtype."""
MOST_PLACES = 10_000


def place_of(memory: Array) -> Node:
    """An input that lies as ``memory`` does."""
    base = free(memory.shape, from_numpy(memory.dtype))
    strides = memory_strides(memory)
    if strides is not None:
        base.params["strides"] = strides
    return base


def memory_strides(memory: Array) -> Shape | None:
    """The strides of an array in elements; None if its elements lie row by row."""
    if memory.flags.c_contiguous:
        return None
    return tuple([s // memory.itemsize for s in memory.strides])


def follow(base: Node, chain: Sequence[Link]) -> Node:
    """The view of ``base`` at the end of a chain of view operations, numbers as constants. An index
    whose value is not known yet stays open: the strides of the view are known without it."""
    node = base
    for key, numbers in chain:
        node = key[0].apply(arguments((key[0], node, *key[1:]), _numbered(numbers)))
    return node


def _numbered(numbers: Sequence[Any]) -> Callable[[Any], Any]:
    """Turns elements of a key into arguments, with the next of ``numbers`` for each type."""
    given = iter(numbers)

    def argument(element: Any) -> Any:
        if not isinstance(element, type):
            return element
        number = next(given)
        if not isinstance(number, Handle):
            return lift(number)
        if number._buf is None:
            return free((), number._at.dtype)
        if number._buf.ndim:
            return free(number._buf.shape, from_numpy(number._buf.dtype))
        return lift(number._buf.item())
    return argument


def layout_of(handle: Handle) -> Shape | None:
    """The strides of a view or of NumPy's memory; None for a tensor whose elements lie row by row
    because it was made so."""
    x: Any = handle._x
    if x is None or (x.__class__ is Seen and x.waits.__class__ is list):
        return None
    if x.store is None or not (
            x.chain or x.store.parent is not None or x.store.exposed is not None):
        given: Shape | None = x.layout   # of a placeholder
        return given
    if x.layout is None:
        x.layout = strides_at(x.store, x.chain)
    layout: Shape = x.layout
    return layout


def strides_at(store: Store, chain: Sequence[Link]) -> Shape:
    """The strides of the view at the end of a chain: they do not depend on where parts begin.
    Those of all results of a call are found at once."""
    if not chain or store.parent is not None or store.exposed is not None:
        return strides_of(follow(base_of(store), chain))
    last = chain[-1][0]
    whole, i = last[0].part or (last[0], -1)
    of = store._at if store._buf is None else store._buf
    key = of.shape, of.dtype, tuple([link for link, _ in chain[:-1]]), whole, *last[1:]
    found = _strides.get(key)
    if found is None:
        if len(_strides) >= MOST_PLACES:
            _strides.clear()
        out: Any = follow(base_of(store), (*chain[:-1], ((whole, *last[1:]), chain[-1][1])))
        found = _strides[key] = tuple(map(strides_of, out if i >= 0 else (out,)))
    return found[i]


_strides: dict[Any, tuple[Shape, ...]] = {}
"""Those that views of a base that lies row by row have, by the calls that they are the results of.
"""


def base_of(store: Store) -> Node:
    """An input that lies as shared storage does; the view that it is, for a detached alias."""
    if store.parent is not None:
        return follow(base_of(store.parent), store.chain)
    if store.exposed is not None:
        return place_of(store.exposed)
    buf = store._buf
    if buf is None:
        return free(store._at.shape, store._at.dtype)
    return free(buf.shape, from_numpy(buf.dtype))


def written_along(base: Node, value: Node, links: tuple[Key, ...], numbers: Nodes) -> Node:
    """The base in which the view at the end of ``links`` has ``value``."""
    view = base
    given = iter(numbers)
    for key in links:
        view = key[0].apply(arguments(
            (key[0], view, *key[1:]),
            lambda element: next(given) if isinstance(element, type) else element))
    out = write_back(base, view, value)
    return settle(out) if out.prim.aliases else out


# Operations that no user calls

def detach(input: Node) -> Node:
    return stop(input, reason="detach")


def _graft(input: Node, value: Node) -> Node:
    return graft(input if input.dtype is value.dtype else cast(input, dtype=value.dtype), value)


def same(input: Node) -> Node:
    return alias(input)


ALIAS = Operation(same, "")
GRAFT = Operation(_graft, "")
DETACH = ((Operation(detach, "", view=True),), ())
CUT = Operation(detach, "")
"""Like ``detach``, with storage of its own."""
WRITE_BACK = Operation(written_along, "AsStridedBackward0")
