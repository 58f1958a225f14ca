"""Every operation of the table as a function: ``from .functions.by_name import add, sub``.

A name is looked up when it is imported, so this list is that of ``functions/`` itself.
"""

from __future__ import annotations

from ..engine.recording.operation import OPERATIONS
from ..tensors.recorded import Function, function
from .families import ALIASES


def __getattr__(name: str) -> Function:
    op = ALIASES.get(name) or OPERATIONS.get(name)
    if op is None:
        raise AttributeError(f"there is no operation {name!r}", name=name)
    return function(op)
