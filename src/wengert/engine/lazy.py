"""Modules of this package that are loaded when first used, so that ``import wengert`` is quick.

An import at the top of a file would load them at once; this is the one other way to import a module
of this package. The test of the imports counts each ``lazy("...")`` as an import of that module.
"""

from __future__ import annotations

import importlib
from typing import Any


def lazy(name: str) -> Any:
    """The module ``wengert.<name>``, loaded now if it was not before."""
    return importlib.import_module(f"wengert.{name}")
