"""The passes that a repeated program goes through, in order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..backends.interpreter import Interpreter
from ..graph import Graph


def optimised(graph: Graph) -> Callable[[Sequence[Any]], list[Any]]:
    return Interpreter(graph)
