"""Programs that are equal: paths that differ, in what was made before or is waited for, may come to
the same graph. What one of them was compiled to runs the others too.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any
from weakref import WeakValueDictionary

import numpy as np

from ...config import config
from ..devices import libraries
from ..graph import Graph
from ..ops.elementwise import constant
from ..ops.structural import number
from . import effort
from .elsewhere import on_devices

known: WeakValueDictionary[Hashable, Any] = WeakValueDictionary()
"""What runs, as long as some program does, by what it was made of."""


def key_of(graph: Graph, values: Sequence[Any]) -> Hashable | None:
    """All that a compiled graph is made of, for inputs that lie in memory as ``values`` do; None
    where a parameter is no key, something is on another device, or each program is to name its own
    lines."""
    if config.lines_in_steps or (libraries and on_devices(graph.nodes())):
        return None
    places = {node: k for k, node in enumerate(graph.inputs)}
    parts: list[Hashable] = [config.tier, config.loops, config.threads, effort.thorough.asked]
    for node, value in zip(graph.inputs, values, strict=True):
        if node.prim is not number and value.__class__ is not np.ndarray:
            return None
        parts.append((node.shape, node.dtype, node.weak, value.__class__ if node.prim is number
                      else (value.flags.c_contiguous, value.flags.aligned)))
    params: dict[int, Hashable] = {}   # calls of one template share them
    for node in graph.nodes():
        if node in places:
            continue
        if node.prim is constant:
            parts.append((repr(node.params["value"]), node.dtype, node.weak))
        else:
            same = id(node.params)
            if same not in params:
                params[same] = as_key(node.params)
            parts.append((node.prim, tuple([places[arg] for arg in node.args]), params[same],
                          node.shape, node.dtype, node.weak))
        places[node] = len(places)
    parts.append(tuple([places[node] for node in graph.outputs]))
    key = tuple(parts)
    try:
        hash(key)
    except TypeError:
        return None
    return key


def as_key(params: dict[str, Any]) -> Hashable:
    """Parameters as a key. Equal numbers may mean something else, by type or sign."""
    return tuple([(name, value.__class__, repr(value) if value.__class__ is float else value)
                  for name, value in params.items()])

