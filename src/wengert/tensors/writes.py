"""The in-place methods of Tensor as functions: ``from .functions.writes import relu_``.

A name is looked up when it is imported.
"""

from __future__ import annotations

from typing import Any

from .operators import Tensor
from .spelling import also


def __getattr__(name: str) -> Any:
    found = getattr(Tensor, name, None)
    if not name.endswith("_") or name.startswith("_") or not callable(found):
        raise AttributeError(f"Tensor has no in-place method {name!r}", name=name)
    code = getattr(found, "__code__", None)
    return also(input="self")(found) if code and code.co_varnames[:1] == ("self",) else found
